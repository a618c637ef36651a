"""Rows ⇄ values of what moved our balance at gateways, and of the payouts to our bank that consist of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.payments.gateway import BalanceKind
from billing.payments.queries import BalanceEntryQuery, GatewayPayoutQuery
from billing.payments.tables import GatewayBalanceEntryRow
from metering.log.list_page import Listing
from quantities.listing import ListPage

_Row = GatewayBalanceEntryRow


@dataclass(frozen=True, slots=True)
class KnownBalanceEntry:
    """A change of our balance.

    Attributes:
        id: its number.
        account: our name of the gateway account.
        external: the gateway's name of it.
        kind: of what.
        kind_words: the gateway's own word.
        currency: of its amounts: that of the balance.
        gross: above zero where it comes in.
        fee: what the gateway kept of it.
        source: the gateway's name of what it is of.
        payout: the gateway's name of the payout that has it; empty while none has.
        at: when.
    """

    id: int
    account: str
    external: str
    kind: BalanceKind
    kind_words: str
    currency: str
    gross: Decimal
    fee: Decimal
    source: str
    payout: str
    at: datetime

    @property
    def net(self) -> Decimal:
        """What it changed the balance by."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True)
class KnownGatewayPayout:
    """A payout to our bank, and what it consists of as far as it is read.

    Attributes:
        payout: the gateway's name of it.
        account: our name of the gateway account.
        currency: of its amounts.
        amount: that was paid out; below zero where the gateway took money from our bank.
        gross: of what it consists of, before fees.
        fees: of all that.
        entries: how many changes of the balance it consists of.
        at: when it was made.
    """

    payout: str
    account: str
    currency: str
    amount: Decimal
    gross: Decimal
    fees: Decimal
    entries: int
    at: datetime

    @property
    def unexplained(self) -> Decimal:
        """What of the amount no entry explains: zero once all that it consists of is read."""
        return self.amount - (self.gross - self.fees)


def balance_entries(session: Session, query: BalanceEntryQuery) -> ListPage[KnownBalanceEntry]:
    """List changes of balances in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_known(row[0]) for row in page.rows))


def gateway_payouts(session: Session, query: GatewayPayoutQuery) -> ListPage[KnownGatewayPayout]:
    """List payouts to our bank in pages, in the order in which they were read.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _PAYOUTS.page(session, query)
    rows = [row[0] for row in page.rows]
    within = columns(
        col(_Row.account), col(_Row.payout), func.sum(col(_Row.gross)), func.sum(col(_Row.fee)), func.count()
    ).where(col(_Row.payout).in_(sorted({_payout_of(row) for row in rows})), col(_Row.kind) != _PAYOUT)
    sums = {(row[0], row[1]): row[2:] for row in session.execute(within.group_by(col(_Row.account), col(_Row.payout)))}
    return page.of(tuple(_payout(row, sums) for row in rows))


_PAYOUT = BalanceKind.PAYOUT.value
_NOTHING = (Decimal(0), Decimal(0), 0)


def _payout_of(row: _Row) -> str:
    return row.payout or row.source


def _payout(row: _Row, sums: dict[tuple[Any, Any], Any]) -> KnownGatewayPayout:
    gross, fees, entries = sums.get((row.account, _payout_of(row)), _NOTHING)
    return KnownGatewayPayout(
        payout=_payout_of(row),
        account=row.account,
        currency=row.currency,
        amount=-(row.gross - row.fee),
        gross=gross,
        fees=fees,
        entries=entries,
        at=row.at,
    )


def _known(row: _Row) -> KnownBalanceEntry:
    return KnownBalanceEntry(
        id=row.id,
        account=row.account,
        external=row.external,
        kind=BalanceKind(row.kind),
        kind_words=row.kind_words,
        currency=row.currency,
        gross=row.gross,
        fee=row.fee,
        source=row.source,
        payout=row.payout,
        at=row.at,
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


_STATEMENT: Any = select(_Row)
_FILTERS = {"account": lambda value: col(_Row.account) == value}
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(_Row.id),
    sorts={"entry": col(_Row.id), "at": col(_Row.at)},
    filters={
        **_FILTERS,
        "kind": lambda value: col(_Row.kind) == value.value,
        "payout": lambda value: col(_Row.payout) == value,
        "currency": lambda value: col(_Row.currency) == value,
        "since": lambda value: col(_Row.at) >= _start(value),
        "until": lambda value: col(_Row.at) < _start(value + timedelta(days=1)),
    },
    named="entry",
)
_PAYOUTS = Listing(
    statement=_STATEMENT.where(col(_Row.kind) == _PAYOUT),
    key=col(_Row.id),
    sorts={"payout": col(_Row.id)},
    filters=dict(_FILTERS),
    named="payout",
)
