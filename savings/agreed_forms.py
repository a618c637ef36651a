"""Whether the coefficients of an agreed baseline are those of the form that it names.

A fitted model has the form that it was fitted in; one from paper may say 3PH and have no balance point.
"""

from collections.abc import Iterator
from itertools import pairwise

from quantities.document import Fault
from savings.model import LinearModel, Week, WeekSegment
from savings.month_table import MonthTable
from savings.rows import Interval
from savings.statistics.change_point import Form
from savings.statistics.towt import DAYS_OF_WEEK

_HOURS_OF_WEEK = 168
_MONTHS = tuple(range(1, 13))
_CODE = "coefficients-not-of-form"
#: What each form has besides its intercept.
_PARTS = {
    Form.MEAN: frozenset[str](),
    Form.TWO: frozenset({"slope"}),
    Form.HEATING: frozenset({"heating"}),
    Form.COOLING: frozenset({"cooling"}),
    Form.FOUR: frozenset({"heating", "cooling"}),
    Form.FIVE: frozenset({"heating", "cooling"}),
}


def form_faults(model: LinearModel | Week | MonthTable, rows: Interval) -> Iterator[Fault]:
    """Find coefficients that are not of the model's form, and rows that it cannot predict."""
    match model:
        case LinearModel():
            yield from _linear(model)
        case Week():
            yield from _week(model, rows)
        case MonthTable() if rows is Interval.HOUR:
            detail = "a month's energy says nothing of its hours"
            yield Fault("/row", "rows-not-of-form", detail, rows.value, "day or billing")
        case _:
            pass


def _linear(model: LinearModel) -> Iterator[Fault]:
    stated = {name for name in ("slope", "heating", "cooling") if getattr(model, name) is not None}
    wanted = _PARTS[model.form]
    if stated != wanted:
        detail = f"a model of the form {model.form.value} has an intercept and these, and no others"
        yield Fault("/model", _CODE, detail, ", ".join(sorted(stated)), ", ".join(sorted(wanted)) or "nothing else")
        return
    if model.heating is None or model.cooling is None:
        return
    low, high = model.heating.balance_point, model.cooling.balance_point
    if low != high if model.form is Form.FOUR else low > high:
        detail = (
            "4P has one balance point" if model.form is Form.FOUR else "5P begins to heat below where it begins to cool"
        )
        yield Fault("/model/cooling/balance_point", _CODE, detail, str(high), str(low))


def _week(model: Week, rows: Interval) -> Iterator[Fault]:
    slots = {Interval.HOUR: _HOURS_OF_WEEK, Interval.DAY: DAYS_OF_WEEK}.get(rows)
    if slots is None:
        yield Fault("/row", "rows-not-of-form", "a week has hours or days", rows.value, "hour or day")
        return
    months = sorted(month for segment in model.segments for month in segment.months)
    if tuple(months) != _MONTHS:
        yield Fault("/model/segments", _CODE, "each month is in one segment", ", ".join(map(str, months)), "1 to 12")
    drivers = model.segments[0].drivers.keys() if model.segments else frozenset()
    for at, segment in enumerate(model.segments):
        path = f"/model/segments/{at}"
        if segment.drivers.keys() != drivers:
            yield Fault(f"{path}/drivers", _CODE, "all segments have the same drivers")
        yield from _segment(path, segment, slots)


def _segment(path: str, segment: WeekSegment, slots: int) -> Iterator[Fault]:
    bins = len(segment.bounds) + 1
    for name, count, wanted in (
        ("levels", len(segment.levels), slots),
        ("occupied", len(segment.occupied), slots),
        ("unoccupied_slopes", len(segment.unoccupied_slopes), bins),
        ("occupied_slopes", len(segment.occupied_slopes), bins),
    ):
        if count != wanted:
            detail = "one for each hour or day of the week, and one slope for each temperature bin"
            yield Fault(f"{path}/{name}", _CODE, detail, str(count), str(wanted))
    if any(not low < high for low, high in pairwise(segment.bounds)):
        yield Fault(f"{path}/bounds", _CODE, "bounds between bins of temperature rise")
