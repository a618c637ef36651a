"""Commands about the database: its shape, and the embedded server."""

from typing import TYPE_CHECKING, NoReturn

import typer

from api.cli.context import EXIT_CODES, AsJson, say
from quantities.errors import Unavailable

if TYPE_CHECKING:
    from api.server.database import Access

db = typer.Typer(help="The database: its shape, and the embedded server.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(db, name="db")


@db.command()
def upgrade(*, as_json: AsJson = False) -> None:
    """Make roles, database and tables, as far as they are missing. Safe to repeat."""
    from api.server.database import reach
    from api.server.provision import upgrade as provision
    from api.server.settings import from_environment

    with reach(from_environment()) as access:
        state = provision(access)
    say({"revision": state.found}, f"the database is at revision {state.found}", as_json=as_json)


@db.command()
def status(*, as_json: AsJson = False) -> None:
    """Compare the database with what this program needs; exit 6 where they differ or it cannot be reached."""
    from api.server.database import reach
    from api.server.provision import inspect, is_made
    from api.server.settings import from_environment

    with reach(from_environment()) as access:
        if not is_made(access):
            _say_not_made(access, as_json=as_json)
        report = inspect(access)
    facts = {"revision": report.shape.found, "needed": report.shape.needed, "server": report.server}
    lines = "".join(f"\n[yellow]advice:[/] {advice}" for advice in report.advice)
    state = "current" if report.shape.is_current else f"not current: usufruct db upgrade (needs {report.shape.needed})"
    sentence = f"PostgreSQL {report.server}, revision {report.shape.found}, {state}{lines}"
    say({**facts, "current": report.shape.is_current, "advice": report.advice}, sentence, as_json=as_json)
    if not report.shape.is_current:
        raise typer.Exit(EXIT_CODES[Unavailable])


def _say_not_made(access: "Access", *, as_json: bool) -> NoReturn:
    """Answer that the server has no database of ours yet, and who makes it."""
    from api.server.provision import newest_revision

    where = f"in {access.server.home}" if access.server is not None else "on the server that DATABASE_URL names"
    also = "; so does the first command that works with it" if access.server is not None else ""
    facts: dict[str, object] = {"revision": None, "needed": newest_revision(), "server": None, "current": False}
    sentence = f"there is no database {where} yet: `usufruct db upgrade` makes it{also}"
    say(facts | {"advice": []}, sentence, as_json=as_json)
    raise typer.Exit(EXIT_CODES[Unavailable])


@db.command()
def stop(*, as_json: AsJson = False) -> None:
    """Stop the embedded server, whoever uses it."""
    from api.server.embedded import EmbeddedServer, default_home
    from api.server.settings import from_environment

    stopped = EmbeddedServer(home=from_environment().home or default_home()).stop()
    say({"stopped": stopped}, "the embedded server is stopped" if stopped else "no server was running", as_json=as_json)
