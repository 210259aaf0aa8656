"""What is no readable document is refused in one sentence with what to do; nothing else ever comes out."""

from __future__ import annotations

import random
import zipfile
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from adapters.files import model, reading
from adapters.files.model import Member, ReadFile
from adapters.model import Unreadable
from kit.errors import DETAIL_LIMIT
from tests.parts import files

OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "WordDocument".encode("utf-16-le")
SECRET_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")
BOMB = files.packed({"zeros.txt": bytes(30_000_000)})


def secret_pdf() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(files.pdf([["Prepare monthly reports"]]))))
    writer.encrypt("secret", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def word_of(xml: str) -> bytes:
    return files.office("word/document.xml", "wordprocessingml.document", {"word/document.xml": xml}, {})


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("a.pdf", b"", "empty_file", "The file is empty."),
        ("a.txt", b" \n\t", "empty_file", "The file is empty."),
        (
            "a.pdf",
            files.job_description(),
            "not_what_it_says",
            "ends in .pdf, but the file is a Word document",
        ),
        ("a.docx", files.pdf([["x"]]), "not_what_it_says", "ends in .docx, but the file is a PDF"),
        ("a.bpmn", b"just words", "not_what_it_says", "ends in .bpmn, but the file is a plain text"),
        ("a.docx", files.packed({"b.txt": "x"}), "not_what_it_says", "ends in .docx, but the file is a ZIP"),
        ("a.pdf", secret_pdf(), "encrypted", "protected by a password"),
        ("a.docx", SECRET_WORD, "encrypted", "protected by a password"),
        ("a.doc", OLD_WORD, "unsupported_format", "from before 2007"),
        ("a.rtf", b"{\\rtf1 hello}", "unsupported_format", "an RTF text"),
        ("a.png", b"\x89PNG\r\n\x1a\n....", "unsupported_format", "a picture"),
        ("a.odt", files.packed({"mimetype": "x", "content.xml": "x"}), "unsupported_format", "OpenDocument"),
        ("a.bin", bytes(range(1, 256)), "unsupported_format", "of no kind that is read here"),
        ("a.pdf", files.pdf([[]] * 300), "scanned", "Its 300 pages are a picture"),
        ("a.pdf", files.pdf([["x"]] * 501), "too_many_pages", "501 pages; 500 are read"),
        ("a.pdf", b"%PDF-1.7\n\x00\xff", "damaged_file", "damaged or incomplete"),
        ("a.docx", files.job_description()[:-200], "damaged_file", "damaged or incomplete"),
        ("a.docx", word_of("<!DOCTYPE x [<!ENTITY e 'x'>]><d>&e;</d>"), "damaged_file", "damaged"),
        (
            "a.docx",
            word_of("<w><body>" + "<p/>" * 600_000 + "</body></w>"),
            "file_too_large",
            "more than is read",
        ),
        ("a.zip", BOMB, "bomb", "unpacks to more"),
        ("a.zip", files.packed({}), "empty_file", "holds no files"),
        ("a.zip", files.packed({f"{n}.txt": "x" for n in range(501)}), "too_many_files", "501 files; 500"),
        (
            "a.bpmn",
            files.BPMN.split("<bpmn:process")[0].encode() + b"</bpmn:definitions>",
            "no_process",
            "no process",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(
    name: str, content: bytes, code: str, says: str
) -> None:
    with pytest.raises(Unreadable) as raised:
        reading.read(name, content)
    assert (raised.value.code, says in raised.value.detail) == (code, True), raised.value.detail
    assert raised.value.detail.count(". ") >= 1
    assert len(raised.value.detail) <= DETAIL_LIMIT


def test_a_zip_gives_its_files_without_clutter_and_says_what_is_wrong_with_which() -> None:
    inner = files.packed({"c.txt": "x"})
    content = files.packed(
        {
            "a.txt": "one",
            "__MACOSX/a.txt": "x",
            ".DS_Store": "x",
            "in/b.docx": files.job_description(),
            "in/z.zip": inner,
            "in/disguised.txt": b"PK\x05\x06" + inner,
        }
    )
    found = reading.read("a.zip", content)
    assert isinstance(found, list)
    assert [(one.name, bool(one.content), one.problem and one.problem.code) for one in found] == [
        ("a.txt", True, None),
        ("in/b.docx", True, None),
        ("in/z.zip", False, "nested_zip"),
        ("in/disguised.txt", False, "nested_zip"),
    ]


def test_what_one_file_unpacks_to_is_counted_over_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.files.packed.MOST_UNPACKED", 2_000)
    content = files.packed({f"{n}.txt": "some words " * 20 for n in range(10)})
    with pytest.raises(Unreadable, match="unpacks to more"):
        reading.read("a.zip", content)


def test_a_workbook_of_too_many_cells_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.files.xlsx.MOST_CELLS", 10)
    with pytest.raises(Unreadable, match="more than 10 cells"):
        reading.read("a.xlsx", files.xlsx({"x": [["a"] * 6] * 2}))


def test_a_size_that_is_not_true_is_not_believed() -> None:
    content = bytearray(files.packed({"a.txt": bytes(5_000)}))
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = (10).to_bytes(4, "little")
    found = reading.read("a.zip", bytes(content))
    assert isinstance(found, list)
    assert [one.problem and one.problem.code for one in found] == ["damaged_file"]


def test_a_zip_with_a_password_says_so_for_each_file() -> None:
    content = bytearray(files.packed({"a.txt": "words"}))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(sign) + at] |= 1
    found = reading.read("a.zip", bytes(content))
    assert isinstance(found, list)
    assert [one.problem and one.problem.code for one in found] == ["encrypted"]


def samples() -> dict[str, bytes]:
    return {
        "a.docx": files.job_description(),
        "a.xlsx": files.xlsx({"Tasks": [[task] for task in files.TASKS]}),
        "a.pptx": files.pptx([("Tasks", files.TASKS)]),
        "a.pdf": files.pdf([files.TASKS]),
        "a.bpmn": files.BPMN.encode(),
        "a.zip": files.packed({"a.txt": "x", "b.docx": files.job_description()}),
    }


def survives(name: str, content: bytes) -> bool:
    """Whether damaged bytes are read or refused as they should be, and nothing else."""
    try:
        found = reading.read(name, content)
    except Unreadable as exc:
        return bool(exc.code) and len(exc.detail) <= DETAIL_LIMIT
    return isinstance(found, ReadFile) or all(isinstance(one, Member) for one in found)


def damaged(content: bytes, dice: random.Random) -> bytes:
    if dice.random() < 0.4:
        return content[: dice.randrange(len(content))]
    broken = bytearray(content)
    for _ in range(dice.randrange(1, 8)):
        broken[dice.randrange(len(broken))] = dice.randrange(256)
    return bytes(broken)


@pytest.mark.parametrize("name", samples())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(name: str) -> None:
    dice, content = random.Random(name), samples()[name]
    assert all(survives(name, damaged(content, dice)) for _ in range(40))


def repacked(content: bytes, dice: random.Random) -> bytes:
    """An Office file whose parts are damaged inside a ZIP that is whole."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    victim = dice.choice(sorted(parts))
    return files.packed({**parts, victim: damaged(parts[victim], dice) if parts[victim] else b""})


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx"])
def test_damaged_parts_of_an_office_file_are_read_or_refused(name: str) -> None:
    dice, content = random.Random(name), samples()[name]
    assert all(survives(name, repacked(content, dice)) for _ in range(40))


@pytest.mark.long
@pytest.mark.parametrize("name", samples())
def test_no_damage_of_thousands_does_anything_else(name: str) -> None:
    dice, content = random.Random(1), samples()[name]
    for number in range(3_000):
        broken = damaged(content, dice)
        assert survives(name, broken), (number, broken[:200])


def test_the_limits_are_what_the_documentation_says() -> None:
    assert (model.MOST_PAGES, model.MOST_MEMBERS, model.MOST_CELLS) == (500, 500, 100_000)
