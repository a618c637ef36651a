"""Uncertainty before there is a reporting year: what a plan may promise, and how small a saving can still be told.

The formulas are those of a measured saving (statistics/uncertainty.py), with an expected saving in its place, and a
reporting period under the conditions of the baseline's. They fall with the saving as 1/F, so that the saving whose
uncertainty is half of it follows from any other.

Source: ASHRAE Guideline 14-2014, B.4 (an uncertainty of at most 50 % of the savings at 68 % confidence); nmecr 1.0.17,
R/calculate_savings_and_uncertainty.R, which states the saving of 50 % uncertainty as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from quantities.errors import Invalid
from quantities.number import plain
from savings.agreed import AgreedBaseline
from savings.baseline import Baseline
from savings.report import variants_of
from savings.rows import Interval
from savings.statistics.goodness import fifteen_digits
from savings.statistics.uncertainty import NoUncertainty, Variant, savings_uncertainty

_DAYS_A_MONTH = 365.25 / 12
_HOURS_A_DAY = 24
_HALF = 0.5


class NothingPlanned(Invalid):
    """The planned saving or reporting period is none."""


class NoFigures(Invalid):
    """The baseline was agreed on paper and has no figures of merit."""


@dataclass(frozen=True, slots=True)
class PlannedUncertainty:
    """How uncertain an expected saving will be, by one variant.

    Attributes:
        variant: the rules by which it was computed.
        fraction: the uncertainty as a fraction of the saving, plus or minus.
        energy: the same in the baseline's unit.
        least_fraction: the fraction of the baseline's energy that must be saved for an uncertainty of half the saving.
    """

    variant: Variant
    fraction: Decimal
    energy: Decimal
    least_fraction: Decimal


@dataclass(frozen=True, slots=True)
class PlannedSaving:
    """An expected saving and its uncertainty.

    Attributes:
        fraction: the expected saving as a fraction of the energy that the baseline expects.
        months: how long the reporting period is.
        rows: how many rows it has.
        expected: the energy that the baseline expects in it, under the baseline period's own conditions.
        saved: the expected saving.
        unit: the unit of the energies.
        confidence: two-sided, between 0 and 1.
        uncertainties: by every variant that applies and can be computed.
    """

    fraction: Decimal
    months: Decimal
    rows: int
    expected: Decimal
    saved: Decimal
    unit: str
    confidence: Decimal
    uncertainties: tuple[PlannedUncertainty, ...]


def planned_saving(
    baseline: Baseline | AgreedBaseline, fraction: Decimal, months: Decimal, confidence: Decimal
) -> PlannedSaving:
    """Say how uncertain an expected saving will be.

    Args:
        baseline: the frozen baseline; one that was agreed on paper is refused.
        fraction: the expected saving as a fraction of the energy that the baseline expects, above 0 and at most 1.
        months: the length of the reporting period, above 0.
        confidence: two-sided, between 0 and 1.

    Raises:
        NothingPlanned: a fraction, a length or a confidence outside of these.
        NoFigures: the baseline was agreed on paper.
    """
    if isinstance(baseline, AgreedBaseline):
        raise NoFigures(f"{baseline.source}", place="baseline", found=baseline.kind, expected="fitted")
    for name, value, most in (("saving", fraction, 1), ("confidence", confidence, 1), ("months", months, 1200)):
        if not 0 < value <= most or (name == "confidence" and value == most):
            limits = f"above 0, and {'below' if name == 'confidence' else 'at most'} {most}"
            raise NothingPlanned(f"{name} {plain(value)}", place=name, found=plain(value), expected=limits)
    rows = max(1, round(float(months) * _rows_a_month(baseline)))
    expected = float(baseline.uncertainty_figures.mean) * rows
    saved = expected * float(fraction)
    return PlannedSaving(
        fraction=fraction,
        months=months,
        rows=rows,
        expected=fifteen_digits(expected),
        saved=fifteen_digits(saved),
        unit=baseline.unit,
        confidence=confidence,
        uncertainties=tuple(
            PlannedUncertainty(
                variant=variant,
                fraction=fifteen_digits(half_width),
                energy=fifteen_digits(half_width * abs(saved)),
                least_fraction=fifteen_digits(half_width * float(fraction) / _HALF),
            )
            for variant, half_width in _half_widths(baseline, saved, expected, rows, months, confidence).items()
        ),
    )


def _half_widths(
    baseline: Baseline, saved: float, expected: float, rows: int, months: Decimal, confidence: Decimal
) -> Mapping[Variant, float]:
    by_variant: dict[Variant, float] = {}
    for variant in variants_of(baseline):
        try:
            by_variant[variant] = savings_uncertainty(
                variant,
                baseline.uncertainty_figures,
                saved=saved,
                modelled=expected,
                rows=rows,
                interval=baseline.interval,
                confidence=float(confidence),
                months=float(months),
                arithmetic=baseline.method.arithmetic,
            ).fraction
        except NoUncertainty:
            continue
    return by_variant


def _rows_a_month(baseline: Baseline) -> float:
    """How many rows a mean month has; bills come as often as in the baseline."""
    match baseline.interval:
        case Interval.HOUR:
            return _DAYS_A_MONTH * _HOURS_A_DAY
        case Interval.DAY:
            return _DAYS_A_MONTH
        case Interval.BILLING:
            days = (baseline.after_last - baseline.first).days
            return _DAYS_A_MONTH * baseline.figures.n / days


def facts_of_plan(planned: PlannedSaving) -> dict[str, object]:
    """A planned saving as JSON: energies in the baseline's unit and fractions, as strings with six decimals."""
    return {
        "unit": planned.unit,
        "expected": plain(round(planned.expected, 6)),
        "saved": plain(round(planned.saved, 6)),
        "fraction": plain(planned.fraction),
        "months": plain(planned.months),
        "rows": planned.rows,
        "confidence": plain(planned.confidence),
        "uncertainty": {
            entry.variant.value: {
                "energy": plain(round(entry.energy, 6)),
                "fraction": plain(round(entry.fraction, 6)),
                "least_fraction": plain(round(entry.least_fraction, 6)),
            }
            for entry in planned.uncertainties
        },
    }
