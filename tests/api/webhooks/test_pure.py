"""What is decided about webhooks without a database: payloads, when an attempt is repeated, addresses, signatures."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from api.http.permissions import routes_of
from api.http.routes import contracts, disputes, dunning, invoices, readings_review, spending, statements
from api.server.outgoing import is_public
from api.webhooks import signing
from api.webhooks.address import UnfitWebhookAddress, WebhookAddress
from api.webhooks.backoff import ASKED_MAX, ATTEMPTS_MAX, WAITS, retry_after, wait_after
from api.webhooks.notification import KINDS, NotificationType, example_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize("type_", NotificationType)
class TestEachType:
    def test_is_a_noun_and_what_became_of_it(self, type_: NotificationType) -> None:
        noun, verb = type_.value.split(".")
        assert noun.isalpha()
        assert verb.isalpha()

    def test_names_an_address_that_there_is(self, type_: NotificationType) -> None:
        modules = (contracts, disputes, dunning, invoices, readings_review, spending, statements)
        routes = routes_of([module.router for module in modules])
        readable = [route.path_regex for route in routes if "GET" in (route.methods or ())]
        assert any(regex.match(example_of(type_).path) for regex in readable)

    def test_has_a_payload_of_standard_webhooks(self, type_: NotificationType) -> None:
        payload = json.loads(example_of(type_).body)
        assert list(payload) == ["type", "timestamp", "data"]
        assert (payload["type"], payload["timestamp"]) == (type_.value, "2026-02-01T06:00:00.000Z")
        assert payload["data"] == {**KINDS[type_].example, "path": example_of(type_).path}


def test_an_address_in_a_payload_is_one_whatever_a_contract_is_called() -> None:
    example = example_of(NotificationType.CONTRACT_RELEASED)
    odd = type(example)(example.id, example.type, example.at, {**example.facts, "contract": "a/b ?ä"})
    assert odd.path == "/v1/contracts/a%2Fb%20%3F%C3%A4"


class TestWhenAnAttemptIsRepeated:
    """ "… 5 seconds, 5 minutes, 30 minutes, 2 hours, 5 hours, 10 hours, 14 hours, 20 hours, 24 hours" (Standard Webhooks)."""

    def test_by_the_schedule(self) -> None:
        seconds = [wait.total_seconds() for attempt in range(1, 10) if (wait := wait_after(attempt, 0)) is not None]
        assert seconds == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]

    def test_and_not_after_the_last(self) -> None:
        assert (wait_after(ATTEMPTS_MAX, 0), wait_after(ATTEMPTS_MAX + 5, 1)) == (None, None)

    @given(st.integers(1, ATTEMPTS_MAX - 1), st.floats(0, 1), st.one_of(st.none(), st.integers(-5, 10**6)))
    def test_never_sooner_than_it_says_or_the_receiver_asks(
        self, attempt: int, jitter: float, asked: int | None
    ) -> None:
        wait = wait_after(attempt, jitter, None if asked is None else timedelta(seconds=asked))
        assert wait is not None
        assert wait >= WAITS[attempt - 1]
        assert wait >= min(timedelta(seconds=asked or 0), ASKED_MAX)
        assert wait <= max(WAITS[attempt - 1] * 1.2001, ASKED_MAX)

    @pytest.mark.parametrize(("header", "seconds"), [
        (None, None), ("120", 120), (" 7 ", 7), ("Mon, 30 Nov 2026 12:01:00 GMT", 60), ("Mon, 30 Nov 2026 11:00:00 GMT", 0),
        ("soon", None), ("-5", None), ("1.5", None), ("", None), ("9" * 50, ASKED_MAX.total_seconds()),
    ])  # fmt: skip
    def test_what_a_receiver_asks_for(self, header: str | None, seconds: float | None) -> None:
        assert retry_after(header, NOW) == (None if seconds is None else timedelta(seconds=seconds))


class TestAnAddress:
    @pytest.mark.parametrize("url", [
        "https://erp.example.com/hooks", "https://erp.example.com", "https://erp.example.com:8443/a?token=1", "https://93.184.215.14/",
    ])  # fmt: skip
    def test_is_on_the_internet(self, url: str) -> None:
        assert WebhookAddress.of(url, loopback=False).is_secure

    @pytest.mark.parametrize("url", [
        "http://erp.example.com/", "ftp://erp.example.com/", "https://", "https://u:p@erp.example.com/", "https://erp.example.com/#x",
        "https://erp.example.com:0/", "https://erp.example.com:99999/", "https://10.0.0.1/", "https://192.168.1.1/", "https://[::1]/",
        "https://[fe80::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://localhost/", "https://127.0.0.1/",
        "https://a b/", "https://erp.example.com/\n", "https://ex\u00e4mple.com/", "https://erp.example.com\\@10.0.0.1/", "https://x/" + "y" * 500, "",
    ])  # fmt: skip
    def test_and_none_other(self, url: str) -> None:
        with pytest.raises(UnfitWebhookAddress):
            WebhookAddress.of(url, loopback=False)

    @pytest.mark.parametrize(
        "url", ["http://localhost:3000/", "http://127.0.0.1/", "https://localhost/", "http://[::1]:80/"]
    )
    def test_this_machine_is_asked_where_a_setting_says_so(self, url: str) -> None:
        assert WebhookAddress.of(url, loopback=True).host
        with pytest.raises(UnfitWebhookAddress):
            WebhookAddress.of("http://10.0.0.1/", loopback=True)

    @pytest.mark.parametrize("address", [
        "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fc00::1", "fe80::1", "fe80::1%eth0", "ff02::1", "2002:a00:1::", "2001:0:a00:1::", "2001:db8::1", "x",
    ])  # fmt: skip
    def test_no_private_one_is_public(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111"])
    def test_a_public_one_is(self, address: str) -> None:
        assert is_public(address)


class TestASignature:
    def headers(self, *secrets: bytes, at: datetime | None = None) -> dict[str, str]:
        example = example_of(NotificationType.DOCUMENT_ISSUED)
        return signing.headers(example.id, example.body, secrets, at or datetime.now(UTC))

    def test_is_verified_by_the_library(self) -> None:
        body, secrets = example_of(NotificationType.DOCUMENT_ISSUED).body, [signing.new_secret() for _ in range(3)]
        for secret in secrets[:2]:
            assert Webhook(signing.written(secret)).verify(body, self.headers(*secrets[:2])) == json.loads(body)
        with pytest.raises(WebhookVerificationError):
            Webhook(signing.written(secrets[2])).verify(body, self.headers(*secrets[:2]))

    def test_is_of_all_that_is_sent(self) -> None:
        body, secret = example_of(NotificationType.DOCUMENT_ISSUED).body, signing.new_secret()
        headers = self.headers(secret)
        changed = [
            (body + b" ", headers),
            *((body, headers | {name: "1" + value}) for name, value in headers.items() if name != "webhook-signature"),
        ]
        for changed_body, changed_headers in changed:
            with pytest.raises(WebhookVerificationError):
                Webhook(signing.written(secret)).verify(changed_body, changed_headers)

    @given(st.binary(min_size=1, max_size=64))
    def test_a_secret_is_read_as_it_was_written(self, secret: bytes) -> None:
        assert signing.read(signing.written(secret)) == secret

    @pytest.mark.parametrize("text", ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_abc"])
    def test_what_is_no_secret_is_refused(self, text: str) -> None:
        with pytest.raises(signing.UnfitSecret):
            signing.read(text)

    def test_no_two_secrets_are_one(self) -> None:
        assert len({signing.new_secret() for _ in range(100)}) == 100
