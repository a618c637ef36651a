"""Rows ⇄ values of saved methods: remembered as a gateway tells of them, chosen for a charge, ended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from billing.payments.gateway import PaymentRail, SavedMethod
from billing.payments.methods.state import MethodRemoval
from billing.payments.queries import SavedMethodQuery
from billing.payments.tables import GatewayCustomerRow, GatewayOrderRow, SavedMethodRow
from billing.receivables.store import of_name, party_names
from metering.log.list_page import Listing
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage


class UnknownSavedMethod(NotFound):
    """There is no saved method of that number."""


class MethodEnded(Conflict):
    """The saved method has ended."""


@dataclass(frozen=True, slots=True)
class KnownMethod:
    """A method that a customer saved.

    Attributes:
        id: its number.
        customer: who saved it, by name.
        supplier: for whom, by name.
        account: our name of the gateway account that keeps it.
        rail: of it.
        mandate: the reference of the mandate; empty of a card.
        words: for people.
        saved_at: when it was first told of.
        ended_at: from when on nothing is charged by it.
        ended_why: why.
        ended_by: who ended it; None: the gateway says so.
        removal: how far its removal at the gateway has got; None: the gateway itself has ended it, or it has not ended.
        removal_detail: what is to be known of that.
    """

    id: int
    customer: str
    supplier: str
    account: str
    rail: PaymentRail
    mandate: str
    words: str
    saved_at: datetime
    ended_at: datetime | None
    ended_why: str | None
    ended_by: str | None
    removal: MethodRemoval | None
    removal_detail: str


def remember(session: Session, order: GatewayOrderRow, saved: SavedMethod, at: datetime) -> SavedMethodRow:
    """Remember the method that a customer saved while paying; orders that wait for one are looked at again."""
    of_name = select(SavedMethodRow).where(
        SavedMethodRow.account == order.account, SavedMethodRow.external == saved.method
    )
    row = session.exec(of_name).one_or_none()
    if row is not None:
        return row
    row = SavedMethodRow(
        account=order.account,
        issuer_id=order.issuer_id,
        party_id=order.party_id,
        customer=saved.customer,
        external=saved.method,
        rail=saved.rail.value,
        mandate=saved.mandate,
        words=saved.words,
        saved_at=at,
    )
    session.add(row)
    session.flush()
    waiting = select(GatewayOrderRow).where(
        GatewayOrderRow.issuer_id == order.issuer_id,
        GatewayOrderRow.party_id == order.party_id,
        GatewayOrderRow.state == "due",
        GatewayOrderRow.held != "",
    )
    # who holds one looks at it anyway
    for held in session.exec(waiting.with_for_update(skip_locked=True)):
        held.next_at = at
    session.flush()
    return row


def active_method(session: Session, order: GatewayOrderRow, account: str) -> SavedMethodRow | None:
    """Find the method to charge an order by: the newest of its customer and rail at the supplier's account."""
    row = SavedMethodRow
    chosen = select(row).where(
        row.account == account,
        row.issuer_id == order.issuer_id,
        row.party_id == order.party_id,
        row.rail == order.rail,
        col(row.ended_at).is_(None),
    )
    return session.exec(chosen.order_by(col(row.id).desc()).limit(1)).first()


def saved_method(session: Session, key: int) -> SavedMethod:
    """Read a method as the gateway knows it."""
    row = _row(session, key)
    return SavedMethod(row.customer, row.external, PaymentRail(row.rail), row.mandate, row.words)


def saved_methods(session: Session, customer: str = "") -> list[KnownMethod]:
    """List saved methods, those of one customer or all, the first saved first."""
    rows = session.exec(select(SavedMethodRow).order_by(col(SavedMethodRow.id))).all()
    names = party_names(session, {key for row in rows for key in (row.issuer_id, row.party_id)})
    return [known for known in (_known(row, names.__getitem__) for row in rows) if customer in {"", known.customer}]


def listed_methods(session: Session, query: SavedMethodQuery) -> ListPage[KnownMethod]:
    """List saved methods in pages, the first saved first; a customer sees its own.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    rows: list[SavedMethodRow] = [row[0] for row in page.rows]
    names = party_names(session, {key for row in rows for key in (row.issuer_id, row.party_id)})
    return page.of(tuple(_known(row, lambda key: names.get(key, "")) for row in rows))


def _of_customer(name: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = col(SavedMethodRow.party_id) == of_name(name)
    return condition


def _has_ended(ended: bool) -> ColumnElement[bool]:  # noqa: FBT001 the value of a filter
    condition: ColumnElement[bool] = col(SavedMethodRow.ended_at).is_not(None)
    return condition if ended else ~condition


_STATEMENT: Any = select(SavedMethodRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(SavedMethodRow.id),
    sorts={"method": col(SavedMethodRow.id)},
    filters={"customer": _of_customer, "ended": _has_ended},
    named="method",
)


def end_method(
    session: Session, key: int, *, reason: str, by: str | None, identity: int | None = None, at: datetime
) -> KnownMethod:
    """End a method: nothing is charged by it any more; what is under way stays so. Its gateway is to forget it.

    One whose removal the gateway has refused is ended once more, so that it is asked again.

    Raises:
        UnknownSavedMethod: there is none of that number.
        MethodEnded: it has ended.
    """
    row = _row(session, key)
    if row.ended_at is not None and row.removal != MethodRemoval.REFUSED:
        detail = f"method {key} has ended: {row.ended_why}"
        raise MethodEnded(detail, found=row.ended_at.isoformat(), expected="a method that has not")
    if row.ended_at is None:
        row.ended_at, row.ended_why, row.ended_by, row.ended_identity = at, reason, by, identity
    row.removal, row.removal_next_at, row.removal_detail = MethodRemoval.DUE, at, ""
    session.flush()
    names = party_names(session, {row.issuer_id, row.party_id})
    return _known(row, names.__getitem__)


def know_method(session: Session, account: str, thing_id: str, saved: SavedMethod | None, at: datetime) -> bool:
    """Record how a gateway says that a method stands: one that may not be charged any more has ended.

    Args:
        session: states the tenant, as the product itself.
        account: our name of the gateway account.
        thing_id: the gateway's name by which it was asked about.
        saved: as it stands now; None: the gateway has none of that name.
        at: now.

    Returns:
        Whether it is one of ours.
    """
    name = thing_id if saved is None else saved.method
    of_name = select(SavedMethodRow).where(SavedMethodRow.account == account, SavedMethodRow.external == name)
    row = session.exec(of_name.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return False
    if saved is None or not saved.is_active:
        if row.ended_at is None:
            row.ended_at, row.ended_why = at, "the gateway says that it may not be charged any more"
        if row.removal is not None:
            row.removal, row.removal_next_at, row.removal_detail = MethodRemoval.DONE, None, ""
        session.flush()
    return True


def gateway_customer(session: Session, account: str, party_id: int) -> GatewayCustomerRow:
    """Find what a gateway account knows a customer as, made on record the first time; it is locked."""
    chosen = select(GatewayCustomerRow).where(
        GatewayCustomerRow.account == account, GatewayCustomerRow.party_id == party_id
    )
    locked = chosen.with_for_update().execution_options(populate_existing=True)
    row = session.exec(locked).one_or_none()
    if row is None:
        row = GatewayCustomerRow(account=account, party_id=party_id)
        session.add(row)
        session.flush()
        session.refresh(row)
    return row


def _row(session: Session, key: int) -> SavedMethodRow:
    chosen = select(SavedMethodRow).where(SavedMethodRow.id == key).with_for_update()
    row = session.exec(chosen.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownSavedMethod(f"there is no saved method {key} here", found=key)
    return row


def _known(row: SavedMethodRow, name: Callable[[int], str]) -> KnownMethod:
    return KnownMethod(
        id=row.id,
        customer=name(row.party_id),
        supplier=name(row.issuer_id),
        account=row.account,
        rail=PaymentRail(row.rail),
        mandate=row.mandate,
        words=row.words,
        saved_at=row.saved_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        ended_by=row.ended_by,
        removal=None if row.removal is None else MethodRemoval(row.removal),
        removal_detail=row.removal_detail,
    )
