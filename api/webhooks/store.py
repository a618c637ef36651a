"""Webhooks as rows: made, changed, their secrets rotated; and what was delivered to each, or was not."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col, select

from api.access.tables import IdentityRow
from api.server.database import as_product
from api.webhooks import signing
from api.webhooks.notification import NotificationType
from api.webhooks.tables import WebhookDeliveryRow, WebhookRow, WebhookSecretRow
from contracts.tables import PartyRow
from metering.tables import within_tenant
from quantities.errors import Conflict, NotFound

_PREFIX = "wh_"
WEBHOOKS_MAX = 50  # of a tenant, and of a party


class UnknownWebhook(NotFound):
    """There is no such webhook."""


class UnknownDelivery(NotFound):
    """There is no such notification among what the webhook was to get."""


class StillWaiting(Conflict):
    """The delivery is not made yet, and is not given up."""


class TooManyWebhooks(Conflict):
    """There are as many webhooks as there may be."""


class DisabledBecause(StrEnum):
    """Why nothing is sent to a webhook."""

    ASKED = "asked"
    GONE = "gone"  # it answered 410


class DeliveryState(StrEnum):
    """What became of a notification that a webhook is to get."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where notifications are sent to.

    Attributes:
        id: its name.
        url: where to.
        types: of which notifications; none: of all.
        party: whose contracts' it gets, by name; none: all that happens.
        kept_by: who made or changed it last.
        waits: whether that one acts no more, so that nothing is sent before another changes it.
        created_at: when it was made.
        disabled_at: since when nothing is sent.
        disabled_because: why not.
        failures: attempts since the last good one.
    """

    id: str
    url: str
    types: Sequence[NotificationType]
    party: str | None
    kept_by: str | None
    waits: bool
    created_at: datetime
    disabled_at: datetime | None
    disabled_because: DisabledBecause | None
    failures: int


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A notification that a webhook is to get.

    Attributes:
        notification: which.
        state: what became of it.
        attempts: made so far.
        next_at: when the next one is made.
        last_at: when the last one was.
        status: what was answered.
        failure: why it failed.
    """

    notification: UUID
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    last_at: datetime | None
    status: int | None
    failure: str | None


_LISTED = (
    select(WebhookRow, IdentityRow.name, IdentityRow.disabled_at, PartyRow.name)
    .outerjoin(IdentityRow, within_tenant(IdentityRow.id, WebhookRow.identity))
    .outerjoin(PartyRow, within_tenant(PartyRow.id, WebhookRow.party))
)


def webhooks(session: Session) -> list[Webhook]:
    """List webhooks, the oldest first."""
    return [_webhook(*row) for row in session.exec(_LISTED.order_by(col(WebhookRow.created_at), col(WebhookRow.id)))]


def find(session: Session, name: str) -> Webhook:
    """Find a webhook.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    row = session.exec(_LISTED.where(WebhookRow.id == name)).one_or_none()
    if row is None:
        raise UnknownWebhook(f"there is no webhook {name!r} here", found=name)
    return _webhook(*row)


def create(
    session: Session, url: str, types: Sequence[NotificationType], at: datetime, party: int | None = None
) -> tuple[Webhook, bytes]:
    """Make a webhook with its secret.

    Raises:
        TooManyWebhooks: there are enough.
    """
    if session.exec(select(func.count()).select_from(WebhookRow)).one() >= WEBHOOKS_MAX:
        raise TooManyWebhooks(found=WEBHOOKS_MAX, expected=f"at most {WEBHOOKS_MAX}")
    name = _PREFIX + secrets.token_hex(6)
    made = {"id": name, "url": url, "types": [str(type_) for type_ in types], "party": party, "created_at": at}
    session.execute(insert(WebhookRow).values(made))
    return find(session, name), _add_secret(session, name, at)


def change(session: Session, name: str, **columns: Any) -> Webhook:
    """Change a webhook; from now on it is on the word of who acts.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    session.execute(update(WebhookRow).where(col(WebhookRow.id) == name).values(columns))
    return find(session, name)


def remove(session: Session, name: str) -> Webhook:
    """Remove a webhook, and all that is known of what it got.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    removed = find(session, name)
    session.execute(delete(WebhookRow).where(col(WebhookRow.id) == name))
    return removed


def rotate(session: Session, name: str, at: datetime) -> bytes:
    """Draw a new secret; the one before signs as well for ``signing.OVERLAP``.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    find(session, name)
    with as_product(session):
        of_webhook = col(WebhookSecretRow.webhook) == name
        session.execute(delete(WebhookSecretRow).where(of_webhook, col(WebhookSecretRow.ends_at) <= at))
        ending = update(WebhookSecretRow).where(of_webhook, col(WebhookSecretRow.ends_at).is_(None))
        session.execute(ending.values(ends_at=at + signing.OVERLAP))
    return _add_secret(session, name, at)


def _add_secret(session: Session, name: str, at: datetime) -> bytes:
    secret = signing.new_secret()
    with as_product(session):  # nobody reads a secret again, whoever made it
        session.execute(insert(WebhookSecretRow).values(webhook=name, created_at=at, secret=secret))
    return secret


def deliveries(
    session: Session, name: str, *, state: DeliveryState | None, after: UUID | None, limit: int
) -> list[WebhookDelivery]:
    """List what a webhook is to get, the newest first.

    Args:
        session: states the tenant.
        name: of the webhook.
        state: those alone; None: all.
        after: the notification after which the list begins.
        limit: how many at most.

    Raises:
        UnknownWebhook: none of that name is visible here.
        UnknownDelivery: there is none to begin after.
    """
    find(session, name)
    listed = select(WebhookDeliveryRow).where(WebhookDeliveryRow.webhook == name)
    if state is not None:
        listed = listed.where(WebhookDeliveryRow.state == state)
    if after is not None:
        listed = listed.where(WebhookDeliveryRow.position < _delivery(session, name, after).position)
    rows = session.exec(listed.order_by(col(WebhookDeliveryRow.position).desc()).limit(limit))
    return [_shown(row) for row in rows]


def replay(session: Session, name: str, notification: UUID, at: datetime) -> WebhookDelivery:
    """Deliver a notification again, with all attempts before it; it keeps its id.

    Raises:
        UnknownWebhook: none of that name is visible here.
        UnknownDelivery: the webhook was not to get it.
        StillWaiting: it is on its way.
    """
    find(session, name)
    row = _delivery(session, name, notification)
    if row.state == DeliveryState.WAITING:
        raise StillWaiting(found=str(notification), expected="one that was delivered or given up")
    with as_product(session):
        session.execute(_replaying(at).where(_of_webhook(name), col(WebhookDeliveryRow.notification) == notification))
    session.refresh(row)
    return _shown(row)


def replay_dead(session: Session, name: str, at: datetime) -> int:
    """Deliver all that was given up again; say how many.

    Raises:
        UnknownWebhook: none of that name is visible here.
    """
    find(session, name)
    with as_product(session):
        dead = _replaying(at).where(_of_webhook(name), col(WebhookDeliveryRow.state) == DeliveryState.DEAD)
        return len(session.execute(dead.returning(col(WebhookDeliveryRow.position))).all())


def _replaying(at: datetime) -> Any:
    return update(WebhookDeliveryRow).values(state=DeliveryState.WAITING.value, attempts=0, next_at=at)


def _of_webhook(name: str) -> Any:
    return col(WebhookDeliveryRow.webhook) == name


def _delivery(session: Session, name: str, notification: UUID) -> WebhookDeliveryRow:
    chosen = select(WebhookDeliveryRow).where(
        WebhookDeliveryRow.webhook == name, WebhookDeliveryRow.notification == notification
    )
    row = session.exec(chosen).one_or_none()
    if row is None:
        raise UnknownDelivery(f"webhook {name} was not to get {notification}", found=str(notification))
    return row


def _webhook(row: WebhookRow, kept_by: str | None, ended_at: datetime | None, party: str | None) -> Webhook:
    because = None if row.disabled_because is None else DisabledBecause(row.disabled_because)
    return Webhook(
        id=row.id,
        url=row.url,
        types=tuple(map(NotificationType, row.types)),
        party=party,
        kept_by=kept_by,
        waits=ended_at is not None,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        disabled_because=because,
        failures=row.failures,
    )


def _shown(row: WebhookDeliveryRow) -> WebhookDelivery:
    return WebhookDelivery(
        notification=row.notification,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        last_at=row.last_at,
        status=row.status,
        failure=row.failure,
    )
