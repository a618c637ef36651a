"""Commands about parties: what documents say of them, prepared by one and released by another; their logos."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, day, file, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS
from quantities.counted import counted

if TYPE_CHECKING:
    from api.operations.parties import RecordedProfileOut

party = typer.Typer(
    help="What documents say of parties: prepared by one, released by another; their logos.", no_args_is_help=True
)

WhichProfile = Annotated[
    int | None, typer.Option("--profile", help="Which one; without it, the one that was prepared last.")
]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(party, name="party")


@party.command("apply")
def apply_profile(path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Prepare what documents say of the party that a file names; another releases it. The same again does nothing."""
    from api.operations.parties import prepare_profile
    from quantities.document import read

    document = read(file(path))
    name = str(document.get("party", "")) if isinstance(document, dict) else ""
    with workplace(tenant, Permission.PARTIES_WRITE) as place, place.transaction() as session:
        done = prepare_profile(session, name, document, who=place.caller.name, at=now())
    waits = f"; it waits: `usufruct party release {name!r}`" if done.state == "waiting" else ""
    _say(done, waits, as_json=as_json)


@party.command("release")
def release_profile(
    name: str, *, profile: WhichProfile = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """Release what another has prepared: documents that are issued from now on say it, on its days."""
    from api.operations.parties import release_profile as release

    with workplace(tenant, Permission.PARTIES_RELEASE) as place, place.transaction() as session:
        done = release(session, name, profile, who=place.person(), at=now())
    _say(done, as_json=as_json)


@party.command("withdraw")
def withdraw_profile(
    name: str, *, profile: WhichProfile = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """Withdraw what waits: documents say what they said."""
    from api.operations.parties import withdraw_profile as withdraw

    with workplace(tenant, Permission.PARTIES_WRITE) as place, place.transaction() as session:
        done = withdraw(session, name, profile, who=place.caller.name, at=now())
    _say(done, as_json=as_json)


@party.command("show")
def show_party(
    name: str,
    *,
    on: Annotated[str | None, typer.Option(help="The day; today without it.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show what documents of a day say of a party, as the file that tells it, and what waits."""
    from api.operations.parties import WhoAsks
    from api.operations.parties import show_party as show
    from quantities.document import document_of, write

    with workplace(tenant, Permission.PARTIES_READ) as place, place.transaction() as session:
        asked = WhoAsks(now(), as_customer=place.caller.is_customer)
        shown = show(session, name, asked, day(on) if on else None)
    waiting = [
        f"# profile {one.profile} waits, of {one.in_force_from}" for one in shown.profiles if one.state == "waiting"
    ]
    told = (
        f"# nothing is told of {name} on {shown.on}"
        if shown.in_force is None
        else write(document_of(shown.in_force.told))
    )
    say(shown.model_dump(mode="json"), "\n".join([told.rstrip(), *waiting]), as_json=as_json)


@party.command("list", context_settings=LEAVES_OPTIONS)
def list_parties(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List the parties of contracts: those whose name --begins so, or of whom a profile is --waiting."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.parties import WhoAsks
    from api.operations.parties import list_parties as listed
    from contracts.party_profiles.party_query import PartyQuery

    query = list_asked(PartyQuery, context.args)
    with workplace(tenant, Permission.PARTIES_READ) as place, place.transaction() as session:
        asked = WhoAsks(now(), as_customer=place.caller.is_customer)
        known, more = rows_asked(lambda one: listed(session, one, asked), query, limit, as_json=as_json)
    facts = [one.model_dump(mode="json") for one in known]
    rows = [[one.party, one.full_name, str(one.in_force_from or ""), ", ".join(map(str, one.waiting))] for one in known]
    shown = table(("party", "full name", "in force from", "waits"), rows)
    say(facts, shown if facts else "no party is there", as_json=as_json)
    say_more(more)


@party.command("logo")
def put_logo(name: str, path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Store a logo, PNG, JPEG or SVG of at most 200 kB; a profile of the party names it by the SHA-256."""
    from api.operations.parties import put_logo as put

    content = file(path)
    with workplace(tenant, Permission.PARTIES_WRITE) as place, place.transaction() as session:
        stored = put(session, name, content, at=now())
    text = f"{stored.media_type}, {counted(stored.bytes, 'byte')}; a profile of {name} names it:\nlogo: {stored.sha256}"
    say(stored.model_dump(mode="json"), text, as_json=as_json)


def _say(done: "RecordedProfileOut", rest: str = "", *, as_json: bool) -> None:
    text = f"profile {done.profile} of {done.party}, in force from {done.in_force_from}: {done.state}{rest}"
    say(done.model_dump(mode="json"), text, as_json=as_json)
