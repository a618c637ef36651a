"""Webhooks as use cases: made, listed, changed, rotated, removed; what they got or did not, and what has happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from api.access.roles import OF_A_PARTY
from api.audit.note import about
from api.server.database import Acting
from api.webhooks import outbox, signing, store
from api.webhooks.address import WebhookAddress
from api.webhooks.notification import KINDS, Notification, NotificationType
from api.webhooks.outbox import NotificationSearch
from api.webhooks.store import DeliveryState, DisabledBecause, Webhook, WebhookDelivery
from quantities.errors import Invalid


class NothingToGet(Invalid):
    """A party's webhook gets none of these notifications."""


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """What of a webhook is to be another; what is None stays.

    Attributes:
        url: where to.
        types: of which notifications; empty: of all.
        enabled: whether something is sent.
    """

    url: str | None = None
    types: Sequence[NotificationType] | None = None
    enabled: bool | None = None


def list_webhooks(session: Session) -> list[Webhook]:
    """List the webhooks that the caller may see, the oldest first."""
    return store.webhooks(session)


def find_webhook(session: Session, name: str) -> Webhook:
    """Find a webhook.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    return store.find(session, name)


def create_webhook(
    session: Session,
    url: str,
    types: Sequence[NotificationType] = (),
    *,
    at: datetime,
    loopback: bool = False,
) -> tuple[Webhook, str]:
    """Make a webhook: it gets what is settled from now on, of its party's contracts where somebody of a party makes it.

    Args:
        session: states the tenant, and the party.
        url: https, on the internet.
        types: of which notifications; none: of all.
        at: the instant.
        loopback: whether this machine may be sent to, over http too.

    Returns:
        The webhook, and its secret, which nobody is told again.

    Raises:
        UnfitWebhookAddress: nothing is sent there.
        NothingToGet: a party is told of its contracts alone.
        TooManyWebhooks: there are enough.
    """
    WebhookAddress.of(url, loopback=loopback)
    party = _party(session)
    _refuse_what_is_not_theirs(types, party)
    webhook, secret = store.create(session, url, _once(types), at, party)
    about(session, f"webhook {webhook.id}")
    return webhook, signing.written(secret)


def change_webhook(
    session: Session, name: str, change: WebhookChange, *, at: datetime, loopback: bool = False
) -> Webhook:
    """Change a webhook; from now on it is sent to on the word of who changes it.

    Raises:
        UnknownWebhook: none of that name is visible here.
        UnfitWebhookAddress: nothing is sent there.
        NothingToGet: a party is told of its contracts alone.
    """
    before = store.find(session, name)
    columns: dict[str, Any] = {"url": before.url}  # named in any case, so that whose word it is is written anew
    if change.url is not None:
        WebhookAddress.of(change.url, loopback=loopback)
        columns["url"] = change.url
    if change.types is not None:
        _refuse_what_is_not_theirs(change.types, _party(session))
        columns["types"] = [str(type_) for type_ in _once(change.types)]
    if change.enabled is True:
        columns |= {"disabled_at": None, "disabled_because": None}
    elif change.enabled is False and before.disabled_at is None:
        columns |= {"disabled_at": at, "disabled_because": DisabledBecause.ASKED.value}
    about(session, f"webhook {name}")
    return store.change(session, name, **columns)


def rotate_secret(session: Session, name: str, *, at: datetime) -> str:
    """Draw a new secret and say it, once; for a day the one before signs as well.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    about(session, f"webhook {name}")
    return signing.written(store.rotate(session, name, at))


def remove_webhook(session: Session, name: str) -> Webhook:
    """Remove a webhook, with what waits for it.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    return store.remove(session, name)


def list_deliveries(
    session: Session, name: str, *, state: DeliveryState | None = None, after: UUID | None = None, limit: int = 100
) -> list[WebhookDelivery]:
    """List what a webhook is to get and what became of it, the newest first.

    Raises:
        UnknownWebhook: none of that name is visible here.
        UnknownDelivery: there is none to begin after.
    """
    return store.deliveries(session, name, state=state, after=after, limit=limit)


def replay_delivery(session: Session, name: str, notification: UUID, *, at: datetime) -> WebhookDelivery:
    """Send a notification again that was delivered or given up; it keeps its id.

    Raises:
        UnknownWebhook: none of that name is visible here.
        UnknownDelivery: the webhook was not to get it.
        StillWaiting: it is on its way.
    """
    return store.replay(session, name, notification, at)


def replay_dead_deliveries(session: Session, name: str, *, at: datetime) -> int:
    """Send all again that was given up; say how many.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    return store.replay_dead(session, name, at)


def list_notifications(session: Session, search: NotificationSearch) -> list[Notification]:
    """List what has happened and is settled, the oldest first; of 90 days.

    Raises:
        UnknownNotification: there is none to begin after.
    """
    return outbox.notifications(session, search)


def _party(session: Session) -> int | None:
    acting: Acting = session.info["acting"]
    party: int | None = session.info["party"]
    return party if acting.role in OF_A_PARTY else None


def _refuse_what_is_not_theirs(types: Sequence[NotificationType], party: int | None) -> None:
    of_suppliers = [type_.value for type_ in types if not KINDS[type_].of_customers]
    if party is not None and of_suppliers:
        expected = [type_.value for type_, kind in KINDS.items() if kind.of_customers]
        raise NothingToGet(f"a party is not told of {', '.join(of_suppliers)}", found=of_suppliers, expected=expected)


def _once(types: Sequence[NotificationType]) -> list[NotificationType]:
    return list(dict.fromkeys(types))
