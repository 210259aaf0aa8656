"""Every setting, in one place: `CONNECTOR_<NAME>` in the environment, or `CONNECTOR_<NAME>_FILE` with
the name of a file that holds the value (for secrets). An empty variable counts as not set.

Lists are written with commas. `python -m kit.settings` prints `.env.example`.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from kit.errors import Fault

PREFIX = "CONNECTOR_"
MAPS = {"stage_commands": "STAGE_COMMAND_", "graph_names": "GRAPH_NAME_"}
_TEST_PREFIX = "CONNECTOR_TEST_"


def says(text: str) -> Meta:
    """The one line that explains a setting."""
    return Meta(description=text)


SECRET = Meta(extra={"secret": True})
Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
CountOrNone = Annotated[int, Meta(ge=0)]
Days = Annotated[int, Meta(ge=1)]
Url = Annotated[str, Meta(pattern=r"^https?://[^/\s]+[^\s]*$")]
GraphName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]


class SettingsFault(Fault):
    """Settings that are missing or wrong; `problems` has one sentence for each of them."""

    code = "settings"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Settings need attention:\n" + "\n".join(f"  {line}" for line in problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of one process. Times are in seconds, sizes in bytes unless the name says else."""

    # Parts it stands on
    database_url: Annotated[str, SECRET, says("PostgreSQL 15 or newer (a pooler in front is fine).")]
    database_direct_url: Annotated[str, SECRET, says("The same without a pooler; default: the above.")] = ""
    database_pool: Annotated[Count, says("Connections of one process.")] = 8
    redis_url: Annotated[str, SECRET, says("Redis or Valkey.")] = "redis://127.0.0.1:6379/0"
    neo4j_uri: Annotated[str, says("The graph, over Bolt.")] = "bolt://127.0.0.1:7687"
    neo4j_user: Annotated[str, says("Its user.")] = "neo4j"
    neo4j_password: Annotated[str, SECRET, says("Its password.")] = ""
    neo4j_database: Annotated[str, says("Its database; empty: the server's default.")] = ""
    graph_names: Annotated[
        dict[str, GraphName],
        says("Label or relationship name in an existing graph, by our name for it (COMPANY_ROLE ...)."),
    ] = {}

    # This service
    secret_key: Annotated[str, SECRET, says("Vault keys, newest first, commas between (make up makes one).")]
    public_url: Annotated[Url, says("Address that clients use; issuer of tokens.")] = "http://127.0.0.1:8400"
    host: Annotated[str, says("Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535), says("Port to listen on.")] = 8400
    environment_name: Annotated[str, says("Shown by /v1/me: production, staging, demo ...")] = "production"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], says("debug, info, warning or error.")
    ] = "info"
    log_json: Annotated[bool, says("One JSON object a line; false: for people.")] = True
    data_dir: Annotated[str, says("Folder of connector up: its embedded parts, keys and logs.")] = ".data"

    # Access and limits
    token_seconds: Annotated[int, Meta(ge=60, le=86400), says("Life of an access token.")] = 900
    auth_poll_seconds: Annotated[Seconds, says("How soon a revocation elsewhere is noticed.")] = 2
    token_cache: Annotated[Count, says("Verified tokens that a process remembers.")] = 10_000
    client_requests_per_second: Annotated[Count, says("Requests of one client in a second.")] = 50
    client_concurrent: Annotated[Count, says("Requests of one client at once.")] = 20
    token_requests_per_second: Annotated[Count, says("Token requests of one client in a second.")] = 10
    body_bytes: Annotated[Count, says("Largest JSON body (intake has its own limit).")] = 2_000_000
    intake_bytes: Annotated[Count, says("Largest intake body, after decompression.")] = 20_000_000
    upload_bytes: Annotated[Count, says("Largest file in one request; larger ones come in parts.")] = (
        20_000_000
    )
    file_bytes: Annotated[Count, says("Largest file in all, when it comes in parts.")] = 50_000_000
    intake_items: Annotated[Count, says("Job profiles in one intake request.")] = 1_000
    push_items: Annotated[Count, says("Roles in one push.")] = 1_000
    request_seconds: Annotated[
        Seconds, says("Longest time a request may take, from the end of its body.")
    ] = 25

    # People
    oidc_issuer: Annotated[str, says("Identity provider (OpenID Connect); empty: passwords only.")] = ""
    oidc_client_id: Annotated[str, says("Our client there; it redirects to /admin/oidc/back.")] = ""
    oidc_client_secret: Annotated[str, SECRET, says("Its secret.")] = ""

    # Engine
    window: Annotated[Count, says("Runs admitted at once, over all companies.")] = 100
    company_cap: Annotated[Count, says("Runs of one company in the window.")] = 48
    runs_per_process: Annotated[Count, says("Runs that one worker process owns at once.")] = 64
    lease_seconds: Annotated[Seconds, says("How long a run stays owned without a sign of life.")] = 15
    lease_renew_seconds: Annotated[Seconds, says("Time between signs of life.")] = 2
    admit_seconds: Annotated[Seconds, says("Time between two admissions by the clock.")] = 0.5
    visible_within: Annotated[Seconds, says("From first admission to a published role.")] = 900
    work_limit: Annotated[Seconds, says("Owned time that the stages after publishing may take.")] = 600
    retry_attempts: Annotated[Count, says("Attempts of a stage.")] = 4
    retry_first_seconds: Annotated[Seconds, says("Wait after the first failure.")] = 2
    retry_factor: Annotated[float, Meta(ge=1), says("By how much each wait grows.")] = 3
    retry_cap_seconds: Annotated[Seconds, says("Longest wait between two attempts.")] = 120
    follow_up_hours: Annotated[Count, says("How long a passing fault is tried again by itself.")] = 24
    graph_timeout: Annotated[Seconds, says("One graph operation.")] = 30
    model_timeout: Annotated[Seconds, says("One model call.")] = 120
    heavy_timeout: Annotated[Seconds, says("One piece of heavy work (files, imports).")] = 300
    stop_seconds: Annotated[Seconds, says("Time for acts to end after SIGTERM.")] = 20
    stage_commands: Annotated[
        dict[str, str], says("Command that stands in for a stage (JSON on stdin, JSON on stdout).")
    ] = {}

    # Assessor
    model_base_url: Annotated[str, says("OpenAI-compatible endpoint; empty: the offline assessor.")] = ""
    model_api_key: Annotated[str, SECRET, says("Its key.")] = ""
    model_name: Annotated[str, says("Its model.")] = ""
    model_api_version: Annotated[str, says("Azure's api-version; empty: not an Azure address.")] = ""
    model_prices_path: Annotated[str, says("JSON file of prices; empty: the bundled table.")] = ""
    model_piece_chars: Annotated[
        int, Meta(ge=2_000, le=400_000), says("Most of a document in one question, in characters.")
    ] = 24_000
    model_patience: Annotated[
        Seconds, says("Before the offline assessor stands in, for companies that chose that.")
    ] = 20
    model_calls_per_minute: Annotated[CountOrNone, says("Model calls in a minute; 0: no limit.")] = 0
    model_tokens_per_minute: Annotated[CountOrNone, says("Tokens asked in a minute; 0: no limit.")] = 0
    model_company_calls_per_minute: Annotated[CountOrNone, says("The same calls for one company.")] = 0
    model_company_tokens_per_minute: Annotated[CountOrNone, says("The same tokens for one company.")] = 0
    model_breaker_failures: Annotated[Count, says("Failed calls in a row that stop the asking.")] = 5
    model_breaker_seconds: Annotated[Seconds, says("How long at first; then one call tries again.")] = 10
    low_confidence: Annotated[float, Meta(ge=0, le=1), says("Below this a result is flagged.")] = 0.5

    # Calls to others
    delivery_schedule: Annotated[
        tuple[Seconds, ...], says("Waits between delivery attempts; the last one repeats.")
    ] = (5, 30, 120, 600, 3600)
    delivery_hours: Annotated[Count, says("How long a delivery is tried.")] = 24
    delivery_timeout: Annotated[Seconds, says("One delivery attempt.")] = 20
    delivery_disable_days: Annotated[Days, says("After so long without success a subscription is off.")] = 3
    allowed_callback_hosts: Annotated[
        tuple[str, ...], says("Hosts that callbacks may go to; *.name stands for every host below name.")
    ] = ("*.workato.com", "app.workatoapp.cn")
    allow_loopback_callbacks: Annotated[
        bool, says("Lets callbacks go to this machine (the demo's receiver).")
    ] = False
    allowed_source_hosts: Annotated[
        tuple[str, ...],
        says("Hosts that connections may lead to; empty: the known systems' own."),
    ] = ()
    allow_loopback_sources: Annotated[
        bool, says("Lets connections lead to this machine (demo and tests).")
    ] = False
    sync_schedule: Annotated[
        tuple[Seconds, ...], says("Waits of a sync after faults in a row; the last one repeats.")
    ] = (10, 60, 300, 900, 3600)
    sync_hours: Annotated[Count, says("How long a sync may stand still before it fails.")] = 24
    sync_overlap: Annotated[Seconds, says("From how long before the last sync changes are asked for.")] = 600
    syncs_per_process: Annotated[Count, says("Syncs that one worker process drives at once.")] = 4

    # What is kept
    keep_raw_days: Annotated[Days, says("Source events as received.")] = 90
    keep_run_days: Annotated[Days, says("Runs and events.")] = 60
    keep_key_days: Annotated[Days, says("Idempotency keys.")] = 7
    keep_delivery_days: Annotated[Days, says("Bodies of deliveries.")] = 30
    keep_audit_days: Annotated[Days, says("Audit rows.")] = 730

    @property
    def direct_url(self) -> str:
        """The database address for session locks."""
        return self.database_direct_url or self.database_url


def load(
    environ: Mapping[str, str] | None = None, known: Mapping[str, Collection[str]] | None = None
) -> Settings:
    """The settings of an environment (default: the process's own); SettingsFault names all that is wrong.
    `known` says which names the settings in MAPS may have (default: any)."""
    problems: list[str] = []
    given = _read_all(os.environ if environ is None else environ, problems)
    for field, names in (known or {}).items():
        for name in sorted(set(given.get(field, {})) - set(names)):
            variable = f"{PREFIX}{MAPS[field]}{name.upper()}"
            problems.append(f"{variable} is not a setting.{_nearest(name, names, PREFIX + MAPS[field])}")
    return Settings(**_values(Settings.__struct_fields__, given, problems))


def read_one(name: str, environ: Mapping[str, str] | None = None) -> Any:
    """One setting alone, for what runs before the others exist. SettingsFault when it is wrong."""
    env = os.environ if environ is None else environ
    variable, problems = PREFIX + name.upper(), list[str]()
    given = _read_all({key: env[key] for key in (variable, f"{variable}_FILE") if key in env}, problems)
    values = _values((name,), given, problems)
    return values[name] if name in values else getattr(Settings(database_url="", secret_key=""), name)


def _values(names: Collection[str], given: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        variable = PREFIX + field.name.upper()
        if field.name not in names:
            continue
        if field.name in given:
            _convert(field, variable, given[field.name], values, problems)
        elif field.required:
            problems.append(f"{variable} is missing: {_meta(field)['description']}")
    if problems:
        raise SettingsFault(problems)
    return values


def _read_all(env: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """Field name -> raw text (a dict for the maps)."""
    names = {field.name for field in msgspec.structs.fields(Settings)}
    given: dict[str, Any] = {}
    for variable, text in sorted(env.items()):
        if not variable.startswith(PREFIX) or variable.startswith(_TEST_PREFIX) or not text.strip():
            continue
        rest = variable.removeprefix(PREFIX)
        mapped = next((field for field, prefix in MAPS.items() if rest.startswith(prefix)), None)
        name = rest.lower()
        if mapped:
            given.setdefault(mapped, {})[rest.removeprefix(MAPS[mapped]).lower()] = text
        elif name in names:
            given[name] = text.strip()
        elif name.removesuffix("_file") in names:
            given.setdefault(name.removesuffix("_file"), _from_file(variable, text, problems))
        else:
            problems.append(f"{variable} is not a setting.{_nearest(name, names)}")
    return given


def _nearest(name: str, names: Collection[str], prefix: str = PREFIX) -> str:
    close = difflib.get_close_matches(name, names, 1)
    return f" Did you mean {prefix}{close[0].upper()}?" if close else ""


def _from_file(variable: str, path: str, problems: list[str]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        problems.append(f"{variable} names a file that cannot be read ({type(exc).__name__}): {path}")
        return ""


def _convert(
    field: msgspec.structs.FieldInfo, variable: str, raw: Any, values: dict[str, Any], problems: list[str]
) -> None:
    text: Any = raw
    if isinstance(field.default, tuple):
        text = [part.strip() for part in raw.split(",") if part.strip()]
    try:
        values[field.name] = msgspec.convert(text, field.type, strict=False)
    except msgspec.ValidationError as exc:
        shown = "" if _is_secret(field) else f" (it is {str(raw)[:60]!r})"
        problems.append(f"{variable} is wrong{shown}: {exc}")


def _meta(field: msgspec.structs.FieldInfo) -> dict[str, str]:
    metas = [meta for meta in getattr(field.type, "__metadata__", ()) if isinstance(meta, Meta)]
    return {"description": next((meta.description for meta in metas if meta.description), "")}


def _is_secret(field: msgspec.structs.FieldInfo) -> bool:
    return any(meta is SECRET for meta in getattr(field.type, "__metadata__", ()))


def example() -> str:
    """The text of `.env.example`: each setting with its line and its default."""
    lines = [
        "# Settings of the connector. Secrets may also come from a file: CONNECTOR_<NAME>_FILE=/path.",
        "",
    ]
    for field in msgspec.structs.fields(Settings):
        lines.append(f"# {_meta(field)['description']}")
        if field.name in MAPS:
            lines += [f"# {PREFIX}{MAPS[field.name]}<NAME>=", ""]
            continue
        comment = "" if field.required else "# "
        lines += [f"{comment}{PREFIX}{field.name.upper()}={_shown(field.default)}", ""]
    return "\n".join(lines)


def _shown(default: Any) -> str:
    if default is msgspec.NODEFAULT:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(map(str, default)) if isinstance(default, tuple) else re.sub(r"\s", " ", str(default))


if __name__ == "__main__":
    sys.stdout.write(example())
