"""The payment part of a Swiss QR-bill, in German or English: Chinese is none of its languages."""

import re

from billing.documents.invoice.content import SwissPart
from billing.documents.invoice.parties import grouped
from billing.documents.invoice.qr import drawing_of
from billing.documents.invoice.speech import Speech
from billing.documents.invoice.swiss_code import SwissPayment
from billing.documents.look.page import Drawing
from billing.documents.words.words import Words, words_in
from contracts.invoicing import Language

_LANGUAGES = frozenset({Language.GERMAN, Language.ENGLISH})
_WIDTH_MM = 46  # of the code, without its quiet zone
_CROSS_MM = 7


def swiss_part(payment: SwissPayment, speech: Speech) -> SwissPart:
    """Write the receipt and the payment part."""
    own = speech.words
    words = own if own.language in _LANGUAGES else words_in(Language.ENGLISH)
    names = {
        "account": words.text("Account / Payable to"),
        "reference": words.text("Reference"),
        "message": words.text("Additional information"),
        "debtor": words.text("Payable by"),
        "open_debtor": words.text("Payable by (name/address)"),
        "currency": words.text("Currency"),
        "amount": words.text("Amount"),
        "acceptance": words.text("Acceptance point"),
        "separate": words.text("Separate before paying in"),
    }
    return SwissPart(
        receipt=words.text("Receipt"),
        payment=words.text("Payment part"),
        names=names,
        account=(grouped(payment.iban), *_lines(payment.creditor)),
        reference=_reference(payment),
        message=payment.message,
        debtor=_lines(payment.debtor) if payment.debtor else (),
        currency=payment.currency,
        amount=_thousands(payment.amount),
        code=_code(payment, words),
    )


def _lines(party: tuple[str, str, str, str, str]) -> tuple[str, ...]:
    name, street, post_code, city, country = party
    town = f"{post_code} {city}" if country in {"CH", "LI"} else f"{country}-{post_code} {city}"
    return tuple(filter(None, (name, street, town)))


def _reference(payment: SwissPayment) -> str:
    if payment.kind == "QRR":  # 2 digits, then groups of 5
        return " ".join((payment.reference[:2], *re.findall(".{5}", payment.reference[2:])))
    return grouped(payment.reference)


def _thousands(amount: str) -> str:
    whole, _, cents = amount.partition(".")
    return f"{int(whole):,}".replace(",", " ") + f".{cents}"


def _code(payment: SwissPayment, words: Words) -> Drawing:
    """Draw the code with the Swiss cross of 7 mm in its middle."""
    code = payment.code
    size = code.size
    alternative = words.text(
        "Swiss QR code of a payment of {amount} {currency} to {account}",
        amount=payment.amount,
        currency=payment.currency,
        account=payment.iban,
    )
    drawn = drawing_of(code, alternative, "", _WIDTH_MM)
    return Drawing(_with_cross(drawn.svg, size), alternative, "", _WIDTH_MM)


def _with_cross(svg: str, size: int) -> str:
    """Put the cross over the middle: the drawing has four modules around, the printed code has none."""
    side = _hundredths(size * _CROSS_MM * 100 // _WIDTH_MM)
    corner = _hundredths((size * 100 - size * _CROSS_MM * 100 // _WIDTH_MM) // 2)
    # a white edge, a black square, a white cross: in 100ths of the square's side
    cross = (
        f'<svg x="{corner}" y="{corner}" width="{side}" height="{side}" viewBox="0 0 166 166">'
        '<path fill="#fff" d="M0 0h166v166H0z"/><path d="M10 10h146v146H10z"/>'
        '<path fill="#fff" d="M68 34h30v34h34v30H98v34H68V98H34V68h34z"/></svg>'
    )
    body = re.sub(r"^<svg[^>]*>", "", svg).removesuffix("</svg>")
    around = size + 8
    inner = f'<svg x="-4" y="-4" width="{around}" height="{around}" viewBox="0 0 {around} {around}">{body}</svg>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">{inner}{cross}</svg>'


def _hundredths(number: int) -> str:
    return f"{number // 100}.{number % 100:02d}"
