"""Resets of counters that a file states: there the counter closes at its read before and opens at the file's read.

A delivery records each as an event, as ``usufruct reset`` does. A reset or an exchange that is known of that instant
stays, so a file that comes again changes nothing, and what a person declared counts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

import numpy as np

from metering.deliveries.delivery import LogDelta
from metering.deliveries.exchanges import CounterEvents
from metering.ingest.raw_columns import CounterReset
from metering.log.columns import Readings, instant_of, sort_order

#: By series and start of the reading that opens the new figures.
Resets: TypeAlias = Mapping[tuple[int, int], CounterReset]


def of_series(resets: Resets, series: int) -> dict[datetime, CounterReset]:
    """The resets of one series, by instant."""
    return {instant_of(start): reset for (of, start), reset in resets.items() if of == series}


def with_opening_reads(
    delta: LogDelta, delivered: Readings, stored: Readings, resets: Resets, known: CounterEvents
) -> LogDelta:
    """Append the opening read of each new reset again that is in the log already, because an event has its own.

    Args:
        delta: the delivery compared with the log.
        delivered: the readings of the delivery, by series and start.
        stored: the log around them.
        resets: those of the delivery.
        known: the events of its counters so far.
    """
    if not resets:
        return delta
    appended = set(zip(delta.readings.series.tolist(), delta.readings.start.tolist(), strict=True))
    live = stored.at(stored.is_live)
    in_log = set(zip(live.series.tolist(), live.start.tolist(), strict=True))
    missing = [
        place
        for place, key in enumerate(zip(delivered.series.tolist(), delivered.start.tolist(), strict=True))
        if key in resets and not resets[key].to_say and key in in_log and key not in appended
        and instant_of(key[1]) not in known.declared.get(key[0], {}) and _is_after_another(key, delivered, live)
    ]  # fmt: skip
    if not missing:
        return delta
    again = delivered.at(np.array(missing, np.int64))
    readings = Readings.of(delta.readings, again)
    corrected = np.concatenate([delta.corrected, np.zeros(len(again), np.bool_)])
    order = sort_order(readings.series, readings.start, readings.line[:0])
    return LogDelta(readings.at(order), corrected[order], delta.unchanged - len(again), delta.verdicts)


def _is_after_another(key: tuple[int, int], *parts: Readings) -> bool:
    series, start = key
    return any(bool(((rows.series == series) & (rows.start < start)).any()) for rows in parts)
