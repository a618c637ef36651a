"""The help of ``usufruct`` and of its groups: commands under headings in two columns, and examples.

A command's own help is typer's. This one is written without rich, which takes longer to load than all that it shows.
"""

import shutil
import textwrap
from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperGroup

from api.cli.commands import EXAMPLES

_WIDTH_MAX = 100
_WITHOUT_HEADING = "Commands"


class Group(TyperGroup):
    """A group of commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write usage, purpose, commands by heading, options and examples."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command: Any = self.get_command(ctx, name)
            heading = command.rich_help_panel or _WITHOUT_HEADING
            sections.setdefault(heading, []).append((name, _first_paragraph(command.help)))
        options: list[Any] = self.get_params(ctx)
        sections["Options"] = [(", ".join(option.opts), option.help or "") for option in options]
        width = min(shutil.get_terminal_size().columns, _WIDTH_MAX)
        typer.echo(f"\n{self.get_usage(ctx)}\n")
        typer.echo(textwrap.fill(_first_paragraph(self.help), width))
        for heading, rows in sections.items():
            typer.echo("\n" + typer.style(heading, bold=True))
            column = 4 + max(len(name) for name, _ in rows)
            for name, text in rows:
                typer.echo(_row(name, text, column, width))
        name = "" if ctx.parent is None else (self.name or "")
        if examples := EXAMPLES.get(name):
            typer.echo("\n" + "\n".join((typer.style("Examples", bold=True), *indented(examples))))
        typer.echo("")


def indented(lines: Iterable[str]) -> list[str]:
    """Set examples apart from the heading above them."""
    return [f"  {line}" for line in lines]


def _row(name: str, text: str, column: int, width: int) -> str:
    first = f"  {name}".ljust(column)
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=" " * column) if text else first.rstrip()


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())
