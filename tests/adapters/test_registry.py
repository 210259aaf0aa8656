"""A source's name leads to what reads it."""

from __future__ import annotations

import pytest

from adapters.registry import SOURCES, UnknownSource, adapter_for
from tests.adapters.sf import SAMPLES as SUCCESSFACTORS
from tests.adapters.wd import sample


def test_each_source_reads_its_own_samples() -> None:
    assert adapter_for("workday").read(sample("one_profile.xml"), "text/xml").items[0].profile
    body = (SUCCESSFACTORS / "fojobcode_single_by_key.json").read_bytes()
    assert adapter_for("successfactors").read(body, "application/json").items
    assert [adapter_for(source).system for source in SOURCES] == list(SOURCES)


def test_an_unknown_source_is_told_which_there_are() -> None:
    with pytest.raises(UnknownSource, match="'oracle'; workday and successfactors are known"):
        adapter_for("oracle")
