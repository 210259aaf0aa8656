"""A file's kind with the evidence for it; and files that nobody can read in time or memory."""

from __future__ import annotations

import pytest

from adapters.model import Problem
from kit.apart import Apart
from pipeline.records.reading import Kind
from pipeline.uploads.model import Understood
from pipeline.uploads.understanding import understand, understood
from tests.parts import files

DUTIES = files.job_description()
MAP = b"1. The clerk checks the invoice\n2. The clerk books it\n3. The controller approves the payment"


@pytest.mark.parametrize(
    ("name", "content", "declared", "kind", "because"),
    [
        ("Nurse.docx", DUTIES, "sop", "sop", "it was given as one"),
        ("Nurse jd.docx", DUTIES, None, "job_description", "its name says so"),
        ("Nurse sop.docx", DUTIES, None, "sop", "its name says so"),
        ("Invoices.bpmn", files.BPMN.encode(), None, "process_map", "it is a BPMN process"),
        ("Nurse.docx", DUTIES, None, "job_description", "it reads like one"),
        ("Nurse.txt", b"Pays the bills", None, "job_description", "nothing says otherwise"),
    ],
)
def test_the_kind_is_said_else_named_else_read(
    name: str, content: bytes, declared: Kind | None, kind: str, because: str
) -> None:
    found = understand(name, content, declared)
    assert isinstance(found, Understood)
    assert (found.kind, found.kind_because) == (kind, because)


def test_a_text_that_reads_like_a_process_is_taken_as_one() -> None:
    text = (
        b"Standard operating procedure\nPurpose\nScope\nProcedure\nStep 1: Open the valve\nStep 2: Close it"
    )
    found = understand("Valves.txt", text, None)
    assert isinstance(found, Understood)
    assert (found.kind, found.kind_because) == ("sop", "it reads like one")


async def test_a_file_that_takes_too_long_or_too_much_is_a_problem_in_one_sentence() -> None:
    slow, small = Apart(seconds=0.001), Apart(seconds=20, memory=200_000_000)
    bomb = files.packed({f"{n}.txt": bytes(4_000_000) for n in range(24)})
    try:
        found = [
            await understood(slow, "a.pdf", files.pdf([files.TASKS] * 300), None),
            await understood(small, "a.zip", bomb, None),
        ]
    finally:
        slow.close()
        small.close()
    assert [one.code for one in found if not isinstance(one, Understood | list)] == [
        "took_too_long",
        "too_heavy",
    ]


async def test_a_file_that_our_reading_stumbles_over_is_refused_like_a_damaged_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Apart(seconds=20)
    monkeypatch.setattr("pipeline.uploads.understanding.understand", stumble)
    found = await understood(one, "a.txt", b"words", None)
    one.close()
    assert isinstance(found, Problem)
    assert found.code == "damaged_file"


def stumble(*_: object) -> None:
    raise ZeroDivisionError
