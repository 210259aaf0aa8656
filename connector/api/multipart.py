"""The file of a form (multipart/form-data), with the fields beside it."""

from __future__ import annotations

from io import BytesIO

from multipart import MultipartError, MultipartParser, parse_options_header

from kit.errors import Refused

_MOST_FIELDS = 100
_LONGEST = 10_000


def file_of(body: bytes, content_type: str) -> tuple[str, bytes, list[tuple[str, str]]]:
    """The name and bytes of the one file, and the text fields. Raises Refused for a body that is no form, or
    has no file or several."""
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    files: list[tuple[str, bytes]] = []
    fields: list[tuple[str, str]] = []
    try:
        parser = MultipartParser(
            BytesIO(body),
            boundary,
            part_limit=_MOST_FIELDS,
            memory_limit=2 * len(body) + _LONGEST,
            strict=True,
        )
        for part in parser:
            if part.filename:
                files.append((part.filename, part.raw))
            else:
                fields.append((part.name or "", part.value[:_LONGEST]))
    except (MultipartError, UnicodeDecodeError, ValueError) as exc:
        raise Refused(
            "The body is no form, as its Content-Type says.", action="Send multipart/form-data with a file."
        ) from exc
    if len(files) != 1:
        raise Refused(
            f"The form has {len(files)} files.", action="Send one file in a request, or a ZIP of them."
        )
    return *files[0], fields
