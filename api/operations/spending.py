"""Prepaid credit and alerts as use cases: shown, listed, topped up on demand."""

from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, select

from api.audit.note import made
from billing.advances import listed
from billing.advances.balance import PrepaidOut
from billing.advances.listed import PrepaidQuery
from billing.advances.store import ClaimingContract, open_advances
from billing.due import store as due_store
from billing.spending import store as alerts
from billing.spending.alert_query import AlertQuery
from billing.spending.look import ContractNotRunning, NoPrepaidCredit, claim_top_up
from billing.spending.store import KnownAlert
from contracts import store as contracts
from contracts.store import UnknownContract
from contracts.tables import ContractRow
from quantities.arithmetic import added
from quantities.listing import ListPage


def prepaid_credit(session: Session, reference: str, now: datetime) -> PrepaidOut:
    """Show the prepaid credit of a contract, and what is on account.

    Raises:
        UnknownContract: there is none of that reference here.
        NoPrepaidCredit: nothing was ever claimed of it before it was supplied.
    """
    (shown,) = listed.shown(session, [_key_of(session, reference)], now) or (None,)
    if shown is None:
        detail = f"nothing was claimed of {reference} before it was supplied"
        raise NoPrepaidCredit(detail, found=reference, expected="a contract with a top-up, or with use on account")
    return shown


def list_prepaid(session: Session, query: PrepaidQuery, now: datetime) -> ListPage[PrepaidOut]:
    """List the prepaid credit of contracts in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return listed.prepaid(session, query, now)


def top_up(session: Session, reference: str, amount: Decimal | None, *, who: str, at: datetime) -> PrepaidOut:
    """Claim a top-up of a contract's credit now: a document is issued, and is credit once it is paid.

    Args:
        session: states the tenant.
        reference: of the contract.
        amount: net; without it, as the terms have it.
        who: asks for it.
        at: now.

    Raises:
        UnknownContract: there is none of that reference here.
        NoPrepaidCredit: its terms have none.
        ContractNotRunning: it is not signed, has not begun, or is over.
        TopUpNotWhole: the amount is not above zero, or has parts of a cent.
        EInvoiceRefused and others: the document is refused before its number, as ``billing.issuing.issue`` says.
    """
    key = _key_of(session, reference)
    due_store.lock_contract(session, key)
    of = ClaimingContract(contracts.of_contracts(session, [key]).get(key, ()), at)
    if not of.versions:
        raise UnknownContract(f"there is no contract {reference!r} here", found=reference)
    contract = of.version.contract
    terms = None if contract.spending is None else contract.spending.top_up
    if terms is None:
        detail = f"{reference} has no terms of prepaid credit"
        raise NoPrepaidCredit(detail, place="spending.top_up", found=reference, expected="terms with a top-up")
    until, missing = contract.until, contract.milestones.missing
    if missing is not None or not contract.starts <= of.today or (until is not None and of.today >= until):
        runs = f"from {contract.starts} to before {until}" if until is not None else f"from {contract.starts} on"
        why = runs if missing is None else f"not {missing.value} yet"
        detail = f"{reference} is not running on {of.today}: {why}"
        place = "starts" if missing is None else "milestones"
        raise ContractNotRunning(detail, place=place, found=str(of.today), expected=runs)
    if amount is None:
        open_ones = open_advances(session, [key]).get(key, ())
        amount = max(Decimal(0), terms.amount_from(added(one.credit_on(of.today) for one in open_ones)))
    _, number = claim_top_up(session, of, terms, amount, automatic=False)
    made(session, number)
    return prepaid_credit(session, reference, at)


def list_alerts(session: Session, query: AlertQuery) -> ListPage[KnownAlert]:
    """List thresholds that were reached, in pages, oldest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return alerts.listed(session, query)


def get_alert(session: Session, alert: int) -> KnownAlert:
    """Find a threshold that was reached.

    Raises:
        UnknownAlert: there is none of that number.
    """
    return alerts.find(session, alert)


def _key_of(session: Session, reference: str) -> int:
    key = session.exec(select(ContractRow.id).where(ContractRow.reference == reference)).one_or_none()
    if key is None:
        raise UnknownContract(f"there is no contract {reference!r} here", found=reference)
    return key
