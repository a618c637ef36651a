import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.gas import STATES, GasState, ImpossibleState, convert_gas, gas_factor
from quantities.quantity import (
    UNITS,
    IncompatibleUnit,
    QuantityKind,
    UnknownUnit,
    convert,
    exact_factor,
    magnitude,
    quantity,
    text,
    times,
    unit,
)

FACTORED = [listed for listed in UNITS if listed.kind not in {QuantityKind.TEMPERATURE, QuantityKind.GAS_VOLUME}]

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("number", "from_", "to", "expected"), [
    pytest.param("12500", "kWh", "MWh", "12.5", id="÷ 1000"),
    pytest.param("1", "GJ", "kWh", "277.777777777777778", id="1e9 / 3.6e6, at 15 places"),
    pytest.param("18", "MJ", "kWh", "5", id="18 × 5/18 is 5 and not 4.9999"),
    pytest.param("1", "BTU", "J", "1055.05585262", id="International Table"),
    pytest.param("90", "min", "h", "1.5", id="90 / 60"),
    pytest.param("20", "degC", "degF", "68", id="20 × 9/5 + 32"),
    pytest.param("-40", "°F", "°C", "-40", id="(−40 − 32) × 5/9"),
    pytest.param("0", "degC", "K", "273.15", id="offset alone"),
    pytest.param("5", "machine-hours", "machine_minute", "300", id="× 60"),
    pytest.param("50", "%", "one", "0.5", id="÷ 100"),
])  # fmt: skip
def test_conversions(number: str, from_: str, to: str, expected: str) -> None:
    assert Decimal(expected) == convert(Decimal(number), from_, to)


@pytest.mark.parametrize(("from_", "to", "what"), [
    pytest.param("N.m", "J", "torque is not energy", id="torque"),
    pytest.param("kVA", "kW", "apparent is not real power", id="apparent power"),
    pytest.param("kvarh", "kWh", "reactive is not real energy", id="reactive energy"),
    pytest.param("h", "machine_hour", "a calendar hour is not a machine-hour", id="hours"),
    pytest.param("kWh", "kW", "energy is not power", id="power"),
    pytest.param("part", "sheet", "a part is not a sheet", id="counts"),
    pytest.param("Hz", "rpm", "pint would give 6.283", id="turning"),
    pytest.param("Nm3", "m3", "a gas has a reference state", id="gas at a state"),
    pytest.param("m3@iso1217", "m3@din1343", "states convert by formula", id="two states"),
    pytest.param("degC", "degF", "an offset is no factor", id="temperature"),
])  # fmt: skip
def test_what_only_looks_alike_has_no_factor(from_: str, to: str, what: str) -> None:
    with pytest.raises(IncompatibleUnit):
        exact_factor(from_, to)


@pytest.mark.parametrize(("spelling", "nearest"), [
    pytest.param("kwH", "kWh", id="case"),
    pytest.param("kWhh", "kWh", id="typing"),
    pytest.param("MW h", "MWh", id="a blank"),
    pytest.param("machinehour", "machine_hour", id="a mark"),
    pytest.param("m3@din1344", "m3@din1343", id="a state"),
])  # fmt: skip
def test_an_unknown_unit_comes_back_with_the_nearest(spelling: str, nearest: str) -> None:
    with pytest.raises(UnknownUnit) as refusal:
        unit(spelling)
    assert nearest in str(refusal.value.members["expected"])


@pytest.mark.parametrize(
    "spelling", ["ton", "gallon", "month", "count", "Nm**3", "kilowatt_hour", "", "9**9**9", "mw", "pcs per h"]
)
def test_what_pint_would_take_and_we_do_not(spelling: str) -> None:
    with pytest.raises(UnknownUnit):
        unit(spelling)


def test_pcs_are_parts_and_not_parsecs() -> None:
    assert unit("pcs").kind is QuantityKind.PARTS


def test_every_unit_of_a_kind_has_an_exact_factor_to_every_other() -> None:
    for one, other in combinations(FACTORED, 2):
        if one.kind == other.kind:
            assert exact_factor(one.symbol, other.symbol) * exact_factor(other.symbol, one.symbol) == 1


def test_every_unit_has_a_code_and_every_spelling_one_meaning() -> None:
    spellings = [spelling for listed in UNITS for spelling in (listed.symbol, *listed.spellings)]
    assert len(set(spellings)) == len(spellings)
    assert all(listed.code for listed in UNITS)
    assert tuple(unit(symbol).code for symbol in ("GJ", "MJ", "kWh", "machine_hour")) == ("GV", "3B", "KWH", "HUR")


@given(st.lists(st.decimals(0, 10**9, places=6), max_size=50))
def test_sums_are_converted_and_the_factor_is_exact(numbers: list[Decimal]) -> None:
    """convert(sum) = sum(convert) for the exact factor, for a pair of units whose quotient does not end."""
    factor = exact_factor("MJ", "kWh")
    assert factor == Fraction(5, 18)
    assert Fraction(sum(numbers, Decimal(0))) * factor == sum(
        (Fraction(number) * factor for number in numbers), Fraction(0)
    )


@given(st.decimals(-(10**12), 10**12, places=9))
def test_there_and_back_again_loses_nothing_that_a_register_holds(number: Decimal) -> None:
    there = convert(number, "MJ", "kWh")
    assert number == convert(there, "kWh", "MJ").quantize(Decimal("1E-9"))


def test_quantities_travel_between_processes_and_read_as_they_are_written() -> None:
    amount = quantity("12500.50 kWh")
    assert amount == pickle.loads(pickle.dumps(amount))  # noqa: S301 our own bytes
    assert text(amount) == "12500.50 kWh"
    assert magnitude(amount, "MWh") == Decimal("12.50050")


class TestAGasVolumeNamesItsState:
    """ "… taking ISO 1217 air for Nm³ is 8 % of the bill."""

    def test_iso_1217_to_din_1343(self) -> None:
        # 1 / 1.01325 × 273.15 / 293.15 = 0.98692 × 0.93178 = 0.91959
        assert Decimal("0.91959") == convert_gas(Decimal(1), "m3@iso1217", "Nm3").quantize(Decimal("1E-5"))

    def test_iso_2533_to_din_1343(self) -> None:
        # 273.15 / 288.15, the pressure being the same
        assert gas_factor(STATES["iso2533"], STATES["din1343"]) == Fraction("273.15") / Fraction("288.15")

    def test_a_humid_state_counts_its_dry_part(self) -> None:
        # (1 − 0.01520545) / 1: both at 20 °C and 1 bar, one of them dry
        assert gas_factor(STATES["iso8778"], STATES["iso1217"]) == Fraction("0.98479455")

    def test_there_and_back_is_one(self) -> None:
        for one, other in combinations(STATES.values(), 2):
            assert gas_factor(one, other) * gas_factor(other, one) == 1

    def test_a_volume_without_state_does_not_convert(self) -> None:
        with pytest.raises(IncompatibleUnit):
            convert_gas(Decimal(1), "m3", "Nm3")

    def test_operating_conditions_are_a_state_as_well(self) -> None:
        # 7 bar(g) = 8.01325 bar(a), 35 °C, dry → DIN 1343: 8.01325/1.01325 × 273.15/308.15 = 7.0102
        line = GasState("transmitters", Decimal("8.01325"), Decimal(35))
        assert Decimal("7.0102") == times(Decimal(1), gas_factor(line, STATES["din1343"])).quantize(Decimal("1E-4"))

    @pytest.mark.parametrize("state", [("1", "-273.15", "0"), ("1", "20", "1"), ("0", "20", "0"), ("1", "20", "-0.1")])
    def test_no_gas(self, state: tuple[str, str, str]) -> None:
        with pytest.raises(ImpossibleState):
            GasState("nowhere", *(Decimal(number) for number in state))


def test_threads_that_convert_first_at_once_share_one_registry() -> None:
    """A process that has just begun to serve: units of two registries cannot be compared."""
    program = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from quantities.quantity import exact_factor
barrier = Barrier(8)
def first(units):
    barrier.wait()
    return exact_factor(*units)
pairs = [("Wh", "kWh"), ("MWh", "kWh"), ("MJ", "kWh"), ("kWh", "MWh"), ("W", "kW"), ("h", "min"), ("kg", "t"), ("t", "kg")]
with ThreadPoolExecutor(8) as threads:
    print(*threads.map(first, pairs))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert told.stdout.split() == ["1/1000", "1000", "5/18", "1/1000", "1/1000", "60", "1/1000", "1000"], told.stderr
