"""What a document between the supplier and a payee says, as it was issued: parties, rules, lines, tax."""

from datetime import date
from typing import Annotated

from pydantic import Field

from billing.records.document_type import DocumentRules
from billing.records.inputs import StoredDays
from billing.records.invoicing import InvoicingRecord
from billing.records.record import Number, Optionally, Record, StoredRecord
from billing.tax.jurisdiction import TaxRounding
from billing.tax.tax import Tax, TaxCategory
from contracts.parties import Party
from contracts.taxed import TaxPaper


class AnswerOfLaw(Record):
    """What the law was asked of a supply between both, and what it answered.

    Attributes:
        question: the supply and its day, in words of the product.
        answer: how it is taxed, and on which rows that rests, likewise.
    """

    question: str
    answer: str


class PayeeDocumentLine(Record):
    """What of a line of a customer's document is sold on this one.

    Attributes:
        invoice: the key of the customer's document.
        number: of that document.
        pos: of the line there.
        charge: of the contract.
        label: which part of it.
        nature: of the line.
        service: its days.
        tax_point: the day whose rate it bears.
        category: of its tax (BT-151).
        rate_percent: of its tax.
        reason: why no tax is charged.
        law: on what its tax rests; None of what is outside of it anyway.
        net: without tax, in whole minor units.
        about: the piece of work that first billed this, by the key of its first document; its own, unless it corrects.
        corrects: the number of the payee's document that it corrects.
    """

    invoice: int
    number: str
    pos: int
    charge: str
    label: str
    nature: str
    service: StoredDays
    tax_point: date
    category: str
    rate_percent: Number
    reason: Annotated[str, Field(exclude_if=lambda reason: not reason)] = ""
    law: Optionally[AnswerOfLaw] = None
    net: Number
    about: int
    corrects: Optionally[str] = None

    @property
    def tax(self) -> Tax:
        """How it is taxed."""
        return Tax(TaxCategory(self.category), self.rate_percent, self.reason)


class PayeeTaxRecord(Record):
    """A line of the tax breakdown."""

    category: str
    rate_percent: Number
    reason: Annotated[str, Field(exclude_if=lambda reason: not reason)] = ""
    taxable: Number
    tax: Number


class PayeeDocumentContent(StoredRecord):
    """What a document between the supplier and a payee says besides its numbers and totals.

    Attributes:
        contract: its reference.
        version_id: the key of the version by which the customer's document is.
        payee: by name; the seller, or the buyer of a commission.
        seller: as it was then.
        buyer: as it was then.
        made_out_by: the name of who wrote it.
        agreements: by which the payee lets the supplier write its invoices.
        payment_days: from the day of issue until it is due.
        documents: by which rules of the seller's country it is one document or several.
        rounded_at: at which level its tax is rounded, where that is not once for each rate.
        takes_back: the number of the document of which it takes back all.
        replaces: the number of the document that it issues anew.
        lines: in order.
        taxes: by category and rate.
        invoicing: how it is made out; None where nothing was told, and of a release that did not ask.
    """

    contract: str
    version_id: Annotated[int, Field(alias="version")]
    payee: str
    seller: Party
    buyer: Party
    made_out_by: str
    agreements: Annotated[tuple[TaxPaper, ...], Field(exclude_if=lambda papers: not papers)] = ()
    payment_days: int
    documents: DocumentRules
    rounded_at: Optionally[TaxRounding] = None
    takes_back: Optionally[str] = None
    replaces: Optionally[str] = None
    lines: tuple[PayeeDocumentLine, ...]
    taxes: tuple[PayeeTaxRecord, ...]
    invoicing: Optionally[InvoicingRecord] = None

    @property
    def level(self) -> TaxRounding:
        """At which level its tax is rounded."""
        return self.rounded_at or TaxRounding.RATE

    @property
    def corrected(self) -> tuple[str, ...]:
        """The numbers of the documents that it corrects, in the order of its lines (BG-3)."""
        return tuple(dict.fromkeys(line.corrects for line in self.lines if line.corrects is not None))
