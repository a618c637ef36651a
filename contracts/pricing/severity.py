"""Severity: the rate of an hour depends on the ratio of hours to cycles, which says how hard an hour is.

Clause: "The rate is agreed at 1.90 hours a cycle; every six months it is set anew by the severity table from the ratio
of the half-year before."
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import Rule
from contracts.rated_line import RatedLine
from contracts.rated_usage import CarriedState, Usage, exact_or_nothing, exactly, in_unit
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import product, quotient
from quantities.conversion import conversion
from quantities.document import WholeNumber
from quantities.exact import Exact, exact_number, exact_text, rounded, scaled, total
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms


class SeverityStep(Terms):
    """The factor on the rate from a ratio on."""

    from_ratio: Annotated[Magnitude, Field(ge=0)]
    factor: Annotated[Magnitude, Field(gt=0)]


def _rising(table: tuple[SeverityStep, ...]) -> tuple[SeverityStep, ...]:
    if table[0].from_ratio != 0 or any(before.from_ratio >= after.from_ratio for before, after in pairwise(table)):
        raise ValueError("a severity table begins at 0 and rises")
    return table


SeverityTable: TypeAlias = Annotated[tuple[SeverityStep, ...], Field(min_length=1), AfterValidator(_rising)]


class Severity(Rule):
    """A price per hour times a factor, which is set anew at the end of every window.

    Attributes:
        unit: of the hours.
        unit_price: at a factor of 1.
        table: the factors by rising ratio.
        agreed_ratio: the hours per cycle that count until the first window has ended.
        reset: the window.
        ratio_places: to how many places the ratio is rounded, half away from zero.
    """

    needs: ClassVar[Mapping[str, Measure]] = {"cycles": Measure()}
    prices: ClassVar = ("unit_price",)
    carried_quantities: ClassVar = frozenset({"hours", "ratio"})

    kind: Literal["severity"] = "severity"
    arithmetic: Literal[1, 2, 3] = 3
    unit: UnitSymbol
    unit_price: Annotated[Amount, Field(ge=0)]
    table: SeverityTable
    agreed_ratio: Annotated[Magnitude, Field(gt=0)]
    reset: Per = Per.HALF_YEAR
    ratio_places: Annotated[WholeNumber, Field(ge=0, le=12)] = 2

    @property
    def is_stateful(self) -> bool:
        """The ratio is that of the window before."""
        return True

    @property
    def windows(self) -> tuple[Per, ...]:
        """The window after which the ratio is set anew."""
        return (self.reset,)

    def specimen(self, usage: Usage) -> CarriedState:
        """The agreed ratio, and a window that goes on."""
        return {**super().specimen(usage), "ratio": plain(self.agreed_ratio)}

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the hours of one billing period: one line, at the factor of the ratio of the window before.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the quantity is below zero.
        """
        ratio = exact_number(usage.opening.get("ratio", plain(self.agreed_ratio)))
        factor = next(step.factor for step in reversed(self.table) if ratio >= step.from_ratio)
        price = product(self.unit_price, factor)
        calculation = f"{plain(trimmed(rounded(ratio)))} hours a cycle: {plain(self.unit_price)} × {plain(factor)}"
        return (RatedLine(0, in_unit(usage, self.unit), self.unit, trimmed(price), "", calculation),)

    def _hours(self, usage: Usage) -> Exact:
        """The hours of the ratio: all of them. Arithmetic 1 left out those that are included."""
        if self.arithmetic == 1 or usage.counted is None:
            return exactly(usage, self.unit)
        return scaled(usage.counted, conversion(usage.unit, self.unit))

    def _reached(self, usage: Usage) -> dict[str, str]:
        """The ratio of the last window that had one.

        The earlier arithmetics carried the agreed ratio as if it was reached, so that another one, agreed before the
        first window had ended, did not count.
        """
        otherwise = None if self.arithmetic > 2 else plain(self.agreed_ratio)  # noqa: PLR2004 a number of arithmetic
        ratio = usage.opening.get("ratio", otherwise)
        return {} if ratio is None else {"ratio": ratio}

    def close(self, usage: Usage) -> CarriedState:
        """Carry the ratio in force, and the window's hours and cycles until it ends."""
        carried, cycles = usage.carried(self.reset), usage.auxiliary_usage["cycles"]
        hours = total((exact_number(carried.get("hours", "0")), self._hours(usage)))
        many = total((exact_number(carried.get("cycles", "0")), exact_or_nothing(cycles, "cycle")))
        reached = self._reached(usage)
        if not usage.closes(self.reset):
            sums = {"hours": exact_text(hours), "cycles": exact_text(many)}
            return usage.window_key(self.reset) | sums | reached
        if not many:
            return reached  # without a cycle there is no ratio: the one in force stays
        ratio = quotient(rounded(hours), rounded(many))
        return {"ratio": plain(Rounding.HALF_UP.to_places(ratio, self.ratio_places))}
