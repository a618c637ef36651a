"""The documents that can be asked for. A new one is a file in this folder and its name here, in ``DOCUMENTS``.

Loading it loads what writes documents (typst, saxonche, babel, jinja2): import it where one is written, not before.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from billing.documents.account_csv import AccountCsv
from billing.documents.account_statement import AccountHtml, AccountPdf
from billing.documents.document import (
    AccountDocument,
    ExplanationDocument,
    InvoiceDocument,
    LetterDocument,
    PayeeDocument,
    PreviewDocument,
    StatementDocument,
    UsageDocument,
    by_name,
)
from billing.documents.dunning_letter import LetterHtml, LetterPdf
from billing.documents.einvoice.core import CiiInvoice, UblInvoice
from billing.documents.einvoice.peppol import PeppolInvoice
from billing.documents.einvoice.xrechnung import XRechnungCii, XRechnungUbl
from billing.documents.einvoice.zugferd import ZugferdPdf
from billing.documents.explanation import ExplanationText
from billing.documents.invoice_html import InvoiceHtml
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.payee_csv import PayeeStatementCsv
from billing.documents.payee_statement import PayeeStatementHtml, PayeeStatementPdf
from billing.documents.simulation_page import SimulationPage, SimulationPdf
from billing.documents.usage.usage_statement import UsageStatementPage, UsageStatementPdf
from billing.documents.verification.documents import (
    SavingsStatementPage,
    SavingsStatementPdf,
    VerificationPage,
    VerificationReport,
)


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents that can be asked for, by what they are of and by name."""

    account: Mapping[str, type[AccountDocument]]
    invoice: Mapping[str, type[InvoiceDocument]]
    usage: Mapping[str, type[UsageDocument]]
    explanation: Mapping[str, type[ExplanationDocument]]
    statement: Mapping[str, type[StatementDocument]]
    payee: Mapping[str, type[PayeeDocument]]
    preview: Mapping[str, type[PreviewDocument]]
    letter: Mapping[str, type[LetterDocument]]


#: What an invoice is as an e-invoice, in the order of their forms.
E_INVOICES = (UblInvoice, CiiInvoice, XRechnungUbl, XRechnungCii, PeppolInvoice, ZugferdPdf)

DOCUMENTS = Documents(
    account=by_name(AccountHtml, AccountPdf, AccountCsv),
    invoice=by_name(InvoiceHtml, InvoicePdf, *E_INVOICES),
    usage=by_name(UsageStatementPage, UsageStatementPdf),
    explanation=by_name(ExplanationText),
    statement=by_name(VerificationReport, VerificationPage, SavingsStatementPdf, SavingsStatementPage),
    payee=by_name(PayeeStatementCsv, PayeeStatementHtml, PayeeStatementPdf),
    preview=by_name(SimulationPage, SimulationPdf),
    letter=by_name(LetterHtml, LetterPdf),
)
