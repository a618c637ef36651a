"""The parties of a document, in the business terms of EN 16931."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier with the list that it is from.

    Attributes:
        value: without blanks.
        scheme: the code of its list: of a registration or an object ISO 6523 ICD (``0204``) or UNTDID 1153, of an
            electronic address the list EAS; empty where the value stands for itself.
    """

    value: str
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """BG-5, BG-8, BG-12, BG-15.

    Attributes:
        lines: BT-35, BT-36, BT-162 of a seller (BT-50, BT-51, BT-163 of a buyer): street and what is added, three at
            most in an e-invoice.
        city: BT-37, BT-52.
        post_code: BT-38, BT-53.
        region: BT-39, BT-54.
        country: BT-40, BT-55, ISO 3166-1, two letters.
    """

    lines: tuple[str, ...] = ()
    city: str = ""
    post_code: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """BG-6, BG-9.

    Attributes:
        name: BT-41, BT-56: a person or a department.
        phone: BT-42, BT-57.
        email: BT-43, BT-58.
    """

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class BusinessParty:
    """A seller (BG-4), a buyer (BG-7), a payee (BG-10) or a tax representative (BG-11).

    Attributes:
        name: BT-27, BT-44, BT-59: its full name.
        trading_name: BT-28, BT-45.
        identifiers: BT-29, BT-46, as the customer's number at the seller.
        registration: BT-30, BT-47: its number in a register of companies, with ICD scheme where it is of one.
        register_note: BT-33, what its law wants on its letters: register court, seat, managing directors, capital.
        vat_id: BT-31, BT-48, with its country's prefix; empty of who has none.
        tax_number: BT-32, the number of the tax office, where there is no VAT id or besides it.
        address: BG-5, BG-8.
        electronic: BT-34, BT-49 with its EAS scheme; None where none is known.
        contact: BG-6, BG-9.
        website: for the page alone.
        logo: the SHA-256 of its logo in hexadecimal, for the page and the PDF; empty where it has none.
    """

    name: str
    address: PostalAddress
    trading_name: str = ""
    identifiers: tuple[Identifier, ...] = ()
    registration: Identifier | None = None
    register_note: str = ""
    vat_id: str = ""
    tax_number: str = ""
    electronic: Identifier | None = None
    contact: ContactPoint = ContactPoint()
    website: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """BG-17, an account to pay to.

    Attributes:
        account: BT-84: an IBAN without blanks, or the number of an account where there are no IBANs.
        holder: BT-85.
        bic: BT-86, or empty.
        bank: the bank's name, for the page alone.
    """

    account: str
    holder: str = ""
    bic: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """BG-19.

    Attributes:
        mandate: BT-89.
        creditor: BT-90.
        account: BT-91, the payer's.
    """

    mandate: str
    creditor: str
    account: str = ""
