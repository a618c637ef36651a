"""Savings as JSON: sums, number of rows by status, coverage, and uncertainty by named variant."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from quantities.arithmetic import quotient
from quantities.number import plain, trimmed
from savings.avoided import COUNTED, Avoided, CountedRow
from savings.baseline import Baseline
from savings.rows import Interval
from savings.statistics.uncertainty import NoUncertainty, Variant, savings_uncertainty

_PLACES = 6


def facts_of_savings(
    baseline: Baseline, savings: Avoided, confidence: Decimal, *, rows: bool = False
) -> dict[str, Any]:
    """The savings of a reporting period as JSON.

    Args:
        baseline: the baseline that the rows were compared with.
        savings: the rows.
        confidence: two-sided, between 0 and 1, of the uncertainty.
        rows: whether every row is included as well, under ``each``.

    Returns:
        Energies as strings in the baseline's unit, rounded to six places; uncertainty is plus or minus, in that unit.
    """
    expected = savings.expected
    facts: dict[str, Any] = {
        "unit": baseline.unit,
        "expected": plain(round(expected, _PLACES)),
        "measured": plain(round(savings.measured, _PLACES)),
        "avoided": plain(round(savings.energy, _PLACES)),
        "fraction": plain(round(quotient(savings.energy, expected), _PLACES)) if expected else None,
        "rows": len(savings.rows),
        "tiers": {status.value: count for status, count in savings.counts_by_status.items()},
        "coverage": plain(round(savings.coverage, _PLACES)),
        "confidence": plain(confidence),
        "uncertainty": uncertainties(baseline, savings, confidence),
        "baseline_sha256": baseline.input_sha256,
    }
    if rows:
        facts["each"] = [_row_facts(row) for row in savings.rows]
    return facts


def variants_of(baseline: Baseline) -> tuple[Variant, ...]:
    """The variants of uncertainty that apply to a baseline: to hours only ASHRAE 14 does."""
    return (Variant.ASHRAE14,) if baseline.interval is Interval.HOUR else tuple(Variant)


def uncertainties(baseline: Baseline, savings: Avoided, confidence: Decimal) -> dict[str, str]:
    """The uncertainty of savings by every variant that applies; to hours only ASHRAE 14 does.

    Returns:
        By the variant's name: plus or minus how much energy, in the baseline's unit with six decimals. A variant that
        cannot be computed is left out.
    """
    stated: dict[str, str] = {}
    for variant in variants_of(baseline):
        try:
            uncertainty = savings_uncertainty(
                variant,
                baseline.uncertainty_figures,
                saved=float(savings.energy),
                modelled=float(savings.expected),
                rows=len(savings.counted),
                interval=baseline.interval,
                confidence=float(confidence),
                arithmetic=baseline.method.arithmetic,
            )
        except NoUncertainty:
            continue
        stated[variant.value] = f"{uncertainty.fraction * abs(float(savings.energy)):.6f}"
    return stated


def _row_facts(counted: CountedRow) -> Mapping[str, Any]:
    return {
        "start": counted.row.period.start.isoformat(),
        "end": counted.row.period.end.isoformat(),
        "expected": None if counted.expected is None else plain(round(counted.expected, _PLACES)),
        "measured": None if counted.row.energy is None else plain(trimmed(counted.row.energy)),
        "avoided": plain(round(counted.avoided, _PLACES)) if counted.status in COUNTED else None,
        "tier": counted.status.value,
        **({"why": counted.why} if counted.why else {}),
    }
