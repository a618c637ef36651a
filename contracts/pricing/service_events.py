"""Service events: a covered event costs nothing, every other one has a price.

Clause: "Two visits a year and all wear parts are covered; a further visit costs 480 EUR, a call-out 950 EUR."
"""

from collections import defaultdict
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Rule
from contracts.rated_line import RatedLine
from contracts.rated_usage import CarriedState, UnpricedUse, Usage, require_parts
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import added
from quantities.money import Amount
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms


class Coverage(Terms):
    """How many events of one service are covered.

    Attributes:
        service: as the rows of the register state it.
        covered: how many events of a window cost nothing; without it, all of them.
        unit_price: of an event that is not covered.
    """

    prices: ClassVar = ("unit_price",)

    service: Name
    covered: Annotated[Magnitude, Field(ge=0)] | None = None
    unit_price: Annotated[Amount, Field(ge=0)] = Decimal(0)


class ServiceEvents(Rule):
    """A price for every event that a coverage list does not cover.

    The register counts events; its rows state their ``service``.

    Attributes:
        coverage: of every service, in the order of the lines.
        per: the window over which ``covered`` is counted.
    """

    kind: Literal["service_events"] = "service_events"
    arithmetic: Literal[1] = 1
    coverage: Annotated[tuple[Coverage, ...], Field(min_length=1)]
    per: Per = Per.YEAR

    @property
    def measure(self) -> Measure:
        """The sums by service."""
        return Measure(by=("service",))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the events of one billing period.

        Returns:
            For every service with an event, a line of the covered ones at a price of zero, and a line of the others.

        Raises:
            UnpricedUse: a service is not on the list.
        """
        lines, before = [], usage.carried(self.per).get("given", {})
        for at, (terms, many) in enumerate(self._given(usage)):
            service, covered = terms.service, terms.covered
            earlier = Decimal(before.get(service, "0"))
            free = many if covered is None else min(many, max(Decimal(0), covered - earlier))
            if free:
                lines.append(RatedLine(2 * at, trimmed(free), "each", Decimal(0), f"{service}, covered"))
            if many > free:
                calculation = "" if covered is None else f"{plain(covered)} covered, {plain(earlier)} before"
                charged = trimmed(added((many, -free)))
                lines.append(RatedLine(2 * at + 1, charged, "each", terms.unit_price, service, calculation))
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's number of events by service."""
        if usage.closes(self.per):
            return {}
        before = usage.carried(self.per).get("given", {})
        given = {}
        for terms, many in self._given(usage):
            number = added((Decimal(before.get(terms.service, "0")), many))
            if number:
                given[terms.service] = plain(trimmed(number))
        return usage.window_key(self.per) | {"given": given}

    def _given(self, usage: Usage) -> list[tuple[Coverage, Decimal]]:
        """Count the events of every service on the coverage list."""
        require_parts(usage, "service")
        of_service: dict[str, list[Decimal]] = defaultdict(list)
        for part in usage.parts:
            if part.quantity:
                of_service[part.labels.get("service", "")].append(part.quantity)
        many = {service: added(quantities) for service, quantities in of_service.items()}
        unknown = many.keys() - {terms.service for terms in self.coverage}
        if unknown:
            raise UnpricedUse(f"{', '.join(sorted(unknown))}: not on the coverage list", found=sorted(unknown))
        return [(terms, many.get(terms.service, Decimal(0))) for terms in self.coverage]
