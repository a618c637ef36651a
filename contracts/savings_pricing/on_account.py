"""Billed on account each period, and settled when a window closes: by what was verified, less what was billed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.clause import CarriedState, RatedLine, Usage, lump
from contracts.schedule import Per
from quantities.arithmetic import added
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.terms import Terms

_ZERO = Decimal(0)
_SETTLEMENT = 90


class OnAccount(Terms):
    """What is billed each period until the window is verified.

    Attributes:
        amount: a billing period; by contract year, the last stands for all that follow.
    """

    amount: Annotated[tuple[Amount, ...], Field(min_length=1)]

    def of(self, usage: Usage) -> Decimal:
        """Say the amount of a period: once, though a change of terms divides it."""
        if not usage.closes(Per.PERIOD):
            return _ZERO
        return self.amount[min(usage.contract_year, len(self.amount)) - 1]


def so_far(usage: Usage, per: Per, carried: CarriedState, **sums: Decimal) -> dict[str, Decimal]:
    """Add to sums of these days what the window has carried of them."""
    found = usage.carried(per, carried)
    return {name: added((Decimal(found.get(name, "0")), each)) for name, each in sums.items()}


def billed_on_account(
    usage: Usage, per: Per, terms: OnAccount, sums: dict[str, Decimal], told: Sequence[str]
) -> tuple[RatedLine, ...]:
    """Bill a period on account, and settle the window where it closes.

    Args:
        usage: the days.
        per: the window.
        terms: what is billed.
        sums: of the window so far, these days included: what is ``verified`` and what was ``billed``.
        told: how what is verified came about.
    """
    lines = []
    amount = terms.of(usage)
    if amount:
        lines.append(lump(0, amount, "on account"))
    if usage.closes(per):
        rest = added((sums["verified"], sums["billed"].copy_negate()))
        shown = f"verified {plain(trimmed(sums['verified']))} − on account {plain(trimmed(sums['billed']))}"
        lines.append(lump(_SETTLEMENT, rest, f"settlement of the {per.value}", "; ".join([*told, shown])))
    return tuple(lines)
