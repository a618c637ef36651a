"""How a command says that it is refused: to a person in a few lines, to a program as HTTP would answer it."""

import json

from api.cli.context import EXIT_CODES, err, show_refused_rows
from api.refusals import problem_of
from quantities.errors import UsufructError, slug, title


def exit_code(kind: type[UsufructError]) -> int:
    """Map a kind of error to the exit code of a command."""
    return next((code for base, code in EXIT_CODES.items() if issubclass(kind, base)), 1)


def show_refusal(error: UsufructError, *, as_json: bool) -> None:
    """Say what is wrong, what would be right, and where more is said of it."""
    if as_json:
        print(json.dumps(problem_of(error)))  # noqa: T201 a pipe wants no markup
        return
    name = slug(type(error))
    err.print(f"[red]{title(type(error))}[/] ({name})")
    questions, nearest = error.members.get("questions"), error.members.get("expected")
    if isinstance(questions, list):
        from api.cli.how_read import ask

        ask(questions)
    else:
        err.print(str(error), markup=False)
    if nearest and not questions and (named := _in_words(nearest)) not in str(error):
        err.print(f"expected: {named}", markup=False)
    show_refused_rows(error)
    err.print(f"what to do: usufruct problem {name}", markup=False)


def _in_words(expected: object) -> str:
    """Name what was expected: several things one after another, by commas, and not as Python writes a list."""
    return ", ".join(map(str, expected)) if isinstance(expected, list | tuple) else str(expected)
