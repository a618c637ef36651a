"""Commands whose modules are imported when they are used, and not before."""

from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command_from_info, get_command_name, get_group_from_info

from api.cli.commands import COMMANDS, EXAMPLES, HEADINGS
from api.cli.help import Group, indented
from api.cli.running import noting


class CommandTable(Group):
    """The commands of ``usufruct``; its help comes from the table, and a command is loaded to be run."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = OnDemand()

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Show a command as the table lists it."""
        if cmd_name not in COMMANDS:
            return None
        heading = next(heading for heading, commands in HEADINGS.items() if cmd_name in commands)
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name].summary, rich_help_panel=heading)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Load the command that is run; one that is not listed is refused with the nearest that is."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, self.commands[name] if name is not None else None, rest


class OnDemand(MutableMapping[str, Any]):
    """Commands by name; what is taken out is loaded, once."""

    def __init__(self) -> None:
        self.loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self.loaded:
            self.loaded[name] = load(name)
        return self.loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __setitem__(self, name: str, command: Any) -> None:
        self.loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self.loaded[name]


@cache  # whoever runs several commands in one process, as a test does, builds each once
def load(name: str) -> Any:
    """Import the module of a command and build the command.

    Raises:
        KeyError: no command of that name is listed, or its module does not bring it.
    """
    module = typer.Typer()
    import_module(COMMANDS[name].module).add_to(module)
    command: Any = None
    for group in module.registered_groups:
        if group.name == name:
            group.cls = Group
            command = get_group_from_info(
                group,
                pretty_exceptions_short=False,
                suggest_commands=module.suggest_commands,
                rich_markup_mode=module.rich_markup_mode,
            )
    for single in module.registered_commands:
        if (single.name or get_command_name(getattr(single.callback, "__name__", ""))) == name:
            command = get_command_from_info(
                single, pretty_exceptions_short=False, rich_markup_mode=module.rich_markup_mode
            )
    if command is None:
        raise KeyError(f"{COMMANDS[name].module} brings no command {name}")
    noting(command, name)
    if lines := EXAMPLES.get(name):
        command.epilog = "\n".join(("[bold]Examples[/]", *indented(lines)))
    _show_questions(command, name)
    return command


def _show_questions(command: Any, name: str) -> None:
    """Let the help of lists name what they may be asked."""
    from api.cli.list_help import show_questions
    from api.cli.lists import QUERIES

    for words in QUERIES:
        first, _, rest = words.partition(" ")
        if first == name:
            show_questions(command.commands[rest] if rest else command, words)
