"""Shared savings: the supplier's share of the value of a saving, by contract year and by the saved quantity.

Clause: "Of each year's verified savings, valued at the tariff of the month and at no less than 0.66 a kWh, the
contractor receives 80 % until its investment is repaid and 40 % thereafter; it is billed monthly on estimates, which
are settled once a year."

Source: GB/T 24915-2020 (shared-savings and mixed types); the formulas that it leaves to the contract are ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.carried_state import StateOfUnknownForm, known
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import CarriedState, Usage, exact_or_nothing
from contracts.savings_pricing.on_account import OnAccount, billed_on_account, window_sums
from contracts.savings_pricing.over_savings import OverSavings, rows_of, unsettled
from contracts.savings_pricing.valuation import Valuation
from contracts.schedule import Per
from quantities.arithmetic import added, product, quotient
from quantities.exact import Exact, exact_number, rounded, subtracted, total
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.coverage import SavingCoverage

_HUNDRED, _ZERO = Decimal(100), Decimal(0)
_EARLIER, _CAP = 89, 91

Percent = Annotated[Magnitude, Field(ge=0, le=100)]
#: By contract year; the last one counts for all later years.
ByYear = Annotated[tuple[Percent, ...], Field(min_length=1)]


class Losses(StrEnum):
    """The treatment of a loss: a period in which more was used than expected.

    ``credited``: the supplier's share of it is credited at once. ``carried``: it is first subtracted from later
    savings. ``forgiven``: the customer bears it.
    """

    CREDITED = "credited"
    CARRIED = "carried"
    FORGIVEN = "forgiven"


class TranchesOf(StrEnum):
    """What tranches are ranges of: the saved ``energy``, or its ``value``, as where demand is saved and no energy."""

    ENERGY = "energy"
    VALUE = "value"


class Tranche(Terms):
    """A range of what a window saves, and the supplier's share of it.

    Attributes:
        up_to: its upper bound, inclusive, in the rule's unit or in money; None for the last tranche.
        percent: the share by contract year.
    """

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    percent: ByYear

    def in_year(self, number: int) -> Decimal:
        """Tell the share of a contract year, counted from 1."""
        return self.percent[min(number, len(self.percent)) - 1]


class UntilRepaid(Terms):
    """An investment that the supplier's share repays; the saving that completes it is divided between both shares.

    What was invoiced for the charge repays it: net, after caps, bounds, discounts and corrections, without what a
    dispute holds apart. Within a window that is billed on account, what the share comes to counts until it is settled.

    Attributes:
        investment: the amount to repay.
        percent: the share once it is repaid.
    """

    investment: Annotated[Amount, Field(gt=0)]
    percent: Percent


@dataclass(frozen=True, slots=True)
class _SharedValue:
    """The lines of some days, what is carried on of them, and the value that they divide, after losses."""

    lines: tuple[RatedLine, ...]
    state: dict[str, Any]
    worth: Decimal

    @property
    def amount(self) -> Decimal:
        """What they come to."""
        return added(line.amount for line in self.lines)


class SavingsShare(OverSavings):
    """The supplier's share of a saving's value.

    Attributes:
        unit: of the saving and of the bounds of tranches of energy.
        valuation: the value of the saving.
        tranches: the shares, by how much the window saved; the last one has no bound.
        tranches_of: whether their bounds are of energy or of its value.
        per: the window of the tranches, of the settlement and of ``at_most``.
        losses: the treatment of a loss.
        until_repaid: an investment; once it is repaid, the share is another.
        at_most: the supplier's highest share of a window; a period bills what the capped share so far exceeds what was
            billed by.
        on_account: amounts billed in every period instead, settled when the window closes; together no more than
            ``at_most``.
    """

    prices: ClassVar = ("at_most",)
    carried_quantities: ClassVar = frozenset({"saved"})

    kind: Literal["savings_share"] = "savings_share"
    arithmetic: Literal[1, 2, 3] = 3
    unit: UnitSymbol
    valuation: Valuation
    tranches: Annotated[tuple[Tranche, ...], Field(min_length=1)]
    tranches_of: Annotated[TranchesOf, Field(exclude_if=lambda value: value is TranchesOf.ENERGY)] = TranchesOf.ENERGY
    per: Per = Per.YEAR
    losses: Losses = Losses.CREDITED
    until_repaid: UntilRepaid | None = None
    at_most: Annotated[Amount, Field(ge=0)] | None = None
    on_account: OnAccount | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        bounds = [tranche.up_to for tranche in self.tranches]
        if bounds[-1] is not None or None in bounds[:-1]:
            raise ValueError("the last tranche is open, and only the last: all that is saved is shared")
        if any(not low < high for low, high in pairwise(bound for bound in bounds if bound is not None)):
            raise ValueError("tranches rise")
        if self.until_repaid is not None and len(self.tranches) > 1:
            raise ValueError("until an investment is repaid there is one share: name tranches or until_repaid")
        return self

    @property
    def _counts_what_is_billed(self) -> bool:
        """Whether it knows what was billed of a window: arithmetic 2 capped each period by itself."""
        return self.arithmetic > 2  # noqa: PLR2004 the numbers of the arithmetic

    @property
    def counts_invoiced(self) -> bool:
        """Whether what is invoiced in the end decides what it goes on from: an investment is repaid by it."""
        return self.until_repaid is not None and self._counts_what_is_billed

    def specimen(self, usage: Usage) -> CarriedState:
        """The sums of a window that goes on, and of an investment that is being repaid."""
        return {**super().specimen(usage), **({"repaid": "0"} if self.until_repaid is not None else {})}

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the sums of the window, and what lasts beyond it.

        Raises:
            StateOfUnknownForm: an earlier arithmetic did not carry what was billed of a window that goes on.
        """
        values, written = super().open(state, usage), known(state)
        is_earlier = written is None or written.arithmetic <= 2  # noqa: PLR2004 the numbers of the arithmetic
        if self._counts_what_is_billed and is_earlier and usage.carried(self.per, values.get("within", {})):
            detail = "what was billed of the window is not carried: keep the arithmetic until it has closed"
            raise StateOfUnknownForm(detail, found="3", expected="2" if written is None else str(written.arithmetic))
        return values

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Compute the supplier's share of a saving.

        Args:
            usage: a saving, its parts by ``band`` and ``month``.

        Returns:
            A line for every tranche that was reached, and one for what ``at_most``, or what was billed on account
            before, changes of it. With amounts on account, these instead, and when the window closes the difference to
            the verified share.

        Raises:
            UnpricedUse: a band has no price.
            CoverageTooLow: too little was measured of what is settled: of these days, and of those on account before.
        """
        coverage = self._unsettled(usage)
        if coverage is not None and self._settles(usage):
            coverage.require()
        return self._rated(usage, self._shares(usage))

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's saving, share and bills, what is repaid, a loss to subtract, and the tariff's state."""
        shares = self._shares(usage)
        state, billed = shares.state, self._billed(usage, shares)
        rows = {} if self._settles(usage) else rows_of(self._unsettled(usage))
        within = usage.carry(self.per, {**self._sums(usage, shares.amount, shares.worth, billed), **rows})
        if within:
            state["within"] = within
        if self.counts_invoiced:
            before = usage.opening.get("invoiced", usage.opening.get("repaid", "0"))
            return self.invoiced({**state, "invoiced": plain(trimmed(added((Decimal(before), billed))))}, _ZERO)
        return state

    def invoiced(self, values: CarriedState, more: Decimal) -> CarriedState:
        """Count what was invoiced besides what the rule came to; it repays once its window is settled."""
        if self.until_repaid is None or "invoiced" not in values:
            return values
        so_far = added((Decimal(values["invoiced"]), more))
        is_on_account = self.on_account is not None and "within" in values
        repaid = values["repaid"] if is_on_account else plain(trimmed(min(self.until_repaid.investment, so_far)))
        return {**values, "repaid": repaid, "invoiced": plain(trimmed(so_far))}

    def _settles(self, usage: Usage) -> bool:
        """Tell whether the days bill what was measured; an instalment on account does not."""
        return self.on_account is None or usage.closes(self.per)

    def _unsettled(self, usage: Usage) -> SavingCoverage | None:
        return None if self.needs_covered_periods else unsettled(usage, self.per, usage.coverage)

    def _rated(self, usage: Usage, shares: _SharedValue) -> tuple[RatedLine, ...]:
        if self.on_account is not None:
            steps = [line.calculation for line in shares.lines if line.calculation]
            sums = self._sums(usage, shares.amount, shares.worth, self._instalment(usage, self.on_account))
            if self.at_most is not None:
                sums["verified"] = min(rounded(sums["verified"]), self.at_most)
            return billed_on_account(usage, self.per, self._instalment(usage, self.on_account), sums, steps)
        if self._counts_what_is_billed:
            return (*shares.lines, *self._to_the_capped_sum(usage, shares.amount))
        off = self._over_the_cap(usage, shares.amount)
        if not off:
            return shares.lines
        return (*shares.lines, lump(_CAP, -off, f"at most {plain(self.at_most or _ZERO)} a {self.per.value}"))

    def _to_the_capped_sum(self, usage: Usage, amount: Decimal) -> Iterator[RatedLine]:
        """Bring what was billed of the window, and the share of these days, to the capped share of the window so far.

        Caps of each period by itself would take off a share that a later loss makes room for.
        """
        sums = self._sums(usage, amount, _ZERO, amount)
        goal = sums["verified"] if self.at_most is None else min(sums["verified"], self.at_most)
        off = rounded(subtracted(goal, sums["billed"]))
        if off:
            capped = "" if self.at_most is None else f"at most {plain(self.at_most)} a {self.per.value}"
            shown = f"share so far {plain(trimmed(rounded(sums['verified'])))}{', ' if capped else ''}{capped}"
            billed = plain(trimmed(rounded(subtracted(sums["billed"], amount))))
            calculation = f"{shown}, less {billed} billed before and {plain(trimmed(amount))} now"
            yield lump(_CAP if capped else _EARLIER, off, capped or "settlement of what was billed before", calculation)

    def _instalment(self, usage: Usage, terms: OnAccount) -> Decimal:
        """Tell what a period bills on account: of the amounts so far, what the cap leaves, less what was billed."""
        amount = terms.amount_for(usage)
        if self.at_most is None or not self._counts_what_is_billed or not usage.ends_period:
            return amount
        before = rounded(exact_number(self._carried(usage).get("billed", "0")))
        return added((min(self.at_most, added((before, amount))), before.copy_negate()))

    def _billed(self, usage: Usage, shares: _SharedValue) -> Decimal:
        """Tell what the days bill; by arithmetic 2, on account alone."""
        if not self._counts_what_is_billed:
            return _ZERO if self.on_account is None else self._instalment(usage, self.on_account)
        return added(line.amount for line in self._rated(usage, shares))

    def _sums(self, usage: Usage, amount: Decimal, worth: Decimal, billed: Decimal) -> dict[str, Exact]:
        """Add up the window: what was saved, what the share of it came to, and what was billed of it."""
        sums: dict[str, Exact] = {"saved": self._saved(usage), "verified": amount, "billed": billed}
        if self.tranches_of is TranchesOf.VALUE:
            sums["worth"] = worth
        return window_sums(usage, self.per, usage.opening.get("within", {}), **sums)

    def _carried(self, usage: Usage) -> Mapping[str, str]:
        return usage.carried(self.per, usage.opening.get("within", {}))

    def _saved(self, usage: Usage) -> Exact:
        return exact_or_nothing(usage, self.unit)

    def _over_the_cap(self, usage: Usage, amount: Decimal) -> Decimal:
        if self.at_most is None:
            return _ZERO
        before = rounded(exact_number(self._carried(usage).get("verified", "0")))
        room = max(_ZERO, added((self.at_most, max(before, _ZERO).copy_negate())))
        return max(_ZERO, added((amount, room.copy_negate())))

    def _shares(self, usage: Usage) -> _SharedValue:
        """Divide the value of the billed days."""
        value = self.valuation.value(usage, self.arithmetic)
        state = dict[str, Any]()
        if value.closing:
            state["tariff"] = dict(value.closing)
        steps = [*value.calculation, f"contract value {plain(value.contract)}, cash value {plain(value.cash)}"]
        worth = self._after_losses(usage, value.contract, state, steps)
        if self.until_repaid is not None:
            lines = tuple(self._repaying(usage, self.until_repaid, worth, state, steps))
        else:
            lines = tuple(self._by_tranche(usage, worth, steps))
        return _SharedValue(lines, state, worth)

    def _after_losses(self, usage: Usage, worth: Decimal, state: dict[str, Any], steps: list[str]) -> Decimal:
        if self.losses is Losses.FORGIVEN:
            return max(worth, _ZERO)
        if self.losses is Losses.CREDITED:
            return worth
        before = Decimal(usage.opening.get("losses", "0"))
        rest = added((worth, before.copy_negate()))
        if before:
            steps.append(f"less {plain(trimmed(before))} that earlier periods lost")
        if rest < 0:
            state["losses"] = plain(trimmed(-rest))
        return max(rest, _ZERO)

    def _repaying(
        self, usage: Usage, terms: UntilRepaid, worth: Decimal, state: dict[str, Any], steps: Sequence[str]
    ) -> Iterator[RatedLine]:
        first = self.tranches[0].in_year(usage.contract_year)
        repaid = Decimal(usage.opening.get("repaid", "0"))
        left = max(_ZERO, terms.investment - repaid)
        wanted = quotient(product(worth, first), _HUNDRED)
        own = min(wanted, left) if worth > 0 else wanted
        state["repaid"] = plain(trimmed(min(terms.investment, added((repaid, own)))))
        used = worth if own == wanted else quotient(product(own, _HUNDRED), first) if first else _ZERO
        rest = added((worth, used.copy_negate()))
        if own or not rest:
            calculation = "; ".join([*steps, f"{plain(first)} % of {plain(trimmed(used))}"])
            yield lump(0, own, f"share {plain(first)} %", calculation)
        if rest:
            calculation = f"the investment of {plain(terms.investment)} is repaid; {plain(terms.percent)} %"
            amount = quotient(product(rest, terms.percent), _HUNDRED)
            calculation = "; ".join([*steps, f"{calculation} of {plain(trimmed(rest))}"])
            yield lump(1, amount, f"share {plain(terms.percent)} %", calculation)

    def _by_tranche(self, usage: Usage, worth: Decimal, steps: Sequence[str]) -> Iterator[RatedLine]:
        parts = [worth] if len(self.tranches) == 1 else self._parts(usage, worth)
        for number, (tranche, part) in enumerate(zip(self.tranches, parts, strict=True)):
            if part is None:
                continue
            share = tranche.in_year(usage.contract_year)
            amount = quotient(product(part, share), _HUNDRED)
            calculation = "; ".join([*steps, f"{plain(share)} % of {plain(trimmed(part))}"])
            yield lump(number, amount, f"share {plain(share)} %", calculation)

    def _parts(self, usage: Usage, worth: Decimal) -> list[Decimal | None]:
        """Divide a value among the tranches, as the window's saving runs through them; None where it does not.

        A value without energy, as of a saving of demand, or of a peak that is used in the valley instead, belongs to
        the tranche that the window has reached; by arithmetic 2 to none.
        """
        of_value = self.tranches_of is TranchesOf.VALUE
        counted: Exact = worth if of_value else self._saved(usage)
        before = exact_number(self._carried(usage).get("worth" if of_value else "saved", "0"))
        until, floor = total((before, counted)), _ZERO
        is_apart = self._counts_what_is_billed and not counted and bool(worth)
        parts: list[Decimal | None] = []
        for tranche in self.tranches:
            inside = subtracted(_between(until, floor, tranche.up_to), _between(before, floor, tranche.up_to))
            part = None
            if is_apart and _is_in(until, floor, tranche.up_to):
                part = worth
            elif inside:
                part = rounded(inside) if of_value else quotient(product(worth, rounded(inside)), rounded(counted))
            parts.append(part)
            floor = tranche.up_to or floor
        return parts


def _is_in(reached: Exact, low: Decimal, high: Decimal | None) -> bool:
    """Tell whether a sum has reached a tranche and no further: its upper bound belongs to it, nothing to the first."""
    return (reached > low or not low) and (high is None or reached <= high)


def _between(total: Exact, low: Decimal, high: Decimal | None) -> Exact:
    """Compute how much of a total lies in a tranche; a total below zero lies in the first one."""
    if not low and total < 0:
        return total
    return max(_ZERO, subtracted(total if high is None else min(total, high), low))
