"""Commands about savings statements: prepared, submitted, signed or disputed, and reported."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, day, now, say, say_written, table, workplace, write_file
from api.cli.documents import LEAVES_OPTIONS

if TYPE_CHECKING:
    from billing.statements.store import Statement

statements = typer.Typer(help="Savings statements, which invoices of savings wait for.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(statements, name="statement")


@statements.command("prepare")
def prepare_statement(
    contract: str,
    *,
    on: Annotated[str, typer.Option(help="A day of the window, as 2026-12-01.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make the statement of a window from what is stored."""
    from api.operations.statements import prepare_statement as prepare

    with workplace(tenant, Permission.STATEMENTS_PREPARE) as place, place.transaction() as session:
        statement = prepare(session, contract, day(on), who=place.person(), at=now())
    _say(statement, as_json=as_json)


@statements.command("list")
def list_statements(contract: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the statements of a contract."""
    from api.operations.statements import list_statements as listed
    from billing.documents.views import statement_facts

    with workplace(tenant, Permission.STATEMENTS_READ) as place, place.transaction() as session:
        stated = listed(session, contract, now())
    rows = [(one.id, one.first, one.after_last, one.status.value, one.prepared_by) for one in stated]
    shown = table(("statement", "first", "after last", "stands", "prepared by"), rows, right=("statement",))
    say([statement_facts(one) for one in stated], shown if stated else "no statement is prepared", as_json=as_json)


@statements.command("take")
def take_step(
    number: int,
    step: Annotated[str, typer.Argument(help="submitted, verified, agreed or disputed")],
    *,
    person: Annotated[str | None, typer.Option(help="Who signs; you, unless it is on paper.")] = None,
    paper: Annotated[bool, typer.Option("--paper", help="Signed on paper; another person enters the same.")] = False,
    charge: Annotated[list[str] | None, typer.Option(help="Of a dispute: which charges.")] = None,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Submit a statement, verify it, agree to it, or dispute charges of it."""
    from api.operations.statements import STEPS
    from api.operations.statements import take_step as take
    from contracts.statement import StatementStep

    if step not in set(StatementStep):
        raise typer.BadParameter(f"{step} is none of {', '.join(StatementStep)}")
    needs = Permission.STATEMENTS_SUBMIT if paper else STEPS[StatementStep(step)]
    with workplace(tenant, needs) as place, place.transaction() as session:
        statement = take(
            session,
            number,
            StatementStep(step),
            person=person or place.person(),
            who=place.person(),
            on_paper=paper,
            at=now(),
            charges=charge or [],
            note=note,
        )
    _say(statement, as_json=as_json)


@statements.command("report", context_settings=LEAVES_OPTIONS)
def write_report(
    context: typer.Context,
    number: int,
    *,
    pdf: Annotated[Path | None, typer.Option(help="Write the verification report into this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the verification report as a page to print.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show a statement, or write its verification report; in short by --statement-pdf or --statement-html."""
    from api.cli.documents import documents_asked
    from api.operations.letters import letter_of_statement
    from api.operations.statements import find_statement
    from billing.documents.registry import DOCUMENTS

    documents = documents_asked(DOCUMENTS.statement, context.args, pdf=pdf, html=html)
    with workplace(tenant, Permission.STATEMENTS_READ) as place, place.transaction() as session:
        statement = find_statement(session, number, now())
        known = letter_of_statement(session, statement)
    files = [write_file(document.name, path, document.render(statement, known)) for document, path in documents]
    _say(statement, as_json=as_json)
    say_written(files, as_json=as_json)


@statements.command("sign")
def sign_statement(
    number: int,
    *,
    note: Annotated[str, typer.Option(help="What the signatory adds.")] = "",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Sign a statement as it was prepared; a lender's key is asked for, or read from standard input."""
    from dataclasses import asdict

    from api.cli.login import asked_key
    from api.operations import signatures

    with (
        workplace(tenant, Permission.STATEMENTS_SIGN, shown=asked_key()) as place,
        place.transaction() as session,
    ):
        signed = signatures.sign_statement(session, number, who=place.caller.name, at=now(), note=note)
    say(asdict(signed), f"{signed.name} has signed statement {number}, {signed.content_sha256[:12]}…", as_json=as_json)


@statements.command("replay")
def replay_statement(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Measure a statement's window once more, from the readings and terms that it knew; exit 1 where it differs."""
    from api.operations.statements import statement_proves as proves

    with workplace(tenant, Permission.INVOICES_REPLAY) as place, place.transaction() as session:
        same = proves(session, number)
    sentence = f"statement {number} " + ("recomputes to the kWh" if same else "no longer comes out as it was stated")
    say({"statement": number, "proves": same}, sentence, as_json=as_json)
    if not same:
        raise typer.Exit(1)


def _say(statement: "Statement", *, as_json: bool) -> None:
    from billing.documents.views import statement_facts
    from quantities.number import plain

    rows = []
    for saving in statement.content.savings:
        total = saving.total
        energies = zip(_ENERGIES, (total.expected, total.adjusted, total.measured, total.saved), strict=True)
        rows += [(f"{saving.name}, {name}", f"{plain(energy)} {saving.unit}") for name, energy in energies]
    for money in statement.content.money:
        if money.value is not None:
            rows.append((f"{money.charge}, contract value", plain(money.value.contract)))
            rows.append((f"{money.charge}, cash value", plain(money.value.cash)))
        rows.append((f"{money.charge}, billed before", plain(money.billed_before)))
        rows.append((f"{money.charge}, now", plain(money.now)))
    window = f"{statement.first} to {statement.after_last}"
    title = f"statement {statement.id} of {statement.contract}, {window}: {statement.status.value}"
    say(statement_facts(statement), table((title, ""), rows, right=("",)), as_json=as_json)


_ENERGIES = ("expected", "adjusted", "measured", "saved")
