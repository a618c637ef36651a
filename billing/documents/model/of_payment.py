"""How a document is to be paid: by which means, to which accounts, with which reference, until when."""

from datetime import date
from decimal import Decimal

from stdnum import iban

from billing.documents.model.business_document import PaymentInstructions
from billing.documents.model.business_party import BankAccount
from billing.documents.model.payment_reference import payment_reference
from billing.documents.words.words import Words

#: UNTDID 4461: a SEPA credit transfer, another credit transfer, and what is not stated.
_SEPA, _TRANSFER, _NOT_STATED = "58", "30", "1"


def payment_of(number: str | None, currency: str, accounts: tuple[BankAccount, ...]) -> PaymentInstructions:
    """Say how a document is paid; a draft has no number yet, and so no reference."""
    if not accounts:
        means = _NOT_STATED
    elif currency == "EUR" and all(iban.is_valid(account.account) for account in accounts):
        means = _SEPA
    else:
        means = _TRANSFER
    return PaymentInstructions(means, payment_reference(number) if number else "", accounts)


def payment_words(payable: Decimal, due_on: date | None, days: int, words: Words) -> str:
    """Say until when a document is paid without a discount (BT-20), or that nothing is.

    Args:
        payable: what is to be paid; below zero it is paid back.
        due_on: until when; None of a draft.
        days: from the day of issue until then.
        words: of the document's language.
    """
    if payable < 0:
        return words.text("The amount is set off against what is open, or paid back.")
    if not payable:
        return words.text("Nothing is to be paid.")
    if due_on is None:
        return words.text("Payable within {days} days of the date of issue.", days=days)
    return words.text("Payable by {day} without deduction.", day=words.day(due_on))
