"""The chapter of the money: what happens from April to May 2026, and what is open right after each happening.

All that it prints is read from the product.
"""

from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.markup import escape

from api.cli.context import Rows, table
from api.demo.money.customers import CUSTOMERS
from api.demo.money.house import simulated_house
from api.demo.money.month import AGREED, SUPPLIER, MonthOfMoney
from api.demo.money.open_items import OpenItem
from api.operations.due_work import DueOut, DueQuery, list_due
from api.operations.dunning import list_due_steps
from api.server.database import Database
from billing.dunning.views import DueStepOut
from quantities.number import plain

_LOOKED_AHEAD_TO = date(2026, 6, 8)


def tell(database: Database, tenant: int, out: Console) -> None:
    """Tell of the month: what happens, and what is open right after it."""
    out.print("\n[bold]And the money? From here on the scheduler does it; on a clock of simulated days.[/]\n")
    with simulated_house(database, SUPPLIER, SUPPLIER, AGREED) as house:
        month = MonthOfMoney(house, tenant)
        for happening in month.happenings():
            out.print(f"  {happening.on}  {escape(happening.words)}", soft_wrap=True, highlight=False)
            out.print(f"              {_in_words(month.open_now())}", soft_wrap=True, highlight=False, style="dim")
        with database.transaction(tenant) as session:
            asked = [DueQuery(until=_LOOKED_AHEAD_TO, contract=customer.contract) for customer in CUSTOMERS]
            coming = [due for query in asked for due in list_due(session, tenant, query, house.now).rows]
            steps = list_due_steps(session, _LOOKED_AHEAD_TO, house.now)
    out.print(
        "\n  What falls due next for these five, as `usufruct due` and `usufruct dunning due` list it:\n",
        highlight=False,
    )
    out.print(_calendar(coming, steps))
    out.print()


def _in_words(items: Sequence[OpenItem]) -> str:
    called = {customer.name: customer.called for customer in CUSTOMERS}
    listed = ", ".join(
        f"{called.get(item.customer, item.customer)} {item.amount:f}{_lateness(item.days_late)}" for item in items
    )
    return f"open: {listed or 'nothing'}"


def _lateness(days: int) -> str:
    return f" ({days} days late)" if days > 1 else " (a day late)" if days else ""


def _calendar(coming: Sequence[DueOut], steps: Sequence[DueStepOut]) -> Rows:
    work = [
        (
            f"{one.on}",
            one.kind,
            one.subject,
            one.customer,
            "" if one.amount is None else plain(one.amount),
            f"{one.basis}",
        )
        for one in coming
    ]
    dunned = [(f"{one.on}", one.kind, one.document, one.customer, plain(one.open), "open") for one in steps]
    columns = ("on", "what", "of", "customer", "expected EUR", "which is")
    return table(columns, sorted([*work, *dunned]), right=("expected EUR",))
