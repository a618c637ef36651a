"""Commands about what registers counted: sums, demands, means and states, by the local clock and by bands."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, after, day, file, say, table, workplace

if TYPE_CHECKING:  # loading them would cost what a quick start forbids
    from api.operations.usage import RegisterUsage
    from metering.fleet.store import StoredRegister
    from metering.usage.aggregation import UsageSeries
    from quantities.period import Period

Named = TypeVar("Named", bound=StrEnum)
From = Annotated[str, typer.Option("--from", help="The first local day.")]
To = Annotated[str, typer.Option("--to", help="The last local day.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(usage)
    app.command()(states)


def usage(
    register: str,
    *,
    from_: From,
    to: To,
    every: Annotated[str, typer.Option(help="How the days are cut: hour, day, month or whole.")] = "month",
    aggregation: Annotated[
        str, typer.Option(help="What of each part: sum, demand, mean, count, last or unique.")
    ] = "sum",
    block_minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long the block of a demand is.")] = 15,
    sliding: Annotated[bool, typer.Option("--sliding", help="A block may start at any interval.")] = False,
    calendar: Annotated[
        Path | None, typer.Option(help="A YAML file of time-of-use bands, which cut every part.")
    ] = None,
    by: Annotated[list[str] | None, typer.Option(help="Dimensions that are told apart.")] = None,
    edges: Annotated[
        str, typer.Option(help="What a counter says where it was not read: last_read, interpolated or exact.")
    ] = "last_read",
    as_of: Annotated[
        int | None, typer.Option(help="The last batch that counts; without it, whatever is stored.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Count a register over local days of its site; a total comes first, unless it is the only part."""
    from api.operations.usage import UsageOverDays
    from api.operations.usage import usage as count
    from metering.consumption.use import BoundaryRule
    from metering.usage.aggregation import Aggregation, Granularity
    from quantities.calendars import Calendar
    from quantities.document import parse, read

    cut = _one_of(Granularity, every)
    asked = UsageOverDays(
        first=day(from_),
        after_last=after(to),
        every=Granularity.WHOLE,
        aggregation=_one_of(Aggregation, aggregation),
        calendar=None if calendar is None else parse(Calendar, read(file(calendar))),
        block_minutes=block_minutes,
        sliding=sliding,
        by=tuple(by or ()),
        edges=_one_of(BoundaryRule, edges),
        as_of=as_of,
    )
    with workplace(tenant, Permission.USAGE_READ) as place, place.transaction() as session:
        counted = [count(session, register, asked)]
        if cut is not Granularity.WHOLE:
            parts = count(session, register, replace(asked, every=cut))
            if any(series.part.period != parts.period for series in parts.parts):
                counted.append(parts)
    facts = [_facts(part, usage_, every) for usage_ in counted for part in usage_.parts]
    columns = ["period", *(["band"] if calendar else []), *(by or []), "quantity", "unit", "readings", "estimated"]
    rows = [[fact.get(column, "") or "" for column in columns] for fact in facts]
    say(facts, table(columns, rows, right=("quantity", "readings", "estimated")), as_json=as_json)


def states(
    register: str,
    *,
    from_: From,
    to: To,
    every: Annotated[str, typer.Option(help="How the days are cut: hour, day, month or whole.")] = "day",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say how long a machine was in each of its states, by state and cause."""
    from api.operations.usage import states as durations
    from metering.usage.aggregation import Granularity
    from quantities.number import plain

    first, after_last, cut = day(from_), after(to), _one_of(Granularity, every)
    with workplace(tenant, Permission.USAGE_READ) as place, place.transaction() as session:
        answered = durations(session, register, first, after_last, cut)
    facts = [
        {
            "period": _named(part.period, answered.register, answered.period, every),
            "state": state.name,
            "cause": state.cause,
            "lasted": plain(time),
            "unit": answered.register.register.unit,
        }
        for part, lasted in answered.parts
        for state, time in sorted(lasted.items(), key=lambda pair: pair[0].code)
    ]
    columns = ("period", "state", "cause", "lasted", "unit")
    rows = [[fact[column] or "" for column in columns] for fact in facts]
    say(facts, table(columns, rows, right=("lasted",)), as_json=as_json)


def _one_of(kind: type[Named], name: str) -> Named:
    if name not in list(kind):
        raise typer.BadParameter(f"{name} is none of {', '.join(kind)}")
    return kind(name)


def _facts(series: "UsageSeries", counted: "RegisterUsage", every: str) -> dict[str, object]:
    from quantities.number import plain

    period = _named(series.part.period, counted.register, counted.period, every)
    facts: dict[str, object] = {"period": period, "unit": series.unit}
    if series.part.band is not None:
        facts["band"] = series.part.band
    facts |= dict(series.dimensions)
    if series.value is None:
        return facts | {"error": series.error, "quantity": series.error}
    facts |= {"quantity": plain(series.value), "readings": series.count, "estimated": series.estimated}
    return facts | ({"at": series.at.astimezone(counted.register.zone).isoformat()} if series.at else {})


def _named(period: "Period", register: "StoredRegister", whole: "Period", every: str) -> str:
    if period == whole:
        return "whole"
    local = period.start.astimezone(register.zone)
    return {"month": f"{local:%Y-%m}", "day": f"{local:%Y-%m-%d}"}.get(every, f"{local:%Y-%m-%d %H:%M %z}")
