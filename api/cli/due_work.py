"""Commands about due work: what falls due, what failed, run again, and what is held back."""

from datetime import datetime
from typing import Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS

work = typer.Typer(
    help="Due work: what failed and is tried again or is dead, and what is held back.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command("due", context_settings=LEAVES_OPTIONS)(show_due)
    app.add_typer(work, name="work")


def show_due(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List what falls due --until a day, with what is expected to come of it; a month ahead without it."""
    from rich.markup import escape

    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.due_work import DueQuery, list_due

    query, at = list_asked(DueQuery, context.args), now()
    with workplace(tenant, Permission.WORK_READ) as place, place.transaction() as session:
        known, more = rows_asked(
            lambda asked: list_due(session, place.caller.tenant, asked, at), query, limit, as_json=as_json
        )
    columns = ("on", "kind", "what", "customer", "period", "expected", "rests on")
    rows = [
        (
            f"{one.on}",
            one.kind,
            escape(one.subject),
            escape(one.customer),
            "" if one.first is None else f"{one.first} to {one.last}",
            "" if one.currency is None else f"{'?' if one.amount is None else one.amount} {one.currency}",
            escape(f"paused by {one.paused}" if one.paused is not None else one.held or one.rests_on),
        )
        for one in known
    ]
    shown = table(columns, rows, right=("expected",)) if known else "nothing falls due"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)


@work.command("list", context_settings=LEAVES_OPTIONS)
def list_work(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List due work that waits by itself or failed, that in a --state (due, dead), of a --kind or of a --contract."""
    from rich.markup import escape

    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.due_work import list_work as listed
    from billing.due.work.store import WorkQuery

    query = list_asked(WorkQuery, context.args)
    with workplace(tenant, Permission.WORK_READ) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked), query, limit, as_json=as_json)
    columns = ("work", "kind", "what", "state", "tries", "next", "reason")
    rows = [
        (
            one.work,
            one.kind,
            escape(one.subject),
            one.state.value,
            one.tries,
            one.next_at.isoformat(timespec="minutes"),
            escape(one.reason),
        )
        for one in known
    ]
    shown = table(columns, rows, right=("work", "tries")) if known else "no work"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)


@work.command("show")
def show_work(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show due work: why it failed, how often, and when it is tried again."""
    from api.operations.due_work import find_work

    with workplace(tenant, Permission.WORK_READ) as place, place.transaction() as session:
        known = find_work(session, number)
    reason = f": {known.reason}" if known.reason else ""
    next_at = "is dead" if known.state == "dead" else f"next at {known.next_at.isoformat(timespec='minutes')}"
    sentence = f"{known.kind} {known.subject}, failed {known.tries} times, {next_at}{reason}"
    say(known.model_dump(mode="json"), sentence, as_json=as_json)


@work.command("again")
def run_again(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Let work be done at the next tick, as if it had never failed; dead work lives again."""
    from api.operations.due_work import run_work_again

    with workplace(tenant, Permission.WORK_WRITE) as place, place.transaction() as session:
        known = run_work_again(session, number, at=now())
    say(known.model_dump(mode="json"), f"{known.kind} {known.subject} is done at the next tick", as_json=as_json)


@work.command("pauses")
def list_pauses(
    *,
    ended: Annotated[bool, typer.Option("--ended", help="Those that are ended as well.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what is held back, by whom and until when."""
    from rich.markup import escape

    from api.operations.due_work import list_pauses as listed

    with workplace(tenant, Permission.WORK_READ) as place, place.transaction() as session:
        known = listed(session, now(), ended=ended)
    columns = ("pause", "kind", "contract", "ends", "asked by", "released by", "reason")
    rows = [
        (
            one.pause,
            one.kind or "all",
            escape(one.contract or "all"),
            "" if one.ends_at is None else one.ends_at.isoformat(timespec="minutes"),
            escape(one.paused_by),
            escape(one.released_by or ""),
            escape(one.reason),
        )
        for one in known
    ]
    shown = table(columns, rows, right=("pause",)) if known else "nothing is held back"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)


@work.command("pause")
def pause(
    reason: Annotated[str, typer.Argument(help="Why.")],
    *,
    kind: Annotated[str | None, typer.Option(help="Of work, as bill, issue or deliver; every kind without it.")] = None,
    contract: Annotated[str | None, typer.Option(help="By reference; whatever it is of without it.")] = None,
    until: Annotated[datetime | None, typer.Option(help="When it ends by itself, in UTC.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Hold work back: at once, for a week at most; for longer once another person has released it."""
    from datetime import UTC

    from api.operations.due_work import pause_work
    from billing.due.pauses.store import PauseAsked

    asked = PauseAsked(reason, kind, contract, None if until is None else until.replace(tzinfo=until.tzinfo or UTC))
    with workplace(tenant, Permission.WORK_WRITE) as place, place.transaction() as session:
        known = pause_work(session, asked, who=place.person(), at=now())
    until_ = "until it is ended" if known.ends_at is None else f"until {known.ends_at.isoformat(timespec='minutes')}"
    say(known.model_dump(mode="json"), f"pause {known.pause} holds {until_}", as_json=as_json)


@work.command("release")
def release(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release a pause that another person has asked for: it holds until it says, and not for a week alone."""
    from api.operations.due_work import release_pause

    with workplace(tenant, Permission.WORK_WRITE) as place, place.transaction() as session:
        known = release_pause(session, number, who=place.person(), at=now())
    say(known.model_dump(mode="json"), f"pause {known.pause} is released", as_json=as_json)


@work.command("resume")
def resume(number: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """End a pause: what it held back is done at the next tick, the oldest period of each contract first."""
    from api.operations.due_work import end_pause

    with workplace(tenant, Permission.WORK_WRITE) as place, place.transaction() as session:
        known = end_pause(session, number, who=place.person(), at=now())
    say(known.model_dump(mode="json"), f"pause {known.pause} is ended", as_json=as_json)
