from __future__ import annotations

import pytest

from kit.vault import Vault, VaultFault, make_key


def test_a_sealed_text_opens_again_and_does_not_show() -> None:
    vault = Vault(make_key())
    sealed = vault.seal("hunter2")
    assert "hunter2" not in sealed
    assert vault.open(sealed) == "hunter2"


def test_a_new_key_in_front_writes_and_the_old_one_still_reads() -> None:
    old, new = make_key(), make_key()
    sealed = Vault(old).seal("x")
    both = Vault(f"{new},{old}")
    assert both.open(sealed) == "x"
    assert Vault(new).open(both.seal("y")) == "y"


def test_another_key_opens_nothing() -> None:
    with pytest.raises(VaultFault, match="No key"):
        Vault(make_key()).open(Vault(make_key()).seal("x"))


@pytest.mark.parametrize("keys", ["", " , ", "short", "x" * 44])
def test_what_is_no_key_is_refused_in_words(keys: str) -> None:
    with pytest.raises(VaultFault, match="CONNECTOR_SECRET_KEY"):
        Vault(keys)
