"""Option D: a simulation within its limits, and its energies as the readings of a register."""

from decimal import Decimal
from typing import Any

import pytest

from quantities.document import FaultyDocument, parse
from savings.model import DriverMissing
from savings.options.option_d import CalibratedSimulation, Calibration
from savings.rows import DriverAggregation, Interval
from tests.savings.samples import day


def calibration(**changes: Any) -> Calibration:
    return parse(Calibration, {"against": "month", "cv_rmse": "0.10", "nmbe": "0.01", "report": "C-3", **changes})


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        pytest.param({"cv_rmse": "0.15", "nmbe": "0.05"}, [], id="months: 15 % and 5 % are within"),
        pytest.param({"cv_rmse": "0.1501"}, ["calibration_cv_rmse"], id="months: more than 15 %"),
        pytest.param({"nmbe": "0.0501"}, ["calibration_nmbe"], id="months: more than 5 %"),
        pytest.param({"nmbe": "-0.0501"}, ["calibration_nmbe"], id="in either direction"),
        pytest.param({"against": "hour", "cv_rmse": "0.30", "nmbe": "-0.10"}, [], id="hours: 30 % and 10 %"),
        pytest.param(
            {"against": "hour", "cv_rmse": "0.31", "nmbe": "0.11"},
            ["calibration_cv_rmse", "calibration_nmbe"],
            id="hours: both beyond",
        ),
        pytest.param({"cv_rmse": "0.2", "cv_rmse_at_most": "0.2"}, [], id="agreed otherwise"),
        pytest.param({"nmbe": "0.03", "nmbe_at_most": "0.02"}, ["calibration_nmbe"], id="agreed to be closer"),
    ],
)
def test_limits_of_a_calibration(changes: dict[str, Any], faults: list[str]) -> None:
    assert [finding.code for finding in calibration(**changes).faults()] == faults


def test_a_fault_says_its_numbers() -> None:
    (finding,) = calibration(cv_rmse="0.1834").faults()
    assert (finding.found, finding.expected, finding.detail) == ("18.34 %", "at most 15.00 %", "against months")


TERMS: dict[str, Any] = {
    "registers": ["kwh"], "simulated": "sim", "energy_unit": "kWh", "program": "EnergyPlus 24.1",
    "calibration": {"against": "month", "cv_rmse": "0.16", "nmbe": "0", "report": "C-3"},
}  # fmt: skip


class TestASimulation:
    OPTION = parse(CalibratedSimulation, TERMS)

    def test_its_energies_are_what_is_expected(self) -> None:
        assert self.OPTION.expect(day("70", drivers={"simulated": Decimal("81.5")})) == Decimal("81.5")

    @pytest.mark.parametrize("drivers", [{}, {"simulated": None}])
    def test_where_there_is_none_nothing_is_guessed(self, drivers: dict[str, Decimal | None]) -> None:
        with pytest.raises(DriverMissing, match="nothing was simulated"):
            self.OPTION.expect(day("70", drivers=drivers))

    def test_they_are_read_from_its_register_and_added_up(self) -> None:
        assert self.OPTION.drivers == {"simulated": "sim"}
        assert self.OPTION.driver_aggregations == {"simulated": DriverAggregation.SUM}
        assert self.OPTION.units == {"simulated": "kWh"}
        assert (self.OPTION.rows, self.OPTION.unit) == (Interval.DAY, "kWh")

    def test_faults_are_those_of_its_calibration(self) -> None:
        assert [(path, finding.code) for path, finding in self.OPTION.faults()] == [
            ("calibration", "calibration_cv_rmse")
        ]

    def test_a_program_is_named(self) -> None:
        with pytest.raises(FaultyDocument):
            parse(CalibratedSimulation, {**TERMS, "program": ""})
