"""The command line. Each command imports what it needs, so that ``usufruct --help`` answers in a blink.

Exit codes: 0 done · 1 unforeseen · 2 the command line itself was wrong · and for refusals, by kind, 3 invalid ·
4 not found · 5 conflict · 6 unavailable.
"""

import json
import sys
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from metering.errors import Conflict, Invalid, NotFound, Unavailable, UsufructError, slug, title

EXIT_CODES: dict[type[UsufructError], int] = {Invalid: 3, NotFound: 4, Conflict: 5, Unavailable: 6}

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

app = typer.Typer(
    help="Equipment-as-a-service billing and energy performance contracting: every cent proves itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
db = typer.Typer(help="The database: its shape, and the embedded server.", no_args_is_help=True)
app.add_typer(db, name="db")

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


def say(facts: Mapping[str, object], sentence: str, *, as_json: bool) -> None:
    """Answer a person in a sentence, or a program in facts."""
    if as_json:
        print(json.dumps(facts, default=str))  # noqa: T201 a pipe wants no markup and no wrapping
    else:
        out.print(sentence)


@app.command()
def version(*, as_json: AsJson = False) -> None:
    """Say which version this is."""
    from importlib.metadata import version as installed

    say({"version": installed("usufruct")}, f"usufruct {installed('usufruct')}", as_json=as_json)


@db.command()
def upgrade(*, as_json: AsJson = False) -> None:
    """Make roles, database and tables, as far as they are missing. Safe to repeat."""
    from api.database import reach
    from api.provision import upgrade as provision
    from api.settings import from_environment

    with reach(from_environment()) as access:
        state = provision(access)
    say({"revision": state.found}, f"the database is at revision {state.found}", as_json=as_json)


@db.command()
def status(*, as_json: AsJson = False) -> None:
    """Compare the database with what this program needs; exit 6 where they differ or it cannot be reached."""
    from api.database import reach
    from api.provision import inspect
    from api.settings import from_environment

    with reach(from_environment()) as access:
        report = inspect(access)
    facts = {"revision": report.shape.found, "needed": report.shape.needed, "server": report.server}
    advice = "".join(f"\n[yellow]advice:[/] {each}" for each in report.advice)
    state = "current" if report.shape.is_current else f"not current: usufruct db upgrade (needs {report.shape.needed})"
    sentence = f"PostgreSQL {report.server}, revision {report.shape.found}, {state}{advice}"
    say({**facts, "current": report.shape.is_current, "advice": report.advice}, sentence, as_json=as_json)
    if not report.shape.is_current:
        raise typer.Exit(EXIT_CODES[Unavailable])


@db.command()
def stop(*, as_json: AsJson = False) -> None:
    """Stop the embedded server, whoever uses it."""
    from api.embedded import EmbeddedServer, default_home
    from api.settings import from_environment

    stopped = EmbeddedServer(home=from_environment().home or default_home()).stop()
    say({"stopped": stopped}, "the embedded server is stopped" if stopped else "no server was running", as_json=as_json)


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8000,
) -> None:
    """Serve the HTTP interface; its documentation is at /docs."""
    import uvicorn

    uvicorn.run("api.app:create_app", factory=True, host=host, port=port)


@app.command()
def demo() -> None:
    """Set up a database of its own and bill an example fleet in it."""
    from api.provision import ready_database
    from api.settings import from_environment

    with ready_database(from_environment().model_copy(update={"database": "usufruct_demo"})):
        out.print("database ready, nothing to bill yet")


def main() -> None:
    """Run a command; a refusal is one line on stderr, or with ``--json`` one problem, and an exit code by its kind."""
    try:
        app()
    except UsufructError as error:
        kind = type(error)
        if "--json" in sys.argv:
            from api.problems import problem_of

            print(json.dumps(problem_of(error)))  # noqa: T201 as in say()
        else:
            err.print(f"[red]{title(kind)}[/] ({slug(kind)})\n{error}", markup=True)
        sys.exit(next((code for base, code in EXIT_CODES.items() if issubclass(kind, base)), 1))
