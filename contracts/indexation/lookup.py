"""Values of an index, how a price finds them, and the factor that it makes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import Field

from quantities.errors import Conflict
from quantities.worded import worded

Month: TypeAlias = Annotated[str, Field(pattern=worded(r"^\d{4}-(0[1-9]|1[0-2])$", "a month, as in 2026-03"))]


class IndexValueMissing(Conflict):
    """The value of the index is not known yet."""

    def __init__(self, index: str, month: str, detail: str = "") -> None:
        """Name the index and the month; ``detail`` says more than that there is no value."""
        self.index, self.month = index, month
        super().__init__(detail or f"{index} has no value for {month}", found=f"{index} {month}")


@dataclass(frozen=True, slots=True)
class IndexValue:
    """A published value of an index.

    Attributes:
        index: its name.
        month: the month of the value, as in 2026-03.
        value: as published, or converted to the base of the series where the base was changed.
        provisional: whether its publisher may still revise it.
        id: the stored row of the value.
    """

    index: str
    month: str
    value: Decimal
    provisional: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class IndexFactor:
    """The factor on the agreed prices.

    Attributes:
        value: the factor, rounded.
        calculation: how it was computed, review by review.
        values: the index values that it depends on.
    """

    value: Decimal
    calculation: str
    values: tuple[IndexValue, ...]


#: Finds a value by index and month; None where none is published yet.
Lookup: TypeAlias = Callable[[str, str], IndexValue | None]


def no_index(index: str, month: str) -> None:
    """Find no value: the lookup of contracts that follow no index."""


def value_of(index: str, month: str, lookup: Lookup) -> IndexValue:
    """Find a value that a price needs.

    Raises:
        IndexValueMissing: it is not published yet.
    """
    value = lookup(index, month)
    if value is None:
        raise IndexValueMissing(index, month)
    return value
