"""Commands about what was agreed: contracts checked, applied, shown, and rules tried without a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import authoring as cli_authoring
from api.cli.context import AsJson, TenantName, contract_document, file, me, now, out, say, table, workplace

if TYPE_CHECKING:
    from contracts.store import Version

contract = typer.Typer(help="Contracts: YAML or JSON, every fault at once.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    cli_authoring.add_to(contract)
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
    from contracts.checks.warnings import warnings
    from contracts.contract import Contract
    from contracts.store import read_checked
    from quantities.document import parse

    document = contract_document(path)
    if alone:
        read_contract = parse(Contract, document)
    else:
        with workplace(tenant) as place, place.transaction() as session:
            read_contract = read_checked(session, document)
    cautions = [str(each) for each in warnings(read_contract)]
    facts = {"contract": read_contract.contract, "faults": [], "warnings": cautions}
    said = "\n".join([f"{read_contract.contract}: no fault", *(f"  mind: {each}" for each in cautions)])
    say(facts, said, as_json=as_json)


@contract.command("apply")
def apply(path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record a contract, or an amendment of it as its next version; the same terms again record nothing."""
    from contracts.store import apply_document

    document = contract_document(path)
    with workplace(tenant) as place, place.transaction() as session:
        version = apply_document(session, document, recorded_by=me(place, two_must_see=True), recorded_at=now())
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
    from contracts.release.store import releasing
    from contracts.store import release as released

    with workplace(tenant) as place, place.transaction() as session:
        done = released(session, reference, releasing(session, me(place, two_must_see=True), now()), version)
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

    from contracts.store import newest, versions
    from quantities.period import zone

    with workplace(tenant) as place, place.transaction() as session:
        found = newest(session) if reference is None else versions(session, reference)
    facts = [
        {
            "contract": each.contract.contract,
            "version": each.number,
            "state": each.contract.state_on(now().astimezone(zone(each.contract.zone)).date()).value,
            "effective": str(each.contract.effective),
            "recorded_by": each.recorded_by,
            "recorded_at": each.recorded_at.isoformat(),
            "released_by": each.released_by,
            "terms": each.contract.model_dump(mode="json", exclude_none=True),
        }
        for each in found
    ]
    names = ("contract", "version", "state", "effective", "recorded_by", "recorded_at", "released_by")
    rows = [[each[name] or "waits" for name in names] for each in facts]
    columns = ("contract", "version", "state", "in force from", "recorded by", "recorded at", "released by")
    say(facts, table(columns, rows), as_json=as_json)
    if reference is not None and not as_json:
        out.print_json(json.dumps(facts[-1]["terms"]))


def price(
    *,
    terms: Annotated[Path, typer.Option(help="One rule, a list of rules, or a contract, as YAML or JSON.")],
    usage: Annotated[Path, typer.Option(help="quantity and unit, or parts; for a contract uses by charge.")],
    currency: Annotated[str, typer.Option(help="For rounding; a contract has its own.")] = "EUR",
    as_json: AsJson = False,
) -> None:
    """Rate a use against a rule or a contract, without a database: pure, for anyone to check."""
    from contracts.pricing_preview import ContractTrial, Trial, try_contract, try_rules
    from quantities.document import parse, read

    document, used = contract_document(terms), read(file(usage))
    if isinstance(document, dict) and "charges" in document:
        of_all = try_contract(parse(ContractTrial, {"contract": document, **(used or {})}))
        lines, net, currency, facts = of_all.lines, of_all.net, of_all.currency, of_all.model_dump(mode="json")
    else:
        rules = document if isinstance(document, list) else [document]
        result = try_rules(parse(Trial, {"rules": rules, "usage": used, "currency": currency}))
        lines, net, facts = result.lines, result.net, result.model_dump(mode="json")
    rows = [(each.rule, each.label, each.quantity, each.unit, each.unit_price, each.amount, each.net) for each in lines]
    columns = ("rule", "part", "quantity", "unit", "unit price", "amount", "net")
    say(facts, table(columns, rows, right=columns[2:]), as_json=as_json)
    if not as_json:
        out.print(f"net {net:f} {currency}")
