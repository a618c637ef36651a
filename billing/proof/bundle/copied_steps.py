"""Steps of one bundle copied into another, with the places that they look up there, and nothing else of its files.

A payee whose share is so much a unit has the units counted from the readings. How these come about stands in the bundle
of the customer's document; of the contract, the tables and the states there, a payee gets what those steps look up.
"""

from typing import Any

from billing.proof.bundle.step_book import NOTHING, Step, StepBook

#: Leaves that take all of a file: the readings of a register.
_WHOLE = frozenset({"use", "mean", "peak"})
#: Leaves that take one place of a file.
_PLACES = frozenset({"look", "written"})


def copied(step: Step, of: StepBook, to: StepBook, prefix: str = "") -> Step:
    """Copy a step with all that it rests on.

    Args:
        step: of the other bundle.
        of: the other bundle.
        to: the bundle that it is copied into.
        prefix: set before the names of steps and files, so that several documents can be copied from; may be empty.

    Returns:
        The same step, as it is written in the bundle that it was copied into.
    """
    if not isinstance(step, list):
        return step
    if not step or not isinstance(step[0], str):  # several of them: weights, bounds, options
        return [copied(part, of, to, prefix) for part in step]
    name, rest = step[0], step[1:]
    if name == "step":
        rest = [_copy_named(step[1], of, to, prefix)]
    elif name in _WHOLE:
        to.put(f"{prefix}{step[1]}", of.content(step[1]))
        rest[0] = f"{prefix}{step[1]}"
    elif name in _PLACES:
        _copy_place(step[1], step[2], of, to, f"{prefix}{step[1]}")
        rest[0] = f"{prefix}{step[1]}"
    elif name != "stated":
        rest = copied([NOTHING, *rest], of, to, prefix)[1:]
    return [name, *rest]


def _copy_named(title: str, of: StepBook, to: StepBook, prefix: str) -> str:
    named = f"{prefix}{title}"
    if named not in to.steps:
        to.steps[named] = copied(of.steps[title], of, to, prefix)
    return named


def _copy_place(file: str, path: str, of: StepBook, to: StepBook, name: str) -> None:
    """Copy one value, at the place that it has: a list is by number here, for its other places are left out."""
    place: Any = of.content(file)
    kept: dict[str, Any] = to.content(name) if to.has(name) else {}
    into, keys = kept, path.split("/")[1:]
    for at, key in enumerate(keys):
        plain = key.replace("~1", "/").replace("~0", "~")
        place = place[int(plain)] if isinstance(place, list) else place[plain]
        if at < len(keys) - 1:
            into = into.setdefault(plain, {})
        else:
            into[plain] = place
    to.put(name, kept)
