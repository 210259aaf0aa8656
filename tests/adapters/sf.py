"""What the SuccessFactors tests share: the samples and short ways to build a body."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

import adapters.successfactors
from adapters.model import JobProfile, Page, Unreadable
from adapters.successfactors.reader import read
from tests.adapters.refusals import refusal_of

TODAY = date(2026, 11, 22)
SAMPLES = Path(adapters.successfactors.__file__).parent / "samples"


def sample(name: str) -> Any:
    """The JSON of one sample."""
    return msgspec.json.decode((SAMPLES / f"{name}.json").read_bytes())


def rows(name: str) -> list[dict[str, Any]]:
    """The records of one sample."""
    found: list[dict[str, Any]] = sample(name)["d"].get("results", [sample(name)["d"]])
    return found


def page(data: Any, today: date = TODAY) -> Page:
    """What the reader makes of JSON data."""
    return read(msgspec.json.encode(data), today=today)


def refusal(body: bytes, content_type: str | None = None) -> Unreadable:
    """Why a body is refused."""
    return refusal_of(lambda: read(body, content_type))


def profiles(data: Any, today: date = TODAY) -> dict[str, JobProfile]:
    """The profiles of a body by source id."""
    return {item.profile.source_id: item.profile for item in page(data, today).items if item.profile}


def job_code(**columns: Any) -> dict[str, Any]:
    """A small FOJobCode record."""
    return {"__metadata": {"type": "SFOData.FOJobCode"}, "externalCode": "C1", **columns}


def job_profile(**columns: Any) -> dict[str, Any]:
    """A small JobProfile record with a role that is mapped to C1."""
    role = {"externalCode": "R1", "jobCodeMappings": {"results": [{"jobCode": "C1"}]}}
    base = {
        "__metadata": {"type": "SFOData.JobProfile"},
        "externalCode": "P1",
        "status": "A",
        "roleNav": role,
    }
    return base | columns
