"""What every rule over a saving has in common."""

from decimal import Decimal

from contracts.clause import Rule, Usage
from contracts.schedule import Per
from quantities.arithmetic import product, quotient


class OverSavings(Rule):
    """A rule over a saving: told over a window, at the prices of its ``valuation`` where it has one."""

    @property
    def follows(self) -> frozenset[str]:
        """The published series of its prices."""
        valuation = getattr(self, "valuation", None)
        return frozenset() if valuation is None else valuation.follows

    @property
    def is_stateful(self) -> bool:
        """Each period adds to its window."""
        return True


def of_window(whole: Decimal, usage: Usage, per: Per) -> Decimal:
    """Take what is agreed for a whole window; of a part of one, a part of it by days."""
    window = usage.window(per)
    days, of = (window.after_last - window.first).days, (window.whole_after_last - window.whole_first).days
    return whole if days == of else quotient(product(whole, Decimal(days)), Decimal(of))
