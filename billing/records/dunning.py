"""What a letter about late documents says, and what a claim for the delay was made of: rates, days and amounts."""

from datetime import date
from typing import Annotated

from pydantic import Field

from billing.records.index_value import IndexValueRecord
from billing.records.invoicing import InvoicingRecord
from billing.records.record import Number, Optionally, Record, StoredRecord
from contracts.dunning_terms import InterestTerms
from contracts.parties import Party


class InterestDaysRecord(Record):
    """Days in a row that bear interest alike.

    Attributes:
        first: the first.
        last: the last, inclusive.
        days: how many count.
        year_days: of how many a year is.
        amount: that was open and not disputed as each of them began.
        rate: percent a year.
        base: the value of the base rate; None where the contract names the rate itself.
    """

    first: date
    last: date
    days: int
    year_days: int
    amount: Number
    rate: Number
    base: Optionally[IndexValueRecord] = None


class CorrectedClaim(Record):
    """The document that claimed what is given back."""

    invoice: int
    number: str


class LateClaimRecord(Record):
    """What is claimed of one document for its delay, or given back of it.

    Attributes:
        invoice: the key of the document.
        number: of it.
        due_on: until when it was to be paid.
        fee: claimed; below zero, given back.
        interest: likewise: what the days come to less what was claimed before.
        through: the last day whose interest is claimed; None where none is.
        terms: by which interest is computed; None where none is.
        days: all days that bear interest by then, in order.
        interest_before: what was claimed of these days before.
        corrects: the document that claimed what is given back; None of what is claimed.
    """

    invoice: int
    number: str
    due_on: date
    fee: Number
    interest: Number
    through: Optionally[date] = None
    terms: Optionally[InterestTerms] = None
    days: Annotated[tuple[InterestDaysRecord, ...], Field(exclude_if=lambda days: not days)] = ()
    interest_before: Number
    corrects: Optionally[CorrectedClaim] = None


class LateClaimsRecord(Record):
    """What a document for late payment was made of.

    Attributes:
        on: the day of it.
        claims: by document, in the order of the lines.
    """

    on: date
    claims: tuple[LateClaimRecord, ...]


class LetteredDocument(Record):
    """A late document as a letter lists it.

    Attributes:
        invoice: its key.
        number: of it.
        contract: its reference.
        issued_on: its date.
        due_on: until when it was to be paid.
        days_late: for how many days it is late; 0 where the letter withdraws a step.
        gross: of it.
        open: what is open of it.
        disputed: what of that is disputed, and not asked for.
        step: the kind of its step; of a step that is withdrawn, that of the step.
        withdrawn: the letter that is withdrawn for it, by its name; None of a step that is made.
        fee: claimed with the letter, or given back.
        interest: likewise.
    """

    invoice: int
    number: str
    contract: str
    issued_on: date
    due_on: date
    days_late: int
    gross: Number
    open: Number
    disputed: Number
    step: str
    withdrawn: Optionally[str] = None
    fee: Number
    interest: Number


class DunningLetterContent(StoredRecord):
    """What a letter says.

    Attributes:
        supplier: who writes.
        customer: to whom.
        invoicing: in which language, with what counted of both sides.
        zone: whose local days it means.
        documents: that it is about, the oldest first.
        claim: the number of the document that claims, or gives back, fees and interest; None where none does.
        to: the mail addresses that it goes to; none where a person sends it.
    """

    supplier: Party
    customer: Party
    invoicing: Optionally[InvoicingRecord] = None
    zone: str
    documents: tuple[LetteredDocument, ...]
    claim: Optionally[str] = None
    to: tuple[str, ...] = ()
