"""The systems a connection can lead to: what lets us in there, and the client that fetches."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from adapters.access import Access
from adapters.pull import Connect


class Vendor(msgspec.Struct, frozen=True):
    """What lets us in (a Struct of the adapter's), and how a client is made of it."""

    access: type[Access]
    connect: Connect


Vendors = Mapping[str, Vendor]
