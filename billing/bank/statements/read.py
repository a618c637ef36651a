"""A bank's file, whatever it is: XML by its message, a table by its profile."""

from billing.bank.statements.camt import read_camt
from billing.bank.statements.entry import BankStatement, UnreadableStatement
from billing.bank.statements.profile import bank_profiles
from billing.bank.statements.table import read_table
from quantities.errors import NotFound


class UnknownBankProfile(NotFound):
    """There is no profile of that name for a bank's table."""


def read_statements(raw: bytes, profile: str | None = None) -> tuple[BankStatement, ...]:
    """Read a bank's file: a statement for each account in it.

    Args:
        raw: the file.
        profile: by which a table is read; without it the first that has its columns.

    Raises:
        UnknownBankProfile: there is none of that name.
        UnreadableStatement, StatementValueInvalid, StatementDoesNotAddUp, EntryWithoutBankId: the file cannot be.
        UnreadableFile: it is a workbook that cannot be opened.
    """
    known = bank_profiles()
    if profile is not None and profile not in known:
        detail = f"there is no profile {profile!r}"
        raise UnknownBankProfile(detail, found=profile, expected=sorted(known))
    if not raw.strip():
        raise UnreadableStatement("the file is empty", place="line 1", found="", expected="a file of a bank")
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return read_camt(raw.lstrip(b"\xef\xbb\xbf \t\r\n"))
    return read_table(raw, list(known.values()) if profile is None else [known[profile]])
