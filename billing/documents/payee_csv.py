"""The statement of a payee as CSV, a row a line of what was issued."""

from typing import ClassVar

from billing.documents.document import PayeeDocument
from billing.documents.payee_views import PayeeStatementOut
from billing.documents.sections.letter_facts import NO_FACTS, LetterFacts
from billing.exports.table import write

HEADER = (
    "payee", "supplier", "number", "issued_on", "pos", "contract", "charge", "label", "service_from", "service_to",
    "corrects", "currency", "net", "share", "commission", "others",
)  # fmt: skip


class PayeeStatementCsv(PayeeDocument):
    """The statement of a payee as CSV, a row a line of what was issued."""

    name: ClassVar = "csv"
    media_type: ClassVar = "text/csv; charset=utf-8"
    suffix: ClassVar = ".csv"
    address: ClassVar = "lines.csv"

    def render(self, statement: PayeeStatementOut, facts: LetterFacts = NO_FACTS) -> bytes:
        """Write the lines of a statement, in their order."""
        rows = ([statement.payee, *(getattr(line, name) for name in HEADER[1:])] for line in statement.lines)
        return write(HEADER, rows)
