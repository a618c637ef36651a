"""More documents made by hand: what gives back, what corrects, what another state's law asks for, what is long."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

from billing.documents.model.business_document import (
    BusinessDocument,
    ConsolidatedPart,
    CorrectionOfDocument,
    DocumentAllowance,
    DocumentNote,
    DocumentReferences,
    DocumentTotals,
    PaymentInstructions,
    PrecedingDocument,
    TaxInOtherCurrency,
    TaxOfRate,
    TaxPartOfRate,
)
from billing.documents.model.business_line import (
    BoundaryRead,
    BusinessLine,
    IndexedPrice,
    LineAllowance,
    ReadsOfRegister,
)
from billing.documents.model.business_party import BankAccount, BusinessParty, DirectDebit, Identifier, PostalAddress
from billing.records.document_type import DocumentType
from billing.tax.tax import TaxCategory
from contracts.cash_discount import CashDiscount
from contracts.invoicing import Language
from tests.billing.documents.model.made import AIR, BUYER, FEE, READS, SELLER, invoice

ISSUED = date(2026, 2, 2)
MACHINE = ReadsOfRegister(
    register_key="hours", meter="H7", asset="press-2", site="Augsburg", unit="machine_hour", multiplier=Decimal(1),
    quantity=Decimal("412.5"), is_mean=False, opening=BoundaryRead(datetime(2026, 2, 28, 23, tzinfo=UTC), Decimal("9876.5")),
    closing=BoundaryRead(datetime(2026, 3, 31, 22, tzinfo=UTC), Decimal("103.0")),
    exchanges=("12.03.2026 10:15: getauscht, alter Zähler bei 10.186,0, neuer bei 0,0",), read=3, expected=None, estimated=0,
    first=date(2026, 3, 1), last=date(2026, 3, 31),
)  # fmt: skip
HOURS = BusinessLine(
    pos=3, name="Press hours", quantity=Decimal("412.5"), unit="machine_hour", unit_code="HUR", net=Decimal("5362.50"),
    unit_price=Decimal("13.00"), service_from=date(2026, 3, 1), service_to=date(2026, 3, 31),
    tax_category=TaxCategory.STANDARD, tax_rate=Decimal(19), tax_point=date(2026, 3, 31), nature="consideration",
    object_id="press-2", assets=("press-2",), sites=("Augsburg",), reads=(MACHINE,), order_line="20", buyer_item="MAT-77",
    index=IndexedPrice(
        Decimal("12.50"), Decimal("1.04"), "0.2 + 0.8 × 117.6 / 112",
        (("Labour cost", "2025-01", Decimal("112.0"), False), ("Labour cost", "2026-02", Decimal("117.6"), True)),
    ), sum_words="412.5 × 13.00 = 5362.5", proof_address="/v1/invoices/2026-000007/lines/3/explanation",
    proof_command="usufruct explain 2026-000007 3",
)  # fmt: skip
BACK = replace(
    AIR, pos=4, description="", quantity=Decimal(-1200), net=Decimal("-30.00"), reads=(), attributes=(), corrects="2026-000003",
    corrects_on=ISSUED, billed=Decimal("250.00"), owed=Decimal("226.00"), sum_words="", service_from=date(2026, 1, 1), service_to=date(2026, 1, 31),
)  # fmt: skip
AGAIN = replace(BACK, pos=5, quantity=Decimal(240), net=Decimal("6.00"))
WHY = "Messwerte wurden am 10.03.2026 berichtigt (Lieferung 6): Prüfung des Zählers"


def totalled(lines: tuple[BusinessLine, ...], rate: str = "19", **changes: object) -> Mapping[str, object]:
    """Lines, their taxes and totals, at one rate."""
    net = sum((line.net for line in lines), Decimal(0))
    tax = (net * Decimal(rate) / 100).quantize(Decimal("0.01"))
    totals = DocumentTotals(lines=net, net=net, tax=tax, gross=net + tax, payable=net + tax)
    taxes = (TaxOfRate(TaxCategory.STANDARD, Decimal(rate), net, tax),)
    return MappingProxyType({"lines": lines, "totals": totals, "taxes": taxes, **changes})


def two_machines() -> BusinessDocument:
    """Two assets of a site and a fee, an index, a correction of an earlier document, and a cash discount of two steps."""
    lines = (AIR, replace(FEE, pos=2), HOURS, BACK, AGAIN)
    correction = CorrectionOfDocument("2026-000003", ISSUED, (4, 5), Decimal("-24.00"), WHY)
    return invoice(
        **totalled(lines), number="2026-000007", corrections=(correction,), preceding=(PrecedingDocument("2026-000003", ISSUED),),
        cash_discounts=(CashDiscount(days=10, percent=Decimal(3)), CashDiscount(days=20, percent=Decimal("1.5"))),
        period_from=date(2026, 1, 1), billed_from=date(2026, 3, 1), billed_to=date(2026, 3, 31),
        held_apart=(("Compressed air", date(2026, 2, 1), date(2026, 2, 28), Decimal("88.10"), 4),),
    )  # fmt: skip


def credit_note() -> BusinessDocument:
    """A credit note: what it gives back is written above zero."""
    line = replace(BACK, pos=1)
    correction = CorrectionOfDocument("2026-000003", ISSUED, (1,), Decimal("-30.00"), WHY)
    return invoice(
        **totalled((replace(line, billed=Decimal("250.00"), owed=Decimal("220.00")),)), number="GS-2026-000001",
        document_type=DocumentType.CREDIT_NOTE, corrections=(correction,), preceding=(PrecedingDocument("2026-000003", ISSUED),),
        cash_discounts=(), payment_words="Der Betrag wird mit offenen Posten verrechnet oder erstattet.",
    )  # fmt: skip


def reverse_charge() -> BusinessDocument:
    """To Poland: the customer owes the tax."""
    polish = BusinessParty(
        name="Łódzkie Zakłady Tłoczni Sp. z o.o.", vat_id="PL5260001246",
        address=PostalAddress(lines=("ul. Żeromskiego 7",), city="Łódź", post_code="90-001", country="PL"),
    )  # fmt: skip
    lines = tuple(replace(line, tax_category=TaxCategory.REVERSE_CHARGE, tax_rate=Decimal(0)) for line in (AIR, FEE))
    net = Decimal("408.63")
    taxes = (
        TaxOfRate(TaxCategory.REVERSE_CHARGE, Decimal(0), net, Decimal(0), "Steuerschuldnerschaft des Leistungsempfängers", "VATEX-EU-AE"),
    )  # fmt: skip
    totals = DocumentTotals(lines=net, net=net, tax=Decimal(0), gross=net, payable=net)
    return invoice(buyer=polish, lines=lines, taxes=taxes, totals=totals, number="2026-000008")


def swiss() -> BusinessDocument:
    """From Zürich in francs, with a QR-bill, a rate of two parts and the tax in euro."""
    seller = BusinessParty(
        name="Seeluft Druckluft AG", vat_id="CHE-123.456.788 MWST", register_note="Handelsregister Zürich CHE-123.456.788",
        address=PostalAddress(lines=("Bahnhofstrasse 1",), city="Zürich", post_code="8001", country="CH"),
    )  # fmt: skip
    buyer = BusinessParty(
        name="Blechwerke Süd AG",
        address=PostalAddress(lines=("Hauptstrasse 5",), city="Bern", post_code="3011", country="CH"),
    )
    lines = (replace(AIR, tax_rate=Decimal("8.1")), replace(FEE, tax_rate=Decimal("8.1")))
    made = totalled(lines, "8.1")
    return invoice(
        **made, number="2026-000009", currency="CHF", seller=seller, buyer=buyer,
        payment=PaymentInstructions("30", "RF18539007547034", (BankAccount("CH9300762011623852957", seller.name),)),
        tax_elsewhere=TaxInOtherCurrency("EUR", Decimal("34.80"), (("2026-03", "ECB CHF", Decimal("0.9512"), True),)),
    )  # fmt: skip


def yen() -> BusinessDocument:
    """From Tokyo in yen: no minor units, two taxes of parts, withheld, rounded, paid by debit."""
    net, tax = Decimal(40863), Decimal(4086)
    lines = (
        replace(AIR, net=Decimal(30863), unit_price=Decimal("2.5")),
        replace(FEE, net=Decimal(10000), unit_price=Decimal(10000)),
    )
    taxes = (
        TaxOfRate(TaxCategory.STANDARD, Decimal(10), net, tax, parts=(TaxPartOfRate("国税", Decimal(3187)), TaxPartOfRate("地方税", Decimal(899)))),
    )  # fmt: skip
    totals = DocumentTotals(
        lines=net,
        net=net,
        tax=tax,
        gross=net + tax,
        payable=Decimal(40861),
        rounding=Decimal(1),
        withheld=Decimal(4089),
    )
    seller = replace(
        SELLER,
        name="東京圧縮空気株式会社",
        address=PostalAddress(("千代田区1-1",), "東京", "100-0001", "", "JP"),
        vat_id="",
        tax_number="T1234567890123",
    )
    payment = PaymentInstructions(
        "59", "RF712348231", (), DirectDebit("M-1", "DE98ZZZ09999999999", "DE89370400440532013000")
    )
    return invoice(
        number="2026-000010", currency="JPY", lines=lines, taxes=taxes, totals=totals, seller=seller, payment=payment,
        cash_discounts=(), payment_words="",
    )  # fmt: skip


def chinese() -> BusinessDocument:
    """From Shanghai to a customer with a Chinese name: a bill, which is no fapiao."""
    seller = BusinessParty(
        name="上海清风设备有限公司", vat_id="", tax_number="91310000607370000X",
        address=PostalAddress(("浦东新区世纪大道100号",), "上海", "200120", "", "CN"), register_note="统一社会信用代码 91310000607370000X",
    )  # fmt: skip
    buyer = replace(
        BUYER,
        name="苏州精密冲压有限公司",
        address=PostalAddress(("工业园区星湖街328号",), "苏州", "215123", "江苏", "CN"),
        vat_id="",
        electronic=None,
    )
    lines = (replace(AIR, name="压缩空气", description="20,000 立方米以内"), replace(FEE, name="服务费"))
    return invoice(
        **totalled(lines, "13"), number="2026-000011", currency="CNY", seller=seller, buyer=buyer, language=Language.CHINESE,
        payment=PaymentInstructions("30", "RF712348231", (BankAccount("6222020200112233445", seller.name, "ICBKCNBJ", "中国工商银行上海市分行"),)),
        payment_words="请于2026年5月2日前（含当日）全额付款。", zone="Asia/Shanghai",
    )  # fmt: skip


def consolidated() -> BusinessDocument:
    """Two contracts on one document, with an allowance and a charge of the whole, and one of a line."""
    second = replace(
        HOURS,
        pos=3,
        contract="RV-23",
        allowances=(
            LineAllowance(
                is_charge=False,
                amount=Decimal("50.00"),
                reason="Treue",
                reason_code="95",
                base=Decimal(5000),
                percent=Decimal(1),
            ),
        ),
        net=Decimal("5312.50"),
    )
    lines = (replace(AIR, contract="RV-22"), replace(FEE, contract="RV-22"), second)
    parts = (
        ConsolidatedPart("RV-22", date(2026, 3, 1), date(2026, 3, 31), (1, 2), Decimal("408.63")),
        ConsolidatedPart("RV-23", date(2026, 3, 1), date(2026, 3, 31), (3,), Decimal("5312.50")),
    )
    net = Decimal("5701.13")
    tax, gross = Decimal("1083.21"), Decimal("6784.34")
    totals = DocumentTotals(
        lines=Decimal("5721.13"), net=net, tax=tax, gross=gross, payable=Decimal("5784.34"), allowances=Decimal(30),
        charges=Decimal(10), paid=Decimal(1000),
    )  # fmt: skip
    return invoice(
        number="2026-000012", lines=lines, parts=parts, totals=totals, taxes=(TaxOfRate(TaxCategory.STANDARD, Decimal(19), net, tax),),
        allowances=(
            DocumentAllowance(is_charge=False, amount=Decimal(30), tax_category=TaxCategory.STANDARD, tax_rate=Decimal(19), reason="Mengenrabatt"),
            DocumentAllowance(is_charge=True, amount=Decimal(10), tax_category=TaxCategory.STANDARD, tax_rate=Decimal(19), reason="Porto"),
        ),
        preceding=(PrecedingDocument("2026-000002", ISSUED, is_prepayment=True),), notes=(DocumentNote("Sammelrechnung für März."),),
        references=DocumentReferences(order="PO-4711", cost_centre="KST 300", project="P-9"),
    )  # fmt: skip


def void() -> BusinessDocument:
    """A void invoice."""
    return invoice(state="void", voided_on=date(2026, 4, 9))


def draft() -> BusinessDocument:
    """A draft: no number, no day, nothing owed."""
    return invoice(
        state="draft", number="draft-3f9c1a2b7d04", issued_on=None, due_on=None, payment=PaymentInstructions("58", "")
    )


def self_billed() -> BusinessDocument:
    """What the customer writes in the name of who supplies it: its letterhead is the customer's."""
    seller = replace(
        SELLER, name="Leasinggesellschaft Nord mbH", vat_id="DE811569869", identifiers=(Identifier("70012"),)
    )
    return invoice(
        number="SB-2026-000001", document_type=DocumentType.SELF_BILLED, seller=seller, buyer=SELLER, made_out_by=SELLER.name,
        cash_discounts=(), lines=(replace(AIR, reads=()), FEE),
    )  # fmt: skip


def prepayment() -> BusinessDocument:
    """A claim in advance."""
    return invoice(
        **totalled((replace(FEE, pos=1, name="Heat, on account", net=Decimal("6000.00"), unit_price=Decimal(6000)),)),
        number="2026-000013",
        document_type=DocumentType.PREPAYMENT,
    )


def corrected() -> BusinessDocument:
    """A corrected invoice: it claims more of what was billed already."""
    line = replace(
        BACK, pos=1, quantity=Decimal(1200), net=Decimal("30.00"), billed=Decimal("250.00"), owed=Decimal("280.00")
    )
    correction = CorrectionOfDocument("2026-000003", ISSUED, (1,), Decimal("30.00"), WHY)
    return invoice(
        **totalled((line,)),
        number="2026-000014",
        document_type=DocumentType.CORRECTED,
        corrections=(correction,),
        preceding=(PrecedingDocument("2026-000003", ISSUED),),
    )


def long() -> BusinessDocument:
    """Five hundred lines of twenty-five assets at five sites, each with its meter."""
    lines = tuple(
        replace(
            AIR, pos=pos, assets=(f"compressor-{pos % 25}",), sites=(f"Werk {pos % 5}",), net=Decimal("308.63"),
            reads=(replace(READS, register_key=f"air-{pos}", meter=f"K{pos}", asset=f"compressor-{pos % 25}", site=f"Werk {pos % 5}"),),
            proof_address=f"/v1/invoices/2026-000015/lines/{pos}", proof_command=f"usufruct explain 2026-000015 {pos}",
        )
        for pos in range(1, 501)
    )  # fmt: skip
    return invoice(**totalled(lines), number="2026-000015")


#: Each document of this file, by what it is.
ALL: Mapping[str, BusinessDocument] = MappingProxyType(
    {
        "invoice": two_machines(),
        "credit-note": credit_note(),
        "corrected": corrected(),
        "prepayment": prepayment(),
        "self-billed": self_billed(),
        "reverse-charge": reverse_charge(),
        "swiss": swiss(),
        "yen": yen(),
        "chinese": chinese(),
        "consolidated": consolidated(),
        "void": void(),
        "draft": draft(),
    }
)
