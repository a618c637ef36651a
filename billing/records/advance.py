"""What a document claims before it is supplied, and what a document draws of such claims."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from billing.records.proof import TaxProof
from billing.records.record import Number, Optionally, Record
from billing.tax.tax import TaxCategory


class AdvanceKind(StrEnum):
    """Why it is claimed: to top credit up, or for the use of a period that has not ended, on account."""

    TOP_UP = "top_up"
    ON_ACCOUNT = "on_account"


class AdvanceLine(Record):
    """A line of a claim.

    Attributes:
        charge: whose price it is for, and whose tax it bears.
        net: that is claimed.
        category: of its tax.
        rate: in percent.
        reason: what the document says where no tax is charged.
        tax: on what the tax rests.
        used: of a claim on account, what the charge came to by then, less what the period is reduced by; net.
        before: likewise, what was on account of it already.
    """

    charge: str
    net: Number
    category: TaxCategory
    rate: Number
    reason: Annotated[str, Field(exclude_if=lambda reason: not reason)] = ""
    tax: Optionally[TaxProof] = None
    used: Optionally[Number] = None
    before: Optionally[Number] = None


class AdvanceRecord(Record):
    """What a document claims before it is supplied.

    Attributes:
        kind: why.
        claimed: the day of the claim, in the contract's zone; its tax point.
        first: the first day of the period that it is on account of; of a top-up the day of the claim.
        after_last: the day after the last one.
        lines: that it claims.
        reached: of a claim on account, how many times the agreed amount the use had reached.
        expires: of a top-up, the first day on which it is not drawn any more.
        automatic: whether the product claimed it by the terms, and nobody asked for it.
    """

    kind: AdvanceKind
    claimed: date
    first: date
    after_last: date
    lines: tuple[AdvanceLine, ...]
    reached: Optionally[int] = None
    expires: Optionally[date] = None
    automatic: bool = False


class DrawRecord(Record):
    """What a document draws of a claim.

    Attributes:
        document: the key of the document that claimed it.
        number: of that document.
        paid: of a top-up, what of its net amount was paid by then; None of a claim on account, of which all is drawn.
        net: that is drawn, without a sign.
    """

    document: int
    number: str
    paid: Optionally[Number] = None
    net: Number
