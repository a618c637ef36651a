"""Commands about what is owed: bills made, shown, explained, replayed, exported."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli import deliveries, voiding
from api.cli.context import (
    AsJson,
    RowLimit,
    TenantName,
    day,
    now,
    out,
    public_address,
    say,
    say_written,
    table,
    workplace,
    write_file,
)
from api.cli.documents import LEAVES_OPTIONS
from api.cli.proof_file import ProofFile, write_proof
from quantities.counted import agrees, counted

if TYPE_CHECKING:
    from sqlmodel import Session

    from billing.documents.document import InvoiceDocument
    from billing.documents.views import ContractPartOut, InvoiceHead, InvoiceOut, LineOut

_UNPROVEN = 1
#: What a form refuses: exit code of `invoice validate`.
_BROKEN = 1

Supplier = Annotated[
    str | None, typer.Option("--supplier", help="Whose, where several suppliers have an invoice of that number.")
]
invoice = typer.Typer(help="Invoices, which never change; and drafts, which are no invoices yet.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(bill)
    voiding.add_to(invoice)
    deliveries.add_to(invoice)
    app.add_typer(invoice, name="invoice")
    app.command(context_settings=LEAVES_OPTIONS)(explain)
    app.command()(proof)
    app.command()(replay)
    app.command(context_settings=LEAVES_OPTIONS)(export)


def bill(
    *,
    issue: Annotated[
        bool, typer.Option("--issue", help="Issue it; without it, drafts are shown, and nothing is billed.")
    ] = False,
    until: Annotated[
        str | None,
        typer.Option(help="Only what was due by the end of this day in UTC; drafts may lie ahead."),
    ] = None,
    issue_date: Annotated[
        str | None,
        typer.Option("--date", help="With --issue: the date that the invoices bear, today or earlier, as 2026-02-28."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="With --issue: processes that bill side by side; one for each core.")
    ] = 1,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show what is due as drafts, or issue it; safe to repeat, to kill, and to run side by side."""
    from api.operations.billing import IssueDateWithoutIssue, collect_rarely, look_at_everything
    from api.operations.billing_workers import bill_side_by_side
    from api.operations.invoices import invoices_by_id
    from billing.documents.views import held_out, invoice_head

    collect_rarely()
    by, dated = _due_by(until, issue=issue) if until else None, day(issue_date) if issue_date else None
    if dated is not None and not issue:
        raise IssueDateWithoutIssue(
            f"drafts do not bear the date {dated}", found=str(dated), expected="none, or --issue"
        )
    with workplace(tenant, Permission.DRAFTS_READ if not issue else Permission.INVOICES_ISSUE) as place:
        if issue:
            place.note_now()
            done = bill_side_by_side(place.database, place.tenant, now(), workers, until=by, issue_date=dated)
            with place.transaction() as session:
                heads = [invoice_head(invoice) for invoice in invoices_by_id(session, done.invoices)]
            held, held_work, disputes = done.held, done.held_work, done.disputes
        else:
            ready = look_at_everything(place.database, place.tenant, now(), until=by)
            heads = [invoice_head(draft) for draft in ready.drafts]
            held, held_work, disputes = ready.held, ready.held_work, ready.disputes
    waiting = [held_out(work) for work in held_work]
    facts = {
        "invoices": [shown.model_dump(mode="json") for shown in heads],
        "held": held,
        "held_work": [work.model_dump(mode="json") for work in waiting],
        "disputes_waiting": [dispute.id for dispute in disputes],
    }
    rows = [
        (
            shown.number,
            _contract(shown),
            shown.customer,
            f"{shown.period_from} – {shown.period_to}",
            f"{shown.gross:f}",
            shown.currency,
        )
        for shown in heads
    ]
    columns = ("invoice", "contract", "customer", "period", "gross", "")
    nothing = "nothing is billed" if held_work else "nothing is due"
    say(facts, table(columns, rows, right=("gross",)) if rows else nothing, as_json=as_json)
    if as_json:
        return
    for work in waiting:
        days = f", {work.period_from} – {work.period_to}" if work.period_from else ""
        out.print(f"[yellow]held[/] {work.contract}{days}: {work.reason}")
    disputed = [(shown, apart) for shown in heads for apart in shown.held_apart]
    for shown, apart in disputed:
        days = f"{apart.period_from} – {apart.period_to}"
        out.print(
            f"[yellow]disputed[/] {shown.contract}: {apart.charge}, {days}, net {apart.net:f} is left out of "
            f"{shown.number} until dispute {apart.dispute} is settled"
        )
    for dispute in disputes:
        what = f"{dispute.contract}, {dispute.dispute.charge}, from {dispute.dispute.first}"
        out.print(f"[yellow]dispute {dispute.id}[/] ({what}) waits to be accepted; nothing is held back for it")


def _due_by(until: str, *, issue: bool) -> datetime:
    """Say by when: of a day by its end in UTC, and where it is issued, today by now."""
    from quantities.days import begins, day_or_instant, ends

    asked = day_or_instant(until)
    end = ends(asked)
    return min(end, now()) if issue and begins(asked) <= now() else end


@invoice.command("list", context_settings=LEAVES_OPTIONS)
def list_invoices(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List invoices, oldest first; drafts are listed by ``usufruct bill``.

    Those of --contract, --customer or --supplier, of a --kind, in a --state (unchanged, corrected, disputed, void) or
    with a --payment (issued, sent, partly_paid, paid, overdue, written_off, void), of the --month of issue or the
    --service-month, from --issued-from to --issued-to, or from --due-from to --due-to; --sort by created, issued_on or
    period_from, turned round with a - before it.
    """
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.invoices import list_invoices as listed
    from billing.invoices.invoice_query import InvoiceQuery

    query = list_asked(InvoiceQuery, context.args)
    with workplace(tenant, Permission.INVOICES_READ) as place, place.transaction() as session:
        heads, more = rows_asked(lambda asked: listed(session, asked, now()), query, limit, as_json=as_json)
    rows = [
        (
            shown.number,
            shown.issued_on,
            _contract(shown),
            shown.customer,
            f"{shown.period_from} – {shown.period_to}",
            f"{shown.gross:f}",
            shown.currency,
            "" if shown.payment is None else shown.payment.state.value.replace("_", " "),
        )
        for shown in heads
    ]
    columns = ("invoice", "issued", "contract", "customer", "period", "gross", "", "payment")
    say([shown.model_dump(mode="json") for shown in heads], table(columns, rows, right=("gross",)), as_json=as_json)
    say_more(more)


@invoice.command("totals", context_settings=LEAVES_OPTIONS)
def total_invoices(context: typer.Context, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Add up the invoices that ``invoice list`` lists with the same options, and what of it is open; by currency."""
    from api.cli.lists import list_asked
    from api.operations.invoices import total_invoices as added_up
    from billing.invoices.invoice_query import InvoiceQuery

    query = list_asked(InvoiceQuery, context.args)
    with workplace(tenant, Permission.INVOICES_READ) as place, place.transaction() as session:
        facts = [total.model_dump(mode="json") for total in added_up(session, query, now())]
    columns = ("currency", "invoices", "net", "vat", "gross", "open")
    rows = [[fact[name] for name in columns] for fact in facts]
    say(facts, table(columns, rows, right=columns[1:]), as_json=as_json)


@invoice.command("show", context_settings=LEAVES_OPTIONS)
def show(
    context: typer.Context,
    number: str,
    *,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to print.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write it as PDF.")] = None,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show an invoice with its lines, or a draft by the name that ``usufruct bill`` gives it."""
    from api.operations.collecting import open_pay_links
    from api.operations.invoices import find_invoice

    documents = _documents_asked(context.args, html, pdf) if context.args or html or pdf else []
    with workplace(tenant, Permission.INVOICES_READ) as place, place.transaction() as session:
        shown = find_invoice(session, number, now(), supplier)
        links = open_pay_links(session, number, supplier, now())
        written = [(kind.name, path, _written(session, number, kind, supplier)) for kind, path in documents]
    files = [write_file(name, path, content) for name, path, content in written]
    heading = f"invoice {shown.number} of {shown.supplier} to {shown.customer}, {_contract(shown)}"
    rows = [row for part in shown.parts for row in _contract_rows(shown, part)] or [_row(line) for line in shown.lines]
    if not as_json:
        out.print(heading)
    columns = ("line", "charge", "quantity", "unit", "unit price", "net")
    say(shown.model_dump(mode="json"), table(columns, rows, right=("line", *columns[2:])), as_json=as_json)
    if not as_json:
        if shown.voided is not None:
            why = f"{shown.voided.reason} ({shown.voided.asked_by}, {shown.voided.released_by})"
            out.print(f"[red]void[/] since {shown.voided_on}: {why}")
        out.print(f"net {shown.net:f}, VAT {shown.vat:f}, gross {shown.gross:f} {shown.currency}")
        if shown.payable is not None:
            parts = {"rounding": shown.rounding, "withheld": shown.withheld, "to be paid": shown.payable}
            out.print(", ".join(f"{name} {amount:f}" for name, amount in parts.items() if amount is not None))
        for link in links:
            out.print(f"can be paid by link {link.link} until {link.expires_at:%Y-%m-%d}")
        for apart in shown.held_apart:
            days = f"{apart.period_from} – {apart.period_to}"
            out.print(f"not billed while disputed: {apart.charge}, {days}, net {apart.net:f} (dispute {apart.dispute})")
    say_written(files, as_json=as_json)


def _documents_asked(options: list[str], html: Path | None, pdf: Path | None) -> "list[tuple[InvoiceDocument, Path]]":
    from api.cli.documents import documents_asked
    from billing.documents.registry import DOCUMENTS  # loads all that writes documents

    return list(documents_asked(DOCUMENTS.invoice, options, html=html, pdf=pdf))


def _written(session: "Session", number: str, document: "InvoiceDocument", supplier: str | None) -> bytes:
    from api.operations.originals import write_document  # what writes documents is loaded where one is written

    return write_document(session, number, document, now(), supplier, public_url=public_address())


def _contract(shown: "InvoiceHead") -> str:
    return counted(len(shown.contracts), "contract") if shown.contracts else shown.contract


def _contract_rows(shown: "InvoiceOut", part: "ContractPartOut") -> list[tuple[object, ...]]:
    """Write the lines of one contract of a consolidated document, with what they come to."""
    lines = [_row(line) for line in shown.lines[part.first_line - 1 : part.last_line]]
    days = f"{part.contract}, {part.period_from} – {part.period_to}"
    return [("", days, "", "", "", ""), *lines, ("", f"subtotal {part.contract}", "", "", "", f"{part.net:f}")]


def _row(line: "LineOut") -> tuple[object, ...]:
    adjusts = f" (adjusts {line.corrects.number})" if line.corrects else ""
    charge = line.charge + (f", {line.label}" if line.label else "") + adjusts
    return line.pos, charge, f"{line.quantity:f}", line.unit, f"{line.unit_price:f}", f"{line.net:f}"


@invoice.command("usage", context_settings=LEAVES_OPTIONS)
def show_usage(
    context: typer.Context,
    number: str,
    *,
    html: Annotated[Path | None, typer.Option(help="Write the usage statement as a page to print.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the usage statement as PDF.")] = None,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show the use behind an invoice by day, as of the readings that it knew; or write its usage statement."""
    from api.cli.documents import documents_asked
    from api.operations.invoices import usage_of_invoice
    from billing.documents.registry import DOCUMENTS
    from billing.documents.usage.terminal import usage_rows
    from billing.documents.usage.views import invoice_usage_out

    documents = documents_asked(DOCUMENTS.usage, context.args, html=html, pdf=pdf)
    with workplace(tenant, Permission.INVOICES_READ) as place, place.transaction() as session:
        usage = usage_of_invoice(session, number, now(), supplier)
    files = [write_file(document.name, path, document.render(usage)) for document, path in documents]
    columns = ("register", "day", "use", "unit", "", "estimated")
    shown = table(columns, usage_rows(usage), right=("use", "estimated"))
    say(invoice_usage_out(usage).model_dump(mode="json", by_alias=True), shown, as_json=as_json)
    say_written(files, as_json=as_json)


@invoice.command("original")
def show_original(
    number: str,
    file: Annotated[Path, typer.Argument(help="Where its bytes are written.")],
    *,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Write the archived original of an invoice: the bytes of its customer's form; the XML wins over the PDF."""
    from api.operations.originals import find_original

    with workplace(tenant, Permission.INVOICES_READ) as place, place.transaction() as session:
        kept = find_original(session, number, now(), supplier, public_url=public_address())
    facts = {
        "form": kept.form.value,
        "media_type": kept.media_type,
        "sha256": kept.sha256,
        "made_at": kept.made_at.isoformat(),
        "retained_until": kept.retained_until.isoformat(),
    }
    written = write_file("original", file, kept.content)
    say(facts, table(("", "original"), list(facts.items())), as_json=as_json)
    say_written([written], as_json=as_json)


@invoice.command("validate")
def validate(number: str, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Say what the rules of its form say of an invoice, or of a draft as if it were issued: each with its field.

    Exit 1 where a binding rule is broken; warnings alone end with 0.
    """
    from api.operations.originals import validate_invoice

    with workplace(tenant, Permission.INVOICES_READ) as place, place.transaction() as session:
        report = validate_invoice(session, number, now(), supplier)
    rows = [
        (kind, broken.rule, broken.why)
        for kind, rules in (("error", report.errors), ("warning", report.warnings))
        for broken in rules
    ]
    if rows or as_json:
        say(report.model_dump(mode="json"), table(("", "rule", "why"), rows), as_json=as_json)
    if not as_json:
        many = f"{counted(len(report.errors), 'error')}, {counted(len(report.warnings), 'warning')}"
        out.print(f"{report.form.value}: {many}")
        for rules in report.rules:
            out.print(f"held to {rules}")
    if report.errors:
        raise typer.Exit(_BROKEN)


@invoice.command("sent")
def record_sending(
    number: str,
    *,
    how: Annotated[str, typer.Option(help="mail, portal or hand.")] = "mail",
    on: Annotated[str | None, typer.Option(help="The day; today in the supplier's books without it.")] = None,
    note: Annotated[str, typer.Option(help="In words.")] = "",
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Record that a document was sent, by mail, through a portal, or by hand."""
    from api.operations.receivables import record_sending as record

    if how not in ("mail", "portal", "hand"):
        raise typer.BadParameter(f"{how} is none of mail, portal, hand")
    sent_on = None if on is None else day(on)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        who = place.caller.name
        done = record(session, number, supplier, sent_on=sent_on, how=how, note=note, who=who, at=now())
    say(done.model_dump(mode="json"), f"{number}: sent on {done.on}, by {done.how}", as_json=as_json)


@invoice.command("issue")
def issue_invoice(number: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Issue a draft as it was looked at: it gets its number and date, and never changes again."""
    from api.operations.rating import issue_invoice as issue
    from billing.documents.views import invoice_head

    with workplace(tenant, Permission.INVOICES_ISSUE) as place, place.transaction() as session:
        issued = invoice_head(issue(session, number, now()))
    say(issued.model_dump(mode="json"), f"{number} is invoice {issued.number} of {issued.issued_on}", as_json=as_json)


def explain(
    context: typer.Context,
    number: str,
    line: int,
    *,
    most: Annotated[int, typer.Option(help="How many readings to list.")] = 10,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Open a line of an invoice down to its readings."""
    from api.cli.documents import documents_asked
    from api.operations.invoices import AskedLine, explain_line
    from billing.documents.explanation import lines_of
    from billing.documents.registry import DOCUMENTS
    from billing.documents.views import explanation_out

    documents = documents_asked(DOCUMENTS.explanation, context.args)
    with workplace(tenant, Permission.INVOICES_READ) as place, place.transaction() as session:
        explanation = explanation_out(explain_line(session, AskedLine(number, line, most, supplier), now()))
    files = [write_file(document.name, path, document.render(explanation)) for document, path in documents]
    if as_json:
        say(explanation.model_dump(mode="json"), "", as_json=True)
        return
    for sentence in lines_of(explanation):
        out.print(sentence, markup=False, soft_wrap=True)
    say_written(files)


def proof(
    number: str,
    *,
    to: ProofFile = None,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Write the proof of an issued document into a file that its customer verifies without us."""
    from api.operations.proofs import make_proof

    with workplace(tenant, Permission.INVOICES_READ) as place, place.transaction() as session:
        bundle = make_proof(session, number, now(), supplier)
    write_proof(bundle, to, as_json=as_json)


def replay(
    number: Annotated[str | None, typer.Argument(help="Which; without it, every issued invoice.")] = None,
    *,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Recompute issued invoices from their inputs; exit 1 and name each line that no longer proves."""
    from dataclasses import asdict

    from api.operations.rating import replay_invoice, replay_issued_invoices

    with workplace(tenant, Permission.INVOICES_REPLAY) as place, place.transaction() as session:
        done = replay_invoice(session, number, now(), supplier) if number else replay_issued_invoices(session)
    unproven = [asdict(discrepancy) for discrepancy in done.discrepancies]
    sentence = (
        "\n".join(map(str, done.discrepancies))
        or f"{counted(done.count, 'invoice')} {agrees(done.count, 'recomputes', 'recompute')} to the cent"
    )
    say({"replayed": done.count, "unproven": unproven}, sentence, as_json=as_json)
    if unproven:
        raise typer.Exit(_UNPROVEN)


def export(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="invoices or lines")],
    *,
    to: Annotated[Path | None, typer.Option(help="A file; without it, standard output.")] = None,
    tenant: TenantName = None,
) -> None:
    """Write issued invoices, or their lines, as CSV.

    All of them, or those issued in a --month, or --issued-from a day --issued-to a day, which counts.
    """
    import sys

    from api.cli.documents import export_asked
    from api.operations.invoices import export_invoices
    from billing.exports import EXPORTERS

    if what not in EXPORTERS:
        raise typer.BadParameter(f"{what} is none of {', '.join(EXPORTERS)}")
    chosen = export_asked(EXPORTERS[what], context.args)
    with workplace(tenant, Permission.EXPORTS_READ) as place, place.transaction() as session:
        written = export_invoices(session, chosen)
    if to is None:
        sys.stdout.buffer.write(written)
    else:
        say_written([write_file(what, to, written)])
