"""Option A. Clause: "Each operating hour counts 41.5 kWh before and 16.2 kWh after the retrofit; the hours are metered." """

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.document import FaultyDocument, parse
from savings.avoided import avoided
from savings.options.option_a import KeyParameter
from savings.rows import Interval
from tests.build import fewer_examples
from tests.savings.samples import day

TERMS = {
    "registers": ["hours"], "parameter_unit": "machine_hour", "before": "41.5", "after": "16.2", "energy_unit": "kWh",
    "basis": "nameplate, report 7",
}  # fmt: skip
FALLING = {"degradation_percent": "2", "since": "2026-03-02"}


@pytest.mark.parametrize(
    ("more", "on", "expected"),
    [
        pytest.param({}, "2026-03-02", "415.0", id="10 · 41.5"),
        pytest.param(FALLING, "2027-03-01", "415.0", id="a day before a full year nothing falls"),
        pytest.param(FALLING, "2027-03-02", "409.94", id="10 · (16.2 + 25.3 · 0.98)"),
        pytest.param(FALLING, "2029-03-02", "400.121576", id="10 · (16.2 + 25.3 · 0.98³)"),
        pytest.param(FALLING, "2026-01-01", "415.0", id="before the measure's first day"),
    ],
)
def test_ten_hours(more: dict[str, str], on: str, expected: str) -> None:
    option = parse(KeyParameter, {**TERMS, **more})
    assert option.expect(day("10", at=on)) == Decimal(expected)
    assert option.measured(Decimal(10)) == Decimal("162.0")


def test_what_it_says_of_itself() -> None:
    option = parse(KeyParameter, TERMS)
    assert (option.unit, option.counts_in, option.rows) == ("kWh", "machine_hour", Interval.DAY)
    assert (option.drivers, option.modes, option.units, list(option.faults())) == ({}, {}, {}, [])
    assert option.summary == "by key parameter"
    assert option.furthest_beyond(day("9999999")) == ("", Decimal(0))


def test_an_hour_that_did_not_run_saves_nothing_and_counts() -> None:
    """Zero hours are measured; unmeasured ones are missing."""
    counted = avoided(parse(KeyParameter, TERMS), [day("0"), day(None)])
    assert [row.status for row in counted.rows] == ["in_range", "missing"]
    assert counted.expected == 0


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"degradation_percent": "2"}, id="falls since no day"),
        pytest.param({"since": "2026-03-02"}, id="a day, and nothing falls"),
        pytest.param({"before": "-1"}, id="below zero"),
        pytest.param({"degradation_percent": "100", "since": "2026-03-02"}, id="all of it each year"),
        pytest.param({"basis": ""}, id="no basis"),
        pytest.param({"row": "billing"}, id="rows are hours or days"),
    ],
)
def test_terms_that_are_none(terms: dict[str, str]) -> None:
    with pytest.raises(FaultyDocument):
        parse(KeyParameter, {**TERMS, **terms})


@fewer_examples(4)
@given(st.integers(0, 10), st.integers(1, 60))
def test_a_saving_falls_each_year_and_never_changes_its_sign(years: int, percent: int) -> None:
    option = parse(KeyParameter, {**TERMS, "degradation_percent": str(percent), "since": "2026-03-02"})
    saved = [option.expect(day("1", at=f"{2026 + n}-03-02")) - option.measured(Decimal(1)) for n in (years, years + 1)]
    assert saved[0] > saved[1] > 0
    by_floats = 25.3 * (1 - percent / 100) ** (years + 1)
    assert float(saved[1]) == pytest.approx(by_floats, rel=1e-9)
