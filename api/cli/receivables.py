"""Commands about receivables: payments and what they go to, write-offs, accounts and statements of them."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli import collecting
from api.cli.context import AsJson, RowLimit, TenantName, day, now, say, say_written, table, workplace, write_file
from api.cli.documents import LEAVES_OPTIONS

if TYPE_CHECKING:
    from billing.receivables.allocating import AllocatedAmount
    from billing.receivables.views import AccountStatementOut, PaymentOut, WriteOffOut

payments = typer.Typer(help="Money received or paid back, and the documents that it goes to.", no_args_is_help=True)
write_offs = typer.Typer(
    help="What is given up of documents: prepared by one, released by another.", no_args_is_help=True
)
accounts = typer.Typer(help="What each customer owes, and the statement of its account.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    collecting.add_to_payments(payments)
    app.add_typer(payments, name="payment")
    app.add_typer(write_offs, name="write-off")
    app.add_typer(accounts, name="account")


Allocated = Annotated[
    list[str] | None,
    typer.Option("--on", help="NUMBER=AMOUNT of a document, or NUMBER=AMOUNT+DISCOUNT; of a credit note below zero."),
]
Supplier = Annotated[str | None, typer.Option(help="Whose, where several suppliers bill the customer.")]


@payments.command("record")
def record_payment(
    *,
    customer: Annotated[str, typer.Option(help="Whose account it is on, by name.")],
    amount: Annotated[str, typer.Option(help="Received; below zero paid back; 0 to set documents off.")],
    currency: Annotated[str, typer.Option(help="As EUR.")],
    received: Annotated[str, typer.Option(help="The day, as 2026-02-09.")],
    reference: Annotated[str, typer.Option(help="Of the bank, or your own; one payment has it.")],
    payer: Annotated[str, typer.Option(help="Who paid, where it was another than the customer.")] = "",
    on: Allocated = None,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Record a payment and allocate it; what is left stays on account. The same once more changes nothing."""
    from api.operations.receivables import record_payment as record
    from billing.receivables.store import NewPayment

    new = NewPayment(
        customer=customer,
        supplier=supplier,
        currency=currency,
        amount=_amount(amount),
        received_on=day(received),
        reference=reference,
        payer=payer,
        allocations=_allocations(on),
    )
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = record(session, new, who=place.caller.name, at=now())
    _say_payment(done, as_json=as_json)


@payments.command("allocate")
def allocate_payment(number: int, *, on: Allocated = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Allocate what of a payment is on account to documents."""
    from api.operations.receivables import allocate_payment as allocate

    allocations = _allocations(on)
    if not allocations:
        raise typer.BadParameter("say to which document: --on NUMBER=AMOUNT")
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = allocate(session, number, allocations, who=place.caller.name, at=now())
    _say_payment(done, as_json=as_json)


@payments.command("reverse")
def reverse_payment(
    number: int,
    *,
    reference: Annotated[str, typer.Option(help="Of the reversal, as the bank states it.")],
    on: Annotated[str | None, typer.Option(help="The day; today in the supplier's books without it.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Reverse a payment by another of the opposite amount: what it was allocated to is open again."""
    from api.operations.receivables import reverse_payment as reverse

    reversed_on = None if on is None else day(on)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = reverse(session, number, reference=reference, on=reversed_on, who=place.caller.name, at=now())
    _say_payment(done, as_json=as_json)


@payments.command("show")
def show_payment(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show a payment with what it was allocated to."""
    from api.operations.receivables import find_payment

    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        payment = find_payment(session, number)
    rows = [(one.document, one.on, f"{one.amount:f}", f"{one.discount:f}") for one in payment.allocations]
    _say_payment(payment, as_json=as_json)
    if not as_json:
        say((), table(("document", "on", "amount", "discount"), rows, right=("amount", "discount")), as_json=False)


@payments.command("list", context_settings=LEAVES_OPTIONS)
def list_payments(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List payments in the order in which they were recorded.

    Those of a --customer, of a --reference, in a --currency, --received-from and --received-to; --sort by payment or
    received_on, turned round with a - before it.
    """
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.receivables import list_payments as listed
    from billing.receivables.payment_query import PaymentQuery

    query = list_asked(PaymentQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked), query, limit, as_json=as_json)
    columns = ("payment", "received", "customer", "amount", "", "on account", "reference")
    rows = [
        (
            one.payment,
            one.received_on,
            one.customer,
            f"{one.amount:f}",
            one.currency,
            f"{one.on_account:f}",
            one.reference,
        )
        for one in known
    ]
    say(
        [one.model_dump(mode="json") for one in known],
        table(columns, rows, right=("payment", "amount", "on account")),
        as_json=as_json,
    )
    say_more(more)


@write_offs.command("prepare")
def prepare_write_off(
    document: str,
    *,
    amount: Annotated[str, typer.Option(help="Of the document's sign; of the other one it is taken back.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a write-off, which another releases; up to the tenant's limit one is enough."""
    from api.operations.receivables import prepare_write_off as prepare

    given_up = _amount(amount)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        done = prepare(session, document, supplier, given_up, reason=reason, who=place.person(), at=now())
    _say_write_off(done, as_json=as_json)


@write_offs.command("release")
def release_write_off(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release a write-off that another has prepared: it counts from today on."""
    from api.operations.receivables import release_write_off as release

    with workplace(tenant, Permission.WRITE_OFFS_RELEASE) as place, place.transaction() as session:
        done = release(session, number, who=place.person(), at=now())
    _say_write_off(done, as_json=as_json)


@write_offs.command("list", context_settings=LEAVES_OPTIONS)
def list_write_offs(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the write-offs that wait for a release, or those in a --state (waiting, released, any)."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.receivables import list_write_offs as listed
    from billing.receivables.payment_query import WriteOffQuery

    query = list_asked(WriteOffQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked), query, limit, as_json=as_json)
    columns = ("write-off", "document", "amount", "", "prepared by", "released by", "reason")
    rows = [
        (
            one.write_off,
            one.document,
            f"{one.amount:f}",
            one.currency,
            one.prepared_by,
            one.released_by or "",
            one.reason,
        )
        for one in known
    ]
    say(
        [one.model_dump(mode="json") for one in known],
        table(columns, rows, right=("write-off", "amount")) if known else "no write-off waits",
        as_json=as_json,
    )
    say_more(more)


@accounts.command("list", context_settings=LEAVES_OPTIONS)
def list_accounts(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List what each customer owes each supplier today, by currency.

    Those of a --customer or a --supplier, in a --currency, or of which something is --overdue.
    """
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.receivables import list_accounts as listed
    from api.operations.short_lists import ACCOUNTS
    from billing.receivables.payment_query import AccountQuery

    query = list_asked(AccountQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        everything = listed(session, now())
        known, more = rows_asked(lambda asked: ACCOUNTS.page(everything, asked), query, limit, as_json=as_json)
    columns = ("customer", "supplier", "", "balance", "open", "on account", "overdue", "disputed")
    rows = [
        (
            one.customer,
            one.supplier,
            one.currency,
            *(f"{amount:f}" for amount in (one.balance, one.open, one.on_account, one.overdue, one.disputed)),
        )
        for one in known
    ]
    say([one.model_dump(mode="json") for one in known], table(columns, rows, right=columns[3:]), as_json=as_json)
    say_more(more)


@accounts.command("statement", context_settings=LEAVES_OPTIONS)
def account_statement(
    context: typer.Context,
    customer: str,
    *,
    from_: Annotated[str | None, typer.Option("--from", help="The first day; else the first of the year.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="The last day; else today in the supplier's books.")] = None,
    currency: Annotated[str | None, typer.Option(help="Which, where there are several.")] = None,
    supplier: Supplier = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to print.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write it as PDF.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write it as CSV.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Write out a customer's account over some days: balance before, every entry, balance after."""
    from api.cli.documents import documents_asked
    from api.operations.letters import letter_of_account
    from api.operations.receivables import account_statement as stated
    from billing.documents.registry import DOCUMENTS
    from billing.receivables.accounts import StatementAsked
    from billing.receivables.views import account_statement_out

    documents = documents_asked(DOCUMENTS.account, context.args, html=html, pdf=pdf, csv=csv)
    first, last = (None if text is None else day(text) for text in (from_, to))
    asked = StatementAsked(customer, currency, supplier, first, last)
    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        statement = stated(session, asked, now())
        known = letter_of_account(session, statement)
    files = [write_file(document.name, path, document.render(statement, known)) for document, path in documents]
    _say_statement(account_statement_out(statement), as_json=as_json)
    say_written(files, as_json=as_json)


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text} is no amount, as 1190.00") from error
    if not amount.is_finite():
        raise typer.BadParameter(f"{text} is no amount, as 1190.00")
    return amount


def _allocations(on: list[str] | None) -> "tuple[AllocatedAmount, ...]":
    """Read allocations as they are typed: NUMBER=AMOUNT, or NUMBER=AMOUNT+DISCOUNT."""
    from billing.receivables.allocating import AllocatedAmount

    allocations = []
    for text in on or ():
        number, has_amount, amounts = text.partition("=")
        amount, _, discount = amounts.partition("+")
        if not number or not has_amount:
            raise typer.BadParameter(f"{text} is no allocation, as 2026-000001=1166.20+23.80")
        allocations.append(AllocatedAmount(number, _amount(amount), _amount(discount or "0")))
    return tuple(allocations)


def _say_payment(payment: "PaymentOut", *, as_json: bool) -> None:
    what = f"payment {payment.payment}: {payment.amount:f} {payment.currency} of {payment.customer}"
    gone = ", ".join(
        f"{one.document} {one.amount:f}" + (f" and {one.discount:f} cash discount" if one.discount else "")
        for one in payment.allocations
    )
    rest = f"; {payment.on_account:f} on account" if payment.on_account else ""
    undone = f"; it reverses payment {payment.reverses}" if payment.reverses else ""
    undone += f"; payment {payment.reversed_by} reverses it" if payment.reversed_by else ""
    say(payment.model_dump(mode="json"), f"{what}{f' to {gone}' if gone else ''}{rest}{undone}", as_json=as_json)


def _say_write_off(write_off: "WriteOffOut", *, as_json: bool) -> None:
    what = f"write-off {write_off.write_off}: {write_off.amount:f} {write_off.currency} of {write_off.document}"
    waits = f"; it waits: `usufruct write-off release {write_off.write_off}`"
    stands = f", since {write_off.on}" if write_off.on is not None else waits
    say(write_off.model_dump(mode="json"), f"{what}{stands}", as_json=as_json)


def _say_statement(statement: "AccountStatementOut", *, as_json: bool) -> None:
    rows = [
        (
            entry.on,
            entry.kind.value.replace("_", " "),
            entry.reference,
            ", ".join(entry.documents),
            f"{entry.amount:f}",
            f"{entry.balance:f}",
        )
        for entry in statement.entries
    ]
    before = (statement.first, "balance before", "", "", "", f"{statement.opening:f}")
    after = (statement.last, "balance after", "", "", "", f"{statement.closing:f}")
    columns = ("on", "", "reference", "documents", "amount", "balance")
    say(
        statement.model_dump(mode="json"),
        table(columns, [before, *rows, after], right=("amount", "balance")),
        as_json=as_json,
    )
    if not as_json:
        end = statement.at_the_end
        amounts = (
            f"open {end.open:f}, on account {end.on_account:f}, overdue {end.overdue:f}, disputed {end.disputed:f}"
        )
        say((), f"{amounts} {statement.currency}", as_json=False)
