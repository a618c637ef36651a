"""A document in the business terms (BT) and groups (BG) of EN 16931, with what its reader needs besides.

Complete for the edition of 2017; what the edition of 2026 adds and a syntax can write stands here as well: references,
documents that are corrected and cash discounts by themselves and by line. Amounts are in whole minor units of the
document's currency, with the signs of an invoice: those of a credit note are below zero, and each syntax turns them.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.documents.model.business_line import BusinessLine
from billing.documents.model.business_party import BankAccount, BusinessParty, DirectDebit, PostalAddress
from billing.records.document_type import DocumentType
from billing.tax.tax import TaxCategory
from contracts.cash_discount import CashDiscount
from contracts.invoicing import InvoiceForm, Language


@dataclass(frozen=True, slots=True)
class DocumentReferences:
    """What a document refers to, in the customer's words and in ours; empty where there is none.

    Attributes:
        buyer_reference: BT-10.
        project: BT-11.
        contract: BT-12.
        order: BT-13.
        sales_order: BT-14.
        cost_centre: BT-19.
    """

    buyer_reference: str = ""
    project: str = ""
    contract: str = ""
    order: str = ""
    sales_order: str = ""
    cost_centre: str = ""


@dataclass(frozen=True, slots=True)
class PrecedingDocument:
    """BG-3, a document that this one corrects or settles.

    Attributes:
        number: BT-25.
        issued_on: BT-26.
        is_prepayment: whether it claimed in advance what this one draws on, and is not corrected by it.
        clearance: the number that a state gave it, or empty.
    """

    number: str
    issued_on: date | None
    is_prepayment: bool = False
    clearance: str = ""


@dataclass(frozen=True, slots=True)
class DocumentNote:
    """BG-1: BT-22, a text in the document's language, and BT-21, a code of UNTDID 4451, or empty."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class TaxPartOfRate:
    """What of a tax is of one of those whose rates add up to it."""

    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TaxOfRate:
    """BG-23.

    Attributes:
        category: BT-118.
        rate: BT-119, in percent; None of what is out of scope.
        taxable: BT-116.
        tax: BT-117.
        reason: BT-120, or empty.
        reason_code: BT-121, a code of the list VATEX, or empty.
        parts: of the tax, where the rate is a sum.
    """

    category: TaxCategory
    rate: Decimal | None
    taxable: Decimal
    tax: Decimal
    reason: str = ""
    reason_code: str = ""
    parts: tuple[TaxPartOfRate, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxInOtherCurrency:
    """BT-6 and BT-111, the tax in the currency in which it is declared.

    Attributes:
        currency: BT-6.
        tax: BT-111.
        rates: month, name of the series, rate, and whether it is per unit of this currency.
    """

    currency: str
    tax: Decimal
    rates: tuple[tuple[str, str, Decimal, bool], ...]


@dataclass(frozen=True, slots=True)
class DocumentAllowance:
    """BG-20 (an allowance) or BG-21 (a charge) of the whole document; ``amount`` is above zero."""

    is_charge: bool
    amount: Decimal
    tax_category: TaxCategory
    tax_rate: Decimal | None
    reason: str
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """BG-22.

    Attributes:
        lines: BT-106, the sum of line net amounts.
        allowances: BT-107.
        charges: BT-108.
        net: BT-109.
        tax: BT-110.
        gross: BT-112.
        paid: BT-113, what was paid before the document was issued.
        rounding: BT-114.
        withheld: what the customer pays to its own state instead; EN 16931 has no term for it.
        payable: BT-115 less what is withheld.
    """

    lines: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    payable: Decimal
    allowances: Decimal = Decimal(0)
    charges: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)
    withheld: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class DocumentDelivery:
    """BG-13: BT-70 the name of the place, BT-72 the day of it, BG-15 its address."""

    name: str = ""
    on: date | None = None
    address: PostalAddress | None = None


@dataclass(frozen=True, slots=True)
class PaymentInstructions:
    """BG-16.

    Attributes:
        means: BT-81, UNTDID 4461: 58 a SEPA credit transfer, 30 another one, 59 a SEPA direct debit, 1 not stated.
        reference: BT-83, by which a payment is matched: an RF reference (ISO 11649) of the number; empty of a draft.
        accounts: BG-17.
        debit: BG-19.
    """

    means: str
    reference: str
    accounts: tuple[BankAccount, ...] = ()
    debit: DirectDebit | None = None


@dataclass(frozen=True, slots=True)
class DocumentAttachment:
    """BG-24: BT-122, BT-123, and BT-124 an address or BT-125 a file."""

    reference: str
    description: str
    address: str = ""
    file_name: str = ""
    media_type: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class CorrectionOfDocument:
    """All that a document corrects of one earlier document, for its reader.

    Attributes:
        number: of the earlier one.
        issued_on: of it.
        lines: the positions of the lines that correct it, in order.
        net: what they come to.
        why: one sentence, in the document's language.
    """

    number: str
    issued_on: date | None
    lines: tuple[int, ...]
    net: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class ConsolidatedPart:
    """What a consolidated document bills of one contract: the positions of its lines, and what they come to."""

    contract: str
    period_from: date
    period_to: date
    lines: tuple[int, ...]
    net: Decimal


@dataclass(frozen=True, slots=True)
class BusinessDocument:
    """An invoice, a credit note, or a payee's document, as its reader gets it.

    Attributes:
        number: BT-1; of a draft its name.
        issued_on: BT-2; None of a draft.
        document_type: BT-3.
        currency: BT-5.
        tax_elsewhere: BT-6, BT-111; None where the tax is declared in the document's currency.
        tax_point: BT-7, the day of the tax, where it is one for all lines and not the day of issue; else None.
        due_on: BT-9.
        references: BT-10 to BT-14, BT-19.
        payment_words: BT-20 in the document's language, without what ``cash_discounts`` say.
        cash_discounts: what is taken off if it is paid within so many days, the earlier the more.
        notes: BG-1.
        preceding: BG-3.
        seller: BG-4.
        buyer: BG-7.
        payee: BG-10, who is paid where it is not the seller.
        representative: BG-11.
        made_out_by: the name of who writes it in the seller's name, or empty.
        delivery: BG-13.
        period_from: BT-73, the first local day of service of any line.
        period_to: BT-74, the last one.
        payment: BG-16.
        allowances: BG-20, BG-21.
        totals: BG-22.
        taxes: BG-23.
        attachments: BG-24.
        lines: BG-25.
        language: of its texts.
        form: of its original.
        zone: whose local days it means; for the times of reads.
        state: draft, issued or void.
        voided_on: of a void one.
        corrections: its corrections, by the document that they correct.
        parts: of a consolidated one.
        held_apart: what is not billed while it is disputed: charge, first day, last day, net, number of the dispute.
        watermark: up to which batch the readings count.
        version: the number of the contract's version.
        proof_address: where its proof is: a path behind the address of the product.
        proof_command: what shows the same on a command line, where nobody knows that address.
        voided_because: of a void one why, and by whom; on the supplier's own copy alone, else empty.
        billed_from: the first day of the period that it bills, where ``period_from`` is of what it corrects besides.
        billed_to: the last one.
        claims_delay: whether it is no invoice, but claims of the delay of others, or gives that back.
    """

    number: str
    issued_on: date | None
    document_type: DocumentType
    currency: str
    due_on: date | None
    references: DocumentReferences
    seller: BusinessParty
    buyer: BusinessParty
    period_from: date
    period_to: date
    payment: PaymentInstructions
    totals: DocumentTotals
    taxes: tuple[TaxOfRate, ...]
    lines: tuple[BusinessLine, ...]
    language: Language
    form: InvoiceForm
    zone: str
    state: str = "issued"
    tax_elsewhere: TaxInOtherCurrency | None = None
    tax_point: date | None = None
    payment_words: str = ""
    cash_discounts: tuple[CashDiscount, ...] = ()
    notes: tuple[DocumentNote, ...] = ()
    preceding: tuple[PrecedingDocument, ...] = ()
    payee: BusinessParty | None = None
    representative: BusinessParty | None = None
    made_out_by: str = ""
    delivery: DocumentDelivery = DocumentDelivery()
    allowances: tuple[DocumentAllowance, ...] = ()
    attachments: tuple[DocumentAttachment, ...] = ()
    voided_on: date | None = None
    corrections: tuple[CorrectionOfDocument, ...] = ()
    parts: tuple[ConsolidatedPart, ...] = ()
    held_apart: tuple[tuple[str, date, date, Decimal, int], ...] = ()
    watermark: int = 0
    version: int = 0
    proof_address: str = ""
    proof_command: str = ""
    voided_because: str = ""
    billed_from: date | None = None
    billed_to: date | None = None
    claims_delay: bool = False
