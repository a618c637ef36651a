"""Commands about what moves prices and what is held apart: indices and disputes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import AsJson, TenantName, day, file, me, now, say, table, workplace

if TYPE_CHECKING:
    from billing.disputes.store import KnownDispute

index = typer.Typer(help="Published indices that prices follow.", no_args_is_help=True)
dispute = typer.Typer(help="Charges held apart while the rest is billed.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(index, name="index")
    app.add_typer(dispute, name="dispute")


@index.command("record")
def record_index(path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record an index and its values; what rests on a revised one is rated again, by itself, once it is released."""
    from dataclasses import asdict

    from contracts.indexation.store import Index, record
    from quantities.document import parse, read

    document = parse(Index, read(file(path)))
    with workplace(tenant) as place, place.transaction() as session:
        done = record(session, document, recorded_by=me(place, two_must_see=True), recorded_at=now())
    waits = f"; {done.waiting} wait: `usufruct index release {done.index}`" if done.waiting else ""
    say(asdict(done), f"{done.index}: {done.new} new, {done.revised} revised{waits}", as_json=as_json)


@index.command("release")
def release_index(name: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release the values of an index that another has recorded."""
    from contracts.indexation.store import release
    from contracts.release.store import releasing

    with workplace(tenant) as place, place.transaction() as session:
        count = release(session, name, releasing(session, me(place, two_must_see=True), now()))
    say({"index": name, "released": count}, f"{name}: {count} released", as_json=as_json)


@index.command("show")
def show_index(
    name: Annotated[str | None, typer.Argument(help="Which; without it, all are listed.")] = None,
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List the indices, or every value that one ever had."""
    from contracts.indexation.store import names, values

    with workplace(tenant) as place, place.transaction() as session:
        if name is None:
            known = names(session)
            say(list(known), "\n".join(known) or "no index is recorded", as_json=as_json)
            return
        found = values(session, name)
    rows = [
        [
            each.month,
            f"{each.value.normalize():f}",
            "provisional" if each.provisional else "final",
            str(each.published_on),
            each.recorded_by,
            each.released_by or "waits",
        ]
        for each in found
    ]
    columns = ("month", "value", "state", "published", "recorded by", "released by")
    say([dict(zip(columns, row, strict=True)) for row in rows], table(columns, rows, right=("value",)), as_json=as_json)


@dispute.command("raise")
def raise_dispute(
    contract: str,
    charge: str,
    *,
    from_: Annotated[str, typer.Option("--from", help="The first day, as 2026-01-01.")],
    to: Annotated[str, typer.Option("--to", help="The day after the last one.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Hold a charge apart over some days, until it is settled; the rest is billed. It is the supplier's word."""
    from billing.disputes.store import raise_

    with workplace(tenant) as place, place.transaction() as session:
        done = raise_(
            session, contract, charge, day(from_), day(to), reason=reason, by=me(place), at=now(), accepted=True
        )
    _say(done, as_json=as_json)


@dispute.command("accept")
def accept_dispute(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Accept a customer's dispute: what is not billed yet of its charge and days is held apart from now on."""
    from billing.disputes.store import accept

    with workplace(tenant) as place, place.transaction() as session:
        done = accept(session, number, by=me(place), at=now())
    _say(done, as_json=as_json)


@dispute.command("decline")
def decline_dispute(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Decline a customer's dispute that waits: the charge is due, and was never held apart."""
    from billing.disputes.store import settle

    with workplace(tenant) as place, place.transaction() as session:
        done = settle(session, number, due=True, by=me(place), at=now())
    _say(done, as_json=as_json)


@dispute.command("settle")
def settle_dispute(
    number: int,
    *,
    due: Annotated[bool, typer.Option("--due/--waived", help="Owed after all, or not.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Settle a dispute, --due or --waived: the contract's next bill carries what follows."""
    from billing.disputes.store import settle

    with workplace(tenant) as place, place.transaction() as session:
        done = settle(session, number, due=due, by=me(place), at=now())
    _say(done, as_json=as_json)


@dispute.command("show")
def show_disputes(
    contract: Annotated[str | None, typer.Argument(help="Over which; without it, those that wait are listed.")] = None,
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List the disputes over a contract, or those of all contracts that wait to be accepted."""
    from billing.disputes.store import of_contracts, waiting
    from contracts.store import latest

    with workplace(tenant) as place, place.transaction() as session:
        one = [] if contract is None else [latest(session, contract).contract_id]
        known = of_contracts(session, one) if one else waiting(session)
    facts = [_facts(each) for each in known]
    columns = ("dispute", "contract", "charge", "first", "after_last", "reason", "raised_by", "state")
    rows = table(columns, [[fact[name] for name in columns] for fact in facts])
    say(facts, rows if facts or contract else "no dispute waits", as_json=as_json)


def _say(done: "KnownDispute", *, as_json: bool) -> None:
    what = f"{done.dispute.charge}, {done.dispute.first} to {done.dispute.after_last}"
    say(_facts(done), f"dispute {done.id}: {what}: {done.state}", as_json=as_json)


def _facts(each: "KnownDispute") -> dict[str, object]:
    return {
        "dispute": each.id,
        "contract": each.contract,
        "charge": each.dispute.charge,
        "first": str(each.dispute.first),
        "after_last": str(each.dispute.after_last),
        "reason": each.reason,
        "raised_by": each.raised_by,
        "state": each.state,
        "accepted_by": each.accepted_by,
        "outcome": each.outcome,
        "settled_by": each.settled_by,
    }
