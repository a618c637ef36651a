"""Rows ⇄ values of credits by hand: prepared by one, released by another and issued with that, or withdrawn.

A release takes the lock of the contract, as a billing run does, and gives back under it: two at once never give back
more than is billed, and no run bills in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, text
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.credits.credit import CreditTerms, document_of, give_back
from billing.credits.credit_query import CreditQuery, CreditState
from billing.due import store as due_store
from billing.invoices import store as invoices
from billing.invoices.document_tax import Issuing
from billing.invoices.invoice import Line
from billing.invoices.made_out import MakingOut
from billing.invoices.prepaid_by import draws_on_claims, numbers_of_claims
from billing.invoices.store import Draft, InvoiceKind, StoredInvoice
from billing.issuing import issue
from billing.records.credit import AskedCredit, AskedCredits, CreditedLine, CreditRecord
from billing.records.inputs import Days, InvoiceInputs
from billing.tables import CreditRow, InvoiceRow
from billing.tax.document_rules import rules_with_sellers
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.contract import Contract
from contracts.indexation import store as indices
from contracts.indexation.store import indices_of
from contracts.party_profiles.store import known_profiles
from contracts.release.store import Releasing, may_release
from contracts.schedule import BillingPeriod
from contracts.tables import ContractRow
from metering.log.list_page import Listing
from metering.tables import within_tenant
from quantities.arithmetic import added
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage
from quantities.period import zone


class UnknownCredit(NotFound):
    """There is no credit of that number here."""


class CreditDone(Conflict):
    """The credit is issued or withdrawn already."""


@dataclass(frozen=True, slots=True)
class KnownCredit:
    """A credit with its state.

    Attributes:
        id: its key.
        contract: the reference of its contract.
        number: of the document that it gives back.
        supplier: whose document it is.
        reason: why.
        asked: what of which lines.
        currency: of the document.
        net: what it gives back, as it was prepared; once it is issued, as it was issued.
        prepared_by: by whom.
        prepared_at: when.
        released_by: by whom; None while it waits, and where it was withdrawn.
        released_at: when.
        withdrawn_by: by whom.
        withdrawn_at: when.
        documents: the numbers of the documents that it was issued as.
        is_void: whether these are void.
    """

    id: int
    contract: str
    number: str
    supplier: str
    reason: str
    asked: tuple[AskedCredit, ...]
    currency: str
    net: Decimal
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    documents: tuple[str, ...] = ()
    is_void: bool = False

    @property
    def state(self) -> CreditState:
        """Where it stands."""
        if self.withdrawn_at is not None:
            return CreditState.WITHDRAWN
        if self.is_void:
            return CreditState.VOID
        return CreditState.WAITING if self.released_at is None else CreditState.ISSUED


def prepare(
    session: Session,
    number: str,
    asked: Sequence[AskedCredit],
    *,
    supplier: str | None,
    reason: str,
    by: str,
    at: datetime,
) -> KnownCredit:
    """Prepare a credit of an issued document; where the tenant has switched four eyes off, it is issued at once.

    Args:
        session: states the tenant.
        number: of the document.
        asked: what of which lines.
        supplier: whose document, where several suppliers have one of that number.
        reason: why.
        by: who prepares it.
        at: now.

    Raises:
        UnknownInvoice: there is no such document here.
        WhichSupplier: several suppliers have one.
        LinesOfSeveralContracts: of a consolidated document, each contract is credited by itself.
        DocumentVoid: it is void.
        NoLineToCredit, LineAskedTwice, CreditOfCredit, PartOfCent, MoreThanBilled, NothingToGiveBack: as ``give_back``.
    """
    document = document_of(invoices.find(session, number, supplier), asked)
    contract_id = document.row.contract_id
    alone = may_release(session, by, at)
    if alone.by is not None:
        due_store.lock_contract(session, contract_id)
    given = _given(session, document, asked)
    row = CreditRow(
        contract_id=contract_id,
        customer_id=document.row.customer_id,
        invoice_id=document.row.id,
        reason=reason,
        asked=AskedCredits(lines=tuple(asked)),
        currency=document.row.currency,
        net=-added(line.net for line in given.lines),
        prepared_by=by,
        prepared_at=at,
    )
    session.add(row)
    session.flush()
    if alone.by is not None:
        _issue(session, row, given, alone.by, at)
    return find(session, row.id)


def release(session: Session, credit: int, releasing: Releasing) -> KnownCredit:
    """Release a credit that another has prepared: it is issued, and never changes again.

    Raises:
        UnknownCredit: there is none of that number.
        CreditDone: it is issued or withdrawn already.
        OwnWork: the same person has prepared it, and it is above the tenant's limit.
        DocumentVoid: the document is void by now.
        MoreThanBilled, NothingToGiveBack: less is billed by now than when it was prepared.
    """
    if releasing.by is None or releasing.at is None:
        raise UnknownCredit(f"nobody releases credit {credit}", found=credit)
    contract_id = session.exec(select(CreditRow.contract_id).where(CreditRow.id == credit)).one_or_none()
    if contract_id is None:
        raise UnknownCredit(f"there is no credit {credit} here", found=credit)
    due_store.lock_contract(
        session, contract_id
    )  # before the credit, as a run and whoever gives back of the same contract
    row = _open(session, credit)
    refuse_own_credit(session, row.id, row.prepared_by, releasing)
    (document,) = invoices.billed(session, [row.invoice_id])
    _issue(session, row, _given(session, document, row.asked.lines), releasing.by, releasing.at)
    return find(session, credit)


def withdraw(session: Session, credit: int, *, by: str, at: datetime) -> KnownCredit:
    """Withdraw a credit that waits: nothing of it was issued.

    Raises:
        UnknownCredit: there is none of that number.
        CreditDone: it is issued or withdrawn already.
    """
    row = _open(session, credit)
    row.withdrawn_by, row.withdrawn_at = by, at
    session.flush()
    session.refresh(row)
    return find(session, credit)


def refuse_own_credit(session: Session, credit: int, prepared_by: str, releasing: Releasing) -> None:
    """Refuse whoever acts where the credit is not theirs to release.

    Raises:
        OwnWork: the same person has prepared it, and it is above the tenant's limit.
    """
    if not session.execute(_IS_SMALL, {"credit": credit}).scalar_one():
        releasing.check(prepared_by)


# text: a function of the database, which the trigger on credits asks as well
_IS_SMALL = text("select credit_is_small(c, abs(c.net)) from credit c where c.id = :credit")


def _open(session: Session, credit: int) -> CreditRow:
    chosen = select(CreditRow).where(CreditRow.id == credit).with_for_update()
    row = session.exec(chosen.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownCredit(f"there is no credit {credit} here", found=credit)
    by, what = (row.released_by, "issued") if row.released_at is not None else (row.withdrawn_by, "withdrawn")
    if row.released_at is not None or row.withdrawn_at is not None:
        raise CreditDone(f"credit {credit} was {what} by {by}", found=what, expected="one that waits")
    return row


@dataclass(frozen=True, slots=True)
class _Given:
    """What a credit gives back of a document now."""

    document: StoredInvoice
    n: int
    recorded: tuple[CreditedLine, ...]
    lines: tuple[Line, ...]
    contract: Contract


def _given(session: Session, document: StoredInvoice, asked: Sequence[AskedCredit]) -> _Given:
    """Give back lines of a document, as its contract is billed now.

    Raises:
        DocumentVoid: the document is void.
    """
    invoices.refuse_void(document.row)
    so_far = invoices.billed(session, invoices.ids_of_contract(session, document.row.contract_id))
    contract = contracts.by_id(session, document.row.version_id).contract
    terms = CreditTerms(document.row.currency, contract.settings.rounding)
    n = next_number(session, document.row.contract_id)
    both = give_back(asked, document, so_far, n, terms)
    return _Given(document, n, tuple(one for one, _ in both), tuple(line for _, line in both), contract)


def next_number(session: Session, contract_id: int, before: int | None = None) -> int:
    """Number the next credit of a contract; that of a void one is not given again.

    Args:
        session: states the tenant.
        contract_id: of the contract.
        before: as it was when the document of this key was made.
    """
    notes = select(InvoiceRow).where(InvoiceRow.contract_id == contract_id, InvoiceRow.kind == InvoiceKind.CREDIT)
    if before is not None:
        notes = notes.where(col(InvoiceRow.id) < before)
    records = (note.inputs.credit for note in session.exec(notes))
    return max((record.n for record in records if record is not None), default=0) + 1


def _issue(session: Session, row: CreditRow, given: _Given, by: str, at: datetime) -> None:
    """Save the credit note, note who released it, and give it its number."""
    (saved,) = invoices.save(session, [_draft(session, row, given, at)], at)
    row.net, row.document_id = -added(line.net for line in given.lines), saved.work
    row.released_by, row.released_at = by, at
    session.flush()  # before its number: the database gives none to what is not released
    issue(session, [saved], at)
    session.refresh(row)


def _draft(session: Session, row: CreditRow, given: _Given, at: datetime) -> Draft:
    """Make the draft of a credit note: of the document's days, parties and version, by the rules of today."""
    document, contract = given.document, given.contract
    of_document = document.row.inputs
    today = at.astimezone(zone(contract.zone)).date()
    record = CreditRecord(
        n=given.n, document=document.row.id, number=document.name, reason=row.reason, lines=given.recorded
    )
    version, book = contracts.by_id(session, document.row.version_id), law_book(session)
    owner = of_document.supplier if of_document.made_out_by else None
    lookup = indices.lookup(session, indices_of([contract]))
    issuing = Issuing(contract, document.row.after_last - timedelta(days=1), book, lookup, owner)
    totals, tax = issuing.totalled(given.lines)
    days, whole = Days(document.row.first, document.row.after_last), of_document.whole_period
    owners = {} if owner is None else {owner.name: owner}
    sides = [version.supplier_id, version.customer_id, *invoices.party_keys(session, owners).values()]
    making_out = MakingOut(at, known_profiles(session, sides))
    return Draft(
        kind=InvoiceKind.CREDIT,
        version=version,
        period=BillingPeriod(*days, *whole),
        lines=given.lines,
        totals=totals,
        watermark=document.row.watermark,
        inputs=InvoiceInputs(
            contract=contract.contract,
            version_id=version.id,
            version_number=version.number,
            watermark=document.row.watermark,
            zone=contract.zone,
            period=days,
            whole_period=whole,
            supplier=contract.supplier,
            customer=contract.customer,
            payment_days=contract.settings.payment_days,
            documents=rules_with_sellers(book, contract.supplier, owners, today),
            credit=record,
            tax=tax,
            prepaid_by=_claims_of(session, document.row.contract_id, given.lines),
            invoicing=making_out.of_contract(contract, contract.supplier),
        ),
        ratings=(),
        sellers={} if owner is None else {owner.name: issuing},
        made_out=making_out.of_sellers(contract, owners),
    )


def _claims_of(session: Session, contract_id: int, lines: Sequence[Line]) -> tuple[str, ...]:
    """Name the documents that claimed what is given back of a drawdown."""
    claims = invoices.prepayment_claims(session, [contract_id]) if draws_on_claims(lines) else {}
    return numbers_of_claims(lines, claims.get(contract_id, ()))


def find(session: Session, credit: int) -> KnownCredit:
    """Find a credit.

    Raises:
        UnknownCredit: there is none of that number.
    """
    known = _known(session, [credit])
    if not known:
        raise UnknownCredit(f"there is no credit {credit} here", found=credit)
    return known[0]


def waiting_credits(session: Session) -> list[KnownCredit]:
    """List the credits that wait for a release, oldest first."""
    chosen = select(col(CreditRow.id)).where(_in_state(CreditState.WAITING)).order_by(col(CreditRow.id))
    return _known(session, session.exec(chosen).all())


def of_documents(session: Session, documents: Sequence[int]) -> dict[int, CreditRow]:
    """Find the credits that were issued as documents, by the key of the first of them."""
    rows = session.exec(select(CreditRow).where(col(CreditRow.document_id).in_(documents)))
    return {row.document_id: row for row in rows if row.document_id is not None}


def listed(session: Session, query: CreditQuery) -> ListPage[KnownCredit]:
    """List credits in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_known(session, [row.id for row in page.rows])))


def _in_state(state: CreditState) -> ColumnElement[bool]:
    released, withdrawn = col(CreditRow.released_at), col(CreditRow.withdrawn_at)
    void = (
        select(InvoiceRow.id)
        .where(InvoiceRow.id == CreditRow.document_id, col(InvoiceRow.voided_on).is_not(None))
        .exists()
    )
    conditions: dict[CreditState, ColumnElement[bool]] = {
        CreditState.WAITING: released.is_(None) & withdrawn.is_(None),
        CreditState.ISSUED: released.is_not(None) & ~void,
        CreditState.VOID: void,
        CreditState.WITHDRAWN: withdrawn.is_not(None),
    }
    return conditions[state]


_LISTING = Listing(
    statement=columns(col(CreditRow.id)),
    key=col(CreditRow.id),
    sorts={"credit": col(CreditRow.id)},
    filters={
        "state": _in_state,
        "contract": lambda reference: (
            col(CreditRow.contract_id)
            == (select(ContractRow.id).where(ContractRow.reference == reference).scalar_subquery())
        ),
    },
    named="credit",
)


def _known(session: Session, keys: Sequence[int]) -> list[KnownCredit]:
    chosen = (
        select(CreditRow, col(ContractRow.reference), InvoiceRow)
        .join(ContractRow, within_tenant(ContractRow.id, CreditRow.contract_id))
        .join(InvoiceRow, within_tenant(InvoiceRow.id, CreditRow.invoice_id))
        .where(col(CreditRow.id).in_(keys))
        .order_by(col(CreditRow.id))
    )
    rows = session.exec(chosen).all()
    works = [row.document_id for row, *_ in rows if row.document_id is not None]
    documents = invoices.ids_of_works(session, works)
    ids = [key for of_work in documents.values() for key in of_work]
    issued = {invoice.row.id: invoice for invoice in invoices.heads(session, ids)}
    return [
        KnownCredit(
            id=row.id,
            contract=reference,
            number=invoice.number or "",
            supplier=invoice.inputs.supplier.name,
            reason=row.reason,
            asked=row.asked.lines,
            currency=row.currency,
            net=row.net,
            prepared_by=row.prepared_by,
            prepared_at=row.prepared_at,
            released_by=row.released_by,
            released_at=row.released_at,
            withdrawn_by=row.withdrawn_by,
            withdrawn_at=row.withdrawn_at,
            documents=tuple(issued[key].name for key in documents.get(row.document_id or 0, ())),
            is_void=row.document_id is not None and issued[row.document_id].row.voided_on is not None,
        )
        for row, reference, invoice in rows
    ]
