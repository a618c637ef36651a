"""A tick over many contracts of which nothing is due: what it costs to look at every kind of due work at once.

The rows are made by SQL alone: contracts with their planning and a year of closed work each, drafts of some that wait
for review, and a closed delivery of each. The measure of the same run is a transaction that asks for ``select 1``.

    python benchmarks/due_work.py [contracts] [tenants]
"""

import statistics
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from api.due_work.tick import Ticker, look
from api.operations.billing import bill_everything, tick
from api.server.database import Access, Database
from api.server.provision import administering
from benchmarks.billing_run import fresh_server, portfolio
from benchmarks.tick import nothing, seconds

NOW, ROUNDS = datetime(2026, 2, 1, 12, tzinfo=UTC), 51
QUERIES_MOST, MS_MOST = 5, 20

_MADE = """
    set session_replication_role = replica;
    insert into contract (tenant, reference, supplier_id, customer_id)
    select c.tenant, 'made ' || n, c.supplier_id, c.customer_id
    from (select * from contract order by id limit 1) c, generate_series(1, {contracts}) n;
    insert into due (tenant, kind, contract, period, attempt, due_at)
    select tenant, 'planning', id, daterange(null, null), 0, timestamptz '2026-03-01' + id % 28 * interval '1 day'
    from contract where reference like 'made %';
    insert into due (tenant, kind, contract, period, attempt, due_at, done_at, by_itself)
    select tenant, 'period', id, daterange(day::date, (day + interval '1 month')::date), 0, day, day, true
    from contract, generate_series(timestamp '2025-02-01', '2026-01-01', '1 month') day where reference like 'made %';
    insert into due (tenant, kind, contract, period, attempt, due_at)
    select tenant, 'period', id, daterange('2026-01-01', '2026-02-01'), 1, '2026-02-01'
    from contract where reference like 'made %' and id % 10 = 0;
    set session_replication_role = default;
    analyze due; analyze contract;
"""


def make(access: Access, contracts: int) -> None:
    """Fill the first tenant with contracts of which nothing is due that issues by itself."""
    with administering(access.administrator) as connection:
        for statement in _MADE.format(contracts=contracts).split(";"):
            if statement.strip():
                connection.execute(text(statement))


def main(contracts: int = 100_000) -> None:
    """Tick with nothing due, and say how long it takes and how many statements it sends."""
    with fresh_server() as server:
        access = portfolio(server, "ticking", 1, interval=0)
        with closing(Database(access.app)) as database:
            bill_everything(database, 1, NOW)  # the one contract that they are made after is planned, and billed
            tick(database, NOW)  # and what came of it is looked through
            make(access, contracts)
            works = {name: lambda _: 0 for name in ("bill", "deliver", "collect", "webhooks", "rerate", "remind")}
            ticker = Ticker(database, works, clock=lambda: NOW)
            seen = [one for one in look(database, NOW) if one.kind in {"plan", "bill", "deliver", "collect"}]
            print(f"due before: {seen or 'nothing'}")
            least = statistics.median(seconds(lambda: nothing(database)) for _ in range(ROUNDS))
            statements = list[str]()
            real = database.look_up

            def counted(query: str, asked: Mapping[str, object]) -> list[tuple[Any, ...]]:
                statements.append(query)
                return real(query, asked)

            database.look_up = counted  # type: ignore[method-assign]
            event.listen(Engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
            ticker.tick_through()
            queries = len(statements)
            took = sorted(seconds(ticker.tick_through) for _ in range(ROUNDS))
            ticker.close()
    median, worst = statistics.median(took) * 1000, took[-1] * 1000
    print(f"{contracts:,} contracts: {median:.2f} ms a tick ({worst:.2f} at worst), {queries} queries; ", end="")
    print(f"select 1: {least * 1000:.2f} ms (limits: {MS_MOST} ms, {QUERIES_MOST} queries)")
    if median > MS_MOST or queries > QUERIES_MOST:
        raise SystemExit("over the limit")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
