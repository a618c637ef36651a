"""What a contract may ask of a register is what can be billed: over every aggregation, register kind and kind of unit.

A check passes exactly if counting such a use, in PostgreSQL, gives a quantity that converts to the unit of its price.
"""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from api.operations.readings import ingest
from api.server.database import Database
from billing.counting.store import count
from contracts.checks.fleet import faults_against_fleet
from contracts.contract import Contract
from contracts.schedule import BillingPeriod
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet, Register, RegisterKind
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log.as_of import NOW
from metering.usage.aggregation import Aggregation, unit_counted
from quantities.conversion import conversion
from quantities.document import parse
from quantities.errors import UsufructError
from quantities.quantity import POWER_UNITS, UNITS, USE_UNITS, QuantityKind

DAY = BillingPeriod(date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 5), date(2026, 1, 6))
NOTHING = frozenset[str]()
#: The first listed unit of each kind of quantity, and units whose level and use are in the list as well.
ONE_OF_EACH_KIND = list({unit.kind: unit.symbol for unit in reversed(UNITS)}.values())
SYMBOLS = sorted({*ONE_OF_EACH_KIND, "kWh", "kW"})
TIMES = (QuantityKind.DURATION, QuantityKind.MACHINE_TIME)
SYMBOLS_OF_TIME = sorted({unit.symbol for unit in UNITS if unit.kind in TIMES} & set(SYMBOLS))


def register(kind: RegisterKind, symbol: str) -> Register:
    return Register.model_validate({
        "key": f"{kind.value}.{symbol}", "kind": kind, "unit": symbol, "resolution": "1",
        "interval_minutes": "720" if kind is RegisterKind.INTERVAL else None,
        "states": [{"code": "1", "name": "run", "used": True}] if kind is RegisterKind.STATE else [],
    })  # fmt: skip


REGISTERS = [
    register(kind, symbol)
    for kind in RegisterKind
    for symbol in (SYMBOLS_OF_TIME if kind is RegisterKind.STATE else SYMBOLS)
]


def a_contract(aggregation: Aggregation, counted: Register, target: str, *, by_rule: bool = False) -> Contract:
    """A price per ``target`` of a named use of one register; by rule, the demand that a rule asks of its sum."""
    rule = {"kind": "demand"} if by_rule else {"kind": "per_unit"}
    return parse(Contract, {
        "contract": "C", "supplier": {"name": "S", "country": "DE"}, "customer": {"name": "K", "country": "DE"},
        "currency": "EUR", "zone": "Europe/Berlin", "starts": "2026-01-01",
        "usages": [{"name": "use", "registers": [counted.key], "aggregation": aggregation.value}],
        "charges": [{"name": "c", "usage": "use", "rule": {**rule, "unit": target, "unit_price": "1"}}],
    })  # fmt: skip


@pytest.fixture
def metered(database: Database) -> Database:
    meter = {"name": "M", "registers": [known.model_dump(mode="json") for known in REGISTERS]}
    site = {"name": "Werk", "zone": "Europe/Berlin", "assets": [{"name": "Press", "meters": [meter]}]}
    rows = "\n".join(
        f"{known.key},2026-01-0{day}T{hour}:00:00+01:00,1"
        for known in REGISTERS
        for day, hour in ((5, "00"), (5, "12"), (6, "00"))
    )
    with database.transaction(1) as session:
        declare(session, Fleet.model_validate({"sites": [site]}))
        sender = Sender("all.csv", "anna", datetime(2026, 1, 7, tzinfo=UTC))
        receipt = ingest(session, sender, f"register,time,value\n{rows}".encode(), IngestOptions())
        assert receipt.verdicts == ()
    return database


def test_a_check_passes_exactly_if_the_use_is_counted_in_a_unit_that_converts(metered: Database) -> None:
    known = {counted.key: counted for counted in REGISTERS}
    asked = [(*pair, False) for pair in product(Aggregation, REGISTERS)]
    asked += [(Aggregation.SUM, counted, True) for counted in REGISTERS]
    contracts = [a_contract(how, counted, counted.unit, by_rule=by_rule) for how, counted, by_rule in asked]
    with metered.transaction(1) as session:
        results = count(session, [(contract, DAY, frozenset({"c"})) for contract in contracts], NOW)
    billed = sum(not isinstance(result, UsufructError) for result in results)
    assert 400 < billed < len(results)  # most can be counted, and not all
    wrong = []
    for (how, counted, by_rule), contract, result in zip(asked, contracts, results, strict=True):
        use = None if isinstance(result, UsufructError) else result["c"].usage
        for target in {counted.unit, "each", "one", "kW", "kWh"}:
            billable = use is not None and converts(use.unit, target)
            (charge,) = contract.charges
            priced = charge.model_copy(update={"rule": charge.rule.model_copy(update={"unit": target})})
            faults = faults_against_fleet(contract.model_copy(update={"charges": (priced,)}), known, NOTHING)
            if billable is bool(faults):
                wrong.append((how.value, counted.key, target, by_rule, use and use.unit, faults))
    assert wrong == []


def converts(from_: str, to: str) -> bool:
    try:
        conversion(from_, to)
    except UsufructError:
        return False
    return True


@pytest.mark.parametrize(("how", "kind", "symbol", "counted"), [
    (Aggregation.SUM, RegisterKind.INTERVAL, "kg", "kg"),
    (Aggregation.SUM, RegisterKind.INSTANTANEOUS, "kW", "kWh"),
    (Aggregation.SUM, RegisterKind.INSTANTANEOUS, "degC", None),
    (Aggregation.MEAN, RegisterKind.INSTANTANEOUS, "degC", "degC"),
    (Aggregation.MEAN, RegisterKind.INTERVAL, "kWh", "kW"),
    (Aggregation.MEAN, RegisterKind.INTERVAL, "kg", None),
    (Aggregation.DEMAND, RegisterKind.CUMULATIVE, "kWh", "kW"),
    (Aggregation.DEMAND, RegisterKind.INSTANTANEOUS, "kWh", None),
    (Aggregation.COUNT, RegisterKind.EVENT, "kg", "each"),
    (Aggregation.UNIQUE, RegisterKind.INTERVAL, "kg", "each"),
    (Aggregation.LAST, RegisterKind.CUMULATIVE, "machine_hour", "machine_hour"),
    (Aggregation.LAST, RegisterKind.STATE, "h", "one"),
])  # fmt: skip
def test_the_unit_of_an_aggregation(how: Aggregation, kind: RegisterKind, symbol: str, counted: str | None) -> None:
    assert unit_counted(how, register(kind, symbol)) == counted


def test_what_is_refused_has_its_place() -> None:
    contract = a_contract(Aggregation.MEAN, register(RegisterKind.INTERVAL, "g"), "g")
    (fault,) = faults_against_fleet(contract, {known.key: known for known in REGISTERS}, NOTHING)
    assert (fault.path, fault.code, fault.found) == ("/usages/0/registers/0", "no-mean", "g")


def test_the_use_of_a_level_over_an_hour_has_that_level_on_average() -> None:
    assert {level: POWER_UNITS[use] for level, use in USE_UNITS.items()} == {level: level for level in USE_UNITS}
