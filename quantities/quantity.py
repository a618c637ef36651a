"""Quantities: the only pint registry, on Decimal, with our own base dimensions and a closed list of units.

pint defines the conversions and checks the dimensions. Dimensions alone would allow torque as energy, a calendar hour
as a machine-hour and a cubic metre of gas at one state as one at another. So every unit also has a *quantity kind*, and
units that only look alike have a base dimension of their own. Only listed spellings are read: pint itself would read
``pcs`` as parsecs.

Codes are those of UN/ECE Recommendation 20 (and 21, which begin with X) that EN 16931 allows for BT-130: gigajoule is
``GV``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, localcontext
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from quantities.errors import Invalid
from quantities.number import ARITHMETIC_DIGITS, QUOTIENT_STEP, DecimalString, exact, plain

if TYPE_CHECKING:
    import pint
    from pint.facets.plain import PlainQuantity

Quantity: TypeAlias = "PlainQuantity[Decimal]"

#: The number of a quantity in JSON: a string, never a float; its unit is in a field beside it.
Magnitude: TypeAlias = DecimalString

_DIGITS = Context(prec=ARITHMETIC_DIGITS)
_TEMPERATURE_PLACES = Decimal(1).scaleb(-10)  # 20 °C is 68 °F, not 68.00000000000000000000000003


class UnknownUnit(Invalid):
    """The unit is unknown."""


class IncompatibleUnit(Invalid):
    """The units measure different kinds of quantity."""


class QuantityKind(StrEnum):
    """What a unit measures. Units convert only within one kind."""

    ENERGY = "energy"
    POWER = "power"
    REACTIVE_ENERGY = "reactive_energy"
    REACTIVE_POWER = "reactive_power"
    APPARENT_ENERGY = "apparent_energy"
    APPARENT_POWER = "apparent_power"
    TORQUE = "torque"
    DURATION = "duration"
    MACHINE_TIME = "machine_time"
    VOLUME = "volume"
    GAS_VOLUME = "gas_volume"
    VOLUME_FLOW = "volume_flow"
    MASS = "mass"
    LENGTH = "length"
    AREA = "area"
    TEMPERATURE = "temperature"
    PRESSURE = "pressure"
    FREQUENCY = "frequency"
    ROTATION = "rotation"
    PARTS = "parts"
    SHEETS = "sheets"
    PAGES = "pages"
    CYCLES = "cycles"
    JOBS = "jobs"
    TESTS = "tests"
    TRIPS = "trips"
    EACH = "each"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the list.

    Attributes:
        symbol: how we write it; terms and registers use this.
        kind: what it measures.
        code: UN/ECE Rec 20 code for invoices (BT-130).
        definition: for pint, in units listed before it; empty for a unit with a base dimension of its own.
        spellings: other accepted spellings, exactly as written.
        state: the reference state, for a gas volume.
        name: what pint calls it; derived from the symbol.
    """

    symbol: str
    kind: QuantityKind
    code: str
    definition: str = ""
    spellings: tuple[str, ...] = ()
    state: str | None = None
    name: str = field(init=False)

    def __post_init__(self) -> None:
        name = self.symbol
        for mark, word in (("@", "_"), ("/", "_per_"), (".", "_"), ("%", "percent")):
            name = name.replace(mark, word)
        object.__setattr__(self, "name", name)


UNITS: tuple[Unit, ...] = (
    Unit("s", QuantityKind.DURATION, "SEC", spellings=("sec", "second", "seconds")),
    Unit("min", QuantityKind.DURATION, "MIN", "60 * s", ("minute", "minutes")),
    Unit("h", QuantityKind.DURATION, "HUR", "60 * min", ("hr", "hour", "hours")),
    Unit("d", QuantityKind.DURATION, "DAY", "24 * h", ("day", "days")),
    Unit("week", QuantityKind.DURATION, "WEE", "7 * d", ("weeks",)),
    Unit("machine_second", QuantityKind.MACHINE_TIME, "SEC"),
    Unit("machine_minute", QuantityKind.MACHINE_TIME, "MIN", "60 * machine_second"),
    Unit(
        "machine_hour",
        QuantityKind.MACHINE_TIME,
        "HUR",  # there is no code for a machine-hour: HUR and an item attribute
        "60 * machine_minute",
        ("machine-hour", "machine_hours", "machine-hours", "engine_hour", "operating_hour"),
    ),
    Unit("m", QuantityKind.LENGTH, "MTR", spellings=("metre", "meter")),
    Unit("km", QuantityKind.LENGTH, "KMT", "1000 * m", ("kilometre", "kilometer", "kilometres", "kilometers")),
    Unit("mi", QuantityKind.LENGTH, "SMI", "1609.344 * m", ("mile", "miles")),
    Unit("m2", QuantityKind.AREA, "MTK", "m ** 2", ("m²", "qm", "sqm")),
    Unit("m3", QuantityKind.VOLUME, "MTQ", "m ** 3", ("m³", "cbm", "m^3")),
    Unit("L", QuantityKind.VOLUME, "LTR", "0.001 * m3", ("l", "litre", "liter", "litres", "liters")),
    Unit("hL", QuantityKind.VOLUME, "HLT", "100 * L", ("hl",)),
    Unit("gal_us", QuantityKind.VOLUME, "GLL", "3.785411784 * L"),  # "gallon" alone is refused: it has two meanings
    Unit("gal_uk", QuantityKind.VOLUME, "GLI", "4.54609 * L"),
    Unit("ft3", QuantityKind.VOLUME, "FTQ", "0.028316846592 * m3", ("ft³", "cf")),
    Unit("m3@din1343", QuantityKind.GAS_VOLUME, "NM3", spellings=("Nm3", "Nm³"), state="din1343"),
    Unit("m3@iso2533", QuantityKind.GAS_VOLUME, "SM3", spellings=("Sm3", "Sm³"), state="iso2533"),
    Unit("m3@iso8778", QuantityKind.GAS_VOLUME, "MTQ", state="iso8778"),
    Unit("m3@iso1217", QuantityKind.GAS_VOLUME, "MTQ", state="iso1217"),
    Unit("m3/h", QuantityKind.VOLUME_FLOW, "MQH", "m3 / h", ("m³/h",)),
    Unit("g", QuantityKind.MASS, "GRM"),
    Unit("kg", QuantityKind.MASS, "KGM", "1000 * g", ("kilogram", "kilograms")),
    Unit("t", QuantityKind.MASS, "TNE", "1000 * kg", ("tonne", "tonnes")),  # "ton" alone is refused: it has three
    Unit("lb", QuantityKind.MASS, "LBR", "0.45359237 * kg"),
    Unit("J", QuantityKind.ENERGY, "JOU", "kg * m ** 2 / s ** 2"),
    Unit("kJ", QuantityKind.ENERGY, "KJO", "1000 * J"),
    Unit("MJ", QuantityKind.ENERGY, "3B", "1000 * kJ"),
    Unit("GJ", QuantityKind.ENERGY, "GV", "1000 * MJ"),  # code GJ is gram per millilitre
    Unit("Wh", QuantityKind.ENERGY, "WHR", "3600 * J", ("WH",)),
    Unit("kWh", QuantityKind.ENERGY, "KWH", "1000 * Wh", ("kwh", "KWH", "kWH", "Kwh")),
    Unit("MWh", QuantityKind.ENERGY, "MWH", "1000 * kWh", ("MWH",)),
    Unit("GWh", QuantityKind.ENERGY, "GWH", "1000 * MWh", ("GWH",)),
    Unit("BTU", QuantityKind.ENERGY, "BTU", "1055.05585262 * J", ("Btu", "btu")),
    Unit("therm_ec", QuantityKind.ENERGY, "N71", "100000 * BTU"),
    Unit("therm_us", QuantityKind.ENERGY, "N72", "105480400 * J"),
    # There is no code for a coal equivalent: the code of its mass, and an item attribute. GB/T 2589: 29.3076 MJ a kgce.
    Unit("kgce", QuantityKind.ENERGY, "KGM", "29.3076 * MJ"),
    Unit("tce", QuantityKind.ENERGY, "TNE", "1000 * kgce"),
    Unit("W", QuantityKind.POWER, "WTT", "J / s"),
    Unit("kW", QuantityKind.POWER, "KWT", "1000 * W", ("kw", "KW")),
    Unit("MW", QuantityKind.POWER, "MAW", "1000 * kW"),
    Unit("kvar", QuantityKind.REACTIVE_POWER, "KVR", spellings=("kVAr", "kVAR")),
    Unit("kvarh", QuantityKind.REACTIVE_ENERGY, "K3", "kvar * h", ("kVArh", "kVARh")),
    Unit("kVA", QuantityKind.APPARENT_POWER, "KVA", spellings=("kva",)),
    Unit("kVAh", QuantityKind.APPARENT_ENERGY, "C79", "kVA * h"),
    Unit("N.m", QuantityKind.TORQUE, "NU", spellings=("N·m", "Nm")),
    Unit("K", QuantityKind.TEMPERATURE, "KEL"),
    Unit("degC", QuantityKind.TEMPERATURE, "CEL", "K; offset: 273.15", ("°C", "℃", "C", "celsius")),
    Unit("degF", QuantityKind.TEMPERATURE, "FAH", "5 / 9 * K; offset: 233.15 + 200 / 9", ("°F", "F", "fahrenheit")),
    Unit("Pa", QuantityKind.PRESSURE, "PAL", "kg / (m * s ** 2)"),
    Unit("kPa", QuantityKind.PRESSURE, "KPA", "1000 * Pa"),
    Unit("bar", QuantityKind.PRESSURE, "BAR", "100 * kPa"),
    Unit("Hz", QuantityKind.FREQUENCY, "HTZ", "1 / s"),
    Unit("rpm", QuantityKind.ROTATION, "RPM"),
    Unit("part", QuantityKind.PARTS, "H87", spellings=("parts", "pc", "pcs", "piece", "pieces")),
    Unit("sheet", QuantityKind.SHEETS, "XST", spellings=("sheets",)),
    Unit("page", QuantityKind.PAGES, "ZP", spellings=("pages",)),
    Unit("cycle", QuantityKind.CYCLES, "B7", spellings=("cycles",)),
    Unit("job", QuantityKind.JOBS, "E51", spellings=("jobs",)),
    Unit("test", QuantityKind.TESTS, "E53", spellings=("tests",)),
    Unit("trip", QuantityKind.TRIPS, "E54", spellings=("trips",)),
    Unit("each", QuantityKind.EACH, "EA", spellings=("ea",)),
    Unit("one", QuantityKind.RATIO, "C62", "[]", ("1",)),
    Unit("%", QuantityKind.RATIO, "P1", "0.01 * one", ("percent",)),
)


#: From the unit of a level to the unit of its use over time: a level of 5 kW for an hour is a use of 5 kWh.
USE_UNITS: Mapping[str, str] = {
    "W": "Wh",
    "kW": "kWh",
    "MW": "MWh",
    "kvar": "kvarh",
    "kVA": "kVAh",
    "m3/h": "m3",
}
#: From the unit of a use to the unit of its average level: a use of 5 kWh in an hour is 5 kW on average.
POWER_UNITS: Mapping[str, str] = {use: level for level, use in USE_UNITS.items()}


def registry() -> "pint.UnitRegistry[Decimal]":
    """The registry, which holds only the units of ``UNITS``; one a process, for units of two cannot be compared.

    Importing pint takes a quarter of a second, so it is imported at the first conversion: most commands need none.
    """
    if not _BUILT:
        # of threads that come first at once each builds one, and all take the same
        import pint  # noqa: PLC0415 see above

        pint.set_application_registry(_BUILT.setdefault("registry", _build()))  # type: ignore[no-untyped-call]  # so that quantities pickle
    return _BUILT["registry"]


_BUILT: "dict[str, pint.UnitRegistry[Decimal]]" = {}


def _build() -> "pint.UnitRegistry[Decimal]":
    import pint  # noqa: PLC0415 see above

    built: pint.UnitRegistry[Decimal] = pint.UnitRegistry(None, non_int_type=Decimal)
    for listed in UNITS:
        built.define(f"{listed.name} = {listed.definition or f'[{listed.name}]'}")
    return built


@cache
def _by_spelling() -> dict[str, Unit]:
    return {spelling: listed for listed in UNITS for spelling in (listed.symbol, *listed.spellings)}


def is_unit(spelling: str) -> bool:
    """Whether a text is a symbol or another listed spelling of a unit, exactly as written.

    It looks for no unit alike, as ``unit`` does to name it, which takes a hundred times as long.
    """
    return spelling in _by_spelling()


def unit(spelling: str) -> Unit:
    """The unit of a symbol or another listed spelling, exactly as written.

    Raises:
        UnknownUnit: it is not listed; ``expected`` has the nearest symbols.
    """
    known = _by_spelling()
    if spelling in known:
        return known[spelling]
    alike = [listed for listed in known if listed.casefold() == spelling.casefold()]
    nearest = list(dict.fromkeys(known[other].symbol for other in alike or get_close_matches(spelling, known, n=3)))
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    raise UnknownUnit(f"{spelling[:40]!r} is no listed unit{hint}", found=spelling[:40], expected=nearest)


def quantity(text: str) -> Quantity:
    """Read a quantity such as ``"12500 kWh"``: a plain number, a blank, a listed unit.

    Raises:
        NotANumber: the number has an exponent or a group separator, or is not a number.
        UnknownUnit: the unit is not listed.
    """
    number, _, spelling = text.partition(" ")
    return quantity_of(exact(number), spelling)


def quantity_of(magnitude_: Decimal, spelling: str) -> Quantity:
    """Make a quantity of a number and a unit in any listed spelling."""
    return registry().Quantity(magnitude_, unit(spelling).name)


def unit_of(amount: Quantity) -> Unit:
    """The listed unit that a quantity is expressed in.

    Raises:
        UnknownUnit: the quantity is in a product of units, which is not in the list.
    """
    named = {listed.name: listed for listed in UNITS}
    name = str(amount.units)
    if name not in named:
        raise UnknownUnit(f"{name!r} is no listed unit", found=name, expected=sorted(named))
    return named[name]


def text(amount: Quantity) -> str:
    """Write a quantity as text that ``quantity`` can read."""
    return f"{plain(amount.magnitude)} {unit_of(amount).symbol}"


@cache
def exact_factor(from_: str, to: str) -> Fraction:
    """The exact factor between two units: MJ → kWh is 5/18.

    Args:
        from_: a listed spelling.
        to: a listed spelling of the same kind and, for a gas, of the same reference state.

    Returns:
        The factor that a number in ``from_`` is multiplied by to give the number in ``to``.

    Raises:
        IncompatibleUnit: the kinds differ, or the gas's reference states (``gas_factor`` has the formula), or the
            units are degrees of temperature, which have no factor.
    """
    source, target = unit(from_), unit(to)
    if source.kind != target.kind:
        raise IncompatibleUnit(
            f"{source.symbol} measures {source.kind}, {target.symbol} measures {target.kind}",
            found=source.symbol,
            expected=[listed.symbol for listed in UNITS if listed.kind == target.kind],
        )
    if source is target:
        return Fraction(1)
    if source.kind is QuantityKind.TEMPERATURE:
        raise IncompatibleUnit("degrees of temperature convert by an offset too, not by a factor", found=source.symbol)
    (many, root), (few, other_root) = _in_root_units(source.name), _in_root_units(target.name)
    if root != other_root:
        raise IncompatibleUnit(
            f"{source.symbol} and {target.symbol} have no common factor; a gas changes its state by a stated formula",
            found=source.symbol,
            expected=target.symbol,
        )
    return many / few


@cache
def _in_root_units(name: str) -> tuple[Fraction, object]:
    units = registry()
    with localcontext(_DIGITS) as context:
        context.traps[Inexact] = True  # a rounded definition raises, instead of giving a wrong factor
        many, root = units.get_root_units(name)
    return Fraction(Decimal(str(many))), root


def root_factor(spelling: str) -> Fraction | None:
    """The exact factor of a unit to the base units that it is defined by; None for a temperature, which has an offset.

    Numbers in base units add up and multiply across the units of a formula.
    """
    of = unit(spelling)
    return None if of.kind is QuantityKind.TEMPERATURE else _in_root_units(of.name)[0]


def times(number: Decimal, factor: Fraction) -> Decimal:
    """Multiply by an exact factor; a result that does not end within 60 digits is rounded half-even to 15 places."""
    if factor == 1:
        return number
    with localcontext(_DIGITS) as context:
        context.clear_flags()
        product = number * factor.numerator / factor.denominator
        return product.quantize(QUOTIENT_STEP) if context.flags[Inexact] else product


def convert(number: Decimal, from_: str, to: str) -> Decimal:
    """Convert a number from one unit to another.

    Convert sums, not their terms: ``times`` rounds a result that does not end.

    Raises:
        IncompatibleUnit: the units measure different things.
    """
    source, target = unit(from_), unit(to)
    if source.kind is target.kind is QuantityKind.TEMPERATURE:
        degrees = registry().Quantity(number, source.name).to(target.name).magnitude
        return degrees if source is target else degrees.quantize(_TEMPERATURE_PLACES)
    return times(number, exact_factor(from_, to))


def convert_all(numbers: Sequence[Decimal], from_: str, to: str) -> list[Decimal]:
    """Convert many numbers from one unit to another, with the same results as ``convert``, but faster.

    Raises:
        IncompatibleUnit: the units measure different things.
    """
    source, target = unit(from_), unit(to)
    if source is target:
        return list(numbers)
    if source.kind is target.kind is QuantityKind.TEMPERATURE:
        slope, zero = _degrees(source.symbol, target.symbol)
        with localcontext(_DIGITS):
            return [
                ((number * slope.numerator + zero) / slope.denominator).quantize(_TEMPERATURE_PLACES)
                for number in numbers
            ]
    factor = exact_factor(from_, to)
    return [times(number, factor) for number in numbers]


@cache
def _degrees(from_: str, to: str) -> tuple[Fraction, Decimal]:
    """The straight line between two temperature scales: its slope, and its value at zero times the slope's denominator.

    A line from °F is derived as the inverse of the line to °F, because only that one has a terminating slope: 1 °C is
    1.8 °F, but 1 °F is 0.55… °C.
    """
    forward = from_ != "degF"
    first, second = (from_, to) if forward else (to, from_)
    at_zero = convert(Decimal(0), first, second)
    slope = Fraction(convert(Decimal(100), first, second) - at_zero) / 100
    zero = Fraction(at_zero)
    if not forward:
        slope, zero = 1 / slope, -zero / slope
    scaled = zero * slope.denominator
    return slope, Decimal(scaled.numerator) / Decimal(scaled.denominator)


def magnitude(amount: Quantity, to: str) -> Decimal:
    """The number of a quantity in a given unit.

    Raises:
        IncompatibleUnit: the quantity measures something else.
    """
    return convert(amount.magnitude, unit_of(amount).symbol, to)
