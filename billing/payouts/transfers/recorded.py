"""A payout follows the order to the gateway that it is asked by: whatever happens to that one, in its transaction."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from billing.payments.gateway import GatewayMovement, OrderedMovement
from billing.payments.orders.state import OrderState
from billing.payments.tables import GatewayOrderRow
from billing.payouts.payable import PartKey, PayablePartKind, PlannedLine, lines_to_take_back
from billing.payouts.state import COUNTS, PayeePayoutState, PayoutHappening
from billing.payouts.store import add_payout_event, payout_happens, payout_of_order
from billing.payouts.tables import PayoutAccountRow, PayoutLineRow, PayoutRow
from quantities.number import plain

_NOTHING = Decimal(0)
_H, _S, _O = PayoutHappening, PayeePayoutState, OrderState
TAKE_BACK = "take_back"
_LOOKED_AT_AGAIN = timedelta(minutes=15)
_NO_FACTS = frozenset({_O.SENDING, _O.UNKNOWN, _O.DUE, _O.WAITS, _O.PROCESSING})


def follow_order(session: Session, order: GatewayOrderRow, detail: str, *, at: datetime, by: str | None) -> None:
    """Let a payout follow what has just happened to its order.

    What was not taken back is owed by the payee as before. A transfer that was refused waits for a person, and holds
    what it is of: so nothing is paid twice when it is asked for once more.

    Args:
        session: states the tenant.
        order: a transfer, or what takes one back; as it stands now.
        detail: why.
        at: the instant.
        by: who did it; None: the product itself.
    """
    row = payout_of_order(session, order.id)
    if row is None:
        return
    state = OrderState(order.state)
    if state is _O.DONE:
        if row.state != _S.PAID:
            row.external, row.paid_on = order.external, at.date()
            payout_happens(session, row, _H.PAID, at=at, detail=order.external)
    elif state is _O.REFUSED:
        if row.kind == TAKE_BACK and row.state == _S.ORDERED:
            payout_happens(session, row, _H.FAILED, at=at, detail=detail)
        elif row.state in {_S.ORDERED, _S.HELD}:
            payout_happens(session, row, _H.HELD, at=at, detail=detail)
    elif state is _O.WITHDRAWN:
        if row.state in {_S.HELD, _S.DUE, _S.ORDERED}:
            payout_happens(session, row, _H.WITHDRAWN, at=at, detail=detail, by=by)
    elif row.state == _S.HELD and state in _NO_FACTS:
        payout_happens(session, row, _H.ORDERED, at=at, detail=detail, by=by)
    session.flush()


def taken_back_by_hand(session: Session, order: GatewayOrderRow, movement: GatewayMovement, now: datetime) -> None:
    """Record what somebody took back of a transfer in the gateway's own pages: it is owed again, and a person decides.

    Args:
        session: states the tenant, as the product itself.
        order: of the transfer, locked.
        movement: as the gateway knows it.
        now: the instant.
    """
    if order.movement != OrderedMovement.TRANSFER or movement.refunded is None or not movement.refunded.amount:
        return
    row = payout_of_order(session, order.id)
    if row is None or row.state != _S.PAID:
        return
    _lock_account(session, row.account_id)
    of_it = list(session.exec(select(PayoutRow).where(PayoutRow.of_id == row.id)))
    if any(one.state in {_S.HELD, _S.DUE, _S.ORDERED} for one in of_it):
        order.next_at = now + _LOOKED_AT_AGAIN  # it may be ours: whatever comes of that is known by then
        return
    known = sum((one.amount for one in of_it if one.state in COUNTS), _NOTHING)
    by_hand = movement.refunded.amount - known
    if by_hand > 0:
        detail = f"{plain(by_hand)} {row.currency} was taken back of payout {row.id} at the gateway, by hand"
        back = new_payout(session, row, by_hand, _of(session, row, by_hand), state=_S.PAID, at=now)
        back.paid_on = now.date()
        add_payout_event(session, back, _H.PAID, at=now, detail=detail)
        add_payout_event(session, row, _H.NOTED, at=now, detail=detail)
        account = _lock_account(session, row.account_id)
        account.held = f"{detail}: it is owed again; `usufruct payout make` pays it"
        session.flush()


def _of(session: Session, row: PayoutRow, amount: Decimal) -> tuple[PlannedLine, ...]:
    """Lines by which an amount is taken back of a payout: of what it was paid of, the first first."""
    lines = session.exec(select(PayoutLineRow).where(PayoutLineRow.payout_id == row.id).order_by(col(PayoutLineRow.id)))
    opposite = [
        PlannedLine(
            PartKey(PayablePartKind(line.kind), line.payee_document_id, line.invoice_id), line.number, -line.amount
        )
        for line in lines
    ]
    return lines_to_take_back(opposite, [amount])[0]


def new_payout(
    session: Session,
    of: PayoutRow,
    amount: Decimal,
    lines: tuple[PlannedLine, ...],
    *,
    state: PayeePayoutState,
    at: datetime,
) -> PayoutRow:
    """Write that an amount is taken back of a payout, with its lines."""
    row = PayoutRow(
        account_id=of.account_id,
        issuer_id=of.issuer_id,
        payee_id=of.payee_id,
        kind=TAKE_BACK,
        by=of.by,
        currency=of.currency,
        amount=amount,
        made_on=at.date(),
        of_id=of.id,
        state=state.value,
        prepared_at=at,
    )
    write_lines(session, row, lines)
    return row


def write_lines(session: Session, row: PayoutRow, lines: tuple[PlannedLine, ...]) -> None:
    """Write a payout, and what it has of each document."""
    session.add(row)
    session.flush()
    session.add_all(
        PayoutLineRow(
            payout_id=row.id,
            payee_id=row.payee_id,
            kind=line.key.kind.value,
            payee_document_id=line.key.paper,
            invoice_id=line.key.invoice,
            number=line.number,
            amount=line.amount,
        )
        for line in lines
    )
    session.flush()
    session.refresh(row)


def _lock_account(session: Session, key: int) -> PayoutAccountRow:
    chosen = select(PayoutAccountRow).where(PayoutAccountRow.id == key).with_for_update()
    return session.exec(chosen.execution_options(populate_existing=True)).one()
