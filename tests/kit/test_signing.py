from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from kit import signing

BODY = '{"title":"Pflegekraft – Ärztin"}'.encode()


def now() -> datetime:
    return datetime.now(UTC)


def test_the_standards_own_example_gets_its_published_signature() -> None:
    headers = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_independent_library_accepts_what_we_sign() -> None:
    secret = signing.new_secret()
    headers = signing.headers("evt_1", now(), BODY, [secret])
    assert Webhook(secret).verify(BODY, headers)["title"] == "Pflegekraft – Ärztin"


def test_a_changed_body_an_old_time_and_another_id_are_not_accepted() -> None:
    secret = signing.new_secret()
    headers = signing.headers("evt_1", now(), BODY, [secret])
    old = signing.headers("evt_1", now() - timedelta(minutes=10), BODY, [secret])
    for body, given in ((BODY + b" ", headers), (BODY, old), (BODY, headers | {"webhook-id": "evt_2"})):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, given)


def test_while_a_secret_is_replaced_either_one_verifies() -> None:
    new, old = signing.new_secret(), signing.new_secret()
    headers = signing.headers("evt_1", now(), BODY, [new, old])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (new, old):
        Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(BODY, headers)


def test_secrets_are_long_and_never_the_same() -> None:
    made = {signing.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(len(secret) == len("whsec_") + 44 for secret in made)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_malformed_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        signing.headers("evt_1", now(), BODY, [secret])
