"""The M&V plan: how a contract's saving is measured, and what both parties signed about it.

    rows, each expected and measured → masked, beyond range or missing ones left out of both sides, and counted
    → divided among bands and months → non-routine adjustments added → rounded once → saved = expected + N − measured

What is rounded is what is printed: of each band and month the expected energy, the adjustments and the measured energy.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.arithmetic import added, product, quotient
from quantities.calendars import Calendar
from quantities.document import Fault, WholeNumber
from quantities.errors import Conflict
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms
from savings.adjustment import NonRoutine, Signature
from savings.avoided import COUNTED, Avoided, Extrapolation, Mask, RowStatus, avoided
from savings.options import MvOption
from savings.rows import Interval, Row

#: The band of what is not told apart.
ALL = "all"
_ZERO, _ONE = Decimal(0), Decimal(1)


class CoverageTooLow(Conflict):
    """A saving is billed where enough of its rows count; what is missing is measured, masked or agreed, not guessed."""


class Split(StrEnum):
    """How a day's expected energy is divided among bands: as the ``measured`` energy is, or by agreed ``shares``."""

    MEASURED = "measured"
    SHARES = "shares"


class Plan(Terms):
    """How one saving of a contract is measured.

    Attributes:
        name: of the saving; what charges call it.
        option: A, B, C or D of IPMVP, with what it needs.
        places: to how many places its energies are rounded, once, for each band and month.
        calendar: of price bands; the saving is not told apart, unless there is one.
        split: of a day among bands; an hour is in one.
        shares: of each band, where they are agreed; they add up to 1.
        masks: days left out of both sides.
        adjustments: non-routine ones.
        extrapolation: how far beyond the baseline's range a row counts.
        least_coverage: the part of the rows that must count, else the invoice is held.
        confidence: of the uncertainty that the statement states.
        signatures: of both parties, and of a verifier.
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
        names = [each.name for each in self.adjustments]
        if len(set(names)) < len(names):
            raise ValueError("an adjustment has a name of its own")
        return self

    @property
    def unit(self) -> str:
        """The unit of the saving: that of what the option expects."""
        return self.option.unit

    @property
    def registers(self) -> tuple[str, ...]:
        """Every register that it reads, each once."""
        return tuple(dict.fromkeys((*self.option.registers, *self.option.less, *self.option.drivers.values())))

    def faults(self, parties: Sequence[str]) -> Iterator[Fault]:
        """Find what keeps the parties from relying on it, by itself."""
        for path, each in self.option.faults():
            yield Fault(f"/option/{path}", each.code, each.detail, each.found, each.expected)
        for at, entry in enumerate(self.adjustments):
            unsigned = [name for name in parties if name not in {each.party for each in entry.signatures}]
            if unsigned:
                detail = f"a non-routine adjustment is signed by both parties; {', '.join(unsigned)} did not"
                yield Fault(f"/adjustments/{at}/signatures", "not-signed", detail, entry.name)
        unsigned = [name for name in parties if name not in {each.party for each in self.signatures}]
        if unsigned:
            detail = f"an M&V plan, with its baseline, is signed by both parties; {', '.join(unsigned)} did not"
            yield Fault("/signatures", "not-signed", detail, self.name)


@dataclass(frozen=True, slots=True)
class ReportingRow:
    """A row of the reporting period as it was measured.

    Attributes:
        row: with all of its energy; of Option A, of its parameter.
        measured: the same, by band.
        hours: how many hours each band has in it.
    """

    row: Row
    measured: Mapping[str, Decimal]
    hours: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class SavedPart:
    """What one band of one month saved, every energy rounded as it is printed.

    Attributes:
        band: of the calendar, or ``all``.
        month: as in 2026-03.
        expected: by the baseline under the month's conditions.
        adjusted: by non-routine adjustments.
        measured: what was used.
        adjustments: each one's own part, unrounded, by name.
    """

    band: str
    month: str
    expected: Decimal
    adjusted: Decimal
    measured: Decimal
    adjustments: Mapping[str, Decimal]

    @property
    def saved(self) -> Decimal:
        """Expected, adjusted, less measured."""
        return added((self.expected, self.adjusted, self.measured.copy_negate()))


@dataclass(frozen=True, slots=True)
class SavingsResult:
    """What a plan says of some days.

    Attributes:
        unit: of the energies.
        parts: by month and band.
        rows: each as it counted.
        by: what the expected energy is told by.
        peaks: of hours, the highest expected and the highest measured energy of an hour.
    """

    unit: str
    parts: tuple[SavedPart, ...]
    rows: Avoided
    by: str = ""
    peaks: tuple[Decimal, Decimal] | None = None

    @property
    def told(self) -> str:
        """Say in a line how many rows became what, and what the parts come to."""
        tiers = ", ".join(f"{many} {tier.value}" for tier, many in self.rows.tiers.items() if many)
        expected, adjusted, measured = (
            plain(trimmed(added(getattr(each, name) for each in self.parts)))
            for name in ("expected", "adjusted", "measured")
        )
        adjustment = f" + {adjusted} adjusted" if adjusted != "0" else ""
        return f"{expected} expected{adjustment} − {measured} measured {self.unit}; {tiers}; {self.by}"


@dataclass(slots=True)
class _Sums:
    """What one band of one month comes to, while it is added up."""

    expected: Decimal = _ZERO
    measured: Decimal = _ZERO
    adjustments: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def saved(plan: Plan, slices: Sequence[ReportingRow]) -> SavingsResult:
    """Say what some days saved.

    Args:
        plan: how.
        slices: every row of them, in the units that the option counts in.

    Raises:
        CoverageTooLow: fewer rows count than were agreed.
    """
    found = avoided(plan.option, [each.row for each in slices], plan.masks, plan.extrapolation)
    if found.rows and found.coverage < plan.least_coverage:
        lost = {
            tier.value: many for tier, many in found.tiers.items() if many and tier not in COUNTED | {RowStatus.MASKED}
        }
        raise CoverageTooLow(
            f"{plan.name}: {len(found.counted)} of {len(found.rows)} rows count; "
            + ", ".join(f"{many} {tier}" for tier, many in lost.items()),
            found=plain(round(found.coverage, 4)),
            expected=f"at least {plain(plan.least_coverage)}",
        )
    sums: dict[tuple[str, str], _Sums] = defaultdict(_Sums)
    peaks = [_ZERO, _ZERO]
    for each, counted in zip(slices, found.rows, strict=True):
        if counted.tier not in COUNTED or counted.expected is None:
            continue
        month = f"{each.row.local:%Y-%m}"
        hour = [_ZERO, _ZERO]
        for band, share in _shares(plan, each):
            own = sums[month, band]
            expected = product(counted.expected, share)
            measured = plan.option.measured(each.measured.get(band, _ZERO))
            own.expected = added((own.expected, expected))
            own.measured = added((own.measured, measured))
            hour = [added((hour[0], expected)), added((hour[1], measured))]
            for entry in plan.adjustments:
                if entry.covers(each.row.local.date()):
                    more = entry.of(expected, each.hours.get(band, _ZERO))
                    own.adjustments[entry.name] = added((own.adjustments[entry.name], more))
                    hour[0] = added((hour[0], more))
        peaks = [max(one, other) for one, other in zip(peaks, hour, strict=True)]
    parts = tuple(_rounded(plan, month, band, sums[month, band]) for month, band in sorted(sums))
    hourly = plan.option.rows is Interval.HOUR
    return SavingsResult(plan.unit, parts, found, plan.option.told, (peaks[0], peaks[1]) if hourly else None)


def _shares(plan: Plan, of: ReportingRow) -> Iterator[tuple[str, Decimal]]:
    """Divide a row among the bands in it."""
    if len(of.hours) == 1:
        yield next(iter(of.hours)), _ONE
        return
    if plan.split is Split.SHARES:
        inside = {band: plan.shares[band] for band in of.hours}
    else:
        inside = {band: max(_ZERO, of.measured.get(band, _ZERO)) for band in of.hours}
        if not any(inside.values()):
            inside = dict(of.hours)
    whole, names = added(inside.values()), list(inside)
    last = _ONE
    for band in names[:-1]:
        share = quotient(inside[band], whole) if whole else _ZERO
        last = added((last, share.copy_negate()))
        yield band, share
    yield names[-1], last


def _rounded(plan: Plan, month: str, band: str, sums: _Sums) -> SavedPart:
    expected, adjusted, measured = (
        Rounding.HALF_UP.to_places(each, plan.places)
        for each in (sums.expected, added(sums.adjustments.values()), sums.measured)
    )
    return SavedPart(band, month, expected, adjusted, measured, dict(sums.adjustments))
