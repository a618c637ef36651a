"""The codes of a document hold what the document says, to the cent, and only where they help who pays."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from segno import helpers

from billing.clearance.ksef.codes import KsefFile, ksef_codes
from billing.documents.invoice.epc_code import epc_code, epc_content
from billing.documents.invoice.ksef_code import ksef_code
from billing.documents.invoice.pictures import ClearanceCode
from billing.documents.invoice.qr import drawing_of, qr_code
from billing.documents.invoice.speech import speech_of
from billing.documents.invoice.swiss_code import swiss_payment
from billing.documents.invoice.swiss_part import swiss_part
from billing.documents.model.business_document import BusinessDocument, PaymentInstructions
from billing.documents.model.business_party import BankAccount
from billing.records.document_type import DocumentType
from tests.billing.documents.model.made import BUYER, INVOICE, invoice
from tests.billing.documents.model.made_more import swiss

TOTALS = INVOICE.totals


def paid(**changes: Any) -> BusinessDocument:
    return invoice(totals=replace(TOTALS, **changes))


def by_segno(content: str, *, boost_error: bool) -> tuple[object, str, list[list[int]]]:
    code = segno.make_qr(content, error="m", mode="byte", encoding="utf-8", mask=3, boost_error=boost_error)
    return code.version, str(code.error), [list(row) for row in code.matrix]


class TestACode:
    """ISO/IEC 18004: the same modules as segno makes, one after the other."""

    @pytest.mark.parametrize("length", [1, 14, 15, 62, 63, 84, 107, 180, 181, 331, 666, 997, 2331])
    @pytest.mark.parametrize("boost_error", [False, True])
    def test_has_the_modules_of_the_norm_in_every_size(self, length: int, *, boost_error: bool) -> None:
        self.compare("".join(chr(33 + n * n % 90) for n in range(length)), boost_error=boost_error)

    @given(content=st.text(st.characters(codec="utf-8"), min_size=1, max_size=120), boost_error=st.booleans())
    def test_has_them_whatever_it_says(self, content: str, *, boost_error: bool) -> None:
        self.compare(content, boost_error=boost_error)

    @staticmethod
    def compare(content: str, *, boost_error: bool) -> None:
        code = qr_code(content, boost_error=boost_error)
        modules = [["ld".index(module) for module in row] for row in code.modules.split("\n")]
        assert (code.version, code.error, modules) == by_segno(content, boost_error=boost_error)

    def test_is_refused_where_no_code_is_so_large(self) -> None:
        with pytest.raises(segno.DataOverflowError):
            qr_code("a" * 2332)

    def test_is_drawn_module_by_module(self) -> None:
        """Follow the path: each stroke to the right makes as many modules dark."""
        code = qr_code("BCD\n002\n1\nSCT")
        path = re.search('d="M4 4.5(.*)"/>', drawing_of(code, "a code", "", 30).svg)
        assert path is not None
        (x, y), dark = (0, 0), set()
        for step in re.finditer(r"h(\d+)|m(-?\d+) (\d+)", path[1]):
            if step[1]:
                dark |= {(y, x + n) for n in range(int(step[1]))}
                x += int(step[1])
            else:
                x, y = x + int(step[2]), y + int(step[3])
        rows = code.modules.split("\n")
        assert dark == {(y, x) for y, row in enumerate(rows) for x, module in enumerate(row) if module == "d"}


class TestTheEpcCode:
    """EPC069-12, version 002."""

    def test_says_who_is_paid_what_and_by_which_reference(self) -> None:
        by_the_library = helpers._make_epc_qr_data(  # type: ignore[attr-defined]
            name="Nordluft Anlagen GmbH", iban="DE89370400440532013000", amount=Decimal("486.27"),
            reference="RF712348231", bic="COBADEFFXXX", encoding="utf-8",
        )  # fmt: skip
        assert (epc_content(INVOICE) or "").encode() == by_the_library
        drawn = epc_code(INVOICE, speech_of(INVOICE))
        assert drawn is not None
        assert "486,27\N{NO-BREAK SPACE}EUR" in drawn.alternative
        assert " style=" not in drawn.svg, "a page's policy obeys one style alone"

    @pytest.mark.parametrize(
        "document",
        [
            pytest.param(invoice(document_type=DocumentType.CREDIT_NOTE), id="a credit note"),
            pytest.param(invoice(document_type=DocumentType.SELF_BILLED), id="who reads it is paid"),
            pytest.param(invoice(state="void"), id="void"),
            pytest.param(invoice(state="draft"), id="a draft"),
            pytest.param(invoice(currency="CHF"), id="not in euro"),
            pytest.param(paid(payable=Decimal(0)), id="nothing to pay"),
            pytest.param(paid(payable=Decimal(-1)), id="in the customer's favour"),
            pytest.param(invoice(payment=PaymentInstructions("59", "RF712348231")), id="it is debited"),
            pytest.param(invoice(payment=PaymentInstructions("58", "RF712348231")), id="no account"),
        ],
    )
    def test_is_not_there_where_nothing_is_transferred_in_euro(self, document: BusinessDocument) -> None:
        assert epc_code(document, speech_of(document)) is None


class TestTheSwissCode:
    """SIX, Swiss Implementation Guidelines for the QR-bill, version 2.3."""

    def test_holds_its_fields_in_their_order(self) -> None:
        payment = swiss_payment(swiss())
        assert payment is not None
        assert payment.payload.split("\n") == [
            "SPC", "0200", "1", "CH9300762011623852957",
            "S", "Seeluft Druckluft AG", "Bahnhofstrasse 1", "", "8001", "Zürich", "CH",
            "", "", "", "", "", "", "", "441.73", "CHF",
            "S", "Blechwerke Süd AG", "Hauptstrasse 5", "", "3011", "Bern", "CH",
            "SCOR", "RF18539007547034", "2026-000009", "EPD",
        ]  # fmt: skip
        assert payment.code.error == "M"
        assert int(payment.code.version) <= 25

    def test_prints_what_it_holds(self) -> None:
        document = swiss()
        payment = swiss_payment(document)
        assert payment is not None
        part = swiss_part(payment, speech_of(document))
        assert part.account == ("CH93 0076 2011 6238 5295 7", "Seeluft Druckluft AG", "Bahnhofstrasse 1", "8001 Zürich")
        assert (part.reference, part.amount, part.currency) == ("RF18 5390 0754 7034", "441.73", "CHF")
        assert part.debtor == ("Blechwerke Süd AG", "Hauptstrasse 5", "3011 Bern")

    @pytest.mark.parametrize(
        ("account", "reference", "kind"),
        [
            pytest.param("CH4431999123000889012", "210000000003139471430009017", "QRR", id="a QR-IBAN takes a QR reference"),
            pytest.param("CH4431999123000889012", "210000000003139471430009018", None, id="whose check digit is right"),
            pytest.param("CH4431999123000889012", "RF18539007547034", None, id="and no other"),
            pytest.param("CH9300762011623852957", "RF18539007547034", "SCOR", id="an IBAN takes a creditor reference"),
            pytest.param("CH9300762011623852957", "2026-9", "NON", id="or none"),
            pytest.param("DE89370400440532013000", "RF18539007547034", None, id="an account elsewhere is none of its"),
        ],
    )  # fmt: skip
    def test_takes_the_reference_of_its_account(self, account: str, reference: str, kind: str | None) -> None:
        document = replace(swiss(), payment=PaymentInstructions("30", reference, (BankAccount(account),)))
        payment = swiss_payment(document)
        assert (payment.kind if payment else None) == kind

    def test_leaves_a_customer_in_other_letters_to_write_its_own_name(self) -> None:
        document = replace(swiss(), buyer=replace(BUYER, name="苏州精密冲压有限公司"))
        payment = swiss_payment(document)
        assert payment is not None
        assert payment.debtor is None
        assert payment.payload.split("\n")[20:27] == [""] * 7


class TestTheCodeOfKsef:
    def test_opens_what_ksef_has_of_the_very_bytes(self) -> None:
        """The example of its documentation: NIP 1111111111 of 1 February 2026."""
        (code,) = ksef_codes(KsefFile("1111111111", date(2026, 2, 1), sha256(b"<Faktura/>").digest()))
        address = code.link
        assert address.startswith("https://qr.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/")
        assert len(address.rsplit("/", 1)[1]) == 43, "32 bytes in base64 without padding"
        drawn = ksef_code(ClearanceCode(address, "1111111111-20260201-AB12CD-34"), speech_of(INVOICE))
        assert drawn.caption == "1111111111-20260201-AB12CD-34"
