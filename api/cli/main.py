"""The command line. Each command imports what it needs, so that ``usufruct --help`` answers in a blink.

Exit codes: 0 done · 1 unforeseen · 2 the command line itself was wrong · and for refusals, by kind, 3 invalid ·
4 not found · 5 conflict · 6 unavailable.
"""

import json
import sys
from typing import Annotated

import typer

from api.cli import (
    agreed as cli_agreed,
)
from api.cli import (
    baseline as cli_baseline,
)
from api.cli import (
    billing as cli_billing,
)
from api.cli import (
    contracts as cli_contracts,
)
from api.cli import (
    login as cli_login,
)
from api.cli import (
    metering as cli_metering,
)
from api.cli import (
    readings_review as cli_review,
)
from api.cli import (
    statements as cli_savings,
)
from api.cli import (
    usage as cli_usage,
)
from api.cli.context import EXIT_CODES, AsJson, err, me, now, out, say, table, workplace
from quantities.errors import Unavailable, UsufructError, slug, title

app = typer.Typer(
    help="Equipment-as-a-service billing and energy performance contracting: every cent proves itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
db = typer.Typer(help="The database: its shape, and the embedded server.", no_args_is_help=True)
tenant = typer.Typer(help="Who the database is divided among.", no_args_is_help=True)
key = typer.Typer(help="API keys: who may call, and for whom.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(tenant, name="tenant")
app.add_typer(key, name="key")
cli_login.add_to(app)
cli_metering.add_to(app)
cli_usage.add_to(app)
cli_review.add_to(app)
cli_contracts.add_to(app)
cli_agreed.add_to(app)
cli_billing.add_to(app)
cli_baseline.add_to(app)
cli_savings.add_to(app)


@app.command()
def version(*, as_json: AsJson = False) -> None:
    """Say which version this is."""
    from importlib.metadata import version as installed

    say({"version": installed("usufruct")}, f"usufruct {installed('usufruct')}", as_json=as_json)


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
    from api.server.provision import inspect
    from api.server.settings import from_environment

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
    from api.server.embedded import EmbeddedServer, default_home
    from api.server.settings import from_environment

    stopped = EmbeddedServer(home=from_environment().home or default_home()).stop()
    say({"stopped": stopped}, "the embedded server is stopped" if stopped else "no server was running", as_json=as_json)


@tenant.command("create")
def create_tenant(name: str, *, as_json: AsJson = False) -> None:
    """Make a tenant, or find it."""
    from api.server.provision import administering, ready_database
    from api.server.settings import from_environment
    from metering.tenants.store import create_tenant as create

    with ready_database(from_environment()) as access, administering(access.administrator) as administrator:
        number = create(administrator, name)
    say({"tenant": number, "name": name}, f"tenant {name}", as_json=as_json)


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

    from api.server.provision import administering
    from metering.tenants.store import four_eyes, four_eyes_record, keeps_four_eyes

    reason = reason.strip()
    if state not in (None, "on", "off") or (state == "off" and not reason) or (state is None and reason):
        raise typer.BadParameter("on, or off with --reason; or neither, to see the record")
    changed = False
    with workplace(tenant_name) as place:
        if state is not None:
            change = {"by": me(place), "at": now().isoformat(), "reason": reason}
            with administering(place.access.administrator) as administrator:
                changed = four_eyes(administrator, place.tenant, change, off=state == "off")
        with place.transaction() as session:
            stands = "on" if keeps_four_eyes(session) else "off"
            rows = [
                ("off" if row.switched_off else "on", row.at.isoformat(timespec="seconds"), row.by, row.reason)
                for row in four_eyes_record(session)
            ]
    columns = ("switched", "at", "by", "reason")
    record = [dict(zip(columns, row, strict=True)) for row in rows]
    already = "" if changed or state is None else " already; nothing is changed"
    facts = {"four_eyes": stands, "changed": changed, "record": record}
    say(facts, f"four eyes are {stands}{already}", as_json=as_json)
    if state is None and not as_json:
        shown = ([escape(cell) for cell in row] for row in rows)
        out.print(table(columns, shown) if rows else "no switch is on record")


@key.command("create")
def create_key(
    role: Annotated[str, typer.Argument(help="manufacturer, finance or customer")],
    *,
    label: Annotated[str, typer.Option(help="Who bears it, one person or program; what it does is recorded so.")],
    party: Annotated[str | None, typer.Option(help="For a customer's key: the party's name.")] = None,
    tenant_name: Annotated[str | None, typer.Option("--tenant", envvar="USUFRUCT_TENANT")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key and say it, once; only its hash is kept."""
    from api.access.auth import Role
    from api.access.auth import create_key as create
    from api.server.provision import administering

    if role not in set(Role):
        raise typer.BadParameter(f"{role} is none of {', '.join(Role)}")
    with workplace(tenant_name) as place, administering(place.access.administrator) as administrator:
        made = create(administrator, place.tenant, Role(role), label, now(), party)
    uses = f"Use it as: Authorization: Bearer {made}"
    if role != Role.CUSTOMER:
        uses += "\nor give it to: usufruct login"
    say({"key": made}, f"{made}\nIt is said once. {uses}", as_json=as_json)


@key.command("revoke")
def revoke_key(
    label: str,
    *,
    tenant_name: Annotated[str | None, typer.Option("--tenant", envvar="USUFRUCT_TENANT")] = None,
    as_json: AsJson = False,
) -> None:
    """Revoke the keys of a label."""
    from api.access.auth import revoke_keys
    from api.server.provision import administering

    with workplace(tenant_name) as place, administering(place.access.administrator) as administrator:
        revoked = revoke_keys(administrator, place.tenant, label, now())
    say({"revoked": revoked}, f"{revoked} revoked", as_json=as_json)


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8000,
) -> None:
    """Serve the HTTP interface, its documentation at /docs, and bill as drafts what falls due."""
    import uvicorn

    uvicorn.run("api.http.app:create_app", factory=True, host=host, port=port)


@app.command()
def worker(*, every: Annotated[int, typer.Option(help="Seconds between two looks at what is due.")] = 60) -> None:
    """Bill, as drafts, what falls due, without serving; as many workers as you like."""
    from api.operations.working import collect_rarely
    from api.server.database import Database
    from api.server.embedded import kept_alive
    from api.server.provision import ready_database
    from api.server.scheduler import run_forever
    from api.server.settings import from_environment

    with ready_database(from_environment()) as access, kept_alive(access.server):
        database = Database(access.app)
        collect_rarely()
        try:
            run_forever(database, every)
        finally:
            database.close()


@app.command()
def demo() -> None:
    """Set up a database of its own and bill an example fleet in it."""
    from api.demo.story import tell
    from api.server.settings import from_environment

    tell(from_environment(), out)


def main() -> None:
    """Run a command; a refusal is a few lines on stderr, or with ``--json`` a problem, and an exit code by kind."""
    try:
        app()
    except UsufructError as error:
        kind = type(error)
        if "--json" in sys.argv:
            from api.http.problems import problem_of

            print(json.dumps(problem_of(error)))  # noqa: T201 a pipe wants no markup
        else:
            err.print(f"[red]{title(kind)}[/] ({slug(kind)})")
            err.print(str(error), markup=False)
            nearest = error.members.get("expected")
            if nearest and str(nearest) not in str(error):
                err.print(f"expected: {nearest}", markup=False)
        sys.exit(next((code for base, code in EXIT_CODES.items() if issubclass(kind, base)), 1))
