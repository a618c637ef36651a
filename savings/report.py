"""What savings come to, written down for a program: sums, tiers, coverage and uncertainty by named variant."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from quantities.arithmetic import quotient
from quantities.number import plain, trimmed
from savings.avoided import COUNTED, Avoided, CountedRow
from savings.baseline import Baseline
from savings.rows import Interval
from savings.statistics.uncertainty import NoUncertainty, Variant, of_savings

_PLACES = 6


def facts_of_savings(baseline: Baseline, found: Avoided, confidence: Decimal, *, rows: bool = False) -> dict[str, Any]:
    """Write savings down.

    Args:
        baseline: that they are told by.
        found: the rows.
        confidence: of the uncertainty, two-sided.
        rows: whether each is written down.

    Returns:
        Energies in the baseline's unit at six places, as strings; uncertainty in the same, plus or minus.
    """
    expected = found.expected
    facts: dict[str, Any] = {
        "unit": baseline.unit,
        "expected": plain(round(expected, _PLACES)),
        "measured": plain(round(found.measured, _PLACES)),
        "avoided": plain(round(found.energy, _PLACES)),
        "fraction": plain(round(quotient(found.energy, expected), _PLACES)) if expected else None,
        "rows": len(found.rows),
        "tiers": {tier.value: many for tier, many in found.tiers.items()},
        "coverage": plain(round(found.coverage, _PLACES)),
        "confidence": plain(confidence),
        "uncertainty": uncertainties(baseline, found, confidence),
        "baseline_sha256": baseline.input_sha256,
    }
    if rows:
        facts["each"] = [_of_row(each) for each in found.rows]
    return facts


def uncertainties(baseline: Baseline, found: Avoided, confidence: Decimal) -> dict[str, str]:
    """State the uncertainty by every variant that tells one; none for hours, where no guideline does but ASHRAE's."""
    variants = [Variant.ASHRAE14]
    if baseline.interval is not Interval.HOUR:
        variants += [Variant.SUN_BALTAZAR, Variant.CALTRACK, Variant.NMECR]
    stated: dict[str, str] = {}
    for variant in variants:
        try:
            told = of_savings(
                variant,
                baseline.told_by,
                saved=float(found.energy),
                modelled=float(found.expected),
                rows=len(found.counted),
                interval=baseline.interval,
                confidence=float(confidence),
            )
        except NoUncertainty:
            continue
        stated[variant.value] = f"{told.fraction * abs(float(found.energy)):.6f}"
    return stated


def _of_row(each: CountedRow) -> Mapping[str, Any]:
    return {
        "start": each.row.period.start.isoformat(),
        "end": each.row.period.end.isoformat(),
        "expected": None if each.expected is None else plain(round(each.expected, _PLACES)),
        "measured": None if each.row.energy is None else plain(trimmed(each.row.energy)),
        "avoided": plain(round(each.avoided, _PLACES)) if each.tier in COUNTED else None,
        "tier": each.tier.value,
        **({"why": each.why} if each.why else {}),
    }
