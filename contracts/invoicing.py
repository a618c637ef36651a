"""How a customer wants its documents: in which language and form, with which of its own references.

Clause: "Invoices are sent as XRechnung and bear the buyer's reference 04011000-12345-03 and the order PO-4711."
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.collection_terms import CollectionTerms
from contracts.delivery_terms import DeliveryTerms
from contracts.dunning_terms import DunningTerms
from quantities.names import Name
from quantities.terms import Terms, nothing_by_name


class Language(StrEnum):
    """The languages of documents: each is one catalogue in billing/documents/words/."""

    ENGLISH = "en"
    GERMAN = "de"
    CHINESE = "zh"


class InvoiceForm(StrEnum):
    """In which form a customer takes an invoice: the original, which wins over every picture of it.

    ``pdf``: the PDF is the original. ``ubl`` and ``cii``: the core of EN 16931 in either syntax. ``xrechnung`` and
    ``xrechnung_cii``: XRechnung 3.0. ``peppol``: Peppol BIS Billing 3, or its self-billing. ``zugferd``: Factur-X, a
    PDF/A-3 with the CII within. ``ksef``: FA(3), cleared by Poland. ``fapiao``: an e-fapiao, made out by China.
    """

    PDF = "pdf"
    UBL = "ubl"
    CII = "cii"
    XRECHNUNG = "xrechnung"
    XRECHNUNG_CII = "xrechnung_cii"
    PEPPOL = "peppol"
    ZUGFERD = "zugferd"
    KSEF = "ksef"
    FAPIAO = "fapiao"


#: The forms that are e-invoices of EN 16931, in the order in which they are listed.
E_INVOICE_FORMS = (
    InvoiceForm.UBL,
    InvoiceForm.CII,
    InvoiceForm.XRECHNUNG,
    InvoiceForm.XRECHNUNG_CII,
    InvoiceForm.PEPPOL,
    InvoiceForm.ZUGFERD,
)
#: The forms that a state has of its own, and clears; each is called as that state's authority is.
STATE_FORMS = (InvoiceForm.KSEF, InvoiceForm.FAPIAO)


class InvoicingTerms(Terms):
    """How the customer wants its documents, and what they refer to.

    Attributes:
        language: of the page, the PDF and the texts of an e-invoice.
        form: of the original.
        buyer_reference: BT-10, as a public buyer's Leitweg-ID.
        order: BT-13, the number of the customer's purchase order.
        order_lines: BT-132, by charge the number of its line in that order.
        contract: BT-12, the number that the customer has for the contract; without it, our reference.
        project: BT-11.
        cost_centre: BT-19, the customer's own account or cost centre.
        item_numbers: BT-156, by charge the number that the customer has for what is supplied.
        delivery: by which way its documents leave the house by themselves; without it, a person sends them.
        collection: how what it owes is collected; without it, the customer sends the money by itself.
        dunning: what follows where it is not paid in time; without it, nothing does by itself.
    """

    language: Language = Language.ENGLISH
    form: InvoiceForm = InvoiceForm.PDF
    buyer_reference: Annotated[Name | None, Field(exclude_if=lambda text: text is None)] = None
    order: Annotated[Name | None, Field(exclude_if=lambda text: text is None)] = None
    order_lines: Mapping[Name, Name] = nothing_by_name()
    contract: Annotated[Name | None, Field(exclude_if=lambda text: text is None)] = None
    project: Annotated[Name | None, Field(exclude_if=lambda text: text is None)] = None
    cost_centre: Annotated[Name | None, Field(exclude_if=lambda text: text is None)] = None
    item_numbers: Mapping[Name, Name] = nothing_by_name()
    delivery: Annotated[DeliveryTerms | None, Field(exclude_if=lambda terms: terms is None)] = None
    collection: Annotated[CollectionTerms | None, Field(exclude_if=lambda terms: terms is None)] = None
    dunning: Annotated[DunningTerms | None, Field(exclude_if=lambda terms: terms is None)] = None

    @classmethod
    def joined(cls, terms: Sequence["InvoicingTerms"]) -> "InvoicingTerms":
        """How a document over several contracts is made out, which are alike in what it says once.

        What is of one contract or charge alone is left out where the others have another one.
        """
        first = terms[0]
        differing = {
            name: cls.model_fields[name].get_default(call_default_factory=True)
            for name in OF_ONE_CONTRACT
            if any(getattr(other, name) != getattr(first, name) for other in terms)
        }
        return first.model_copy(update=differing) if differing else first


#: What contracts whose documents stand on one may have each of its own.
OF_ONE_CONTRACT = frozenset({"contract", "order_lines", "item_numbers"})
#: Where nothing is told.
PLAIN = InvoicingTerms()
