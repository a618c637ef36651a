"""The command that shows the settings."""

import typer

from api.cli.context import AsJson, say, table


def add_to(app: typer.Typer) -> None:
    """Give the command line this command."""
    app.command()(settings)


def settings(*, as_json: AsJson = False) -> None:
    """Show each setting: its variable, its value, its default, and what it means; secrets are hidden."""
    from dataclasses import asdict

    from rich.markup import escape

    from api.server.settings import from_environment
    from api.server.settings_page import listed_settings

    listed = list(listed_settings(from_environment()))
    rows = [
        (escape(setting.variable), escape(setting.value), escape(setting.default), escape(setting.meaning))
        for setting in listed
    ]
    columns = ("variable", "value", "default", "meaning")
    say([asdict(setting) for setting in listed], table(columns, rows), as_json=as_json)
