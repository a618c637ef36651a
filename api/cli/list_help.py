"""What a list may be asked, as the help of its command shows it: what it takes besides its own options."""

from importlib import import_module
from typing import Any

from api.cli.help import indented
from api.cli.lists import QUERIES, is_switch

#: What pages over HTTP have in their headers, and no command shows.
_OF_HEADERS = {"total"}


def show_questions(command: Any, words: str) -> None:
    """Let a command's help name what its list may be asked; it is loaded when the help is shown.

    Args:
        command: of a list.
        words: those by which it is called, as ``party list``.
    """
    examples = command.epilog or ""

    def format_help(ctx: Any, formatter: Any) -> None:
        command.epilog = "\n".join(
            filter(None, ("[bold]What the list may be asked[/]", *indented(_lines(command, words)), examples))
        )
        type(command).format_help(command, ctx, formatter)

    command.format_help = format_help


def _lines(command: Any, words: str) -> list[str]:
    from rich.markup import escape

    module, _, name = QUERIES[words].partition(":")
    fields = getattr(import_module(module), name).model_fields
    declared = {option for parameter in command.params for option in parameter.opts}
    lines = []
    for known, field in fields.items():
        option = f"--{(field.alias or known).replace('_', '-')}"
        if known in _OF_HEADERS or option in declared:
            continue
        kind = "" if field.annotation is bool else " [false]" if is_switch(field.annotation) else " VALUE"
        lines.append(escape(f"{option}{kind}: {field.description or ''}".rstrip(": ")))
    return lines
