"""What others meet while many write: ``/health`` and another tenant's request, idle against under load.

One process serves; 200 writers deliver to one register of one tenant, a reading a request, as fast as they are
answered. The limit is the same without them: ``/health`` and the other tenant's request alone, and one writer alone.
First form: one process, the client on the same two cores.

    python benchmarks/many_writers.py [writers] [seconds]
"""

import asyncio
import statistics
import sys
from datetime import UTC, datetime

from sqlalchemy import text

from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.people import enrol
from api.server.database import Access, Database, reach
from api.server.provision import administering, upgrade
from api.server.settings import Settings
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.tenants.store import create_tenant
from quantities.document import parse, read
from tests.billing.scene import FLEET
from tests.reliability.load import Answers, Place, Watch, writing
from tests.reliability.serving import served

DATABASE = "usufruct_benchmark"


def prepared(access: Access) -> tuple[str, str]:
    """Make the database anew, with two tenants; a key for each."""
    with administering(access.administrator.set(database="postgres")) as administrator:
        administrator.execute(text(f"drop database if exists {DATABASE} with (force)"))
    upgrade(access)
    with administering(access.administrator) as administrator:
        tenants = [create_tenant(administrator, name) for name in ("Nordluft", "Südpresse")]
    database, keys = Database(access.app), []
    for tenant in tenants:
        with database.transaction(tenant) as session:
            keys.append(enrol(session, NewIdentity("feed", Role.OWNER), at=datetime.now(UTC)).key)
    with database.transaction(tenants[0]) as session:
        declare(session, parse(Fleet, read(FLEET)))
    database.close()
    return keys[0], keys[1]


def told(name: str, answers: Answers, watch: Watch, seconds: float) -> None:
    """Print one row."""
    stored, refused = answers.statuses.count(201), answers.statuses.count(503)
    columns = [f"{stored / seconds:9.0f}", f"{refused:5d}", f"{answers.slowest_s * 1000:11.0f}"]
    for met in (watch.health_s, watch.other_tenant_s):
        p95 = statistics.quantiles(met, n=20)[-1] if len(met) > 1 else met[0]
        columns.append(f"{statistics.median(met) * 1000:9.1f} {p95 * 1000:7.1f} {max(met) * 1000:7.1f}")
    print(f"{name:>14} {' '.join(columns)}")


def main() -> None:
    """Idle, one writer, many."""
    given = dict(enumerate(sys.argv))
    writers, seconds = int(given.get(1, 200)), float(given.get(2, 15))
    with reach(Settings(database=DATABASE)) as access:
        place_keys = prepared(access)
        with served(access) as address:
            place = Place(address, *place_keys)
            asyncio.run(writing(place, 1, 1))  # warm
            print(f"{'':>14} {'stored/s':>9} {'503':>5} {'slowest ms':>11} {'/health p50 p95 max':>25} {'another':>25}")
            rows = {}
            for count in (0, 1, writers):
                rows[count] = asyncio.run(writing(place, count, seconds))
                told(f"{count} writers", *rows[count], seconds)
    one, many = (rows[count][0].statuses.count(201) for count in (1, writers))
    idle, busy = (statistics.median(rows[count][1].health_s) for count in (0, writers))
    print(
        f"{writers} writers store {many / one:.2f} times what one does; /health takes {busy / idle:.1f} times as long"
    )


if __name__ == "__main__":
    main()
