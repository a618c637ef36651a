"""Findings about a reporting period: its baseline if that is agreed, its zeros and gaps, coverage, and wrong units."""

from collections.abc import Iterator
from decimal import Decimal

from savings.agreed import AgreedBaseline
from savings.avoided import COUNTED, Avoided, RowStatus
from savings.baseline import Baseline
from savings.energy_rules import EnergyBasis
from savings.finding import BaselineFinding, as_percent, disqualified, noted
from savings.statistics.plausibility import check_energy, check_values

#: The least fraction of the rows that must count, unless the parties agree another one.
LEAST_COVERAGE = Decimal("0.9")


def check_savings(
    baseline: Baseline | AgreedBaseline, savings: Avoided, least: Decimal = LEAST_COVERAGE
) -> Iterator[BaselineFinding]:
    """Findings about a saving.

    Args:
        baseline: what the rows were compared with.
        savings: the rows.
        least: the fraction of the rows that must count.
    """
    if isinstance(baseline, AgreedBaseline):
        yield from baseline.notes
    rows = [counted.row for counted in savings.rows if counted.status is not RowStatus.MASKED]
    zeros = sum(row.zeros for row in rows)
    if zeros:
        as_what = "not measured, as of electricity" if baseline.drops_zeros else "no use"
        yield noted("zero_values", f"values of zero energy, taken for {as_what}", zeros)
    filled = sum(row.energy is not None and row.basis is EnergyBasis.ESTIMATED for row in rows)
    if filled:
        yield noted("filled_rows", "rows partly estimated, or filled by the mean of what is measured", filled)
    estimated = sum(row.rests_on_estimates for row in rows)
    if estimated:
        yield noted("estimated_rows", "rows rest on estimates, and count by them", estimated)
    if savings.coverage < least:
        lacking = ", ".join(
            f"{count} {status.value}"
            for status, count in savings.counts_by_status.items()
            if count and status not in COUNTED | {RowStatus.MASKED}
        )
        detail = f"too few rows count: {lacking}"
        yield disqualified("coverage", detail, as_percent(savings.coverage), f"at least {as_percent(least)}")
    yield from check_values(rows, baseline.interval, baseline.temperature_unit)
    yield from check_energy(savings.energies, savings.measured, savings.expected)
