"""What a document and its ratings were computed from, besides readings: enough to compute them again for ever."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from billing.records.advance import AdvanceRecord, DrawRecord
from billing.records.changes import Change
from billing.records.credit import CreditRecord
from billing.records.document_type import DocumentRules
from billing.records.dunning import LateClaimsRecord
from billing.records.index_value import IndexValueRecord
from billing.records.invoicing import InvoicingRecord
from billing.records.record import Number, Optionally, Record, StoredRecord
from billing.tax.jurisdiction import TaxRounding
from contracts.cash_discount import CashDiscount
from contracts.contract import Contract
from contracts.life import Suspension
from contracts.parties import Party
from contracts.schedule import BillingPeriod

#: What charges carry on, by charge: for its ``rule`` and what is ``included``, a state that says what it is
#: (contracts/carried_state.py). Releases before wrote the bare values, which are its rule's own JSON.
CarriedStates: TypeAlias = Mapping[str, Mapping[str, Any]]


#: How an end is written that a contract does not have yet.
OPEN_END = "open"


class Days(NamedTuple):
    """Local days: the first, and the day after the last."""

    first: date
    after_last: date


def _days(value: object) -> object:
    return tuple(value.split("/")) if isinstance(value, str) else value


def _days_as_text(days: Days) -> str:
    return f"{days.first}/{days.after_last}"


#: In JSON as 2026-01-01/2026-02-01.
StoredDays: TypeAlias = Annotated[
    Days,
    BeforeValidator(_days),
    PlainSerializer(_days_as_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}/\d{4}-\d{2}-\d{2}$"}),
]


class SegmentRecord(Record):
    """Days for which one contract version counts.

    Attributes:
        version_id: the key of the version.
        days: that are billed.
        whole: the whole period that they are part of.
        charges: that are billed of them, by name; None for all that the version has.
        lasts_until: the first day after the contract by its newest version, or ``open``; None where this version states
            the same, and where it was rated by a release that did not ask.
        suspended: the days on which the contract is suspended by its newest version, as ``lasts_until``.
        piece_of: the days that they are a piece of, because the price of these charges moves within them, or some of
            them are disputed.
    """

    version_id: Annotated[int, Field(alias="version")]
    days: StoredDays
    whole: StoredDays
    charges: Optionally[tuple[str, ...]] = None
    lasts_until: Optionally[str] = None
    suspended: Optionally[tuple[StoredDays, ...]] = None
    piece_of: Optionally[StoredDays] = None

    def terms(self, of_version: Contract) -> Contract:
        """The terms of its version, with the life that the contract has."""
        until, suspensions = of_version.until, of_version.suspensions
        if self.lasts_until is not None:
            until = None if self.lasts_until == OPEN_END else date.fromisoformat(self.lasts_until)
        if self.suspended is not None:
            suspensions = tuple(Suspension(first=days.first, after_last=days.after_last) for days in self.suspended)
        return of_version.living(until, suspensions)

    @property
    def period(self) -> BillingPeriod:
        """The days, and the whole period that they are part of."""
        return BillingPeriod(*self.days, *self.whole)


class RuleRecord(Record):
    """The rule of a charge, and the number of its arithmetic."""

    rule: str
    arithmetic: int


class DisputedDays(NamedTuple):
    """A charge that a rating leaves out, from one day on until the day before another."""

    charge: str
    first: date
    after_last: date


class HeldApartNote(Record):
    """What an accepted dispute leaves out of an invoice until it is settled.

    Attributes:
        dispute: its number.
        charge: that is disputed.
        first: the first disputed day.
        after_last: the day after the last one.
        net: of the lines that are left out.
        accepted_by: who accepted the dispute for the supplier.
    """

    dispute: int
    charge: str
    first: date
    after_last: date
    net: Number
    accepted_by: str | None


class RateRecord(Record):
    """A rate of exchange by which the VAT of a month was converted.

    Attributes:
        month: of the tax point, as in 2026-03.
        index: the series that it is from.
        value: as it was known.
        per_unit: whether it is for one unit of the currency of the tax; otherwise for one of the document's.
        id: the row that it is from.
    """

    month: str
    index: str
    value: Number
    per_unit: Annotated[bool, Field(exclude_if=lambda per_unit: not per_unit)] = False
    id: int


class DeclaredVat(Record):
    """The VAT of a document in the currency in which it is declared (BT-6, BT-111).

    Attributes:
        currency: in which it is declared.
        vat: of the whole document.
        rates: by which it was converted, in order of time.
    """

    currency: str
    vat: Number
    rates: tuple[RateRecord, ...]


class DocumentTax(Record):
    """What of a document's totals no sum of its lines tells.

    Attributes:
        rounded_at: at which level its VAT is rounded, where that is not once for each rate.
        rounding: BT-114, what brings it to prices with tax; None where that is nothing.
        withheld: what the customer takes off what it pays; None where that is nothing.
        declared: its VAT in another currency, where it is declared in one.
    """

    rounded_at: Optionally[TaxRounding] = None
    rounding: Optionally[Number] = None
    withheld: Optionally[Number] = None
    declared: Optionally[DeclaredVat] = None

    @property
    def level(self) -> TaxRounding:
        """At which level its VAT is rounded."""
        return self.rounded_at or TaxRounding.RATE


class InvoiceInputs(StoredRecord):
    """What a document was made of, besides the ratings that it settles.

    Attributes:
        contract: its reference.
        version_id: the key of the newest version that is billed.
        version_number: its number.
        watermark: up to which batch the readings count.
        zone: of the contract.
        period: the billed days.
        whole_period: the whole period that they are part of.
        supplier: whose document it is, as it was then.
        customer: as it was then.
        payment_days: from the issue date to the due date.
        documents: by which rules it is one document or several; None of a release that put everything on one.
        cash_discount: what is taken off where it is paid before.
        prepaid_by: the numbers of the documents that claimed what it draws on.
        credit: what it gives back of another document; None of what is no credit note by hand.
        late: what it claims of the delay of other documents; None of what does not.
        advance: what it claims before it is supplied; None of what is no such claim.
        draws: what it draws of such claims.
        tax: what of its totals no sum of its lines tells; None where that is nothing.
        made_out_by: the contract's supplier, where it sells in the name of another one, who is the ``supplier`` here.
        consolidates: the references of the contracts that a consolidated document bills, in the order of its lines.
        invoicing: how it is made out; None where nothing was told, and of a release that did not ask.
    """

    contract: str
    version_id: Annotated[int, Field(alias="version")]
    version_number: int
    watermark: int
    zone: str
    period: StoredDays
    whole_period: StoredDays
    supplier: Party
    customer: Party
    payment_days: int
    documents: Optionally[DocumentRules] = None
    cash_discount: Annotated[tuple[CashDiscount, ...], Field(exclude_if=lambda steps: not steps)] = ()
    prepaid_by: Annotated[tuple[str, ...], Field(exclude_if=lambda numbers: not numbers)] = ()
    credit: Optionally[CreditRecord] = None
    late: Optionally[LateClaimsRecord] = None
    advance: Optionally[AdvanceRecord] = None
    draws: Annotated[tuple[DrawRecord, ...], Field(exclude_if=lambda draws: not draws)] = ()
    tax: Optionally[DocumentTax] = None
    made_out_by: Optionally[str] = None
    consolidates: Annotated[tuple[str, ...], Field(exclude_if=lambda contracts: not contracts)] = ()
    invoicing: Optionally[InvoicingRecord] = None

    @property
    def maker(self) -> str:
        """Who made it out: the contract's supplier, by name."""
        return self.made_out_by or self.supplier.name

    @property
    def rates_of_exchange(self) -> tuple[RateRecord, ...]:
        """By which its VAT was converted."""
        declared = None if self.tax is None else self.tax.declared
        return () if declared is None else declared.rates


class RatingInputs(StoredRecord):
    """What a period was rated from, besides readings: with them, enough to rate it again for ever.

    Attributes:
        tzdata: the release of the time zone database.
        whole_period: the whole period that the rated days are part of.
        rules: by charge.
        segments: what is billed, by version; and the fees of the next period that are due in advance.
        elsewhere: what another document bills of the same periods, as far as it decides what these come to.
        opening: what charges carried into the period.
        closing: what they carry on.
        index_values: that prices rest on.
        disputed: what is left out.
        held_apart: open disputes that leave lines out.
        number: of the invoice of the period, as it was issued; None of a first rating.
        batches: the deliveries that called for it; none of a first rating.
        changes: all that called for it; None of a first rating.
        adjusting: the number of the arithmetic by which it adjusts what was billed; None of a first rating, and of
            releases that knew the first alone.
        credits: the numbers, within the contract, of the credit notes by hand that were known of the period.
    """

    tzdata: str
    whole_period: StoredDays
    rules: Mapping[str, RuleRecord]
    segments: Annotated[tuple[SegmentRecord, ...], Field(alias="stretches")]
    opening: CarriedStates
    closing: CarriedStates
    index_values: Annotated[tuple[IndexValueRecord, ...], Field(alias="index")]
    disputed: tuple[DisputedDays, ...]
    held_apart: Annotated[tuple[HeldApartNote, ...], Field(exclude_if=lambda notes: not notes)] = ()
    number: Optionally[str] = None
    batches: Annotated[tuple[int, ...], Field(exclude_if=lambda batches: not batches)] = ()
    changes: Optionally[tuple[Change, ...]] = None
    adjusting: Optionally[int] = None
    elsewhere: Annotated[tuple[SegmentRecord, ...], Field(exclude_if=lambda segments: not segments)] = ()
    credits: Annotated[tuple[int, ...], Field(exclude_if=lambda numbers: not numbers)] = ()

    @property
    def all_segments(self) -> tuple[SegmentRecord, ...]:
        """What it was rated from: what is billed, and what another document bills."""
        return (*self.segments, *self.elsewhere)
