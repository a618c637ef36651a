"""Net amounts: each line rounded once; a discount over several charges rounded as one sum and spread to the cent."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from tests.lives.oracle.rules import RatedLine

#: Decimal places of a currency; two, unless it is named here (ISO 4217).
MINOR_UNITS = {"JPY": 0, "KRW": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}


def rounded(amount: Fraction, places: int, rounding: str) -> Fraction:
    """To so many places, by the rule of the contract."""
    scaled = abs(amount) * 10**places
    whole = floor(scaled)
    rest = scaled - whole
    half = Fraction(1, 2)
    up = {
        "half_up": rest >= half,
        "half_down": rest > half,
        "half_even": rest > half or (rest == half and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
    }[rounding]
    return Fraction((whole + up) * (1 if amount >= 0 else -1), 10**places)


def spread(amount: Fraction, weights: Sequence[Fraction], places: int) -> list[Fraction]:
    """Exact shares cut off at the last place; what is left goes to the largest remainders, of equal ones to the first."""
    sign, units = (1 if amount >= 0 else -1), abs(amount) * 10**places
    shares = [units * weight / sum(weights) for weight in weights]
    parts = [floor(share) for share in shares]
    order = sorted(range(len(parts)), key=lambda place: (-(shares[place] - parts[place]), place))
    for place in order[: ceil(units) - sum(parts)]:
        parts[place] += 1
    return [Fraction(sign * part, 10**places) for part in parts]


def nets(lines: Sequence[RatedLine], currency: str, rounding: str) -> list[Fraction]:
    """The net amount of every line of one charge."""
    places = MINOR_UNITS.get(currency, 2)
    of_line = [rounded(line.amount, places, rounding) for line in lines]
    sharing = [place for place, line in enumerate(lines) if line.of and line.amount]
    if sharing:
        total = rounded(sum((lines[place].amount for place in sharing), Fraction(0)), places, rounding)
        for place, part in zip(
            sharing, spread(total, [abs(lines[place].amount) for place in sharing], places), strict=True
        ):
            of_line[place] = part
    return of_line
