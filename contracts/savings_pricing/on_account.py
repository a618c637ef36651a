"""Amounts billed on account in every period, settled at the end of a window by the verified sum less the billed one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import Per
from quantities.arithmetic import added
from quantities.exact import Exact, exact_number, rounded, total
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.terms import Terms

_ZERO = Decimal(0)
_SETTLEMENT = 90


class OnAccount(Terms):
    """The amounts that are billed before the window is verified.

    Attributes:
        amount: of a billing period, by contract year; the last one counts for all later years.
    """

    amount: Annotated[tuple[Amount, ...], Field(min_length=1)]

    def amount_for(self, usage: Usage) -> Decimal:
        """Tell the amount of a billing period; where a change of terms divides it, its last part has all of it."""
        if not usage.ends_period:
            return _ZERO
        return self.amount[min(usage.contract_year, len(self.amount)) - 1]


def window_sums(usage: Usage, per: Per, carried: CarriedState, **sums: Exact) -> dict[str, Exact]:
    """Add what the window has carried of some sums to those of the billed days, exactly."""
    before = usage.carried(per, carried)
    return {name: total((exact_number(before.get(name, "0")), number)) for name, number in sums.items()}


def billed_on_account(
    usage: Usage, per: Per, amount: Decimal, sums: Mapping[str, Exact], steps: Sequence[str]
) -> tuple[RatedLine, ...]:
    """Bill a period on account, and settle the window where it closes.

    Args:
        usage: the billed days.
        per: the window.
        amount: of the period on account.
        sums: of the window so far, these days included: ``verified`` and ``billed``.
        steps: how the verified sum was computed.
    """
    lines = []
    if amount:
        lines.append(lump(0, amount, "on account"))
    if usage.closes(per):
        verified, billed = rounded(sums["verified"]), rounded(sums["billed"])
        rest = added((verified, billed.copy_negate()))
        shown = f"verified {plain(trimmed(verified))} − on account {plain(trimmed(billed))}"
        lines.append(lump(_SETTLEMENT, rest, f"settlement of the {per.value}", "; ".join([*steps, shown])))
    return tuple(lines)
