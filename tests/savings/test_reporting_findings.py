"""What is said of a reporting period: its zeros and gaps, its coverage, and that nothing counts."""

from dataclasses import replace
from decimal import Decimal

import pytest

from savings.avoided import Mask, NothingCounts, avoided
from savings.energy_rules import EnergyBasis
from savings.methods.caltrack import CaltrackDaily
from savings.model import LinearModel
from savings.reporting_findings import check_savings
from savings.rows import TEMPERATURE, Row
from savings.statistics.change_point import Form
from tests.savings.samples import baseline_of, day

#: E = 2 · T, seen between 20 and 70 °F.
DOUBLE = baseline_of(LinearModel(form=Form.TWO, intercept=Decimal(0), slope=Decimal(2)), {TEMPERATURE: ("20", "70")})


def findings_of(rows: list[Row], least: str = "0.9") -> dict[str, tuple[str, str]]:
    findings = check_savings(DOUBLE, avoided(DOUBLE, rows), Decimal(least))
    return {finding.code: (finding.severity.value, finding.found) for finding in findings}


def test_nothing_where_all_is_measured() -> None:
    assert findings_of([day("90", "50"), day("100", "60")]) == {}


def test_rows_without_weather_are_missing_and_too_many_are_a_disqualification() -> None:
    """One of two rows has no temperature: 50 % count, and 90 % must."""
    rows = [day("90", "50"), Row(day().period, day().local, Decimal(90), (None,))]
    assert findings_of(rows) == {"coverage": ("disqualification", "50.00 %")}
    assert findings_of(rows, "0.5") == {}


def test_zeros_and_filled_rows_are_noted() -> None:
    rows = [day("0", "50"), replace(day("90", "50"), zeros=3, basis=EnergyBasis.ESTIMATED), day("80", "50")]
    assert findings_of([replace(rows[0], zeros=24), *rows[1:]]) == {
        "zero_values": ("note", "27"),
        "filled_rows": ("note", "1"),
    }


def test_the_zeros_of_electricity_were_not_measured() -> None:
    electricity = baseline_of(DOUBLE.model, method=CaltrackDaily())
    rows = [replace(day("90", "50"), zeros=3)]
    (finding,) = check_savings(electricity, avoided(electricity, rows))
    assert finding.detail == "values of zero energy, taken for not measured, as of electricity"


class TestNothingCounts:
    def test_where_every_row_is_declined(self) -> None:
        with pytest.raises(NothingCounts, match="2 declined; most of all: temperature"):
            avoided(DOUBLE, [day("90", "99"), day("90", "99")]).require_some()

    def test_where_every_row_is_masked(self) -> None:
        mask = Mask.model_validate({"first": "2026-03-02", "after_last": "2026-03-03", "reason": "strike"})
        with pytest.raises(NothingCounts, match="1 masked; most of all: strike"):
            avoided(DOUBLE, [day("90", "50")], [mask]).require_some()

    def test_without_rows(self) -> None:
        with pytest.raises(NothingCounts, match="there are no rows"):
            avoided(DOUBLE, []).require_some()

    def test_one_row_is_enough(self) -> None:
        avoided(DOUBLE, [day("90", "50"), day("90", "99")]).require_some()
