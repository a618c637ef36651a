"""The letterhead of a statement: who writes to whom, with what is known of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from billing.documents.invoice.parties import address_lines, contact_lines, grouped, number_lines, register_lines
from billing.documents.invoice.speech import Speech
from billing.documents.look.page import Letterhead
from billing.documents.model.business_party import BankAccount, BusinessParty
from contracts.logos.logo import Logo


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Who writes a statement, and to whom.

    Attributes:
        issuer: who writes.
        recipient: to whom.
        accounts: that are paid to, for the foot of a page; of several the first.
        logo: of the issuer.
    """

    issuer: BusinessParty
    recipient: BusinessParty
    accounts: Sequence[BankAccount] = ()
    logo: Logo | None = None


def statement_letterhead(
    title: str,
    between: Correspondence,
    facts: Sequence[tuple[str, str]],
    speech: Speech,
    *,
    mark: str = "",
    notices: Sequence[str] = (),
) -> Letterhead:
    """Head a statement.

    Args:
        title: what it is.
        between: who writes to whom.
        facts: name and value, in the order of a reader's questions.
        speech: how it speaks.
        mark: written across every page, or empty.
        notices: what nobody may overlook.
    """
    issuer, recipient = between.issuer, between.recipient
    address = address_lines(issuer.address, speech, of=recipient.address.country)
    foot = (
        register_lines(issuer, speech),
        number_lines(issuer, speech),
        tuple(_bank_lines(between.accounts, speech)),
    )
    return Letterhead(
        language=speech.words.language.value,
        title=title,
        issuer=issuer.name,
        issuer_lines=(*address, *contact_lines(issuer)),
        return_line=" · ".join((issuer.name, *address)),
        recipient=(recipient.name, *address_lines(recipient.address, speech, of=issuer.address.country)),
        recipient_lines=number_lines(recipient, speech),
        facts=tuple(facts),
        foot=tuple(column for column in foot if column),
        page_words=speech.text("Page {page} of {pages}", page="{page}", pages="{pages}"),
        mark=mark,
        notices=tuple(notices),
        logo=between.logo,
    )


def _bank_lines(accounts: Sequence[BankAccount], speech: Speech) -> Iterator[str]:
    for account in accounts[:1]:
        if account.bank:
            yield account.bank
        yield speech.text("Account {number}", number=grouped(account.account))
        if account.bic:
            yield speech.text("BIC {bic}", bic=account.bic)
