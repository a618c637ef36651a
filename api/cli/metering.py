"""Commands about what was used: the fleet, readings, exchanges, use."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import (
    EXIT_CODES,
    AsJson,
    RowLimit,
    TenantName,
    file,
    instant,
    now,
    progressing,
    say,
    say_waits,
    show_verdicts,
    span,
    table,
    workplace,
)
from api.cli.documents import LEAVES_OPTIONS
from api.cli.reading_options import (
    SaidColumn,
    SaidDecimal,
    SaidEncoding,
    SaidFormat,
    SaidHeaderLine,
    SaidJsonNumbers,
    SaidKeepTotals,
    SaidNotAvailable,
    SaidQualityOf,
    SaidRegister,
    SaidSessionReset,
    SaidSheet,
    SaidTimeFormat,
    SaidUnit,
    SaidUnitOf,
    SaidZone,
)
from quantities.counted import counted
from quantities.errors import Invalid

if TYPE_CHECKING:
    from metering.deliveries.receipt import Receipt

#: Options of a file that earlier releases had too, each at its own place in what an idempotency key stands for.
_EARLIER_OPTIONS = ("register_key", "unit", "time_format", "format_name")

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
    from metering.limits import FLEET_BYTES_MAX
    from quantities.document import parse, read

    fleet = parse(Fleet, read(file(path), FLEET_BYTES_MAX))
    with workplace(tenant, Permission.FLEET_WRITE) as place, place.transaction() as session:
        declared = declare(session, fleet, who=place.caller.name, at=now())
        if declared.waiting:
            place.person()
    facts = asdict(declared.counts)
    things = {what: counted(count, what.removeprefix("known_").removesuffix("s")) for what, count in facts.items()}
    added = ", ".join(words for what, words in things.items() if not what.startswith("known_"))
    known = ", ".join(words for what, words in things.items() if what.startswith("known_"))
    sentence = f"added {added}; known already: {known}"
    say(facts | {"waiting": [edit.id for edit in declared.waiting]}, sentence, as_json=as_json)
    for edit in declared.waiting if not as_json else ():
        say_waits(edit, as_json=as_json)


@fleet.command("show", context_settings=LEAVES_OPTIONS)
def show_fleet(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the registers with what they belong to.

    Those whose key --begins so, of an --asset or of a --site; --after a key; --sort -key turns them round.
    """
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.fleet import list_registers
    from metering.fleet.register_query import RegisterQuery

    query = list_asked(RegisterQuery, context.args)
    with workplace(tenant, Permission.FLEET_READ) as place, place.transaction() as session:
        declared, more = rows_asked(lambda asked: list_registers(session, asked), query, limit, as_json=as_json)
    facts = [
        {"site": stored.site, "zone": str(stored.zone), "asset": stored.asset, "meter": stored.meter}
        | stored.register.model_dump(mode="json", exclude_none=True)
        for stored in declared
    ]
    rows = [(f["key"], f["kind"], f["unit"], f["asset"], f["site"], f["zone"]) for f in facts]
    say(facts, table(("register", "kind", "unit", "asset", "site", "zone"), rows), as_json=as_json)
    say_more(more)


def ingest(
    path: Path,
    *,
    profile: Annotated[
        str | None, typer.Option(help="The profile by which it is read; what is said here counts first.")
    ] = None,
    save_profile: Annotated[
        str | None, typer.Option(help="Keep what was said in a profile of this name, once the file is read.")
    ] = None,
    register: SaidRegister = None,
    column: SaidColumn = None,
    format_: SaidFormat = None,
    unit: SaidUnit = None,
    unit_of: SaidUnitOf = None,
    quality_of: SaidQualityOf = None,
    time_format: SaidTimeFormat = None,
    zone: SaidZone = None,
    decimal: SaidDecimal = None,
    encoding: SaidEncoding = None,
    header_line: SaidHeaderLine = None,
    sheet: SaidSheet = None,
    not_available: SaidNotAvailable = None,
    session_reset: SaidSessionReset = None,
    keep_totals: SaidKeepTotals = None,
    json_numbers: SaidJsonNumbers = None,
    end_to_end_from: Annotated[
        str | None, typer.Option(help="Where blocks begin that state one start and lie end to end.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, where it corrects.")] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="All rows or none.")] = False,
    replaces: Annotated[
        str | None,
        typer.Option(help="The range that the file restates in full, as FROM/TO; what it leaves out is withdrawn."),
    ] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="Makes one delivery of two.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Store readings from a file; each bad row has a verdict, and the good ones are stored.

    CSV, JSON, NDJSON, Parquet, Arrow, Green Button, ISO 15143-3, NEM12, MSCONS, MTConnect or SHDR; by gzip or not. What
    the file does not say is asked, and nothing is stored until it is said.
    """
    from api.operations import readings
    from api.operations.reading_options import sender_options
    from metering.deliveries.receipt import Sender
    from metering.quality.edits.store import Edit
    from quantities.period import Period

    raw = file(path)
    restated = None
    if replaces:
        low, _, high = replaces.partition("/")
        restated = Period(instant(low), instant(high))
    about_file = sender_options(
        column=column or [],
        unit_of=unit_of or [],
        quality_of=quality_of or [],
        register=register,
        format=format_,
        unit=unit,
        time_format=time_format,
        zone=zone,
        decimal=decimal,
        encoding=encoding,
        header_line=header_line,
        sheet=sheet,
        not_available=not_available,
        session_reset=session_reset,
        keep_totals=keep_totals,
        json_numbers=json_numbers,
    )
    # what the key stands for besides the file's bytes; without the options of this release as it was before them
    options = (register, column, unit, time_format, end_to_end_from, format_, reason, atomic, replaces)
    newer = about_file.model_copy(
        update=dict.fromkeys(_EARLIER_OPTIONS, None) | {"column": {}, "session_reset": ()}
    ).words()
    profiles = [f"--{name} {value}" for name, value in (("profile", profile), ("save-profile", save_profile)) if value]
    request = ("ingest", *map(str, options), *(session_reset or ()), *newer, *profiles)
    begin = instant(end_to_end_from) if end_to_end_from else None
    terms = readings.FileTerms(profile, save_profile, begin, atomic=atomic, replaces=restated)
    with workplace(tenant, Permission.READINGS_WRITE) as place, place.transaction() as session:
        sender = Sender(path.name, place.caller.name, now(), reason, idempotency_key, request)
        with progressing(f"{path.name}, {len(raw):,} B", shown=not as_json) as progress:
            receipt = readings.ingest_file(session, sender, raw, about_file, terms, progress)
        if isinstance(receipt, Edit):
            place.person()
    if isinstance(receipt, Edit):
        say_waits(receipt, as_json=as_json)
        return
    _show_receipt(receipt, as_json=as_json)
    if save_profile and not as_json and not receipt.is_refused_whole:
        typer.echo(f"what was said is kept: usufruct ingest FILE --profile {shlex.quote(save_profile)}")
    if receipt.is_refused_whole:  # the batch is recorded, with its verdicts; what called us learns that nothing came in
        raise typer.Exit(EXIT_CODES[Invalid])


def _show_receipt(receipt: "Receipt", *, as_json: bool) -> None:
    from dataclasses import asdict

    from api.cli.how_read import show_counters, show_how_read
    from api.refusals import problem_of
    from metering.deliveries.receipt import NothingStored

    facts = asdict(receipt)
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
        show_counters(facts)
        show_how_read(facts["how_read"])


def withdraw(
    register: str,
    *,
    from_: Annotated[
        str, typer.Option("--from", help="The first instant, as 2026-03-01T12:00Z, or local day of the site.")
    ],
    to: Annotated[
        str, typer.Option("--to", help="The first instant not withdrawn any more, or the last local day that is.")
    ],
    reason: Annotated[str, typer.Option(help="Why.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw the readings of a register over a range; what was billed of them is credited on the next invoice."""
    from api.operations import readings
    from metering.quality.edits.store import Edit

    with workplace(tenant, Permission.READINGS_WITHDRAW) as place, place.transaction() as session:
        who, period = place.caller.name, span(session, register, from_, to)
        receipt = readings.withdraw(session, register, period, reason=reason, who=who, at=now())
        if isinstance(receipt, Edit):
            place.person()
    if isinstance(receipt, Edit):
        say_waits(receipt, as_json=as_json)
        return
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
    from metering.quality.edits.store import Edit
    from quantities.number import exact

    with workplace(tenant, Permission.READINGS_EDIT) as place, place.transaction() as session:
        batch = readings.exchange(
            session,
            register,
            instant(at),
            closing=exact(closing),
            opening=exact(opening),
            serial=serial,
            reason=reason,
            who=place.caller.name,
            at=now(),
        )
        if isinstance(batch, Edit):
            place.person()
    if isinstance(batch, Edit):
        say_waits(batch, as_json=as_json)
        return
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
    from metering.quality.edits.store import Edit
    from quantities.number import exact

    with workplace(tenant, Permission.READINGS_EDIT) as place, place.transaction() as session:
        batch = readings.reset(
            session,
            register,
            instant(at),
            closing=exact(closing),
            opening=exact(opening),
            reason=reason,
            who=place.caller.name,
            at=now(),
        )
        if isinstance(batch, Edit):
            place.person()
    if isinstance(batch, Edit):
        say_waits(batch, as_json=as_json)
        return
    say({"batch": batch}, f"batch {batch}: {register} counts on from {opening} at {at}", as_json=as_json)


def unbilled(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the registers that count and that no contract prices."""
    from dataclasses import asdict

    from api.operations import contracts

    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        facts = [asdict(register) for register in contracts.unbilled(session)]
    columns = ("register", "asset", "readings", "first", "last")
    rows = table(columns, ([fact[name] for name in columns] for fact in facts), right=("readings",))
    say(facts, rows if facts else "every register that counts is priced by a contract", as_json=as_json)
