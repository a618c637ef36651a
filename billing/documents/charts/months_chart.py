"""Expected energy, non-routine adjustments included, against measured energy: two bars a month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.documents.charts.colours import EXPECTED, MEASURED
from billing.documents.charts.drawing import Chart, LegendEntry, Spec, draw
from billing.documents.charts.labels import labelled, lookup, month_label, widest_number
from billing.documents.words.words import Words
from billing.records.statement import StatedSaving
from quantities.number import plain


@dataclass(frozen=True, slots=True)
class EnergyOfMonth:
    """Energies of a month, in one unit.

    Attributes:
        month: its first day.
        expected: by the baseline, with non-routine adjustments.
        measured: what was used.
    """

    month: date
    expected: Decimal
    measured: Decimal


def energies_by_month(saving: StatedSaving) -> tuple[EnergyOfMonth, ...]:
    """Add up the bands of a saving's months, in order of time."""
    expected: dict[str, Decimal] = defaultdict(Decimal)
    measured: dict[str, Decimal] = defaultdict(Decimal)
    for part in saving.parts:
        expected[part.month] += part.expected + part.adjusted
        measured[part.month] += part.measured
    return tuple(
        EnergyOfMonth(date.fromisoformat(f"{month}-01"), expected[month], measured[month]) for month in sorted(expected)
    )


def months_chart(energies: Sequence[EnergyOfMonth], *, unit: str, words: Words) -> str:
    """Draw expected against measured energy by month as SVG.

    Args:
        energies: in order of time.
        unit: of all energies, in words.
        words: the language of its texts.
    """
    legend = (
        LegendEntry(words.text("expected + non-routine"), EXPECTED, MEASURED),
        LegendEntry(words.text("measured"), MEASURED, MEASURED),
    )
    rows = [
        {"at": str(at), "kind": kind, "energy": plain(energy)}
        for at, month in enumerate(energies)
        for kind, energy in (("expected", month.expected), ("measured", month.measured))
    ]
    numbers = [energy for month in energies for energy in (month.expected, month.measured)]
    title = words.text(
        "Expected + non-routine, and measured, by month, {years}, {unit}", years=_years(energies), unit=unit
    )
    return draw(Chart(title, rows, ("energy",), _layers(energies, words), legend, widest_number(numbers)), words)


def _years(energies: Sequence[EnergyOfMonth]) -> str:
    years = [month.month.year for month in energies] or [0]
    return str(years[0]) if years[0] == years[-1] else f"{years[0]}–{years[-1]}"


def _layers(energies: Sequence[EnergyOfMonth], words: Words) -> list[Spec]:
    months = [energy.month for energy in energies]
    is_a_year = len(months) <= 12  # noqa: PLR2004 so many months have room for a label each
    shown = range(len(months)) if is_a_year else labelled(months)
    labels = {str(at): month_label(months[at], words, with_year=not is_a_year) for at in shown}
    places = [str(at) for at in range(len(energies))]
    kinds = {"domain": ["expected", "measured"], "range": [EXPECTED, MEASURED]}
    encoding = {
        "x": {
            "field": "at",
            "type": "ordinal",
            "scale": {
                "domain": places,
                "paddingInner": 3 / 10,
                "paddingOuter": 15 / 100,
            },
            "axis": {
                "title": None,
                "ticks": False,
                "labelPadding": 6,
                "values": list(labels),
                "labelExpr": lookup(labels),
            },
        },
        "xOffset": {"field": "kind", "type": "nominal", "scale": {"domain": kinds["domain"]}},
        "y": {"field": "energy", "type": "quantitative", "axis": {"title": None, "format": ",f"}},
        "fill": {"field": "kind", "type": "nominal", "scale": kinds, "legend": None},
    }
    return [{"mark": {"type": "bar", "stroke": MEASURED, "strokeWidth": 8 / 10}, "encoding": encoding}]
