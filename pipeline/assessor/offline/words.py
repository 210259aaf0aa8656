"""Words of a text with their places, and the stem under which the rubric knows them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

TOKEN = re.compile(r"[A-Za-z][A-Za-z'’]*")
_JOINT = re.compile(r"\s*(?:,|/|&)?\s*(?:\b(?:and/or|and|or)\b)?\s*", re.IGNORECASE)
LEAD_LIMIT = 8


class Word(NamedTuple):
    """A word as it stands at `start:end`, its stem, and whether it is one of the leading verbs."""

    text: str
    start: int
    end: int
    stem: str
    leads: bool


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A crude English stem: same for `analyse, analyses, analyzing`; good enough to look words up."""
    w = word.lower().replace("’", "'").removesuffix("'s")
    if len(w) > 4:
        w = w.replace("yse", "yze").replace("ise", "ize") if w.endswith(("yse", "ise", "ysed", "ised")) else w
        w = w.replace("ising", "izing").replace("ysing", "yzing").replace("isation", "ization")
    if w.endswith("ies") and len(w) > 4:
        w = w[:-3] + "y"
    elif w.endswith("es") and len(w) > 4 and w[:-2].endswith(("ss", "sh", "ch", "x", "z")):
        w = w[:-2]
    elif w.endswith("s") and not w.endswith(("ss", "us", "is")) and len(w) > 3:
        w = w[:-1]
    for suffix in ("ing", "ed"):
        if w.endswith(suffix) and len(w) - len(suffix) >= 3:
            w = w[: -len(suffix)]
            if len(w) > 3 and w[-1] == w[-2] and w[-1] not in "lsz":
                w = w[:-1]
            break
    if w.endswith("e") and len(w) > 3:
        w = w[:-1]
    if w.endswith("i") and len(w) > 3:
        w = w[:-1] + "y"
    return w


def words_of(text: str, verbs: frozenset[str]) -> list[Word]:
    """All words of `text`. Leading verbs are the first word and those joined to it by commas, `and`,
    `or`, as in "Plan, direct and coordinate"; `verbs` are the stems that count as verbs."""
    found: list[Word] = []
    matches = TOKEN.finditer(text)
    end_of_lead = 0
    for number, match in enumerate(matches):
        low, its_stem = _forms(match[0])
        leads = number == 0 or (
            its_stem in verbs and _JOINT.fullmatch(text, end_of_lead, match.start()) is not None
        )
        found.append(Word(low, match.start(), match.end(), its_stem, leads))
        if leads:
            end_of_lead = match.end()
        if number == LEAD_LIMIT - 1 or not (leads or low in ("and", "or")):
            break
    rest = [(_forms(match[0]), match.span()) for match in matches]
    return found + [Word(low, start, end, its_stem, False) for (low, its_stem), (start, end) in rest]


@lru_cache(maxsize=50_000)
def _forms(word: str) -> tuple[str, str]:
    """Lower case and stem."""
    low = word.lower()
    return low, stem(low)
