"""Mutants of rating and corrections: every small fault that cosmic-ray's operators make of them, and a draw by seed.

A mutant changes one place: an arithmetic operator, a comparison, a condition, a boolean, a number, the end of a loop. What
bills nothing is left alone: imports, docstrings, decorators, aliases of types, and annotations with the bounds of fields
within them (they stand in docs/contract.schema.json, which is compared elsewhere).
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, zip_longest
from pathlib import Path
from random import Random
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

ROOT = Path(__file__).parents[2]
#: What rates and corrects, as patterns of paths.
MODULES = (
    "billing/rating/*.py",
    "billing/corrections/*.py",
    *(
        f"contracts/{name}.py"
        for name in (
            "composition", "composed", "division", "own_terms", "natures", "net_amounts", "amounts_seen", "proration",
            "window_account", "carried_state",
        )
    ),
    "contracts/pricing/*.py",
    "contracts/savings_pricing/*.py",
)  # fmt: skip
_ARITHMETIC = {"Add", "Sub", "Mul", "Div", "FloorDiv", "Mod"}
_COMPARISONS = {"Eq", "NotEq", "Lt", "LtE", "Gt", "GtE"}


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        module: the path of the file within the tree.
        definition: the function or class around it, empty at the top.
        line: of the file, from 1 on.
        operator: of cosmic-ray.
        occurrence: the place among those that the operator can change in the file, from 0 on.
        was: the line as it is.
        now: the line with the fault.
    """

    module: str
    definition: str
    line: int
    operator: str
    occurrence: int
    was: str
    now: str

    @property
    def change(self) -> tuple[str, str, str, str]:
        """What tells it from others, also when lines have moved."""
        return self.module, self.definition, self.was, self.now

    def source(self, text: str) -> str:
        """The text of its module with the fault."""
        return str(mutate_code(text, operators()[self.operator], self.occurrence))


@cache
def operators() -> dict[str, Any]:
    """The operators that are applied, by name.

    Those on bits and between `is` and `==` would mostly end in a type error, removed decorators in an import that fails:
    whatever notices anything notices these.
    """
    provider = OperatorProvider()
    return {name: provider[name]() for name in provider if _is_applied(name) and not provider[name].arguments()}


def _is_applied(name: str) -> bool:
    family, *swapped = name.split("_")
    if family == "ReplaceBinaryOperator":
        return _ARITHMETIC.issuperset(swapped)
    if family == "ReplaceComparisonOperator":
        return _COMPARISONS.issuperset(swapped) or {"Is", "IsNot"}.issuperset(swapped)
    return family != "RemoveDecorator"


def drawn(seed: int, number: int, root: Path = ROOT) -> list[Mutant]:
    """Draw mutants of all modules, evenly: one of each in turn, in an order of the seed, until there are enough.

    A module's own draws depend on the seed and its own text alone. No place is drawn twice.
    """
    paths = sorted(path for pattern in MODULES for path in root.glob(pattern))
    Random(seed).shuffle(paths)
    of_modules = [
        _shuffled(seed, path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in paths
    ]
    return list(islice(_in_turn(of_modules), number))


def _in_turn(of_modules: list[Iterator[Mutant]]) -> Iterator[Mutant]:
    """One of each module in turn; a module that is not come to is not parsed."""
    while of_modules:
        left = []
        for mutants in of_modules:
            if (mutant := next(mutants, None)) is not None:
                left.append(mutants)
                yield mutant
        of_modules = left


def _shuffled(seed: int, module: str, text: str) -> Iterator[Mutant]:
    dice = Random(f"{seed} {module}")
    places: dict[tuple[Any, Any], list[tuple[str, int, str]]] = {}
    for place, operator, occurrence, definition in changes(text):
        places.setdefault(place, []).append((operator, occurrence, definition))
    order = sorted(places)
    dice.shuffle(order)
    for place in order:
        operator, occurrence, definition = dice.choice(places[place])
        mutant = Mutant(module, definition, place[0][0], operator, occurrence, "", "")
        now = mutant.source(text)
        if _is_another_program(text, now):
            yield _shown(mutant, text, now)


@cache
def changes(text: str) -> tuple[tuple[Any, str, int, str], ...]:
    """Every change of a module's text: its place, the operator, the occurrence, and the definition around it."""
    return tuple(_changes(text))


def _changes(text: str) -> Iterator[tuple[Any, str, int, str]]:
    nodes = list(ast_nodes(get_ast(text)))
    for name, operator in operators().items():
        positions = ((node, place) for node in nodes for place in operator.mutation_positions(node))
        for occurrence, (node, place) in enumerate(positions):
            if not _is_only_read(node):
                yield place, name, occurrence, _definition(node)


def _is_only_read(node: Any) -> bool:
    """Whether a node is part of an import, a decorator, an annotation or an alias of types."""
    while node.parent is not None:
        parent = node.parent
        if parent.type in {"import_name", "import_from", "decorator"}:
            return True
        if parent.type == "tfpdef" or (parent.type == "funcdef" and node is parent.annotation):
            return True
        if parent.type == "annassign" and (node is parent.children[1] or _is_type_alias(parent)):
            return True
        node = parent
    return False


def _is_type_alias(assigned: Any) -> bool:
    return bool(assigned.children[1].get_code().strip() == "TypeAlias")


def _definition(node: Any) -> str:
    names: list[str] = []
    while node is not None:
        if node.type in {"funcdef", "classdef"}:
            names.insert(0, node.name.value)
        node = node.parent
    return ".".join(names)


def _is_another_program(text: str, now: str) -> bool:
    try:
        return ast.dump(ast.parse(now)) != ast.dump(ast.parse(text))
    except SyntaxError:
        return False


def _shown(mutant: Mutant, text: str, now: str) -> Mutant:
    was, changed = next(
        pair for pair in zip_longest(text.splitlines(), now.splitlines(), fillvalue="") if pair[0] != pair[1]
    )
    return Mutant(
        module=mutant.module,
        definition=mutant.definition,
        line=mutant.line,
        operator=mutant.operator,
        occurrence=mutant.occurrence,
        was=was.strip(),
        now=changed.strip(),
    )
