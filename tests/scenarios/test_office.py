"""A real office, two years of hours in local time: what is invoiced adds up to what was metered, to the last digit.

Source: kW-Labs/nmecr (MIT), 17,452 rows; the two hours that the clock repeats each stand four times, a product of two loads
and two temperatures; distinct pairs of time and load number 17,448 and sum to 7646988.7637793 kWh.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from api.operations.readings import ingest
from api.server.database import Access, Database
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from tests.billing.scene import Scene, agreed, on

OFFICE = Path(__file__).parents[3] / "shared/data/buildings/nmecr_office_hourly_2019_2021.csv"

FLEET = """
sites:
  - name: Office
    zone: America/Los_Angeles
    assets:
      - name: Building
        meters:
          - name: Main
            registers: [{key: main.kwh, kind: interval, unit: kWh, resolution: "0.0000001", interval_minutes: "60"}]
"""
CONTRACT = """
contract: OFFICE
supplier: {name: Utility, country: IE, vat_id: IE1234567FA}
customer: {name: Tenant, country: IE}
assets: [Building]
currency: USD
zone: America/Los_Angeles
starts: 2019-04-13
ends: 2021-04-09
charges:
  - {name: base fee, rule: {kind: fixed_fee, amount: "250.00"}}
  - name: electricity
    register: main.kwh
    rule: {kind: graduated, unit: kWh, tiers: [{up_to: "200000", unit_price: "0.18"}, {up_to: "300000", unit_price: "0.16"}, {unit_price: "0.14"}]}
"""


@pytest.mark.skipif(not OFFICE.exists(), reason="the office's data is not beside this checkout")
def test_the_invoiced_kwh_add_up_to_the_metered_ones(access: Access, database: Database) -> None:
    scene = Scene(access, database)
    raw = OFFICE.read_bytes()
    told = IngestOptions({"time": "time", "value": "eload_kwh"}, "main.kwh", "kWh", zone="local")
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
        agreed(session, CONTRACT, on("2019-04-01"))
        receipt = ingest(session, Sender("office.csv", "anna", on("2021-04-10")), raw, told)
    assert (receipt.stored, receipt.unchanged, receipt.refused, receipt.verdicts) == (17_448, 4, 0, ())

    done = scene.bills("2021-05-01")
    assert (done.held, len(done.invoices)) == ({}, 25)
    lines = [line for each in scene.invoices() for line in each.lines if line.charge == "electricity"]
    assert Decimal("7646988.7637793") == sum((line.quantity for line in lines), Decimal(0))
    assert scene.replays() == []

    with database.transaction(1) as session:
        again = ingest(session, Sender("office.csv", "anna", on("2021-05-02")), raw, told)
    assert (0, 17_452, receipt.batch) == (again.stored, again.unchanged, again.seen_before)
