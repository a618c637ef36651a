"""Commands about dunning: what is late, what falls due, letters, and pauses."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, day, now, say, say_written, table, workplace, write_file
from api.cli.documents import LEAVES_OPTIONS
from quantities.counted import counted

if TYPE_CHECKING:
    from billing.dunning.views import DunningLetterOut, DunningPauseOut

dunning = typer.Typer(help="What follows where documents are not paid in time: letters, pauses.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(dunning, name="dunning")


Supplier = Annotated[str | None, typer.Option(help="Whose document, where several have one of that number.")]


@dunning.command("list", context_settings=LEAVES_OPTIONS)
def list_dunning(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List documents of which a step was made; --state held, stopped or any, those of a --customer."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.dunning import list_dunning as listed
    from billing.dunning.dunning_query import DunningQuery

    query = list_asked(DunningQuery, context.args)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked, now()), query, limit, as_json=as_json)
    columns = ("document", "customer", "due", "late", "open", "", "steps", "claimed", "")
    rows = [
        (
            one.document,
            one.customer,
            one.due_on,
            one.days_late,
            f"{one.open:f}",
            one.currency,
            ", ".join(step.kind for step in one.steps if step.withdrawn_by is None),
            f"{one.claimed_fee + one.claimed_interest:f}",
            one.held or ("stopped" if one.service_stopped_at else ""),
        )
        for one in known
    ]
    say([one.model_dump(mode="json") for one in known], table(columns, rows, right=("late", "open")), as_json=as_json)
    if not as_json:
        say_more(more)


@dunning.command("show")
def show_dunning(number: str, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show the steps of a document, what was claimed of its delay, and when it is looked at next."""
    from api.operations.dunning import find_dunning

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = find_dunning(session, number, supplier, now())
    text = [
        f"{known.document} of {known.customer}: due {known.due_on}, {counted(known.days_late, 'day')} late",
        f"open: {known.open:f} {known.currency}, {known.disputed:f} of it disputed",
        f"claimed: fees {known.claimed_fee:f}, interest {known.claimed_interest:f}",
        *([f"held: {known.held}"] if known.held else []),
        *([f"paused until {known.paused_until}"] if known.paused_until else []),
        *(["a charge of it is under way"] if known.on_its_way else []),
        *([f"its service may be stopped since {known.service_stopped_at}"] if known.service_stopped_at else []),
        *([f"looked at next: {known.next_look_at.isoformat(timespec='minutes')}"] if known.next_look_at else []),
    ]
    rows = [(step.step, step.kind, step.on, step.letter, step.withdrawn_by or "") for step in known.steps]
    say(known.model_dump(mode="json"), "\n".join(text), as_json=as_json)
    if rows and not as_json:
        say((), table(("step", "kind", "on", "letter", "withdrawn by"), rows), as_json=False)


@dunning.command("due")
def list_due_steps(
    *,
    until: Annotated[str, typer.Option(help="The last day, as 2026-03-31.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List the next step of each document that falls due by a day, as things stand."""
    from api.operations.dunning import list_due_steps as listed

    last = day(until)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        due = listed(session, last, now())
    rows = [(one.on, one.kind, one.document, one.customer, f"{one.open:f}", one.currency) for one in due]
    columns = ("on", "kind", "document", "customer", "open", "")
    say([one.model_dump(mode="json") for one in due], table(columns, rows, right=("open",)), as_json=as_json)


@dunning.command("send")
def send_next_step(
    number: str, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """Write the next letter about a document now: before its day, or once more after the last step."""
    from api.operations.dunning import send_next_step as send

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        letter = send(session, number, supplier, who=place.caller.name, at=now())
    _say_letter(letter, as_json=as_json)


@dunning.command("letter")
def show_letter(
    letter: Annotated[str, typer.Argument(help="As D-12.")],
    *,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to this file.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write it as PDF to this file.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Show a letter, or write it to a file."""
    from api.operations.dunning import find_letter, write_dunning_letter

    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        shown = find_letter(session, letter)
        files = []
        if html is not None or pdf is not None:
            from billing.documents.dunning_letter import LetterHtml, LetterPdf

            kinds = ((html, LetterHtml()), (pdf, LetterPdf()))
            files = [
                write_file(kind.name, to, write_dunning_letter(session, letter, kind))
                for to, kind in kinds
                if to is not None
            ]
    say_written(files, as_json=as_json)
    if as_json or not files:
        _say_letter(shown, as_json=as_json)


@dunning.command("pause")
def pause_dunning(
    *,
    reason: Annotated[str, typer.Option(help="Why.")],
    customer: Annotated[str, typer.Option(help="Of all that it owes, by name.")] = "",
    document: Annotated[str, typer.Option(help="Of this one alone, by number.")] = "",
    until: Annotated[str | None, typer.Option(help="The last day; until it is resumed without it.")] = None,
    defers: Annotated[bool, typer.Option("--defers", help="Put it off: it bears no interest meanwhile.")] = False,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Keep letters back, of one document or of all that a customer owes; or put that off."""
    from api.operations.dunning import pause_dunning as pause
    from billing.dunning.pauses.store import NewPause

    if bool(customer) == bool(document):
        raise typer.BadParameter("say of what: --customer NAME or --document NUMBER")
    new = NewPause(customer, document, supplier, None if until is None else day(until), defers, reason)
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = pause(session, new, who=place.caller.name, at=now())
    _say_pauses([known], as_json=as_json)


@dunning.command("resume")
def resume_dunning(pause: int, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """End a pause: what it kept back is looked at at once."""
    from api.operations.dunning import resume_dunning as resume

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = resume(session, pause, who=place.caller.name, at=now())
    _say_pauses([known], as_json=as_json)


@dunning.command("pauses")
def list_pauses(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List pauses, ended ones too."""
    from api.operations.dunning import list_pauses as listed

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        known = listed(session)
    _say_pauses(known, as_json=as_json)


@dunning.command("service")
def show_service(contract: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Say whether the service of a contract may be stopped, and for which documents."""
    from api.operations.dunning import find_service

    with workplace(tenant, Permission.RECEIVABLES_READ) as place, place.transaction() as session:
        service = find_service(session, contract)
    text = f"the service of {contract} goes on"
    if service.stopped:
        text = f"the service of {contract} may be stopped since {service.since}: {', '.join(service.documents)}"
    say(service.model_dump(mode="json"), text, as_json=as_json)


def _say_letter(letter: "DunningLetterOut", *, as_json: bool) -> None:
    columns = ("document", "due", "late", "open", "disputed", "step", "fee", "interest")
    rows = [
        (
            one.document,
            one.due_on,
            one.days_late,
            f"{one.open:f}",
            f"{one.disputed:f}",
            one.step if one.withdrawn is None else f"withdraws {one.withdrawn}",
            f"{one.fee:f}",
            f"{one.interest:f}",
        )
        for one in letter.documents
    ]
    to = ", ".join(letter.to) or "nobody by itself"
    claimed = f", with {letter.claim}" if letter.claim else ""
    head = f"{letter.letter}: {letter.kind} of {letter.on} to {letter.customer}, mailed to {to}{claimed}"
    shown = table(columns, rows, right=("late", "open", "disputed", "fee", "interest"))
    if as_json:
        say(letter.model_dump(mode="json"), "", as_json=True)
        return
    say((), head, as_json=False)
    say((), shown, as_json=False)


def _say_pauses(pauses: "list[DunningPauseOut]", *, as_json: bool) -> None:
    columns = ("pause", "customer", "document", "from", "until", "puts off", "ended", "reason")
    rows = [
        (
            one.pause,
            one.customer,
            one.document,
            one.first,
            one.until or "",
            "yes" if one.defers else "",
            one.ended_on or "",
            one.reason,
        )
        for one in pauses
    ]
    say([one.model_dump(mode="json") for one in pauses], table(columns, rows), as_json=as_json)
