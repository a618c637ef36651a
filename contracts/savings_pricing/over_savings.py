"""What all rules over a saving have in common."""

from decimal import Decimal

from contracts.clause import Rule
from contracts.rated_usage import CarriedState, Usage
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
    def carries_money(self) -> bool:
        """The value of a saving is money."""
        return True

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the sums of the window, what lasts beyond it, and the states of the tariff.

        Raises:
            UnopenedState: they cannot be taken over; the reason is its class.
        """
        values = super().open(state, usage)
        tariff, valuation = values.get("tariff"), getattr(self, "valuation", None)
        if not tariff or valuation is None:
            return values
        return {**values, "tariff": valuation.open_tariff(tariff, usage)}

    def state_of(self, values: CarriedState, usage: Usage) -> CarriedState:
        """Write values as a state, in which each price of the tariff has a state of its own."""
        tariff, valuation = values.get("tariff"), getattr(self, "valuation", None)
        if tariff and valuation is not None:
            values = {**values, "tariff": valuation.tariff_states(tariff, usage)}
        return super().state_of(values, usage)

    def specimen(self, usage: Usage) -> CarriedState:
        """Sums of nothing for a window that goes on, and a state of each price of the tariff."""
        within, valuation = super().specimen(usage), getattr(self, "valuation", None)
        tariff = {} if valuation is None else valuation.specimen(usage)
        return {**({"within": within} if within else {}), **({"tariff": tariff} if tariff else {})}

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
