"""Commands about what is owed: bills made, shown, explained, replayed, exported."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import AsJson, TenantName, instant, now, out, say, table, workplace

_UNPROVEN = 1

Supplier = Annotated[
    str | None, typer.Option("--supplier", help="Whose, where several suppliers have an invoice of that number.")
]
invoice = typer.Typer(help="Invoices: drafts, and issued ones, which never change.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(bill)
    app.add_typer(invoice, name="invoice")
    app.command()(explain)
    app.command()(replay)
    app.command()(export)


def bill(
    *,
    issue: Annotated[
        bool, typer.Option("--issue", help="Give numbers and dates; without it, drafts are left.")
    ] = False,
    until: Annotated[str | None, typer.Option(help="Only what was due by then, as 2026-03-01.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Bill everything that is due; safe to repeat, to kill, and to run side by side."""
    from api.operations.working import bill_everything, collect_rarely
    from billing.documents.views import head
    from billing.invoices.store import billed

    collect_rarely()
    with workplace(tenant) as place:
        done = bill_everything(
            place.database, place.tenant, now(), issue=issue, until=instant(until) if until else None
        )
        with place.transaction() as session:
            heads = [head(each) for each in billed(session, done.invoices)]
    facts = {
        "invoices": [each.model_dump(mode="json") for each in heads],
        "held": done.held,
        "disputes_waiting": [dispute.id for dispute in done.disputes],
    }
    rows = [
        (
            each.number,
            each.contract,
            each.customer,
            f"{each.period_from} – {each.period_to}",
            f"{each.gross:f}",
            each.currency,
        )
        for each in heads
    ]
    columns = ("invoice", "contract", "customer", "period", "gross", "")
    nothing = "nothing is billed" if done.held else "nothing is due"
    say(facts, table(columns, rows, right=("gross",)) if rows else nothing, as_json=as_json)
    if as_json:
        return
    for contract, reason in done.held.items():
        out.print(f"[yellow]held[/] {contract}: {reason}")
    for number, contract, apart in ((each.number, each.contract, apart) for each in heads for apart in each.held_apart):
        days = f"{apart.period_from} – {apart.period_to}"
        out.print(
            f"[yellow]disputed[/] {contract}: {apart.charge}, {days}, net {apart.net:f} is left out of {number} until "
            f"dispute {apart.dispute} is settled"
        )
    for dispute in done.disputes:
        what = f"{dispute.contract}, {dispute.dispute.charge}, from {dispute.dispute.first}"
        out.print(f"[yellow]dispute {dispute.id}[/] ({what}) waits to be accepted; nothing is held back for it")


@invoice.command("list")
def list_invoices(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List all invoices, oldest first."""
    from billing.documents.views import head
    from billing.invoices.store import billed, ids_of

    with workplace(tenant) as place, place.transaction() as session:
        heads = [head(each) for each in billed(session, ids_of(session))]
    rows = [
        (
            h.number,
            h.issued_on or "draft",
            h.contract,
            h.customer,
            f"{h.period_from} – {h.period_to}",
            f"{h.gross:f}",
            h.currency,
        )
        for h in heads
    ]
    columns = ("invoice", "issued", "contract", "customer", "period", "gross", "")
    say([h.model_dump(mode="json") for h in heads], table(columns, rows, right=("gross",)), as_json=as_json)


@invoice.command("show")
def show(
    number: str,
    *,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to print.")] = None,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show an invoice with its lines; a draft is draft-ID."""
    from billing.documents.invoice_html import page
    from billing.documents.views import whole
    from billing.invoices.store import find

    with workplace(tenant) as place, place.transaction() as session:
        shown = whole(find(session, number, supplier))
    if html is not None:
        html.write_text(page(shown), encoding="utf-8")
    heading = f"invoice {shown.number} of {shown.supplier} to {shown.customer}, {shown.contract}"
    rows = [
        (
            each.pos,
            each.charge
            + (f", {each.label}" if each.label else "")
            + (f" (adjusts {each.corrects.number})" if each.corrects else ""),
            f"{each.quantity:f}",
            each.unit,
            f"{each.unit_price:f}",
            f"{each.net:f}",
        )
        for each in shown.lines
    ]
    if not as_json:
        out.print(heading)
    columns = ("line", "charge", "quantity", "unit", "unit price", "net")
    say(shown.model_dump(mode="json"), table(columns, rows, right=("line", *columns[2:])), as_json=as_json)
    if not as_json:
        out.print(f"net {shown.net:f}, VAT {shown.vat:f}, gross {shown.gross:f} {shown.currency}")
        for apart in shown.held_apart:
            days = f"{apart.period_from} – {apart.period_to}"
            out.print(f"not billed while disputed: {apart.charge}, {days}, net {apart.net:f} (dispute {apart.dispute})")


@invoice.command("issue")
def issue_invoice(number: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Give a draft its number and date; it never changes again."""
    from billing.documents.views import head
    from billing.run import issue_draft

    with workplace(tenant) as place, place.transaction() as session:
        issued = head(issue_draft(session, number, now()))
    say(issued.model_dump(mode="json"), f"{number} is invoice {issued.number} of {issued.issued_on}", as_json=as_json)


def explain(
    number: str,
    line: int,
    *,
    most: Annotated[int, typer.Option(help="How many readings to list.")] = 10,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Open a line of an invoice down to its readings."""
    from billing.documents.explanation import lines_of
    from billing.documents.views import opened
    from billing.proof.explain import explain as open_line

    with workplace(tenant) as place, place.transaction() as session:
        found = opened(open_line(session, number, line, most, supplier))
    if as_json:
        say(found.model_dump(mode="json"), "", as_json=True)
        return
    for each in lines_of(found):
        out.print(each, markup=False, soft_wrap=True)


def replay(
    number: Annotated[str | None, typer.Argument(help="Which; without it, every issued invoice.")] = None,
    *,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Recompute issued invoices from their inputs; exit 1 and name each line that no longer proves."""
    from dataclasses import asdict

    from billing.invoices.store import find, ids_of
    from billing.proof.replay import replay as recompute

    with workplace(tenant) as place, place.transaction() as session:
        ids = [find(session, number, supplier).row.id] if number else ids_of(session, issued_only=True)
        found = recompute(session, ids)
    sentence = "\n".join(map(str, found)) or f"{len(ids)} invoices recompute to the cent"
    say({"replayed": len(ids), "unproven": [asdict(each) for each in found]}, sentence, as_json=as_json)
    if found:
        raise typer.Exit(_UNPROVEN)


def export(
    what: Annotated[str, typer.Argument(help="invoices or lines")],
    *,
    to: Annotated[Path | None, typer.Option(help="A file; without it, standard output.")] = None,
    tenant: TenantName = None,
) -> None:
    """Write issued invoices, or their lines, as CSV."""
    import sys

    from billing.exports import EXPORTERS
    from billing.invoices.store import billed, ids_of

    if what not in EXPORTERS:
        raise typer.BadParameter(f"{what} is none of {', '.join(EXPORTERS)}")
    with workplace(tenant) as place, place.transaction() as session:
        written = EXPORTERS[what](billed(session, ids_of(session, issued_only=True)))
    if to is None:
        sys.stdout.buffer.write(written)
    else:
        to.write_bytes(written)
