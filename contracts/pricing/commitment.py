"""Minimum commitment: one price up to the committed use, another one above it, and missing use is billed.

Clause: "150 hours a quarter and 700 a year are guaranteed at 92 EUR; what is missing is invoiced after the quarter and
the year, hours above cost 1.1 times the rate."
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import Rule
from contracts.proration import Proration, window_share
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import CarriedState, NegativeUse, UnpricedUse, Usage, exactly, require_parts
from contracts.schedule import BillingPeriod, Per
from metering.usage.measure import Measure
from quantities.arithmetic import product, quotient
from quantities.calendars import Calendar
from quantities.conversion import conversion
from quantities.document import WholeNumber, YesOrNo
from quantities.exact import Exact, exact_number, exact_text, multiplied, rounded, scaled, subtracted, total
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms

_HUNDRED = Decimal(100)
_RESTARTS_FROM_LONGER = 2
_HOURS_A_DAY = 24
_LENGTHS = list(Per)
_LEAP_DAY = (2, 29)


class Capacity(Terms):
    """A commitment to a share of the equipment's capacity.

    Attributes:
        a_day: the capacity of a day.
        percent: the committed share of it.
        in_service: the first day that counts; without it, the first day of the window.
        years: for how many years from then on the commitment lasts; without it, for ever.
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

    def over(self, window: BillingPeriod, paused: tuple[tuple[date, date], ...]) -> Decimal:
        """Compute the commitment for the days of a window, without those of suspensions."""
        counted = self.counted(window, paused)
        return (
            Decimal(0)
            if counted is None
            else quotient(product(self.a_day, Decimal(counted.days), self.percent), _HUNDRED)
        )

    def counted(self, window: BillingPeriod, paused: tuple[tuple[date, date], ...]) -> BillingPeriod | None:
        """Keep the days of a window that count; None if there are none."""
        if self.in_service is None:
            return window
        met = window.meet(self.in_service, self._until(self.in_service))
        return None if met is None else met.without_paused(paused)

    @property
    def edges(self) -> Mapping[str, date]:
        """The first day that counts, and the day after the last one, by the name of the field that says so."""
        if self.in_service is None:
            return {}
        until = self._until(self.in_service)
        return {"in_service": self.in_service, **({} if until is None else {"years": until})}

    def _until(self, first: date) -> date | None:
        if self.years is None:
            return None
        day = 28 if (first.month, first.day) == _LEAP_DAY else first.day
        return date(first.year + self.years, first.month, day)


class Committed(Terms):
    """The commitment of a window: a quantity, an amount, or a share of a capacity.

    Attributes:
        per: the window.
        quantity: in the rule's unit, for a whole window.
        amount: of money, for a whole window.
        capacity: by days.
        true_up: whether missing use is billed when the window ends.
        proration: the commitment of a part of a window.
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
        if sum(stated is not None for stated in (self.quantity, self.amount, self.capacity)) != 1:
            raise ValueError("a commitment is a quantity, an amount or a capacity: name one")
        return self


class Commitment(Rule):
    """A price per unit, with commitments.

    Attributes:
        unit: of the priced quantity.
        unit_price: up to the first commitment.
        committed: by rising windows. What is billed as missing in a shorter window counts towards the longer ones.
        overage_factor: the price of a unit above the first commitment, as a multiple of ``unit_price``.
        each_hour: whether the first commitment holds for every hour by itself; hours without a reading do not count. Of
            a capacity, an hour has the 24th part of a day's.
        calendar: bands of the clock, of which only ``band`` is priced.
        band: the name of that band.
    """

    prices: ClassVar = ("unit_price",)
    carried_quantities: ClassVar = frozenset({"used", "made_up"})

    kind: Literal["commitment"] = "commitment"
    arithmetic: Literal[1, 2, 3] = 3
    unit: UnitSymbol
    unit_price: Annotated[Amount, Field(ge=0)]
    committed: Annotated[tuple[Committed, ...], Field(min_length=1)]
    overage_factor: Annotated[Magnitude, Field(ge=0)] = Decimal(1)
    each_hour: YesOrNo = False
    calendar: Calendar | None = None
    band: Name | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if len({committed.amount is None for committed in self.committed}) > 1:
            raise ValueError("commitments are all of quantities or all of amounts")
        lengths = [_LENGTHS.index(committed.per) for committed in self.committed]
        if any(before >= after for before, after in pairwise(lengths)):
            raise ValueError("commitments are for rising windows, each once")
        if (self.calendar is None) is not (self.band is None):
            raise ValueError("a band is one of a calendar: name both or none")
        return self

    @property
    def measure(self) -> Measure:
        """The sum of the period, of its hours, or of its bands."""
        return Measure(calendar=self.calendar, hourly=self.each_hour)

    @property
    def dividing_days(self) -> Mapping[str, date]:
        """The edges of a capacity that is committed by hours: hours do not tell whose days they are."""
        capacity = self.committed[0].capacity
        if not self.each_hour or capacity is None:
            return {}
        return {f"committed/0/capacity/{field}": day for field, day in capacity.edges.items()}

    @property
    def is_stateful(self) -> bool:
        """Whether a window is longer than a billing period."""
        return any(committed.per is not Per.PERIOD for committed in self.committed)

    @property
    def windows(self) -> tuple[Per, ...]:
        """The windows of its commitments."""
        return tuple(committed.per for committed in self.committed)

    @property
    def carries_money(self) -> bool:
        """Whether amounts are committed."""
        return self.committed[0].amount is not None

    def state_unit(self, usage: Usage) -> str:
        """The unit of the priced quantity; none where amounts are committed."""
        return "" if self.carries_money else self.unit

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over what each window has used, and what was billed as missing in it.

        A window that an amendment adds goes on from one of the same first day that has not ended: both hold the same
        days, unless sums of the period have restarted since. By arithmetic 1 it began with nothing; by arithmetic 2 a
        period that had restarted went on from a longer window of the same first day.
        """
        values = super().open(state, usage)
        if self.arithmetic == 1:
            return values
        restarted = usage.division is not None and usage.division.has_restarted
        if restarted and self.arithmetic > _RESTARTS_FROM_LONGER:
            values = {name: sums for name, sums in values.items() if name != Per.PERIOD.value}
        begun = [per for per in self.windows if per is not Per.PERIOD or not restarted]
        carried = {per: usage.carried(per, values.get(per.value, {})) for per in Per}
        running = {sums["window"]: sums for sums in carried.values() if sums}
        added = {per: usage.window_key(per)["window"] for per in begun if not carried[per]}
        return {**values, **{per.value: running[first] for per, first in added.items() if first in running}}

    def specimen(self, usage: Usage) -> CarriedState:
        """A sum of nothing for each window that goes on."""
        return {per.value: usage.window_key(per) for per in self.windows if not usage.closes(per)}

    def bound(self, committed: Committed, usage: Usage) -> Decimal:
        """Compute the commitment of the window; for a part of a window, its share."""
        window = usage.window(committed.per)
        if committed.capacity is not None:
            return committed.capacity.over(window, self._left_out(usage))
        whole = committed.quantity if committed.quantity is not None else committed.amount
        return product(whole or Decimal(0), window_share(window, committed.proration, self.arithmetic))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``; its parts are hours or bands where ``measure`` asks for them.

        Returns:
            A line for the use within the first commitment, one for the use above it, and one for the missing use of
            every commitment whose window ends.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the quantity is below zero, or that of an hour or a band.
            UnpricedUse: the use is not divided by hours or bands, or which hours of a capacity count is unknown.
        """
        lines, by_amount = [], self.committed[0].amount is not None
        within, above, missing = self._first(usage)
        price, unit = (Decimal(1), "each") if by_amount else (self.unit_price, self.unit)

        def line(part: int, exact: Exact, factor: Decimal, label: str, calculation: str = "") -> RatedLine:
            many = rounded(exact)
            if by_amount:
                return lump(part, product(many, factor), label, calculation)
            return RatedLine(part, trimmed(many), unit, trimmed(product(price, factor)), label, calculation)

        lines.append(line(0, within, Decimal(1), "within the commitment"))
        if above:
            calculation = "" if self.overage_factor == 1 else f"{plain(self.overage_factor)} × {plain(self.unit_price)}"
            lines.append(line(1, above, self.overage_factor, "above the commitment", calculation))
        for at, made_up in enumerate(self._made_up(usage, missing)):
            if made_up:
                committed = self.committed[at]
                bound = plain(trimmed(self.bound(committed, usage)))
                calculation = f"committed {bound} {'' if by_amount else unit}".rstrip()
                lines.append(line(2 + at, made_up, Decimal(1), f"missing to the {committed.per.value}", calculation))
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the use of every window that goes on, and what was billed as missing in it."""
        _, _, missing = self._first(usage)
        made_up, used, state = self._made_up(usage, missing), self._used(usage), dict[str, Any]()
        for at, committed in enumerate(self.committed):
            if usage.closes(committed.per):
                continue
            before = self._before(usage, committed)
            sums = {
                "used": total((exact_number(before.get("used", "0")), used)),
                "made_up": total((exact_number(before.get("made_up", "0")), *made_up[: at + 1])),
            }
            written = {name: exact_text(number) for name, number in sums.items()}
            state[committed.per.value] = usage.window_key(committed.per) | written
        return state

    def _first(self, usage: Usage) -> tuple[Exact, Exact, Exact]:
        """Divide this stretch's use at the first commitment: the use within it, above it, and missing.

        Each is in the rule's unit, or money where amounts are committed. Nothing is missing without ``true_up`` or
        before the window closes; with ``each_hour`` every hour is divided by itself, and missing at once.
        """
        first = self.committed[0]
        if self.each_hour:
            bound, nothing = self._bound_of_hour(usage), Decimal(0)
            hours = [self._worth(part, usage.unit) for part in self._parts(usage)]
            return (
                total(min(hour, bound) for hour in hours),
                total(max(nothing, subtracted(hour, bound)) for hour in hours),
                total(max(nothing, subtracted(bound, hour)) for hour in hours) if first.true_up else nothing,
            )
        bound, used, carried = self.bound(first, usage), self._used(usage), self._before(usage, first)
        before = exact_number(carried.get("used", "0"))
        so_far = total((before, used))
        within = subtracted(min(so_far, bound), min(before, bound))
        ends = first.true_up and usage.closes(first.per)
        # Of commitments that are gone: what they have billed as missing. By arithmetic 1 it did not count.
        made_up = exact_number(carried.get("made_up", "0")) if self.arithmetic > 1 else Decimal(0)
        missing = max(Decimal(0), subtracted(bound, total((so_far, made_up)))) if ends else Decimal(0)
        return within, subtracted(used, within), missing

    def _bound_of_hour(self, usage: Usage) -> Exact:
        """Tell the commitment of an hour: what is stated, or the 24th part of a day's capacity while it counts.

        Raises:
            UnpricedUse: the capacity counts for a part of the days, and hours do not tell whose they are.
        """
        first = self.committed[0]
        if first.capacity is None:
            return first.quantity or first.amount or Decimal(0)
        counted = first.capacity.counted(usage.period, self._left_out(usage))
        if counted is not None and counted.days < usage.period.days:
            detail = f"the capacity counts for a part of the days from {usage.period.first} on; divide the period there"
            raise UnpricedUse(detail, found=str(first.capacity.in_service))
        if counted is None:
            return Decimal(0)
        return multiplied(product(first.capacity.a_day, first.capacity.percent), Fraction(1, 100 * _HOURS_A_DAY))

    def _made_up(self, usage: Usage, first_missing: Exact) -> list[Exact]:
        """Compute the missing use that is billed, by commitment; what shorter windows bill counts for longer ones."""
        made_up, used = [first_missing], self._used(usage)
        for committed in self.committed[1:]:
            before = self._before(usage, committed)
            earlier = [exact_number(before.get(name, "0")) for name in ("used", "made_up")]
            counted = total((*earlier, used, *made_up))
            ends = committed.true_up and usage.closes(committed.per)
            bound = self.bound(committed, usage) if ends else Decimal(0)
            made_up.append(max(Decimal(0), subtracted(bound, counted)))
        return made_up

    def _left_out(self, usage: Usage) -> tuple[tuple[date, date], ...]:
        """List the suspensions, whose days are not committed; by arithmetic 1 they were, from a day in service on."""
        return usage.life.paused if self.arithmetic > 1 else ()

    def _before(self, usage: Usage, committed: Committed) -> dict[str, Any]:
        return dict(usage.carried(committed.per, usage.opening.get(committed.per.value, {})))

    def _parts(self, usage: Usage) -> list[Exact]:
        """List the quantities that are priced, by hour or of the band.

        Raises:
            NegativeUse: one of them is below zero.
            UnpricedUse: the use is not divided.
        """
        require_parts(usage, "hours" if self.each_hour else "the bands of its calendar")
        quantities = [part.exactly for part in usage.parts if self.band is None or part.labels.get("band") == self.band]
        lowest = min(quantities, default=Decimal(0))
        if lowest < 0:
            raise NegativeUse(f"an hour or band has {lowest} {usage.unit} to rate", found=str(lowest))
        return quantities

    def _used(self, usage: Usage) -> Exact:
        whole = exactly(usage, self.unit)
        if self.band is not None or self.each_hour:
            return self._worth(total(self._parts(usage)), usage.unit)
        return self._worth(whole, self.unit)

    def _worth(self, quantity: Exact, unit: str) -> Exact:
        """Express a use as the commitments are: in the rule's unit, or as money."""
        many = scaled(quantity, conversion(unit, self.unit))
        return many if self.committed[0].amount is None else multiplied(many, self.unit_price)
