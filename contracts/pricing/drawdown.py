"""Drawdown: what was paid before is set against what is billed, until nothing of it is left.

Clause: "6,000 EUR are paid on 1 January and set against the price of heat; what is left at the end is given back."
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.carried_state import StateLeftOver
from contracts.clause import OverAmounts, Stage
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import Per
from quantities.arithmetic import added
from quantities.exact import exact_number, exact_text, rounded
from quantities.money import Amount
from quantities.number import plain, trimmed

_NOTHING = Decimal(0)
#: The part of the line that gives back what is not drawn, apart from those that are set against charges.
GIVEN_BACK = 1000


class Drawdown(OverAmounts):
    """An amount that was claimed before, set against what charges are billed with, to the cent.

    It is claimed by another charge: a one-off amount of the nature ``prepayment``. What is drawn takes back of that one
    document, and so bears the tax of the day on which it was claimed; the price bears its own.

    Attributes:
        amount: that was claimed.
        claimed: the day on which it was; it is drawn on from the billed days on that end after it.
        of: the charges that it is set against, in the order in which they are computed; without any, all. A fee in
            advance is billed before, and not among them.
    """

    stage: ClassVar[Stage] = Stage.DRAW
    nature: ClassVar[Nature] = Nature.PREPAYMENT
    is_of_their_kind: ClassVar[bool] = False
    takes_nets: ClassVar[bool] = True

    kind: Literal["drawdown"] = "drawdown"
    arithmetic: Literal[1] = 1
    amount: Annotated[Amount, Field(gt=0)]
    claimed: date

    @property
    def is_stateful(self) -> bool:
        """What is left depends on the periods before."""
        return True

    @property
    def carries_money(self) -> bool:
        """What it carries is what is left of an amount."""
        return True

    @property
    def claimed_on(self) -> date | None:
        """The day on which it was claimed."""
        return self.claimed

    def specimen(self, usage: Usage) -> CarriedState:
        """All of it, once it is claimed."""
        return self._written(self.amount) if self._is_claimed(usage) and not usage.closes(Per.CONTRACT) else {}

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over what is left; of an amount that an amendment raises or lowers, the difference with it.

        Raises:
            StateLeftOver: something is left of an amount that was claimed on another day, whose tax it bears; or more
                is drawn already than is claimed by these terms.
        """
        values = super().open(state, usage)
        if not values:
            return values
        rest = rounded(exact_number(values["left"]))
        if values["claimed"] != str(self.claimed):
            if not rest:
                return {}
            detail = f"{plain(rest)} are left of what was claimed on {values['claimed']}: draw them by that day"
            raise StateLeftOver(detail, place="claimed", found=str(self.claimed), expected=values["claimed"])
        drawn = added((rounded(exact_number(values["prepaid"])), -rest))
        if drawn > self.amount:
            detail = f"{plain(drawn)} are drawn already: no less can have been claimed"
            raise StateLeftOver(detail, place="amount", found=plain(self.amount), expected=plain(drawn))
        return self._written(added((self.amount, -drawn)))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Draw on what is left, as far as the charges are billed with something.

        Args:
            usage: with what each charge is billed with, to the cent.

        Returns:
            One negative line for every charge that something is set against; and one for what is given back, at the end
            of the contract.
        """
        if not self._is_claimed(usage):
            return ()
        lines, rest = [], self._left(usage)
        for at, name, owed, drawn in self._drawn(usage):
            calculation = f"of {plain(trimmed(rest))} that are left, at most {plain(trimmed(owed))} for {name}"
            rest = added((rest, -drawn))
            left = plain(trimmed(rest)) if rest else "nothing"
            label = f"set against {name}: {left} of {plain(self.amount)} left"
            lines.append(lump(at, -drawn, label, calculation, of=name))
        if rest and usage.closes(Per.CONTRACT):
            lines.append(lump(GIVEN_BACK, -rest, f"not drawn of {plain(self.amount)}, given back"))
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry what is left, also where it is nothing, until the contract ends."""
        if not self._is_claimed(usage) or usage.closes(Per.CONTRACT):
            return {}
        return self._written(added((self._left(usage), *(-drawn for *_, drawn in self._drawn(usage)))))

    def _is_claimed(self, usage: Usage) -> bool:
        return self.claimed < usage.period.after_last

    def _left(self, usage: Usage) -> Decimal:
        return rounded(exact_number(usage.opening["left"])) if usage.opening else self.amount

    def _drawn(self, usage: Usage) -> Iterator[tuple[int, str, Decimal, Decimal]]:
        """List what is set against charges: the place of each, its name, what it is billed with, and what is drawn."""
        rest = min(self._left(usage), max(_NOTHING, usage.amount))
        for at, (name, owed) in enumerate(usage.amounts.items()):
            drawn = min(rest, max(_NOTHING, owed))
            if drawn:
                rest = added((rest, -drawn))
                yield at, name, owed, drawn

    def _written(self, left: Decimal) -> CarriedState:
        return {"left": exact_text(left), "prepaid": exact_text(self.amount), "claimed": str(self.claimed)}
