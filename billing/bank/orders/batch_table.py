"""A table of transfers, by which a bank in China takes many payments at once: by a profile, which is data.

Names stay as they are: a bank there compares them with the account's, sign by sign.
"""

import csv
import io
import unicodedata
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field

from billing.bank.orders.file_content import PaymentBatch, PaymentInFile
from billing.bank.orders.iso_elements import amount_text
from quantities.document import WholeNumber, parse, read
from quantities.errors import Conflict, Invalid
from quantities.terms import Terms

#: The currency that is paid by tables alone.
TABLE_CURRENCY = "CNY"
#: A cell that begins so is taken for a formula by who opens the table to look at it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

CellOf = Literal[
    "number",
    "account",
    "holder",
    "bank",
    "bank_code",
    "amount",
    "currency",
    "text",
    "end_to_end",
    "our_account",
    "our_holder",
    "pay_on",
]


class UnknownBatchTable(Invalid):
    """There is no table of transfers of that name."""


class BatchTableRefuses(Conflict):
    """A payment cannot stand in the bank's table of transfers."""


class BatchColumn(Terms):
    """A column: its title, and what it has."""

    title: str
    of: CellOf


class BatchTable(Terms):
    """How one bank takes a table of transfers.

    Attributes:
        name: of it.
        title: for people.
        encoding: of the file.
        line_end: of each row.
        rows_max: how many it takes at once.
        text_max: characters of what a payment is for.
        needs_bank: whether the payee's bank has to be named.
        columns: in their order.
    """

    name: str
    title: str
    encoding: str
    line_end: str
    rows_max: Annotated[WholeNumber, Field(gt=0)]
    text_max: Annotated[WholeNumber, Field(gt=0)]
    needs_bank: bool = False
    columns: Annotated[tuple[BatchColumn, ...], Field(min_length=1)]


class BatchTables(Terms):
    """The list of batch_tables.yaml."""

    tables: tuple[BatchTable, ...]


@cache
def batch_tables() -> dict[str, BatchTable]:
    """Read the tables that ship with the code, by name."""
    raw = resources.files("billing.bank.orders").joinpath("batch_tables.yaml").read_bytes()
    return {table.name: table for table in parse(BatchTables, read(raw)).tables}


def batch_table(name: str) -> BatchTable:
    """Find a table by its name.

    Raises:
        UnknownBatchTable: there is none.
    """
    known = batch_tables()
    if name not in known:
        detail = f"there is no table of transfers {name!r}"
        raise UnknownBatchTable(detail, place="/table", found=name, expected=sorted(known))
    return known[name]


def write_table(table: BatchTable, batch: PaymentBatch) -> bytes:
    """Write a table of transfers.

    Args:
        table: how.
        batch: what; its names as they are.

    Raises:
        BatchTableRefuses: there are too many rows, a payee's bank is not known, or a cell cannot be written.
    """
    if len(batch.payments) > table.rows_max:
        detail = f"{len(batch.payments)} payments, and {table.name} takes {table.rows_max} at once"
        raise BatchTableRefuses(detail, found=len(batch.payments), expected=f"{table.rows_max} at most")
    stream = io.StringIO(newline="")
    rows = csv.writer(stream, lineterminator=table.line_end)
    rows.writerow([column.title for column in table.columns])
    for number, payment in enumerate(batch.payments, start=1):
        cells = _cells(table, batch, payment, number)
        rows.writerow([_cell(cells[column.of], column.title, payment) for column in table.columns])
    return stream.getvalue().encode(table.encoding)


def _cells(table: BatchTable, batch: PaymentBatch, payment: PaymentInFile, number: int) -> dict[CellOf, str]:
    payee = payment.payee
    if table.needs_bank and not payee.bank:
        detail = f"the bank of {payee.holder} is not known, and {table.name} names it"
        raise BatchTableRefuses(detail, found=payee.holder, expected="a profile with the name of the bank")
    return {
        "number": str(number),
        "account": payee.number,
        "holder": payee.holder,
        "bank": payee.bank,
        "bank_code": payee.bank_code,
        "amount": amount_text(payment.amount, batch.currency),
        "currency": batch.currency,
        "text": (payment.reference or payment.text)[: table.text_max],
        "end_to_end": payment.end_to_end,
        "our_account": batch.debtor.account.number,
        "our_holder": batch.debtor.account.holder,
        "pay_on": batch.pay_on.strftime("%Y%m%d"),
    }


def _cell(text: str, title: str, payment: PaymentInFile) -> str:
    is_formula = text.startswith(_FORMULA)
    if is_formula or any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        detail = f"{title} of {payment.end_to_end}: {text!r} cannot stand in a table"
        raise BatchTableRefuses(detail, found=text, expected="a text without control characters and formulas")
    return text
