"""What tokens cost. The table is data (`prices.json`, or a file of the operator's in the same form); money
is an integer count of millionths of the table's currency, rounded up once per call."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec

Micros = Annotated[int, msgspec.Meta(ge=0)]
_MILLION = 1_000_000
_DATED = re.compile(r"-(?:20\d\d-?\d\d-?\d\d|latest)$")


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Micro-units per million tokens. Without `cached_input`, tokens that the endpoint remembered cost
    the full price."""

    input: Micros
    output: Micros
    cached_input: Micros | None = None


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices by the model's name; a date at the end of an answering model's name does not count."""

    currency: str
    models: dict[str, Price]
    says: str = ""

    def cost(self, model: str, input_tokens: int, cached_tokens: int, output_tokens: int) -> int | None:
        """Micro-units of one call; None for a model without a price."""
        price = self.models.get(model) or self.models.get(_DATED.sub("", model))
        if price is None:
            return None
        cached = min(cached_tokens, input_tokens)
        remembered = price.input if price.cached_input is None else price.cached_input
        whole = (input_tokens - cached) * price.input + cached * remembered + output_tokens * price.output
        return -(-whole // _MILLION)


def prices_from(path: str = "") -> Prices:
    """The operator's table, else the bundled one. Raises ValueError when it cannot be read."""
    try:
        raw = Path(path).read_bytes() if path else _bundled()
        return msgspec.json.decode(raw, type=Prices)
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(f"The price table {path} cannot be read: {error}") from error


def _bundled() -> bytes:
    return files("pipeline.assessor.asking").joinpath("prices.json").read_bytes()
