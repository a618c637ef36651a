"""What a pricing rule rates: the use of one billing period or of a part of one, with what was carried into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile
from typing import Any, TypeAlias

from contracts.rated_line import Nature
from contracts.schedule import BillingPeriod, Life, Per
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.conversion import conversion
from quantities.errors import Invalid
from quantities.exact import Exact, exact_number, exact_text, fraction_or_none, rounded, scaled, total
from quantities.months import full_months
from quantities.quantity import IncompatibleUnit, UnknownUnit
from quantities.values import value_class
from savings.coverage import SavingCoverage


class NegativeUse(Invalid):
    """The use is below zero."""


class UnpricedUse(Invalid):
    """A part of the use has no price."""


#: What a clause carries from one billing period into the next: JSON, amounts and quantities as strings.
CarriedState: TypeAlias = Mapping[str, Any]

#: Days of a billing period, and for how many machines something is included on them.
MachineDays: TypeAlias = tuple[BillingPeriod, int]

_MONTHS_A_YEAR = 12
_DAY = BillingPeriod(date(2001, 1, 1), date(2001, 1, 2), date(2001, 1, 1), date(2001, 1, 2))
_LIFE = Life(date(2001, 1, 1))


@dataclass(frozen=True, slots=True)
class Division:
    """What days of a billing period belong together, where a change of a charge's terms divides it.

    Attributes:
        first: the first billed day of the charge in the period.
        days_before: how many days of it were billed before these.
        span: the days over which sums of the period are added up: all of them, or those between two changes at which
            the sums restart.
        earlier: what was used on the days before these, in a row under the same kind of rule; in order of time.
        machines: for how many machines something is included, of all days of the charge in the period; in order.
    """

    first: date
    days_before: int
    span: BillingPeriod
    earlier: "tuple[EarlierDays, ...]" = ()
    machines: tuple[MachineDays, ...] = ()

    @property
    def added_up(self) -> "tuple[EarlierDays, ...]":
        """The earlier days whose sums go on."""
        return tuple(days for days in self.earlier if self.span.first <= days.usage.period.first)

    @property
    def has_restarted(self) -> bool:
        """Whether sums of the period have begun again since its first billed day."""
        return self.span.first > self.first


@value_class(frozen=True, slots=True)
class Rest:
    """What is left of a charge's amount of one kind when a discount is computed; see ``Nature.kind``.

    Attributes:
        left: after the credits that reduce it; never below zero.
        base: what a percentage is taken of: ``left``, or what there was before other discounts, where they add up.
    """

    left: Decimal
    base: Decimal


@value_class(frozen=True, slots=True)
class Usage:
    """The use of one billing period, or of a stretch of it between two changes of terms.

    Attributes:
        quantity: in ``unit``; None for a rule that counts nothing.
        unit: a listed unit; empty where there is no quantity.
        period: the billed days, and the whole period that they are part of.
        life: of the contract, for windows longer than a period.
        parts: what the rule's ``measure`` keeps apart (bands, hours, events, states), in ``unit``.
        auxiliary_usage: further uses that the rule needs, by the names that the rule gives them.
        amounts: unrounded, of the charges that the rule is computed from, by charge; those of its own kind.
        rests: of the charges that a discount is off, what is left of each kind.
        published: the values of the published series that the rule prices by, by series and month.
        opening: what the clause carried out of the stretch before, as ``open`` returns it; empty at the start.
        exact: the quantity where ``quantity`` is rounded, because its decimals do not end.
        currency: of the contract; empty where amounts have none.
        counted: the quantity before what is included was subtracted; None where nothing is included.
        piece_of: the days that a move of the price has cut into pieces: all of them are in the window of their first.
        days_before: how many of the days that are cut into pieces were billed before these.
        division: how the days belong to the others of their period; None for all of it.
        coverage: how much of a saving was measured; None where it is stated.
    """

    quantity: Decimal | None = None
    unit: str = ""
    period: BillingPeriod = _DAY
    life: Life = _LIFE
    parts: tuple[Part, ...] = ()
    auxiliary_usage: "Mapping[str, Usage]" = field(default_factory=dict)
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    rests: Mapping[str, Mapping[Nature, Rest]] = field(default_factory=dict)
    published: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    opening: CarriedState = field(default_factory=dict)
    exact: Fraction | None = None
    currency: str = ""
    counted: Exact | None = None
    piece_of: BillingPeriod | None = None
    days_before: int = 0
    division: Division | None = None
    coverage: SavingCoverage | None = None

    @property
    def exactly(self) -> Exact | None:
        """The quantity, unrounded; None for a rule that counts nothing."""
        return self.quantity if self.exact is None else self.exact

    @property
    def amount(self) -> Decimal:
        """The sum of ``amounts``, unrounded."""
        return added(self.amounts.values())

    def window(self, per: Per) -> BillingPeriod:
        """Find the window that the billed days are in: that of the period's first billed day."""
        if self.division is not None and per is Per.PERIOD:
            return self.division.span.without_paused(self.life.paused)
        return self._window_of_life(per)

    @property
    def first_of_period(self) -> date:
        """The first billed day of the charge in the billing period."""
        billed = self.period if self.piece_of is None else self.piece_of
        return billed.first if self.division is None else self.division.first

    @property
    def earlier(self) -> "tuple[EarlierDays, ...]":
        """What was used before on the days that are added up with these; nothing where no change divides the period.

        It goes back to the last day on which another kind of quantity was used: kVA are not added to kW.
        """
        if self.division is None:
            return ()
        in_a_row = takewhile(lambda days: _is_of_one_kind(days.usage.unit, self.unit), reversed(self.division.added_up))
        return tuple(reversed(tuple(in_a_row)))

    def closes(self, per: Per) -> bool:
        """Tell whether the billed days are the last of their window; it closes with the period that it ends in."""
        if self.division is None or self._ends_within_pieces:
            return self._is_last_of(per)
        if per is Per.PERIOD:
            return self.period.after_last >= self.division.span.after_last
        return self.ends_period and self._is_last_of(per)

    @property
    def ends_period(self) -> bool:
        """Whether the billed days are the last of their billing period, wherever its sums restart."""
        return self._is_last_of(Per.PERIOD)

    def _is_last_of(self, per: Per) -> bool:
        if self._ends_within_pieces:
            return False
        if per is Per.PERIOD and self.period.after_last == self.period.whole_after_last:
            return True
        return self.period.after_last >= self._window_of_life(per).after_last

    def _window_of_life(self, per: Per) -> BillingPeriod:
        billed = self.period if self.piece_of is None else self.piece_of
        if self.division is not None:
            billed = replace(billed, first=self.division.first)
        return self.life.window(per, billed)

    @property
    def _ends_within_pieces(self) -> bool:
        return self.piece_of is not None and self.period.after_last < self.piece_of.after_last

    @property
    def contract_year(self) -> int:
        """The number of the contract's year in which the first billed day of the period lies, from 1."""
        return full_months(self.life.starts, self.first_of_period) // _MONTHS_A_YEAR + 1

    def has(self, day: date) -> bool:
        """Tell whether a day is a billed one."""
        return self.period.first <= day < self.period.after_last

    def falls_due(self, day: date) -> bool:
        """Tell whether what is dated a day is due: a day of these, or, with the contract's first day, one before it."""
        return self.has(day) or (day < self.life.starts and self.has(self.life.starts))

    def carried(self, per: Per, state: CarriedState | None = None) -> CarriedState:
        """Read what was carried within the current window; empty in its first stretch.

        Args:
            per: the window.
            state: one of several states that a clause carries; all of ``opening`` where it carries one.
        """
        if state is None:
            state = self.opening
        return state if state and state.get("window") == str(self.window(per).whole_first) else {}

    def so_far(self, per: Per, **sums: Exact) -> dict[str, Exact]:
        """Add what the window has carried of some sums to those of this stretch."""
        carried = self.carried(per)
        return {name: total((exact_number(carried.get(name, "0")), number)) for name, number in sums.items()}

    def carry(self, per: Per, sums: Mapping[str, Exact]) -> CarriedState:
        """Write a window's sums down for its next stretch, exactly; empty where the window ends."""
        if self.closes(per):
            return {}
        return self.window_key(per) | {name: exact_text(number) for name, number in sums.items()}

    def window_key(self, per: Per) -> dict[str, str]:
        """Name the window by its first day, so that its sums are not carried into another."""
        return {"window": str(self.window(per).whole_first)}


@dataclass(frozen=True, slots=True)
class EarlierDays:
    """What was used on days before, and the rule that they were rated by."""

    rule: Any
    usage: Usage


def _is_of_one_kind(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        conversion(one, other)
    except (IncompatibleUnit, UnknownUnit):
        return False
    return True


def together(usages: Sequence[Usage], unit: str) -> Usage:
    """Put the uses of days in a row together, in one unit: their sum, and their parts one after the other.

    Raises:
        NegativeUse: one of them is below zero, or was not counted.
        IncompatibleUnit: one measures something else.
    """
    whole = total([exactly(usage, unit) for usage in usages])
    parts = tuple(
        Part(rounded(scaled(part.exactly, conversion(usage.unit, unit))), part.labels) if usage.unit != unit else part
        for usage in usages
        for part in usage.parts
    )
    return replace(usages[-1], quantity=rounded(whole), exact=fraction_or_none(whole), unit=unit, parts=parts)


def exactly(usage: Usage, to: str) -> Exact:
    """Express a period's use in a rule's unit without rounding, to be added up or compared.

    Raises:
        NegativeUse: the quantity is below zero, or nothing was counted.
        IncompatibleUnit: the use measures something else.
    """
    if usage.quantity is None or usage.quantity < 0:
        detail = f"there is {usage.quantity} {usage.unit} to rate"
        raise NegativeUse(detail, place="quantity", found=str(usage.quantity), expected="at least 0")
    used = usage.exactly or Decimal(0)
    return used if usage.unit == to else scaled(used, conversion(usage.unit, to))


def in_unit(usage: Usage, to: str) -> Decimal:
    """Express a period's use in a rule's unit, as a line shows it: rounded where its decimals do not end.

    Raises:
        NegativeUse: the quantity is below zero, or nothing was counted.
        IncompatibleUnit: the use measures something else.
    """
    return rounded(exactly(usage, to))


def exact_or_nothing(usage: Usage, to: str) -> Exact:
    """Express a use that may be below zero, or not counted, in a unit without rounding: a saving, an energy beside it.

    Raises:
        IncompatibleUnit: the use measures something else.
    """
    if usage.quantity is None or not usage.unit:
        return Decimal(0)
    return scaled(usage.exactly or Decimal(0), conversion(usage.unit, to))


def require_parts(usage: Usage, by: str) -> None:
    """Refuse a use that is not divided as the rule prices it: it would cost nothing.

    Args:
        usage: the billed days.
        by: what its parts are, for the reader.

    Raises:
        UnpricedUse: there is a use, and it has no parts.
    """
    if usage.quantity and not usage.parts:
        detail = f"{usage.quantity} {usage.unit} are not divided by {by}, and have no price"
        raise UnpricedUse(detail, place="parts", found=str(usage.quantity), expected=by)
