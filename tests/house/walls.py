"""A company with a row in every table, and questions that would find any of them."""

from __future__ import annotations

import itertools
import re
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import psycopg

from kit.db import Db
from kit.sql import Query
from tests import make
from tests.house.queries import Named

_FILL = """
INSERT INTO client (id, company_id, name, secret_hash, scopes)
  VALUES (gen_random_uuid(), %(c)s, 'c', '', '{}');
INSERT INTO push_policy (company_id, source) VALUES (%(c)s, 'workday');
INSERT INTO batch (id, company_id, actor_kind, actor_id) VALUES (gen_random_uuid(), %(c)s, 'csm', 'x');
UPDATE run SET batch_id = (SELECT id FROM batch);
INSERT INTO stage_run (company_id, run_id, role_id, stage, attempt, epoch, status, input_hash)
  SELECT %(c)s, id, role_id, 'ai_assessment', 1, 1, 'success', '' FROM run;
INSERT INTO document_acknowledgement (company_id, document_id, code, by_kind, by_id, by_name)
  SELECT %(c)s, id, 'short', 'client', 'x', 'x' FROM document;
INSERT INTO upload (id, company_id, name, status, text, by_kind, by_id, by_name)
  VALUES (gen_random_uuid(), %(c)s, 'a.txt', 'asks', 'text', 'person', gen_random_uuid(), 'Mia');
INSERT INTO upload_part (company_id, upload_id, first, bytes) SELECT %(c)s, id, 0, 'x' FROM upload;
INSERT INTO review (id, company_id, role_id, stage, reasons, judged_on, run_id, role_revision)
  SELECT gen_random_uuid(), %(c)s, role_id, 'ai_assessment', '{low_confidence}', '', id, 1 FROM run;
INSERT INTO confirmed_mapping (company_id, title_key, title, taxonomy, code, standard_title, review_id)
  SELECT %(c)s, 'a', 'A', 'starter', 'x', 'X', id FROM review;
INSERT INTO taxonomy (id, company_id, name, version, kind, sha256, status, imported_by)
  VALUES (gen_random_uuid(), %(c)s, 'own', '1', 'draup-csv', '', 'current', 'x');
INSERT INTO taxonomy_role (company_id, taxonomy_id, code, title) SELECT %(c)s, id, 'x', 'X' FROM taxonomy;
INSERT INTO usage (call_id, company_id, run_id, model, purpose)
  SELECT 'call', %(c)s, id, 'm', 'assess' FROM run;
INSERT INTO model_answer (company_id, key, answer) VALUES (%(c)s, 'key', '{}');
INSERT INTO budget_notice (company_id, period_start, budget) VALUES (%(c)s, now(), 'soft');
INSERT INTO queue_state (company_id, waiting, in_window, others_waiting, share, drained_per_minute)
  VALUES (%(c)s, 1, 0, 0, 1, 1);
INSERT INTO subscription (id, company_id, url, events, secrets)
  VALUES (gen_random_uuid(), %(c)s, 'https://hooks.example.com', '{*}', '');
INSERT INTO delivery (id, company_id, subscription_id, event_id, event_type, body)
  SELECT gen_random_uuid(), %(c)s, id, 1, 'role.ready', '{}' FROM subscription;
INSERT INTO delivery_attempt (company_id, delivery_id, attempt, milliseconds)
  SELECT %(c)s, id, 1, 5 FROM delivery;
INSERT INTO simulation (id, company_id, subscription_id, ends_at)
  SELECT gen_random_uuid(), %(c)s, id, now() FROM subscription;
INSERT INTO simulation_case (company_id, simulation_id, name, run_id)
  SELECT %(c)s, id, 'late', gen_random_uuid() FROM simulation;
UPDATE delivery SET simulation_id = (SELECT id FROM simulation), simulated = 'late';
INSERT INTO call (id, company_id, client_id, request_id, at, method, path, status, milliseconds)
  SELECT gen_random_uuid(), %(c)s, id, 'req-1', now(), 'GET', '/v1/me', 200, 1 FROM client;
INSERT INTO workspace (company_id, data_centre, address, token, body)
  VALUES (%(c)s, 'us', 'https://x', '', '{}');
INSERT INTO wait (id, company_id, run_ids, data_centre, token, token_hash, expires_at)
  SELECT gen_random_uuid(), %(c)s, ARRAY[id], 'us', '', '', now() + interval '1 day' FROM run;
INSERT INTO wait_attempt (company_id, wait_id, attempt, milliseconds) SELECT %(c)s, id, 1, 5 FROM wait;
INSERT INTO connection (id, company_id, source, access, shown)
  VALUES (gen_random_uuid(), %(c)s, 'workday', '', '{}');
INSERT INTO sync (id, company_id, connection_id, source, what, actor_kind, actor_id, owner, status, epoch)
  SELECT gen_random_uuid(), %(c)s, id, 'workday', 'everything', 'csm', 'x', id, 'running', 100
  FROM connection;
INSERT INTO sync_seen (company_id, sync_id, object, role_id, outcome)
  SELECT %(c)s, s.id, 'wid-9', r.id, 'here' FROM sync s, role r;
INSERT INTO sync_seen (company_id, sync_id, object, outcome) SELECT %(c)s, id, 'wid-8', 'rejected' FROM sync;
INSERT INTO role_absence (company_id, role_id, missed, last_sync_id)
  SELECT %(c)s, r.id, 200, s.id FROM sync s, role r;
INSERT INTO object_fetch (id, company_id, source, object, status)
  VALUES (gen_random_uuid(), %(c)s, 'workday', 'R-7', 'waiting');
INSERT INTO source_event_fetch (company_id, source_event_id, fetch_id)
  SELECT %(c)s, e.id, f.id FROM source_event e, object_fetch f;
INSERT INTO mapping (company_id, source, version, rules, based_on, changed_by, status, published_at)
  VALUES (%(c)s, 'workday', 100, '{}', 0, 'Mia', 'published', now());
INSERT INTO source_watch (company_id, source) VALUES (%(c)s, 'workday');
INSERT INTO source_shape (company_id, source, shape, profiles) VALUES (%(c)s, 'workday', 'soap_xml', 7);
INSERT INTO source_field (company_id, source, shape, path, first_profile, first_seen_at, seen)
  VALUES (%(c)s, 'workday', 'soap_xml', 'title', 1, now(), 7);
INSERT INTO revoked_token (jti, company_id, expires_at) VALUES ('jti', %(c)s, now() + interval '1 hour');
INSERT INTO audit (id, company_id, actor_kind, actor_id, action)
  VALUES (gen_random_uuid(), %(c)s, 'csm', 'x', 'y');
INSERT INTO idempotency (company_id, client_id, key, method, path, body_sha256, status, answer)
  SELECT %(c)s, id, 'key', 'POST', '/v1/pushes', '', 202, '{}' FROM client;
INSERT INTO person (id, email) VALUES (gen_random_uuid(), 'a@example.com');
INSERT INTO membership (company_id, person_id, role) SELECT %(c)s, id, 'csm' FROM person;
INSERT INTO session (key, person_id, csrf, expires_at) SELECT '', id, 'x', now() FROM person;
INSERT INTO invitation (key, person_id, expires_at) SELECT '', id, now() FROM person;
INSERT INTO sign_in_failure (key) VALUES ('');
INSERT INTO selection (id, company_id, name, filter, made_by)
  VALUES (gen_random_uuid(), %(c)s, 's', '{}', 'x');
"""
_TABLES = """
SELECT c.relname AS name FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migration' ORDER BY 1
"""
NOT_DATA = {
    "pipeline.records.lock_identities": "counts the locks it took",
    "webhooks.mapped.lock_source": "waits for a lock",
    "control.try_key": "says whether it took a lock",
}
"""Queries whose rows tell nothing of the tables."""

_TEXTS = {"source": "workday", "event_key": "evt-1", "key": "key", "status": None, "period": "month"}
_MOST = 40


async def fill(db: Db, company_id: UUID) -> None:
    """A row of the company in every table that has rows of companies."""
    await make.take(db, company_id, make.incoming(), event_key="evt-1")
    async with db.engine() as tx:
        for statement in _FILL.split(";\n"):
            if statement.strip():
                await tx.run(Query("fill", "", statement), {"c": company_id})


async def snapshot(db: Db) -> dict[str, list[str]]:
    """Every row of every table as text."""
    async with db.engine() as tx:
        names = [row["name"] for row in await tx.all(Query("tables", "", _TABLES))]
        found = {}
        for name in names:
            rows = await tx.all(Query("rows", "", f"SELECT t::text AS row FROM {name} AS t ORDER BY 1"))
            found[name] = [row["row"] for row in rows]
    return found


class Anything:
    """Asks on behalf of a company with every id there is (besides one), and for the rest with values that
    leave nothing out. With `undo` nothing that is asked changes anything."""

    def __init__(
        self,
        conn: psycopg.Connection[Any],
        rows: dict[str, list[str]],
        company_id: UUID,
        *,
        asking: UUID | None,
        undo: bool = False,
    ) -> None:
        text = " ".join(itertools.chain.from_iterable(rows.values()))
        found = set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))
        stranger = asking if asking != company_id else None
        self._ids = sorted(found - {str(stranger)})
        self._company_id = company_id
        self._conn = conn
        self._undo = undo
        company = "" if asking is None else str(asking)
        conn.execute(
            "SELECT set_config('role', 'connector_api', false), set_config('app.company', %s, false)",
            [company],
        )

    def ask(self, prepared: tuple[str, int], named: Named) -> list[Any]:
        """The rows that say anything; a refusal by the walls counts as none."""
        if named.name in NOT_DATA:
            return []
        names = list(dict.fromkeys(re.findall(r"%\((\w+)\)[sbt]", named.query.text)))
        kinds = {name: self._kind(named.query.text, name) for name in names}
        one_of_many = any(kind == "uuid" and name != "company_id" for name, kind in kinds.items())
        told: list[Any] = []
        for id_ in self._ids[:_MOST] if one_of_many else [None]:
            values = [self._value(name, kinds[name], id_) for name in names]
            told += self._run(prepared[0], values)
        return told

    def _kind(self, text: str, name: str) -> str:
        cast = re.search(rf"%\({name}\)[sbt]::(\w+(?:\[\])?)", text)
        return cast[1] if cast else "text"

    def _value(self, name: str, kind: str, id_: str | None) -> Any:
        if kind == "uuid":
            return str(self._company_id) if name == "company_id" else id_
        given: dict[str, Any] = {
            "uuid[]": self._ids,
            "int": 3650 if name == "days" else 100,
            "bigint": 1,
            "date": "2000-01-01" if name == "since" else "2100-01-01",
            "jsonb": "{}",
            "bytea": b"",
        }
        return _TEXTS.get(name) if kind == "text" else given.get(kind)

    def _run(self, text: str, values: list[Any]) -> list[Any]:
        numbered = re.sub(r"\$(\d+)", r"%(p\1)s", text.replace("%", "%%"))
        params = {f"p{n}": value for n, value in enumerate(values, 1)}
        around = self._conn.transaction(force_rollback=True) if self._undo else nullcontext()
        try:
            with around:
                cursor = self._conn.execute(numbered.encode(), params)
                rows = cursor.fetchall() if cursor.description else [("changed",)] * max(0, cursor.rowcount)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError, psycopg.DataError):
            return []
        return [row for row in rows if any(value not in (None, 0, [], {}, False) for value in row)]
