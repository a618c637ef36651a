"""The command line. Each command is imported when it is used, and imports what it needs, so that all start in a blink.

Exit codes: 0 done · 1 unforeseen · 2 the command line itself was wrong · and for refusals, by kind, 3 invalid ·
4 not found · 5 conflict · 6 unavailable · 7 not allowed.
"""

import gc
import sys
from typing import Annotated

import typer

from api.cli.on_demand import CommandTable
from quantities.errors import UsufructError

app = typer.Typer(
    cls=CommandTable,
    help="Equipment-as-a-service billing and energy performance contracting: every cent proves itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"usufruct {version('usufruct')}")
        raise typer.Exit


@app.callback()
def usufruct(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say which version this is.")
    ] = False,
) -> None:
    """Take the options that stand before any command."""


def main() -> None:
    """Run a command; a refusal is a few lines on stderr, or with ``--json`` a problem, and an exit code by kind."""
    # Importing makes a million objects and frees hardly any: looking for cycles among them took a tenth of a start.
    gc.set_threshold(100_000, 50, 100)
    try:
        app()
    except UsufructError as error:
        from api.cli.refused import exit_code, show_refusal

        show_refusal(error, as_json="--json" in sys.argv)
        sys.exit(exit_code(type(error)))
