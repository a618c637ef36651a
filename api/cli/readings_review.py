"""Commands about what was delivered and what is in question: batches, readings, findings, edits, estimates."""

from typing import Annotated

import typer

from api.cli.context import AsJson, TenantName, instant, me, now, say, show_verdicts, table, workplace

edit = typer.Typer(help="Readings set or verified by hand: prepared by one, released by another.", no_args_is_help=True)
Reason = Annotated[str, typer.Option(help="Why.")]
FromInstant = Annotated[str, typer.Option("--from", help="The first instant, as 2026-03-01T12:00Z.")]
ToInstant = Annotated[str, typer.Option("--to", help="The first instant beyond.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(batches)
    app.command()(batch)
    app.command()(readings)
    app.command()(findings)
    app.command()(check)
    app.command()(estimate)
    app.add_typer(edit, name="edit")


def batches(
    *,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    before: Annotated[int | None, typer.Option(help="Older than this batch.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the newest first."""
    from dataclasses import asdict

    from metering.deliveries.history import batches as listed

    with workplace(tenant) as place, place.transaction() as session:
        found = [asdict(each) for each in listed(session, most, before)]
    columns = ("id", "kind", "source", "recorded_by", "stored", "corrected", "unchanged", "refused")
    rows = ([each[name] for name in columns] for each in found)
    say(found, table(columns, rows, right=("id", "stored", "corrected", "unchanged", "refused")), as_json=as_json)


def batch(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show one delivery, with why rows of it are not stored."""
    from dataclasses import asdict

    from metering.deliveries import history as batch_store

    with workplace(tenant) as place, place.transaction() as session:
        found = asdict(batch_store.batch(session, number))
        verdicts = [asdict(each) for each in batch_store.verdicts(session, number)]
    reason = f", {found['reason']}" if found["reason"] else ""
    sentence = (
        f"batch {number}: {found['kind']} of {found['source']} by {found['recorded_by']} at "
        f"{found['recorded_at']}{reason}; {found['stored']} stored ({found['corrected']} of them corrections), "
        f"{found['unchanged']} unchanged, {found['refused']} refused"
    )
    say(found | {"verdicts": verdicts}, sentence, as_json=as_json)
    if not as_json:
        told = [(each["line"], each["code"], each["found"], each["expected"]) for each in verdicts]
        show_verdicts(told, found["refused"])


def readings(
    register: str,
    *,
    from_: FromInstant,
    to: ToInstant,
    history: Annotated[bool, typer.Option("--history", help="What earlier batches said, too.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List a register's readings; with --history a correction and what it corrected both."""
    from metering.deliveries.history import history as said
    from metering.deliveries.store import NoSuchRegister
    from metering.fleet.store import registers
    from quantities.number import plain
    from quantities.period import Period

    with workplace(tenant) as place, place.transaction() as session:
        found = registers(session, [register]).get(register)
        if found is None:
            raise NoSuchRegister(f"there is no register {register!r}", found=register)
        log = said(session, found, Period(instant(from_), instant(to)))
    facts = [
        {
            "start": each.start.isoformat(),
            "end": each.end.isoformat(),
            "value": None if each.value is None else plain(each.value),
            "quality": each.quality.name.lower(),
            "batch": each.batch,
            "line": each.line,
            "source": each.source,
            "recorded_by": each.recorded_by,
            "reason": each.reason,
            "current": each.current,
        }
        for each in log
        if history or (each.current and each.value is not None)
    ]
    columns = ("start", "value", "quality", "batch", "line", "source", "recorded_by")
    rows = ([("withdrawn" if each[name] is None else each[name]) for name in columns] for each in facts)
    say(facts, table(columns, rows, right=("value", "batch", "line")), as_json=as_json)


def findings(
    register: Annotated[str | None, typer.Argument(help="Of one register; of all, unless it is named.")] = None,
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what is in question, and keeps bills waiting."""
    from dataclasses import asdict

    from metering.quality.validation.store import open_findings

    with workplace(tenant) as place, place.transaction() as session:
        found = [asdict(each) for each in open_findings(session, register)]
    columns = ("id", "register", "start", "end", "check", "found", "expected", "holds")
    rows = table(columns, ([each[name] for name in columns] for each in found), right=("id",))
    say(found, rows if found else "nothing is in question", as_json=as_json)


def check(
    register: str,
    *,
    from_: FromInstant,
    to: ToInstant,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Ask a register's checks about a period again, when they are new or others."""
    from metering.deliveries.store import Sender, ask_checks
    from quantities.period import Period

    with workplace(tenant) as place, place.transaction() as session:
        sender = Sender(f"checks of {register}", me(place), now())
        batch, new = ask_checks(session, sender, register, Period(instant(from_), instant(to)))
    say({"batch": batch, "new": new}, f"batch {batch}: {new} new findings", as_json=as_json)


def estimate(
    register: str,
    *,
    from_: FromInstant,
    to: ToInstant,
    reason: Reason,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Fill what is missing of an interval register; a reading that comes later takes the estimate's place."""
    from metering.deliveries.store import Sender
    from metering.quality.estimation.store import estimate as fill
    from quantities.number import plain
    from quantities.period import Period

    with workplace(tenant) as place, place.transaction() as session:
        sender = Sender(f"estimates of {register}", me(place), now(), reason)
        filled = fill(session, sender, register, Period(instant(from_), instant(to)))
    facts = {
        "batch": filled.receipt.batch,
        "unfilled": filled.unfilled,
        "estimates": [
            {"start": each.start.isoformat(), "value": plain(each.value), "method": each.method, "scaled": each.scaled}
            for each in filled.estimates
        ],
    }
    methods = ", ".join(sorted({each.method for each in filled.estimates}))
    scaled = ", scaled to the counter" if filled.estimates[0].scaled else ""
    sentence = f"batch {filled.receipt.batch}: {len(filled.estimates)} intervals by {methods}{scaled}"
    say(facts, sentence + (f"; {filled.unfilled} stay missing" if filled.unfilled else ""), as_json=as_json)


@edit.command("set")
def edit_set(
    register: str,
    *,
    from_: FromInstant,
    to: Annotated[str | None, typer.Option("--to", help="Its end, where the register's interval does not say.")] = None,
    value: Annotated[str | None, typer.Option(help="The reading; without one it is withdrawn.")] = None,
    reason: Reason,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a reading by hand; another person releases it."""
    from metering.deliveries.store import Sender
    from metering.quality.edits.store import prepare_set
    from quantities.number import exact

    with workplace(tenant) as place, place.transaction() as session:
        why = Sender(f"edit of {register}", me(place, two_must_see=True), now(), reason)
        number = None if value is None else exact(value)
        made = prepare_set(session, register, instant(from_), instant(to) if to else None, number, why)
    say({"edit": made.id}, f"edit {made.id} waits for another person: usufruct edit release {made.id}", as_json=as_json)


@edit.command("verify")
def edit_verify(
    register: str,
    *,
    from_: FromInstant,
    to: ToInstant,
    reason: Reason,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Prepare to say of readings that failed a check that they are true; another person releases it."""
    from metering.deliveries.store import Sender
    from metering.quality.edits.store import prepare_verify
    from quantities.period import Period

    with workplace(tenant) as place, place.transaction() as session:
        why = Sender(f"edit of {register}", me(place, two_must_see=True), now(), reason)
        made = prepare_verify(session, register, Period(instant(from_), instant(to)), why)
    say({"edit": made.id}, f"edit {made.id} waits for another person: usufruct edit release {made.id}", as_json=as_json)


@edit.command("release")
def edit_release(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release what another has prepared: now it is written."""
    from metering.deliveries.store import Sender
    from metering.quality.edits.store import release

    with workplace(tenant) as place, place.transaction() as session:
        receipt = release(session, number, Sender(f"edit {number}", me(place, two_must_see=True), now()))
    say(
        {"batch": receipt.batch, "stored": receipt.stored},
        f"batch {receipt.batch}: {receipt.stored} stored",
        as_json=as_json,
    )


@edit.command("list")
def edit_list(
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Those that are not released.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what was prepared by hand, the newest first."""
    from dataclasses import asdict

    from metering.quality.edits.store import edits

    with workplace(tenant) as place, place.transaction() as session:
        found = [asdict(each) for each in edits(session, waiting=waiting)]
    columns = ("id", "register", "kind", "start", "value", "reason", "prepared_by", "released_by", "batch")
    rows = (["" if each[name] is None else each[name] for name in columns] for each in found)
    say(found, table(columns, rows, right=("id", "value", "batch")), as_json=as_json)
