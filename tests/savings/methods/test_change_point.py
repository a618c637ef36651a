"""A change-point model of one form: its grid in either unit, and the model that does not depend on the unit."""

import numpy as np
import pytest

from quantities.document import FaultyDocument, parse
from savings.baseline import NoBaseline, fit
from savings.methods.change_point import ChangePoint
from savings.model import LinearModel
from savings.rows import TEMPERATURE, Interval
from savings.statistics.change_point import Form
from tests.savings.samples import SINE, day, energy_of, in_celsius, series, weather

EXACT = energy_of(Form.FIVE, 20, 1.3, 2.1, 44, 61)


@pytest.mark.parametrize(
    ("terms", "bounds"),
    [
        pytest.param({}, (30, 90, 1), id="30 to 90 °F by one"),
        pytest.param({"unit": "degC"}, (0, 32, 0.5), id="0 to 32 °C by a half"),
        pytest.param({"unit": "degC", "first": "-5", "step": "1"}, (-5, 32, 1), id="agreed otherwise"),
    ],
)
def test_a_grid(terms: dict[str, str], bounds: tuple[float, float, float]) -> None:
    method = parse(ChangePoint, {"form": "5P", **terms})
    assert method.bounds_of_grid == bounds
    assert method.degrees == terms.get("unit", "degF")


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"first": "0", "last": "1000000", "step": "0.0001"}, id="a grid without end"),
        pytest.param({"first": "0", "last": "241"}, id="241 steps"),
        pytest.param({"first": "50", "last": "40"}, id="a grid that falls"),
        pytest.param({"first": "50", "last": "50"}, id="a grid of one"),
        pytest.param({"step": "0"}, id="no step"),
        pytest.param({"form": "mean"}, id="the mean is a method of its own"),
        pytest.param({"row": "hour"}, id="hours have no change points"),
    ],
)
def test_a_grid_is_bounded(terms: dict[str, str]) -> None:
    with pytest.raises(FaultyDocument):
        parse(ChangePoint, {"form": "5P", **terms})


def test_240_steps_are_the_most() -> None:
    assert parse(ChangePoint, {"form": "5P", "first": "0", "last": "240"}).row is Interval.DAY


def test_a_model_in_celsius_is_the_one_in_fahrenheit() -> None:
    energy, drivers = series(EXACT), {TEMPERATURE: weather(365)}
    fahrenheit, _, _ = fit(ChangePoint(form=Form.FIVE), energy, drivers, "UTC")
    method = parse(ChangePoint, {"form": "5P", "unit": "degC", "first": "-2", "last": "30", "step": "0.5"})
    celsius, _, _ = fit(method, energy, {TEMPERATURE: in_celsius(weather(365))}, "UTC")
    assert isinstance(fahrenheit.model, LinearModel)
    assert isinstance(celsius.model, LinearModel)
    assert fahrenheit.model.heating is not None
    assert celsius.model.heating is not None
    assert float(celsius.model.heating.slope) == pytest.approx(float(fahrenheit.model.heating.slope) * 1.8, rel=1e-6)
    point = (float(fahrenheit.model.heating.balance_point) - 32) / 1.8
    assert float(celsius.model.heating.balance_point) == pytest.approx(point, abs=1e-5)


def test_a_form_that_the_data_does_not_have() -> None:
    with pytest.raises(NoBaseline, match="no_candidate: no candidate of 3PC"):
        fit(ChangePoint(form=Form.COOLING), series(100 - SINE), {TEMPERATURE: weather()}, "UTC")


def test_a_falling_slope_counts_where_it_is_agreed() -> None:
    """E = 100 - 1.5 · max(0, T - 60)."""
    energy = 100 - 1.5 * np.maximum(SINE - 60, 0)
    method = ChangePoint(form=Form.COOLING, any_slope=True)
    model = fit(method, series(energy), {TEMPERATURE: weather()}, "UTC")[0].model
    assert isinstance(model, LinearModel)
    assert model.cooling is not None
    assert float(model.cooling.slope) == pytest.approx(-1.5)


@pytest.mark.parametrize(("polish", "point"), [(True, 60.25), (False, 60)])
def test_points_stay_on_the_grid_unless_they_are_moved(polish: bool, point: float) -> None:  # noqa: FBT001
    """The load bends at 60.25 °F."""
    energy = 20 + 2 * np.maximum(60.25 - SINE, 0)
    method = ChangePoint(form=Form.HEATING, polish=polish)
    model = fit(method, series(energy), {TEMPERATURE: weather()}, "UTC")[0].model
    assert isinstance(model, LinearModel)
    assert model.heating is not None
    assert float(model.heating.balance_point) == pytest.approx(point, abs=1e-6)


#: What the program of before fitted to the same year: the coefficients of baselines that are frozen.
BY_ARITHMETIC_1 = {
    "3PC": ("48.59806219167168", None, ("1.2052695203918957", "71.82487060119247")),
    "5P": (
        "40.26360076244373",
        ("0.8869795635298665", "46.9427424394461"),
        ("0.8570190682099142", "59.34464468715937"),
    ),
}


@pytest.mark.parametrize("form", list(BY_ARITHMETIC_1))
def test_by_arithmetic_1_it_fits_what_it_did(form: str) -> None:
    """To the last digit; the least error of all, which arithmetic 2 reaches, is lower."""
    energy = energy_of(Form.FIVE, 40, 0.9, 0.8, 47, 58)[:365]
    energy = energy + 9 * np.sin(np.arange(365) * 2.3) + 6 * np.cos(SINE[:365])
    rows = [day(repr(float(kwh)), repr(float(degrees))) for kwh, degrees in zip(energy, SINE[:365], strict=True)]
    before, now = (parse(ChangePoint, {"form": form, "arithmetic": number}).fit(rows) for number in (1, 2))
    assert isinstance(before.model, LinearModel)
    legs = [leg and (str(leg.slope), str(leg.balance_point)) for leg in (before.model.heating, before.model.cooling)]
    assert (str(before.model.intercept), *legs) == BY_ARITHMETIC_1[form]
    assert now.figures.sse < before.figures.sse
