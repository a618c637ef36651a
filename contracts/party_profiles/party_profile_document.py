"""The profile of a party as somebody tells it: every number is checked, and all faults come at once.

What is checked is length, form and check digits (``numbers``, ``schemes``); blanks between groups of digits are left
out.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.invoicing import InvoiceForm
from contracts.party_profile import ElectronicAddress, PartyBank, PartyContact, PartyProfile, Perhaps, RegisterNumber
from contracts.party_profiles import schemes
from contracts.party_profiles.numbers import can_be, is_iban, is_like_an_iban, without_blanks
from quantities.document import Fault, FaultyDocument, parse, refuse
from quantities.names import Name

#: BR-DE-27: at least three digits.
_PHONE = re.compile(r"(.*[0-9]){3}.*")
#: BR-DE-28: one @, which no blank and no full stop stands beside.
_EMAIL = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")


def _phone(phone: str) -> str:
    if _PHONE.fullmatch(phone) is None:
        refuse([Fault("", "not-a-phone", "a phone number has three digits at least (BR-DE-27)", phone, "+49 40 1234")])
    return phone


def _email(email: str) -> str:
    if _EMAIL.fullmatch(email) is None:
        detail = "an e-mail address has one @, and no blank nor full stop beside it (BR-DE-28)"
        refuse([Fault("", "not-an-email", detail, email, "bills@example.com")])
    return email


def _account(account: str) -> str:
    if not is_like_an_iban(account):
        return account
    if not is_iban(account):
        detail = "it is written like an IBAN, and its length or its check digits are wrong"
        refuse([Fault("", "not-an-iban", detail, account, "an IBAN, as DE89 3704 0044 0532 0130 00")])
    return without_blanks(account).upper()


def _bic(bic: str) -> str:
    if not can_be("bic", bic):
        refuse([Fault("", "not-a-bic", "a BIC has 8 or 11 letters and digits", bic, "a BIC, as COBADEFFXXX")])
    return without_blanks(bic).upper()


def _creditor(creditor: str) -> str:
    if not can_be("eu.at_02", creditor):
        detail = "a SEPA creditor identifier has other check digits"
        refuse([Fault("", "not-a-creditor-id", detail, creditor, "an identifier, as DE98ZZZ09999999999")])
    return without_blanks(creditor).upper()


def _form_of_payee(form: InvoiceForm) -> InvoiceForm:
    if form is InvoiceForm.FAPIAO:
        detail = "China takes no fapiao that a buyer makes out, and a commission has no classification code"
        refuse([Fault("", "not-a-form-of-payees", detail, form.value, "another form, as pdf or peppol")])
    return form


def _not_of_scheme(scheme: str, value: str) -> Fault:
    title = schemes.title(scheme)
    return Fault("/value", "not-of-its-scheme", f"its form or its check digits are not those of: {title}", value, title)


class ElectronicAddressDocument(ElectronicAddress):
    """Where a party takes e-invoices (BT-34, BT-49): an identifier of one scheme of the list EAS, as 9930 or 0204."""

    value: Annotated[Name, AfterValidator(without_blanks)]

    @model_validator(mode="after")
    def _is_of_its_scheme(self) -> Self:
        if self.scheme not in schemes.EAS:
            detail = "the list EAS has no such scheme"
            refuse([Fault("/scheme", "unknown-scheme", detail, self.scheme, "a code of EAS, as 0204 or 9930")])
        if not schemes.takes(self.scheme, self.value):
            refuse([_not_of_scheme(self.scheme, self.value)])
        return self


class RegisterNumberDocument(RegisterNumber):
    """BT-30, BT-47: the number in a register of companies, with its ISO 6523 scheme, if it is of one."""

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, number: Any) -> Any:
        """Leave out the blanks of a number of a scheme; of another one they may be part of it, as in HRB 4711."""
        if isinstance(number, dict) and number.get("scheme") and isinstance(number.get("value"), str):
            return {**number, "value": without_blanks(number["value"].strip())}
        return number

    @model_validator(mode="after")
    def _is_of_its_register(self) -> Self:
        if self.scheme is None:
            return self
        if not schemes.is_register(self.scheme):
            detail = "ISO 6523 has no such register"
            refuse([Fault("/scheme", "unknown-scheme", detail, self.scheme, "a code of ISO 6523, as 0002 or 0199")])
        if not schemes.takes(self.scheme, self.value):
            refuse([_not_of_scheme(self.scheme, self.value)])
        return self


class PartyContactDocument(PartyContact):
    """BG-6, BG-9: whom to ask."""

    phone: Perhaps[Annotated[Name, AfterValidator(_phone)]] = None
    email: Perhaps[Annotated[Name, AfterValidator(_email)]] = None


class PartyBankDocument(PartyBank):
    """An account that is paid to (BG-17); of a currency, or of every one that no other account has."""

    account: Annotated[Name, AfterValidator(_account)]
    bic: Perhaps[Annotated[Name, AfterValidator(_bic)]] = None


def _repeated_currencies(banks: Sequence[Any]) -> tuple[Fault, ...]:
    """Find accounts whose currency one before them has, among accounts or what a document has in their place."""
    seen, faults = set[str](), list[Fault]()
    for at, bank in enumerate(banks):
        if not isinstance(bank, PartyBank | dict):
            continue
        currency = bank.currency if isinstance(bank, PartyBank) else bank.get("currency")
        known = str(currency or "any other")
        if known in seen:
            detail = f"two accounts for {known}: it would not be known which is paid to"
            faults.append(Fault(f"/{at}", "two-accounts", detail, known, "one account for each currency"))
        seen.add(known)
    return tuple(faults)


def _one_for_a_currency(banks: tuple[PartyBankDocument, ...]) -> tuple[PartyBankDocument, ...]:
    refuse(_repeated_currencies(banks))
    return banks


class PartyProfileDocument(PartyProfile):
    """What documents say of a party from a day on, as it is told."""

    register_number: Perhaps[RegisterNumberDocument] = None
    electronic: Perhaps[ElectronicAddressDocument] = None
    contact: Perhaps[PartyContactDocument] = None
    banks: Annotated[
        tuple[PartyBankDocument, ...], AfterValidator(_one_for_a_currency), Field(exclude_if=lambda banks: not banks)
    ] = ()
    creditor_id: Perhaps[Annotated[Name, AfterValidator(_creditor), Field(max_length=35)]] = None
    form: Perhaps[Annotated[InvoiceForm, AfterValidator(_form_of_payee)]] = None


def read_profile(document: Any) -> PartyProfile:
    """Read a profile from its document.

    Raises:
        FaultyDocument: with every fault; a malformed account does not hide that two are for one currency.
    """
    try:
        told = parse(PartyProfileDocument, document)
    except FaultyDocument as refusal:
        banks = document.get("banks") if isinstance(document, dict) else None
        repeated = _repeated_currencies(banks) if isinstance(banks, list) else ()
        known = {(fault.path, fault.code) for fault in refusal.faults}
        more = [replace(fault, path=f"/banks{fault.path}") for fault in repeated]
        raise FaultyDocument((*refusal.faults, *(one for one in more if (one.path, one.code) not in known))) from None
    return PartyProfile.model_validate(told.model_dump(mode="json"))
