"""The use of many registers over many periods, as of a watermark: one query per kind of register."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from typing import TypeAlias

from sqlalchemy import TextClause, text
from sqlmodel import Session

from metering.consumption.counter_figures import CounterFigures, CounterQuery, figures_interpolated, figures_read
from metering.consumption.level import level_use, state_use
from metering.consumption.reach import Reach, reach_of_counter, reach_of_intervals, reach_of_reads
from metering.consumption.use import (
    Boundary,
    BoundaryRule,
    EventKind,
    NothingRead,
    RegisterEvent,
    Use,
    cumulative_use,
    interval_use,
    share_across,
)
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister
from metering.log.as_of import NOW, newest, newest_events
from metering.log.reading import Quality, Reading
from quantities.errors import UsufructError
from quantities.number import ARITHMETIC_DIGITS
from quantities.period import MICROSECOND, Period

ESTIMATED = [int(quality) for quality in Quality if quality.estimated]
QUESTIONABLE = [int(quality) for quality in Quality if not quality.billable]


@dataclass(frozen=True, slots=True)
class Window:
    """A register and a period whose use is to be counted.

    Attributes:
        register: counted over all its series, whatever their dimensions.
        period: to be counted.
        edges: what counts where no reading falls on the period's edges.
    """

    register: StoredRegister
    period: Period
    edges: BoundaryRule = BoundaryRule.LAST_READ


_READ = 'start, "end", trim_scale(value) as value, quality, batch'
_WITHIN = "series = any(:all) and start >= :lowest and start < :highest"

_OF_WINDOW = "series = asked.series and start >= asked.low and start < asked.high"
# text: the as-of rule is a fragment of SQL; and a hot path. Each series is read by itself: joined to all of them, each
# would be read over the days of all windows
_INTERVALS = text(
    f"""
    select asked.n, sum(known)::bigint as known, sum(readings)::bigint as readings, trim_scale(sum(total)) as total,
           sum(estimated)::bigint as estimated, sum(questionable)::bigint as questionable, max(batch) as batch
    from unnest(cast(:numbers as int[]), cast(:series as int[]), cast(:starts as timestamptz[]),
                cast(:ends as timestamptz[])) as asked (n, series, low, high)
    cross join lateral (
        select count(*) as known, count(value) as readings, coalesce(sum(value), 0) as total,
               count(value) filter (where quality = any(:estimated)) as estimated,
               count(value) filter (where quality = any(:questionable)) as questionable,
               coalesce(max(batch), 0) as batch
        from ({newest("value, quality, batch", _OF_WINDOW, of_one_series=True)}) newest) of_series
    group by asked.n
    """
)

# text: the as-of rule is a fragment of SQL
_DIFFERENT_INTERVALS = text(
    f"""
    with newest as ({newest("series, start, value", _WITHIN)})
    select asked.n, count(distinct newest.start) as intervals
    from unnest(cast(:numbers as int[]), cast(:series as int[]), cast(:starts as timestamptz[]),
                cast(:ends as timestamptz[])) as asked (n, series, low, high)
    join newest on newest.series = asked.series and newest.start >= low and newest.start < high
    where value is not null
    group by asked.n
    """
)

# text: the as-of rule is a fragment of SQL; and a hot path
_BEFORE = text(
    f"""
    select asked.n, known.* from unnest(cast(:series as int[]), cast(:edges as timestamptz[]))
         with ordinality as asked (series, edge, n)
    cross join lateral (
        select * from ({
        newest(_READ, "series = asked.series and start <= asked.edge", of_one_series=True, backwards=True)
    }) newest
        where value is not null order by start desc limit 1) known
    """
)

# text: the as-of rule is a fragment of SQL; and a hot path
_AFTER = text(
    f"""
    select asked.n, known.* from unnest(cast(:series as int[]), cast(:edges as timestamptz[]))
         with ordinality as asked (series, edge, n)
    cross join lateral (
        select * from ({newest(_READ, "series = asked.series and start > asked.edge", of_one_series=True)}) newest
        where value is not null order by start limit 1) known
    """
)

# text: the as-of rule is a fragment of SQL; and a hot path
_BETWEEN = text(newest(f"series, {_READ}", "series = any(:all) and start > :lowest and start < :highest"))
# text: the as-of rule is a fragment of SQL
_EVENTS = text(newest_events("series, at, kind, gained", "series = any(:series)"))


def uses(session: Session, windows: Sequence[Window], watermark: int = NOW) -> list[Use | UsufructError]:
    """Count the use of many registers and periods.

    Args:
        session: states the tenant.
        windows: any number of registers and periods.
        watermark: the last batch that counts.

    Returns:
        One result per window, in their order: the use, or the error that says why it cannot be counted. No reading
        is an error, not a use of zero.
    """
    return [counted.use for counted in counted_uses(session, windows, watermark)]


@dataclass(frozen=True, slots=True)
class CountedUse:
    """What a window came to, and what was asked for it.

    Attributes:
        use: or the error that says why it cannot be counted.
        reach: the instants in which another reading may change it.
    """

    use: Use | UsufructError
    reach: Reach


_Counted: TypeAlias = dict[int, CountedUse]


def counted_uses(session: Session, windows: Sequence[Window], watermark: int = NOW) -> list[CountedUse]:
    """Count as ``uses`` does, and say of each window what was asked for it, misses included."""
    results: _Counted = {}
    by_kind: dict[Callable[..., _Counted], list[int]] = defaultdict(list)
    for number, window in enumerate(windows):
        by_kind[_COUNTED_BY[window.register.register.kind]].append(number)
    for counted_by, numbers in by_kind.items():
        results |= counted_by(session, windows, numbers, watermark)
    return [results[number] for number in range(len(windows))]


def reaches(session: Session, windows: Sequence[Window], watermark: int = NOW) -> list[Reach]:
    """Say of each window what ``counted_uses`` asks for it, from the reads around its edges alone.

    Two queries, whatever the number of windows, and none for intervals and events.

    Returns:
        The instants in which another reading may change its use, misses included; in the order of the windows.
    """
    numbers = [n for n, window in enumerate(windows) if window.register.register.kind not in _OF_INTERVALS]
    periods = [windows[number].period for number in numbers]
    series = [windows[number].register.series for number in numbers]
    edges = [period.start for period in periods] + [period.end for period in periods]
    before = _reads(session, _BEFORE, series * 2, edges, watermark)
    after = _reads(session, _AFTER, series * 2, edges, watermark)
    results = [reach_of_intervals(window.period, window.edges) for window in windows]
    for opening, number in enumerate(numbers):
        period, register, closing = windows[number].period, windows[number].register.register, opening + len(numbers)
        if register.kind is RegisterKind.CUMULATIVE:
            results[number] = reach_of_counter(
                period,
                Boundary(before[opening], after[opening]),
                Boundary(before[closing], after[closing]),
                windows[number].edges,
            )
        else:
            last = before[closing]
            closes = last if last is not None and last.start == period.end else after[closing]
            around = [read for read in (before[opening], closes) if read is not None]
            results[number] = reach_of_reads(period, around, register)
    return results


def _intervals(session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int) -> _Counted:
    results: _Counted = {}
    asked = _asked(windows, numbers, watermark)
    rows = session.execute(_INTERVALS, {**asked, "estimated": ESTIMATED, "questionable": QUESTIONABLE}).all()
    shares = _shares(session, windows, numbers, watermark)
    different = _different_intervals(session, windows, numbers, watermark)
    for row in rows:
        window, share = windows[row.n], shares.get(row.n, _Shares())
        use: Use | UsufructError
        if isinstance(share, UsufructError):
            use = share
        elif not row.known and not share.behind and not share.beyond:
            # ``known`` counts withdrawn readings too: a period whose readings were all withdrawn has a use of zero
            key, period = window.register.register.key, window.period
            use = NothingRead(
                f"no reading of {key} in {period}", place=key, found="no reading", expected=f"one in {period}"
            )
        else:
            use = interval_use(
                window.period,
                count=row.readings,
                total=row.total,
                estimated=row.estimated,
                questionable=row.questionable,
                batch=row.batch,
                multiplier=window.register.register.multiplier,
                interval=window.register.register.interval,
                shares=(share.behind, share.beyond),
                from_=share.from_,
                intervals=different.get(row.n),
                is_read_within=bool(row.known),
            )
        results[row.n] = CountedUse(use, reach_of_intervals(window.period, window.edges))
    return results


def _asked(windows: Sequence[Window], numbers: Sequence[int], watermark: int) -> dict[str, object]:
    """Write down the series of windows and their periods as what a query is given."""
    asked = [(number, series) for number in numbers for series in windows[number].register.all_series]
    return {
        "numbers": [number for number, _ in asked],
        "series": [series for _, series in asked],
        "starts": [windows[number].period.start for number, _ in asked],
        "ends": [windows[number].period.end for number, _ in asked],
        "all": sorted({series for _, series in asked}),
        "lowest": min(windows[number].period.start for number in numbers),
        "highest": max(windows[number].period.end for number in numbers),
        "watermark": watermark,
    }


def _different_intervals(
    session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int
) -> dict[int, int]:
    """Count the intervals of windows whose register may have several readings in one, by number of window."""
    dimensioned = [
        number
        for number in numbers
        if windows[number].register.dimensioned and windows[number].register.register.interval is not None
    ]
    if not dimensioned:
        return {}
    rows = session.execute(_DIFFERENT_INTERVALS, _asked(windows, dimensioned, watermark))
    return dict.fromkeys(dimensioned, 0) | {row.n: row.intervals for row in rows}


@dataclass(frozen=True, slots=True)
class _Shares:
    """Shares of the intervals that straddle the edges of a period.

    Attributes:
        behind: value of the interval straddling the start that belongs to the period.
        beyond: value of the interval straddling the end that does not belong to it.
        from_: start of the interval straddling the period's start; None if none counts.
    """

    behind: Decimal = Decimal(0)
    beyond: Decimal = Decimal(0)
    from_: datetime | None = None


def _shares(
    session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int
) -> dict[int, _Shares | UsufructError]:
    """The shares of straddling intervals, by number of window, for windows whose edges are not ``LAST_READ``."""
    precise = [
        number
        for number in numbers
        if windows[number].edges is not BoundaryRule.LAST_READ
        and windows[number].register.register.kind is RegisterKind.INTERVAL
    ]
    if not precise:
        return {}
    asked = [(number, series) for number in precise for series in windows[number].register.all_series]
    before = _reads(
        session,
        _BEFORE,
        [series for _, series in asked] * 2,
        [windows[n].period.start - MICROSECOND for n, _ in asked]
        + [windows[n].period.end - MICROSECOND for n, _ in asked],
        watermark,
    )
    shares: dict[int, _Shares | UsufructError] = {}
    for place, (number, _) in enumerate(asked):
        window, sofar = windows[number], shares.get(number, _Shares())
        if isinstance(sofar, UsufructError):
            continue
        across = before[place]
        try:
            behind = share_across(window.period.start, across, window.edges)
            beyond = share_across(window.period.end, before[place + len(asked)], window.edges)
        except UsufructError as fault:
            shares[number] = fault
            continue
        from_ = min(filter(None, (sofar.from_, across.start if across and behind else None)), default=None)
        with localcontext(prec=ARITHMETIC_DIGITS):
            shares[number] = _Shares(sofar.behind + behind, sofar.beyond + beyond, from_)
    return shares


def _cumulatives(session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int) -> _Counted:
    chosen = [windows[number] for number in numbers]
    series = [window.register.series for window in chosen]
    edges = [window.period.start for window in chosen] + [window.period.end for window in chosen]
    before = _reads(session, _BEFORE, series * 2, edges, watermark)
    # the read after an edge is needed only where there is none before it, or where the edge is interpolated
    beyond = [
        place
        for place in range(len(edges))
        if before[place] is None or chosen[place % len(chosen)].edges is BoundaryRule.INTERPOLATED
    ]
    looked = _reads(session, _AFTER, [(series * 2)[at] for at in beyond], [edges[at] for at in beyond], watermark)
    after = dict(zip(beyond, looked, strict=True))
    events = register_events(session, set(series), watermark)
    results: _Counted = {}
    for place, (number, window) in enumerate(zip(numbers, chosen, strict=True)):
        opening = Boundary(before[place], after.get(place))
        closing = Boundary(before[place + len(chosen)], after.get(place + len(chosen)))
        multiplier = window.register.register.multiplier
        use: Use | UsufructError
        try:
            use = cumulative_use(
                window.period, opening, closing, events[window.register.series], multiplier, window.edges
            )
        except UsufructError as fault:
            use = fault
        results[number] = CountedUse(use, reach_of_counter(window.period, opening, closing, window.edges))
    return results


def _levels(session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int) -> _Counted:
    chosen = [windows[number] for number in numbers]
    results: _Counted = {}
    reads = reads_over(session, [(window.register, window.period) for window in chosen], watermark)
    for number, window, register_reads in zip(numbers, chosen, reads, strict=True):
        register = window.register.register
        count = state_use if register.kind is RegisterKind.STATE else level_use
        use: Use | UsufructError
        try:
            use = count(window.period, register_reads, register)
        except UsufructError as fault:
            use = fault
        results[number] = CountedUse(use, reach_of_reads(window.period, register_reads, register))
    return results


def reads_over(
    session: Session, asked: Sequence[tuple[StoredRegister, Period]], watermark: int = NOW
) -> list[tuple[Reading, ...]]:
    """Fetch the live reads of registers over periods: from the last up to the start to the first from the end on.

    Three queries, whatever the number of registers: the reads before, between and after.

    Returns:
        One tuple per register and period, in their order; reads in order of time.
    """
    if not asked:
        return []
    series = [register.series for register, _ in asked]
    starts, ends = [period.start for _, period in asked], [period.end for _, period in asked]
    before = _reads(session, _BEFORE, series, starts, watermark)
    after = _reads(session, _AFTER, series, [end - MICROSECOND for end in ends], watermark)
    span = {"all": sorted(set(series)), "lowest": min(starts), "highest": max(ends), "watermark": watermark}
    between: dict[int, list[Reading]] = defaultdict(list)
    for row in session.execute(_BETWEEN, span).all():  # fetched at once: a third of the time that row by row takes
        if row.value is not None:
            between[row.series].append(
                Reading(row.series, row.start, row.end, row.value, Quality(row.quality), row.batch)
            )
    starts_of = {of_series: [read.start for read in reads] for of_series, reads in between.items()}
    results: list[tuple[Reading, ...]] = []
    for place, (register, period) in enumerate(asked):
        starts = starts_of.get(register.series, [])
        within = slice(bisect_right(starts, period.start), bisect_left(starts, period.end))
        around = (before[place], *between[register.series][within], after[place])
        results.append(tuple(read for read in around if read is not None))
    return results


def _reads(
    session: Session, query: TextClause, series: Sequence[int], edges: Sequence[datetime], watermark: int
) -> list[Reading | None]:
    """Fetch the live read before or after an edge, for every pair of a series and an edge; None where there is none."""
    reads: list[Reading | None] = [None] * len(series)
    if series:
        asked = {"series": list(series), "edges": list(edges), "watermark": watermark}
        for row in session.execute(query, asked):
            quality = Quality(row.quality)
            reads[row.n - 1] = Reading(series[row.n - 1], row.start, row.end, row.value, quality, row.batch)
    return reads


def register_events(session: Session, series: Iterable[int], watermark: int = NOW) -> Mapping[int, list[RegisterEvent]]:
    """Fetch the exchanges, resets and rollovers of series, in order of time; a series without any has an empty list."""
    events: dict[int, list[RegisterEvent]] = defaultdict(list)
    for row in session.execute(_EVENTS, {"series": sorted(series), "watermark": watermark}):
        if row.gained is not None:
            events[row.series].append(RegisterEvent(row.at, EventKind(row.kind), row.gained))
    return events


def counter_figures(
    session: Session, queries: Sequence[CounterQuery], watermark: int = NOW
) -> list[CounterFigures | None]:
    """Find the figures that counters showed at both ends of billed uses, and what happened to them in between.

    Three queries, whatever the number of uses; two more where some of them are interpolated.

    Args:
        session: states the tenant.
        queries: uses of counters.
        watermark: up to which batch the uses knew.

    Returns:
        In the order of the queries; None where the log has no figures that come to the use.
    """
    series, count = [query.series for query in queries], len(queries)
    if not count:
        return []
    firsts = _reads(session, _AFTER, series, [query.extent.start - MICROSECOND for query in queries], watermark)
    lasts = _reads(session, _BEFORE, series, [query.extent.end - MICROSECOND for query in queries], watermark)
    events = register_events(session, set(series), watermark)
    results = [
        figures_read(query, firsts[place], lasts[place], events[query.series]) for place, query in enumerate(queries)
    ]
    between = [place for place, figures in enumerate(results) if figures is None]
    chosen = [queries[place] for place in between]
    edges = [query.period.start for query in chosen] + [query.period.end for query in chosen]
    of_chosen = [query.series for query in chosen]
    before = _reads(session, _BEFORE, of_chosen * 2, edges, watermark)
    after = _reads(session, _AFTER, of_chosen * 2, edges, watermark)
    for at, (place, query) in enumerate(zip(between, chosen, strict=True)):
        opening, closing = (Boundary(before[edge], after[edge]) for edge in (at, at + len(chosen)))
        results[place] = figures_interpolated(query, opening, closing, events[query.series])
    return _with_reads_of_breaks(session, queries, results, watermark)


def _with_reads_of_breaks(
    session: Session, queries: Sequence[CounterQuery], results: Sequence[CounterFigures | None], watermark: int
) -> list[CounterFigures | None]:
    """Add the reads from which on counters count in other figures; one query, where there are any."""
    breaks = [
        (query.series, one.at)
        for query, figures in zip(queries, results, strict=True)
        for one in (() if figures is None else figures.breaks)
    ]
    reads = iter(_reads(session, _BEFORE, [key for key, _ in breaks], [at for _, at in breaks], watermark))
    return [
        None if figures is None else figures.with_reads([next(reads) for _ in figures.breaks]) for figures in results
    ]


_OF_INTERVALS = (RegisterKind.INTERVAL, RegisterKind.EVENT)
_COUNTED_BY: Mapping[RegisterKind, Callable[..., _Counted]] = {
    RegisterKind.INTERVAL: _intervals,
    RegisterKind.EVENT: _intervals,
    RegisterKind.CUMULATIVE: _cumulatives,
    RegisterKind.INSTANTANEOUS: _levels,
    RegisterKind.STATE: _levels,
}
