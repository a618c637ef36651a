"""Tables of banks, as CSV or XLSX: read by a profile into entries, or refused by the line.

Where the table has the balance after each row, each amount is checked against it, the newest row first or last.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import pairwise

from python_calamine import CalamineError, CalamineWorkbook

from billing.bank.statements.entry import (
    NOTHING,
    BankEntry,
    BankParty,
    BankStatement,
    EntryReferences,
    EntryReturn,
    StatementKind,
    StatementValueInvalid,
    UnreadableStatement,
    check_sum,
    refuse_other_sum,
)
from billing.bank.statements.profile import BankProfile, Role
from metering.ingest.tables.workbook_cells import texts
from metering.ingest.tables.workbook_parts import checked_parts
from quantities.errors import UsufructError
from quantities.money import Money

_ABOVE_MAX = 40
_SHOWN = 60
_ZIP = b"PK\x03\x04"
_AMOUNT = {
    ".": re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?\Z", re.ASCII),
    ",": re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]+)?\Z", re.ASCII),
}
_MIDNIGHT = re.compile(r"[ T][0-9:.]+\Z")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a bank's table: its line and what it says, by the names of the columns."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BankTable:
    """A bank's table.

    Attributes:
        profile: by which it is read.
        above: the lines above it.
        rows: below its header.
    """

    profile: BankProfile
    above: tuple[str, ...]
    rows: tuple[TableRow, ...]

    def cell(self, row: TableRow, role: Role) -> str:
        """Read what a row says of something; empty where the table has no such column."""
        return row.cells.get(self.profile.columns.get(role, ""), "")

    def has(self, role: Role) -> bool:
        """Tell whether the table has a column for something."""
        return bool(self.rows) and self.profile.columns.get(role, "") in self.rows[0].cells


def read_table(raw: bytes, profiles: Sequence[BankProfile]) -> tuple[BankStatement, ...]:
    """Read a table by the first of some profiles whose columns it has: a statement for each account in it.

    Raises:
        UnreadableStatement: it has the columns of none, or is damaged.
        UnreadableFile: it is a workbook that cannot be opened.
        StatementValueInvalid: a cell says what cannot be.
        StatementDoesNotAddUp: the balances after the rows do not follow from their amounts.
    """
    tables = [table for profile in profiles if (table := _table(raw, profile)) is not None]
    if not tables:
        expected = {profile.name: sorted(profile.required) for profile in profiles}
        detail = "the file has the columns of no profile"
        raise UnreadableStatement(detail, place="line 1", found=_first_line(raw), expected=expected)
    table = tables[0]
    if not table.rows:
        raise UnreadableStatement("the table has no rows", place="line 1", found="", expected="rows below the header")
    booked = [row for row in table.rows if _is_booked(table, row)]
    entries = [_entry(table, row) for row in booked]
    accounts = list(dict.fromkeys(entry.account for entry in entries))
    return tuple(
        _statement(
            table,
            [(row, entry) for row, entry in zip(booked, entries, strict=True) if entry.account == account],
            left_out=len(table.rows) - len(booked) if place == 0 else 0,
        )
        for place, account in enumerate(accounts)
    )


def _first_line(raw: bytes) -> str:
    return raw.splitlines()[0][:_SHOWN].decode("utf-8", "replace") if raw.strip() else ""


def _table(raw: bytes, profile: BankProfile) -> BankTable | None:
    """Find the table of a profile in a file; None where it is not there."""
    if raw.startswith(_ZIP):
        return _in_rows(_workbook_rows(raw), profile) if profile.workbooks else None
    for encoding in profile.encodings:
        try:
            written = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        for separator in profile.separators:
            above = [(0, cells) for cells in csv.reader(written.splitlines()[:_ABOVE_MAX], delimiter=separator)]
            if _header(above, profile) is not None:
                return _in_rows(_csv_rows(written, separator), profile)
    return None


def _workbook_rows(raw: bytes) -> list[tuple[int, list[str]]]:
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(checked_parts(raw)))
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except CalamineError as error:
        detail = f"the workbook cannot be opened: {error}"
        raise UnreadableStatement(detail, place="line 1", found="a damaged workbook", expected="XLSX") from error
    return list(enumerate(texts(rows).rows, start=1))


def _csv_rows(written: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(written), delimiter=separator, strict=True)
    try:
        return [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        place = f"line {reader.line_num}"
        raise UnreadableStatement(f"{place}: {error}", place=place, found=str(error), expected="CSV") from error


def _in_rows(rows: Sequence[tuple[int, list[str]]], profile: BankProfile) -> BankTable | None:
    at = _header(rows, profile)
    if at is None:
        return None
    names = [cell.strip() for cell in rows[at][1]]
    above = tuple(" ".join(cells) for _, cells in rows[:at])
    return BankTable(profile, above, tuple(_rows_below(rows[at + 1 :], names, profile)))


def _header(rows: Sequence[tuple[int, list[str]]], profile: BankProfile) -> int | None:
    """Find the row that names the columns."""
    for at, (_, cells) in enumerate(rows[:_ABOVE_MAX]):
        names = {cell.strip() for cell in cells}
        if profile.required <= names and names & set(profile.text):
            return at
    return None


def _rows_below(rows: Sequence[tuple[int, list[str]]], names: Sequence[str], profile: BankProfile) -> list[TableRow]:
    below = []
    for line, raw_cells in rows:
        cells = [cell.strip() for cell in raw_cells]
        if not any(cells) or cells[0].rstrip(":：") in profile.end_marks:
            continue
        if len(cells) < len(names) or any(cells[len(names) :]):
            place, expected = f"line {line}", f"{len(names)} cells"
            detail = f"{place}: there are {len(cells)} cells below {len(names)} names"
            raise UnreadableStatement(detail, place=place, found=f"{len(cells)} cells", expected=expected)
        below.append(TableRow(line, {name: cell for name, cell in zip(names, cells, strict=False) if name}))
    return below


def _is_booked(table: BankTable, row: TableRow) -> bool:
    return not table.profile.booked_status or table.cell(row, "status") in table.profile.booked_status


def _entry(table: BankTable, row: TableRow) -> BankEntry:
    account = _account(table, row)
    currency = _currency(table, row)
    booked_on = _day(table, row, "booked")
    amount = _signed(table, row, currency)
    kind = table.cell(row, "kind").casefold()
    is_return = any(kind.startswith(start.casefold()) for start in table.profile.returned_kinds)
    reason = table.cell(row, "return_reason")
    end_to_end = table.cell(row, "end_to_end")
    before, charges = _charged(table, row, currency, amount)
    creditor = table.cell(row, "creditor_reference").replace(" ", "")
    bank_id = table.cell(row, "bank_id")
    return BankEntry(
        place=f"line {row.line}",
        account=account,
        booked_on=booked_on,
        value_on=_day(table, row, "value") if table.cell(row, "value") else booked_on,
        amount=amount,
        currency=currency,
        before_charges=before,
        charges=charges,
        references=EntryReferences(
            creditor=(creditor,) if creditor else (),
            end_to_end="" if end_to_end.upper() == "NOTPROVIDED" else end_to_end,
            mandate=table.cell(row, "mandate"),
            of_bank=bank_id,
        ),
        text=" ".join(filter(None, (row.cells.get(name, "") for name in table.profile.text))),
        party=BankParty(table.cell(row, "name"), table.cell(row, "party_account").replace(" ", "")),
        returned=EntryReturn(reason, end_to_end) if is_return or reason else None,
        sum_id=bank_id,
        sum_amount=amount,
    )


def _refused(row: TableRow, name: str, given: str, expected: str) -> StatementValueInvalid:
    place = f"line {row.line}, {name}"
    detail = f"{place}: {given[:_SHOWN]!r} is not {expected}"
    return StatementValueInvalid(detail, place=place, found=given[:_SHOWN], expected=expected)


def _stated(table: BankTable, row: TableRow, role: Role) -> str:
    """Read a cell, or what stands above the table for all rows."""
    if (cell := table.cell(row, role)) or role not in {"account", "currency"}:
        return cell
    pattern = table.profile.above.get("account" if role == "account" else "currency")
    for line in table.above if pattern else ():
        if match := re.search(pattern or "", line):
            return match.group(1)
    return ""


def _account(table: BankTable, row: TableRow) -> str:
    account = _stated(table, row, "account").replace(" ", "")
    if not account:
        raise _refused(row, table.profile.columns.get("account", "account"), "", "the number of the account")
    return account


def _currency(table: BankTable, row: TableRow) -> str:
    written = _stated(table, row, "currency")
    currency = table.profile.currencies.get(written, written)
    try:
        Money(NOTHING, currency)
    except UsufructError as error:
        name = table.profile.columns.get("currency", "currency")
        raise _refused(row, name, written, "a currency of ISO 4217") from error
    return currency


def _day(table: BankTable, row: TableRow, role: Role) -> date:
    written = table.cell(row, role)
    for form in (*table.profile.days, "%Y-%m-%d"):
        for text in (written, _MIDNIGHT.sub("", written)):
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
    raise _refused(row, table.profile.columns[role], written, f"a day, as {table.profile.days[0]}")


def _amount(table: BankTable, row: TableRow, role: Role, currency: str) -> Decimal:
    """Read an amount; an empty cell is nothing."""
    written = table.cell(row, role).replace("\u00a0", "")
    if not written:
        return NOTHING
    mark = table.profile.decimal_mark
    name = table.profile.columns[role]
    if not _AMOUNT[mark].match(written):
        raise _refused(row, name, written, f"an amount, as 1190{mark}00")
    amount = Decimal(written.replace("," if mark == "." else ".", "").replace(mark, "."))
    if not Money(amount, currency).is_rounded:
        raise _refused(row, name, written, f"an amount in whole minor units of {currency}")
    return amount


def _signed(table: BankTable, row: TableRow, currency: str) -> Decimal:
    if table.has("amount"):
        if not table.cell(row, "amount"):
            raise _refused(row, table.profile.columns["amount"], "", "an amount")
        return _amount(table, row, "amount", currency)
    credit, debit = (_amount(table, row, role, currency) for role in ("credit", "debit"))
    if bool(credit) == bool(debit):
        names = f"{table.profile.columns['credit']}, {table.profile.columns['debit']}"
        raise _refused(row, names, f"{credit:f}, {debit:f}", "an amount in one of the two")
    return credit or -abs(debit)


def _charged(table: BankTable, row: TableRow, currency: str, amount: Decimal) -> tuple[Decimal | None, Decimal]:
    """Read what was paid before charges, and the charges; they belong together, or are left out."""
    before = abs(_amount(table, row, "before_charges", currency))
    if not before:
        return None, NOTHING
    charges = before - amount if amount > 0 else -amount - before
    return (before if amount > 0 else -before, charges) if charges > 0 else (None, NOTHING)


def _statement(table: BankTable, pairs: Sequence[tuple[TableRow, BankEntry]], left_out: int) -> BankStatement:
    opening, closing, entries = None, None, [entry for _, entry in pairs]
    if table.has("balance"):
        balances = [_amount(table, row, "balance", entry.currency) for row, entry in pairs]
        if _is_newest_first(balances, entries):
            balances, entries = balances[::-1], entries[::-1]
        opening, closing = balances[0] - entries[0].amount, balances[-1]
        for (before, after), entry in zip(pairwise(balances), entries[1:], strict=True):
            refuse_other_sum(entry.place, before + entry.amount, after)
    currencies = {entry.currency for entry in entries}
    statement = BankStatement(
        kind=StatementKind.STATEMENT,
        form=table.profile.name,
        account=entries[0].account,
        currency=entries[0].currency if len(currencies) == 1 else "",
        opening=opening,
        closing=closing,
        entries=tuple(entries),
        left_out=left_out,
    )
    return check_sum(statement, f"account {statement.account}")


def _is_newest_first(balances: Sequence[Decimal], entries: Sequence[BankEntry]) -> bool:
    """Tell whether the rows go back in time: their balances follow so, and not in their own order."""
    pairs = list(zip(pairwise(balances), pairwise(entries), strict=True))
    forward = sum(before + second.amount == after for (before, after), (_, second) in pairs)
    backward = sum(after + first.amount == before for (before, after), (first, _) in pairs)
    if backward == forward:
        return bool(entries) and entries[0].booked_on > entries[-1].booked_on
    return backward > forward
