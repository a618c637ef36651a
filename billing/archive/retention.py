"""How long an original is kept: dated data, by the country of who issued it."""

from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import Field

from quantities.document import WholeNumber, parse, read
from quantities.terms import Terms

Years = Annotated[WholeNumber, Field(ge=1, le=100)]


class RetentionRow(Terms):
    """What counts in a country for documents that are issued from a day on."""

    country: str
    since: date
    years: Years
    source: str


class RetentionElsewhere(Terms):
    """What counts where no row does."""

    years: Years
    source: str


class RetentionTable(Terms):
    """The table of retention.yaml."""

    countries: tuple[RetentionRow, ...]
    otherwise: RetentionElsewhere


@cache
def retention_table() -> RetentionTable:
    """Read the table that ships with the code."""
    return parse(RetentionTable, read(resources.files("billing.archive").joinpath("retention.yaml").read_bytes()))


def retained_until(country: str, issued_on: date) -> date:
    """Name the last day on which an original is kept.

    Args:
        country: of who issued it, ISO 3166-1.
        issued_on: its day of issue.

    Returns:
        The end of a calendar year: years are counted from the end of that of issue.
    """
    table = retention_table()
    rows = [row for row in table.countries if row.country == country and row.since <= issued_on]
    newest = max(rows, key=lambda row: row.since, default=None)
    years = table.otherwise.years if newest is None else newest.years
    return date(issued_on.year + years, 12, 31)
