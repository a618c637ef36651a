"""Documents as FA(3): each kind keeps to the ministry's schema, and what it cannot say is refused by its name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from billing.clearance.ksef.elements import NAMESPACE
from billing.clearance.ksef.fa3 import fa3
from billing.clearance.ksef.kinds import CitedInKsef, KsefKind
from billing.clearance.ksef.schema import refuse_what_fails
from billing.clearance.refusals import (
    BuyerNumberInvalid,
    CorrectionOnInvoice,
    ExemptionUnnamed,
    FileFailsSchema,
    SellerNumberInvalid,
    TaxNotInZloty,
    TaxRateUnclassed,
)
from billing.documents.model.business_document import BusinessDocument, PrecedingDocument, TaxInOtherCurrency
from billing.documents.model.business_line import LineAllowance
from billing.documents.model.business_party import BusinessParty, PostalAddress
from billing.records.document_type import DocumentType
from billing.tax.tax import TaxCategory
from quantities.errors import UsufructError
from tests.billing.clearance.cleared import (
    CORRECTED,
    POLISH_BUYER,
    POLISH_SELLER,
    line,
    off,
    polish,
    polish_correction,
    totalled,
)

AT = datetime(2026, 4, 2, 8, tzinfo=UTC)
NUMBER = "5265877635-20250826-0100001AF629-AF"
PREPAID = PrecedingDocument("2026-000007", CORRECTED.issued_on, is_prepayment=True)
GERMAN_BUYER = replace(POLISH_BUYER, vat_id="DE129273398", address=PostalAddress(("A",), "Augsburg", "86156", "", "DE"))
IN_EURO = TaxInOtherCurrency("PLN", Decimal("402.50"), (("2026-03", "NBP A", Decimal("4.2831"), False),))
CITED = {"2026-000001": CitedInKsef(NUMBER)}


def read(document: BusinessDocument, cited: dict[str, CitedInKsef] | None = None) -> etree._Element:
    return etree.fromstring(fa3(document, AT, cited or {}))


def said(root: etree._Element, name: str) -> list[str]:
    return [one.text or "" for one in root.iter(f"{{{NAMESPACE}}}{name}")]


@pytest.mark.parametrize(("document", "cited", "kind"), [
    pytest.param(polish(), {}, "VAT", id="invoice at 23 and 8 percent"),
    pytest.param(polish(line(1, "10.00", "5"), line(2, "10.00", "0", TaxCategory.ZERO)), {}, "VAT", id="5 and 0 percent"),
    pytest.param(polish(line(1, "10.00", "0", TaxCategory.EXEMPT)), {}, "VAT", id="zw, exempt"),
    pytest.param(polish(line(1, "10.00", "0", TaxCategory.REVERSE_CHARGE)), {}, "VAT", id="oo, reverse charge in Poland"),
    pytest.param(polish(line(1, "10.00", "0", TaxCategory.REVERSE_CHARGE), buyer=GERMAN_BUYER), {}, "VAT", id="np II, in the union"),
    pytest.param(polish(line(1, "10.00", None, TaxCategory.OUT_OF_SCOPE)), {}, "VAT", id="np I, elsewhere"),
    pytest.param(polish(line(1, "10.00", "0", TaxCategory.INTRA_COMMUNITY), buyer=GERMAN_BUYER), {}, "VAT", id="0 WDT"),
    pytest.param(polish(line(1, "10.00", "0", TaxCategory.EXPORT), buyer=replace(GERMAN_BUYER, vat_id="")), {}, "VAT", id="0 EX"),
    pytest.param(polish(currency="EUR", tax_elsewhere=IN_EURO), {}, "VAT", id="in another currency"),
    pytest.param(polish_correction(), CITED, "KOR", id="correction of what is in KSeF"),
    pytest.param(polish_correction(), {}, "KOR", id="correction of what was issued outside"),
    pytest.param(polish_correction(line(1, "40.00"), document_type=DocumentType.CORRECTED), CITED, "KOR", id="more is owed"),
    pytest.param(polish_correction(), {"2026-000001": CitedInKsef(NUMBER, KsefKind.PREPAYMENT)}, "KOR_ZAL", id="of a prepayment"),
    pytest.param(polish_correction(), {"2026-000001": CitedInKsef(NUMBER, KsefKind.SETTLEMENT)}, "KOR_ROZ", id="of a settlement"),
    pytest.param(polish(document_type=DocumentType.PREPAYMENT), {}, "ZAL", id="prepayment"),
    pytest.param(polish(preceding=(PREPAID,)), {}, "ROZ", id="settles a prepayment from outside"),
    pytest.param(polish(preceding=(PREPAID,)), {"2026-000007": CitedInKsef(NUMBER)}, "ROZ", id="settles a prepayment"),
    pytest.param(polish(document_type=DocumentType.SELF_BILLED), {}, "VAT", id="self-billed"),
    pytest.param(polish(allowances=(off("10.00", "23"), off("1.00", "23", is_charge=True))), {}, "VAT", id="allowance and charge"),
    pytest.param(polish(payee=POLISH_SELLER), {}, "VAT", id="paid to another"),
])  # fmt: skip
def test_each_kind_keeps_to_the_schema(document: BusinessDocument, cited: dict[str, CitedInKsef], kind: str) -> None:
    root = read(document, cited)
    assert said(root, "RodzajFaktury") == [kind]
    assert said(root, "P_2") == [document.number]
    assert Decimal(said(root, "P_15")[0]) == document.totals.gross
    net = sum(Decimal(one.text or "") for one in root.iter() if etree.QName(one).localname.startswith("P_13"))
    assert net == document.totals.net
    in_rows = sum(Decimal(worth) for worth in (*said(root, "P_11"), *said(root, "P_11NettoZ")))
    assert in_rows == document.totals.net


class TestWhatItSays:
    def test_our_number_and_theirs_are_two(self) -> None:
        root = read(polish_correction(), CITED)
        assert (said(root, "P_2"), said(root, "NrFaKorygowanej"), said(root, "NrKSeFFaKorygowanej")) == (
            ["2026-000002"], ["2026-000001"], [NUMBER],
        )  # fmt: skip
        assert said(read(polish_correction()), "NrKSeFN") == ["1"]

    def test_a_number_that_the_document_bears_is_cited_as_well(self) -> None:
        bearing = polish_correction(preceding=(replace(CORRECTED, clearance=NUMBER),))
        assert said(read(bearing), "NrKSeFFaKorygowanej") == [NUMBER]

    def test_a_correction_states_differences_and_why(self) -> None:
        root = read(polish_correction(), CITED)
        assert (said(root, "P_15"), said(root, "P_11"), said(root, "P_8B")) == (["-49.20"], ["-40.00"], ["-1"])
        assert (said(root, "PrzyczynaKorekty"), said(root, "TypKorekty")) == (["The meter stood still."], ["2"])

    def test_reads_units_and_terms(self) -> None:
        root = read(polish())
        assert said(root, "Wartosc")[-3:-1] == ["10000.0", "11234.5"]
        assert (said(root, "P_8A")[0], said(root, "P_8B")[0], said(root, "P_9A")[0]) == ("m3@din1343", "12345", "0.025")
        assert (said(root, "Termin"), said(root, "NrRB")) == (["2026-05-02"], ["DE89370400440532013000"])
        assert (said(root, "NrUmowy"), said(root, "NrZamowienia")) == (["RV-22"], ["PO-4711"])

    def test_tax_in_zloty_is_shared_to_the_cent(self) -> None:
        root = read(polish(currency="EUR", tax_elsewhere=IN_EURO))
        shares = [Decimal(one) for field in ("P_14_1W", "P_14_2W") for one in said(root, field)]
        assert (len(shares), sum(shares)) == (2, IN_EURO.tax)
        assert set(said(root, "KursWaluty")) == {"4.2831"}

    def test_prices_with_tax_stay_prices_with_tax(self) -> None:
        root = read(polish(line(1, "100.00", gross=Decimal("123.00"))))
        assert (said(root, "P_9B"), said(root, "P_11A"), said(root, "P_11")) == (["123"], ["123.00"], [])

    def test_what_is_paid_before_is_set_off(self) -> None:
        document = polish()
        paid = replace(document, totals=replace(document.totals, paid=Decimal(100), withheld=Decimal(5)))
        assert Decimal(said(read(paid), "DoZaplaty")[0]) == document.totals.gross - 105

    def test_an_allowance_of_a_line_is_beside_its_price(self) -> None:
        reduced = line(
            1, "90.00", unit_price=Decimal(100), allowances=(LineAllowance(is_charge=False, amount=Decimal(10)),)
        )
        root = read(polish(reduced))
        assert (said(root, "P_9A"), said(root, "P_10"), said(root, "P_11")) == (["100"], ["10"], ["90.00"])

    def test_who_owes_the_tax_elsewhere(self) -> None:
        german = read(polish(line(1, "10.00", "0", TaxCategory.REVERSE_CHARGE), buyer=GERMAN_BUYER))
        assert (said(german, "P_12"), said(german, "P_18"), said(german, "NrVatUE")) == (
            ["np II"],
            ["1"],
            ["129273398"],
        )
        assert said(read(polish(line(1, "10.00", "0", TaxCategory.REVERSE_CHARGE))), "P_13_10") == ["10.00"]


@pytest.mark.parametrize(("document", "refusal", "place"), [
    pytest.param(polish(line(1, "10.00", "19")), TaxRateUnclassed, "tax_rate", id="a German rate"),
    pytest.param(replace(polish(), seller=replace(POLISH_SELLER, vat_id="PL5260001247")), SellerNumberInvalid, "seller.vat_id", id="a wrong NIP"),
    pytest.param(replace(polish(), seller=replace(POLISH_SELLER, vat_id="", tax_number="")), SellerNumberInvalid, "seller.vat_id", id="no NIP"),
    pytest.param(polish(buyer=replace(POLISH_BUYER, vat_id="PL5265877634")), BuyerNumberInvalid, "buyer.vat_id", id="a wrong NIP of the buyer"),
    pytest.param(polish(currency="EUR"), TaxNotInZloty, "tax_elsewhere", id="no zloty"),
    pytest.param(polish(currency="EUR", tax_elsewhere=replace(IN_EURO, currency="CZK")), TaxNotInZloty, "tax_elsewhere", id="other zloty"),
    pytest.param(polish(line(1, "10.00", corrects="2026-000001")), CorrectionOnInvoice, "lines[1].corrects", id="an adjustment line"),
    pytest.param(polish_correction(preceding=()), CorrectionOnInvoice, "lines[1].corrects", id="a correction of nothing"),
    pytest.param(polish(number=""), FileFailsSchema, "P_2", id="no number"),
])  # fmt: skip
def test_what_fa3_cannot_say_is_refused_by_name(
    document: BusinessDocument, refusal: type[UsufructError], place: str
) -> None:
    with pytest.raises(refusal) as refused:
        fa3(document, AT, {})
    assert place in str(refused.value.members["place"])
    assert {"found", "expected"} <= refused.value.members.keys()


def test_an_exemption_names_its_law() -> None:
    document = polish(line(1, "10.00", "0", TaxCategory.EXEMPT))
    unnamed = replace(document, taxes=tuple(replace(one, reason="") for one in document.taxes))
    with pytest.raises(ExemptionUnnamed):
        fa3(unnamed, AT, {})


@pytest.mark.parametrize("party", [POLISH_SELLER, GERMAN_BUYER, replace(GERMAN_BUYER, vat_id="", tax_number="12-3")])
def test_each_number_of_a_party_is_one_of_the_schema(party: BusinessParty) -> None:
    assert read(polish(buyer=party)) is not None


AMOUNTS = st.decimals(Decimal("-999.99"), Decimal("9999.99"), places=2)
RATES = st.sampled_from(
    [("23", TaxCategory.STANDARD), ("8", TaxCategory.STANDARD), ("5", TaxCategory.STANDARD), ("0", TaxCategory.ZERO)]
)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(AMOUNTS, RATES), min_size=1, max_size=8), st.sampled_from((polish, polish_correction)))
def test_sums_of_any_document_are_its_own(
    written: list[tuple[Decimal, tuple[str, TaxCategory]]], make: Callable[..., BusinessDocument]
) -> None:
    lines = [line(pos, str(net), *rate) for pos, (net, rate) in enumerate(written, start=1)]
    document = make(*lines)
    root = read(document, CITED)
    taxes = sum(Decimal(one.text or "") for one in root.iter() if etree.QName(one).localname.startswith("P_14"))
    assert (sum(map(Decimal, said(root, "P_11"))), taxes) == (document.totals.net, document.totals.tax)


def test_a_file_that_breaks_the_schema_says_where() -> None:
    broken = fa3(polish(), AT, {}).replace(b"<JST>2</JST>", b"<JST>3</JST>")
    with pytest.raises(FileFailsSchema) as refused:
        refuse_what_fails(broken, "2026-000001")
    assert "JST" in str(refused.value.members["place"])
    assert totalled(polish()) == polish()
