"""What all rules over a saving have in common."""

from decimal import Decimal

from contracts.clause import Rule
from contracts.rated_usage import Usage
from contracts.schedule import Per
from quantities.arithmetic import product, quotient


class OverSavings(Rule):
    """A rule over a saving, summed over a window; at the prices of its ``valuation`` where it has one."""

    @property
    def follows(self) -> frozenset[str]:
        """The published series of its prices."""
        valuation = getattr(self, "valuation", None)
        return frozenset() if valuation is None else valuation.follows

    @property
    def is_stateful(self) -> bool:
        """A period adds to the sums of its window."""
        return True


def share_of_window(whole: Decimal, usage: Usage, per: Per) -> Decimal:
    """Compute the share of an agreed number for the window of the billed days: by calendar days, 1 for a whole one."""
    window = usage.window(per)
    days = (window.after_last - window.first).days
    days_of_whole = (window.whole_after_last - window.whole_first).days
    return whole if days == days_of_whole else quotient(product(whole, Decimal(days)), Decimal(days_of_whole))
