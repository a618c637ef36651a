"""Uncertainty before there is a reporting year, by hand: a · t · CV/F · √((n/n′)(1 + 2/n′)/m), with F and m as planned."""

from decimal import Decimal
from math import sqrt

import numpy as np
import pytest

from savings.avoided import avoided
from savings.baseline import Baseline
from savings.energy_rules import Fuel
from savings.methods import BaselineMethod
from savings.methods.caltrack import CaltrackBilling
from savings.methods.hourly import CaltrackHourly
from savings.planned import NothingPlanned, facts_of_plan, planned_saving
from savings.report import uncertainties
from savings.rows import Row
from savings.statistics.goodness import figures_of_merit
from savings.statistics.student import two_sided_t
from tests.savings.samples import baseline_of, day

WAVE = np.sin(np.arange(365) * 2.399963)  # turned by the golden angle: hardly any autocorrelation
MEASURED = 100 + 20 * np.cos(np.arange(365.0))


def baseline(method: BaselineMethod | None = None, p: int = 2) -> Baseline:
    return baseline_of(method=method, figures=figures_of_merit(MEASURED, MEASURED - 8 * WAVE, p))


def by_hand(a: float, t: float, cv: float, n: float, left: float, m: int, saved: float) -> float:
    return a * t * cv / saved * sqrt(n / left * (1 + 2 / left) / m)


class TestAYearOfDays:
    """Twelve months are 365 rows; residuals of 8 · sin, so that SSE is 64 · 365/2 and a little."""

    def fractions(self, saved: str, months: str = "12", confidence: str = "0.9") -> dict[str, float]:
        planned = planned_saving(baseline(), Decimal(saved), Decimal(months), Decimal(confidence))
        return {entry.variant.value: float(entry.fraction) for entry in planned.uncertainties}

    def test_each_variant(self) -> None:
        residuals, mean = 8 * WAVE, MEASURED.mean()
        rho = np.corrcoef(residuals[1:], residuals[:-1])[0, 1]
        left, sse = 365 * (1 - rho) / (1 + rho), (residuals**2).sum()
        a = -0.00024 * 144 + 0.03535 * 12 + 1.00286
        cv, cv_with_intercept = sqrt(sse / 363) / mean, sqrt(sse / 362) / mean
        assert self.fractions("0.1") == pytest.approx(
            {
                "ashrae14": by_hand(1.26, two_sided_t(0.9, left - 3), cv_with_intercept, 365, left, 365, 0.1),
                "sun_baltazar": by_hand(a, two_sided_t(0.9, left - 3), cv_with_intercept, 365, left, 365, 0.1),
                "caltrack": by_hand(a, two_sided_t(0.9, 363), cv, 365, left, 365, 0.1),
                "nmecr": a * two_sided_t(0.9, 362) * sqrt(sse / 362) / mean / 0.1 * sqrt((1 + 2 / 365) / 365),
            },
            rel=1e-9,
        )

    def test_it_falls_with_the_saving_and_with_the_months(self) -> None:
        tenth, fifth = self.fractions("0.1"), self.fractions("0.2")
        assert fifth == pytest.approx({name: fraction / 2 for name, fraction in tenth.items()})
        assert all(self.fractions("0.1", months="6")[name] > fraction for name, fraction in tenth.items())
        assert all(self.fractions("0.1", confidence="0.68")[name] < fraction for name, fraction in tenth.items())

    def test_the_least_saving_for_an_uncertainty_of_half_of_it(self) -> None:
        """Whoever saves just that fraction has an uncertainty of exactly 50 %."""
        planned = planned_saving(baseline(), Decimal("0.1"), Decimal(12), Decimal("0.9"))
        for entry in planned.uncertainties:
            again = planned_saving(baseline(), entry.least_fraction, Decimal(12), Decimal("0.9"))
            fractions = {other.variant: float(other.fraction) for other in again.uncertainties}
            assert fractions[entry.variant] == pytest.approx(0.5)

    def test_it_is_what_a_year_that_saves_just_that_is_stated_with(self) -> None:
        """A reporting year of 365 days at the baseline's mean, of which a tenth was saved."""
        flat = baseline()
        rows: list[Row] = [day("90", "50", at=f"2026-{1 + n // 28:02}-{1 + n % 28:02}") for n in range(336)]
        saved = avoided(flat, rows)
        months = Decimal(336) / 30
        planned = planned_saving(flat, Decimal("0.1"), months, Decimal("0.9"))
        assert planned.rows == 341
        stated = uncertainties(flat, saved, Decimal("0.9"))
        for entry in planned.uncertainties:
            if entry.variant.value != "caltrack":  # which divides by the baseline's own energy
                scale = sqrt(341 / 336) * (336 * 100 * 0.1) / float(planned.saved)
                assert float(entry.energy) * scale == pytest.approx(float(stated[entry.variant.value]), rel=1e-4)


def test_hours_and_bills_have_rows_of_their_own() -> None:
    """Six months of hours are 6 · 730.5; of bills, of which a year had 365 here, half as many."""
    hours = planned_saving(baseline(CaltrackHourly()), Decimal("0.1"), Decimal(6), Decimal("0.9"))
    assert hours.rows == 4383
    assert [entry.variant.value for entry in hours.uncertainties] == ["ashrae14"]
    bills = planned_saving(baseline(CaltrackBilling(fuel=Fuel.GAS)), Decimal("0.1"), Decimal(6), Decimal("0.9"))
    assert bills.rows == round(365.25 / 2)


def test_its_facts_are_text() -> None:
    facts = facts_of_plan(planned_saving(baseline(), Decimal("0.1"), Decimal(12), Decimal("0.9")))
    mean = MEASURED.mean()
    assert float(str(facts["expected"])) == pytest.approx(mean * 365, abs=1e-5)
    assert float(str(facts["saved"])) == pytest.approx(mean * 36.5, abs=1e-5)
    assert (facts["rows"], facts["months"], facts["confidence"], facts["unit"]) == (365, "12", "0.9", "kWh")


@pytest.mark.parametrize(
    ("saved", "months", "confidence"),
    [("0", "12", "0.9"), ("1.1", "12", "0.9"), ("0.1", "0", "0.9"), ("0.1", "12", "1")],
)
def test_nothing_planned_is_refused(saved: str, months: str, confidence: str) -> None:
    with pytest.raises(NothingPlanned) as refused:
        planned_saving(baseline(), Decimal(saved), Decimal(months), Decimal(confidence))
    assert str(refused.value.members["expected"]).startswith("above 0")
