"""Commands about collecting by gateways: orders, links to pay by, saved methods, refunds, balances and payouts."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, now, out, say, say_written, table, workplace, write_file
from api.cli.documents import LEAVES_OPTIONS

if TYPE_CHECKING:
    from billing.payments.views import GatewayOrderOut, MadePayLinkOut, PayLinkOut, RefundOut, SavedMethodOut

gateway = typer.Typer(
    help="What gateways are asked for, who saved which card, and what moved our balance there.", no_args_is_help=True
)

Supplier = Annotated[str | None, typer.Option(help="Whose, where several have a document of that number.")]
Days = Annotated[int | None, typer.Option(min=1, max=400, help="For how many it opens; as the setting says without.")]
Why = Annotated[str, typer.Option(help="Why; it is kept.")]
CsvFile = Annotated[Path | None, typer.Option("--csv", help="Write all of it into this file instead.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(gateway, name="gateway")


def add_to_payments(payments: typer.Typer) -> None:
    """Give the commands of payments these."""
    payments.command("link")(make_pay_link)
    payments.command("links")(list_pay_links)
    payments.command("link-revoke")(revoke_pay_link)
    payments.command("refund")(prepare_refund)
    payments.command("refunds", context_settings=LEAVES_OPTIONS)(list_refunds)
    payments.command("refund-release")(release_refund)
    payments.command("refund-withdraw")(withdraw_refund)


def make_pay_link(
    number: str, *, days: Days = None, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """Make a link by which whoever has it pays a document; its address is said this once."""
    from api.delivering.setup import ways_set_up
    from api.operations.collecting import make_pay_link as make
    from api.server.settings import from_environment

    setup = ways_set_up(from_environment())
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = make(session, number, supplier, setup, days=days, who=place.caller.name, at=now())
    _say_made(done, as_json=as_json)


def list_pay_links(
    number: str, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the links by which a document is paid."""
    from api.operations.collecting import list_pay_links as listed

    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        known = listed(session, number, supplier, as_customer=place.caller.is_customer)
    _say_links(known, f"{number} has no link", as_json=as_json)


def revoke_pay_link(
    number: str, link: int, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """End a link before it expires: nothing is paid by it any more."""
    from api.operations.collecting import revoke_pay_link as revoke

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = revoke(session, number, supplier, link, who=place.caller.name, at=now())
    _say_links([done], "", as_json=as_json)


@gateway.command("link")
def make_method_link(contract: str, *, days: Days = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Make a link by which the customer saves the card or the account that a contract is charged by."""
    from api.delivering.setup import ways_set_up
    from api.operations.collecting import make_method_link as make
    from api.server.settings import from_environment

    setup = ways_set_up(from_environment())
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = make(session, contract, setup, days=days, who=place.caller.name, at=now())
    _say_made(done, as_json=as_json)


@gateway.command("links")
def list_method_links(contract: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the links by which a method is saved for a contract."""
    from api.operations.collecting import list_method_links as listed

    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        known = listed(session, contract, as_customer=place.caller.is_customer)
    _say_links(known, f"{contract} has no link", as_json=as_json)


@gateway.command("link-revoke")
def revoke_method_link(contract: str, link: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """End a link before it expires: nothing is saved by it any more."""
    from api.operations.collecting import revoke_method_link as revoke

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = revoke(session, contract, link, who=place.caller.name, at=now())
    _say_links([done], "", as_json=as_json)


def _say_made(done: "MadePayLinkOut", *, as_json: bool) -> None:
    what = f"pays {done.document}" if done.document else f"saves what {done.contract} is charged by"
    say(done.model_dump(mode="json"), f"link {done.link} {what} until {done.expires_at:%Y-%m-%d}:", as_json=as_json)
    if not as_json:
        out.print(done.url, soft_wrap=True, markup=False, highlight=False)


def _say_links(known: "list[PayLinkOut]", nothing: str, *, as_json: bool) -> None:
    from rich.markup import escape

    rows = [
        (
            one.link,
            escape(one.document or one.contract),
            escape(one.customer),
            f"{one.expires_at:%Y-%m-%d %H:%M}",
            escape(one.made_by or ""),
            "" if one.revoked_at is None else f"{one.revoked_at:%Y-%m-%d %H:%M}",
        )
        for one in known
    ]
    columns = ("link", "of", "customer", "opens until (UTC)", "made by", "revoked")
    say(
        [one.model_dump(mode="json") for one in known],
        table(columns, rows, right=("link",)) if rows else nothing,
        as_json=as_json,
    )


@gateway.command("orders", context_settings=LEAVES_OPTIONS)
def list_orders(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List what gateways are asked for; those in a --state, of a --movement, --document or --customer; --waits."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.collecting import list_gateway_orders as listed
    from billing.payments.queries import GatewayOrderQuery

    query = list_asked(GatewayOrderQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        as_customer = place.caller.is_customer
        known, more = rows_asked(
            lambda asked: listed(session, asked, as_customer=as_customer), query, limit, as_json=as_json
        )
    say(
        [one.model_dump(mode="json") for one in known],
        _orders_table(known) if known else "no order",
        as_json=as_json,
    )
    say_more(more)


def _orders_table(known: "list[GatewayOrderOut]") -> object:
    from rich.markup import escape

    columns = ("order", "what", "document", "customer", "amount", "", "state", "waits", "why")
    rows = [
        (
            one.order,
            one.movement.value.replace("_", " "),
            escape(one.document),
            escape(one.customer),
            "" if one.amount is None else f"{one.amount:f}",
            one.currency,
            one.state.value.replace("_", " "),
            "for a person" if one.waits else "",
            escape(one.why),
        )
        for one in known
    ]
    return table(columns, rows, right=("order", "amount"))


@gateway.command("show")
def show_order(order: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show an order with all that happened to it."""
    from rich.markup import escape

    from api.operations.collecting import find_gateway_order

    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        known = find_gateway_order(session, order, as_customer=place.caller.is_customer)
    _say_order(known, as_json=as_json)
    if not as_json and known.events:
        columns = ("at (UTC)", "attempt", "what", "amount", "payment", "by", "detail")
        rows = [
            (
                f"{event.at:%Y-%m-%d %H:%M:%S}",
                event.attempt,
                event.kind.value.replace("_", " "),
                "" if event.amount is None else f"{event.amount:f}",
                "" if event.payment is None else event.payment,
                escape(event.by or ""),
                escape(event.detail),
            )
            for event in known.events
        ]
        say((), table(columns, rows, right=("attempt", "amount", "payment")), as_json=False)


@gateway.command("again")
def collect_again(order: int, *, reason: Why, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Have an order tried once more that was refused, has expired or was withdrawn."""
    from api.operations.collecting import collect_again as again

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = again(session, order, reason=reason, who=place.caller.name, at=now())
    _say_order(done, as_json=as_json)


@gateway.command("withdraw")
def withdraw_order(order: int, *, reason: Why, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Take back an order of which no money is on its way."""
    from api.operations.collecting import withdraw_gateway_order as withdraw

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = withdraw(session, order, reason=reason, who=place.caller.name, at=now())
    _say_order(done, as_json=as_json)


def _say_order(known: "GatewayOrderOut", *, as_json: bool) -> None:
    say(known.model_dump(mode="json"), _orders_table([known]), as_json=as_json)


@gateway.command("methods", context_settings=LEAVES_OPTIONS)
def list_methods(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the cards and accounts that customers have saved; those of a --customer, or that have --ended."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.collecting import list_saved_methods as listed
    from billing.payments.queries import SavedMethodQuery

    query = list_asked(SavedMethodQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        as_customer = place.caller.is_customer
        known, more = rows_asked(
            lambda asked: listed(session, asked, as_customer=as_customer), query, limit, as_json=as_json
        )
    shown = _methods_table(known) if known else "no method is saved"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)


def _methods_table(known: "list[SavedMethodOut]") -> object:
    from rich.markup import escape

    rows = [
        (
            one.method,
            escape(one.customer),
            one.rail.value.replace("_", " "),
            escape(one.words),
            f"{one.saved_at:%Y-%m-%d}",
            "" if one.ended_at is None else f"{one.ended_at:%Y-%m-%d}",
            escape(one.ended_why or ""),
            " ".join(filter(None, (one.removal, escape(one.removal_detail)))),
        )
        for one in known
    ]
    columns = ("method", "customer", "by", "what", "saved", "ended", "because", "at the gateway")
    return table(columns, rows, right=("method",))


@gateway.command("end-method")
def end_method(method: int, *, reason: Why, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """End a saved method: nothing is charged by it any more, and its gateway is asked to forget it."""
    from api.operations.collecting import end_saved_method

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        who, identity = place.caller.name, place.caller.identity
        done = end_saved_method(session, method, reason=reason, who=who, identity=identity, at=now())
    say(done.model_dump(mode="json"), _methods_table([done]), as_json=as_json)


def prepare_refund(
    payment: int,
    *,
    reason: Why,
    amount: Annotated[str | None, typer.Option(help="Above zero; all that is left of it without this.")] = None,
    credit_note: Annotated[
        str | None, typer.Option(help="The document that gives it back; of what is on account without it.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Give back a payment that came by a gateway, or a part of it; another releases it, above the tenant's limit."""
    from api.operations.collecting import prepare_refund as prepare
    from billing.payments.refunds.store import RefundPrepared

    prepared = RefundPrepared(payment, None if amount is None else _amount(amount), credit_note, reason)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = prepare(session, prepared, who=place.person(), at=now())
    _say_refunds([done], as_json=as_json)
    if not as_json and not done.released_by:
        say((), f"it waits: `usufruct payment refund-release {done.refund}`", as_json=False)


def release_refund(refund: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release a refund that another has prepared: the gateway is asked within seconds."""
    from api.operations.collecting import release_refund as release

    with workplace(tenant, Permission.REFUNDS_RELEASE) as place, place.transaction() as session:
        done = release(session, refund, who=place.person(), at=now())
    _say_refunds([done], as_json=as_json)


def withdraw_refund(refund: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Take back a refund that waits."""
    from api.operations.collecting import withdraw_refund as withdraw

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = withdraw(session, refund, who=place.caller.name, at=now())
    _say_refunds([done], as_json=as_json)


def list_refunds(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the refunds that wait for a release, or those in a --state (waiting, released, withdrawn, any)."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.collecting import list_refunds as listed
    from billing.payments.queries import RefundQuery

    query = list_asked(RefundQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked), query, limit, as_json=as_json)
    say(
        [one.model_dump(mode="json") for one in known],
        _refunds_table(known) if known else "no refund",
        as_json=as_json,
    )
    say_more(more)


def _say_refunds(known: "list[RefundOut]", *, as_json: bool) -> None:
    say(known[0].model_dump(mode="json"), _refunds_table(known), as_json=as_json)


def _refunds_table(known: "list[RefundOut]") -> object:
    from rich.markup import escape

    columns = ("refund", "payment", "amount", "", "credit note", "prepared by", "released by", "order", "reason")
    rows = [
        (
            one.refund,
            one.payment,
            f"{one.amount:f}",
            one.currency,
            escape(one.credit_note),
            escape(one.prepared_by),
            escape(one.released_by or (f"withdrawn by {one.withdrawn_by}" if one.withdrawn_by else "")),
            "" if one.order is None else one.order,
            escape(one.reason),
        )
        for one in known
    ]
    return table(columns, rows, right=("refund", "payment", "amount", "order"))


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text} is no amount: write it as 12.50") from None


@gateway.command("balance", context_settings=LEAVES_OPTIONS)
def list_balance(
    context: typer.Context,
    *,
    to: CsvFile = None,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what moved our balance: of an --account, a --kind, a --payout, a --currency, --since and --until a day."""
    from rich.markup import escape

    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.collecting import list_balance_entries, write_balance_entries
    from billing.payments.queries import BalanceEntryQuery

    query = list_asked(BalanceEntryQuery, context.args)
    if to is not None:
        with workplace(tenant, Permission.EXPORTS_READ) as place, place.transaction() as session:
            written = write_balance_entries(session, query)
        say_written([write_file("balance", to, written)], as_json=as_json)
        return
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: list_balance_entries(session, asked), query, limit, as_json=as_json)
    columns = ("entry", "at (UTC)", "account", "what", "gross", "fee", "net", "", "of", "payout")
    rows = [
        (
            one.entry,
            f"{one.at:%Y-%m-%d %H:%M}",
            escape(one.account),
            one.kind.value.replace("_", " "),
            f"{one.gross:f}",
            f"{one.fee:f}",
            f"{one.net:f}",
            one.currency,
            escape(one.source),
            escape(one.payout),
        )
        for one in known
    ]
    shown = table(columns, rows, right=("entry", "gross", "fee", "net")) if rows else "nothing has moved a balance"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)


@gateway.command("payouts", context_settings=LEAVES_OPTIONS)
def list_payouts(
    context: typer.Context,
    *,
    to: CsvFile = None,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what gateways paid out to our bank, of an --account: the amount, and what it is made of."""
    from rich.markup import escape

    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.collecting import list_gateway_payouts, write_gateway_payouts
    from billing.payments.queries import GatewayPayoutQuery

    query = list_asked(GatewayPayoutQuery, context.args)
    if to is not None:
        with workplace(tenant, Permission.EXPORTS_READ) as place, place.transaction() as session:
            written = write_gateway_payouts(session, query)
        say_written([write_file("payouts", to, written)], as_json=as_json)
        return
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: list_gateway_payouts(session, asked), query, limit, as_json=as_json)
    columns = ("payout", "at (UTC)", "account", "amount", "gross", "fees", "unexplained", "", "entries")
    rows = [
        (
            escape(one.payout),
            f"{one.at:%Y-%m-%d}",
            escape(one.account),
            f"{one.amount:f}",
            f"{one.gross:f}",
            f"{one.fees:f}",
            f"{one.unexplained:f}",
            one.currency,
            one.entries,
        )
        for one in known
    ]
    shown = table(columns, rows, right=("amount", "gross", "fees", "unexplained", "entries")) if rows else "no payout"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)
