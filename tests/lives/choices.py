"""Where random choices come from: dice with a seed, or Hypothesis, which can make a failing example smaller."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

Some = TypeVar("Some")


class Choices(Protocol):
    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""

    def among(self, options: Sequence[Some]) -> Some:
        """One of some options."""

    def chance(self, percent: int) -> bool:
        """True in about so many of a hundred cases."""


class Dice:
    """By a seed alone: the same seed throws the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def integer(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def among(self, options: Sequence[Some]) -> Some:
        return options[self._random.randrange(len(options))]

    def chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent


class Drawn:
    """By the `draw` of a Hypothesis strategy, or that of `st.data()`."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return int(self._draw(st.integers(low, high)))

    def among(self, options: Sequence[Some]) -> Some:
        return options[self.integer(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        return self.integer(0, 99) >= 100 - percent


def number(choices: Choices, low: int, high: int, places: int = 2) -> str:
    """A number as a document has it, with up to so many places; whole ones, and ones with odd ends, are frequent."""
    used = choices.among([0, min(1, places), places])
    value = choices.integer(low * 10**used, high * 10**used)
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(used + 1, "0")
    return f"{sign}{digits[:-used]}.{digits[-used:]}" if used else f"{sign}{digits}"
