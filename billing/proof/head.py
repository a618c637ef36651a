"""The head of a document held against what it follows from: its lines, its ratings, and its contract's version."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from billing.advances.terms import made_out_as_claim
from billing.invoices.division import divide
from billing.invoices.document_tax import converted, totals_of, vat_by_month
from billing.invoices.invoice import Totals, invoice_number, series_name
from billing.invoices.issuer import day_in_books
from billing.invoices.made_out import as_made_out, could_be
from billing.invoices.prepaid_by import PrepaymentClaim, numbers_of_claims
from billing.invoices.store import InvoiceKind, StoredInvoice
from billing.proof.compare import Compared
from billing.records.inputs import Days, DocumentTax, InvoiceInputs, SegmentRecord
from billing.records.invoicing import InvoicingRecord
from billing.tax.document_rules import rules_recorded
from billing.tax.law_book import SHIPPED, LawBook
from contracts.contract import Contract
from contracts.coverage import in_force_on
from contracts.indexation.lookup import IndexValue
from contracts.parties import Party
from contracts.party_profiles.known_profiles import KnownProfiles
from contracts.store import Version


@dataclass(frozen=True, slots=True)
class HeadSources:
    """What a head follows from.

    Attributes:
        versions: of the segments that its ratings billed, by key.
        known: the keys of the versions that were in force within its newest rated days, as the rating asked for them;
            None where that is not recorded.
        series: of the issuer.
        book: the law of all places.
        rates: rates of exchange, by their keys.
        claims: the documents that claim prepayments of its contract, oldest first.
        credited: the document that a credit note by hand gives back; None where it is none, or the other is not there.
        wholes: the keys of the consolidated documents that it may stand within.
        profiles: of both sides.
        issuer: the key of whose document it is, and the party; None where that is the contract's supplier.
    """

    versions: Mapping[int, Version]
    known: tuple[int, ...] | None = None
    series: str = ""
    book: LawBook = SHIPPED
    rates: Mapping[int, IndexValue] = field(default_factory=dict)
    claims: Sequence[PrepaymentClaim] = ()
    credited: StoredInvoice | None = None
    issuer: tuple[int, Party] | None = None
    wholes: Collection[int] = ()
    profiles: KnownProfiles = field(default_factory=KnownProfiles)


def compared_head(invoice: StoredInvoice, sources: HeadSources) -> Iterator[Compared]:
    """Pair everything that the head of a document says with what it follows from, in the order in which it counts.

    Args:
        invoice: issued, or a draft, which has neither number nor dates.
        sources: what it follows from.
    """
    row, inputs, ratings = invoice.row, invoice.row.inputs, invoice.ratings
    if inputs.credit is not None and sources.credited is None:
        yield "the document that is given back", inputs.credit.number, "absent"
        return
    if inputs.credit is None and not ratings and not inputs.draws and inputs.advance is None:
        yield "the ratings", "none", "at least one"
        return
    version = _version(invoice, sources)
    contract = version.contract
    days, whole = _days(invoice, sources)
    yield "kind", row.kind, _kind(invoice, sources.versions).value
    yield "version", row.version_id, version.id
    yield "version", inputs.version_id, version.id
    yield "version number", inputs.version_number, version.number
    yield "contract", inputs.contract, contract.contract
    for contract_id in (row.contract_id, *(rating.contract_id for rating in ratings)):
        yield "the key of the contract", contract_id, version.contract_id
    issuer_id, issuer = sources.issuer or (version.supplier_id, contract.supplier)
    yield "supplier", inputs.supplier, issuer
    yield "made_out_by", inputs.made_out_by, contract.supplier.name if sources.issuer else None
    yield "customer", inputs.customer, contract.customer
    yield "the key of the supplier", row.issuer_id, issuer_id
    for customer_id in (row.customer_id, *(rating.customer_id for rating in ratings)):
        yield "the key of the customer", customer_id, version.customer_id
    yield from _compared_rules(inputs, version, sources.book)
    paper = divide(invoice.lines, inputs.documents)[0]
    yield "document type", row.document_type, paper.document_type.value
    yield "series", row.series, paper.series
    yield "came_to_nothing", row.came_to_nothing, row.number is None and not invoice.lines
    yield "currency", row.currency, contract.currency
    yield "zone", inputs.zone, contract.zone
    yield "first", row.first, days.first
    yield "after_last", row.after_last, days.after_last
    yield "period", inputs.period, days
    yield "whole period", inputs.whole_period, whole
    yield "consolidates", inputs.consolidates, ()
    yield "what it stands within", row.within_id, row.within_id if row.within_id in sources.wholes else None
    yield "prepaid_by", inputs.prepaid_by, numbers_of_claims(invoice.lines, sources.claims, invoice.work)
    yield "payment_days", inputs.payment_days, contract.settings.payment_days
    yield "cash_discount", inputs.cash_discount, contract.settings.cash_discount
    yield "invoicing", inputs.invoicing, _made_out(invoice, contract, issuer, sources.profiles)
    yield from _compared_issue(invoice, contract.settings.payment_days, sources.series)
    totals = totals_of(invoice.lines, contract.currency, inputs.tax)
    yield "net", row.net, totals.net
    yield "vat", row.vat, totals.vat
    yield "gross", row.gross, totals.gross
    yield from compared_tax(invoice, totals, sources.rates)
    if sources.credited is not None:
        yield "watermark", row.watermark, sources.credited.row.watermark
        yield "the ratings", len(ratings), 0
    for rating in ratings:
        yield "watermark", row.watermark, rating.watermark
        yield "created_at", row.created_at, rating.rated_at
    yield "watermark", inputs.watermark, row.watermark


def _made_out(
    invoice: StoredInvoice, contract: Contract, issuer: Party, profiles: KnownProfiles
) -> InvoicingRecord | None:
    """Say how a document was made out: as it says, if that may have counted when it was made."""
    row = invoice.row
    on = day_in_books(issuer, contract.zone, row.created_at)
    if row.issued_on is not None:  # of a day that was asked for
        on = min(row.issued_on, on)
    sides = issuer.name, contract.customer.name
    return as_made_out(
        row.inputs.invoicing,
        could_be(made_out_as_claim(contract, row.inputs.advance).invoicing, sides, profiles, on, row.created_at),
    )


def compared_tax(invoice: StoredInvoice, totals: Totals, rates: Mapping[int, IndexValue]) -> Iterator[Compared]:
    """Pair what a document says of its totals besides sums with what they come to."""
    noted = invoice.row.inputs.tax or DocumentTax()
    yield "the rounding amount", noted.rounding or Decimal(0), totals.rounding
    yield "what is withheld", noted.withheld or Decimal(0), totals.withheld
    if noted.declared is not None:
        declared, by_month = noted.declared, vat_by_month(invoice.lines, invoice.row.currency, noted.level)
        for rate in declared.rates:
            known = rates.get(rate.id)
            what = f"the rate of exchange of {rate.month}"
            if known is None or known.index == rate.index:  # of a linked series, its factor is in the value
                yield what, rate.value, None if known is None else known.value
            yield f"the month of {what}", rate.month, None if known is None else known.month
        yield "the VAT as it is declared", declared.vat, converted(by_month, declared.currency, declared.rates)


def _compared_rules(inputs: InvoiceInputs, version: Version, book: LawBook) -> Iterator[Compared]:
    """Pair the rules by which a document is one of several with the row of the law that they are from."""
    if inputs.documents is None:
        return
    yield "documents", inputs.documents.country, version.contract.supplier.country
    yield "documents", inputs.documents, rules_recorded(book, inputs.documents)


def _compared_issue(invoice: StoredInvoice, payment_days: int, series: str) -> Iterator[Compared]:
    """Pair a number with its year and place, and the due date with the date of issue; a draft has none of these."""
    row = invoice.row
    given = {name: getattr(row, name) for name in ("issued_on", "year", "sequence", "number", "due_on")}
    if all(value is None for value in given.values()):
        return
    if row.issued_on is None or row.sequence is None:
        yield from ((name, value, "given" if value is None else value) for name, value in given.items())
        return
    yield "year", row.year, row.issued_on.year
    unnamed = invoice_number(row.issued_on.year, row.sequence)
    named = invoice_number(row.issued_on.year, row.sequence, series_name(series, row.series))
    # what was issued before series had names keeps its number
    yield "number", row.number, unnamed if row.number == unnamed else named
    yield "due_on", row.due_on, row.issued_on + timedelta(days=payment_days)


def _kind(invoice: StoredInvoice, versions: Mapping[int, Version]) -> InvoiceKind:
    """Tell what a document is of: an opening bills nothing but fees of its period that are due in advance, if any."""
    own = invoice.own_rating
    if invoice.row.inputs.credit is not None:
        return InvoiceKind.CREDIT
    if own is None:
        return InvoiceKind.CORRECTION if invoice.ratings else InvoiceKind.ADVANCE
    segments = [segment for segment in own.inputs.segments if not _is_in_pieces(segment, own.inputs.segments)]
    is_opening = all(_is_in_advance(segment, versions[segment.version_id]) for segment in segments)
    return InvoiceKind.OPENING if is_opening else InvoiceKind.PERIOD


def _is_in_pieces(segment: SegmentRecord, segments: Sequence[SegmentRecord]) -> bool:
    """Tell whether a segment bills nothing by itself, because the prices of all its charges move within its days."""
    pieces = (other.days for other in segments if other.charges)
    return segment.charges == () and any(
        segment.days.first <= piece.first and piece.after_last <= segment.days.after_last for piece in pieces
    )


def _is_in_advance(segment: SegmentRecord, version: Version) -> bool:
    names = {charge.name for charge in version.contract.charges} if segment.charges is None else set(segment.charges)
    return bool(names) and names <= version.contract.names_in_advance


def _version(invoice: StoredInvoice, sources: HeadSources) -> Version:
    """Find the version that a document is by: the newest that it bills; of a correction that of its last day.

    A credit note by hand is by the version of the document that it gives back.
    """
    if sources.credited is not None:
        return sources.versions[sources.credited.row.version_id]
    own = invoice.own_rating
    if own is not None:
        billed = [sources.versions[segment.version_id] for segment in own.inputs.segments]
        return max(billed, key=lambda version: version.number, default=sources.versions[invoice.row.version_id])
    if sources.known is not None:
        known = [sources.versions[version_id] for version_id in sources.known]
        in_force = in_force_on(known, _days(invoice, sources)[0].after_last - timedelta(days=1))
        if in_force is not None:
            return in_force
    return sources.versions[invoice.row.version_id]


def _days(invoice: StoredInvoice, sources: HeadSources) -> tuple[Days, Days]:
    """Find the days of a document, and the whole period that they are part of: a correction's are its ratings'."""
    if sources.credited is not None:
        credited = sources.credited.row
        return Days(credited.first, credited.after_last), credited.inputs.whole_period
    own, claim = invoice.own_rating, invoice.row.inputs.advance
    if own is not None:
        return Days(own.first, own.after_last), own.inputs.whole_period
    if not invoice.ratings:
        days = invoice.row.inputs.period if claim is None else Days(claim.first, claim.after_last)
        return days, days
    first = min(rating.first for rating in invoice.ratings)
    days = Days(first, max(rating.after_last for rating in invoice.ratings))
    return days, days
