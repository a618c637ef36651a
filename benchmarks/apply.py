"""A fleet declared and contracts applied: in bulk and one by one, few and many; then listed and searched.

The limit of the same run is a bare COPY of the very rows, by the owner, into tables with the same keys and no triggers.
Each size is a tenant of its own on one fresh server, which is in memory where there is room and analyses nothing by
itself, as in ``billing_run.py``. The times of lists and searches are the best of some, through the operations that both
doors call. Beside the time stands the processor time of the program and of the server's process that worked for it:
what it would take where nothing else runs, whatever else the machine is doing.

    python benchmarks/apply.py [few] [many] [one by one]
"""

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: in it, http.py would stand for the library's own

import gc
import json
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlmodel import Session

from api.operations import contracts as contract_operations
from api.operations import contracts_in_bulk as in_bulk
from api.operations import fleet as fleet_operations
from api.operations.billing import collect_rarely
from api.server.database import Access, Database
from api.server.embedded import SUPERUSER
from api.server.provision import administering, upgrade
from benchmarks.billing_run import SIGNED, document, fresh_server, owner
from contracts.contract_query import ContractQuery
from contracts.life import ContractState
from metering.fleet.meter import Fleet
from metering.fleet.register_query import RegisterQuery
from metering.tenants.store import create_tenant, four_eyes
from quantities.document import parse, read

CUSTOMERS_A_HUNDRED = 25
FLEET_TABLES, CONTRACT_TABLES = ("asset", "meter", "register", "series"), ("party", "contract", "contract_version")
ASKED = 5

#: Of the contract of ``billing_run.py``: a fee, two over a register, and a discount.
CHARGES = ("fee", "energy", "transport", "rebate")


@dataclass(frozen=True)
class Work:
    """What so many assets or contracts took, and what the same rows took as a bare COPY."""

    what: str
    count: int
    seconds: float
    program: float
    server: float
    limit: float

    @property
    def line(self) -> str:
        """It in words: how many a second, the ratio to the limit, and the processor time of one."""
        ratio = f"{self.limit / self.seconds:.3f}" if self.limit else "    -"
        return (
            f"{self.count:9,} {self.what:34} {self.count / self.seconds:9,.0f}/s {ratio:>7} "
            f"{self.program / self.count * 1000:7.2f} + {self.server / self.count * 1000:5.2f} ms CPU"
        )


def assets(numbers: range) -> dict[str, Any]:
    """A fleet document: assets with a meter and an hourly register each, a hundred to a site."""
    common = {"kind": "interval", "unit": "kWh", "resolution": "0.1", "interval_minutes": "60"}
    sites: dict[str, list[dict[str, Any]]] = {}
    for number in numbers:
        meter = {"name": f"M{number}", "registers": [{"key": f"r{number}", "aliases": [f"OBIS-{number}"], **common}]}
        sites.setdefault(f"S{number // 100}", []).append({"name": f"A{number}", "meters": [meter]})
    return {"sites": [{"name": name, "zone": "Europe/Berlin", "assets": there} for name, there in sites.items()]}


def contract(number: int, size: int) -> dict[str, Any]:
    """A contract of four charges over an asset and its register."""
    customer = f"Customer {number % max(size * CUSTOMERS_A_HUNDRED // 100, 1):06}"
    terms = document(number, metered=True)
    return terms | {
        "charges": [charge for charge in terms["charges"] if charge["name"] in CHARGES],
        "customer": {"name": customer, "country": "DE"},
        "assets": [f"A{number}"],
    }


@dataclass(frozen=True)
class Place:
    """A tenant, and the database."""

    access: Access
    database: Database
    tenant: int

    def measured(self, what: str, count: int, work: Callable[[], object], tables: Sequence[str] = ()) -> Work:
        """Do some work and, where tables are named, copy the rows that they have then once more."""
        gc.collect()
        with self.transaction() as session:
            pid = session.connection().connection.driver_connection.info.backend_pid
        started, program, server = perf_counter(), process_time(), processor_time(pid)
        work()
        took, program, server = perf_counter() - started, process_time() - program, processor_time(pid) - server
        return Work(what, count, took, program, server, self.limit(tables))

    def limit(self, tables: Sequence[str]) -> float:
        """How long a bare COPY of the tenant's rows takes, the quickest of three."""
        with owner(self.access) as connection:
            rows = {}
            for table in tables:
                asked = f"copy (select * from {table} where tenant = {self.tenant} order by id) to stdout"
                with connection.cursor() as cursor, cursor.copy(asked.encode()) as copy:
                    rows[table] = b"".join(bytes(row) for row in copy)
            return min(self._copied(connection, rows) for _ in range(3)) if rows else 0.0

    @staticmethod
    def _copied(connection: Any, rows: dict[str, bytes]) -> float:
        for table in rows:
            connection.execute(
                f"create temporary table copied_{table} (like {table} including all excluding generated)"
            )
        started = perf_counter()
        for table, text_ in rows.items():
            with connection.cursor() as cursor, cursor.copy(f"copy copied_{table} from stdin".encode()) as copy:
                copy.write(text_)
        took = perf_counter() - started
        connection.rollback()
        return took

    def transaction(self) -> Any:
        """A transaction of the tenant."""
        return self.database.transaction(self.tenant)


def processor_time(pid: int) -> float:
    """The processor seconds that a process of this machine has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def declared(place: Place, raw: bytes) -> None:
    """Declare a fleet as a door does, from its bytes."""
    fleet = parse(Fleet, read(raw, len(raw)))
    with place.transaction() as session:
        fleet_operations.declare(session, fleet, who="anna", at=datetime.now(UTC))


def applied_in_bulk(place: Place, lines: bytes) -> None:
    """Apply contracts as a door does, from a document a line, all in one transaction."""
    with place.transaction() as session:
        in_bulk.record_all(session, in_bulk.documents_of(lines), in_bulk.Recording("anna", SIGNED))


def applied_one_by_one(place: Place, lines: bytes) -> None:
    """Apply contracts, each in a request of its own."""
    for line in lines.splitlines():
        with place.transaction() as session:
            contract_operations.record(session, read(line), who="anna", at=SIGNED)


def grown(place: Place, size: int, single: int) -> list[Work]:
    """Declare and apply so many in bulk, and then some more one by one."""
    every, more = range(size), range(size, size + single)
    raw = json.dumps(assets(every)).encode()
    lines = "\n".join(json.dumps(contract(number, size)) for number in every).encode()
    more_lines = "\n".join(json.dumps(contract(number, size)) for number in more).encode()
    works = [
        place.measured("assets in one document", size, lambda: declared(place, raw), FLEET_TABLES),
        place.measured("the same again", size, lambda: declared(place, raw)),
        place.measured("assets one by one", single, lambda: _each(place, more)),
        place.measured("contracts in bulk", size, lambda: applied_in_bulk(place, lines), CONTRACT_TABLES),
        place.measured("the same again", size, lambda: applied_in_bulk(place, lines)),
        place.measured("contracts one by one", single, lambda: applied_one_by_one(place, more_lines)),
    ]
    for work in works:
        print(work.line)
    return works


def _each(place: Place, numbers: range) -> None:
    for number in numbers:
        declared(place, json.dumps(assets(range(number, number + 1))).encode())


def looked_up(place: Place, size: int) -> dict[str, float]:
    """The milliseconds of lists and searches, the best of some of each."""
    middle = f"C-{size // 2:06}"
    listed = contract_operations.list_contracts
    registers, at = fleet_operations.list_registers, datetime.now(UTC)
    asked: dict[str, Callable[[Session], Sequence[object]]] = {
        "contracts, the first 100": lambda session: listed(session, ContractQuery(), at).rows,
        "the 100 in the middle": lambda session: listed(session, ContractQuery(after=middle), at).rows,
        "by the begin of the reference": lambda session: listed(session, ContractQuery(begins=middle[:-1]), at).rows,
        "by customer": lambda session: listed(session, ContractQuery(customer="Customer 000007"), at).rows,
        "in a state that none is in": lambda session: (
            listed(session, ContractQuery(state=ContractState.SUSPENDED), at).rows
        ),
        "in force on a day": lambda session: listed(session, ContractQuery(in_force_on=at.date()), at).rows,
        "by a customer that is none": lambda session: listed(session, ContractQuery(customer="Nobody"), at).rows,
        "one contract": lambda session: contract_operations.versions(session, middle),
        "registers, the first 100": lambda session: registers(session, RegisterQuery()).rows,
        "by the begin of the key": lambda session: registers(session, RegisterQuery(begins=f"r{size // 2}"[:-1])).rows,
        "of an asset": lambda session: registers(session, RegisterQuery(asset=f"A{size // 2}")).rows,
        "of a site": lambda session: registers(session, RegisterQuery(site=f"S{size // 200}")).rows,
    }
    times = {}
    for what, ask in asked.items():
        tries, rows = [], list[Sequence[object]]()

        def ask_once(ask: Callable[[Session], Sequence[object]] = ask, rows: list[Sequence[object]] = rows) -> None:
            with place.transaction() as session:
                rows.append(ask(session))

        ask_once()
        works = [place.measured(what, 1, ask_once) for _ in range(ASKED)]
        tries = [work.seconds * 1000 for work in works]
        program, server = (sum(getattr(work, name) for work in works) / ASKED * 1000 for name in ("program", "server"))
        times[what] = min(tries)
        print(
            f"{size:9,} {what:34} {min(tries):8.1f} ms at best, {sum(tries) / ASKED:6.1f} on average, "
            f"{program:6.1f} + {server:5.1f} ms CPU ({len(rows[0])} rows)"
        )
    return times


def main(few: int = 1000, many: int = 4000, single: int = 100) -> None:
    """Measure few and many, and print how what one costs grows."""
    collect_rarely()  # as a process that records many does
    with fresh_server() as server:
        access = Access(server.url("apply"), server.url("apply", SUPERUSER))
        upgrade(access)
        works, times = {}, {}
        for size in (few, many):
            with administering(access.administrator) as administrator:
                tenant = create_tenant(administrator, f"of {size}")
                four_eyes(administrator, tenant, {"by": "anna", "at": SIGNED.isoformat(), "reason": "a benchmark"})
            with closing(Database(access.app)) as database:
                place = Place(access, database, tenant)
                works[size] = grown(place, size, single)
                times[size] = looked_up(place, size)
        for before, after in zip(works[few], works[many], strict=True):
            growth = (after.seconds / after.count) / (before.seconds / before.count)
            print(f"{after.what}: one of {after.count:,} costs {growth:.2f} times one of {before.count:,}")
    print(f"the slowest list or search over {many:,} took {max(times[many].values()):.1f} ms (goal: 50)")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
