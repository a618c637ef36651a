"""What is due to be sent, claimed by one worker at a time; and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from api.webhooks.notification import Notification
from api.webhooks.outbox import notification_of
from metering.log.transaction import fetch, send
from quantities.period import utc

#: A worker that was killed keeps what it had claimed from the others for so long; an attempt is over long before.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A notification that is to be sent now.

    Attributes:
        webhook: to which.
        position: the notification's.
        attempt: the number of this attempt, from 1 on.
        url: where to.
        signed_by: the secrets, the newest first.
        notification: what is sent.
    """

    webhook: str
    position: int
    attempt: int
    url: str
    signed_by: tuple[bytes, ...]
    notification: Notification


def claim(session: Session, webhook: str, now: datetime) -> ClaimedDelivery | None:
    """Claim the oldest of what is due to be sent to a webhook; None where nothing is, or nothing may be.

    The attempt counts from now on: one during which the worker is killed is made again once its lease ends, and a
    delivery that kills its worker is not tried for ever.
    """
    rows = fetch(session, _CLAIM, {"webhook": webhook, "now": utc(now), "lease": utc(now + LEASE)})
    for position, attempt, url, secrets, *notification in rows:
        return ClaimedDelivery(
            webhook, position, attempt, url, tuple(map(bytes, secrets)), notification_of(tuple(notification))
        )
    return None


_CLAIM = """
    with chosen as (
        select d.tenant, d.webhook, d.position from webhook_delivery d
        where d.webhook = %(webhook)s and d.state = 'waiting' and d.next_at <= %(now)s
        order by d.next_at, d.position limit 1 for update skip locked)
    update webhook_delivery set attempts = attempts + 1, next_at = %(lease)s
    from chosen
    join webhook w on w.tenant = chosen.tenant and w.id = chosen.webhook
    join notification n on n.tenant = chosen.tenant and n.position = chosen.position
    left join identity i on i.tenant = w.tenant and i.id = w.identity
    where webhook_delivery.tenant = chosen.tenant and webhook_delivery.webhook = chosen.webhook
      and webhook_delivery.position = chosen.position and w.disabled_at is null and i.disabled_at is null
    returning chosen.position, attempts, w.url,
              array(select s.secret from webhook_secret s
                    where s.tenant = w.tenant and s.webhook = w.id and (s.ends_at is null or s.ends_at > %(now)s)
                    order by s.created_at desc),
              n.id, n.type, n.at, n.facts
"""


def record(
    session: Session,
    claimed: ClaimedDelivery,
    *,
    now: datetime,
    status: int | None,
    failure: str | None,
    wait: timedelta | None,
) -> None:
    """Record what came of an attempt.

    Args:
        session: states the tenant, as the product itself.
        claimed: what was sent.
        now: the instant.
        status: of the answer.
        failure: why it failed; None where it is delivered.
        wait: until the next attempt; None where there is none any more.
    """
    made: dict[str, Any] = {"webhook": claimed.webhook, "position": claimed.position, "attempt": claimed.attempt}
    made |= {"now": utc(now), "status": status, "failure": failure}
    state = "delivered" if failure is None else "dead" if wait is None else "waiting"
    made |= {"state": state, "next_at": None if wait is None or failure is None else utc(now + wait)}
    send(session, _RECORD, made)
    send(session, _ANSWERED if failure is None else _FAILED, made)


# whoever was slower than its lease says nothing of the attempt that another makes, unless it is delivered
_RECORD = """
    update webhook_delivery set state = %(state)s, next_at = %(next_at)s, last_at = %(now)s, status = %(status)s,
                                failure = %(failure)s
    where webhook = %(webhook)s and position = %(position)s and state <> 'delivered'
      and (attempts = %(attempt)s or %(state)s = 'delivered')
"""
_ANSWERED = "update webhook set failures = 0 where id = %(webhook)s and failures > 0"
_FAILED = "update webhook set failures = failures + 1 where id = %(webhook)s"


def disable_gone(session: Session, webhook: str, now: datetime) -> None:
    """Send a webhook nothing any more, because it answered so."""
    send(session, _GONE, {"webhook": webhook, "now": utc(now)})


_GONE = """
    update webhook set disabled_at = %(now)s, disabled_because = 'gone' where id = %(webhook)s and disabled_at is null
"""
