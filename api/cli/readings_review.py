"""Commands about what was delivered and what is in question: batches, readings, findings, edits, estimates."""

from typing import Annotated

import typer

from api.access.roles import Permission
from api.cli.context import (
    AsJson,
    RowLimit,
    TenantName,
    instant,
    is_asked,
    now,
    rows_shown,
    say,
    say_waits,
    show_verdicts,
    span,
    table,
    workplace,
)
from api.cli.documents import LEAVES_OPTIONS
from quantities.counted import agrees, counted

edit = typer.Typer(help="Readings set or verified by hand: prepared by one, released by another.", no_args_is_help=True)
Reason = Annotated[str, typer.Option(help="Why.")]
FromInstant = Annotated[
    str, typer.Option("--from", help="The first instant, as 2026-03-01T12:00Z, or local day of the site.")
]
ToInstant = Annotated[str, typer.Option("--to", help="The first instant beyond, or the last local day, which counts.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command(context_settings=LEAVES_OPTIONS)(batches)
    app.command()(batch)
    app.command(context_settings=LEAVES_OPTIONS)(readings)
    app.command(context_settings=LEAVES_OPTIONS)(findings)
    app.command()(check)
    app.command()(estimate)
    app.add_typer(edit, name="edit")


def batches(
    context: typer.Context,
    *,
    most: Annotated[int, typer.Option("--limit", "--most", min=1, help="How many.")] = 20,
    before: Annotated[int | None, typer.Option("--after", "--before", help="Older than this batch.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the newest first.

    Those of a --source or a --kind, or of which rows were --refused, recorded --from a day or an instant --to a day
    that counts or an instant that does not; --sort by batch or recorded_at, turned round with a - before it.
    """
    from dataclasses import asdict

    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations import review
    from metering.deliveries.batch_query import BatchQuery

    query = list_asked(BatchQuery, context.args, after=None if before is None else str(before))
    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        listed, more = rows_asked(lambda asked: review.batches(session, asked), query, most, as_json=as_json)
        facts = [asdict(delivery) for delivery in listed]
    columns = ("id", "kind", "source", "recorded_by", "stored", "corrected", "unchanged", "refused")
    rows = ([fact[name] for name in columns] for fact in facts)
    say(facts, table(columns, rows, right=("id", "stored", "corrected", "unchanged", "refused")), as_json=as_json)
    say_more(more)


def batch(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show one delivery: why rows of it are not stored, and how its file was read."""
    from dataclasses import asdict

    from api.cli.how_read import show_counters, show_how_read
    from api.operations import review

    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        details = review.batch(session, number)
    delivery, verdicts = details.batch, details.verdicts
    facts = (
        asdict(delivery)
        | {name: [asdict(entry) for entry in getattr(details, name)] for name in ("verdicts", "resets", "withdrawn")}
        | details.file.model_dump(mode="json", exclude={"schema_number"})
    )
    reason = f", {delivery.reason}" if delivery.reason else ""
    sentence = (
        f"batch {number}: {delivery.kind} of {delivery.source} by {delivery.recorded_by} at "
        f"{delivery.recorded_at}{reason}; {delivery.stored} stored ({delivery.corrected} of them corrections), "
        f"{delivery.unchanged} unchanged, {delivery.refused} refused"
    )
    say(facts, sentence, as_json=as_json)
    if not as_json:
        rows = [(verdict.line, verdict.code, verdict.found, verdict.expected) for verdict in verdicts]
        show_verdicts(rows, delivery.refused)
        show_counters(facts)
        show_how_read(facts["how_read"])


def readings(
    context: typer.Context,
    register: str,
    *,
    from_: FromInstant,
    to: ToInstant,
    history: Annotated[bool, typer.Option("--history", help="What earlier batches said, too.")] = False,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List a register's readings; with --history a correction and what it corrected both.

    As they stood once a batch was the last, with --as-of; --sort -start lists the newest first.
    """
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations import review
    from metering.deliveries.reading_query import ReadingQuery
    from quantities.number import plain

    query = list_asked(ReadingQuery, context.args, first=from_, last=to, history=history)
    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        recorded, more = rows_asked(
            lambda asked: review.readings(session, register, asked), query, limit, as_json=as_json
        )
    facts = [
        {
            "start": reading.start.isoformat(),
            "end": reading.end.isoformat(),
            "value": None if reading.value is None else plain(reading.value),
            "quality": reading.quality.name.lower(),
            "batch": reading.batch,
            "line": reading.line,
            "source": reading.source,
            "recorded_by": reading.recorded_by,
            "reason": reading.reason,
            "current": reading.current,
        }
        for reading in recorded
    ]
    columns = ("start", "value", "quality", "batch", "line", "source", "recorded_by")
    rows = ([("withdrawn" if fact[name] is None else fact[name]) for name in columns] for fact in facts)
    say(facts, table(columns, rows, right=("value", "batch", "line")), as_json=as_json)
    say_more(more)


def findings(
    context: typer.Context,
    register: Annotated[str | None, typer.Argument(help="Of one register; of all, unless it is named.")] = None,
    *,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what is in question, and keeps bills waiting.

    Of a --check, or those that hold bills with --holds; of the time --from a day or an instant --to a day that counts
    or an instant that does not; --sort -start lists the newest first.
    """
    from dataclasses import asdict

    from api.cli.lists import list_asked, named_first, rows_asked, say_more
    from api.operations import review
    from metering.quality.validation.finding_query import FindingQuery

    named, words = named_first(register, context.args)
    query = list_asked(FindingQuery, words, register_key=named)
    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        listed, more = rows_asked(lambda asked: review.findings(session, asked), query, limit, as_json=as_json)
        facts = [asdict(finding) for finding in listed]
    columns = ("id", "register", "start", "end", "check", "found", "expected", "holds")
    rows = table(columns, ([fact[name] for name in columns] for fact in facts), right=("id",))
    say(facts, rows if facts else "nothing is in question", as_json=as_json)
    say_more(more)


def check(
    register: str,
    *,
    from_: FromInstant,
    to: ToInstant,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Ask a register's checks about a period again, when they are new or others."""
    from api.operations import review

    with workplace(tenant, Permission.READINGS_EDIT) as place, place.transaction() as session:
        who, period = place.caller.name, span(session, register, from_, to)
        batch, new = review.check_again(session, register, period, who=who, at=now())
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
    from api.operations import review
    from metering.quality.edits.store import Edit
    from quantities.number import plain

    with workplace(tenant, Permission.READINGS_EDIT) as place, place.transaction() as session:
        who, period = place.caller.name, span(session, register, from_, to)
        filled = review.estimate(session, register, period, reason=reason, who=who, at=now())
        if isinstance(filled, Edit):
            place.person()
    if isinstance(filled, Edit):
        say_waits(filled, as_json=as_json)
        return
    facts = {
        "batch": filled.receipt.batch,
        "unfilled": filled.unfilled,
        "estimates": [
            {
                "start": filling.start.isoformat(),
                "value": plain(filling.value),
                "method": filling.method,
                "scaled": filling.scaled,
            }
            for filling in filled.estimates
        ],
    }
    methods = ", ".join(sorted({filling.method for filling in filled.estimates}))
    scaled = ", scaled to the counter" if filled.estimates[0].scaled else ""
    sentence = f"batch {filled.receipt.batch}: {counted(len(filled.estimates), 'interval')} by {methods}{scaled}"
    say(
        facts,
        sentence
        + (f"; {filled.unfilled} {agrees(filled.unfilled, 'stays', 'stay')} missing" if filled.unfilled else ""),
        as_json=as_json,
    )


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
    from api.operations import review
    from quantities.number import exact

    with workplace(tenant, Permission.READINGS_EDIT) as place, place.transaction() as session:
        who, number = place.person(), None if value is None else exact(value)
        start, end = instant(from_), instant(to) if to else None
        made = review.prepare_value(session, register, start, end, number, reason=reason, who=who, at=now())
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
    from api.operations import review

    with workplace(tenant, Permission.READINGS_EDIT) as place, place.transaction() as session:
        who, period = place.person(), span(session, register, from_, to)
        made = review.prepare_verification(session, register, period, reason=reason, who=who, at=now())
    say({"edit": made.id}, f"edit {made.id} waits for another person: usufruct edit release {made.id}", as_json=as_json)


@edit.command("show")
def edit_show(
    number: int,
    *,
    after: Annotated[int, typer.Option(min=0, help="So many readings are left out.")] = 0,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show what an edit would write, reading by reading, and which invoices it corrects by how much."""
    from api.cli.edit_look import edit_facts, show_look
    from api.operations import edits

    most = rows_shown(limit, as_json=False) or 0
    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        look = edits.show_edit(session, number, who=place.caller.name, at=now(), after=after, most=most)
    if as_json:
        say(edit_facts(look), "", as_json=True)
    else:
        show_look(look, after)


@edit.command("release")
def edit_release(
    number: int,
    *,
    digest: Annotated[str | None, typer.Option(help="What `edit show` says: then nothing else is written.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not show it and ask.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Release what another has prepared: now it is written. At a terminal it is shown first, and asked about."""
    from api.cli.edit_look import show_look
    from api.operations import edits

    with workplace(tenant, Permission.READINGS_RELEASE) as place:
        who = place.person()
        if digest is None and not (yes or as_json) and is_asked():
            with place.transaction() as session:
                look = edits.show_edit(session, number, who=who, at=now())
            show_look(look)
            if look.digest:
                typer.confirm("Release it?", abort=True)
                digest = look.digest
        with place.transaction() as session:
            written = edits.release_edit(session, number, who=who, at=now(), shown=digest)
    facts = {"batch": written.id, "stored": written.stored}
    wrote = f"{written.stored} stored" if written.stored else "nothing changes: it was so already"
    say(facts, f"batch {written.id}: {wrote}", as_json=as_json)


@edit.command("list", context_settings=LEAVES_OPTIONS)
def edit_list(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List what was prepared by hand, the newest first.

    Those that are --waiting or --released, of a --register or a --kind, prepared --from a day or an instant --to a day
    that counts or an instant that does not; --sort edit lists the oldest first.
    """
    from dataclasses import asdict

    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations import review
    from metering.quality.edits.edit_query import EditQuery

    query = list_asked(EditQuery, context.args)
    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        listed, more = rows_asked(lambda asked: review.edits(session, asked), query, limit, as_json=as_json)
        facts = [asdict(prepared) for prepared in listed]
    columns = ("id", "register", "kind", "start", "value", "reason", "prepared_by", "released_by", "batch")
    rows = (["" if fact[name] is None else fact[name] for name in columns] for fact in facts)
    say(facts, table(columns, rows, right=("id", "value", "batch")), as_json=as_json)
    say_more(more)
