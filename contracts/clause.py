"""What every pricing rule has in common: the stage in which it is computed, what it counts, and how it is rated."""

from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from contracts.rated_line import Nature, RatedLine, difference
from contracts.rated_usage import CarriedState, Usage, in_unit
from contracts.schedule import Per
from metering.usage.measure import SUM, Measure
from quantities.arithmetic import added
from quantities.names import UnitSymbol
from quantities.terms import Terms


class Stage(StrEnum):
    """When a charge is computed: in this order, and a stage sees the amounts of the stages before it.

    A minimum comes before the malus: computed after it, the minimum would bill again what the malus takes off.
    """

    PRICE = "price"
    BOUND = "bound"
    ADJUST = "adjust"
    DISCOUNT = "discount"


class Rule(Terms):
    """A pricing rule. Its arithmetic has a number: a change of it is a new number, and the old one stays callable.

    Attributes:
        stage: when it is computed.
        counts: True for a rule that prices a register's or a named use's quantity.
        nature: of its amounts, unless the charge states another.
        needs: how the further uses are measured without which it cannot be rated, by the rule's names for them.
        accepts: how further uses are measured that it takes into account where the charge names them.
    """

    stage: ClassVar[Stage] = Stage.PRICE
    counts: ClassVar[bool] = True
    nature: ClassVar[Nature] = Nature.CONSIDERATION
    needs: ClassVar[Mapping[str, Measure]] = {}
    accepts: ClassVar[Mapping[str, Measure]] = {}

    kind: str

    @property
    def billed_in_advance(self) -> bool:
        """Whether it is billed before its period."""
        return False

    @property
    def auxiliary_measures(self) -> Mapping[str, Measure]:
        """How the further uses that it needs or accepts are measured, by the rule's names for them."""
        return {**self.needs, **self.accepts}

    @property
    def follows(self) -> frozenset[str]:
        """The published series whose value of each billed month is one of its prices."""
        return frozenset()

    @property
    def priced_unit(self) -> str | None:
        """The unit that the use is converted to before it is priced; None for a rule that takes any unit."""
        return getattr(self, "unit", None)

    @property
    def measure(self) -> Measure:
        """How the use is measured, and what of it is kept apart; the sum, unless the rule needs more."""
        return SUM

    @property
    def is_stateful(self) -> bool:
        """Whether a billing period depends on those before it."""
        return getattr(self, "per", Per.PERIOD) is not Per.PERIOD

    @abstractmethod
    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period, or a part of one.

        Returns:
            Lines, unrounded; a part of the rule keeps its line number whatever other lines there are.
        """

    def close(self, usage: Usage) -> CarriedState:
        """Compute what the clause carries into the next period; empty for a rule without state."""
        return {}


class OverAmounts(Rule):
    """A rule that is computed from the amounts of other charges.

    Attributes:
        of: the names of these charges; without any, all charges computed before it.
    """

    counts: ClassVar[bool] = False

    of: tuple[str, ...] = ()


class Priced(Rule):
    """A rule whose price depends on the quantity used over a billing period or a longer window.

    In a longer window, and where a price changes within a period, the rating is cumulative: the cost of the window so
    far, less its cost before this stretch.

    Attributes:
        per: the window over which use is added up.
        unit: of the priced quantity.
    """

    per: Per = Per.PERIOD
    unit: UnitSymbol

    @abstractmethod
    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``, not below zero.

        Returns:
            Lines, unrounded, with the same part numbers for every quantity.
        """

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period, or a part of one.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            Lines in the order of their parts; where the window began earlier, the difference to its previous rating.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the quantity is below zero.
        """
        used, before = in_unit(usage, self.unit), usage.carried(self.per)
        if not before:
            return self.price(used)
        earlier = Decimal(str(before["used"]))
        return difference(self.price(added((earlier, used))), self.price(earlier))

    def close(self, usage: Usage) -> CarriedState:
        """Carry what the window has used so far, until it ends."""
        if usage.closes(self.per):
            return {}
        return usage.carry(self.per, usage.so_far(self.per, used=in_unit(usage, self.unit)))
