"""Commands about savings statements: prepared, submitted, signed or disputed, and reported."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import AsJson, TenantName, day, me, now, say, table, workplace

if TYPE_CHECKING:
    from billing.statements.store import Statement

statement = typer.Typer(help="Savings statements, which invoices of savings wait for.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(statement, name="statement")


@statement.command("prepare")
def prepare_statement(
    contract: str,
    *,
    on: Annotated[str, typer.Option(help="A day of the window, as 2026-12-01.")],
    by: Annotated[str | None, typer.Option(help="Who prepares it; you, unless it is said.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make the statement of a window from what is stored."""
    from billing.statements.prepare import prepare

    with workplace(tenant) as place, place.transaction() as session:
        made = prepare(session, contract, day(on), by=by or me(place), at=now())
    _say(made, as_json=as_json)


@statement.command("list")
def list_statements(contract: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the statements of a contract."""
    from billing.documents.verification_report import facts
    from billing.statements.store import of_contract

    with workplace(tenant) as place, place.transaction() as session:
        found = of_contract(session, contract, now())
    rows = [(each.id, each.first, each.after_last, each.stands.value, each.prepared_by) for each in found]
    shown = table(("statement", "first", "after last", "stands", "prepared by"), rows, right=("statement",))
    say([facts(each) for each in found], shown if found else "no statement is prepared", as_json=as_json)


@statement.command("take")
def take_step(
    number: int,
    step: Annotated[str, typer.Argument(help="submitted, verified, agreed or disputed")],
    *,
    person: Annotated[str, typer.Option(help="Who signs: one whom the contract names.")],
    charge: Annotated[list[str] | None, typer.Option(help="Of a dispute: which charges.")] = None,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Submit a statement, verify it, agree to it, or dispute charges of it."""
    from billing.statements.store import take
    from contracts.statement import StatementStep

    if step not in set(StatementStep):
        raise typer.BadParameter(f"{step} is none of {', '.join(StatementStep)}")
    with workplace(tenant) as place, place.transaction() as session:
        found = take(
            session, number, StatementStep(step), person=person, by=me(place), at=now(), charges=charge or [], note=note
        )
    _say(found, as_json=as_json)


@statement.command("report")
def write_report(
    number: int,
    *,
    pdf: Annotated[Path | None, typer.Option(help="Write the verification report into this file.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show a statement, or write its verification report as PDF."""
    from billing.documents.verification_report import report
    from billing.statements.store import find

    with workplace(tenant) as place, place.transaction() as session:
        found = find(session, number, now())
    if pdf is not None:
        pdf.write_bytes(report(found))
    _say(found, as_json=as_json)


@statement.command("replay")
def replay_statement(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Measure a statement's window once more, from the readings and terms that it knew; exit 1 where it differs."""
    from billing.statements.store import proves

    with workplace(tenant) as place, place.transaction() as session:
        same = proves(session, number)
    sentence = f"statement {number} " + ("recomputes to the kWh" if same else "no longer comes out as it was stated")
    say({"statement": number, "proves": same}, sentence, as_json=as_json)
    if not same:
        raise typer.Exit(1)


def _say(found: "Statement", *, as_json: bool) -> None:
    from billing.documents.verification_report import facts

    rows = []
    for saving in found.content["savings"]:
        total = saving["total"]
        rows += [(f"{saving['name']}, {name}", f"{total[name]} {saving['unit']}") for name in _ENERGIES]
    for money in found.content["money"]:
        if money["value"]:
            rows.append((f"{money['charge']}, contract value", money["value"]["contract"]))
            rows.append((f"{money['charge']}, cash value", money["value"]["cash"]))
        rows.append((f"{money['charge']}, billed before", money["billed_before"]))
        rows.append((f"{money['charge']}, now", money["now"]))
    title = f"statement {found.id} of {found.contract}, {found.first} to {found.after_last}: {found.stands.value}"
    say(facts(found), table((title, ""), rows, right=("",)), as_json=as_json)


_ENERGIES = ("expected", "adjusted", "measured", "saved")
