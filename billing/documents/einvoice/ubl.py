"""UBL 2.1: a document as an Invoice or a CreditNote (EN 16931-3-2)."""

from base64 import b64encode
from collections.abc import Iterator

from billing.documents.einvoice.elements import Node, day_text
from billing.documents.einvoice.ubl_line import ubl_line
from billing.documents.einvoice.ubl_names import CURRENCY, UBL
from billing.documents.einvoice.ubl_party import ubl_address, ubl_party, ubl_payee, ubl_representative
from billing.documents.einvoice.ubl_tax import tax_category, tax_totals
from billing.documents.einvoice.written import WrittenInvoice
from billing.documents.model.business_document import BusinessDocument, DocumentAllowance, DocumentAttachment

_INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
_CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
#: The type of a document that a credit note's project is named by, which has no element of its own there (BT-11).
_PROJECT = "50"
_NO_ORDER = "NA"


def write_ubl(invoice: WrittenInvoice) -> bytes:
    """Write a document.

    Args:
        invoice: ready for its profile.

    Returns:
        An Invoice-2, or of a credit note a CreditNote-2, whose elements have another order.
    """
    if invoice.is_credit_note:
        return UBL.root("CreditNote", _CREDIT_NOTE, *_head(invoice), *_of_credit_note(invoice), *_foot(invoice))
    return UBL.root("Invoice", _INVOICE, *_head(invoice), *_of_invoice(invoice), *_foot(invoice))


Parts = Iterator[Node | None]


def _head(invoice: WrittenInvoice) -> Parts:
    document, make = invoice.document, UBL.make
    yield make("cbc:CustomizationID", invoice.ids.specification)
    yield make("cbc:ProfileID", invoice.ids.process)
    yield make("cbc:ID", document.number)
    yield make("cbc:IssueDate", day_text(document.issued_on))
    if invoice.is_credit_note:
        yield make("cbc:TaxPointDate", day_text(document.tax_point))
        yield make("cbc:CreditNoteTypeCode", invoice.document_type.value)
    else:
        yield make("cbc:DueDate", day_text(document.due_on))
        yield make("cbc:InvoiceTypeCode", invoice.document_type.value)
    for note in document.notes:
        yield make("cbc:Note", f"#{note.code}#{note.text}" if note.code else note.text)
    if not invoice.is_credit_note:
        yield make("cbc:TaxPointDate", day_text(document.tax_point))
    yield make("cbc:DocumentCurrencyCode", document.currency)
    if document.tax_elsewhere is not None:
        yield make("cbc:TaxCurrencyCode", document.tax_elsewhere.currency)
    yield make("cbc:AccountingCost", document.references.cost_centre)
    yield make("cbc:BuyerReference", document.references.buyer_reference)
    period = make("cbc:StartDate", day_text(document.period_from)), make("cbc:EndDate", day_text(document.period_to))
    yield make("cac:InvoicePeriod", *period)
    yield _order(document)
    for preceding in document.preceding:
        reference = make("cbc:ID", preceding.number), make("cbc:IssueDate", day_text(preceding.issued_on))
        yield make("cac:BillingReference", make("cac:InvoiceDocumentReference", *reference))
    yield make("cac:ContractDocumentReference", make("cbc:ID", document.references.contract))


def _order(document: BusinessDocument) -> Node | None:
    """BT-13, which the schema wants beside BT-14: "NA" where there is none, if the buyer is told otherwise (R003)."""
    references = document.references
    sales_order = references.sales_order if references.order or references.buyer_reference else ""
    order = references.order or (_NO_ORDER if sales_order else "")
    return UBL.make("cac:OrderReference", UBL.make("cbc:ID", order), UBL.make("cbc:SalesOrderID", sales_order))


def _of_invoice(invoice: WrittenInvoice) -> Parts:
    yield from (_attachment(file) for file in invoice.document.attachments)
    yield UBL.make("cac:ProjectReference", UBL.make("cbc:ID", invoice.document.references.project))


def _of_credit_note(invoice: WrittenInvoice) -> Parts:
    yield from (_attachment(file) for file in invoice.document.attachments)
    project = UBL.make("cbc:ID", invoice.document.references.project)
    if project is not None:
        yield UBL.make("cac:AdditionalDocumentReference", project, UBL.make("cbc:DocumentTypeCode", _PROJECT))


def _attachment(file: DocumentAttachment) -> Node | None:
    """BG-24, with a file within or an address."""
    make = UBL.make
    content = b64encode(file.content).decode()
    held = make("cbc:EmbeddedDocumentBinaryObject", content, mimeCode=file.media_type, filename=file.file_name)
    address = make("cac:ExternalReference", make("cbc:URI", file.address))
    return make(
        "cac:AdditionalDocumentReference",
        make("cbc:ID", file.reference),
        make("cbc:DocumentDescription", file.description),
        make("cac:Attachment", held, address),
    )


def _foot(invoice: WrittenInvoice) -> Parts:
    document, make = invoice.document, UBL.make
    yield make("cac:AccountingSupplierParty", ubl_party(document.seller, invoice, is_seller=True))
    yield make("cac:AccountingCustomerParty", ubl_party(document.buyer, invoice, is_seller=False))
    yield ubl_payee(invoice)
    yield ubl_representative(document)
    yield _delivery(document)
    yield from _payment(invoice)
    yield make("cac:PaymentTerms", make("cbc:Note", invoice.payment_terms))
    yield from (_allowance(part, invoice) for part in document.allowances)
    yield from tax_totals(invoice)
    yield _totals(invoice)
    yield from (ubl_line(line, invoice) for line in document.lines)


def _delivery(document: BusinessDocument) -> Node | None:
    make, delivery = UBL.make, document.delivery
    return make(
        "cac:Delivery",
        make("cbc:ActualDeliveryDate", day_text(delivery.on)),
        make("cac:DeliveryLocation", delivery.address and ubl_address("cac:Address", delivery.address)),
        make("cac:DeliveryParty", make("cac:PartyName", make("cbc:Name", delivery.name))),
    )


def _payment(invoice: WrittenInvoice) -> Parts:
    """BG-16, once for each account; the day on which a credit note is due stands with the first alone (UBL-SR-45)."""
    make, payment = UBL.make, invoice.document.payment
    due = invoice.document.due_on if invoice.is_credit_note else None
    accounts = () if invoice.pays_by_debit else payment.accounts
    for place, account in enumerate(accounts or (None,)):
        yield make(
            "cac:PaymentMeans",
            make("cbc:PaymentMeansCode", payment.means),
            make("cbc:PaymentDueDate", day_text(due if place == 0 else None)),
            make("cbc:PaymentID", payment.reference),
            account
            and make(
                "cac:PayeeFinancialAccount",
                make("cbc:ID", account.account),
                make("cbc:Name", account.holder),
                make("cac:FinancialInstitutionBranch", make("cbc:ID", account.bic)),
            ),
            _mandate(invoice),
        )


def _mandate(invoice: WrittenInvoice) -> Node | None:
    make, debit = UBL.make, invoice.document.payment.debit
    if debit is None or not invoice.pays_by_debit:
        return None
    payer = make("cac:PayerFinancialAccount", make("cbc:ID", debit.account))
    return make("cac:PaymentMandate", make("cbc:ID", debit.mandate), payer)


def _allowance(part: DocumentAllowance, invoice: WrittenInvoice) -> Node | None:
    """BG-20, BG-21."""
    make = UBL.make
    return make(
        "cac:AllowanceCharge",
        make("cbc:ChargeIndicator", "true" if part.is_charge else "false"),
        make("cbc:AllowanceChargeReasonCode", part.reason_code),
        make("cbc:AllowanceChargeReason", part.reason),
        make("cbc:Amount", invoice.amount(part.amount), **{CURRENCY: invoice.document.currency}),
        tax_category("cac:TaxCategory", part.tax_category, part.tax_rate),
    )


def _totals(invoice: WrittenInvoice) -> Node | None:
    totals, has = invoice.document.totals, {part.is_charge for part in invoice.document.allowances}
    amounts = {
        "LineExtensionAmount": totals.lines,
        "TaxExclusiveAmount": totals.net,
        "TaxInclusiveAmount": totals.gross,
        "AllowanceTotalAmount": totals.allowances if False in has else None,
        "ChargeTotalAmount": totals.charges if True in has else None,
        "PrepaidAmount": totals.paid or None,
        "PayableRoundingAmount": totals.rounding or None,
        "PayableAmount": invoice.payable,
    }
    return UBL.make(
        "cac:LegalMonetaryTotal",
        *(
            UBL.make(f"cbc:{name}", invoice.amount(amount), **{CURRENCY: invoice.document.currency})
            for name, amount in amounts.items()
            if amount is not None
        ),
    )
