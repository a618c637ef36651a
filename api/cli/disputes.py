"""Commands about disputes: charges held apart while the rest is billed."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, after, day, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS

if TYPE_CHECKING:
    from billing.disputes.store import KnownDispute

disputes = typer.Typer(help="Charges held apart while the rest is billed.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(disputes, name="dispute")


@disputes.command("raise")
def raise_dispute(
    contract: str,
    charge: str,
    *,
    from_: Annotated[str, typer.Option("--from", help="The first day, as 2026-01-01.")],
    to: Annotated[str, typer.Option("--to", help="The last day.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Hold a charge apart over some days, until it is settled; the rest is billed. It is the supplier's word."""
    from api.operations.disputes import issued_documents
    from api.operations.disputes import raise_dispute as raise_

    with workplace(tenant, Permission.DISPUTES_RAISE) as place, place.transaction() as session:
        done = raise_(
            session,
            contract,
            charge,
            first=day(from_),
            after_last=after(to),
            reason=reason,
            who=place.caller.name,
            at=now(),
            accepted=True,
        )
        invoiced = issued_documents(session, done)
    rest = ""
    if invoiced:
        named = f"{', '.join(invoiced)} {'has' if len(invoiced) == 1 else 'have'} billed days of it"
        rest = f"; {named}, which stay billed until it is settled: if waived, the next bill credits them"
    _say(done, rest, as_json=as_json)


@disputes.command("accept")
def accept_dispute(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Accept a customer's dispute: what is not billed yet of its charge and days is held apart from now on."""
    from api.operations.disputes import accept_dispute as accept

    with workplace(tenant, Permission.DISPUTES_SETTLE) as place, place.transaction() as session:
        done = accept(session, number, who=place.caller.name, at=now())
    _say(done, as_json=as_json)


@disputes.command("decline")
def decline_dispute(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Decline a customer's dispute that waits: the charge is due, and was never held apart."""
    from api.operations.disputes import settle_dispute as settle

    with workplace(tenant, Permission.DISPUTES_SETTLE) as place, place.transaction() as session:
        done = settle(session, number, due=True, who=place.caller.name, at=now())
    _say(done, as_json=as_json)


@disputes.command("settle")
def settle_dispute(
    number: int,
    *,
    due: Annotated[bool, typer.Option("--due/--waived", help="Owed after all, or not.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Settle a dispute, --due or --waived: the contract's next bill carries what follows; two people waive."""
    from api.operations.disputes import settle_dispute as settle
    from api.operations.disputes import why_two

    with workplace(tenant, Permission.DISPUTES_SETTLE) as place, place.transaction() as session:
        done = settle(session, number, due=due, who=place.caller.name if due else place.person(), at=now())
        why = why_two(session, done)
    _say(done, f"; {why}" if why else "", as_json=as_json)


@disputes.command("show", context_settings=LEAVES_OPTIONS)
def show_disputes(
    context: typer.Context,
    contract: Annotated[str | None, typer.Argument(help="Over which; without it, those that wait are listed.")] = None,
    *,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List the disputes over a contract, or those of all contracts that wait to be accepted, or waived by another.

    Those in a --state (waiting, raised, accepted, declined, due, waived, any), over a --charge, of all contracts also
    of a --customer.
    """
    from api.cli.lists import list_asked, named_first, rows_asked, say_more
    from api.operations.disputes import list_contract_disputes, list_disputes
    from billing.disputes.dispute_query import ContractDisputeQuery, DisputeQuery

    named, words = named_first(contract, context.args)
    with workplace(tenant, Permission.DISPUTES_READ) as place, place.transaction() as session:
        if named is None:
            query = list_asked(DisputeQuery, words)
            known, more = rows_asked(lambda asked: list_disputes(session, asked), query, limit, as_json=as_json)
        else:
            of_contract = list_asked(ContractDisputeQuery, words)
            known, more = rows_asked(
                lambda asked: list_contract_disputes(session, named, asked), of_contract, limit, as_json=as_json
            )
    facts = [_facts(dispute) for dispute in known]
    columns = ("dispute", "contract", "charge", "first", "after_last", "reason", "raised_by", "state")
    rows = table(
        columns,
        [
            [*(fact[name] for name in columns[:-1]), f"{dispute.state}{_waits(dispute)}"]
            for dispute, fact in zip(known, facts, strict=True)
        ],
    )
    say(facts, rows if facts or contract else "no dispute waits", as_json=as_json)
    say_more(more)


def _say(dispute: "KnownDispute", rest: str = "", *, as_json: bool) -> None:
    last = dispute.dispute.after_last - timedelta(days=1)
    what = f"{dispute.dispute.charge}, {dispute.dispute.first} to {last}"
    say(_facts(dispute), f"dispute {dispute.id}: {what}: {dispute.state}{_waits(dispute)}{rest}", as_json=as_json)


def _waits(dispute: "KnownDispute") -> str:
    """Say that one has waived it, and another confirms that."""
    waits = dispute.waiver_by is not None and dispute.outcome is None
    return f"; waived by {dispute.waiver_by}, it waits for another person" if waits else ""


def _facts(dispute: "KnownDispute") -> dict[str, object]:
    return {
        "dispute": dispute.id,
        "contract": dispute.contract,
        "charge": dispute.dispute.charge,
        "first": str(dispute.dispute.first),
        "after_last": str(dispute.dispute.after_last),
        "reason": dispute.reason,
        "raised_by": dispute.raised_by,
        "state": dispute.state,
        "accepted_by": dispute.accepted_by,
        "waiver_by": dispute.waiver_by,
        "outcome": dispute.outcome,
        "settled_by": dispute.settled_by,
    }
