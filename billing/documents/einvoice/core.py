"""The core of EN 16931 in both syntaxes, for whoever takes no profile of a country or a network."""

from typing import ClassVar

from billing.documents.einvoice.document import EInvoiceXml
from contracts.invoicing import InvoiceForm


class UblInvoice(EInvoiceXml):
    """An invoice or a credit note as UBL 2.1, the core of EN 16931; 409 with the rule where it breaks one."""

    name: ClassVar = "ubl"
    form: ClassVar = InvoiceForm.UBL


class CiiInvoice(EInvoiceXml):
    """An invoice or a credit note as UN/CEFACT CII, the core of EN 16931; 409 with the rule where it breaks one."""

    name: ClassVar = "cii"
    form: ClassVar = InvoiceForm.CII
