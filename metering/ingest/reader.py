"""From stated columns to readings: what is plain goes by the column, the rest row by row, with the same outcome.

``row_parser.py`` decides what a row says. Nearly every row of a large file is plain: a time in ISO 8601, a number in
digits, a known register, its own unit. Those are read here a column at a time, some hundred times faster; a row of
which that is not certain goes to the careful reader. tests/metering/ingest/test_reader.py shows that both say the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.consumption.use import EXTENT_MAX
from metering.fleet.meter import Register, SeriesKey
from metering.ingest import row_parser
from metering.ingest.local_time import resolve
from metering.ingest.raw_columns import (
    IngestOptions,
    Parsed,
    RawColumns,
    RegisterLookup,
    TargetRegister,
    UnreadableFile,
)
from metering.log.columns import (
    DAY_US,
    EARLIEST_US,
    LATEST_US,
    VALUE,
    Flags,
    Ints,
    Readings,
    duration_us,
    instant_of,
    order,
    words,
)
from metering.log.reading import Verdict, limit_refusals
from quantities.number import DECIMAL_PLACES_MAX

_ZONED = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_NAIVE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?)?$"
_NUMBER = r"^-?[0-9]{1,18}(\.[0-9]{1,12})?$"
_EXTENT_MAX_US = duration_us(EXTENT_MAX)
_AT_ONCE = 1 << 16
_WORD_DIGITS = 18  # what is sure to fit into 64 bits
_NO, _YES = pa.scalar(value=False), pa.scalar(value=True)
Columns: TypeAlias = dict[str, pa.Array]


def read(stated: RawColumns, targets: RegisterLookup, told: IngestOptions) -> Parsed:
    """Make readings and verdicts of what a file states.

    Args:
        stated: its columns.
        targets: the registers of the tenant, by key and by every other name that feeds use for them.
        told: what the sender says beside the file.

    Returns:
        A reading or a verdict for every row, but for the repeated ones.

    Raises:
        UnreadableFile: the register that was told is unknown.
    """
    if told.register is not None and not targets.find([told.register]):
        raise UnreadableFile(
            f"there is no register {told.register!r}", found=told.register, expected=targets.nearest(told.register)
        )
    columns = {role: _whole(column) for role, column in stated.columns.items()}
    lines, comma, dialect, verdicts = stated.lines, stated.comma, stated.dialect, stated.verdicts
    del stated  # its columns are as large as the file, and are not needed any more
    book = _Book.of(columns, len(lines), targets, told)
    plain = _plain(columns, lines, book, told, comma=comma)
    one_by_one = row_parser.RowParser(book.found, told, comma=comma, nearest=targets.nearest)
    rest = np.flatnonzero(~plain.certain)
    for start in range(0, len(rest), _AT_ONCE):
        some = rest[start : start + _AT_ONCE]
        cells = {role: column.take(pa.array(some)).to_pylist() for role, column in columns.items()}
        one_by_one.read(cells, lines[some])
    columns.clear()
    keys, others = one_by_one.finish(book.keys)
    good = plain.readings.at(plain.certain)
    del plain
    good = Readings.of(good, others) if len(others) else good
    counting = {each.register.key for each in book.found.values() if each.register.counts_itself}
    events = [at for at, key in enumerate(keys) if key.register in counting]
    readings, repeated, contradicting = _each_start_once(good, events)
    both = sorted((*verdicts, *one_by_one.verdicts, *contradicting), key=lambda each: each.line)
    return Parsed(keys, readings, tuple(both), one_by_one.repeated + repeated, dialect)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


@dataclass(frozen=True, slots=True)
class _Book:
    """Which series each row is of, and what has to be known of its register.

    Attributes:
        keys: the series that occur.
        registers: the target of each.
        codes: for each row which of them; -1 where that takes a careful look.
        found: the registers of the names that occur.
    """

    keys: list[SeriesKey]
    registers: list[TargetRegister]
    codes: Ints
    found: Mapping[str, TargetRegister]

    @classmethod
    def of(cls, columns: Columns, count: int, targets: RegisterLookup, told: IngestOptions) -> "_Book":
        if "register" in columns:
            names, codes = _distinct(columns["register"])
        else:
            names, codes = [told.register], np.zeros(count, np.int64)
        by_name = targets.find({name.strip() for name in names if isinstance(name, str)})
        found = [by_name.get(name.strip()) if isinstance(name, str) else None for name in names]
        of_name = np.array([-1 if target is None else at for at, target in enumerate(found)], np.int64)
        codes = of_name[codes] if names else np.full(count, -1, np.int64)
        dimensions = sorted({name for each in found if each for name in each.register.dimensions} & columns.keys())
        combined, texts_of = codes + 1, []
        for dimension in dimensions:
            texts, at = _distinct(columns[dimension])
            combined = combined * len(texts) + at
            texts_of.append([str(each).strip() if each is not None else "" for each in texts])
        combinations, codes = np.unique(combined, return_inverse=True)
        keys: dict[SeriesKey, int] = {}
        registers: list[TargetRegister] = []
        renamed = np.full(len(combinations), -1, np.int64)
        for place, combination in enumerate(combinations.tolist()):
            rest, stated = combination, {}
            for dimension, occurring in zip(reversed(dimensions), reversed(texts_of), strict=True):
                rest, part = divmod(rest, len(occurring))
                stated[dimension] = occurring[part]
            target = found[rest - 1] if rest else None
            if target is None:
                continue
            if not all(map(row_parser.is_fit, stated.values())):
                continue
            key = row_parser.series_key(target.register, stated)
            if key not in keys:
                keys[key] = len(registers)
                registers.append(target)
            renamed[place] = keys[key]
        return cls(list(keys), registers, renamed[codes] if len(renamed) else codes, by_name)


def _distinct(column: pa.Array) -> tuple[list[object], Ints]:
    """List what occurs in a column, nothing last, and for each row which of it."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return [*encoded.dictionary.to_pylist(), None], _indices(encoded)


def _indices(encoded: pa.DictionaryArray) -> Ints:
    """Say for each row which entry of the dictionary it is; a missing one is the entry behind the last."""
    return np.asarray(encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(), np.int64)


@dataclass(frozen=True, slots=True)
class _Plain:
    readings: Readings
    certain: Flags


def _plain(columns: Columns, lines: Ints, book: _Book, told: IngestOptions, *, comma: bool) -> _Plain:
    """Read every row as if it were plain, and say of which that is certain."""
    count, code = len(lines), book.codes
    certain = code >= 0
    code = np.maximum(code, 0)
    registers = [target.register for target in book.registers]

    def of_register(values: Sequence[int]) -> Ints:
        return np.array(values or [0], np.int64)[code]

    def flagged(values: Sequence[bool]) -> Flags:
        return np.array(values or [False], np.bool_)[code]

    start, sure = _instants(columns["time"], code, book, told)
    certain &= sure
    value, words, scale, sure = _values(columns.get("value"), count, registers, comma=comma)
    certain &= sure & flagged([not each.states and not each.counts_itself for each in registers])
    steps = of_register([_scaled(each.resolution, scale) for each in registers])
    certain &= (words % np.maximum(steps, 1) == 0) & (steps > 0)
    certain &= (words >= 0) | flagged([each.signed for each in registers])
    quality, sure = _qualities(columns.get("quality"), count)
    certain &= sure & _in_own_unit(columns.get("unit"), code, registers, told)
    interval = of_register([0 if each.interval is None else duration_us(each.interval) for each in registers])
    at_instants = flagged([each.at_instants for each in registers])
    end = start + interval
    if "end" in columns:
        stated_end, sure = _instants(columns["end"], code, book, told)
        has_end = ~_empty(columns["end"])
        end = np.where(has_end, stated_end, end)
        certain &= sure | ~has_end
    extent = end - start
    certain &= at_instants | ((extent > 0) & (extent <= _EXTENT_MAX_US))
    end = np.where(at_instants, start, end)
    return _Plain(Readings(code, start, end, value, quality, lines), certain)


def _empty(column: pa.Array) -> Flags:
    if pa.types.is_dictionary(column.type):
        return np.append(_empty(column.dictionary), True)[_indices(column)]
    nulls = column.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_string(column.type):
        blank = pc.equal(pc.utf8_trim_whitespace(column), "").fill_null(_YES).to_numpy(zero_copy_only=False)
        return np.asarray(nulls | blank)
    return np.asarray(nulls)


def _instants(column: pa.Array, code: Ints, book: _Book, told: IngestOptions) -> tuple[Ints, Flags]:
    """Read instants, and say which are certain: local times that the clock shows once, or a stated offset."""
    if pa.types.is_timestamp(column.type):
        us = pc.cast(column, pa.timestamp("us", tz=column.type.tz), safe=False)
        exact = pc.equal(pc.cast(us, column.type, safe=False), column).fill_null(_NO)
        value = us.fill_null(0).cast(pa.int64()).to_numpy()
        known = np.asarray(exact.to_numpy(zero_copy_only=False))
        is_local = np.full(len(value), column.type.tz is None)
    elif (pa.types.is_string(column.type) or pa.types.is_dictionary(column.type)) and told.time_format is None:
        value, is_local, known = _iso_times(column)
    else:
        return np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    known = known & (value >= EARLIEST_US + DAY_US) & (value < LATEST_US - DAY_US)
    value, certain = np.where(known, value, 0), known.copy()
    for number, target in enumerate(book.registers):
        if not is_local.any():
            break
        if any(target.zone is earlier.zone for earlier in book.registers[:number]):
            continue
        of_zone = np.array([each.zone is target.zone for each in book.registers], np.bool_)
        mine = known & is_local & of_zone[code]
        resolved, once = resolve(value[mine], target.zone)
        value[mine], certain[mine] = resolved, once
    return value, certain


def _iso_times(column: pa.Array) -> tuple[Ints, Flags, Flags]:
    """Read a column's distinct texts: what the clock shows or the instant, which of both, and whether it is read."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts, indices = pc.utf8_trim_whitespace(encoded.dictionary).fill_null(""), _indices(encoded)
    texts = pa.concat_arrays([texts, pa.array([""])])  # what a missing one says
    value = np.zeros(len(texts), np.int64)
    known, local = np.zeros(len(texts), np.bool_), np.zeros(len(texts), np.bool_)
    for pattern, kind in ((_ZONED, pa.timestamp("us", tz="UTC")), (_NAIVE, pa.timestamp("us"))):
        matches = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
        try:
            value[matches] = texts.filter(pa.array(matches)).cast(kind).cast(pa.int64()).to_numpy()
        except pa.ArrowInvalid:
            continue  # one of them is no time; the careful reader finds out which
        known |= matches
        local |= matches & (kind.tz is None)
    return value[indices], local[indices], known[indices]


def _values(
    column: pa.Array | None, count: int, registers: Sequence[Register], *, comma: bool
) -> tuple[pa.Array, Ints, int, Flags]:
    """Read numbers: as they are stored, and as whole numbers of the finest step of any register, if exact."""
    scale = max((_places(each) for each in registers), default=0)
    nothing = pa.array([None] * count, VALUE), np.zeros(count, np.int64), scale, np.zeros(count, np.bool_)
    if column is None:
        return nothing
    if pa.types.is_string(column.type):
        texts = pc.utf8_trim_whitespace(column)
        if comma:
            certain = pc.invert(pc.match_substring(texts, "."))
            texts = pc.replace_substring(texts, ",", ".")
        else:
            certain = _YES
        matches = pc.and_(pc.match_substring_regex(texts, _NUMBER), certain).fill_null(_NO)
        number = pc.if_else(matches, texts, None).cast(VALUE)
    elif pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
        try:
            number = column.cast(VALUE)
        except pa.ArrowInvalid:
            return nothing
    else:
        return nothing
    coarse = pc.cast(number, pa.decimal128(38, scale), safe=False)
    exact = pc.equal(pc.cast(coarse, VALUE, safe=False), number).fill_null(_NO).to_numpy(zero_copy_only=False)
    low, high = words(coarse)
    fits = (high == low >> 63) & (np.abs(low) < 10**_WORD_DIGITS)
    known = np.asarray(exact) & fits
    return number, np.where(known, low, 0), scale, known


def _places(register: Register) -> int:
    exponent = register.resolution.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else DECIMAL_PLACES_MAX


def _scaled(step: Decimal, scale: int) -> int:
    whole = int(step.scaleb(scale))
    return whole if whole < 10**_WORD_DIGITS else 0


def _qualities(column: pa.Array | None, count: int) -> tuple[Ints, Flags]:
    if column is None:
        return np.zeros(count, np.int64), np.ones(count, np.bool_)
    texts, indices = _distinct(column)
    codes = [row_parser.quality_or_none("" if text is None else str(text).strip()) for text in texts]
    of_text = np.array([-1 if code is None else int(code) for code in codes] or [0], np.int64)
    return np.maximum(of_text[indices], 0), of_text[indices] >= 0


def _in_own_unit(column: pa.Array | None, code: Ints, registers: Sequence[Register], told: IngestOptions) -> Flags:
    """Say which rows are in their register's own unit; the others are converted one by one."""
    texts, indices = ([told.unit], np.zeros(len(code), np.int64)) if column is None else _distinct(column)
    same = np.array(
        [
            [row_parser.is_own_unit(str(text).strip() if text else told.unit or "", register) for register in registers]
            or [False]
            for text in texts
        ]
        or [[False]],
        np.bool_,
    )
    return np.asarray(same[indices, code])


def _each_start_once(rows: Readings, events: Collection[int]) -> tuple[Readings, int, list[Verdict]]:
    """Sort by series and start; of rows with one start the first stands, the others repeat it or contradict it.

    Of events neither is certain: two at one instant may be two, or one that was sent twice.
    """
    ordered = rows.at(order(rows.series, rows.start, rows.line))
    series, start = ordered.series, ordered.start
    again = np.zeros(len(series), np.bool_)
    again[1:] = (series[1:] == series[:-1]) & (start[1:] == start[:-1])
    repeated, verdicts = 0, []
    if again.any():
        first = np.maximum.accumulate(np.where(again, 0, np.arange(len(series))))
        low, high = words(ordered.value)
        same = (low == low[first]) & (high == high[first]) & (ordered.end == ordered.end[first])
        limit_refusals(int((again & ~same).sum()), "contradicts_line")
        several = again & np.isin(ordered.series, list(events))
        for place in np.flatnonzero(several).tolist():
            found, expected = instant_of(ordered.start[place]).isoformat(), "one row an instant, its value how many"
            verdicts.append(Verdict(int(ordered.line[place]), "several_events", found, expected))
        repeated = int((again & same & ~several).sum())
        for place in np.flatnonzero(again & ~same & ~several).tolist():
            found = f"{ordered.value[place].as_py().normalize():f} up to {instant_of(ordered.end[place]).isoformat()}"
            expected = f"as line {ordered.line[first[place]]} has it"
            verdicts.append(Verdict(int(ordered.line[place]), "contradicts_line", found, expected))
        ordered = ordered.at(~again)
    return ordered, repeated, verdicts
