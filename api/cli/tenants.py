"""Commands about whom the database is divided among, and whether two people must look."""

from typing import Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, now, out, say, table, workplace

tenant = typer.Typer(help="Who the database is divided among.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(tenant, name="tenant")


@tenant.command("create")
def create_tenant(name: str, *, as_json: AsJson = False) -> None:
    """Make a tenant, or find it."""
    from api.operations import tenants
    from api.server.provision import administering, ready_database
    from api.server.settings import from_environment

    with ready_database(from_environment()) as access, administering(access.administrator) as administrator:
        number = tenants.create(administrator, name)
    say({"tenant": number, "name": name}, f"tenant {name}", as_json=as_json)


@tenant.command("four-eyes")
def tenant_four_eyes(
    state: Annotated[str | None, typer.Argument(help="on or off; without it, the record is shown.")] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why they are switched; needed to switch them off.")] = "",
    tenant_name: Annotated[str | None, typer.Option("--tenant", envvar="USUFRUCT_TENANT")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether what one person prepares another must release, or show since when; every switch is on the record."""
    from rich.markup import escape

    from api.operations import tenants
    from api.server.provision import administering

    reason = reason.strip()
    if state not in (None, "on", "off") or (state == "off" and not reason) or (state is None and reason):
        raise typer.BadParameter("on, or off with --reason; or neither, to see the record")
    changed = False
    with workplace(tenant_name, Permission.FOUR_EYES_SWITCH) as place:
        if state is not None:
            who, at = place.caller.name, now()
            with administering(place.access.administrator) as administrator:
                changed = tenants.switch_four_eyes(
                    administrator, place.tenant, off=state == "off", reason=reason, who=who, at=at
                )
        with place.transaction() as session:
            four_eyes = tenants.four_eyes(session)
            rows = [
                ("off" if switch.off else "on", switch.at.isoformat(timespec="seconds"), switch.by, switch.reason)
                for switch in four_eyes.record
            ]
    stands = "on" if four_eyes.on else "off"
    columns = ("switched", "at", "by", "reason")
    record = [dict(zip(columns, row, strict=True)) for row in rows]
    already = "" if changed or state is None else " already; nothing is changed"
    facts = {"four_eyes": stands, "changed": changed, "record": record}
    say(facts, f"four eyes are {stands}{already}", as_json=as_json)
    if state is None and not as_json:
        shown = ([escape(cell) for cell in row] for row in rows)
        out.print(table(columns, shown) if rows else "no switch is on record")
