"""Rows ⇄ values of voidings: asked for by one, released by another, or withdrawn.

A release takes the lock of the contract, as a billing run does, and then that of the account, as whoever sends a
document or pays it does: so nothing of the work is sent, paid or billed in between. In its transaction the work counts
no more: its ratings with it, its period is due again, and what its corrections settled is stale again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from billing.bank.orders.state import MAY_BRING_MONEY
from billing.bank.orders.tables import BankOrderRow
from billing.clearance import store as clearances
from billing.clearance.life import ClearanceStatus
from billing.delivery.state import MAY_HAVE_ARRIVED
from billing.due import store as due_store
from billing.invoices import store as invoices
from billing.invoices.store import InvoiceKind, StoredInvoice, refuse_void
from billing.payments.gateway import OrderedMovement
from billing.payments.orders.state import MAY_HAVE_COME
from billing.payments.tables import GatewayOrderRow
from billing.rated import store as rated
from billing.receivables.issued import account_of, by_key, document, today_of
from billing.receivables.store import lock_account
from billing.run import plan_corrections
from billing.tables import (
    CreditRow,
    DeliveryDownloadRow,
    DeliveryLinkRow,
    DeliveryRow,
    InvoiceRow,
    PayeeDocumentRow,
    PaymentAllocationRow,
    PaymentRow,
    SendingRow,
    StaleRow,
    StatementRow,
    VoidingRow,
    WriteOffRow,
)
from billing.voiding.reliance import Reliance, refuse_reliance
from contracts.release.store import OwnWork, Releasing, may_release
from metering.tables import within_tenant
from quantities.errors import Conflict, NotFound


class NoVoiding(NotFound):
    """Nobody has asked for the document to be void."""


class VoidingAsked(Conflict):
    """Somebody has asked for the document to be void already."""


class VoidingState(StrEnum):
    """Where a voiding stands: it waits for another person, is released, or was withdrawn."""

    WAITING = "waiting"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class KnownVoiding:
    """A voiding with its state.

    Attributes:
        documents: the numbers of all documents of the work, in their order.
        contract: the reference of their contract.
        supplier: whose documents they are.
        reason: why.
        asked_by: by whom it was asked for.
        asked_at: when.
        released_by: by whom; None while it waits, and where it was withdrawn.
        released_at: when.
        withdrawn_by: by whom.
        withdrawn_at: when.
        voided_on: the day in the supplier's books since when they are void.
    """

    documents: tuple[str, ...]
    contract: str
    supplier: str
    reason: str
    asked_by: str
    asked_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    voided_on: date | None

    @property
    def state(self) -> VoidingState:
        """Where it stands."""
        if self.withdrawn_at is not None:
            return VoidingState.WITHDRAWN
        return VoidingState.WAITING if self.released_at is None else VoidingState.RELEASED


def ask(session: Session, number: str, supplier: str | None, *, reason: str, by: str, at: datetime) -> KnownVoiding:
    """Ask for a piece of work to be void, all its documents together; another person releases it.

    Args:
        session: states the tenant.
        number: of any document of the work.
        supplier: whose, where several have one of that number.
        reason: why.
        by: who asks.
        at: now.

    Returns:
        The voiding; released already where the tenant has switched four eyes off.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        DocumentVoid: it is void already.
        VoidingAsked: somebody has asked for it already.
        UsufructError: something relies on it (``reliance.refuse_reliance``).
    """
    work = _locked(session, number, supplier)
    waiting = _newest(session, work.key)
    if waiting is not None and waiting.withdrawn_at is None:
        detail = f"{waiting.asked_by} has asked for {number} to be void on {waiting.asked_at.date()}"
        raise VoidingAsked(detail, found=waiting.asked_by, expected="a document of which nobody has asked it")
    refuse_reliance(work.documents[0].number or "", _reliance(session, work))
    first = work.documents[0]
    row = VoidingRow(
        contract_id=first.contract_id,
        customer_id=first.customer_id,
        invoice_id=work.key,
        reason=reason,
        asked_by=by,
        asked_at=at,
    )
    session.add(row)
    session.flush()
    alone = may_release(session, by, at)
    if alone.by is not None:
        _release(session, row, work, alone.by, at)
    session.refresh(row)
    return _known(row, work)


def release(session: Session, number: str, supplier: str | None, releasing: Releasing) -> KnownVoiding:
    """Release a voiding that another has asked for: the work counts no more, and what it billed is due again.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        NoVoiding: nobody has asked for it.
        DocumentVoid: it is void already.
        OwnWork: the same person has asked for it.
        UsufructError: something relies on it by now (``reliance.refuse_reliance``).
    """
    if releasing.by is None or releasing.at is None:
        raise OwnWork("nobody is stated who acts", found=None, expected="a person")
    work = _locked(session, number, supplier)
    row = _open(session, number, work)
    releasing.check(row.asked_by)
    refuse_reliance(work.documents[0].number or "", _reliance(session, work))
    _release(session, row, work, releasing.by, releasing.at)
    return _known(row, work)


def withdraw(session: Session, number: str, supplier: str | None, *, by: str, at: datetime) -> KnownVoiding:
    """Withdraw a voiding that waits: the documents count as they did.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        NoVoiding: nobody has asked for it.
        DocumentVoid: it is void already.
    """
    work = _locked(session, number, supplier)
    row = _open(session, number, work)
    row.withdrawn_by, row.withdrawn_at = by, at
    session.flush()
    session.refresh(row)
    return _known(row, work)


def find(session: Session, number: str, supplier: str | None = None) -> KnownVoiding:
    """Find what was asked last of a document.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        NoVoiding: nobody has asked for it.
    """
    work = _work(session, document(session, number, supplier))
    row = _newest(session, work.key)
    if row is None:
        raise NoVoiding(f"nobody has asked for {number} to be void", found=number)
    return _known(row, work)


def of_invoice(session: Session, invoice: StoredInvoice) -> KnownVoiding | None:
    """Say why a document is void, and by whom; None of one that counts."""
    if invoice.row.voided_on is None:
        return None
    work = _work(session, invoice.row)
    row = _newest(session, work.key)
    return None if row is None else _known(row, work)


def is_asked(session: Session, row: InvoiceRow) -> bool:
    """Whether somebody has asked for a document to be void, and nobody has released or withdrawn it yet."""
    newest = _newest(session, _work(session, row).key)
    return newest is not None and newest.released_at is None and newest.withdrawn_at is None


def waiting_voidings(session: Session) -> list[KnownVoiding]:
    """List the voidings that wait for another person, the oldest first."""
    waits = select(VoidingRow).where(col(VoidingRow.released_at).is_(None), col(VoidingRow.withdrawn_at).is_(None))
    rows = session.exec(waits.order_by(col(VoidingRow.id))).all()
    first = by_key(session, (row.invoice_id for row in rows))
    return [_known(row, _work(session, first[row.invoice_id])) for row in rows]


@dataclass(frozen=True, slots=True)
class _VoidableWork:
    """What is void together: a piece of work, or all those on a consolidated document.

    Attributes:
        documents: all of them; the first names it: that of the work, or the consolidated one.
        works: the documents of each piece of work, in order.
    """

    documents: Sequence[InvoiceRow]
    works: Sequence[Sequence[InvoiceRow]]

    @property
    def key(self) -> int:
        return self.documents[0].id

    @property
    def keys(self) -> list[int]:
        return [row.id for row in self.documents]

    @property
    def numbers(self) -> dict[int, str]:
        return {row.id: row.number or "" for row in self.documents}


def _work(session: Session, row: InvoiceRow) -> _VoidableWork:
    of_row = [row.id] if row.kind == InvoiceKind.CONSOLIDATED else _keys_of_work(session, row)
    rows = by_key(session, of_row)
    wholes = {row.id for row in rows.values() if row.kind == InvoiceKind.CONSOLIDATED}
    wholes |= {row.within_id for row in rows.values() if row.within_id is not None}
    if not wholes:
        documents = [rows[key] for key in sorted(rows)]
        return _VoidableWork(documents, [documents])
    (whole,) = by_key(session, wholes).values()
    members = by_key(session, invoices.ids_within(session, [whole.id]))
    works = [list(by_key(session, _keys_of_work(session, members[key])).values()) for key in sorted(members)]
    works = [sorted(work, key=lambda document: document.id) for work in works]
    return _VoidableWork([whole, *(document for work in works for document in work)], works)


def _keys_of_work(session: Session, row: InvoiceRow) -> list[int]:
    key = row.id if row.of_id is None else row.of_id
    return invoices.ids_of_works(session, [key])[key]


def _locked(session: Session, number: str, supplier: str | None) -> _VoidableWork:
    """Find a work, and lock its contract and its accounts, which of several issuers are several; as it is then.

    Raises:
        DocumentVoid: it is void already.
    """
    row = document(session, number, supplier)
    work = _work(session, row)
    for contract_id in sorted({one.contract_id for one in work.documents}):
        due_store.lock_contract(session, contract_id)
    for key in sorted({account_of(one) for one in work.documents}, key=lambda key: key.issuer_id):
        lock_account(session, key)
    for one in work.documents:
        session.refresh(one)
    refuse_void(work.documents[0])
    return work


def _newest(session: Session, work: int) -> VoidingRow | None:
    chosen = select(VoidingRow).where(VoidingRow.invoice_id == work).order_by(col(VoidingRow.id).desc()).limit(1)
    return session.exec(chosen.execution_options(populate_existing=True)).first()


def _open(session: Session, number: str, work: _VoidableWork) -> VoidingRow:
    row = _newest(session, work.key)
    if row is None or row.withdrawn_at is not None:
        raise NoVoiding(f"nobody has asked for {number} to be void", found=number)
    return row


def _release(session: Session, row: VoidingRow, work: _VoidableWork, by: str, at: datetime) -> None:
    """Let a work count no more, in all that rests on it; the release stands first, for the database asks for it."""
    row.released_by, row.released_at = by, at
    session.flush()
    session.refresh(row)
    for one in work.documents:
        of_contract = select(func.max(InvoiceRow.id)).where(InvoiceRow.contract_id == one.contract_id)
        marked = {"voided_on": today_of(one, at), "counts_until": session.exec(of_contract).one()}
        mark = update(InvoiceRow).where(col(InvoiceRow.id) == one.id)
        session.execute(mark.values(marked).execution_options(**_NO_OBJECTS))
        session.refresh(one)
    for documents in work.works:
        _count_no_more(session, documents[0], at)


def _count_no_more(session: Session, first: InvoiceRow, at: datetime) -> None:
    """Let the ratings of a piece of work count no more; its period is due again, what it corrected is stale again."""
    reopened = list(session.execute(_VOID_RATINGS, {"work": first.id, "contract": first.contract_id}).scalars())
    before = rated.newest(session, [first.contract_id]).get(first.contract_id, {})
    again = [before[key].id for key in sorted(set(reopened) - {first.id}) if key in before]
    if again:
        rows = [{"rating_id": key, "found_at": at, "sources": []} for key in again]
        session.execute(insert(StaleRow).on_conflict_do_nothing(), rows)
        plan_corrections(session, first.tenant, [first.contract_id], at)
    kind = InvoiceKind(first.kind)
    if kind in {InvoiceKind.PERIOD, InvoiceKind.OPENING}:
        due_store.open_again(session, first.tenant, first.contract_id, kind, first.first)


_NO_OBJECTS = {"synchronize_session": False}
# text: an update of what is found beside other rows. With a document its ratings count no more, nor those that found
# nothing to settle since: of its own period, and of the periods that it corrected
_VOID_RATINGS = text(
    """
    update rating r set counts_until = (select max(id) from rating where contract_id = :contract)
    where r.contract_id = :contract and r.counts_until is null and (
        r.document_id = :work or r.invoice_id = :work
        or exists (select from rating v where v.invoice_id = r.invoice_id and v.document_id = :work and v.id < r.id))
    returning r.invoice_id
    """
)


def _reliance(session: Session, work: _VoidableWork) -> Reliance:
    """Read what relies on what is to be void, by now."""
    keys, numbers = work.keys, work.numbers
    sent = select(SendingRow.invoice_id, func.min(SendingRow.sent_on)).where(col(SendingRow.invoice_id).in_(keys))
    later = [_later(session, documents) for documents in work.works]
    return Reliance(
        sent={
            **_on_their_way(session, work),
            **{numbers[key]: day for key, day in session.exec(sent.group_by(col(SendingRow.invoice_id)))},
        },
        opened=_opened(session, work),
        cleared=_cleared(session, numbers),
        paid=_paid(session, numbers),
        collected=_collected(session, numbers),
        written_off=_written_off(session, numbers),
        given_back=_given_back(session, numbers),
        corrected=[number for corrected, _, _ in later for number in corrected],
        drawn=[number for _, drawn, _ in later for number in drawn],
        stated=[statement for _, _, stated in later for statement in stated],
    )


def _collected(session: Session, numbers: dict[int, str]) -> dict[str, int]:
    """Name the orders by which a gateway or a bank may bring money for documents, or did."""
    row = GatewayOrderRow
    chosen = select(row.invoice_id, row.id).where(
        col(row.invoice_id).in_(list(numbers)),
        col(row.movement).in_([OrderedMovement.CHARGE.value, OrderedMovement.SESSION.value]),
        col(row.state).in_([state.value for state in MAY_HAVE_COME]),
    )
    by_gateway = {numbers[invoice]: key for invoice, key in session.exec(chosen) if invoice is not None}
    order = BankOrderRow
    of_bank = select(order.invoice_id, order.id).where(
        col(order.invoice_id).in_(list(numbers)),
        col(order.state).in_([state.value for state in MAY_BRING_MONEY]),
    )
    by_bank = {numbers[invoice]: key for invoice, key in session.exec(of_bank) if invoice is not None}
    return by_bank | by_gateway


def _on_their_way(session: Session, work: _VoidableWork) -> dict[str, date]:
    """Name the documents of which a delivery may have arrived, with the day of its last attempt."""
    rows = {row.id: row for row in work.documents}
    chosen = select(DeliveryRow.invoice_id, DeliveryRow.began_at, DeliveryRow.asked_at).where(
        col(DeliveryRow.invoice_id).in_(work.keys),
        col(DeliveryRow.state).in_([state.value for state in MAY_HAVE_ARRIVED]),
    )
    sent = {
        rows[key].number or "": today_of(rows[key], began or asked)
        for key, began, asked in session.exec(chosen)
        if key is not None
    }
    return sent | _payees_on_their_way(session, rows)


def _payees_on_their_way(session: Session, rows: Mapping[int, InvoiceRow]) -> dict[str, date]:
    """Name the documents of payees that come of some documents and may have arrived, likewise."""
    on_their_way = (
        select(PayeeDocumentRow.number, PayeeDocumentRow.invoice_id, DeliveryRow.began_at, DeliveryRow.asked_at)
        .join(DeliveryRow, within_tenant(DeliveryRow.payee_document_id, PayeeDocumentRow.id))
        .where(
            col(PayeeDocumentRow.invoice_id).in_(list(rows)),
            col(DeliveryRow.state).in_([state.value for state in MAY_HAVE_ARRIVED]),
        )
    )
    return {
        number: today_of(rows[key], began or asked) for number, key, began, asked in session.exec(on_their_way).all()
    }


def _opened(session: Session, work: _VoidableWork) -> dict[str, date]:
    """Name the documents that somebody has opened by a link, whoever handed it on, with the day of the first time."""
    rows = {row.id: row for row in work.documents}
    download, link, of_payee = DeliveryDownloadRow, DeliveryLinkRow, PayeeDocumentRow
    opened = (
        select(col(link.invoice_id), col(of_payee.invoice_id), col(of_payee.number), func.min(download.at))
        .join(link, within_tenant(link.id, download.link_id))
        .outerjoin(of_payee, within_tenant(of_payee.id, link.payee_document_id))
        .where(col(link.invoice_id).in_(work.keys) | col(of_payee.invoice_id).in_(work.keys))
        .group_by(col(link.invoice_id), col(of_payee.invoice_id), col(of_payee.number))
    )
    return {
        number or rows[key or of].number or "": today_of(rows[key or of], at)
        for key, of, number, at in session.exec(opened)
    }


def _later(session: Session, documents: Sequence[InvoiceRow]) -> tuple[list[str], list[str], list[int]]:
    """Name the later documents that correct what a piece of work bills, those that draw on it, and statements since."""
    first, last = documents[0], documents[-1]
    stated = select(StatementRow.id).where(
        StatementRow.contract_id == first.contract_id,
        (col(StatementRow.prepared_at) > first.created_at)
        | (col(StatementRow.prepared_at) == first.created_at) & (col(StatementRow.after_last) > first.after_last),
    )
    asked = {
        "contract": first.contract_id,
        "work": first.id,
        "last": last.id,
        "documents": [row.id for row in documents],
        "numbers": [row.number or "" for row in documents],
    }
    return (
        list(session.execute(_CORRECTED, asked).scalars()),
        list(session.execute(_DRAWN, asked).scalars()),
        list(session.exec(stated.order_by(col(StatementRow.id)))),
    )


def _cleared(session: Session, numbers: dict[int, str]) -> dict[str, str]:
    """Name the states that were asked about documents, or about those of payees that come of them, by number."""
    of_payees = select(PayeeDocumentRow.id, PayeeDocumentRow.invoice_id)
    coming = dict(session.exec(of_payees.where(col(PayeeDocumentRow.invoice_id).in_(list(numbers)))).all())
    known = [*clearances.of_invoices(session, numbers), *clearances.of_payee_documents(session, coming)]
    names = {}
    for one in known:
        if ClearanceStatus(one.row.status).holds_document:
            names.update(dict.fromkeys(one.documents, one.row.authority))
    return names


def _paid(session: Session, numbers: dict[int, str]) -> dict[str, list[int]]:
    """Name the payments of documents that are not reversed, by number."""
    row = PaymentAllocationRow
    reversed_ = select(PaymentRow.reverses_id).where(col(PaymentRow.reverses_id).is_not(None))
    chosen = (
        select(row.invoice_id, row.payment_id)
        .join(PaymentRow, within_tenant(PaymentRow.id, row.payment_id))
        .where(col(row.invoice_id).in_(list(numbers)), col(PaymentRow.reverses_id).is_(None))
        .where(col(row.payment_id).not_in(reversed_))
        .order_by(col(row.id))
    )
    paid: dict[str, list[int]] = {}
    for invoice_id, payment_id in session.exec(chosen):
        paid.setdefault(numbers[invoice_id], []).append(payment_id)
    return paid


def _written_off(session: Session, numbers: dict[int, str]) -> dict[str, Decimal]:
    row = WriteOffRow
    sums = select(row.invoice_id, func.sum(row.amount)).where(
        col(row.invoice_id).in_(list(numbers)), col(row.released_at).is_not(None)
    )
    given_up = session.exec(sums.group_by(col(row.invoice_id)))
    return {numbers[key]: amount for key, amount in given_up if amount}


def _given_back(session: Session, numbers: dict[int, str]) -> dict[str, list[str]]:
    chosen = (
        select(CreditRow.invoice_id, col(InvoiceRow.number))
        .join(InvoiceRow, within_tenant(InvoiceRow.id, CreditRow.document_id))
        .where(col(CreditRow.invoice_id).in_(list(numbers)), col(InvoiceRow.voided_on).is_(None))
        .order_by(col(CreditRow.id))
    )
    notes: dict[str, list[str]] = {}
    for key, number in session.exec(chosen):
        notes.setdefault(numbers[key], []).append(number or "")
    return notes


# text: what a work bills, corrects or gives back, and of these the later documents with lines that correct them
_CORRECTED = text(
    """
    with concerned as (
        select cast(:work as int) as work
        union select invoice_id from rating where document_id = :work and counts_until is null
        union select corrects_id from invoice_line where invoice_id = any(:documents) and corrects_id is not null)
    select distinct i.number from invoice i join invoice_line l on l.tenant = i.tenant and l.invoice_id = i.id
    where i.contract_id = :contract and i.id > :last and i.kind <> 'credit' and i.voided_on is null
      and l.corrects_id in (select work from concerned)
    order by i.number
    """
)
# text: the members of a JSON array
_DRAWN = text(
    """
    select i.number from invoice i
    where i.contract_id = :contract and i.id <> all(:documents) and i.voided_on is null and i.number is not null
      and jsonb_exists_any(coalesce(i.inputs -> 'prepaid_by', '[]'), cast(:numbers as text[]))
    order by i.id
    """
)


def _known(row: VoidingRow, work: _VoidableWork) -> KnownVoiding:
    first = work.documents[0]
    return KnownVoiding(
        documents=tuple(dict.fromkeys(work.numbers.values())),
        contract=first.inputs.contract,
        supplier=first.inputs.supplier.name,
        reason=row.reason,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        released_by=row.released_by,
        released_at=row.released_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=row.withdrawn_at,
        voided_on=first.voided_on,
    )
