"""Orders to banks as use cases: mandates, files prepared, taken and cancelled, what banks report of them."""

from datetime import date, datetime

from sqlmodel import Session

from api.audit.note import made
from billing.bank.entries.store import hold_bank
from billing.bank.mandates import store as of_mandates
from billing.bank.mandates.store import AmendedMandate, NewMandate
from billing.bank.order_files import prepare
from billing.bank.order_files import store as of_files
from billing.bank.order_files.prepare import FileAsked
from billing.bank.orders import store as of_orders
from billing.bank.orders.pain002 import read_status_report
from billing.bank.orders.recorded import apply_status_report
from billing.bank.orders.store import BankOrderQuery, BankRefundWanted, OrderActor
from billing.bank.orders.views import (
    BankOrderOut,
    MandateOut,
    OrderFileOut,
    PreparedOrdersOut,
    StatusReportOut,
    bank_order_out,
    mandate_out,
    order_file_out,
    prepared_orders_out,
    status_report_out,
)
from contracts.release.store import releasing
from quantities.listing import ListPage


def list_bank_orders(session: Session, query: BankOrderQuery) -> ListPage[BankOrderOut]:
    """List orders to banks in pages, in the order in which they were made."""
    page = of_orders.bank_orders(session, query)
    return page.of(tuple(bank_order_out(known) for known in page.rows))


def get_bank_order(session: Session, number: int) -> BankOrderOut:
    """Read an order to a bank.

    Raises:
        UnknownBankOrder: there is none of that number.
    """
    return bank_order_out(of_orders.bank_order(session, number))


def refund_by_bank(session: Session, wanted: BankRefundWanted, *, who: str, at: datetime) -> BankOrderOut:
    """Ask for what a credit note gives back to be paid to the customer's account.

    Raises:
        UsufructError: ``billing.bank.orders.store.ask_bank_refund`` says which.
    """
    hold_bank(session)
    known = of_orders.ask_bank_refund(session, wanted, OrderActor(who, at))
    made(session, f"order {known.id} to a bank")
    return bank_order_out(known)


def withdraw_bank_order(session: Session, number: int, reason: str, *, who: str, at: datetime) -> BankOrderOut:
    """Take back an order that no file has.

    Raises:
        UnknownBankOrder, BankOrderNotSo: there is no such order.
    """
    hold_bank(session)
    return bank_order_out(of_orders.withdraw_order(session, number, reason, OrderActor(who, at)))


def order_bank_again(session: Session, number: int, reason: str, *, who: str, at: datetime) -> BankOrderOut:
    """Make another order for what was refused, returned or withdrawn.

    Raises:
        UsufructError: ``billing.bank.orders.store.order_again`` says which.
    """
    hold_bank(session)
    known = of_orders.order_again(session, number, reason, OrderActor(who, at))
    made(session, f"order {known.id} to a bank")
    return bank_order_out(known)


def notice_bank_order(session: Session, number: int, day: date | None, *, who: str, at: datetime) -> BankOrderOut:
    """Record that the customer was told of a debit by a letter.

    Raises:
        UnknownBankOrder, BankOrderNotSo: there is no such debit.
    """
    return bank_order_out(of_orders.notice_by_letter(session, number, day or at.date(), OrderActor(who, at)))


def prepare_order_files(session: Session, asked: FileAsked, *, who: str, at: datetime) -> PreparedOrdersOut:
    """Put the orders of a supplier that are due into files for its bank; another person takes them.

    Raises:
        UsufructError: ``billing.bank.order_files.prepare.prepare_files`` says which.
    """
    prepared = prepare.prepare_files(session, asked, OrderActor(who, at))
    if prepared.files:
        made(session, f"order file {prepared.files[0].id}")
    return prepared_orders_out(prepared)


def list_order_files(session: Session) -> list[OrderFileOut]:
    """List all files of orders, the oldest first."""
    return [order_file_out(known) for known in of_files.order_files(session)]


def get_order_file(session: Session, number: int) -> OrderFileOut:
    """Read a file of orders, without its bytes.

    Raises:
        UnknownOrderFile: there is none of that number.
    """
    return order_file_out(of_files.order_file(session, number))


def get_order_file_content(session: Session, number: int) -> tuple[OrderFileOut, bytes]:
    """Read the bytes of a file that was taken.

    Raises:
        UnknownOrderFile, OrderFileDone: there is no such file.
    """
    known, content = of_files.order_file_content(session, number)
    return order_file_out(known), content


def take_order_file(session: Session, number: int, *, who: str, at: datetime) -> tuple[OrderFileOut, bytes]:
    """Take a file to the bank; whoever has prepared it does not, but below the tenant's limit.

    Raises:
        UsufructError: ``billing.bank.order_files.store.take_file`` says which.
    """
    known, content = of_files.take_file(session, number, releasing(session, who, at))
    return order_file_out(known), content


def cancel_order_file(session: Session, number: int, reason: str, *, who: str, at: datetime) -> OrderFileOut:
    """Cancel a file of which the bank has booked and refused nothing: its orders are due again.

    Raises:
        UnknownOrderFile, OrderFileDone, OrdersBooked: there is no such file.
    """
    return order_file_out(of_files.cancel_file(session, number, reason, OrderActor(who, at)))


def read_bank_report(session: Session, raw: bytes, *, who: str, at: datetime) -> StatusReportOut:
    """Read what a bank says of a file before it books anything (pain.002).

    Raises:
        UsufructError: it is none, or is about no file that was taken here.
    """
    report = read_status_report(raw)
    hold_bank(session)
    applied = apply_status_report(session, report, OrderActor(who, at))
    made(session, f"report of {report.message_id}")
    return status_report_out(applied)


def list_mandates(session: Session, customer: str | None, *, at: datetime) -> list[MandateOut]:
    """List mandates, the oldest first; of their accounts the ends alone.

    Raises:
        UnknownMandate: there is no such customer.
    """
    return [mandate_out(known, whole=False) for known in of_mandates.mandates(session, at.date(), customer)]


def get_mandate(session: Session, number: int, *, at: datetime) -> MandateOut:
    """Read a mandate with its account.

    Raises:
        UnknownMandate: there is none of that number.
    """
    return mandate_out(of_mandates.mandate(session, number, at.date()), whole=True)


def record_mandate(session: Session, new: NewMandate, *, who: str, at: datetime) -> MandateOut:
    """Record a mandate that a customer has signed.

    Raises:
        UsufructError: ``billing.bank.mandates.store.record_mandate`` says which.
    """
    known = of_mandates.record_mandate(session, new, today=at.date(), by=who, at=at)
    made(session, f"mandate {known.id}")
    return mandate_out(known, whole=True)


def amend_mandate(session: Session, number: int, amended: AmendedMandate, *, who: str, at: datetime) -> MandateOut:
    """Amend a mandate: the next debit tells the customer's bank how it was before.

    Raises:
        UsufructError: ``billing.bank.mandates.store.amend_mandate`` says which.
    """
    known = of_mandates.amend_mandate(session, number, amended, today=at.date(), by=who, at=at)
    return mandate_out(known, whole=True)


def revoke_mandate(session: Session, number: int, reason: str, *, who: str, at: datetime) -> MandateOut:
    """Revoke a mandate: nothing is collected by it any more.

    Raises:
        UnknownMandate, MandateEnded: there is no such mandate.
    """
    hold_bank(session)
    known = of_mandates.revoke_mandate(session, number, reason, today=at.date(), by=who, at=at)
    return mandate_out(known, whole=False)


def end_mandate(session: Session, number: int, *, at: datetime) -> MandateOut:
    """Say that the next debit by a mandate is its last.

    Raises:
        UnknownMandate, MandateEnded: there is no such mandate.
    """
    return mandate_out(of_mandates.end_mandate(session, number, at.date()), whole=False)
