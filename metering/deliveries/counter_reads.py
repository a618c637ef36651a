"""Impossible reads of counters in a delivery, judged by the reads around them, of which some are in the log."""

from collections.abc import Collection, Mapping

import numpy as np
from sqlmodel import Session

from metering.deliveries.delivery import LogDelta, live_after
from metering.deliveries.exchanges import CounterEvents
from metering.deliveries.falls import falling_series
from metering.deliveries.impossible_reads import ImpossibleRun, goes_up_to_the_top, impossible_reads
from metering.deliveries.left_out import left_out, refuse_above_modulus
from metering.deliveries.neighbours import counters, readings_of_one_series
from metering.deliveries.resets import Resets
from metering.deliveries.resets import of_series as resets_of_series
from metering.fleet.store import StoredRegister
from metering.log import store
from metering.log.as_of import newest
from metering.log.columns import Readings, distinct, instant_of, sort_order
from metering.log.reading import Quality

#: So many reads before a delivery say how fast a counter moves.
_EARLIER_READS = 30


def refuse_impossible_reads(
    session: Session,
    delta: LogDelta,
    stored: Readings,
    of_series: Mapping[int, StoredRegister],
    known: CounterEvents,
    *,
    number: int,
    stated: Resets,
) -> tuple[LogDelta, Readings, Readings | None]:
    """Refuse the reads of a delivery that a counter cannot have shown; withdraw stored ones that prove to be such.

    Args:
        session: states the tenant.
        delta: what is to be appended.
        stored: the log around it.
        of_series: the register of every series in ``delta``.
        known: the events of its counters.
        number: of the batch.
        stated: the resets that the file states.

    Returns:
        The delta without the refused reads, which have verdicts, and with the withdrawals; the log around it, with
        earlier reads of the counters that fall; and ``live_after`` of both, if it had to be known.
    """
    cumulative = counters(distinct(delta.readings.series), of_series)
    if not cumulative:
        return delta, stored, None
    delta = refuse_above_modulus(delta, {series: of_series[series].register for series in cumulative})
    live = live_after(delta, stored)
    rolled = {series for series in cumulative & known.rollovers.keys() if _rises_back(live, series, of_series[series])}
    falling = rolled | (cumulative & falling_series(live))
    if not falling:
        return delta, stored, live
    stored = _with_earlier_reads(session, stored, delta.readings, falling)
    live = live_after(delta, stored)
    runs: list[ImpossibleRun] = []
    for series in sorted(falling):
        new = {instant_of(start) for start in delta.readings.start[delta.readings.series == series].tolist()}
        breaks = {*known.declared.get(series, {}), *resets_of_series(stated, series)}
        register = of_series[series].register
        runs += impossible_reads(readings_of_one_series(live, series), new, breaks, register)
    if not runs:
        return delta, stored, live
    return left_out(delta, stored, runs, _withdrawable(session, runs, number)), stored, None


def _rises_back(live: Readings, series: int, register: StoredRegister) -> bool:
    """Whether a counter comes back from a rollover that may have been none."""
    return goes_up_to_the_top(readings_of_one_series(live, series), register.register.modulus)


def _with_earlier_reads(session: Session, stored: Readings, new: Readings, falling: Collection[int]) -> Readings:
    """The log around a delivery, and more of the live reads before it."""
    of_falling = stored.at(np.isin(stored.series, list(falling)))
    both = Readings.of(of_falling, new.at(np.isin(new.series, list(falling))))
    firsts = {series: instant_of(int(both.start[both.series == series].min())) for series in sorted(falling)}
    asked = {"series": list(firsts), "first": list(firsts.values()), "most": _EARLIER_READS}
    all_rows = Readings.of(stored, store.fetch_readings(session, _EARLIER, asked))
    return all_rows.at(sort_order(all_rows.series, all_rows.start, all_rows.line[:0]))


_ROW = 'series, start, "end", value, quality, line'
_EARLIER = f"""
    select before.*
    from unnest(%(series)s::int[], %(first)s::timestamptz[]) as span (series, first) cross join lateral (
        select * from ({
    newest(_ROW, "series = span.series and start < span.first", of_one_series=True, backwards=True, now=True)
}) known
        where value is not null order by start desc limit %(most)s) before
"""


def _withdrawable(session: Session, runs: Collection[ImpossibleRun], number: int) -> set[tuple[int, int]]:
    """The reads of earlier batches that no person has verified or set, by series and start."""
    keys = [(run.series, start) for run in runs for start in run.starts]
    asked = {"series": [series for series, _ in keys], "start": [start for _, start in keys], "number": number}
    asked["persons"] = [int(Quality.VERIFIED), int(Quality.MANUALLY_EDITED)]
    rows = store.fetch_readings(session, _OF_EARLIER_BATCHES, asked)
    return set(zip(rows.series.tolist(), rows.start.tolist(), strict=True))


_OF_EARLIER_BATCHES = f"""
    select known.*
    from unnest(%(series)s::int[], %(start)s::timestamptz[]) as key (series, start) cross join lateral (
        select * from ({newest(f"{_ROW}, batch", "series = key.series and start = key.start", now=True)}) newest
        where batch < %(number)s and value is not null and quality != all(%(persons)s::int[])) known
"""
