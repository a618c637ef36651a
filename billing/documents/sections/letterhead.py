"""The letterhead of a statement: who writes to whom, with what is known of both."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.documents.look.page import Letterhead, Logo
from billing.documents.model.business_party import BankAccount, BusinessParty, PostalAddress
from billing.documents.words.words import Words


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Who writes a statement, and to whom.

    Attributes:
        issuer: who writes.
        recipient: to whom.
        banks: the accounts that are paid to, for the foot of a page.
        logo: of the issuer.
    """

    issuer: BusinessParty
    recipient: BusinessParty
    banks: Sequence[BankAccount] = ()
    logo: Logo | None = None


def letterhead(
    title: str,
    between: Correspondence,
    facts: Sequence[tuple[str, str]],
    words: Words,
    *,
    mark: str = "",
    notices: Sequence[str] = (),
) -> Letterhead:
    """Head a statement.

    Args:
        title: what it is.
        between: who writes to whom.
        facts: name and value, in the order of a reader's questions.
        words: its language.
        mark: written across every page, or empty.
        notices: what nobody may overlook.
    """
    issuer, recipient = between.issuer, between.recipient
    address = address_lines(issuer.address, words)
    contact = (issuer.contact.name, issuer.contact.phone, issuer.contact.email, issuer.website)
    number = words.text("VAT id: {number}", number=recipient.vat_id) if recipient.vat_id else ""
    return Letterhead(
        language=words.language.value,
        title=title,
        issuer=issuer.name,
        issuer_lines=(*address, *filter(None, contact)),
        return_line=", ".join((issuer.name, *address)),
        recipient=(recipient.name, *address_lines(recipient.address, words)),
        recipient_lines=(number,) if number else (),
        facts=tuple(facts),
        foot=_foot(between, words),
        page_words=words.text("Page {page} of {pages}", page="{page}", pages="{pages}"),
        mark=mark,
        notices=tuple(notices),
        logo=between.logo,
    )


def address_lines(address: PostalAddress, words: Words) -> tuple[str, ...]:
    """Write an address as lines, with its country in words."""
    city = " ".join(filter(None, (address.post_code, address.city)))
    country = words.locale.territories.get(address.country, address.country)
    return tuple(filter(None, (*address.lines, city, address.region, country)))


def _foot(between: Correspondence, words: Words) -> tuple[tuple[str, ...], ...]:
    issuer = between.issuer
    registered = [issuer.register_note, issuer.registration.value if issuer.registration is not None else ""]
    numbers = [
        words.text("VAT id: {number}", number=issuer.vat_id) if issuer.vat_id else "",
        words.text("Tax number: {number}", number=issuer.tax_number) if issuer.tax_number else "",
    ]
    banks = [" · ".join(filter(None, (bank.bank, bank.account, bank.bic))) for bank in between.banks]
    columns = (tuple(filter(None, column)) for column in (registered, numbers, banks))
    return tuple(column for column in columns if column)
