"""Volume price: all units cost the price of the tier that their number reaches, or that another quantity reaches.

Clause: "Up to 10,000 sheets a month each costs 0.014 EUR; who takes more pays 0.012 EUR for each of them."
Clause: "Up to 2,500 full-load hours a kWh costs 0.14 EUR; who has more pays 0.11 EUR for each kWh."
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.carried_state import StateLeftOver
from contracts.clause import Priced
from contracts.pricing.tiers import (
    AboveLast,
    AboveLastTier,
    Tiers,
    free_above,
    priced_within,
    reached,
    tier_labels,
)
from contracts.rated_line import RatedLine, difference
from contracts.rated_usage import CarriedState, UnpricedUse, Usage, exactly
from contracts.schedule import Per
from metering.usage.measure import SUM, Measure
from quantities.conversion import conversion
from quantities.document import YesOrNo
from quantities.exact import Exact, exact_number, exact_text, rounded, scaled, total
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed

#: What the rule calls the use that chooses the tier.
_TIER = "tier"


class Volume(Priced):
    """One price for all units, by their number. Just above a bound, the total can be lower than just below it.

    Attributes:
        above_last: what use above the last tier is, where that one has a bound.
        tier_unit: the unit of the tiers' bounds where another quantity chooses the tier: the use beside it that is
            named ``tier``, added up over the same window. Without it, the priced quantity chooses its own.
        tiers: rising; a bound belongs to the lower tier.
        flat_fee_at_zero: whether the first tier's flat fee is due without any use.
    """

    accepts: ClassVar[Mapping[str, Measure]] = {_TIER: SUM}

    kind: Literal["volume"] = "volume"
    arithmetic: Literal[1] = 1
    above_last: AboveLastTier = None
    tier_unit: Annotated[UnitSymbol | None, Field(exclude_if=lambda unit: unit is None)] = None
    tiers: Tiers
    flat_fee_at_zero: YesOrNo = True

    @model_validator(mode="after")
    def _chooses_one_tier(self) -> Self:
        alone = not self.by and self.each_day is None and self.above_last is not AboveLast.FREE
        if self.tier_unit is not None and not alone:
            raise ValueError("another quantity chooses one tier for all use: no groups, no days, nothing free above it")
        return self

    @property
    def needs_beside(self) -> frozenset[str]:
        """The use that chooses the tier, where another one does."""
        return frozenset() if self.tier_unit is None else frozenset({_TIER})

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: the flat fee of the tier reached, if it has one, and all units at its price.

        Raises:
            UseAboveLastTier: a part of it is above the last tier, and refused.
        """
        if not quantity and not self.flat_fee_at_zero:
            return ()
        bounds = [tier.up_to for tier in self.tiers]
        within = priced_within(quantity, bounds, self.above_last, self.unit)
        part = reached(bounds, within)
        lines = self.tiers[part].lines(part, within, self.unit, tier_labels(bounds, self.unit)[part])
        return (*lines, *free_above(quantity, bounds, self.unit))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period, or a part of one.

        Args:
            usage: in any unit of the kind of ``unit``; with ``tier_unit``, the auxiliary use ``tier`` beside it.

        Returns:
            As every rule that prices a quantity.

        Raises:
            IncompatibleUnit: ``usage``, or the use that chooses the tier, measures something else.
            NegativeUse: one of them is below zero.
            UnpricedUse: there is no use to choose the tier.
            UseAboveLastTier: what chooses it is above the last one.
        """
        if self.tier_unit is None:
            return super().rate(usage)
        used, choosing = exactly(usage, self.unit), self._choosing(usage)
        before = usage.carried(self.per)
        if not before:
            return self._at_tier_of(used, choosing)
        used_before, chose_before = exact_number(before["used"]), self._chose(before)
        return difference(
            self._at_tier_of(total((used_before, used)), total((chose_before, choosing))),
            self._at_tier_of(used_before, chose_before),
        )

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the use of the window so far, and what has chosen its tier.

        Raises:
            StateLeftOver: nothing of the window has chosen a tier yet; within a billing period sums begin anew instead.
        """
        values = super().open(state, usage)
        if not values or self.tier_unit is None or _TIER in values:
            return values
        if self.per is Per.PERIOD:
            return {}
        detail = "what has chosen the tier of the window so far is not known: begin it with another window"
        raise StateLeftOver(detail, found="tier_unit", expected="used")

    def specimen(self, usage: Usage) -> CarriedState:
        """A window without use, of which nothing has chosen a tier."""
        values = super().specimen(usage)
        return {**values, _TIER: {self.tier_unit: "0"}} if values and self.tier_unit is not None else values

    def close(self, usage: Usage) -> CarriedState:
        """Carry what the window has used so far, and what has chosen its tier, until it ends."""
        values = super().close(usage)
        if not values or self.tier_unit is None:
            return values
        so_far = total((self._chose(usage.carried(self.per)), self._choosing(usage)))
        return {**values, _TIER: {self.tier_unit: exact_text(so_far)}}

    def _at_tier_of(self, used: Exact, choosing: Exact) -> tuple[RatedLine, ...]:
        """Price a quantity at the tier that another quantity reaches."""
        quantity, reaches, unit = rounded(used), rounded(choosing), self.tier_unit or self.unit
        if not quantity and not self.flat_fee_at_zero:
            return ()
        bounds = [tier.up_to for tier in self.tiers]
        part = reached(bounds, priced_within(reaches, bounds, self.above_last, unit))
        why = f"{plain(trimmed(reaches))} {unit} choose the tier"
        lines = self.tiers[part].lines(part, quantity, self.unit, tier_labels(bounds, unit)[part])
        return tuple(
            replace(line, calculation=f"{why}; {line.calculation}" if line.calculation else why) for line in lines
        )

    def _choosing(self, usage: Usage) -> Exact:
        chooser = usage.auxiliary_usage.get(_TIER)
        if chooser is None or self.tier_unit is None:
            raise UnpricedUse("no use beside it chooses the tier", expected=_TIER)
        return exactly(chooser, self.tier_unit)

    def _chose(self, values: Mapping[str, Any]) -> Exact:
        """Read what has chosen the tier of the window before these days, in ``tier_unit``."""
        chose: Mapping[str, str] = values.get(_TIER, {})
        to = self.tier_unit or self.unit
        return total(scaled(exact_number(number), conversion(unit, to)) for unit, number in chose.items())
