"""Commands about what was agreed: contracts checked, applied, shown, and rules tried without a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import previews
from api.cli.context import (
    AsJson,
    TenantName,
    contract_document,
    file,
    me,
    now,
    out,
    say,
    say_written,
    table,
    workplace,
    write_file,
)

if TYPE_CHECKING:
    from contracts.store import Version

contract = typer.Typer(help="Contracts: YAML or JSON, every fault at once.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    previews.add_to(contract)
    app.add_typer(contract, name="contract")
    app.command()(price)


@contract.command("list")
def list_contracts(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the contracts, each by its newest version."""
    from api.operations import contracts

    with workplace(tenant) as place, place.transaction() as session:
        versions = contracts.newest(session)
    facts = [
        {
            "contract": version.contract.contract,
            "customer": version.contract.customer.name,
            "state": contracts.state_at(version, now()).value,
            "effective": str(version.contract.effective),
            "version": version.number,
        }
        for version in versions
    ]
    columns = ("contract", "customer", "state", "in force from", "version")
    rows = table(columns, [list(fact.values()) for fact in facts], right=("version",))
    say(facts, rows if facts else "there is no contract yet: usufruct contract new", as_json=as_json)


@contract.command("new")
def new(
    kind: Annotated[str | None, typer.Argument(help="The kind of agreement; without it, all kinds are listed.")] = None,
    *,
    to: Annotated[Path | None, typer.Option(help="A file; without it, standard output.")] = None,
) -> None:
    """Write a template of a contract, with comments, to be filled in."""
    from api.operations.templates import kinds, template

    if kind is None:
        typer.echo("\n".join(kinds()))
        return
    text = template(kind)
    if to is None:
        typer.echo(text, nl=False)
    else:
        say_written([write_file(f"template {kind}", to, text.encode())])


@contract.command("check")
def check(
    path: Path,
    *,
    alone: Annotated[bool, typer.Option("--alone", help="By itself, without a database.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Find every fault of a contract; nothing is stored."""
    from api.operations.contract_check import check_alone

    document = contract_document(path)
    if alone:
        checked = check_alone(document)
    else:
        from api.operations import contracts

        with workplace(tenant) as place, place.transaction() as session:
            checked = contracts.check(session, document)
    reference = checked.contract.contract
    facts = {"contract": reference, "faults": [], "warnings": checked.warnings}
    lines = [f"{reference}: no fault", *(f"  mind: {warning}" for warning in checked.warnings)]
    say(facts, "\n".join(lines), as_json=as_json)


@contract.command("apply")
def apply(path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record a contract, or an amendment of it as its next version; the same terms again record nothing."""
    from api.operations import contracts

    document = contract_document(path)
    with workplace(tenant) as place, place.transaction() as session:
        version = contracts.record(session, document, who=me(place, two_must_see=True), at=now())
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
    from api.operations import contracts

    with workplace(tenant) as place, place.transaction() as session:
        done = contracts.release(session, reference, version, who=me(place, two_must_see=True), at=now())
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
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Its newest terms as a document, which `contract apply` takes again.")
    ] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show a contract's versions and its newest terms, or list all contracts."""
    import json

    from api.operations import contracts
    from quantities.document import document_of, write

    if as_yaml and (reference is None or as_json):
        raise typer.BadParameter("--yaml shows one contract, and not as JSON")
    with workplace(tenant) as place, place.transaction() as session:
        versions = contracts.newest(session) if reference is None else contracts.versions(session, reference)
    if as_yaml:
        typer.echo(write(document_of(versions[-1].contract)), nl=False)
        return
    facts = [
        {
            "contract": version.contract.contract,
            "version": version.number,
            "state": contracts.state_at(version, now()).value,
            "effective": str(version.contract.effective),
            "recorded_by": version.recorded_by,
            "recorded_at": version.recorded_at.isoformat(),
            "released_by": version.released_by,
            "terms": version.contract.model_dump(mode="json", exclude_none=True),
        }
        for version in versions
    ]
    names = ("contract", "version", "state", "effective", "recorded_by", "recorded_at", "released_by")
    rows = [[fact[name] or "waits" for name in names] for fact in facts]
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
    from api.operations.pricing import price_contract, price_rules
    from contracts.pricing_preview import ContractTrial, ContractTrialResult, Trial, TrialResult
    from quantities.document import parse, read

    document, used = contract_document(terms), read(file(usage))
    result: ContractTrialResult | TrialResult
    if isinstance(document, dict) and "charges" in document:
        result = price_contract(parse(ContractTrial, {"contract": document, **(used or {})}))
    else:
        rules = document if isinstance(document, list) else [document]
        result = price_rules(parse(Trial, {"rules": rules, "usage": used, "currency": currency}))
    rows = [
        (line.rule, line.label, line.quantity, line.unit, line.unit_price, line.amount, line.net)
        for line in result.lines
    ]
    columns = ("rule", "part", "quantity", "unit", "unit price", "amount", "net")
    say(result.model_dump(mode="json"), table(columns, rows, right=columns[2:]), as_json=as_json)
    if not as_json:
        out.print(f"net {result.net:f} {result.currency}")
