"""A simulation as a page: a bar a period, its charges stacked, two contracts side by side; one file, no script."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, ClassVar

from billing.documents.document import Preview, PreviewDocument
from quantities.number import plain

if TYPE_CHECKING:  # loading it would cost a command that only shows an invoice
    from billing.previews.simulate import Simulated

_COLOURS = ("#0b6b5d", "#d98e04", "#3d5a98", "#a23b57", "#6b8e23", "#7a5ea8", "#4f6d7a", "#b5651d")
_STYLE = """
:root { color-scheme: light; --ink: #1c2430; --soft: #66707f; --rule: #d9dee6 }
body { font: 11pt/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); max-width: 980px; margin: 10mm auto; padding: 0 6mm }
h1 { font-size: 17pt; margin: 0 } p { color: var(--soft); margin: 1mm 0 6mm } svg { width: 100%; height: auto }
svg text { font-size: 11px; fill: var(--soft) } .legend span { margin-right: 6mm; white-space: nowrap } .legend i { display: inline-block; width: 10px; height: 10px; margin-right: 2mm }
table { border-collapse: collapse; width: 100%; margin-top: 6mm; font-size: 10pt } th { text-align: left; color: var(--soft); font-weight: 600; border-bottom: 1px solid var(--ink) }
td, th { padding: 1.2mm 3mm 1.2mm 0 } td + td, th + th { text-align: right; font-variant-numeric: tabular-nums } tbody td { border-bottom: 1px solid var(--rule) } tfoot td { font-weight: 700 }
"""  # noqa: E501 a rule a line
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 920, 300, 70, 40


class SimulationChart(PreviewDocument):
    """What contracts would have come to, drawn as a page."""

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"

    def render(self, preview: Preview) -> bytes:
        """Draw one contract, or several side by side, with the table that the chart is drawn from."""
        return _page(preview).encode()


def _page(preview: Preview) -> str:
    title, currency, contracts = preview.title, preview.currency, preview.contracts
    charges = list(dict.fromkeys(name for _, periods in contracts for period in periods for name in period.by_charge))
    colour = {name: _COLOURS[at % len(_COLOURS)] for at, name in enumerate(charges)}
    legend = "".join(f'<span><i style="background:{colour[name]}"></i>{escape(name)}</span>' for name in charges)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1><p>{escape(" beside ".join(name for name, _ in contracts))}, net, {escape(currency)}</p>
<div class="legend">{legend}</div>
{_bars(contracts, colour)}
{_table(contracts)}
</body></html>
"""


def _bars(contracts: "Sequence[tuple[str, Sequence[Simulated]]]", colour: dict[str, str]) -> str:
    periods = contracts[0][1]
    top = max((_positive(period) for _, tried in contracts for period in tried), default=Decimal(0)) or Decimal(1)
    bottom = min((_negative(period) for _, tried in contracts for period in tried), default=Decimal(0))
    scale = (_HEIGHT - 20) / (top - bottom)
    zero = 10 + top * scale
    slot = Decimal(_WIDTH - _LEFT) / max(1, len(periods))
    wide = slot * Decimal("0.8") / len(contracts)
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + _BOTTOM}" role="img" aria-label="net by period">']
    for mark in (bottom, Decimal(0), top / 2, top):
        y = zero - mark * scale
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d9dee6"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{mark:,.0f}</text>')
    periods_a_label = max(1, len(periods) // 12)
    for at, period in enumerate(periods):
        x = _LEFT + slot * at + slot / 2
        if at % periods_a_label == 0:
            parts.append(
                f'<text x="{x:.1f}" y="{_HEIGHT + 20}" text-anchor="middle">{period.period.first:%Y-%m}</text>'
            )
    for number, (_, tried) in enumerate(contracts):
        for at, period in enumerate(tried):
            x = _LEFT + slot * at + slot * Decimal("0.1") + wide * number
            up, down = Decimal(0), Decimal(0)
            for name, net in period.by_charge.items():
                tall = abs(net) * scale
                y = zero - (up + net) * scale if net > 0 else zero - down * scale
                up, down = (up + net, down) if net > 0 else (up, down + net)
                label = f"{period.period}, {escape(name)}: {plain(net)}"
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide * Decimal("0.92"):.1f}" height="{tall:.1f}" '
                    f'fill="{colour[name]}"><title>{label}</title></rect>'
                )
    parts.append("</svg>")
    return "".join(parts)


def _table(contracts: "Sequence[tuple[str, Sequence[Simulated]]]") -> str:
    names = [name for name, _ in contracts]
    two = len(contracts) == 2  # noqa: PLR2004 a pair has a difference
    head = "".join(f"<th>{escape(name)}</th>" for name in (*names, *(["difference"] if two else [])))
    rows = []
    for at, period in enumerate(contracts[0][1]):
        cells = [tried[at] for _, tried in contracts]
        shown = [escape(cell.held) if cell.held else plain(cell.net) for cell in cells]
        shown += [plain(cells[1].net - cells[0].net)] if two else []
        rows.append(f"<tr><td>{period.period}</td>{''.join(f'<td>{cell}</td>' for cell in shown)}</tr>")
    sums = [sum((period.net for period in tried), Decimal(0)) for _, tried in contracts]
    sums += [sums[1] - sums[0]] if two else []
    foot = "".join(f"<td>{plain(amount)}</td>" for amount in sums)
    return (
        f"<table><thead><tr><th>period</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
        f"<tfoot><tr><td>all</td>{foot}</tr></tfoot></table>"
    )


def _positive(period: "Simulated") -> Decimal:
    return sum((net for net in period.by_charge.values() if net > 0), Decimal(0))


def _negative(period: "Simulated") -> Decimal:
    return sum((net for net in period.by_charge.values() if net < 0), Decimal(0))
