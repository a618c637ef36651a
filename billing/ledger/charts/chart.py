"""A chart of accounts: its accounts, and rows that say to which of them a posting goes; rows of one's own go first."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import Field, model_validator

from billing.ledger.accounts import AccountKind, AccountRole
from billing.ledger.entry import Posting
from billing.tax.tax import TaxCategory
from quantities.document import parse, read
from quantities.errors import Conflict, NotFound
from quantities.terms import Terms
from quantities.worded import worded

_FILES = resources.files("billing.ledger") / "charts"
_NUMBER = worded(r"^[0-9A-Za-z.\-]{1,20}$", "1 to 20 letters, digits, dots or dashes, as in 8400")

Number = Annotated[str, Field(pattern=_NUMBER)]


class UnknownChart(NotFound):
    """No chart of accounts has that name."""


class NoAccountForPosting(Conflict):
    """No row of the chart says to which account this is posted."""


class ChartAccount(Terms):
    """An account.

    Attributes:
        name: in the language of its books.
        kind: where it stands in the statements.
        computes_tax: whether programs that read it compute the tax themselves (DATEV's automatic accounts).
    """

    name: str
    kind: AccountKind
    computes_tax: bool = False


class ChartRow(Terms):
    """To which account is posted what fits; of several rows the first that fits counts.

    Attributes:
        role: for what the account is.
        account: its number.
        tag: of postings with this accounting tag alone.
        category: of postings of this tax category alone (BT-151).
        rate: of postings at this rate alone, in percent.
        country: of postings of this country's tax alone.
        charge: of postings of this charge alone, by its name in contracts.
    """

    role: AccountRole
    account: Number
    tag: str | None = None
    category: TaxCategory | None = None
    rate: Annotated[Decimal | None, Field(ge=0)] = None
    country: str | None = None
    charge: str | None = None

    def fits(self, posting: Posting) -> bool:
        """Tell whether a posting goes by this row."""
        tax = posting.tax
        asked = (
            (self.tag, posting.tag),
            (self.category, tax.category if tax else None),
            (self.rate, tax.rate if tax else None),
            (self.country, tax.country if tax else None),
            (self.charge, posting.charge),
        )
        return self.role is posting.role and all(one is None or one == other for one, other in asked)


class AccountChart(Terms):
    """A chart of accounts.

    Attributes:
        chart: its name.
        title: what it is called.
        source: where its numbers are from.
        corrects_tax_of_bad_debt: whether the tax on what is written off is corrected with it.
        accounts: by number.
        rows: of all roles, the particular ones before the general ones.
    """

    chart: str
    title: str
    source: str
    corrects_tax_of_bad_debt: bool = False
    accounts: Mapping[Number, ChartAccount]
    rows: tuple[ChartRow, ...]

    @model_validator(mode="after")
    def _names_its_accounts(self) -> Self:
        unknown = sorted({row.account for row in self.rows} - self.accounts.keys())
        if unknown:
            raise ValueError(f"rows name accounts that it has not: {', '.join(unknown)}")
        missing = sorted(role.value for role in AccountRole if not any(_is_general(row, role) for row in self.rows))
        if missing:
            raise ValueError(f"no row without a condition of {', '.join(missing)}")
        return self

    def account_of(self, posting: Posting, own: Sequence[ChartRow] = ()) -> str:
        """Tell to which account a posting goes: the one that its contract states, else by the first row that fits.

        Args:
            posting: with its role, tag and tax.
            own: rows of the legal entity, which go before the chart's.

        Raises:
            NoAccountForPosting: no row fits.
        """
        if posting.account:
            return posting.account
        known = next((row.account for row in (*own, *self.rows) if row.fits(posting)), None)
        if known is None:
            detail = f"{self.chart} has no account for {posting.role.value}"
            raise NoAccountForPosting(detail, found=posting.role.value, expected="a row of the chart that fits")
        return known


def _is_general(row: ChartRow, role: AccountRole) -> bool:
    conditions = (row.tag, row.category, row.rate, row.country, row.charge)
    return row.role is role and all(condition is None for condition in conditions)


@cache
def charts() -> tuple[str, ...]:
    """Name the charts that ship with the product."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in _FILES.iterdir() if file.name.endswith(".yaml")))


@cache
def chart_named(name: str) -> AccountChart:
    """Read a chart that ships with the product.

    Raises:
        UnknownChart: none has that name.
    """
    if name not in charts():
        raise UnknownChart(f"there is no chart {name!r}", found=name, expected=list(charts()))
    return parse(AccountChart, read((_FILES / f"{name}.yaml").read_bytes()))
