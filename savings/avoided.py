"""Avoided energy: what the baseline expects under the reporting period's conditions, less the measured energy.

A row within the range of the baseline's drivers counts; one a little outside counts with a caveat; one further outside
is declined. Masked rows and rows with too few readings are left out of both sides, expected and measured, and their
number is stated. If too few rows count, nothing is settled: a plan agrees the least coverage.

Source: IPMVP Core Concepts, equation 1 (avoided energy) and 2 (normalized savings); CalTRACK 2.0, 4.1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field

from quantities.arithmetic import added, quotient
from quantities.errors import Invalid
from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.model import DriverMissing
from savings.rows import Row

_ZERO = Decimal(0)


class NothingCounts(Invalid):
    """No row of the reporting period counts."""


class RowStatus(StrEnum):
    """Whether a row counts, and if not, why."""

    IN_RANGE = "in_range"
    CAVEAT = "caveat"
    DECLINED = "declined"
    MASKED = "masked"
    MISSING = "missing"


COUNTED = frozenset({RowStatus.IN_RANGE, RowStatus.CAVEAT})


class Extrapolation(Terms):
    """How far outside the baseline's range a driver may be, as a fraction of the range's width.

    Attributes:
        declined: a row further outside is declined; one up to this far outside counts, with a caveat.
    """

    declined: Annotated[Magnitude, Field(ge=0)] = Decimal("0.10")


class Mask(Terms):
    """Days that are left out of both sides: a shutdown, a strike, a failed meter.

    Attributes:
        first: the first masked day.
        after_last: the day after the last masked day.
        reason: why, as the statement prints it.
        evidence: where it is on record.
    """

    first: date
    after_last: date
    reason: Annotated[str, Field(min_length=1)]
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A row, its status and what the baseline expects of it.

    Attributes:
        row: the row, with its measured energy.
        status: whether it counts.
        expected: the energy that the baseline expects; None if it was not computed.
        why: the reason for any status but ``in_range``.
    """

    row: Row
    status: RowStatus
    expected: Decimal | None = None
    why: str = ""

    @property
    def avoided(self) -> Decimal:
        """Expected less measured; zero for a row that does not count."""
        if self.status not in COUNTED or self.expected is None or self.row.energy is None:
            return _ZERO
        return added((self.expected, self.row.energy.copy_negate()))


@dataclass(frozen=True, slots=True)
class Avoided:
    """The rows of a reporting period with their status, and their sums.

    Attributes:
        rows: every row, in the order given.
    """

    rows: tuple[CountedRow, ...]

    @property
    def counted(self) -> tuple[CountedRow, ...]:
        """The rows that count."""
        return tuple(row for row in self.rows if row.status in COUNTED)

    @property
    def expected(self) -> Decimal:
        """Energy expected of the rows that count."""
        return added(row.expected or _ZERO for row in self.counted)

    @property
    def measured(self) -> Decimal:
        """Energy measured in the rows that count."""
        return added(counted.row.energy or _ZERO for counted in self.counted)

    @property
    def energy(self) -> Decimal:
        """Avoided energy: expected less measured."""
        return added((self.expected, self.measured.copy_negate()))

    @property
    def energies(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """The measured and the expected energy of each row that has both, whether it counts or not."""
        return tuple(
            (counted.row.energy, counted.expected)
            for counted in self.rows
            if counted.row.energy is not None and counted.expected is not None
        )

    @property
    def counts_by_status(self) -> Mapping[RowStatus, int]:
        """The number of rows of every status, zeros included."""
        return {status: sum(row.status is status for row in self.rows) for status in RowStatus}

    def require_some(self) -> None:
        """Refuse a reporting period of which nothing can be said.

        Raises:
            NothingCounts: every row is declined, masked or missing.
        """
        if not self.counted:
            counts = {status.value: count for status, count in self.counts_by_status.items() if count}
            reasons = Counter(row.why for row in self.rows).most_common(1)
            detail = ", ".join(f"{count} {status}" for status, count in counts.items()) or "there are no rows"
            detail += "".join(f"; most of all: {why}" for why, _ in reasons)
            raise NothingCounts(detail, place="rows", found=counts, expected="a row that is measured and expected")

    @property
    def coverage(self) -> Decimal:
        """The rows that count as a fraction of the rows that are not masked; 1 if there are none."""
        unmasked = len(self.rows) - self.counts_by_status[RowStatus.MASKED]
        return quotient(Decimal(len(self.counted)), Decimal(unmasked)) if unmasked else Decimal(1)


class Predictor(Protocol):
    """Whatever predicts the energy that would have been used: a frozen baseline, a simulation, stipulated terms."""

    def expect(self, row: Row) -> Decimal:
        """The energy that a row would have used; raises ``DriverMissing`` if a driver has no value."""

    def furthest_beyond(self, row: Row) -> tuple[str, Decimal]:
        """The driver furthest outside its known range, and how far, as a fraction of the range's width."""

    @property
    def drops_zeros(self) -> bool:
        """True if a row with zero energy counts as not measured."""


def avoided(
    baseline: Predictor, rows: Sequence[Row], masks: Iterable[Mask] = (), limits: Extrapolation | None = None
) -> Avoided:
    """Compare the rows of a reporting period with what a baseline expects of them.

    Args:
        baseline: predicts the energy of each row.
        rows: the reporting period's rows; temperatures and energy in the baseline's units.
        masks: days that are left out of both sides.
        limits: how far outside the baseline's range a row may be and still count.
    """
    masks, limits = tuple(masks), limits or Extrapolation()
    return Avoided(tuple(_with_status(baseline, row, masks, limits) for row in rows))


def _with_status(baseline: Predictor, row: Row, masks: Sequence[Mask], limits: Extrapolation) -> CountedRow:
    masking = next((mask for mask in masks if mask.first <= row.local.date() < mask.after_last), None)
    if masking is not None:
        return CountedRow(row, RowStatus.MASKED, why=masking.reason)
    if row.energy is None or (baseline.drops_zeros and not row.energy):
        return CountedRow(row, RowStatus.MISSING, why="energy" if row.energy is None else "no energy at all")
    try:
        expected = baseline.expect(row)
    except DriverMissing as error:
        return CountedRow(row, RowStatus.MISSING, why=str(error.members["found"]))
    name, distance = baseline.furthest_beyond(row)
    if not distance:
        return CountedRow(row, RowStatus.IN_RANGE, expected)
    why = f"{name} {distance * 100:.1f} % of its range beyond it"
    return CountedRow(row, RowStatus.DECLINED if distance > limits.declined else RowStatus.CAVEAT, expected, why)


def expected_under(baseline: Predictor, conditions: Iterable[Row]) -> Decimal:
    """The energy expected under given conditions, as a typical year's; its measured energy is not looked at.

    Normalized savings are the difference of two such sums: of the model before the measure and of the one after it.

    Raises:
        DriverMissing: a driver has no value in one of the rows.
    """
    return added(baseline.expect(row) for row in conditions)
