"""The statement of an account as CSV, a row an entry, between the balance before and the one after."""

from typing import ClassVar

from billing.documents.document import AccountDocument
from billing.exports.table import write
from billing.receivables.views import AccountStatementOut

HEADER = ("on", "kind", "reference", "documents", "due_on", "amount", "balance", "currency", "customer", "supplier")


class AccountCsv(AccountDocument):
    """The statement of an account as CSV, a row an entry."""

    name: ClassVar = "csv"
    media_type: ClassVar = "text/csv; charset=utf-8"
    suffix: ClassVar = ".csv"

    def render(self, statement: AccountStatementOut) -> bytes:
        """Write a statement, in the order of its entries."""
        whose = (statement.currency, statement.customer, statement.supplier)
        opening = (statement.first, "opening", "", "", None, None, statement.opening, *whose)
        closing = (statement.last, "closing", "", "", None, None, statement.closing, *whose)
        entries = (
            (
                entry.on, entry.kind.value, entry.reference, " ".join(entry.documents), entry.due_on, entry.amount,
                entry.balance, *whose,
            )
            for entry in statement.entries
        )  # fmt: skip
        return write(HEADER, (opening, *entries, closing))
