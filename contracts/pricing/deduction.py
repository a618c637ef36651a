"""Unavailability deduction: every event of unavailability takes a share off the unitary charge.

Clause: "Unit deduction = (unitary charge × weight of the zone × weight of the event's category) / operating periods of
the month, times the ratchet from the third event of a zone on."
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import OfPeriod, Stage
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import UnpricedUse, Usage, require_parts
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms


class Repeated(Terms):
    """The factor on the deductions of one zone from its n-th event in a period on."""

    from_event: Annotated[WholeNumber, Field(ge=2)]
    factor: Annotated[Magnitude, Field(gt=1)]


class Deduction(OfPeriod):
    """A share of a charge for every event.

    An event register counts them; its rows state their ``zone`` and ``category``, and their value is the number of
    operating periods that the event lasted.

    Attributes:
        unitary_charge: for a billing period.
        operating_periods: the number of them in a billing period.
        zones: weights by zone.
        categories: weights by category.
        repeated: the factor on further events of the same zone.
        at_most: the highest deduction of a billing period; without it, the unitary charge.
    """

    stage: ClassVar[Stage] = Stage.ADJUST
    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION
    prices: ClassVar = ("unitary_charge", "at_most")

    kind: Literal["deduction"] = "deduction"
    arithmetic: Literal[1] = 1
    unitary_charge: Annotated[Amount, Field(gt=0)]
    operating_periods: Annotated[WholeNumber, Field(ge=1)]
    zones: Annotated[Mapping[Name, Magnitude], Field(min_length=1)]
    categories: Annotated[Mapping[Name, Magnitude], Field(min_length=1)]
    repeated: Repeated | None = None
    at_most: Annotated[Amount, Field(ge=0)] | None = None

    @property
    def measure(self) -> Measure:
        """All events one by one, with zone and category."""
        return Measure(by=("zone", "category"), events=True)

    def of_period(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the events of one billing period: a negative line for every zone with an event.

        Raises:
            UnpricedUse: an event's zone or category has no weight.
        """
        require_parts(usage, "zone and category")
        weights: dict[str, list[Decimal]] = defaultdict(list)
        for part in usage.parts:
            zone, category = part.labels.get("zone", ""), part.labels.get("category", "")
            if zone not in self.zones or category not in self.categories:
                raise UnpricedUse(f"zone {zone!r}, category {category!r}: no weight", found=dict(part.labels))
            number, repeated = len(weights[zone]) + 1, self.repeated
            factor = repeated.factor if repeated is not None and number >= repeated.from_event else Decimal(1)
            weights[zone].append(product(part.quantity, self.zones[zone], self.categories[category], factor))
        left = self.unitary_charge if self.at_most is None else self.at_most
        lines = []
        for at, zone in enumerate(sorted(self.zones)):
            if zone not in weights:
                continue
            weight = added(weights[zone])
            off = min(left, quotient(product(self.unitary_charge, weight), Decimal(self.operating_periods)))
            left = added((left, -off))
            calculation = f"{plain(self.unitary_charge)} × {plain(trimmed(weight))} / {self.operating_periods}"
            lines.append(lump(at, -off, f"{zone}, {len(weights[zone])} events", calculation))
        return tuple(lines)
