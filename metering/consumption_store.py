"""Use of many series over many periods, as of a watermark: one query for all intervals, one for all boundaries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from metering.consumption import EventKind, NothingRead, RegisterEvent, Use, cumulative_use, interval_use
from metering.meter import RegisterKind
from metering.meter_store import StoredRegister
from metering.period import Period
from metering.reading import Quality, Reading
from metering.store import NOW

_ESTIMATED = [int(each) for each in Quality if each.estimated]


@dataclass(frozen=True, slots=True)
class Window:
    """One question: what did this register count over this period?"""

    register: StoredRegister
    period: Period


_INTERVALS = text(
    """
    with newest as (
        select distinct on (series, start) series, start, value, quality, batch from reading
        where series = any(:all) and start >= :lowest and start < :highest and batch <= :watermark
        order by series, start, batch desc)
    select asked.n, count(newest.series) as known, count(value) as readings,
           trim_scale(coalesce(sum(value), 0)) as total,
           count(value) filter (where quality = any(:estimated)) as estimated, coalesce(max(batch), 0) as batch
    from unnest(cast(:series as int[]), cast(:starts as timestamptz[]), cast(:ends as timestamptz[]))
         with ordinality as asked (series, low, high, n)
    left join newest on newest.series = asked.series and newest.start >= low and newest.start < high
    group by asked.n
    """
)

_BOUNDARIES = text(
    """
    select asked.n, o.start as o_start, trim_scale(o.value) as o_value, o.quality as o_quality, o.batch as o_batch,
           c.start as c_start, trim_scale(c.value) as c_value, c.quality as c_quality, c.batch as c_batch
    from unnest(cast(:series as int[]), cast(:starts as timestamptz[]), cast(:ends as timestamptz[]))
         with ordinality as asked (series, low, high, n)
    left join lateral (
        select * from (select distinct on (start) start, value, quality, batch from reading
                       where series = asked.series and start <= asked.high and batch <= :watermark
                       order by start desc, batch desc) known
        where value is not null order by start desc limit 1) c on true
    left join lateral (
        select * from (
            (select * from (select distinct on (start) start, value, quality, batch from reading
                            where series = asked.series and start <= asked.low and batch <= :watermark
                            order by start desc, batch desc) known
             where value is not null order by start desc limit 1)
            union all
            (select * from (select distinct on (start) start, value, quality, batch from reading
                            where series = asked.series and start > asked.low and start <= asked.high
                              and batch <= :watermark
                            order by start, batch desc) known
             where value is not null order by start limit 1)) either
        order by start limit 1) o on true
    """
)

_EVENTS = text(
    """
    select distinct on (series, at) series, at, kind, gained from register_event
    where series = any(:series) and batch <= :watermark order by series, at, batch desc
    """
)


def uses(session: Session, windows: Sequence[Window], watermark: int = NOW) -> list[Use | NothingRead]:
    """Count what many registers counted.

    Args:
        session: states the tenant.
        windows: any number of registers and periods.
        watermark: the last batch that counts.

    Returns:
        For each window, in order, its use, or that nothing was read: which is not the same as no use.
    """
    found: dict[int, Use | NothingRead] = {}
    by_kind: dict[RegisterKind, list[int]] = defaultdict(list)
    for number, window in enumerate(windows):
        by_kind[window.register.register.kind].append(number)
    if by_kind[RegisterKind.INTERVAL]:
        found |= _intervals(session, windows, by_kind[RegisterKind.INTERVAL], watermark)
    if by_kind[RegisterKind.CUMULATIVE]:
        found |= _cumulatives(session, windows, by_kind[RegisterKind.CUMULATIVE], watermark)
    return [found[number] for number in range(len(windows))]


def _asked(windows: Sequence[Window], numbers: Sequence[int], watermark: int) -> dict[str, object]:
    chosen = [windows[number] for number in numbers]
    return {
        "series": [each.register.series for each in chosen],
        "starts": [each.period.start for each in chosen],
        "ends": [each.period.end for each in chosen],
        "all": sorted({each.register.series for each in chosen}),
        "lowest": min(each.period.start for each in chosen),
        "highest": max(each.period.end for each in chosen),
        "watermark": watermark,
        "estimated": _ESTIMATED,
    }


def _intervals(
    session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int
) -> dict[int, Use | NothingRead]:
    found: dict[int, Use | NothingRead] = {}
    for row in session.execute(_INTERVALS, _asked(windows, numbers, watermark)):
        number = numbers[row.n - 1]
        window = windows[number]
        if not row.known:  # a period whose readings a person has withdrawn is another matter: it used nothing
            found[number] = NothingRead(f"no reading of {window.register.register.key} in {window.period}")
            continue
        found[number] = interval_use(
            window.period,
            count=row.readings,
            total=row.total,
            estimated=row.estimated,
            batch=row.batch,
            multiplier=window.register.register.multiplier,
            interval=window.register.register.interval,
        )
    return found


def _cumulatives(
    session: Session, windows: Sequence[Window], numbers: Sequence[int], watermark: int
) -> dict[int, Use | NothingRead]:
    asked = _asked(windows, numbers, watermark)
    events: dict[int, list[RegisterEvent]] = defaultdict(list)
    for row in session.execute(_EVENTS, {"series": asked["all"], "watermark": watermark}):
        if row.gained is not None:
            events[row.series].append(RegisterEvent(row.at, EventKind(row.kind), row.gained))
    found: dict[int, Use | NothingRead] = {}
    for row in session.execute(_BOUNDARIES, asked):
        number = numbers[row.n - 1]
        window = windows[number]
        series = window.register.series
        opening = _read(series, row.o_start, row.o_value, row.o_quality, row.o_batch)
        closing = _read(series, row.c_start, row.c_value, row.c_quality, row.c_batch)
        between = [each for each in events[series] if opening and closing and opening.start < each.at <= closing.start]
        try:
            found[number] = cumulative_use(
                window.period, opening, closing, between, window.register.register.multiplier
            )
        except NothingRead as nothing:
            found[number] = nothing
    return found


def _read(series: int, start: datetime | None, value: Decimal | None, quality: int, batch: int) -> Reading | None:
    return None if start is None else Reading(series, start, start, value, Quality(quality), batch)
