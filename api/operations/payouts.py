"""Payouts as use cases: listed, looked at before they are made, made, released, withdrawn; payees' accounts."""

from datetime import date, datetime

from sqlmodel import Session

from api.audit.note import made
from billing.payouts import making, store
from billing.payouts.by_bank import store as by_bank
from billing.payouts.connections import store as connected
from billing.payouts.payout_query import PayeeStandingQuery, PayoutQuery
from billing.payouts.standings import standing_of
from billing.payouts.tables import PayoutAccountRow
from billing.payouts.views import (
    PayeeConnectionOut,
    PayeeStandingOut,
    PayoutOut,
    payee_connection_out,
    payee_standing_out,
    payout_out,
)
from billing.receivables.store import party_names
from contracts.release.store import releasing
from quantities.errors import Invalid
from quantities.listing import ListPage
from quantities.period import zone


class WhichPayoutCurrency(Invalid):
    """The payee is owed something in several currencies, or by several suppliers."""


def list_payouts(session: Session, query: PayoutQuery, *, as_payee: bool = False) -> ListPage[PayoutOut]:
    """List payouts in pages, the oldest first; a payee sees its own."""
    page = store.payouts(session, query, as_payee=as_payee)
    return page.of(tuple(payout_out(known) for known in page.rows))


def find_payout(session: Session, number: int, *, as_payee: bool = False) -> PayoutOut:
    """Read a payout.

    Raises:
        UnknownPayout: there is none of that number here.
    """
    return payout_out(store.payout(session, number, as_payee=as_payee))


def payees_standing(session: Session, query: PayeeStandingQuery, at: datetime) -> ListPage[PayeeStandingOut]:
    """Say in pages what payees are owed and what of it a payout would have today, by supplier and currency.

    Raises:
        NobodyPaidOut: nobody of the name that is asked for is paid by terms of a contract.
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = store.accounts_asked(session, query)
    return page.of(tuple(_standing(session, account, at) for account in page.rows))


def _standing(session: Session, account: PayoutAccountRow, at: datetime) -> PayeeStandingOut:
    stands = standing_of(session, account, at)
    next_at = account.next_at
    next_on = None if next_at is None or account.held else max(next_at, at).astimezone(zone(stands.owed.zone)).date()
    return payee_standing_out(stands, account.currency, next_on, account.held)


def make_payout(
    session: Session, payee: str, currency: str | None, supplier: str | None = None, *, who: str, at: datetime
) -> PayoutOut:
    """Make the payout of a payee at once, of all that is payable to it; above the tenant's limit another releases it.

    Raises:
        NobodyPaidOut: nobody of that name is paid by terms of a contract.
        WhichPayoutCurrency: it has several accounts, and it is not said which.
        NothingPayable: there is nothing to be paid.
    """
    accounts = store.accounts_of(session, payee)
    suppliers = party_names(session, {one.issuer_id for one in accounts})
    known = [
        one for one in accounts if currency in (None, one.currency) and supplier in (None, suppliers.get(one.issuer_id))
    ]
    if len(known) != 1:
        of_suppliers = sorted(f"{one.currency} of {suppliers.get(one.issuer_id)}" for one in accounts)
        detail = f"{payee} is owed {', '.join(of_suppliers)}: say of which"
        raise WhichPayoutCurrency(detail, place="/currency", found=currency, expected=of_suppliers)
    (number,) = making.make_now(session, known[0].id, by=who, at=at).payouts
    made(session, f"payout {number}")
    return find_payout(session, number)


def release_payout(session: Session, number: int, *, who: str, at: datetime) -> PayoutOut:
    """Let a payout go that waits for a release.

    Raises:
        UsufructError: ``billing.payouts.making.release_payout`` says which.
    """
    making.release_payout(session, number, releasing(session, who, at))
    return find_payout(session, number)


def withdraw_payout(session: Session, number: int, *, reason: str, who: str, at: datetime) -> PayoutOut:
    """Withdraw a payout of which no money is on its way: what it had is owed as before.

    Raises:
        UsufructError: ``billing.payouts.making.withdraw_payout`` says which.
    """
    making.withdraw_payout(session, number, reason=reason, by=who, at=at)
    return find_payout(session, number)


def ask_payout_again(session: Session, number: int, *, reason: str, who: str, at: datetime) -> PayoutOut:
    """Have a payout that the gateway refused asked for once more.

    Raises:
        UsufructError: ``billing.payouts.making.ask_payout_again`` says which.
    """
    making.ask_payout_again(session, number, reason=reason, by=who, at=at)
    return find_payout(session, number)


def record_paid(session: Session, number: int, on: date, reference: str, *, who: str, at: datetime) -> PayoutOut:
    """Record that our bank has paid a payout.

    Raises:
        UsufructError: ``billing.payouts.by_bank.record_paid`` says which.
    """
    by_bank.record_paid(session, number, on, reference, by=who, at=at)
    return find_payout(session, number)


def record_failed(session: Session, number: int, reason: str, *, who: str, at: datetime) -> PayoutOut:
    """Record that our bank did not pay a payout, or that it came back: it is owed again.

    Raises:
        UsufructError: ``billing.payouts.by_bank.record_failed`` says which.
    """
    by_bank.record_failed(session, number, reason, by=who, at=at)
    return find_payout(session, number)


def connect_payee(session: Session, payee: str, at: datetime) -> PayeeConnectionOut:
    """Ask for an account of a payee at a gateway, or for a link to what is missing of it; it is there soon.

    Raises:
        NobodyPaidOut: nobody of that name is paid by terms of a contract.
    """
    return payee_connection_out(connected.ask_connection(session, payee, at))


def payee_connection(session: Session, payee: str, at: datetime) -> PayeeConnectionOut:
    """Read the account of a payee at a gateway, as it was last read.

    Raises:
        NotConnected: none was ever asked for.
    """
    return payee_connection_out(connected.connection(session, payee, at))
