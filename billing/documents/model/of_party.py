"""A party of a contract as a document names it, with what its profile said on the day of the document."""

from billing.documents.model.business_party import (
    BankAccount,
    BusinessParty,
    ContactPoint,
    Identifier,
    PostalAddress,
)
from contracts.missing.state_parties import stated_numbers
from contracts.parties import Party
from contracts.party_profile import PartyProfile


def party_in_document(party: Party, profile: PartyProfile | None) -> BusinessParty:
    """Say of a party what is known of it; without a profile its name, country, number and address lines.

    A number that bears no country's prefix is no VAT id in the sense of EN 16931 (BR-CO-9), as a Chinese one: it is a
    tax number (BT-32).
    """
    numbers = stated_numbers(party, profile)
    if profile is None:
        address = PostalAddress(lines=party.address, country=party.country)
        return BusinessParty(name=party.name, address=address, vat_id=numbers.vat_id, tax_number=numbers.tax_number)
    electronic, register, contact = profile.electronic, profile.register_number, profile.contact
    return BusinessParty(
        name=profile.full_name or party.name,
        address=PostalAddress(
            lines=profile.address or party.address,
            city=profile.city or "",
            post_code=profile.post_code or "",
            region=profile.region or "",
            country=party.country,
        ),
        trading_name=profile.trading_name or "",
        identifiers=(Identifier(profile.customer_number),) if profile.customer_number else (),
        registration=None if register is None else Identifier(register.value, register.scheme or ""),
        register_note=profile.register_note or "",
        vat_id=numbers.vat_id,
        tax_number=numbers.tax_number,
        electronic=None if electronic is None else Identifier(electronic.value, electronic.scheme),
        contact=ContactPoint()
        if contact is None
        else ContactPoint(contact.name or "", contact.phone or "", contact.email or ""),
        website=profile.website or "",
        logo=profile.logo or "",
    )


def accounts_for(party: Party, profile: PartyProfile | None, currency: str) -> tuple[BankAccount, ...]:
    """List the accounts to which an amount of a currency is paid: those of this currency, else those of any."""
    banks = () if profile is None else profile.banks
    chosen = [bank for bank in banks if bank.currency == currency] or [bank for bank in banks if bank.currency is None]
    name = party.name if profile is None else profile.full_name or party.name
    return tuple(
        BankAccount(bank.account.replace(" ", ""), bank.holder or name, bank.bic or "", bank.bank or "")
        for bank in chosen
    )
