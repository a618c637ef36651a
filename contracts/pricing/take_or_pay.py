"""Take-or-pay: a year's obligation is paid for, taken or not; use that was paid and not taken may be taken later.

Clause: "The customer takes 85 % to 115 % of the annual contract quantity, or pays for what is missing to 85 %. What is
paid and not taken may be taken within three years, beyond that year's own obligation."
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from contracts.carried_state import StateOfAnotherWindow, known
from contracts.clause import Rule
from contracts.proration import Proration, share
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import CarriedState, Usage, exactly, in_unit
from contracts.schedule import Per
from quantities.arithmetic import added, product, quotient
from quantities.document import WholeNumber
from quantities.exact import Exact, exact_number, exact_text, multiplied, rounded, subtracted, total
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude

_HUNDRED = Decimal(100)
_WINDOWS_A_YEAR = {Per.YEAR: 1, Per.HALF_YEAR: 2, Per.QUARTER: 4}
_ZERO = Decimal(0)


class TakeOrPay(Rule):
    """A price per unit, and a yearly obligation.

    Attributes:
        unit: of the priced quantity.
        unit_price: for use that is taken, and for use that is missing.
        annual_quantity: in ``unit``; of a shorter window, that of each window.
        take_percent: the share of the annual quantity that must be taken or paid.
        excess_percent: the share of it that may be taken at ``unit_price``; without it, any quantity.
        excess_unit_price: for use beyond that; without it, ``unit_price``.
        ramp: the percentages of the annual quantity that count in the first years, one a year; later all of it counts.
        make_up_years: for how many years use that was paid and not taken may be taken, beyond the obligation.
        make_up_most: the most of it that is kept at a time; what is missing beyond that is paid and lost.
        carry_forward_years: for how many years use beyond an obligation lowers later obligations.
        carry_forward_most: the most of that use that is kept at a time.
        per: the window; years are the contract's own, or begin in the month that its billing states.
        proration: the obligation of a part of a year.
    """

    prices: ClassVar = ("unit_price", "excess_unit_price")
    carried_quantities: ClassVar = frozenset({"used", "quantity"})
    carried_prices: ClassVar = frozenset({"price"})

    kind: Literal["take_or_pay"] = "take_or_pay"
    arithmetic: Literal[1, 2] = 2
    unit: UnitSymbol
    unit_price: Annotated[Amount, Field(ge=0)]
    annual_quantity: Annotated[Magnitude, Field(gt=0)]
    take_percent: Annotated[Magnitude, Field(gt=0, le=100)]
    excess_percent: Annotated[Magnitude, Field(ge=100)] | None = None
    excess_unit_price: Annotated[Amount, Field(ge=0)] | None = None
    ramp: tuple[Annotated[Magnitude, Field(ge=0, le=100)], ...] = ()
    make_up_years: Annotated[WholeNumber, Field(ge=0, le=50)] = 0
    make_up_most: Annotated[Magnitude | None, Field(ge=0, exclude_if=lambda most: most is None)] = None
    carry_forward_years: Annotated[WholeNumber, Field(ge=0, le=50)] = 0
    carry_forward_most: Annotated[Magnitude | None, Field(ge=0, exclude_if=lambda most: most is None)] = None
    per: Literal[Per.YEAR, Per.HALF_YEAR, Per.QUARTER] = Per.YEAR
    proration: Proration = Proration.CALENDAR_DAYS

    @property
    def is_stateful(self) -> bool:
        """The obligation is one of a year."""
        return True

    @property
    def carries_money(self) -> bool:
        """What was paid and not taken is carried at its price."""
        return True

    def specimen(self, usage: Usage) -> CarriedState:
        """The number of years that have ended, and a year that goes on."""
        years = usage.opening.get("years")
        if usage.closes(self.per):
            return {"years": str(int(years or "0") + 1)}
        return ({} if years is None else {"years": years}) | usage.window_key(self.per)

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the use of the year, the number of years, and what they have left.

        Raises:
            StateOfAnotherWindow: years are counted in another length.
        """
        written = known(state)
        if (
            written is not None
            and written.per != self.per.value
            and not {"years", "paid", "taken"}.isdisjoint(written.values)
        ):
            detail = f"what is left is of one {written.per} each, and not of one {self.per.value}"
            raise StateOfAnotherWindow(detail, found=self.per.value, expected=written.per)
        return super().open(state, usage)

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            A line for the use taken; when the year ends also for the missing use, for use that was paid before, and for
            use beyond the band.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the quantity is below zero.
        """
        lines = [RatedLine(0, in_unit(usage, self.unit), self.unit, self.unit_price, "taken")]
        if usage.closes(self.per):
            lines += self._settle(usage)[0]
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the use of the year; from year to year what was paid and not taken, and use beyond the obligations."""
        if usage.closes(self.per):
            return self._settle(usage)[1]
        lasting = {name: usage.opening[name] for name in ("years", "paid", "taken") if name in usage.opening}
        return lasting | usage.window_key(self.per) | {"used": exact_text(self._used(usage))}

    @property
    def _windows_a_year(self) -> int:
        """The windows of a year. Arithmetic 1 took each window for a year of the ramp and of what is left."""
        return 1 if self.arithmetic == 1 else _WINDOWS_A_YEAR[self.per]

    def _used(self, usage: Usage) -> Exact:
        return total((exact_number(usage.carried(self.per).get("used", "0")), exactly(usage, self.unit)))

    def _settle(self, usage: Usage) -> tuple[list[RatedLine], dict[str, Any]]:
        """Settle a year that ends: its lines, and the state of the next year."""
        number, used = int(usage.opening.get("years", "0")), self._used(usage)
        year = number // self._windows_a_year
        percent = self.ramp[year] if year < len(self.ramp) else _HUNDRED
        window = share(usage.window(self.per), self.proration)
        annual = quotient(product(self.annual_quantity, percent, window), _HUNDRED)
        obligation = quotient(product(annual, self.take_percent), _HUNDRED)
        paid, taken = _alive(usage.opening.get("paid", ()), number), _alive(usage.opening.get("taken", ()), number)
        why = f"{plain(self.take_percent)} % of {plain(annual)} = {plain(obligation)} {self.unit}"
        lowered, taken = _draw(taken, max(_ZERO, subtracted(obligation, used)))
        missing, over = (
            max(_ZERO, subtracted(subtracted(obligation, used), lowered)),
            max(_ZERO, subtracted(used, obligation)),
        )
        lines = []
        if missing:
            less = f", less {_shown(lowered)} taken before" if lowered else ""
            calculation = f"{why}{less}, taken {_shown(used)}"
            lines.append(RatedLine(1, trimmed(rounded(missing)), self.unit, self.unit_price, "not taken", calculation))
            until = number + self.make_up_years * self._windows_a_year
            unpaid = {"quantity": missing, "price": self.unit_price, "until": until}
            paid += _kept(unpaid, paid, self.make_up_most, number)
        made_up: Exact = _ZERO
        worth: Exact = _ZERO
        for lot in paid if over else ():
            part = min(lot["quantity"], subtracted(over, made_up))
            made_up, worth = total((made_up, part)), total((worth, multiplied(part, lot["price"])))
        if made_up:
            _, paid = _draw(paid, made_up)
            calculation = f"{_shown(made_up)} {self.unit} beyond {plain(obligation)} were paid before"
            lines.append(lump(2, rounded(worth).copy_negate(), "made up", calculation))
        if self.excess_percent is not None:
            bound = quotient(product(annual, self.excess_percent), _HUNDRED)
            beyond, price = max(_ZERO, subtracted(used, bound)), self.excess_unit_price
            if beyond and price is not None and price != self.unit_price:
                band = f"{plain(self.excess_percent)} % of {plain(annual)}"
                calculation = f"beyond {band}, at {plain(price)} instead of {plain(self.unit_price)}"
                extra = added((price, self.unit_price.copy_negate()))
                lines.append(RatedLine(3, trimmed(rounded(beyond)), self.unit, extra, "beyond the band", calculation))
        rest = subtracted(over, made_up)
        if rest and self.carry_forward_years:
            until = number + self.carry_forward_years * self._windows_a_year
            taken += _kept({"quantity": rest, "until": until}, taken, self.carry_forward_most, number)
        lots = {"paid": [_written(lot) for lot in paid], "taken": [_written(lot) for lot in taken]}
        return lines, {"years": str(number + 1)} | {name: written for name, written in lots.items() if written}


def _alive(stored: Any, number: int) -> list[dict[str, Any]]:
    """Read the lots that a window may still use, the oldest first.

    A lot is what one window has left: its ``quantity``, the ``price`` paid for it, and the number of the last window
    that may use it (``until``).
    """
    lots = [
        {name: int(value) if name == "until" else exact_number(value) for name, value in lot.items()} for lot in stored
    ]
    return [lot for lot in lots if lot["until"] >= number]


def _draw(lots: list[dict[str, Any]], wanted: Exact) -> tuple[Exact, list[dict[str, Any]]]:
    """Draw a quantity from lots, the oldest first: how much of it they had, and the lots that are left."""
    drawn: Exact = _ZERO
    left: list[dict[str, Any]] = []
    for lot in lots:
        part = min(lot["quantity"], subtracted(wanted, drawn))
        drawn = total((drawn, part))
        if lot["quantity"] > part:
            left.append(lot | {"quantity": subtracted(lot["quantity"], part)})
    return drawn, left


def _kept(lot: dict[str, Any], others: list[dict[str, Any]], most: Decimal | None, number: int) -> list[dict[str, Any]]:
    """Keep of a new lot what has room below the most that is kept, beside those that later windows may use."""
    if most is None:
        return [lot]
    later = total([other["quantity"] for other in others if other["until"] > number])
    quantity = min(lot["quantity"], max(_ZERO, subtracted(most, later)))
    return [lot | {"quantity": quantity}] if quantity else []


def _shown(number: Exact) -> str:
    return plain(trimmed(rounded(number)))


def _written(lot: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) if name == "until" else exact_text(value) for name, value in lot.items()}
