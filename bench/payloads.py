"""Job profiles as Workday and SuccessFactors send them, as many as wanted, none twice."""

from __future__ import annotations

import itertools

import msgspec

_numbers = itertools.count(1)
_TEXT = (
    "<p>Prepares the monthly reports of region {n}, reconciles supplier invoices and answers questions of "
    "customers about them.</p><ul><li>Prepare monthly reports</li><li>Reconcile supplier invoices</li>"
    "<li>Answer questions about invoices</li><li>Plan the work of a team of four</li><li>Keep the records "
    "that auditors ask for</li><li>Explain deviations from the plan to the management</li><li>Improve the "
    "templates that the reports are made from, together with the colleagues of the other regions</li></ul>"
    "<p>Works closely with sales and with the controllers of the group.</p>"
)


def workday(size: int = 1) -> str:
    """A Get_Job_Profiles_Response as a recipe renders it in JSON; one takes 1.1 kB, its text is its own."""
    response = {"Response_Data": {"Job_Profile": [_profile(next(_numbers)) for _ in range(size)]}}
    return msgspec.json.encode({"Get_Job_Profiles_Response": response}).decode()


def _profile(n: int) -> dict[str, object]:
    ids = [{"@type": "WID", "content!": f"{n:032x}"}, {"@type": "Job_Profile_ID", "content!": f"BENCH-{n}"}]
    data = {
        "Job_Code": f"BENCH-{n}",
        "Effective_Date": "2026-01-01",
        "Job_Profile_Basic_Data": {
            "Inactive": False,
            "Job_Title": f"Analyst {n}",
            "Job_Profile_Summary": "Reports and invoices of a region.",
            "Job_Description": _TEXT.format(n=n),
            "Public_Job": True,
            "Job_Level_Reference": {"ID": [{"@type": "Job_Level_ID", "content!": "L3"}]},
        },
    }
    return {"Job_Profile_Reference": {"ID": ids}, "Job_Profile_Data": data}
