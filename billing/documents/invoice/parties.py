"""Parties as a letter has them: addresses, numbers, accounts, in the words of a language."""

from collections.abc import Iterator

from babel import Locale
from stdnum.iso7064 import mod_97_10

from billing.documents.invoice.speech import Speech
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BusinessParty, Identifier, PostalAddress


def address_lines(address: PostalAddress, speech: Speech, *, of: str = "") -> tuple[str, ...]:
    """Write an address, a line each: street, town, and the country where it is not ``of``."""
    town = " ".join(part for part in (address.post_code, address.city) if part)
    region = address.region if address.region != address.city else ""
    country = "" if address.country in {"", of} else country_name(address.country, speech)
    return tuple(line for line in (*address.lines, ", ".join(filter(None, (town, region))), country) if line)


def country_name(code: str, speech: Speech) -> str:
    """Name a country in the document's language; by its code, where the language has no name for it."""
    locale: Locale = speech.words.locale
    return str(locale.territories.get(code, code))


def contact_lines(party: BusinessParty) -> tuple[str, ...]:
    """Whom to ask, a line each."""
    contact = party.contact
    name_phone = ", ".join(filter(None, (contact.name, contact.phone)))
    return tuple(line for line in (name_phone, contact.email, party.website) if line)


def number_lines(party: BusinessParty, speech: Speech) -> tuple[str, ...]:
    """By which numbers the tax office and the networks know a party, a line each."""
    rows = [
        (speech.text("VAT ID {number}", number=party.vat_id), party.vat_id),
        (speech.text("Tax number {number}", number=party.tax_number), party.tax_number),
    ]
    lines = [text for text, known in rows if known]
    if party.electronic is not None:
        lines.append(speech.text("E-invoice address {address}", address=_scheme_and_value(party.electronic)))
    return tuple(lines)


def register_lines(party: BusinessParty, speech: Speech) -> tuple[str, ...]:
    """What its law wants on its letters: name, register, directors."""
    number = party.registration.value if party.registration is not None else ""
    shown = "" if not number or number in party.register_note else speech.text("Register no. {number}", number=number)
    trading = party.trading_name if party.trading_name != party.name else ""
    return tuple(line for line in (party.name, trading, party.register_note, shown) if line)


def bank_lines(document: BusinessDocument, speech: Speech) -> Iterator[str]:
    """To which account is paid, a line each; of several the first."""
    for account in document.payment.accounts[:1]:
        if account.bank:
            yield account.bank
        yield speech.text("Account {number}", number=grouped(account.account))
        if account.bic:
            yield speech.text("BIC {bic}", bic=account.bic)


def grouped(number: str) -> str:
    """Write an IBAN or an RF reference in groups of four signs; another number as it is."""
    compact = number.replace(" ", "")
    if not _has_check_digits(compact):
        return number
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def _has_check_digits(number: str) -> bool:
    """Whether a number has its two check digits behind two letters, as an IBAN and an RF reference (ISO 7064)."""
    if not (number[:2].isalpha() and number[2:4].isdigit() and number.isascii() and number.isalnum()):
        return False
    return bool(mod_97_10.is_valid(number[4:] + number[:4]))


def _scheme_and_value(identifier: Identifier) -> str:
    return f"{identifier.scheme}:{identifier.value}" if identifier.scheme else identifier.value
