"""The objects that a recipe maps: what it sends to us, and what it gets, each with a sample."""

from __future__ import annotations

from typing import Any

import msgspec

from connector.api.assessments import EXAMPLE as ASSESSMENT
from connector.api.batches import EXAMPLE as BATCH
from connector.api.documents import EXAMPLE as DOCUMENT
from connector.api.documents import DocumentIn, DocumentOut
from connector.api.events import EVENT
from connector.api.receipts import RECEIPT_EXAMPLE, Receipt
from connector.api.role_view import ROLE_EXAMPLE, RoleOut
from connector.api.roles import RoleIn
from connector.api.units import example
from pipeline.assessments.assessments import Assessment
from pipeline.log.event import Event
from pipeline.runs.view import Unit


def _flat(name: str, required: tuple[str, ...], others: tuple[str, ...]) -> type[msgspec.Struct]:
    """A flat record of texts, with the names that the vendor gives them."""
    return msgspec.defstruct(
        name, [*((one, str) for one in required), *((one, str | None, None) for one in others)], kw_only=True
    )


WorkdayJobProfile = _flat(
    "WorkdayJobProfile",
    ("Job_Profile_ID", "Job_Profile_Name"),
    (
        *("Job_Description", "Job_Profile_Summary", "Job_Code", "Job_Family", "Job_Family_Group"),
        *("Management_Level", "Job_Level", "Work_Experience", "Inactive"),
    ),
)
SuccessFactorsJobCode = _flat(
    "SuccessFactorsJobCode",
    ("externalCode", "name_defaultValue"),
    ("description_defaultValue", "jobFunction", "jobLevel", "grade", "startDate", "status"),
)


class Kind(msgspec.Struct, frozen=True):
    """An object: how people call it, its Struct, a sample, hints by field; the source whose columns of a
    company's own belong to it."""

    label: str
    struct: type[msgspec.Struct]
    sample: dict[str, Any]
    hints: dict[str, str] = {}
    source: str = ""


_STATUS = {
    "status": "pending, running, success or failed; the last two are the end.",
    "display": "waiting, running, done or error.",
}
_RUN = example(
    outputs={"degraded": ["reskilling"]},
    error={
        "code": "deadline_exceeded",
        "message": "The critical stages were not done in time.",
        "action": {"what": "Push the role again.", "who": "csm", "link": None},
        "retry_at": "2026-11-22T09:45:00Z",
        "stage": "ai_assessment",
    },
)
OBJECTS: dict[str, Kind] = {
    "workday_job_profile": Kind(
        "Workday job profile",
        WorkdayJobProfile,
        {
            "Job_Profile_ID": "R-1042",
            "Job_Profile_Name": "Registered Nurse",
            "Job_Description": "<p>Cares for patients and keeps their records.</p>",
            "Job_Profile_Summary": "Nursing on a ward.",
            "Job_Code": "R-1042",
            "Job_Family": "Nursing",
            "Job_Family_Group": "Care",
            "Management_Level": "Individual contributor",
            "Job_Level": "3",
            "Work_Experience": "2 years",
            "Inactive": "false",
        },
        {
            "Job_Profile_ID": "Its Reference ID in Workday.",
            "Job_Description": "HTML or text.",
            "Inactive": "true or false.",
        },
        "workday",
    ),
    "successfactors_job_code": Kind(
        "SuccessFactors job code",
        SuccessFactorsJobCode,
        {
            "externalCode": "50000101",
            "name_defaultValue": "Registered Nurse",
            "description_defaultValue": "Cares for patients and keeps their records.",
            "jobFunction": "NURSING",
            "jobLevel": "3",
            "grade": "GR-07",
            "startDate": "2026-01-01",
            "status": "A",
        },
        {"startDate": "YYYY-MM-DD, ISO 8601 or /Date(ms)/.", "status": "A (active) or I."},
        "successfactors",
    ),
    "role_input": Kind(
        "Role by hand", RoleIn, {"title": "Registered Nurse", "code": "R-1042", "documents": []}
    ),
    "document_input": Kind(
        "Document to add",
        DocumentIn,
        {"role_id": ROLE_EXAMPLE["id"], "kind": "job_description", "html": "<p>Cares for patients.</p>"},
        {"text": "Either text or html."},
    ),
    "receipt": Kind("Answer to a push of job profiles", Receipt, RECEIPT_EXAMPLE),
    "run": Kind("Run", Unit, _RUN, _STATUS),
    "batch": Kind("Batch", Unit, BATCH, _STATUS),
    "event": Kind("Event", Event, EVENT, _STATUS),
    "role": Kind("Role", RoleOut, ROLE_EXAMPLE),
    "assessment": Kind("Assessment", Assessment, ASSESSMENT),
    "document": Kind("Document", DocumentOut, DOCUMENT),
}
