"""The words of the page: the glossary's meanings for tooltips, and how states look."""

from __future__ import annotations

MEANINGS: dict[str, str] = {
    "role": "What we keep of a job profile and run through the stages.",
    "document": "A text that a role is assessed by: job description, process map, SOP or other.",
    "push": "The wish to run the stages of roles.",
    "plan": "A push not yet made, with its price.",
    "run": "One role going through the stages.",
    "stage": "One step of a run; there are thirteen.",
    "batch": "The runs of one push.",
    "assessment": "The published result of a role.",
    "dashboard": "The client's reading of all assessments.",
    "source event": "One call into a webhook or one page of a sync, kept byte for byte.",
    "connection": "Our access to a company's HRIS.",
    "sync": "One pull over a connection.",
    "subscription": "Who is called back, for which events.",
    "delivery": "One message to a subscription.",
    "client": "An OAuth client of the company (a Workato connection, an HRIS), with scopes.",
    "review": "A question to a person about one result.",
    "mapping": "Versioned rules of one company and source: job profile to role and documents.",
    "draup role": "The role's standard counterpart in a taxonomy.",
    "visible": "The role is in the dashboard.",
    "complete": "The role has the documents that a push needs.",
    "exposure": "How much of the work AI could speed up at equal quality. Potential, not observed use.",
    "position": "How many runs go before this one; an estimate.",
    "stale": "Documents, profile or mapping changed since the role was assessed.",
}
STATES: dict[str, tuple[str, str]] = {
    # state: (look, what a person makes of it)
    "draft": ("quiet", "Not pushed yet."),
    "queued": ("wait", "Waits for its turn."),
    "processing": ("run", "Goes through the stages."),
    "ready": ("good", "Published in the dashboard."),
    "validation_failed": ("bad", "A document is missing."),
    "assessment_failed": ("bad", "Could not be assessed, so it is not published."),
    "workflow_failed": ("warn", "Published; something that enriches it failed."),
    "stale": ("warn", "Changed since it was assessed."),
    "archived": ("quiet", "Taken out of use."),
}
LOOKS: dict[str, str] = {
    # what runs, stages, deliveries, syncs and source events say of themselves
    **dict.fromkeys(("waiting", "pending", "scheduled"), "wait"),
    **dict.fromkeys(("running", "fetching", "in_flight"), "run"),
    **dict.fromkeys(
        ("done", "success", "accepted", "delivered", "active", "enabled", "kept", "unpacked"), "good"
    ),
    **dict.fromkeys(("partly_accepted", "degraded", "skipped", "asks"), "warn"),
    **dict.fromkeys(("error", "failed", "rejected", "disabled", "exhausted", "refused"), "bad"),
}


def look(value: str) -> str:
    """The look of a state or status: good, warn, bad, run, wait or quiet."""
    return STATES[value][0] if value in STATES else LOOKS.get(value, "quiet")


MENU: tuple[tuple[str, str, str], ...] = (
    # label, path below the company ("" begins a group), the scope without which it is not offered
    ("Overview", "/", "runs:read"),
    ("Roles", "/roles", "roles:read"),
    ("Runs and queue", "/runs", "runs:read"),
    ("Documents", "/documents", "documents:read"),
    ("Reviews", "/reviews", "reviews:read"),
    ("Mappings", "/mappings", "mappings:read"),
    ("Taxonomies", "/taxonomies", "assessments:read"),
    ("Dashboard", "/dashboard", "assessments:read"),
    ("Comes in, goes out", "", "connections:read"),
    ("Source events", "/source-events", "source_events:read"),
    ("Connections and syncs", "/connections", "connections:read"),
    ("Subscriptions", "/subscriptions", "subscriptions:read"),
    ("Clients", "/clients", "clients:read"),
    ("Keeps in order", "", "usage:read"),
    ("Usage and cost", "/usage", "usage:read"),
    ("Audit", "/audit", "audit:read"),
    ("People", "/people", "users:read"),
    ("Settings", "/settings", "settings:read"),
)
