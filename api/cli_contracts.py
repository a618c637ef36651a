"""Commands about what was agreed: contracts checked, applied, shown, and rules tried without a database."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli_context import AsJson, TenantName, file, me, now, out, say, table, workplace

contract = typer.Typer(help="Contracts: YAML or JSON, every fault at once.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(contract, name="contract")
    app.command()(price)


@contract.command("check")
def check(
    path: Path,
    *,
    alone: Annotated[bool, typer.Option("--alone", help="By itself, without a database.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Find every fault of a contract; nothing is stored."""
    from contracts.contract import Contract
    from contracts.store import check as check_against
    from metering.document import FaultyDocument, parse, read

    read_contract = parse(Contract, read(file(path)))
    if not alone:
        with workplace(tenant) as place, place.transaction() as session:
            faults = check_against(session, read_contract)
        if faults:
            raise FaultyDocument(faults)
    say({"contract": read_contract.contract, "faults": []}, f"{read_contract.contract}: no fault", as_json=as_json)


@contract.command("apply")
def apply(path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record a contract, or an amendment of it as its next version; the same terms again record nothing."""
    from contracts.contract import Contract
    from contracts.store import apply as record
    from metering.document import parse, read

    read_contract = parse(Contract, read(file(path)))
    with workplace(tenant) as place, place.transaction() as session:
        version = record(session, read_contract, recorded_by=me(), recorded_at=now())
    facts = {
        "contract": read_contract.contract,
        "version": version.number,
        "effective": str(version.contract.effective),
    }
    sentence = f"{read_contract.contract}: version {version.number}, in force from {version.contract.effective}"
    say(facts, sentence, as_json=as_json)


@contract.command("show")
def show(
    reference: Annotated[str | None, typer.Argument(help="Which; without it, all are listed.")] = None,
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show a contract's versions and its newest terms, or list all contracts."""
    import json

    from contracts.store import latest, references, versions

    with workplace(tenant) as place, place.transaction() as session:
        if reference is None:
            found = [latest(session, each) for each in references(session)]
        else:
            found = list(versions(session, reference))
    facts = [
        {
            "contract": each.contract.contract,
            "version": each.number,
            "effective": str(each.contract.effective),
            "recorded_by": each.recorded_by,
            "recorded_at": each.recorded_at.isoformat(),
            "terms": each.contract.model_dump(mode="json", exclude_none=True),
        }
        for each in found
    ]
    rows = [(f["contract"], f["version"], f["effective"], f["recorded_by"], f["recorded_at"]) for f in facts]
    say(facts, table(("contract", "version", "in force from", "recorded by", "recorded at"), rows), as_json=as_json)
    if reference is not None and not as_json:
        out.print_json(json.dumps(facts[-1]["terms"]))


def price(
    *,
    terms: Annotated[Path, typer.Option(help="One rule, or a list of rules, as YAML or JSON.")],
    usage: Annotated[Path, typer.Option(help="quantity and unit; for a fixed fee, days and days_of_whole.")],
    currency: Annotated[str, typer.Option(help="For rounding.")] = "EUR",
    as_json: AsJson = False,
) -> None:
    """Rate a use against a rule, without a database: pure, for anyone to check a rule."""
    from contracts.trial import Trial, try_rules
    from metering.document import parse, read

    document = read(file(terms))
    trial = parse(
        Trial,
        {
            "rules": document if isinstance(document, list) else [document],
            "usage": read(file(usage)),
            "currency": currency,
        },
    )
    result = try_rules(trial)
    rows = [
        (each.rule, each.label, each.quantity, each.unit, each.unit_price, each.amount, each.net)
        for each in result.lines
    ]
    columns = ("rule", "part", "quantity", "unit", "unit price", "amount", "net")
    say(result.model_dump(mode="json"), table(columns, rows, right=columns[2:]), as_json=as_json)
    if not as_json:
        out.print(f"net {result.net:f} {currency}")
