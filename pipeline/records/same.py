"""Items of one call that are about the same job profile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec.structs import replace

from pipeline.records.model import Incoming


class Profile:
    """One job profile of a call: its items in their order, and every identifier that they give for it."""

    def __init__(self) -> None:
        self.items: list[Incoming] = []
        self.identities: dict[str, str] = {}

    @property
    def last(self) -> Incoming:
        """The item that counts, with the identifiers of all."""
        return replace(self.items[-1], identities=self.identities)

    def agrees(self, item: Incoming) -> bool:
        """Whether an item contradicts no identifier."""
        return all(self.identities.get(kind, value) == value for kind, value in item.identities.items())


def profiles(items: Iterable[Incoming]) -> list[Profile]:
    """The job profiles of a call. Two items are about the same one when they have the same source id, or
    share an identifier and contradict each other in none."""
    found: list[Profile] = []
    by_source_id: dict[str, Profile] = {}
    by_key: defaultdict[str, list[Profile]] = defaultdict(list)
    for item in items:
        profile = by_source_id.get(item.source_id) or next(
            (one for key in item.keys for one in by_key.get(key, ()) if one.agrees(item)), None
        )
        if profile is None:
            profile = Profile()
            found.append(profile)
        profile.items.append(item)
        profile.identities |= item.identities
        by_source_id[item.source_id] = profile
        for key in item.keys:
            if profile not in by_key[key]:
                by_key[key].append(profile)
    return found
