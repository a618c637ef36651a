"""Savings as JSON: sums at six places, rows by status, and the uncertainty of each variant that applies."""

from decimal import Decimal
from math import sqrt

import pytest

from savings.avoided import avoided
from savings.methods.mean import Mean
from savings.model import LinearModel
from savings.report import facts_of_savings, uncertainties
from savings.rows import TEMPERATURE, Interval
from savings.statistics.change_point import Form
from tests.savings.samples import baseline_of, day

#: E = 2 · T, seen between 20 and 70 °F.
DOUBLE = baseline_of(LinearModel(form=Form.TWO, intercept=Decimal(0), slope=Decimal(2)), {TEMPERATURE: ("20", "70")})
ROWS = avoided(DOUBLE, [day("90.50", "50"), day("100", "75"), day("7", "99"), day(None, "50", "2026-03-03")])


def test_the_sums_by_hand() -> None:
    """Expected 100 + 150, measured 90.5 + 100, avoided 59.5: 23.8 %; two of four rows count."""
    facts = facts_of_savings(DOUBLE, ROWS, Decimal("0.9"))
    del facts["uncertainty"]
    assert facts == {
        "unit": "kWh",
        "expected": "250.000000",
        "measured": "190.500000",
        "avoided": "59.500000",
        "fraction": "0.238000",
        "rows": 4,
        "tiers": {"in_range": 1, "caveat": 1, "declined": 1, "masked": 0, "missing": 1},
        "coverage": "0.500000",
        "energy": {"measured": 3, "zero": 0, "estimated": 0, "missing": 1, "zeros": 0},
        "confidence": "0.9",
        "baseline_sha256": "0" * 64,
        "own_period": None,
        "findings": [],
    }


def test_rows_where_they_are_asked_for() -> None:
    (first, caveat, declined, missing) = facts_of_savings(DOUBLE, ROWS, Decimal("0.9"), rows=True)["each"]
    assert first == {
        "start": "2026-03-02T00:00:00+00:00",
        "end": "2026-03-03T00:00:00+00:00",
        "expected": "100.000000",
        "measured": "90.5",
        "avoided": "9.500000",
        "tier": "in_range",
    }
    assert (caveat["avoided"], caveat["why"]) == ("50.000000", "temperature 10.0 % of its range beyond it")
    assert (declined["expected"], declined["avoided"], declined["tier"]) == ("198.000000", None, "declined")
    assert (missing["expected"], missing["measured"], missing["why"]) == (None, None, "energy")


def test_nothing_expected_has_no_fraction() -> None:
    assert facts_of_savings(DOUBLE, avoided(DOUBLE, []), Decimal("0.9"))["fraction"] is None


class TestUncertainties:
    def test_ashrae_by_hand(self) -> None:
        """Of the four rows of test_goodness.py, as energy: 1.26 · t · √(6/2)/13 · 250 · √(4/n′ · (1 + 2/n′)/2).

        rho -0.654654 leaves n′ = 4 · 1.654654/0.345346 = 19.1652, 17.1652 degrees: t = 1.738531.
        """
        prime = 4 * (1 + 2 / sqrt(28 / 3)) / (1 - 2 / sqrt(28 / 3))
        by_hand = 1.26 * 1.738531 * sqrt(6 / 2) / 13 * 250 * sqrt(4 / prime * (1 + 2 / prime) / 2)
        assert float(uncertainties(DOUBLE, ROWS, Decimal("0.9"))["ashrae14"]) == pytest.approx(by_hand, rel=1e-3)

    def test_days_have_each_variant_and_hours_only_ashraes(self) -> None:
        assert set(uncertainties(DOUBLE, ROWS, Decimal("0.9"))) == {"ashrae14", "sun_baltazar", "caltrack", "nmecr"}
        hourly = baseline_of(DOUBLE.model, method=Mean(row=Interval.HOUR))
        assert set(uncertainties(hourly, ROWS, Decimal("0.9"))) == {"ashrae14"}

    def test_nothing_saved_is_as_uncertain_as_anything(self) -> None:
        """The half width is energy: 100 expected and 100 measured are as uncertain as 100 expected and 90 measured."""
        nothing, ten = (avoided(DOUBLE, [day(energy, "50")]) for energy in ("100", "90"))
        assert uncertainties(DOUBLE, nothing, Decimal("0.9")) == uncertainties(DOUBLE, ten, Decimal("0.9")) != {}

    def test_no_row_has_none(self) -> None:
        assert uncertainties(DOUBLE, avoided(DOUBLE, [day(None, "50")]), Decimal("0.9")) == {}
