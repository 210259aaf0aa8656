"""Every type of event, how it reads in the four words of the contract, and what it says to people."""

from __future__ import annotations

import msgspec

from pipeline.runs.lifecycle import Display
from pipeline.runs.store import Status


class Meaning(msgspec.Struct, frozen=True):
    """`status` and `display` as in every run and batch; `says` is the line of the docs."""

    status: Status
    display: Display
    says: str


KINDS: dict[str, Meaning] = {
    "stage.started": Meaning("running", "running", "A stage began."),
    "stage.retrying": Meaning("running", "running", "A stage failed and is tried again (see `error`)."),
    "stage.finished": Meaning("success", "done", "A stage is done."),
    "stage.failed": Meaning("failed", "error", "A stage failed for good (see `error`)."),
    "role.drafted": Meaning("pending", "waiting", "A role was accepted and not pushed."),
    "role.ready": Meaning("running", "running", "The role is assessed and visible; more may follow."),
    "role.invalid": Meaning("failed", "error", "The role has no usable document."),
    "role.stale": Meaning("pending", "waiting", "Its profile, documents or mapping changed since."),
    "role.archived": Meaning("success", "done", "The role is inactive at its source."),
    "review.required": Meaning("running", "waiting", "A person should look at a result (see `reason`)."),
    "review.resolved": Meaning("success", "done", "A person decided, or nobody has to (see `reason`)."),
    "run.queued": Meaning("pending", "waiting", "A run was accepted and waits for its turn."),
    "run.started": Meaning("running", "running", "A run began."),
    "run.waiting": Meaning("running", "waiting", "A run that had begun waits again (see `reason`)."),
    "run.paused": Meaning("pending", "waiting", "A person paused the run; it waits until it is resumed."),
    "run.resumed": Meaning("pending", "waiting", "A person resumed the run; it waits for its turn."),
    "run.finished": Meaning("success", "done", "All stages are done."),
    "run.degraded": Meaning("success", "done", "Done and visible, with parts missing (see `degraded`)."),
    "run.failed": Meaning("failed", "error", "A critical stage failed (see `error`)."),
    "run.cancelled": Meaning("failed", "error", "A person cancelled the run."),
    "subscription.disabled": Meaning("failed", "error", "A subscription of yours was switched off."),
    "subscription.expiring": Meaning("pending", "waiting", "A receiver's certificate of yours ends soon."),
    "sync.finished": Meaning("success", "done", "A sync ended well; `reason` says what it came to."),
    "sync.failed": Meaning("failed", "error", "A sync ended without success (see `error`)."),
    "budget.low": Meaning("running", "running", "Model calls have cost more than your soft budget."),
    "budget.used_up": Meaning("pending", "waiting", "Your budget for model calls is used up; runs wait."),
    "connection.stopped": Meaning("failed", "error", "A connection cannot be used until you mend it."),
    "workspace.stopped": Meaning("failed", "error", "Workato refused your API token; waits are held."),
    "mapping.drift": Meaning("running", "running", "Payloads miss a mapped field, or bring a new one."),
    "api.deprecation": Meaning("running", "running", "A part of the API is to go (see `reason`)."),
    "connection.expiring": Meaning("pending", "waiting", "The credential of a connection ends soon."),
}
UNLISTED = Meaning("running", "running", "")
"""How an event of an earlier version reads."""
