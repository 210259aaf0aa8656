"""Settings of connections: kept whole, shown without their secrets."""

from __future__ import annotations

from io import StringIO

import msgspec
import pytest
import rich.console

from adapters.access import HIDDEN, Access, origin
from adapters.registry import SOURCES, adapter_for
from adapters.successfactors.pull.access import Mtls, Oidc, SamlBearer, SuccessFactorsAccess
from adapters.workday.pull.access import (
    ClientCredentials,
    JwtBearer,
    RefreshToken,
    UsernameToken,
    WorkdayAccess,
)

S = "s3cret-value"
WAYS: list[Access] = [
    *(
        WorkdayAccess(address="wd2-impl-services1.workday.com", tenant="acme", auth=auth)
        for auth in (
            UsernameToken(username="isu@acme", password=S),
            RefreshToken(client_id="app", client_secret=S, refresh_token=f"{S}2"),
            JwtBearer(client_id="app", client_secret=S, username="isu", private_key=f"{S}2"),
            ClientCredentials(client_id="app", client_secret=S),
        )
    ),
    *(
        SuccessFactorsAccess(address="https://api10.successfactors.com", company_id="acme", auth=auth)
        for auth in (
            SamlBearer(client_id="key", user="admin", private_key=S),
            Oidc(issuer="acme.accounts.ondemand.com", client_id="app", client_secret=S, dependency="sf"),
            Mtls(certificate="public", private_key=S),
        )
    ),
]


@pytest.mark.parametrize("access", WAYS, ids=lambda one: one.shown()["auth"]["kind"])
def test_no_secret_is_in_any_text_of_the_settings(access: Access) -> None:
    printed = StringIO()
    rich.console.Console(file=printed, width=200).print(access)
    texts = [repr(access), str(access), f"{access}", str(access.shown()), printed.getvalue()]
    assert all(S not in text and HIDDEN in text for text in texts)


@pytest.mark.parametrize("access", WAYS, ids=lambda one: one.shown()["auth"]["kind"])
def test_settings_are_the_same_after_they_were_kept(access: Access) -> None:
    kept = msgspec.json.encode(access)
    assert S.encode() in kept
    assert msgspec.json.decode(kept, type=type(access)) == access


def test_words_of_the_other_side_are_shown_without_our_secrets() -> None:
    assert WAYS[1].masked(f"{S}2 is wrong, {S} too") == f"{HIDDEN} is wrong, {HIDDEN} too"


def test_a_way_in_that_there_is_not_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="auth"):
        msgspec.convert({"address": "x", "tenant": "t", "auth": {"kind": "magic"}}, WorkdayAccess)
    auth = {"kind": "client_credentials", "client_id": "a", "client_secret": "b"}
    with pytest.raises(msgspec.ValidationError, match="version"):
        msgspec.convert({"address": "x", "tenant": "t", "auth": auth, "version": "44"}, WorkdayAccess)


def test_every_origin_that_will_be_called_can_be_checked_beforehand() -> None:
    assert WAYS[0].addresses() == ("https://wd2-impl-services1.workday.com",)
    assert WAYS[5].addresses() == (
        "https://api10.successfactors.com",
        "https://acme.accounts.ondemand.com",
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("x.workday.com", "https://x.workday.com"),
        (" https://x.workday.com/acme/d/home.htmld ", "https://x.workday.com"),
        ("https://x.workday.com?next=1#a", "https://x.workday.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
    ],
)
def test_what_somebody_typed_becomes_an_origin(typed: str, meant: str) -> None:
    assert origin(typed) == meant


def test_every_source_has_settings_hosts_and_a_client() -> None:
    for source in SOURCES:
        adapter = adapter_for(source)
        assert issubclass(adapter.access, Access)
        assert adapter.hosts
        assert callable(adapter.client)
