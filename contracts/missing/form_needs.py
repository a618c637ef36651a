"""What each form of an invoice needs of its sides, its contract and its charges: a table as data, with the rules.

A need is named by the rule that refuses a document without it, so that it can be told months before one is due.

Sources: EN 16931-1:2017 (BR-…), XRechnung 3.0 (BR-DE-…), Peppol BIS Billing 3 (PEPPOL-EN16931-R…), FA(3) of KSeF by its
schema, and for e-fapiao the notice of the State Taxation Administration on fully digitalised ones.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from contracts.invoicing import InvoiceForm, InvoicingTerms
from contracts.parties import Party
from contracts.party_profile import PartyProfile
from contracts.party_profiles.numbers import can_be, is_iban


class NeedSubject(StrEnum):
    """Whose a need is."""

    SELLER = "seller"
    BUYER = "buyer"
    CONTRACT = "contract"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class DocumentSide:
    """A side of a document: as the contract states it, and what is told of it besides."""

    party: Party
    profile: PartyProfile | None = None


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """What is asked of a form: the sides, what the customer wants, and one charge where it is of one.

    Attributes:
        terms: how the customer wants its documents.
        seller: who issues.
        buyer: who is billed.
        currency: in which is paid.
        tax_code: of the charge.
    """

    terms: InvoicingTerms
    seller: DocumentSide
    buyer: DocumentSide
    currency: str
    tax_code: str = ""


#: Tells whether something is missing, or malformed.
Lacks: TypeAlias = Callable[[FormQuestion], bool]


@dataclass(frozen=True, slots=True)
class Need:
    """What a form needs.

    Attributes:
        code: of what is said where it is missing; its page says what to do.
        rule: that refuses a document without it.
        term: the business term, where it is one of EN 16931.
        words: the field, in the words of who tells it.
        of: whose it is.
        place: where it is told: in the party's profile, or in the contract, from its side or its charge on.
        lacks: whether it is missing or malformed.
        in_contract: whether it is told in the contract, where it is of a side.
        otherwise: what is made without it, where the document is not held for it.
    """

    code: str
    rule: str
    term: str
    words: str
    of: NeedSubject
    place: str
    lacks: Lacks
    in_contract: bool = False
    otherwise: str = ""


_SELLER, _BUYER = NeedSubject.SELLER, NeedSubject.BUYER


def _side(asked: FormQuestion, of: NeedSubject) -> DocumentSide:
    return asked.seller if of is _SELLER else asked.buyer


def _untold(of: NeedSubject, *steps: str) -> Lacks:
    """Tell whether a field of a side's profile is not told."""

    def lacks(asked: FormQuestion) -> bool:
        value: object = _side(asked, of).profile
        for step in steps:
            value = None if value is None else getattr(value, step)
        return not value

    return lacks


def _no_number(*of_profile: str) -> Lacks:
    """Tell whether a seller has neither a VAT id nor one of some numbers of its profile."""
    return lambda asked: not asked.seller.party.vat_id and all(_untold(_SELLER, name)(asked) for name in of_profile)


def _no_account(asked: FormQuestion) -> bool:
    profile = asked.seller.profile
    return profile is None or (profile.bank_for(asked.currency) is None and profile.creditor_id is None)


def _no_iban(asked: FormQuestion) -> bool:
    bank = None if asked.seller.profile is None else asked.seller.profile.bank_for(asked.currency)
    return bank is not None and not is_iban(bank.account)


def _number_of(side: DocumentSide) -> str:
    """The tax number of a side, as its documents have it: where that of the contract is no VAT id, its profile's."""
    stated, told = side.party.vat_id or "", "" if side.profile is None else side.profile.tax_number or ""
    return stated if stated.startswith(side.party.country) else told or stated


def _is_number(form: str, side: DocumentSide, prefix: str = "") -> bool:
    """Whether the tax number of a side can be one of a form."""
    return can_be(form, _number_of(side).removeprefix(prefix))


def _no_seller_in(country: str, form: str, prefix: str = "") -> Lacks:
    """Tell whether the seller is not established in a country, or has no tax number of it."""
    return lambda asked: asked.seller.party.country != country or not _is_number(form, asked.seller, prefix)


def _no_buyer_of_ksef(asked: FormQuestion) -> bool:
    """Tell whether the buyer is a consumer, who has no number, or has a malformed one of Poland."""
    buyer = asked.buyer
    if buyer.party.country == "PL" and _number_of(buyer):
        return not _is_number("pl.nip", buyer, "PL")
    return not _number_of(buyer) and _untold(_BUYER, "register_number")(asked)


def _no_buyer_of_fapiao(asked: FormQuestion) -> bool:
    """Tell whether the buyer is not in China, or has a malformed number of it."""
    abroad = asked.buyer.party.country != "CN"
    return abroad or (_number_of(asked.buyer) != "" and not _is_number("cn.uscc", asked.buyer))


def _buyer_without_number(asked: FormQuestion) -> bool:
    return asked.buyer.party.country == "CN" and not _number_of(asked.buyer)


def _no_address(of: NeedSubject) -> Lacks:
    """Tell whether neither the contract nor the profile of a side says more of its address than its country."""
    told = tuple(_untold(of, name) for name in ("address", "post_code", "city"))
    return lambda asked: not _side(asked, of).party.address and all(untold(asked) for untold in told)


#: A classification code of goods and services: 19 digits.
_CLASSIFICATION = re.compile(r"[0-9]{19}")

_EN_16931 = (
    Need("seller-number-missing", "BR-CO-26", "BT-31", "a VAT id in its contracts, or its number in a register",
         _SELLER, "register_number", lacks=_no_number("register_number")),
    Need("tax-number-missing", "BR-S-02", "BT-32", "a VAT id in its contracts, or its number at the tax office",
         _SELLER, "tax_number", lacks=_no_number("tax_number")),
)  # fmt: skip
_ADDRESSES = (
    Need("seller-address-missing", "PEPPOL-EN16931-R020", "BT-34", "its electronic address",
         _SELLER, "electronic", lacks=_untold(_SELLER, "electronic")),
    Need("buyer-address-missing", "PEPPOL-EN16931-R010", "BT-49", "its electronic address",
         _BUYER, "electronic", lacks=_untold(_BUYER, "electronic")),
)  # fmt: skip
_XRECHNUNG = (
    *_EN_16931,
    Need("buyer-reference-missing", "BR-DE-15", "BT-10", "the buyer's reference, of a public buyer its Leitweg-ID",
         NeedSubject.CONTRACT, "invoicing/buyer_reference", lacks=lambda asked: asked.terms.buyer_reference is None),
    Need("contact-missing", "BR-DE-5", "BT-41", "the name of its contact",
         _SELLER, "contact/name", lacks=_untold(_SELLER, "contact", "name")),
    Need("phone-missing", "BR-DE-6", "BT-42", "the phone of its contact",
         _SELLER, "contact/phone", lacks=_untold(_SELLER, "contact", "phone")),
    Need("email-missing", "BR-DE-7", "BT-43", "the e-mail address of its contact",
         _SELLER, "contact/email", lacks=_untold(_SELLER, "contact", "email")),
    Need("seller-city-missing", "BR-DE-3", "BT-37", "its city", _SELLER, "city", lacks=_untold(_SELLER, "city")),
    Need("seller-post-code-missing", "BR-DE-4", "BT-38", "its post code",
         _SELLER, "post_code", lacks=_untold(_SELLER, "post_code")),
    Need("buyer-city-missing", "BR-DE-8", "BT-52", "its city", _BUYER, "city", lacks=_untold(_BUYER, "city")),
    Need("buyer-post-code-missing", "BR-DE-9", "BT-53", "its post code",
         _BUYER, "post_code", lacks=_untold(_BUYER, "post_code")),
    Need("account-missing", "BR-DE-1", "BT-84", "an account that is paid to", _SELLER, "banks", lacks=_no_account),
    Need("account-is-no-iban", "BR-DE-19", "BT-84", "an IBAN, for a SEPA transfer", _SELLER, "banks", lacks=_no_iban),
    *_ADDRESSES,
)  # fmt: skip
_PEPPOL = (
    *_EN_16931,
    Need("order-missing", "PEPPOL-EN16931-R003", "BT-13", "the buyer's reference, or the number of its order",
         NeedSubject.CONTRACT, "invoicing/order",
         lacks=lambda asked: asked.terms.buyer_reference is None and asked.terms.order is None),
    *_ADDRESSES,
)  # fmt: skip
_KSEF = (
    Need("seller-nip-missing", "FA(3) Podmiot1/NIP", "BT-31", "its NIP, of a seller in Poland",
         _SELLER, "vat_id", lacks=_no_seller_in("PL", "pl.nip", "PL"), in_contract=True),
    Need("buyer-nip-missing", "FA(3) Podmiot2/NIP", "BT-48", "its NIP, or the tax number that it has abroad",
         _BUYER, "vat_id", lacks=_no_buyer_of_ksef, in_contract=True),
    Need("seller-street-missing", "FA(3) Podmiot1/Adres", "BT-35", "its address",
         _SELLER, "address", lacks=_no_address(_SELLER)),
    Need("buyer-street-missing", "FA(3) Podmiot2/Adres", "BT-50", "its address",
         _BUYER, "address", lacks=_no_address(_BUYER)),
)  # fmt: skip
_FAPIAO = (
    Need("seller-uscc-missing", "e-fapiao, seller's USCC", "BT-31",
         "its unified social credit code, of a seller in China",
         _SELLER, "vat_id", lacks=_no_seller_in("CN", "cn.uscc"), in_contract=True),
    Need("buyer-uscc-missing", "e-fapiao, buyer's USCC", "BT-48",
         "its unified social credit code, of a customer in China",
         _BUYER, "vat_id", lacks=_no_buyer_of_fapiao, in_contract=True),
    Need("buyer-uscc-missing", "e-fapiao, buyer's USCC", "BT-48", "its unified social credit code",
         _BUYER, "vat_id", lacks=_buyer_without_number, in_contract=True,
         otherwise="its fapiao are ordinary ones, from which it deducts no tax"),
    Need("classification-missing", "e-fapiao, classification", "", "the classification code, 19 digits, of the charge",
         NeedSubject.CHARGE, "tax_code", lacks=lambda asked: _CLASSIFICATION.fullmatch(asked.tax_code) is None),
)  # fmt: skip

#: By form, what it needs.
NEEDS: Mapping[InvoiceForm, tuple[Need, ...]] = MappingProxyType({
    InvoiceForm.PDF: (),
    InvoiceForm.UBL: _EN_16931,
    InvoiceForm.CII: _EN_16931,
    InvoiceForm.XRECHNUNG: _XRECHNUNG,
    InvoiceForm.XRECHNUNG_CII: _XRECHNUNG,
    InvoiceForm.PEPPOL: _PEPPOL,
    InvoiceForm.ZUGFERD: _EN_16931,
    InvoiceForm.KSEF: _KSEF,
    InvoiceForm.FAPIAO: _FAPIAO,
})  # fmt: skip
