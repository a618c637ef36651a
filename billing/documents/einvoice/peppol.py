"""Peppol BIS Billing 3, and its self-billing for what a customer writes in its supplier's name (389, 261).

A corrected invoice (384) and a prepayment (386) become an invoice (380) with a note (P0112, DE-R-017); all notes are
one (R002).
"""

from typing import ClassVar

from billing.documents.einvoice.document import EInvoiceXml
from contracts.invoicing import InvoiceForm


class PeppolInvoice(EInvoiceXml):
    """An invoice or a credit note as Peppol BIS Billing 3 or Self-Billing; 409 with the rule where it breaks one."""

    name: ClassVar = "peppol"
    form: ClassVar = InvoiceForm.PEPPOL
