"""Orders to gateways as they are read and listed, with what happened to them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from billing.payments.gateway import OrderedMovement
from billing.payments.orders.state import OrderHappening, OrderState
from billing.payments.orders.store import locked
from billing.payments.queries import GatewayOrderQuery
from billing.payments.tables import GatewayOrderEventRow, GatewayOrderRow
from billing.receivables.issued import by_key
from billing.receivables.store import of_name, party_names
from billing.tables import InvoiceRow
from metering.log.list_page import Listing
from quantities.listing import ListPage


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """What happened to an order; ``by`` is None where the product itself did it."""

    attempt: int
    kind: OrderHappening
    at: datetime
    key: str
    amount: Decimal | None
    external: str
    payment: int | None
    detail: str
    by: str | None


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order with all that happened to it, the first first.

    Attributes:
        id: its number.
        reference: our name of it at the gateway.
        movement: what is asked for.
        document: the number of its document; empty where it has none.
        supplier: who asks.
        party: whose money it is.
        account: our name of the gateway account; empty until the first attempt.
        currency: of its amounts.
        amount: of the last attempt, or what was asked for; None while that is open.
        state: where it stands.
        next_at: when it is looked at next.
        attempts: how many were begun.
        external: the gateway's name of it.
        payment: the number of the payment of ours that counts.
        held: why it is not begun, or what is to be known of it.
        waits: whether a person is asked.
        asked_by: who asked for it; None: the contract says so.
        asked_at: when.
        events: what happened.
    """

    id: int
    reference: str
    movement: OrderedMovement
    document: str
    supplier: str
    party: str
    account: str
    currency: str
    amount: Decimal | None
    state: OrderState
    next_at: datetime | None
    attempts: int
    external: str
    payment: int | None
    held: str
    waits: bool
    asked_by: str | None
    asked_at: datetime
    events: tuple[OrderEvent, ...] = field(default_factory=tuple)

    @property
    def why(self) -> str:
        """In words, what is to be known of it: why it is held, or what the last event with words says."""
        if self.held:
            return self.held
        told = [event.detail for event in self.events if event.detail]
        return told[-1] if told and self.state is not OrderState.DONE else ""


def orders(session: Session, *, waiting: bool = False, number: str = "") -> list[KnownOrder]:
    """List orders, the first asked for first.

    Args:
        session: states the tenant.
        waiting: only those of which a person is asked.
        number: only those of the document of that number.
    """
    chosen = select(GatewayOrderRow).order_by(col(GatewayOrderRow.id))
    if waiting:
        chosen = chosen.where(col(GatewayOrderRow.waits))
    if number:
        chosen = chosen.where(_of_document(number))
    return known_orders(session, session.exec(chosen).all())


def listed_orders(session: Session, query: GatewayOrderQuery, *, as_customer: bool = False) -> ListPage[KnownOrder]:
    """List orders in pages, the first asked for first; a customer sees its own, without what happened to them.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    rows = [row[0] for row in page.rows]
    return page.of(tuple(known_orders(session, rows, with_events=not as_customer)))


def _of_document(number: str) -> ColumnElement[bool]:
    return col(GatewayOrderRow.invoice_id).in_(select(InvoiceRow.id).where(InvoiceRow.number == number))


def _of_customer(name: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = col(GatewayOrderRow.party_id) == of_name(name)
    return condition


_STATEMENT: Any = select(GatewayOrderRow)

_LISTING = Listing(
    statement=_STATEMENT,
    key=col(GatewayOrderRow.id),
    sorts={"order": col(GatewayOrderRow.id)},
    filters={
        "state": lambda state: col(GatewayOrderRow.state) == state.value,
        "movement": lambda movement: col(GatewayOrderRow.movement) == movement.value,
        "document": _of_document,
        "customer": _of_customer,
        "waits": lambda waits: col(GatewayOrderRow.waits).is_(waits),
    },
    named="order",
)


def order(session: Session, key: int, *, as_customer: bool = False) -> KnownOrder:
    """Read an order; a customer sees its own, without what happened to it.

    Raises:
        UnknownGatewayOrder: there is none of that number here.
    """
    return known_orders(session, [locked(session, key, for_update=False)], with_events=not as_customer)[0]


def _events(session: Session, keys: Collection[int]) -> Mapping[int, list[GatewayOrderEventRow]]:
    chosen = select(GatewayOrderEventRow).where(col(GatewayOrderEventRow.order_id).in_(sorted(keys)))
    events: dict[int, list[GatewayOrderEventRow]] = defaultdict(list)
    for event in session.exec(chosen.order_by(col(GatewayOrderEventRow.id))):
        events[event.order_id].append(event)
    return events


def known_orders(session: Session, rows: Sequence[GatewayOrderRow], *, with_events: bool = True) -> list[KnownOrder]:
    """Read orders in their order, and what happened to them, which is the supplier's own."""
    events = _events(session, [row.id for row in rows]) if with_events else {}
    documents = by_key(session, (row.invoice_id for row in rows if row.invoice_id is not None))
    names = party_names(session, {key for row in rows for key in (row.issuer_id, row.party_id)})
    return [
        KnownOrder(
            id=row.id,
            reference=row.reference,
            movement=OrderedMovement(row.movement),
            document="" if row.invoice_id is None else documents[row.invoice_id].number or "",
            supplier=names.get(row.issuer_id, ""),
            party=names.get(row.party_id, ""),
            account=row.account,
            currency=row.currency,
            amount=row.asked if row.amount is None else row.amount,
            state=OrderState(row.state),
            next_at=row.next_at,
            attempts=row.attempts,
            external=row.external,
            payment=row.payment_id,
            held=row.held,
            waits=row.waits,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            events=tuple(
                OrderEvent(
                    attempt=event.attempt,
                    kind=OrderHappening(event.kind),
                    at=event.at,
                    key=event.key,
                    amount=event.amount,
                    external=event.external,
                    payment=event.payment_id,
                    detail=event.detail,
                    by=event.recorded_by,
                )
                for event in events.get(row.id, ())
            ),
        )
        for row in rows
    ]
