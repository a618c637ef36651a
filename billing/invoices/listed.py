"""The list of invoices, in pages, and what those of it come to."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, type_coerce
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from billing.invoices.invoice_query import InvoiceQuery, InvoiceStanding, InvoiceTotals
from billing.invoices.store import InvoiceKind, StoredInvoice, heads
from billing.receivables.standings import in_payment_state, taken_off
from billing.tables import DisputeRow, InvoiceRow, RatingRow
from contracts.tables import ContractRow, PartyRow
from metering.log.list_page import Listing
from quantities.listing import ListPage
from quantities.months import days_of_month


def _named(row: Any, name: Any, value: str) -> Any:
    """Select the key of what has a name, or none."""
    return select(row.id).where(name == value).scalar_subquery()


def _issued_in(month: str) -> ColumnElement[bool]:
    first, after_last = days_of_month(month)
    return (col(InvoiceRow.issued_on) >= first) & (col(InvoiceRow.issued_on) < after_last)


def _of_service_in(month: str) -> ColumnElement[bool]:
    first, after_last = days_of_month(month)
    return (col(InvoiceRow.first) < after_last) & (col(InvoiceRow.after_last) > first)


def _in_state(state: InvoiceStanding) -> ColumnElement[bool]:
    member = aliased(InvoiceRow)
    own, within = _conditions(InvoiceRow), _conditions(member)
    is_whole = col(InvoiceRow.kind) == InvoiceKind.CONSOLIDATED
    is_corrected, is_disputed = (
        (~is_whole & of_own)
        | (is_whole & select(member.id).where(member.within_id == InvoiceRow.id, of_member).exists())
        for of_own, of_member in zip(own, within, strict=True)
    )
    counts = col(InvoiceRow.voided_on).is_(None)
    conditions: dict[InvoiceStanding, ColumnElement[bool]] = {
        InvoiceStanding.CORRECTED: counts & is_corrected,
        InvoiceStanding.DISPUTED: counts & is_disputed,
        InvoiceStanding.UNCHANGED: counts & ~is_corrected & ~is_disputed,
        InvoiceStanding.VOID: ~counts,
    }
    return conditions[state]


def _conditions(row: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Set the conditions that a contract's own document is corrected, and that it is disputed."""
    rating, dispute, note = RatingRow, DisputeRow, aliased(InvoiceRow)
    later = col(rating.document_id)
    work = func.coalesce(col(row.of_id), col(row.id))
    of_it = select(rating.id).where(
        rating.invoice_id == work, later.is_not(None), later != work, col(rating.counts_until).is_(None)
    )
    over_it = select(dispute.id).where(
        dispute.contract_id == row.contract_id,
        col(dispute.outcome).is_(None),
        dispute.first < row.after_last,
        dispute.after_last > row.first,
    )
    gives_back = type_coerce(note.inputs, JSONB)["credit"]["document"].as_integer() == row.id
    note_of_it = select(note.id).where(
        note.contract_id == row.contract_id, note.kind == InvoiceKind.CREDIT, col(note.voided_on).is_(None), gives_back
    )
    return of_it.exists() | note_of_it.exists(), over_it.exists()


def _bills(name: str) -> ColumnElement[bool]:
    """Set the condition that a document bills a contract: it alone, or others as well."""
    contract_id, member = _named(ContractRow, ContractRow.reference, name), aliased(InvoiceRow)
    within = select(member.within_id).where(member.contract_id == contract_id, col(member.within_id).is_not(None))
    bills: ColumnElement[bool] = (col(InvoiceRow.contract_id) == contract_id) | col(InvoiceRow.id).in_(within)
    return bills


_SUPPLIER = type_coerce(InvoiceRow.inputs, JSONB)["supplier"]["name"].astext

_LISTING = Listing(
    # what stands within a consolidated document is read with it
    statement=columns(col(InvoiceRow.id)).where(
        col(InvoiceRow.came_to_nothing).is_(False), col(InvoiceRow.within_id).is_(None)
    ),
    key=col(InvoiceRow.id),
    sorts={
        "created": col(InvoiceRow.id),
        "issued_on": col(InvoiceRow.issued_on),
        "period_from": col(InvoiceRow.first),
    },
    filters={
        "kind": lambda kind: col(InvoiceRow.kind) == kind.value,
        "document_type": lambda document_type: col(InvoiceRow.document_type) == document_type.value,
        "state": _in_state,
        "month": _issued_in,
        "issued_from": lambda day: col(InvoiceRow.issued_on) >= day,
        "issued_to": lambda day: col(InvoiceRow.issued_on) <= day,
        "due_from": lambda day: col(InvoiceRow.due_on) >= day,
        "due_to": lambda day: col(InvoiceRow.due_on) <= day,
        "service_month": _of_service_in,
        "contract": _bills,
        "customer": lambda name: col(InvoiceRow.customer_id) == _named(PartyRow, PartyRow.name, name),
        "supplier": lambda name: col(InvoiceRow.issuer_id) == _named(PartyRow, PartyRow.name, name),
    },
)
# a customer sees its supplier in the invoices alone, for of parties it sees itself: so the invoices' own word is taken
_OF_CUSTOMER = replace(_LISTING, filters={**_LISTING.filters, "supplier": lambda name: name == _SUPPLIER})


def listed(
    session: Session, query: InvoiceQuery, now: datetime, *, as_customer: bool = False
) -> ListPage[StoredInvoice]:
    """List invoices in pages, without their lines: those that are visible here and that the query lets through.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _listing(session, now, as_customer=as_customer).page(session, query)
    return page.of(tuple(heads(session, [row.id for row in page.rows])))


def ids_listed(session: Session, query: InvoiceQuery) -> list[int]:
    """List the keys of all invoices that a query lets through, on whatever page, oldest first."""
    return list(session.execute(_LISTING.chosen(query).order_by(col(InvoiceRow.id))).scalars())


def totals(session: Session, query: InvoiceQuery, now: datetime, *, as_customer: bool = False) -> list[InvoiceTotals]:
    """Add up the invoices that a query lets through, on whatever page, by currency in alphabetical order.

    What is void is left out.
    """
    row = InvoiceRow
    sums = (func.sum(row.net), func.sum(row.vat), func.sum(row.gross))
    chosen = _listing(session, now, as_customer=as_customer).chosen(query).where(col(row.voided_on).is_(None))
    added_up = chosen.with_only_columns(col(row.currency), func.count(), *sums)
    rows = session.execute(added_up.group_by(col(row.currency)).order_by(col(row.currency)))
    taken = taken_off(session, chosen)
    return [
        InvoiceTotals(
            currency=currency, invoices=count, net=net, vat=vat, gross=gross, open=gross - taken.get(currency, 0)
        )
        for currency, count, net, vat, gross in rows
    ]


def _listing(session: Session, now: datetime, *, as_customer: bool) -> Listing:
    """Let the list be asked where invoices stand today, besides all that does not depend on the day."""
    listing = _OF_CUSTOMER if as_customer else _LISTING
    by_payment = {"payment": lambda state: in_payment_state(session, state, now)}
    return replace(listing, filters={**listing.filters, **by_payment})
