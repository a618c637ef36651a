"""What the log has around a delivery: the stored readings it is compared with, and the falls of its counters."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from types import MappingProxyType

from sqlalchemy import text
from sqlmodel import Session

from metering.consumption.use import EventKind
from metering.deliveries import resets
from metering.deliveries.delivery import LogDelta, Spans, live_after, without_readings
from metering.deliveries.exchanges import CounterEvents, ExchangeReads
from metering.deliveries.falls import explain_falls, falling_series
from metering.deliveries.left_out import refuse_above_modulus
from metering.deliveries.resets import Resets
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister
from metering.log import store
from metering.log.as_of import newest, newest_events
from metering.log.columns import Readings, distinct, instant_of, micros, sort_order
from metering.log.reading import Reading, Verdict
from metering.log.transaction import array, ask
from metering.tables import RegisterEventRow
from quantities.number import ARITHMETIC_DIGITS, plain, trimmed
from quantities.period import Period


def ask_around(session: Session, delivered: Readings, replaces: Period | None) -> Callable[[], Readings]:
    """Ask for the stored readings that a delivery is compared with.

    Args:
        session: states the tenant.
        delivered: the readings, by series and start.
        replaces: the range that the delivery restates in full, if it does.

    Returns:
        As by ``fetch_spans``, for the span of the delivered readings of every series and ``replaces``.
    """
    if not len(delivered):
        return Readings.of
    return _ask_spans(session, Spans.of(delivered, replaces))


def fetch_spans(session: Session, spans: Mapping[int, tuple[datetime, datetime]]) -> Readings:
    """Fetch the newest rows of series over spans of time, with the live reading before and the one after every span.

    Args:
        session: states the tenant.
        spans: by series, the first instant and the one after the last.

    Returns:
        Rows by series and start, withdrawn ones included.
    """
    return _ask_spans(session, Spans.at(spans))()


def _ask_spans(session: Session, spans: Spans) -> Callable[[], Readings]:
    asked = {
        "series": store.int_array(spans.series),
        "low": store.instant_array(spans.low),
        "high": store.instant_array(spans.high),
        "lowest": instant_of(int(spans.low.min())),
        "highest": instant_of(int(spans.high.max())),
    }
    answer = store.ask_readings(session, _AROUND, asked)

    def ordered() -> Readings:
        rows = answer()
        return rows.at(sort_order(rows.series, rows.start, rows.line[:0]))  # starts are unique: lines decide nothing

    return ordered


_ROW = 'series, start, "end", value, quality, line'
_AROUND = f"""
    with span as (
        select * from unnest(%(series)s::int[], %(low)s::timestamptz[], %(high)s::timestamptz[])
               as span (series, low, high)),
    inside as ({
    newest(_ROW, "series = any(%(series)s::int[]) and start >= %(lowest)s and start < %(highest)s", now=True)
}),
    around as (
        select inside.* from inside join span on span.series = inside.series and start >= low and start < high
        union all
        select before.* from span cross join lateral (
            select * from ({
    newest(_ROW, "series = span.series and start < span.low", of_one_series=True, backwards=True, now=True)
}) known
            where value is not null order by start desc limit 1) before
        union all
        select next.* from span cross join lateral (
            select * from ({
    newest(_ROW, "series = span.series and start >= span.high", of_one_series=True, now=True)
}) known
            where value is not null order by start limit 1) next)
    select series, start, "end", value, quality, line from around
"""


def refuse_falls(
    delta: LogDelta,
    stored: Readings,
    of_series: Mapping[int, StoredRegister],
    known: CounterEvents,
    number: int,
    stated: Resets = MappingProxyType({}),
    *,
    live: Readings | None = None,
) -> tuple[LogDelta, list[RegisterEventRow]]:
    """Refuse the reads at which a cumulative register falls without a reason; detect rollovers at the others.

    Args:
        delta: what is to be appended.
        stored: the stored readings around it.
        of_series: the register of every series in ``delta``.
        known: the events of its counters.
        number: of the batch.
        stated: the resets that the file states.
        live: ``live_after`` of delta and stored, where it is known, and the delta has no read above a modulus.

    Returns:
        The delta without the refused reads, which have verdicts; and the rollovers that are new or no longer one, and
        the resets that are new.
    """
    cumulative = counters(distinct(delta.readings.series), of_series)
    if not cumulative:
        return delta, []
    if live is None:
        delta = refuse_above_modulus(delta, {series: of_series[series].register for series in cumulative})
        live = live_after(delta, stored)
    with_events = {*known.rollovers, *(exchange.series for exchange in known.exchanges), *(of for of, _ in stated)}
    events: list[RegisterEventRow] = []
    refused: dict[tuple[int, int], Verdict] = {}
    for series in sorted(cumulative & (falling_series(live) | with_events)):
        reads = readings_of_one_series(live, series)
        if not reads:
            continue
        first, last = reads[0].start, reads[-1].start
        detected = {at: gained for at, gained in known.rollovers.get(series, {}).items() if first < at <= last}
        new = {read.start: read for read in readings_of_one_series(delta.readings, series)}
        declared, modulus = known.declared.get(series, {}), of_series[series].register.modulus
        falls = explain_falls(reads, new.keys(), declared, modulus, resets.of_series(stated, series))
        for start, expected in falls.refused.items():
            read = new[start]
            refused[series, micros(start)] = Verdict(
                read.line, "falling_register", plain(read.value or Decimal(0)), expected
            )
        events += [
            RegisterEventRow(series=series, at=at, batch=number, kind=EventKind.RESET.value, gained=gained)
            for at, gained in falls.resets.items()
        ]
        for at in sorted({*falls.rollovers, *detected} - falls.resets.keys()):
            gained = falls.rollovers.get(at)
            if gained != detected.get(at):
                kind = EventKind.ROLLOVER.value
                events.append(RegisterEventRow(series=series, at=at, batch=number, kind=kind, gained=gained))
    return (without_readings(delta, refused) if refused else delta), events


def readings_of_one_series(readings: Readings, series: int) -> list[Reading]:
    """The rows of one series one by one, in their order."""
    rows = readings.at(readings.series == series)
    return [
        Reading(series, instant_of(start), instant_of(end), None if value is None else trimmed(value), line=line)
        for start, end, value, line in zip(
            rows.start.tolist(), rows.end.tolist(), rows.value.to_pylist(), rows.line.tolist(), strict=True
        )
    ]


def counters(series: Iterable[int], of_series: Mapping[int, StoredRegister]) -> set[int]:
    """Those of some series whose register is cumulative."""
    return {number for number in series if of_series[number].register.kind is RegisterKind.CUMULATIVE}


def events_of_counters(
    session: Session, series: Iterable[int], of_series: Mapping[int, StoredRegister]
) -> CounterEvents:
    """Fetch the events of those of some series that belong to counters.

    Args:
        session: states the tenant.
        series: of any registers.
        of_series: the register of each.
    """
    return ask_events(session, series, of_series)()


def ask_events(
    session: Session, series: Iterable[int], of_series: Mapping[int, StoredRegister]
) -> Callable[[], CounterEvents]:
    """Ask for what ``events_of_counters`` fetches."""
    cumulative = counters(series, of_series)
    if not cumulative:
        return CounterEvents
    answer = ask(session, _EVENTS, {"series": array(sorted(cumulative))})
    return lambda: _counter_events(answer.rows())


def _counter_events(rows: Iterable[tuple[int, datetime, str, Decimal, Decimal | None]]) -> CounterEvents:
    declared: dict[int, dict[datetime, ExchangeReads | None]] = defaultdict(dict)
    rollovers: dict[int, dict[datetime, Decimal]] = defaultdict(dict)
    for series, at_some_offset, kind, gained, opening in rows:
        at = at_some_offset.astimezone(UTC)
        if kind == EventKind.ROLLOVER:
            rollovers[series][at] = gained
        elif opening is None:
            declared[series][at] = None
        else:
            with localcontext(prec=ARITHMETIC_DIGITS):
                closing = opening + gained
            declared[series][at] = ExchangeReads(series, at, EventKind(kind), closing, opening)
    return CounterEvents(declared, rollovers)


# The opening read of an event is the reading that came with its batch, even if it was verified since.
_EVENTS = f"""
    select event.series, event.at, event.kind, event.gained, trim_scale(opening.value) as opening
    from ({newest_events("series, at, kind, gained, batch", "series = any(%(series)s::int[])", now=True)}) event
    left join reading opening
      on opening.series = event.series and opening.start = event.at and opening.batch = event.batch
    where event.gained is not null
"""


def last_read_before(session: Session, series: int, at: datetime) -> Decimal | None:
    """The value of the last live read of a series before an instant; None if there is none."""
    value: Decimal | None = session.execute(_LAST_READ, {"series": series, "at": at}).scalar()
    return value


# text: the as-of rule is a fragment of SQL
_LAST_READ = text(
    f"""
    select trim_scale(value) from ({
        newest("start, value", "series = :series and start < :at", of_one_series=True, backwards=True, now=True)
    }) known
    where value is not null order by start desc limit 1
    """
)
