"""A party of a contract as a document names it, with what its profile said on the day of the document."""

from billing.documents.model.business_party import (
    BankAccount,
    BusinessParty,
    ContactPoint,
    Identifier,
    PostalAddress,
)
from contracts.parties import Party
from contracts.party_profile import PartyProfile

#: What stands before VAT ids where that is not the country's own code: Greece, and Northern Ireland (BR-CO-9).
_OTHER_PREFIXES = {"GR": "EL", "GB": "XI"}


def party_in_document(party: Party, profile: PartyProfile | None) -> BusinessParty:
    """Say of a party what is known of it; without a profile its name, country, number and address lines.

    A number that bears no country's prefix is no VAT id in the sense of EN 16931 (BR-CO-9), as a Chinese one: it is a
    tax number (BT-32).
    """
    vat_id, number = (party.vat_id or "", "") if _has_prefix(party) else ("", party.vat_id or "")
    if profile is None:
        address = PostalAddress(lines=party.address, country=party.country)
        return BusinessParty(name=party.name, address=address, vat_id=vat_id, tax_number=number)
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
        vat_id=vat_id,
        tax_number=profile.tax_number or number,
        electronic=None if electronic is None else Identifier(electronic.value, electronic.scheme),
        contact=ContactPoint()
        if contact is None
        else ContactPoint(contact.name or "", contact.phone or "", contact.email or ""),
        website=profile.website or "",
        logo=profile.logo or "",
    )


def _has_prefix(party: Party) -> bool:
    prefixes = (party.country, _OTHER_PREFIXES.get(party.country, party.country))
    return party.vat_id is not None and party.vat_id.startswith(prefixes)


def accounts_for(party: Party, profile: PartyProfile | None, currency: str) -> tuple[BankAccount, ...]:
    """List the accounts to which an amount of a currency is paid: those of this currency, else those of any."""
    banks = () if profile is None else profile.banks
    chosen = [bank for bank in banks if bank.currency == currency] or [bank for bank in banks if bank.currency is None]
    name = party.name if profile is None else profile.full_name or party.name
    return tuple(
        BankAccount(bank.account.replace(" ", ""), bank.holder or name, bank.bic or "", bank.bank or "")
        for bank in chosen
    )
