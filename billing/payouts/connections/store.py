"""Rows ⇄ values of payees' accounts at gateways: asked for by a person, made once, and read again while they change.

As an order, an account is asked for by a row that is committed before the gateway is: the key of the call is that of
its last attempt, and whatever nobody knows the outcome of is looked for by our reference first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from billing.payments.gateway import ConnectedAccount, GatewayCall, GatewayLimits
from billing.payments.tables import GatewayOrderRow
from billing.payouts.owed.store import owed_to
from billing.payouts.store import accounts_of
from billing.payouts.tables import ConnectedAccountRow, PayoutRow
from billing.receivables.store import party_names
from contracts.tables import PartyRow
from metering.tables import within_tenant
from quantities.errors import NotFound

#: Whoever claims an account has so long to say what came of it.
CONNECTION_LEASE = timedelta(minutes=5)
#: An account that may not receive, or of which something is asked, is read so often; others
READ_WHILE_ASKED, READ_WHEN_READY = timedelta(hours=1), timedelta(days=1)
#: Links are used once, and live for minutes.
LINK_LIVES = timedelta(minutes=4)
_LOOKED_BACK = timedelta(hours=1)


class NotConnected(NotFound):
    """The payee has no account at a gateway."""


@dataclass(frozen=True, slots=True)
class PayeeConnection:
    """The account of a payee at a gateway, as it was last read.

    Attributes:
        payee: whose.
        account: our name of the gateway account that pays it.
        external: the gateway's name of it; empty until it is made.
        may_receive: whether transfers may be made to it.
        is_paid_out: whether the gateway hands on to the payee's bank what it receives.
        missing: what the gateway asks for, in its own words.
        asked_until: until when.
        held: why it may not receive or is not paid out.
        link: where the payee says what is missing; empty where none is asked for, or it has expired.
        link_until: until when that works.
        looked_at: when it was read.
    """

    payee: str
    account: str
    external: str
    may_receive: bool
    is_paid_out: bool
    missing: tuple[str, ...]
    asked_until: datetime | None
    held: str
    link: str
    link_until: datetime | None
    looked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimedConnection:
    """An account that is to be made, or read, now.

    Attributes:
        key: its number.
        account: our name of the gateway account.
        external: the gateway's name of it; empty: it is to be made.
        call: by which it is made.
        since: from when on it is looked for first; None where it was never asked for.
        name: of the payee.
        country: of the payee.
        wants_link: whether a link is asked for.
    """

    key: int
    account: str
    external: str
    call: GatewayCall
    since: datetime | None
    name: str
    country: str
    wants_link: bool


def ask_connection(session: Session, payee: str, at: datetime) -> PayeeConnection:
    """Ask for an account of a payee at the gateway, or for a link to what is missing of the one that it has.

    Args:
        session: states the tenant, and who acts.
        payee: by name.
        at: now.

    Raises:
        NobodyPaidOut: the payee is paid by terms of no contract.
    """
    for account in accounts_of(session, payee):
        country = owed_to(session, account).country
        values = {"issuer_id": account.issuer_id, "payee_id": account.payee_id, "country": country, "missing": []}
        session.execute(insert(ConnectedAccountRow).values(**values).on_conflict_do_nothing())
        row = _row(session, account.issuer_id, account.payee_id)
        row.link_asked_at, row.next_at = at, at
        session.flush()
    return connection(session, payee, at)


def connection(session: Session, payee: str, now: datetime) -> PayeeConnection:
    """Read the account of a payee at a gateway as we know it.

    Raises:
        NotConnected: none was ever asked for.
    """
    row = ConnectedAccountRow
    chosen = select(row).join(PartyRow, within_tenant(PartyRow.id, row.payee_id)).where(PartyRow.name == payee)
    known = session.exec(chosen.order_by(col(row.id).desc()).execution_options(populate_existing=True)).first()
    if known is None:
        detail = f"{payee} has no account at a gateway: `usufruct payout connect {payee}`"
        raise NotConnected(detail, found=payee, expected="a payee for whom an account was asked for")
    lives = known.link_until is not None and known.link_until > now
    return PayeeConnection(
        payee=payee,
        account=known.account,
        external=known.external,
        may_receive=known.may_receive,
        is_paid_out=known.is_paid_out,
        missing=tuple(known.missing),
        asked_until=known.asked_until,
        held=known.held,
        link=known.link if lives else "",
        link_until=known.link_until if lives else None,
        looked_at=known.looked_at,
    )


class GatewayOfSupplier(Protocol):
    """What is to be known of the gateway accounts of a tenant."""

    def account_of(self, supplier: str) -> str:
        """Our name of the account of a supplier; empty where it has none."""

    def limits_of(self, account: str) -> GatewayLimits:
        """What holds of the gateway of an account."""


def claim_connection(session: Session, now: datetime, setup: GatewayOfSupplier) -> ClaimedConnection | None:
    """Claim the account that is due longest and that nobody else holds; None where none is.

    Args:
        session: states the tenant, as the product itself; it is committed before the gateway is asked.
        now: the instant.
        setup: the gateway accounts.
    """
    row = ConnectedAccountRow
    due = select(row).where(col(row.next_at).is_not(None), col(row.next_at) <= now)
    oldest = due.order_by(col(row.next_at), col(row.id)).limit(1).with_for_update(skip_locked=True)
    known = session.exec(oldest.execution_options(populate_existing=True)).first()
    if known is None:
        return None
    names = party_names(session, {known.payee_id, known.issuer_id})
    known.account = known.account or setup.account_of(names[known.issuer_id])
    since = None if known.began_at is None else known.began_at - _LOOKED_BACK
    if not known.account:
        known.held, known.next_at = f"{names[known.issuer_id]} has no gateway account here", now + READ_WHILE_ASKED
        session.flush()
        return claim_connection(session, now, setup)
    if not known.external:
        remembered = timedelta(hours=setup.limits_of(known.account).remembers_keys_h)
        if known.key_began_at is None or now - known.key_began_at > remembered:
            known.attempts, known.key_began_at = known.attempts + 1, now
        known.began_at = known.began_at or now
    known.next_at = now + CONNECTION_LEASE
    session.flush()
    return ClaimedConnection(
        key=known.id,
        account=known.account,
        external=known.external,
        call=GatewayCall(known.reference, known.attempts),
        since=since,
        name=names[known.payee_id],
        country=known.country,
        wants_link=known.link_asked_at is not None,
    )


def record_connection(
    session: Session, claimed: ClaimedConnection, read: ConnectedAccount, link: str, now: datetime
) -> None:
    """Record how a payee's account stands; payouts that waited for it are looked at at once.

    Args:
        session: states the tenant, as the product itself.
        claimed: which account.
        read: as the gateway has it.
        link: that was asked for; empty where none was.
        now: the instant.
    """
    row = session.exec(
        select(ConnectedAccountRow)
        .where(ConnectedAccountRow.id == claimed.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.external = row.external or read.id
    row.may_receive, row.is_paid_out = read.may_receive, read.is_paid_out
    row.missing, row.asked_until, row.held = list(read.missing), read.asked_by, read.held_because
    row.looked_at = now
    row.link, row.link_until = (link, now + LINK_LIVES) if link else ("", None)
    if link:
        row.link_asked_at = None
    is_ready = read.may_receive and read.is_paid_out and not read.missing
    row.next_at = now + (READ_WHEN_READY if is_ready else READ_WHILE_ASKED)
    session.flush()
    if read.may_receive:
        _look_at_what_waited(session, row.payee_id, now)


def connection_failed(
    session: Session, claimed: ClaimedConnection, detail: str, *, is_refused: bool, now: datetime
) -> None:
    """Record that an account could not be made or read: it is looked at again, or waits for a person."""
    row = session.exec(select(ConnectedAccountRow).where(ConnectedAccountRow.id == claimed.key).with_for_update()).one()
    row.held = " ".join(detail.split())[:500]
    row.next_at = None if is_refused and not row.external else now + READ_WHILE_ASKED
    session.flush()


def _look_at_what_waited(session: Session, payee_id: int, now: datetime) -> None:
    held = select(PayoutRow.order_id).where(PayoutRow.payee_id == payee_id, PayoutRow.state == "held")
    orders = select(GatewayOrderRow).where(col(GatewayOrderRow.id).in_(held), GatewayOrderRow.state == "due")
    for order in session.exec(orders.with_for_update(skip_locked=True)):
        order.next_at = now
    session.flush()


def _row(session: Session, issuer_id: int, payee_id: int) -> ConnectedAccountRow:
    row = ConnectedAccountRow
    chosen = select(row).where(row.issuer_id == issuer_id, row.payee_id == payee_id).with_for_update()
    return session.exec(chosen.execution_options(populate_existing=True)).one()
