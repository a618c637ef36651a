"""Consolidated documents: what several contracts of one customer owe on one day stands on one document.

    what bills a price | of the same parties, currency, days of payment and rules | due on the same day | in one run

Each contract's piece of work keeps its own row, with its lines, its ratings and what it was made of; it bears the
number of the whole. VAT is computed once over all lines of the whole, by category and rate (EN 16931 BR-CO-17). What
is outside the scope of VAT shares a document with nothing else (BR-O-11).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from billing.invoices.division import Paper
from billing.invoices.document_tax import part_of
from billing.invoices.invoice import Line, Totals
from billing.invoices.made_out import invoicing_record
from billing.invoices.numbering import ToNumber
from billing.invoices.prepaid_by import drawn_days
from billing.invoices.store import Draft, InvoiceKind, SavedDraft
from billing.records.document_type import DocumentType
from billing.records.inputs import Days, DeclaredVat, DocumentTax, InvoiceInputs
from billing.records.invoicing import InvoicingRecord
from billing.records.record import written_as_text
from billing.tax.tax import UNTAXED, TaxCategory
from contracts.invoicing import OF_ONE_CONTRACT, PLAIN, InvoicingTerms
from quantities.period import zone

#: What two documents have in common that stand on one.
_Terms: TypeAlias = tuple[Hashable, ...]
#: Of how a document is made out, what those that stand on one may have each of its own.
_OF_ONE_CONTRACT = {"terms": {*OF_ONE_CONTRACT}}
#: Of what a document was made of, what is said once on the whole.
_SAID_ONCE = {"supplier", "customer", "payment_days", "cash_discount", "documents"}


@dataclass(frozen=True, slots=True)
class Member:
    """A saved document that may stand within a consolidated one.

    Attributes:
        invoice_id: its key.
        draft: of its piece of work.
        paper: what of it stands on this document.
    """

    invoice_id: int
    draft: Draft
    paper: Paper


@dataclass(frozen=True, slots=True)
class WholeDocument:
    """A consolidated document as it is to be saved.

    Attributes:
        members: what stands within it, in order.
        totals: of all lines.
        inputs: of the first member, and what is of all of them.
    """

    members: tuple[Member, ...]
    totals: Totals
    inputs: InvoiceInputs


def to_number(
    saved: Sequence[SavedDraft], wholes: Sequence[WholeDocument], keys: Sequence[int], now: datetime
) -> list[ToNumber]:
    """Say what is to be numbered of a run, in the order of keys: the documents of each contract, and those of several.

    Args:
        saved: all drafts, with their documents.
        wholes: that some of these stand within.
        keys: of the saved rows of these, in order.
        now: the instant of the run.
    """
    within = {member.invoice_id for whole in wholes for member in whole.members}
    own = [one for work in saved for one in ToNumber.of(work) if one.invoice_id not in within]
    return [*own, *(_to_number(key, whole, now) for key, whole in zip(keys, wholes, strict=True))]


def wholes_of(saved: Sequence[SavedDraft], groups: Sequence[Hashable | None]) -> list[WholeDocument]:
    """Make the consolidated documents that saved drafts come to.

    Args:
        saved: with their documents.
        groups: of each what falls due together with it; None of what stands on documents of its own.
    """
    return [whole_of(members) for members in members_of(saved, groups)]


def members_of(saved: Sequence[SavedDraft], groups: Sequence[Hashable | None]) -> list[list[Member]]:
    """Put together the documents that stand on one: two or more, in the order of their contracts' works."""
    together: dict[_Terms, list[Member]] = {}
    for work, group in zip(saved, groups, strict=True):
        for key, paper in work.documents:
            if group is not None and bills_a_price(paper):
                member = Member(key, work.draft, paper)
                together.setdefault((group, *_terms(member)), []).append(member)
    return [members for members in together.values() if len(members) > 1]


def bills_a_price(paper: Paper) -> bool:
    """Tell whether a document is the contract's supplier's invoice of a price, and no mere correction."""
    return (
        paper.document_type is DocumentType.INVOICE
        and not paper.seller
        and bool(paper.lines)
        and all(line.nature.kind not in UNTAXED for line in paper.lines)
    )


def _terms(member: Member) -> _Terms:
    version, inputs = member.draft.version, member.draft.inputs
    taxed, sharing = version.contract.tax, version.contract.sharing
    exchange = None if taxed is None else taxed.rate_of_exchange
    return (
        version.supplier_id,
        version.customer_id,
        version.contract.currency,
        inputs.model_dump_json(include=_SAID_ONCE),
        (inputs.tax or DocumentTax()).level,
        None if exchange is None else exchange.model_dump_json(),
        None if sharing is None else sharing.model_dump_json(),
        _without_own(inputs.invoicing),
        member.paper.series,
        frozenset(line.tax.category is TaxCategory.OUT_OF_SCOPE for line in member.paper.lines),
    )


def _without_own(record: InvoicingRecord | None) -> str:
    """How a document is made out, without what is of its contract alone; alike where that is all that was told."""
    told = InvoicingRecord(terms=PLAIN) if record is None else record
    return told.model_dump_json(exclude=_OF_ONE_CONTRACT)


def whole_of(members: Sequence[Member]) -> WholeDocument:
    """Make the consolidated document of two or more: their lines in order, totalled once."""
    first, drafts = members[0].draft, [member.draft for member in members]
    lines = [line for member in members for line in member.paper.lines]
    totals, tax = _totalled(drafts, lines)
    periods = [draft.period for draft in drafts]
    drawing = (member.draft for member in members if drawn_days(member.paper.lines))
    numbers = (number for draft in drawing for number in draft.inputs.prepaid_by)
    inputs = first.inputs.model_copy(
        update={
            "period": Days(min(days.first for days in periods), max(days.after_last for days in periods)),
            "whole_period": Days(
                min(days.whole_first for days in periods), max(days.whole_after_last for days in periods)
            ),
            "watermark": max(draft.watermark for draft in drafts),
            "prepaid_by": tuple(dict.fromkeys(numbers)),
            "tax": tax,
            "consolidates": tuple(dict.fromkeys(draft.inputs.contract for draft in drafts)),
            "invoicing": joined_invoicing([draft.inputs.invoicing for draft in drafts]),
        }
    )
    return WholeDocument(tuple(members), totals, inputs)


def joined_invoicing(records: Sequence[InvoicingRecord | None]) -> InvoicingRecord | None:
    """Say how a consolidated document is made out: as all of them, but for what is of one contract alone."""
    first, terms = records[0], [PLAIN if record is None else record.terms for record in records]
    joined, profiles = InvoicingTerms.joined(terms), (None, None) if first is None else (first.seller, first.buyer)
    return invoicing_record(joined, *profiles)


def _totalled(drafts: Sequence[Draft], lines: Sequence[Line]) -> tuple[Totals, DocumentTax | None]:
    """Total all lines as each document of them is totalled, by the rates of exchange of all."""
    noted = [draft.inputs.tax or DocumentTax() for draft in drafts]
    declared = [tax.declared for tax in noted if tax.declared is not None]
    rates = {rate.month: rate for vat in declared for rate in vat.rates}
    in_order = tuple(rates[month] for month in sorted(rates))
    currencies = [vat.currency for vat in declared]
    joined = DeclaredVat(currency=currencies[0], vat=declared[0].vat, rates=in_order) if declared else None
    level = DocumentTax(rounded_at=noted[0].rounded_at, declared=joined)
    return part_of(level, lines, drafts[0].version.contract.currency)


def values_of(whole: WholeDocument, created_at: datetime) -> dict[str, object]:
    """Write a consolidated document as the values of its row."""
    first, inputs = whole.members[0], whole.inputs
    version = first.draft.version
    return {
        "kind": InvoiceKind.CONSOLIDATED.value,
        "document_type": first.paper.document_type.value,
        "series": first.paper.series,
        "contract_id": version.contract_id,
        "version_id": version.id,
        "issuer_id": version.supplier_id,
        "customer_id": version.customer_id,
        "first": inputs.period.first,
        "after_last": inputs.period.after_last,
        "currency": version.contract.currency,
        "net": whole.totals.net,
        "vat": whole.totals.vat,
        "gross": whole.totals.gross,
        "watermark": inputs.watermark,
        "inputs": written_as_text(inputs),
        "created_at": created_at,
        "came_to_nothing": False,
    }


def _to_number(key: int, whole: WholeDocument, now: datetime) -> ToNumber:
    """Say what decides the number and the dates of a consolidated document: of several zones that of the latest day."""
    zones = (member.draft.inputs.zone for member in whole.members)
    first = whole.members[0]
    return ToNumber(
        invoice_id=key,
        issuer_id=first.draft.version.supplier_id,
        supplier=whole.inputs.supplier,
        zone=max(zones, key=lambda name: now.astimezone(zone(name)).date()),
        payment_days=whole.inputs.payment_days,
        series=first.paper.series,
        members=tuple(member.invoice_id for member in whole.members),
    )
