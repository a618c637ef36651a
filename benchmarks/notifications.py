"""What it costs that what happens is told: deliveries and a bill run with the triggers, against the same without.

Two databases of one server, alike but for the triggers, work by turns in this process: deliveries of 100 readings, all
good; the same with a row that is refused, of which each is told; and a month of contracts with a fee alone, the most
notifications for the least work. What counts is the CPU time of this process and of PostgreSQL together: seconds
depend on what else runs. At last, what has happened is settled and handed to two webhooks.

    python benchmarks/notifications.py [rounds] [deliveries of a turn] [contracts]
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parents[1]))

from api.operations.billing import bill_everything, collect_rarely
from api.operations.readings import ingest
from api.operations.webhooks import create_webhook
from api.server.database import Database
from api.server.provision import administering
from api.webhooks import outbox
from benchmarks.billing_run import fleet, fresh_server, month_after, portfolio
from benchmarks.http_ingest import cpu_s, postmaster
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse

AT_MOST = 1.05  # of what it costs without
TRIGGERS = "select tgrelid::regclass::text, tgname from pg_trigger where tgname like 'tell\\_%'"


@dataclass
class Side:
    """One of the two databases, and what each turn cost: CPU seconds, by what was done."""

    database: Database
    cpu: dict[str, list[float]] = field(default_factory=dict)
    delivered: int = 0
    month: date = date(2026, 1, 1)

    def delivers(self, count: int, *, refused: bool) -> None:
        """Store deliveries of 100 readings of one register, the last of which may be no number."""
        for _ in range(count):
            start = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=100 * self.delivered)
            hours = [(start + timedelta(hours=hour)).isoformat() for hour in range(100)]
            rows = [f"r0,{hour},{number / 10}" for number, hour in enumerate(hours)]
            if refused:
                rows[-1] = f"r0,{hours[-1]},none"
            raw = "\n".join(["register,time,value", *rows]).encode()
            with self.database.transaction(1) as session:
                ingest(session, Sender(f"{self.delivered}.csv", "benchmark", start), raw, IngestOptions())
            self.delivered += 1

    def bills(self) -> None:
        """Issue a month of all contracts."""
        self.month = month_after(self.month)
        done = bill_everything(self.database, 1, datetime.combine(self.month, datetime.min.time(), UTC))
        if done.held:
            raise SystemExit(f"held: {list(done.held.values())[:3]}")


def by_turns(
    sides: tuple[Side, Side], what: str, work: Callable[[Side], None], turn: int, processes: tuple[int, int]
) -> None:
    """Let both work, in another order at each turn, and note what it cost; the first turn warms up."""
    for side in sides if turn % 2 else tuple(reversed(sides)):
        before = sum(map(cpu_s, processes))
        work(side)
        if turn:
            side.cpu.setdefault(what, []).append(sum(map(cpu_s, processes)) - before)


def main() -> None:
    """Work by turns, compare, and settle."""
    given = dict(enumerate(sys.argv))
    rounds, deliveries, contracts = (int(given.get(at, most)) for at, most in enumerate((6, 200, 1000), start=1))
    collect_rarely()
    with fresh_server() as server:
        accesses = [portfolio(server, name, contracts, interval=0) for name in ("told", "untold")]
        with administering(accesses[1].administrator) as administrator:
            for table, trigger in administrator.execute(text(TRIGGERS)).all():
                administrator.execute(text(f"drop trigger {trigger} on {table}"))
        processes = (os.getpid(), postmaster(accesses[0]))
        with closing(Database(accesses[0].app)) as told, closing(Database(accesses[1].app)) as untold:
            sides = Side(told), Side(untold)
            for side in sides:
                with side.database.transaction(1) as session:
                    declare(session, parse(Fleet, fleet(1)))
            works: dict[str, Callable[[Side], None]] = {
                "deliveries, all good": lambda side: side.delivers(deliveries, refused=False),
                "deliveries, one row refused": lambda side: side.delivers(deliveries, refused=True),
                "invoices of a fee": Side.bills,
            }
            for turn in range(rounds + 1):
                for what, work in works.items():
                    by_turns(sides, what, work, turn, processes)
            ratios = [compared(sides, what) for what in works]
            settle(told)
    if max(ratios) > AT_MOST:
        raise SystemExit("what is told costs more than a twentieth")


def compared(sides: tuple[Side, Side], what: str) -> float:
    """Print what a turn cost with the triggers, as a ratio to without."""
    pairs = [first / second for first, second in zip(sides[0].cpu[what], sides[1].cpu[what], strict=True)]
    ratio = sum(sides[0].cpu[what]) / sum(sides[1].cpu[what])
    spread = statistics.stdev(pairs) / len(pairs) ** 0.5 if len(pairs) > 1 else 0
    print(f"  {what}: CPU {ratio:.3f} of that without (± {spread:.3f}; at most {AT_MOST})")
    return ratio


def settle(database: Database) -> None:
    """Settle all that has happened, and hand it to two webhooks."""
    with database.transaction(1) as session:
        for _ in range(2):
            create_webhook(session, "https://erp.example.com/hooks", at=datetime.now(UTC))
    settled, began = 0, time.perf_counter()
    while True:
        with database.transaction(1) as session:
            portion = outbox.settle_portion(session, datetime.now(UTC))
        settled += portion
        if portion < outbox.PORTION:
            break
    print(f"  {settled} notifications settled for two webhooks, {settled / (time.perf_counter() - began):.0f}/s")


if __name__ == "__main__":
    main()
