"""What all rules over a saving have in common."""

from datetime import date
from decimal import Decimal

from contracts.clause import Rule
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import Per
from quantities.arithmetic import product, quotient
from quantities.exact import Exact
from savings.coverage import SavingCoverage


class OverSavings(Rule):
    """A rule over a saving, summed over a window; at the prices of its ``valuation`` where it has one."""

    @property
    def needs_covered_periods(self) -> bool:
        """Whether each period must be covered, as by arithmetic 2. Since then it is what a rule settles, together."""
        return self.number_of_arithmetic <= 2  # noqa: PLR2004 the numbers of the arithmetic

    @property
    def leaves_suspended_out(self) -> bool:
        """Whether what is agreed for a window is shared by its days without those of suspensions."""
        return self.number_of_arithmetic > 2  # noqa: PLR2004 the numbers of the arithmetic

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


def unsettled(usage: Usage, per: Per, coverage: SavingCoverage | None) -> SavingCoverage | None:
    """Add the rows of the billed days to those of the window that are not settled; None where a saving is stated.

    Args:
        usage: the billed days.
        per: the window.
        coverage: of the saving of these days.
    """
    if coverage is None:
        return None
    return coverage.with_carried(usage.carried(per, usage.opening.get("within", {})))


def rows_of(coverage: SavingCoverage | None) -> dict[str, Exact]:
    """Write the rows that are not settled down, among the sums of a window; nothing where none are counted."""
    return {} if coverage is None else {**coverage.sums()}


def share_of_window(whole: Decimal, usage: Usage, per: Per, *, without_suspended: bool = True) -> Decimal:
    """Compute the share of an agreed number for the window of the billed days: by calendar days, 1 for a whole one.

    Args:
        whole: what is agreed for a whole window.
        usage: the billed days.
        per: the window.
        without_suspended: whether days of a suspension are left out: nothing is promised for them, and nothing is due.
            Up to arithmetic 2 of its rules they counted as all others. What is agreed for the whole life of a contract
            without end is whole in any case.
    """
    window = usage.window(per)
    if without_suspended and window.whole_after_last == date.max:
        return whole
    days = window.days if without_suspended else (window.after_last - window.first).days
    return (
        whole
        if days == window.days_of_whole
        else quotient(product(whole, Decimal(days)), Decimal(window.days_of_whole))
    )
