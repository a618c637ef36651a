"""Units in question: what is found about a saving's units, and what the parties confirm of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from quantities.document import parse
from quantities.errors import UsufructError
from quantities.period import Period
from savings.avoided import Mask
from savings.model import LinearModel
from savings.plan import ALL, Plan, ReportingRow, savings_result
from savings.rows import TEMPERATURE, Row
from savings.statistics.change_point import Form
from savings.unit_questions import ConfirmedUnit, UnitsInQuestion, require_known_units
from tests.savings.samples import baseline_of

#: E = 100, whatever the weather between −20 and 140 °F.
FLAT = baseline_of(LinearModel(form=Form.TWO, intercept=Decimal(100), slope=Decimal(0)), {TEMPERATURE: ("-20", "140")})
FACILITY = {
    "kind": "whole_facility",
    "registers": ["el"],
    "temperature": "degc",
    "baseline": FLAT.model_dump(mode="json"),
}
HOURS_OF_LIGHT = {
    "kind": "key_parameter", "registers": ["h"], "parameter_unit": "h", "before": "900", "after": "1", "energy_unit": "kWh",
    "basis": "stipulated",
}  # fmt: skip
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def month(energies: list[str], degrees: str = "50") -> list[ReportingRow]:
    """The days of March from the first on."""
    rows = []
    for at, energy in enumerate(energies):
        start = MARCH + timedelta(days=at)
        row = Row(Period(start, start + timedelta(days=1)), start, Decimal(energy), (Decimal(degrees),))
        rows.append(ReportingRow(row, {ALL: Decimal(energy)}, {ALL: Decimal(24)}))
    return rows


def questions(
    rows: list[ReportingRow], option: Any = None, confirmed: Any = (), masks: tuple[Mask, ...] = ()
) -> list[tuple[str, str]]:
    plan = parse(Plan, {"name": "hall", "option": option or FACILITY, "confirmed": list(confirmed)})
    plan = plan.model_copy(update={"masks": masks})
    result = savings_result(plan, rows, covered=False)
    return [(question.code, question.found) for question in plan.questions(result.rows)]


USUAL = ["90", "110", "95"] * 10


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param(month(USUAL), [], id="a month like any other"),
        pytest.param(month([energy + "000" for energy in USUAL]), [("energy_unit", "983.333")], id="all of it in Wh"),
        pytest.param(month([*USUAL[:20], "90000"]), [("energy_unit", "900")], id="a day of it in Wh"),
        pytest.param(month([str(1000 + at) for at in range(31)]), [("running_counter", "1000 to 1030")], id="a counter"),
        pytest.param(month(USUAL, "140"), [("temperature_unit", "60.0 °C")], id="60 °C in March"),
    ],
)  # fmt: skip
def test_what_is_in_question(rows: list[ReportingRow], found: list[tuple[str, str]]) -> None:
    assert questions(rows) == found


def test_what_is_stipulated_is_of_no_unit_and_its_parameter_may_be_a_counters() -> None:
    """899 kWh saved an hour are what the parties agreed; hours that only rise are reads."""
    assert questions(month(["8", "9", "7"] * 10), HOURS_OF_LIGHT) == []
    rising = month([str(8000 + 9 * at) for at in range(31)])
    assert questions(rising, HOURS_OF_LIGHT) == [("running_counter", "8000 to 8270")]


class TestConfirmed:
    ROWS = month([*USUAL[:20], "90000"])
    DAY: Mapping[str, str] = {
        "finding": "energy_unit",
        "first": "2026-03-21",
        "after_last": "2026-03-22",
        "reason": "a test of the plant",
    }

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            pytest.param({}, [], id="its day"),
            pytest.param({"first": "2026-03-01", "after_last": "2026-04-01"}, [], id="the month"),
            pytest.param({"first": "2026-03-20", "after_last": "2026-03-21"}, [("energy_unit", "900")], id="another day"),
            pytest.param({"finding": "running_counter"}, [("energy_unit", "900")], id="another finding"),
        ],
    )  # fmt: skip
    def test_of_its_days_nothing_of_the_kind_is_found(self, change: dict[str, str], found: list[Any]) -> None:
        assert questions(self.ROWS, confirmed=[{**self.DAY, **change}]) == found

    def test_a_masked_day_is_of_neither_side(self) -> None:
        mask = Mask(first=date(2026, 3, 21), after_last=date(2026, 3, 22), reason="plant test")
        assert questions(self.ROWS, masks=(mask,)) == []

    def test_nor_is_its_weather(self) -> None:
        """A sensor in the sun for a day, which is masked: 60 °C are in question on any other."""
        hot = month(["90"], "140")
        assert questions([*hot, *month(USUAL)[1:]]) == [("temperature_unit", "60.0 °C")]
        mask = Mask(first=date(2026, 3, 1), after_last=date(2026, 3, 2), reason="a sensor in the sun")
        assert questions([*hot, *month(USUAL)[1:]], masks=(mask,)) == []

    def test_it_has_days_and_a_reason(self) -> None:
        for change in ({"after_last": "2026-03-21"}, {"reason": ""}, {"finding": "cv_rmse"}):
            with pytest.raises(UsufructError):
                parse(ConfirmedUnit, {**self.DAY, **change})


def test_a_question_is_a_refusal_that_says_what_releases_it() -> None:
    plan = parse(Plan, {"name": "hall", "option": FACILITY})
    rows = savings_result(plan, month([*USUAL[:20], "90000"]), covered=False).rows
    require_known_units("hall", ())
    with pytest.raises(
        UnitsInQuestion, match=r"^hall: disqualification: energy_unit: .*confirm the finding in the plan$"
    ):
        require_known_units("hall", plan.questions(rows))
