"""Named uses: of one or several registers, of a band or of states of it; a formula over uses; or savings joined."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.formula import Formula, names
from contracts.joined import Carrier
from metering.usage.aggregation import Aggregation
from metering.usage.measure import Measure
from quantities.calendars import Calendar
from quantities.document import WholeNumber, YesOrNo
from quantities.names import Name, UnitSymbol
from quantities.terms import Terms, nothing_by_name


class NamedUse(Terms):
    """A use with a name of its own.

    Attributes:
        name: unique in the contract; charges and formulas name it so. A name used in a formula is one word.
        registers: their uses are added up; they measure one kind of quantity.
        aggregation: what is computed from the readings.
        block_minutes: the length of a demand's block.
        sliding: whether a block may start at any interval.
        calendar: bands of the local clock, of which only ``band`` counts.
        band: the name of that band.
        where: values of dimensions; only rows that state all of them count.
        states: the states of a state register whose time counts; without any, the states that are use.
        formula: over other named uses, instead of registers.
        joined: savings of several carriers, added up by dated factors, instead of registers or a formula.
        unit: of the formula's result, or of the joined energy.
    """

    name: Name
    registers: tuple[Name, ...] = ()
    aggregation: Aggregation = Aggregation.SUM
    block_minutes: Annotated[WholeNumber, Field(ge=1, le=1440)] = 15
    sliding: YesOrNo = False
    calendar: Calendar | None = None
    band: Name | None = None
    where: Mapping[Name, Name] = nothing_by_name()
    states: tuple[Name, ...] = ()
    formula: Formula | None = None
    joined: tuple[Carrier, ...] = ()
    unit: UnitSymbol | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if [bool(self.registers), self.formula is not None, bool(self.joined)].count(True) != 1:
            raise ValueError("a use is of registers, by a formula or joined of savings: name one")
        if bool(self.registers) is not (self.unit is None):
            raise ValueError("a formula or a joining says the unit of its result, and only they do")
        if (self.calendar is None) is not (self.band is None):
            raise ValueError("a band is one of a calendar: name both or none")
        if self.calendar is not None and self.band not in self.calendar.names:
            raise ValueError(f"{self.band} is no band of the calendar")
        if len({*self.registers}) < len(self.registers):
            raise ValueError("a register counts once")
        if not self.registers and (self.where or self.states or self.calendar):
            raise ValueError("a formula or a joining is over other uses: bands, states and dimensions are theirs")
        return self

    @property
    def inner_uses(self) -> tuple[str, ...]:
        """The uses that a formula names, or the savings that are joined; none of registers."""
        if self.formula is not None:
            return names(self.formula)
        return tuple(carrier.saving for carrier in self.joined)

    def measured_for(self, asked: Measure) -> Measure:
        """Join the use's own aggregation, calendar and states with what a rule asks; its own aggregation goes first."""
        has_own = self.aggregation is not Aggregation.SUM
        if not (has_own or self.calendar or self.states):
            return asked
        return replace(
            asked,
            aggregation=self.aggregation if has_own else asked.aggregation,
            block_minutes=self.block_minutes if has_own else asked.block_minutes,
            sliding=self.sliding if has_own else asked.sliding,
            calendar=asked.calendar or self.calendar,
            states=asked.states or bool(self.states),
        )
