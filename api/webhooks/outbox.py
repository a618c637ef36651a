"""The outbox: what has happened, settled in the order of transactions, listed, and handed to webhooks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from api.webhooks.notification import Notification, NotificationType
from metering.log.transaction import fetch, send
from quantities.errors import NotFound

#: So many notifications are settled in one transaction.
PORTION = 1000


class UnknownNotification(NotFound):
    """There is no such notification."""


@dataclass(frozen=True, slots=True)
class NotificationSearch:
    """Which notifications are listed.

    Attributes:
        type: of this alone; None: of all.
        after: the notification after which the list begins; None: at the oldest that is kept.
        limit: how many at most.
    """

    type: NotificationType | None = None
    after: UUID | None = None
    limit: int = 100


def settle_portion(session: Session, now: datetime) -> int:
    """Number what has happened, in the order of transactions, and hand it to the webhooks that are to get it.

    A notification has the number of its transaction. Those below the oldest transaction in flight are all there, so
    that whatever commits later comes behind; those from the next number on that will be given are of before a restore
    to another server. One worker alone settles a tenant's, and another that comes meanwhile settles none; all of it is
    committed together, so that each webhook gets each once, whoever is killed when.

    Args:
        session: states the tenant, as the product itself.
        now: when the first attempt is made.

    Returns:
        How many were settled.
    """
    ((is_settling,),) = fetch(session, _LOCK, {})
    if not is_settling:
        return 0
    ((before,),) = fetch(session, "select coalesce(max(position), 0) from notification where position is not null", {})
    settled = fetch(session, _SETTLE, {"before": before, "most": PORTION})
    if settled:
        send(session, _HAND_OUT, {"before": before, "now": now})
    return len(settled)


_LOCK = "select pg_try_advisory_xact_lock(hashtextextended('webhook settling' || current_setting('app.tenant'), 0))"
_SETTLE = """
    update notification set position = %(before)s + settled.place, id = gen_random_uuid()
    from (select n.tenant, n.xact, n.nth, row_number() over (order by n.xact, n.nth) as place
          from (select tenant, xact, nth from notification
                where position is null
                  and (xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                       or xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
                order by xact, nth limit %(most)s) n) settled
    where notification.tenant = settled.tenant and notification.xact = settled.xact and notification.nth = settled.nth
    returning notification.id
"""
_HAND_OUT = """
    insert into webhook_delivery (webhook, position, notification, party, next_at)
    select w.id, n.position, n.id, w.party, %(now)s
    from webhook w join notification n on n.tenant = w.tenant and n.position > %(before)s
         and (w.types = '{}' or n.type = any(w.types)) and (w.party is null or n.customer_id = w.party)
    where w.disabled_at is null
"""


def notifications(session: Session, search: NotificationSearch) -> list[Notification]:
    """List what has happened, the oldest first.

    Raises:
        UnknownNotification: there is none to begin after.
    """
    after = 0 if search.after is None else position_of(session, search.after)
    asked = {"after": after, "type": search.type and str(search.type), "limit": search.limit}
    return [notification_of(row) for row in fetch(session, _LIST, asked)]


_LIST = """
    select id, type, at, facts from notification
    where position > %(after)s and (%(type)s::text is null or type = %(type)s::text)
    order by position limit %(limit)s
"""


def position_of(session: Session, notification: UUID) -> int:
    """The place of a notification among all of the tenant.

    Raises:
        UnknownNotification: none of that id is visible here.
    """
    rows = fetch(
        session, "select position from notification where id = %(id)s and position is not null", {"id": notification}
    )
    if not rows:
        raise UnknownNotification(f"there is no notification {notification} here", found=str(notification))
    return int(rows[0][0])


def newest(session: Session) -> UUID | None:
    """The newest notification that is settled; None where there is none."""
    rows = fetch(session, "select id from notification where position is not null order by position desc limit 1", {})
    return rows[0][0] if rows else None


def notification_of(row: tuple[Any, ...]) -> Notification:
    """A notification from its id, type, instant and facts."""
    id_, type_, at, facts = row
    return Notification(id_, NotificationType(type_), at, facts)


def prune(session: Session, before: datetime) -> int:
    """Remove notifications that are older, and what became of them; say how many."""
    ((newest_old,),) = fetch(
        session, "select max(position) from notification where at < %(before)s", {"before": before}
    )
    if newest_old is None:
        return 0
    send(session, "delete from webhook_delivery where position <= %(upto)s", {"upto": newest_old})
    return len(fetch(session, "delete from notification where position <= %(upto)s returning id", {"upto": newest_old}))
