"""Commands about banks: files read, entries that wait, aliases of payers, and what payers advise."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.bank_orders import mandate, order
from api.cli.context import AsJson, RowLimit, TenantName, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS
from quantities.counted import counted

if TYPE_CHECKING:
    from sqlmodel import Session

    from billing.bank.views import BankEntryOut, PayerAliasOut

bank = typer.Typer(
    help="Files of banks: read, matched with what is open, and what waits settled by a person.", no_args_is_help=True
)

BankFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file.")]
Supplier = Annotated[str | None, typer.Option(help="Whose, where several have a document of that number.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    bank.add_typer(order, name="order")
    bank.add_typer(mandate, name="mandate")
    app.add_typer(bank, name="bank")


@bank.command("read")
def read_bank_file(
    file: BankFile,
    *,
    profile: Annotated[
        str | None, typer.Option(help="How a table is read, as sparkasse; by its columns without it.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Read a file of a bank (camt.052, 053, 054, CSV, XLSX), and record what is matched; read again it adds nothing."""
    from api.operations.bank import read_bank_file as read

    raw = file.read_bytes()
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = read(session, raw, profile, who=place.caller.name, at=now())
    known = "" if done.is_new else "; the file was read before"
    waiting = f"; {done.left_out} not booked yet" if done.left_out else ""
    settled = f"{done.matched} matched, {done.queued} wait{waiting}{known}"
    sentence = f"{counted(done.entries, 'entry')}, {done.added} new: {settled}"
    say(done.model_dump(mode="json"), sentence, as_json=as_json)
    if not as_json and done.queued:
        say((), _entries_table([entry for entry in done.listed if entry.state == "queued"]), as_json=False)


@bank.command("queue")
def show_queue(*, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the entries that wait for a person: why, and which documents they may pay."""
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        _say_entries(session, ["--state", "queued"], limit, as_json=as_json)


@bank.command("entries", context_settings=LEAVES_OPTIONS)
def list_entries(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List entries of banks, those in a --state (matched, returned, payout …) or of an --account of ours."""
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        _say_entries(session, context.args, limit, as_json=as_json)


def _say_entries(session: "Session", asked: list[str], limit: int | None, *, as_json: bool) -> None:
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.bank import list_bank_entries as listed
    from billing.bank.entries.store import BankEntryQuery

    query = list_asked(BankEntryQuery, asked)
    known, more = rows_asked(lambda page: listed(session, page), query, limit, as_json=as_json)
    shown = _entries_table(known) if known else "no entry"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)


@bank.command("match")
def match_entry(
    entry: int,
    documents: Annotated[
        list[str] | None, typer.Argument(help="NUMBER, or NUMBER:AMOUNT; of a credit note below zero.")
    ] = None,
    *,
    customer: Annotated[str | None, typer.Option(help="On whose account it stays, where no document is named.")] = None,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say which documents an entry that waits pays; what is left of it stays on account."""
    from api.operations.bank import match_bank_entry
    from billing.bank.matching.store import MatchAsked

    asked = MatchAsked(entry, tuple(_document(text) for text in documents or ()), customer, supplier)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = match_bank_entry(session, asked, who=place.caller.name, at=now())
    _say_entry(done, as_json=as_json)


@bank.command("return")
def return_entry(
    entry: int,
    payment: Annotated[int, typer.Argument(help="The number of the payment that it takes back.")],
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say which payment an entry that waits takes back."""
    from api.operations.bank import return_bank_entry

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = return_bank_entry(session, entry, payment, who=place.caller.name, at=now())
    _say_entry(done, as_json=as_json)


@bank.command("booked")
def book_orders(
    entry: int,
    *,
    file: Annotated[
        list[int] | None, typer.Option(help="The number of a file of orders: what the bank has not booked of it yet.")
    ] = None,
    order: Annotated[list[int] | None, typer.Option(help="The number of an order to the bank.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say which files or orders, or several, an entry that waits books: they come to its amount exactly."""
    from api.operations.bank import book_bank_orders
    from billing.bank.matching.ordered.store import OrdersBookedAsked

    asked = OrdersBookedAsked(entry, tuple(file or ()), tuple(order or ()))
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = book_bank_orders(session, asked, who=place.caller.name, at=now())
    _say_entry(done, as_json=as_json)


@bank.command("ignore")
def ignore_entry(entry: int, reason: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Say that an entry that waits is no payment of a document, and why."""
    from api.operations.bank import ignore_bank_entry

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = ignore_bank_entry(session, entry, reason, who=place.caller.name, at=now())
    _say_entry(done, as_json=as_json)


@bank.command("advice")
def read_advices(file: BankFile, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Read what payers say their payments are for (CSV), before the payments or after them."""
    from api.operations.bank import read_bank_advices

    raw = file.read_bytes()
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = read_bank_advices(session, raw, who=place.caller.name, at=now())
    sentence = (
        f"{counted(done.advices, 'advice')}, {done.added} new; {counted(done.matched, 'entry')} no longer waiting"
    )
    say(done.model_dump(mode="json"), sentence, as_json=as_json)


@bank.command("aliases")
def list_aliases(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List for whom accounts and names of payers stand."""
    from rich.markup import escape

    from api.operations.bank import list_payer_aliases

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = list_payer_aliases(session)
    columns = ("alias", "account or name", "kind", "customer", "prepared by", "released by", "withdrawn by")
    rows = [
        (
            one.alias,
            escape(one.account or one.name),
            one.kind.value,
            escape(one.customer),
            one.prepared_by,
            one.released_by or "",
            one.withdrawn_by or "",
        )
        for one in known
    ]
    shown = table(columns, rows, right=("alias",)) if known else "no alias"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)


@bank.command("alias")
def prepare_alias(
    kind: Annotated[str, typer.Argument(help="customer, gateway, own, or other: who pays no documents.")],
    *,
    account: Annotated[str, typer.Option(help="An account, as its IBAN.")] = "",
    name: Annotated[str, typer.Option(help="Or a name, as the bank writes it.")] = "",
    customer: Annotated[str, typer.Option(help="For which customer, by name.")] = "",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say for whom an account or a name of a payer stands; another person releases it."""
    from api.operations.bank import prepare_payer_alias
    from billing.bank.matching.books import ConfirmedPayer, PayerKind

    if kind not in set(PayerKind):
        raise typer.BadParameter(f"{kind} is none of {', '.join(PayerKind)}")
    payer = ConfirmedPayer(PayerKind(kind), account, name, customer)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = prepare_payer_alias(session, payer, who=place.person(), at=now())
    _say_alias(done, as_json=as_json)


@bank.command("alias-release")
def release_alias(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release an alias that another has prepared: what waits is matched again."""
    from api.operations.bank import release_payer_alias

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = release_payer_alias(session, number, who=place.person(), at=now())
    _say_alias(done, as_json=as_json)


@bank.command("alias-withdraw")
def withdraw_alias(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Withdraw an alias: from now on nothing is matched by it."""
    from api.operations.bank import withdraw_payer_alias

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = withdraw_payer_alias(session, number, who=place.person(), at=now())
    _say_alias(done, as_json=as_json)


def _document(text: str) -> tuple[str, Decimal | None]:
    """Read what goes to a document as it is typed: NUMBER, or NUMBER:AMOUNT."""
    number, has_amount, amount = text.partition(":")
    try:
        stated = Decimal(amount) if has_amount else None
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text} is no document with its amount, as 2026-000001:250.00") from error
    if not number or (stated is not None and not stated.is_finite()):
        raise typer.BadParameter(f"{text} is no document with its amount, as 2026-000001:250.00")
    return number, stated


def _entries_table(entries: "list[BankEntryOut] | tuple[BankEntryOut, ...]") -> object:
    from rich.markup import escape

    columns = ("entry", "booked", "amount", "", "payer", "text", "state", "why", "documents")
    rows = [
        (
            one.entry,
            one.booked_on,
            f"{one.amount:f}",
            one.currency,
            escape(one.payer),
            escape(one.text),
            one.state.value.replace("_", " "),
            escape(one.reason.replace("_", " ")),
            escape(", ".join(one.candidates)),
        )
        for one in entries
    ]
    return table(columns, rows, right=("entry", "amount"))


def _say_entry(entry: "BankEntryOut", *, as_json: bool) -> None:
    payment = f", payment {entry.payment}" if entry.payment is not None else ""
    state = entry.state.value.replace("_", " ")
    sentence = (
        f"entry {entry.entry}: {entry.amount:f} {entry.currency} of {entry.payer or 'nobody named'} is {state}{payment}"
    )
    say(entry.model_dump(mode="json"), sentence, as_json=as_json)


def _say_alias(alias: "PayerAliasOut", *, as_json: bool) -> None:
    whom = alias.customer or {"gateway": "a gateway", "own": "an account of ours"}.get(alias.kind, "nobody who pays")
    waits = f"; it waits: `usufruct bank alias-release {alias.alias}`"
    state = "; it is withdrawn" if alias.withdrawn_by else "" if alias.released_by else waits
    sentence = f"alias {alias.alias}: {alias.account or alias.name} stands for {whom}{state}"
    say(alias.model_dump(mode="json"), sentence, as_json=as_json)
