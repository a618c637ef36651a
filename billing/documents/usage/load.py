"""The use behind the lines of a stored document, loaded: readings up to the document's own watermark, by day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from sqlmodel import Session

from billing.documents.charts.place import unit_of_place
from billing.documents.charts.usage_chart import UsageRow
from billing.documents.usage.daily_usage import UsageOfRegister
from billing.invoices.store import StoredInvoice, member_of_line
from billing.records.proof import RegisterProof
from metering.fleet import store as fleet
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister
from metering.usage.aggregation import Aggregation, Granularity, UsageQuery, UsageSeries
from metering.usage.store import usage_series
from quantities.period import Period, zone
from quantities.quantity import convert

_HOURLY_MAX = timedelta(days=2, hours=1)  # two days, of which one may have 25 hours


@dataclass(frozen=True, slots=True)
class _UseOfLine:
    """One use of one register: in the days of a line, as far as its proof says that the use reaches."""

    register_key: str
    period: Period
    is_mean: bool
    watermark: int
    zone: str


def usage_of_line(session: Session, stored: StoredInvoice, pos: int) -> tuple[UsageOfRegister, ...]:
    """Count the registers of one line by day, as of the watermark that its document recorded.

    Args:
        session: states the tenant, and the party where a customer asks, who sees its machines
            (``api.access.grants.see_machines``).
        stored: with its lines.
        pos: of the line, from 1.

    Returns:
        One for each register that the line's use rests on; none of a line without use.

    Raises:
        ValueError: the document has no such line.
    """
    member_of_line(stored, pos)
    return _usage(session, stored, [pos])


def usage_of_document(session: Session, stored: StoredInvoice) -> tuple[UsageOfRegister, ...]:
    """Count the registers of all lines of a document by day, each once, as of the watermarks that it recorded.

    Args:
        session: as for ``usage_of_line``.
        stored: with its lines.
    """
    return _usage(session, stored, range(1, len(stored.lines) + 1))


def _usage(session: Session, stored: StoredInvoice, positions: Iterable[int]) -> tuple[UsageOfRegister, ...]:
    asked = _asked(stored, positions)
    registers = fleet.registers(session, {use.register_key for use in asked})
    rows: dict[_UseOfLine, tuple[str, tuple[UsageRow, ...]]] = {}
    together: dict[tuple[Period, bool, int, str], list[_UseOfLine]] = defaultdict(list)
    for use in asked:
        together[use.period, use.is_mean, use.watermark, use.zone].append(use)
    for uses in together.values():
        known = [use for use in uses if use.register_key in registers]
        counted = _counted(session, known, [registers[use.register_key] for use in known])
        rows |= dict(zip(known, counted, strict=True))
    return tuple(
        UsageOfRegister(
            use.register_key,
            meter=registers[use.register_key].meter,
            asset=registers[use.register_key].asset,
            site=registers[use.register_key].site,
            unit=rows[use][0],
            is_mean=use.is_mean,
            lines=tuple(lines),
            rows=rows[use][1],
        )
        for use, lines in asked.items()
        if use in rows
    )


def _asked(stored: StoredInvoice, positions: Iterable[int]) -> dict[_UseOfLine, list[int]]:
    """The uses of some lines, with the positions that rest on each."""
    asked: dict[_UseOfLine, list[int]] = defaultdict(list)
    for pos in positions:
        part, own = member_of_line(stored, pos)
        line, zone_name = part.lines[own - 1], part.row.inputs.zone
        days = Period.of_days(line.service_first, line.service_after_last, zone(zone_name))
        for register in () if line.proof.usage is None else line.proof.usage.registers:
            period = _within(days, register)
            asked[_UseOfLine(register.register_key, period, register.is_mean, part.row.watermark, zone_name)].append(
                pos
            )
    return dict(asked)


def _within(days: Period, register: RegisterProof) -> Period:
    """What of some days a use reaches over; the readings of a counter and of a level lie around them."""
    start, end = datetime.fromisoformat(register.start), datetime.fromisoformat(register.end)
    return (days.meet(Period(start, end)) if start < end else None) or days


def _counted(
    session: Session, uses: Sequence[_UseOfLine], registers: Sequence[StoredRegister]
) -> list[tuple[str, tuple[UsageRow, ...]]]:
    """Count registers over the same instants; for each its unit and its rows."""
    if not uses:
        return []
    use, where = uses[0], zone(uses[0].zone)
    period = use.period
    is_short = period.duration <= _HOURLY_MAX
    query = UsageQuery(
        period,
        every=Granularity.HOUR if is_short else Granularity.DAY,
        aggregation=Aggregation.MEAN if use.is_mean else Aggregation.SUM,
        clock=where,
    )
    counted = usage_series(session, registers, query, use.watermark)
    sparse = _read_too_seldom(session, registers, query, use.watermark)
    return [
        _rows(() if register.register.key in sparse else series, use.zone, where, is_short=is_short)
        for register, series in zip(registers, counted, strict=True)
    ]


def _read_too_seldom(
    session: Session, registers: Sequence[StoredRegister], query: UsageQuery, watermark: int
) -> frozenset[str]:
    """The keys of counters without a read in more than half of the parts: the part of a read would have all since."""
    counters = [register for register in registers if register.register.kind is RegisterKind.CUMULATIVE]
    if not counters:
        return frozenset()
    reads = UsageQuery(query.period, every=query.every, aggregation=Aggregation.COUNT, clock=query.clock)
    counted = usage_series(session, counters, reads, watermark)
    return frozenset(
        register.register.key
        for register, series in zip(counters, counted, strict=True)
        if 2 * sum(1 for part in series if part.count) < len(series)
    )


def _rows(
    series: Sequence[UsageSeries], zone_name: str, where: tzinfo, *, is_short: bool
) -> tuple[str, tuple[UsageRow, ...]]:
    unit = series[0].unit if series else ""
    shown = unit_of_place(unit, zone_name) if unit else ""
    rows = tuple(
        UsageRow(
            _start(part.part.period.start, where, is_short=is_short),
            _shown(part.value, unit, shown),
            part.count,
            part.estimated,
        )
        for part in series
    )
    return shown, rows


def _shown(value: Decimal | None, unit: str, shown: str) -> Decimal | None:
    return value if value is None or unit == shown else convert(value, unit, shown)


def _start(start: datetime, where: tzinfo, *, is_short: bool) -> date:
    local = start.astimezone(where).replace(tzinfo=None)
    return local if is_short else local.date()
