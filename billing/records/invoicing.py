"""What a document was told to look like, and what counted of its parties on its day."""

from billing.records.record import Optionally, Record
from contracts.invoicing import InvoicingTerms
from contracts.party_profile import PartyProfile


class InvoicingRecord(Record):
    """How a document is made out; there is none where nothing was told of that: then it is English, and a PDF.

    Attributes:
        terms: how the customer wants it, by the newest version that it bills.
        seller: what counted of the supplier, or of the owner in whose name it is; None where nothing was told of it.
        buyer: of the customer, likewise.
    """

    terms: InvoicingTerms
    seller: Optionally[PartyProfile] = None
    buyer: Optionally[PartyProfile] = None
