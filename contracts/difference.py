"""The differences between two contracts, or two versions of one, in words and with their places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.contract import Contract


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs.

    Attributes:
        path: the place, by the names of charges, uses and fields.
        was: the value in the first contract; None where there is none.
        now: the value in the second contract; None where there is none.
    """

    path: tuple[str, ...]
    was: str | None
    now: str | None

    def __str__(self) -> str:
        place = " ".join(_word(step) for step in self.path)
        if self.was is None:
            return f"{place}: {self.now} is new"
        if self.now is None:
            return f"{place}: {self.was} is gone"
        return f"{place}: {self.was} becomes {self.now}"


def differences(was: Contract, now: Contract) -> tuple[Difference, ...]:
    """Compare two contracts, in the order of the document; a default counts as if it were written down."""
    return tuple(_compared((), was.model_dump(mode="json"), now.model_dump(mode="json")))


def _compared(path: tuple[str, ...], was: Any, now: Any) -> Iterator[Difference]:
    was, now = _named(was), _named(now)
    if was == now:
        return
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*was, *now]):
            yield from _compared((*path, key), was.get(key), now.get(key))
    else:
        yield Difference(path, _shown(was), _shown(now))


def _named(node: Any) -> Any:
    """Key the entries of a list by their names, or by their numbers from 1 where they have none."""
    if not isinstance(node, list):
        return node
    names = [entry.get("name") if isinstance(entry, Mapping) else None for entry in node]
    if all(names):
        return {str(name): entry for name, entry in zip(names, node, strict=True)}
    if any(isinstance(entry, Mapping) for entry in node):
        return {str(number): entry for number, entry in enumerate(node, start=1)}
    return node


def _shown(node: Any) -> str | None:
    match node:
        case None | [] | "":
            return None
        case bool():
            return "yes" if node else "no"
        case Mapping():
            kept = ((name, _shown(value)) for name, value in node.items())
            return ", ".join(f"{_word(name)} {value}" for name, value in kept if value is not None) or None
        case list():
            return "; ".join(filter(None, map(_shown, node)))
        case _:
            return str(node)


def _word(step: str) -> str:
    return step.replace("_", " ")
