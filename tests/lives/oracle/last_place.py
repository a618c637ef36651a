"""The last place of an amount: docs/algorithms.md (rounding, currency places, largest remainder)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

#: Minor units by ISO 4217, where they are not two.
MINOR_UNITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_units(currency: str) -> int:
    return MINOR_UNITS.get(currency, 2)


def rounded(amount: Fraction, mode: str, places: int) -> Decimal:
    """An amount at its last place: half_up and up go away from zero, half_down and down towards it."""
    scaled = abs(amount) * 10**places
    whole, rest = floor(scaled), scaled - floor(scaled)
    half = Fraction(1, 2)
    up = {
        "half_up": rest >= half,
        "half_down": rest > half,
        "half_even": rest > half or (rest == half and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
    }[mode]
    return decimal(-(whole + up) if amount < 0 else whole + up, places)


def spread(amounts: Sequence[Fraction], mode: str, places: int) -> list[Decimal]:
    """Amounts that are rounded as one sum: each is cut off, and what is left goes to the largest remainders, the first first."""
    scaled = [abs(amount) * 10**places for amount in amounts]
    cut = [floor(part) if amount >= 0 else -floor(part) for part, amount in zip(scaled, amounts, strict=True)]
    left = int(rounded(sum(amounts, Fraction(0)), mode, places) * 10**places) - sum(cut)
    order = sorted(range(len(amounts)), key=lambda place: (-(scaled[place] - floor(scaled[place])), place))
    for place in order[: abs(left)]:
        cut[place] += 1 if left > 0 else -1
    return [decimal(units, places) for units in cut]


def decimal(units: int, places: int) -> Decimal:
    return Decimal(units).scaleb(-places)
