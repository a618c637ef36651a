"""Avoided energy: what the baseline says of the reporting period's conditions, less what was measured.

Each row whose conditions were within what the baseline has seen counts; one a little beyond counts with a caveat; one
further off is declined. A masked row is left out of both sides, and counted aloud. So is one of which too little was
measured: below the coverage that was agreed nobody settles on the rest.

Source: IPMVP Core Concepts, equation 1 (avoided energy) and 2 (normalized savings); CalTRACK 2.0, 4.1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field

from quantities.arithmetic import added, quotient
from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.model import UnknownDriver
from savings.rows import Row

_ZERO = Decimal(0)


class RowStatus(StrEnum):
    """What becomes of a row."""

    IN_RANGE = "in_range"
    CAVEAT = "caveat"
    DECLINED = "declined"
    MASKED = "masked"
    MISSING = "missing"


COUNTED = frozenset({RowStatus.IN_RANGE, RowStatus.CAVEAT})


class Extrapolation(Terms):
    """How far beyond the baseline's range a driver may be, in parts of that range.

    Attributes:
        declined: further off it does not count; less far it counts, with a caveat.
    """

    declined: Annotated[Magnitude, Field(ge=0)] = Decimal("0.10")


class Mask(Terms):
    """Days that count on neither side: a shutdown, a strike, a failed meter.

    Attributes:
        first: the first of them.
        after_last: the day after the last.
        reason: why, for the statement.
        evidence: where that is on record.
    """

    first: date
    after_last: date
    reason: Annotated[str, Field(min_length=1)]
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A row as it counts.

    Attributes:
        row: with what was measured.
        tier: what became of it.
        expected: by the baseline; None where it cannot be told.
        why: of a row that does not simply count.
    """

    row: Row
    tier: RowStatus
    expected: Decimal | None = None
    why: str = ""

    @property
    def avoided(self) -> Decimal:
        """Expected less measured; nothing, unless the row counts."""
        if self.tier not in COUNTED or self.expected is None or self.row.energy is None:
            return _ZERO
        return added((self.expected, self.row.energy.copy_negate()))


@dataclass(frozen=True, slots=True)
class Avoided:
    """What rows come to.

    Attributes:
        rows: each as it counts.
    """

    rows: tuple[CountedRow, ...]

    @property
    def counted(self) -> tuple[CountedRow, ...]:
        """The rows that count."""
        return tuple(each for each in self.rows if each.tier in COUNTED)

    @property
    def expected(self) -> Decimal:
        """By the baseline, of the rows that count."""
        return added(each.expected or _ZERO for each in self.counted)

    @property
    def measured(self) -> Decimal:
        """Of the same rows."""
        return added(each.row.energy or _ZERO for each in self.counted)

    @property
    def energy(self) -> Decimal:
        """Avoided: expected less measured."""
        return added((self.expected, self.measured.copy_negate()))

    @property
    def tiers(self) -> Mapping[RowStatus, int]:
        """How many rows became what."""
        return {tier: sum(each.tier is tier for each in self.rows) for tier in RowStatus}

    @property
    def coverage(self) -> Decimal:
        """The part of the rows that count, of those that are not masked; one of none."""
        asked = len(self.rows) - self.tiers[RowStatus.MASKED]
        return quotient(Decimal(len(self.counted)), Decimal(asked)) if asked else Decimal(1)


class Expects(Protocol):
    """What says how much would have been used: a frozen baseline, a simulation, stipulated terms."""

    def expect(self, row: Row) -> Decimal:
        """Say what a row would have used; ``UnknownDriver`` where it cannot be told."""

    def beyond(self, row: Row) -> tuple[str, Decimal]:
        """Say which of its conditions is furthest beyond what it knows, in parts of what it knows."""

    @property
    def drops_zeros(self) -> bool:
        """Whether a row that used nothing was not measured."""


def avoided(
    baseline: Expects, rows: Sequence[Row], masks: Iterable[Mask] = (), limits: Extrapolation | None = None
) -> Avoided:
    """Hold rows against a baseline.

    Args:
        baseline: what they are held against.
        rows: of the reporting period, temperatures in the baseline's unit, energy in its unit.
        masks: days that count on neither side.
        limits: how far beyond the baseline's range a row may be.
    """
    masks, limits = tuple(masks), limits or Extrapolation()
    return Avoided(tuple(_counted(baseline, row, masks, limits) for row in rows))


def _counted(baseline: Expects, row: Row, masks: Sequence[Mask], limits: Extrapolation) -> CountedRow:
    masked = next((each for each in masks if each.first <= row.local.date() < each.after_last), None)
    if masked is not None:
        return CountedRow(row, RowStatus.MASKED, why=masked.reason)
    if row.energy is None or (baseline.drops_zeros and not row.energy):
        return CountedRow(row, RowStatus.MISSING, why="energy" if row.energy is None else "no energy at all")
    try:
        expected = baseline.expect(row)
    except UnknownDriver as error:
        return CountedRow(row, RowStatus.MISSING, why=str(error.members["found"]))
    name, off = baseline.beyond(row)
    if not off:
        return CountedRow(row, RowStatus.IN_RANGE, expected)
    why = f"{name} {off * 100:.1f} % of its range beyond it"
    return CountedRow(row, RowStatus.DECLINED if off > limits.declined else RowStatus.CAVEAT, expected, why)


def under(baseline: Expects, conditions: Iterable[Row]) -> Decimal:
    """Say what would be used under given conditions, a typical year's: normalized savings are the difference of two.

    Raises:
        UnknownDriver: something that drives it is not known.
    """
    return added(baseline.expect(row) for row in conditions)
