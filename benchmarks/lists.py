"""Milliseconds of a page of a hundred invoices, by filter and by order, of very many; the best of some.

python benchmarks/lists.py [invoices]
"""

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: in it, http.py would stand for the library's own

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from time import perf_counter

from sqlalchemy import text
from sqlmodel import Session

from api.operations.billing import bill_everything
from api.operations.invoices import list_invoices, total_invoices
from api.server.database import Acting, Database
from api.server.provision import administering
from benchmarks.billing_run import HOURLY, deliver, fresh_server, month_after, portfolio
from billing.invoices.invoice_query import InvoiceQuery
from billing.invoices.listed import ids_listed
from billing.invoices.store import heads

_CONTRACTS, _TRIES = 20, 5
_NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
_COPIES = """
    set session_replication_role = replica;
    insert into invoice (tenant, kind, contract_id, version_id, issuer_id, customer_id, first, after_last, year,
                         sequence, number, issued_on, due_on, currency, net, vat, gross, watermark, inputs, created_at)
    select i.tenant, i.kind, i.contract_id, i.version_id, i.issuer_id, i.customer_id, i.first + 31 + n,
           i.after_last + 31 + n, 2100, n * {contracts} + i.sequence, 'B-' || n * {contracts} + i.sequence,
           i.issued_on + n % 500, i.due_on + n % 500, i.currency, i.net, i.vat, i.gross, i.watermark, i.inputs,
           i.created_at
    from invoice i, generate_series(1, {copies}) n order by n, i.id;
"""


def main(invoices: int = 100_000) -> None:
    """Copy a month's invoices until there are as many, and ask."""
    with fresh_server() as server:
        access, first = portfolio(server, "listed", _CONTRACTS, interval=HOURLY), date(2026, 1, 1)
        with closing(Database(access.app)) as database:
            deliver(database, _CONTRACTS, first)
            bill_everything(database, 1, datetime.combine(month_after(first), datetime.min.time(), UTC))
        with administering(access.administrator) as administrator:
            administrator.execute(text(_COPIES.format(contracts=_CONTRACTS, copies=invoices // _CONTRACTS)))
        with administering(access.administrator) as administrator:
            administrator.execute(text("analyze"))
        with closing(Database(access.app)) as database:
            measure(database)


def measure(database: Database) -> None:
    """Print what is asked, and what it takes."""
    with database.transaction(1) as session:
        (row,) = heads(session, ids_listed(session, InvoiceQuery())[:1])
        party, inputs = row.row.customer_id, row.row.inputs
    asked = {
        "the first page": InvoiceQuery(),
        "the newest": InvoiceQuery(sort="-created"),
        "by day of issue": InvoiceQuery(sort="-issued_on"),
        "by period": InvoiceQuery(sort="-period_from"),
        "of a month": InvoiceQuery(month="2026-09"),
        "of a month, newest first": InvoiceQuery(month="2026-09", sort="-issued_on"),
        "of a service month": InvoiceQuery(service_month="2033-06"),
        "of a customer": InvoiceQuery(customer=inputs.customer.name),
        "of a customer and a month": InvoiceQuery(customer=inputs.customer.name, month="2026-09"),
        "of a contract": InvoiceQuery(contract=inputs.contract),
        "of a supplier": InvoiceQuery(supplier=inputs.supplier.name),
        "of a supplier that is none": InvoiceQuery(supplier="Nobody"),
        "corrections, of which there are none": InvoiceQuery(kind="correction"),
        "overdue": InvoiceQuery(payment="overdue"),
        "of a month, with the count": InvoiceQuery(month="2026-09", total=True),
    }
    for what, query in asked.items():
        print(f"{what:40} {best(database, lambda session, query=query: list_invoices(session, query, _NOW)):7.1f} ms")  # type: ignore[misc]
    customer = Acting(None, "customer")
    own = best(
        database, lambda session: list_invoices(session, InvoiceQuery(), _NOW, as_customer=True), party, customer
    )
    print(f"{'as a customer':40} {own:7.1f} ms")
    month = best(database, lambda session: total_invoices(session, InvoiceQuery(month="2026-09"), _NOW))
    print(f"{'totals of a month':40} {month:7.1f} ms")
    print(
        f"{'totals of all':40} {best(database, lambda session: total_invoices(session, InvoiceQuery(), _NOW)):7.1f} ms"
    )


def best(
    database: Database, ask: Callable[[Session], object], party: int | None = None, acting: Acting | None = None
) -> float:
    """The milliseconds of the quickest of some tries."""
    tries = []
    for _ in range(_TRIES):
        with database.transaction(1, party, acting=acting or Acting()) as session:
            session.connection()
            started = perf_counter()
            ask(session)
            tries.append((perf_counter() - started) * 1000)
    return min(tries)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
