"""What registers are asked together: each answers as it does alone, and many contracts ask no more often than few."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from api.operations.readings import ingest
from api.server.database import Database
from billing.counting import questions
from billing.counting.store import CountingRequests, count
from contracts.contract import Contract
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log.as_of import NOW
from quantities.document import parse
from quantities.errors import UsufructError

RUN = {"code": "1", "name": "RUN", "used": "true"}
KINDS: dict[str, dict[str, Any]] = {
    "energy": {"kind": "interval", "unit": "kWh", "resolution": "0.1", "interval_minutes": "60"},
    "unsteady": {"kind": "interval", "unit": "kWh", "resolution": "0.1"},
    "counter": {"kind": "cumulative", "unit": "kWh", "resolution": "0.1"},
    "level": {"kind": "instantaneous", "unit": "kW", "resolution": "0.1"},
    "parts": {"kind": "event", "unit": "part", "resolution": "1", "dimensions": ["shift"]},
    "state": {
        "kind": "state",
        "unit": "machine_hour",
        "resolution": "1",
        "states": [RUN, {"code": "2", "name": "IDLE"}],
    },
}
TENTH = date(2026, 1, 10)
HALVES = {"bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}], "otherwise": "night"}
DEMAND = {"kind": "demand", "unit": "kW", "unit_price": "9", "block_minutes": "120"}
#: By charge, the kind of register that it asks, and its rule: bands, demands, days, groups, states.
ASKING: dict[str, tuple[str, dict[str, Any]]] = {
    "bands": (
        "energy",
        {"kind": "time_of_use", "unit": "kWh", "calendar": HALVES, "unit_prices": {"day": "2", "night": "1"}},
    ),
    "peak": ("energy", DEMAND),
    "climb": ("counter", DEMAND | {"block_minutes": "1440"}),
    "sliding": ("energy", DEMAND | {"sliding": "true"}),
    "shifts": ("parts", {"kind": "per_unit", "unit": "part", "unit_price": "1", "by": ["shift"]}),
    "days": ("level", {"kind": "per_unit", "unit": "kW", "unit_price": "1", "each_day": "share"}),
    "idle": ("state", {"kind": "per_unit", "unit": "machine_hour", "unit_price": "1"}),
}


def contract(number: int, zone: str = "Europe/Berlin", **other_registers: str) -> Contract:
    """A contract that asks everything of registers of its own."""
    charges = [
        {"name": name, "usage": name, "rule": rule}
        | ({} if name == "idle" else {"usage": None, "register": f"{kind}{number}"})
        for name, (kind, rule) in ASKING.items()
    ]
    for charge in charges:
        if charge["usage"] is None:
            del charge["usage"]
        if str(charge["name"]) in other_registers:
            charge["register"] = other_registers[str(charge["name"])]
    party = {"name": "A", "country": "DE"}
    terms = {
        "contract": f"C-{number}", "supplier": party, "customer": party | {"name": "B"}, "currency": "EUR", "zone": zone,
        "starts": "2026-01-01", "usages": [{"name": "idle", "registers": [f"state{number}"], "states": ["IDLE"]}],
        "charges": charges, "settings": {"least_coverage": "0"},
    }  # fmt: skip
    return parse(Contract, terms)


def fleet(many: int) -> Fleet:
    registers = [{"key": f"{kind}{number}", **terms} for number in range(many) for kind, terms in KINDS.items()]
    asset = {"name": "Press", "meters": [{"name": "M", "registers": registers}]}
    return parse(Fleet, {"sites": [{"name": "Hall", "zone": "Europe/Berlin", "assets": [asset]}]})


def rows(many: int) -> Iterator[tuple[str, str]]:
    """A file for each register, of January; the third has a gap, and the fourth no events and no level."""
    begin = datetime(2025, 12, 31, 23, tzinfo=UTC)
    for number in range(many):
        hours = [begin + timedelta(hours=hour) for hour in range(770) if number != 2 or not 30 < hour < 60]
        of_energy = "\n".join(f"{at.isoformat()},{(at.hour * 7 + number * 3) % 50}.{at.day % 10}" for at in hours)
        yield f"energy{number}", f"time,value\n{of_energy}"
        of_weeks = [f"{at.isoformat()},{(at + timedelta(days=7)).isoformat()},70" for at in hours[:600:168]]
        yield f"unsteady{number}", "start,end,value\n" + "\n".join(of_weeks)
        climbing = "\n".join(
            f"{at.isoformat()},{(at - begin) // timedelta(hours=1) * (number + 1)}" for at in hours[::7]
        )
        yield f"counter{number}", f"time,value\n{climbing}"
        yield f"state{number}", "time,value\n" + "\n".join(f"{at.isoformat()},{1 + at.hour % 2}" for at in hours[::5])
        if number != 3:
            level = "\n".join(f"{at.isoformat()},{(at.hour + number) % 9}.5" for at in hours[::9])
            yield f"level{number}", f"time,value\n{level}"
            made = "\n".join(f"{at.isoformat()},1,{'early' if at.hour < 12 else 'late'}" for at in hours[number::6])
            yield f"parts{number}", f"time,value,shift\n{made}"


@pytest.fixture
def measured(database: Database) -> Callable[[int], Database]:
    def of(many: int) -> Database:
        with database.transaction(1) as session:
            declare(session, fleet(many))
            for key, table in rows(many):
                sender = Sender(f"{key}.csv", "telematics", datetime(2026, 2, 1, tzinfo=UTC))
                receipt = ingest(session, sender, table.encode(), IngestOptions(register=key))
                assert receipt.refused == 0
        return database

    return of


def requests(*agreed: Contract) -> CountingRequests:
    return [(terms, next(terms.periods()), frozenset(ASKING)) for terms in agreed]


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(*call: Any) -> None:
        sent.append(str(call[2]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


def as_told(counted: object) -> object:
    return (type(counted), str(counted)) if isinstance(counted, UsufructError) else counted


@pytest.mark.parametrize("at_once", [1, 2, 50])
def test_each_answers_as_it_does_alone(
    measured: Callable[[int], Database], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(questions, "_AT_ONCE", at_once)
    agreed = [contract(number) for number in range(4)]
    agreed += [contract(0, "America/New_York"), contract(1, sliding="unsteady1"), contract(2, peak="energy0")]
    with measured(4).transaction(1) as session:
        together = count(session, requests(*agreed), NOW)
        alone = [counted for terms in agreed for counted in count(session, requests(terms), NOW)]
    assert [as_told(counted) for counted in together] == [as_told(counted) for counted in alone]
    assert [isinstance(counted, UsufructError) for counted in together] == [
        False,
        False,
        False,
        True,
        False,
        True,
        False,
    ]
    assert "days: no read" in str(together[3])
    assert str(together[5]).startswith("sliding: unsteady1 has no interval")


def test_stretches_of_a_month_that_an_amendment_cut_are_asked_beside_whole_months(
    measured: Callable[[int], Database],
) -> None:
    """As of two watermarks: a correction in between changes the answers of its own days alone."""
    asked = [
        (terms, month.meet(first, after_last), frozenset(ASKING))
        for terms in (contract(0), contract(1))
        for month in (next(terms.periods()),)
        for first, after_last in ((month.first, None), (month.first, TENTH), (TENTH, None))
    ]
    of_periods = [(terms, period, names) for terms, period, names in asked if period is not None]
    with measured(2).transaction(1) as session:
        before = count(session, of_periods, NOW)
        (watermark,) = session.execute(text("select max(id) from batch")).one()
        sender = Sender("late.csv", "telematics", datetime(2026, 2, 2, tzinfo=UTC), "a meter was swapped")
        late = b"time,value\n2026-01-20T12:00:00+00:00,99.9"
        assert ingest(session, sender, late, IngestOptions(register="energy0")).stored == 1
        after = count(session, of_periods, NOW)
        assert [as_told(counted) for counted in count(session, of_periods, watermark)] == [*map(as_told, before)]
        assert [as_told(counted) for request in of_periods for counted in count(session, [request], NOW)] == [
            *map(as_told, after)
        ]
    assert [old != new for old, new in zip(before, after, strict=True)] == [True, False, True, False, False, False]


def test_many_contracts_ask_no_more_often_than_few(measured: Callable[[int], Database]) -> None:
    with measured(9).transaction(1) as session:
        asked = []
        for many in (1, 2, 9):
            with statements(session) as sent:
                count(session, requests(*(contract(number) for number in range(many) if number != 3)), NOW)
            asked.append(len(sent))
    assert asked[0] == asked[1] == asked[2]
