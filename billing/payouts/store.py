"""Rows ⇄ values of payouts: what happens to them is added as events; the machine says where they stand."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.payouts.payable import PartKey, PayablePartKind
from billing.payouts.payout_query import PayeeStandingQuery, PayoutQuery
from billing.payouts.state import COUNTS, PayeePayoutState, PayoutHappening, payout_after
from billing.payouts.tables import PayoutAccountRow, PayoutEventRow, PayoutLineRow, PayoutRow
from billing.receivables.store import of_name, party_names
from contracts.sharing.payout_terms import PaidOutBy
from contracts.tables import PartyRow
from metering.log.list_page import Listing
from metering.tables import within_tenant
from quantities.errors import NotFound
from quantities.listing import ListPage

_NOTHING = Decimal(0)
_COUNTING = [state.value for state in COUNTS]
_DETAIL_MAX = 1000


class UnknownPayout(NotFound):
    """There is no payout of that number here."""


class NobodyPaidOut(NotFound):
    """No contract says how a payee of that name is paid."""


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """What a payout has of a document; below zero it was taken off."""

    kind: PayablePartKind
    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PayoutEvent:
    """What happened to a payout; ``by`` is None where the product itself did it."""

    kind: PayoutHappening
    at: datetime
    detail: str
    by: str | None


@dataclass(frozen=True, slots=True)
class KnownPayout:
    """A payout with its lines, and all that happened to it, the first first.

    Attributes:
        id: its number.
        kind: ``payout``, or ``take_back`` of an earlier one.
        supplier: who pays; empty where a payee asks.
        payee: whom.
        by: by what.
        currency: of all amounts.
        amount: paid, or taken back; above zero.
        made_on: the day in the supplier's books by which it was worked out.
        of: the number of the payout that is taken back.
        order: the number of the order to the gateway.
        state: where it stands.
        held: what it waits for, in words.
        external: the gateway's name of it, or the bank's reference.
        paid_on: when.
        prepared_by: who made it; None: the contract says so.
        prepared_at: when.
        released_by: who let it go, where a person did.
        released_at: when.
        lines: by document.
        events: what happened; none where a payee asks.
    """

    id: int
    kind: str
    supplier: str
    payee: str
    by: PaidOutBy
    currency: str
    amount: Decimal
    made_on: date
    of: int | None
    order: int | None
    state: PayeePayoutState
    held: str
    external: str
    paid_on: date | None
    prepared_by: str | None
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    lines: tuple[PayoutLine, ...] = field(default_factory=tuple)
    events: tuple[PayoutEvent, ...] = field(default_factory=tuple)


def payouts(session: Session, query: PayoutQuery, *, as_payee: bool = False) -> ListPage[KnownPayout]:
    """List payouts in pages, the oldest first unless asked otherwise; a payee sees its own, and no events.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(known_payouts(session, [row[0] for row in page.rows], as_payee=as_payee)))


def payout(session: Session, key: int, *, as_payee: bool = False) -> KnownPayout:
    """Read a payout; a payee one of its own, and no events.

    Raises:
        UnknownPayout: there is none of that number here.
    """
    return known_payouts(session, [payout_row(session, key, for_update=False)], as_payee=as_payee)[0]


def payout_row(session: Session, key: int, *, for_update: bool = True) -> PayoutRow:
    """Find a payout, and let nobody else change it until the transaction ends.

    Raises:
        UnknownPayout: none of that number is visible here.
    """
    chosen = select(PayoutRow).where(PayoutRow.id == key).execution_options(populate_existing=True)
    row = session.exec(chosen.with_for_update() if for_update else chosen).one_or_none()
    if row is None:
        raise UnknownPayout(f"there is no payout {key} here", found=key)
    return row


def payout_of_order(session: Session, order: int) -> PayoutRow | None:
    """Find the payout that an order to a gateway is of, and lock it."""
    chosen = select(PayoutRow).where(PayoutRow.order_id == order).execution_options(populate_existing=True)
    return session.exec(chosen.with_for_update()).one_or_none()


def accounts_of(session: Session, payee: str | None = None) -> Sequence[PayoutAccountRow]:
    """List the accounts of payees, or of one, in the order in which they were opened.

    Raises:
        NobodyPaidOut: nobody of that name has one.
    """
    chosen = select(PayoutAccountRow).order_by(col(PayoutAccountRow.id))
    if payee is not None:
        joined = chosen.join(PartyRow, within_tenant(PartyRow.id, PayoutAccountRow.payee_id))
        chosen = joined.where(PartyRow.name == payee)
    rows = session.exec(chosen).all()
    if payee is not None and not rows:
        detail = f"{payee} is owed nothing that is paid out by terms of a contract"
        raise NobodyPaidOut(detail, found=payee, expected="a payee with `payouts`, of which a document is issued")
    return rows


def accounts_asked(session: Session, query: PayeeStandingQuery) -> ListPage[PayoutAccountRow]:
    """List the accounts of payees in pages, in the order in which they were opened.

    Raises:
        NobodyPaidOut: a payee is named, and nobody of that name has one.
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    if query.payee:
        accounts_of(session, query.payee)
    page = _ACCOUNTS.page(session, query)
    return page.of(tuple(row[0] for row in page.rows))


_OF_ACCOUNTS: Any = select(PayoutAccountRow)
_ACCOUNTS = Listing(
    statement=_OF_ACCOUNTS,
    key=col(PayoutAccountRow.id),
    sorts={"account": col(PayoutAccountRow.id)},
    filters={
        "payee": lambda name: col(PayoutAccountRow.payee_id) == of_name(name),
        "supplier": lambda name: col(PayoutAccountRow.issuer_id) == of_name(name),
        "currency": lambda currency: col(PayoutAccountRow.currency) == currency,
    },
)


def paid_of_parts(session: Session, account_id: int) -> Mapping[PartKey, Decimal]:
    """Add up what payouts that count have of each part of an account."""
    row, line = PayoutRow, PayoutLineRow
    amount = col(line.amount)
    chosen = columns(col(line.kind), col(line.payee_document_id), col(line.invoice_id), func.sum(amount)).join(
        row, within_tenant(row.id, line.payout_id)
    )
    chosen = chosen.where(col(row.account_id) == account_id, col(row.state).in_(_COUNTING))
    grouped = chosen.group_by(col(line.kind), col(line.payee_document_id), col(line.invoice_id))
    return {
        PartKey(PayablePartKind(kind), paper, invoice): added
        for kind, paper, invoice, added in session.execute(grouped)
        if added
    }


def payout_happens(
    session: Session,
    row: PayoutRow,
    happening: PayoutHappening,
    *,
    at: datetime,
    detail: str = "",
    by: str | None = None,
) -> None:
    """Let something happen to a payout that is locked: the machine says where it stands then, and an event is added.

    Raises:
        PayoutNotSo: it cannot happen.
    """
    row.state = payout_after(PayeePayoutState(row.state), happening).value
    if happening is not PayoutHappening.NOTED:
        row.held = detail if row.state == PayeePayoutState.HELD else ""
    add_payout_event(session, row, happening, at=at, detail=detail, by=by)


def add_payout_event(
    session: Session,
    row: PayoutRow,
    happening: PayoutHappening,
    *,
    at: datetime,
    detail: str = "",
    by: str | None = None,
) -> None:
    """Add an event beside a payout, wherever it stands."""
    words = " ".join(detail.split())[:_DETAIL_MAX]
    session.add(PayoutEventRow(payout_id=row.id, kind=happening.value, at=at, detail=words, recorded_by=by))


def known_payouts(session: Session, rows: Sequence[PayoutRow], *, as_payee: bool = False) -> list[KnownPayout]:
    """Read payouts with their lines, and for the supplier with their events, in their order."""
    keys = [row.id for row in rows]
    lines, events = _lines(session, keys), {} if as_payee else _events(session, keys)
    names = party_names(session, {key for row in rows for key in (row.issuer_id, row.payee_id)})
    return [
        KnownPayout(
            id=row.id,
            kind=row.kind,
            supplier=names.get(row.issuer_id, ""),
            payee=names.get(row.payee_id, ""),
            by=PaidOutBy(row.by),
            currency=row.currency,
            amount=row.amount,
            made_on=row.made_on,
            of=row.of_id,
            order=row.order_id,
            state=PayeePayoutState(row.state),
            held=row.held,
            external=row.external,
            paid_on=row.paid_on,
            prepared_by=row.prepared_by,
            prepared_at=row.prepared_at,
            released_by=row.released_by,
            released_at=row.released_at,
            lines=tuple(lines.get(row.id, ())),
            events=tuple(events.get(row.id, ())),
        )
        for row in rows
    ]


def _lines(session: Session, keys: Collection[int]) -> Mapping[int, list[PayoutLine]]:
    chosen = select(PayoutLineRow).where(col(PayoutLineRow.payout_id).in_(keys)).order_by(col(PayoutLineRow.id))
    lines: dict[int, list[PayoutLine]] = defaultdict(list)
    for line in session.exec(chosen):
        lines[line.payout_id].append(PayoutLine(PayablePartKind(line.kind), line.number, line.amount))
    return lines


def _events(session: Session, keys: Collection[int]) -> Mapping[int, list[PayoutEvent]]:
    chosen = select(PayoutEventRow).where(col(PayoutEventRow.payout_id).in_(keys)).order_by(col(PayoutEventRow.id))
    events: dict[int, list[PayoutEvent]] = defaultdict(list)
    for event in session.exec(chosen):
        kind = PayoutHappening(event.kind)
        events[event.payout_id].append(PayoutEvent(kind, event.at, event.detail, event.recorded_by))
    return events


_LISTING = Listing(
    statement=columns(PayoutRow),
    key=col(PayoutRow.id),
    sorts={"payout": col(PayoutRow.id), "made_on": col(PayoutRow.made_on)},
    filters={
        "state": lambda state: col(PayoutRow.state) == state.value,
        "by": lambda by: col(PayoutRow.by) == by.value,
        "payee": lambda name: col(PayoutRow.payee_id).in_(select(PartyRow.id).where(PartyRow.name == name)),
        "currency": lambda currency: col(PayoutRow.currency) == currency,
        "made_from": lambda day: col(PayoutRow.made_on) >= day,
        "made_to": lambda day: col(PayoutRow.made_on) <= day,
    },
    named="payout",
)
