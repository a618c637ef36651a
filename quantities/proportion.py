"""An amount divided as another one is, by names: to the cent, and nothing of it lost."""

from collections.abc import Mapping
from decimal import Decimal

from quantities.arithmetic import added
from quantities.money import Money


def proportioned(shares: Mapping[str, str], amount: Decimal, currency: str) -> dict[str, Decimal]:
    """Divide an amount as a line is divided, by largest remainder.

    Args:
        shares: of the line, by name.
        amount: net, of either sign.
        currency: to the cent of which it is divided.
    """
    weights = [Decimal(share) for share in shares.values()]
    if not any(weights):
        return {}
    if min(weights) >= 0 or max(weights) <= 0:
        parts = Money(amount, currency).split([abs(weight) for weight in weights])
        return {name: part.amount for name, part in zip(shares, parts, strict=True)}
    whole = added(weights)
    if not whole:
        return {}
    # some take what others give: the last one has what is left, so that no cent is lost
    *names, last = shares
    divided = {name: Money(Decimal(shares[name]) * amount / whole, currency).rounded().amount for name in names}
    return divided | {last: amount - added(divided.values())}
