"""How a document is paid: amount, day, account, reference, cash discount in words, and the codes that a phone reads."""

from collections.abc import Iterator

from billing.documents.invoice.content import PaymentBox
from billing.documents.invoice.epc_code import epc_code
from billing.documents.invoice.ksef_code import ksef_code
from billing.documents.invoice.parties import country_name, grouped
from billing.documents.invoice.pictures import InvoicePictures
from billing.documents.invoice.speech import CREDITS, SELF_BILLED, Speech
from billing.documents.invoice.sums import payable_name
from billing.documents.look.page import Drawing
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BankAccount
from contracts.cash_discount import CashDiscount
from quantities.money import Money

#: UNTDID 4461 of a SEPA direct debit.
_DEBIT = "59"


def payment_box(document: BusinessDocument, speech: Speech, pictures: InvoicePictures) -> PaymentBox | None:
    """Write how a document is paid; of a draft and of a void one nothing is."""
    if document.state != "issued":
        return None
    facts = ((payable_name(document, speech), speech.money(document.totals.payable)), *_facts(document, speech))
    return PaymentBox(
        speech.text("Payment"), facts, tuple(_sentences(document, speech)), tuple(_codes(document, speech, pictures))
    )


def _facts(document: BusinessDocument, speech: Speech) -> Iterator[tuple[str, str]]:
    payment = document.payment
    if _is_received(document):
        if document.due_on is not None:
            yield speech.text("Payable until"), speech.words.day(document.due_on)
        if payment.means != _DEBIT:
            for account in payment.accounts:
                yield from _account(account, document, speech)
    if payment.reference and _is_received(document):
        yield speech.text("Payment reference"), grouped(payment.reference)
    if document.payee is not None:
        payee = document.payee
        where = country_name(payee.address.country, speech) if payee.address.country else ""
        yield speech.text("Paid to"), ", ".join(filter(None, (payee.name, where)))


def _account(account: BankAccount, document: BusinessDocument, speech: Speech) -> Iterator[tuple[str, str]]:
    name = speech.text("IBAN") if account.account[:2].isalpha() else speech.text("Account number")
    yield speech.text("Account holder"), account.holder or document.seller.name
    yield name, grouped(account.account)
    if account.bic:
        yield speech.text("BIC"), account.bic
    if account.bank:
        yield speech.text("Bank"), account.bank


def _is_received(document: BusinessDocument) -> bool:
    """Whether who supplies receives a payment for it: by the customer, or of a self-billed one by who wrote it."""
    return document.document_type not in CREDITS and document.totals.payable > 0


def _sentences(document: BusinessDocument, speech: Speech) -> Iterator[str]:
    if not _is_received(document):
        if document.payment_words:
            yield document.payment_words
        elif document.totals.payable:
            yield speech.text("The amount is set off against what is open, or paid back.")
        else:
            yield speech.text("Nothing is to be paid.")
        return
    if document.document_type in SELF_BILLED:
        yield speech.text("We pay this amount to the account above.")
    elif document.payment.means == _DEBIT:
        yield _debit(document, speech)
    yield from (_discount(step, document, speech) for step in document.cash_discounts)
    if document.payment_words:
        yield document.payment_words


def _debit(document: BusinessDocument, speech: Speech) -> str:
    debit = document.payment.debit
    if debit is None:
        return speech.text("We collect this amount by direct debit.")
    sentence = speech.text(
        "We collect this amount by SEPA direct debit; mandate {mandate}, creditor {creditor}.",
        mandate=debit.mandate,
        creditor=debit.creditor,
    )
    account = speech.text("Account debited: {account}", account=grouped(debit.account)) if debit.account else ""
    return f"{sentence} {account}".rstrip()


def _discount(step: CashDiscount, document: BusinessDocument, speech: Speech) -> str:
    """Say what is taken off if it is paid in time, of the gross total, rounded as the receipts compare it."""
    off = (Money(document.totals.gross, document.currency) * step.percent.scaleb(-2)).rounded().amount
    percent = speech.percent(step.percent)
    if document.issued_on is None:
        return speech.text("{percent} cash discount within {days} days", percent=percent, days=step.days)
    return speech.text(
        "{percent} cash discount if paid by {day}: {off} less, {rest} to be paid.",
        percent=percent,
        day=speech.words.day(step.last_day(document.issued_on)),
        off=speech.money(off),
        rest=speech.money(document.totals.payable - off),
    )


def _codes(document: BusinessDocument, speech: Speech, pictures: InvoicePictures) -> Iterator[Drawing]:
    code = epc_code(document, speech)
    if code is not None:
        yield code
    if pictures.clearance is not None:
        yield ksef_code(pictures.clearance, speech)
