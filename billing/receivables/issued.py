"""Issued documents by their numbers and keys, as receivables see them; read by key alone, and never changed here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.invoices.invoice import total
from billing.invoices.issuer import zone_of_issuer
from billing.invoices.store import DRAFT, UnknownInvoice, WhichSupplier, billed
from billing.tables import InvoiceRow
from billing.tax.tax import TaxGroup
from contracts.tables import PartyRow
from metering.tables import one_of
from quantities.errors import Conflict, Invalid, NotFound
from quantities.period import zone


class DocumentNotIssued(Conflict):
    """The document is not issued."""


class DayAhead(Invalid):
    """The day lies ahead."""


class UnknownAccount(NotFound):
    """There is no account of that customer here."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Whose account it is: what one customer owes one supplier in one currency.

    Attributes:
        issuer_id: the supplier's key.
        customer_id: the customer's key.
        currency: of all its amounts.
    """

    issuer_id: int
    customer_id: int
    currency: str


def today_of(row: InvoiceRow, now: datetime) -> date:
    """Name the day of an instant in the books of a document's issuer."""
    name = zone_of_issuer(row.inputs.supplier) or row.inputs.zone
    return now.astimezone(zone(name)).date()


def account_of(row: InvoiceRow) -> AccountKey:
    """Name the account that a document is of."""
    return AccountKey(row.issuer_id, row.customer_id, row.currency)


def document(session: Session, number: str, supplier: str | None = None) -> InvoiceRow:
    """Find an issued document by its number.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: of the document.
        supplier: by name, where several have one of that number.

    Raises:
        DocumentNotIssued: it is a draft.
        UnknownInvoice: none is visible here.
        WhichSupplier: several suppliers have one, and none is named.
    """
    rows = of_number(session, number)
    if supplier is not None:
        rows = [row for row in rows if row.inputs.supplier.name == supplier]
    if not rows:
        of_supplier = f" of {supplier}" if supplier is not None else ""
        raise UnknownInvoice(f"there is no invoice {number!r}{of_supplier} here", found=number)
    if len(rows) > 1:
        names = sorted(row.inputs.supplier.name for row in rows)
        detail = f"{number} is an invoice of {', '.join(names)}: say of which supplier"
        raise WhichSupplier(detail, found=number, expected=names)
    return rows[0]


def of_number(session: Session, number: str) -> Sequence[InvoiceRow]:
    """List the documents of a number; each supplier has at most one.

    Raises:
        DocumentNotIssued: it names a draft.
    """
    if number.startswith(DRAFT):
        raise DocumentNotIssued(f"{number} is a draft", found=number, expected="the number of an issued document")
    of_name = select(InvoiceRow).where(InvoiceRow.number == number, col(InvoiceRow.within_id).is_(None))
    return session.exec(of_name.order_by(col(InvoiceRow.id))).all()


def tax_groups(session: Session, invoice_id: int) -> tuple[TaxGroup, ...]:
    """Read the VAT breakdown of a document."""
    (stored,) = billed(session, [invoice_id])
    return total(stored.lines, stored.row.currency).groups


def newest_of(session: Session, key: AccountKey) -> InvoiceRow | None:
    """Find the newest document of an account: it says in which zone the supplier's books are."""
    of_issuer = select(InvoiceRow).where(InvoiceRow.issuer_id == key.issuer_id, col(InvoiceRow.number).is_not(None))
    return session.exec(of_issuer.order_by(col(InvoiceRow.id).desc()).limit(1)).first()


def today_of_account(session: Session, key: AccountKey, now: datetime) -> date:
    """Name the day of an instant in the books of an account's supplier; in UTC while it has issued nothing."""
    newest = newest_of(session, key)
    return now.date() if newest is None else today_of(newest, now)


def refuse_ahead(day: date, today: date, place: str) -> None:
    """Refuse a day that lies ahead.

    Raises:
        DayAhead: it does.
    """
    if day > today:
        detail = f"{day} lies ahead of {today}, the day in the supplier's books"
        raise DayAhead(detail, place=place, found=str(day), expected=f"{today} at the latest")


def account_key(session: Session, customer: str, currency: str, supplier: str | None) -> AccountKey:
    """Find an account by names.

    Args:
        session: states the tenant, and the party where a customer asks.
        customer: by its whole name.
        currency: of the account.
        supplier: by its whole name; not needed while one alone has issued something to the customer.

    Raises:
        UnknownAccount: nobody of that name is visible here, or nothing was issued to them.
        WhichSupplier: several suppliers have issued something to the customer.
    """
    customer_id = _party(session, customer)
    issuers = _issuers(session, customer_id)
    if supplier is not None:
        chosen = [key for key, name in issuers.items() if name == supplier]
        return AccountKey(chosen[0] if chosen else _party(session, supplier), customer_id, currency)
    if len(issuers) > 1:
        names = sorted(issuers.values())
        detail = f"{', '.join(names)} bill {customer}: say of which supplier"
        raise WhichSupplier(detail, found=customer, expected=names)
    if not issuers:
        detail = f"nothing was issued to {customer}: name the supplier"
        raise UnknownAccount(detail, found=customer, expected="a customer to whom something was issued, or a supplier")
    return AccountKey(next(iter(issuers)), customer_id, currency)


def _party(session: Session, name: str) -> int:
    known = session.exec(select(PartyRow.id).where(PartyRow.name == name)).first()
    if known is None:
        raise UnknownAccount(f"there is no party {name!r} here", found=name, expected="a party of a contract")
    return known


def _issuers(session: Session, customer_id: int) -> Mapping[int, str]:
    """Name the suppliers that have issued something to a customer, by key: as the newest document of each states it."""
    return supplier_names(session, col(InvoiceRow.customer_id) == customer_id)


def supplier_names(session: Session, *conditions: ColumnElement[bool]) -> Mapping[int, str]:
    """Name the suppliers of some issued documents by key, as the newest of these documents states each.

    A customer sees its supplier in the documents alone, for of parties it sees itself.
    """
    newest = columns(func.max(col(InvoiceRow.id))).where(col(InvoiceRow.number).is_not(None), *conditions)
    keys = session.execute(newest.group_by(col(InvoiceRow.issuer_id))).scalars()
    return {row.issuer_id: row.inputs.supplier.name for row in by_key(session, keys).values()}


def by_key(session: Session, invoice_ids: Iterable[int]) -> Mapping[int, InvoiceRow]:
    """Read documents by their keys."""
    chosen = select(InvoiceRow).where(one_of(col(InvoiceRow.id), invoice_ids))
    return {row.id: row for row in session.exec(chosen)}
