"""What the offline assessor knows about documents: `documents.json`, compiled once."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import msgspec

from pipeline.assessor.offline.words import stem


class CueRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pattern that speaks, with a weight, for a kind of document."""

    kind: str
    weight: float
    cue: str
    pattern: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    verbs: str
    nouns: str
    openers: str
    headings: dict[str, str]
    labels: str
    drop: str
    cues: list[CueRule]


class Lexicon:
    """Compiled patterns: headings, phrases before a verb, lines that are no tasks, cues by kind."""

    def __init__(self, raw: bytes) -> None:
        data = msgspec.json.decode(raw, type=_File)
        self.version = data.version
        self.verbs = frozenset(stem(verb) for verb in data.verbs.split())
        self.nouns = frozenset(stem(noun) for noun in data.nouns.split())
        self.openers = re.compile(rf"(?:(?:{data.openers})\s+)*", re.IGNORECASE)
        self.duties = re.compile(rf"\b(?:{data.headings['duties']})\b", re.IGNORECASE)
        self.neutral = re.compile(rf"(?:{data.headings['neutral']})", re.IGNORECASE)
        self.other = re.compile(rf"\b(?:{data.headings['other']})\b", re.IGNORECASE)
        self.labels = re.compile(rf"(?:{data.labels})\s?:", re.IGNORECASE)
        self.drop = re.compile(rf"\b(?:{data.drop})", re.IGNORECASE)
        self.cues = [(rule, re.compile(rule.pattern, re.IGNORECASE | re.MULTILINE)) for rule in data.cues]


def resource(name: str) -> bytes:
    """The bytes of a bundled data file."""
    return files("pipeline.assessor.offline").joinpath(name).read_bytes()


@cache
def lexicon() -> Lexicon:
    """The bundled lexicon."""
    return Lexicon(resource("documents.json"))
