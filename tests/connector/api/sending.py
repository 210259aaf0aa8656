"""Job profiles as they are sent to the webhooks, and small helpers of the tests around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import msgspec

import adapters.successfactors
import adapters.workday

WORKDAY = Path(adapters.workday.__file__).parent / "samples"
SUCCESSFACTORS = Path(adapters.successfactors.__file__).parent / "samples"
XML = {"content-type": "application/xml"}
JSON = {"content-type": "application/json"}


def workday(name: str = "one_profile.xml") -> bytes:
    """One of Workday's bundled payloads."""
    return (WORKDAY / name).read_bytes()


def successfactors(name: str) -> bytes:
    """One of SuccessFactors' bundled payloads."""
    return (SUCCESSFACTORS / name).read_bytes()


def job_codes(*records: Any) -> bytes:
    """SuccessFactors' answer with these records; a dict is a FOJobCode, named A1, A2 ... unless it says."""
    return msgspec.json.encode({"d": {"results": [_job_code(n, one) for n, one in enumerate(records, 1)]}})


def _job_code(n: int, record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    whole = {"externalCode": f"A{n}", "name_en_US": f"Nurse {n}", "startDate": "/Date(1577836800000)/"}
    text = {"description_en_US": "Cares for patients. Keeps their records. Plans each shift."}
    return {"__metadata": {"type": "SFOData.FOJobCode"}, **whole, **text, **record}


async def send(
    http: httpx.AsyncClient, body: bytes, source: str = "workday", *, query: str = "", **headers: str
) -> httpx.Response:
    """Post a payload to a webhook; header names with _ for -."""
    kind = XML if body.lstrip()[:1] == b"<" else JSON
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.post(f"/v1/webhooks/{source}{query}", content=body, headers={**kind, **more})


async def create(http: httpx.AsyncClient, title: str = "Registered Nurse", **fields: Any) -> dict[str, Any]:
    """A role by hand, with a job description unless `documents` says otherwise."""
    text = f"Cares for patients as {title}. Keeps their records and hands over at the end of each shift."
    body = {"title": title, "documents": [{"kind": "job_description", "text": text}], **fields}
    response = await http.post("/v1/roles", json=body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made
