"""The saving over the baseline period itself: zero, or within its uncertainty, or the baseline is no baseline."""

from decimal import Decimal

import pytest

from savings.avoided import avoided
from savings.own_period import OwnPeriod
from savings.rows import Interval
from tests.savings.samples import FIGURES, baseline_of, day

#: 100 a day are expected.
FLAT = baseline_of()


def check(*energies: str, zero_by_construction: bool) -> OwnPeriod:
    rows = [day(energy, "50") for energy in energies]
    return OwnPeriod.of(avoided(FLAT, rows), FIGURES, Interval.DAY, zero_by_construction=zero_by_construction)


def test_zero_by_construction() -> None:
    """Expected 100 + 100, measured 90 + 110."""
    own = check("90", "110", zero_by_construction=True)
    assert [own.expected, own.measured, own.saved, own.rows] == [200, 200, 0, 2]
    finding = own.finding("kWh")
    assert (finding.severity, finding.found) == ("note", "0.000000")
    assert finding.detail == "kWh saved over the baseline period itself, zero by construction"


def test_a_billionth_of_the_energy_is_the_rounding_of_floats() -> None:
    assert check("100.0000001", "100", zero_by_construction=True).holds
    assert not check("100.00001", "100", zero_by_construction=True).holds


@pytest.mark.parametrize(
    ("energy", "severity"),
    [pytest.param("95", "note", id="within"), pytest.param("9", "disqualification", id="beyond")],
)
def test_within_the_uncertainty_where_it_need_not_be_zero(energy: str, severity: str) -> None:
    """Of four rows with a CV(RMSE) of √2/13 one expects 100 give or take some 37 at 95 %."""
    own = check(energy, zero_by_construction=False)
    assert own.within is not None
    assert own.finding("kWh").severity == severity


def test_without_an_uncertainty_only_zero_holds() -> None:
    unknown = FIGURES.model_copy(update={"autocorrelation": None})
    for energy, holds in (("100", True), ("99", False)):
        savings = avoided(FLAT, [day(energy, "50")])
        own = OwnPeriod.of(savings, unknown, Interval.DAY, zero_by_construction=False)
        assert (own.within, own.holds) == (None, holds)


def test_it_is_written_and_read_again() -> None:
    own = check("90", "110", zero_by_construction=True)
    assert OwnPeriod.model_validate_json(own.model_dump_json()) == own
    assert own.saved == Decimal("0.000000")
