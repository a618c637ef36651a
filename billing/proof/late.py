"""A document that claims of the delay of others, held against what it was made of: rates, days, amounts, totals."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from billing.dunning.claim import interest_claimed
from billing.dunning.interest import counted_days, rate_of, year_days
from billing.invoices.document_tax import totals_of
from billing.invoices.invoice import invoice_number, series_name
from billing.invoices.store import StoredInvoice
from billing.proof.compare import Compared
from billing.records.dunning import LateClaimRecord, LateClaimsRecord
from contracts.indexation.lookup import IndexValue
from contracts.store import Version


@dataclass(frozen=True, slots=True)
class LateSources:
    """What such a document follows from.

    Attributes:
        version: that it is by.
        series: of the issuer.
        rates: values of base rates, by their keys.
        late: the documents that are late: number and due day, by their keys.
        corrected: the keys of documents that claimed, which are there, with their numbers.
    """

    version: Version
    series: str
    rates: Mapping[int, IndexValue]
    late: Mapping[int, tuple[str, date]]
    corrected: Mapping[int, str]


def compared_late(invoice: StoredInvoice, record: LateClaimsRecord, sources: LateSources) -> Iterator[Compared]:
    """Pair what a document for late payment says with what it follows from, in the order in which it counts."""
    row, inputs, version = invoice.row, invoice.row.inputs, sources.version
    yield "version", (row.version_id, inputs.version_id), (version.id, version.id)
    yield "version number", inputs.version_number, version.number
    yield "contract", (inputs.contract, row.contract_id), (version.contract.contract, version.contract_id)
    yield "supplier", (inputs.supplier, row.issuer_id), (version.contract.supplier, version.supplier_id)
    yield "customer", (inputs.customer, row.customer_id), (version.contract.customer, version.customer_id)
    yield "currency", row.currency, version.contract.currency
    yield "the ratings", len(invoice.ratings), 0
    if row.issued_on is not None and row.sequence is not None:
        number = invoice_number(row.issued_on.year, row.sequence, series_name(sources.series, row.series))
        yield "number", row.number, number
        yield "due_on", row.due_on, row.issued_on + timedelta(days=inputs.payment_days)
    for claim in record.claims:
        yield from _compared_claim(claim, sources)
        yield f"the interest of {claim.number}", claim.interest, interest_claimed(claim, row.currency)
    totals = totals_of(invoice.lines, row.currency, inputs.tax)
    yield "net", row.net, totals.net
    yield "vat", row.vat, totals.vat
    yield "gross", row.gross, totals.gross


def _compared_claim(claim: LateClaimRecord, sources: LateSources) -> Iterator[Compared]:
    named = f"of {claim.number}"
    yield f"the due day {named}", (claim.number, claim.due_on), sources.late.get(claim.invoice)
    if claim.corrects is not None:
        yield f"what is corrected {named}", claim.corrects.number, sources.corrected.get(claim.corrects.invoice)
    terms = claim.terms
    if terms is None:
        yield f"the days {named}", len(claim.days), 0
        return
    last = claim.due_on
    for days in claim.days:
        of_days = f"of {days.first}/{days.last} {named}"
        yield f"the order {of_days}", days.first > last, True
        last = days.last
        yield f"the days {of_days}", days.days, counted_days(days.first, days.last, terms.days)
        yield f"the days of the year {of_days}", days.year_days, year_days(days.first, terms.days)
        if days.base is None:
            yield f"the rate {of_days}", (days.rate, terms.base), (terms.above, None)
            continue
        yield f"the base rate that counts {of_days}", days.base.index, terms.base
        known = sources.rates.get(days.base.id)
        yield f"the month {of_days}", days.base.month, terms.month_of(days.first)
        if known is None or known.index == days.base.index:  # of a linked series, its factor is in the value
            yield f"the base rate {of_days}", days.base.value, None if known is None else known.value
        yield f"the rate {of_days}", days.rate, rate_of(terms, days.base.value)
    yield f"the last day {named}", last <= (claim.through or claim.due_on), True


def late_keys(records: Collection[LateClaimsRecord]) -> tuple[set[int], set[int]]:
    """Name the documents that are late, and those that are corrected, by their keys."""
    claims = [claim for record in records for claim in record.claims]
    corrected = {claim.corrects.invoice for claim in claims if claim.corrects is not None}
    return {claim.invoice for claim in claims}, corrected
