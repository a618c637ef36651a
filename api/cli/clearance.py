"""Commands about clearances by states: listed, asked for, answered; and red letters."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import (
    AsJson,
    RowLimit,
    TenantName,
    UnwritablePath,
    file,
    now,
    out,
    say,
    table,
    workplace,
)
from api.cli.documents import LEAVES_OPTIONS
from api.cli.file_folder import writable_folder, write_whole
from api.cli.voiding import Supplier
from quantities.counted import agrees, counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing.clearance.life import Authority
    from billing.clearance.views import RedOut

clearance = typer.Typer(help="What states say of documents: KSeF in Poland, fapiao in China.", no_args_is_help=True)

AuthorityName = Annotated[str, typer.Argument(help="ksef or fapiao.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(clearance, name="clearance")


def _authority(name: str) -> "Authority":
    from billing.clearance.life import Authority

    if name not in set(Authority):
        raise typer.BadParameter(f"{name} is none of {', '.join(Authority)}")
    return Authority(name)


@clearance.command("list", context_settings=LEAVES_OPTIONS)
def list_clearances(
    context: typer.Context,
    authority: AuthorityName,
    *,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what a state was asked, and what it says; or those in a --status alone."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.clearance import list_clearances as listed
    from billing.clearance.clearance_query import ClearanceQuery

    query, chosen = list_asked(ClearanceQuery, context.args), _authority(authority)
    with workplace(tenant, Permission.CLEARANCES_READ) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, chosen, asked), query, limit, as_json=as_json)
    rows = [
        (
            row.clearance,
            row.kind,
            row.status,
            row.file or "",
            row.number or "",
            ", ".join(part.document for part in row.documents),
        )
        for row in known
    ]
    shown = table(("clearance", "kind", "status", "file", "number", "documents"), rows)
    say([one.model_dump(mode="json") for one in known], shown if known else "nothing was asked", as_json=as_json)
    say_more(more)


@clearance.command("export")
def export(
    authority: AuthorityName,
    *,
    to: Annotated[Path, typer.Option(help="Write the files into this folder.")] = Path(),
    offline: Annotated[bool, typer.Option("--offline", help="Of KSeF: issued offline, handed in later.")] = False,
    by_customer: Annotated[
        bool, typer.Option("--by-customer", help="Of China: documents to one customer become one fapiao.")
    ] = False,
    quota: Annotated[str | None, typer.Option(help="Of China: what the month allows in all, without tax.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make the files of all documents that a state has to clear and was not asked about; each goes out once.

    The folder is made if it is not there. What is made is recorded before it is written: `clearance write-again` writes
    the very file once more.
    """
    from api.operations.clearance import ask_state, clearance_file, files_unanswered
    from quantities.number import exact

    allowed: Decimal | None = None if quota is None else exact(quota)
    chosen, folder = _authority(authority), writable_folder(to)
    with workplace(tenant, Permission.CLEARANCES_WRITE) as place, place.transaction() as session:
        asked = ask_state(
            session,
            chosen,
            offline=offline,
            by_customer=by_customer,
            quota=allowed,
            who=place.caller.name,
            at=now(),
        )
        files = {made.file: clearance_file(session, chosen, made.file) for made in asked.files}
        unanswered = [] if files else files_unanswered(session, chosen)
    _write(chosen, folder, files)
    rows = [(one.file, one.name, ", ".join(one.documents)) for one in asked.files]
    held = [(one.document, f"held: {one.code}", one.detail) for one in asked.held]
    shown = table(("file", "name", "documents"), [*rows, *held]) if rows or held else "nothing is due"
    say(asked.model_dump(mode="json"), shown, as_json=as_json)
    if unanswered and not as_json:
        numbers = ", ".join(map(str, unanswered))
        again = f"usufruct clearance write-again {chosen.value} {unanswered[-1]} --to FOLDER"
        out.print(f"without an answer so far: file {numbers}; `{again}` writes one again", soft_wrap=True)


def _write(authority: "Authority", folder: Path, files: "Mapping[int, tuple[str, str, bytes]]") -> None:
    """Write what is recorded; of what cannot be written it is said how it is written again."""
    left = list(files)
    try:
        for number, (name, _, content) in files.items():
            write_whole(name, folder / name, content)
            left.remove(number)
    except UnwritablePath as refused:
        again = ", ".join(f"`usufruct clearance write-again {authority.value} {number} --to FOLDER`" for number in left)
        members = {**refused.members, "files": left}
        raise UnwritablePath(f"{refused}; it is recorded, and is written by {again}", **members) from refused


@clearance.command("write-again")
def write_again(
    authority: AuthorityName,
    file_number: Annotated[int, typer.Argument(metavar="FILE", help="The number of the file.")],
    *,
    to: Annotated[Path, typer.Option(help="Write it into this folder.")] = Path(),
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Write a file that was made for a state once more, byte for byte; nothing is asked for anew."""
    from api.operations.clearance import made_file

    chosen, folder = _authority(authority), writable_folder(to)
    with workplace(tenant, Permission.CLEARANCES_READ) as place, place.transaction() as session:
        made = made_file(session, chosen, file_number)
    path = write_whole(made.name, folder / made.name, made.content).path
    facts = {"file": made.file, "name": made.name, "sha256": made.sha256, "statuses": made.statuses}
    ended = made.statuses == ["withdrawn"]
    note = "; it is withdrawn: do not hand it in" if ended else ""
    say(facts, f"file {made.file} is written as {path}{note}", as_json=as_json)


@clearance.command("withdraw")
def withdraw(
    authority: AuthorityName,
    file_number: Annotated[int, typer.Argument(metavar="FILE", help="The number of the file.")],
    *,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say that a file was not handed in: the next one asks for its documents anew."""
    from api.operations.clearance import withdraw_file

    with workplace(tenant, Permission.CLEARANCES_WRITE) as place, place.transaction() as session:
        withdrawn = withdraw_file(session, _authority(authority), file_number, who=place.caller.name, at=now())
    many = len(withdrawn.clearances)
    sentence = f"{counted(many, 'clearance')} {agrees(many, 'is', 'are')} withdrawn"
    say(withdrawn.model_dump(mode="json"), sentence, as_json=as_json)


@clearance.command("import")
def import_answers(authority: AuthorityName, path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record what a state answered, from a file: KSeF's receipt or list, or the e-tax portal's list."""
    from api.operations.clearance import read_answers

    content = file(path)
    with workplace(tenant, Permission.CLEARANCES_WRITE) as place, place.transaction() as session:
        who = place.caller.name
        recorded = read_answers(session, _authority(authority), path.name, content, who=who, at=now())
    rows = [
        *((one.document, "accepted", one.number) for one in recorded.accepted),
        *((one.document, "refused", one.reason) for one in recorded.refused),
        *((one, "known", "") for one in recorded.known),
    ]
    say(recorded.model_dump(mode="json"), table(("document", "answer", "number"), rows), as_json=as_json)


@clearance.command("red")
def ask_red(
    number: str,
    *,
    reason: Annotated[str, typer.Option(help="made_out_in_error, returned, service_ended or reduced.")],
    deducted: Annotated[bool, typer.Option("--deducted", help="The customer has deducted or booked it.")] = False,
    by_buyer: Annotated[bool, typer.Option("--by-buyer", help="The customer asked.")] = False,
    confirmation: Annotated[str, typer.Option(help="The confirmation's number, as the portal gives it.")] = "",
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Ask for what a credit note takes back to be confirmed."""
    from api.operations.clearance import ask_red as ask
    from billing.clearance.fapiao.red_letter import RedReason
    from billing.clearance.fapiao.store import RedAsked

    if reason not in set(RedReason):
        raise typer.BadParameter(f"{reason} is none of {', '.join(RedReason)}")
    wanted = RedAsked(RedReason(reason), deducted=deducted, by_buyer=by_buyer, number=confirmation)
    with workplace(tenant, Permission.CLEARANCES_WRITE) as place, place.transaction() as session:
        asked = ask(session, number, supplier, wanted, who=place.caller.name, at=now())
    say(asked.model_dump(mode="json"), _reds(asked.reds), as_json=as_json)


@clearance.command("reds", context_settings=LEAVES_OPTIONS)
def list_reds(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List red-letter confirmations as they stand by now."""
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.clearance import list_reds as listed
    from billing.clearance.clearance_query import RedQuery

    query, at = list_asked(RedQuery, context.args), now()
    with workplace(tenant, Permission.CLEARANCES_READ) as place, place.transaction() as session:
        known, more = rows_asked(lambda asked: listed(session, asked, at), query, limit, as_json=as_json)
    shown = _reds(known) if known else "nothing is taken back"
    say([one.model_dump(mode="json") for one in known], shown, as_json=as_json)
    say_more(more)


@clearance.command("red-step")
def step_red(
    red_number: Annotated[int, typer.Argument(metavar="RED", help="The number of the confirmation here.")],
    step: Annotated[str, typer.Argument(help="confirm, refuse or withdraw.")],
    *,
    confirmation: Annotated[str, typer.Option(help="The confirmation's number, as the portal gives it.")] = "",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Record that a confirmation was confirmed, refused or withdrawn."""
    from api.operations.clearance import step_red as take
    from billing.clearance.fapiao.red_letter import RedStep

    if step not in {"confirm", "refuse", "withdraw"}:
        raise typer.BadParameter(f"{step} is none of confirm, refuse, withdraw")
    with workplace(tenant, Permission.CLEARANCES_WRITE) as place, place.transaction() as session:
        taken = take(session, red_number, RedStep(step), number=confirmation, who=place.caller.name, at=now())
    say(taken.model_dump(mode="json"), f"confirmation {taken.red} is {taken.state.value}", as_json=as_json)


def _reds(reds: "list[RedOut]") -> object:
    rows = [(one.red, one.document, one.fapiao, one.state.value, f"{one.net:f}", f"{one.tax:f}") for one in reds]
    return table(("red", "document", "fapiao", "state", "net", "tax"), rows, right=("net", "tax"))
