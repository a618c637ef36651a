"""What is delivered: a customer's document, one of a payee's, or a letter about late documents; by which way, to whom.

A payee's document is void with the customer's that it comes of, so it is locked, asked about and found void by that. A
letter is never void; it is locked by the newest document that it is about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from billing.dunning.letter import WrittenLetter, letter_name
from billing.dunning.letters.store import letter_of_name, letters
from billing.invoices.store import DocumentVoid, UnknownInvoice, refuse_void
from billing.payees.documents import store as payee_documents
from billing.receivables.issued import by_key, document
from billing.tables import DeliveryLinkRow, DeliveryRow, InvoiceRow, PayeeDocumentRow
from billing.voiding.store import VoidingAsked, is_asked
from contracts.delivery_terms import DeliveryTerms
from contracts.invoicing import InvoicingTerms
from contracts.party_profile import PartyProfile


class OfDocument(Protocol):
    """A row of a delivery, or of a link: it says of which document."""

    invoice_id: int | None
    payee_document_id: int | None


def _letter_id(row: OfDocument) -> int | None:
    """Of which letter a delivery is; links are of none."""
    return row.dunning_letter_id if isinstance(row, DeliveryRow) else None


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """Which document is meant: a customer's, or one between the supplier and a payee, by number and by whose it is."""

    number: str
    supplier: str | None = None
    of_payee: bool = False


@dataclass(frozen=True, slots=True)
class DeliveredDocument:
    """An issued document that is delivered.

    Attributes:
        bill: itself; of a payee's the customer's document that it comes of, which the payee does not see.
        payee_document: a payee's; None of a customer's.
        letter: a letter, of which ``bill`` is the newest document that it is about; None of a document.
    """

    bill: InvoiceRow | None
    payee_document: PayeeDocumentRow | None = None
    letter: WrittenLetter | None = None

    @property
    def invoice(self) -> InvoiceRow:
        """The customer's document by which it is locked, and with which it would be void.

        Raises:
            UnknownInvoice: a payee asks, which does not see it.
        """
        if self.bill is None:
            raise UnknownInvoice(f"what {self.number} comes of is not visible here", found=self.number)
        return self.bill

    @property
    def is_self_billed(self) -> bool:
        """Whether its buyer made it out, in the name of its seller."""
        of_payee = self.payee_document
        return of_payee is not None and of_payee.content.made_out_by == of_payee.content.buyer.name

    @property
    def number(self) -> str:
        """Its number."""
        if self.letter is not None:
            return letter_name(self.letter.id)
        of_payee = self.payee_document
        return (self.invoice.number or "") if of_payee is None else of_payee.number

    @property
    def supplier(self) -> str:
        """Whose document it is: the seller."""
        of_payee = self.payee_document
        return self.invoice.inputs.supplier.name if of_payee is None else of_payee.content.seller.name

    @property
    def receiver_id(self) -> int:
        """The key of the party that gets it."""
        return self.invoice.customer_id if self.payee_document is None else self.payee_document.payee_id

    @property
    def voided_on(self) -> date | None:
        """Since when it is void."""
        if self.letter is not None:
            return None
        return self.invoice.voided_on if self.payee_document is None else self.payee_document.voided_on

    @property
    def made_out(self) -> InvoicingTerms | None:
        """How it is made out: as its contract says, or the profile of its payee; None where nothing was told.

        A letter is a PDF, whatever form its customer takes of documents.
        """
        if self.letter is not None:
            return None
        of_payee = self.payee_document
        invoicing = self.invoice.inputs.invoicing if of_payee is None else of_payee.content.invoicing
        return None if invoicing is None else invoicing.terms

    @property
    def terms(self) -> DeliveryTerms | None:
        """By which way it is sent by itself."""
        return None if self.made_out is None else self.made_out.delivery

    @property
    def electronic(self) -> tuple[str, ...]:
        """Where its receiver takes e-invoices, as scheme:value; none where that is not known."""
        profile = self._receiver
        electronic = None if profile is None else profile.electronic
        return () if electronic is None else (f"{electronic.scheme}:{electronic.value}",)

    @property
    def _receiver(self) -> PartyProfile | None:
        of_payee = self.payee_document
        if of_payee is None:
            invoicing = self.invoice.inputs.invoicing
            return None if invoicing is None else invoicing.buyer
        invoicing, content = of_payee.content.invoicing, of_payee.content
        if invoicing is None:
            return None
        return invoicing.seller if content.seller.name == content.payee else invoicing.buyer

    @property
    def keys(self) -> dict[str, int]:
        """The columns by which a row is of it."""
        if self.letter is not None:
            return {"dunning_letter_id": self.letter.id}
        if self.payee_document is None:
            return {"invoice_id": self.invoice.id}
        return {"payee_document_id": self.payee_document.id}

    def those_of(self, table: type[DeliveryRow] | type[DeliveryLinkRow]) -> list[ColumnElement[bool]]:
        """The condition by which deliveries, or links, are of it."""
        return [col(getattr(table, column)) == key for column, key in self.keys.items()]

    def is_of(self, row: OfDocument) -> bool:
        """Whether a delivery or a link is of it."""
        return all(getattr(row, column) == key for column, key in self.keys.items())

    def refresh(self, session: Session) -> None:
        """Read it again, as after a lock."""
        session.refresh(self.invoice)
        if self.payee_document is not None:
            session.refresh(self.payee_document)


def named_document(session: Session, named: NamedDocument) -> DeliveredDocument:
    """Find an issued document.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document of a customer.
        UnknownPayeeDocument, WhichSeller: nor of a payee.
    """
    if not named.of_payee:
        letter = letter_of_name(session, named.number)
        if letter is not None:
            return _of_letter(session, letter)
        return DeliveredDocument(document(session, named.number, named.supplier))
    of_payee = payee_documents.find(session, named.number, named.supplier)
    return DeliveredDocument(by_key(session, [of_payee.invoice_id]).get(of_payee.invoice_id), of_payee)


def documents_of(session: Session, rows: Iterable[OfDocument]) -> list[DeliveredDocument]:
    """Read the documents of deliveries or links, in their order."""
    listed = list(rows)
    of_payees = _by_key(session, {row.payee_document_id for row in listed if row.payee_document_id is not None})
    known_letters = letters(session, {key for row in listed if (key := _letter_id(row)) is not None})
    keys = {row.invoice_id for row in listed if row.invoice_id is not None}
    keys |= {letter.content.documents[-1].invoice for letter in known_letters.values()}
    invoices = by_key(session, keys | {one.invoice_id for one in of_payees.values()})

    def delivered(row: OfDocument) -> DeliveredDocument:
        if row.invoice_id is not None:
            return DeliveredDocument(invoices[row.invoice_id])
        key = _letter_id(row)
        if key is not None:
            letter = known_letters[key]
            return DeliveredDocument(invoices.get(letter.content.documents[-1].invoice), letter=letter)
        of_payee = of_payees[row.payee_document_id or 0]
        return DeliveredDocument(invoices.get(of_payee.invoice_id), of_payee)

    return [delivered(row) for row in listed]


def _of_letter(session: Session, letter: WrittenLetter) -> DeliveredDocument:
    key = letter.content.documents[-1].invoice
    return DeliveredDocument(by_key(session, [key]).get(key), letter=letter)


def document_of(session: Session, row: OfDocument) -> DeliveredDocument:
    """Read the document of a delivery or of a link."""
    (delivered,) = documents_of(session, [row])
    return delivered


def refuse_void_document(delivered: DeliveredDocument) -> None:
    """Refuse what is void.

    Raises:
        DocumentVoid: it is.
    """
    if delivered.letter is not None:
        return
    if delivered.payee_document is None:
        refuse_void(delivered.invoice)
    elif delivered.voided_on is not None:
        raise DocumentVoid(f"{delivered.number} is void since {delivered.voided_on}", found=delivered.number)


def refuse_void_or_asked(session: Session, delivered: DeliveredDocument) -> None:
    """Refuse to send what is void, or of which somebody has asked it.

    Raises:
        DocumentVoid, VoidingAsked: it is so.
    """
    refuse_void_document(delivered)
    if delivered.letter is None and is_asked(session, delivered.invoice):
        number = delivered.number
        detail = f"somebody has asked for {number} to be void: it is not sent until that is released or withdrawn"
        raise VoidingAsked(detail, found=number, expected="a document of which nobody has asked it")


def _by_key(session: Session, keys: Iterable[int]) -> Mapping[int, PayeeDocumentRow]:
    chosen = select(PayeeDocumentRow).where(col(PayeeDocumentRow.id).in_(sorted(keys)))
    return {row.id: row for row in session.exec(chosen)}
