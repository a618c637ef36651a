"""Service events: what is covered costs nothing, what is not has a price.

Clause: "Two visits a year and all wear parts are covered; a further visit costs 480 EUR, a call-out 950 EUR."
"""

from collections import defaultdict
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import CarriedState, RatedLine, Rule, UnpricedUse, Usage
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import added
from quantities.money import Amount
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms


class Coverage(Terms):
    """What of one service is covered.

    Attributes:
        service: as the rows of the register say it.
        covered: how many of a window cost nothing; all of them, unless it is said.
        unit_price: of each that is not covered.
    """

    prices: ClassVar = ("unit_price",)

    service: Name
    covered: Annotated[Magnitude, Field(ge=0)] | None = None
    unit_price: Annotated[Amount, Field(ge=0)] = Decimal(0)


class ServiceEvents(Rule):
    """A price for each event that a coverage list does not cover.

    The register counts events; its rows say which ``service`` each was.

    Attributes:
        coverage: each service once, in the order of the lines.
        per: the window over which ``covered`` is counted.
    """

    kind: Literal["service_events"] = "service_events"
    arithmetic: Literal[1] = 1
    coverage: Annotated[tuple[Coverage, ...], Field(min_length=1)]
    per: Per = Per.YEAR

    @property
    def measure(self) -> Measure:
        """By service."""
        return Measure(by=("service",))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the events of one billing period.

        Returns:
            For each service that was given one line, at no price as far as it is covered, and another for the rest.

        Raises:
            UnpricedUse: a service is not on the list.
        """
        lines, before = [], usage.carried(self.per).get("given", {})
        for at, (each, many) in enumerate(self._given(usage)):
            earlier = Decimal(before.get(each.service, "0"))
            free = many if each.covered is None else min(many, max(Decimal(0), each.covered - earlier))
            if free:
                lines.append(RatedLine(2 * at, trimmed(free), "each", Decimal(0), f"{each.service}, covered"))
            if many > free:
                calculation = "" if each.covered is None else f"{plain(each.covered)} covered, {plain(earlier)} before"
                charged = trimmed(added((many, -free)))
                lines.append(RatedLine(2 * at + 1, charged, "each", each.unit_price, each.service, calculation))
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry how many of each service the window has had."""
        if usage.closes(self.per):
            return {}
        before = usage.carried(self.per).get("given", {})
        sums = {c.service: added((Decimal(before.get(c.service, "0")), many)) for c, many in self._given(usage)}
        return usage.mark(self.per) | {"given": {name: plain(trimmed(each)) for name, each in sums.items() if each}}

    def _given(self, usage: Usage) -> list[tuple[Coverage, Decimal]]:
        many: dict[str, Decimal] = defaultdict(Decimal)
        for part in usage.parts:
            if part.quantity:
                many[part.labels.get("service", "")] += part.quantity
        unknown = many.keys() - {each.service for each in self.coverage}
        if unknown:
            raise UnpricedUse(f"{', '.join(sorted(unknown))}: not on the coverage list", found=sorted(unknown))
        return [(each, many[each.service]) for each in self.coverage]
