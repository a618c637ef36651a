"""A use by month of the year, as the parties agreed it, from bills or for a typical year.

A month's energy is spread evenly over its local days, so that its days together are the number on the paper, to the
last digit: the days up to one are rounded, and a day is the difference of two such sums.
"""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from quantities.arithmetic import added, product, quotient
from quantities.terms import Terms
from savings.rows import Row
from savings.statistics.frozen_statistic import Statistic


class MonthTable(Terms):
    """The energy of each month of a year.

    Attributes:
        energies: twelve numbers, January first, each for the whole month; February's for 28 days as for 29.
    """

    kind: Literal["months"] = "months"
    energies: Annotated[tuple[Statistic, ...], Field(min_length=12, max_length=12)]

    @property
    def needs(self) -> frozenset[str]:
        """No drivers."""
        return frozenset()

    def predict(self, row: Row) -> Decimal:
        """The energy of a day, or of the days of a billing period; of a whole month, that of the table."""
        first = row.local.date()
        return added(self._of_day(first + timedelta(days=at)) for at in range(row.days))

    def _of_day(self, day: date) -> Decimal:
        return added((self._until(day, day.day), self._until(day, day.day - 1).copy_negate()))

    def _until(self, day: date, days: int) -> Decimal:
        """The energy of the first days of a day's month, to 15 decimal places."""
        _, of_month = monthrange(day.year, day.month)
        return quotient(product(self.energies[day.month - 1], Decimal(days)), Decimal(of_month))
