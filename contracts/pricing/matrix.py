"""Matrix: a price by the dimensions of the use; of several entries that match, the most specific one decides.

Clause: "A cut part costs 0.90 EUR, of stainless steel 1.40 EUR, of stainless steel by night 1.75 EUR."
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import Rule
from contracts.rated_line import RatedLine
from contracts.rated_usage import UnpricedUse, Usage, in_unit
from metering.usage.measure import Measure, Part
from quantities.conversion import conversion
from quantities.exact import Exact, rounded, scaled, total
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import trimmed
from quantities.terms import Terms


class Entry(Terms):
    """The price of use that has all of these values of its dimensions."""

    prices: ClassVar = ("unit_price",)

    when: Annotated[Mapping[Name, Name], Field(min_length=1)]
    unit_price: Amount

    @property
    def label(self) -> str:
        """Its conditions in words."""
        return ", ".join(f"{name} {value}" for name, value in sorted(self.when.items()))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a part of a use meets all conditions."""
        return all(labels.get(name) == value for name, value in self.when.items())


class Matrix(Rule):
    """A price per unit by dimensions.

    Attributes:
        unit: of the priced quantity.
        entries: in the order of their lines; of two that match, the one with more conditions decides.
        otherwise: the price of use that no entry matches; without it such use is refused.
    """

    prices: ClassVar = ("otherwise",)

    kind: Literal["matrix"] = "matrix"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    entries: Annotated[tuple[Entry, ...], Field(min_length=1)]
    otherwise: Amount | None = None

    @model_validator(mode="after")
    def _each_use_has_one_price(self) -> Self:
        for one, other in combinations(self.entries, 2):
            both = {**one.when, **other.when}
            is_tie = len(one.when) == len(other.when) and one.matches(both) and other.matches(both)
            if is_tie and not any(entry.matches(both) and len(entry.when) > len(one.when) for entry in self.entries):
                raise ValueError(f"two entries have the same claim to {both}: name it by itself")
        return self

    @property
    def measure(self) -> Measure:
        """The sums by every dimension that an entry names."""
        return Measure(by=tuple(sorted({name for entry in self.entries for name in entry.when})))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``, its parts by the dimensions; without parts no entry matches it.

        Returns:
            One line for every entry with use, in their order, and a last one for use that no entry matches.

        Raises:
            UnpricedUse: no entry matches a part of it, and ``otherwise`` is not stated.
            NegativeUse: the quantity is below zero.
        """
        in_unit(usage, self.unit)
        of_entry: dict[int, list[Exact]] = defaultdict(list)
        for part in usage.parts or (Part(usage.quantity or Decimal(0), exact=usage.exact),):
            if part.quantity:
                of_entry[self._entry(part)].append(part.exactly)
        factor = conversion(usage.unit, self.unit) if usage.unit else None
        lines = []
        for at, quantities in sorted(of_entry.items()):
            quantity = rounded(total(quantities) if factor is None else scaled(total(quantities), factor))
            is_other = at == len(self.entries)
            price = (self.otherwise or Decimal(0)) if is_other else self.entries[at].unit_price
            label = "other" if is_other else self.entries[at].label
            lines.append(RatedLine(at, trimmed(quantity), self.unit, price, label))
        return tuple(lines)

    def _entry(self, part: Part) -> int:
        """Choose the number of the entry that decides; the number of entries where none matches."""
        matching = [at for at, entry in enumerate(self.entries) if entry.matches(part.labels)]
        if matching:
            return max(matching, key=lambda at: len(self.entries[at].when))
        if self.otherwise is None:
            raise UnpricedUse(f"no entry covers {dict(part.labels)}", found=dict(part.labels))
        return len(self.entries)
