"""Rows ⇄ values of invoices: saved, numbered, read back."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, func, type_coerce
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session, col, select

from billing.invoices.division import Paper, divide
from billing.invoices.document_tax import Issuing, part_of
from billing.invoices.invoice import Corrects, Line, Totals
from billing.invoices.prepaid_by import PrepaymentClaim, numbers_of_claims
from billing.rated import store as rated
from billing.rated.store import NewRating, RatingHome
from billing.records.document_type import DocumentType
from billing.records.inputs import InvoiceInputs
from billing.records.invoicing import InvoicingRecord
from billing.records.record import written_as_text
from billing.tables import InvoiceLineRow, InvoiceRow, RatingRow
from billing.tax.tax import Tax, TaxCategory
from contracts.rated_line import Nature
from contracts.schedule import BillingPeriod
from contracts.store import Version
from contracts.tables import PartyRow
from metering.log.bulk_rows import copy_rows, insert_rows, rows_named
from quantities.errors import Conflict, Invalid, NotFound

#: How the name of a draft begins (billing/drafts/draft.py); the number of an invoice never does.
DRAFT = "draft-"


class InvoiceKind(StrEnum):
    """What a document is of.

    A ``period`` that has ended; the ``opening`` of a contract, with its first fees; the ``correction`` of some of
    these, where no later period carries it; the ``credit`` of lines that are given back by hand; what is claimed of
    documents that are paid ``late``; an ``advance``, claimed on account or to top credit up, or what gives the rest of
    such back; or it is a ``consolidated`` one, of the periods and openings of several contracts.
    """

    PERIOD = "period"
    OPENING = "opening"
    CORRECTION = "correction"
    CREDIT = "credit"
    ADVANCE = "advance"
    CONSOLIDATED = "consolidated"
    LATE = "late"


#: What is of several contracts, or of none of a contract's work: no rating of a contract counts it.
OF_NO_WORK = (InvoiceKind.CONSOLIDATED, InvoiceKind.LATE)


class UnknownInvoice(NotFound):
    """There is no invoice of that number here."""


class DocumentVoid(Conflict):
    """The document is void."""


class WhichSupplier(Invalid):
    """Several suppliers have an invoice of this number."""


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An invoice with its lines.

    Attributes:
        row: its header.
        lines: in order.
        ratings: that it settles: of its own period, and of earlier ones.
        draft: its name, where it is not issued and somebody looks at it.
        members: of a consolidated document the contracts' own ones, whose lines are its lines, in order.
        before: of one that stands within a consolidated document, how many lines stand there before its own.
    """

    row: InvoiceRow
    lines: tuple[Line, ...]
    ratings: tuple[RatingRow, ...] = ()
    draft: str = ""
    members: "tuple[StoredInvoice, ...]" = ()
    before: int = 0

    @property
    def name(self) -> str:
        """Its number; of a draft, its name."""
        return self.row.number or self.draft

    @property
    def work(self) -> int:
        """The key of the first document of the same piece of work, which ratings name; its own, if it is that one."""
        return _work(self.row)

    @property
    def payable(self) -> Decimal:
        """What is to be paid: net and VAT, brought to the agreed prices with tax, less what is withheld."""
        tax, nothing = self.row.inputs.tax, Decimal(0)
        return self.row.gross if tax is None else self.row.gross + (tax.rounding or nothing) - (tax.withheld or nothing)

    @property
    def own_rating(self) -> RatingRow | None:
        """The rating of its own period; None of a correction, which has no period of its own."""
        return next((rating for rating in self.ratings if rating.invoice_id == self.work), None)

    @property
    def corrections(self) -> tuple[RatingRow, ...]:
        """The ratings of earlier periods, in the order in which they were rated."""
        return tuple(rating for rating in self.ratings if rating.invoice_id != self.work)

    @property
    def parts(self) -> "tuple[StoredInvoice, ...]":
        """The contracts' own documents that it consists of; itself, where it is one contract's."""
        return self.members or (self,)

    def holding(self, members: "Sequence[StoredInvoice]") -> "StoredInvoice":
        """The consolidated document that it will be with these within it; without any, itself.

        Rows say what stands within which document once it has a number, and not before.
        """
        if not members:
            return self
        parts, lines = list[StoredInvoice](), list[Line]()
        for member in members:
            parts.append(replace(member, before=len(lines)))
            lines += member.lines
        return replace(self, lines=tuple(lines), members=tuple(parts))

    @property
    def contracts(self) -> tuple[str, ...]:
        """The references of the contracts that it bills, in the order of its lines."""
        return tuple(dict.fromkeys(part.row.inputs.contract for part in self.parts))

    @property
    def names(self) -> tuple[str, ...]:
        """The numbers of the documents that it corrects, in the order of its lines (BG-3)."""
        numbers = (line.corrects.number for line in self.lines if line.corrects is not None and line.corrects.number)
        return tuple(dict.fromkeys(numbers))


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice before it is saved.

    Attributes:
        kind: of a period, or the opening.
        version: the newest contract version that it bills.
        period: what it bills.
        lines: in order.
        totals: their sums.
        watermark: up to which batch it knows.
        inputs: what it was made of.
        ratings: that it settles.
        sellers: how documents are totalled that are issued in the names of others, by these names.
        made_out: how these are made out, by the same names.
    """

    kind: InvoiceKind
    version: Version
    period: BillingPeriod
    lines: tuple[Line, ...]
    totals: Totals
    watermark: int
    inputs: InvoiceInputs
    ratings: tuple[NewRating, ...]
    sellers: Mapping[str, Issuing] = field(default_factory=dict)
    made_out: Mapping[str, InvoicingRecord | None] = field(default_factory=dict)


def member_of_line(invoice: StoredInvoice, position: int) -> tuple[StoredInvoice, int]:
    """Find the contract's own document of a line, and the line's position there; of one contract's it is the same.

    Args:
        invoice: with its lines.
        position: of one of its lines, from 1.
    """
    before = 0
    for part in invoice.parts:
        if position <= before + len(part.lines):
            return part, position - before
        before += len(part.lines)
    raise ValueError(f"{invoice.name} has no line {position}")


_LINE_COLUMNS = (
    "invoice_id", "pos", "customer_id", "charge", "part", "label", "nature", "quantity", "unit", "unit_price", "net",
    "service_first", "service_after_last", "tax_point", "tax_category", "tax_rate", "tax_reason", "corrects_id",
    "corrects_number", "dimensions", "allocation", "payees", "proof", "tax_code", "revenue_account",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft as it is saved: the keys of its documents, the first of which is that of the work itself.

    Attributes:
        draft: that is saved.
        documents: each with its key.
        owners: the keys of those in whose names documents are issued, by name.
    """

    draft: Draft
    documents: tuple[tuple[int, Paper], ...]
    owners: Mapping[str, int] = field(default_factory=dict)

    @property
    def work(self) -> int:
        """The key of the first document, which its ratings name."""
        return self.documents[0][0]


def save(
    session: Session, drafts: Sequence[Draft], created_at: datetime, *, undivided: bool = False
) -> list[SavedDraft]:
    """Save drafts as documents: their headers, all lines by COPY, and the ratings that they settle.

    One without lines is no document: what is kept is that its period was rated and came to nothing.

    Args:
        session: states the tenant.
        drafts: to save.
        created_at: the instant of the run.
        undivided: keep what is one piece of work on one document: somebody looks at it, and issues it as one.
    """
    papers = [divide(draft.lines, None if undivided else draft.inputs.documents) for draft in drafts]
    owners = party_keys(session, {paper.seller for of_draft in papers for paper in of_draft if paper.seller})
    drawing = {draft.version.contract_id for draft in drafts if draft.inputs.prepaid_by}
    claims = prepayment_claims(session, drawing) if drawing else {}
    heads_of_works = [
        _head_values(draft, first, created_at, owners, claims)
        for draft, (first, *_) in zip(drafts, papers, strict=True)
    ]
    works = insert_rows(session, InvoiceRow, heads_of_works)
    others = [
        (at, paper, _head_values(drafts[at], paper, created_at, owners, claims) | {"of_id": works[at]})
        for at, (_, *rest) in enumerate(papers)
        for paper in rest
    ]
    keys = insert_rows(session, InvoiceRow, [values for *_, values in others]) if others else []
    documents = [[(work, first)] for work, (first, *_) in zip(works, papers, strict=True)]
    for (at, paper, _), key in zip(others, keys, strict=True):
        documents[at].append((key, paper))
    saved = [SavedDraft(draft, tuple(of_draft), owners) for draft, of_draft in zip(drafts, documents, strict=True)]
    lines = (
        _line_values(key, one.draft.version.customer_id, pos, line)
        for one in saved
        for key, paper in one.documents
        for pos, line in enumerate(paper.lines, start=1)
    )
    copy_rows(session, "invoice_line", _LINE_COLUMNS, lines)
    homes = ((_home(one), rating, one.draft.watermark) for one in saved for rating in one.draft.ratings)
    rated.save(session, homes, created_at)
    return saved


def save_heads(session: Session, values: Sequence[Mapping[str, object]]) -> list[int]:
    """Save the rows of consolidated documents, whose lines stand within them; their keys, in order."""
    return insert_rows(session, InvoiceRow, [dict(row) for row in values]) if values else []


def _home(saved: SavedDraft) -> RatingHome:
    version = saved.draft.version
    return RatingHome(version.contract_id, version.customer_id, document_id=saved.work)


def party_keys(session: Session, names: Collection[str]) -> dict[str, int]:
    """Find the keys of parties by their names."""
    if not names:
        return {}
    return {row["name"]: row["id"] for row in rows_named(session, PartyRow, "name", names, ("name", "id"))}


def _head_values(
    draft: Draft,
    paper: Paper,
    created_at: datetime,
    owners: Mapping[str, int],
    claims: Mapping[int, Sequence[PrepaymentClaim]],
) -> dict[str, object]:
    currency, is_whole = draft.version.contract.currency, len(paper.lines) == len(draft.lines)
    totals, inputs = draft.totals, draft.inputs
    if paper.seller:
        issuing = draft.sellers[paper.seller]
        totals, tax = issuing.totalled(paper.lines)
        invoicing = draft.made_out.get(paper.seller)
        in_its_name = {"supplier": issuing.issuer, "made_out_by": inputs.maker, "tax": tax, "invoicing": invoicing}
        inputs = inputs.model_copy(update=in_its_name)
    elif not is_whole:
        totals, tax = part_of(inputs.tax, paper.lines, currency)
        inputs = inputs.model_copy(update={"tax": tax})
    if inputs.prepaid_by and not is_whole:  # another document of the same work draws, or on another claim
        of_contract = claims.get(draft.version.contract_id, ())
        inputs = inputs.model_copy(update={"prepaid_by": numbers_of_claims(paper.lines, of_contract)})
    return {
        "kind": draft.kind.value,
        "document_type": paper.document_type.value,
        "series": paper.series,
        "contract_id": draft.version.contract_id,
        "version_id": draft.version.id,
        "issuer_id": owners.get(paper.seller, draft.version.supplier_id),
        "customer_id": draft.version.customer_id,
        "first": draft.period.first,
        "after_last": draft.period.after_last,
        "currency": currency,
        "net": totals.net,
        "vat": totals.vat,
        "gross": totals.gross,
        "watermark": draft.watermark,
        "inputs": written_as_text(inputs),
        "created_at": created_at,
        "came_to_nothing": not paper.lines,
    }


def _line_values(invoice_id: int, customer_id: int, pos: int, line: Line) -> tuple[object, ...]:
    corrects = line.corrects
    return (
        invoice_id, pos, customer_id, line.charge, line.part, line.label, line.nature.value, line.quantity, line.unit,
        line.unit_price, line.net, line.service_first, line.service_after_last, line.tax_point, line.tax.category.value,
        line.tax.rate, line.tax.reason, corrects.invoice if corrects else None, corrects.number if corrects else None,
        _as_text(line.dimensions), _as_text(line.allocation), _as_text(line.payees), written_as_text(line.proof),
        line.tax_code, line.revenue_account,
    )  # fmt: skip


def _as_text(by_name: Mapping[str, str]) -> str:
    return json.dumps(dict(by_name)) if by_name else "{}"


def billed(session: Session, invoice_ids: Iterable[int]) -> list[StoredInvoice]:
    """Read invoices with their lines, oldest first; of a consolidated one the lines of what stands within it."""
    asked = sorted(set(invoice_ids))
    rows, members = _rows(session, asked)
    lines: dict[int, list[Line]] = defaultdict(list)
    keys = {*asked, *(member.id for of_whole in members.values() for member in of_whole)}
    ordered = select(InvoiceLineRow).where(InvoiceLineRow.invoice_id.in_(sorted(keys)))  # type: ignore[attr-defined]
    for line in session.exec(ordered.order_by(InvoiceLineRow.invoice_id, InvoiceLineRow.pos)):  # type: ignore[arg-type]
        lines[line.invoice_id].append(_line(line))
    return _joined(session, rows, members, lines, lines_before(session, rows))


def _rows(session: Session, invoice_ids: Sequence[int]) -> tuple[list[InvoiceRow], dict[int, list[InvoiceRow]]]:
    """Read rows of invoices, oldest first; and by the key of a consolidated one those of what stands within it."""
    chosen = select(InvoiceRow).where(col(InvoiceRow.id).in_(invoice_ids)).order_by(col(InvoiceRow.id))
    rows = list(session.exec(chosen))
    members: dict[int, list[InvoiceRow]] = defaultdict(list)
    whole = [row.id for row in rows if row.kind == InvoiceKind.CONSOLIDATED]
    if whole:
        within = select(InvoiceRow).where(col(InvoiceRow.within_id).in_(whole)).order_by(col(InvoiceRow.id))
        for member in session.exec(within):
            members[member.within_id or 0].append(member)
    return rows, members


def _joined(
    session: Session,
    rows: Sequence[InvoiceRow],
    members: Mapping[int, Sequence[InvoiceRow]],
    lines: Mapping[int, Sequence[Line]],
    before: Mapping[int, int],
) -> list[StoredInvoice]:
    """Put invoices together with their ratings, and consolidated ones with what stands within them."""
    within = [member for of_whole in members.values() for member in of_whole]
    ratings = rated.of_documents(session, {_work(row) for row in (*rows, *within)})

    def stored(row: InvoiceRow) -> StoredInvoice:
        own, so_far = tuple(lines.get(row.id, ())), before.get(row.id, 0)
        alone = StoredInvoice(row, own, ratings.get(_work(row), ()), before=so_far)
        return alone.holding([stored(member) for member in members.get(row.id, ())])

    return [stored(row) for row in rows]


def _work(row: InvoiceRow) -> int:
    return row.id if row.of_id is None else row.of_id


def heads(session: Session, invoice_ids: Sequence[int]) -> list[StoredInvoice]:
    """Read invoices without their lines, in the order in which they are named."""
    rows, members = _rows(session, invoice_ids)
    by_key = {one.row.id: one for one in _joined(session, rows, members, {}, {})}
    return [by_key[key] for key in invoice_ids]


def _line(row: InvoiceLineRow) -> Line:
    corrects = Corrects(row.corrects_id, row.corrects_number or "") if row.corrects_id is not None else None
    return Line(
        charge=row.charge,
        part=row.part,
        label=row.label,
        nature=Nature(row.nature),
        quantity=row.quantity,
        unit=row.unit,
        unit_price=row.unit_price,
        net=row.net,
        service_first=row.service_first,
        service_after_last=row.service_after_last,
        tax_point=row.tax_point,
        tax=Tax(TaxCategory(row.tax_category), row.tax_rate, row.tax_reason),
        proof=row.proof,
        corrects=corrects,
        dimensions=row.dimensions,
        allocation=row.allocation,
        payees=row.payees,
        tax_code=row.tax_code,
        revenue_account=row.revenue_account,
    )


def find(session: Session, number: str, supplier: str | None = None) -> StoredInvoice:
    """Find an invoice by its supplier and number.

    Args:
        session: states the tenant.
        number: unique within its supplier.
        supplier: by name; not needed while one supplier alone has an invoice of that number.

    Raises:
        UnknownInvoice: none is visible here.
        WhichSupplier: several suppliers have one; their names come along.
    """
    # of its inputs, for a customer does not see its supplier's row
    statement = select(InvoiceRow.id, type_coerce(InvoiceRow.inputs, JSONB)["supplier"]["name"].astext)
    statement = statement.where(InvoiceRow.number == number, col(InvoiceRow.within_id).is_(None))
    issuers = {name: invoice_id for invoice_id, name in session.exec(statement) if supplier in (None, name)}
    if not issuers:
        of_supplier = f" of {supplier}" if supplier is not None else ""
        raise UnknownInvoice(f"there is no invoice {number!r}{of_supplier} here", found=number)
    if len(issuers) > 1:
        names = sorted(issuers)
        raise WhichSupplier(
            f"{number} is an invoice of {', '.join(names)}: say of which supplier", found=number, expected=names
        )
    return billed(session, issuers.values())[0]


def ids_of(session: Session) -> list[int]:
    """List the keys of invoices, oldest first; what stands within a consolidated one is read with it."""
    documents = select(InvoiceRow.id).where(
        col(InvoiceRow.came_to_nothing).is_(False), col(InvoiceRow.within_id).is_(None)
    )
    return list(session.exec(documents.order_by(InvoiceRow.id)))  # type: ignore[arg-type]


def ids_within(session: Session, invoice_ids: Collection[int]) -> list[int]:
    """List the keys of what stands within consolidated documents, oldest first."""
    within = select(InvoiceRow.id).where(col(InvoiceRow.within_id).in_(invoice_ids))
    return list(session.exec(within.order_by(InvoiceRow.id)))  # type: ignore[arg-type]


def wholes_among(session: Session, invoice_ids: Collection[int]) -> frozenset[int]:
    """Choose the keys that are of consolidated documents."""
    whole = select(InvoiceRow.id).where(
        col(InvoiceRow.id).in_(invoice_ids), InvoiceRow.kind == InvoiceKind.CONSOLIDATED
    )
    return frozenset(session.exec(whole))


def lines_before(session: Session, rows: Sequence[InvoiceRow]) -> dict[int, int]:
    """Count the lines that stand before those of documents within consolidated ones, by key."""
    wholes = {row.within_id for row in rows if row.within_id is not None}
    if not wholes:
        return {}
    counted = (
        columns(col(InvoiceRow.within_id), col(InvoiceRow.id), func.count(col(InvoiceLineRow.pos)))
        .where(col(InvoiceRow.within_id).in_(wholes))
        .where(col(InvoiceLineRow.tenant) == InvoiceRow.tenant, col(InvoiceLineRow.invoice_id) == InvoiceRow.id)
        .group_by(col(InvoiceRow.within_id), col(InvoiceRow.id))
        .order_by(col(InvoiceRow.id))
    )
    before, so_far = dict[int, int](), defaultdict[int | None, int](int)
    for whole, member, count in session.execute(counted):
        before[member] = so_far[whole]
        so_far[whole] += count
    return before


def refuse_void(row: InvoiceRow, place: str | None = None) -> None:
    """Refuse what is to be done with a document that is void.

    Raises:
        DocumentVoid: it is.
    """
    if row.voided_on is not None:
        detail = f"{row.number} is void since {row.voided_on}"
        where = {} if place is None else {"place": place}
        raise DocumentVoid(detail, **where, found=row.number, expected="a document that counts")


def days_of_issue(session: Session, issuer_id: int, numbers: Collection[str]) -> dict[str, date]:
    """Find the days of an issuer's documents, by their numbers; those that are not visible here are left out."""
    if not numbers:
        return {}
    row = InvoiceRow
    chosen = columns(col(row.number), col(row.issued_on)).where(
        col(row.issuer_id) == issuer_id, col(row.number).in_(sorted(numbers)), col(row.within_id).is_(None)
    )
    return {number: day for number, day in session.execute(chosen) if number is not None and day is not None}


def ids_of_works(session: Session, works: Collection[int]) -> dict[int, list[int]]:
    """List the keys of the documents of pieces of work, by that of the first of them; in their order."""
    documents = {work: [work] for work in works}
    beside = select(col(InvoiceRow.of_id), col(InvoiceRow.id)).where(col(InvoiceRow.of_id).in_(works))
    for work, key in session.exec(beside.order_by(col(InvoiceRow.id))):
        if work is not None:
            documents[work].append(key)
    return documents


def ids_of_contract(session: Session, contract_id: int, *, seen_by: int | None = None) -> list[int]:
    """List the keys of a contract's invoices that count, and of its periods that came to nothing; oldest first.

    What stands within a consolidated document is among them, and that document, which is of several contracts, is not;
    nor is what is claimed of the delay of a payment.

    Args:
        session: states the tenant.
        contract_id: of the contract.
        seen_by: those that counted when the document of this key was made, void by now or not; without it, today's.
    """
    counts: ColumnElement[bool] = col(InvoiceRow.counts_until).is_(None)
    if seen_by is not None:
        counts |= col(InvoiceRow.counts_until) >= seen_by
    own = col(InvoiceRow.kind).not_in(OF_NO_WORK)
    of_contract = select(InvoiceRow.id).where(InvoiceRow.contract_id == contract_id, own, counts)
    return list(session.exec(of_contract.order_by(InvoiceRow.id)))  # type: ignore[arg-type]


def prepayment_claims(session: Session, contract_ids: Collection[int]) -> dict[int, list[PrepaymentClaim]]:
    """Find the issued documents that claim prepayments of contracts, void ones as well; by contract, oldest first."""
    row = InvoiceRow
    of_claim = (
        col(row.contract_id),
        col(row.id),
        col(row.number),
        col(InvoiceLineRow.tax_point),
        col(row.counts_until),
        col(row.kind),
    )
    claiming = (
        columns(*of_claim)
        .where(col(InvoiceRow.contract_id).in_(contract_ids))
        .where(col(InvoiceRow.document_type) == DocumentType.PREPAYMENT.value, col(InvoiceRow.number).is_not(None))
        .where(col(InvoiceLineRow.tenant) == InvoiceRow.tenant, col(InvoiceLineRow.invoice_id) == InvoiceRow.id)
        .order_by(col(InvoiceRow.id), col(InvoiceLineRow.pos))
    )
    claims: dict[int, list[PrepaymentClaim]] = defaultdict(list)
    for contract_id, invoice_id, number, tax_point, counts_until, kind in session.execute(claiming):
        claim = PrepaymentClaim(invoice_id, number or "", tax_point, counts_until, kind == InvoiceKind.ADVANCE)
        claims[contract_id].append(claim)
    return claims


def number_of(session: Session, contract_id: int, kind: InvoiceKind, first: date) -> str | None:
    """Find the number of the invoice of a contract's period or opening that counts; None where there is none."""
    of_period = select(InvoiceRow.number).where(
        InvoiceRow.contract_id == contract_id,
        InvoiceRow.kind == kind,
        InvoiceRow.first == first,
        col(InvoiceRow.of_id).is_(None),
        col(InvoiceRow.voided_on).is_(None),
    )
    return session.exec(of_period).first() if kind in {InvoiceKind.PERIOD, InvoiceKind.OPENING} else None
