"""Settings: what billing engines, contracts and countries do differently, with a stated default."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.cash_discount import CashDiscounts
from metering.consumption.use import BoundaryRule
from quantities.document import WholeNumber, YesOrNo, checked
from quantities.money import exponent
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

#: Up to this arithmetic, a version that comes into force within a period divides all charges.
_DIVIDES_ALL = 2
#: Up to this arithmetic, a period is billed by whatever was read, unless the terms say otherwise.
_BILLS_WHAT_THERE_IS = 2
#: Up to this arithmetic, a charge over amounts of several taxes bears one.
_REDUCES_BY_ONE_TAX = 3


def _currency(code: str) -> str:
    exponent(code)
    return code


CurrencyCode = Annotated[str, checked(_currency)]


class OnChange(StrEnum):
    """What a change of a charge's terms within a billing period does.

    The sums of the period ``continue`` (tiers, a peak, what is free, a cap), or ``restart`` with the days from then on,
    with bounds shared by days; or the terms that are in force at the end count for the ``whole`` period.
    """

    CONTINUE = "continue"
    RESTART = "restart"
    WHOLE = "whole"


class Successive(StrEnum):
    """How percentages off the same charge follow each other: two of 10 % are 19 % (``multiply``) or 20 % (``add``)."""

    MULTIPLY = "multiply"
    ADD = "add"


class Issue(StrEnum):
    """Whether what falls due is issued ``automatically``, or ``after_review``, by somebody who has looked at it."""

    AUTOMATICALLY = "automatically"
    AFTER_REVIEW = "after_review"


class OnDocument(StrEnum):
    """Whether a contract is billed on its ``own`` documents or on ``consolidated`` ones with others of its customer."""

    OWN = "own"
    CONSOLIDATED = "consolidated"


class ContractSettings(Terms):
    """What can be agreed otherwise.

    Attributes:
        rounding: how a line's net amount is rounded to the currency's minor unit.
        quantity_places: to how many places a converted quantity is rounded before it is priced; without it, not at all.
            One that is counted in the unit of its price is as it was read.
        payment_days: how many days after its date an invoice is due.
        cash_discount: what is taken off an invoice that is paid early: the earlier, the more.
        bill_after_days: how many days after its end a period is billed, so that late readings are in.
        correct_after_days: how many days after something that changes billed periods was found a document of its own
            corrects them, where no period that is billed until then carries the correction.
        zero_lines: whether a charge without use has a line.
        edges: which reading counts where none falls on the edge of a billing period.
        on_change: what a change of a charge's terms within a period does.
        issue: whether the scheduler issues what falls due, or somebody who has looked at it; what the newest version
            says counts.
        document: whether the price of a period stands on a document of its own, or on one together with that of other
            contracts of the same customer and supplier that fall due on the same day; what the newest version says
            counts.
        discounts: how percentages off the same charge follow each other.
        least_coverage: the part of the expected intervals that must have been read, or estimated, before a period is
            billed. It is asked of each register that declares its interval. Without it, every one of them.
        estimate_after_days: how many days after it is billed at the earliest what was not read of a period, and would
            hold it, is estimated by schedule. Without it, somebody has it estimated. Each part of a period that an
            amendment divides goes by the version at its end.
        arithmetic: the number of the arithmetic of rounding, of a restart, of what an amendment divides, of sums of
            charges, of who gets the cent that is left, of coverage, and of the taxes of what is computed from others.
            Terms that were stored without one go on with 1. By 1 to 3, a charge over amounts bears one tax, its own,
            whatever those bear that it is computed from. By 1 and 2, a version that comes into force within a period
            divides every charge, amounts of all natures are added up, quantities are rounded that are not converted, of
            equal parties the first by name has the cent, without a ``least_coverage`` a period is billed by whatever
            was read, and what is interpolated over a part of a period counts as a reading of the others.
    """

    rounding: Rounding = Rounding.HALF_UP
    quantity_places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None
    payment_days: Annotated[WholeNumber, Field(ge=0, le=365)] = 30
    cash_discount: Annotated[CashDiscounts, Field(exclude_if=lambda steps: not steps)] = ()
    bill_after_days: Annotated[WholeNumber, Field(ge=0, le=90)] = 0
    correct_after_days: Annotated[WholeNumber, Field(ge=0, le=365)] = 14
    zero_lines: YesOrNo = True
    edges: BoundaryRule = BoundaryRule.LAST_READ
    on_change: OnChange = OnChange.CONTINUE
    issue: Annotated[Issue, Field(exclude_if=lambda value: value is Issue.AFTER_REVIEW)] = Issue.AFTER_REVIEW
    document: Annotated[OnDocument, Field(exclude_if=lambda value: value is OnDocument.OWN)] = OnDocument.OWN
    discounts: Annotated[Successive, Field(exclude_if=lambda value: value is Successive.MULTIPLY)] = Successive.MULTIPLY
    least_coverage: Annotated[
        Annotated[Magnitude, Field(ge=0, le=1)] | None, Field(exclude_if=lambda part: part is None)
    ] = None
    estimate_after_days: Annotated[
        Annotated[WholeNumber, Field(ge=0, le=365)] | None, Field(exclude_if=lambda days: days is None)
    ] = None
    arithmetic: Literal[1, 2, 3, 4] = 4

    @property
    def divides_all(self) -> bool:
        """Whether a version that comes into force within a period divides all charges."""
        return self.arithmetic <= _DIVIDES_ALL

    @property
    def rounds_as_counted(self) -> bool:
        """Whether ``quantity_places`` rounds what is counted in the unit of its price as well."""
        return self.arithmetic <= _DIVIDES_ALL

    @property
    def spreads_as_listed(self) -> bool:
        """Whether the cent that is left goes to the parties in the order in which they are listed; else by name."""
        return self.arithmetic > _DIVIDES_ALL

    @property
    def natures_apart(self) -> bool:
        """Whether the amounts of a price, damages and deposits are added up each by themselves."""
        return self.arithmetic > _DIVIDES_ALL

    @property
    def reduces_by_tax(self) -> bool:
        """Whether what is computed from charges of several taxes is divided by these."""
        return self.arithmetic > _REDUCES_BY_ONE_TAX

    @property
    def takes_a_line_for_read(self) -> bool:
        """Whether days without a reading have no use where other days of their period are interpolated without any."""
        return self.arithmetic <= _BILLS_WHAT_THERE_IS

    @property
    def counts_coverage(self) -> bool:
        """Whether it is asked how many of the expected intervals were read."""
        return self.least_coverage is not None or self.arithmetic > _BILLS_WHAT_THERE_IS

    @property
    def coverage_asked(self) -> Decimal:
        """The part of the expected intervals that must have been read before a period is billed."""
        if self.least_coverage is not None:
            return self.least_coverage
        return Decimal(self.counts_coverage)
