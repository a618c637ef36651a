"""Commands about what was used: the fleet, readings, exchanges, use."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import (
    EXIT_CODES,
    AsJson,
    TenantName,
    file,
    instant,
    me,
    now,
    progressing,
    say,
    show_verdicts,
    table,
    workplace,
)
from quantities.errors import Invalid

fleet = typer.Typer(help="Sites, assets, meters and registers.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(fleet, name="fleet")
    app.command()(ingest)
    app.command()(withdraw)
    app.command()(exchange)
    app.command()(reset)
    app.command()(unbilled)


@fleet.command("apply")
def apply_fleet(path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Declare sites, assets, meters and registers from a YAML or JSON file; what is known must be as it was."""
    from dataclasses import asdict

    from api.operations.fleet import declare
    from metering.fleet.meter import Fleet
    from quantities.document import parse, read

    fleet = parse(Fleet, read(file(path)))
    with workplace(tenant) as place, place.transaction() as session:
        added = declare(session, fleet)
    facts = asdict(added)
    say(facts, "added " + ", ".join(f"{count} {what}" for what, count in facts.items()), as_json=as_json)


@fleet.command("show")
def show_fleet(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the registers with what they belong to."""
    from api.operations.fleet import registers

    with workplace(tenant) as place, place.transaction() as session:
        declared = registers(session)
    facts = [
        {"site": stored.site, "zone": str(stored.zone), "asset": stored.asset, "meter": stored.meter}
        | stored.register.model_dump(mode="json", exclude_none=True)
        for stored in declared
    ]
    rows = [(f["key"], f["kind"], f["unit"], f["asset"], f["site"], f["zone"]) for f in facts]
    say(facts, table(("register", "kind", "unit", "asset", "site", "zone"), rows), as_json=as_json)


def ingest(
    path: Path,
    *,
    register: Annotated[str | None, typer.Option(help="The register of all rows, where no column says.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="Which column is what, as in time=Datum; time, end, value, register, unit, quality."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, where it corrects.")] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="All rows or none.")] = False,
    replaces: Annotated[
        str | None,
        typer.Option(help="The range that the file restates in full, as FROM/TO; what it leaves out is withdrawn."),
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="Its format, where the bytes do not tell: csv, json, ndjson, …")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="The unit of all values, where no column says.")] = None,
    time_format: Annotated[
        str | None,
        typer.Option(help="How times are written if not by ISO 8601: a strptime pattern, unix or unix_ms."),
    ] = None,
    end_to_end_from: Annotated[
        str | None, typer.Option(help="Where blocks begin that state one start and lie end to end.")
    ] = None,
    session_reset: Annotated[
        list[str] | None,
        typer.Option(help="A data item that counts anew where a session of an adapter opens with it at 0."),
    ] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="Makes one delivery of two.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Store readings from a file; each bad row has a verdict, and the good ones are stored.

    CSV, JSON, NDJSON, Parquet, Arrow, Green Button, ISO 15143-3, NEM12, MSCONS, MTConnect or SHDR; by gzip or not.
    """
    from dataclasses import asdict

    from api.operations import readings
    from api.refusals import problem_of
    from metering.deliveries.receipt import NothingStored, Sender
    from metering.ingest import IngestOptions
    from quantities.period import Period

    raw = file(path)
    restated = None
    if replaces:
        low, _, high = replaces.partition("/")
        restated = Period(instant(low), instant(high))
    # what the key stands for besides the file's bytes
    options = (register, column, unit, time_format, end_to_end_from, format_, reason, atomic, replaces)
    request = ("ingest", *map(str, options), *(session_reset or ()))
    with workplace(tenant) as place, place.transaction() as session:
        sender = Sender(path.name, me(place), now(), reason, idempotency_key, request)
        begin = instant(end_to_end_from) if end_to_end_from else None
        anew = frozenset(session_reset or ())
        stated = IngestOptions(readings.column_map(column or []), register, unit, time_format, begin, anew)
        with progressing(f"{path.name}, {len(raw):,} bytes", shown=not as_json) as progress:
            receipt, dialect = readings.ingest(
                session, sender, raw, stated, format_=format_, atomic=atomic, replaces=restated, progress=progress
            )
    facts = {**asdict(receipt), "dialect": dict(dialect)}
    if receipt.is_refused_whole:
        facts |= problem_of(NothingStored.of(receipt))
    seen = f", the same bytes came as batch {receipt.seen_before}" if receipt.seen_before else ""
    seen = ", as the same request was answered before" if receipt.repeated else seen
    sentence = (
        f"batch {receipt.batch}: {receipt.stored} stored ({receipt.corrected} of them corrections), "
        f"{receipt.unchanged} unchanged, {receipt.refused} refused{seen}"
    )
    say(facts, sentence, as_json=as_json)
    if not as_json:
        rows = [(verdict.line, verdict.code, verdict.found, verdict.expected) for verdict in receipt.verdicts]
        show_verdicts(rows, receipt.refused)
        for reset in receipt.resets:
            typer.echo(f"reset of {reset.register_key} at {reset.at}: closing {reset.closing}, opening {reset.opening}")
        for read in receipt.withdrawn:
            typer.echo(f"withdrawn, an impossible read of {read.register_key} at {read.at}: {read.value}")
    if receipt.is_refused_whole:  # the batch is recorded, with its verdicts; what called us learns that nothing came in
        raise typer.Exit(EXIT_CODES[Invalid])


def withdraw(
    register: str,
    *,
    from_: Annotated[str, typer.Option("--from", help="The first instant, as 2026-03-01T12:00Z.")],
    to: Annotated[str, typer.Option("--to", help="The first instant not withdrawn any more.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw the readings of a register over a range; what was billed of them is credited on the next invoice."""
    from api.operations import readings
    from quantities.period import Period

    with workplace(tenant) as place, place.transaction() as session:
        who, period = me(place), Period(instant(from_), instant(to))
        receipt = readings.withdraw(session, register, period, reason=reason, who=who, at=now())
    facts = {"batch": receipt.batch, "withdrawn": receipt.stored}
    say(facts, f"batch {receipt.batch}: {receipt.stored} withdrawn", as_json=as_json)


def exchange(
    register: str,
    *,
    at: Annotated[str, typer.Option(help="The instant, as 2026-03-01T12:00Z.")],
    closing: Annotated[str, typer.Option(help="What the old device showed last.")],
    opening: Annotated[str, typer.Option(help="What the new device showed first.")],
    serial: Annotated[str, typer.Option(help="The new device's.")],
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Declare that the device of a cumulative register was exchanged."""
    from api.operations import readings
    from quantities.number import exact

    with workplace(tenant) as place, place.transaction() as session:
        batch = readings.exchange(
            session,
            register,
            instant(at),
            closing=exact(closing),
            opening=exact(opening),
            serial=serial,
            reason=reason,
            who=me(place),
            at=now(),
        )
    say({"batch": batch}, f"batch {batch}: {register} counts on from {opening} at {at}", as_json=as_json)


def reset(
    register: str,
    *,
    at: Annotated[str, typer.Option(help="The instant, as 2026-03-01T12:00Z.")],
    closing: Annotated[str, typer.Option(help="What the counter showed last.")],
    opening: Annotated[str, typer.Option(help="What it showed first when it was set anew.")] = "0",
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Declare that the counter of a device was set anew, and the device stayed."""
    from api.operations import readings
    from quantities.number import exact

    with workplace(tenant) as place, place.transaction() as session:
        batch = readings.reset(
            session,
            register,
            instant(at),
            closing=exact(closing),
            opening=exact(opening),
            reason=reason,
            who=me(place),
            at=now(),
        )
    say({"batch": batch}, f"batch {batch}: {register} counts on from {opening} at {at}", as_json=as_json)


def unbilled(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the registers that count and that no contract prices."""
    from dataclasses import asdict

    from api.operations import contracts

    with workplace(tenant) as place, place.transaction() as session:
        facts = [asdict(register) for register in contracts.unbilled(session)]
    columns = ("register", "asset", "readings", "first", "last")
    rows = table(columns, ([fact[name] for name in columns] for fact in facts), right=("readings",))
    say(facts, rows if facts else "every register that counts is priced by a contract", as_json=as_json)
