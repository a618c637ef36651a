"""What every pricing rule has in common: the stage in which it is computed, what it counts, and how it is rated."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, ClassVar, Self, TypeGuard, get_args

from pydantic import Field, model_validator

from contracts.by_day import EachDay, price_by_day
from contracts.carried_state import KnownState, StateLeftOver, StateOfAnotherRule, StateReader, known
from contracts.groups import by_groups, first_numbers
from contracts.rated_line import Nature, RatedLine, difference
from contracts.rated_usage import CarriedState, Usage, exactly, together
from contracts.schedule import Per
from metering.usage.aggregation import Aggregation
from metering.usage.measure import SUM, Measure
from quantities.exact import Exact, exact_number, exact_text, rounded, total
from quantities.names import Name, UnitSymbol
from quantities.terms import Terms


class Stage(StrEnum):
    """When a charge is computed: in this order, and a stage sees the amounts of the stages before it.

    A minimum comes before the malus: computed after it, the minimum would bill again what the malus takes off. What was
    paid before is drawn last, on what is owed in the end.
    """

    PRICE = "price"
    BOUND = "bound"
    ADJUST = "adjust"
    DISCOUNT = "discount"
    DRAW = "draw"


class Rule(Terms):
    """A pricing rule. Its arithmetic has a number: a change of it is a new number, and the old one stays callable.

    Attributes:
        stage: when it is computed.
        counts: True for a rule that prices a register's or a named use's quantity.
        sees_amounts: True for one that is computed from the amounts of other charges.
        nature: of its amounts, unless the charge states another.
        needs: how the further uses are measured without which it cannot be rated, by the rule's names for them.
        accepts: how further uses are measured that it takes into account where the charge names them.
        carried_quantities: the names of what it carries in ``state_unit``.
        carried_prices: the names of what it carries for one unit of ``state_unit``.
    """

    stage: ClassVar[Stage] = Stage.PRICE
    counts: ClassVar[bool] = True
    sees_amounts: ClassVar[bool] = False
    nature: ClassVar[Nature] = Nature.CONSIDERATION
    needs: ClassVar[Mapping[str, Measure]] = {}
    accepts: ClassVar[Mapping[str, Measure]] = {}
    carried_quantities: ClassVar[frozenset[str]] = frozenset()
    carried_prices: ClassVar[frozenset[str]] = frozenset()

    kind: str

    @property
    def billed_in_advance(self) -> bool:
        """Whether it is billed before its period."""
        return False

    @property
    def claimed_on(self) -> date | None:
        """The day on which what it claims, or draws on, falls due; None for a rule that has no such day."""
        return None

    @property
    def auxiliary_measures(self) -> Mapping[str, Measure]:
        """How the further uses that it needs or accepts are measured, by the rule's names for them."""
        return {**self.needs, **self.accepts} if self.accepts else self.needs

    @property
    def needs_beside(self) -> frozenset[str]:
        """The names of the further uses without which it cannot be rated, by these terms."""
        return frozenset(self.needs)

    @property
    def units_beside(self) -> Mapping[str, str]:
        """The units that further uses are converted to, by its names for them; of a rule that takes any, none."""
        return {}

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

    @property
    def is_priced_by_days(self) -> bool:
        """Whether a price that moves within a period counts for the days from then on; otherwise from the next one."""
        return False

    @property
    def dividing_days(self) -> Mapping[str, date]:
        """The days that billed days do not reach across, by the place of the field that says so in the rule."""
        return {}

    @property
    def windows(self) -> tuple[Per, ...]:
        """The windows over which it adds up."""
        per: Per | None = getattr(self, "per", None)
        return () if per is None else (per,)

    @property
    def carries_money(self) -> bool:
        """Whether amounts are part of what it carries."""
        return False

    @property
    def opens(self) -> frozenset[str]:
        """The kinds of rules whose state means the same to it."""
        return frozenset({self.kind})

    def state_unit(self, usage: Usage) -> str:
        """The unit of the quantities that it carries; empty for a rule that carries none."""
        return str(getattr(self, "unit", ""))

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over what was carried into the billed days, for ``rate`` and ``close`` to find in ``usage.opening``.

        Args:
            state: as ``state`` wrote it: of this rule, or of another version of it; or the bare values of an earlier
                release, which are taken as if this rule had written them.
            usage: the billed days, with the life and the currency of their contract.

        Returns:
            The values, in the unit of this rule and for its windows; quantities are converted exactly.

        Raises:
            UnopenedState: they cannot be taken over; the reason is its class.
        """
        if not state:
            return {}
        written = known(state)
        if written is None:
            return self.from_bare(state, usage)
        reader = StateReader(
            kind=self.kind,
            kinds=self.opens,
            arithmetics=_arithmetics(type(self)),
            unit=self.state_unit(usage),
            windows=self.windows,
            quantities=self.carried_quantities,
            prices=self.carried_prices,
            from_bare=self.from_bare,
        )
        return reader.values(written, usage)

    def state(self, usage: Usage) -> CarriedState:
        """Write what the clause carries into the next period, so that it knows what it is; empty for nothing."""
        values = self.close(usage)
        return self.state_of(values, usage) if values else {}

    def state_of(self, values: CarriedState, usage: Usage) -> CarriedState:
        """Write values of this rule as a state."""
        per = self.windows[0].value if len(self.windows) == 1 else ""
        return KnownState(
            kind=self.kind,
            arithmetic=self.number_of_arithmetic,
            unit=self.state_unit(usage),
            values=values,
            per=per,
            currency=usage.currency if self.carries_money else "",
        ).written()

    @property
    def number_of_arithmetic(self) -> int:
        """The number of the arithmetic by which it is rated."""
        return int(getattr(self, "arithmetic", 1))

    def from_bare(self, values: CarriedState, usage: Usage) -> CarriedState:
        """Read the values that a release before states knew what they are has written by this rule."""
        return values

    def specimen(self, usage: Usage) -> CarriedState:
        """Make values such as these days would carry on, with sums of zero: to find out early who can open them."""
        return next((usage.window_key(per) for per in self.windows if not usage.closes(per)), {})

    @abstractmethod
    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period, or a part of one.

        Returns:
            Lines, unrounded; a part of the rule keeps its line number whatever other lines there are.
        """

    def close(self, usage: Usage) -> CarriedState:
        """Compute what the clause carries into the next period; empty for a rule without state."""
        return {}

    @property
    def needs_covered_periods(self) -> bool:
        """Whether a saving that it prices must be covered in each period; one that knows what it settles holds that."""
        return True

    @property
    def counts_invoiced(self) -> bool:
        """Whether what is invoiced in the end, and not what it came to, decides what it goes on from."""
        return False

    def invoiced(self, values: CarriedState, more: Decimal) -> CarriedState:
        """Take into account what was invoiced of a period besides what the rule came to: bounds, discounts, roundings.

        Args:
            values: as ``close`` wrote them.
            more: what was invoiced less what the rule came to; mostly below zero.
        """
        return values


@cache
def _kinds_of(rules: type[Rule]) -> frozenset[str]:
    return frozenset(str(rule.model_fields["kind"].default) for rule in rules.__subclasses__())


@cache
def _arithmetics(rule: type[Rule]) -> frozenset[int]:
    return frozenset(get_args(rule.model_fields["arithmetic"].annotation))


class OverAmounts(Rule):
    """A rule that is computed from the amounts of other charges.

    Attributes:
        of: the names of these charges; without any, all charges computed before it.
        is_of_their_kind: whether its own amounts are of the kind of theirs: a bound of damages is damages.
        takes_rests: whether it is computed from what others leave of each charge, and not from sums.
        takes_nets: whether it is computed from what each charge is billed with in the end, to the cent.
    """

    counts: ClassVar[bool] = False
    sees_amounts: ClassVar[bool] = True
    is_of_their_kind: ClassVar[bool] = True
    takes_rests: ClassVar[bool] = False
    takes_nets: ClassVar[bool] = False

    of: tuple[str, ...] = ()


def is_over_amounts(rule: Rule) -> TypeGuard[OverAmounts]:
    """Tell whether a rule is one over amounts: for the type checker as well, and quicker than by its class."""
    return rule.sees_amounts


class OfPeriod(Rule):
    """A rule over all that a billing period used, which carries nothing from one to the next.

    Where a change of terms divides a period and its sums go on, the days before count as well: what the period comes to
    so far by the new terms, less what it came to before by the same terms.
    """

    @abstractmethod
    def of_period(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate all that was used; the errors are those of ``rate``."""

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period, or a part of one."""
        if not usage.earlier:
            return self.of_period(usage)
        before = [days.usage for days in usage.earlier]
        so_far, earlier = (together(some, usage.unit) for some in ([*before, usage], before))
        return difference(self.of_period(so_far), self.of_period(earlier))


class Priced(Rule):
    """A rule whose price depends on the quantity used over a billing period or a longer window.

    In a longer window, and where a price changes within a period, the rating is cumulative: the cost of the window so
    far, less its cost before this stretch.

    Attributes:
        per: the window over which use is added up.
        unit: of the priced quantity.
        by: dimensions of the use. Each group that is there (a site, an asset, a cost centre) is priced by itself, with
            lines of its own; no group is listed.
        each_day: where the use of each day is priced by itself: as a ``share`` of the period or in ``full``.
    """

    carried_quantities: ClassVar[frozenset[str]] = frozenset({"used"})

    per: Per = Per.PERIOD
    unit: UnitSymbol
    by: Annotated[tuple[Name, ...], Field(exclude_if=lambda by: not by)] = ()
    each_day: Annotated[EachDay | None, Field(exclude_if=lambda each_day: each_day is None)] = None

    @model_validator(mode="after")
    def _prices_days_of_one_period(self) -> Self:
        if self.each_day is not None and (self.by or self.per is not Per.PERIOD):
            raise ValueError("each_day prices the days of one billing period: name no other window, and no groups")
        return self

    @property
    def measure(self) -> Measure:
        """The sum, or that of each group; of each day the mean of a level, or its sum."""
        if self.each_day is not None:
            return Measure(Aggregation.MEAN if self.each_day is EachDay.SHARE else Aggregation.SUM, daily=True)
        return Measure(by=self.by) if self.by else SUM

    @property
    def is_priced_by_days(self) -> bool:
        """What is used after a price has moved is priced by it."""
        return True

    @property
    def opens(self) -> frozenset[str]:
        """All rules of this class: what each carries is the use of the window so far, and nothing else."""
        return _kinds_of(Priced)

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
        if self.each_day is not None:
            return price_by_day(self.price, usage, self.unit, self.each_day)
        if self.by:
            return tuple(self._lines_by_group(usage))
        used, before = exactly(usage, self.unit), self._before(usage)
        if before is None:
            return self.price(rounded(used))
        return difference(self.price(rounded(total((before, used)))), self.price(rounded(before)))

    def _lines_by_group(self, usage: Usage) -> Iterator[RatedLine]:
        """Price each group by itself: the cost of its window so far, less its cost before."""
        before = self._groups_before(usage)
        used = by_groups(usage, self.by, self.unit)
        for group, number in first_numbers({*used, *before}).items():
            if group not in used:
                continue
            lines = self.price(rounded(total((before.get(group, Decimal(0)), used[group]))))
            if group in before:
                lines = difference(lines, self.price(rounded(before[group])))
            for line in lines:
                label = f"{group}: {line.label}" if line.label else group
                yield replace(line, part=number + line.part, label=label)

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the use of the window so far.

        Raises:
            StateLeftOver: it is not told by the same groups; within a billing period its sums begin anew instead.
        """
        values = super().open(state, usage)
        if not values or not self.by or values.get("by") == ", ".join(self.by):
            return values
        if self.per is Per.PERIOD:
            return {}
        detail = "what the window has used is not told by these groups: begin them with another window"
        raise StateLeftOver(detail, found=", ".join(self.by), expected=values.get("by", ""))

    def specimen(self, usage: Usage) -> CarriedState:
        """A window without use, told by the groups of these terms."""
        values = super().specimen(usage)
        return {**values, "by": ", ".join(self.by)} if values and self.by else values

    def close(self, usage: Usage) -> CarriedState:
        """Carry what the window has used so far, until it ends."""
        if self.each_day is not None or usage.closes(self.per):
            return {}
        if self.by:
            groups, before = by_groups(usage, self.by, self.unit), self._groups_before(usage)
            sums = {
                name: exact_text(total((before.get(name, Decimal(0)), groups.get(name, Decimal(0)))))
                for name in sorted({*groups, *before})
            }
            return usage.window_key(self.per) | {"by": ", ".join(self.by), "used": sums} if sums else {}
        return usage.carry(self.per, {"used": total((self._before(usage) or Decimal(0), exactly(usage, self.unit)))})

    def _before(self, usage: Usage) -> Exact | None:
        """Read what the window has used before these days; None in its first stretch."""
        before = usage.carried(self.per)
        if not before:
            return None
        if "used" not in before:  # the bare values of an earlier release do not say whose they are
            raise StateOfAnotherRule(f"{self.kind} cannot go on from {', '.join(before)}", found=self.kind)
        used = before["used"]
        return total(map(exact_number, used.values())) if isinstance(used, Mapping) else exact_number(used)

    def _groups_before(self, usage: Usage) -> dict[str, Exact]:
        """Read what each group has used of the window before these days."""
        before: Mapping[str, str] = usage.carried(self.per).get("used", {})
        return {name: exact_number(used) for name, used in before.items()}
