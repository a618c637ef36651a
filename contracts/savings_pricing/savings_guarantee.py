"""Guaranteed savings: compensation where a year saves less than promised, and a bonus where it saves more.

Clause: "If a year saves less than 98 % of the guaranteed 1,200,000 kWh, the contractor pays the whole shortfall at
0.65 a kWh; of what it saves beyond, it receives 30 %."

For an excess there are the published policies: the customer keeps it (``customer``), it first repays earlier
compensation (``repays``), it counts for later years (``carried``), or the contractor has a share of it
(``bonus_percent``).

Source: GB/T 24915-2020 (guaranteed-savings type); ENGIE/Chevron and the "in no event" form for the excess; South Bend
3.1.3 for cumulation; FPL Energy Services, attachment 6, for allocation; Ameresco for savings deemed achieved.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.carried_state import StateOfUnknownForm
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, Usage, exact_or_nothing
from contracts.savings_pricing.on_account import window_sums
from contracts.savings_pricing.over_savings import OverSavings, rows_of, share_of_window, unsettled
from contracts.savings_pricing.valuation import Valuation
from contracts.schedule import Per
from quantities.arithmetic import added, product, quotient
from quantities.document import YesOrNo
from quantities.exact import Exact, exact_number, exact_text, rounded, scaled, subtracted, total
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from savings.coverage import SavingCoverage

_HUNDRED, _ZERO, _ONE = Decimal(100), Decimal(0), Decimal(1)
#: What is carried from window to window.
_LASTING = ("paid", "surplus", "all", "promised", "rewarded")


class Promised(StrEnum):
    """What the promise is about: saved ``energy``, or its ``value``."""

    ENERGY = "energy"
    VALUE = "value"


class DeadBand(StrEnum):
    """How a shortfall within the dead band counts.

    ``gates``: nothing is owed within it, and beyond it all of the shortfall. ``forgives``: only what is beyond it.
    """

    GATES = "gates"
    FORGIVES = "forgives"


class Excess(StrEnum):
    """The use of an excess: the ``customer`` keeps it, it ``repays`` compensation, or it is ``carried`` on."""

    CUSTOMER = "customer"
    REPAYS = "repays"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class _Settled:
    """The lines of a settled window, the compensation and bonus paid so far, and the surplus that is carried on."""

    lines: tuple[RatedLine, ...]
    paid: Decimal
    surplus: Exact
    rewarded: Decimal = _ZERO


class SavingsGuarantee(OverSavings):
    """A promise of savings, compared with what every window saved.

    Attributes:
        unit: of the saving.
        of: whether energy or value is promised.
        guaranteed: by contract year, in ``unit`` or in money; the last one counts for all later years.
        price: of a unit short or in excess, where energy is promised.
        valuation: the value of the saving, where value is promised.
        per: the window that is compared with the promise; a part of a window with its share of it, by days that are
            not suspended.
        cumulative: whether all windows since the start are compared with all promises since then.
        dead_band_percent: how far below the promise nothing is owed.
        dead_band: what is owed beyond the dead band.
        at_most: the highest compensation of a window; of what is cumulative, a later window may add the rest.
        bonus_percent: the supplier's share of an excess; of what is cumulative, of all windows together.
        excess: the use of the rest of it.
        deemed_from: the day from which the promise counts as kept, because measurement has stopped.
    """

    prices: ClassVar = ("price", "at_most")
    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION
    carried_quantities: ClassVar = frozenset({"saved", "surplus", "all", "promised"})

    kind: Literal["savings_guarantee"] = "savings_guarantee"
    arithmetic: Literal[1, 2, 3] = 3
    unit: UnitSymbol
    of: Promised = Promised.ENERGY
    guaranteed: Annotated[tuple[Annotated[Magnitude, Field(ge=0)], ...], Field(min_length=1)]
    price: Annotated[Amount, Field(gt=0)] | None = None
    valuation: Valuation | None = None
    per: Per = Per.YEAR
    cumulative: YesOrNo = False
    dead_band_percent: Annotated[Magnitude, Field(ge=0, lt=100)] = _ZERO
    dead_band: DeadBand = DeadBand.GATES
    at_most: Annotated[Amount, Field(ge=0)] | None = None
    bonus_percent: Annotated[Magnitude, Field(ge=0, le=100)] = _ZERO
    excess: Excess = Excess.CUSTOMER
    deemed_from: date | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.of is Promised.ENERGY) is not (self.price is not None):
            raise ValueError("a promise of energy has a price, and one of value has none")
        if (self.of is Promised.VALUE) is not (self.valuation is not None):
            raise ValueError("a promise of value has a valuation, and one of energy has none")
        if self.cumulative and self.excess is not Excess.CUSTOMER:
            raise ValueError("what is cumulative repays and carries already: leave excess out")
        return self

    def state_unit(self, usage: Usage) -> str:
        """The unit of the promised energy; none where value is promised."""
        return self.unit if self.of is Promised.ENERGY else ""

    def specimen(self, usage: Usage) -> CarriedState:
        """The saving of a window that goes on, and what lasts beyond it: compensation, surplus, balance."""
        lasting = {"paid": "0"} | ({"surplus": "0"} if self.excess is Excess.CARRIED else {})
        since_start = {"all": "0"} | ({} if self.arithmetic == 1 else {"promised": "0"}) if self.cumulative else {}
        return {**super().specimen(usage), **lasting, **since_start}

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the saving of the window, and what lasts beyond it.

        Raises:
            StateOfUnknownForm: arithmetic 1 did not carry what a dead band or a bonus over all windows is of.
        """
        values = super().open(state, usage)
        of_promises = self.cumulative and self.arithmetic > 1 and (self.dead_band_percent or self.bonus_percent)
        if of_promises and "all" in values and "promised" not in values:
            detail = (
                "what was promised since the start is not carried; dead band and bonus are of it: keep arithmetic 1"
            )
            raise StateOfUnknownForm(detail, found="2", expected="1")
        return values

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Compare a window with the promise, when it closes.

        Args:
            usage: a saving, its parts by ``band`` and ``month``.

        Returns:
            A negative lump for compensation, a lump for a bonus, and one for repaid compensation; as far as there are
            such amounts.

        Raises:
            CoverageTooLow: too little of a window that closes was measured.
        """
        if not usage.closes(self.per):
            return ()
        coverage = self._unsettled(usage)
        if coverage is not None and not self._is_deemed(usage):
            coverage.require()
        return self._settled(usage, *self._saved(usage)).lines

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's saving; from window to window the compensation, the surplus and the cumulative balance."""
        saved, tariff = self._saved(usage)
        state: dict[str, Any] = {"tariff": tariff} if tariff else {}
        kept = {name: usage.opening[name] for name in _LASTING if name in usage.opening}
        if not usage.closes(self.per):
            return {
                **state,
                **kept,
                "within": usage.carry(self.per, {"saved": saved, **rows_of(self._unsettled(usage))}),
            }
        settled = self._settled(usage, saved, tariff)
        numbers: dict[str, Exact] = {"paid": settled.paid, "surplus": settled.surplus}
        if self.cumulative:
            numbers["all"] = total(
                (exact_number(usage.opening.get("all", "0")), subtracted(saved, self._promised(usage)))
            )
            numbers["rewarded"] = settled.rewarded
        written = {name: exact_text(number) for name, number in numbers.items() if number}
        if self.cumulative and self.arithmetic > 1:
            written["promised"] = exact_text(self._promised_so_far(usage))
        return {**state, **written}

    def _saved(self, usage: Usage) -> tuple[Exact, CarriedState]:
        """Add up the window's saving so far, as energy or value; and return the state of the tariff with it."""
        tariff: CarriedState = {}
        saved: Exact
        if self.valuation is not None:
            value = self.valuation.value(usage, self.arithmetic)
            saved, tariff = value.contract, value.closing
        else:
            saved = exact_or_nothing(usage, self.unit)
        return window_sums(usage, self.per, usage.opening.get("within", {}), saved=saved)["saved"], tariff

    def _unsettled(self, usage: Usage) -> SavingCoverage | None:
        return None if self.needs_covered_periods else unsettled(usage, self.per, usage.coverage)

    def _is_deemed(self, usage: Usage) -> bool:
        """Tell whether the promise of the window counts as kept, whatever is measured."""
        return self.deemed_from is not None and usage.window(self.per).first >= self.deemed_from

    def _promised(self, usage: Usage) -> Decimal:
        """Compute the promise of the window; for a part of a window, its share by days without those of suspensions."""
        promised = self.guaranteed[min(usage.contract_year, len(self.guaranteed)) - 1]
        return share_of_window(promised, usage, self.per, without_suspended=self.leaves_suspended_out)

    def _promised_so_far(self, usage: Usage) -> Exact:
        """Add up the promises of all windows since the start."""
        return total((exact_number(usage.opening.get("promised", "0")), self._promised(usage)))

    def _settled(self, usage: Usage, saved: Exact, tariff: CarriedState) -> _Settled:
        promised, paid = self._promised(usage), Decimal(usage.opening.get("paid", "0"))
        if self._is_deemed(usage):
            return _Settled((), paid, _ZERO, Decimal(usage.opening.get("rewarded", "0")))
        counted = total((saved, exact_number(usage.opening.get("surplus", "0"))))
        off = subtracted(counted, promised)
        comparison = f"saved {plain(trimmed(rounded(counted)))}, promised {plain(trimmed(promised))}"
        if self.cumulative and self.arithmetic == 1:
            return self._balanced(usage, off, paid, comparison)
        if self.cumulative:
            return self._cumulated(usage, off, paid, comparison)
        if off < 0:
            owed, why = self._owed(promised, counted)
            lines = (lump(0, -owed, "compensation of the shortfall", f"{comparison}; {why}"),) if owed else ()
            return _Settled(lines, added((paid, owed)), _ZERO)
        return self._beyond(off, paid, comparison)

    def _owed(self, promised: Decimal, counted: Exact) -> tuple[Decimal, str]:
        """Compute the compensation of a shortfall, and how it was computed."""
        edge = quotient(product(promised, _HUNDRED - self.dead_band_percent), _HUNDRED)
        if counted >= edge:
            return _ZERO, ""
        short = rounded(subtracted(promised if self.dead_band is DeadBand.GATES else edge, counted))
        price = self.price or _ONE
        owed = product(short, price)
        why = f"{plain(trimmed(short))} short" + (f" × {plain(price)}" if self.price is not None else "")
        if self.at_most is not None and owed > self.at_most:
            owed, why = self.at_most, f"{why}, at most {plain(self.at_most)}"
        return owed, why

    def _beyond(self, off: Exact, paid: Decimal, comparison: str) -> _Settled:
        """Divide an excess: the supplier's bonus, and of the rest repaid compensation, or the surplus carried on."""
        if self.arithmetic > 1:
            return self._rewarded_first(off, paid, comparison)
        # Arithmetic 1 let an excess repay before the supplier had its bonus of it, and carried the bonus on as well.
        price, lines = self.price or _ONE, list[RatedLine]()
        worth = product(rounded(off), price)
        if self.excess is Excess.REPAYS and paid and worth:
            back = min(worth, paid)
            calculation = f"{comparison}; {plain(trimmed(back))} of {plain(trimmed(worth))} repays earlier compensation"
            lines.append(lump(2, back, "repayment out of later savings", calculation, Nature.CONSIDERATION))
            worth, paid = added((worth, -back)), added((paid, -back))
        if self.bonus_percent and worth:
            bonus = quotient(product(worth, self.bonus_percent), _HUNDRED)
            calculation = f"{comparison}; {plain(self.bonus_percent)} % of {plain(trimmed(worth))}"
            lines.append(lump(1, bonus, "bonus", calculation, Nature.CONSIDERATION))
        return _Settled(tuple(lines), paid, off if self.excess is Excess.CARRIED else _ZERO)

    def _rewarded_first(self, off: Exact, paid: Decimal, comparison: str) -> _Settled:
        lines = list[RatedLine]()
        worth = product(rounded(off), self.price or _ONE)
        bonus = quotient(product(worth, self.bonus_percent), _HUNDRED)
        if bonus:
            lines.append(
                self._bonus(1, bonus, f"{comparison}; {plain(self.bonus_percent)} % of {plain(trimmed(worth))}")
            )
        rest = added((worth, -bonus))
        back = min(rest, paid) if self.excess is Excess.REPAYS else _ZERO
        if back:
            calculation = f"{comparison}; {plain(trimmed(back))} of {plain(trimmed(rest))} repays earlier compensation"
            lines.append(lump(2, back, "repayment out of later savings", calculation, Nature.CONSIDERATION))
        surplus = scaled(off, Fraction(_HUNDRED - self.bonus_percent) / 100)
        return _Settled(tuple(lines), added((paid, -back)), surplus if self.excess is Excess.CARRIED else _ZERO)

    @staticmethod
    def _bonus(part: int, amount: Decimal, calculation: str) -> RatedLine:
        return lump(part, amount, "bonus" if amount > 0 else "bonus given back", calculation, Nature.CONSIDERATION)

    def _cumulated(self, usage: Usage, off: Exact, paid: Decimal, comparison: str) -> _Settled:
        """Owe the shortfall of all windows together less what was paid for it, and the bonus on their excess likewise.

        At most ``at_most`` is paid for a window. Below zero, a difference is repaid or given back.
        """
        since = total((exact_number(usage.opening.get("all", "0")), off))
        promised = self._promised_so_far(usage)
        edge = scaled(promised, Fraction(_HUNDRED - self.dead_band_percent) / 100)
        saved, rewarded = total((promised, since)), Decimal(usage.opening.get("rewarded", "0"))
        goal = promised if self.dead_band is DeadBand.GATES else edge
        short = rounded(subtracted(goal, saved)) if saved < edge else _ZERO
        owed = added((product(short, self.price or _ONE), paid.copy_negate()))
        owed = owed if self.at_most is None else min(owed, self.at_most)
        worth = product(rounded(max(_ZERO, since)), self.price or _ONE)
        bonus = added((quotient(product(worth, self.bonus_percent), _HUNDRED), rewarded.copy_negate()))
        lines = []
        shown = f"{comparison}; {plain(trimmed(rounded(since)))} since the start"
        if owed > 0:
            calculation = f"{shown}, {plain(trimmed(paid))} paid"
            lines.append(lump(0, -owed, "compensation of the shortfall", calculation))
        if bonus:
            why = f"{plain(self.bonus_percent)} % of {plain(trimmed(worth))}, {plain(trimmed(rewarded))} before"
            lines.append(self._bonus(1, bonus, f"{shown}; {why}"))
        if owed < 0:
            calculation = f"{shown}, {plain(trimmed(paid))} paid"
            lines.append(lump(2, -owed, "repayment out of later savings", calculation, Nature.CONSIDERATION))
        return _Settled(tuple(lines), added((paid, owed)), _ZERO, added((rewarded, bonus)))

    def _balanced(self, usage: Usage, off: Exact, paid: Decimal, comparison: str) -> _Settled:
        """Settle as arithmetic 1 did: without dead band and bonus, and ``at_most`` of all windows together.

        Owe the shortfall of all windows together less what was paid for it; below zero, the difference is repaid.
        """
        since = total((exact_number(usage.opening.get("all", "0")), off))
        owed, _ = self._owed(_ZERO, since) if since < 0 else (_ZERO, "")
        change = added((owed, paid.copy_negate()))
        if not change:
            return _Settled((), paid, _ZERO)
        calculation = f"{comparison}; {plain(trimmed(rounded(since)))} since the start, {plain(trimmed(paid))} paid"
        line = (
            lump(0, -change, "compensation of the shortfall", calculation)
            if change > 0
            else lump(2, -change, "repayment out of later savings", calculation, Nature.CONSIDERATION)
        )
        return _Settled((line,), owed, _ZERO)
