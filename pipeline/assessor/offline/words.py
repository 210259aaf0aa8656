"""Words of a text, and the stem under which they are known."""

from __future__ import annotations

import re
from functools import lru_cache

TOKEN = re.compile(r"[A-Za-z][A-Za-z'’]*")
_JOINT = re.compile(r"\s*(?:,|/|&)?\s*(?:\b(?:and/or|and|or)\b)?\s*", re.IGNORECASE)


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


def joined(text: str, end: int, start: int) -> bool:
    """Whether nothing but commas, `and`, `or` and the like stands between two words."""
    return _JOINT.fullmatch(text, end, start) is not None
