"""Parts of a large file, each made while the one before is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Part = TypeVar("Part")


def one_ahead(parts: Iterable[Part]) -> Iterator[Part]:
    """The same parts in the same order; another thread makes the next one meanwhile.

    What makes them spends its time outside of Python, as Arrow and numpy do, and shares nothing with who takes them.
    """
    making = iter(parts)
    with ThreadPoolExecutor(1) as other_thread:
        coming = other_thread.submit(_next_of, making)
        while following := coming.result():
            coming = other_thread.submit(_next_of, making)
            yield from following


def _next_of(making: Iterator[Part]) -> list[Part]:
    """The next part, or nothing."""
    return list(islice(making, 1))
