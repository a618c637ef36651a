"""A fact that is to be posted: in whose books, on which day, and what its postings are."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.ledger.entry import Posting


class Cause(StrEnum):
    """Of what an entry is. Each fact of a cause is posted once."""

    DOCUMENT = "document"
    VOID = "void"
    PAYMENT = "payment"
    ALLOCATION = "allocation"
    WRITE_OFF = "write_off"
    PAYEE_DOCUMENT = "payee_document"
    PAYEE_VOID = "payee_void"
    PAYOUT = "payout"
    GATEWAY_BALANCE = "gateway_balance"
    BANK_ENTRY = "bank_entry"
    # what the close of a month makes
    ACCRUAL = "accrual"
    ACCRUAL_REVERSED = "accrual_reversed"
    REVALUATION = "revaluation"
    BREAKAGE = "breakage"
    RENT = "rent"


@dataclass(frozen=True, slots=True)
class FactToPost:
    """What is to be posted of a fact.

    Attributes:
        issuer_id: in whose books.
        happened_on: the day, in these books.
        currency: of its postings.
        words: what the entry says.
        postings: in that currency; without any nothing is posted, and the fact is done.
        party_id: the customer or the payee.
        document: the number of the document that it is of.
        reverses: the cause and the key of the fact whose entry it takes back; then its postings are those of that.
    """

    issuer_id: int
    happened_on: date
    currency: str
    words: str
    postings: tuple[Posting, ...] = ()
    party_id: int | None = None
    document: str = ""
    reverses: tuple[Cause, int] | None = None
