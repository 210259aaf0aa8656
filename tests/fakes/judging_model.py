"""A loopback model that reads the question and answers it well enough to pass every check: what it says is of
no value, but it has the form and the citations of a good answer. Tokens are characters through four."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tests.fakes.model_server import ModelServer, completion
from tests.fakes.receiver import Got, Receiver, Reply, listening

_FENCED = re.compile(r"<(\w+)-([0-9a-f]{10})[^>]*>\n(.*?)\n</\1-\2>", re.DOTALL)
_TOOL = re.compile(r"\b(?:SAP|Excel|Python|SQL|Workday|Salesforce|Git|Jira)\b")
_CHARS_PER_TOKEN = 4


def judge(question: str, shape: str) -> dict[str, Any]:
    """A good answer of this shape."""
    parts: dict[str, list[str]] = {}
    for name, _, text in _FENCED.findall(question):
        parts.setdefault(name, []).append(text)
    rows = {
        name: [msgspec.json.decode(line) for line in texts[0].splitlines()] for name, texts in _lists(parts)
    }
    return _ANSWERS[shape](parts.get("document", []), rows)


def _lists(parts: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    return [(name, texts) for name, texts in parts.items() if name not in ("document", "role")]


def _assess(documents: list[str], rows: Any) -> dict[str, Any]:
    tasks = [
        {
            "document": number,
            "quote": line,
            "p_exposed": 0.6,
            "p_direct": 0.2,
            "automation": 1.5,
            "confidence": 0.8,
            "evidence": [{"words": line.split()[0], "weight": 1.0, "about": "exposure"}],
        }
        for number, text in enumerate(documents, start=1)
        for line in task_lines(text)[:40]
    ]
    about = [
        {"document": n, "guess": "job_description", "p_jd": 0.9, "quotes": text.split()[:1]}
        for n, text in enumerate(documents, start=1)
    ]
    return {"documents": about, "tasks": tasks, "summary": "A role.", "instructions_found": False}


def task_lines(text: str) -> list[str]:
    """The bulleted lines of a text, else its sentences."""
    bullets = [
        line.lstrip("-*• ").strip() for line in text.splitlines() if line.lstrip()[:1] in ("-", "*", "•")
    ]
    found = bullets or [one.strip() for one in re.split(r"(?<=\.)\s", text)]
    return [line for line in found if len(line.split()) > 1]


def _map(documents: Any, rows: Any) -> dict[str, Any]:
    return {"candidates": [{"number": row["number"], "score": 0.5} for row in rows["roles"][:5]]}


def _top(documents: Any, rows: Any) -> dict[str, Any]:
    return {"tasks": [{"task_id": r["id"], "score": 0.5, "why": "It tells."} for r in rows["tasks"][:10]]}


def _standard(documents: Any, rows: Any) -> dict[str, Any]:
    return {"tasks": [{"text": r["text"][:140], "verb": "do", "task_ids": [r["id"]]} for r in rows["tasks"]]}


def _feasible(documents: Any, rows: Any) -> dict[str, Any]:
    return {
        "tasks": [
            {
                "task_id": row["id"],
                "grade": "T2",
                "cues": [{"words": row["text"].split()[0], "meaning": "work", "effect": 1.0}],
            }
            for row in rows["tasks"]
        ]
    }


def _skills(documents: list[str], rows: Any) -> dict[str, Any]:
    found = [
        {"name": word, "group": "Tools", "document": number, "quote": word}
        for number, text in enumerate(documents, start=1)
        for word in dict.fromkeys(_TOOL.findall(text))
    ]
    ids = [row["id"] for row in rows.get("tasks", [])][:2]
    guess = {"name": "Care", "group": "Habits", "why": "The tasks need it.", "task_ids": ids}
    return {"found": found, "inferred": [guess] if ids else []}


def _placed(documents: Any, rows: Any) -> dict[str, Any]:
    skills = rows.get("skills", [])
    return {"skills": [{"name": r["name"], "tier": "core", "group": "All", "why": "It is."} for r in skills]}


def _moves(documents: Any, rows: Any) -> dict[str, Any]:
    picked = rows["tasks"][:3]
    return {
        "moves": [
            {"task_ids": [row["id"]], "to": "Review", "gap": "partly", "reason": "It stays."}
            for row in picked
        ]
    }


_ANSWERS: dict[str, Callable[[list[str], Any], dict[str, Any]]] = {
    "AssessAnswer": _assess,
    "MapAnswer": _map,
    "TopTasksAnswer": _top,
    "StandardiseAnswer": _standard,
    "FeasibilityAnswer": _feasible,
    "SkillsAnswer": _skills,
    "ArchitectureAnswer": _placed,
    "ReskillingAnswer": _moves,
}


class JudgingReceiver(Receiver):
    """Gives the told replies first (None among them: a good answer), then good answers for ever."""

    def __init__(self, *first: Reply | None) -> None:
        super().__init__()
        self.first = list(first)
        self.model = "test-model"
        self.headers: dict[str, str] = {}

    def reply_to(self, got: Got) -> Reply:
        told = self.first.pop(0) if self.first else None
        return told or self.good(got.json())

    def good(self, asked: dict[str, Any]) -> Reply:
        """A good answer to a request's body."""
        schema = asked["response_format"]["json_schema"]
        content = msgspec.json.encode(judge(asked["messages"][1]["content"], schema["name"])).decode()
        told = "".join(message["content"] for message in asked["messages"])
        size = len(told) + len(msgspec.json.encode(schema))
        tokens = (size // _CHARS_PER_TOKEN, len(content) // _CHARS_PER_TOKEN)
        reply = completion(content, tokens=tokens, model=self.model)
        return msgspec.structs.replace(reply, headers={**reply.headers, **self.headers})


@asynccontextmanager
async def judging_model(*first: Reply | None) -> AsyncIterator[tuple[ModelServer, JudgingReceiver]]:
    """The endpoint, listening, and its receiver (to change what it says)."""
    async with listening(JudgingReceiver(*first)) as receiver:
        yield ModelServer(receiver), receiver
