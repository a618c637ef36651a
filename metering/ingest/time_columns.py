"""The times of a column, by its distinct cells: in ISO 8601, as somebody states, or in the form that fits them all."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.ingest import time_formats
from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.no_reading import NoReading
from metering.ingest.time_formats import FoundTimes
from metering.log.columns import Flags, Ints, micros

_ZONED = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_NAIVE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?)?$"
_NO = pa.scalar(value=False)
#: So many cells at most are read by Python, which needs no expression to be compiled anew, as Arrow does.
_FEW = 1000
_ALL_ZONED = re.compile(rf"(?:{_ZONED[1:-1]}\n)*")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 local times count from it too
ISO = "ISO 8601, as 2026-03-01T12:00 or 2026-03-01T12:00Z, or a time format told"


@dataclass(frozen=True, slots=True)
class RowMarks:
    """What stands behind the local times of a column: an abbreviation of a zone, or which of two hours.

    Attributes:
        names: those that occur.
        code: per row, the position of its name; -1: it has none.
    """

    names: tuple[str, ...]
    code: Ints


@dataclass(frozen=True, slots=True)
class CellsInDoubt:
    """The cells of days with a 25th hour.

    Attributes:
        rows: a mask of them.
        day: per row, their day in days since 1970; of other rows nothing.
        are_times: a mask of those that are clock times, as the 25th hour is not.
    """

    rows: Flags
    day: Ints
    are_times: Flags


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """The times of a column, one per row.

    Attributes:
        us: microseconds since 1970, as if local times were UTC.
        is_local: a mask of times without an offset.
        known: a mask of the cells that are times.
        cells: the cell of a row for the row parser: the time, or what stands there.
        is_iso: whether the times are in ISO 8601, or typed.
        form: how they are written else.
        expected: what a time is to be.
        how_read: how they were read.
        marks: what stands behind local times; None: nothing.
        in_doubt: the cells of days whose hours may count past a clock change; they are no times, unless their day turns
            out to have 24 hours. None: there are none.
    """

    us: Ints
    is_local: Flags
    known: Flags
    cells: Callable[[int], object]
    is_iso: bool = True
    form: FoundTimes = field(default_factory=FoundTimes)
    expected: str = ISO
    how_read: tuple[HowRead, ...] = ()
    marks: RowMarks | None = None
    in_doubt: CellsInDoubt | None = None

    def at(self, us: Ints) -> "TimeColumn":
        """The column with other times."""
        return replace(self, us=us, cells=_Cells(us, self.is_local, self.known, self.cells).cell)

    def without(self, known: Flags, refused: Mapping[int, NoReading]) -> "TimeColumn":
        """The column with fewer times, and why the cells of the others are none."""
        cells = self.cells
        return replace(self, known=known, cells=lambda row: refused.get(row) or cells(row))

    def settled(self, known: Flags, refused: Mapping[int, NoReading]) -> "TimeColumn":
        """The column once the cells in doubt are times or not, and why the cells of some are none."""
        stands = self.without(known, refused).cells
        return replace(self, known=known, cells=_Cells(self.us, self.is_local, known, stands).cell)


@dataclass(frozen=True, slots=True)
class TimeSource:
    """What is known of a column of times before its cells are seen.

    Attributes:
        column: its name, as it is to be typed.
        time_format: how its times are written; None: nobody says.
        said: who says so, as ``--time-format unix``, or the place of the header.
        basis: on whose word.
        may_be_found: whether its times may be in another form than ISO 8601, unsaid.
        is_joined: whether several columns were joined, such as a date and an hour.
    """

    column: str = ""
    time_format: str | None = None
    said: str = ""
    basis: Basis = Basis.SAID
    may_be_found: bool = False
    is_joined: bool = False


@dataclass(frozen=True, slots=True)
class _Cells:
    """Cells of rows as the row parser reads them one by one."""

    us: Ints
    is_local: Flags
    known: Flags
    stands: Callable[[int], object]

    def cell(self, row: int) -> object:
        if not self.known[row]:
            return self.stands(row)
        try:
            local = _EPOCH + timedelta(microseconds=int(self.us[row]))
        except OverflowError:
            return datetime.min if self.us[row] < 0 else datetime.max  # noqa: DTZ901 refused as implausible
        return local if self.is_local[row] else local.replace(tzinfo=UTC)


def typed(column: pa.Array) -> TimeColumn:
    """The times of a column of timestamps."""
    us = pc.cast(column, pa.timestamp("us", tz=column.type.tz), safe=False)
    known = np.asarray(pc.is_valid(us).to_numpy(zero_copy_only=False))
    value = us.fill_null(0).cast(pa.int64()).to_numpy()
    local = np.full(len(value), column.type.tz is None)
    how = HowRead(Aspect.TIME, "timestamps", Basis.STATED, "the type of the column")
    return TimeColumn(value, local, known, _Cells(value, local, known, lambda _: "").cell, how_read=(how,))


def written(column: pa.Array, lines: Ints, source: TimeSource) -> TimeColumn:
    """The times of a column of text.

    Args:
        column: the text; dictionary-encoded or not.
        lines: of its rows.
        source: what is known of it.
    """
    if not pa.types.is_dictionary(column.type) and source.time_format is None and not source.is_joined:
        few = _zoned_of_few(column)
        if few is not None:
            return TimeColumn(*few, _Cells(*few, lambda _: "").cell, how_read=_as_iso(source))
        cells = pc.utf8_trim_whitespace(column).fill_null("")
        us, local, known = _iso_by_patterns(cells)
        if known.all():
            stands_there = _Cells(us, local, known, lambda row: cells[row].as_py())
            return TimeColumn(us, local, known, stands_there.cell, how_read=_as_iso(source))
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = pc.utf8_trim_whitespace(encoded.dictionary).fill_null("")
    indices = np.asarray(encoded.indices.fill_null(len(texts)).to_numpy(), np.int64)
    texts = pa.concat_arrays([texts.cast(pa.string()), pa.array([""])])  # for missing cells

    def place(text: str) -> str:
        rows = np.flatnonzero(np.isin(indices, np.flatnonzero(pc.equal(texts, text).to_numpy(zero_copy_only=False))))
        return f"line {lines[rows[0]]}" if len(rows) else "a cell"

    us, local, known = _nothing(len(texts))
    form, how, expected = FoundTimes(), _as_iso(source), ISO
    stands = pc.not_equal(texts, "").to_numpy(zero_copy_only=False)
    if source.time_format is not None:
        form, expected = time_formats.read_as(_present(texts, stands), source.time_format), source.time_format
        how = (HowRead(Aspect.TIME, source.time_format, source.basis, source.said, source.column),)
    else:
        us, local, known = _iso_by_patterns(texts)
        odd = np.flatnonzero(~known).tolist()
        read = _read_other_iso(texts, odd, (us, local, known), stop=True)
        if source.may_be_found and (source.is_joined or not known[stands].all()):
            form = time_formats.find(_present(texts, stands), place, source.column)
            how = form.how_read
        if len(form.us) < stands.sum():  # else all are read in another form, and not all in this one
            _read_other_iso(texts, odd[read:], (us, local, known), stop=False)
    is_iso = source.time_format is None and len(form.us) <= int(known.sum()) and not source.is_joined
    if is_iso:
        form, how = FoundTimes(), _as_iso(source)
    else:
        us, local, known = _of_found(texts, form)
        expected = source.time_format or f"as in {next(iter(form.us), '2026-03-01 12:00')}"
    in_doubt = _cells_in_doubt(texts, indices, known[indices], form)
    certain = known[indices] if in_doubt is None else known[indices] & ~in_doubt.rows
    per_row = us[indices], local[indices], certain
    cells = _Cells(*per_row, _written_in(texts, indices, form))
    marks = None if is_iso else _marks(texts, indices, form)
    return TimeColumn(*per_row, cells.cell, is_iso, form, expected, how, marks=marks, in_doubt=in_doubt)


def _written_in(texts: pa.Array, indices: Ints, form: FoundTimes) -> Callable[[int], object]:
    """What stands in the cell of a row that is no time, or why it is none."""

    def written_in(row: int) -> object:
        text = texts[int(indices[row])].as_py()
        return counted_in_two_ways(text) if text in form.in_doubt else text

    return written_in


def _cells_in_doubt(texts: pa.Array, indices: Ints, known: Flags, form: FoundTimes) -> CellsInDoubt | None:
    if not form.in_doubt:
        return None
    listed = texts.to_pylist()
    rows = np.array([text in form.in_doubt for text in listed], np.bool_)[indices]
    day = np.array([form.in_doubt.get(text, 0) for text in listed], np.int64)[indices]
    return CellsInDoubt(rows, day, known & rows)


def _marks(texts: pa.Array, indices: Ints, form: FoundTimes) -> RowMarks | None:
    if not form.marks:
        return None
    names = tuple(dict.fromkeys(form.marks.values()))
    of_text = [names.index(form.marks[text]) if text in form.marks else -1 for text in texts.to_pylist()]
    return RowMarks(names, np.array(of_text, np.int64)[indices])


def counted_in_two_ways(text: str) -> NoReading:
    """Why a numbered hour of a day of a clock change is no time: numbers count the hours that pass, or clock times."""
    expected = "clock times or offsets; on a day of a clock change numbered hours can be counted in two ways"
    return NoReading("clock_change", text, expected)


def _as_iso(source: TimeSource) -> tuple[HowRead, ...]:
    return (HowRead(Aspect.TIME, "ISO 8601", Basis.STATED, "the cells", source.column),)


def _present(texts: pa.Array, stands: Flags) -> list[str]:
    return list(dict.fromkeys(texts.filter(pa.array(stands)).to_pylist()))


def _nothing(count: int) -> tuple[Ints, Flags, Flags]:
    return np.zeros(count, np.int64), np.zeros(count, np.bool_), np.zeros(count, np.bool_)


def _of_found(texts: pa.Array, form: FoundTimes) -> tuple[Ints, Flags, Flags]:
    listed = texts.to_pylist()
    us = [form.us.get(text) for text in listed]
    known = np.array([instant is not None for instant in us], np.bool_)
    if len(set(form.is_local.values())) > 1:
        local = np.array([form.is_local.get(text, False) for text in listed], np.bool_)
    else:
        local = known & any(form.is_local.values())
    return np.array([instant or 0 for instant in us], np.int64), local, known


def _zoned_of_few(column: pa.Array) -> tuple[Ints, Flags, Flags] | None:
    """The times of a few cells, as ``_iso_by_patterns`` reads them, if all are instants without blanks around them."""
    if len(column) > _FEW or column.null_count:
        return None
    texts = column.to_pylist()
    lines = "\n".join([*texts, ""])
    if lines.count("\n") != len(texts) or _ALL_ZONED.fullmatch(lines) is None:
        return None
    try:
        us_of = {text: micros(datetime.fromisoformat(text)) for text in dict.fromkeys(texts)}
    except ValueError:  # the 30th of February
        return None
    us = np.array([us_of[text] for text in texts], np.int64)
    return us, np.zeros(len(us), np.bool_), np.ones(len(us), np.bool_)


def _iso_by_patterns(texts: pa.Array) -> tuple[Ints, Flags, Flags]:
    """Times in the usual forms of ISO 8601 in microseconds, a mask of those without an offset, a mask of them all."""
    us, local, known = _nothing(len(texts))
    for pattern, kind in ((_ZONED, pa.timestamp("us", tz="UTC")), (_NAIVE, pa.timestamp("us"))):
        matches = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
        try:
            us[matches] = texts.filter(pa.array(matches)).cast(kind).cast(pa.int64()).to_numpy()
        except pa.ArrowInvalid:
            continue  # one of them is no time; it is tried below
        known |= matches
        local |= matches & (kind.tz is None)
    return us, local, known


def _read_other_iso(texts: pa.Array, places: Sequence[int], into: tuple[Ints, Flags, Flags], *, stop: bool) -> int:
    """Read other forms of ISO 8601 one by one, to the first text that is none if it is to stop there.

    Returns:
        How many places were tried.
    """
    us, local, known = into
    for number, at in enumerate(places):
        try:
            read = datetime.fromisoformat(texts[at].as_py())
        except ValueError:
            if stop and texts[at].as_py():
                return number + 1
            continue
        known[at], local[at] = True, read.tzinfo is None
        us[at] = (read.replace(tzinfo=None) - _EPOCH - (read.utcoffset() or timedelta())) // timedelta(microseconds=1)
    return len(places)
