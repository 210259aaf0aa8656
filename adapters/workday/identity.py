"""Which identifier a job profile is known by, and what is wrong without one."""

from __future__ import annotations

from adapters.model import Problem

IDENTIFIERS = ("WID", "Job_Profile_ID", "Job_Code")
NAME_LIMIT = 1_000  # characters of an identifier or a title; what is longer is something else


def source_id_of(ids: dict[str, str]) -> str | None:
    """The WID, else the Job_Profile_ID, else the Job_Code."""
    return next((ids[kind] for kind in IDENTIFIERS if kind in ids), None)


def too_long(names: dict[str, str], source_id: str) -> Problem | None:
    """The first identifier or title that is longer than NAME_LIMIT."""
    for field, text in names.items():
        if len(text) > NAME_LIMIT:
            detail = (
                f"{field[:100]} of the job profile {source_id[:100]} has {len(text):,} characters; "
                f"at most {NAME_LIMIT:,} are taken."
            )
            return Problem("text_too_large", detail, field[:100])
    return None


def no_identifier(what: str, wanted: str) -> Problem:
    """The problem of a record that nothing tells apart from others."""
    return Problem(
        "no_identifier",
        f"{what} has neither a WID nor a Job_Profile_ID nor a Job_Code. Send {wanted}.",
        "Job_Profile_Reference",
    )
