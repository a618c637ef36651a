"""Expected less measured energy of each day, over its mean temperature."""

from collections.abc import Sequence
from decimal import Decimal

from billing.documents.charts.colours import BELOW_ZERO, MEASURED, TEXT
from billing.documents.charts.drawing import Chart, LegendEntry, Spec, draw
from billing.documents.charts.labels import label_of, labelled, lookup, widest_number
from billing.documents.words.words import Words
from billing.records.statement import StatedDay
from quantities.number import plain
from quantities.quantity import convert_all


def differences_chart(
    days: Sequence[StatedDay], *, unit: str, words: Words, degrees: tuple[str, str] | None = None
) -> str:
    """Draw each day's expected less measured energy as SVG: over temperature, or over the days where there is none.

    Args:
        days: in order of time.
        unit: of their energies, in words.
        words: the language of its texts.
        degrees: the unit of the days' temperatures, and the one that is shown; None where there are none.
    """
    is_over_temperature = degrees is not None and all(day.temperature is not None for day in days)
    legend = (
        LegendEntry(words.text("less used than expected"), MEASURED, MEASURED, "circle"),
        LegendEntry(words.text("more used than expected"), "#ffffff", BELOW_ZERO, "triangle-up"),
    )
    off = [day.expected - day.measured for day in days]
    if degrees is not None and is_over_temperature:
        across = [plain(degree) for degree in convert_all([day.temperature or Decimal(0) for day in days], *degrees)]
        axis = _over_temperature(words.text("mean temperature of the day, {unit}", unit=_sign_of(degrees[1])))
    else:
        across = [str(at) for at in range(len(days))]
        axis = _over_days(days, words)
    rows = [
        {"across": place, "off": plain(value), "kind": "saved" if value >= 0 else "more"}
        for place, value in zip(across, off, strict=True)
    ]
    title = words.text("Expected + non-routine, less measured, by day, {unit}", unit=unit)
    numbers = ("across", "off") if is_over_temperature else ("off",)
    layers = _layers(axis)
    below = 1 if is_over_temperature else 0
    return draw(Chart(title, rows, numbers, layers, legend, widest_number(off), below=below), words)


def _sign_of(degrees: str) -> str:
    return {"degC": "°C", "degF": "°F"}.get(degrees, degrees)


def _over_temperature(title: str) -> Spec:
    axis = {"title": title, "titleAnchor": "end", "grid": False, "tickCount": 6, "format": ",f"}
    return {"type": "quantitative", "scale": {"zero": False, "nice": True}, "axis": axis}


def _over_days(days: Sequence[StatedDay], words: Words) -> Spec:
    labels = {str(at): label_of(days[at].day, words) for at in labelled([day.day for day in days])}
    axis = {"title": None, "values": list(labels), "labelExpr": lookup(labels)}
    return {"type": "ordinal", "scale": {"domain": [str(at) for at in range(len(days))]}, "axis": axis}


def _layers(across: Spec) -> list[Spec]:
    up = {"field": "off", "type": "quantitative", "axis": {"title": None, "format": ",f"}}
    shapes = {"domain": ["saved", "more"], "range": ["circle", "triangle-up"]}
    return [
        {
            "mark": {"type": "point", "size": 28, "strokeWidth": 12 / 10, "opacity": 1},
            "encoding": {
                "x": {"field": "across", **across},
                "y": up,
                "shape": {"field": "kind", "type": "nominal", "scale": shapes, "legend": None},
                "fill": _by_kind(MEASURED, "#ffffff"),
                "stroke": _by_kind(MEASURED, BELOW_ZERO),
            },
        },
        {"mark": {"type": "rule", "color": TEXT}, "data": {"values": [{}]}, "encoding": {"y": {"datum": 0}}},
    ]


def _by_kind(saved: str, more: str) -> Spec:
    scale = {"domain": ["saved", "more"], "range": [saved, more]}
    return {"field": "kind", "type": "nominal", "scale": scale, "legend": None}
