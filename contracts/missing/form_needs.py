"""What each form of an invoice needs of its sides, its contract and its charges: a table as data, with the rules.

A need is named by the rule that refuses a document without it, so that it can be told months before one is due.

Sources: EN 16931-1:2017 (BR-…), XRechnung 3.0 (BR-DE-…), Peppol BIS Billing 3 (PEPPOL-EN16931-R…), FA(3) of KSeF by its
schema, and for e-fapiao the notice of the State Taxation Administration on fully digitalised ones.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from contracts.invoicing import InvoiceForm, InvoicingTerms
from contracts.missing.state_parties import (
    CHINA,
    CLEARING_STATES,
    ClearingState,
    is_cleared,
    lacks_buyer_number,
    lacks_seller_number,
    stated,
    stated_numbers,
)
from contracts.parties import Party
from contracts.party_profile import PartyProfile
from contracts.party_profiles.numbers import is_iban
from contracts.party_profiles.schemes import PEPPOL


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
        bills_untaxed: whether something is billed outside the scope of VAT, which stands on a document without VAT ids.
        is_self_billed: whether the buyer makes it out.
    """

    terms: InvoicingTerms
    seller: DocumentSide
    buyer: DocumentSide
    currency: str
    tax_code: str = ""
    bills_untaxed: bool = False
    is_self_billed: bool = False


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


def _no_participant(of: NeedSubject) -> Lacks:
    """Tell whether an electronic address that is told is of a scheme which no participant of Peppol has."""

    def lacks(asked: FormQuestion) -> bool:
        profile = _side(asked, of).profile
        electronic = None if profile is None else profile.electronic
        return electronic is not None and electronic.scheme not in PEPPOL

    return lacks


def _no_register(asked: FormQuestion) -> bool:
    """Tell whether a seller has no number but its VAT id, which a document outside the scope of VAT must not bear."""
    has_vat_id = bool(stated_numbers(asked.seller.party, asked.seller.profile).vat_id)
    return asked.bills_untaxed and has_vat_id and _untold(_SELLER, "register_number")(asked)


def _if_cleared(state: ClearingState, lacks: Lacks) -> Lacks:
    """Ask only of what a state clears; whom it does not clear lacks nothing for it."""

    def lacking(asked: FormQuestion) -> bool:
        buyer = stated_numbers(asked.buyer.party, asked.buyer.profile)
        countries = asked.seller.party.country, asked.buyer.party.country
        is_consumer = not stated(buyer) and not buyer.is_registered
        return is_cleared(state, *countries, is_consumer=is_consumer) and lacks(asked)

    return lacking


def _no_seller_number(state: ClearingState) -> Lacks:
    def lacks(asked: FormQuestion) -> bool:
        seller = asked.seller
        is_abroad = seller.party.country != state.country
        return is_abroad or lacks_seller_number(state, stated_numbers(seller.party, seller.profile))

    return _if_cleared(state, lacks)


def _no_buyer_number(state: ClearingState) -> Lacks:
    def lacks(asked: FormQuestion) -> bool:
        buyer = asked.buyer
        return lacks_buyer_number(state, stated_numbers(buyer.party, buyer.profile), buyer.party.country)

    return _if_cleared(state, lacks)


def _no_address(of: NeedSubject) -> Lacks:
    """Tell whether neither the contract nor the profile of a side says more of its address than its country."""
    untold = tuple(_untold(of, name) for name in ("address", "post_code", "city"))
    return lambda asked: not _side(asked, of).party.address and all(lacks(asked) for lacks in untold)


def _no_number_at_all(asked: FormQuestion) -> bool:
    """Tell whether a customer in China states no number; abroad none is asked for."""
    numbers = stated_numbers(asked.buyer.party, asked.buyer.profile)
    return asked.buyer.party.country == CHINA and not stated(numbers)


def _between_germans(needs: Iterable[Need]) -> tuple[Need, ...]:
    """What Peppol asks of a billing between two German parties: XRechnung's rules BR-DE-1 to 15, as DE-R-001 to 015."""

    def between(lacks: Lacks) -> Lacks:
        def lacking(asked: FormQuestion) -> bool:
            countries = {asked.seller.party.country, asked.buyer.party.country}
            return countries == {"DE"} and not asked.is_self_billed and lacks(asked)

        return lacking

    german = (need for need in needs if need.rule in _DE_R)
    return tuple(replace(need, rule=_DE_R[need.rule], lacks=between(need.lacks)) for need in german)


#: A classification code of goods and services: 19 digits.
_CLASSIFICATION = re.compile(r"[0-9]{19}")

_EN_16931 = (
    Need("seller-number-missing", "BR-CO-26", "BT-31", "a VAT id in its contracts, or its number in a register",
         _SELLER, "register_number", lacks=_no_number("register_number")),
    Need("register-missing", "BR-CO-26", "BT-30",
         "its number in a register, for damages and deposits stand without VAT ids (BR-O-02)",
         _SELLER, "register_number", lacks=_no_register),
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
#: By rule of XRechnung, the same as Peppol has it.
_DE_R = {f"BR-DE-{number}": f"DE-R-{number:03}" for number in (1, 3, 4, 5, 6, 7, 8, 9, 15, 19)}
_PEPPOL = (
    *_EN_16931,
    Need("order-missing", "PEPPOL-EN16931-R003", "BT-13", "the buyer's reference, or the number of its order",
         NeedSubject.CONTRACT, "invoicing/order",
         lacks=lambda asked: asked.terms.buyer_reference is None and asked.terms.order is None),
    *_between_germans(_XRECHNUNG),
    *_ADDRESSES,
    Need("seller-not-in-peppol", "PEPPOL-EN16931-CL008", "BT-34",
         "an electronic address by which participants of Peppol are known, as of scheme 9930 or 0204",
         _SELLER, "electronic/scheme", lacks=_no_participant(_SELLER)),
    Need("buyer-not-in-peppol", "PEPPOL-EN16931-CL008", "BT-49",
         "an electronic address by which participants of Peppol are known, as of scheme 9930 or 0204",
         _BUYER, "electronic/scheme", lacks=_no_participant(_BUYER)),
)  # fmt: skip
_POLAND, _CHINA = CLEARING_STATES[InvoiceForm.KSEF], CLEARING_STATES[InvoiceForm.FAPIAO]
_KSEF = (
    Need("seller-nip-missing", "FA(3) Podmiot1/NIP", "BT-31", "its NIP, of a seller in Poland",
         _SELLER, "vat_id", lacks=_no_seller_number(_POLAND), in_contract=True),
    Need("buyer-nip-missing", "FA(3) Podmiot2/NIP", "BT-48", "a NIP, or no number",
         _BUYER, "vat_id", lacks=_no_buyer_number(_POLAND), in_contract=True),
    Need("seller-street-missing", "FA(3) Podmiot1/Adres", "BT-35", "its address",
         _SELLER, "address", lacks=_if_cleared(_POLAND, _no_address(_SELLER))),
    Need("buyer-street-missing", "FA(3) Podmiot2/Adres", "BT-50", "its address",
         _BUYER, "address", lacks=_if_cleared(_POLAND, _no_address(_BUYER))),
)  # fmt: skip
_FAPIAO = (
    Need("seller-uscc-missing", "e-fapiao, seller's USCC", "BT-31",
         "its unified social credit code, of a seller in China",
         _SELLER, "vat_id", lacks=_no_seller_number(_CHINA), in_contract=True),
    Need("buyer-uscc-missing", "e-fapiao, buyer's USCC", "BT-48", "a unified social credit code, or no number",
         _BUYER, "vat_id", lacks=_no_buyer_number(_CHINA), in_contract=True),
    Need("buyer-uscc-missing", "e-fapiao, buyer's USCC", "BT-48", "its unified social credit code",
         _BUYER, "vat_id", lacks=_if_cleared(_CHINA, _no_number_at_all), in_contract=True,
         otherwise="its fapiao are ordinary ones, from which it deducts no tax"),
    Need("classification-missing", "e-fapiao, classification", "", "the classification code, 19 digits, of the charge",
         NeedSubject.CHARGE, "tax_code",
         lacks=_if_cleared(_CHINA, lambda asked: _CLASSIFICATION.fullmatch(asked.tax_code) is None)),
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
