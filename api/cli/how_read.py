"""How a file was read, and what is asked where it does not say it, as a person sees both."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from api.cli.context import err, out, table

_STATEMENTS_SHOWN = 40


def show_how_read(statements: Sequence[Mapping[str, Any]]) -> None:
    """Show how a file was read: what, of which column, taken as what, on whose word, and where that is said."""
    from rich.markup import escape

    if not statements:
        return
    shown = statements[:_STATEMENTS_SHOWN]
    rows = [
        (str(read["aspect"]).replace("_", " "), *(escape(read[name]) for name in ("column", "taken", "basis", "where")))
        for read in shown
    ]
    out.print(table(("what", "column", "taken as", "on whose word", "where"), rows))
    if len(statements) > len(shown):
        out.print(f"… and {len(statements) - len(shown)} more; --json has all")


def show_counters(facts: Mapping[str, Any]) -> None:
    """Show the resets that a file states, the reads that it showed to be impossible, the exchanges that it declared."""
    for reset in facts["resets"]:
        reads = f"closing {reset['closing']}, opening {reset['opening']}"
        typer.echo(f"reset of {reset['register_key']} at {reset['at']}: {reads}")
    for read in facts["withdrawn"]:
        typer.echo(f"withdrawn, an impossible read of {read['register_key']} at {read['at']}: {read['value']}")
    for exchange in facts["exchanges"]:
        reads = f"closing {exchange['closing']}, opening {exchange['opening']}, serial {exchange['serial']}"
        at = f"{exchange['register_key']} at {exchange['at']}"
        typer.echo(f"exchange of {at}: {reads}; declared as batch {exchange['batch']}")


def ask(questions: Sequence[Mapping[str, Any]]) -> None:
    """Ask a person what a file does not say: a paragraph per question, and each answer as it is typed."""
    for question in questions:
        err.print()
        err.print(f"{question['aspect'].replace('_', ' ')}: {question['why']}", markup=False)
        typed = [(typed_option(answer["option"], answer["value"]), answer["means"]) for answer in question["answers"]]
        width = max((len(option) for option, _ in typed), default=0)
        for option, means in typed:
            err.print(f"    {option:{width}}  {means}".rstrip(), markup=False, soft_wrap=True)
    err.print()
    err.print("Send the file again with one answer to each; --save-profile NAME keeps them for its source.")


def typed_option(option: str, value: str) -> str:
    """An option as it is typed in a shell."""
    name = option.removeprefix("--").replace("_", "-")
    return f"--{name} {shlex.quote(value)}" if value else f"--{name}"
