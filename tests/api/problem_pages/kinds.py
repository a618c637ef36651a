"""Which refusals need a page: all that are raised, and not the kinds by which they are only sorted."""

import ast
from functools import cache

from api.problem_pages.page import ROOMS
from quantities.errors import UsufructError, slug
from tests.architecture.source import modules, text_of, tree_of
from tests.architecture.test_names import refusals


def kinds_of(room: str) -> list[type[UsufructError]]:
    """The refusals of a room, by name."""
    return [kind for kind in _raised() if kind.__module__.partition(".")[0] == room]


@cache
def _raised() -> list[type[UsufructError]]:
    sorts = [kind.__name__ for kind in refusals() if kind.__subclasses__()]
    called = {
        node.func.id
        for path in modules(*ROOMS)
        if any(f"{name}(" in text_of(path) for name in sorts)  # all others would be parsed for nothing
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return sorted((kind for kind in refusals() if not kind.__subclasses__() or kind.__name__ in called), key=slug)
