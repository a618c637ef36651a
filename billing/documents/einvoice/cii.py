"""UN/CEFACT Cross Industry Invoice: a document as a CrossIndustryInvoice (EN 16931-3-3)."""

from base64 import b64encode
from collections.abc import Iterator

from stdnum import iban

from billing.documents.einvoice.cii_line import cii_line
from billing.documents.einvoice.cii_names import CII, RSM, Breakdown, cii_date, cii_period, trade_tax
from billing.documents.einvoice.cii_party import cii_address, cii_party
from billing.documents.einvoice.elements import Node, amount_text
from billing.documents.einvoice.written import WrittenInvoice
from billing.documents.model.business_document import (
    BusinessDocument,
    DocumentAllowance,
    DocumentAttachment,
    TaxOfRate,
)
from billing.documents.model.business_party import BankAccount
from billing.tax.tax import TaxCategory

#: UNTDID 1001: what a document refers to beside (BG-24).
_RELATED = "916"
#: BT-11 has a name in this syntax, which EN 16931 gives no meaning.
_PROJECT = "Project reference"

Parts = Iterator[Node | None]


def write_cii(invoice: WrittenInvoice) -> bytes:
    """Write a document; an invoice and a credit note have the same elements.

    Args:
        invoice: ready for its profile.
    """
    document, make = invoice.document, CII.make
    notes = (
        make("ram:IncludedNote", make("ram:Content", note.text), make("ram:SubjectCode", note.code))
        for note in document.notes
    )
    process = make("ram:ID", invoice.ids.process)
    return CII.root(
        "CrossIndustryInvoice",
        RSM,
        make(
            "rsm:ExchangedDocumentContext",
            make("ram:BusinessProcessSpecifiedDocumentContextParameter", process),
            make("ram:GuidelineSpecifiedDocumentContextParameter", make("ram:ID", invoice.ids.specification)),
        ),
        make(
            "rsm:ExchangedDocument",
            make("ram:ID", document.number),
            make("ram:TypeCode", invoice.document_type.value),
            cii_date("ram:IssueDateTime", document.issued_on),
            *notes,
        ),
        make(
            "rsm:SupplyChainTradeTransaction",
            *(cii_line(line, invoice) for line in document.lines),
            make("ram:ApplicableHeaderTradeAgreement", *_agreement(invoice)),
            make("ram:ApplicableHeaderTradeDelivery", *_delivery(document)),
            make("ram:ApplicableHeaderTradeSettlement", *_settlement(invoice)),
        ),
    )  # fmt: skip


def _agreement(invoice: WrittenInvoice) -> Parts:
    document, make = invoice.document, CII.make
    references = document.references
    yield make("ram:BuyerReference", references.buyer_reference)
    yield cii_party("ram:SellerTradeParty", document.seller, is_seller=True)
    yield cii_party("ram:BuyerTradeParty", document.buyer, is_seller=False)
    if document.representative is not None:
        name, party = "ram:SellerTaxRepresentativeTradeParty", document.representative
        tax = make("ram:SpecifiedTaxRegistration", make("ram:ID", party.vat_id, schemeID="VA"))
        yield make(name, make("ram:Name", party.name), cii_address(party.address), tax)
    yield make("ram:SellerOrderReferencedDocument", make("ram:IssuerAssignedID", references.sales_order))
    yield make("ram:BuyerOrderReferencedDocument", make("ram:IssuerAssignedID", references.order))
    yield make("ram:ContractReferencedDocument", make("ram:IssuerAssignedID", references.contract))
    yield from (_attachment(file) for file in document.attachments)
    project = make("ram:ID", references.project)
    if project is not None:
        yield make("ram:SpecifiedProcuringProject", project, make("ram:Name", _PROJECT))


def _attachment(file: DocumentAttachment) -> Node | None:
    """BG-24, with a file within or an address."""
    make = CII.make
    content = b64encode(file.content).decode()
    return make(
        "ram:AdditionalReferencedDocument",
        make("ram:IssuerAssignedID", file.reference),
        make("ram:URIID", file.address),
        make("ram:TypeCode", _RELATED),
        make("ram:Name", file.description),
        make("ram:AttachmentBinaryObject", content, mimeCode=file.media_type, filename=file.file_name),
    )


def _delivery(document: BusinessDocument) -> Parts:
    """BG-13, which this syntax must have and must not leave empty: without more it says the last day of the period."""
    make, delivery = CII.make, document.delivery
    is_empty = not delivery.name and delivery.address is None
    on = delivery.on or (document.period_to if is_empty else None)
    address = None if delivery.address is None else cii_address(delivery.address)
    yield make("ram:ShipToTradeParty", make("ram:Name", delivery.name), address)
    yield make("ram:ActualDeliverySupplyChainEvent", cii_date("ram:OccurrenceDateTime", on))


def _settlement(invoice: WrittenInvoice) -> Parts:
    document, make = invoice.document, CII.make
    debit = document.payment.debit if invoice.pays_by_debit else None
    yield None if debit is None else make("ram:CreditorReferenceID", debit.creditor)
    yield make("ram:PaymentReference", document.payment.reference)
    if document.tax_elsewhere is not None:
        yield make("ram:TaxCurrencyCode", document.tax_elsewhere.currency)
    yield make("ram:InvoiceCurrencyCode", document.currency)
    if document.payee is not None:
        yield cii_party("ram:PayeeTradeParty", document.payee, is_seller=False, is_payee=True)
    yield from _payment(invoice)
    yield from (_tax(tax, invoice, is_first=place == 0) for place, tax in enumerate(document.taxes))
    yield cii_period(document.period_from, document.period_to)
    yield from (_allowance(part, invoice) for part in document.allowances)
    yield make(
        "ram:SpecifiedTradePaymentTerms",
        make("ram:Description", invoice.payment_terms),
        cii_date("ram:DueDateDateTime", document.due_on),
        None if debit is None else make("ram:DirectDebitMandateID", debit.mandate),
    )
    yield _totals(invoice)
    for preceding in document.preceding:
        number = make("ram:IssuerAssignedID", preceding.number)
        day = cii_date("ram:FormattedIssueDateTime", preceding.issued_on, "qdt:DateTimeString")
        yield make("ram:InvoiceReferencedDocument", number, day)
    cost_centre = make("ram:ID", document.references.cost_centre)
    yield make("ram:ReceivableSpecifiedTradeAccountingAccount", cost_centre)


def _payment(invoice: WrittenInvoice) -> Parts:
    """BG-16, once for each account."""
    make, payment = CII.make, invoice.document.payment
    payer = make("ram:IBANID", payment.debit.account) if payment.debit and invoice.pays_by_debit else None
    accounts = () if invoice.pays_by_debit else payment.accounts
    for account in accounts or (None,):
        yield make(
            "ram:SpecifiedTradeSettlementPaymentMeans",
            make("ram:TypeCode", payment.means),
            make("ram:PayerPartyDebtorFinancialAccount", payer),
            *(() if account is None else _account(account)),
        )


def _account(account: BankAccount) -> Parts:
    make = CII.make
    number = "ram:IBANID" if iban.is_valid(account.account) else "ram:ProprietaryID"
    of_iban, of_other = (account.account, "") if number == "ram:IBANID" else ("", account.account)
    yield make(
        "ram:PayeePartyCreditorFinancialAccount",
        make("ram:IBANID", of_iban),
        make("ram:AccountName", account.holder),
        make("ram:ProprietaryID", of_other),
    )
    yield make("ram:PayeeSpecifiedCreditorFinancialInstitution", make("ram:BICID", account.bic))


def _tax(tax: TaxOfRate, invoice: WrittenInvoice, *, is_first: bool) -> Node | None:
    """BG-23; BT-7, which is one of the document, stands with the first of them alone (CII-SR-461)."""
    rate = invoice.rate_of_out_of_scope if tax.category is TaxCategory.OUT_OF_SCOPE else tax.rate
    amounts = invoice.amount(tax.tax), invoice.amount(tax.taxable)
    return trade_tax(
        "ram:ApplicableTradeTax",
        tax.category,
        rate,
        Breakdown(*amounts, tax.reason, tax.reason_code, invoice.document.tax_point if is_first else None),
    )


def _allowance(part: DocumentAllowance, invoice: WrittenInvoice) -> Node | None:
    """BG-20, BG-21."""
    make = CII.make
    return make(
        "ram:SpecifiedTradeAllowanceCharge",
        make("ram:ChargeIndicator", make("udt:Indicator", "true" if part.is_charge else "false")),
        make("ram:ActualAmount", invoice.amount(part.amount)),
        make("ram:ReasonCode", part.reason_code),
        make("ram:Reason", part.reason),
        trade_tax("ram:CategoryTradeTax", part.tax_category, part.tax_rate),
    )


def _totals(invoice: WrittenInvoice) -> Node | None:
    document, make = invoice.document, CII.make
    totals, has = document.totals, {part.is_charge for part in document.allowances}
    elsewhere, currency = document.tax_elsewhere, document.currency
    declared = None
    if elsewhere is not None:
        tax = amount_text(elsewhere.tax, elsewhere.currency)
        declared = make("ram:TaxTotalAmount", tax, currencyID=elsewhere.currency)
    return make(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        (
            make("ram:LineTotalAmount", invoice.amount(totals.lines)),
            make("ram:ChargeTotalAmount", invoice.amount(totals.charges)) if True in has else None,
            make("ram:AllowanceTotalAmount", invoice.amount(totals.allowances)) if False in has else None,
            make("ram:TaxBasisTotalAmount", invoice.amount(totals.net)),
            make("ram:TaxTotalAmount", invoice.amount(totals.tax), currencyID=currency),
            declared,
            make("ram:RoundingAmount", invoice.amount(totals.rounding)) if totals.rounding else None,
            make("ram:GrandTotalAmount", invoice.amount(totals.gross)),
            make("ram:TotalPrepaidAmount", invoice.amount(totals.paid)) if totals.paid else None,
            make("ram:DuePayableAmount", invoice.amount(invoice.payable)),
        ),
    )
