"""docs/webhooks.md says what the program tells: each type with its payload, how one is verified, when one is repeated."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import WebhookVerificationError

from api.operations.webhook_delivery import KEPT
from api.server.scheduler import WEBHOOKS_S
from api.webhooks import signing
from api.webhooks.backoff import ATTEMPTS_MAX, WAITS
from api.webhooks.notification import KINDS, NotificationType, example_of
from api.webhooks.sending import SEND_S
from tests.docs.page import DOCS, sections, table

PAGE = (DOCS / "webhooks.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())


def test_every_type_has_its_row_and_says_when() -> None:
    rows = table(sections("webhooks.md")["Types"])
    assert {row["type"]: (row["when"], row["of customers"]) for row in rows} == {
        type_.value: (kind.says, "yes" if kind.of_customers else "no") for type_, kind in KINDS.items()
    }
    assert [row["type"] for row in rows] == [type_.value for type_ in NotificationType]


@pytest.mark.parametrize("type_", NotificationType)
def test_every_payload_is_the_one_that_is_sent(type_: NotificationType) -> None:
    (shown,) = re.findall(r"```json\n(.*?)\n```", sections("webhooks.md", 3)[type_.value], re.DOTALL)
    assert shown == json.dumps(example_of(type_).content)
    assert json.loads(shown) == json.loads(example_of(type_).body)


def test_what_it_shows_verifies_what_is_sent() -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    verify: dict[str, object] = {}
    exec(shown, verify)  # noqa: S102 the documentation's own lines
    example, secret, now = example_of(NotificationType.DOCUMENT_CORRECTED), signing.new_secret(), datetime.now(UTC)
    received = verify["received"]
    assert callable(received)
    headers = signing.headers(example.id, example.body, [secret], now)
    assert received(example.body, headers, signing.written(secret)) == {"id": str(example.id), **example.content}
    late = signing.headers(example.id, example.body, [secret], now - timedelta(minutes=6))
    with pytest.raises(WebhookVerificationError):
        received(example.body, late, signing.written(secret))


def test_when_an_attempt_is_repeated() -> None:
    assert [wait.total_seconds() for wait in WAITS] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert "after 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours, each up to a fifth longer" in FLAT
    assert f"Answer 2xx within {SEND_S:.0f} seconds" in FLAT
    assert (ATTEMPTS_MAX, KEPT.days, WEBHOOKS_S, signing.OVERLAP) == (10, 90, 5, timedelta(hours=24))
    for stated in ("after ten attempts, three days", "for 90 days", "every five seconds", "For 24 hours"):
        assert stated in FLAT
    assert timedelta(days=3) < sum(WAITS, timedelta()) < timedelta(days=4)
