"""Who plays in the demo: the payloads in their wire formats, and how each job profile has to end."""

from __future__ import annotations

from importlib import resources

import msgspec

FAILS = "WD-1008"
"""The job code whose reskilling stage fails for good: the stand-in script refuses it."""


class Part(msgspec.Struct, frozen=True):
    """One job profile: the role's state at the end, whether it is published, and what is special."""

    code: str
    state: str
    visible: bool
    note: str = ""


CAST: tuple[Part, ...] = (
    Part("WD-1001", "ready", True),
    Part("WD-1002", "ready", True),
    Part("WD-1003", "ready", True),
    Part("WD-1004", "ready", True),
    Part("WD-1005", "validation_failed", False, "no document at all"),
    Part("WD-1006", "ready", True, "only a process map, added by the recipe"),
    Part("WD-1007", "ready", True, "its job description is a meeting agenda"),
    Part(FAILS, "workflow_failed", True, "its reskilling stage fails for good"),
    Part("WD-1009", "ready", True, "sent twice"),
    Part("50000101", "ready", True),
    Part("50000102", "ready", True),
    Part("50000103", "ready", True),
)
ONLY_PROCESS_MAP = "WD-1006"
SENT_TWICE = "WD-1009"
AGENDA = "WD-1007"


class Payload(msgspec.Struct, frozen=True):
    """One call into a webhook."""

    source: str
    file: str
    content_type: str

    @property
    def body(self) -> bytes:
        """The bytes as the HRIS or the recipe sends them."""
        return resources.files("connector.demo").joinpath("payloads", self.file).read_bytes()


PAYLOADS: tuple[Payload, ...] = (
    Payload("workday", "workday_job_profiles.xml", "text/xml; charset=utf-8"),
    Payload("workday", "workday_one_profile.workato.json", "application/json"),
    Payload("workday", "workday_one_profile.workato.json", "application/json"),
    Payload("successfactors", "successfactors_jobs.json", "application/json"),
)


def process_map() -> str:
    """The process map that the recipe adds to the role without a job description."""
    return (
        resources.files("connector.demo")
        .joinpath("payloads", "accounts_payable.process_map.txt")
        .read_text(encoding="utf-8")
    )
