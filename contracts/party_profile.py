"""What the documents of a party say of it beyond its name and country: address, register, bank, contact, numbers.

It is dated and told once for all contracts of the party; each document keeps what counted on its day.
"""

from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.settings import CurrencyCode
from quantities.names import Name
from quantities.terms import Terms


class ElectronicAddress(Terms):
    """Where a party takes e-invoices (BT-34, BT-49): an identifier of one scheme of the list EAS, as 9930 or 0204."""

    scheme: Annotated[str, Field(pattern=r"^[0-9]{4}$|^EM$")]
    value: Name


class RegisterNumber(Terms):
    """BT-30, BT-47: the number in a register of companies, with its ISO 6523 scheme, if it is of one."""

    value: Name
    scheme: Annotated[str, Field(pattern=r"^[0-9]{4}$")] | None = None


class PartyContact(Terms):
    """BG-6, BG-9: whom to ask."""

    name: Name | None = None
    phone: Name | None = None
    email: Name | None = None


class PartyBank(Terms):
    """An account that is paid to (BG-17).

    Attributes:
        currency: in which it is paid; None takes every currency that no other account has.
        account: BT-84, an IBAN, or the number of an account where there are none.
        holder: BT-85; the party, without it.
        bic: BT-86.
        bank: its name.
    """

    currency: CurrencyCode | None = None
    account: Name
    holder: Name | None = None
    bic: Name | None = None
    bank: Name | None = None


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
        electronic: BT-34, BT-49.
        contact: BG-6, BG-9.
        banks: BG-17, one for a currency.
        creditor_id: BT-90, by which it collects SEPA debits.
        website: for the page.
        logo: the SHA-256 of its logo, in hexadecimal.
    """

    party: Name
    in_force_from: date
    full_name: Name | None = None
    trading_name: Name | None = None
    address: tuple[Name, ...] = ()
    post_code: Name | None = None
    city: Name | None = None
    region: Name | None = None
    register_number: RegisterNumber | None = None
    register_note: Name | None = None
    tax_number: Name | None = None
    customer_number: Name | None = None
    electronic: ElectronicAddress | None = None
    contact: PartyContact | None = None
    banks: tuple[PartyBank, ...] = ()
    creditor_id: Name | None = None
    website: Name | None = None
    logo: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
