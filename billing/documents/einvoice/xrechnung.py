"""XRechnung 3.0: what public buyers in Germany take, in either syntax.

A prepayment (386) becomes an invoice (380) and a self-billed credit note (261) a credit note (381), each with a note
(BR-DE-17); cash discounts stand in BT-20 in XRechnung's own lines (BR-DE-18).
"""

from typing import ClassVar

from billing.documents.einvoice.document import EInvoiceXml
from contracts.invoicing import InvoiceForm


class XRechnungUbl(EInvoiceXml):
    """An invoice or a credit note as XRechnung 3.0 in UBL; 409 with the rule where it breaks one."""

    name: ClassVar = "xrechnung"
    form: ClassVar = InvoiceForm.XRECHNUNG


class XRechnungCii(EInvoiceXml):
    """An invoice or a credit note as XRechnung 3.0 in CII; 409 with the rule where it breaks one."""

    name: ClassVar = "xrechnung_cii"
    form: ClassVar = InvoiceForm.XRECHNUNG_CII
    address: ClassVar = "xrechnung-cii"
