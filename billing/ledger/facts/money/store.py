"""Payments, allocations, write-offs, and what gateways and banks have moved, as facts to post."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.bank.entries.store import EntryState
from billing.bank.tables import BankEntryRow, BankMatchRow
from billing.invoices.invoice import total
from billing.invoices.store import billed
from billing.ledger.accounts import AccountRole
from billing.ledger.entry import Posting, TaxKey
from billing.ledger.facts.documents.store import suppliers_of
from billing.ledger.facts.fact import FactToPost
from billing.ledger.postings.payments import (
    AllocationToPost,
    DiscountToPost,
    postings_of_allocation,
    postings_of_move,
    postings_of_payment,
    postings_of_write_off,
)
from billing.ledger.tables import LedgerBooksRow
from billing.payments.gateway import BalanceKind
from billing.payments.tables import GatewayBalanceEntryRow, GatewayOrderEventRow, GatewayOrderRow
from billing.receivables.allocating import shares_of
from billing.receivables.issued import by_key
from billing.tables import InvoiceRow, PaymentAllocationRow, PaymentRow, WriteOffRow
from billing.tax.tax import TaxCategory
from metering.tables import within_tenant
from quantities.money import Money

_NOTHING = Decimal(0)


def payments_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read payments with what was allocated of them at once, by key."""
    row, allocation = PaymentRow, PaymentAllocationRow
    payments = session.exec(select(row).where(col(row.id).in_(sorted(keys)))).all()
    first = session.exec(
        select(allocation).where(col(allocation.payment_id).in_(sorted(keys)), col(allocation.is_first))
    ).all()
    documents = by_key(session, {one.invoice_id for one in first})
    of_payment: dict[int, list[AllocationToPost]] = defaultdict(list)
    for one in first:
        of_payment[one.payment_id].append(_allocation(one, documents[one.invoice_id]))
    by_gateway = _of_gateways(session, payments)
    books = _books_of(session, {payment.issuer_id for payment in payments})
    return {
        payment.id: FactToPost(
            issuer_id=books[payment.issuer_id],
            happened_on=payment.received_on,
            currency=payment.currency,
            words=_words(payment),
            postings=postings_of_payment(
                payment.amount,
                AccountRole.GATEWAY_BALANCE if payment.id in by_gateway else AccountRole.BANK,
                of_payment[payment.id],
            ),
            party_id=payment.customer_id,
            document=payment.reference,
        )
        for payment in payments
    }


def _words(payment: PaymentRow) -> str:
    if payment.reverses_id is not None:
        return f"payment {payment.id} reverses payment {payment.reverses_id}"
    what = "payment" if payment.amount > 0 else "paid back, payment" if payment.amount < 0 else "set off, payment"
    return f"{what} {payment.id}"


def allocations_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read what of payments was allocated later, by key."""
    row = PaymentAllocationRow
    chosen = columns(row, PaymentRow).join(PaymentRow, within_tenant(PaymentRow.id, row.payment_id))
    known = session.execute(chosen.where(col(row.id).in_(sorted(keys)))).all()
    documents = by_key(session, {allocation.invoice_id for allocation, _ in known})
    books = _books_of(session, {payment.issuer_id for _, payment in known})
    return {
        allocation.id: FactToPost(
            issuer_id=books[payment.issuer_id],
            happened_on=allocation.counts_on,
            currency=payment.currency,
            words=f"of payment {payment.id} to {documents[allocation.invoice_id].number}",
            postings=postings_of_allocation(_allocation(allocation, documents[allocation.invoice_id])),
            party_id=payment.customer_id,
            document=documents[allocation.invoice_id].number or "",
        )
        for allocation, payment in known
    }


def write_offs_to_post(
    session: Session, keys: Collection[int], corrects_tax: Mapping[int, bool]
) -> dict[int, FactToPost]:
    """Read what was given up of documents and released, by key.

    Args:
        session: states the tenant.
        keys: of write-offs.
        corrects_tax: by legal entity, whether the tax on it is corrected.
    """
    row = WriteOffRow
    known = session.exec(select(row).where(col(row.id).in_(sorted(keys)))).all()
    stored = {document.row.id: document for document in billed(session, {one.invoice_id for one in known})}
    facts = {}
    for one in known:
        document = stored[one.invoice_id]
        issuer, currency = document.row.issuer_id, document.row.currency
        groups = total(document.lines, currency).groups
        country, sign = document.row.inputs.supplier.country, -1 if one.amount < 0 else 1
        shares = [
            DiscountToPost(TaxKey(country, *share.group.tax.group), sign * share.taxable, sign * share.tax)
            for share in shares_of(Money(abs(one.amount), currency), groups)
        ]
        facts[one.id] = FactToPost(
            issuer_id=issuer,
            happened_on=one.counts_on or one.prepared_at.date(),
            currency=currency,
            words=f"written off of {document.row.number}: {one.reason}",
            postings=postings_of_write_off(
                document.row.id, one.amount, shares, corrects_tax=corrects_tax.get(issuer, False)
            ),
            party_id=one.customer_id,
            document=document.row.number or "",
        )
    return facts


def gateway_entries_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read changes of our balance at gateways, by key: fees and payouts to our bank. All else is posted as payments."""
    row, order = GatewayBalanceEntryRow, GatewayOrderRow
    known = session.exec(select(row).where(col(row.id).in_(sorted(keys)))).all()
    chosen = columns(col(order.account), col(order.issuer_id)).where(
        col(order.account).in_(sorted({one.account for one in known}))
    )
    issuers = dict(session.execute(chosen.distinct()).all())
    books = _books_of(session, set(issuers.values()))
    zones = _zones(session)
    return {
        one.id: FactToPost(
            issuer_id=(issuer := books[issuers[one.account]]),
            happened_on=one.at.astimezone(zones[issuer]).date(),
            currency=one.currency,
            words=f"{one.kind} {one.external} at {one.account}",
            postings=_moved(one),
            document=one.payout or one.source,
        )
        for one in known
        if issuers.get(one.account) in books and books[issuers[one.account]] in zones
    }


def _moved(entry: GatewayBalanceEntryRow) -> tuple[Posting, ...]:
    fee = postings_of_move(entry.fee, AccountRole.PAYMENT_FEE, AccountRole.GATEWAY_BALANCE) if entry.fee else ()
    if entry.kind in (BalanceKind.PAYOUT, BalanceKind.PAYOUT_FAILED):
        return (*fee, *postings_of_move(-entry.gross, AccountRole.IN_TRANSIT, AccountRole.GATEWAY_BALANCE))
    if entry.kind in (BalanceKind.FEE, BalanceKind.OTHER):
        return (*fee, *postings_of_move(-entry.gross, AccountRole.PAYMENT_FEE, AccountRole.GATEWAY_BALANCE))
    return fee


def bank_entries_to_post(session: Session, keys: Collection[int]) -> dict[int, FactToPost]:
    """Read entries of our banks by which a gateway pays out, by key. What customers pay is posted as payments."""
    row = BankEntryRow
    known = session.exec(select(row).where(col(row.id).in_(sorted(keys)), row.state == EntryState.PAYOUT.value)).all()
    owners = _owners_of_accounts(session, {one.account for one in known})
    return {
        one.id: FactToPost(
            issuer_id=owners[one.account],
            happened_on=one.booked_on,
            currency=one.currency,
            words=f"paid out by {one.party_name}",
            postings=postings_of_move(one.amount, AccountRole.BANK, AccountRole.IN_TRANSIT),
            document=one.of_bank,
        )
        for one in known
        if one.account in owners
    }


def _owners_of_accounts(session: Session, accounts: Collection[str]) -> dict[str, int]:
    """Say in whose books our bank accounts are: of those to whom payments came on them; else the only books."""
    entry, match = BankEntryRow, BankMatchRow
    chosen = (
        columns(col(entry.account), col(PaymentRow.issuer_id))
        .join(match, within_tenant(match.entry_id, entry.id))
        .join(PaymentRow, within_tenant(PaymentRow.id, match.payment_id))
        .where(col(entry.account).in_(sorted(accounts)))
        .distinct()
    )
    seen = dict(session.execute(chosen).all())
    kept = session.exec(select(LedgerBooksRow.issuer_id)).all()
    books = _books_of(session, set(seen.values()))
    only = dict.fromkeys(accounts, kept[0]) if len(kept) == 1 else {}
    return only | {account: books[issuer] for account, issuer in seen.items() if books[issuer] in kept}


def _allocation(row: PaymentAllocationRow, document: InvoiceRow) -> AllocationToPost:
    country = document.inputs.supplier.country
    shares = row.shares.shares if row.shares is not None else ()
    return AllocationToPost(
        document_id=document.id,
        amount=row.amount,
        discounts=tuple(
            DiscountToPost(TaxKey(country, TaxCategory(share.category), share.rate_percent), share.taxable, share.tax)
            for share in shares
        ),
        is_of_owner=document.inputs.made_out_by is not None,
    )


def _of_gateways(session: Session, payments: Iterable[PaymentRow]) -> frozenset[int]:
    """Name the payments that came by a gateway; a reversal goes where the payment is, unless a bank has booked it."""
    keys = {key for one in payments for key in (one.id, one.reverses_id) if key is not None}
    event, match = GatewayOrderEventRow, BankMatchRow
    of_gateway = set(session.exec(select(event.payment_id).where(col(event.payment_id).in_(sorted(keys)))))
    of_bank = set(session.exec(select(match.payment_id).where(col(match.payment_id).in_(sorted(keys)))))
    return frozenset(
        one.id for one in payments if one.id in of_gateway or (one.reverses_id in of_gateway and one.id not in of_bank)
    )


def _books_of(session: Session, issuers: Collection[int]) -> dict[int, int]:
    """Say in whose books what is owed to somebody is kept: in its own, or those of who sells in its name."""
    kept = set(session.exec(select(LedgerBooksRow.issuer_id)))
    books = {issuer: issuer for issuer in issuers}
    for issuer in issuers:
        if issuer not in kept:
            row = InvoiceRow
            newest = select(row.contract_id).where(row.issuer_id == issuer).order_by(col(row.id).desc()).limit(1)
            contract = session.exec(newest).first()
            if contract is not None:
                books[issuer] = suppliers_of(session, [contract])[contract]
    return books


def _zones(session: Session) -> dict[int, ZoneInfo]:
    row = LedgerBooksRow
    return {issuer: ZoneInfo(zone) for issuer, zone in session.execute(columns(col(row.issuer_id), col(row.zone)))}
