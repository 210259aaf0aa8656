"""What was paid and answered before, in PostgreSQL: an answer is kept before its result is recorded, so
that a crash in between, a retry, or the same document in another role of the company costs nothing."""

from __future__ import annotations

import psycopg
import structlog

from kit.db import Db, Tx
from kit.errors import Overloaded
from kit.sql import Queries
from pipeline.assessor.asking.interview import About
from pipeline.stages.base import Call

_sql = Queries("pipeline.assessor.asking")
_log = structlog.get_logger("pipeline.assessor")
_AWAY = (psycopg.Error, Overloaded, OSError)
_LONGEST = 400_000
_NUL = "\0"


class Kept:
    """The memory of every company, each with its own. Without the database everything is asked anew."""

    def __init__(self, db: Db) -> None:
        self._db = db

    async def recall(self, about: About, key: bytes) -> str | None:
        """The answer kept under this key (SHA-256 of what it rests on)."""
        try:
            async with self._db.engine() as tx:
                params = {"company_id": about.company_id, "key": key}
                answer: str | None = await tx.value(_sql["recall_answer"], params)
        except _AWAY as exc:
            _log.warning("answer.unread", error=str(exc)[:200])
            return None
        return answer

    async def paid(self, about: About, call: Call, key: bytes, answer: str | None) -> None:
        """Write the call to the ledger and keep the answer, if it is of use."""
        try:
            async with self._db.engine() as tx:
                await self._note(tx, about, call)
                if answer is not None and len(answer) <= _LONGEST and _NUL not in answer:
                    params = {"company_id": about.company_id, "key": key, "answer": answer}
                    await tx.run(_sql["keep_answer"], params)
        except _AWAY as exc:
            _log.warning("answer.unkept", error=str(exc)[:200])

    async def _note(self, tx: Tx, about: About, call: Call) -> None:
        params = {
            "call_id": call.call_id,
            "company_id": about.company_id,
            "role_id": about.role_id,
            "model": call.model.replace(_NUL, ""),
            "purpose": call.purpose,
            "input_tokens": call.input_tokens,
            "output_tokens": call.output_tokens,
            "milliseconds": call.milliseconds,
            "cached_tokens": call.cached_tokens,
            "cost_micros": call.cost_micros,
        }
        await tx.run(_sql["note_call"], params)
