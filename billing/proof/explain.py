"""A line opened down to its readings: clause, arithmetic, conversion, and each reading with its file and line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from billing.invoices import store
from billing.invoices.invoice import Line
from contracts import store as contracts
from metering.log.reading import Quality
from quantities.errors import NotFound


class UnknownLine(NotFound):
    """An invoice has lines from 1 on."""


@dataclass(frozen=True, slots=True)
class OpenedReading:
    """A reading that a line rests on, with where it came from; for an adjustment, with what was billed before."""

    register: str
    start: datetime
    end: datetime
    value: Decimal | None
    quality: Quality
    batch: int
    source: str
    line: int
    recorded_by: str
    before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a line is what it is.

    Attributes:
        invoice: its number, or ``draft-ID``.
        pos: the line.
        line: itself, its proof included.
        clause: the charge as the contract version has it.
        version: the version's number.
        watermark: up to which batch the invoice knows.
        readings: those of the line's use, in order of time; of an adjustment those that changed; for a cumulative
            register the boundary reads.
        events: exchanges, resets and rollovers between them.
        count: how many readings there are, where ``readings`` was cut short.
    """

    invoice: str
    pos: int
    line: Line
    clause: dict[str, Any]
    version: int
    watermark: int
    readings: tuple[OpenedReading, ...]
    events: tuple[dict[str, Any], ...]
    count: int


_INTERVALS = text(
    """
    select r.*, b.source, b.recorded_by, count(*) over () as how_many,
           (select trim_scale(known.value) from reading known
            where known.series = r.series and known.start = r.start and known.batch <= :known
            order by known.batch desc limit 1) as before
    from (select distinct on (series, start) series, start, "end", trim_scale(value) as value, quality, batch, line
          from reading
          where series in (select other.id from series main join series other on other.register_id = main.register_id
                           where main.id = :series)
            and start >= :start and start < :end and batch <= :watermark
          order by series, start, batch desc) r
    join batch b on b.id = r.batch
    where case when cast(:changed as bigint[]) is null then r.value is not null else r.batch = any(:changed) end
    order by r.start limit :most
    """
)
_BOUNDARIES = text(
    """
    with live as (select * from (
        select distinct on (start) start, "end", trim_scale(value) as value, quality, batch, line
        from reading
        where series = :series and start >= :start and start < :end and batch <= :watermark
        order by start, batch desc) newest where value is not null)
    select live.*, b.source, b.recorded_by, 2 as how_many, cast(null as numeric) as before
    from live join batch b on b.id = live.batch
    where start in ((select min(start) from live), (select max(start) from live)) order by start
    """
)
_EVENTS = text(
    """
    select * from (select distinct on (at) at, kind, gained, serial, batch from register_event
                   where series = :series and at > :start and at < :end and batch <= :watermark
                   order by at, batch desc) e where gained is not null order by at
    """
)


def explain(session: Session, number: str, pos: int, most: int = 1000, supplier: str | None = None) -> Explanation:
    """Open a line.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: the invoice's, or ``draft-ID``.
        pos: the line, from 1.
        most: how many readings at most.
        supplier: whose invoice, where several suppliers have one of that number.

    Raises:
        UnknownInvoice: none of that number is visible here.
        WhichSupplier: several suppliers have one, and none is named.
        UnknownLine: it has no such line.
    """
    billed = store.find(session, number, supplier)
    if not 1 <= pos <= len(billed.lines):
        raise UnknownLine(f"{number} has lines 1 to {len(billed.lines)}", found=pos, expected=len(billed.lines))
    line = billed.lines[pos - 1]
    version_id, changed, known = billed.row.version_id, None, 0
    if line.corrects is not None:
        (original,) = store.billed(session, [line.corrects.invoice])
        version_id = original.row.version_id
        changed = [change["batch"] for change in line.proof["changes"] if "batch" in change]
        known = min(changed, default=1) - 1
    version = contracts.by_id(session, int(line.proof.get("version", version_id)))
    clause = next(each for each in version.contract.charges if each.name == line.charge)
    usage = line.proof.get("usage", {})
    of = usage.get("of", [usage] if usage else [])
    opened = [_open(session, each, billed.row.watermark, changed, known, most) for each in of]
    readings = tuple(reading for of_one, _, _ in opened for reading in of_one)
    events = tuple(event for _, of_one, _ in opened for event in of_one)
    how_many = sum(count for _, _, count in opened)
    return Explanation(
        number,
        pos,
        line,
        clause.model_dump(mode="json"),
        version.number,
        billed.row.watermark,
        readings[:most],
        events,
        how_many,
    )


def _open(
    session: Session, usage: Mapping[str, Any], watermark: int, changed: list[int] | None, known: int, most: int
) -> tuple[tuple[OpenedReading, ...], tuple[dict[str, Any], ...], int]:
    """Open what one register counted: its readings, for an adjustment those that changed; its events; how many."""
    asked = {
        "series": usage["series"],
        "start": usage["start"],
        "end": usage["end"],
        "watermark": watermark,
    }
    cumulative = session.execute(
        text("select r.kind from series s join register r on r.id = s.register_id where s.id = :s"),
        {"s": usage["series"]},
    ).scalar_one()
    rows = (
        session.execute(_BOUNDARIES, asked)
        if cumulative == "cumulative"
        else session.execute(_INTERVALS, {**asked, "most": most, "changed": changed or None, "known": known})
    ).all()
    readings = tuple(
        OpenedReading(
            usage["register"],
            row.start,
            row.end,
            row.value,
            Quality(row.quality),
            row.batch,
            row.source,
            row.line,
            row.recorded_by,
            row.before,
        )
        for row in rows
    )
    events = tuple(dict(row._mapping) for row in session.execute(_EVENTS, asked))  # noqa: SLF001 its public view
    return readings, events, rows[0].how_many if rows else 0
