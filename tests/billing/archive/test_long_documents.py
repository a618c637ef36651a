"""A document of many lines costs as its lines do: twice as many, about twice the time, from the bill to the original."""

from time import process_time

import pytest

from api.operations.originals import find_original
from api.operations.readings import ingest
from api.server.database import Access, Database
from contracts.invoicing import InvoiceForm
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from tests.billing.scene import Scene, agreed, on
from tests.build import meters

AT = on("2026-03-10")
#: CPU seconds of a document of 500 lines, with its hold before the number, or of its original.
MOST_S = 3
#: Twice the lines, and a tenth for what grows a little faster, as sorting does; half of it again for a busy machine.
MOST_OF_TWICE = 2.6
HEAD = """
invoicing: {{form: zugferd, order: PO-4711}}
contract: C-{count}
supplier: {{name: Nordluft, country: DE, address: [Hafenstraße 1, 20457 Hamburg], vat_id: DE136695976}}
customer: {{name: Blechwerke, country: DE, address: [Industriestraße 40, 50735 Köln], vat_id: DE129273398}}
assets: [{assets}]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
settings: {{least_coverage: "0"}}
charges:
"""
CHARGE = "  - {{name: energy {n}, register: {key}, rule: {{kind: per_unit, unit: kWh, unit_price: '0.{n:04}'}}}}\n"
MACHINE = """
      - name: P{count}-{n}
        meters:
          - name: M{count}-{n}
            registers:
              - {{key: {key}, kind: cumulative, unit: kWh, resolution: "0.1", modulus: "100000"}}
"""
READS = "{key},2026-01-01T00:00+01:00,{n}\n{key},2026-01-15T00:00+01:00,{more}\n{key},2026-02-01T00:00+01:00,{most}\n"


def agreed_of(scene: Scene, count: int) -> None:
    """A contract of so many lines a month, each of a machine of its own, whose counter was read three times."""
    keys = [f"kwh-{count}-{n}" for n in range(1, count + 1)]
    machines = "".join(MACHINE.format(count=count, n=n, key=key).strip("\n") + "\n" for n, key in enumerate(keys, 1))
    assets = ", ".join(f"P{count}-{n}" for n in range(1, count + 1))
    charges = "".join(CHARGE.format(n=n, key=key) for n, key in enumerate(keys, 1))
    with scene.database.transaction(scene.tenant) as session:
        meters(session)
        fleet = f"sites:\n  - name: Works {count}\n    zone: Europe/Berlin\n    assets:\n{machines}"
        declare(session, parse(Fleet, read(fleet)))
        agreed(session, HEAD.format(count=count, assets=assets) + charges)
        reads = "".join(READS.format(key=key, n=n, more=n + 50, most=n + 100) for n, key in enumerate(keys, 1))
        ingest(
            session, Sender(f"{count}.csv", "telematics", AT), f"register,time,value\n{reads}".encode(), IngestOptions()
        )


def cost(scene: Scene, number: str, count: int) -> tuple[float, float]:
    """CPU seconds of a bill with its hold, and of its original; of this process, not of the database's."""
    agreed_of(scene, count)
    begun = process_time()
    scene.bills("2026-02-01")
    billed = process_time()
    with scene.database.transaction(scene.tenant) as session:
        original = find_original(session, number, AT)
    made = process_time()
    assert original.form is InvoiceForm.ZUGFERD
    assert original.report.errors == ()
    assert len(next(one for one in scene.invoices() if one.row.number == number).lines) == count
    return billed - begun, made - billed


@pytest.mark.long
def test_twice_the_lines_cost_about_twice(access: Access, database: Database) -> None:
    scene = Scene(access, database)
    cost(scene, "2026-000001", 10)  # what is loaded and compiled once in a process
    half, whole = cost(scene, "2026-000002", 250), cost(scene, "2026-000003", 500)
    print(f"250 lines: {half[0]:.2f} s to bill, {half[1]:.2f} s its original; 500: {whole[0]:.2f} and {whole[1]:.2f} s")
    assert max(whole) < MOST_S
    assert sum(whole) / sum(half) < MOST_OF_TWICE
