"""Instalments: amounts that are billed for a use on account, and settled against what it came to when a window ends.

Clause: "The customer pays 140 EUR a month from November to February and 80 EUR in other months on account. At the end
of the year the heat that was used is billed, less the instalments; what is too much is credited."

    each period: its instalment; what the use came to is kept, line by line
    the period that ends the window: all lines of the window, quantity by quantity, less the instalments
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from contracts.carried_state import KnownState, StateReader
from contracts.proration import Proration, share_of
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import Per
from quantities.arithmetic import added, product
from quantities.document import WholeNumber
from quantities.money import Amount, exponent
from quantities.number import plain, trimmed
from quantities.rounding import Rounding, without_noise
from quantities.terms import Terms

_KIND = "instalments"
_ARITHMETICS = frozenset({1})
#: The numbers of their lines, behind those that a rule has in a group.
INSTALMENT, LESS = 9_000, 9_001
#: How far apart the lines of a part stand whose price has moved within the window.
_STEP = 100


class Instalment(Terms):
    """An amount on account.

    Attributes:
        amount: for a whole billing period; a part of one has its share by days.
        first: the first day of the billing periods that it is for; without it, the contract's.
        months: of the years, by number, those in which such a period begins; without any, all.
    """

    amount: Annotated[Amount, Field(ge=0)]
    first: date | None = None
    months: tuple[Annotated[WholeNumber, Field(ge=1, le=12)], ...] = ()

    def is_for(self, day: date) -> bool:
        """Tell whether it is for a billing period whose first billed day is this one."""
        return (self.first is None or self.first <= day) and (not self.months or day.month in self.months)


class Instalments(Terms):
    """How a charge is billed on account.

    Attributes:
        per: the window that is settled when it ends; the last of its periods has no instalment.
        amounts: of those that are for a period the last that is listed counts.
        arithmetic: its number, as of a rule.
    """

    per: Per = Per.YEAR
    amounts: Annotated[tuple[Instalment, ...], Field(min_length=1)]
    arithmetic: Literal[1] = 1

    @model_validator(mode="after")
    def _spans_periods(self) -> Self:
        if self.per is Per.PERIOD:
            raise ValueError("what is on account is settled over several billing periods: name a longer window")
        return self

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over what the window was billed on account, and what its use came to.

        Raises:
            UnopenedState: it cannot be taken over; the reason is its class.
        """
        reader = StateReader(
            kind=_KIND,
            kinds=frozenset({_KIND}),
            arithmetics=_ARITHMETICS,
            unit="",
            windows=(self.per,),
            quantities=frozenset(),
        )
        return reader.opened(state, usage)

    def state_of(self, values: CarriedState, currency: str) -> CarriedState:
        """Write values of it as a state."""
        return KnownState(_KIND, self.arithmetic, "", values, per=self.per.value, currency=currency).written()

    def specimen(self, usage: Usage) -> CarriedState:
        """A window that goes on, without use."""
        return {} if usage.closes(self.per) else usage.window_key(self.per) | {"billed": "0", "lines": []}

    def bill(
        self, lines: Sequence[RatedLine], usage: Usage, rounding: Rounding
    ) -> tuple[tuple[RatedLine, ...], CarriedState]:
        """Bill days on account, or settle the window with them.

        Args:
            lines: what their use comes to, unrounded.
            usage: the days; ``opening`` is what ``open`` returned.
            rounding: of the contract: an instalment is taken off as it was billed, to the cent.

        Returns:
            Lines of the days, unrounded; and what goes on within the window.
        """
        before = usage.carried(self.per)
        billed = Decimal(before.get("billed", "0"))
        kept = _joined([*map(_read, before.get("lines", ())), *lines])
        if usage.closes(self.per):
            less = [] if not billed else [lump(LESS, billed.copy_negate(), "less instalments", self._shown(usage))]
            return (*_numbered(kept), *less), {}
        amount = rounding.to_places(without_noise(self.amount_for(usage)), exponent(usage.currency))
        due = (lump(INSTALMENT, amount, "on account"),) if amount else ()
        values = {"billed": plain(added((billed, amount))), "lines": [_written(line) for line in kept]}
        return due, usage.window_key(self.per) | values

    def amount_for(self, usage: Usage) -> Decimal:
        """Compute the instalment of billed days, unrounded; nothing in the period with which the window ends."""
        if usage.period.whole_after_last >= usage.window(self.per).after_last:
            return Decimal(0)
        valid = [instalment.amount for instalment in self.amounts if instalment.is_for(usage.first_of_period)]
        return product(valid[-1], share_of(usage, Proration.CALENDAR_DAYS)) if valid else Decimal(0)

    def _shown(self, usage: Usage) -> str:
        window = usage.window(self.per)
        return f"billed on account from {window.first} on"


def _alike(line: RatedLine) -> tuple[object, ...]:
    price = None if line.is_lump else trimmed(line.unit_price)
    return line.part, line.unit, price, line.label, line.nature, line.is_lump


def _joined(lines: Sequence[RatedLine]) -> list[RatedLine]:
    """Add up lines of one part at one price; amounts without a quantity as well."""
    joined: dict[tuple[object, ...], RatedLine] = {}
    for line in lines:
        same = joined.setdefault(key := _alike(line), line)
        if same is line:
            joined[key] = replace(line, calculation="")
        elif line.is_lump:
            joined[key] = replace(same, unit_price=added((same.amount, line.amount)))
        else:
            joined[key] = replace(same, quantity=added((same.quantity, line.quantity)))
    return list(joined.values())


def _numbered(lines: Sequence[RatedLine]) -> tuple[RatedLine, ...]:
    """Number lines by their part; a further price of the same part has a number behind the one before."""
    numbered: list[RatedLine] = []
    taken = set[int]()
    for line in lines:
        part = line.part
        while part in taken:
            part += _STEP
        taken.add(part)
        numbered.append(replace(line, part=part))
    return tuple(numbered)


def _written(line: RatedLine) -> dict[str, Any]:
    written = {
        "part": str(line.part),
        "quantity": plain(trimmed(line.quantity)),
        "unit": line.unit,
        "unit_price": plain(trimmed(line.unit_price)),
    }
    further = {"label": line.label, "nature": line.nature or "", "lump": "yes" if line.is_lump else ""}
    return written | {name: str(text) for name, text in further.items() if text}


def _read(stored: Mapping[str, str]) -> RatedLine:
    return RatedLine(
        part=int(stored["part"]),
        quantity=Decimal(stored["quantity"]),
        unit=stored["unit"],
        unit_price=Decimal(stored["unit_price"]),
        label=stored.get("label", ""),
        nature=Nature(stored["nature"]) if "nature" in stored else None,
        is_lump="lump" in stored,
    )
