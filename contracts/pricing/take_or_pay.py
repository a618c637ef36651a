"""Take-or-pay: a year's quantity is paid for, taken or not; what was paid and not taken may be taken later.

Clause: "The customer takes 85 % to 115 % of the annual contract quantity, or pays for what is missing to 85 %. What is
paid and not taken may be taken within three years, beyond that year's own obligation."
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from contracts.clause import CarriedState, RatedLine, Rule, Usage, in_unit, lump
from contracts.proration import Proration, share
from contracts.schedule import Per
from quantities.arithmetic import added, product, quotient
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude

_HUNDRED = Decimal(100)
_ZERO = Decimal(0)


class TakeOrPay(Rule):
    """So much a unit, and a year's obligation.

    Attributes:
        unit: what is priced.
        unit_price: for what is taken, and for what is missing.
        annual_quantity: in ``unit``.
        take_percent: of it must be taken or paid.
        excess_percent: of it may be taken at ``unit_price``; without it any quantity.
        excess_unit_price: beyond that; ``unit_price``, unless it is said.
        ramp: what percent of the annual quantity counts in the first year, the second and so on; then all of it.
        make_up_years: for how many years what was paid and not taken may be taken beyond the obligation.
        carry_forward_years: for how many years what was taken beyond the obligation lowers later ones.
        per: the window; years are the contract's own, or begin in the month that its billing says.
        proration: what a part of a year is bound to.
    """

    prices: ClassVar = ("unit_price", "excess_unit_price")

    kind: Literal["take_or_pay"] = "take_or_pay"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    unit_price: Annotated[Amount, Field(ge=0)]
    annual_quantity: Annotated[Magnitude, Field(gt=0)]
    take_percent: Annotated[Magnitude, Field(gt=0, le=100)]
    excess_percent: Annotated[Magnitude, Field(ge=100)] | None = None
    excess_unit_price: Annotated[Amount, Field(ge=0)] | None = None
    ramp: tuple[Annotated[Magnitude, Field(ge=0, le=100)], ...] = ()
    make_up_years: Annotated[WholeNumber, Field(ge=0, le=50)] = 0
    carry_forward_years: Annotated[WholeNumber, Field(ge=0, le=50)] = 0
    per: Literal[Per.YEAR, Per.HALF_YEAR, Per.QUARTER] = Per.YEAR
    proration: Proration = Proration.CALENDAR_DAYS

    @property
    def is_stateful(self) -> bool:
        """A year does."""
        return True

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            What was taken; and when the year ends what is missing, what is taken of what was paid before, and what
            exceeds the band.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate.
        """
        lines = [RatedLine(0, in_unit(usage, self.unit), self.unit, self.unit_price, "taken")]
        if usage.closes(self.per):
            lines += self._settle(usage)[0]
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry what the year took, and from year to year what was paid and not taken, and what was taken too much."""
        if usage.closes(self.per):
            return self._settle(usage)[1]
        lasting = {name: usage.opening[name] for name in ("years", "paid", "taken") if name in usage.opening}
        return lasting | usage.mark(self.per) | {"used": plain(trimmed(self._used(usage)))}

    def _used(self, usage: Usage) -> Decimal:
        return added((Decimal(usage.carried(self.per).get("used", "0")), in_unit(usage, self.unit)))

    def _settle(self, usage: Usage) -> tuple[list[RatedLine], dict[str, Any]]:
        """Settle a year that ends: its lines, and what goes on."""
        year, used = int(usage.opening.get("years", "0")), self._used(usage)
        percent = self.ramp[year] if year < len(self.ramp) else _HUNDRED
        window = share(usage.window(self.per), self.proration)
        annual = quotient(product(self.annual_quantity, percent, window), _HUNDRED)
        obligation = quotient(product(annual, self.take_percent), _HUNDRED)
        paid, taken = _alive(usage.opening.get("paid", ()), year), _alive(usage.opening.get("taken", ()), year)
        why = f"{plain(self.take_percent)} % of {plain(annual)} = {plain(obligation)} {self.unit}"
        lowered, taken = _draw(taken, max(_ZERO, obligation - used))
        missing, over = max(_ZERO, obligation - used - lowered), max(_ZERO, used - obligation)
        lines = []
        if missing:
            less = f", less {plain(trimmed(lowered))} taken before" if lowered else ""
            calculation = f"{why}{less}, taken {plain(trimmed(used))}"
            lines.append(RatedLine(1, trimmed(missing), self.unit, self.unit_price, "not taken", calculation))
            paid += [{"quantity": missing, "price": self.unit_price, "until": year + self.make_up_years}]
        made_up, worth = _ZERO, _ZERO
        for each in paid if over else ():
            part = min(each["quantity"], over - made_up)
            made_up, worth = added((made_up, part)), added((worth, product(part, each["price"])))
        if made_up:
            _, paid = _draw(paid, made_up)
            calculation = f"{plain(trimmed(made_up))} {self.unit} beyond {plain(obligation)} were paid before"
            lines.append(lump(2, worth.copy_negate(), "made up", calculation))
        if self.excess_percent is not None:
            bound = quotient(product(annual, self.excess_percent), _HUNDRED)
            beyond, price = max(_ZERO, used - bound), self.excess_unit_price
            if beyond and price is not None and price != self.unit_price:
                band = f"{plain(self.excess_percent)} % of {plain(annual)}"
                calculation = f"beyond {band}, at {plain(price)} instead of {plain(self.unit_price)}"
                extra = added((price, self.unit_price.copy_negate()))
                lines.append(RatedLine(3, trimmed(beyond), self.unit, extra, "beyond the band", calculation))
        rest = added((over, made_up.copy_negate()))
        if rest and self.carry_forward_years:
            taken += [{"quantity": rest, "until": year + self.carry_forward_years}]
        going_on = {"paid": [_written(each) for each in paid], "taken": [_written(each) for each in taken]}
        return lines, {"years": str(year + 1)} | {name: of for name, of in going_on.items() if of}


def _alive(stored: Any, year: int) -> list[dict[str, Any]]:
    """Read quantities that a later year may use, the oldest first; what is too old is gone."""
    read = [
        {name: int(value) if name == "until" else Decimal(value) for name, value in each.items()} for each in stored
    ]
    return [each for each in read if each["until"] >= year]


def _draw(stored: list[dict[str, Any]], wanted: Decimal) -> tuple[Decimal, list[dict[str, Any]]]:
    """Take so much, the oldest first: what there was of it, and what is left."""
    drawn, left = _ZERO, []
    for each in stored:
        part = min(each["quantity"], wanted - drawn)
        drawn = added((drawn, part))
        if each["quantity"] > part:
            left.append(each | {"quantity": each["quantity"] - part})
    return drawn, left


def _written(each: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) if name == "until" else plain(trimmed(value)) for name, value in each.items()}
