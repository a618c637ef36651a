"""How a bank writes its tables: data of profiles.yaml, so that one more bank is a few lines there."""

import re
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from quantities.document import parse, read
from quantities.terms import Terms, nothing_by_name

Role = Literal[
    "account",
    "booked",
    "value",
    "amount",
    "credit",
    "debit",
    "currency",
    "name",
    "party_account",
    "creditor_reference",
    "end_to_end",
    "mandate",
    "bank_id",
    "before_charges",
    "charges",
    "return_reason",
    "kind",
    "status",
    "balance",
]


def _pattern(text: str) -> str:
    re.compile(text)
    return text


class BankProfile(Terms):
    """How one bank writes its tables.

    Attributes:
        name: of it.
        title: for people.
        encodings: tried in this order.
        separators: between the cells of a row.
        workbooks: whether it comes as XLSX as well.
        decimal_mark: of amounts; the other one may group the digits before it.
        days: how a day is written.
        columns: the name of the column that has each thing.
        optional: of these, those that a file may lack.
        text: the columns of what the payer wrote; a file has at least one of them.
        booked_status: what a row that is booked says as its status; without it all are.
        returned_kinds: what a row that takes a payment back says as its kind; the beginning of it.
        above: what stands above the table, each by a pattern with one group.
        currencies: what the bank calls currencies.
        end_marks: what the first cell of a row of totals says.
    """

    name: str
    title: str
    encodings: Annotated[tuple[str, ...], Field(min_length=1)]
    separators: Annotated[tuple[str, ...], Field(min_length=1)]
    workbooks: bool = False
    decimal_mark: Literal[".", ","]
    days: Annotated[tuple[str, ...], Field(min_length=1)]
    columns: dict[Role, str]
    optional: tuple[Role, ...] = ()
    text: Annotated[tuple[str, ...], Field(min_length=1)]
    booked_status: tuple[str, ...] = ()
    returned_kinds: tuple[str, ...] = ()
    above: dict[Literal["account", "currency"], Annotated[str, AfterValidator(_pattern)]] = nothing_by_name()
    currencies: dict[str, str] = nothing_by_name()
    end_marks: tuple[str, ...] = ()

    @property
    def required(self) -> frozenset[str]:
        """The names of columns that a file of it has."""
        return frozenset(name for role, name in self.columns.items() if role not in self.optional)


class BankProfiles(Terms):
    """The table of profiles.yaml."""

    profiles: tuple[BankProfile, ...]


@cache
def bank_profiles() -> dict[str, BankProfile]:
    """Read the profiles that ship with the code, by name."""
    raw = resources.files("billing.bank.statements").joinpath("profiles.yaml").read_bytes()
    return {profile.name: profile for profile in parse(BankProfiles, read(raw)).profiles}
