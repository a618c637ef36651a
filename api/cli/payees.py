"""Commands about payees: who has a part of what was issued, statements, the legs of an invoice, and their documents."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli import payee_deliveries
from api.cli.context import (
    AsJson,
    RowLimit,
    TenantName,
    day,
    now,
    public_address,
    say,
    say_written,
    table,
    workplace,
    write_file,
)
from api.cli.documents import LEAVES_OPTIONS
from api.cli.proof_file import ProofFile, write_proof

if TYPE_CHECKING:
    from api.operations.payees import DaysOfIssue

payee = typer.Typer(help="Payees: who has a part of what was billed, and their statements.", no_args_is_help=True)

From = Annotated[str | None, typer.Option("--from", help="The first day of issue, as 2026-01-01.")]
To = Annotated[str | None, typer.Option("--to", help="The last day of issue.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    payee_deliveries.add_to(payee)
    app.add_typer(payee, name="payee")


@payee.command("list")
def list_payees(*, from_: From = None, to: To = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List who has a part of what was issued."""
    from api.operations.payees import list_payees as listed

    with workplace(tenant, Permission.PAYEES_READ) as place, place.transaction() as session:
        known = listed(session, _days(from_, to))
    rows = [(one.name, one.currency, one.lines, f"{one.share:f}") for one in known]
    shown = table(("payee", "currency", "lines", "share"), rows, right=("lines", "share"))
    say([one.model_dump(mode="json") for one in known], shown if known else "nobody", as_json=as_json)


@payee.command("statement", context_settings=LEAVES_OPTIONS)
def show_payee_statement(
    context: typer.Context,
    name: str,
    *,
    from_: From = None,
    to: To = None,
    csv: Annotated[Path | None, typer.Option(help="Write its lines as CSV into this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to print.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write it as PDF.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show the statement of a payee: of each issued line what was sold, and what of it is the payee's."""
    from api.cli.documents import documents_asked
    from api.operations.payees import letter_of_payee_statement, payee_statement
    from billing.documents.registry import DOCUMENTS

    documents = documents_asked(DOCUMENTS.payee, context.args, csv=csv, html=html, pdf=pdf)
    with workplace(tenant, Permission.PAYEES_READ) as place, place.transaction() as session:
        statement = payee_statement(session, name, _days(from_, to))
        known = letter_of_payee_statement(session, statement, now().date())
    files = [write_file(document.name, path, document.render(statement, known)) for document, path in documents]
    columns = ("number", "line", "charge", "net", "commission", "share", "currency")
    rows: list[tuple[object, ...]] = [
        (line.number, line.pos, line.charge, f"{line.net:f}", f"{line.commission:f}", f"{line.share:f}", line.currency)
        for line in statement.lines
    ]
    rows += [
        ("total", "", "", f"{total.net:f}", f"{total.commission:f}", f"{total.share:f}", total.currency)
        for total in statement.totals
    ]
    shown = table(columns, rows, right=("line", "net", "commission", "share"))
    say(statement.model_dump(mode="json"), shown, as_json=as_json)
    say_written(files, as_json=as_json)


@payee.command("legs")
def show_invoice_legs(
    number: str,
    *,
    supplier: Annotated[str | None, typer.Option(help="Whose, where several suppliers have one.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say which sales an issued invoice is, between whom, who makes out the document, and the tax of each."""
    from rich.console import Group

    from api.operations.payees import invoice_legs

    with workplace(tenant, Permission.PAYEES_READ) as place, place.transaction() as session:
        sale = invoice_legs(session, number, supplier)
    columns = ("sale", "seller", "buyer", "made out by", "type", "net", "tax", "gross")
    rows = [
        (leg.kind, leg.seller, leg.buyer, leg.made_out_by, leg.document_type, f"{leg.net:f}", f"{leg.vat:f}",
         f"{leg.gross:f}")
        for leg in sale.legs
    ]  # fmt: skip
    rows += [
        ("payable", one.payee, "", "", "", f"{one.net:f}", f"{one.vat:f}", f"{one.gross:f}") for one in sale.payables
    ]
    rows.append(("own", "commission", "", "", "", f"{sale.commission:f}", "", ""))
    void = [] if sale.voided_on is None else [f"VOID since {sale.voided_on}, and nothing of it is owed"]
    shown = Group(*void, table(columns, rows, right=columns[5:]))
    say(sale.model_dump(mode="json"), shown, as_json=as_json)


@payee.command("documents", context_settings=LEAVES_OPTIONS)
def list_payee_documents(
    context: typer.Context, name: str, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the documents between the supplier and a payee: of a --leg, --document-type, --contract or --issued-from."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.payees import list_payee_documents as listed
    from billing.payees.documents.document_query import PayeeDocumentQuery

    query = list_asked(PayeeDocumentQuery, context.args)
    with workplace(tenant, Permission.PAYEE_DOCUMENTS_READ) as place, place.transaction() as session:
        as_payee = place.caller.party is not None
        heads, more = rows_asked(
            lambda asked: listed(session, name, asked, as_payee=as_payee), query, limit, as_json=as_json
        )
    columns = ("number", "type", "issued on", "state", "seller", "buyer", "corrects", "net", "tax", "gross", "currency")
    rows = [
        (head.number, head.document_type, head.issued_on, "void" if head.voided_on else "issued", head.seller,
         head.buyer, ", ".join(head.corrects), f"{head.net:f}", f"{head.vat:f}", f"{head.gross:f}", head.currency)
        for head in heads
    ]  # fmt: skip
    shown = table(columns, rows, right=("net", "tax", "gross")) if heads else "no document"
    say([head.model_dump(mode="json") for head in heads], shown, as_json=as_json)
    say_more(more)


@payee.command("document", context_settings=LEAVES_OPTIONS)
def show_payee_document(
    context: typer.Context,
    number: str,
    *,
    seller: Annotated[str | None, typer.Option(help="Whose, where several sellers have one.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to print.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write it as PDF.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show a document between the supplier and a payee: each line names the customer's line that it comes of."""
    from rich.console import Group

    from api.cli.documents import documents_asked
    from api.operations.payees import find_payee_document, write_payee_document
    from billing.documents.registry import DOCUMENTS

    asked = documents_asked(DOCUMENTS.invoice, context.args, html=html, pdf=pdf)
    with workplace(tenant, Permission.PAYEE_DOCUMENTS_READ) as place, place.transaction() as session:
        document = find_payee_document(session, number, seller)
        public_url = public_address()
        written = [
            (kind.name, path, write_payee_document(session, number, kind, seller, public_url=public_url))
            for kind, path in asked
        ]
    files = [write_file(name, path, content) for name, path, content in written]
    columns = ("line", "comes of", "charge", "days", "corrects", "tax %", "net")
    rows: list[tuple[object, ...]] = [
        (line.pos, f"{line.invoice} line {line.invoice_pos}", line.charge, f"{line.service_from} to {line.service_to}",
         line.corrects or "", f"{line.tax_rate_percent:f}", f"{line.net:f}")
        for line in document.lines
    ]  # fmt: skip
    rows += [
        (what, "", "", "", "", "", f"{amount:f}")
        for what, amount in (("net", document.net), ("tax", document.vat), ("gross", document.gross))
    ]
    head = f"{document.document_type} {document.number} of {document.issued_on}: {document.seller} → {document.buyer}, "
    head += f"made out by {document.made_out_by}; {document.currency}"
    if document.voided_on is not None:
        head = f"VOID since {document.voided_on}, and nothing of it is owed: {head}"
    shown = Group(head, table(columns, rows, right=("tax %", "net")))
    say(document.model_dump(mode="json"), shown, as_json=as_json)
    say_written(files, as_json=as_json)


@payee.command("proof")
def write_payee_proof(
    number: str,
    *,
    to: ProofFile = None,
    seller: Annotated[str | None, typer.Option(help="Whose, where several sellers have one.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Write the proof of a document between the supplier and a payee into a file that is verified without us."""
    from api.operations.proofs import make_payee_proof

    with workplace(tenant, Permission.PAYEE_DOCUMENTS_READ) as place, place.transaction() as session:
        bundle = make_payee_proof(session, number, seller)
    write_proof(bundle, to, as_json=as_json)


def _days(first: str | None, last: str | None) -> "DaysOfIssue":
    from api.operations.payees import DaysOfIssue

    return DaysOfIssue(None if first is None else day(first), None if last is None else day(last))
