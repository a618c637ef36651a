"""Random documents: parties, lines of all categories, tiers, discounts and corrections; summed as the product sums."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st

from billing.documents.model.business_document import (
    BusinessDocument,
    DocumentAllowance,
    DocumentAttachment,
    DocumentDelivery,
    DocumentNote,
    DocumentReferences,
    DocumentTotals,
    PaymentInstructions,
    PrecedingDocument,
    TaxInOtherCurrency,
    TaxOfRate,
)
from billing.documents.model.business_line import BusinessLine, Classification, ItemAttribute, LineAllowance
from billing.documents.model.business_party import (
    BankAccount,
    BusinessParty,
    ContactPoint,
    DirectDebit,
    Identifier,
    PostalAddress,
)
from billing.records.document_type import DocumentType
from billing.tax.tax import Tax, TaxCategory, TaxedAmount, breakdown
from contracts.cash_discount import CashDiscount
from contracts.invoicing import InvoiceForm, Language
from quantities.money import exponent
from tests.billing.documents.model.made import BUYER, SELLER

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
#: Rec 20 codes of units that contracts count in, with our spelling.
UNITS = (
    ("m3@din1343", "MTQ"),
    ("kWh", "KWH"),
    ("h", "HUR"),
    ("each", "H87"),
    ("GJ", "GV"),
    ("t", "TNE"),
    ("one", "C62"),
)
REASONS = {
    TaxCategory.EXEMPT: "Exempt under Art. 135",
    TaxCategory.REVERSE_CHARGE: "Reverse charge",
    TaxCategory.INTRA_COMMUNITY: "Intra-Community supply",
    TaxCategory.EXPORT: "Export",
    TaxCategory.OUT_OF_SCOPE: "Outside the scope of VAT",
}
#: What a VAT id of each country looks like.
VAT_IDS = {"DE": "DE129273398", "AT": "ATU13585627", "FR": "FR40303265045", "PL": "PL8567346215", "BE": "BE0428759497"}
WORDS = st.text("abcdefghij äöüß中文 &<>\"'#§€³-./", min_size=1, max_size=40).filter(lambda text: text.strip())


@dataclass(frozen=True)
class Taxation:
    """How a document is taxed: one or more taxes that may stand together."""

    taxes: tuple[Tax, ...]


def _tax(category: TaxCategory, rate: str = "0") -> Tax:
    return Tax(category, Decimal(rate), REASONS.get(category, ""))


TAXATIONS = st.sampled_from(
    [
        Taxation((_tax(TaxCategory.STANDARD, "19"),)),
        Taxation((_tax(TaxCategory.STANDARD, "19"), _tax(TaxCategory.STANDARD, "7"), _tax(TaxCategory.EXEMPT))),
        Taxation((_tax(TaxCategory.STANDARD, "5.5"), _tax(TaxCategory.ZERO))),
        Taxation((_tax(TaxCategory.REVERSE_CHARGE),)),
        Taxation((_tax(TaxCategory.INTRA_COMMUNITY),)),
        Taxation((_tax(TaxCategory.EXPORT),)),
        Taxation((_tax(TaxCategory.OUT_OF_SCOPE),)),
    ]
)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the minor unit."""
    return amount.quantize(Decimal(1).scaleb(-exponent(currency)), ROUND_HALF_UP)


@st.composite
def parties(draw: st.DrawFn, model: BusinessParty) -> BusinessParty:
    """A party with all that the strictest form asks for."""
    country = draw(st.sampled_from(sorted(VAT_IDS)))
    return replace(
        model,
        name=draw(WORDS) + " AG",
        trading_name=draw(st.one_of(st.just(""), WORDS)),
        identifiers=draw(st.sampled_from([(), (Identifier("4711"),), (Identifier("4000001123452", "0088"), Identifier("9"))])),
        registration=draw(st.sampled_from([Identifier("HRB 1"), Identifier("4000001123452", "0088")])),
        register_note=draw(st.one_of(st.just(""), WORDS)),
        vat_id=VAT_IDS[country],
        address=PostalAddress(
            lines=tuple(draw(st.lists(WORDS, min_size=1, max_size=5))), city=draw(WORDS), post_code="12345", country=country,
            region=draw(st.sampled_from(["", "Bayern"])),
        ),
        electronic=Identifier(VAT_IDS[country], {"DE": "9930", "AT": "9914", "FR": "9957", "PL": "9945", "BE": "9925"}[country]),
        contact=ContactPoint(draw(WORDS), "+49 40 1234", "bill@example.org"),
    )  # fmt: skip


@st.composite
def lines(draw: st.DrawFn, pos: int, tax: Tax, currency: str) -> BusinessLine:
    """A line whose net amount is, or is not, quantity × price."""
    unit, code = draw(st.sampled_from(UNITS))
    places = draw(st.integers(0, 9))
    quantity = draw(st.decimals(-(10**6), 10**6, places=places, allow_nan=False))
    price = draw(st.decimals(0, 10**4, places=draw(st.integers(0, 12)), allow_nan=False))
    base = Decimal(draw(st.sampled_from([1, 1, 1, 100, 1000])))
    net = rounded(quantity * price / base, currency)
    if draw(st.integers(0, 3)) == 0:  # tiers, a minimum, a split, a correction at another price
        net = rounded(draw(st.decimals(-(10**6), 10**6, places=2, allow_nan=False)), currency)
    allowances: tuple[LineAllowance, ...] = ()
    if draw(st.integers(0, 4)) == 0:
        amount = rounded(draw(st.decimals("0.01", 1000, places=2)), currency) or Decimal(1)
        is_charge = draw(st.booleans())
        percent, whole = (Decimal(10), amount * 10) if draw(st.booleans()) else (None, None)
        reason, reason_code = draw(st.sampled_from([("Bonus", ""), ("Malus", "95" if not is_charge else "FC")]))
        allowances = (LineAllowance(is_charge, amount, reason, reason_code, whole, percent),)
        net += amount if is_charge else -amount
    first = FIRST - timedelta(days=draw(st.sampled_from([0, 0, 0, 31, 400])))  # a correction bears its own days
    return BusinessLine(
        pos=pos, name=draw(WORDS), quantity=quantity, unit=unit, unit_code=code, net=net, unit_price=price,
        service_from=first, service_to=min(first + timedelta(days=draw(st.integers(0, 30))), LAST),
        tax_category=tax.category, tax_rate=None if tax.category is TaxCategory.OUT_OF_SCOPE else tax.rate, tax_point=LAST,
        nature="consideration", description=draw(st.one_of(st.just(""), WORDS)), note=draw(st.one_of(st.just(""), WORDS)),
        object_id=draw(st.sampled_from(["", "compressor-1"])), order_line=draw(st.sampled_from(["", "10"])),
        cost_centre=draw(st.sampled_from(["", "4711"])), allowances=allowances, price_base=base,
        buyer_item=draw(st.sampled_from(["", "B-1"])), seller_item=draw(st.sampled_from(["", "S-1"])),
        classifications=draw(st.sampled_from([(), (Classification("65434568", "STI", "8"),)])),
        attributes=tuple(
            ItemAttribute(name, value) for name, value in draw(st.lists(st.tuples(WORDS, WORDS), max_size=4))
        ),
        sum_words="1 × 1 = 1", assets=("compressor-1",),
    )  # fmt: skip


KINDS = tuple(DocumentType)
CREDITS = frozenset({DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE})
ATTACHMENTS = (
    DocumentAttachment("usage", "Usage statement", address="https://example.org/usage"),
    DocumentAttachment("proof", "Proof", file_name="proof.csv", media_type="text/csv", content=b"a,b\n1,2\n"),
)


def summed(document: BusinessDocument, taxes: tuple[Tax, ...], paid: Decimal = Decimal(0)) -> BusinessDocument:
    """Give a document its totals and its breakdown, computed by the product's own breakdown."""
    currency = document.currency
    amounts = [TaxedAmount(_of(taxes, line.tax_category, line.tax_rate), line.net) for line in document.lines] + [
        TaxedAmount(_of(taxes, part.tax_category, part.tax_rate), part.amount if part.is_charge else -part.amount)
        for part in document.allowances
    ]
    groups = breakdown(amounts, currency)
    total = sum((line.net for line in document.lines), Decimal(0))
    charges = sum((part.amount for part in document.allowances if part.is_charge), Decimal(0))
    allowances = sum((part.amount for part in document.allowances if not part.is_charge), Decimal(0))
    net, tax = total + charges - allowances, sum((group.amount for group in groups), Decimal(0))
    rows = tuple(
        TaxOfRate(
            group.tax.category, None if group.tax.category is TaxCategory.OUT_OF_SCOPE else group.tax.rate, group.taxable,
            group.amount, group.tax.reason,
        )
        for group in groups
    )  # fmt: skip
    totals = DocumentTotals(
        lines=total, net=net, tax=tax, gross=net + tax, payable=net + tax - paid, allowances=allowances, charges=charges, paid=paid
    )  # fmt: skip
    return replace(document, taxes=rows, totals=totals)


def _of(taxes: tuple[Tax, ...], category: TaxCategory, rate: Decimal | None) -> Tax:
    return next(tax for tax in taxes if tax.category is category and (rate is None or tax.rate == rate))


@st.composite
def documents(draw: st.DrawFn, kind: DocumentType | None = None) -> BusinessDocument:
    """A document of any kind that every form takes: with all parties' data, in EUR, USD or JPY."""
    document_type = draw(st.sampled_from(KINDS)) if kind is None else kind
    currency = draw(st.sampled_from(["EUR", "EUR", "EUR", "USD", "JPY"]))
    taxes = draw(TAXATIONS).taxes
    count = draw(st.integers(1, 8))
    of_lines = tuple(draw(lines(pos, draw(st.sampled_from(taxes)), currency)) for pos in range(1, count + 1))
    allowances: tuple[DocumentAllowance, ...] = ()
    if draw(st.integers(0, 2)) == 0:
        tax = draw(st.sampled_from([_of(taxes, line.tax_category, line.tax_rate) for line in of_lines]))
        rate = None if tax.category is TaxCategory.OUT_OF_SCOPE else tax.rate
        amount = rounded(draw(st.decimals(1, 1000, places=2)), currency)
        allowances = (DocumentAllowance(draw(st.booleans()), amount, tax.category, rate, "Volume bonus"),)
    seller, buyer = draw(parties(SELLER)), draw(parties(BUYER))
    means = draw(st.sampled_from(["30", "58", "59", "1"]))
    account = BankAccount("DE89370400440532013000", "Holder", draw(st.sampled_from(["", "COBADEFFXXX"])))
    accounts = (
        () if means == "1" else (account, replace(account, account="DE75512108001245126199"))[: draw(st.integers(1, 2))]
    )
    document = BusinessDocument(
        number="2026-000001", issued_on=date(2026, 4, 2), document_type=document_type, currency=currency, due_on=date(2026, 5, 2),
        references=DocumentReferences(
            buyer_reference="04011000-12345-03", project=draw(st.sampled_from(["", "P-1"])), contract=draw(st.sampled_from(["", "RV-22"])),
            order=draw(st.sampled_from(["", "PO-4711"])), sales_order=draw(st.sampled_from(["", "SO-1"])), cost_centre=draw(st.sampled_from(["", "KST 1"])),
        ),
        seller=seller, buyer=buyer, period_from=FIRST, period_to=LAST,
        payment=PaymentInstructions(means, "RF712348231", accounts, DirectDebit("M-1", "DE98ZZZ09999999999", "DE89370400440532013000") if means == "59" else None),
        totals=DocumentTotals(*[Decimal(0)] * 5), taxes=(), lines=of_lines, language=draw(st.sampled_from(list(Language))),
        form=InvoiceForm.UBL, zone="Europe/Berlin", payment_words=draw(st.one_of(st.just(""), st.just("Payable without deduction."))),
        cash_discounts=draw(st.sampled_from([(), (CashDiscount(days=14, percent=Decimal(2)),), (CashDiscount(days=7, percent=Decimal("2.5")), CashDiscount(days=14, percent=Decimal(1)))])),
        notes=tuple(DocumentNote(text) for text in draw(st.lists(WORDS, max_size=3))),
        preceding=draw(st.sampled_from([(PrecedingDocument("2025-000009", date(2025, 12, 31)),), (PrecedingDocument("2025-000009", date(2025, 12, 31)), PrecedingDocument("2025-000010", None, is_prepayment=True))])),
        payee=draw(st.sampled_from([None, replace(seller, name="Factoring KG", registration=Identifier("HRB 9"), identifiers=())])),
        made_out_by=draw(st.sampled_from(["", "Platform SE"])),
        delivery=DocumentDelivery("Hall 3", draw(st.sampled_from([None, LAST])), PostalAddress(("Dock 1",), "Lyon", "69001", "", "FR")),
        allowances=allowances, attachments=draw(st.sampled_from([(), ATTACHMENTS])), tax_point=draw(st.sampled_from([None, LAST])),
    )  # fmt: skip
    document = summed(document, taxes)
    if (document.totals.gross < 0) is not (document_type in CREDITS):
        document = summed(_negated(document), taxes)
    if draw(st.booleans()) and document_type not in CREDITS:
        document = summed(document, taxes, paid=rounded(document.totals.gross / 3, currency))
    if draw(st.integers(0, 3)) == 0 and document.totals.tax:
        elsewhere = TaxInOtherCurrency("PLN", (document.totals.tax * 4).quantize(Decimal("0.01")), ())
        document = replace(document, tax_elsewhere=elsewhere)
    return document


def _negated(document: BusinessDocument) -> BusinessDocument:
    return replace(
        document,
        lines=tuple(
            replace(
                line, net=-line.net, quantity=-line.quantity,
                allowances=tuple(replace(part, is_charge=not part.is_charge, reason_code="") for part in line.allowances),
            )
            for line in document.lines
        ),
        allowances=tuple(replace(part, is_charge=not part.is_charge) for part in document.allowances),
    )  # fmt: skip


NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)
