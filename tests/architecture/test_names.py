"""Names: a class is called by one name in the whole product."""

import ast
from collections import defaultdict

from tests.architecture.source import ORDER, inside, modules, tree_of


def test_no_two_classes_have_one_name() -> None:
    """OpenAPI takes its schemas' names from them, and a refusal its slug."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules(*ORDER):
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(inside(path))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
