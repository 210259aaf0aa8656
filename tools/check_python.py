"""Says in one sentence when this Python is too old for us. Itself it runs on 3.6 and later."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the old ones are whom this is for
    found = ".".join(str(number) for number in sys.version_info[:2])
    sys.exit(f"Python 3.11 or newer is needed and this is {found}. Try: make venv PYTHON=python3.12")
