"""What a Swiss QR code holds: the data of a payment in CHF or EUR to an account of Switzerland or Liechtenstein.

Source: SIX, Swiss Implementation Guidelines for the QR-bill, version 2.3: addresses are structured (type S).
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from stdnum import iban
from stdnum.ch import esr
from stdnum.exceptions import ValidationError

from billing.documents.invoice.qr import QrCode, qr_code
from billing.documents.invoice.speech import CREDITS, SELF_BILLED
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BusinessParty

_COUNTRIES = frozenset({"CH", "LI"})
_CURRENCIES = frozenset({"CHF", "EUR"})
_QR_INSTITUTES = range(30000, 32000)  # of QR-IBANs
_AMOUNT_HIGHEST = Decimal("999999999.99")
_LONGEST = {"name": 70, "street": 70, "number": 16, "post_code": 16, "city": 35}
_MESSAGE_LONGEST = 140
_QR_REFERENCE_DIGITS = 27
#: The letters of a Swiss QR code: basic Latin, Latin-1, Latin Extended-A, four Romanian ones, the euro.
_LETTERS = re.compile(r"[\u0020-\u007e\u00a0-\u017f\u0218-\u021b\u20ac]*")


@dataclass(frozen=True, slots=True)
class SwissPayment:
    """The fields of a Swiss QR code, as they are printed too.

    Attributes:
        iban: of who is paid.
        creditor: name, street, post code, town, country.
        amount: with two decimals.
        currency: CHF or EUR.
        debtor: as ``creditor``; empty where the customer's name or address is in other letters.
        kind: QRR, SCOR or NON: what the reference is.
        reference: of 27 digits, RF…, or empty.
        message: to who is paid.
    """

    iban: str
    creditor: tuple[str, str, str, str, str]
    amount: str
    currency: str
    debtor: tuple[str, str, str, str, str] | None
    kind: str
    reference: str
    message: str

    @property
    def payload(self) -> str:
        """The content of the code: a line a field, in the one order."""
        fields = [
            *("SPC", "0200", "1", self.iban),
            *_address(self.creditor),
            *("",) * 7,  # the ultimate creditor, not in use
            *(self.amount, self.currency),
            *(_address(self.debtor) if self.debtor else ("",) * 7),
            *(self.kind, self.reference, self.message, "EPD"),
        ]
        return "\n".join(fields)

    @property
    def code(self) -> QrCode:
        """The code: correction level M, version 25 at most, UTF-8."""
        return qr_code(self.payload)


def swiss_payment(document: BusinessDocument) -> SwissPayment | None:
    """The payment of a document as a Swiss QR-bill has it.

    Returns:
        None where it is none: another country, currency or account, nothing to pay, names in other letters. None as
        well of a QR-IBAN without a QR reference (27 digits), to which a bank would pay nothing; it is still named.
    """
    payment, amount = document.payment, document.totals.payable
    if document.document_type in CREDITS | SELF_BILLED or document.state != "issued":
        return None
    if document.currency not in _CURRENCIES or not payment.accounts or not 0 < amount <= _AMOUNT_HIGHEST:
        return None
    account = payment.accounts[0]
    if account.account[:2] not in _COUNTRIES or not iban.is_valid(account.account):
        return None
    reference = payment.reference.replace(" ", "")
    kind = _kind(account.account, reference)
    creditor = _party(document.seller, account.holder or document.seller.name)
    if kind is None or creditor is None:
        return None
    return SwissPayment(
        iban=account.account,
        creditor=creditor,
        amount=f"{amount:.2f}",
        currency=document.currency,
        debtor=_party(document.buyer, document.buyer.name),
        kind=kind,
        reference="" if kind == "NON" else reference,
        message=document.number[:_MESSAGE_LONGEST],
    )


def _kind(account: str, reference: str) -> str | None:
    """What a reference is; None where the account takes another one."""
    if int(account[4:9]) in _QR_INSTITUTES:
        return "QRR" if len(reference) == _QR_REFERENCE_DIGITS and _is_qr_reference(reference) else None
    return "SCOR" if reference.startswith("RF") else "NON"


def _is_qr_reference(reference: str) -> bool:
    try:
        esr.validate(reference)
    except ValidationError:
        return False
    return True


def _party(party: BusinessParty, name: str) -> tuple[str, str, str, str, str] | None:
    """Name and address; None where it has none, or is written in other letters than a Swiss QR code has."""
    address = party.address
    street = ", ".join(address.lines)
    fields = (
        name[: _LONGEST["name"]],
        street[: _LONGEST["street"]],
        address.post_code[: _LONGEST["post_code"]],
        address.city[: _LONGEST["city"]],
        address.country,
    )
    if not (fields[0] and fields[2] and fields[3] and fields[4]):
        return None
    return fields if all(_LETTERS.fullmatch(field) for field in fields) else None


def _address(fields: tuple[str, str, str, str, str]) -> tuple[str, ...]:
    name, street, post_code, city, country = fields
    return ("S", name, street, "", post_code, city, country)
