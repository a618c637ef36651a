"""The series of every row of a file, and what of their registers decides how its rows are read.

What the names of a file come to follows from the fleet alone, and is kept with what is known of its registers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.fleet.meter import Register, SeriesKey
from metering.ingest import row_parser
from metering.ingest.local_time import said_zone
from metering.ingest.options import IngestOptions
from metering.log.columns import Flags, Ints, duration_us
from quantities.number import DECIMAL_PLACES_MAX

_Column = TypeVar("_Column", Ints, Flags)
#: So many digits always fit into 64 bits.
WORD_DIGITS = 18


@dataclass(frozen=True, slots=True)
class RegisterColumns:
    """What decides how the rows of some registers are read: an entry for every register, or one that all share.

    Attributes:
        scale: the decimal places of the finest resolution.
        step: the resolution in units of the last of them; 0: it is too coarse for 64 bits.
        interval: in microseconds; 0: it has none.
        at_instants: whether it is read at instants.
        signed: whether it may count backwards.
        is_number: whether its values are numbers, which a row has to state.
    """

    scale: int
    step: Ints
    interval: Ints
    at_instants: Flags
    signed: Flags
    is_number: Flags

    @classmethod
    def of(cls, registers: Sequence[Register]) -> "RegisterColumns":
        """The columns of registers; of none, with one entry, so that rows without a register find something."""
        scale = max((_places(register) for register in registers), default=0)
        intervals = [0 if register.interval is None else duration_us(register.interval) for register in registers]
        is_number = [not register.states and not register.counts_itself for register in registers]
        return cls(
            scale,
            step=np.array(_shared([_scaled(register.resolution, scale) for register in registers]), np.int64),
            interval=np.array(_shared(intervals), np.int64),
            at_instants=np.array(_shared([register.at_instants for register in registers]), np.bool_),
            signed=np.array(_shared([register.signed for register in registers]), np.bool_),
            is_number=np.array(_shared(is_number), np.bool_),
        )


def _shared(values: Sequence[int]) -> Sequence[int]:
    """One of values that are all the same: a million rows then need no column of it."""
    return [values[0] if values else 0] if len(set(values)) <= 1 else values


def of_rows(column: _Column, code: Ints) -> _Column:
    """By row what its register has; of what all registers share the one value."""
    return column if len(column) == 1 else column[code]


@dataclass(frozen=True, slots=True)
class _NamedSeries:
    """The series of names whose registers have no dimensions.

    Attributes:
        keys: the series, in the order of the names.
        registers: the register of every series.
        of_name: per name, the position of its series; -1: its register is not known.
        facts: of the registers.
    """

    keys: tuple[SeriesKey, ...]
    registers: tuple[TargetRegister, ...]
    of_name: Ints
    facts: RegisterColumns

    @classmethod
    def of(cls, targets: Sequence[TargetRegister | None]) -> "_NamedSeries | None":
        """The series of the targets of names; None: one has dimensions, and so several series."""
        keys: dict[SeriesKey, int] = {}
        registers: list[TargetRegister] = []
        of_name: list[int] = []
        for target in targets:
            if target is None:
                of_name.append(-1)
                continue
            if target.register.dimensions:
                return None
            key = row_parser.series_key(target.register, {})
            if key not in keys:
                keys[key] = len(registers)
                registers.append(target)
            of_name.append(keys[key])
        facts = RegisterColumns.of([target.register for target in registers])
        return cls(tuple(keys), tuple(registers), np.array(of_name, np.int64), facts)


#: What so many names at most come to is kept while the fleet stays as it is.
_NAMES_KEPT = 1000


@dataclass(frozen=True, slots=True)
class RowSeries:
    """The series of every row, and its register.

    Attributes:
        keys: the series that occur.
        registers: the register of every series, in the same order.
        codes: per row, the position of its series in ``keys``; -1: the row parser must find it.
        by_name: the registers by the names that occur.
        facts: of the registers.
    """

    keys: Sequence[SeriesKey]
    registers: Sequence[TargetRegister]
    codes: Ints
    by_name: Mapping[str, TargetRegister]
    facts: RegisterColumns

    @classmethod
    def of(
        cls, columns: Mapping[str, pa.Array], count: int, targets: RegisterLookup, options: IngestOptions
    ) -> "RowSeries":
        """Find the series of rows: by their register's name, and the dimensions that their registers have."""
        column = columns.get("register")
        names, codes = ([options.register], np.zeros(count, np.int64)) if column is None else distinct_cells(column)
        by_name = _in_zone(targets.find({name.strip() for name in names if isinstance(name, str)}), options.zone)
        target_of_name = [by_name.get(name.strip()) if isinstance(name, str) else None for name in names]
        all_occur = bool(count) and (column is None or not pa.types.is_dictionary(column.type))
        named = _named(names, target_of_name, targets, options) if all_occur else None
        if named is not None:
            return cls(named.keys, named.registers, named.of_name[codes], by_name, named.facts)
        of_name = np.array([-1 if target is None else at for at, target in enumerate(target_of_name)], np.int64)
        codes = of_name[codes] if names else np.full(count, -1, np.int64)
        dimensions = sorted(
            {name for target in target_of_name if target for name in target.register.dimensions} & columns.keys()
        )
        combined, texts_of = codes + 1, []
        for dimension in dimensions:
            texts, at = distinct_cells(columns[dimension])
            combined = combined * len(texts) + at
            texts_of.append([str(text).strip() if text is not None else "" for text in texts])
        combinations, codes = _numbered(combined)
        keys: dict[SeriesKey, int] = {}
        registers: list[TargetRegister] = []
        renamed = np.full(len(combinations), -1, np.int64)
        for place, combination in enumerate(combinations.tolist()):
            rest, labels = combination, {}
            for dimension, occurring in zip(reversed(dimensions), reversed(texts_of), strict=True):
                rest, part = divmod(rest, len(occurring))
                labels[dimension] = occurring[part]
            target = target_of_name[rest - 1] if rest else None
            if target is None:
                continue
            if not all(map(row_parser.is_valid_dimension, labels.values())):
                continue
            key = row_parser.series_key(target.register, labels)
            if key not in keys:
                keys[key] = len(registers)
                registers.append(target)
            renamed[place] = keys[key]
        facts = RegisterColumns.of([target.register for target in registers])
        return cls(list(keys), registers, renamed[codes] if len(renamed) else codes, by_name, facts)


def _named(
    names: Sequence[object],
    target_of_name: Sequence[TargetRegister | None],
    targets: RegisterLookup,
    options: IngestOptions,
) -> _NamedSeries | None:
    """What the names of a file come to if no register has dimensions; remembered where they are few and all known."""
    known = [name for name, target in zip(names, target_of_name, strict=True) if target is not None]
    if len(names) > _NAMES_KEPT or len(known) < len(names) - 1:  # the last stands for cells without a name
        return _NamedSeries.of(target_of_name)
    return targets.derive(("series", tuple(names), options.zone), lambda: _NamedSeries.of(target_of_name))


def _numbered(numbers: Ints) -> tuple[Ints, Ints]:
    """The numbers that occur, ascending; and per row the position of its number among them."""
    if not len(numbers) or numbers.max() > len(numbers):
        return np.unique(numbers, return_inverse=True)
    occurs = np.bincount(numbers) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[numbers]


def _in_zone(by_name: Mapping[str, TargetRegister], zone_name: str | None) -> Mapping[str, TargetRegister]:
    """The registers in the zone that the sender says local times are in, instead of that of their site."""
    where = said_zone(zone_name)
    return by_name if where is None else {name: replace(target, zone=where) for name, target in by_name.items()}


def distinct_cells(column: pa.Array) -> tuple[list[object], Ints]:
    """The distinct cells of a column, with None as the last; and per row the position of its cell among them."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return [*encoded.dictionary.to_pylist(), None], cell_indices(encoded)


def cell_indices(encoded: pa.DictionaryArray) -> Ints:
    """Per row, the position of its entry in the dictionary; of a missing cell, the position after the last entry."""
    return np.asarray(encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(), np.int64)


def _places(register: Register) -> int:
    exponent = register.resolution.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else DECIMAL_PLACES_MAX


def _scaled(step: Decimal, scale: int) -> int:
    whole = int(step.scaleb(scale))
    return whole if whole < 10**WORD_DIGITS else 0
