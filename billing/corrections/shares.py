"""Who shares a corrected charge: brought by the charge to what each has of it by now, and not line by line.

A reading that moves one tier moves the shares of the others, whose amounts stay as they are; an amended waterfall moves
no amount at all. So what the adjusted lines of a charge do not bring themselves goes with the first of them, and where
there is none, with a line of nothing. Every line's shares add up to its net.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from billing.invoices.invoice import Line
from billing.records.proof import AdjustmentProof
from quantities.number import plain, trimmed, unsigned_zero

_NOTHING = Decimal(0)


def bring_shares(adjusted: Sequence[Line], billed: Sequence[Line], owed: Sequence[Line], supplier: str) -> list[Line]:
    """Let the adjustments of each charge bring its payees to what they have of it by now.

    Args:
        adjusted: the adjustments, whose amounts are right.
        billed: what was billed for the period, adjustments of it included.
        owed: the same period rated again.
        supplier: who has what no payee has of a charge that some share; without a name, it is left out.

    Returns:
        The adjustments, and after them lines of nothing for charges of which only the sharing changed.
    """
    lines = list(adjusted)
    for charge in dict.fromkeys(line.charge for line in (*billed, *owed) if line.payees):
        before, now = ([line for line in some if line.charge == charge] for some in (billed, owed))
        places = [at for at, line in enumerate(lines) if line.charge == charge]
        shares = [_shares([lines[at]], supplier) for at in places]
        missing = _less(_shares(now, supplier), _shares(before, supplier), *shares)
        if places:
            shares[0] = _less(shares[0], {name: -amount for name, amount in missing.items()})
        elif missing:
            lines.append(_of_nothing(before, now, missing))
        for at, own in zip(places, shares, strict=True):
            if own != _shares([lines[at]], ""):
                lines[at] = replace(lines[at], payees={name: plain(amount) for name, amount in own.items() if amount})
    return lines


def _of_nothing(billed: Sequence[Line], owed: Sequence[Line], shares: Mapping[str, Decimal]) -> Line:
    """Make a line that moves shares and no amount, for the last line of a charge."""
    target = (*billed, *owed)[-1]
    alike = [line for line in billed if line.key == target.key]
    quantity, net = (sum((getattr(line, name) for line in alike), _NOTHING) for name in ("quantity", "net"))
    now = next((line for line in owed if line.key == target.key), None)
    adjusts = AdjustmentProof(
        billed_quantity=plain(trimmed(quantity)),
        billed_net=plain(net),
        owed_quantity=plain(trimmed(now.quantity)) if now else "0",
        owed_net=plain(now.net) if now else "0",
    )
    return replace(
        target,
        quantity=_NOTHING,
        net=unsigned_zero(target.net - target.net),
        allocation={},
        payees={name: plain(amount) for name, amount in shares.items()},
        proof=target.proof.model_copy(update={"adjusts": adjusts}),
    )


def _shares(lines: Iterable[Line], supplier: str) -> dict[str, Decimal]:
    """Add up what each has of lines; what their payees leave of an amount is the supplier's."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        own = {name: Decimal(amount) for name, amount in line.payees.items()}
        if supplier and (left := line.net - sum(own.values(), _NOTHING)):
            own[supplier] = own.get(supplier, _NOTHING) + left
        for name, amount in own.items():
            sums[name] = sums.get(name, _NOTHING) + amount
    return sums


def _less(shares: Mapping[str, Decimal], *others: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Take shares from others, name by name; what comes to nothing is left out."""
    names = dict.fromkeys(name for some in (shares, *others) for name in some)
    left = {name: shares.get(name, _NOTHING) - sum(o.get(name, _NOTHING) for o in others) for name in names}
    return {name: amount for name, amount in left.items() if amount}
