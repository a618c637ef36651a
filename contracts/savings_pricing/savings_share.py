"""Shared savings: the supplier's share of the value of a saving, by contract year and by the saved quantity.

Clause: "Of each year's verified savings, valued at the tariff of the month and at no less than 0.66 a kWh, the
contractor receives 80 % until its investment is repaid and 40 % thereafter; it is billed monthly on estimates, which
are settled once a year."

Source: GB/T 24915-2020 (shared-savings and mixed types); the formulas that it leaves to the contract are ours.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import CarriedState, Usage, exact_or_nothing
from contracts.savings_pricing.on_account import OnAccount, billed_on_account, window_sums
from contracts.savings_pricing.over_savings import OverSavings
from contracts.savings_pricing.valuation import Valuation
from contracts.schedule import Per
from quantities.arithmetic import added, product, quotient
from quantities.exact import Exact, rounded, subtracted
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms

_HUNDRED, _ZERO = Decimal(100), Decimal(0)
_CAP = 91

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


class Tranche(Terms):
    """A range of the quantity that a window saves, and the supplier's share of it.

    Attributes:
        up_to: its upper bound, inclusive; None for the last tranche.
        percent: the share by contract year.
    """

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    percent: ByYear

    def in_year(self, number: int) -> Decimal:
        """Tell the share of a contract year, counted from 1."""
        return self.percent[min(number, len(self.percent)) - 1]


class UntilRepaid(Terms):
    """An investment that the supplier's share repays; the saving that completes it is divided between both shares.

    Attributes:
        investment: the amount to repay.
        percent: the share once it is repaid.
    """

    investment: Annotated[Amount, Field(gt=0)]
    percent: Percent


class SavingsShare(OverSavings):
    """The supplier's share of a saving's value.

    Attributes:
        unit: of the saving and of the tranches' bounds.
        valuation: the value of the saving.
        tranches: the shares, by how much the window saved; the last one has no bound.
        per: the window of the tranches, of the settlement and of ``at_most``.
        losses: the treatment of a loss.
        until_repaid: an investment; once it is repaid, the share is another.
        at_most: the supplier's highest share of a window.
        on_account: amounts billed in every period instead, settled when the window closes.
    """

    prices: ClassVar = ("at_most",)
    carried_quantities: ClassVar = frozenset({"saved"})

    kind: Literal["savings_share"] = "savings_share"
    arithmetic: Literal[1, 2] = 2
    unit: UnitSymbol
    valuation: Valuation
    tranches: Annotated[tuple[Tranche, ...], Field(min_length=1)]
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

    def specimen(self, usage: Usage) -> CarriedState:
        """The sums of a window that goes on, and of an investment that is being repaid."""
        return {**super().specimen(usage), **({"repaid": "0"} if self.until_repaid is not None else {})}

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Compute the supplier's share of a saving.

        Args:
            usage: a saving, its parts by ``band`` and ``month``.

        Returns:
            A lump for every tranche that was reached, and a negative one for what ``at_most`` takes off. With amounts
            on account, these instead, and when the window closes the difference to the verified share.

        Raises:
            UnpricedUse: a band has no price.
        """
        shares, _ = self._shares(usage)
        amount = added(line.amount for line in shares)
        if self.on_account is not None:
            steps = [line.calculation for line in shares if line.calculation]
            sums = self._sums(usage, amount)
            if self.at_most is not None:
                sums["verified"] = min(rounded(sums["verified"]), self.at_most)
            return billed_on_account(usage, self.per, self.on_account, sums, steps)
        off = self._over_the_cap(usage, amount)
        if not off:
            return shares
        return (*shares, lump(_CAP, -off, f"at most {plain(self.at_most or _ZERO)} a {self.per.value}"))

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's saving and share, the repaid investment, a loss to subtract, and the tariff's state."""
        shares, state = self._shares(usage)
        within = usage.carry(self.per, self._sums(usage, added(line.amount for line in shares)))
        if within:
            state["within"] = within
        return state

    def _sums(self, usage: Usage, amount: Decimal) -> dict[str, Exact]:
        billed = _ZERO if self.on_account is None else self.on_account.amount_for(usage)
        carried = usage.opening.get("within", {})
        return window_sums(usage, self.per, carried, saved=self._saved(usage), verified=amount, billed=billed)

    def _saved(self, usage: Usage) -> Exact:
        return exact_or_nothing(usage, self.unit)

    def _over_the_cap(self, usage: Usage, amount: Decimal) -> Decimal:
        if self.at_most is None:
            return _ZERO
        before = added((rounded(self._sums(usage, amount)["verified"]), amount.copy_negate()))
        room = max(_ZERO, added((self.at_most, max(before, _ZERO).copy_negate())))
        return max(_ZERO, added((amount, room.copy_negate())))

    def _shares(self, usage: Usage) -> tuple[tuple[RatedLine, ...], dict[str, Any]]:
        """Divide the value of the billed days: the lines, and the state that is carried on."""
        value = self.valuation.value(usage, self.arithmetic)
        worth, state = value.contract, dict[str, Any]()
        if value.closing:
            state["tariff"] = dict(value.closing)
        steps = [*value.calculation, f"contract value {plain(value.contract)}, cash value {plain(value.cash)}"]
        worth = self._after_losses(usage, worth, state, steps)
        if self.until_repaid is not None:
            lines = tuple(self._repaying(usage, self.until_repaid, worth, state, steps))
        else:
            lines = tuple(self._by_tranche(usage, worth, steps))
        return lines, state

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
        saved = self._saved(usage)
        until = self._sums(usage, _ZERO)["saved"]
        before, floor = subtracted(until, saved), _ZERO
        for number, tranche in enumerate(self.tranches):
            share = tranche.in_year(usage.contract_year)
            if len(self.tranches) == 1:
                part = worth
            else:
                inside = subtracted(_between(until, floor, tranche.up_to), _between(before, floor, tranche.up_to))
                part = quotient(product(worth, rounded(inside)), rounded(saved)) if saved else _ZERO
                floor = tranche.up_to or floor
                if not inside:
                    continue
            amount = quotient(product(part, share), _HUNDRED)
            calculation = "; ".join([*steps, f"{plain(share)} % of {plain(trimmed(part))}"])
            yield lump(number, amount, f"share {plain(share)} %", calculation)


def _between(total: Exact, low: Decimal, high: Decimal | None) -> Exact:
    """Compute how much of a total lies in a tranche; a total below zero lies in the first one."""
    if not low and total < 0:
        return total
    return max(_ZERO, subtracted(total if high is None else min(total, high), low))
