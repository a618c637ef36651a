"""From raw columns to readings: ordinary rows are read by whole columns, all others one by one, with equal results.

``row_parser.py`` defines how a row is read. Nearly all rows of a large file are ordinary: a time in ISO 8601, a number
in digits, a known register, its own unit. These are read here by whole columns, about a hundred times faster. A row
that may not be ordinary is read by the row parser. tests/metering/ingest/test_reader.py compares both.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.consumption.use import EXTENT_MAX
from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.fleet.meter import Register, SeriesKey
from metering.ingest import interpretation, row_parser
from metering.ingest.how_read import Unsaid
from metering.ingest.interpretation import Interpreted
from metering.ingest.local_time import resolve
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import CounterReset, Parsed, RawColumns
from metering.ingest.repeated_rows import WholeRows
from metering.ingest.row_series import WORD_DIGITS, RowSeries, cell_indices, distinct_cells, of_rows
from metering.ingest.time_columns import TimeColumn
from metering.ingest.totals import without_totals
from metering.ingest.unreadable import UnknownRegister
from metering.log.columns import (
    DAY_US,
    EARLIEST_US,
    LATEST_US,
    VALUE,
    Flags,
    Ints,
    Readings,
    decimal_words,
    duration_us,
    instant_of,
    sort_order,
)
from metering.log.reading import Verdict, limit_refusals
from quantities.number import DECIMAL_PLACES_MAX

_EXTENT_MAX_US = duration_us(EXTENT_MAX)
_AT_ONCE = 1 << 16
_NO, _YES = pa.scalar(value=False), pa.scalar(value=True)
Columns: TypeAlias = dict[str, pa.Array]


def read(raw: RawColumns, targets: RegisterLookup, options: IngestOptions) -> Parsed:
    """Read the columns of a file into readings and verdicts.

    Args:
        raw: the columns.
        targets: the registers of the tenant, by key and alias.
        options: what the sender states about the file.

    Returns:
        A reading or a verdict for every row, except repeated rows.

    Raises:
        UnknownRegister: the register that the options name is none.
        Unsaid: the file can be read in several ways.
    """
    if options.register is not None and not targets.find([options.register]):
        raise UnknownRegister(
            f"there is no register {options.register!r}",
            found=options.register,
            expected=targets.nearest(options.register),
        )
    columns = {role: _whole(column) for role, column in raw.columns.items()}
    lines, verdicts, left_out, dialect = raw.lines, raw.verdicts, raw.repeated, raw.dialect
    resets, exchanges, whole_rows = raw.resets, raw.exchanges, raw.whole_rows
    row_series = RowSeries.of(columns, len(lines), targets, options)
    cells = interpretation.interpret(raw, columns, row_series.codes, row_series.registers, options)
    if cells.questions:
        raise Unsaid.of(cells.questions)
    del raw  # its columns are as large as the file and no longer needed
    fast = _read_fast(columns, lines, row_series, options, cells)
    times = row_parser.TimesOfRows(cells.stamps.are_ends, cells.stamps.time.expected)
    parser = row_parser.RowParser(row_series.by_name, options, nearest=targets.nearest, times=times)
    rest = np.flatnonzero(~fast.certain)
    for start in range(0, len(rest), _AT_ONCE):
        places = rest[start : start + _AT_ONCE]
        parser.read(cells.of_rows(columns, places), lines[places])
    columns.clear()
    good = fast.readings.at(fast.certain)
    del fast
    keys, others = parser.finish(row_series.keys, good)
    good = Readings.of(good, others) if len(others) else good
    by_key = {target.register.key: target for target in row_series.by_name.values()}
    registers = [by_key[key.register] for key in keys]
    good, how_read = interpretation.see_stamps(good, registers, cells)
    good = good.at(sort_order(good.series, good.start, good.line))
    totals: tuple[Verdict, ...] = ()
    if not options.keep_totals:
        good, totals = without_totals(good, registers)
    events = [at for at, target in enumerate(registers) if target.register.counts_itself]
    readings, repeated, contradicting = _one_row_per_start(good, events, whole_rows)
    interpretation.see_grid(readings, registers, cells)
    all_verdicts = sorted((*verdicts, *parser.verdicts, *totals, *contradicting), key=lambda verdict: verdict.line)
    return Parsed(
        keys,
        readings,
        tuple(all_verdicts),
        repeated + parser.repeated + left_out,
        {**dialect, **cells.dialect},
        resets=_resets(resets, keys, readings, row_series.by_name),
        exchanges=exchanges,
        how_read=(*cells.how_read, *how_read, *parser.how_read),
    )


def _resets(
    resets: Sequence[CounterReset], keys: Sequence[SeriesKey], rows: Readings, by_name: Mapping[str, TargetRegister]
) -> dict[tuple[int, int], CounterReset]:
    """The resets by series and start of their readings; without those whose row is no reading."""
    if not resets:
        return {}
    position = {key.register: at for at, key in enumerate(keys) if not key.dimensions}
    by_row = {
        (position[by_name[reset.register].register.key], reset.line): reset
        for reset in resets
        if reset.register in by_name and by_name[reset.register].register.key in position
    }
    places = np.flatnonzero(np.isin(rows.line, [line for _, line in by_row]))
    of_place = {int(at): by_row.get((int(rows.series[at]), int(rows.line[at]))) for at in places}
    return {(int(rows.series[at]), int(rows.start[at])): reset for at, reset in of_place.items() if reset is not None}


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


@dataclass(frozen=True, slots=True)
class _FastRead:
    """All rows as read by whole columns; only rows of the mask ``certain`` are valid."""

    readings: Readings
    certain: Flags


def _read_fast(
    columns: Columns, lines: Ints, row_series: RowSeries, options: IngestOptions, cells: Interpreted
) -> _FastRead:
    """Read all rows as if they were ordinary, with a mask of the rows for which this is certain."""
    count, code, facts = len(lines), row_series.codes, row_series.facts
    certain = code >= 0
    code = np.maximum(code, 0)
    registers = [target.register for target in row_series.registers]
    start, sure = _instants(cells.stamps.time, code, row_series)
    certain &= sure
    value, scaled, sure = _values(columns.get("value"), count, facts.scale, cells)
    certain &= cells.is_available(columns.get("value"), value)
    certain &= sure & of_rows(facts.is_number, code)
    steps = of_rows(facts.step, code)
    certain &= (scaled % np.maximum(steps, 1) == 0) & (steps > 0)
    certain &= (scaled >= 0) | of_rows(facts.signed, code)
    quality, sure = _qualities(columns.get("quality"), count)
    certain &= sure & _in_own_unit(columns.get("unit"), code, registers, options)
    interval, at_instants = of_rows(facts.interval, code), of_rows(facts.at_instants, code)
    end = start + interval
    if cells.stamps.are_ends:
        start, end = np.where(at_instants, start, start - interval), start
    if cells.stamps.end is not None:
        stated_end, sure = _instants(cells.stamps.end, code, row_series)
        has_end = ~_empty(columns["end"])
        end = np.where(has_end, stated_end, end)
        certain &= sure | ~has_end
    extent = end - start
    certain &= at_instants | ((extent > 0) & (extent <= _EXTENT_MAX_US))
    end = np.where(at_instants, start, end) if at_instants.any() else end
    return _FastRead(Readings(code, start, end, value, quality, lines), certain)


def _empty(column: pa.Array) -> Flags:
    if pa.types.is_dictionary(column.type):
        return np.append(_empty(column.dictionary), True)[cell_indices(column)]
    nulls = column.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_string(column.type):
        blank = pc.equal(pc.utf8_trim_whitespace(column), "").fill_null(_YES).to_numpy(zero_copy_only=False)
        return np.asarray(nulls | blank)
    return np.asarray(nulls)


def _instants(times: TimeColumn, code: Ints, row_series: RowSeries) -> tuple[Ints, Flags]:
    """The instants of a column, with a mask of the certain ones: with an offset, or a local time that occurs once."""
    known = times.known & (times.us >= EARLIEST_US + DAY_US) & (times.us < LATEST_US - DAY_US)
    if known.all() and not times.is_local.any():
        return times.us, known
    value, certain = np.where(known, times.us, 0), known.copy()
    for number, target in enumerate(row_series.registers):
        if not times.is_local.any():
            break
        if any(target.zone is earlier.zone for earlier in row_series.registers[:number]):
            continue
        of_zone = np.array([other.zone is target.zone for other in row_series.registers], np.bool_)
        rows = known & times.is_local & of_zone[code]
        resolved, once = resolve(value[rows], target.zone)
        value[rows], certain[rows] = resolved, once
    return value, certain


def _values(column: pa.Array | None, count: int, scale: int, cells: Interpreted) -> tuple[pa.Array, Ints, Flags]:
    """The numbers of a column: as values; in units of the last of ``scale`` decimal places; a mask of exact ones."""
    if column is None:
        return _no_values(count)
    if cells.marks is not None:
        number = cells.marks.numbers.cast(VALUE)
    elif pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
        try:
            number = column.cast(VALUE)
        except pa.ArrowInvalid:
            return _no_values(count)
    else:
        return _no_values(count)
    low, high = decimal_words(number)
    if not number.null_count and bool((high == low >> 63).all()):
        step = 10 ** (DECIMAL_PLACES_MAX - scale)
        scaled = low // step
        known = (scaled * step == low) & (scaled < 10**WORD_DIGITS) & (scaled > -(10**WORD_DIGITS))
        return number, np.where(known, scaled, 0), known
    coarse, exact = _rounded(number, scale)
    low, high = decimal_words(coarse)
    fits = (high == low >> 63) & (np.abs(low) < 10**WORD_DIGITS)
    known = exact & fits
    return number, np.where(known, low, 0), known


def _no_values(count: int) -> tuple[pa.Array, Ints, Flags]:
    return pa.nulls(count, VALUE), np.zeros(count, np.int64), np.zeros(count, np.bool_)


def _rounded(number: pa.Array, scale: int) -> tuple[pa.Array, Flags]:
    """Values with so many decimal places; and a mask of those that have no more, and are not null."""
    kind = pa.decimal128(38, scale)
    try:
        coarse = number.cast(kind)  # refuses to take off a digit, and nearly always none is
    except pa.ArrowInvalid:
        coarse = pc.cast(number, kind, safe=False)
        exact = pc.equal(pc.cast(coarse, VALUE, safe=False), number).fill_null(_NO)
        return coarse, np.asarray(exact.to_numpy(zero_copy_only=False))
    return coarse, np.asarray(number.is_valid().to_numpy(zero_copy_only=False))


def _qualities(column: pa.Array | None, count: int) -> tuple[Ints, Flags]:
    if column is None:
        return np.zeros(count, np.int64), np.ones(count, np.bool_)
    texts, indices = distinct_cells(column)
    codes = [row_parser.parse_quality("" if text is None else str(text).strip()) for text in texts]
    of_text = np.array([-1 if code is None else int(code) for code in codes] or [0], np.int64)
    return np.maximum(of_text[indices], 0), of_text[indices] >= 0


def _in_own_unit(column: pa.Array | None, code: Ints, registers: Sequence[Register], options: IngestOptions) -> Flags:
    """A mask of the rows in their register's own unit; the values of the others are converted by the row parser."""
    if column is None and not options.unit:
        return np.ones(len(code), np.bool_)
    texts, indices = ([options.unit], np.zeros(len(code), np.int64)) if column is None else distinct_cells(column)
    same = np.array(
        [
            [
                row_parser.is_own_unit(str(text).strip() if text else options.unit or "", register)
                for register in registers
            ]
            or [False]
            for text in texts
        ]
        or [[False]],
        np.bool_,
    )
    return np.ones(len(code), np.bool_) if same.all() else np.asarray(same[indices, code])


def _one_row_per_start(
    ordered: Readings, events: Collection[int], whole_rows: WholeRows | None
) -> tuple[Readings, int, list[Verdict]]:
    """Of rows sorted by series, start and line keep the first of each start; the others repeat or contradict it.

    Several events at the same instant are refused: they may be several events, or one that was sent several times.

    Returns:
        The kept rows; the number of rows that repeat one; verdicts on those that contradict one.
    """
    series, start = ordered.series, ordered.start
    again = np.zeros(len(series), np.bool_)
    again[1:] = (series[1:] == series[:-1]) & (start[1:] == start[:-1])
    repeated, verdicts = 0, []
    if again.any():
        first = np.maximum.accumulate(np.where(again, 0, np.arange(len(series))))
        low, high = decimal_words(ordered.value)
        same = (low == low[first]) & (high == high[first]) & (ordered.end == ordered.end[first])
        limit_refusals(int((again & ~same).sum()), "contradicts_line")
        several = again & np.isin(ordered.series, list(events))
        for place in np.flatnonzero(several).tolist():
            actual, expected = instant_of(ordered.start[place]).isoformat(), "one row an instant, its value how many"
            verdicts.append(Verdict(int(ordered.line[place]), "several_events", actual, expected))
        repeats = np.flatnonzero(again & same & ~several)
        repeated = len(repeats)
        if whole_rows is not None and repeated:
            pairs = zip(ordered.line[first[repeats]].tolist(), ordered.line[repeats].tolist(), strict=True)
            unlike = whole_rows.differing(list(pairs))
            limit_refusals(len(unlike), "differs_from_line")
            repeated -= len(unlike)
            verdicts += unlike
        for place in np.flatnonzero(again & ~same & ~several).tolist():
            actual = f"{ordered.value[place].as_py().normalize():f} up to {instant_of(ordered.end[place]).isoformat()}"
            expected = f"as line {ordered.line[first[place]]} has it"
            verdicts.append(Verdict(int(ordered.line[place]), "contradicts_line", actual, expected))
        ordered = ordered.at(~again)
    return ordered, repeated, verdicts
