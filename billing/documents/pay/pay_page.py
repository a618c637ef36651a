"""The pay page in its reader's language: what is open of a document, why it cannot be paid now, or one button.

Facts of the supplier stand around it as around the document itself; of the customer it says no more than the name.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from typing import Final

from billing.documents.invoice.speech import Speech
from billing.documents.look.html import STYLE, write_page
from billing.documents.model.business_party import BusinessParty, PostalAddress
from billing.documents.model.of_party import party_in_document
from billing.documents.sections.letter_facts import LetterFacts
from billing.documents.sections.letterhead import Correspondence, statement_letterhead
from billing.documents.words.words import message, words_in
from billing.payments.gateway import PaymentRail
from billing.payments.pages.page import PayableDocument, PayPageState
from contracts.invoicing import Language
from contracts.parties import Party

#: The content of the one ``<style>`` of a pay page; its policy names its hash.
PAY_STYLE: Final = STYLE + resources.files("billing.documents.pay").joinpath("pay.css").read_text(encoding="utf-8")


class ClickFailure(StrEnum):
    """Why a click led to no page: the gateway cannot be asked now, or nobody knows yet what it made of it."""

    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PayPageContent:
    """What stands on a pay page below its title, ready to be printed.

    Attributes:
        sentences: what can be done, or why nothing can.
        sums: name and amount.
        button: what is done by a click; empty where nothing can be.
        notes: what else is good to know.
    """

    sentences: tuple[str, ...]
    sums: tuple[tuple[str, str], ...] = ()
    button: str = ""
    notes: tuple[str, ...] = ()


_SENTENCES = {
    PayPageState.SETTLED: message("Nothing is open of this document. Thank you."),
    PayPageState.DISPUTED: message("What is open of it is disputed. Nothing is to be paid until that is settled."),
    PayPageState.UNDER_WAY: message("A payment of this document is under way. Nothing more is to be done."),
    PayPageState.HELD: message("This document cannot be paid at present. Please ask {seller}."),
    PayPageState.VOID: message("This document is void. Nothing of it is owed."),
    PayPageState.EXPIRED: message("This link has expired. Please ask {seller} for a new one."),
    PayPageState.REVOKED: message("This link is not valid any more. Please ask {seller} for a new one."),
}
_FAILED = {
    ClickFailure.UNAVAILABLE: message("The payment page cannot be opened now. Please try again in some minutes."),
    ClickFailure.UNKNOWN: message("The payment page is still being opened. Please try again in a minute."),
}
_CHARGED = {
    PaymentRail.CARD: message("It is charged to the card that you have saved. Nothing is to be done."),
    PaymentRail.SEPA_CORE: message("It is debited from the account that you have saved. Nothing is to be done."),
}
_SAVE = {
    PaymentRail.CARD: message("Save a card"),
    PaymentRail.SEPA_CORE: message("Save an account for direct debit"),
}
_IS_SAVED = {
    PaymentRail.CARD: message("Here you save the card by which contract {contract} is paid. Nothing is charged now."),
    PaymentRail.SEPA_CORE: message(
        "Here you give a direct debit mandate for contract {contract}. Nothing is debited now."
    ),
}
#: On these only the state is told: whoever has an old link learns nothing of what became of the document.
_WITHOUT_SUMS = frozenset({PayPageState.VOID, PayPageState.EXPIRED, PayPageState.REVOKED})


@dataclass(frozen=True, slots=True)
class PayPageSides:
    """Between whom a pay page is, and what is known for its letterhead."""

    supplier: Party
    customer: str
    letter: LetterFacts


def write_pay_page(
    sides: PayPageSides, document: PayableDocument, state: PayPageState, failure: ClickFailure | None = None
) -> bytes:
    """Lay out the page under which a document is paid.

    Args:
        sides: between whom.
        document: what is paid.
        state: what can be done.
        failure: why the click before led to no page.
    """
    speech = _speech(sides, document.currency)
    facts = [(speech.text("Number"), document.number)]
    if state not in _WITHOUT_SUMS:
        facts += _days(speech, document.issued_on, document.due_on)
    title = speech.text("Payment of {number}", number=document.number)
    return _written(sides, title, tuple(facts), _content(sides, document, state, failure), speech)


def write_method_page(
    sides: PayPageSides, contract: str, rail: PaymentRail, state: PayPageState, failure: ClickFailure | None = None
) -> bytes:
    """Lay out the page under which a method is saved for a contract; the arguments are those of ``write_pay_page``."""
    speech = _speech(sides, "EUR")
    title = speech.text("Method of payment for contract {contract}", contract=contract)
    failed = () if failure is None else (speech.text(_FAILED[failure]),)
    if state is PayPageState.PAYABLE:
        content = PayPageContent(
            (*failed, speech.text(_IS_SAVED[rail], contract=contract)),
            button=speech.text(_SAVE[rail]),
            notes=(_leads_away(sides, speech),),
        )
    else:
        content = PayPageContent((speech.text(_SENTENCES[state], seller=sides.supplier.name),))
    return _written(sides, title, ((speech.text("Contract"), contract),), content, speech)


def _content(
    sides: PayPageSides, document: PayableDocument, state: PayPageState, failure: ClickFailure | None
) -> PayPageContent:
    speech = _speech(sides, document.currency)
    sums = () if state in _WITHOUT_SUMS else tuple(_sums(document, speech))
    if state is PayPageState.CHARGED_LATER:
        return PayPageContent(_charged_later(document, speech), sums)
    if state is not PayPageState.PAYABLE:
        return PayPageContent((speech.text(_SENTENCES[state], seller=sides.supplier.name),), sums)
    failed = () if failure is None else (speech.text(_FAILED[failure]),)
    button = speech.text("Pay {amount}", amount=speech.money(document.payable))
    return PayPageContent(failed, sums, button, (_leads_away(sides, speech),))


def _charged_later(document: PayableDocument, speech: Speech) -> tuple[str, ...]:
    order = document.order
    charged = speech.text(_CHARGED[PaymentRail.CARD if order is None or order.rail is None else order.rail])
    if order is None or order.begins_on is None:
        return (charged,)
    return (charged, speech.text("It begins on {day}.", day=speech.words.day(order.begins_on)))


def _leads_away(sides: PayPageSides, speech: Speech) -> str:
    sentence = message("The button leads to the page of the payment provider of {seller}; nothing is entered here.")
    return speech.text(sentence, seller=sides.supplier.name)


def _sums(document: PayableDocument, speech: Speech) -> list[tuple[str, str]]:
    stands, nothing = document.standing, Decimal(0)
    paid, less = stands.paid, stands.discount + stands.written_off
    listed = [(speech.text("Invoice amount"), stands.payable)]
    listed += [(speech.text("Paid"), paid)] if paid != nothing else []
    listed += [(speech.text("Deducted"), less)] if less != nothing else []
    listed += [(speech.text("Disputed"), stands.disputed)] if stands.disputed != nothing else []
    listed.append((speech.text("Open"), stands.open))
    return [(name, speech.money(amount)) for name, amount in listed]


def _days(speech: Speech, issued_on: date | None, due_on: date | None) -> list[tuple[str, str]]:
    known = ((speech.text("Issued"), issued_on), (speech.text("Due date"), due_on))
    return [(name, speech.words.day(day)) for name, day in known if day is not None]


def _speech(sides: PayPageSides, currency: str) -> Speech:
    return Speech(words_in(sides.letter.language), currency, "UTC", turned=False)


def _written(
    sides: PayPageSides, title: str, facts: tuple[tuple[str, str], ...], content: PayPageContent, speech: Speech
) -> bytes:
    supplier, letter = sides.supplier, sides.letter
    issuer = party_in_document(supplier, letter.profiles.get(supplier.name))
    customer = BusinessParty(sides.customer, PostalAddress(country=supplier.country))
    between = Correspondence(issuer, customer, logo=letter.logo_of(supplier.name))
    head = statement_letterhead(title, between, facts, speech)
    return write_page("pay/pay.html.j2", head, content, style=PAY_STYLE)


@dataclass(frozen=True, slots=True)
class ReturnedContent:
    """What a customer is told who comes back from the page of a gateway: that page alone knows what was done in it."""

    language: str
    title: str
    sentence: str


def write_returned_page(language: Language, *, has_paid: bool) -> bytes:
    """Lay out the page to which a gateway sends a customer back.

    Whoever is sent there is not asked which document it was: what is paid counts once the gateway is asked.

    Args:
        language: of its texts.
        has_paid: whether the customer has done what the page of the gateway was for.
    """
    words = words_in(language)
    if has_paid:
        title, sentence = words.text("Thank you"), words.text(_DONE)
    else:
        title, sentence = words.text("Nothing was done"), words.text(_LEFT)
    return write_page("pay/returned.html.j2", None, ReturnedContent(language.value, title, sentence), style=PAY_STYLE)


_DONE = message("It is on record as soon as the payment provider confirms it. You can close this page.")
_LEFT = message("The link that you have opens the payment page again.")
