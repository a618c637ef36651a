"""Commands about API keys: who may call, and for whom."""

from typing import Annotated

import typer

from api.cli.context import AsJson, now, say, workplace

key = typer.Typer(help="API keys: who may call, and for whom.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(key, name="key")


@key.command("create")
def create_key(
    role: Annotated[str, typer.Argument(help="manufacturer, finance or customer")],
    *,
    label: Annotated[str, typer.Option(help="Who bears it, one person or program; what it does is recorded so.")],
    party: Annotated[str | None, typer.Option(help="For a customer's key: the party's name.")] = None,
    tenant_name: Annotated[str | None, typer.Option("--tenant", envvar="USUFRUCT_TENANT")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key and say it, once; only its hash is kept."""
    from api.access.auth import Role
    from api.operations import keys
    from api.server.provision import administering

    if role not in set(Role):
        raise typer.BadParameter(f"{role} is none of {', '.join(Role)}")
    with workplace(tenant_name) as place, administering(place.access.administrator) as administrator:
        made = keys.create(administrator, place.tenant, Role(role), label, party=party, at=now())
    uses = f"Use it as: Authorization: Bearer {made}"
    if role != Role.CUSTOMER:
        uses += "\nor give it to: usufruct login"
    say({"key": made}, f"{made}\nIt is said once. {uses}", as_json=as_json)


@key.command("revoke")
def revoke_key(
    label: str,
    *,
    tenant_name: Annotated[str | None, typer.Option("--tenant", envvar="USUFRUCT_TENANT")] = None,
    as_json: AsJson = False,
) -> None:
    """Revoke the keys of a label."""
    from api.operations import keys
    from api.server.provision import administering

    with workplace(tenant_name) as place, administering(place.access.administrator) as administrator:
        revoked = keys.revoke(administrator, place.tenant, label, at=now())
    say({"revoked": revoked}, f"{revoked} revoked", as_json=as_json)
