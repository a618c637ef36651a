"""Rows of orders to gateways: what happens to them is added as events; the machine says where they stand."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from billing.payments.gateway import OrderedMovement
from billing.payments.orders import state as states
from billing.payments.orders.state import OrderHappening, OrderState, after
from billing.payments.tables import GatewayOrderEventRow, GatewayOrderRow
from billing.payouts.transfers.recorded import follow_order
from quantities.errors import NotFound

#: Of a document one of these at most is open: either brings money for it.
FOR_A_DOCUMENT = frozenset({OrderedMovement.CHARGE, OrderedMovement.SESSION})


class UnknownGatewayOrder(NotFound):
    """There is no order of that number."""


def open_order(session: Session, invoice_id: int, *, for_update: bool = False) -> GatewayOrderRow | None:
    """Find the charge or page of a document of which money may come."""
    row = GatewayOrderRow
    chosen = select(row).where(
        row.invoice_id == invoice_id,
        col(row.movement).in_([movement.value for movement in FOR_A_DOCUMENT]),
        col(row.state).in_([state.value for state in states.OPEN]),
    )
    chosen = chosen.with_for_update() if for_update else chosen
    return session.exec(chosen.execution_options(populate_existing=True)).first()


def happens(
    session: Session,
    row: GatewayOrderRow,
    happening: OrderHappening,
    *,
    at: datetime,
    detail: str = "",
    external: str = "",
    by: str | None = None,
) -> None:
    """Let something happen to an order that is locked: the machine says where it stands then, and an event is added.

    Raises:
        OrderNotSo: it cannot happen.
    """
    row.state = after(OrderState(row.state), happening).value
    row.held = ""
    row.waits = OrderState(row.state) in states.OF_A_PERSON
    add_event(session, row, happening, at=at, detail=detail, external=external, by=by)
    if row.movement in states.OF_PAYEES:
        follow_order(session, row, detail, at=at, by=by)


def add_event(
    session: Session,
    row: GatewayOrderRow,
    happening: OrderHappening,
    *,
    at: datetime,
    detail: str = "",
    external: str = "",
    payment: int | None = None,
    by: str | None = None,
    attempt: int | None = None,
) -> None:
    """Add an event beside an order, wherever it stands."""
    is_claim = happening is OrderHappening.CLAIMED
    session.add(
        GatewayOrderEventRow(
            order_id=row.id,
            attempt=row.attempts if attempt is None else attempt,
            kind=happening.value,
            at=at,
            key=f"{row.reference}.{row.attempts}" if is_claim else "",
            amount=row.amount if is_claim else None,
            external=external,
            payment_id=payment,
            detail=in_one_line(detail),
            recorded_by=by,
        )
    )


_DETAIL_MAX = 1000


def in_one_line(text: str) -> str:
    """Take line breaks and half characters out of what a gateway answered, and its end where it is long."""
    return " ".join(text.encode(errors="replace").decode().replace("\0", "?").split())[:_DETAIL_MAX]


def locked(session: Session, key: int, *, for_update: bool = True) -> GatewayOrderRow:
    """Find an order, and let nobody else change it until the transaction ends.

    Raises:
        UnknownGatewayOrder: none of that number is visible here.
    """
    chosen = select(GatewayOrderRow).where(GatewayOrderRow.id == key).execution_options(populate_existing=True)
    row = session.exec(chosen.with_for_update() if for_update else chosen).one_or_none()
    if row is None:
        raise UnknownGatewayOrder(f"there is no order {key} here", found=key)
    return row


def times_never_made(session: Session, row: GatewayOrderRow) -> int:
    """Count how often nothing was done of an order since a person last had it tried once more."""
    event = GatewayOrderEventRow
    since = select(func.coalesce(func.max(event.id), 0)).where(
        event.order_id == row.id, event.kind == OrderHappening.AGAIN.value
    )
    made = select(func.count()).where(
        event.order_id == row.id, event.kind == OrderHappening.NEVER_MADE.value, event.id > since.scalar_subquery()
    )
    return session.exec(made).one()


def first_page_asked(session: Session, account: str, party: int) -> datetime | None:
    """When the first page of a customer was asked for at a gateway account: the customer was made known for one."""
    of_customer = select(func.min(GatewayOrderRow.asked_at)).where(
        GatewayOrderRow.account == account,
        GatewayOrderRow.party_id == party,
        GatewayOrderRow.movement == OrderedMovement.SESSION.value,
    )
    return session.exec(of_customer).one()


def of_reference(session: Session, reference: str) -> int | None:
    """Find the order that has a reference; None: it is none of ours."""
    return session.exec(select(GatewayOrderRow.id).where(GatewayOrderRow.reference == reference)).one_or_none()
