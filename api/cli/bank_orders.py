"""Commands about orders to banks: what is due, files prepared, taken and cancelled; and mandates for direct debits."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS
from quantities.counted import counted

if TYPE_CHECKING:
    from billing.bank.orders.views import BankOrderOut, MandateOut, OrderFileOut

order = typer.Typer(help="Debits and payments by a file for a bank: prepared, taken, cancelled.", no_args_is_help=True)
mandate = typer.Typer(help="Mandates of customers for SEPA direct debits.", no_args_is_help=True)

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As 2026-03-31.")]
Reason = Annotated[str, typer.Argument(help="Why, in words.")]
Number = Annotated[int, typer.Argument(help="Its number.")]


@order.command("list", context_settings=LEAVES_OPTIONS)
def list_orders(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List orders to banks, those in a --state (due, prepared, taken, done …) or those --waiting for a person."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.bank_orders import list_bank_orders as listed
    from billing.bank.orders.store import BankOrderQuery

    query = list_asked(BankOrderQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known, more = rows_asked(lambda page: listed(session, page), query, limit, as_json=as_json)
    shown = _orders_table(known) if known else "no order"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)


@order.command("show")
def show_order(number: Number, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show an order with all that happened to it."""
    from rich.markup import escape

    from api.operations.bank_orders import get_bank_order

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = get_bank_order(session, number)
    columns = ("at", "what", "file", "entry", "payment", "detail", "by")
    rows = [
        (
            f"{event.at:%Y-%m-%d %H:%M}",
            event.kind.value,
            event.file or "",
            event.entry or "",
            event.payment or "",
            escape(event.detail),
            event.by or "",
        )
        for event in known.events
    ]
    say(known.model_dump(mode="json"), _sentence(known), as_json=as_json)
    if not as_json and rows:
        say((), table(columns, rows, right=("file", "entry", "payment")), as_json=False)


@order.command("refund")
def refund(
    document: Annotated[str, typer.Argument(help="The number of the credit note.")],
    *,
    amount: Annotated[str | None, typer.Option(help="All that is open of it, without one.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Whose, where several have one of that number.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Ask for what a credit note gives back to be paid to the customer's account, which its profile states."""
    from api.operations.bank_orders import refund_by_bank
    from billing.bank.orders.store import BankRefundWanted

    wanted = BankRefundWanted(document, supplier, None if amount is None else _amount(amount))
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = refund_by_bank(session, wanted, who=place.person(), at=now())
    say(done.model_dump(mode="json"), _sentence(done), as_json=as_json)


@order.command("withdraw")
def withdraw(number: Number, reason: Reason, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Take back an order that no file has."""
    from api.operations.bank_orders import withdraw_bank_order

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = withdraw_bank_order(session, number, reason, who=place.person(), at=now())
    say(done.model_dump(mode="json"), _sentence(done), as_json=as_json)


@order.command("again")
def again(number: Number, reason: Reason, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Make another order for what was refused, returned or withdrawn."""
    from api.operations.bank_orders import order_bank_again

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = order_bank_again(session, number, reason, who=place.person(), at=now())
    say(done.model_dump(mode="json"), _sentence(done), as_json=as_json)


@order.command("notice")
def notice(number: Number, *, on: Day = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record that the customer was told of a debit by a letter, where the document itself was not sent."""
    from api.operations.bank_orders import notice_bank_order

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = notice_bank_order(session, number, _day(on), who=place.person(), at=now())
    say(done.model_dump(mode="json"), _sentence(done), as_json=as_json)


@order.command("prepare")
def prepare(
    supplier: Annotated[str, typer.Argument(help="Whose orders, by name.")],
    *,
    until: Day = None,
    transfers: Annotated[str, typer.Option("--table", help="How payments in yuan are written.")] = "cnaps",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Put the orders that are due into files for the supplier's bank; another person takes them."""
    from api.operations.bank_orders import prepare_order_files
    from billing.bank.order_files.prepare import FileAsked

    asked = FileAsked(supplier, _day(until), transfers)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = prepare_order_files(session, asked, who=place.person(), at=now())
    sentences = [_file_sentence(file) for file in done.files] or ["no file"]
    sentences += [f"order {one.order} is held: {one.why}" for one in done.held]
    sentences += [f"order {one.order} is withdrawn: {one.why}" for one in done.withdrawn]
    sentences += [f"{one.name} is written {one.written}" for one in done.otherwise]
    sentences += [f"{counted(done.later, 'order')} for a later day"] if done.later else []
    say(done.model_dump(mode="json"), "\n".join(sentences), as_json=as_json)


@order.command("files")
def list_files(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List files of orders: who has prepared and who has taken each."""
    from rich.markup import escape

    from api.operations.bank_orders import list_order_files

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = list_order_files(session)
    columns = ("file", "form", "supplier", "orders", "amount", "", "state", "prepared by", "taken by")
    rows = [
        (
            one.file,
            one.form,
            escape(one.supplier),
            one.count,
            f"{one.amount:f}",
            one.currency,
            one.state,
            one.prepared_by,
            one.taken_by or "",
        )
        for one in known
    ]
    shown = table(columns, rows, right=("file", "orders", "amount")) if known else "no file"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)


@order.command("take")
def take(
    number: Annotated[int, typer.Argument(help="The number of the file.")],
    to: Annotated[Path, typer.Option(help="Where it is written.", dir_okay=False)],
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Take a file to the bank: it is written to a path. Whoever has prepared it does not, but below a limit."""
    from api.operations.bank_orders import take_order_file

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done, content = take_order_file(session, number, who=place.person(), at=now())
    to.write_bytes(content)
    say(done.model_dump(mode="json"), f"{_file_sentence(done)}: {to}", as_json=as_json)


@order.command("content")
def content(
    number: Annotated[int, typer.Argument(help="The number of the file.")],
    to: Annotated[Path, typer.Option(help="Where it is written.", dir_okay=False)],
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Write a file that was taken once more, byte by byte."""
    from api.operations.bank_orders import get_order_file_content

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done, raw = get_order_file_content(session, number)
    to.write_bytes(raw)
    say(done.model_dump(mode="json"), f"{_file_sentence(done)}: {to}", as_json=as_json)


@order.command("cancel")
def cancel(
    number: Annotated[int, typer.Argument(help="The number of the file.")],
    reason: Reason,
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a file of which the bank has booked and refused nothing: its orders are due again."""
    from api.operations.bank_orders import cancel_order_file

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = cancel_order_file(session, number, reason, who=place.person(), at=now())
    say(done.model_dump(mode="json"), _file_sentence(done), as_json=as_json)


@order.command("report")
def report(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A pain.002.")],
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Read what a bank says of a file before it books anything (pain.002): what it refuses waits for a person."""
    from api.operations.bank_orders import read_bank_report

    raw = file.read_bytes()
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = read_bank_report(session, raw, who=place.caller.name, at=now())
    unknown = f"; none of ours: {', '.join(done.unknown)}" if done.unknown else ""
    say(done.model_dump(mode="json"), f"{counted(len(done.refused), 'order')} refused{unknown}", as_json=as_json)


@mandate.command("list")
def list_mandates(
    *,
    customer: Annotated[str | None, typer.Option(help="Only those of this customer.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List mandates for direct debits; of their accounts the ends alone."""
    from rich.markup import escape

    from api.operations.bank_orders import list_mandates as listed

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = listed(session, customer, at=now())
    columns = ("mandate", "reference", "customer", "scheme", "signed", "account", "state", "last used")
    rows = [
        (
            one.mandate,
            escape(one.reference),
            escape(one.customer),
            one.scheme.value,
            one.signed_on,
            one.account,
            one.state.value.replace("_", " "),
            one.last_on or "",
        )
        for one in known
    ]
    shown = table(columns, rows, right=("mandate",)) if known else "no mandate"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)


@mandate.command("show")
def show_mandate(number: Number, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show a mandate with its account."""
    from api.operations.bank_orders import get_mandate

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = get_mandate(session, number, at=now())
    say(known.model_dump(mode="json"), _mandate_sentence(known), as_json=as_json)


@mandate.command("record")
def record(
    reference: Annotated[str, typer.Argument(help="As it was signed.")],
    *,
    supplier: Annotated[str, typer.Option(help="Who collects, by name.")],
    customer: Annotated[str, typer.Option(help="Whose account is debited, by name.")],
    account: Annotated[str, typer.Option(help="The customer's, an IBAN.")],
    signed: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of the signature.")],
    scheme: Annotated[str, typer.Option(help="core or b2b.")] = "core",
    bic: Annotated[str, typer.Option(help="Of the customer's bank.")] = "",
    holder: Annotated[str, typer.Option(help="Whose account it is; the customer's without it.")] = "",
    once: Annotated[bool, typer.Option("--once", help="It is for one debit.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Record a mandate that a customer has signed; the creditor identifier is that of the supplier's profile."""
    from api.operations.bank_orders import record_mandate
    from billing.bank.mandates.mandate import DebitScheme
    from billing.bank.mandates.store import NewMandate

    if scheme not in set(DebitScheme):
        raise typer.BadParameter(f"{scheme} is none of {', '.join(DebitScheme)}")
    new = NewMandate(
        supplier=supplier,
        customer=customer,
        scheme=DebitScheme(scheme),
        reference=reference,
        signed_on=signed.date(),
        account=account,
        bic=bic,
        holder=holder,
        is_one_off=once,
    )
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = record_mandate(session, new, who=place.person(), at=now())
    say(done.model_dump(mode="json"), _mandate_sentence(done), as_json=as_json)


@mandate.command("amend")
def amend(
    number: Number,
    *,
    reference: Annotated[str | None, typer.Option(help="Another reference.")] = None,
    account: Annotated[str | None, typer.Option(help="Another account of the customer, an IBAN.")] = None,
    bic: Annotated[str | None, typer.Option(help="Of its bank.")] = None,
    holder: Annotated[str | None, typer.Option(help="Whose account it is.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Amend a mandate: the next debit by it tells the customer's bank how it was before."""
    from api.operations.bank_orders import amend_mandate
    from billing.bank.mandates.store import AmendedMandate

    amended = AmendedMandate(reference, account, bic, holder)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = amend_mandate(session, number, amended, who=place.person(), at=now())
    say(done.model_dump(mode="json"), _mandate_sentence(done), as_json=as_json)


@mandate.command("revoke")
def revoke(number: Number, reason: Reason, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Revoke a mandate: from now on nothing is collected by it."""
    from api.operations.bank_orders import revoke_mandate

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = revoke_mandate(session, number, reason, who=place.person(), at=now())
    say(done.model_dump(mode="json"), _mandate_sentence(done), as_json=as_json)


@mandate.command("end")
def end(number: Number, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Say that the next debit by a mandate is its last."""
    from api.operations.bank_orders import end_mandate

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = end_mandate(session, number, at=now())
    say(done.model_dump(mode="json"), _mandate_sentence(done), as_json=as_json)


def _day(instant: datetime | None) -> date | None:
    return None if instant is None else instant.date()


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text} is no amount, as 250.00") from error
    if not amount.is_finite():
        raise typer.BadParameter(f"{text} is no amount, as 250.00")
    return amount


def _orders_table(orders: "list[BankOrderOut] | tuple[BankOrderOut, ...]") -> object:
    from rich.markup import escape

    columns = ("order", "for", "document", "party", "amount", "", "due", "day", "state", "file", "why")
    rows = [
        (
            one.order,
            one.purpose,
            one.document,
            escape(one.party),
            "" if one.amount is None else f"{one.amount:f}",
            one.currency,
            one.due_on,
            one.day or "",
            one.state.value,
            one.file or "",
            escape(one.held),
        )
        for one in orders
    ]
    return table(columns, rows, right=("order", "amount", "file"))


def _sentence(known: "BankOrderOut") -> str:
    amount = "what is open" if known.amount is None else f"{known.amount:f} {known.currency}"
    document = f" of {known.document}" if known.document else ""
    held = f": {known.held}" if known.held else ""
    return f"order {known.order}: {known.purpose} of {amount}{document}, {known.party}, is {known.state.value}{held}"


def _file_sentence(known: "OrderFileOut") -> str:
    what = f"{counted(known.count, 'order')} over {known.amount:f} {known.currency} of {known.supplier}"
    return f"file {known.file} ({known.form}): {what}, {known.state}"


def _mandate_sentence(known: "MandateOut") -> str:
    state = known.state.value.replace("_", " ")
    scheme = known.scheme.value
    return f"mandate {known.mandate} ({scheme}), {known.reference} of {known.customer}, {known.account}, is {state}"
