"""A baseline agreed on paper: what it expects, what it refuses by name, and what it says is not computed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from quantities.document import FaultyDocument
from savings.agreed import AgreedBaseline
from savings.any_baseline import parse_baseline
from savings.avoided import RowStatus, avoided
from savings.baseline import Baseline
from savings.finding import FindingSeverity
from savings.planned import NoFigures, planned_saving
from savings.report import facts_of_savings
from savings.reporting_findings import check_savings
from savings.rows import Interval
from tests.savings.samples import baseline_of, day

SOURCE = {
    "document": "Audit report E-2025-07", "clause": "annex 3, table 2", "on": "2025-11-30", "parties": ["Nordluft", "Hanse"],
}  # fmt: skip
MONTHS = {"kind": "months", "energies": ["31000", "29000", *["30000"] * 10]}
HEATED = {
    "kind": "linear", "form": "3PH", "intercept": "1200", "heating": {"slope": "85.5", "balance_point": "15"},
}  # fmt: skip


def paper(**changes: Any) -> dict[str, Any]:
    """A table by month, unless changed; a change to None leaves a key out."""
    stated = {
        "kind": "agreed", "unit": "kWh", "zone": "UTC", "first": "2026-01-01", "model": MONTHS, "source": SOURCE,
        "uncertainty": {"none_agreed": "true"}, **changes,
    }  # fmt: skip
    return {name: value for name, value in stated.items() if value is not None}


def agreed(**changes: Any) -> AgreedBaseline:
    baseline = parse_baseline(paper(**changes))
    assert isinstance(baseline, AgreedBaseline)
    return baseline


def heated(**changes: Any) -> AgreedBaseline:
    return agreed(**{"model": HEATED, "temperature_unit": "degC", **changes})


def faults(**changes: Any) -> dict[str, str]:
    with pytest.raises(FaultyDocument) as refused:
        parse_baseline(paper(**changes))
    return {fault.path: fault.code for fault in refused.value.faults}


class TestWhatItExpects:
    def test_a_day_by_coefficients(self) -> None:
        """1,200 + 85.5 × (15 − 4)."""
        assert heated().expect(day("900", "4")) == Decimal("2140.5")

    def test_a_day_by_the_months_of_a_table(self) -> None:
        """31,000 over the 31 days of January."""
        assert agreed().expect(day("900", at="2026-01-07")) == 1000

    @pytest.mark.parametrize(("year", "days"), [(2027, 28), (2028, 29)])
    def test_the_days_of_a_month_are_its_number_whatever_does_not_divide(self, year: int, days: int) -> None:
        """29,000 over 28 days do not end; a half at the end would otherwise be rounded the other way."""
        table = agreed(model={"kind": "months", "energies": ["1", "29000.5", *["1"] * 10]})
        of_days = [table.expect(day("1", at=f"{year}-02-{number:02d}")) for number in range(1, days + 1)]
        assert sum(of_days) == Decimal("29000.5")

    def test_a_driver_that_is_a_sum_counts_once_in_a_billing_period(self) -> None:
        """A day's 100, and 2 for each of its 40 parts."""
        model = {"kind": "linear", "form": "mean", "intercept": "100", "drivers": {"parts": "2"}}
        by_period = agreed(model=model, drivers={"parts": "sum"}, row="billing")
        assert by_period.interval is Interval.BILLING
        assert by_period.expect(day("1", drivers={"parts": Decimal(40)})) == 180

    def test_the_degree_days_of_a_row_by_their_own_definition(self) -> None:
        """G20/15: a day of 4 °C has 16 degree-days, one of 16 °C none."""
        model = {"kind": "linear", "form": "mean", "intercept": "100", "drivers": {"hdd": "10"}}
        definition = {"hdd": {"side": "heating", "base": "20", "limit": "15"}}
        by_degree_days = agreed(model=model, degree_days=definition, temperature_unit="degC")
        assert [by_degree_days.expect(day("1", degrees)) for degrees in ("4", "16")] == [260, 100]

    def test_nothing_before_the_first_day_nor_from_the_last_on(self) -> None:
        """Such a row is missing: it is on neither side, and lowers the coverage."""
        until_march = agreed(after_last="2026-03-01")
        rows = [day("900", at=at) for at in ("2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01")]
        counted = avoided(until_march, rows)
        statuses = [row.status for row in counted.rows]
        assert statuses == [RowStatus.MISSING, RowStatus.IN_RANGE, RowStatus.IN_RANGE, RowStatus.MISSING]
        assert counted.rows[0].why == "no baseline is agreed for this day"
        assert counted.coverage == Decimal("0.5")

    def test_a_row_beyond_an_agreed_range_is_declined(self) -> None:
        """−5 to 15 °C are 20 degrees, a tenth of them 2: −6 counts with a caveat, −8 not; without a range all count."""
        ranged = heated(ranges={"temperature": {"least": "-5", "most": "15"}})
        rows = [day("900", degrees) for degrees in ("0", "-6", "-8")]
        assert [row.status for row in avoided(ranged, rows).rows] == [
            RowStatus.IN_RANGE,
            RowStatus.CAVEAT,
            RowStatus.DECLINED,
        ]
        assert {row.status for row in avoided(heated(), rows).rows} == {RowStatus.IN_RANGE}


class TestWhatIsRefusedByName:
    @pytest.mark.parametrize(
        ("changes", "refused"),
        [
            pytest.param({"input_sha256": "ab" * 32}, {"/input_sha256": "fitted-not-agreed"}, id="the hash of a fit"),
            pytest.param({"figures": {}}, {"/figures": "fitted-not-agreed"}, id="figures of merit"),
            pytest.param({"source": None}, {"/source": "missing"}, id="no source"),
            pytest.param({"source": {**SOURCE, "clause": ""}}, {"/source/clause": "string_too_short"}, id="no place in it"),
            pytest.param({"kind": None}, {"/kind": "no-kind"}, id="a source, and nothing says that it is agreed"),
            pytest.param({"kind": "agred"}, {"/kind": "unknown-kind"}, id="a kind that is none"),
            pytest.param({"uncertainty": None}, {"/uncertainty": "missing"}, id="nothing is said of uncertainty"),
            pytest.param({"uncertainty": {"percent": "8"}}, {"/uncertainty": "value_error"}, id="a percent at no confidence"),
            pytest.param({"unit": "degC"}, {"/unit": "not-a-use"}, id="nobody saves a temperature"),
            pytest.param({"unit": "kWhh"}, {"/unit": "unknown-unit"}, id="no such unit"),
            pytest.param({"model": HEATED}, {"/temperature_unit": "no-temperature-unit"}, id="degrees of which scale?"),
            pytest.param({"temperature_unit": "degC"}, {"/temperature_unit": "no-temperature"}, id="no temperature in it"),
            pytest.param({"model": HEATED, "temperature_unit": "kWh"}, {"/temperature_unit": "not-a-temperature"}, id="kWh are no degrees"),
            pytest.param({"model": {**HEATED, "form": "5P"}, "temperature_unit": "degC"}, {"/model": "coefficients-not-of-form"}, id="5P without cooling"),
            pytest.param({"model": {**HEATED, "slope": "3"}, "temperature_unit": "degC"}, {"/model": "coefficients-not-of-form"}, id="3PH with a slope"),
            pytest.param({"model": {**HEATED, "form": "5P", "cooling": {"slope": "2", "balance_point": "14"}}, "temperature_unit": "degC"}, {"/model/cooling/balance_point": "coefficients-not-of-form"}, id="cools below where it heats"),
            pytest.param({"model": {**HEATED, "form": "4P", "cooling": {"slope": "2", "balance_point": "16"}}, "temperature_unit": "degC"}, {"/model/cooling/balance_point": "coefficients-not-of-form"}, id="4P with two balance points"),
            pytest.param({"model": {"kind": "months", "energies": ["1"] * 11}}, {"/model/energies": "too_short"}, id="eleven months"),
            pytest.param({"row": "hour"}, {"/row": "rows-not-of-form"}, id="the hours of a month"),
            pytest.param({"drivers": {"parts": "sum"}}, {"/model/drivers": "no-coefficient"}, id="a driver without a coefficient"),
            pytest.param({"model": {"kind": "linear", "form": "mean", "intercept": "1", "drivers": {"parts": "2"}}}, {"/model/drivers": "unknown-driver"}, id="a coefficient of no driver"),
            pytest.param({"ranges": {"temperature": {"least": "1", "most": "2"}}}, {"/ranges/temperature": "unknown-driver"}, id="a range of nothing in it"),
            pytest.param({"after_last": "2026-01-01"}, {"/after_last": "ends-before-it-begins"}, id="agreed for no day"),
        ],
    )  # fmt: skip
    def test_what_contradicts(self, changes: Mapping[str, Any], refused: Mapping[str, str]) -> None:
        assert faults(**changes) == refused

    def test_a_week_whose_numbers_are_too_few(self) -> None:
        segment = {
            "months": [str(month) for month in range(1, 13)], "levels": ["1"] * 6, "occupied": "1" * 7, "bounds": ["15", "5"],
            "unoccupied_slopes": ["1"] * 3, "occupied_slopes": ["1"] * 2,
        }  # fmt: skip
        assert faults(model={"kind": "week", "segments": [segment]}, temperature_unit="degC") == {
            "/model/segments/0/levels": "coefficients-not-of-form",
            "/model/segments/0/occupied_slopes": "coefficients-not-of-form",
            "/model/segments/0/bounds": "coefficients-not-of-form",
        }

    def test_an_uncertainty_before_there_is_a_reporting_period(self) -> None:
        with pytest.raises(NoFigures, match="annex 3"):
            planned_saving(agreed(), Decimal("0.1"), Decimal(12), Decimal("0.9"))


class TestWhatIsSaid:
    def test_what_is_not_computed_is_named_and_not_zero(self) -> None:
        savings = avoided(agreed(), [day("900", at="2026-01-07")])
        facts = facts_of_savings(agreed(), savings, Decimal("0.9"))
        assert (facts["avoided"], facts["baseline_sha256"], facts["own_period"], facts["uncertainty"]) == (
            "100.000000",
            None,
            None,
            {},
        )
        assert facts["baseline"]["kind"] == "agreed"
        assert facts["baseline"]["source"] == SOURCE
        assert facts["baseline"]["not_computed"].keys() == {
            "figures", "own_period", "sufficiency", "uncertainty", "ranges",
        }  # fmt: skip

    def test_each_as_a_finding_that_people_read(self) -> None:
        savings = avoided(agreed(), [day("900", at="2026-01-07")])
        notes = [finding for finding in check_savings(agreed(), savings) if finding.severity is FindingSeverity.NOTE]
        assert notes[0].found == (
            "Audit report E-2025-07, annex 3, table 2, signed on 2025-11-30 by Nordluft and Hanse"
        )
        assert [note.found for note in notes[1:]] == ["figures", "own_period", "sufficiency", "uncertainty", "ranges"]

    def test_an_agreed_uncertainty_is_of_the_expected_energy_at_its_own_confidence(self) -> None:
        """8 % of the 1,000 kWh of a day in January."""
        sure = agreed(uncertainty={"percent": "8", "confidence": "0.68"})
        facts = facts_of_savings(sure, avoided(sure, [day("900", at="2026-01-07")]), Decimal("0.9"))
        assert (facts["uncertainty"], facts["confidence"]) == ({"agreed": "80.000000"}, "0.68")
        assert "uncertainty" not in facts["baseline"]["not_computed"]

    def test_it_reads_back_as_the_same(self) -> None:
        assert parse_baseline(heated().model_dump(mode="json")) == heated()

    def test_a_fitted_one_never_writes_a_kind_and_reads_back_as_the_same(self) -> None:
        fitted = baseline_of()
        written = fitted.model_dump(mode="json")
        assert "kind" not in written
        assert isinstance(parse_baseline(written), Baseline)
        assert parse_baseline(written) == fitted
