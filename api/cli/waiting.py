"""What waits for a second person or for a decision."""

from typing import Annotated

import typer

from api.cli.context import AsJson, TenantName, now, out, say, table, workplace


def add_to(app: typer.Typer) -> None:
    """Give the command line this command."""
    app.command("waiting")(show_waiting)


def show_waiting(
    *,
    kind: Annotated[str | None, typer.Option(help="Of one kind, as edit or version.")] = None,
    only_may: Annotated[bool, typer.Option("--mine", help="Only what you may release or decide.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for a second person or for a decision, and whether you may do it."""
    from dataclasses import asdict

    from rich.markup import escape

    from api.operations.waiting import KINDS, waiting

    if kind is not None and kind not in {known.name for known in KINDS}:
        raise typer.BadParameter(f"{kind} is none of {', '.join(known.name for known in KINDS)}")
    with workplace(tenant) as place, place.transaction() as session:
        listed = waiting(session, place.caller, now(), kind)
    shown = [one for one in listed if one.may_release or not only_may]
    if as_json or not shown:
        say([asdict(one) for one in shown], "nothing waits for you" if only_may else "nothing waits", as_json=as_json)
        return
    columns = ("kind", "what", "since", "prepared by", "you")
    rows = [
        (
            one.kind,
            escape(one.about),
            "" if one.since is None else one.since.isoformat(timespec="minutes"),
            escape(one.prepared_by or ""),
            escape(one.command if one.may_release else f"may not: {one.why_not}"),
        )
        for one in shown
    ]
    out.print(table(columns, rows))
