"""What contracts would have come to: a bar a period, its charges stacked, several contracts side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.documents.charts.colours import OF_CHARGES, TEXT
from billing.documents.charts.drawing import BELOW_AXIS, Chart, LegendEntry, Spec, draw
from billing.documents.charts.labels import labelled, lookup, month_label, widest_number
from billing.documents.words.words import Words
from quantities.number import plain


@dataclass(frozen=True, slots=True)
class PeriodAmounts:
    """What one contract comes to in one period.

    Attributes:
        first: the first day of the period.
        net_by_charge: in the currency of all; below zero of what is given back.
    """

    first: date
    net_by_charge: Mapping[str, Decimal]


def periods_chart(contracts: Sequence[Sequence[PeriodAmounts]], *, currency: str, words: Words) -> str:
    """Draw contracts over the same periods as SVG.

    Args:
        contracts: of each its periods, which are the same for all.
        currency: of every amount.
        words: the language of its texts.
    """
    names = dict.fromkeys(name for periods in contracts for period in periods for name in period.net_by_charge)
    charges = {name: f"{at:03}" for at, name in enumerate(names)}  # names are anybody's text: no part of the drawing
    colours = [OF_CHARGES[at % len(OF_CHARGES)] for at in range(len(names))]
    rows = [
        {"at": str(at), "contract": str(number), "charge": charges[name], "net": plain(net)}
        for number, periods in enumerate(contracts)
        for at, period in enumerate(periods)
        for name, net in period.net_by_charge.items()
    ]
    legend = tuple(LegendEntry(name, colour, TEXT) for name, colour in zip(names, colours, strict=True))
    firsts = [period.first for period in contracts[0]]
    title = words.text("Net by period, {unit}", unit=currency)
    layers = _layers(firsts, len(contracts), colours, words)
    return draw(Chart(title, rows, ("net",), layers, legend, widest_number(_heights(contracts))), words)


def _heights(contracts: Sequence[Sequence[PeriodAmounts]]) -> list[Decimal]:
    amounts = [list(period.net_by_charge.values()) for periods in contracts for period in periods]
    return [
        sum((net for net in of_period if (net > 0) is is_above), Decimal(0))
        for of_period in amounts
        for is_above in (True, False)
    ]


def _layers(firsts: Sequence[date], contracts: int, colours: Sequence[str], words: Words) -> list[Spec]:
    shown = range(len(firsts)) if len(firsts) <= 6 else labelled(firsts)  # noqa: PLR2004 more have no room for a year
    labels = {str(at): month_label(firsts[at], words, with_year=True) for at in shown}
    places = [str(at) for at in range(len(firsts))]
    encoding = {
        "x": {
            "field": "at",
            "type": "ordinal",
            "scale": {"domain": places, "paddingInner": 25 / 100, "paddingOuter": 1 / 10},
            "axis": {
                "title": None,
                "ticks": False,
                "labelPadding": BELOW_AXIS,
                "values": list(labels),
                "labelExpr": lookup(labels),
            },
        },
        "y": {"field": "net", "type": "quantitative", "stack": "zero", "axis": {"title": None, "format": ",f"}},
        "fill": {
            "field": "charge",
            "type": "nominal",
            "scale": {"domain": [f"{at:03}" for at in range(len(colours))], "range": list(colours)},
            "legend": None,
        },
        "order": {"field": "charge", "type": "nominal"},
    }
    if contracts > 1:
        numbers = [str(number) for number in range(contracts)]
        encoding["xOffset"] = {"field": "contract", "type": "nominal", "scale": {"domain": numbers}}
    zero = {"mark": {"type": "rule", "color": TEXT}, "data": {"values": [{}]}, "encoding": {"y": {"datum": 0}}}
    return [{"mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 7 / 10}, "encoding": encoding}, zero]
