"""Numbered hours on the day on which a clock is put forward: counted as they pass, or as the clock shows them.

A day of 23 hours has no hour 3 where numbers are those of the clock, and no hour 24 where they count what passes. From
the hour left out on, the same number is two instants, and the rows of such a day are refused. A 25th hour puts the day
on which the clock is put back in doubt likewise; on any other day it is a bad row, and the others are clock times.
"""

from collections.abc import Sequence
from datetime import tzinfo

import numpy as np

from metering.fleet.lookup import TargetRegister
from metering.ingest.local_time import years_of
from metering.ingest.no_reading import NoReading
from metering.ingest.time_columns import TimeColumn, counted_in_two_ways
from metering.log.columns import DAY_US, Flags, Ints, duration_us, instant_of, micros
from quantities.period import offset, offset_changes

_HOUR_US = 3_600_000_000


def without_short_days(
    time: TimeColumn, code: Ints, targets: Sequence[TargetRegister], *, are_ends: bool
) -> TimeColumn:
    """The times of a column; those of days on which hours seem to be counted as they pass are no times.

    Args:
        time: of each row.
        code: per row, the position of its register in ``targets``; -1: unknown.
        targets: the registers, in the zone of their site or in the one that the sender says.
        are_ends: whether times are the ends of hours.
    """
    if (not time.form.has_hours and not time.form.ends) or not time.is_local.any():
        return time
    start = time.us - (_HOUR_US if are_ends else 0)
    refused: dict[int, NoReading] = {}
    for number, target in enumerate(targets):
        rows = np.flatnonzero(time.known & time.is_local & (code == number))
        for row in rows[_in_doubt(start[rows], target.zone)].tolist():
            local = instant_of(int(time.us[row])).replace(tzinfo=None)
            refused[row] = counted_in_two_ways(local.isoformat(" "))
    if not refused:
        return time
    known = time.known.copy()
    known[list(refused)] = False
    return time.without(known, refused)


def with_ordinary_days(time: TimeColumn, code: Ints, targets: Sequence[TargetRegister]) -> TimeColumn:
    """The times of a column with those of days that seemed to have 25 hours, and have not in their register's zone.

    Args:
        time: of each row.
        code: per row, the position of its register in ``targets``; -1: unknown.
        targets: the registers, in the zone of their site or in the one that the sender says.
    """
    if time.in_doubt is None:
        return time
    doubt, known, refused = time.in_doubt, time.known.copy(), {}
    for number, target in enumerate(targets):
        rows = np.flatnonzero(doubt.rows & (code == number))
        days = np.unique(doubt.day[rows]).tolist()
        ordinary = rows[np.isin(doubt.day[rows], [day for day in days if not _is_long(day, target.zone)])]
        known[ordinary] |= doubt.are_times[ordinary]
        for row in ordinary[~doubt.are_times[ordinary]].tolist():
            refused[row] = NoReading("not_a_time", _text_of(time.cells(row)), time.expected)
    return time.settled(known, refused)


def _text_of(cell: object) -> str:
    return cell.found if isinstance(cell, NoReading) else str(cell)


def _is_long(day: int, zone: tzinfo) -> bool:
    """Whether the clock is put back on a local day, in days since 1970."""
    year = instant_of(day * DAY_US).year
    for at in (year - 1, year, year + 1):  # of UTC years, beside which a local day may lie
        for change, ahead in offset_changes(zone, at):
            before = offset(instant_of(micros(change) - 1), zone)
            if ahead < before and (micros(change) - 1 + duration_us(before)) // DAY_US == day:
                return True
    return False


def _in_doubt(start: Ints, zone: tzinfo) -> Flags:
    """A mask of the rows of days that have the hour which the clock leaves out, and not the last hour."""
    doubt = np.zeros(len(start), np.bool_)
    if not len(start):
        return doubt
    for year in years_of(start):
        for change, ahead in offset_changes(zone, year):
            skipped_to = micros(change) + duration_us(ahead)
            skipped_from = micros(change) + duration_us(offset(instant_of(micros(change) - 1), zone))
            day = skipped_from // DAY_US
            of_day = start // DAY_US == day
            has_skipped = bool(((start >= skipped_from) & (start < skipped_to)).any())
            if has_skipped and not (of_day & (start >= (day + 1) * DAY_US - _HOUR_US)).any():
                doubt |= of_day
    return doubt
