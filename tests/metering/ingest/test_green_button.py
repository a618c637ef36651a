"""Real Green Button files: what is stored adds up to an independent sum; sent again adds nothing; corrected shows both.

Source: test data of vladistan/greenbutton_objects (Apache-2.0), beside the checkout and not part of it.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from api.operations.readings import ingest
from api.server.database import Database
from metering.deliveries.history import readings_listed
from metering.deliveries.reading_query import ReadingQuery
from metering.deliveries.receipt import Receipt, Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare, registers
from metering.ingest import IngestOptions
from quantities.document import parse, read
from quantities.period import Period

FOLDER = Path(__file__).parents[4] / "shared/data/green_button"
FLEET = """
sites:
  - name: Coast
    zone: America/Los_Angeles
    assets:
      - name: House
        meters:
          - name: Main
            registers:
              - {key: wh, kind: interval, unit: Wh, resolution: "1"}
              - {key: gas, kind: interval, unit: therm_us, resolution: "0.001"}
"""
#: Each file with the count and the sum of its values, found by a search for <value> and no XML parser.
ELECTRICITY = [
    pytest.param(
        "Coastal_Multi_Family_Jan_1_2011_to_Jan_1_2012_RetailCustomer_5.xml", 8760, 4425305, id="a year of hours"
    ),
    pytest.param("TestGBDataHourlyNineDaysBinnedDaily.xml", 216, 199563, id="nine days, a block each"),
    pytest.param("electric_containerized.xml", 8, 4086, id="two blocks, abridged"),
]
GAS = "ngma_gas_provider_2024-07-16.xml"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the files are not beside this checkout")


@pytest.fixture
def declared(database: Database) -> Database:
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    return database


def delivered(database: Database, raw: bytes, options: IngestOptions, reason: str | None = None) -> Receipt:
    with database.transaction(1) as session:
        sender = Sender("feed.xml", "portal", datetime(2026, 1, 1, tzinfo=UTC), reason)
        return ingest(session, sender, raw, options)


def stored(database: Database) -> tuple[int, Decimal]:
    query = "select count(value), coalesce(sum(value), 0) from (select distinct on (series, start) * from reading order by series, start, batch desc) r"
    with database.transaction(1) as session:
        return tuple(session.execute(text(query)).one())


def independent(raw: bytes) -> list[int]:
    """The values of interval readings, by a search over the text."""
    values = re.findall(rb"<(?:\w+:)?IntervalReading>.*?<(?:\w+:)?value>\s*(\d+)\s*</", raw, re.DOTALL)
    return [int(value) for value in values]


@pytest.mark.parametrize(("name", "count", "total"), ELECTRICITY)
def test_a_file_is_stored_whole_once(declared: Database, name: str, count: int, total: int) -> None:
    raw = (FOLDER / name).read_bytes()
    assert (count, total) == (len(independent(raw)), sum(independent(raw)))
    first = delivered(declared, raw, IngestOptions(register="wh"))
    assert (first.stored, first.refused) == (count, 0)
    assert (count, Decimal(total)) == stored(declared)
    again = delivered(declared, raw, IngestOptions(register="wh"))
    assert (0, count, first.batch) == (again.stored, again.unchanged, again.seen_before)
    assert (count, Decimal(total)) == stored(declared)


def test_a_corrected_file_becomes_corrections_and_both_values_stay(declared: Database) -> None:
    raw = (FOLDER / "TestGBDataHourlyNineDaysBinnedDaily.xml").read_bytes()
    delivered(declared, raw, IngestOptions(register="wh"))
    value = independent(raw)[0]
    corrected = re.sub(rb"(<value>\s*)%d(\s*</value>)" % value, rb"\g<1>%d\2" % (value + 100), raw, count=1)
    receipt = delivered(declared, corrected, IngestOptions(register="wh"), "meter test")
    assert (receipt.stored, receipt.corrected, receipt.unchanged) == (1, 1, 215)
    assert (216, Decimal(199563 + 100)) == stored(declared)
    with declared.transaction(1) as session:
        start = datetime.fromtimestamp(1388552400, UTC)
        hour = Period(start, start.replace(hour=start.hour + 1))
        asked = ReadingQuery(first=hour.start, last=hour.end, history=True)
        versions = readings_listed(session, registers(session)["wh"], hour, asked).rows
    assert [(Decimal(value), False, None), (Decimal(value + 100), True, "meter test")] == [
        (version.value, version.current, version.reason) for version in versions
    ]


def test_a_gas_file_whose_blocks_all_state_one_start_is_refused_block_by_block(declared: Database) -> None:
    """Its 36 months begin at the instant that the file was made, and no reading type says in what unit they are."""
    raw = (FOLDER / GAS).read_bytes()
    receipt = delivered(declared, raw, IngestOptions(register="gas"))
    assert (receipt.stored, receipt.refused) == (0, 36)
    assert 2_651_000 == sum(independent(raw)) == sum(int(verdict.found.split()[0]) for verdict in receipt.verdicts)
    assert {verdict.code for verdict in receipt.verdicts} == {"several_extents"}


def test_and_stored_whole_once_its_sender_tells_the_unit_and_where_the_first_begins(declared: Database) -> None:
    raw = (FOLDER / GAS).read_bytes()
    options = IngestOptions(register="gas", unit="therm_us", blocks_start=datetime(2021, 7, 1, tzinfo=UTC))
    receipt = delivered(declared, raw, options)
    assert (receipt.stored, receipt.refused) == (36, 0)
    assert (36, Decimal(2_651_000)) == stored(declared)
    assert ((again := delivered(declared, raw, options)).stored, again.unchanged) == (0, 36)
