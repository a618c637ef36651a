"""On which day a debit is collected: when it is due, after its notice, and no earlier than the bank can."""

from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import Field

from billing.bank.mandates.mandate import DebitScheme
from billing.bank.orders.business_days import after_days, settles_on
from quantities.document import WholeNumber, parse, read
from quantities.terms import Terms

_EUR = "EUR"


class SchemeDays(Terms):
    """Days of one scheme.

    Attributes:
        notice_days: of the calendar, between notice and collection, where the contract says nothing else.
        lead_days: business days between the file and the collection.
        ahead_days: of the calendar: how long before the bank takes a file.
    """

    notice_days: Annotated[WholeNumber, Field(ge=0, le=60)]
    lead_days: Annotated[WholeNumber, Field(ge=0, le=14)]
    ahead_days: Annotated[WholeNumber, Field(gt=0, le=60)]


class DebitDays(Terms):
    """Days of the schemes; the table of debit_days.yaml."""

    core: SchemeDays
    b2b: SchemeDays

    def of(self, scheme: DebitScheme) -> SchemeDays:
        """Find those of a scheme."""
        return self.core if scheme is DebitScheme.CORE else self.b2b


@cache
def debit_days() -> DebitDays:
    """Read the days that ship with the code."""
    return parse(DebitDays, read(resources.files("billing.bank.orders").joinpath("debit_days.yaml").read_bytes()))


def earliest_day(today: date, days: SchemeDays) -> date:
    """Name the first day on which the bank can collect what it is given today."""
    return after_days(today, days.lead_days, _EUR)


def collected_on(due_on: date, noticed_on: date, notice_days: int | None, *, today: date, days: SchemeDays) -> date:
    """Name the day on which a debit is collected.

    Args:
        due_on: not before this day.
        noticed_on: on which the customer was told.
        notice_days: between the two, as the contract says; None: as the scheme does.
        today: on which the file is made.
        days: of the scheme.

    Returns:
        A day on which TARGET settles.
    """
    told = noticed_on + timedelta(days=days.notice_days if notice_days is None else notice_days)
    return settles_on(max(due_on, told, earliest_day(today, days)), _EUR)
