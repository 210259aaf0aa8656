"""Formatted texts of a record, by locale."""

from __future__ import annotations

from adapters.model import Description, RichText
from adapters.successfactors.odata import Columns, Record
from adapters.successfactors.values import Warnings
from adapters.text import TextTooLarge, rich_text


def rich(raw: str, field: str, warnings: Warnings) -> RichText | None:
    """A formatted text, cleaned; None when there is nothing to read, a warning when it is too long."""
    try:
        return rich_text(raw)
    except TextTooLarge as error:
        warnings.append(error.problem(field))
        return None


def described(
    record: Record, columns: Columns, base: str, field: str, warnings: Warnings
) -> list[Description]:
    """The texts of column `base`: first the one without a locale, then one per filled locale."""
    return [
        Description(field, content, locale or None)
        for locale, raw in columns.texts(record, base).items()
        if (content := rich(raw, field, warnings))
    ]
