"""Frozen models predict by sums and products that are done by hand here."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.document import parse
from quantities.period import Period
from savings.baseline import fit
from savings.methods.caltrack import CaltrackDaily
from savings.model import DriverMissing, Leg, LinearModel, Week, WeekSegment, temperature_bins
from savings.rows import TEMPERATURE, Row
from savings.statistics import towt
from savings.statistics.change_point import FittedLine, Form
from tests.build import fewer_examples
from tests.savings.samples import day, energy_of, series, weather

HEAT = Leg(slope=Decimal("1.5"), balance_point=Decimal(60))
COOL = Leg(slope=Decimal(2), balance_point=Decimal(65))


@pytest.mark.parametrize(
    ("model", "row", "energy"),
    [
        pytest.param(LinearModel(form=Form.MEAN, intercept=Decimal(7)), day(), "7", id="mean"),
        pytest.param(
            LinearModel(form=Form.TWO, intercept=Decimal(7), slope=Decimal("-0.1")),
            day(None, "50"),
            "2",
            id="7 - 50/10",
        ),
        pytest.param(
            LinearModel(form=Form.FIVE, intercept=Decimal(7), heating=HEAT, cooling=COOL),
            day(None, "56"),
            "13",
            id="7 + 1.5 · (60 - 56)",
        ),
        pytest.param(
            LinearModel(form=Form.FIVE, intercept=Decimal(7), heating=HEAT, cooling=COOL),
            day(None, "62"),
            "7",
            id="between the points",
        ),
        pytest.param(
            LinearModel(form=Form.FIVE, intercept=Decimal(7), heating=HEAT, cooling=COOL),
            day(None, "70"),
            "17",
            id="7 + 2 · (70 - 65)",
        ),
        pytest.param(
            LinearModel(form=Form.MEAN, intercept=Decimal(7), drivers={"output": Decimal("0.3")}),
            day(drivers={"output": Decimal(10)}),
            "10",
            id="7 + 0.3 · 10",
        ),
    ],
)
def test_a_line_by_hand(model: LinearModel, row: Row, energy: str) -> None:
    assert model.predict(row) == Decimal(energy)


def test_a_bill_is_the_sum_of_its_days() -> None:
    """3 · 7 + 1.5 · (4 + 0 + 10) + 0.3 · 10 · 3 of the output a day."""
    model = LinearModel(form=Form.HEATING, intercept=Decimal(7), heating=HEAT, drivers={"output": Decimal("0.3")})
    start = datetime(2026, 3, 1, tzinfo=UTC)
    temperatures = (Decimal(56), Decimal(61), Decimal(50))
    bill = Row(Period(start, start + timedelta(days=3)), start, None, temperatures, {"output": Decimal(10)}, 3)
    assert model.predict(bill) == 51


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        pytest.param(day(drivers={"output": Decimal(1)}), "temperature", id="no temperature"),
        pytest.param(day(None, "50"), "output", id="no driver"),
        pytest.param(day(None, "50", drivers={"output": None}), "output", id="a driver without a value"),
    ],
)
def test_nothing_is_guessed(row: Row, missing: str) -> None:
    model = LinearModel(form=Form.HEATING, intercept=Decimal(7), heating=HEAT, drivers={"output": Decimal(1)})
    assert model.needs == {"output", TEMPERATURE}
    with pytest.raises(DriverMissing, match=f"{missing} is not known") as refusal:
        model.predict(row)
    assert refusal.value.members["found"] == missing


def test_freezing_keeps_each_digit() -> None:
    line = FittedLine(Form.FIVE, 1 / 3, None, (2 / 3, 60.1), (0.1, 65.0), {"b": 0.2, "a": 1e-7})
    frozen = LinearModel.of(line)
    assert float(frozen.intercept) == 1 / 3
    assert frozen.heating == Leg(slope=Decimal("0.6666666666666666"), balance_point=Decimal("60.1"))
    assert list(frozen.drivers.items()) == [("a", Decimal("1e-7")), ("b", Decimal("0.2"))]
    assert parse(LinearModel, frozen.model_dump(mode="json")) == frozen


def test_the_frozen_model_predicts_what_the_fitted_one_did() -> None:
    energy = energy_of(Form.FIVE, 20, 1.3, 2.1, 44, 61)[:365] + np.random.default_rng(3).normal(0, 5, 365)
    baseline, outcome, rows = fit(CaltrackDaily(), series(energy), {TEMPERATURE: weather(365)}, "UTC")
    off = [float((row.energy or 0) - baseline.model.predict(row)) for row in rows]
    assert off == pytest.approx(outcome.residuals, abs=1e-9)


class TestAWeek:
    """Monday's first hour is occupied, its second not, its third was never measured; bins below 50 and above."""

    MODEL = Week(
        segments=tuple(
            WeekSegment(
                months=months,
                levels=(Decimal(level), Decimal(5), *[None] * 166),
                occupied="1" + "0" * 167,
                bounds=(Decimal(50),),
                unoccupied_slopes=(Decimal("0.1"), Decimal(1)),
                occupied_slopes=(Decimal("0.2"), Decimal(3)),
                drivers={"output": Decimal(4)},
            )
            for months, level in (((1, 2, 3), "20"), (tuple(range(4, 13)), "30"))
        )
    )

    def hour(self, at: str, temperature: str | None = "60", output: Decimal | None = Decimal(2)) -> Row:
        start = datetime.fromisoformat(at).replace(tzinfo=UTC)
        temperatures = () if temperature is None else (Decimal(temperature),)
        return Row(Period(start, start + timedelta(hours=1)), start, None, temperatures, {"output": output})

    @pytest.mark.parametrize(
        ("at", "energy"),
        [
            pytest.param("2026-03-02T00:00", "68", id="occupied: 20 + 0.2 · 50 + 3 · 10 + 4 · 2"),
            pytest.param("2026-04-06T00:00", "78", id="another month's level of 30"),
            pytest.param("2026-03-02T01:00", "28", id="not occupied: 5 + 0.1 · 50 + 1 · 10 + 4 · 2"),
        ],
    )
    def test_by_hand(self, at: str, energy: str) -> None:
        assert self.MODEL.predict(self.hour(at)) == Decimal(energy)

    @pytest.mark.parametrize(
        ("at", "temperature", "output", "missing"),
        [
            pytest.param("2026-03-02T02:00", "60", 2, "hour 2 of the week", id="an hour that was never measured"),
            pytest.param("2026-03-02T00:00", None, 2, "temperature", id="no temperature"),
            pytest.param("2026-03-02T00:00", "60", None, "output", id="no driver"),
        ],
    )
    def test_nothing_is_guessed(self, at: str, temperature: str | None, output: int | None, missing: str) -> None:
        with pytest.raises(DriverMissing, match=missing):
            self.MODEL.predict(self.hour(at, temperature, None if output is None else Decimal(output)))

    def test_it_needs_its_drivers_and_the_temperature(self) -> None:
        assert self.MODEL.needs == {"output", TEMPERATURE}
        assert parse(Week, self.MODEL.model_dump(mode="json")) == self.MODEL


@fewer_examples(4)
@given(st.integers(-600, 1300), st.lists(st.integers(-400, 1100), max_size=8, unique=True).map(sorted))
def test_temperature_bins_are_the_same_in_decimals_and_in_floats(tenths: int, bounds: list[int]) -> None:
    parts = temperature_bins(Decimal(tenths) / 10, tuple(Decimal(bound) / 10 for bound in bounds))
    floats = towt.temperature_bins(np.array([tenths / 10]), [bound / 10 for bound in bounds])[0]
    assert [float(part) for part in parts] == pytest.approx(list(floats), abs=1e-9)
    assert sum(parts) == Decimal(tenths) / 10
