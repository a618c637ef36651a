"""Commands about prepaid credit and alerts: what is left, topped up on demand, and which thresholds were reached."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, now, out, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS

if TYPE_CHECKING:
    from billing.advances.balance import PrepaidOut

prepaid = typer.Typer(help="Prepaid credit of contracts: what is left, and topped up.", no_args_is_help=True)
alert = typer.Typer(help="Thresholds of what is spent or used that were reached.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(prepaid, name="prepaid")
    app.add_typer(alert, name="alert")


@prepaid.command("show")
def show_prepaid(contract: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show the prepaid credit of a contract: what was paid in less what was drawn, and what is on account."""
    from api.operations.spending import prepaid_credit

    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        shown = prepaid_credit(session, contract, now())
    _say(shown, as_json=as_json)


@prepaid.command("list", context_settings=LEAVES_OPTIONS)
def list_prepaid(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the prepaid credit of contracts: of all, or of a --contract."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.spending import list_prepaid as listed
    from billing.advances.listed import PrepaidQuery

    query = list_asked(PrepaidQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked, now()), query, limit, as_json=as_json)
    facts = [one.model_dump(mode="json") for one in known]
    columns = ("contract", "currency", "credit", "to_be_paid", "on_account")
    rows = table(
        columns, ([str(one[name]) for name in columns] for one in facts), right=("credit", "to_be_paid", "on_account")
    )
    say(facts, rows if facts else "no contract has prepaid credit", as_json=as_json)
    say_more(more)


@prepaid.command("top-up")
def top_up_prepaid(
    contract: str,
    *,
    amount: Annotated[
        str | None, typer.Option(help="Net, in the contract's currency; without it, as the terms have it.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Claim a top-up of a contract's credit: a document is issued now, and is credit once it is paid.

    What is left is given back by `usufruct credit prepare NUMBER --line 1:rest`, which another person releases.
    """
    from api.operations.spending import top_up

    wanted = None if amount is None else _amount(amount)
    with workplace(tenant, Permission.INVOICES_ISSUE) as place, place.transaction() as session:
        shown = top_up(session, contract, wanted, who=place.caller.name, at=now())
    _say(shown, as_json=as_json, before=f"{shown.claims[-1].number} claims it; ")


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text!r} is no amount; write it as 500.00") from error
    if not amount.is_finite():
        raise typer.BadParameter(f"{text!r} is no amount; write it as 500.00")
    return amount


def _say(shown: "PrepaidOut", *, as_json: bool, before: str = "") -> None:
    """Say what is left, and of which claims."""
    head = f"{shown.contract}: {shown.credit:f} {shown.currency} of prepaid credit"
    head += f", {shown.to_be_paid:f} to be paid, {shown.on_account:f} on account"
    facts = shown.model_dump(mode="json")
    say(facts, f"{before}{head}", as_json=as_json)
    if shown.claims and not as_json:
        columns = ("number", "kind", "claimed_on", "net", "left", "paid", "credit", "expires")
        rows = ([str(one.get(name, "")) for name in columns] for one in facts["claims"])
        out.print(table(columns, rows, right=("net", "left", "paid", "credit")))


@alert.command("list", context_settings=LEAVES_OPTIONS)
def list_alerts(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List thresholds that were reached, oldest first: those in a --state (reached, below_again), of a --contract."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.spending import list_alerts as listed
    from billing.spending.alert_query import AlertQuery
    from billing.spending.views import alert_out

    query = list_asked(AlertQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked), query, limit, as_json=as_json)
    facts = [alert_out(one).model_dump(mode="json") for one in known]
    columns = (
        "alert",
        "contract",
        "threshold_name",
        "first",
        "last",
        "reading",
        "now",
        "unit",
        "percent",
        "state",
        "late",
    )
    rows = table(columns, ([str(one[name]) for name in columns] for one in facts), right=("reading", "now", "percent"))
    say(facts, rows if facts else "no threshold was reached", as_json=as_json)
    say_more(more)


@alert.command("show")
def show_alert(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show a threshold that was reached, and what it is by now."""
    from api.operations.spending import get_alert
    from billing.spending.views import alert_out

    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        shown = alert_out(get_alert(session, number))
    facts = shown.model_dump(mode="json")
    text = f"{shown.contract}, {shown.threshold_name}: {shown.reading:f} {shown.unit} on {shown.fired_at:%Y-%m-%d},"
    say(facts, f"{text} {shown.now:f} now, {shown.percent:f} %: {shown.state.value}", as_json=as_json)
