"""What the lines of one contract's part of a document have in common."""

from dataclasses import dataclass

from billing.documents.model.facts import DocumentFacts, StatementOfWindow
from billing.documents.words.words import Words
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.records.index_value import IndexValueRecord
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.invoicing import InvoicingTerms


@dataclass(frozen=True, slots=True)
class LineContext:
    """One contract's part of a document, and what its lines are made of besides.

    Attributes:
        part: the contract's own document.
        number: of the document on which it stands.
        seller_country: of who issues it.
        is_of_several: whether that document bills several contracts.
        terms: how its customer wants documents; None where that was not asked.
        facts: of the document.
        words: of the document's language.
    """

    part: StoredInvoice
    number: str
    seller_country: str
    is_of_several: bool
    terms: InvoicingTerms | None
    facts: DocumentFacts
    words: Words

    @property
    def zone(self) -> str:
        """Whose local days its lines mean."""
        return self.part.row.inputs.zone

    @property
    def watermark(self) -> int:
        """Up to which batch its uses knew; a credit note by hand counts nothing itself."""
        return self.part.row.watermark

    def contract_of(self, line: Line) -> Contract:
        """Find the version by which a line is."""
        return self.facts.contracts[line.proof.version_id or self.part.row.version_id]

    def charge_of(self, line: Line) -> Charge | None:
        """Find the charge of a line in its version; None of one that a newer version does not have any more."""
        return next((charge for charge in self.contract_of(line).charges if charge.name == line.charge), None)

    def statement_of(self, line: Line) -> StatementOfWindow | None:
        """Find the savings statement that a line settles: the newest of its window by the time it was made."""
        statements = self.facts.statements.get(self.part.row.contract_id, ())
        made_at = self.part.row.created_at
        return next((newest for newest in reversed(statements) if newest.is_settled_by(line, made_at)), None)

    def index_values_of(self, line: Line) -> tuple[IndexValueRecord, ...]:
        """List the index values on which the rating of a line rests."""
        work = self.part.work if line.corrects is None else line.corrects.invoice
        ratings = (rating for rating in self.part.ratings if rating.invoice_id == work)
        return tuple(value for rating in ratings for value in rating.inputs.index_values)
