"""Energy guarantee: a promised use, of a window or of a unit of output, and compensation for what is used beyond it.

Clause: "The contractor guarantees that the plant uses at most 1,000,000 kWh a year; it pays 0.20 for every kWh beyond."
Or: "… at most 0.12 kWh a m³ of compressed air", or "… 10 gallons an hour; 1.00 a gallon above the stated burn, yearly".

There is no M&V plan and no baseline: what a meter counts is held against a number that the parties agreed.

Source: the fuel guarantees of machine dealers (1 USD a gallon above the stated burn, paid yearly); GB/T 24915-2020,
guaranteed-savings type, for the dead band.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.carried_state import StateOfUnknownForm
from contracts.clause import Rule
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, UnpricedUse, Usage, exact_or_nothing, exactly
from contracts.savings_pricing.over_savings import share_of_window
from contracts.savings_pricing.savings_guarantee import DeadBand
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import product, quotient
from quantities.conversion import conversion
from quantities.errors import UsufructError
from quantities.exact import Exact, exact_number, exact_text, multiplied, rounded, scaled, subtracted
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude

_HUNDRED, _ZERO = Decimal(100), Decimal(0)
#: A promised use by contract year; the last one counts for all later years.
Promises = Annotated[tuple[Annotated[Magnitude, Field(ge=0)], ...], Field(min_length=1)]


class EnergyGuarantee(Rule):
    """A promised use, compared with what every window used.

    Attributes:
        unit: of the use.
        guaranteed: by contract year, for a whole window; for a part of it, its share by days that are not suspended.
        guaranteed_a_unit: instead of it, by contract year for a unit of output; the output is the auxiliary usage
            named ``output``.
        output_unit: of the output.
        price: of a unit beyond the promise, or below it.
        per: the window that is compared with the promise.
        dead_band_percent: how far above the promise nothing is owed.
        dead_band: what is owed beyond the dead band.
        at_most: the highest compensation of a window.
        bonus_percent: the supplier's share of what is used less than promised.
    """

    prices: ClassVar = ("price", "at_most")
    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION
    accepts: ClassVar = {"output": Measure()}
    carried_quantities: ClassVar = frozenset({"used"})

    kind: Literal["energy_guarantee"] = "energy_guarantee"
    arithmetic: Literal[2] = 2  # from 2 on, a nature that the charge states holds for every line
    unit: UnitSymbol
    guaranteed: Promises | None = None
    guaranteed_a_unit: Promises | None = None
    output_unit: UnitSymbol | None = None
    price: Annotated[Amount, Field(gt=0)]
    per: Per = Per.YEAR
    dead_band_percent: Annotated[Magnitude, Field(ge=0)] = _ZERO
    dead_band: DeadBand = DeadBand.GATES
    at_most: Annotated[Amount, Field(ge=0)] | None = None
    bonus_percent: Annotated[Magnitude, Field(ge=0, le=100)] = _ZERO

    @model_validator(mode="after")
    def _promises_one_thing(self) -> Self:
        if (self.guaranteed is None) is (self.guaranteed_a_unit is None):
            raise ValueError("a use is promised for a window (guaranteed) or for a unit of output: name one of both")
        if (self.guaranteed_a_unit is None) is not (self.output_unit is None):
            raise ValueError("what is promised for a unit of output names its output_unit, and nothing else does")
        return self

    @property
    def needs_beside(self) -> frozenset[str]:
        """The uses beside its own without which it cannot be rated: the output that a promise is for."""
        return frozenset({"output"}) if self.guaranteed_a_unit is not None else frozenset()

    @property
    def units_beside(self) -> Mapping[str, str]:
        """The unit that the output is converted to."""
        return {} if self.output_unit is None else {"output": self.output_unit}

    def specimen(self, usage: Usage) -> CarriedState:
        """The sums of a window that goes on."""
        within = super().specimen(usage)
        return {**within, "output": "0", "output_unit": self.output_unit} if within and self.output_unit else within

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the use and the output of the window.

        Raises:
            StateOfUnknownForm: a window that goes on has carried no output, or in a unit of another kind.
        """
        values = super().open(state, usage)
        if self.output_unit is None or not usage.carried(self.per, values):
            return values
        written = values.get("output_unit", "")
        try:
            factor = conversion(written, self.output_unit)
        except UsufructError as error:
            detail = f"the output of the window is carried in {written or 'no unit'}: promise by it when it has closed"
            raise StateOfUnknownForm(detail, found=self.output_unit, expected=written) from error
        output = exact_text(scaled(exact_number(values["output"]), factor))
        return {**values, "output": output, "output_unit": self.output_unit}

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Compare a window with the promise, when it closes.

        Args:
            usage: in any unit of the kind of ``unit``; with the auxiliary usage ``output`` where one is promised for.

        Returns:
            A negative lump for compensation, or a lump for a bonus; nothing where neither is owed.

        Raises:
            NegativeUse: the quantity is below zero, or nothing was counted.
            UnpricedUse: there is no ``output``.
        """
        if not usage.closes(self.per):
            return ()
        sums = self._sums(usage)
        used, promised = sums["used"], rounded(self._promised(usage, sums))
        comparison = f"used {plain(trimmed(rounded(used)))}, promised {plain(trimmed(promised))} {self.unit}"
        if used > promised:
            owed, why = self._owed(used, promised)
            return (lump(0, -owed, "compensation", f"{comparison}; {why}"),) if owed else ()
        worth = product(rounded(subtracted(promised, used)), self.price)
        bonus = quotient(product(worth, self.bonus_percent), _HUNDRED)
        calculation = f"{comparison}; {plain(self.bonus_percent)} % of {plain(trimmed(worth))}"
        return (lump(1, bonus, "bonus", calculation, Nature.CONSIDERATION),) if bonus else ()

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's use and output."""
        carried = usage.carry(self.per, self._sums(usage))
        return {**carried, "output_unit": self.output_unit} if carried and self.output_unit is not None else carried

    def _sums(self, usage: Usage) -> dict[str, Exact]:
        sums: dict[str, Exact] = {"used": exactly(usage, self.unit)}
        if self.output_unit is not None:
            output = usage.auxiliary_usage.get("output")
            if output is None:
                raise UnpricedUse("what is promised for a unit of output needs the output beside it", found="output")
            sums["output"] = exact_or_nothing(output, self.output_unit)
        return usage.so_far(self.per, **sums)

    def _promised(self, usage: Usage, sums: dict[str, Exact]) -> Exact:
        promises = self.guaranteed or self.guaranteed_a_unit or (_ZERO,)
        promised = promises[min(usage.contract_year, len(promises)) - 1]
        if self.guaranteed_a_unit is not None:
            return multiplied(promised, sums["output"])
        return share_of_window(promised, usage, self.per)

    def _owed(self, used: Exact, promised: Decimal) -> tuple[Decimal, str]:
        """Compute the compensation of what is used beyond the promise, and how it was computed."""
        edge = quotient(product(promised, _HUNDRED + self.dead_band_percent), _HUNDRED)
        if used <= edge:
            return _ZERO, ""
        over = rounded(subtracted(used, promised if self.dead_band is DeadBand.GATES else edge))
        owed, why = product(over, self.price), f"{plain(trimmed(over))} × {plain(self.price)}"
        if self.at_most is not None and owed > self.at_most:
            return self.at_most, f"{why}, at most {plain(self.at_most)}"
        return owed, why
