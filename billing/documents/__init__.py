"""Documents: one thing written for a reader. A new one is a file in this folder and its name in ``DOCUMENTS``."""

from collections.abc import Mapping
from dataclasses import dataclass

from billing.documents.account_csv import AccountCsv
from billing.documents.account_html import AccountHtml
from billing.documents.document import (
    AccountDocument,
    ExplanationDocument,
    InvoiceDocument,
    PayeeDocument,
    PreviewDocument,
    StatementDocument,
    by_name,
)
from billing.documents.einvoice.core import CiiInvoice, UblInvoice
from billing.documents.einvoice.peppol import PeppolInvoice
from billing.documents.einvoice.xrechnung import XRechnungCii, XRechnungUbl
from billing.documents.einvoice.zugferd import ZugferdPdf
from billing.documents.explanation import ExplanationText
from billing.documents.invoice_html import InvoiceHtml
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.payee_statement import PayeeStatementCsv, PayeeStatementHtml
from billing.documents.simulation_chart import SimulationChart
from billing.documents.verification_report import VerificationReport


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents that can be asked for, by what they are of and by name."""

    account: Mapping[str, type[AccountDocument]]
    invoice: Mapping[str, type[InvoiceDocument]]
    explanation: Mapping[str, type[ExplanationDocument]]
    statement: Mapping[str, type[StatementDocument]]
    payee: Mapping[str, type[PayeeDocument]]
    preview: Mapping[str, type[PreviewDocument]]


#: What an invoice is as an e-invoice, in the order of their forms.
E_INVOICES = (UblInvoice, CiiInvoice, XRechnungUbl, XRechnungCii, PeppolInvoice, ZugferdPdf)

DOCUMENTS = Documents(
    account=by_name(AccountHtml, AccountCsv),
    invoice=by_name(InvoiceHtml, InvoicePdf, *E_INVOICES),
    explanation=by_name(ExplanationText),
    statement=by_name(VerificationReport),
    payee=by_name(PayeeStatementCsv, PayeeStatementHtml),
    preview=by_name(SimulationChart),
)
