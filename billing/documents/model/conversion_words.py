"""A conversion of use in words: 1.000 m³ × Zustandszahl 0,9626 × Brennwert 11,42 kWh/m³ = 10.992,892 kWh."""

import re
from decimal import Decimal

from billing.documents.model.business_line import ConversionFactor, UseConversion
from billing.documents.words.units import quantity_in_words, unit_in_words
from billing.documents.words.words import Words
from quantities.quantity import QuantityKind, unit

#: How contracts call the two numbers that a gas bill must name, in small letters and with blanks.
_STATE_NUMBER = frozenset({"z", "z number", "state number", "zustandszahl", "volume correction"})
_CALORIFIC = frozenset({"hs", "ho", "gcv", "calorific value", "gross calorific value", "heating value", "brennwert"})
_GASES = frozenset({QuantityKind.VOLUME, QuantityKind.GAS_VOLUME})
_STATE = re.compile(
    r"(?P<name>[^(]+) \((?P<degrees>-?[\d.]+) °C, (?P<pressure>[\d.]+) bar"
    r"(?:, (?:(?P<vapour>[\d.]+) bar of it vapour|dry))\)"
)


def conversion_words(conversion: UseConversion, words: Words) -> str:
    """Write a conversion out, with the reference states or the day from which it is agreed."""
    sentence = f"{quantity_in_words(words, conversion.quantity, conversion.unit)} {factors_words(conversion, words)}"
    sentence += f" = {quantity_in_words(words, conversion.result, conversion.to)}"
    if conversion.states:
        sentence += f"; {_states(conversion.states, words)}"
    if conversion.agreed_from is not None:
        sentence += "; " + words.text("as agreed from {day} on", day=words.day(conversion.agreed_from))
    return sentence


def factors_words(conversion: UseConversion, words: Words) -> str:
    """Write the factors alone, each with its name where it has one."""
    return " ".join(f"× {_factor(factor, words)}" for factor in conversion.factors)


def _factor(factor: ConversionFactor, words: Words) -> str:
    number = words.number(factor.value)
    if factor.per:
        number += f"\N{NO-BREAK SPACE}{_bare_unit(factor.unit, words)}/{_bare_unit(factor.per, words)}"
    if factor.exact:
        number += f" ({factor.exact})"
    name = _name(factor, words)
    return f"{name} {number}" if name else number


def _name(factor: ConversionFactor, words: Words) -> str:
    written = factor.name.replace("_", " ")
    if written.casefold() in _STATE_NUMBER:
        return words.text("state number (z)")
    is_of_gas = bool(factor.per) and unit(factor.per).kind in _GASES and unit(factor.unit).kind is QuantityKind.ENERGY
    if written.casefold() in _CALORIFIC or (not written and is_of_gas):
        return words.text("calorific value")
    return written


def _bare_unit(spelling: str, words: Words) -> str:
    """Name a unit within a quotient; of a gas volume without its state, which stands beside the quantity."""
    listed = unit(spelling)
    return unit_in_words(words, "m3" if listed.state is not None else listed.symbol, Decimal(2))


def _states(states: str, words: Words) -> str:
    """Write reference states as the language has numbers; what is written otherwise stands as it is."""
    return _STATE.sub(lambda state: _state(state, words), states)


def _state(state: re.Match[str], words: Words) -> str:
    degrees, pressure = (words.number(Decimal(state[name])) for name in ("degrees", "pressure"))
    facts = {"name": state["name"], "degrees": degrees, "pressure": pressure}
    if state["vapour"] is None:
        return words.text("{name} ({degrees} °C, {pressure} bar, dry)", **facts)
    vapour = words.number(Decimal(state["vapour"]))
    return words.text("{name} ({degrees} °C, {pressure} bar, of it {vapour} bar vapour)", vapour=vapour, **facts)
