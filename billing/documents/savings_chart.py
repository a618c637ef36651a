"""Charts of a savings statement, as SVG: expected against measured by month, and their difference over temperature."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from billing.records.statement import StatedSaving

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 720, 220, 64, 34, 26
_EXPECTED, _MEASURED, _RULE, _SOFT = "#9fb8b3", "#0b6b5d", "#d9dee6", "#66707f"
_FONT = 'font-family="Libertinus Serif, serif" font-size="11"'


def months_chart(saving: StatedSaving) -> str:
    """Draw two bars a month: expected with its adjustments, and measured."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for part in saving.parts:
        own = sums[part.month]
        own[0] += part.expected + part.adjusted
        own[1] += part.measured
    top = max((value for pair in sums.values() for value in pair), default=Decimal(1)) or Decimal(1)
    scale = (_HEIGHT - _TOP) / top
    slot = Decimal(_WIDTH - _LEFT) / max(1, len(sums))
    wide = slot * Decimal("0.36")
    parts = [_grid(top, scale), _legend([(_EXPECTED, "expected"), (_MEASURED, "measured")], saving.unit)]
    for at, (month, pair) in enumerate(sorted(sums.items())):
        x = _LEFT + slot * at + slot * Decimal("0.12")
        for n, (value, colour) in enumerate(zip(pair, (_EXPECTED, _MEASURED), strict=True)):
            high = max(Decimal(0), value) * scale
            parts.append(
                f'<rect x="{x + wide * n:.1f}" y="{_HEIGHT - high:.1f}" width="{wide:.1f}" height="{high:.1f}" '
                f'fill="{colour}"/>'
            )
        middle = x + wide
        parts.append(f'<text x="{middle:.1f}" y="{_HEIGHT + 16}" text-anchor="middle" {_text()}>{month}</text>')
    return _svg(parts)


def differences_chart(saving: StatedSaving) -> str:
    """Draw each day's expected less measured energy over its mean temperature; over the days, where there is none."""
    days = saving.days
    if not days:
        return _svg([f'<text x="{_LEFT}" y="40" {_text()}>no row counts</text>'])
    over = [Decimal(at) if day.temperature is None else day.temperature for at, day in enumerate(days)]
    off = [day.expected - day.measured for day in days]
    low, high = min(*off, Decimal(0)), max(*off, Decimal(0))
    scale = (_HEIGHT - _TOP) / ((high - low) or Decimal(1))
    first, last = min(over), max(over)
    across = (_WIDTH - _LEFT - 16) / ((last - first) or Decimal(1))
    zero = _TOP + high * scale
    parts = [
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{_TOP + (high - mark) * scale:.1f}" '
        f'y2="{_TOP + (high - mark) * scale:.1f}" stroke="{_SOFT if not mark else _RULE}"/>'
        f'<text x="{_LEFT - 6}" y="{_TOP + (high - mark) * scale + 4:.1f}" text-anchor="end" {_text()}>'
        f"{mark:.0f}</text>"
        for mark in sorted({low, Decimal(0), high})
    ]
    for x, y in zip(over, off, strict=True):
        colour = _MEASURED if y >= 0 else "#a23b57"
        parts.append(
            f'<circle cx="{_LEFT + 8 + (x - first) * across:.1f}" cy="{zero - y * scale:.1f}" r="2.2" fill="{colour}" '
            'fill-opacity="0.55"/>'
        )
    parts += [
        f'<text x="{_LEFT + 8 + (mark - first) * across:.1f}" y="{_HEIGHT + 16}" text-anchor="middle" {_text()}>'
        f"{mark:.0f}</text>"
        for mark in (first, (first + last) / 2, last)
    ]
    degrees = saving.baseline.temperature_unit if saving.baseline is not None else None
    parts.append(f'<text x="{_LEFT}" y="14" {_text()}>{saving.unit} a day, over {degrees or "days"}</text>')
    return _svg(parts)


def _grid(top: Decimal, scale: Decimal) -> str:
    return "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{_HEIGHT - mark * scale:.1f}" y2="{_HEIGHT - mark * scale:.1f}" '
        f'stroke="{_RULE}"/><text x="{_LEFT - 6}" y="{_HEIGHT - mark * scale + 4:.1f}" text-anchor="end" {_text()}>'
        f"{mark:,.0f}</text>".replace(",", "\u202f")
        for mark in (Decimal(0), top / 2, top)
    )


def _legend(entries: Sequence[tuple[str, str]], unit: str) -> str:
    parts, x = [f'<text x="{_LEFT}" y="14" {_text()}>{unit}</text>'], _LEFT + 60
    for colour, name in entries:
        parts.append(f'<rect x="{x}" y="5" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 15}" y="14" {_text()}>{name}</text>')
        x += 90
    return "".join(parts)


def _text() -> str:
    return f'{_FONT} fill="{_SOFT}"'


def _svg(parts: Sequence[str]) -> str:
    box = f"0 0 {_WIDTH} {_HEIGHT + _BOTTOM}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{"".join(parts)}</svg>'
