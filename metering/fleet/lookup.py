"""Registers as the rows of a file name them: by key, or by an alias."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from difflib import get_close_matches
from typing import TypeVar

from metering.fleet.meter import Register

_NAME_CHARACTERS = 100
_DERIVED_MAX = 200
Derived = TypeVar("Derived")


@dataclass(frozen=True, slots=True)
class TargetRegister:
    """A register that rows can belong to, with the zone of its site."""

    register: Register
    zone: tzinfo


class RegisterLookup:
    """Looks up the registers that rows can belong to, by key or alias."""

    def __init__(self, by_name: Mapping[str, TargetRegister]) -> None:
        self._by_name = by_name
        self._derived: dict[Hashable, object] = {}

    def derive(self, key: Hashable, make: Callable[[], Derived]) -> Derived:
        """What follows from these registers and from a key, made once; it lives as long as what is known of them.

        Args:
            key: all else that it follows from.
            make: makes it. What it raises is raised each time.
        """
        if key not in self._derived:
            if len(self._derived) >= _DERIVED_MAX:
                self._derived.clear()
            self._derived[key] = make()
        return self._derived[key]  # type: ignore[return-value] # of a key it was made by the same

    def find(self, names: Iterable[str]) -> Mapping[str, TargetRegister]:
        """The registers of those names that are keys or aliases; other names are left out."""
        return {name: self._by_name[name] for name in names if name in self._by_name}

    def nearest(self, name: str) -> list[str]:
        """The (up to three) known names that are most similar to an unknown name."""
        return get_close_matches(name[:_NAME_CHARACTERS], self._by_name, n=3)

    @property
    def dimensions(self) -> frozenset[str]:
        """The names of all dimensions of all registers."""
        return frozenset(name for target in self._by_name.values() for name in target.register.dimensions)

    @property
    def events(self) -> bool:
        """Whether some register counts rows, so that a value is optional."""
        return any(target.register.counts_itself for target in self._by_name.values())
