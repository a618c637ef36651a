"""What the documents of a party say of it beyond its name and country: address, register, bank, contact, numbers.

It is dated and told once for all contracts of the party; each document keeps what counted on its day. These are the
types as they are stored, which every later release reads; what is told is checked as it comes in
(contracts/party_profiles/party_profile_document.py).
"""

from datetime import date
from typing import Annotated, TypeAlias, TypeVar

from pydantic import Field

from contracts.delivery_terms import DeliveryTerms
from contracts.invoicing import PLAIN, InvoiceForm, InvoicingTerms, Language
from contracts.settings import CurrencyCode
from quantities.names import Name
from quantities.terms import Terms
from quantities.worded import worded

Value = TypeVar("Value")
_EAS = worded(r"^([0-9]{4}|EM)$", "a code of the list EAS, as 0204 or 9930")
_ISO_6523 = worded(r"^[0-9]{4}$", "a code of ISO 6523, as 0002 or 0199")
_SHA256 = worded(r"^[0-9a-f]{64}$", "a SHA-256 in hexadecimal, as the logo was answered with")
#: What a profile may leave out: it is not written where there is none.
Perhaps: TypeAlias = Annotated[Value | None, Field(exclude_if=lambda value: value is None)]


class ElectronicAddress(Terms):
    """Where a party takes e-invoices (BT-34, BT-49): an identifier of one scheme of the list EAS, as 9930 or 0204."""

    scheme: Annotated[str, Field(pattern=_EAS)]
    value: Name


class RegisterNumber(Terms):
    """BT-30, BT-47: the number in a register of companies, with its ISO 6523 scheme, if it is of one."""

    value: Name
    scheme: Perhaps[Annotated[str, Field(pattern=_ISO_6523)]] = None


class PartyContact(Terms):
    """BG-6, BG-9: whom to ask."""

    name: Perhaps[Name] = None
    phone: Perhaps[Name] = None
    email: Perhaps[Name] = None


class PartyBank(Terms):
    """An account that is paid to (BG-17).

    Attributes:
        currency: in which it is paid; None takes every currency that no other account has.
        account: BT-84, an IBAN, or the number of an account where there are none.
        holder: BT-85; the party, without it.
        bic: BT-86.
        bank: its name.
    """

    currency: Perhaps[CurrencyCode] = None
    account: Name
    holder: Perhaps[Name] = None
    bic: Perhaps[Name] = None
    bank: Perhaps[Name] = None


class PartyProfile(Terms):
    """What documents say of a party from a day on.

    Attributes:
        party: its name, as contracts name it.
        in_force_from: the first day of issue on which it counts.
        full_name: BT-27, BT-44; the party's name, without it.
        trading_name: BT-28, BT-45.
        address: BT-35, BT-36, BT-162: street and what is added.
        post_code: BT-38, BT-53.
        city: BT-37, BT-52.
        region: BT-39, BT-54.
        register_number: BT-30, BT-47.
        register_note: BT-33: register court, seat, directors, capital, as the law of its country wants them.
        tax_number: BT-32, of the tax office.
        customer_number: BT-46, of a customer at its supplier.
        language: in which it takes documents that no contract says the language of: a payee's.
        form: in which it takes these, likewise; a PDF, without it.
        buyer_reference: BT-10 of these, where it is billed: of a commission.
        electronic: BT-34, BT-49.
        delivery: by which way it takes documents that no contract says the way of: a payee's.
        contact: BG-6, BG-9.
        banks: BG-17, one for a currency.
        creditor_id: BT-90, by which it collects SEPA debits.
        website: for the page.
        logo: the SHA-256 of its logo, in hexadecimal.
    """

    party: Name
    in_force_from: date
    full_name: Perhaps[Name] = None
    trading_name: Perhaps[Name] = None
    address: Annotated[tuple[Name, ...], Field(max_length=3, exclude_if=lambda lines: not lines)] = ()
    post_code: Perhaps[Name] = None
    city: Perhaps[Name] = None
    region: Perhaps[Name] = None
    register_number: Perhaps[RegisterNumber] = None
    register_note: Perhaps[Name] = None
    tax_number: Perhaps[Name] = None
    customer_number: Perhaps[Name] = None
    language: Perhaps[Language] = None
    form: Perhaps[InvoiceForm] = None
    buyer_reference: Perhaps[Name] = None
    electronic: Perhaps[ElectronicAddress] = None
    delivery: Perhaps[DeliveryTerms] = None
    contact: Perhaps[PartyContact] = None
    banks: Annotated[tuple[PartyBank, ...], Field(exclude_if=lambda banks: not banks)] = ()
    creditor_id: Perhaps[Name] = None
    website: Perhaps[Name] = None
    logo: Perhaps[Annotated[str, Field(pattern=_SHA256)]] = None

    @property
    def as_payee(self) -> InvoicingTerms:
        """How it takes documents that no contract says it of: those between a supplier and its payee."""
        stated = {name: getattr(self, name) for name in ("language", "form", "buyer_reference", "delivery")}
        return PLAIN.model_copy(update={name: value for name, value in stated.items() if value is not None})

    def bank_for(self, currency: str) -> PartyBank | None:
        """Find the account that a currency is paid to: its own, else that of all others; None where there is none."""
        of_currency = next((bank for bank in self.banks if bank.currency == currency), None)
        return of_currency or next((bank for bank in self.banks if bank.currency is None), None)
