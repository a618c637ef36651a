"""Documents of payees and what was paid out to them, as facts to post."""

from collections.abc import Collection

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.ledger.accounts import AccountRole
from billing.ledger.entry import ServiceDays, TaxKey
from billing.ledger.facts.documents.store import suppliers_of
from billing.ledger.facts.fact import Cause, FactToPost
from billing.ledger.postings.payees import PayeeLineToPost, postings_of_commission, postings_of_purchase
from billing.ledger.postings.payments import postings_of_move
from billing.payees.legs import LegKind
from billing.payouts.state import PayeePayoutState
from billing.payouts.tables import PayoutEventRow, PayoutRow
from billing.tables import PayeeDocumentRow
from billing.tax.tax import TaxCategory
from contracts.sharing.payees import Revenue
from contracts.store import by_ids
from metering.tables import within_tenant


def payee_documents_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read documents between the supplier and payees, by key."""
    known = session.exec(select(PayeeDocumentRow).where(col(PayeeDocumentRow.id).in_(sorted(keys)))).all()
    suppliers = suppliers_of(session, {row.contract_id for row in known})
    contracts = by_ids(session, {row.content.version_id for row in known})
    facts = {}
    for row in known:
        country, content = row.content.seller.country, row.content
        lines = [
            PayeeLineToPost(
                net=line.net,
                tax=TaxKey(country, *line.tax.group),
                service=ServiceDays(*line.service),
                charge=line.charge,
                contract_id=row.contract_id,
            )
            for line in content.lines
        ]
        taxes = [(TaxKey(country, TaxCategory(tax.category), tax.rate_percent), tax.tax) for tax in content.taxes]
        sharing = contracts[content.version_id].contract.sharing
        is_cost = sharing is not None and sharing.revenue is Revenue.GROSS
        is_purchase = row.leg == LegKind.PURCHASE
        facts[row.id] = FactToPost(
            issuer_id=suppliers[row.contract_id],
            happened_on=row.issued_on,
            currency=row.currency,
            words=f"{row.number} {'of' if is_purchase else 'to'} {content.payee}",
            postings=postings_of_purchase(lines, taxes, is_cost=is_cost)
            if is_purchase
            else postings_of_commission(lines, taxes),
            party_id=row.payee_id,
            document=row.number,
        )
    return facts


def payee_voids_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read documents of payees that are void, by key."""
    known = session.exec(select(PayeeDocumentRow).where(col(PayeeDocumentRow.id).in_(sorted(keys)))).all()
    suppliers = suppliers_of(session, {row.contract_id for row in known})
    return {
        row.id: FactToPost(
            issuer_id=suppliers[row.contract_id],
            happened_on=row.voided_on,
            currency=row.currency,
            words=f"{row.number} is void",
            party_id=row.payee_id,
            document=row.number,
            reverses=(Cause.PAYEE_DOCUMENT, row.id),
        )
        for row in known
        if row.voided_on is not None
    }


def payouts_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read by their events payouts that were paid, or failed after they were, by the key of the event."""
    event, row = PayoutEventRow, PayoutRow
    chosen = columns(event, row).join(row, within_tenant(row.id, event.payout_id))
    known = session.execute(chosen.where(col(event.id).in_(sorted(keys)))).all()
    paid = _paid(session, {payout.id for _, payout in known})
    facts = {}
    for happening, payout in known:
        sign = 1 if payout.kind == "payout" else -1
        money = AccountRole.GATEWAY_BALANCE if payout.by == "gateway" else AccountRole.BANK
        failed = happening.kind == PayeePayoutState.FAILED
        before = [key for key in paid.get(payout.id, ()) if key < happening.id]
        facts[happening.id] = FactToPost(
            issuer_id=payout.issuer_id,
            happened_on=happening.at.date() if failed or payout.paid_on is None else payout.paid_on,
            currency=payout.currency,
            words=f"payout {payout.id} {'came back' if failed else 'paid'}",
            postings=() if failed else postings_of_move(sign * payout.amount, AccountRole.PAYEE, money),
            party_id=payout.payee_id,
            document=payout.reference,
            reverses=(Cause.PAYOUT, before[-1]) if failed and before else None,
        )
    return facts


def _paid(session: Session, payouts: Collection[int]) -> dict[int, list[int]]:
    event = PayoutEventRow
    chosen = columns(col(event.payout_id), col(event.id)).where(
        col(event.payout_id).in_(sorted(payouts)), col(event.kind) == PayeePayoutState.PAID.value
    )
    known: dict[int, list[int]] = {}
    for payout, key in session.execute(chosen.order_by(col(event.id))):
        known.setdefault(payout, []).append(key)
    return known
