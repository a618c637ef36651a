"""Rows ⇄ values of invoices: drafts saved, numbers given, issued ones read back, and what touched them since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from billing.invoice import Corrects, Line, Totals, invoice_number
from billing.tables import InvoiceLineRow, InvoiceRow
from billing.tax import Tax, TaxCategory
from contracts.contract import Nature
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.errors import NotFound
from metering.period import Period
from metering.store import copy_rows


class UnknownInvoice(NotFound):
    """There is no invoice of that number here."""


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice with its lines.

    Attributes:
        row: its header.
        lines: in order.
    """

    row: InvoiceRow
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice before it is saved.

    Attributes:
        version: the contract version that it bills.
        period: what it bills.
        lines: in order.
        totals: their sums.
        watermark: up to which batch it knows.
        inputs: everything it was computed from.
        evidence: for this invoice and for each that it corrects: the series and instants that it rests on.
    """

    version: Version
    period: BillingPeriod
    lines: tuple[Line, ...]
    totals: Totals
    watermark: int
    inputs: Mapping[str, Any]
    evidence: Mapping[int | None, tuple[tuple[int, Period], ...]]


_LINE_COLUMNS = (
    "invoice_id", "pos", "customer_id", "charge", "part", "label", "nature", "quantity", "unit", "unit_price", "net",
    "service_first", "service_after_last", "tax_point", "tax_category", "tax_rate", "tax_reason", "corrects_id",
    "corrects_number", "dimensions", "allocation", "payees", "proof",
)  # fmt: skip


def save(session: Session, drafts: Sequence[Draft], created_at: datetime) -> list[int]:
    """Save drafts: their headers, then all lines and all evidence by COPY.

    Returns:
        Their keys, in order.
    """
    rows = [
        InvoiceRow(
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
            inputs=dict(draft.inputs),
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
        (series, period.start, of or row.id, draft.watermark, period.end)
        for row, draft in numbered
        for of, spans in draft.evidence.items()
        for series, period in dict.fromkeys(spans)
    )
    copy_rows(session, "evidence", ("series", "start", "invoice_id", "watermark", "end"), evidence)
    return [row.id for row in rows]


def _line_values(row: InvoiceRow, pos: int, line: Line) -> tuple[object, ...]:
    corrects = line.corrects
    return (
        row.id, pos, row.customer_id, line.charge, line.part, line.label, line.nature.value, line.quantity, line.unit,
        line.unit_price, line.net, line.service_first, line.service_after_last, line.tax_point, line.tax.category.value,
        line.tax.rate, line.tax.reason, corrects.invoice if corrects else None, corrects.number if corrects else None,
        dict(line.dimensions), dict(line.allocation), dict(line.payees), dict(line.proof),
    )  # fmt: skip


def give_numbers(session: Session, invoice_ids: Sequence[int], today: date) -> None:
    """Issue drafts: numbers without gap within each legal entity and year, rising with the date.

    The counter is locked until the transaction ends, so it comes last; and the date is read after its lock: a worker
    whose clock is behind dates its invoices like the one before it.
    """
    drafts = list(session.exec(select(InvoiceRow).where(InvoiceRow.id.in_(invoice_ids)).order_by(InvoiceRow.id)))  # type: ignore[attr-defined, arg-type]
    by_issuer: dict[int, list[InvoiceRow]] = defaultdict(list)
    for draft in drafts:
        by_issuer[draft.issuer_id].append(draft)
    for issuer in sorted(by_issuer):
        mine = by_issuer[issuer]
        counter = session.execute(
            text("""insert into counter (issuer_id, year, last, last_on) values (:issuer, :year, :n, :today)
                    on conflict (tenant, issuer_id, year) do update
                    set last = counter.last + excluded.last, last_on = greatest(counter.last_on, excluded.last_on)
                    returning last, last_on"""),
            {"issuer": issuer, "year": today.year, "n": len(mine), "today": today},
        ).one()
        for sequence, draft in enumerate(mine, start=counter.last - len(mine) + 1):
            draft.year, draft.sequence, draft.issued_on = today.year, sequence, counter.last_on
            draft.number = invoice_number(today.year, sequence)
            draft.due_on = counter.last_on + timedelta(days=int(draft.inputs["payment_days"]))
    session.flush()


def billed(session: Session, invoice_ids: Iterable[int]) -> list[Billed]:
    """Read invoices with their lines, oldest first."""
    asked = sorted(set(invoice_ids))
    rows = session.exec(select(InvoiceRow).where(InvoiceRow.id.in_(asked)).order_by(InvoiceRow.id))  # type: ignore[attr-defined, arg-type]
    lines: dict[int, list[Line]] = defaultdict(list)
    ordered = select(InvoiceLineRow).where(InvoiceLineRow.invoice_id.in_(asked))  # type: ignore[attr-defined]
    for line in session.exec(ordered.order_by(InvoiceLineRow.invoice_id, InvoiceLineRow.pos)):  # type: ignore[arg-type]
        lines[line.invoice_id].append(_line(line))
    return [Billed(row, tuple(lines[row.id])) for row in rows]


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
    )


def find(session: Session, number: str) -> Billed:
    """Find an invoice by its number, or a draft as ``draft-ID``.

    Raises:
        UnknownInvoice: none is visible here.
    """
    draft = number.removeprefix("draft-")
    if number != draft and draft.isdecimal() and len(draft) < 10:  # noqa: PLR2004 an integer of the database
        statement = select(InvoiceRow.id).where(InvoiceRow.id == int(draft), InvoiceRow.sequence == None)  # noqa: E711
    else:
        statement = select(InvoiceRow.id).where(InvoiceRow.number == number)
    ids = list(session.exec(statement))
    if not ids:
        raise UnknownInvoice(f"there is no invoice {number!r} here", found=number)
    return billed(session, ids)[0]


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


def batches(session: Session, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Describe batches for a reason: who brought what, whence, when and why."""
    rows = session.execute(
        text(
            """select id, kind, source, reason, recorded_by, recorded_at from batch where id = any(:ids) order by id"""
        ),
        {"ids": sorted(set(numbers))},
    )
    return [
        {
            "batch": row.id,
            "kind": row.kind,
            "source": row.source,
            "recorded_by": row.recorded_by,
            "recorded_at": row.recorded_at.isoformat(),
            **({"reason": row.reason} if row.reason else {}),
        }
        for row in rows
    ]


def discard(session: Session, draft: Billed) -> None:
    """Delete a draft, its lines, and what it knew of the invoices that it corrects; an issued one refuses."""
    corrected = [note["invoice"] for note in draft.row.inputs.get("corrections", [])]
    session.execute(
        text("delete from evidence where invoice_id = any(:ids) and watermark = :mark"),
        {"ids": corrected, "mark": draft.row.watermark},
    )
    session.execute(text("delete from invoice where id = :id"), {"id": draft.row.id})
