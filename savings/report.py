"""Savings as JSON: sums, number of rows by status, coverage, and uncertainty by named variant."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from quantities.arithmetic import quotient
from quantities.number import plain, trimmed, unsigned_zero
from savings.agreed import AgreedBaseline
from savings.avoided import COUNTED, Avoided, CountedRow, RowStatus
from savings.baseline import Baseline
from savings.energy_rules import EnergyBasis
from savings.finding import BaselineFinding
from savings.rows import Interval
from savings.statistics.uncertainty import NoUncertainty, Variant, half_width

_PLACES = 6
#: The name of an uncertainty that is computed by no variant, because the parties agreed it.
AGREED = "agreed"


def facts_of_savings(
    baseline: Baseline | AgreedBaseline,
    savings: Avoided,
    confidence: Decimal,
    *,
    findings: Sequence[BaselineFinding] = (),
    rows: bool = False,
) -> dict[str, Any]:
    """The savings of a reporting period as JSON: one document, over HTTP and of the commands.

    Args:
        baseline: the baseline that the rows were compared with.
        savings: the rows.
        confidence: two-sided, between 0 and 1, of the uncertainty.
        findings: about the reporting period.
        rows: whether every row is included as well, under ``each``.

    Returns:
        Energies as strings in the baseline's unit, rounded to six places; uncertainty is plus or minus, in that unit.
        Of an agreed baseline the uncertainty is what was agreed, at the confidence that was agreed with it;
        ``baseline`` says that it is agreed, and what is therefore not computed.
    """
    expected = savings.expected
    if isinstance(baseline, AgreedBaseline):
        confidence = baseline.uncertainty.confidence or confidence
    facts: dict[str, Any] = {
        "unit": baseline.unit,
        "expected": plain(round(expected, _PLACES)),
        "measured": plain(round(savings.measured, _PLACES)),
        "avoided": _plain(savings.energy),
        "fraction": _plain(quotient(savings.energy, expected)) if expected else None,
        "rows": len(savings.rows),
        "tiers": {status.value: count for status, count in savings.counts_by_status.items()},
        "coverage": plain(round(savings.coverage, _PLACES)),
        "energy": energy_counts(savings),
        "confidence": plain(confidence),
        "uncertainty": uncertainties(baseline, savings, confidence),
        **_facts_of_baseline(baseline),
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }
    if rows:
        facts["each"] = [_row_facts(row) for row in savings.rows]
    return facts


def _facts_of_baseline(baseline: Baseline | AgreedBaseline) -> dict[str, Any]:
    if isinstance(baseline, AgreedBaseline):
        return {"baseline_sha256": None, "own_period": None, "baseline": baseline.facts()}
    own_period = None if baseline.own_period is None else baseline.own_period.model_dump(mode="json")
    return {"baseline_sha256": baseline.input_sha256, "own_period": own_period}


def energy_counts(savings: Avoided) -> dict[str, int]:
    """How many rows that are not masked rest on measured, zero, estimated or missing energy, and on how many zeros."""
    rows = [counted.row for counted in savings.rows if counted.status is not RowStatus.MASKED]
    by_basis = Counter(EnergyBasis.MISSING if row.energy is None else row.basis for row in rows)
    return {**{basis.value: by_basis[basis] for basis in EnergyBasis}, "zeros": sum(row.zeros for row in rows)}


def _plain(number: Decimal) -> str:
    return plain(unsigned_zero(round(number, _PLACES)))


def variants_of(baseline: Baseline) -> tuple[Variant, ...]:
    """The variants of uncertainty that apply to a baseline: to hours only ASHRAE 14 does."""
    return (Variant.ASHRAE14,) if baseline.interval is Interval.HOUR else tuple(Variant)


def uncertainties(baseline: Baseline | AgreedBaseline, savings: Avoided, confidence: Decimal) -> dict[str, str]:
    """The uncertainty of savings by every variant that applies; to hours only ASHRAE 14 does.

    Returns:
        By the variant's name: plus or minus how much energy, in the baseline's unit with six decimals. A variant that
        cannot be computed is left out. Of an agreed baseline ``agreed``, where one was agreed.
    """
    if isinstance(baseline, AgreedBaseline):
        half = baseline.half_width(savings.expected)
        return {} if half is None else {AGREED: _plain(half)}
    stated: dict[str, str] = {}
    for variant in variants_of(baseline):
        try:
            width = half_width(
                variant,
                baseline.uncertainty_figures,
                modelled=savings.expected,
                rows=len(savings.counted),
                interval=baseline.interval,
                confidence=confidence,
                arithmetic=baseline.method.arithmetic,
            )
        except NoUncertainty:
            continue
        stated[variant.value] = plain(width)
    return stated


def _row_facts(counted: CountedRow) -> Mapping[str, Any]:
    return {
        "start": counted.row.period.start.isoformat(),
        "end": counted.row.period.end.isoformat(),
        "expected": None if counted.expected is None else plain(round(counted.expected, _PLACES)),
        "measured": None if counted.row.energy is None else plain(trimmed(counted.row.energy)),
        "avoided": _plain(counted.avoided) if counted.status in COUNTED else None,
        "tier": counted.status.value,
        **({"why": counted.why} if counted.why else {}),
    }
