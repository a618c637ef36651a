"""What the mail of a document says of the debit that follows: amount, day, mandate and creditor (EPC016-06, 4.3.5)."""

from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from billing.bank.mandates.mandate import DebitScheme, masked
from billing.bank.mandates.store import KnownMandate, usable_mandate
from billing.bank.orders.debit_day import collected_on, debit_days
from billing.bank.orders.payment_to_make import BankOrderState
from billing.bank.orders.tables import BankOrderRow
from billing.delivery.outgoing import DebitNotice
from billing.receivables.issued import today_of
from billing.receivables.standings import standings_now
from billing.tables import InvoiceRow, SendingRow


def debit_notice(session: Session, invoice: InvoiceRow, now: datetime) -> DebitNotice | None:
    """Say what of a document is collected by our bank, and when, if it is sent today.

    Args:
        session: states the tenant.
        invoice: an issued document.
        now: the instant at which it is sent.

    Returns:
        The notice; None of what no bank collects, or as long as no mandate may be used.
    """
    row, today = BankOrderRow, today_of(invoice, now)
    due = select(row).where(row.invoice_id == invoice.id, row.state == BankOrderState.DUE.value)
    order = session.exec(due.where(col(row.scheme).is_not(None))).first()
    if order is None:
        return None
    scheme = DebitScheme(order.scheme or "")
    mandate = usable_mandate(session, order.issuer_id, order.party_id, scheme, today)
    amount = standings_now(session, [invoice], now)[invoice.id].undisputed
    if mandate is None or amount <= 0:
        return None
    told = told_on(session, invoice, mandate, order.noticed_on)
    notice_days = agreed_notice(invoice)
    day = collected_on(order.due_on, told or today, notice_days, today=today, days=debit_days().of(scheme))
    return DebitNotice(
        day=day,
        amount=amount,
        currency=order.currency,
        mandate=mandate.version.reference,
        creditor=mandate.version.creditor_id,
        account=masked(mandate.version.account),
    )


def told_on(session: Session, invoice: InvoiceRow, mandate: KnownMandate, noticed_on: date | None) -> date | None:
    """Name the first day on which the customer was told: by the document, once there was a mandate, or by a letter."""
    first = select(func.min(SendingRow.sent_on)).where(
        SendingRow.invoice_id == invoice.id, col(SendingRow.sent_on) >= today_of(invoice, mandate.recorded_at)
    )
    days = [day for day in (session.exec(first).one(), noticed_on) if day is not None]
    return min(days, default=None)


def agreed_notice(invoice: InvoiceRow) -> int | None:
    """Read how many days before a debit its contract has the customer told; None where it does not say."""
    terms = None if invoice.inputs.invoicing is None else invoice.inputs.invoicing.terms.collection
    return None if terms is None else terms.notice_days
