"""Rows → values of what a payee is owed: its documents, what customers have settled of theirs, and on which terms.

A document counts by the terms of the version that it is by: one that was issued before payouts were agreed is none of
them. How often and by what the payee is paid, the newest of its documents says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.invoices.issuer import zone_of_issuer
from billing.payees.legs import LegKind
from billing.payments.gateway import OrderedMovement
from billing.payments.orders.state import PAID, OrderHappening, OrderState
from billing.payments.tables import GatewayOrderEventRow, GatewayOrderRow
from billing.payouts.payable import HoldingTerms, PartKey, PayablePart, PayablePartKind, SettledOn, split_gross
from billing.payouts.tables import PayoutAccountRow
from billing.receivables.standing import Settlement
from billing.receivables.standings import settlements
from billing.tables import InvoiceRow, PayeeDocumentRow, PaymentRow
from contracts.parties import Party
from contracts.sharing.payout_terms import BornePart, PaidOutWhen, PayoutTerms
from contracts.tables import ContractRow, ContractVersionRow, PartyRow
from metering.tables import one_of, within_tenant
from quantities.money import Money
from quantities.period import zone

_NOTHING = Decimal(0)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class OwedToPayee:
    """What a payee is owed in one currency.

    Attributes:
        supplier: by name.
        payee: by name.
        terms: by which it is paid; None where nothing of it is by such terms.
        zone: of the supplier's books.
        parts: all that it was ever owed.
        country: of the payee, as the newest document states it.
    """

    supplier: str
    payee: str
    terms: PayoutTerms | None
    zone: str
    parts: tuple[PayablePart, ...]
    country: str


class _Paper(NamedTuple):
    """A document with a part of it for each customer's document, and the terms by which it counts."""

    kind: PayablePartKind
    key: int | None
    number: str
    since: date
    amounts: Mapping[int, Decimal]
    terms: PayoutTerms


def owed_to(session: Session, account: PayoutAccountRow) -> OwedToPayee:
    """Read what a payee is owed by a supplier in one currency.

    Args:
        session: states the tenant.
        account: whose; locked by whoever makes a payout of it.
    """
    names = {row.id: row.name for row in session.exec(select(PartyRow).where(_is_one_of(account)))}
    payee = names.get(account.payee_id, "")
    documents, sales = _documents(session, account), _sales(session, account)
    terms = _terms(session, payee, [*(row.content.version_id for row in documents), *(row.version_id for row in sales)])
    papers = [*_papers(session, documents, terms), *_sold(sales, terms)]
    keys = sorted({key for paper in papers for key in paper.amounts})
    supplier, of_payee = _both(documents, sales, account)
    books = (None if supplier is None else zone_of_issuer(supplier)) or "UTC"
    parts = _parts(session, papers, keys, zone(books))
    dated = [
        *((row.issued_on, row.id, row.content.version_id) for row in documents),
        *((row.issued_on, row.id, row.version_id) for row in sales if row.issued_on is not None),
    ]
    newest = max((one for one in dated if one[2] in terms), default=None)
    return OwedToPayee(
        supplier=names.get(account.issuer_id, ""),
        payee=payee,
        terms=None if newest is None else terms[newest[2]],
        zone=books,
        parts=tuple(parts),
        country="" if of_payee is None else of_payee.country,
    )


def _is_one_of(account: PayoutAccountRow) -> Any:
    return col(PartyRow.id).in_([account.issuer_id, account.payee_id])


def _documents(session: Session, account: PayoutAccountRow) -> Sequence[PayeeDocumentRow]:
    row = PayeeDocumentRow
    chosen = select(row).join(ContractRow, within_tenant(ContractRow.id, row.contract_id))
    chosen = chosen.where(row.payee_id == account.payee_id, row.currency == account.currency)
    return session.exec(chosen.where(ContractRow.supplier_id == account.issuer_id).order_by(col(row.id))).all()


def _sales(session: Session, account: PayoutAccountRow) -> Sequence[InvoiceRow]:
    """List the customers' documents that were issued in the payee's own name, and that the supplier collects."""
    row = InvoiceRow
    chosen = select(row).join(ContractRow, within_tenant(ContractRow.id, row.contract_id))
    chosen = chosen.where(row.issuer_id == account.payee_id, row.currency == account.currency)
    whole = chosen.where(col(row.number).is_not(None), col(row.within_id).is_(None))
    return session.exec(whole.where(ContractRow.supplier_id == account.issuer_id).order_by(col(row.id))).all()


def _terms(session: Session, payee: str, versions: Iterable[int]) -> Mapping[int, PayoutTerms]:
    """Read by which terms a payee is paid, of the versions that say so; by their keys."""
    payees = col(ContractVersionRow.terms)["sharing"]["payees"]
    chosen = columns(col(ContractVersionRow.id), payees).where(one_of(col(ContractVersionRow.id), versions))
    described = {
        key: member["payouts"]
        for key, members in session.execute(chosen)
        for member in members or ()
        if member["name"] == payee and "payouts" in member
    }
    return {key: PayoutTerms.model_validate(terms) for key, terms in described.items()}


def _papers(session: Session, documents: Sequence[PayeeDocumentRow], terms: Mapping[int, PayoutTerms]) -> list[_Paper]:
    whole_of = _wholes(session, {line.invoice for row in documents for line in row.content.lines})
    papers = []
    for row in documents:
        if row.content.version_id not in terms:
            continue
        weights: dict[int, Decimal] = defaultdict(Decimal)
        for line in row.content.lines:
            weights[whole_of[line.invoice]] += line.net * (1 + line.rate_percent / _HUNDRED)
        sign = -1 if row.leg == LegKind.COMMISSION else 1
        if row.voided_on is None:
            owed = {key: sign * weight for key, weight in weights.items()}
            amounts = split_gross(sign * row.gross, owed, row.currency) if owed else {}
        else:
            amounts = dict.fromkeys(weights, _NOTHING)
        kind = PayablePartKind.DOCUMENT
        papers.append(_Paper(kind, row.id, row.number, row.issued_on, amounts, terms[row.content.version_id]))
    return papers


def _wholes(session: Session, keys: set[int]) -> Mapping[int, int]:
    """Name the whole documents that customers have, by the keys of what they consist of."""
    row = InvoiceRow
    chosen = columns(col(row.id), func.coalesce(row.within_id, row.id)).where(one_of(col(row.id), keys))
    return dict(session.execute(chosen).all())


def _sold(sales: Sequence[InvoiceRow], terms: Mapping[int, PayoutTerms]) -> list[_Paper]:
    return [
        _Paper(
            PayablePartKind.SALE,
            None,
            row.number or "",
            row.issued_on,
            {row.id: row.payable if row.voided_on is None else _NOTHING},
            terms[row.version_id],
        )
        for row in sales
        if row.version_id in terms and row.issued_on is not None
    ]


def _parts(session: Session, papers: Sequence[_Paper], keys: Sequence[int], books: ZoneInfo) -> list[PayablePart]:
    customers = {row.id: row for row in session.exec(select(InvoiceRow).where(one_of(col(InvoiceRow.id), keys)))}
    settled, collected = settlements(session, keys), _collected(session, keys, books)
    parts = []
    for paper in papers:
        for key, amount in paper.amounts.items():
            customer = customers[key]
            parts.append(
                PayablePart(
                    key=PartKey(paper.kind, paper.key, key),
                    number=paper.number,
                    amount=amount,
                    payable=customer.payable,
                    settled=_settled(paper, customer, settled.get(key, ()), collected.get(key, ())),
                    since=paper.since,
                    terms=_holding(paper.terms),
                )
            )
    return parts + _fees(papers, customers, collected)


def _holding(terms: PayoutTerms) -> HoldingTerms:
    if terms.reserve is None:
        return HoldingTerms(terms.days_after)
    return HoldingTerms(terms.days_after, terms.reserve.percent, terms.reserve.days)


def _settled(
    paper: _Paper, customer: InvoiceRow, facts: Iterable[Settlement], collected: Iterable["_Collected"]
) -> tuple[SettledOn, ...]:
    """Say what of a customer's document counts as settled for a payee, and when.

    A cash discount is the seller's: for what the supplier sells in its own name it counts as paid; what a payee sells
    in its own name comes to less by it. What is written off is paid by nobody. What a customer's bank took back counts
    as paid where the payee does not bear it.
    """
    if paper.terms.when is PaidOutWhen.ISSUED:
        return (SettledOn(paper.since, customer.payable),)
    has_discount = paper.kind is not PayablePartKind.SALE
    settled = [SettledOn(fact.on, fact.paid + (fact.discount if has_discount else _NOTHING)) for fact in facts]
    if BornePart.CHARGEBACKS not in paper.terms.bears:
        settled += [SettledOn(one.taken_back_on, one.taken_back) for one in collected if one.taken_back_on is not None]
    return tuple(one for one in settled if one.amount)


class _Collected(NamedTuple):
    """What a gateway collected of a customer's document: its fee, and what the customer's bank took back."""

    fee: Decimal
    taken_back: Decimal
    taken_back_on: date | None


def _collected(session: Session, keys: Sequence[int], books: ZoneInfo) -> Mapping[int, list[_Collected]]:
    row = GatewayOrderRow
    of_payment = columns(col(PaymentRow.amount)).where(within_tenant(PaymentRow.id, row.payment_id))
    event = GatewayOrderEventRow
    taken_back = columns(func.max(col(event.at))).where(
        within_tenant(row.id, event.order_id), col(event.kind) == OrderHappening.CHARGED_BACK.value
    )
    chosen = columns(row, of_payment.scalar_subquery(), taken_back.scalar_subquery()).where(
        one_of(col(row.invoice_id), keys),
        col(row.movement).in_([OrderedMovement.CHARGE.value, OrderedMovement.SESSION.value]),
        col(row.state).in_([state.value for state in PAID]),
    )
    by_document: dict[int, list[_Collected]] = defaultdict(list)
    for order, counts, at in session.execute(chosen):
        is_back = order.state == OrderState.CHARGED_BACK and at is not None
        by_document[order.invoice_id].append(
            _Collected(
                fee=order.fee or _NOTHING,
                taken_back=(order.amount or _NOTHING) - (counts or _NOTHING) if is_back else _NOTHING,
                taken_back_on=at.astimezone(books).date() if is_back else None,
            )
        )
    return by_document


def _fees(
    papers: Sequence[_Paper], customers: Mapping[int, InvoiceRow], collected: Mapping[int, Sequence[_Collected]]
) -> list[PayablePart]:
    """Work out what of the gateway's fees a payee bears: of each customer's document, in its share of that."""
    shares: dict[int, Decimal] = defaultdict(Decimal)
    since: dict[int, date] = {}
    for paper in papers:
        if BornePart.FEES in paper.terms.bears:
            for key, amount in paper.amounts.items():
                shares[key] += amount
                since.setdefault(key, paper.since)
    fees = []
    for key, share in shares.items():
        fee, customer = sum((one.fee for one in collected.get(key, ())), _NOTHING), customers[key]
        if fee <= 0 or share <= 0 or customer.payable <= 0:
            continue
        borne = -Money(fee * min(share / customer.payable, Decimal(1)), customer.currency).rounded().amount
        if borne:
            part_key = PartKey(PayablePartKind.FEE, None, key)
            whole = (SettledOn(since[key], customer.payable),)
            fees.append(PayablePart(part_key, customer.number or "", borne, customer.payable, whole, since[key]))
    return fees


def _both(
    documents: Sequence[PayeeDocumentRow], sales: Sequence[InvoiceRow], account: PayoutAccountRow
) -> tuple[Party | None, Party | None]:
    """Find the supplier and the payee as the newest document states them."""
    if documents:
        newest = documents[-1]
        both = (newest.content.seller, newest.content.buyer)
        return both if newest.issuer_id == account.issuer_id else (both[1], both[0])
    return (None, sales[-1].inputs.supplier) if sales else (None, None)


def today_for(owed: OwedToPayee, now: datetime) -> date:
    """Name the day of an instant in the books of the supplier."""
    return now.astimezone(zone(owed.zone)).date()
