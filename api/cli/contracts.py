"""Commands about what was agreed: contracts checked, applied, shown, and rules tried without a database."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from api.access.roles import Permission
from api.cli import previews, signatures
from api.cli.context import (
    AsJson,
    RowLimit,
    TenantName,
    contract_document,
    file,
    is_asked,
    now,
    out,
    say,
    say_written,
    table,
    workplace,
    write_file,
)
from api.cli.documents import LEAVES_OPTIONS
from quantities.counted import agrees

if TYPE_CHECKING:
    from api.operations.contracts import MadeVersion
    from contracts.pricing_preview import TriedLine

Done = TypeVar("Done")

contract = typer.Typer(help="Contracts: YAML or JSON, every fault at once.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    previews.add_to(contract)
    signatures.add_to(contract)
    app.add_typer(contract, name="contract")
    app.command()(price)


@contract.command("list", context_settings=LEAVES_OPTIONS)
def list_contracts(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the contracts, each by its newest version.

    Those that --begins a reference, of a --customer or a --supplier, or of one whose name begins so
    (--customer-begins, --supplier-begins), in a --state today, with a charge by a rule of a --kind, billed
    --in-force-on a day, or --waiting for a release; --after a reference; --sort -contract turns them round.
    """
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations import contracts
    from contracts.contract_query import ContractQuery

    query = list_asked(ContractQuery, context.args)
    with workplace(tenant, Permission.CONTRACTS_READ) as place, place.transaction() as session:
        versions, more = rows_asked(
            lambda asked: contracts.list_contracts(session, asked, now()), query, limit, as_json=as_json
        )
        states = contracts.states_at(session, versions, now())
    facts = [
        {
            "contract": version.contract.contract,
            "customer": version.contract.customer.name,
            "state": state.value,
            "effective": str(version.contract.effective),
            "version": version.number,
            "waits": version.released_by is None,
        }
        for version, state in zip(versions, states, strict=True)
    ]
    columns = ("contract", "customer", "state", "in force from", "version")
    rows = table(columns, [_listed(fact) for fact in facts], right=("version",))
    nothing = (
        "there is no such contract"
        if query.filters or query.after
        else "there is no contract yet: usufruct contract new"
    )
    say(facts, rows if facts else nothing, as_json=as_json)
    say_more(more)


def _listed(fact: dict[str, Any]) -> list[object]:
    """A contract as a row: what waits is in force from no day yet."""
    shown = [fact[name] for name in ("contract", "customer", "state", "effective", "version")]
    if fact["waits"]:
        before = "" if fact["state"] == "waiting" else f"{fact['state']}; "
        shown[2:4] = f"{before}version {fact['version']} waits", f"{fact['effective']}, once released"
    return shown


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

        with workplace(tenant, Permission.CONTRACTS_WRITE) as place, place.transaction() as session:
            checked = contracts.check(session, document, now())
    reference = checked.contract.contract
    facts = {
        "contract": reference,
        "faults": [],
        "warnings": checked.warnings,
        "missing": checked.missing,
        "numbered": dict(checked.numbered),
    }
    lines = [f"{reference}: no fault", *_warning_lines(checked.warnings, checked.missing)]
    lines += [f"  documents of {name} are numbered as in {number}" for name, number in checked.numbered.items()]
    say(facts, "\n".join(lines), as_json=as_json)


def _warning_lines(warnings: Sequence[str], missing: Sequence[str]) -> list[str]:
    """Say what to mind, and of what is missing that documents are held for it."""
    return [f"  {'missing' if warning in missing else 'mind'}: {warning}" for warning in warnings]


Yes = Annotated[bool, typer.Option("--yes", help="Let it count though it reprices what is billed.")]


@contract.command("apply")
def apply(
    paths: Annotated[
        list[Path],
        typer.Argument(help="A contract a file; or many: files with a list, .jsonl with one a line, folders of these."),
    ],
    *,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Of many, record the good ones; else one fault refuses all.")
    ] = False,
    yes: Yes = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Record a contract, or an amendment of it as its next version; the same terms again record nothing.

    Many are recorded all, or none of them.
    """
    from api.cli.contract_files import is_one

    document = contract_document(paths[0]) if len(paths) == 1 and is_one(paths[0]) else None
    if document is None or isinstance(document, list) or keep_going:
        _apply_many(paths, keep_going=keep_going, yes=yes, tenant=tenant, as_json=as_json)
        return
    from api.operations import contracts

    with workplace(tenant, Permission.CONTRACTS_WRITE) as place:
        who = place.person()

        def record(*, agreed: bool) -> "MadeVersion":
            with place.transaction() as session:
                return contracts.record(session, document, who=who, at=now(), agreed=agreed)

        done = _once_agreed(record, yes=yes, as_json=as_json)
    _say_version(done, as_json=as_json)


def _apply_many(paths: Sequence[Path], *, keep_going: bool, yes: bool, tenant: str | None, as_json: bool) -> None:
    """Record many contracts: all in one transaction, or of each chunk the good ones."""
    from rich.markup import escape

    from api.cli.contract_files import placed_documents
    from api.operations import contracts_in_bulk as in_bulk
    from api.operations.billing import collect_rarely
    from api.operations.bulk_outcome import Outcome

    collect_rarely()
    with workplace(tenant, Permission.CONTRACTS_WRITE) as place:
        who, at = place.person(), now()

        def record(*, agreed: bool) -> Outcome:
            how, outcome = in_bulk.Recording(who, at, agreed), Outcome()
            if not keep_going:
                with place.transaction() as session:
                    return in_bulk.record_all(session, placed_documents(paths), how)
            for chunk in in_bulk.chunks(placed_documents(paths)):
                with place.transaction() as session:
                    outcome += in_bulk.record_good(session, chunk, how)
            in_bulk.refuse_nothing_recorded(outcome)
            return outcome

        done = _once_agreed(record, yes=yes, as_json=as_json)
    counts = f"{done.new} recorded, {len(done.recorded) - done.new} unchanged, {len(done.refused)} refused"
    wait, them = agrees(done.waiting, "waits", "wait"), agrees(done.waiting, "it", "them")
    command = "`usufruct contract release --waiting`"
    waits = f"; {done.waiting} {wait}: another than {who} releases {them} with {command}"
    lines = [f"{counts}{waits if done.waiting else ''}", *map(escape, done.in_words())]
    say(done.out().model_dump(mode="json") if as_json else None, "\n".join(lines), as_json=as_json)


@contract.command("release")
def release(
    references: Annotated[list[str] | None, typer.Argument(help="Which; several are released all, or none.")] = None,
    *,
    version: Annotated[int | None, typer.Option(min=1, help="Of one: which; the newest, unless it is said.")] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="All whose newest version waits, and that another has recorded.")
    ] = False,
    yes: Yes = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Release a version that another has recorded: it counts from then on, over the days that it says."""
    from api.operations import contracts

    named = references or []
    if waiting == bool(named) or (version is not None and len(named) != 1):
        raise typer.BadParameter("name a contract, several of them, or --waiting; --version goes with one")
    if len(named) != 1:
        _release_many(references, yes=yes, tenant=tenant, as_json=as_json)
        return
    reference = named[0]
    with workplace(tenant, Permission.CONTRACTS_RELEASE) as place:
        who = place.person()

        def release_it(*, agreed: bool) -> "MadeVersion":
            with place.transaction() as session:
                return contracts.release(session, reference, version, who=who, at=now(), agreed=agreed)

        done = _once_agreed(release_it, yes=yes, as_json=as_json)
    _say_version(done, as_json=as_json)


def _release_many(references: Sequence[str] | None, *, yes: bool, tenant: str | None, as_json: bool) -> None:
    """Release many contracts, or all that wait, in one transaction."""
    from rich.markup import escape

    from api.operations import contracts_in_bulk as in_bulk
    from api.operations.bulk_outcome import Outcome

    with workplace(tenant, Permission.CONTRACTS_RELEASE) as place:
        who, at = place.person(), now()

        def release_them(*, agreed: bool) -> Outcome:
            with place.transaction() as session:
                named = in_bulk.waiting_for(session, who) if references is None else references
                return in_bulk.release_all(session, named, in_bulk.Recording(who, at, agreed))

        done = _once_agreed(release_them, yes=yes, as_json=as_json)
    lines = [f"{done.new} released", *map(escape, done.in_words())]
    say(done.out().model_dump(mode="json") if as_json else None, "\n".join(lines), as_json=as_json)


def _once_agreed(work: "Callable[..., Done]", *, yes: bool, as_json: bool) -> "Done":
    """Let versions count; where they reprice what is billed, once a person has said yes to that."""
    from api.operations.contracts import WouldReprice
    from api.operations.contracts_in_bulk import ContractsWouldReprice

    try:
        return work(agreed=yes)
    except (WouldReprice, ContractsWouldReprice) as refusal:
        if as_json or not is_asked():
            raise type(refusal)(f"{refusal} (--yes lets it count)", **refusal.members) from None
        typer.confirm(f"{refusal}\nLet it count?", abort=True)
        return work(agreed=True)


def _say_version(done: "MadeVersion", *, as_json: bool) -> None:
    from api.operations.contracts import effect_in_words
    from billing.documents.views import repriced_out

    version, warnings, reprices = done.version, done.warnings, done.reprices
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
    lines = [f"{name}: version {version.number}, in force from {since}, {waits}"]
    lines += _warning_lines(warnings, done.missing)
    if not reprices.is_nothing:
        lines.append(f"  {'it' if version.released_by else 'once released, it'} {effect_in_words(reprices)}")
    more = {
        "warnings": list(warnings),
        "reprices": [repriced_out(document).model_dump(mode="json") for document in reprices.documents],
        "holds": reprices.fault,
    }
    say(facts | {key: value for key, value in more.items() if value}, "\n".join(lines), as_json=as_json)


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
    with workplace(tenant, Permission.CONTRACTS_READ) as place, place.transaction() as session:
        versions = contracts.newest(session) if reference is None else contracts.versions(session, reference)
        states = contracts.states_at(session, versions, now())
    if as_yaml:
        typer.echo(write(document_of(versions[-1].contract)), nl=False)
        return
    facts = [
        {
            "contract": version.contract.contract,
            "version": version.number,
            "state": state.value,
            "effective": str(version.contract.effective),
            "recorded_by": version.recorded_by,
            "recorded_at": version.recorded_at.isoformat(),
            "released_by": version.released_by,
            "waits": version.released_by is None,
            "terms": version.contract.model_dump(mode="json", exclude_none=True),
        }
        for version, state in zip(versions, states, strict=True)
    ]
    names = ("contract", "version", "state", "effective", "recorded_by", "recorded_at", "released_by")
    rows = [[fact[name] or "waits" for name in names] for fact in facts]
    for fact, row in zip(facts, rows, strict=True):
        if fact["waits"]:
            row[2:4] = "waits", f"{fact['effective']}, once released"
    columns = ("contract", "version", "state", "in force from", "recorded by", "recorded at", "released by")
    say(facts, table(columns, rows), as_json=as_json)
    if reference is not None and not as_json:
        out.print_json(json.dumps(facts[-1]["terms"]))


def price(
    trial: Annotated[
        Path | None, typer.Argument(help="Terms and uses in one document; without it, name --terms and --usage.")
    ] = None,
    *,
    terms: Annotated[
        list[Path] | None,
        typer.Option(help="One rule, a list of rules, or a contract; once more for each amendment, in their order."),
    ] = None,
    usage: Annotated[
        Path | None,
        typer.Option(help="quantity and unit, or parts, or usages; for a contract uses by charge, or periods of them."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="For rounding; a contract has its own. EUR, unless named.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rate uses against rules or a contract, period by period, without a database: pure, for anyone to check."""
    from api.operations.pricing import price_contract, price_rules

    if (trial is None) is not bool(terms) or (terms is None) is not (usage is None):
        raise typer.BadParameter("name a trial, or both --terms and --usage")
    document = _trial(trial) if trial is not None else _stated(terms or [], usage)
    if "contract" in document:
        priced: Any = price_contract(document)
    else:
        priced = price_rules(document | ({"currency": currency} if currency else {}))
    say(priced.model_dump(mode="json"), "", as_json=True) if as_json else _say_priced(priced)


def _stated(terms: list[Path], usage: Path | None) -> dict[str, Any]:
    """Put a trial together from the files of its terms and the file of its uses."""
    from quantities.document import read

    first, *amendments = [contract_document(path) for path in terms]
    used = read(file(usage)) if usage is not None else None
    if isinstance(first, dict) and "charges" in first:
        document = {"contract": first, **(used or {})}
        return document | {"amendments": amendments} if amendments else document
    rules = [*(first if isinstance(first, list) else [first]), *amendments]
    if isinstance(used, dict) and "usages" in used:
        return {"rules": rules, **used}
    return {"rules": rules, "usages" if isinstance(used, list) else "usage": used}


def _trial(path: Path) -> dict[str, Any]:
    """Read a trial; a contract or an amendment that it names as a file stands beside it, and is read into its place."""
    from quantities.document import Fault, FaultyDocument, read

    document = read(file(path))
    if not isinstance(document, dict):
        raise FaultyDocument([Fault("", "no-trial", "a trial has a contract and periods, or a rule and a usage")])

    def of_file(part: Any) -> Any:
        return contract_document(path.parent / part) if isinstance(part, str) else part

    if "contract" in document:
        document["contract"] = of_file(document["contract"])
    if isinstance(document.get("amendments"), list):
        document["amendments"] = [of_file(amended) for amended in document["amendments"]]
    return document


def _say_priced(priced: Any) -> None:
    """Show a person each period with its lines, its net, and what is carried on."""
    for period in getattr(priced, "periods", ()):
        for segment in period.segments:
            version = f", version in force from {segment.in_force_from}" if len(period.segments) > 1 else ""
            _say_lines(f"{_days(segment.days)}{version}", segment.lines)
        out.print(f"net {period.net:f} {priced.currency}")
        for charge, phrases in period.carries.items():
            _say_carried(f"{charge}: ", phrases)
    for number, usage in enumerate(getattr(priced, "usages", ()), start=1):
        _say_lines(f"use {number}", usage.lines)
        out.print(f"net {usage.net:f} {priced.currency}")
        for phrases in usage.carries:
            _say_carried("", phrases)
    if hasattr(priced, "lines"):
        _say_lines("", priced.lines)
        out.print(f"net {priced.net:f} {priced.currency}")
    else:
        out.print(f"all together: net {priced.net:f} {priced.currency}")


def _say_lines(title: str, lines: "Sequence[TriedLine]") -> None:
    if title:
        out.print(f"\n{title}")
    rows = [(line.rule, line.label, line.quantity, line.unit, line.unit_price, line.amount, line.net) for line in lines]
    columns = ("rule", "part", "quantity", "unit", "unit price", "amount", "net")
    out.print(table(columns, rows, right=columns[2:]))


def _say_carried(of: str, phrases: "Sequence[str]") -> None:
    if phrases:
        out.print(f"carried on: {of}{', '.join(phrases)}", markup=False)


def _days(days: str) -> str:
    """Write days as a person does: the last one included."""
    first, after_last = map(date.fromisoformat, days.split("/"))
    return f"{first} to {after_last - timedelta(days=1)}"
