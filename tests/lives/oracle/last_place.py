"""The last place of an amount: docs/algorithms.md (rounding, currency places, largest remainder)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from tests.lives.oracle.rules import RatedLine

#: Minor units by ISO 4217, where they are not two.
MINOR_UNITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_units(currency: str) -> int:
    return MINOR_UNITS.get(currency, 2)


def settled(amount: Fraction) -> Fraction:
    """An amount at ten places, half to even, before anything else is made of it."""
    return Fraction(round(amount * 10**10), 10**10)


def rounded(amount: Fraction, mode: str, places: int) -> Decimal:
    """An amount at its last place: half_up and up go away from zero, half_down and down towards it."""
    scaled = abs(settled(amount)) * 10**places
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
    """Amounts rounded as one sum, in their proportion: exact shares are cut off at the last place, and what is left goes to
    the largest remainders, of equal ones to the first.
    """
    if not any(amounts):
        return [decimal(0, places) for _ in amounts]
    whole = int(rounded(sum(amounts, Fraction(0)), mode, places) * 10**places)
    sign, weights = (1 if whole >= 0 else -1), [abs(amount) for amount in amounts]
    shares = [abs(whole) * weight / sum(weights) for weight in weights]
    parts = [floor(share) for share in shares]
    order = sorted(range(len(parts)), key=lambda place: (-(shares[place] - parts[place]), place))
    for place in order[: abs(whole) - sum(parts)]:
        parts[place] += 1
    return [decimal(sign * part, places) for part in parts]


def decimal(units: int, places: int) -> Decimal:
    return Decimal(units).scaleb(-places)


@dataclass
class SoFar:
    """What a charge's lines came to in a billing period before a change, and what they were rounded to, by part.

    It holds as long as the charge's price is the same.
    """

    price: object = None
    parts: dict[int, tuple[Fraction, Decimal]] = field(default_factory=dict)

    def at(self, price: object) -> "SoFar":
        """Forget what came to be at another price, or is rounded otherwise."""
        if as_numbers(price) != self.price:
            self.price, self.parts = as_numbers(price), {}
        return self


def as_numbers(terms: Any) -> Any:
    """Terms with a number for each text that is one: 39.0 and 39 are one price."""
    if isinstance(terms, Mapping):
        return {name: as_numbers(value) for name, value in terms.items()}
    if isinstance(terms, list | tuple):
        return [as_numbers(value) for value in terms]
    try:
        return Fraction(terms)
    except (TypeError, ValueError):
        return terms


def nets(lines: Sequence[RatedLine], currency: str, mode: str, so_far: SoFar | None = None) -> list[Decimal]:
    """The net amount of each line of one charge: rounded by itself, or as one sum with those that share a discount.

    Days of a period that a change divides are rounded as one sum: `so_far` has those before, and has these afterwards.
    """
    places, parts = minor_units(currency), {} if so_far is None else so_far.parts
    shared = [line for line in lines if line.of]
    of_line = dict(zip(map(id, shared), spread([line.amount for line in shared], mode, places), strict=True))
    for line in lines:
        if not line.of:
            before, given = parts.get(line.part, (Fraction(0), decimal(0, places)))
            now = rounded(before + line.amount, mode, places)
            parts[line.part] = before + line.amount, now
            of_line[id(line)] = now - given
    return [of_line[id(line)] for line in lines]
