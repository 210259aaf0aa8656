"""The default mapping of each source, kept as data in `defaults/`."""

from __future__ import annotations

from functools import cache
from importlib import resources

from adapters.model import System
from mappings.loading import load
from mappings.model import Mapping


@cache
def default_mapping(system: System) -> Mapping:
    """The mapping a company starts with for `system`; its version is 0."""
    return load(resources.files("mappings").joinpath("defaults", f"{system}.json").read_bytes())
