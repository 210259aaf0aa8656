"""Says in one sentence when this Python is too old for us. Runs on any Python 3."""

import sys

NEEDED = (3, 11)

if sys.version_info < NEEDED:
    found = "%d.%d" % sys.version_info[:2]
    sys.exit("Python 3.11 or newer is needed and this is %s. Try: make venv PYTHON=python3.12" % found)
