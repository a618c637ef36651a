"""What a delivery brings of counters, without the reads that they cannot have shown."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.deliveries.delivery import LogDelta, without_readings
from metering.deliveries.impossible_reads import ImpossibleRun
from metering.fleet.meter import Register
from metering.log.columns import VALUE, Readings, micros, sort_order
from metering.log.reading import Verdict, limit_refusals
from quantities.number import plain, trimmed


def refuse_above_modulus(delta: LogDelta, registers: Mapping[int, Register]) -> LogDelta:
    """Refuse new reads that a counter cannot show, because they are not below its modulus.

    Args:
        delta: what is to be appended.
        registers: by series.
    """
    by_modulus: dict[Decimal, list[int]] = {}
    for series, register in registers.items():
        if register.modulus is not None:
            by_modulus.setdefault(register.modulus, []).append(series)
    refused: dict[tuple[int, int], Verdict] = {}
    for modulus, series_of_modulus in by_modulus.items():
        above = pc.greater_equal(delta.readings.value, pa.scalar(modulus, VALUE)).fill_null(pa.scalar(value=False))
        mask = above.to_numpy(zero_copy_only=False)
        if not mask.any():
            continue
        mask = mask & np.isin(delta.readings.series, series_of_modulus)
        limit_refusals(int(mask.sum()), "above_modulus")
        for place in np.flatnonzero(mask).tolist():
            series, start = int(delta.readings.series[place]), int(delta.readings.start[place])
            shown = plain(trimmed(delta.readings.value[place].as_py()))
            expected = f"below {plain(modulus)}, the modulus of {registers[series].key}"
            refused[series, start] = Verdict(int(delta.readings.line[place]), "above_modulus", shown, expected)
    return without_readings(delta, refused) if refused else delta


def left_out(
    delta: LogDelta, stored: Readings, runs: Sequence[ImpossibleRun], withdrawable: Collection[tuple[int, int]]
) -> LogDelta:
    """Refuse the new ones of impossible reads, and withdraw those of earlier deliveries.

    Args:
        delta: what is to be appended.
        stored: the log around it.
        runs: the impossible reads; of a run with a stored read that may not be withdrawn, nothing is left out.
        withdrawable: by series and start, the stored reads that may be withdrawn.
    """
    rows = delta.readings
    place_of = {
        (int(series), int(start)): place
        for place, (series, start) in enumerate(zip(rows.series, rows.start, strict=True))
    }
    refused: dict[tuple[int, int], Verdict] = {}
    withdrawn: set[tuple[int, int]] = set()
    for run in runs:
        keys = [(run.series, micros(start)) for start in run.starts]
        old = [key for key in keys if key not in place_of]
        if not set(old) <= set(withdrawable):
            continue
        withdrawn.update(old)
        for key in keys:
            if key in place_of:
                line, value = int(rows.line[place_of[key]]), rows.value[place_of[key]].as_py()
                refused[key] = Verdict(line, "impossible_rate", plain(trimmed(value)), run.expected)
    limit_refusals(len(refused), "impossible_rate")
    delta = without_readings(delta, refused) if refused else delta
    return _with_withdrawals(delta, stored, withdrawn) if withdrawn else delta


def _with_withdrawals(delta: LogDelta, stored: Readings, withdrawn: Collection[tuple[int, int]]) -> LogDelta:
    keys = zip(stored.series.tolist(), stored.start.tolist(), strict=True)
    rows = stored.at(np.array([key in withdrawn for key in keys], np.bool_))
    nothing, no_line = pa.nulls(len(rows), VALUE), np.zeros(len(rows), np.int64)
    taken_back = Readings(rows.series, rows.start, rows.end, nothing, rows.quality, no_line)
    readings = Readings.of(delta.readings, taken_back)
    corrected = np.concatenate([delta.corrected, np.ones(len(rows), np.bool_)])
    order = sort_order(readings.series, readings.start, readings.line[:0])
    return LogDelta(readings.at(order), corrected[order], delta.unchanged, delta.verdicts)
