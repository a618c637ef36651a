"""Commands about payouts: what payees are paid, what they are owed, and their accounts at gateways."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, day, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS

if TYPE_CHECKING:
    from billing.payouts.views import PayeeConnectionOut, PayeeStandingOut, PayoutOut

payout = typer.Typer(help="What payees are paid: by a gateway or a bank, as their customers pay.", no_args_is_help=True)

Reason = Annotated[str, typer.Option(help="Why.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(payout, name="payout")


@payout.command("list", context_settings=LEAVES_OPTIONS)
def list_payouts(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List payouts: in a --state (held, due, ordered, paid, failed, withdrawn), of a --payee, --made-from a day."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.payouts import list_payouts as listed
    from billing.payouts.payout_query import PayoutQuery

    query = list_asked(PayoutQuery, context.args)
    with workplace(tenant, Permission.PAYOUTS_READ) as place, place.transaction() as session:
        as_payee = place.caller.party is not None
        known, more = rows_asked(lambda asked: listed(session, asked, as_payee=as_payee), query, limit, as_json=as_json)
    columns = ("payout", "made on", "payee", "by", "", "amount", "currency", "state", "held")
    rows = [
        (one.payout, one.made_on, one.payee, one.by.value, "back" if one.kind == "take_back" else "", f"{one.amount:f}",
         one.currency, one.state.value, one.held)
        for one in known
    ]  # fmt: skip
    shown = table(columns, rows, right=("payout", "amount")) if known else "no payout"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)


@payout.command("show")
def show_payout(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show a payout: of which documents it is, where it stands, and what happened to it."""
    from rich.console import Group

    from api.operations.payouts import find_payout

    with workplace(tenant, Permission.PAYOUTS_READ) as place, place.transaction() as session:
        known = find_payout(session, number, as_payee=place.caller.party is not None)
    lines = [(line.document, line.kind.value, f"{line.amount:f}") for line in known.lines]
    events = [(event.at, event.kind.value, event.by or "", event.detail) for event in known.events]
    shown = Group(
        _in_a_line(known),
        table(("document", "what", "amount"), lines, right=("amount",)),
        table(("at", "what", "by", "detail"), events),
    )
    say(known.model_dump(mode="json"), shown, as_json=as_json)


@payout.command("due")
def list_due(
    payee: Annotated[str | None, typer.Argument(help="Of this payee, part by part.")] = None,
    *,
    supplier: Annotated[str | None, typer.Option(help="By this supplier.")] = None,
    currency: Annotated[str | None, typer.Option(help="In this currency.")] = None,
    after: Annotated[str | None, typer.Option(help="Go on after this place, as the end of a page names it.")] = None,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say what payees are owed, and what of it a payout would have today; below zero it is carried."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.payouts import payees_standing
    from billing.payouts.payout_query import PayeeStandingQuery

    query = list_asked(PayeeStandingQuery, [], payee=payee, supplier=supplier, currency=currency, after=after)
    with workplace(tenant, Permission.PAYEES_READ) as place, place.transaction() as session:
        at = now()
        known, more = rows_asked(lambda asked: payees_standing(session, asked, at), query, limit, as_json=as_json)
    say([one.model_dump(mode="json") for one in known], _standings(known, in_parts=payee is not None), as_json=as_json)
    say_more(more)


def _standings(known: "list[PayeeStandingOut]", *, in_parts: bool) -> object:
    from rich.console import Group

    if not known:
        return "nobody is paid by terms of a contract"
    columns = ("payee", "currency", "earned", "waiting", "reserve", "paid", "payable", "by", "next on", "held")
    rows = [
        (one.payee, one.currency, f"{one.earned:f}", f"{one.waiting:f}", f"{one.reserved:f}", f"{one.paid:f}",
         f"{one.payable:f}", "" if one.by is None else one.by.value, one.next_on or "", one.held)
        for one in known
    ]  # fmt: skip
    amounts = ("earned", "waiting", "reserve", "paid", "payable")
    shown = [table(columns, rows, right=amounts)]
    if in_parts:
        parts = [
            (part.document, part.kind.value, f"{part.amount:f}", f"{part.earned:f}", f"{part.waiting:f}",
             f"{part.reserved:f}", f"{part.paid:f}", f"{part.payable:f}")
            for one in known
            for part in one.parts
        ]  # fmt: skip
        shown.append(table(("document", "what", "amount", *amounts), parts, right=("amount", *amounts)))
    return Group(*shown)


@payout.command("make")
def make_payout(
    payee: str,
    *,
    currency: Annotated[str | None, typer.Option(help="As EUR, where it is owed something in several.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Of which supplier, where several owe it something.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make the payout of a payee at once, whatever the day; above the tenant's limit another releases it."""
    from api.operations.payouts import make_payout as make

    with workplace(tenant, Permission.PAYOUTS_WRITE) as place, place.transaction() as session:
        done = make(session, payee, currency, supplier, who=place.person(), at=now())
    _say_payout(done, as_json=as_json)


@payout.command("release")
def release_payout(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Let a payout go that waits for a release: the gateway, or our bank, is asked for it."""
    from api.operations.payouts import release_payout as release

    with workplace(tenant, Permission.PAYOUTS_RELEASE) as place, place.transaction() as session:
        done = release(session, number, who=place.person(), at=now())
    _say_payout(done, as_json=as_json)


@payout.command("withdraw")
def withdraw_payout(number: int, *, reason: Reason, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Withdraw a payout of which no money is on its way: what it had is owed as before."""
    from api.operations.payouts import withdraw_payout as withdraw

    with workplace(tenant, Permission.PAYOUTS_WRITE) as place, place.transaction() as session:
        done = withdraw(session, number, reason=reason, who=place.caller.name, at=now())
    _say_payout(done, as_json=as_json)


@payout.command("again")
def ask_payout_again(number: int, *, reason: Reason, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Have a payout that the gateway refused asked for once more."""
    from api.operations.payouts import ask_payout_again as again

    with workplace(tenant, Permission.PAYOUTS_WRITE) as place, place.transaction() as session:
        done = again(session, number, reason=reason, who=place.caller.name, at=now())
    _say_payout(done, as_json=as_json)


@payout.command("paid")
def record_paid(
    number: int,
    *,
    on: Annotated[str, typer.Option("--on", help="The day, as 2026-02-09.")],
    reference: Annotated[str, typer.Option(help="Of the bank's statement.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Record that our bank has paid a payout."""
    from api.operations.payouts import record_paid as record

    paid_on = day(on)
    with workplace(tenant, Permission.PAYOUTS_WRITE) as place, place.transaction() as session:
        done = record(session, number, paid_on, reference, who=place.caller.name, at=now())
    _say_payout(done, as_json=as_json)


@payout.command("failed")
def record_failed(number: int, *, reason: Reason, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record that our bank did not pay a payout, or that it came back: what it had is owed again."""
    from api.operations.payouts import record_failed as record

    with workplace(tenant, Permission.PAYOUTS_WRITE) as place, place.transaction() as session:
        done = record(session, number, reason, who=place.caller.name, at=now())
    _say_payout(done, as_json=as_json)


@payout.command("connect")
def connect_payee(payee: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Ask for an account of a payee at the gateway, or for a link to what is missing of it; look a moment later."""
    from api.operations.payouts import connect_payee as connect

    with workplace(tenant, Permission.PAYOUTS_WRITE) as place, place.transaction() as session:
        known = connect(session, payee, now())
    _say_connection(known, as_json=as_json)


@payout.command("connection")
def show_connection(payee: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show the account of a payee at the gateway: what is missing, why it may not receive, a link that was asked."""
    from api.operations.payouts import payee_connection

    with workplace(tenant, Permission.PAYOUTS_WRITE) as place, place.transaction() as session:
        known = payee_connection(session, payee, now())
    _say_connection(known, as_json=as_json)


def _say_payout(known: "PayoutOut", *, as_json: bool) -> None:
    say(known.model_dump(mode="json"), _in_a_line(known), as_json=as_json)


def _in_a_line(known: "PayoutOut") -> str:
    what = f"payout {known.payout}: {known.amount:f} {known.currency}"
    what += f" taken back of {known.payee}" if known.kind == "take_back" else f" to {known.payee}"
    stands = f"by {known.by.value}, {known.state.value}"
    return f"{what} {stands}: {known.held}" if known.held else f"{what} {stands}"


def _say_connection(known: "PayeeConnectionOut", *, as_json: bool) -> None:
    if not known.external:
        sentence = f"an account of {known.payee} is asked for: `usufruct payout connection {known.payee}`"
    else:
        may = "may receive" if known.may_receive else "may not receive"
        out = "and is paid out" if known.is_paid_out else "and is not paid out"
        sentence = f"{known.external} of {known.payee} {may} {out}"
    missing = f"; missing: {', '.join(known.missing)}" if known.missing else ""
    held = f"; {known.held}" if known.held else ""
    link = f"\n{known.link}" if known.link else ""
    say(known.model_dump(mode="json"), f"{sentence}{held}{missing}{link}", as_json=as_json)
