"""What an order to a gateway needs to know of the payout that it is of: whether it is wanted, and to which account."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.payments.gateway import GatewayCall, OrderedMovement, TakeBackAsked, TransferAsked
from billing.payments.tables import GatewayOrderRow
from billing.payouts.standings import locked_account, standing_of
from billing.payouts.state import COUNTS, PayeePayoutState, PayoutHappening
from billing.payouts.store import payout_happens, payout_of_order
from billing.payouts.tables import ConnectedAccountRow, PayoutLineRow, PayoutRow
from billing.receivables.store import party_names
from billing.tables import InvoiceRow
from quantities.money import Money
from quantities.number import plain


def why_not_wanted(session: Session, order: GatewayOrderRow, now: datetime) -> str:
    """Say why a payout is not asked for any more; empty where it is.

    It is not where less is owed by now than it comes to with all others: then the next payout is made of what is.

    Args:
        session: states the tenant, as the product itself.
        order: locked.
        now: the instant.
    """
    row = payout_of_order(session, order.id)
    if row is None:
        return "no payout is made by it"
    if row.state not in COUNTS:
        return f"payout {row.id} is {row.state}"
    account = locked_account(session, row.account_id)
    if order.movement == OrderedMovement.TAKE_BACK:
        return ""
    payable = standing_of(session, account, now).balance.payable
    if payable < 0:
        return f"{plain(-payable)} {row.currency} less is owed by now than payout {row.id} and earlier ones come to"
    return ""


def why_payee_waits(session: Session, order: GatewayOrderRow, account: str, now: datetime) -> str:
    """Say why a transfer cannot be made now, and hold its payout; empty where it can: it is held no more."""
    row = payout_of_order(session, order.id)
    if row is None or order.movement == OrderedMovement.TAKE_BACK:
        return ""
    held = _why(session, order, account)
    if held and held != row.held:
        payout_happens(session, row, PayoutHappening.HELD, at=now, detail=held)
    elif not held and row.state == PayeePayoutState.HELD:
        payout_happens(session, row, PayoutHappening.ORDERED, at=now)
    return held


def _why(session: Session, order: GatewayOrderRow, account: str) -> str:
    known = _connected(session, order, account)
    payee = party_names(session, {order.party_id})[order.party_id]
    if known is None or not known.external:
        return f"{payee} has no account at the gateway: `usufruct payout connect {payee}`"
    if not known.may_receive:
        why = known.held or ", ".join(known.missing) or "it is not confirmed yet"
        return f"the account of {payee} at the gateway may receive nothing: {why}"
    return ""


def account_of_payee(session: Session, order: GatewayOrderRow) -> str:
    """Say the gateway's name of what is looked through for an order: the payee's account, or what is taken back."""
    if order.movement == OrderedMovement.TAKE_BACK:
        return _transfer_of(session, order).external
    known = _connected(session, order, order.account)
    return "" if known is None else known.external


def asked_of_payee(
    session: Session, order: GatewayOrderRow, call: GatewayCall, amount: Money
) -> TransferAsked | TakeBackAsked:
    """Write out what is asked for by an order, from what is on record alone."""
    if order.movement == OrderedMovement.TAKE_BACK:
        return TakeBackAsked(call, amount, _transfer_of(session, order).external)
    return TransferAsked(call, amount, account_of_payee(session, order), _group(session, order))


def _group(session: Session, order: GatewayOrderRow) -> str:
    """Name what holds together what one document paid for: its number, or the payout where that is of several."""
    line, invoice = PayoutLineRow, InvoiceRow
    row = session.exec(select(PayoutRow).where(PayoutRow.order_id == order.id)).one()
    of_it = columns(col(line.invoice_id)).where(col(line.payout_id) == row.id)
    numbers = session.execute(columns(col(invoice.number)).where(col(invoice.id).in_(of_it)).distinct()).scalars().all()
    return str(numbers[0]) if len(numbers) == 1 else f"payout {row.reference}"


def _transfer_of(session: Session, order: GatewayOrderRow) -> GatewayOrderRow:
    return session.exec(select(GatewayOrderRow).where(GatewayOrderRow.id == order.of_id)).one()


def _connected(session: Session, order: GatewayOrderRow, account: str) -> ConnectedAccountRow | None:
    row = ConnectedAccountRow
    chosen = select(row).where(row.issuer_id == order.issuer_id, row.payee_id == order.party_id, row.account == account)
    return session.exec(chosen.execution_options(populate_existing=True)).one_or_none()


def left_of(session: Session, row: PayoutRow) -> Decimal:
    """Work out what may still be taken back of a payout."""
    taken = select(PayoutRow).where(PayoutRow.of_id == row.id)
    return row.amount - sum((one.amount for one in session.exec(taken) if one.state in COUNTS), Decimal(0))
