"""Regular expressions in time that grows with the text and no faster: RE2, with a bounded program and text.

A search takes at most so many steps as the pattern has parts times the text has characters, whatever the
pattern: thirty milliseconds at the very worst. Why no timer: docs/decisions/patterns-without-a-timer.md.
"""

from __future__ import annotations

from typing import Any

import re2

SEARCHED = 1_000  # characters of a value
LONGEST = 200  # characters of a pattern
_MOST_MEMORY = 64 * 1024  # bytes of a compiled pattern


class BadPattern(ValueError):
    """A pattern that is not a regular expression, or one that is too large; the text says why."""


def compile_pattern(source: str) -> Any:
    """The compiled pattern. Raises `BadPattern`."""
    if len(source) > LONGEST:
        raise BadPattern(f"The pattern has {len(source)} characters; at most {LONGEST} are allowed.")
    options = re2.Options()
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    try:
        return re2.compile(source, options=options)
    except UnicodeEncodeError:
        raise BadPattern("The pattern holds a character that is none.") from None
    except re2.error as error:
        says = error.args[0]
        reason = says.decode("utf-8", "replace") if isinstance(says, bytes) else str(says)
        raise BadPattern(f"Not a pattern that can be used: {reason[:120]}.") from None
