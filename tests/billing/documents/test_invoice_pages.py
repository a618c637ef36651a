"""Documents as their readers see them, in three languages: page and PDF as text, refreshed by ``--update-golden``."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from billing.documents.invoice.speech import speech_of
from billing.documents.invoice.sums import tax_remarks
from billing.documents.invoice_html import InvoiceHtml
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.model.at_address import at_address
from billing.documents.model.business_document import BusinessDocument
from contracts.invoicing import Language
from tests.billing.documents.model.made import AIR, BUYER, FEE, invoice
from tests.billing.documents.model.made_more import ALL, long
from tests.billing.documents.reading import pdf_of, squeezed, text_of_page, text_of_pdf

GOLDEN = Path(__file__).parents[2] / "golden" / "documents"
#: What the foot of each page of a PDF repeats, and what stands once on a page.
DIGITS = re.compile(r"\d")


def compare(name: str, text: str, config: pytest.Config) -> None:
    path = GOLDEN / name
    if config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8", newline="")
    assert path.read_bytes().decode() == text


#: Whose PDF is read in each run of the tests; the others' in the long one.
READ = ("invoice", "credit-note")
OFTEN = [name if name in READ else pytest.param(name, marks=pytest.mark.long) for name in ALL]


@pytest.mark.parametrize("language", Language)
class TestEachDocument:
    @pytest.mark.parametrize("name", OFTEN)
    def test_as_pdf(self, name: str, language: Language, pytestconfig: pytest.Config) -> None:
        compare(f"{name}.{language}.pdf.txt", pdf_of(name, language), pytestconfig)

    @pytest.mark.parametrize("name", ALL)
    def test_as_page(self, name: str, language: Language, pytestconfig: pytest.Config) -> None:
        """It runs nothing, fetches nothing, and has one style."""
        page = InvoiceHtml().render(replace(ALL[name], language=language)).decode()
        assert page.count("<style>") == 1
        assert not re.search(r"<script|<link|\sstyle=|\son\w+=|(?:src|href)=\"(?!data:)", page)
        bare = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
        compare(f"{name}.{language}.html", re.sub(r"<svg.*?</svg>\s*", "<svg/>", bare, flags=re.DOTALL), pytestconfig)


@pytest.mark.parametrize("name", OFTEN)
def test_page_and_pdf_say_the_same_figures(name: str) -> None:
    """Every word with a digit that stands on the page is in the PDF."""
    page, pdf = text_of_page(InvoiceHtml().render(ALL[name])), squeezed(pdf_of(name, ALL[name].language))
    missing = [line for line in page.splitlines() if DIGITS.search(line) and squeezed(line) not in pdf]
    assert [line for line in missing if not all(squeezed(word) in pdf for word in line.split())] == []


def test_a_name_is_never_taken_for_markup() -> None:
    evil = '<script>alert(1)</script> & "Söhne"'
    page = InvoiceHtml().render(invoice(buyer=replace(BUYER, name=evil), lines=(replace(FEE, name=evil),))).decode()
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Söhne&#34;") == 3, "recipient, line, proof"


def test_a_calculation_is_written_however_many_decimals_it_comes_to() -> None:
    """The middle of two reads, of which a life had 15; a number that is told has at most 12."""
    line = replace(AIR, sum_words="101.251488095238096 × 2 = 202.502976190476192", net=Decimal("202.50"))
    page = text_of_page(InvoiceHtml().render(invoice(language=Language.GERMAN, lines=(line,))))
    assert "101,251488095238096 × 2 = 202,502976190476192" in page


class TestVoid:
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            (Language.ENGLISH, "VOID since 9 Apr 2026: nothing of this document is owed."),
            (Language.GERMAN, "STORNIERT seit 09.04.2026: Aus diesem Beleg wird nichts geschuldet."),
            (Language.CHINESE, "本单据已于2026年4月9日作废：无任何应付款项。"),
        ],
    )
    def test_says_so_plainly_and_asks_for_nothing(self, language: Language, words: str) -> None:
        document = replace(ALL["void"], language=language)
        page = InvoiceHtml().render(document).decode()
        assert f'<p class="notice">{words}</p>' in page
        assert document.payment.reference not in squeezed(page), "no code and no account to pay it to"


class TestWhereAProofIs:
    """A reader opens an address, or types a command; a path alone leads nowhere."""

    def test_is_an_address_where_the_public_one_is_known(self) -> None:
        page = text_of_page(InvoiceHtml().render(at_address(invoice(), "https://billing.example/")))
        assert "https://billing.example/v1/invoices/2026-000001/proof" in page
        assert "https://billing.example/v1/invoices/2026-000001/lines/2" in page
        assert "usufruct" not in page

    def test_is_a_command_where_it_is_not(self) -> None:
        page = text_of_page(InvoiceHtml().render(at_address(invoice(), "")))
        assert "usufruct proof 2026-000001" in page
        assert "usufruct explain 2026-000001 2" in page
        assert "/v1/" not in page


def test_reverse_charge_is_said_once_in_a_sentence() -> None:
    """In the words of the reader, of the law, and of those states whose law says it longer."""
    for language in Language:
        for reason in (
            "Reverse charge",
            "Reverse charge, § 13b UStG",
            "Reverse charge: the customer owes the consumption tax",
        ):
            (tax,) = ALL["reverse-charge"].taxes
            document = replace(ALL["reverse-charge"], language=language, taxes=(replace(tax, reason=reason),))
            (said,) = tax_remarks(document, speech_of(document))
            words = {"en": "everse charge", "de": "Steuerschuldnerschaft", "zh": "反向征收"}[language.value]
            assert said.count(words) == 1, said
            assert said.count("owes") == (language is Language.ENGLISH), said
            assert "VATEX-EU-AE" in said
            assert ("§ 13b UStG" in said) == ("§ 13b" in reason)


@pytest.mark.parametrize("name", ["credit-note", "corrected"])
def test_what_is_corrected_is_one_row_with_what_was_billed_and_what_is_owed(name: str) -> None:
    page = text_of_page(InvoiceHtml().render(replace(ALL[name], language=Language.ENGLISH)))
    owed = {"credit-note": "220.00", "corrected": "280.00"}[name]
    assert f"billed 250.00\N{NO-BREAK SPACE}EUR, owed {owed}\N{NO-BREAK SPACE}EUR" in page
    assert "Correction of 2026-000003 of 2 Feb 2026" in page
    assert "-30.00" not in page, "a credit note gives what is above zero"


def subtotals(document: BusinessDocument) -> list[str]:
    return re.findall(r'<tr class="subtotal"><td colspan="4">(.*?)</td>', InvoiceHtml().render(document).decode())


class TestFiveHundredLines:
    def test_are_grouped_by_site_and_asset_each_with_its_subtotal(self) -> None:
        rows = subtotals(replace(long(), language=Language.ENGLISH))
        assert len(rows) == 5 + 25
        assert rows.count("Subtotal Werk 0") == 1

    @pytest.mark.long
    def test_are_all_in_the_pdf(self) -> None:
        text = squeezed(text_of_pdf(InvoicePdf().render(long())))
        assert all(f"2026-000015{pos}" in text for pos in range(1, 501))


def _english(late: bool) -> BusinessDocument:  # noqa: FBT001 the one thing that differs
    return invoice(claims_delay=late, language=Language.ENGLISH)


def test_what_is_late_rests_on_days_and_rates_and_not_on_readings() -> None:
    invoiced, claimed = (text_of_page(InvoiceHtml().render(_english(late))) for late in (False, True))
    for reading in ("opens down to its meter readings", "Computed from the readings"):
        assert reading in invoiced
        assert reading not in claimed
    assert "Proof of this document" in claimed
