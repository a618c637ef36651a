"""Commands about profiles: what is said about the files of a source, kept by name."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, now, say, table, workplace
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

if TYPE_CHECKING:
    from metering.profiles.profile import ReadingProfile

profile = typer.Typer(help="What is said about the files of a source, kept by name.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(profile, name="profile")


@profile.command("set")
def set_profile(
    name: str,
    *,
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
    after: Annotated[
        int | None, typer.Option(help="The version that this one is made from; refused if another is the newest.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Record all that is said about the files of a source; a profile that exists gets another version."""
    from api.operations import profiles
    from api.operations.reading_options import sender_options

    options = sender_options(
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
    with workplace(tenant, Permission.FLEET_WRITE) as place, place.transaction() as session:
        recorded = profiles.record(session, name, options, after=after, who=place.caller.name, at=now())
    say(_facts(recorded), f"{recorded.as_version}: usufruct ingest FILE --profile {recorded.name!r}", as_json=as_json)


@profile.command("list")
def list_profiles(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the profiles, each in its newest version."""
    from rich.markup import escape

    from api.operations import profiles

    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        recorded = profiles.profiles(session)
    facts = [_facts(profile) for profile in recorded]
    rows = [
        (escape(profile.name), profile.version, escape(" ".join(profile.options.words())), escape(profile.recorded_by))
        for profile in recorded
    ]
    columns = ("profile", "version", "says", "recorded by")
    say(facts, table(columns, rows, right=("version",)) if rows else "there is no profile", as_json=as_json)


@profile.command("show")
def show_profile(name: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show what a profile says, in all its versions, the newest first."""
    from rich.markup import escape

    from api.operations import profiles

    with workplace(tenant, Permission.READINGS_READ) as place, place.transaction() as session:
        recorded = profiles.versions(session, name)
    facts = {**_facts(recorded[0]), "versions": [_facts(version) for version in recorded]}
    rows = [
        (version.version, escape("\n".join(version.options.words())), escape(version.recorded_by), version.recorded_at)
        for version in recorded
    ]
    say(facts, table(("version", "says", "recorded by", "at"), rows, right=("version",)), as_json=as_json)


def _facts(recorded: "ReadingProfile") -> dict[str, Any]:
    return {
        "name": recorded.name,
        "version": recorded.version,
        "options": recorded.options.said(),
        "recorded_by": recorded.recorded_by,
        "recorded_at": recorded.recorded_at.isoformat(),
    }
