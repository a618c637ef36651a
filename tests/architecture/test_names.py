"""Names: a class is called by one name in the whole product."""

import ast
from collections import defaultdict
from importlib import import_module

import pytest

from quantities.errors import UsufructError, slug, title
from tests.architecture.source import ORDER, ROOT, dotted, inside, modules, tree_of

TITLE_CHARACTERS_MAX = 75


def test_no_two_classes_have_one_name() -> None:
    """OpenAPI takes its schemas' names from them, and a refusal its slug."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules(*ORDER):
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(inside(path))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


class TestSlugs:
    """What programs know a refusal by never changes: the list is committed, and a class may be renamed behind it."""

    def test_the_list_is_complete(self, pytestconfig: pytest.Config) -> None:
        listed = ROOT / "tests/golden/slugs.txt"
        now = "".join(f"{slug(kind)}\n" for kind in sorted(refusals(), key=slug))
        if pytestconfig.getoption("--update-golden"):
            listed.write_text(now, encoding="utf-8")
        assert listed.read_text(encoding="utf-8") == now

    def test_no_two_refusals_share_one(self) -> None:
        slugs = [slug(kind) for kind in refusals()]
        assert sorted(slugs) == sorted(set(slugs))


class TestTitles:
    """A refusal's title names the fault in one short sentence; the rule stands in the detail or in the docs."""

    def test_each_is_one_short_sentence(self) -> None:
        titles = {kind.__name__: title(kind) for kind in refusals()}
        assert {name: line for name, line in titles.items() if not is_short_sentence(line)} == {}

    @pytest.mark.parametrize("line", [
        "The invoice is already issued",
        "A dispute is settled once: who disagrees raises another.",
        "A contract that carries something from one period to the next is billed in their order.",
    ])  # fmt: skip
    def test_a_rule_is_met(self, line: str) -> None:
        assert not is_short_sentence(line)


def is_short_sentence(line: str) -> bool:
    return line.endswith(".") and len(line) <= TITLE_CHARACTERS_MAX and not set(line) & set(":()")


def refusals() -> list[type[UsufructError]]:
    """Every class below the root of the error tree, wherever it stands."""
    for path in modules(*ORDER):
        if path.name != "__main__.py":
            import_module(dotted(path))
    waiting, met = [UsufructError], []
    while waiting:
        kind = waiting.pop()
        met += [kind] if kind.__module__.split(".")[0] in ORDER else []
        waiting += kind.__subclasses__()
    return met
