"""The M&V plan: how a contract's saving is measured, as both parties signed it.

    rows, each expected and measured → rows masked, out of range or missing are left out of both sides, and counted
    → divided among bands and months → non-routine adjustments N added → rounded once → saved = expected + N − measured

For each band and month three energies are rounded, and they are the ones printed: expected, adjusted and measured.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.arithmetic import added, product, quotient
from quantities.calendars import Calendar
from quantities.document import Fault, WholeNumber
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms
from savings.adjustment import NonRoutine, Signature
from savings.avoided import COUNTED, Avoided, Extrapolation, Mask, RowStatus, avoided
from savings.coverage import RowCoverage
from savings.finding import BaselineFinding
from savings.options import MvOption
from savings.rows import Interval, Row
from savings.unit_questions import ConfirmedUnit, unit_questions

#: The band of all energy where a plan has no calendar.
ALL = "all"
_ZERO, _ONE = Decimal(0), Decimal(1)


class Split(StrEnum):
    """How a day's expected energy is divided among bands: like the ``measured`` energy, or by agreed ``shares``."""

    MEASURED = "measured"
    SHARES = "shares"


class Plan(Terms):
    """How one saving of a contract is measured.

    Attributes:
        name: the name of the saving, by which charges refer to it.
        option: the option of IPMVP, A to D, with its settings.
        places: the decimal places of its energies, which are rounded once for each band and month.
        calendar: the calendar of price bands; without one the saving is a single band, ``all``.
        split: how a day is divided among bands; an hour is always in one band.
        shares: the share of each band, where shares are agreed; they add up to 1.
        masks: days that are left out of both sides.
        adjustments: the non-routine adjustments.
        extrapolation: how far outside the baseline's range a row may be and still count.
        least_coverage: the fraction of the rows that must count; below it what settles them is held.
        confidence: the confidence of the uncertainty in the statement.
        confirmed: findings about units that the parties confirm to be none; what settles a saving waits for it.
        signatures: the signatures of both parties, and of a verifier if there is one.
    """

    name: Name
    option: MvOption
    places: Annotated[WholeNumber, Field(ge=0, le=6)] = 0
    calendar: Calendar | None = None
    split: Split | None = None
    shares: Mapping[Name, Annotated[Magnitude, Field(ge=0, le=1)]] = {}
    masks: tuple[Mask, ...] = ()
    adjustments: tuple[NonRoutine, ...] = ()
    extrapolation: Extrapolation = Extrapolation()
    least_coverage: Annotated[Magnitude, Field(gt=0, le=1)] = Decimal("0.9")
    confidence: Annotated[Magnitude, Field(gt=0, lt=1)] = Decimal("0.9")
    confirmed: tuple[ConfirmedUnit, ...] = ()
    signatures: tuple[Signature, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        divided = self.calendar is not None and self.option.rows is not Interval.HOUR
        if divided is not (self.split is not None):
            raise ValueError("days among bands are split as measured or by shares; hours, or without bands, by nothing")
        if self.split is Split.SHARES:
            if self.calendar is None or set(self.shares) != set(self.calendar.names):
                raise ValueError("each band has its share")
            if added(self.shares.values()) != 1:
                raise ValueError(f"the shares add up to 1, and not to {plain(added(self.shares.values()))}")
        elif self.shares:
            raise ValueError("shares are agreed where the split is by shares")
        names = [adjustment.name for adjustment in self.adjustments]
        if len(set(names)) < len(names):
            raise ValueError("an adjustment has a name of its own")
        return self

    def questions(self, rows: Avoided) -> tuple[BaselineFinding, ...]:
        """What is in question about the units of some days, and is not confirmed."""
        return unit_questions(self.option, rows, self.confirmed)

    @property
    def unit(self) -> str:
        """The unit of the saving: that of the option's expected energy."""
        return self.option.unit

    @property
    def registers(self) -> tuple[str, ...]:
        """Every register that the plan reads, without repetition."""
        return tuple(dict.fromkeys((*self.option.registers, *self.option.less, *self.option.drivers.values())))

    def faults(self, parties: Sequence[str]) -> Iterator[Fault]:
        """The faults of the plan by itself: a baseline or calibration not fit for use, and missing signatures.

        Args:
            parties: the names of the parties that must sign the plan and each adjustment.
        """
        for path, finding in self.option.faults():
            yield Fault(f"/option/{path}", finding.code, finding.detail, finding.found, finding.expected)
        agreed = self.option.agreed_baseline
        unsigned = [] if agreed is None else [name for name in parties if name not in agreed.source.parties]
        if unsigned:
            detail = f"a baseline on paper is signed by both parties; {', '.join(unsigned)} did not"
            yield Fault("/option/baseline/source/parties", "not-signed", detail, self.name)
        for at, entry in enumerate(self.adjustments):
            unsigned = [name for name in parties if name not in {signature.party for signature in entry.signatures}]
            if unsigned:
                detail = f"a non-routine adjustment is signed by both parties; {', '.join(unsigned)} did not"
                yield Fault(f"/adjustments/{at}/signatures", "not-signed", detail, entry.name)
        unsigned = [name for name in parties if name not in {signature.party for signature in self.signatures}]
        if unsigned:
            detail = f"an M&V plan, with its baseline, is signed by both parties; {', '.join(unsigned)} did not"
            yield Fault("/signatures", "not-signed", detail, self.name)


@dataclass(frozen=True, slots=True)
class ReportingRow:
    """A row of the reporting period, with its energy divided among bands.

    Attributes:
        row: the row with its whole energy; under Option A, with its whole parameter.
        measured: the same energy by band.
        hours: how many hours of the row each band has.
    """

    row: Row
    measured: Mapping[str, Decimal]
    hours: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class SavedPart:
    """The saving of one band in one month; its energies are rounded as printed.

    Attributes:
        band: a band of the calendar, or ``all``.
        month: as in 2026-03.
        since: the day within the month from which on it is, where a factor changes on it; None from the first on.
        expected: the energy that the baseline expects under the month's conditions.
        adjusted: the sum of the non-routine adjustments.
        measured: the energy used.
        adjustments: the energy of each non-routine adjustment by name, unrounded.
    """

    band: str
    month: str
    expected: Decimal
    adjusted: Decimal
    measured: Decimal
    adjustments: Mapping[str, Decimal]
    since: date | None = None

    @property
    def saved(self) -> Decimal:
        """The saving: expected + adjusted − measured."""
        return added((self.expected, self.adjusted, self.measured.copy_negate()))


@dataclass(frozen=True, slots=True)
class SavingsResult:
    """The saving of some days by a plan.

    Attributes:
        unit: the unit of the energies.
        parts: the saving by month and band, in this order.
        rows: all rows with their status.
        option_summary: what the expected energy rests on, in a few words.
        peaks: the highest expected and the highest measured energy of an hour; None if rows are not hours.
    """

    unit: str
    parts: tuple[SavedPart, ...]
    rows: Avoided
    option_summary: str = ""
    peaks: tuple[Decimal, Decimal] | None = None

    @property
    def summary(self) -> str:
        """One line: the sums of the parts, the number of rows by status, and what the expected energy rests on."""
        counts = ", ".join(f"{count} {status.value}" for status, count in self.rows.counts_by_status.items() if count)
        expected, adjusted, measured = (
            plain(trimmed(added(getattr(part, name) for part in self.parts)))
            for name in ("expected", "adjusted", "measured")
        )
        adjustment = f" + {adjusted} adjusted" if adjusted != "0" else ""
        return f"{expected} expected{adjustment} − {measured} measured {self.unit}; {counts}; {self.option_summary}"


@dataclass(slots=True)
class _Sums:
    """What one band has in one month, row by row and unrounded; and the sums of the adjustments."""

    expected: list[Decimal] = field(default_factory=list)
    measured: list[Decimal] = field(default_factory=list)
    adjustments: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def savings_result(
    plan: Plan, rows: Sequence[ReportingRow], *, covered: bool = True, factor_days: Collection[date] = ()
) -> SavingsResult:
    """The saving of some days by a plan.

    Args:
        plan: how the saving is measured.
        rows: all rows of the days, in the units that the option counts in.
        covered: whether the days must be covered by themselves; days on account are settled with others.
        factor_days: the days on which a factor changes that the saving is converted by; each begins a part of its own.

    Raises:
        CoverageTooLow: fewer rows count than were agreed.
    """
    with_status = avoided(plan.option, [reporting.row for reporting in rows], plan.masks, plan.extrapolation)
    if covered:
        coverage_of(plan, with_status).require()
    sums: dict[tuple[str, date | None, str], _Sums] = defaultdict(_Sums)
    peaks, hourly = [_ZERO, _ZERO], plan.option.rows is Interval.HOUR
    for reporting, counted in zip(rows, with_status.rows, strict=True):
        if counted.status not in COUNTED or counted.expected is None:
            continue
        day = reporting.row.local.date()
        month, since = f"{day:%Y-%m}", _since(day, factor_days)
        energies = [
            _add_band(plan, sums[month, since, band], reporting, band, product(counted.expected, share))
            for band, share in _shares(plan, reporting)
        ]
        if hourly:
            of_row = (added(of_bands) for of_bands in zip(*energies, strict=True))
            peaks = [max(peak, energy) for peak, energy in zip(peaks, of_row, strict=True)]
    parts = tuple(_rounded(plan, key, sums[key]) for key in sorted(sums, key=_in_order))
    return SavingsResult(plan.unit, parts, with_status, plan.option.summary, (peaks[0], peaks[1]) if hourly else None)


def _add_band(
    plan: Plan, sums: _Sums, reporting: ReportingRow, band: str, expected: Decimal
) -> tuple[Decimal, Decimal]:
    """Add what a row has in a band to the band's month; its expected energy with adjustments, and its measured one."""
    measured = plan.option.measured(reporting.measured.get(band, _ZERO))
    sums.expected.append(expected)
    sums.measured.append(measured)
    adjusted = expected
    for entry in plan.adjustments:
        if entry.covers(reporting.row.local.date()):
            adjustment = entry.energy(expected, reporting.hours.get(band, _ZERO))
            sums.adjustments[entry.name] = added((sums.adjustments[entry.name], adjustment))
            adjusted = added((adjusted, adjustment))
    return adjusted, measured


def coverage_of(plan: Plan, rows: Avoided) -> RowCoverage:
    """Say how much of some days was measured: masked rows are of neither side."""
    counts = rows.counts_by_status
    lacking = (
        f"{count} {status.value}"
        for status, count in counts.items()
        if count and status not in COUNTED | {RowStatus.MASKED}
    )
    unmasked = len(rows.rows) - counts[RowStatus.MASKED]
    return RowCoverage(plan.name, len(rows.counted), unmasked, plan.least_coverage, ", ".join(lacking))


def _shares(plan: Plan, reporting: ReportingRow) -> Iterator[tuple[str, Decimal]]:
    """The share of a row for each band in it; the last band takes the rest, so that they add up to exactly 1.

    By agreed shares, or as the measured energy; a band below zero has none, and without any energy the hours decide.
    """
    if len(reporting.hours) == 1:
        yield next(iter(reporting.hours)), _ONE
        return
    if plan.split is Split.SHARES:
        weights = {band: plan.shares[band] for band in reporting.hours}
    else:
        weights = {band: max(_ZERO, reporting.measured.get(band, _ZERO)) for band in reporting.hours}
        if not any(weights.values()):
            weights = dict(reporting.hours)
    total, bands = added(weights.values()), list(weights)
    rest = _ONE
    for band in bands[:-1]:
        share = quotient(weights[band], total) if total else _ZERO
        rest = added((rest, share.copy_negate()))
        yield band, share
    yield bands[-1], rest


def _since(day: date, factor_days: Collection[date]) -> date | None:
    """The last of some days up to a day that is in its month, and not its first; None where there is none."""
    within = (change for change in factor_days if day.replace(day=1) < change <= day)
    return max(within, default=None)


def _in_order(key: tuple[str, date | None, str]) -> tuple[str, str, str]:
    month, since, band = key
    return month, "" if since is None else str(since), band


def _rounded(plan: Plan, key: tuple[str, date | None, str], sums: _Sums) -> SavedPart:
    month, since, band = key
    expected, adjusted, measured = (
        Rounding.HALF_UP.to_places(energy, plan.places)
        for energy in (added(sums.expected), added(sums.adjustments.values()), added(sums.measured))
    )
    return SavedPart(band, month, expected, adjusted, measured, dict(sums.adjustments), since=since)
