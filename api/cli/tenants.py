"""Commands about whom the database is divided among, and whether two people must look."""

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, now, out, say, table, workplace

if TYPE_CHECKING:
    from api.operations.tenants import FourEyes
    from metering.tenants.store import FourEyesLimit, FourEyesSwitch

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


@tenant.command("list")
def list_tenants(*, as_json: AsJson = False) -> None:
    """List the tenants of this database, by name."""
    from rich.markup import escape

    from api.operations import tenants
    from api.server.database import Database
    from api.server.provision import ready_database
    from api.server.settings import from_environment

    with (
        ready_database(from_environment()) as access,
        closing(Database(access.administrator)) as database,
        database.transaction() as session,
    ):
        numbers = tenants.list_tenants(session)
    facts = [{"tenant": number, "name": name} for name, number in numbers.items()]
    rows = table(("name", "tenant"), [(escape(name), number) for name, number in numbers.items()], right=("tenant",))
    say(facts, rows if facts else "there is no tenant yet: usufruct tenant create NAME", as_json=as_json)


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

    reason = reason.strip()
    if state not in (None, "on", "off") or (state == "off" and not reason) or (state is None and reason):
        raise typer.BadParameter("on, or off with --reason; or neither, to see the record")
    asked = None
    with workplace(tenant_name, Permission.FOUR_EYES_SWITCH) as place, place.transaction() as session:
        if state is not None:
            place.one_of_the_owners(even_off=True)
            asked = tenants.switch_four_eyes(
                session, off=state == "off", reason=reason, who=place.caller.name, at=now()
            )
            session.expire_all()
        four_eyes = tenants.four_eyes(session, now=now())
    stands = "on" if four_eyes.on else "off"
    rows = [_switch_row(switch) for switch in four_eyes.record]
    waits = asked is not None and asked.released_by is None
    already = "" if state is None or (asked is not None and not waits) else " already; nothing is changed"
    if asked is not None and waits:
        already = f"; the switch waits for another owner: usufruct tenant release-switch {asked.number}"
    facts = {
        "four_eyes": stands,
        "changed": asked is not None and not waits,
        "waiting": [switch.number for switch in four_eyes.record if switch.waits],
        "record": [dict(zip(_SWITCH, row, strict=True)) for row in rows],
        "limits": [asdict(limit) for limit in four_eyes.limits],
        "unseen": _unseen_facts(four_eyes),
    }
    say(facts, f"four eyes are {stands}{already}", as_json=as_json)
    if state is None and not as_json:
        shown = ([escape(cell) for cell in row] for row in rows)
        out.print(table(_SWITCH, shown) if rows else "no switch is on record")
        for limit in four_eyes.limits:
            out.print(_limit_words(limit))
    if state in (None, "on") and not as_json:
        _say_unseen(four_eyes)


def _unseen_facts(four_eyes: "FourEyes") -> list[dict[str, object]]:
    return [{name: fact for name, fact in asdict(made).items() if name != "hidden_from"} for made in four_eyes.unseen]


def _say_unseen(four_eyes: "FourEyes") -> None:
    """Name what one person alone has made, and how another owner says to have looked at it."""
    for made in four_eyes.unseen:
        out.print(made.in_words(), markup=False)
    if four_eyes.unseen:
        out.print(
            "another owner looks at it: usufruct user release NAME; or ends it: usufruct user disable, key revoke"
        )


_SWITCH = ("switched", "at", "by", "reason", "released by")


def _switch_row(switch: "FourEyesSwitch") -> tuple[str, ...]:
    released = switch.released_by or ("taken back" if switch.taken_back_at else f"waits: {switch.number}")
    return "off" if switch.off else "on", switch.at.isoformat(timespec="seconds"), switch.by, switch.reason, released


def _limit_words(limit: "FourEyesLimit") -> str:
    waits = "taken back" if limit.taken_back_at else "waits for another owner"
    rest = f"released by {limit.released_by}" if limit.released_by else waits
    amount = f"{limit.amount:f} {limit.currency}"
    return f"limit {limit.number}: one is enough for {limit.operation.value} up to {amount}, by {limit.by}; {rest}"


@tenant.command("release-switch")
def release_switch(number: int, *, tenant_name: TenantName = None, as_json: AsJson = False) -> None:
    """Release a switch of the four eyes that another owner asked for: it takes effect."""
    from api.operations import tenants

    with workplace(tenant_name, Permission.FOUR_EYES_SWITCH) as place, place.transaction() as session:
        switch = tenants.release_four_eyes(session, number, who=place.person(even_off=True), at=now())
        session.expire_all()
        four_eyes = tenants.four_eyes(session, now=now())
    stands = "off" if switch.off else "on"
    facts = {"switch": number, "four_eyes": stands, "unseen": [] if switch.off else _unseen_facts(four_eyes)}
    say(facts, f"four eyes are {stands}", as_json=as_json)
    if not switch.off and not as_json:
        _say_unseen(four_eyes)


@tenant.command("limit")
def limit_four_eyes(
    operation: Annotated[
        str | None, typer.Argument(help="As dispute_waived; without it, all limits are listed.")
    ] = None,
    amount: Annotated[str, typer.Argument(help="Up to which one person is enough; 0: two always.")] = "",
    currency: Annotated[str, typer.Argument(help="Its code.")] = "",
    *,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    tenant_name: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Let one person be enough for an operation up to an amount, which another owner releases; or list the limits."""
    from api.operations import tenants
    from metering.tenants.money import MoneyOperation
    from quantities.number import exact

    if operation is None:
        _list_limits(tenant_name, as_json=as_json)
        return
    if not (amount and currency and reason.strip()):
        raise typer.BadParameter("name an operation, an amount, a currency and a --reason; or nothing, to see them all")
    if operation not in set(MoneyOperation):
        raise typer.BadParameter(f"{operation} is none of {', '.join(MoneyOperation)}")
    with workplace(tenant_name, Permission.FOUR_EYES_SWITCH) as place, place.transaction() as session:
        place.one_of_the_owners(even_off=True)
        asked = tenants.limit_four_eyes(
            session,
            MoneyOperation(operation),
            exact(amount),
            currency,
            reason=reason,
            who=place.caller.name,
            at=now(),
        )
    say(asdict(asked), _limit_words(asked), as_json=as_json)


def _list_limits(tenant_name: str | None, *, as_json: bool) -> None:
    """List every limit: the one that counts, those that wait, and those before."""
    from rich.markup import escape

    from api.operations import tenants

    with workplace(tenant_name, Permission.FOUR_EYES_SWITCH) as place, place.transaction() as session:
        limits = tenants.four_eyes(session, now=now()).limits
    counts = {limit.operation: limit.number for limit in limits if limit.released_at is not None}
    facts = [asdict(limit) | {"counts": counts.get(limit.operation) == limit.number} for limit in limits]
    columns = ("limit", "for", "up to", "stands", "by", "reason", "released by")
    rows = [
        (
            limit.number,
            limit.operation.value,
            f"{limit.amount:f} {limit.currency}",
            "counts"
            if fact["counts"]
            else "waits"
            if limit.waits
            else "taken back"
            if limit.taken_back_at
            else "ended",
            escape(limit.by),
            escape(limit.reason),
            escape(limit.released_by or ""),
        )
        for limit, fact in zip(limits, facts, strict=True)
    ]
    say(facts, table(columns, rows, right=("limit",)) if rows else "no limit: two people always", as_json=as_json)


@tenant.command("take-back-limit")
def take_back_limit(number: int, *, tenant_name: TenantName = None, as_json: AsJson = False) -> None:
    """Take back a limit that waits, and that you have asked for."""
    from api.operations import tenants

    with workplace(tenant_name, Permission.FOUR_EYES_SWITCH) as place, place.transaction() as session:
        limit = tenants.take_back_limit(session, number, who=place.person(), at=now())
    say(asdict(limit), _limit_words(limit), as_json=as_json)


@tenant.command("take-back-switch")
def take_back_switch(number: int, *, tenant_name: TenantName = None, as_json: AsJson = False) -> None:
    """Take back a switch of the four eyes that waits, and that you have asked for."""
    from api.operations import tenants

    with workplace(tenant_name, Permission.FOUR_EYES_SWITCH) as place, place.transaction() as session:
        switch = tenants.take_back_switch(session, number, who=place.person(), at=now())
    asked = "off" if switch.off else "on"
    say(asdict(switch), f"switch {switch.number} is taken back; four eyes are not switched {asked}", as_json=as_json)


@tenant.command("release-limit")
def release_limit(number: int, *, tenant_name: TenantName = None, as_json: AsJson = False) -> None:
    """Release a limit that another owner asked for: it takes effect."""
    from api.operations import tenants

    with workplace(tenant_name, Permission.FOUR_EYES_SWITCH) as place, place.transaction() as session:
        released = tenants.release_limit(session, number, who=place.person(even_off=True), at=now())
    say(asdict(released), _limit_words(released), as_json=as_json)
