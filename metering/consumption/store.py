"""Use of many series over many periods, as of a watermark: one query for each way that registers count."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from sqlalchemy import TextClause, text
from sqlmodel import Session

from metering.consumption.level import level_use, state_use
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
from metering.log.as_of import newest, newest_events
from metering.log.reading import Quality, Reading
from metering.log.store import NOW
from quantities.errors import UsufructError
from quantities.number import ARITHMETIC_DIGITS
from quantities.period import MICROSECOND, Period

ESTIMATED = [int(each) for each in Quality if each.estimated]
QUESTIONABLE = [int(each) for each in Quality if not each.billable]


@dataclass(frozen=True, slots=True)
class Window:
    """One question: what did this register count over this period?

    Attributes:
        register: all its series, whatever their dimensions.
        period: what is counted.
        edges: what counts where no reading falls on the period's edges.
    """

    register: StoredRegister
    period: Period
    edges: BoundaryRule = BoundaryRule.LAST_READ


_READ = 'start, "end", trim_scale(value) as value, quality, batch'
_WITHIN = "series = any(:all) and start >= :lowest and start < :highest"

_INTERVALS = text(
    f"""
    with newest as ({newest("series, start, value, quality, batch", _WITHIN)})
    select asked.n, count(newest.series) as known, count(value) as readings,
           trim_scale(coalesce(sum(value), 0)) as total,
           count(value) filter (where quality = any(:estimated)) as estimated,
           count(value) filter (where quality = any(:questionable)) as questionable, coalesce(max(batch), 0) as batch
    from unnest(cast(:numbers as int[]), cast(:series as int[]), cast(:starts as timestamptz[]),
                cast(:ends as timestamptz[])) as asked (n, series, low, high)
    left join newest on newest.series = asked.series and newest.start >= low and newest.start < high
    group by asked.n
    """
)

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

_AFTER = text(
    f"""
    select asked.n, known.* from unnest(cast(:series as int[]), cast(:edges as timestamptz[]))
         with ordinality as asked (series, edge, n)
    cross join lateral (
        select * from ({newest(_READ, "series = asked.series and start > asked.edge", of_one_series=True)}) newest
        where value is not null order by start limit 1) known
    """
)

_BETWEEN = text(newest(f"series, {_READ}", "series = any(:all) and start > :lowest and start < :highest"))
_EVENTS = text(newest_events("series, at, kind, gained", "series = any(:series)"))


def uses(session: Session, windows: Sequence[Window], watermark: int = NOW) -> list[Use | UsufructError]:
    """Count what many registers counted.

    Args:
        session: states the tenant.
        windows: any number of registers and periods.
        watermark: the last batch that counts.

    Returns:
        For each window, in order, its use, or why it cannot be counted: nothing read is not the same as no use.
    """
    found: dict[int, Use | UsufructError] = {}
    by_kind: dict[Callable[..., dict[int, Use | UsufructError]], list[int]] = defaultdict(list)
    for number, window in enumerate(windows):
        by_kind[_COUNTED_BY[window.register.register.kind]].append(number)
    for counted_by, numbers in by_kind.items():
        found |= counted_by(session, windows, numbers, watermark)
    return [found[number] for number in range(len(windows))]


def _intervals(
    session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int
) -> dict[int, Use | UsufructError]:
    found: dict[int, Use | UsufructError] = {}
    asked = [(number, series) for number in numbers for series in windows[number].register.all_series]
    rows = session.execute(
        _INTERVALS,
        {
            "numbers": [number for number, _ in asked],
            "series": [series for _, series in asked],
            "starts": [windows[number].period.start for number, _ in asked],
            "ends": [windows[number].period.end for number, _ in asked],
            "all": sorted({series for _, series in asked}),
            "lowest": min(windows[number].period.start for number in numbers),
            "highest": max(windows[number].period.end for number in numbers),
            "watermark": watermark,
            "estimated": ESTIMATED,
            "questionable": QUESTIONABLE,
        },
    ).all()
    shares = _shares(session, windows, numbers, watermark)
    for row in rows:
        window, share = windows[row.n], shares.get(row.n, _Shares())
        if isinstance(share, UsufructError):
            found[row.n] = share
        elif not row.known and not share.behind and not share.beyond:
            # a period whose readings a person has withdrawn is another matter: it used nothing
            found[row.n] = NothingRead(f"no reading of {window.register.register.key} in {window.period}")
        else:
            found[row.n] = interval_use(
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
            )
    return found


@dataclass(frozen=True, slots=True)
class _Shares:
    """What of the interval across its start is a period's, and from when; what of that across its end is not."""

    behind: Decimal = Decimal(0)
    beyond: Decimal = Decimal(0)
    from_: datetime | None = None


def _shares(
    session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int
) -> dict[int, _Shares | UsufructError]:
    """Find what of the intervals across the edges belongs to each period, where the last that starts does not count."""
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
    found: dict[int, _Shares | UsufructError] = {}
    for place, (number, _) in enumerate(asked):
        window, sofar = windows[number], found.get(number, _Shares())
        if isinstance(sofar, UsufructError):
            continue
        across = before[place]
        try:
            behind = share_across(window.period.start, across, window.edges)
            beyond = share_across(window.period.end, before[place + len(asked)], window.edges)
        except UsufructError as fault:
            found[number] = fault
            continue
        from_ = min(filter(None, (sofar.from_, across.start if across and behind else None)), default=None)
        with localcontext(prec=ARITHMETIC_DIGITS):
            found[number] = _Shares(sofar.behind + behind, sofar.beyond + beyond, from_)
    return found


def _cumulatives(
    session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int
) -> dict[int, Use | UsufructError]:
    chosen = [windows[number] for number in numbers]
    series = [each.register.series for each in chosen]
    edges = [each.period.start for each in chosen] + [each.period.end for each in chosen]
    before = _reads(session, _BEFORE, series * 2, edges, watermark)
    # beyond an edge only what has none before it, or what is interpolated, needs to look
    beyond = [
        place
        for place in range(len(edges))
        if before[place] is None or chosen[place % len(chosen)].edges is BoundaryRule.INTERPOLATED
    ]
    looked = _reads(session, _AFTER, [(series * 2)[at] for at in beyond], [edges[at] for at in beyond], watermark)
    after = dict(zip(beyond, looked, strict=True))
    events = _events(session, set(series), watermark)
    found: dict[int, Use | UsufructError] = {}
    for place, (number, window) in enumerate(zip(numbers, chosen, strict=True)):
        opening = Boundary(before[place], after.get(place))
        closing = Boundary(before[place + len(chosen)], after.get(place + len(chosen)))
        multiplier = window.register.register.multiplier
        try:
            found[number] = cumulative_use(
                window.period, opening, closing, events[window.register.series], multiplier, window.edges
            )
        except UsufructError as fault:
            found[number] = fault
    return found


def _levels(
    session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int
) -> dict[int, Use | UsufructError]:
    chosen = [windows[number] for number in numbers]
    found: dict[int, Use | UsufructError] = {}
    reads = reads_over(session, [(each.register, each.period) for each in chosen], watermark)
    for number, window, known in zip(numbers, chosen, reads, strict=True):
        register = window.register.register
        count = state_use if register.kind is RegisterKind.STATE else level_use
        try:
            found[number] = count(window.period, known, register)
        except UsufructError as fault:
            found[number] = fault
    return found


def reads_over(
    session: Session, asked: Sequence[tuple[StoredRegister, Period]], watermark: int = NOW
) -> list[tuple[Reading, ...]]:
    """Fetch the live reads of registers over periods, from the last at or before each to the first at or after its end.

    One query for all that lies between, whatever the number of registers, and one for either side.
    """
    if not asked:
        return []
    series = [register.series for register, _ in asked]
    starts, ends = [period.start for _, period in asked], [period.end for _, period in asked]
    before = _reads(session, _BEFORE, series, starts, watermark)
    after = _reads(session, _AFTER, series, [end - MICROSECOND for end in ends], watermark)
    span = {"all": sorted(set(series)), "lowest": min(starts), "highest": max(ends), "watermark": watermark}
    between: dict[int, list[Reading]] = defaultdict(list)
    for row in session.execute(_BETWEEN, span):
        if row.value is not None:
            between[row.series].append(
                Reading(row.series, row.start, row.end, row.value, Quality(row.quality), row.batch)
            )
    return [
        tuple(
            each
            for each in (
                before[place],
                *(read for read in between[register.series] if period.start < read.start < period.end),
                after[place],
            )
            if each is not None
        )
        for place, (register, period) in enumerate(asked)
    ]


def _reads(
    session: Session, query: TextClause, series: Sequence[int], edges: Sequence[datetime], watermark: int
) -> list[Reading | None]:
    """Fetch for each series and edge the live read before or after it."""
    found: list[Reading | None] = [None] * len(series)
    if series:
        asked = {"series": list(series), "edges": list(edges), "watermark": watermark}
        for row in session.execute(query, asked):
            quality = Quality(row.quality)
            found[row.n - 1] = Reading(series[row.n - 1], row.start, row.end, row.value, quality, row.batch)
    return found


def _events(session: Session, series: Iterable[int], watermark: int) -> Mapping[int, list[RegisterEvent]]:
    found: dict[int, list[RegisterEvent]] = defaultdict(list)
    for row in session.execute(_EVENTS, {"series": sorted(series), "watermark": watermark}):
        if row.gained is not None:
            found[row.series].append(RegisterEvent(row.at, EventKind(row.kind), row.gained))
    return found


_COUNTED_BY: Mapping[RegisterKind, Callable[..., dict[int, Use | UsufructError]]] = {
    RegisterKind.INTERVAL: _intervals,
    RegisterKind.EVENT: _intervals,
    RegisterKind.CUMULATIVE: _cumulatives,
    RegisterKind.INSTANTANEOUS: _levels,
    RegisterKind.STATE: _levels,
}
