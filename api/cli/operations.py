"""Commands about long work that requests over HTTP asked for: how far it is, what it was answered, and its end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import AsJson, RowLimit, TenantName, out, say, say_written, table, workplace, write_file
from api.cli.documents import LEAVES_OPTIONS

if TYPE_CHECKING:
    from api.long_work.views import OperationOut

operation = typer.Typer(help="Work that takes long, as requests over HTTP asked for it.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="Which, as the list shows it.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(operation, name="operation")


@operation.command("list", context_settings=LEAVES_OPTIONS)
def list_operations(
    context: typer.Context, *, limit: RowLimit = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List operations, the newest first: one's own; an owner's and an auditor's list has all.

    Those in a --state (waiting, running, done, failed, cancelled) or of a --kind, as bill or export.
    """
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.long_work.operation_query import OperationQuery
    from api.long_work.views import operation_out
    from api.operations import long_work

    query = list_asked(OperationQuery, context.args)
    with workplace(tenant) as place, place.transaction() as session:
        listed, more = rows_asked(
            lambda asked: long_work.list_operations(session, asked), query, limit, as_json=as_json
        )
    shown = [operation_out(row) for row in listed]
    columns = ("operation", "kind", "state", "progress", "asked at")
    rows = [
        (row.operation, row.kind.value, row.state.value, _progress(row), f"{row.asked_at:%Y-%m-%d %H:%M}")
        for row in shown
    ]
    facts = [row.model_dump(mode="json") for row in shown]
    say(facts, table(columns, rows, right=("operation",)) if rows else "there is no operation", as_json=as_json)
    say_more(more)


@operation.command("show")
def show_operation(number: Number, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show where an operation stands, and how far it is."""
    from api.long_work.views import operation_out
    from api.operations import long_work

    with workplace(tenant) as place, place.transaction() as session:
        shown = operation_out(long_work.find_operation(session, number))
    _say_operation(shown, as_json=as_json)


@operation.command("answer")
def answer_operation(
    number: Number,
    *,
    to: Annotated[Path | None, typer.Option(help="A file; without it, standard output.")] = None,
    tenant: TenantName = None,
) -> None:
    """Write what the request would have been answered; kept for thirty days."""
    import sys

    from api.operations import long_work

    with workplace(tenant) as place, place.transaction() as session:
        answer = long_work.answer_of_operation(session, number)
    if to is None:
        sys.stdout.buffer.write(answer.content)
    else:
        say_written([write_file(f"the answer of operation {number}, status {answer.status}", to, answer.content)])


@operation.command("cancel")
def cancel_operation(number: Number, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """End an operation after what it is at; what is done by then stays done."""
    from api.long_work.views import operation_out
    from api.operations import long_work

    with workplace(tenant) as place, place.transaction() as session:
        shown = operation_out(long_work.cancel_operation(session, number, place.caller))
    _say_operation(shown, as_json=as_json)


def _say_operation(shown: "OperationOut", *, as_json: bool) -> None:
    answered = f", answered with status {shown.status}" if shown.status is not None else ""
    progress = f", {_progress(shown)}" if shown.done else ""
    sentence = f"operation {shown.operation}, {shown.kind.value}: {shown.state.value}{progress}{answered}"
    say(shown.model_dump(mode="json"), sentence, as_json=as_json)
    if not as_json and shown.status is not None:
        out.print(f"`usufruct operation answer {shown.operation}` writes the answer", soft_wrap=True)


def _progress(shown: "OperationOut") -> str:
    return f"{shown.done} of {shown.total}" if shown.total is not None else f"{shown.done}"
