"""Rows ⇄ values of invoices: drafts saved, numbers given, issued ones read back, and what touched them since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, text, type_coerce
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert
from sqlmodel import Session, col, select

from billing.invoices.invoice import Corrects, Line, Totals, invoice_number
from billing.records.inputs import InvoiceInputs
from billing.records.record import written_as_text
from billing.tables import CounterRow, InvoiceLineRow, InvoiceRow
from billing.tax import Tax, TaxCategory
from contracts.rated_line import Nature
from contracts.schedule import BillingPeriod
from contracts.store import Version
from contracts.tables import PartyRow
from metering.log.transaction import copy_rows
from quantities.errors import Conflict, Invalid, NotFound
from quantities.period import Period


class InvoiceKind(StrEnum):
    """What an invoice is of: a ``period`` that has ended, or the ``opening`` of a contract, with its first fees."""

    PERIOD = "period"
    OPENING = "opening"


class UnknownInvoice(NotFound):
    """There is no invoice of that number here."""


class IssueDateAhead(Invalid):
    """The issue date lies in the future."""


class IssueDateTooEarly(Conflict):
    """The issue date lies before the issuer's last invoice."""


class WhichSupplier(Invalid):
    """Several suppliers have an invoice of this number."""


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An invoice with its lines.

    Attributes:
        row: its header.
        lines: in order.
    """

    row: InvoiceRow
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TermsSnapshot:
    """What of versions, index values and disputes a rating knew.

    Attributes:
        until: the day after the last one that it bills anything for.
        versions: every released one of the contract, by key.
        index_values: those that its prices rest on, by key.
        disputes: each with how it stood.
    """

    until: date
    versions: tuple[int, ...]
    index_values: tuple[int, ...]
    disputes: tuple[str, ...]


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
        inputs: everything it was computed from.
        evidence: for this invoice and for each that it corrects: the series and instants that it rests on.
        basis: for each of the same: what else it rests on.
    """

    kind: InvoiceKind
    version: Version
    period: BillingPeriod
    lines: tuple[Line, ...]
    totals: Totals
    watermark: int
    inputs: InvoiceInputs
    evidence: Mapping[int | None, tuple[tuple[int, Period], ...]]
    basis: Mapping[int | None, TermsSnapshot]


_LINE_COLUMNS = (
    "invoice_id", "pos", "customer_id", "charge", "part", "label", "nature", "quantity", "unit", "unit_price", "net",
    "service_first", "service_after_last", "tax_point", "tax_category", "tax_rate", "tax_reason", "corrects_id",
    "corrects_number", "dimensions", "allocation", "payees", "proof", "tax_code", "revenue_account",
)  # fmt: skip


def save(session: Session, drafts: Sequence[Draft], created_at: datetime) -> list[int]:
    """Save drafts: their headers, then all lines and all evidence by COPY.

    Returns:
        Their keys, in order.
    """
    rows = [
        InvoiceRow(
            kind=draft.kind.value,
            contract_id=draft.version.contract_id,
            version_id=draft.version.id,
            issuer_id=draft.version.supplier_id,
            customer_id=draft.version.customer_id,
            first=draft.period.first,
            after_last=draft.period.after_last,
            currency=draft.version.contract.currency,
            net=draft.totals.net,
            vat=draft.totals.vat,
            gross=draft.totals.gross,
            watermark=draft.watermark,
            inputs=draft.inputs,
            created_at=created_at,
        )
        for draft in drafts
    ]
    session.add_all(rows)
    session.flush()
    numbered = list(zip(rows, drafts, strict=True))
    lines = (_line_values(row, pos, line) for row, draft in numbered for pos, line in enumerate(draft.lines, start=1))
    copy_rows(session, "invoice_line", _LINE_COLUMNS, lines)
    evidence = (
        (series, start, of or row.id, row.id, draft.watermark, end)
        for row, draft in numbered
        for of, spans in draft.evidence.items()
        for (series, start), end in _longest(spans).items()
    )
    copy_rows(session, "evidence", ("series", "start", "invoice_id", "rated_by", "watermark", "end"), evidence)
    basis = (
        (of or row.id, row.id, terms.until, list(terms.versions), list(terms.index_values), list(terms.disputes))
        for row, draft in numbered
        for of, terms in draft.basis.items()
    )
    columns = ("invoice_id", "rated_by", "until", "versions", "index_values", "disputes")
    copy_rows(session, "basis", columns, basis)
    return [row.id for row in rows]


def _longest(spans: Iterable[tuple[int, Period]]) -> dict[tuple[int, datetime], datetime]:
    """Of the spans of one series that begin together, keep the one that ends last."""
    ends: dict[tuple[int, datetime], datetime] = {}
    for series, period in spans:
        ends[series, period.start] = max(period.end, ends.get((series, period.start), period.end))
    return ends


def _line_values(row: InvoiceRow, pos: int, line: Line) -> tuple[object, ...]:
    corrects = line.corrects
    return (
        row.id, pos, row.customer_id, line.charge, line.part, line.label, line.nature.value, line.quantity, line.unit,
        line.unit_price, line.net, line.service_first, line.service_after_last, line.tax_point, line.tax.category.value,
        line.tax.rate, line.tax.reason, corrects.invoice if corrects else None, corrects.number if corrects else None,
        dict(line.dimensions), dict(line.allocation), dict(line.payees), written_as_text(line.proof), line.tax_code,
        line.revenue_account,
    )  # fmt: skip


def give_numbers(session: Session, invoice_ids: Sequence[int], today: date, issue_date: date | None = None) -> None:
    """Issue drafts: numbers without gap within each legal entity and year, rising with the date.

    Args:
        session: states the tenant.
        invoice_ids: the keys of the drafts.
        today: the local day of the contracts.
        issue_date: the date that the invoices bear; today, or the issuer's last date if that is later, by default.

    Raises:
        IssueDateAhead: the date that is asked for lies after today.
        IssueDateTooEarly: it lies before the last date of an issuer.

    The issuer is locked until the transaction ends, so it comes last; and its last date is read after that, over all
    its years: a worker whose clock is behind, by a minute or by a New Year, dates its invoices like the one before it.
    """
    if issue_date is not None and issue_date > today:
        raise IssueDateAhead(f"{issue_date} lies ahead", found=str(issue_date), expected=f"{today} at most")
    drafts = list(session.exec(select(InvoiceRow).where(InvoiceRow.id.in_(invoice_ids)).order_by(InvoiceRow.id)))  # type: ignore[attr-defined, arg-type]
    by_issuer: dict[int, list[InvoiceRow]] = defaultdict(list)
    for draft in drafts:
        by_issuer[draft.issuer_id].append(draft)
    for issuer in sorted(by_issuer):
        invoices = by_issuer[issuer]
        # a year's first invoice has no counter to lock yet, so the party is locked
        session.exec(select(PartyRow.id).where(PartyRow.id == issuer).with_for_update(key_share=True)).one()
        newest = select(func.max(CounterRow.last_on)).where(CounterRow.issuer_id == issuer)
        last_on = session.scalar(newest)
        if issue_date is not None and last_on is not None and issue_date < last_on:
            detail = f"invoices cannot be dated {issue_date}: the last one of their issuer is dated {last_on}"
            raise IssueDateTooEarly(detail, found=str(issue_date), expected=f"{last_on} at least")
        issued_on = issue_date or max(today, last_on or today)
        first = insert(CounterRow).values(issuer_id=issuer, year=issued_on.year, last=len(invoices), last_on=issued_on)
        raised = first.on_conflict_do_update(
            index_elements=["tenant", "issuer_id", "year"],
            set_={"last": CounterRow.last + first.excluded.last, "last_on": first.excluded.last_on},
        )
        last = session.execute(raised.returning(col(CounterRow.last))).scalar_one()
        for sequence, draft in enumerate(invoices, start=last - len(invoices) + 1):
            draft.year, draft.sequence, draft.issued_on = issued_on.year, sequence, issued_on
            draft.number = invoice_number(issued_on.year, sequence)
            draft.due_on = issued_on + timedelta(days=draft.inputs.payment_days)
    session.flush()


def billed(session: Session, invoice_ids: Iterable[int]) -> list[StoredInvoice]:
    """Read invoices with their lines, oldest first."""
    asked = sorted(set(invoice_ids))
    rows = session.exec(select(InvoiceRow).where(InvoiceRow.id.in_(asked)).order_by(InvoiceRow.id))  # type: ignore[attr-defined, arg-type]
    lines: dict[int, list[Line]] = defaultdict(list)
    ordered = select(InvoiceLineRow).where(InvoiceLineRow.invoice_id.in_(asked))  # type: ignore[attr-defined]
    for line in session.exec(ordered.order_by(InvoiceLineRow.invoice_id, InvoiceLineRow.pos)):  # type: ignore[arg-type]
        lines[line.invoice_id].append(_line(line))
    return [StoredInvoice(row, tuple(lines[row.id])) for row in rows]


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
    """Find an invoice by its supplier and number, or a draft as ``draft-ID``.

    Args:
        session: states the tenant.
        number: unique within its supplier.
        supplier: by name; not needed while one supplier alone has an invoice of that number.

    Raises:
        UnknownInvoice: none is visible here.
        WhichSupplier: several suppliers have one; their names come along.
    """
    draft = number.removeprefix("draft-")
    # of its inputs, for a customer does not see its supplier's row
    statement = select(InvoiceRow.id, type_coerce(InvoiceRow.inputs, JSONB)["supplier"]["name"].astext)
    if number != draft and draft.isdecimal() and len(draft) < 10:  # noqa: PLR2004 an integer of the database
        statement = statement.where(InvoiceRow.id == int(draft), InvoiceRow.sequence == None)  # noqa: E711
    else:
        statement = statement.where(InvoiceRow.number == number)
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


def ids_of(session: Session, contract_id: int | None = None, *, issued_only: bool = False) -> list[int]:
    """List the keys of invoices, oldest first."""
    statement = select(InvoiceRow.id).order_by(InvoiceRow.id)  # type: ignore[arg-type]
    if contract_id is not None:
        statement = statement.where(InvoiceRow.contract_id == contract_id)
    if issued_only:
        statement = statement.where(InvoiceRow.sequence != None)  # noqa: E711
    return list(session.exec(statement))


@dataclass(frozen=True, slots=True)
class Touched:
    """An invoice whose evidence was reached into, and by which batches."""

    invoice_id: int
    contract_id: int
    batches: tuple[int, ...]


# text: the aggregate, the overlap of spans and the newest look at each invoice read worse as select(); a hot path
_TOUCHED = text(
    """
    select i.id, i.contract_id, array_agg(distinct t.batch order by t.batch) as batches
    from invoice i
    join evidence e on e.invoice_id = i.id
    join batch_touch t on t.series = e.series and e.start < t."end" and e."end" > t.start and t.batch > e.watermark
    where i.contract_id = any(:contracts) and t.batch <= :watermark and (i.sequence is not null) = :issued
      and e.watermark = (select max(watermark) from evidence known where known.invoice_id = i.id)
    group by i.id, i.contract_id order by i.id
    """
)


def touched(session: Session, contracts: Sequence[int], watermark: int, *, issued: bool = True) -> list[Touched]:
    """Find the invoices of contracts whose readings changed since they were last looked at."""
    asked = {"contracts": list(contracts), "watermark": watermark, "issued": issued}
    return [Touched(row.id, row.contract_id, tuple(row.batches)) for row in session.execute(_TOUCHED, asked)]


@dataclass(frozen=True, slots=True)
class Outdated:
    """An invoice that rests on terms, index values or disputes which are no longer all that is known."""

    invoice_id: int
    contract_id: int
    versions: tuple[int, ...]
    index_values: tuple[int, ...]
    disputes: tuple[int, ...]


# text: arrays of correlated subqueries over three rooms' published tables; a hot path
_OUTDATED = text(
    """
    with known as (
        select distinct on (b.invoice_id) b.invoice_id, i.contract_id, b.until, b.versions, b.index_values, b.disputes
        from basis b join invoice i on i.id = b.invoice_id
        where i.contract_id = any(:contracts) and (i.sequence is not null) = :issued
        order by b.invoice_id, b.rated_by desc),
    news as (
        select invoice_id, contract_id,
               array(select v.id from contract_version v
                     where v.contract_id = known.contract_id and v.released_by is not null and v.effective < known.until
                       and not v.id = any(known.versions) order by v.id) as versions,
               array(select distinct n.id from index_value used join index_value n
                     on n.series_id = used.series_id and n.month = used.month and n.id > used.id
                     where used.id = any(known.index_values) and n.released_by is not null
                       and n.id = (select max(last.id) from index_value last where last.series_id = n.series_id
                                   and last.month = n.month and last.released_by is not null)) as index_values,
               array(select d.id from dispute d
                     where d.contract_id = known.contract_id and d.first < known.until and d.accepted_at is not null
                       and (d.outcome is not null or not :issued)
                       and not d.id || ':' || coalesce(d.outcome, 'open') = any(known.disputes)
                     order by d.id) as disputes
        from known)
    select * from news where versions <> '{}' or index_values <> '{}' or disputes <> '{}' order by invoice_id
    """
)


def outdated(session: Session, contracts: Sequence[int], *, issued: bool = True) -> list[Outdated]:
    """Find the invoices of contracts that rest on terms, index values or disputes which have changed since."""
    asked = {"contracts": list(contracts), "issued": issued}
    return [
        Outdated(row.invoice_id, row.contract_id, tuple(row.versions), tuple(row.index_values), tuple(row.disputes))
        for row in session.execute(_OUTDATED, asked)
    ]


def last_of(session: Session, contracts: Sequence[int]) -> dict[int, InvoiceRow]:
    """Find the header of each contract's newest invoice of a period."""
    statement = (
        select(InvoiceRow)
        .where(InvoiceRow.contract_id.in_(contracts), InvoiceRow.kind == InvoiceKind.PERIOD)  # type: ignore[attr-defined]
        .ext(distinct_on(InvoiceRow.contract_id))  # type: ignore[arg-type]
        .order_by(InvoiceRow.contract_id, InvoiceRow.first.desc())  # type: ignore[attr-defined, arg-type]
    )
    return {row.contract_id: row for row in session.exec(statement)}


def discard(session: Session, draft: StoredInvoice) -> None:
    """Delete a draft, its lines, and what it knew of the invoices that it corrects; an issued one refuses."""
    session.execute(delete(InvoiceRow).where(col(InvoiceRow.id) == draft.row.id))
