"""Minimum commitment: use up to what is committed at its price, above at another, and what is missing made up.

Clause: "150 hours a quarter and 700 a year are guaranteed at 92 EUR; what is missing is invoiced after the quarter and
the year, hours above cost 1.1 times the rate."
"""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import CarriedState, RatedLine, Rule, Usage, in_unit, lump
from contracts.proration import Proration, share
from contracts.schedule import BillingPeriod, Per
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.calendars import Calendar
from quantities.conversion import conversion
from quantities.document import WholeNumber, YesOrNo
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude, times
from quantities.terms import Terms

_HUNDRED = Decimal(100)
_LENGTHS = list(Per)
_LEAP_DAY = (2, 29)


class Capacity(Terms):
    """A commitment by what equipment can do.

    Attributes:
        a_day: so much in a day.
        percent: so much of it is committed.
        in_service: the first day that counts; without it, the window's.
        years: how long from then on the commitment lasts; for ever, unless it is said.
    """

    a_day: Annotated[Magnitude, Field(gt=0)]
    percent: Annotated[Magnitude, Field(gt=0, le=100)] = _HUNDRED
    in_service: date | None = None
    years: Annotated[WholeNumber, Field(ge=1, le=100)] | None = None

    @model_validator(mode="after")
    def _lasts_from_a_day(self) -> Self:
        if self.years is not None and self.in_service is None:
            raise ValueError("so many years are counted from a day in service")
        return self

    def over(self, window: BillingPeriod) -> Decimal:
        """Say what is committed over the days of a window."""
        counted: BillingPeriod | None = window
        if self.in_service is not None:
            counted = window.meet(self.in_service, self._until(self.in_service))
        return (
            Decimal(0)
            if counted is None
            else quotient(product(self.a_day, Decimal(counted.days), self.percent), _HUNDRED)
        )

    def _until(self, first: date) -> date | None:
        if self.years is None:
            return None
        day = 28 if (first.month, first.day) == _LEAP_DAY else first.day
        return date(first.year + self.years, first.month, day)


class Committed(Terms):
    """What is committed for a window: a quantity, an amount, or a part of a capacity.

    Attributes:
        per: the window.
        quantity: in the rule's unit, for a whole window.
        amount: of money, for a whole window.
        capacity: by days.
        true_up: whether what is missing is billed when the window ends.
        proration: what a part of a window is bound to.
    """

    prices: ClassVar = ("amount",)

    per: Per = Per.PERIOD
    quantity: Annotated[Magnitude, Field(ge=0)] | None = None
    amount: Annotated[Amount, Field(ge=0)] | None = None
    capacity: Capacity | None = None
    true_up: YesOrNo = True
    proration: Proration = Proration.CALENDAR_DAYS

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(each is not None for each in (self.quantity, self.amount, self.capacity)) != 1:
            raise ValueError("a commitment is a quantity, an amount or a capacity: name one")
        return self

    def over(self, window: BillingPeriod) -> Decimal:
        """Say what is committed for a window, of a part of it a part."""
        if self.capacity is not None:
            return self.capacity.over(window)
        whole = self.quantity if self.quantity is not None else self.amount
        return product(whole or Decimal(0), share(window, self.proration))


class Commitment(Rule):
    """So much a unit, and at least and beyond a commitment.

    Attributes:
        unit: what is priced.
        unit_price: up to the first commitment.
        committed: by rising windows. What a shorter one has made up counts towards the longer ones.
        overage_factor: how many times the price a unit above the first commitment costs.
        each_hour: whether the first commitment is every hour's by itself, of those that have been read.
        calendar: bands of the clock, of which only ``band`` is priced.
        band: which.
    """

    prices: ClassVar = ("unit_price",)

    kind: Literal["commitment"] = "commitment"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    unit_price: Annotated[Amount, Field(ge=0)]
    committed: Annotated[tuple[Committed, ...], Field(min_length=1)]
    overage_factor: Annotated[Magnitude, Field(ge=0)] = Decimal(1)
    each_hour: YesOrNo = False
    calendar: Calendar | None = None
    band: Name | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if len({each.amount is None for each in self.committed}) > 1:
            raise ValueError("commitments are all of quantities or all of amounts")
        lengths = [_LENGTHS.index(each.per) for each in self.committed]
        if any(before >= after for before, after in pairwise(lengths)):
            raise ValueError("commitments are for rising windows, each once")
        if (self.calendar is None) is not (self.band is None):
            raise ValueError("a band is one of a calendar: name both or none")
        return self

    @property
    def measure(self) -> Measure:
        """The period's sum, or its hours, or one band's."""
        return Measure(calendar=self.calendar, hourly=self.each_hour)

    @property
    def is_stateful(self) -> bool:
        """Over windows longer than a period it does."""
        return any(each.per is not Per.PERIOD for each in self.committed)

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``; its parts are hours or bands where those are told apart.

        Returns:
            What is within the commitment, what is above, and for each commitment whose window ends what is missing.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate.
        """
        lines, by_amount = [], self.committed[0].amount is not None
        within, above, missing = self._first(usage)
        price, unit = (Decimal(1), "each") if by_amount else (self.unit_price, self.unit)

        def line(part: int, many: Decimal, factor: Decimal, label: str, calculation: str = "") -> RatedLine:
            if by_amount:
                return lump(part, product(many, factor), label, calculation)
            return RatedLine(part, trimmed(many), unit, trimmed(product(price, factor)), label, calculation)

        lines.append(line(0, within, Decimal(1), "within the commitment"))
        if above:
            calculation = "" if self.overage_factor == 1 else f"{plain(self.overage_factor)} × {plain(self.unit_price)}"
            lines.append(line(1, above, self.overage_factor, "above the commitment", calculation))
        for at, made_up in enumerate(self._made_up(usage, missing)):
            if made_up:
                each = self.committed[at]
                bound = f"committed {plain(trimmed(each.over(usage.window(each.per))))} {'' if by_amount else unit}"
                lines.append(line(2 + at, made_up, Decimal(1), f"missing to the {each.per.value}", bound.rstrip()))
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry, for each window that goes on, what was used in it and what was made up."""
        _, _, missing = self._first(usage)
        made_up, used, state = self._made_up(usage, missing), self._used(usage), {}
        for at, each in enumerate(self.committed):
            if usage.closes(each.per):
                continue
            before = self._before(usage, each)
            sums = {
                "used": added((Decimal(before.get("used", "0")), used)),
                "made_up": added((Decimal(before.get("made_up", "0")), *made_up[: at + 1])),
            }
            state[each.per.value] = usage.mark(each.per) | {name: plain(trimmed(each)) for name, each in sums.items()}
        return state

    def _first(self, usage: Usage) -> tuple[Decimal, Decimal, Decimal]:
        """Divide the use at the first commitment: what is within, what is above, and what is missing at its end."""
        first = self.committed[0]
        if self.each_hour:
            bound = (
                first.over(usage.window(first.per))
                if first.capacity
                else (first.quantity or first.amount or Decimal(0))
            )
            hours = [self._worth(part.quantity, usage.unit) for part in self._parts(usage)]
            return (
                added(min(hour, bound) for hour in hours),
                added(max(Decimal(0), hour - bound) for hour in hours),
                added(max(Decimal(0), bound - hour) for hour in hours) if first.true_up else Decimal(0),
            )
        bound, used = first.over(usage.window(first.per)), self._used(usage)
        before = Decimal(self._before(usage, first).get("used", "0"))
        so_far = added((before, used))
        within = added((min(so_far, bound), min(before, bound).copy_negate()))
        missing = max(Decimal(0), bound - so_far) if first.true_up and usage.closes(first.per) else Decimal(0)
        return within, added((used, within.copy_negate())), missing

    def _made_up(self, usage: Usage, first_missing: Decimal) -> list[Decimal]:
        """Say for each commitment what is billed of what is missing, counting what shorter ones have billed."""
        found, used = [first_missing], self._used(usage)
        for each in self.committed[1:]:
            before = self._before(usage, each)
            has = added((Decimal(before.get("used", "0")), Decimal(before.get("made_up", "0")), used, *found))
            ends = each.true_up and usage.closes(each.per)
            found.append(max(Decimal(0), each.over(usage.window(each.per)) - has) if ends else Decimal(0))
        return found

    def _before(self, usage: Usage, committed: Committed) -> dict[str, Any]:
        return dict(usage.carried(committed.per, usage.opening.get(committed.per.value, {})))

    def _parts(self, usage: Usage) -> list[Any]:
        return [part for part in usage.parts if self.band is None or part.labels.get("band") == self.band]

    def _used(self, usage: Usage) -> Decimal:
        if self.band is not None or self.each_hour:
            return self._worth(added(part.quantity for part in self._parts(usage)), usage.unit)
        return self._worth(in_unit(usage, self.unit), self.unit)

    def _worth(self, quantity: Decimal, unit: str) -> Decimal:
        """Express a use as what is committed is: in the rule's unit, or as money."""
        many = times(quantity, conversion(unit, self.unit))
        return many if self.committed[0].amount is None else product(many, self.unit_price)
