"""What the name of a file tells: its kind, and the role it is about when that is clear."""

from __future__ import annotations

import time

import pytest

from kit import ids
from pipeline.uploads import naming
from pipeline.uploads.store import RoleName

ROLES = [
    RoleName(ids.new(), code, title)
    for code, title in (
        ("R-1042", "Registered Nurse"),
        ("R-104", "Registered Nurse, Night"),
        ("7", "Data Analyst"),
        (None, "Senior Data Analyst"),
        ("A.1", "Accounts Clerk"),
        ("A-2", "Accounts Clerk"),
        ("2024", "Welder"),
        ("50014", "Driver"),
    )
]


@pytest.mark.parametrize(
    ("said", "titles"),
    [
        ("R-1042", ["Registered Nurse"]),
        ("jd_R-1042_v2", ["Registered Nurse"]),
        ("r-104 job description", ["Registered Nurse, Night"]),
        ("Registered Nurse", ["Registered Nurse"]),
        ("registered_nurse job-description FINAL v1.2", ["Registered Nurse"]),
        ("JD - Senior Data Analyst (2024-05)", ["Senior Data Analyst"]),
        ("7", ["Data Analyst"]),
        ("Plan 7", []),
        ("Nurse", []),
        ("Plan 2024-05", []),
        ("2024", ["Welder"]),
        ("50014 duties 2024", ["Driver"]),
        ("xR-1042x", []),
        ("Accounts Clerk", ["Accounts Clerk", "Accounts Clerk"]),
        ("a.1 duties", ["Accounts Clerk"]),
    ],
)
def test_a_role_is_meant_by_its_code_or_its_whole_title(said: str, titles: list[str]) -> None:
    assert [role.title for role in naming.meant(said, ROLES)] == titles


def test_the_role_is_found_among_many_before_anybody_waits() -> None:
    roles = [RoleName(ids.new(), f"JOB-{n}", f"Analyst {n}") for n in range(10_000)]
    began = time.thread_time()
    assert [role.title for role in naming.meant("duties of JOB-9999", roles)] == ["Analyst 9999"]
    assert time.thread_time() - began < 0.3


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("R-1 process map.bpmn", "process_map"),
        ("flowchart.pdf", "process_map"),
        ("SOP_12 cleaning.docx", "sop"),
        ("Work instruction 7.docx", "sop"),
        ("jd nurse.docx", "job_description"),
        ("Role-Profile.docx", "job_description"),
        ("Nurse.docx", None),
        ("process map/Nurse.docx", None),
        ("isopropanol.txt", None),
    ],
)
def test_the_kind_is_told_by_whole_words_of_the_name(name: str, kind: str | None) -> None:
    assert naming.kind_told(name) == kind


def test_suggestions_are_the_most_alike_first_by_name_and_by_first_line() -> None:
    found = naming.suggestions(["jd data analysts final", "Accounts Clerk"], ROLES)
    assert [one.title for one in found][:3] == ["Accounts Clerk", "Accounts Clerk", "Data Analyst"]
    assert [one.likeness for one in found] == sorted((one.likeness for one in found), reverse=True)
    assert naming.suggestions(["zzzz"], ROLES) == []
    assert naming.suggestions(["nurse"], []) == []


def test_a_document_is_called_as_its_file_without_folders_and_ending() -> None:
    assert [naming.title_of(name) for name in ("a/b/R-1 jd.docx", "plain", ".txt")] == [
        "R-1 jd",
        "plain",
        ".txt",
    ]
