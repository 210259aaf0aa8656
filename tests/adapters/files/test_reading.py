"""Each format is read with its structure, so that tasks are found in it as in any other document."""

from __future__ import annotations

import time
import zipfile
from datetime import date
from io import BytesIO
from uuid import UUID

import pytest

from adapters.files.model import ReadFile
from adapters.files.reading import read
from adapters.text import lines, rich_text
from pipeline.assessor.offline.split import split
from pipeline.stages.base import Doc
from tests.parts import files

POINTS = "\n".join(f"- {task}" for task in files.TASKS)


def text_of(name: str, content: bytes) -> str:
    found = read(name, content)
    assert isinstance(found, ReadFile)
    rich = rich_text(found.html)
    text = rich.text if rich else lines(found.text)
    assert text
    return text


def tasks_of(text: str, kind: str = "job_description") -> list[str]:
    doc = Doc(id=UUID(int=0), kind=kind, title="", text=text, sha256="")
    return [text[start:end] for start, end in split(doc).spans]


def test_a_word_document_keeps_headings_lists_and_numbers() -> None:
    body = files.paragraph("Duties", style="H1")
    body += files.paragraph("One", list_id=1) + files.paragraph("Under one", list_id=1, depth=1)
    body += files.paragraph("First", list_id=2) + files.paragraph("Between")
    body += files.paragraph("Second", list_id=2) + files.paragraph("By style", style="LB")
    assert text_of("a.docx", files.docx(body)) == (
        "Duties\n\n- One\n  - Under one\n\n1. First\n\nBetween\n\n2. Second\n\n- By style"
    )


def test_tracked_changes_are_read_as_accepted_and_text_boxes_once() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    box = "<w:txbxContent><w:p>" + run.format("In a box") + "</w:p></w:txbxContent>"
    body = "<w:p><w:ins>" + run.format("New") + "</w:ins><w:del><w:r><w:delText>Old</w:delText></w:r></w:del>"
    body += "<w:r><AlternateContent><Choice>" + box + "</Choice><Fallback>" + box
    body += "</Fallback></AlternateContent></w:r></w:p>"
    assert text_of("a.docx", files.docx(body)) == "New\n\nIn a box"


def boxed(inside: str, text: str = "") -> str:
    """A paragraph with a text box, as Word writes it: once for itself and once for older programs."""
    box = f"<w:txbxContent>{inside}</w:txbxContent>"
    both = f"<AlternateContent><Choice>{box}</Choice><Fallback>{box}</Fallback></AlternateContent>"
    return f"<w:p><w:r><w:t>{text}</w:t>{both}</w:r></w:p>"


def test_a_box_in_a_box_or_in_a_cell_is_read_once() -> None:
    nested = boxed(boxed(boxed(files.paragraph("Inner"), "Middle"), "Outer"), "Around")
    assert text_of("a.docx", files.docx(nested)) == "Around\n\nOuter\n\nMiddle\n\nInner"
    table = files.word_table([["Task", "How often"], [boxed(files.paragraph("Close the month")), "Monthly"]])
    assert text_of("a.docx", files.docx(table)) == "Task | How often\nClose the month | Monthly"


def test_a_table_of_words_stays_a_table_and_a_frame_becomes_a_section() -> None:
    points = "".join(files.paragraph(task, list_id=1) for task in files.TASKS)
    frame = files.word_table([["Location", "London"], ["Key responsibilities", points]])
    table = files.word_table([["Task", "How often"], ["Close the month", "Monthly"]])
    text = text_of("a.docx", files.docx(frame + table))
    ends = "Task | How often\nClose the month | Monthly"
    assert text == f"Location | London\n\nKey responsibilities\n\n{POINTS}\n\n{ends}"
    assert tasks_of(text) == [*files.TASKS, "Close the month"]


def test_a_workbook_is_read_sheet_by_sheet_with_dates_and_without_hidden_ones() -> None:
    sheets: dict[str, list[list[str | int | float | date]]] = {
        "Tasks": [["Task", "", "Since"], [files.TASKS[0], "", date(2024, 5, 1)], [files.TASKS[1], "", 2.5]],
        "Hidden": [["Secret"]],
        "Empty": [],
    }
    text = text_of("a.xlsx", files.xlsx(sheets, hidden=["Hidden"]))
    assert text == f"Tasks\n\nTask | Since\n{files.TASKS[0]} | 2024-05-01\n{files.TASKS[1]} | 2.5"
    assert tasks_of(text) == [files.TASKS[0], files.TASKS[1]]


def test_slides_are_read_in_the_order_of_the_presentation() -> None:
    text = text_of(
        "a.pptx", files.pptx([("Responsibilities", files.TASKS), ("Accounts Analyst", ["In short"])])
    )
    assert text == f"Accounts Analyst\n\n- In short\n\nResponsibilities\n\n{POINTS}"
    assert tasks_of(text) == [*files.TASKS]


@pytest.mark.parametrize(
    ("name", "content", "inside"),
    [
        ("a.pptx", files.pptx([("Responsibilities", files.TASKS)]), "spreadsheetml.sheet"),
        ("a.docx", files.job_description(), "presentationml.presentation"),
        ("a.xlsx", files.xlsx({"Tasks": [[task] for task in files.TASKS]}), "wordprocessingml.document"),
    ],
    ids=["slides", "a text", "a table"],
)
def test_an_office_file_is_what_its_first_part_is_whatever_is_embedded_in_it(
    name: str, content: bytes, inside: str
) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    types = parts["[Content_Types].xml"].decode()
    head, sign, rest = types.partition("<Override")
    embedded = (
        f'<Default Extension="x" ContentType="application/vnd.openxmlformats-officedocument.{inside}"/>'
    )
    again = files.packed({**parts, "[Content_Types].xml": head + embedded + sign + rest})
    assert text_of(name, again) == text_of(name, content)


def test_a_pdf_loses_its_margins_and_page_numbers() -> None:
    pages = [
        ["Acme Ltd", "Responsibilities"],
        *(["Acme Ltd", f"- {task}", f"Page {n} of 5"] for n, task in enumerate(files.TASKS)),
    ]
    text = text_of("a.pdf", files.pdf(pages))
    assert text.split() == ["Responsibilities", *POINTS.split()]
    assert tasks_of(text) == [*files.TASKS]


def test_pages_of_a_pdf_without_text_are_named() -> None:
    found = read("a.pdf", files.pdf([["You prepare the reports of the team"], []]))
    assert isinstance(found, ReadFile)
    assert [one.detail for one in found.warnings] == ["1 of 2 pages have no text and were left out: 2."]


def test_a_process_is_told_in_the_order_of_its_flow() -> None:
    text = text_of("a.bpmn", files.BPMN.encode())
    assert text.splitlines() == [
        "# Invoice approval",
        "Done by: Clerk, Controller",
        "1. Start: Invoice arrives",
        "2. Check the invoice against the order (Clerk)",
        "3. Decision: Above 5,000? (yes: step 4, no: step 5)",
        "4. Approve the invoice (Controller). Above 5,000 only",
        "5. Pay the supplier (Clerk)",
        "6. End: Invoice is paid",
    ]
    assert tasks_of(text, "process_map") == [
        "Check the invoice against the order (Clerk)",
        "Approve the invoice (Controller)",
        "Pay the supplier (Clerk)",
    ]


def test_a_process_that_runs_in_a_circle_is_told_once_through() -> None:
    back = '<bpmn:sequenceFlow id="f8" sourceRef="t3" targetRef="t1"/></bpmn:process>'
    text = text_of("a.bpmn", files.BPMN.replace("</bpmn:process>", back).encode())
    assert [line[:2] for line in text.splitlines()[2:]] == [f"{n}." for n in range(1, 7)]


@pytest.mark.parametrize(
    ("content", "text", "warned"),
    [
        ("Café".encode(), "Café", []),
        ("\ufeffCafé".encode(), "Café", []),
        ("Café".encode("utf-16"), "Café", []),
        ("Café".encode("cp1252"), "Café", ["charset_guessed"]),
    ],
)
def test_a_text_may_be_in_any_usual_charset(content: bytes, text: str, warned: list[str]) -> None:
    found = read("a.txt", content)
    assert isinstance(found, ReadFile)
    assert (found.format, found.text, [one.code for one in found.warnings]) == ("txt", text, warned)


def test_the_content_decides_where_the_name_says_nothing() -> None:
    found = [
        read(name, content)
        for name, content in (
            ("duties", files.job_description()),
            ("page.txt", b"<!DOCTYPE html><p>Cares for patients</p>"),
            ("notes.md", b"# Duties"),
            ("map.xml", files.BPMN.encode()),
            ("part.htm", b"Cares for <b>patients</b>"),
        )
    ]
    assert [one.format for one in found if isinstance(one, ReadFile)] == [
        "docx",
        "html",
        "md",
        "bpmn",
        "html",
    ]


def test_comments_before_a_text_are_looked_at_once() -> None:
    began = time.thread_time()
    found = [read(name, b"<!-- -->" * 24 + rest) for name, rest in (("a", b"words"), ("b", b" <html>"))]
    assert [one.format for one in found if isinstance(one, ReadFile)] == ["txt", "html"]
    assert time.thread_time() - began < 0.5
