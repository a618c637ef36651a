"""The M&V plan: rows divided among bands, adjusted, rounded once; a saving is expected + adjusted - measured."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.document import FaultyDocument, parse
from savings.coverage import CoverageTooLow
from savings.plan import ALL, Plan, ReportingRow, SavedPart, savings_result
from tests.build import fewer_examples
from tests.savings.samples import day

#: Expects 1.5 and measures 1 for each unit: the saving is half of what was measured.
OPTION: Mapping[str, Any] = {
    "kind": "key_parameter", "registers": ["kwh"], "parameter_unit": "kWh", "before": "1.5", "after": "1",
    "energy_unit": "kWh", "basis": "stipulated",
}  # fmt: skip
CALENDAR: Mapping[str, Any] = {
    "bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}],
    "otherwise": "night",
}
ENTRY: Mapping[str, Any] = {"name": "wing", "first": "2026-01-01", "reason": "a wing", "evidence": "plan 7"}


def plan(**changes: Any) -> Plan:
    return parse(Plan, {"name": "hall", "option": OPTION, **changes})


def banded(**changes: Any) -> Plan:
    return plan(**{"calendar": CALENDAR, "split": "measured", **changes})


def reported(at: str, **bands: tuple[str, str]) -> ReportingRow:
    """A day with energy and hours of each band."""
    measured = {band: Decimal(energy) for band, (energy, _) in bands.items()}
    row = day(str(sum(measured.values())), at=at)
    return ReportingRow(row, measured, {band: Decimal(hours) for band, (_, hours) in bands.items()})


def whole(at: str, energy: str | None) -> ReportingRow:
    return ReportingRow(day(energy, at=at), {} if energy is None else {ALL: Decimal(energy)}, {ALL: Decimal(24)})


def shown(part: SavedPart) -> str:
    return f"{part.month} {part.band}: {part.expected} + {part.adjusted} - {part.measured} = {part.saved}"


class TestEachBandAndMonth:
    @pytest.mark.parametrize(
        ("agreed", "rows", "parts"),
        [
            pytest.param(
                plan(),
                [whole("2026-01-31", "10"), whole("2026-02-01", "20"), whole("2026-02-02", "2")],
                ["2026-01 all: 15 + 0 - 10 = 5", "2026-02 all: 33 + 0 - 22 = 11"],
                id="a month's rows add up: 1.5 · 22",
            ),
            pytest.param(
                plan(),
                [whole("2026-01-01", "0.3"), whole("2026-01-02", "0.7")],
                ["2026-01 all: 2 + 0 - 1 = 1"],
                id="rounded once, half up: 1.5 and 1, and not 0.45 + 1.05 a row",
            ),
            pytest.param(
                plan(places=2),
                [whole("2026-01-01", "0.333")],
                ["2026-01 all: 0.50 + 0.00 - 0.33 = 0.17"],
                id="to two places: 0.4995 and 0.333",
            ),
            pytest.param(
                banded(),
                [reported("2026-01-01", day=("30", "12"), night=("10", "12"))],
                ["2026-01 day: 45 + 0 - 30 = 15", "2026-01 night: 15 + 0 - 10 = 5"],
                id="as it was measured: 60 · 30/40",
            ),
            pytest.param(
                banded(split="shares", shares={"day": "0.6", "night": "0.4"}),
                [reported("2026-01-01", day=("30", "12"), night=("10", "12"))],
                ["2026-01 day: 36 + 0 - 30 = 6", "2026-01 night: 24 + 0 - 10 = 14"],
                id="by shares: 60 · 0.6",
            ),
            pytest.param(
                banded(adjustments=[{**ENTRY, "power": "2"}]),
                [reported("2026-01-01", day=("0", "6"), night=("0", "18"))],
                ["2026-01 day: 0 + 12 - 0 = 12", "2026-01 night: 0 + 36 - 0 = 36"],
                id="nothing was measured: 2 kW · 6 h and 18 h",
            ),
            pytest.param(
                banded(),
                [reported("2026-01-01", day=("50", "12"), night=("-10", "12"))],
                ["2026-01 day: 60 + 0 - 50 = 10", "2026-01 night: 0 + 0 - -10 = 10"],
                id="a band that feeds in has no share of 1.5 · 40",
            ),
            pytest.param(
                banded(places=2),
                [reported("2026-01-01", day=("-10", "6"), night=("-20", "18"))],
                ["2026-01 day: -11.25 + 0.00 - -10.00 = -1.25", "2026-01 night: -33.75 + 0.00 - -20.00 = -13.75"],
                id="both feed in: -45 by the hours, 6 and 18 of 24",
            ),
            pytest.param(
                plan(adjustments=[{**ENTRY, "percent": "10"}, {**ENTRY, "name": "server", "energy_a_day": "-5"}]),
                [whole("2026-01-01", "20")],
                ["2026-01 all: 30 + -2 - 20 = 8"],
                id="both adjustments: 30 · 10 % - 5",
            ),
            pytest.param(
                plan(adjustments=[{**ENTRY, "first": "2026-01-02", "power": "1"}]),
                [whole("2026-01-01", "2"), whole("2026-01-02", "2")],
                ["2026-01 all: 6 + 24 - 4 = 26"],
                id="an adjustment of the second day alone",
            ),
            pytest.param(plan(), [], [], id="no days"),
        ],
    )
    def test_by_hand(self, agreed: Plan, rows: list[ReportingRow], parts: list[str]) -> None:
        assert [shown(part) for part in savings_result(agreed, rows).parts] == parts

    def test_each_adjustment_keeps_its_own_part_unrounded(self) -> None:
        agreed = plan(adjustments=[{**ENTRY, "percent": "1"}, {**ENTRY, "name": "server", "power": "0.01"}])
        (part,) = savings_result(agreed, [whole("2026-01-01", "20")]).parts
        assert part.adjustments == {"wing": Decimal("0.3"), "server": Decimal("0.24")}
        assert part.adjusted == 1

    @fewer_examples(4)
    @given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999), st.integers(1, 23)), min_size=1, max_size=9))
    def test_bands_never_lose_energy(self, days: list[tuple[int, int, int]]) -> None:
        """However a day is divided, what its bands expect adds up to 1.5 times what was measured."""
        rows = [
            reported(f"2026-01-{n:02}", day=(str(a), str(h)), night=(str(b), str(24 - h)))
            for n, (a, b, h) in enumerate(days, start=1)
        ]
        used = sum(a + b for a, b, _ in days)
        for agreed in (banded(places=6), banded(places=6, split="shares", shares={"day": "0.37", "night": "0.63"})):
            parts = savings_result(agreed, rows).parts
            assert abs(sum(part.expected for part in parts) - Decimal("1.5") * used) <= Decimal("0.000001")
            assert sum(part.measured for part in parts) == used


class TestRowsThatDoNotCount:
    ROWS = (whole("2026-01-01", "10"), whole("2026-01-02", None), whole("2026-01-03", "10"), whole("2026-01-04", "10"))

    def test_below_the_coverage_nothing_is_settled(self) -> None:
        with pytest.raises(CoverageTooLow, match="hall: 3 of 4 rows count; 1 missing") as refusal:
            savings_result(plan(), self.ROWS)
        assert refusal.value.members["found"] == "0.7500"
        assert refusal.value.members["expected"] == "at least 0.9"

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"least_coverage": "0.75"}, id="agreed to be less"),
            pytest.param({"masks": [{"first": "2026-01-02", "after_last": "2026-01-03", "reason": "r"}]}, id="masked"),
        ],
    )
    def test_those_that_count_are_settled(self, changes: dict[str, Any]) -> None:
        assert [shown(part) for part in savings_result(plan(**changes), self.ROWS).parts] == [
            "2026-01 all: 45 + 0 - 30 = 15"
        ]


class TestPeaks:
    def test_are_of_hours_with_their_adjustments(self) -> None:
        """1.5 · 8 + 2 = 14 expected, and 9 measured in another hour with less expected than adjusted."""
        hourly = plan(
            option={**OPTION, "row": "hour"}, adjustments=[{**ENTRY, "power": "2", "after_last": "2026-01-02"}]
        )
        rows = [
            ReportingRow(day(energy, at=at), {ALL: Decimal(energy)}, {ALL: Decimal(1)})
            for at, energy in (("2026-01-01", "8"), ("2026-01-02", "9"))
        ]
        assert savings_result(hourly, rows).peaks == (Decimal(14), Decimal(9))

    def test_days_have_none(self) -> None:
        assert savings_result(plan(), [whole("2026-01-01", "10")]).peaks is None


def test_a_line_says_what_became_of_the_rows() -> None:
    mask = {"first": "2026-01-02", "after_last": "2026-01-03", "reason": "r"}
    agreed = plan(masks=[mask], adjustments=[{**ENTRY, "energy_a_day": "4"}])
    result = savings_result(agreed, [whole("2026-01-01", "10"), whole("2026-01-02", "10")])
    assert result.summary == "15 expected + 4 adjusted − 10 measured kWh; 1 in_range, 1 masked; by key parameter"
    assert savings_result(plan(), [whole("2026-01-01", "10")]).summary == (
        "15 expected − 10 measured kWh; 1 in_range; by key parameter"
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"calendar": CALENDAR}, id="bands of days without a split"),
        pytest.param({"split": "measured"}, id="a split without bands"),
        pytest.param({"calendar": CALENDAR, "split": "shares", "shares": {"day": "1"}}, id="a band without a share"),
        pytest.param(
            {"calendar": CALENDAR, "split": "shares", "shares": {"day": "0.5", "night": "0.4"}}, id="shares of 0.9"
        ),
        pytest.param(
            {"calendar": CALENDAR, "split": "measured", "shares": {"day": "0.5", "night": "0.5"}},
            id="shares for nothing",
        ),
        pytest.param(
            {"option": {**OPTION, "row": "hour"}, "calendar": CALENDAR, "split": "measured"}, id="hours split"
        ),
        pytest.param({"adjustments": [{**ENTRY, "power": "1"}] * 2}, id="two of one name"),
        pytest.param({"least_coverage": "0"}, id="no coverage at all"),
        pytest.param({"confidence": "1"}, id="certainty"),
        pytest.param({"places": "7"}, id="seven places"),
    ],
)
def test_no_plan(changes: dict[str, Any]) -> None:
    with pytest.raises(FaultyDocument):
        plan(**changes)


class TestWhatIsWrongWithIt:
    SIGNED = ({"party": "A", "person": "P", "on": "2026-01-01"}, {"party": "B", "person": "Q", "on": "2026-01-01"})

    @pytest.mark.parametrize(
        ("changes", "faults"),
        [
            pytest.param({"signatures": SIGNED}, [], id="signed by both"),
            pytest.param({"signatures": SIGNED[:1]}, ["/signatures"], id="signed by one"),
            pytest.param(
                {"signatures": SIGNED, "adjustments": [{**ENTRY, "power": "1", "signatures": SIGNED[1:]}]},
                ["/adjustments/0/signatures"],
                id="an adjustment signed by one",
            ),
        ],
    )
    def test_each_with_its_place(self, changes: dict[str, Any], faults: list[str]) -> None:
        assert [fault.path for fault in plan(**changes).faults(["A", "B"])] == faults

    def test_a_fault_of_the_option_is_one_of_the_plan(self) -> None:
        option = {
            "kind": "calibrated_simulation", "registers": ["kwh"], "simulated": "sim", "energy_unit": "kWh", "program": "x",
            "calibration": {"against": "month", "cv_rmse": "0.2", "nmbe": "0", "report": "r"},
        }  # fmt: skip
        (fault,) = plan(option=option, signatures=self.SIGNED).faults(["A", "B"])
        assert (fault.path, fault.code) == ("/option/calibration", "calibration_cv_rmse")


def test_it_reads_each_register_once() -> None:
    agreed = plan(option={**OPTION, "registers": ["a", "b"], "less": ["c", "a"]})
    assert agreed.registers == ("a", "b", "c")
    assert agreed.unit == "kWh"
