"""Formatted texts of a record, by locale."""

from __future__ import annotations

from typing import Any

from adapters.model import Description, RichText
from adapters.successfactors.odata import Columns, Record, by_locale, own_text
from adapters.successfactors.values import Warnings
from adapters.text import TextTooLarge, rich_text


def rich(raw: Any, field: str, warnings: Warnings) -> RichText | None:
    """A formatted text, cleaned; None when there is nothing to read, a warning when it is too long."""
    if not isinstance(raw, str):
        return None
    try:
        return rich_text(raw)
    except TextTooLarge as error:
        warnings.append(error.problem(field))
        return None


def described(
    record: Record, base: str, field: str, warnings: Warnings, columns: Columns | None = None
) -> list[Description]:
    """The texts of column `base`: first the one without a locale, then one per filled locale."""
    texts: list[tuple[str | None, str | None]] = [(None, own_text(record, base))]
    texts += by_locale(record, base, columns).items()
    found = [(locale, rich(raw, field, warnings)) for locale, raw in texts]
    return [Description(field, content, locale) for locale, content in found if content]
