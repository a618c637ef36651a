"""Exact factors between the units that lives use; each unit by its kind of quantity and how many of the kind's first it is."""

from fractions import Fraction

UNITS: dict[str, tuple[str, Fraction]] = {
    "kWh": ("energy", Fraction(1)),
    "Wh": ("energy", Fraction(1, 1000)),
    "MWh": ("energy", Fraction(1000)),
    "GWh": ("energy", Fraction(1000000)),
    "MJ": ("energy", Fraction(10, 36)),
    "GJ": ("energy", Fraction(10000, 36)),
    "kgce": ("energy", Fraction("29.3076") * 10 / 36),
    "tce": ("energy", Fraction("29.3076") * 10000 / 36),
    "kW": ("power", Fraction(1)),
    "W": ("power", Fraction(1, 1000)),
    "MW": ("power", Fraction(1000)),
    "m3": ("volume", Fraction(1)),
    "l": ("volume", Fraction(1, 1000)),
    "kg": ("mass", Fraction(1)),
    "g": ("mass", Fraction(1, 1000)),
    "t": ("mass", Fraction(1000)),
    "h": ("time", Fraction(1)),
    "min": ("time", Fraction(1, 60)),
    "s": ("time", Fraction(1, 3600)),
    "day": ("time", Fraction(24)),
}


def convert(quantity: Fraction, unit: str, into: str) -> Fraction:
    """A quantity in another unit of its kind; what is counted (parts, sheets) is its own kind."""
    if unit == into:
        return quantity
    kind, factor = UNITS[unit]
    other_kind, other_factor = UNITS[into]
    if kind != other_kind:
        raise ValueError(f"{unit} is {kind}, {into} is {other_kind}")
    return quantity * factor / other_factor
