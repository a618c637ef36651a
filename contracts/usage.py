"""Named uses: what a charge prices, of a register or several, of a band, of a state, or by a formula."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.formula import Formula
from metering.usage.aggregation import Aggregation
from quantities.calendars import Calendar
from quantities.document import WholeNumber, YesOrNo
from quantities.names import Name, UnitSymbol
from quantities.terms import Terms


class NamedUse(Terms):
    """A use with a name of its own.

    Attributes:
        name: unique in the contract; what charges and formulas call it. In a formula it is one word.
        registers: whose use it is; several are added up, which have one kind.
        aggregation: what is asked of the readings.
        block_minutes: how long the block of a demand is.
        sliding: whether a block may start at any interval.
        calendar: bands of the local clock, of which only ``band`` counts.
        band: which.
        where: dimensions that rows must state.
        states: of a state register, those whose time counts; the used ones, unless some are named.
        formula: over other named uses, instead of registers.
        unit: of a formula's result.
    """

    name: Name
    registers: tuple[Name, ...] = ()
    aggregation: Aggregation = Aggregation.SUM
    block_minutes: Annotated[WholeNumber, Field(ge=1, le=1440)] = 15
    sliding: YesOrNo = False
    calendar: Calendar | None = None
    band: Name | None = None
    where: Mapping[Name, Name] = {}
    states: tuple[Name, ...] = ()
    formula: Formula | None = None
    unit: UnitSymbol | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.registers) is (self.formula is not None):
            raise ValueError("a use is of registers or by a formula: name one of both")
        if (self.formula is None) is not (self.unit is None):
            raise ValueError("a formula says the unit of its result, and only a formula does")
        if (self.calendar is None) is not (self.band is None):
            raise ValueError("a band is one of a calendar: name both or none")
        if self.calendar is not None and self.band not in self.calendar.names:
            raise ValueError(f"{self.band} is no band of the calendar")
        if len({*self.registers}) < len(self.registers):
            raise ValueError("a register counts once")
        if self.formula is not None and (self.where or self.states or self.calendar):
            raise ValueError("a formula is over other uses: bands, states and dimensions are theirs")
        return self
