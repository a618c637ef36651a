"""Commands about events that clients of OpenMeter and Lago post: what they measure, and what nothing takes."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, now, say, table, workplace
from quantities.counted import counted

if TYPE_CHECKING:
    from metering.deliveries.receipt import Receipt

event = typer.Typer(help="Events that clients of OpenMeter and Lago post.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(event, name="event")


@event.command("meter")
def declare_meter(
    name: Annotated[str, typer.Argument(help="A register takes events of SUBJECT if an alias of it is SUBJECT/NAME.")],
    *,
    client: Annotated[str, typer.Option(help="Whose events: openmeter or lago.")],
    event_type: Annotated[str, typer.Option("--type", help="The type of the events; for Lago their code.")],
    unit: Annotated[str, typer.Option(help="Of the amounts, as kWh.")],
    aggregation: Annotated[str, typer.Option(help="sum or count.")] = "sum",
    value: Annotated[str | None, typer.Option(help="Where the amount stands, as $.tokens.")] = None,
    dimension: Annotated[
        list[str] | None, typer.Option(help="A dimension of registers and where it stands, as shift=work.shift.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Declare what of the events of one type is their amount; stored events of the type are matched at once."""
    from api.operations import events
    from api.operations.reading_options import stated_pairs
    from metering.events.event_meter import event_meter
    from metering.events.usage_event import event_client

    dimensions = stated_pairs("dimension", dimension or [], "dimension=path", "shift=work.shift")
    stated = event_meter(name, event_client(client), event_type, aggregation, unit, value=value, dimensions=dimensions)
    with workplace(tenant, Permission.FLEET_WRITE) as place, place.transaction() as session:
        declared = events.declare_event_meter(session, stated, who=place.caller.name, at=now())
    added = _added(declared.receipt)
    known = "" if declared.is_new else " already"
    say({"name": name, **added}, f"{name} is{known} {stated.in_words}; {_in_words(added)}", as_json=as_json)


@event.command("meters")
def list_meters(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the event meters."""
    from rich.markup import escape

    from api.operations import events

    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        meters = events.event_meters(session)
    facts = [{"name": meter.name, "measures": meter.in_words} for meter in meters]
    rows = [(escape(row["name"]), escape(row["measures"])) for row in facts]
    say(facts, table(("event meter", "measures"), rows) if rows else "there is no event meter", as_json=as_json)


@event.command("unmatched")
def list_unmatched(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the events that no event meter or register takes: they are kept, and never silently free."""
    from rich.markup import escape

    from api.operations import events

    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        groups = events.unmatched_events(session)
    facts = [
        {
            "client": group.client.value,
            "event_type": group.event_type,
            "subject": group.subject,
            "events": group.events,
            "first": group.first.isoformat(),
            "last": group.last.isoformat(),
            "why": group.why,
        }
        for group in groups
    ]
    rows = [
        (group.client.value, escape(group.event_type), escape(group.subject), group.events, escape(group.why))
        for group in groups
    ]
    columns = ("client", "type", "subject", "events", "why")
    say(facts, table(columns, rows, right=("events",)) if rows else "every event is taken", as_json=as_json)


@event.command("match")
def match(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Match stored events with the event meters and registers as they are now, after the fleet has changed."""
    from api.operations import events

    with workplace(tenant, Permission.FLEET_WRITE) as place, place.transaction() as session:
        added = _added(events.match_events(session, who=place.caller.name, at=now()))
    say(added, _in_words(added), as_json=as_json)


def _added(receipt: "Receipt | None") -> dict[str, Any]:
    return {"batch": receipt.batch if receipt else None, "readings": receipt.stored if receipt else 0}


def _in_words(added: dict[str, Any]) -> str:
    if added["batch"] is None:
        return "no stored event is taken now that was not before"
    return f"batch {added['batch']}: {counted(added['readings'], 'reading')} of stored events"
