"""The statement of an account as CSV, a row an entry, between the balance before and the one after."""

from typing import ClassVar

from billing.documents.document import AccountDocument
from billing.documents.sections.letter_facts import NO_FACTS, LetterFacts
from billing.exports.table import write
from billing.receivables.accounts import AccountStatement
from billing.receivables.views import account_statement_out

HEADER = ("on", "kind", "reference", "documents", "due_on", "amount", "balance", "currency", "customer", "supplier")


class AccountCsv(AccountDocument):
    """The statement of an account as CSV, a row an entry."""

    name: ClassVar = "csv"
    media_type: ClassVar = "text/csv; charset=utf-8"
    suffix: ClassVar = ".csv"

    def render(self, statement: AccountStatement, facts: LetterFacts = NO_FACTS) -> bytes:
        """Write a statement, in the order of its entries."""
        shown = account_statement_out(statement)
        whose = (shown.currency, shown.customer, shown.supplier)
        opening = (shown.first, "opening", "", "", None, None, shown.opening, *whose)
        closing = (shown.last, "closing", "", "", None, None, shown.closing, *whose)
        entries = (
            (
                entry.on, entry.kind.value, entry.reference, " ".join(entry.documents), entry.due_on, entry.amount,
                entry.balance, *whose,
            )
            for entry in shown.entries
        )  # fmt: skip
        return write(HEADER, (opening, *entries, closing))
