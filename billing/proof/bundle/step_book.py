"""The steps of a calculation as they are written down, each evaluated by the verifier itself before it is kept.

A step is a whole number, or its name and what it is of, as ``verify.py`` evaluates it. A rule proposes how a number
comes about; what does not come to the number that was billed is no proof of it, and the number is stated instead: the
verifier checks it by hash alone, and says so.
"""

import json
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from billing.proof.bundle.verify import StepEvaluator, Unproven, written
from quantities.exact import Exact, exact_text

#: As JSON has it: a whole number, or a list of its name and what it is of. Steps are of any depth.
Step: TypeAlias = Any

NOTHING: Step = 0
_FAULTS = (Unproven, ArithmeticError, LookupError, TypeError, ValueError)


class StepBook:
    """The files of a bundle with its steps, as far as they are written."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self._evaluated = StepEvaluator({})
        self._evaluated.known["steps.json"] = {"steps": self.steps}
        self._names: set[str] = set()

    def put(self, name: str, content: object) -> None:
        """Add a file, for steps to look values up in."""
        self._evaluated.known[name] = json.loads(json.dumps(content))
        self._names.add(name)

    def put_within(self, name: str, part: str, key: str, content: object) -> None:
        """Add something to a part of a file that is written bit by bit, and is not written anew for each."""
        file = self._evaluated.known.setdefault(name, {part: {}})
        file[part][key] = json.loads(json.dumps(content))
        self._names.add(name)

    def put_beside(self, name: str, content: object) -> str:
        """Add a file under a name of its own, where one of that name is there and says something else."""
        unique, at = f"{name}.json", 1
        while unique in self._names and self._evaluated.known[unique] != content:
            at += 1
            unique = f"{name} ({at}).json"
        self.put(unique, content)
        return unique

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return name in self._names

    def content(self, name: str) -> Any:
        """What a file has; as JSON of any form."""
        return self._evaluated.known[name]

    def written(self) -> dict[str, bytes]:
        """All files but the steps, as bytes."""
        return {name: written(self._evaluated.known[name]) for name in self._names}

    def comes_to(self, step: Step, value: Exact) -> bool:
        """Tell whether a step comes to a number, exactly."""
        try:
            return bool(self._evaluated.value(step) == Fraction(value))
        except _FAULTS:
            return False

    def proven(self, step: Step, value: Exact, why: str) -> Step:
        """Keep a step that comes to a number; state the number otherwise.

        Args:
            step: how it comes about; None where that is not known.
            value: the number that was rated or billed.
            why: what is checked by hash alone if it does not.
        """
        if step is not None and self.comes_to(step, value):
            return step
        return ["stated", exact_text(value), why]

    def named(self, name: str, step: Step, value: Exact, why: str) -> Step:
        """Write a step down under a name, proven or stated, for others to build on.

        Returns:
            The step that refers to it.
        """
        proven = self.proven(step, value, why)
        if isinstance(proven, int) or proven[0] in ("look", "step"):
            return proven
        unique, at = name, 1
        while unique in self.steps:
            at += 1
            unique = f"{name} ({at})"
        self.steps[unique] = proven
        return ["step", unique]


def look(file: str, *path: object) -> Step:
    """Look a value up in a file of the bundle, by its place there."""
    return ["look", file, "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in path)]


def plus(steps: Iterable[Step]) -> Step:
    """Add up; of none, nothing."""
    listed = [step for step in steps if step != 0]
    return listed[0] if len(listed) == 1 else ["add", *listed] if listed else NOTHING


def less(step: Step, *others: Step) -> Step:
    """Subtract what is not nothing."""
    left = [other for other in others if other != 0]
    return ["sub", step, *left] if left else step


def times(step: Step, by: Step) -> Step:
    """Multiply, if that changes anything."""
    return by if step == 1 else step if by == 1 else ["mul", step, by]


def settle(step: Step) -> Step:
    """Round a number whose decimals do not end half to even at 15 of them."""
    return ["settle", step]


def at_places(step: Step, places: int, rule: str) -> Step:
    """Round by a rule of ``verify.py``."""
    return ["round", step, places, rule]


def percent_of(step: Step, percent: Step) -> Step:
    """Take a percentage, rounded as quotients are."""
    return ["div", ["mul", step, percent], 100]


def is_whole(value: Decimal) -> bool:
    """Tell whether a number can stand as it is."""
    return value == value.to_integral_value()
