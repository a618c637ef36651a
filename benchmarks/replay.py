"""Replays a second, against invoices a second of the run that made them: ten charges over hourly readings.

python benchmarks/replay.py [contracts] [months]
"""

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: in it, http.py would stand for the library's own

from contextlib import closing
from datetime import UTC, date, datetime
from time import perf_counter, process_time

from api.operations.billing import bill_everything, collect_rarely
from api.operations.rating import replay_issued_invoices
from api.server.database import Database
from benchmarks.billing_run import HOURLY, deliver, fresh_server, month_after, portfolio


def main(contracts: int = 500, months: int = 2) -> None:
    """Bill, and replay all that is issued, month by month."""
    collect_rarely()  # as a process that bills does
    print(f"{'month':>7} {'invoices':>9} {'made/s':>8} {'replayed':>9} {'replayed/s':>11} {'CPU ms':>7} {'ratio':>6}")
    with fresh_server() as server:
        access, first = portfolio(server, "replayed", contracts, interval=HOURLY), date(2026, 1, 1)
        for _ in range(months):
            with closing(Database(access.app)) as database:
                deliver(database, contracts, first)
                now = datetime.combine(month_after(first), datetime.min.time(), UTC)
                started = perf_counter()
                made = len(bill_everything(database, 1, now).invoices)
                made_s = made / (perf_counter() - started)
            with closing(Database(access.app)) as database, database.transaction(1) as session:
                started, used = perf_counter(), process_time()
                replayed = replay_issued_invoices(session)
                replayed_s = replayed.count / (perf_counter() - started)
                used = (process_time() - used) / replayed.count * 1000
            if replayed.discrepancies or made != contracts:
                raise SystemExit(f"{made} made; {replayed.discrepancies[:3]}")
            print(
                f"{first:%Y-%m} {made:9,} {made_s:8,.0f} {replayed.count:9,} {replayed_s:11,.0f} {used:7.2f} "
                f"{replayed_s / made_s:6.2f}"
            )
            first = month_after(first)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
