"""The controller's list: thirty things that an invoice must have, each on page and PDF in three languages.

The list itself, with the law or the norm of each and its place, is a chapter of docs/documents.md.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

from billing.documents.invoice_html import InvoiceHtml
from billing.documents.model.business_document import BusinessDocument
from billing.documents.words.words import Words, words_in
from contracts.invoicing import Language
from tests.billing.documents.model.made_more import ALL
from tests.billing.documents.reading import pdf_of, squeezed, text_of_page

CHAPTER = Path(__file__).parents[3] / "docs" / "documents.md"
#: What of a document a thing is, as it must stand there.
Shown = Callable[[BusinessDocument, Words], Sequence[str]]

THINGS: Mapping[str, tuple[str, Shown]] = MappingProxyType(
    {
        "What it is": ("invoice", lambda of, say: [f"{say.text('Invoice')} {of.number}"]),
        "A number of its series": ("invoice", lambda of, say: [say.text("Number"), of.number]),
        "The date of issue": ("invoice", lambda of, say: [say.text("Date of issue"), say.day(of.issued_on)]),  # type: ignore[arg-type]
        "The seller's full name and address": (
            "invoice", lambda of, _: [of.seller.name, *of.seller.address.lines, f"{of.seller.address.post_code} {of.seller.address.city}"],
        ),
        "The seller's VAT id": ("invoice", lambda of, say: [say.text("VAT ID {number}", number=of.seller.vat_id)]),
        "The seller's tax number": ("invoice", lambda of, say: [say.text("Tax number {number}", number=of.seller.tax_number)]),
        "The seller's register, seat and directors": ("invoice", lambda of, _: [of.seller.register_note]),
        "Whom to ask": ("invoice", lambda of, _: [of.seller.contact.name, of.seller.contact.phone, of.seller.contact.email]),
        "The customer's full name and address": (
            "invoice", lambda of, _: [of.buyer.name, *of.buyer.address.lines, f"{of.buyer.address.post_code} {of.buyer.address.city}"],
        ),
        "The customer's VAT id": ("invoice", lambda of, say: [say.text("VAT ID {number}", number=of.buyer.vat_id)]),
        "The customer's own reference": ("invoice", lambda of, say: [say.text("Your reference"), of.references.buyer_reference]),
        "The customer's order": ("invoice", lambda of, say: [say.text("Your order"), of.references.order]),
        "The contract": ("invoice", lambda of, say: [say.text("Contract"), of.references.contract]),
        "The time of the service": ("invoice", lambda of, say: [say.text("Service period"), say.days(of.period_from, of.period_to)]),
        "What was supplied": ("invoice", lambda of, _: [line.name for line in of.lines]),
        "How much, in which unit": (
            "invoice", lambda of, say: [say.text("Quantity"), say.number(of.lines[0].quantity), say.number(of.lines[2].quantity)],
        ),
        "The price of one, with all its decimals": (
            "invoice", lambda of, say: [say.text("Unit price"), *(say.amount(line.unit_price, of.currency) for line in of.lines[:3])],
        ),
        "The net amount of each line": ("invoice", lambda of, say: [say.text("Net"), *(say.amount(line.net, of.currency) for line in of.lines[:3])]),
        "How a metered quantity came about": (
            "invoice",
            lambda of, say: [
                say.text("Opening read"), say.text("Closing read"), say.text("Factor"), say.text("estimated"),
                *(say.number(end.value) for end in (of.lines[0].reads[0].opening, of.lines[0].reads[0].closing) if end),
            ],
        ),
        "Why a price moved": (
            "invoice",
            lambda of, say: [
                say.text("Indexed: agreed price {base} × {factor}", base=f"{say.amount(Decimal('12.50'), of.currency)} EUR", factor=say.number(Decimal("1.04"))),
            ],
        ),
        "What is taxed at each rate": ("invoice", lambda of, say: [say.amount(of.taxes[0].taxable, of.currency)]),
        "The rate of each tax": ("invoice", lambda of, say: [f"{say.text('VAT')} 19 %"]),
        "The tax at each rate": ("invoice", lambda of, say: [say.amount(of.taxes[0].tax, of.currency)]),
        "Why there is no tax": ("reverse-charge", lambda of, say: [say.text("Reverse charge: the customer owes the tax"), of.taxes[0].reason]),
        "The totals without and with tax": (
            "invoice", lambda of, say: [say.text("Net total"), say.amount(of.totals.net, of.currency), say.text("Gross total"), say.amount(of.totals.gross, of.currency)],
        ),
        "What is to be paid, and until when": (
            "invoice", lambda of, say: [say.text("To be paid"), say.amount(of.totals.payable, of.currency), say.text("Payable until"), say.day(of.due_on)],  # type: ignore[arg-type]
        ),
        "What is taken off for paying early": (
            "invoice", lambda of, say: [say.text("{percent} cash discount if paid by {day}: {off} less, {rest} to be paid.", percent="3 %", day=say.day(of.cash_discounts[0].last_day(of.issued_on)), off=f"{say.amount(Decimal('205.17'), 'EUR')} EUR", rest=f"{say.amount(Decimal('6633.91'), 'EUR')} EUR")],  # type: ignore[arg-type]
        ),
        "What is taken off or added for the whole": (
            "consolidated", lambda of, say: [f"{say.text('Allowance')}: {of.allowances[0].reason}", f"{say.text('Charge')}: {of.allowances[1].reason}", say.text("Paid already")],
        ),
        "Where to pay, and by which reference": ("invoice", lambda _, say: [say.text("IBAN"), "DE89 3704 0044 0532 0130 00", say.text("Payment reference"), "RF71 2348 231"]),
        "What it corrects, and why": (
            "credit-note", lambda of, say: [say.text("Correction of {number} of {day}", number="2026-000003", day=say.day(of.preceding[0].issued_on)), of.corrections[0].why],  # type: ignore[arg-type]
        ),
    }
)  # fmt: skip


def missing(thing: str, text: Callable[[str, Language], str]) -> list[str]:
    name, shown = THINGS[thing]
    return [
        words
        for language in Language
        for words in shown(replace(ALL[name], language=language), words_in(language))
        if not words or squeezed(words) not in squeezed(text(name, language))
    ]


@cache
def page_of(name: str, language: Language) -> str:
    return text_of_page(InvoiceHtml().render(replace(ALL[name], language=language)))


@pytest.mark.parametrize("thing", THINGS)
def test_stands_on_the_page_in_three_languages(thing: str) -> None:
    assert missing(thing, page_of) == []


#: Those on another document than the first are read in the long run alone.
READ = [
    thing if name in {"invoice", "credit-note"} else pytest.param(thing, marks=pytest.mark.long)
    for thing, (name, _) in THINGS.items()
]


@pytest.mark.parametrize("thing", READ)
def test_stands_in_the_pdf_in_three_languages(thing: str) -> None:
    assert missing(thing, pdf_of) == []


def test_are_the_thirty_of_the_list() -> None:
    chapter = CHAPTER.read_text(encoding="utf-8").partition("## What an invoice must have")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", chapter, re.MULTILINE)
    assert [int(row[0]) for row in rows] == list(range(1, 31))
    assert [row[1] for row in rows] == [*THINGS]
    assert all("B" in row[4] and row[2].strip() and row[3].strip() for row in rows), "law, place, term"
