"""Units and quantities in the words of a language: 12,345 m³ (DIN 1343 standard state), 1 Stück, 3 Maschinenstunden.

Where CLDR has a unit, its words are babel's; else they are counted things of our catalogues. Energies and powers are
written by their symbols, as accounts write them, and the times of clocks in full.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

from babel.units import format_unit

from billing.documents.words.words import Counted, Words, pattern_of
from quantities.number import plain
from quantities.quantity import unit

#: Our symbol → CLDR's name, and whether its words are written out or short.
_CLDR: Final[Mapping[str, tuple[str, bool]]] = MappingProxyType(
    {
        "s": ("second", True),
        "min": ("minute", True),
        "h": ("hour", True),
        "d": ("day", True),
        "week": ("week", True),
        "m": ("meter", False),
        "km": ("kilometer", False),
        "mi": ("mile", False),
        "m2": ("square-meter", False),
        "m3": ("cubic-meter", False),
        "L": ("liter", False),
        "ft3": ("cubic-foot", False),
        "g": ("gram", False),
        "kg": ("kilogram", False),
        "t": ("tonne", False),
        "lb": ("pound", False),
        "kWh": ("kilowatt-hour", False),
        "W": ("watt", False),
        "kW": ("kilowatt", False),
        "MW": ("megawatt", False),
        "J": ("joule", False),
        "kJ": ("kilojoule", False),
        "K": ("kelvin", False),
        "degC": ("celsius", False),
        "degF": ("fahrenheit", False),
        "bar": ("bar", False),
        "Hz": ("hertz", False),
    }
)
#: Our symbol → what we call it, of one and of several. What is a symbol in every language stands here as well, because
#: the Chinese write it out.
_OURS: Final[Mapping[str, Counted]] = MappingProxyType(
    {
        "machine_second": Counted("machine second", "machine seconds"),
        "machine_minute": Counted("machine minute", "machine minutes"),
        "machine_hour": Counted("machine hour", "machine hours"),
        "hL": Counted("hL", "hL"),
        "gal_us": Counted("US gallon", "US gallons"),
        "gal_uk": Counted("imperial gallon", "imperial gallons"),
        "m3@din1343": Counted("m³ (standard state, DIN 1343)", "m³ (standard state, DIN 1343)"),
        "m3@iso2533": Counted("m³ (standard state, ISO 2533)", "m³ (standard state, ISO 2533)"),
        "m3@iso8778": Counted("m³ (reference state, ISO 8778)", "m³ (reference state, ISO 8778)"),
        "m3@iso1217": Counted("m³ (inlet state, ISO 1217)", "m³ (inlet state, ISO 1217)"),
        "m3/h": Counted("m³/h", "m³/h"),
        "MJ": Counted("MJ", "MJ"),
        "GJ": Counted("GJ", "GJ"),
        "Wh": Counted("Wh", "Wh"),
        "MWh": Counted("MWh", "MWh"),
        "GWh": Counted("GWh", "GWh"),
        "BTU": Counted("BTU", "BTU"),
        "therm_ec": Counted("therm (EC)", "therms (EC)"),
        "therm_us": Counted("therm (US)", "therms (US)"),
        "kgce": Counted("kg coal equivalent", "kg coal equivalent"),
        "tce": Counted("t coal equivalent", "t coal equivalent"),
        "kvar": Counted("kvar", "kvar"),
        "kvarh": Counted("kvarh", "kvarh"),
        "kVA": Counted("kVA", "kVA"),
        "kVAh": Counted("kVAh", "kVAh"),
        "N.m": Counted("N·m", "N·m"),
        "Pa": Counted("Pa", "Pa"),
        "kPa": Counted("kPa", "kPa"),
        "rpm": Counted("revolution per minute", "revolutions per minute"),
        "part": Counted("part", "parts"),
        "sheet": Counted("sheet", "sheets"),
        "page": Counted("page", "pages"),
        "cycle": Counted("cycle", "cycles"),
        "job": Counted("job", "jobs"),
        "test": Counted("test", "tests"),
        "trip": Counted("trip", "trips"),
        "each": Counted("unit", "units"),
        "one": Counted("(ratio)", "(ratio)"),
        "%": Counted("%", "%"),
    }
)

#: The longest name of a unit that stays on the line of its number.
_KEPT: Final = 5


def unit_in_words(words: Words, spelling: str, number: Decimal) -> str:
    """Name a unit as it is named beside a number, without the number.

    Raises:
        UnknownUnit: it is no listed unit.
    """
    symbol = unit(spelling).symbol
    if symbol not in _CLDR:
        return words.counted(_OURS[symbol], number)
    name, written_out = _CLDR[symbol]
    # babel joins number and unit: the number, with all its decimals, is taken off again
    length: Literal["short", "long"] = "long" if written_out else "short"
    pattern = pattern_of(len(plain(number).partition(".")[2]))
    joined = format_unit(number, name, length=length, format=pattern, locale=words.locale)
    return joined.replace(words.number(number), "", 1).strip()


def quantity_in_words(words: Words, number: Decimal, spelling: str) -> str:
    """Write a quantity with all its decimals and its unit: ``1 Stück``, ``0.5 hours``.

    Raises:
        UnknownUnit: it is no listed unit.
    """
    name = unit_in_words(words, spelling, number)
    blank = "\N{NO-BREAK SPACE}" if len(name) <= _KEPT else " "  # a long name may stand on the next line
    return f"{words.number(number)}{blank}{name}"
