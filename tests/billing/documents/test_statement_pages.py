"""Statements and reports as their readers see them, in three languages: as text, refreshed by ``--update-golden``."""

import re
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from billing.documents.account_statement import AccountHtml
from billing.documents.payee_statement import PayeeStatementHtml
from billing.documents.registry import DOCUMENTS
from billing.documents.sections.letter_facts import LetterFacts
from billing.documents.verification.documents import VerificationPage
from contracts.invoicing import Language
from contracts.party_profile import PartyBank, PartyProfile
from tests.billing.documents.made_statements import ACCOUNT, PAYEE, SAVINGS, STATEMENTS
from tests.billing.documents.reading import squeezed, text_of_page, text_of_pdf
from tests.billing.documents.test_invoice_pages import compare

DIGITS = re.compile(r"\d")
LANGUAGES = list(Language)
#: What is read as PDF in each run of the tests; the others in the long one.
OFTEN = [
    (kind, language) if (kind, language) == ("usage", Language.CHINESE) else pytest.param(kind, language, marks=pytest.mark.long)
    for kind in STATEMENTS
    for language in LANGUAGES
]  # fmt: skip


def page_of(kind: str, language: Language) -> bytes:
    page, _, of = STATEMENTS[kind]
    return page(language=language).render(of)  # type: ignore[attr-defined, call-arg, no-any-return] # of its own kind


def pdf_of(kind: str, language: Language) -> bytes:
    _, pdf, of = STATEMENTS[kind]
    return pdf(language=language).render(of)  # type: ignore[attr-defined, call-arg, no-any-return]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", STATEMENTS)
class TestEachStatement:
    def test_as_page(self, kind: str, language: Language, pytestconfig: pytest.Config) -> None:
        """It runs nothing, fetches nothing, and has one style."""
        page = page_of(kind, language).decode()
        assert page.count("<style>") == 1
        assert not re.search(r"<script|<link|\sstyle=|\son\w+=|(?:src|href)=\"(?!data:)", page)
        compare(f"statement-{kind}.{language}.txt", text_of_page(page.encode()) + "\n", pytestconfig)


@pytest.mark.parametrize(("kind", "language"), OFTEN)
def test_page_and_pdf_say_the_same(kind: str, language: Language) -> None:
    """Every line of the page is in the PDF, and no sign is printed as a box."""
    pdf = squeezed(text_of_pdf(pdf_of(kind, language)))
    _, *lines = text_of_page(page_of(kind, language)).splitlines()  # without the title of the window
    missing = [line for line in lines if squeezed(line) not in pdf]
    assert [line for line in missing if not all(squeezed(word) in pdf for word in line.split())] == []
    assert "\N{REPLACEMENT CHARACTER}" not in pdf


def test_a_pdf_says_what_it_is() -> None:
    """PDF/A-3b and PDF/UA-1, of the day of the statement, and the same bytes again."""
    written = pdf_of("account", Language.GERMAN)
    root: Any = PdfReader(BytesIO(written)).trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert ">3</pdfaid:part>" in metadata or 'pdfaid:part="3"' in metadata
    assert "2026-03-31T00:00:00+00:00" in metadata
    assert pdf_of("account", Language.GERMAN) == written


def test_no_statement_shows_fahrenheit_in_berlin_and_each_does_in_chicago() -> None:
    """The stored baseline is in °F; the contract's zone says who reads it."""
    for zone, sign, other in (("Europe/Berlin", "°C", "°F"), ("America/Chicago", "°F", "°C")):
        statement = replace(SAVINGS, content=SAVINGS.content.model_copy(update={"zone": zone}))
        page = VerificationPage().render(statement).decode()
        assert sign in page
        assert other not in page


class TestLetterhead:
    PROFILE = PartyProfile(
        party="Nordluft",
        in_force_from=ACCOUNT.first,
        full_name="Nordluft Anlagen GmbH",
        register_note="Amtsgericht Hamburg HRB 4711",
        banks=(PartyBank(account="DE89370400440532013000", bic="COBADEFFXXX", bank="Commerzbank"),),
    )

    def test_says_what_the_newest_document_recorded_and_where_to_pay(self) -> None:
        known = LetterFacts(Language.GERMAN, {"Nordluft": self.PROFILE})
        page = text_of_page(AccountHtml().render(ACCOUNT, known))
        assert {"Kontoauszug", "Nordluft Anlagen GmbH", "Amtsgericht Hamburg HRB 4711", "Commerzbank"} <= set(
            page.splitlines()
        )
        assert "DE89 3704 0044 0532 0130 00" in page
        assert {"Zahlungsweg", "COBADEFFXXX", "RF85 2026 0000 03"} <= set(page.splitlines())

    def test_where_to_pay_is_left_out_where_nobody_knows_or_nothing_is_owed(self) -> None:
        assert "Where to pay" not in text_of_page(AccountHtml().render(ACCOUNT))
        known = LetterFacts(profiles={"Nordluft": self.PROFILE})
        assert "Where to pay" in text_of_page(AccountHtml().render(ACCOUNT, known))
        nothing = replace(ACCOUNT, balance=replace(ACCOUNT.balance, open=Decimal("0.00")))
        assert "Where to pay" not in text_of_page(AccountHtml().render(nothing, known))

    def test_the_language_that_is_asked_for_goes_before_the_customers(self) -> None:
        known = LetterFacts(Language.GERMAN)
        assert "对账单" in text_of_page(AccountHtml(language=Language.CHINESE).render(ACCOUNT, known))
        assert "Abrechnung der Anteile" in text_of_page(PayeeStatementHtml().render(PAYEE, known))

    @pytest.mark.parametrize(
        ("language", "issued"),
        [
            (Language.ENGLISH, "all since the beginning"),
            (Language.GERMAN, "alle seit Beginn"),
            (Language.CHINESE, "自始至今全部"),
        ],
    )
    def test_a_payee_reads_of_which_days_where_none_are_asked_for(self, language: Language, issued: str) -> None:
        of_all_days = PAYEE.model_copy(update={"issued_from": None, "issued_to": None})
        assert issued in text_of_page(PayeeStatementHtml(language=language).render(of_all_days)).splitlines()

    def test_a_name_is_never_taken_for_markup(self) -> None:
        page = AccountHtml().render(replace(ACCOUNT, parties=None, customer="<b>Blech & Co</b>")).decode()
        assert "&lt;b&gt;Blech &amp; Co&lt;/b&gt;" in page


def test_each_kind_is_a_page_and_a_pdf() -> None:
    for kinds in (DOCUMENTS.account, DOCUMENTS.payee, DOCUMENTS.usage, DOCUMENTS.statement, DOCUMENTS.preview):
        assert {"html", "pdf"} <= set(kinds)
        assert all(kind.style for kind in kinds.values() if kind.suffix == ".html")
