"""The command that says what a refusal means."""

from typing import Annotated

import typer

from api.cli.context import AsJson, say


def add_to(app: typer.Typer) -> None:
    """Give the command line this command."""
    app.command()(problem)


def problem(
    name: Annotated[str | None, typer.Argument(help="As a refusal says it in parentheses; all, unless given.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a refusal means, what to do, and by which example it is provoked."""
    from rich.text import Text

    from api.problem_pages.layout import list_markdown, page_markdown
    from api.problem_pages.page import listed_problems, problem_page

    if name is None:
        say([one.model_dump() for one in listed_problems()], Text(list_markdown().rstrip()), as_json=as_json)
    else:
        page = problem_page(name)
        say(page.model_dump(), Text(page_markdown(page).rstrip()), as_json=as_json)
