"""Commands about credits by hand: lines of issued documents given back."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS

if TYPE_CHECKING:
    from billing.credits.store import KnownCredit
    from billing.records.credit import AskedCredit

credit = typer.Typer(
    help="Lines of issued documents given back by hand: prepared by one, released by another.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(credit, name="credit")


@credit.command("prepare")
def prepare_credit(
    number: str,
    *,
    line: Annotated[
        list[str],
        typer.Option(
            help="What of a line, as 1:amount=24.30, 1:quantity=10, 1:percent=10, 1:at_most=300, or 1:rest; repeated."
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why.")],
    supplier: Annotated[
        str | None, typer.Option(help="Whose invoice, where several suppliers have one of that number.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a credit of lines of an issued document; another person releases it, and it is issued with that."""
    from api.operations.credit_notes import prepare_credit as prepare

    lines = [_asked(text) for text in line]
    with workplace(tenant, Permission.CREDITS_PREPARE) as place, place.transaction() as session:
        done = prepare(session, number, lines, supplier=supplier, reason=reason, who=place.caller.name, at=now())
    waits = f"; it waits: `usufruct credit release {done.id}`" if done.state == "waiting" else ""
    _say(done, waits, as_json=as_json)


@credit.command("release")
def release_credit(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release a credit that another has prepared: the credit note is issued, and never changes again."""
    from api.operations.credit_notes import release_credit as release

    with workplace(tenant, Permission.CREDITS_RELEASE) as place, place.transaction() as session:
        done = release(session, number, who=place.person(), at=now())
    _say(done, as_json=as_json)


@credit.command("withdraw")
def withdraw_credit(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Withdraw a credit that waits: nothing of it is issued."""
    from api.operations.credit_notes import withdraw_credit as withdraw

    with workplace(tenant, Permission.CREDITS_PREPARE) as place, place.transaction() as session:
        done = withdraw(session, number, who=place.caller.name, at=now())
    _say(done, as_json=as_json)


@credit.command("list", context_settings=LEAVES_OPTIONS)
def list_credits(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List credits, oldest first: those in a --state (waiting, issued, withdrawn), of a --contract."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.credit_notes import list_credits as listed
    from billing.credits.credit_query import CreditQuery

    query = list_asked(CreditQuery, context.args)
    with workplace(tenant, Permission.CREDITS_READ) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked), query, limit, as_json=as_json)
    facts = [_facts(one) for one in known]
    columns = ("credit", "contract", "number", "net", "currency", "reason", "prepared_by", "state", "documents")
    rows = table(
        columns,
        [
            [*(fact[name] for name in columns[:-1]), ", ".join(one.documents)]
            for fact, one in zip(facts, known, strict=True)
        ],
        right=("net",),
    )
    say(facts, rows if facts else "no credit is there", as_json=as_json)
    say_more(more)


def _asked(text: str) -> "AskedCredit":
    """Read what is to be given back of a line, as ``1:amount=24.30`` or ``1:rest``."""
    from billing.records.credit import AskedCredit
    from quantities.document import parse

    line, _, how = text.partition(":")
    name, _, value = how.partition("=")
    return parse(AskedCredit, {"line": line, name: value or "true"})


def _say(known: "KnownCredit", rest: str = "", *, as_json: bool) -> None:
    documents = f" as {', '.join(known.documents)}" if known.documents else ""
    what = f"{known.net:f} {known.currency} of {known.number}"
    say(_facts(known), f"credit {known.id}: {what}: {known.state}{documents}{rest}", as_json=as_json)


def _facts(known: "KnownCredit") -> dict[str, object]:
    from billing.records.record import shown

    return {
        "credit": known.id,
        "state": known.state.value,
        "contract": known.contract,
        "number": known.number,
        "reason": known.reason,
        "lines": [shown(one) for one in known.asked],
        "currency": known.currency,
        "net": f"{known.net:f}",
        "prepared_by": known.prepared_by,
        "released_by": known.released_by,
        "withdrawn_by": known.withdrawn_by,
        "documents": list(known.documents),
    }
