"""Commands about grants: a customer lets a third party see the use of one machine, and takes it back."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, now, say, table, workplace
from api.cli.login import asked_key

if TYPE_CHECKING:
    from api.access.grants import Grant

grant = typer.Typer(
    help="Machines whose use a third party may see; the customer's own key gives and revokes.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(grant, name="grant")


@grant.command("give")
def give_grant(
    name: Annotated[str, typer.Argument(help="The third party, whom the customer's administrator has made.")],
    machine: Annotated[str, typer.Argument(help="The asset, of a released contract of the customer.")],
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Let a third party see the use of a machine; the customer's key is asked for, or read from standard input."""
    from api.operations.grants import grant_machine

    with (
        workplace(tenant, Permission.GRANTS_WRITE, shown=asked_key()) as place,
        place.transaction() as session,
    ):
        given = grant_machine(session, name, machine, at=now())
    say(asdict(given), f"grant {given.id}: {given.name} sees {given.machine}", as_json=as_json)


@grant.command("revoke")
def revoke_grant(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Let a third party see a machine no more; the customer's key is asked for, or read from standard input."""
    from api.operations import grants

    with (
        workplace(tenant, Permission.GRANTS_WRITE, shown=asked_key()) as place,
        place.transaction() as session,
    ):
        revoked = grants.revoke_grant(session, number, at=now())
    say(asdict(revoked), f"grant {revoked.id} is revoked", as_json=as_json)


@grant.command("list")
def list_grants(
    *,
    by_key: Annotated[
        bool, typer.Option("--by-key", help="Those of the customer whose key is asked for; else all of the tenant.")
    ] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List grants in the order of their making; revoked ones stay listed."""
    from rich.markup import escape

    from api.operations import grants

    shown = asked_key() if by_key else None
    with (
        workplace(tenant, Permission.GRANTS_WRITE, Permission.AUDIT_READ, shown=shown) as place,
        place.transaction() as session,
    ):
        listed = grants.list_grants(session)
    rows = [_row(given, escape(given.name), escape(given.machine)) for given in listed]
    say(list(map(asdict, listed)), table(("grant", "who", "machine", "since", "revoked"), rows), as_json=as_json)


def _row(given: "Grant", name: str, machine: str) -> tuple[object, ...]:
    return given.id, name, machine, given.granted_at, given.revoked_at or ""
