"""A chart drawn: a Vega-Lite specification becomes an SVG that needs no script, no style and no font of its own.

Nothing in it depends on how wide a text is on the machine that draws it (sizes, margins and the legend are given), so
equal data give equal bytes. Decimals are handed over as text, and become floats inside of the drawing alone.

Two things take most of the time, and are kept from the renderer. It is never asked how wide a text is: to it all texts
are of size 0, which it does not measure, and stand where they are to be printed; they get their size afterwards. And
what differs from one chart to the next, its rows and its words, is put into the specification after that is compiled,
so the charts of a month are compiled once.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree.ElementTree import register_namespace, tostring

from babel.numbers import get_decimal_symbol, get_group_symbol
from defusedxml.ElementTree import fromstring

from billing.documents.charts.colours import GRID, TEXT
from billing.documents.words.words import Words
from contracts.invoicing import Language
from quantities.unseen import all_as_seen, as_seen

if TYPE_CHECKING:
    from types import ModuleType

#: A part of a Vega-Lite specification, of any form: the library's own language.
Spec: TypeAlias = Mapping[str, Any]

WIDTH, HEIGHT = 460, 220
_FONT_SIZE = 12
_TITLE_SIZE = 13
#: What the renderer takes a text's size for.
_UNMEASURED = 0
#: So far below the middle of a small letter its foot is, of texts of either size.
_FOOT = 4
#: From the foot of an axis that has ticks, and of one that has none, to that of its labels.
BELOW_TICKS, BELOW_AXIS = 11, 15
#: From an axis to the foot of what it shows, which stands below its labels.
BELOW_LABELS = 31
_DIGIT_WIDTH = 7  # of the font's size, generously
_RIGHT, _BOTTOM, _TITLE_LINE, _LEGEND_LINE = 22, 28, 26, 18
_FONTS = (
    "Arimo, Liberation Sans, Arial, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"  # as look/look.css has it
)
_SHORT = 20  # so many characters have room in a third of the width
_SVG = "http://www.w3.org/2000/svg"
_KEPT_OF_ROOT = ("width", "height", "viewBox", "version")
_NUMBERS = ("transform", "d", "x", "y", "x2", "y2", "width", "height")
_HUNDREDTH = Decimal("0.01")
_ROWS = "@rows"
_TITLE = "@0"
_COMPILED_MAX = 256
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_DROPPED = ("font-family", "class", "role", "pointer-events", "aria-hidden", "aria-label", "aria-roledescription")


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """What a colour means.

    Attributes:
        text: in the language of the document.
        fill: of its mark.
        stroke: around it.
        shape: as Vega names it.
    """

    text: str
    fill: str
    stroke: str
    shape: str = "square"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart before it is drawn.

    Attributes:
        title: one line above it: what is shown, in which unit.
        rows: its data; numbers as text.
        numbers: the fields of ``rows`` that are numbers.
        layers: its marks, each a Vega-Lite layer.
        legend: what the colours mean; none where there is one colour.
        widest: the longest label of the vertical axis, in characters.
        below: how many further lines stand below the horizontal axis.
    """

    title: str
    rows: Sequence[Mapping[str, str]]
    numbers: Sequence[str]
    layers: Sequence[Spec]
    legend: Sequence[LegendEntry] = ()
    widest: int = 6
    below: int = 0


def draw(chart: Chart, words: Words) -> str:
    """Draw a chart as SVG, ``WIDTH`` by ``HEIGHT`` pixels and a line for every two or three entries of its legend.

    Args:
        chart: its texts are in the language of ``words`` already.
        words: whose marks of thousands and decimals the axes have.
    """
    # of a control character the renderer ends the whole process
    before, after = _compiled(json.dumps(all_as_seen(specification(chart))))
    svg = _converter().vega_to_svg(
        f"{before}{json.dumps(all_as_seen(list(chart.rows)))}{after}",
        format_locale=number_marks(words.language),
        allowed_base_urls=[],
    )
    return _bare(svg, chart)


@lru_cache(_COMPILED_MAX)
def _compiled(specification: str) -> tuple[str, str]:
    """Compile a specification of Vega-Lite to one of Vega: what stands before its rows, and what behind them."""
    vega = json.dumps(_converter().vegalite_to_vega(specification, vl_version="6.4"))
    before, after = vega.split(json.dumps([_ROWS]))
    return before, after


def specification(chart: Chart) -> dict[str, Any]:
    """The Vega-Lite specification of a chart without its rows and its words, which have a mark in their place."""
    left = 16 + chart.widest * _DIGIT_WIDTH
    across = WIDTH - left - _RIGHT
    columns = 2 if any(len(entry.text) > _SHORT for entry in chart.legend) else 3
    lines = -(-len(chart.legend) // columns)
    top = _TITLE_LINE + lines * _LEGEND_LINE
    bottom = _BOTTOM + chart.below * _LEGEND_LINE
    legend = [
        layer
        for n, entry in enumerate(chart.legend)
        for layer in _legend_layers(
            entry, n + 1, n % columns * (across // columns), n // columns * _LEGEND_LINE - lines * _LEGEND_LINE
        )
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "autosize": {"type": "none"},
        "background": None,
        "padding": {"left": left, "right": _RIGHT, "top": top, "bottom": bottom},
        "width": across,
        "height": HEIGHT - _TITLE_LINE - _BOTTOM,
        "data": {"values": [_ROWS], "format": {"parse": dict.fromkeys(chart.numbers, "number")}},
        "layer": [*chart.layers, _text(0, 4 - left, 11 - top, weight="bold"), *legend],
        "config": _CONFIG,
    }


_ONCE: Spec = {"values": [{}]}
_CONFIG: Spec = {
    "font": _FONTS,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": _UNMEASURED,
        "labelBaseline": "alphabetic",
        "titleFontSize": _UNMEASURED,
        "titleBaseline": "alphabetic",
        "titleFontWeight": "normal",
        "labelColor": TEXT,
        "titleColor": TEXT,
        "gridColor": GRID,
        "domainColor": TEXT,
        "tickColor": TEXT,
        "labelOverlap": False,
        "labelBound": False,
        "labelFlush": False,
    },
    "axisY": {"domain": False, "ticks": False, "labelPadding": 6, "labelOffset": _FOOT, "tickCount": 4},
    "axisX": {"grid": False, "labelAngle": 0, "labelPadding": BELOW_TICKS},
    "text": {"fontSize": _UNMEASURED, "fill": TEXT},
}


def _legend_layers(entry: LegendEntry, at: int, x: int, y: int) -> list[Spec]:
    symbol = {
        "data": _ONCE,
        "mark": {"type": "point", "shape": entry.shape, "size": 90, "filled": True, "opacity": 1}
        | {"fill": entry.fill, "stroke": entry.stroke, "strokeWidth": 12 / 10},
        "encoding": {"x": {"value": x + 5}, "y": {"value": y}},
    }
    return [symbol, _text(at, x + 16, y + 1)]


def _text(at: int, x: int, y: int, *, weight: str = "normal") -> Spec:
    """Keep a place for a text, whose middle is at ``y``: the title for 0, else the entry of the legend."""
    return {
        "data": _ONCE,
        "mark": {"type": "text", "align": "left", "baseline": "alphabetic", "text": f"@{at}"}
        | {"fontSize": _UNMEASURED, "fontWeight": weight},
        "encoding": {"x": {"value": x}, "y": {"value": y + _FOOT}},
    }


@cache
def number_marks(language: Language) -> dict[str, object]:
    """How a language writes numbers, as d3 wants it."""
    return {
        "decimal": get_decimal_symbol(language.value),
        "thousands": get_group_symbol(language.value),
        "grouping": [3],
        "currency": ["", ""],
        "minus": "−",
    }


def _bare(svg: str, chart: Chart) -> str:
    """Write the words into a drawing, drop what is for scripts and styles, and say once what is shown."""
    root = fromstring(svg)
    texts = {_TITLE: as_seen(chart.title)} | {f"@{at}": as_seen(entry.text) for at, entry in enumerate(chart.legend, 1)}
    for element in root.iter():
        for name in _DROPPED:
            element.attrib.pop(name, None)
        for name in _NUMBERS:
            if name in element.attrib:
                element.set(name, _LONG_NUMBER.sub(_to_hundredths, element.get(name, "")))
        if "font-size" in element.attrib:
            element.set("font-size", f"{_TITLE_SIZE if element.text == _TITLE else _FONT_SIZE}px")
            element.text = texts.get(element.text or "", element.text)
    for name in [name for name in root.attrib if name not in _KEPT_OF_ROOT]:
        del root.attrib[name]
    root.set("font-family", _FONTS)
    root.set("role", "img")
    root.set("aria-label", as_seen(chart.title))
    register_namespace("", _SVG)
    return tostring(root, encoding="unicode")


def _to_hundredths(number: re.Match[str]) -> str:
    return str(Decimal(number[0]).quantize(_HUNDREDTH))


@cache
def _converter() -> "ModuleType":
    """The renderer, which takes a second to start: once a process, and only where something is drawn."""
    return import_module("vl_convert")
