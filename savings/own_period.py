"""The saving that a baseline finds in its own period, in which nothing was saved: a check of the baseline."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field

from quantities.number import unsigned_zero
from quantities.terms import Terms
from savings.avoided import Avoided
from savings.finding import BaselineFinding, disqualified, noted
from savings.rows import Interval
from savings.statistics.frozen_statistic import Statistic
from savings.statistics.goodness import Figures
from savings.statistics.uncertainty import NoUncertainty, Variant, half_width

_PLACES = 6
_CONFIDENCE = Decimal("0.95")
#: Of the measured energy: what floats may be off in a sum that is zero by construction.
_ROUNDING = Decimal("1e-9")


class OwnPeriod(Terms):
    """The saving over the baseline period itself, measured as every saving is.

    Attributes:
        expected: the energy that the baseline expects in its own period.
        measured: the energy measured in it.
        saved: the difference, which nobody saved.
        rows: the number of rows that count.
        zero_by_construction: whether the difference can only be zero: the residuals of the method sum to zero, and the
            rows that count are the rows that it was fitted to.
        within: half of the width of the difference's uncertainty at 95 % by ASHRAE 14; None where it has none.
    """

    expected: Statistic
    measured: Statistic
    saved: Statistic
    rows: Annotated[int, Field(ge=0)]
    zero_by_construction: bool
    within: Statistic | None = None

    @classmethod
    def of(cls, savings: Avoided, figures: Figures, interval: Interval, *, zero_by_construction: bool) -> Self:
        """Write down the saving of a baseline's own rows.

        Args:
            savings: of all rows of the baseline period.
            figures: the baseline's, from which the uncertainty is computed.
            interval: the length of a row.
            zero_by_construction: whether the difference can only be zero.
        """
        return cls(
            expected=_rounded(savings.expected),
            measured=_rounded(savings.measured),
            saved=_rounded(savings.energy),
            rows=len(savings.counted),
            zero_by_construction=zero_by_construction,
            within=_within(savings, figures, interval),
        )

    @property
    def holds(self) -> bool:
        """True if the difference is zero, or within its uncertainty where it need not be zero."""
        nothing = abs(self.saved) <= max(_ROUNDING * abs(self.measured), Decimal(1).scaleb(-_PLACES))
        return nothing or (not self.zero_by_construction and self.within is not None and abs(self.saved) <= self.within)

    def finding(self, unit: str) -> BaselineFinding:
        """The check as a finding: a note, or a disqualification where the baseline finds a saving that is none."""
        expected = "0" if self.zero_by_construction else "no uncertainty" if self.within is None else f"± {self.within}"
        why = "zero by construction" if self.zero_by_construction else "within the uncertainty at 95 %"
        tell = noted if self.holds else disqualified
        detail = f"{unit} saved over the baseline period itself, {why}"
        return tell("own_period", detail, format(self.saved, "f"), expected)


def _rounded(energy: Decimal) -> Decimal:
    return unsigned_zero(round(energy, _PLACES))


def _within(savings: Avoided, figures: Figures, interval: Interval) -> Decimal | None:
    try:
        return half_width(
            Variant.ASHRAE14,
            figures,
            modelled=savings.expected,
            rows=len(savings.counted),
            interval=interval,
            confidence=_CONFIDENCE,
        )
    except NoUncertainty:
        return None
