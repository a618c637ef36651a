"""The story that ``usufruct demo`` tells: what is billed, corrected and saved, and how its money comes in.

All it prints is computed.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from time import perf_counter

from rich.console import Console
from sqlalchemy import text
from sqlmodel import Session

from api.cli.context import table
from api.demo import readings, savings
from api.demo.documents import document
from api.demo.money import chapter
from api.demo.parties import tell_profile
from api.demo.people import FINANCE, MANAGER, METER, enter
from api.operations import contracts, fleet, invoices, payees, rating, statements, tenants
from api.operations.billing import bill_everything, collect_rarely
from api.operations.readings import ingest
from api.server.database import Access, Database, reach
from api.server.provision import administering, ready_database, upgrade
from api.server.settings import Settings
from billing.documents.explanation import lines_of
from billing.documents.views import explanation_out, invoice_head
from billing.payees.documents.document_query import PayeeDocumentQuery
from contracts.contract import Contract
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.ingest import IngestOptions
from quantities.document import parse, read

DATABASE = "usufruct_demo"  # dropped and made anew by every demo
CONTRACTS = ("air", "excavator", "press")
PARTIES = ("nordluft", "blechwerke", "carrieres", "suedpresse", "nordleasing")
DRIFTED = date(2026, 2, 17)
REASON = "flow transmitter K1 drifted by 4 %, calibration report 2026-03-09"


def tell(settings: Settings, out: Console) -> None:
    """Make the demo's own database anew, on whichever server the settings name, and tell the story on it."""
    started = perf_counter()
    collect_rarely()
    named = settings.app_address()
    own_address = named.set(database=DATABASE).render_as_string(hide_password=False) if named else None
    settings = settings.model_copy(update={"database": DATABASE, "database_url": own_address})
    with reach(settings) as access:
        _forget(access)
        upgrade(access)
        with ready_database(settings) as ready:
            database = Database(ready.app)
            try:
                _tell(ready, database, out, started)
            finally:
                database.close()


def _forget(access: Access) -> None:
    """Drop what an earlier demo left; the name is the demo's own, whatever the environment says."""
    with administering(access.administrator.set(database="postgres")) as administrator:
        # text: no select() drops a database
        administrator.execute(text(f"drop database if exists {DATABASE} with (force)"))


def _tell(access: Access, database: Database, out: Console, started: float) -> None:
    with administering(access.administrator) as administrator:
        tenant = tenants.create(administrator, "Nordluft GmbH")
    out.print("\n[bold]Nordluft GmbH rents out what it builds, and is paid for what is used.[/]\n")
    with database.transaction(tenant) as session:
        fleet.declare(session, parse(Fleet, read(document("fleet"))), who=MANAGER, at=_on(date(2025, 12, 18)))
        for name in CONTRACTS:
            terms = parse(Contract, read(document(name)))
            recorded_at = _on(date(2025, 12, 18))
            contracts.record(session, terms, who=enter(session, MANAGER, recorded_at), at=recorded_at)
            contracts.release(session, terms.contract, who=enter(session, FINANCE, recorded_at), at=recorded_at)
            prices = "; ".join(f"{charge.name} ({charge.rule.kind})" for charge in terms.charges)
            out.print(f"  {terms.contract:<11} {terms.customer.name}: {prices}", soft_wrap=True)
        parties = [tell_profile(session, name, _on(date(2025, 12, 18))) for name in PARTIES]
        out.print(
            f"\n  Address, bank and contact of {len(parties)} parties are told by {MANAGER} and released by {FINANCE}.",
            soft_wrap=True,
        )
        _deliver(session, "hours.csv", readings.hours(), date(2026, 1, 2))
        _deliver(session, "sheets.csv", readings.sheets(), date(2026, 1, 16))

    out.print("\n[bold]Each month its readings come, and on the first of the next the invoices go out.[/]\n")
    for month in (1, 2, 3):
        first, after = date(2026, month, 1), date(2026, month + 1, 1)
        with database.transaction(tenant) as session:
            _deliver(session, f"air-{first:%Y-%m}.csv", readings.air(first, after), after)
            if month == 3:  # noqa: PLR2004 a correction of February arrives in March
                _deliver(session, "air-recalibrated.csv", readings.corrected_air(DRIFTED), date(2026, 3, 10), REASON)
        done = bill_everything(database, tenant, _on(after))
        if month == 1:
            out.print(f"  the first invoice stood {perf_counter() - started:.1f} s after the start\n", style="dim")
        for contract, reason in done.held.items():
            out.print(f"  held: {contract}: {reason}")
    with database.transaction(tenant) as session:
        _show(session, out)
    savings.tell(database, tenant, out)
    chapter.tell(database, tenant, out)
    with database.transaction(tenant) as session:
        commands = _worth_a_look(session)
    _look_further(out, commands)


def _show(session: Session, out: Console) -> None:
    billed = invoices.all_invoices(session)
    rows = [
        (
            shown.number,
            shown.issued_on,
            shown.contract,
            f"{shown.period_from} – {shown.period_to}",
            f"{shown.net:f}",
            f"{shown.vat:f}",
            f"{shown.gross:f}",
        )
        for shown in map(invoice_head, billed)
    ]
    columns = ("invoice", "issued", "contract", "period", "net", "VAT", "gross EUR")
    out.print(table(columns, rows, right=columns[4:]))

    adjusting, pos = next(
        (invoice, pos)
        for invoice in billed
        for pos, line in enumerate(invoice.lines, start=1)
        if line.corrects is not None
    )
    original = adjusting.lines[pos - 1].corrects
    corrected = original.number if original else ""
    out.print("\n[bold]Why? Any line opens, down to the readings.[/]\n")
    _explain(session, out, corrected, 3)
    out.print("\n[bold]In March the February readings of one day were corrected. Nobody touched an invoice.[/]\n")
    _explain(session, out, adjusting.name, pos)
    differing = rating.replay_issued_invoices(session).discrepancies
    verdict = f"{len(billed)} of {len(billed)}" if not differing else f"{len(billed) - len(differing)} of {len(billed)}"
    out.print(f"\n[bold]{verdict} invoices recompute to the same cent[/] from their own inputs.\n")


def _explain(session: Session, out: Console, number: str, pos: int) -> None:
    asked = invoices.AskedLine(number, pos, most=3)
    for line in lines_of(explanation_out(invoices.explain_line(session, asked, _on(date(2026, 4, 1))))):
        out.print(f"  {line}", markup=False, soft_wrap=True)


def _worth_a_look(session: Session) -> list[tuple[str, str]]:
    """The commands that show what the demo made, each with what it shows; numbers as they came out."""
    numbers: dict[str, list[str]] = {}
    for invoice in invoices.all_invoices(session):
        numbers.setdefault(invoice.row.inputs.contract, []).append(invoice.name)
    air, press = numbers["AIR-KOELN"], numbers["PRESS-5"]
    payee = payees.list_payee_documents(session, "Nordleasing GmbH", PayeeDocumentQuery()).rows[0]
    stated = statements.list_statements(session, savings.CONTRACT, _on(date(2026, 3, 1)))
    disputed = next(statement for statement in stated if statement.first.year == savings.DISPUTED)
    return [
        ("serve", "the HTTP interface, with its documentation at /docs"),
        ("invoice list", "all invoices, and what of them is open"),
        (f"invoice show {press[-1]} --pdf invoice.pdf --html invoice.html", "PDF and page: bank, code to pay, 2 % off"),
        (f"invoice original {press[-1]} zugferd.pdf", "the ZUGFeRD as it is archived: a PDF with its XML"),
        (f"invoice original {air[-1]} xrechnung.xml", "the XRechnung as it is archived: the original"),
        (f"invoice validate {air[-1]}", "what the rules of its form say"),
        (f"invoice usage {air[1]} --pdf usage.pdf", "what was used, day by day"),
        (f"invoice show {numbers[savings.CONTRACT][-1]} --pdf savings.pdf", "in English: a saving, and its statement"),
        (f"payee document {payee.number} --pdf payee.pdf", "made out in the name of who finances the press"),
        ("account statement 'Südpresse KG' --pdf account.pdf", "what is open, and where to pay"),
        ("gateway orders", "what was asked of the gateway, and what came of it"),
        ("dunning letter D-3 --pdf letter.pdf", "the letter that claims interest and a fee"),
        (f"statement report {disputed.id} --pdf report.pdf", "the verification report of the disputed year"),
        (f"proof {air[-1]} --to proof.zip", "then: unzip -j proof.zip verify.py && python3 verify.py proof.zip"),
        ("replay", "every invoice once more, to the cent"),
    ]


def _look_further(out: Console, commands: Sequence[tuple[str, str]]) -> None:
    out.print("Look further, in the demo's own database:\n")
    out.print(f"  export USUFRUCT_DATABASE={DATABASE}; alias usufruct=.venv/bin/usufruct\n", soft_wrap=True)
    wide = max(len(command) for command, _ in commands)
    for command, shows in commands:
        out.print(f"  usufruct {command:<{wide}}  # {shows}", markup=False, highlight=False, soft_wrap=True)
    out.print('\nYour own: README.md, "Your own meter, your own contract".')


def _deliver(session: Session, name: str, raw: bytes, on: date, reason: str | None = None) -> None:
    sender = Sender(name, "Jonas Brandt" if reason else "telematics", _on(on), reason)
    enter(session, METER, _on(on))
    ingest(session, sender, raw, IngestOptions())


def _on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
