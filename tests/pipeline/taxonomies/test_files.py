"""Taxonomies are read as others publish them, and what is none is told."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from kit.errors import Invalid
from pipeline.taxonomies.files import Kind, Skipped, Standard, read

OCCUPATIONS = (
    "O*NET-SOC Code\tTitle\tDescription\n"
    '15-1252.00\tSoftware Developers\tWrite "code".\n'
    "29-1141.00\tRegistered Nurses\tCare for patients.\n"
    "\tNo code\t\n"
)
ALTERNATES = (
    "O*NET-SOC Code\tAlternate Title\tShort Title\tSource(s)\n"
    '29-1141.00\tStaff "RN"\tn/a\t08\n'
    "15-1252.00\tApplication Developer\tn/a\t08\n"
    "15-1252.00\tSoftware Developers\tn/a\t08\n"
)
REPORTED = "O*NET-SOC Code\tReported Job Title\tShown in My Next Move\n15-1252.00\tBackend Engineer\tY\n"
ESCO = (
    "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,code\n"
    'Occupation,http://data.europa.eu/esco/occupation/1,2512,software developer,"programmer\ncoder",2512.4\n'
)
DEVELOPER = Standard("15-1252.00", "Software Developers", ("Application Developer", "Backend Engineer"))
NURSE = Standard("29-1141.00", "Registered Nurses", ('Staff "RN"',))


def onet(folder: Path, *, packed: bool = False) -> Path:
    files = {
        "Occupation Data": OCCUPATIONS,
        "Alternate Titles": ALTERNATES,
        "Sample of Reported Titles": REPORTED,
    }
    for name, text in files.items():
        if packed:
            (folder / f"{name.replace(' ', '_')}.txt.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_onets_files_are_joined_by_their_code(tmp_path: Path, packed: bool) -> None:
    assert list(read("onet", onet(tmp_path, packed=packed))) == [DEVELOPER, NURSE, Skipped(4)]


def test_onets_zip_and_its_first_file_alone_are_read_too(tmp_path: Path) -> None:
    onet(tmp_path)
    with zipfile.ZipFile(tmp_path / "db.zip", "w") as archive:
        for file in tmp_path.glob("*.txt"):
            archive.write(file, f"db_27_0_text/{file.name}")
    assert list(read("onet", tmp_path / "db.zip"))[:2] == [DEVELOPER, NURSE]
    assert list(read("onet", tmp_path / "Occupation Data.txt"))[:2] == [DEVELOPER, NURSE]


def test_escos_occupations_are_read_with_their_other_labels(tmp_path: Path) -> None:
    file = tmp_path / "occupations_en.csv"
    file.write_text(ESCO, encoding="utf-8")
    assert list(read("esco", file)) == [Standard("2512.4", "software developer", ("programmer", "coder"))]


@pytest.mark.parametrize(
    "text",
    [
        "code,title,alternates\nD-1,Treasury Analyst,Cash Analyst|Treasury  Officer\n",
        "\ufeffRole Code;Role Title;Synonyms\nD-1;Treasury Analyst;Cash Analyst|Treasury Officer\n",
        "Draup Code\tDraup Role\tOther Titles\nD-1\tTreasury Analyst\tCash Analyst;Treasury Officer\n",
    ],
)
def test_draups_table_is_read_whatever_its_columns_and_commas(tmp_path: Path, text: str) -> None:
    file = tmp_path / "draup.csv"
    file.write_text(text, encoding="utf-8")
    assert list(read("draup-csv", file)) == [
        Standard("D-1", "Treasury Analyst", ("Cash Analyst", "Treasury Officer"))
    ]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("draup-csv", b"name\nx\n"),
        ("draup-csv", b""),
        ("esco", b"a,b\n1,2\n"),
        ("onet", b"whatever"),
        ("draup-csv", b"code,title\n\xff\xfe,x\n"),
    ],
)
def test_what_is_no_taxonomy_is_told(tmp_path: Path, kind: Kind, body: bytes) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(body)
    with pytest.raises(Invalid) as caught:
        list(read(kind, file))
    assert caught.value.code == "not_a_taxonomy"


@pytest.mark.parametrize("harm", ["cut", "encrypted", "huge"])
def test_an_archive_that_is_damaged_or_too_large_is_refused_in_a_sentence(
    tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "onet.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Occupation Data.txt", OCCUPATIONS * 50)
    content = bytearray(path.read_bytes())
    if harm == "cut":
        content[60:70] = bytes(10)
    if harm == "encrypted":
        content[6] |= 1
        content[content.rfind(b"PK\x01\x02") + 8] |= 1
    if harm == "huge":
        monkeypatch.setattr("pipeline.taxonomies.tables._MOST_BYTES", 10)
    path.write_bytes(content)
    with pytest.raises(Invalid, match="no taxonomy of this kind"):
        list(read("onet", path))
