"""FastAPI and asyncpg: one bare insert a request. `uvicorn bench.peers.bare_insert:app`, address of the
database in BENCH_DATABASE_URL."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel

TABLE = "CREATE TABLE IF NOT EXISTS taken (id uuid PRIMARY KEY, title text NOT NULL, body jsonb NOT NULL)"


class Profile(BaseModel):
    """As much of the body as is looked at."""

    Get_Job_Profiles_Response: dict[str, Any]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=8, max_size=8) as pool:
        await pool.execute(TABLE)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/profiles", status_code=202)
async def take(profile: Profile, request: Request) -> dict[str, str]:
    id_ = uuid.uuid4()
    await app.state.pool.execute(
        "INSERT INTO taken VALUES ($1, $2, $3)", id_, "role", profile.model_dump_json()
    )
    return {"id": str(id_)}
