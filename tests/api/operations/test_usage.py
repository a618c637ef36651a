"""What registers counted, as both doors ask it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlmodel import Session

from api.operations import fleet
from api.operations.readings import ingest
from api.operations.usage import NoStates, UsageOverDays, states, usage, usage_of_many
from api.server.database import Database
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import NoSuchRegister
from metering.ingest import IngestOptions
from metering.usage.aggregation import Granularity
from quantities.document import parse, read

FLEET = """
sites:
  - name: Lisboa
    zone: Europe/Lisbon
    assets: [{name: A, meters: [{name: A, registers: [{key: west, kind: interval, unit: kWh, resolution: "1", interval_minutes: "60"}]}]}]
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: B
        meters:
          - name: B
            registers:
              - {key: east, kind: interval, unit: kWh, resolution: "1", interval_minutes: "60"}
              - {key: more, kind: interval, unit: kWh, resolution: "1", interval_minutes: "60"}
"""
#: One hour before midnight in Lisbon is midnight in Berlin: the reading is of another local day.
READINGS = "time,value,register\n2026-01-05T23:00Z,7,west\n2026-01-05T23:00Z,5,east\n2026-01-06T10:00Z,1,east\n"
JANUARY_6 = UsageOverDays(first=date(2026, 1, 6), after_last=date(2026, 1, 7), every=Granularity.WHOLE)


@pytest.fixture
def metered(database: Database) -> Database:
    with database.transaction(1) as session:
        fleet.declare(session, parse(Fleet, read(FLEET)), who="anna", at=datetime(2026, 2, 1, tzinfo=UTC))
        sender = Sender("t.csv", "anna", datetime(2026, 2, 1, tzinfo=UTC))
        ingest(session, sender, READINGS.encode(), IngestOptions())
    return database


def value_of(session: Session, key: str, asked: UsageOverDays) -> Decimal | None:
    (part,) = usage(session, key, asked).parts
    return part.value


def test_days_are_those_of_the_registers_own_site(metered: Database) -> None:
    with metered.transaction(1) as session:
        assert value_of(session, "west", JANUARY_6) is None
        assert value_of(session, "east", JANUARY_6) == 6


def test_as_of_a_batch_before_the_delivery_nothing_was_read(metered: Database) -> None:
    before = UsageOverDays(first=JANUARY_6.first, after_last=JANUARY_6.after_last, every=Granularity.WHOLE, as_of=0)
    with metered.transaction(1) as session:
        assert value_of(session, "east", before) is None


def test_of_many_each_register_is_answered_once_and_one_zone_together(metered: Database) -> None:
    with metered.transaction(1) as session:
        counted = usage_of_many(session, ["more", "west", "east", "more"], JANUARY_6)
    assert [answer.register.register.key for answer in counted] == ["more", "east", "west"]
    assert [part.value for answer in counted for part in answer.parts] == [None, 6, None]


def test_of_many_a_register_that_is_not_there_is_named(metered: Database) -> None:
    with metered.transaction(1) as session, pytest.raises(NoSuchRegister) as refusal:
        usage_of_many(session, ["east", "nowhere"], JANUARY_6)
    assert refusal.value.members["found"] == "nowhere"


def test_a_customer_without_a_contract_over_the_register_does_not_learn_that_it_exists(metered: Database) -> None:
    with metered.transaction(1, 1) as session:
        for key in ("east", "nowhere"):
            with pytest.raises(NoSuchRegister, match=f"there is no register '{key}' here"):
                usage(session, key, JANUARY_6, as_customer=True)


def test_nor_does_it_learn_so_by_days_that_no_calendar_has(metered: Database) -> None:
    asked = UsageOverDays(first=date(1, 1, 1), after_last=date(1, 1, 2))
    with metered.transaction(1, 1) as session:
        for key in ("east", "nowhere"):
            with pytest.raises(NoSuchRegister):
                usage(session, key, asked, as_customer=True)
            with pytest.raises(NoSuchRegister):
                states(session, key, asked.first, asked.after_last, Granularity.DAY, as_customer=True)


def test_only_a_state_register_has_states(metered: Database) -> None:
    with metered.transaction(1) as session, pytest.raises(NoStates, match="east is a interval register"):
        states(session, "east", date(2026, 1, 6), date(2026, 1, 7), Granularity.DAY)
