"""Commands about what registers counted: sums, demands, means and states, by the local clock and by bands."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from api.cli.context import AsJson, TenantName, file, say, table, workplace

if TYPE_CHECKING:  # loading them would cost what a quick start forbids
    from sqlmodel import Session

    from metering.fleet.store import StoredRegister
    from metering.usage.aggregation import UsageSeries
    from quantities.period import Period

Named = TypeVar("Named", bound=StrEnum)
From = Annotated[str, typer.Option("--from", help="The first local day.")]
To = Annotated[str, typer.Option("--to", help="The first local day not counted any more.")]


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
    from metering.consumption.use import BoundaryRule
    from metering.log.store import NOW
    from metering.usage.aggregation import Aggregation, Granularity, UsageQuery
    from metering.usage.store import answer
    from quantities.calendars import Calendar
    from quantities.document import parse, read

    bands = None if calendar is None else parse(Calendar, read(file(calendar)))
    cut, asked = _one_of(Granularity, every), _one_of(Aggregation, aggregation)
    with workplace(tenant) as place, place.transaction() as session:
        found, whole = _over(session, register, from_, to)
        told = (asked, bands, block_minutes, sliding, tuple(by or ()), _one_of(BoundaryRule, edges))
        questions = [UsageQuery(whole, Granularity.WHOLE, *told)]
        if cut is not Granularity.WHOLE:
            questions.append(UsageQuery(whole, cut, *told))
        mark = NOW if as_of is None else as_of
        answers = [each for question in questions for each in answer(session, [found], question, mark)[0]]
    facts = [_facts(each, found, whole, every) for each in answers]
    columns = ["period", *(["band"] if bands else []), *(by or []), "quantity", "unit", "readings", "estimated"]
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
    from metering.usage.aggregation import Granularity, UsageQuery
    from metering.usage.store import durations
    from quantities.number import plain

    cut = _one_of(Granularity, every)
    with workplace(tenant) as place, place.transaction() as session:
        found, whole = _over(session, register, from_, to)
        parts = durations(session, found, UsageQuery(whole, cut))
    facts = [
        {
            "period": _named(part.period, found, whole, every),
            "state": state.name,
            "cause": state.cause,
            "lasted": plain(time),
            "unit": found.register.unit,
        }
        for part, lasted in parts
        for state, time in sorted(lasted.items(), key=lambda pair: pair[0].code)
    ]
    columns = ("period", "state", "cause", "lasted", "unit")
    rows = [[fact[column] or "" for column in columns] for fact in facts]
    say(facts, table(columns, rows, right=("lasted",)), as_json=as_json)


def _one_of(kind: type[Named], name: str) -> Named:
    if name not in list(kind):
        raise typer.BadParameter(f"{name} is none of {', '.join(kind)}")
    return kind(name)


def _over(session: "Session", key: str, first: str, after_last: str) -> "tuple[StoredRegister, Period]":
    from datetime import date

    from metering.deliveries.store import NoSuchRegister
    from metering.fleet.store import registers
    from quantities.period import Period

    found = registers(session, [key]).get(key)
    if found is None:
        raise NoSuchRegister(f"there is no register {key!r}", found=key)
    return found, Period.of_days(date.fromisoformat(first), date.fromisoformat(after_last), found.zone)


def _facts(each: "UsageSeries", register: "StoredRegister", whole: "Period", every: str) -> dict[str, object]:
    from quantities.number import plain

    facts: dict[str, object] = {"period": _named(each.part.period, register, whole, every), "unit": each.unit}
    if each.part.band is not None:
        facts["band"] = each.part.band
    facts |= dict(each.dimensions)
    if each.value is None:
        return facts | {"error": each.error, "quantity": each.error}
    facts |= {"quantity": plain(each.value), "readings": each.count, "estimated": each.estimated}
    return facts | ({"at": each.at.astimezone(register.zone).isoformat()} if each.at else {})


def _named(period: "Period", register: "StoredRegister", whole: "Period", every: str) -> str:
    if period == whole:
        return "whole"
    local = period.start.astimezone(register.zone)
    return {"month": f"{local:%Y-%m}", "day": f"{local:%Y-%m-%d}"}.get(every, f"{local:%Y-%m-%d %H:%M %z}")
