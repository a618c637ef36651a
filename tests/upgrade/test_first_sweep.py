"""What the first sweep after an upgrade finds in each dump, to the last rating, and what the corrections come to.

The sweep looks at the newest rating of each period once more, by what that asked; the migration of ratings (0007) gave
those of the releases before it the reach that they should have had. So it finds what these had missed, and nothing else.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.server.database import Database
from api.server.embedded import EmbeddedServer
from billing import run
from billing.sources.sweep import sweep
from tests.scenarios.world import World
from tests.upgrade.dump import upgraded
from tests.upgrade.maker import OFFICES, TENANTS
from tests.upgrade.played import DATABASES


@dataclass(frozen=True)
class Expected:
    """What a first sweep comes to.

    Attributes:
        on: the day of it.
        found: contract, first day of the period, whose answer is another one, and the net of the correction.
    """

    on: str
    found: list[tuple[str, str, str, str]]


FIRST_SWEEP = {
    "0006": Expected(
        "2026-04-04",
        [
            # Drafts of March had looked at these once more; the migration discards them (0010), and all is found again.
            ("COMMITTED", "2026-01-01", "disputes", "0.00"),  # the dispute of February was waived
            ("COMMITTED", "2026-02-01", "disputes", "-12.60"),  # 42 kWh at 0.30
            # The index of January was revised on 18 March, from 121.5 to 122.1. It was not missed: the bill of March would
            # have brought it, but March waits for readings that are in question. 0.8 × 0.6 / 120 of 54 EUR.
            ("INDEXED", "2026-02-01", "index", "0.22"),
            ("RATCHET", "2026-02-01", "readings", "0.00"),  # as the first two: no higher peak
        ],
    ),
    "0006_missed": Expected(
        "2026-03-04",
        [
            # A first read that came late: evidence began with the first read that there was, 1050 on 5 January.
            ("COUNTER", "2026-01-01", "readings", "5.00"),  # from 1000 on 30 December: 50 kWh
            # As above, of a level that holds: nothing was known until 11 January.
            ("HELD", "2026-01-01", "readings", "48.00"),  # 2 kW for 240 hours
            # The period was the last one, so that there was no bill to bring a correction.
            ("LAST", "2026-01-01", "readings", "15.00"),  # 60 and 90 parts
            # A line billed before its next read: evidence ended with the period, and the read is of 5 February.
            ("LINE", "2026-01-01", "readings", "360.00"),  # from 10 kW on the 22nd to 20 kW by 1 February: 3,600 kWh
            # Issued until 16 January and prolonged afterwards: what was to come was held as billed in part, for ever.
            ("PROLONGED", "2026-01-01", "versions", "30.00"),  # 300 parts on the 20th
            # The last period: an amendment that was recorded late. 0.20 from the 15th on, 300 parts on the 20th.
            ("REPRICED", "2026-01-01", "versions", "30.00"),
            # The last period: the final value of an index. 106 for 104, of 700 parts at 0.10.
            ("REVISED", "2026-01-01", "index", "1.40"),
            # The last period: held apart for a dispute, which was settled as due.
            ("SETTLED", "2026-01-01", "disputes", "70.00"),
            # A first state that came late: nothing was known until 5 January.
            ("STATE", "2026-01-01", "readings", "9.60"),  # the machine ran for 96 hours
            # Not here are EDGE and FOUND, whose corrections the bill of February brought; DEVICE, whose counter was
            # exchanged; and every February.
        ],
    ),
    "0007": Expected(
        "2026-04-04",
        [
            # This release missed nothing: what was delivered, and linked, after its last run is found.
            ("CLOCK", "2026-01-01", "readings", "3.00"),  # 10 kWh by day, at 300 EUR/MWh
            ("HEAT", "2026-02-01", "readings", "1.11"),  # 20 MJ are 5.56 kWh, at 0.20
            ("PEAK", "2026-01-01", "readings", "0.00"),  # no higher peak
            ("RENAMED", "2026-01-01", "readings", "5.00"),  # 10 kWh at 0.50, of which 6 were billed so in February
        ],
    ),
}


def sweeps(world: World, database: Database) -> list[tuple[str, str, str]]:
    """Let each tenant's sweep look; name what it marks."""
    marks: list[tuple[str, str, str]] = []
    for maker in makers(world):
        with database.transaction(TENANTS[maker]) as session:
            before = session.execute(_STALE).all()
            run.refresh(session, TENANTS[maker], world.now)
            marks += [(row.reference, row.first, row.sources) for row in session.execute(_STALE) if row not in before]
    return sorted(marks)


_STALE = text("""
    select c.reference, cast(r.first as text), array_to_string(s.sources, ' ') as sources
    from stale s join rating r on r.id = s.rating_id join contract c on c.id = r.contract_id""")


def marked(world: World, database: Database) -> list[int]:
    """Let each tenant's sweep look once more; name the ratings that it marks, those with a mark among them."""
    ratings: list[int] = []
    for maker in makers(world):
        with database.transaction(TENANTS[maker]) as session:
            ratings += sweep(session, world.now)
    return ratings


def makers(world: World) -> list[str]:
    """Who bills here."""
    return [maker for maker in OFFICES if maker in world.keys]


def corrected(world: World) -> dict[tuple[str, str], str]:
    """Bill 15 days later; of each contract and first day of a period, the net of the lines that correct it."""
    world.now += timedelta(days=15)
    nets: dict[tuple[str, str], Decimal] = {}
    for maker in makers(world):
        done = world.done(maker, "POST", "/v1/bill", params={"issue": "true"})["invoices"]
        heads = {head["number"]: head for head in world.done(maker, "GET", "/v1/invoices")}
        for number in [head["number"] for head in done]:
            for line in world.done(maker, "GET", f"/v1/invoices/{number}")["lines"]:
                if line["corrects"]:
                    key = heads[number]["contract"], heads[line["corrects"]["number"]]["period_from"]
                    nets[key] = nets.get(key, Decimal(0)) + Decimal(line["net"])
    return {key: str(net) for key, net in nets.items()}


def test_each_dump_is_swept() -> None:
    assert FIRST_SWEEP.keys() == {folder.name for folder in DATABASES.iterdir()}


@pytest.mark.parametrize(
    "dump", ["0007", *(pytest.param(dump, marks=pytest.mark.long) for dump in FIRST_SWEEP if dump != "0007")]
)
def test_the_first_sweep_finds_what_is_listed_and_a_second_one_nothing(server: EmbeddedServer, dump: str) -> None:
    folder, expected = DATABASES / dump, FIRST_SWEEP[dump]
    keys = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["keys"]
    with upgraded(server, folder, keys) as world:
        world.now = datetime.fromisoformat(f"{expected.on}T06:00:00+00:00")
        database = Database(world.access.app)
        marks = sweeps(world, database)
        again = marked(world, database)
        nets = corrected(world)
        later = marked(world, database)
        database.close()
        for maker in makers(world):
            assert world.done(OFFICES[maker], "POST", "/v1/replay")["unproven"] == []
    assert [(*one, nets.get(one[:2], "0.00")) for one in marks] == expected.found
    assert again == later == []
