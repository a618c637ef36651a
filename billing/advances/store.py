"""Rows ⇄ values of claims before supply: which are open, what of them is paid, and how one is issued.

Whoever claims holds the contract's lock, as a billing run does: two that look at once see each other's claim.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import text
from sqlmodel import Session, select

from billing.advances.claim import claimed_lines
from billing.advances.draw import Drawn, OpenAdvance, left_of
from billing.advances.terms import made_out_as_claim
from billing.invoices import store as invoices
from billing.invoices.document_tax import Issuing
from billing.invoices.invoice import Line
from billing.invoices.made_out import MakingOut
from billing.invoices.prepaid_by import numbers_of_claims
from billing.invoices.store import Draft, InvoiceKind, StoredInvoice
from billing.issuing import issue
from billing.receivables.standings import settlements
from billing.records.advance import AdvanceKind, AdvanceRecord
from billing.records.inputs import Days, InvoiceInputs
from billing.tables import InvoiceRow
from billing.tax.document_rules import rules_with_sellers
from billing.tax.store import law_book
from contracts.coverage import in_force_on
from contracts.indexation import store as indices
from contracts.indexation.store import indices_of
from contracts.party_profiles.store import known_profiles
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.log.transaction import watermark as take_watermark
from quantities.arithmetic import added, product
from quantities.money import exponent
from quantities.number import EXACT
from quantities.period import zone

_A_DAY = timedelta(days=1)
#: By contract, oldest first.
Advances: TypeAlias = Mapping[int, Sequence[OpenAdvance]]


def open_advances(session: Session, contract_ids: Collection[int]) -> Advances:
    """Find the claims of contracts of which something is left, with what of each top-up is paid.

    Args:
        session: states the tenant.
        contract_ids: of the contracts.
    """
    if not contract_ids:
        return {}
    asked = {"contracts": sorted(contract_ids)}
    beside: dict[int, list[int]] = {row.id: list(row.beside) for row in session.execute(_OPEN, asked)}
    if not beside:
        return {}
    keys = {*beside, *(key for keys in beside.values() for key in keys)}
    documents = {one.row.id: one for one in invoices.billed(session, keys)}
    paid = paid_net(session, [documents[key].row for key in beside])
    by_contract: dict[int, list[OpenAdvance]] = defaultdict(list)
    for key in sorted(beside):
        document = documents[key]
        open_one = open_advance(document, [documents[other] for other in beside[key]], paid.get(key))
        if open_one is not None:
            by_contract[document.row.contract_id].append(open_one)
    return by_contract


# text: members of JSON arrays; of each claim what is drawn by documents that count, and given back by hand
_OPEN = text(
    """
    with taken as (
        select (d->>'document')::int as claim, i.id, (d->>'net')::numeric as net
        from invoice i cross join lateral jsonb_array_elements(i.inputs->'draws') d
        where i.contract_id = any(:contracts) and i.counts_until is null and i.inputs ? 'draws' and i.of_id is null
        union all
        select (i.inputs->'credit'->>'document')::int, i.id, -i.net
        from invoice i
        where i.contract_id = any(:contracts) and i.counts_until is null and i.kind = 'credit')
    select c.id, coalesce(array_agg(t.id) filter (where t.id is not null), '{}') as beside
    from invoice c left join taken t on t.claim = c.id
    where c.contract_id = any(:contracts) and c.kind = 'advance' and c.counts_until is null and c.number is not null
      and c.inputs ? 'advance'
    group by c.tenant, c.id, c.net having c.net <> coalesce(sum(t.net), 0)
    order by c.id
    """
)


def open_advance(
    document: StoredInvoice, documents: Iterable[StoredInvoice], paid: Decimal | None
) -> OpenAdvance | None:
    """Say what is open of a claim; None of what claims nothing, and where nothing is left.

    Args:
        document: that may claim something.
        documents: that count, with all that draw on it or give back of it.
        paid: of a top-up, what of its net amount is paid.
    """
    record = document.row.inputs.advance
    if record is None:
        return None
    left = left_of(document, documents)
    paid = paid if record.kind is AdvanceKind.TOP_UP else None
    return OpenAdvance(document, record, left, paid) if any(left) else None


def paid_net(session: Session, rows: Sequence[InvoiceRow]) -> dict[int, Decimal]:
    """Say what of the net amounts of documents is paid, or set off; rounded down to the cent, by key.

    What is written off is not paid.
    """
    settled = settlements(session, [row.id for row in rows])
    return {row.id: net_paid(row, added(one.paid + one.discount for one in settled.get(row.id, ()))) for row in rows}


def net_paid(row: InvoiceRow, paid: Decimal) -> Decimal:
    """Say what of the net amount of a document is paid where so much is; rounded down to the cent."""
    if paid >= row.payable:
        return row.net
    share = EXACT.divide(product(row.net, max(Decimal(0), paid)), row.payable)
    cent = Decimal(1).scaleb(-exponent(row.currency))
    return share // cent * cent


@dataclass(frozen=True, slots=True)
class ClaimingContract:
    """A contract that something is claimed of, locked.

    Attributes:
        versions: released, oldest first.
        at: the instant.
    """

    versions: tuple[Version, ...]
    at: datetime

    @property
    def newest(self) -> Version:
        """The newest version, whose life the contract has."""
        return self.versions[-1]

    @property
    def today(self) -> date:
        """The day of the instant in the contract's zone."""
        return self.at.astimezone(zone(self.newest.contract.zone)).date()

    @property
    def version(self) -> Version:
        """The version in force today, with the life of the newest."""
        known = in_force_on(self.versions, self.today) or self.newest
        return replace(known, contract=known.contract.living_as(self.newest.contract))


def issue_claim(session: Session, of: ClaimingContract, record: AdvanceRecord) -> StoredInvoice:
    """Issue the document of a claim.

    Args:
        session: states the tenant; it holds the contract's lock.
        of: the contract.
        record: what is claimed.

    Raises:
        EInvoiceRefused and others: it is refused before its number, as ``billing.issuing.issue`` says.
    """
    lines = claimed_lines(record, of.version.contract, of.version.id)
    return _issue(session, of, lines, Days(record.first, record.after_last), advance=record)


def issue_rest(session: Session, of: ClaimingContract, drawn: Drawn) -> StoredInvoice:
    """Issue the document that gives back what is left of claims, where no document of a period does any more."""
    return _issue(session, of, drawn.lines, Days(of.today, of.today + _A_DAY), drawn=drawn)


def _issue(
    session: Session,
    of: ClaimingContract,
    lines: Sequence[Line],
    days: Days,
    *,
    advance: AdvanceRecord | None = None,
    drawn: Drawn | None = None,
) -> StoredInvoice:
    """Save the document and give it its number."""
    version, book = of.version, law_book(session)
    contract, watermark = version.contract, take_watermark(session)
    lookup = indices.lookup(session, indices_of([contract]))
    totals, tax = Issuing(contract, days.after_last - _A_DAY, book, lookup).totalled(lines)
    making_out = MakingOut(of.at, known_profiles(session, [version.supplier_id, version.customer_id]))
    claims = invoices.prepayment_claims(session, [version.contract_id]) if drawn is not None else {}
    draft = Draft(
        kind=InvoiceKind.ADVANCE,
        version=version,
        period=BillingPeriod(*days, *days),
        lines=tuple(lines),
        totals=totals,
        watermark=watermark,
        inputs=InvoiceInputs(
            contract=contract.contract,
            version_id=version.id,
            version_number=version.number,
            watermark=watermark,
            zone=contract.zone,
            period=days,
            whole_period=days,
            supplier=contract.supplier,
            customer=contract.customer,
            payment_days=contract.settings.payment_days,
            documents=rules_with_sellers(book, contract.supplier, {}, of.today),
            advance=advance,
            draws=() if drawn is None else drawn.records,
            tax=tax,
            prepaid_by=numbers_of_claims(lines, claims.get(version.contract_id, ())),
            invoicing=making_out.of_contract(made_out_as_claim(contract, advance), contract.supplier),
        ),
        ratings=(),
    )
    saved = invoices.save(session, [draft], of.at)
    (key, *_) = issue(session, saved, of.at)
    (issued,) = invoices.billed(session, [key])
    return issued


def claims_of(session: Session, contract_id: int) -> list[InvoiceRow]:
    """List the documents of a contract that claim something before supply, void ones as well; oldest first."""
    rows = select(InvoiceRow).where(InvoiceRow.contract_id == contract_id, InvoiceRow.kind == InvoiceKind.ADVANCE)
    return [row for row in session.exec(rows.order_by(InvoiceRow.id)) if row.inputs.advance is not None]  # type: ignore[arg-type]
