"""Commands about what was agreed: contracts checked, applied, shown, and rules tried without a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli_context import AsJson, TenantName, file, me, now, out, say, table, workplace

if TYPE_CHECKING:
    from contracts.store import Version

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
    _say_version(version, as_json=as_json)


@contract.command("release")
def release(
    reference: str,
    *,
    version: Annotated[int | None, typer.Option(min=1, help="Which; the newest, unless it is said.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Release a version that another has recorded: it counts from then on, over the days that it says."""
    from contracts.release_store import releasing
    from contracts.store import release as released

    with workplace(tenant) as place, place.transaction() as session:
        done = released(session, reference, releasing(session, me(), now()), version)
    _say_version(done, as_json=as_json)


def _say_version(version: "Version", *, as_json: bool) -> None:
    name, since = version.contract.contract, version.contract.effective
    facts = {
        "contract": name,
        "version": version.number,
        "effective": str(since),
        "recorded_by": version.recorded_by,
        "released_by": version.released_by,
    }
    waits = (
        f"released by {version.released_by}"
        if version.released_by
        else f"waits: another than {version.recorded_by} releases it with `usufruct contract release {name}`"
    )
    say(facts, f"{name}: version {version.number}, in force from {since}, {waits}", as_json=as_json)


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
            "released_by": each.released_by,
            "terms": each.contract.model_dump(mode="json", exclude_none=True),
        }
        for each in found
    ]
    names = ("contract", "version", "effective", "recorded_by", "recorded_at", "released_by")
    rows = [[each[name] or "waits" for name in names] for each in facts]
    columns = ("contract", "version", "in force from", "recorded by", "recorded at", "released by")
    say(facts, table(columns, rows), as_json=as_json)
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
