"""Options B and C: all within the boundary is measured, and a frozen baseline expects."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from quantities.document import FaultyDocument, parse
from savings.baseline import Baseline
from savings.finding import disqualified, warned
from savings.methods.caltrack import CaltrackDaily
from savings.methods.mean import Mean
from savings.model import Leg, LinearModel
from savings.options.option_b import Modelled, RetrofitIsolation
from savings.options.option_c import WholeFacility
from savings.rows import DriverAggregation, Interval
from savings.statistics.change_point import Form
from tests.savings.samples import baseline_of, day

#: E = 50 + 2 · max(0, 60 - T) + 3 · output
MODEL = LinearModel(
    form=Form.HEATING,
    intercept=Decimal(50),
    heating=Leg(slope=Decimal(2), balance_point=Decimal(60)),
    drivers={"output": Decimal(3)},
)
METHOD = CaltrackDaily(drivers={"output": DriverAggregation.SUM, "unused": DriverAggregation.MEAN})
BASELINE = baseline_of(MODEL, {"temperature": ("20", "80"), "output": ("0", "10")}, METHOD)
REGISTERS: Mapping[str, Any] = {"registers": ["kwh"], "temperature": "degc", "further": {"output": "parts"}}


def option(kind: type[Modelled] = RetrofitIsolation, baseline: Baseline = BASELINE, **changes: Any) -> Modelled:
    return parse(kind, {**REGISTERS, "baseline": baseline.model_dump(mode="json"), **changes})


@pytest.mark.parametrize("kind", [RetrofitIsolation, WholeFacility])
class TestEitherOption:
    def test_it_expects_what_the_baseline_does(self, kind: type[Modelled]) -> None:
        """50 + 2 · (60 - 55) + 3 · 4 = 72; measured is what was read."""
        row = day("70", "55", drivers={"output": Decimal(4)})
        assert option(kind).expect(row) == 72
        assert option(kind).measured(Decimal(70)) == 70

    def test_it_knows_no_more_than_the_baseline(self, kind: type[Modelled]) -> None:
        """The output of 12 is 2 beyond 10, of a range of 10."""
        row = day("70", "55", drivers={"output": Decimal(12)})
        assert option(kind).furthest_beyond(row) == ("output", Decimal("0.2"))

    def test_it_is_counted_as_the_baseline_was_fitted(self, kind: type[Modelled]) -> None:
        modelled = option(kind)
        assert modelled.drivers == {"output": "parts", "temperature": "degc"}
        assert modelled.driver_aggregations == METHOD.drivers
        assert (modelled.rows, modelled.unit, modelled.counts_in) == (Interval.DAY, "kWh", "kWh")
        assert modelled.units == {"temperature": "degF"}
        assert modelled.drops_zeros  # of electricity
        assert modelled.summary == "by caltrack_daily of 2025-01-01, rows sha256 000000000000"

    def test_a_disqualified_baseline_is_a_fault_until_the_parties_say_why(self, kind: type[Modelled]) -> None:
        """A warning is none."""
        findings = (warned("cv_rmse", "poor"), disqualified("too_few_days", "complete days", 200))
        poor = BASELINE.model_copy(update={"findings": findings})
        assert [(path, finding.code) for path, finding in option(kind, poor).faults()] == [("baseline", "too_few_days")]
        assert list(option(kind, poor, accepted_despite="the building is new").faults()) == []


def test_registers_of_what_the_baseline_does_not_need_are_left_alone() -> None:
    mean = baseline_of(method=Mean())
    further = option(baseline=mean, further={"output": "parts"})
    assert further.drivers == {}
    assert further.units == {"temperature": "degF"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"temperature": None}, "name the register that measures it", id="no temperature"),
        pytest.param({"further": {}}, "the baseline needs output: name the registers", id="no output"),
        pytest.param({"further": {"outputs": "parts"}}, "the baseline needs output", id="another name"),
        pytest.param({"registers": []}, "at least 1", id="no register"),
    ],
)
def test_each_driver_has_its_register(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(FaultyDocument, match=says):
        option(**changes)
