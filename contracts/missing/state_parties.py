"""What a state that clears documents asks of their two sides: whose it clears, and which number each must have.

Stated once: what is missing of a party is named by it before a document is due, and whoever writes the document for the
state asks the same. A Polish number is needed of a seller, and of a customer only where it states one of Poland; a
Chinese one of a seller, and of a customer that is no person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from contracts.invoicing import InvoiceForm
from contracts.parties import Party
from contracts.party_profile import PartyProfile
from contracts.party_profiles.numbers import can_be

POLAND, CHINA = "PL", "CN"
#: With what tax numbers of the other states of the union begin.
UNION_PREFIXES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PT", "RO", "SE", "SI", "SK", "XI",
})  # fmt: skip
PREFIX_LENGTH = 2
#: What stands before VAT ids where that is not the country's own code: Greece, and Northern Ireland (BR-CO-9).
_OTHER_PREFIXES = {"GR": "EL", "GB": "XI"}


@dataclass(frozen=True, slots=True)
class ClearingState:
    """Whose documents a state clears.

    Attributes:
        country: where their sellers are established.
        consumers: whether documents to people without a number are cleared.
        abroad: whether documents to customers in other countries are.
        form: of the number of a seller, as python-stdnum calls it.
    """

    country: str
    consumers: bool
    abroad: bool
    form: str


#: By form of document, the state whose own it is.
CLEARING_STATES: Mapping[InvoiceForm, ClearingState] = MappingProxyType({
    InvoiceForm.KSEF: ClearingState(POLAND, consumers=False, abroad=True, form="pl.nip"),
    InvoiceForm.FAPIAO: ClearingState(CHINA, consumers=True, abroad=False, form="cn.uscc"),
})  # fmt: skip


class NumberedParty(Protocol):
    """A side of a document, as far as a state asks for its numbers: empty where it states none."""

    @property
    def vat_id(self) -> str:
        """Its VAT id, with the prefix of its country."""

    @property
    def tax_number(self) -> str:
        """Its number at a tax office, without prefix."""


@dataclass(frozen=True, slots=True)
class StatedNumbers:
    """The numbers of a party as its documents state them.

    Attributes:
        vat_id: with its country's prefix; a number without one is no VAT id in the sense of EN 16931 (BR-CO-9).
        tax_number: of the tax office, or the number without prefix, as a Chinese one.
        is_registered: whether it states a number of a register.
    """

    vat_id: str
    tax_number: str
    is_registered: bool = False


def stated_numbers(party: Party, profile: PartyProfile | None) -> StatedNumbers:
    """Read the numbers of a party off its contract and what is told of it besides."""
    prefixes = (party.country, _OTHER_PREFIXES.get(party.country, party.country))
    number = party.vat_id or ""
    vat_id, number = (number, "") if number.startswith(prefixes) else ("", number)
    if profile is None:
        return StatedNumbers(vat_id, number)
    return StatedNumbers(vat_id, profile.tax_number or number, profile.register_number is not None)


def is_cleared(state: ClearingState, seller: str, buyer: str, *, is_consumer: bool) -> bool:
    """Tell whether a state clears what a seller bills, by the countries of both; a foreign seller is never passed over.

    Args:
        state: that clears.
        seller: the country of the seller.
        buyer: the country of the customer; empty where it states none.
        is_consumer: whether the customer has no number.
    """
    if seller != state.country:
        return True
    return (state.abroad or not is_abroad(state, buyer)) and (state.consumers or not is_consumer)


def is_abroad(state: ClearingState, buyer: str) -> bool:
    """Tell whether a customer is in another country than a state."""
    return buyer not in {"", state.country}


def stated(party: NumberedParty) -> str:
    """The number that a party states; empty where it has none."""
    return party.vat_id or party.tax_number


def lacks_seller_number(state: ClearingState, seller: NumberedParty) -> bool:
    """Tell whether a seller has no number of a state, or a malformed one."""
    return not can_be(state.form, stated(seller))


def lacks_buyer_number(state: ClearingState, buyer: NumberedParty, country: str) -> bool:
    """Tell whether a customer states a number that must be one of a state, and is none; who states none lacks none."""
    number = stated(buyer)
    is_of_state = bool(number) if state.country == CHINA else is_polish_number(buyer, country)
    return is_of_state and not can_be(state.form, number)


def is_polish_number(party: NumberedParty, country: str) -> bool:
    """Tell whether a number claims to be a Polish one: by its prefix, or in Poland by having none of another state."""
    prefix = party.vat_id[:PREFIX_LENGTH].upper()
    if prefix == POLAND:
        return True
    return country in {POLAND, ""} and bool(stated(party)) and prefix not in UNION_PREFIXES
