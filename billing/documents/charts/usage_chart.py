"""Use over a billing period, a bar a day or an interval: what was read, what rests on estimates, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.documents.charts.colours import ESTIMATED, MEASURED, MISSING
from billing.documents.charts.drawing import Chart, LegendEntry, Spec, draw
from billing.documents.charts.labels import label_of, labelled, lookup, widest_number
from billing.documents.words.words import Words
from quantities.number import plain

_SEPARATE_BARS_MAX = 100  # thinner ones touch


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What a register counted on one local day, or in one interval.

    Attributes:
        start: the day; of an interval its local time, without a zone.
        quantity: in the unit of all rows; None where nothing was read.
        count: how many readings it rests on.
        estimated: how many of them are estimates.
    """

    start: date
    quantity: Decimal | None
    count: int = 0
    estimated: int = 0


def usage_chart(rows: Sequence[UsageRow], *, unit: str, words: Words, of: str = "", is_mean: bool = False) -> str:
    """Draw use by day or interval as SVG.

    Args:
        rows: in order of time.
        unit: of their quantities, in words.
        words: the language of its texts.
        of: what is shown, as the name of a machine or register, or empty.
        is_mean: whether a row is the mean of a level, and no sum.
    """
    days = not (rows and isinstance(rows[0].start, datetime))
    if is_mean:
        title = words.text("Mean by day, {unit}", unit=unit) if days else words.text("Mean by hour, {unit}", unit=unit)
    else:
        title = (
            words.text("Usage by day, {unit}", unit=unit) if days else words.text("Usage by hour, {unit}", unit=unit)
        )
    title = f"{of}: {title}" if of else title
    legend = [LegendEntry(words.text("read"), MEASURED, MEASURED)]
    if any(row.estimated for row in rows):
        legend.append(LegendEntry(words.text("with estimates"), ESTIMATED, MEASURED))
    if any(row.quantity is None for row in rows):
        legend.append(LegendEntry(words.text("nothing read"), MISSING, MISSING, "cross"))
    return draw(
        Chart(
            title,
            [_row(at, row) for at, row in enumerate(rows)],
            ("quantity",),
            _layers(rows, words),
            legend if len(legend) > 1 else (),
            widest_number([row.quantity for row in rows if row.quantity is not None]),
        ),
        words,
    )


def _row(at: int, row: UsageRow) -> dict[str, str]:
    if row.quantity is None:
        return {"at": str(at), "quantity": "0", "kind": "missing"}
    return {"at": str(at), "quantity": plain(row.quantity), "kind": "estimated" if row.estimated else "read"}


def _layers(rows: Sequence[UsageRow], words: Words) -> list[Spec]:
    labels = {str(at): label_of(rows[at].start, words) for at in labelled([row.start for row in rows])}
    across = {
        "field": "at",
        "type": "ordinal",
        "sort": None,
        "scale": {
            "paddingInner": 15 / 100 if len(rows) <= _SEPARATE_BARS_MAX else 0,
            "paddingOuter": 3 / 10,
            "domain": [str(at) for at in range(len(rows))],
        },
        "axis": {"title": None, "values": list(labels), "labelExpr": lookup(labels)},
    }
    up = {"field": "quantity", "type": "quantitative", "axis": {"title": None, "format": ",f"}}
    kinds = {"domain": ["read", "estimated", "missing"], "range": [MEASURED, ESTIMATED, MISSING]}
    fill = {"field": "kind", "type": "nominal", "scale": kinds, "legend": None}
    bars: Spec = {
        "mark": {"type": "bar", "stroke": MEASURED, "strokeWidth": 8 / 10},
        "transform": [{"filter": "datum.kind !== 'missing'"}],
        "encoding": {"x": across, "y": up, "fill": fill},
    }
    crosses: Spec = {
        "mark": {"type": "point", "shape": "cross", "size": 40, "filled": True, "fill": MISSING, "opacity": 1},
        "transform": [{"filter": "datum.kind === 'missing'"}],
        "encoding": {"x": across, "y": up, "yOffset": {"value": -5}},
    }
    # a layer of which nothing is drawn takes the renderer a quarter of its time
    return [bars, crosses] if any(row.quantity is None for row in rows) else [bars]
