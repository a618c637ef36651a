"""Prepaid credit and alerts as use cases: shown, listed, topped up on demand."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from api.audit.note import made
from billing.advances.balance import PrepaidOut, prepaid_out
from billing.advances.draw import OpenAdvance
from billing.advances.store import ClaimingContract, open_advances
from billing.due import store as due_store
from billing.invoices.store import InvoiceKind
from billing.spending import store as alerts
from billing.spending.alert_query import AlertQuery
from billing.spending.look import ContractNotRunning, NoPrepaidCredit, claim_top_up
from billing.spending.store import KnownAlert
from billing.tables import InvoiceRow
from contracts import store as contracts
from contracts.store import UnknownContract
from contracts.tables import ContractRow
from metering.log.list_page import Listing
from metering.tables import within_tenant
from quantities.arithmetic import added
from quantities.errors import Invalid
from quantities.listing import ListPage, ListQuery
from quantities.money import Money, exponent
from quantities.number import plain
from quantities.period import zone

_NAME_MAX = 200


class TopUpNotWhole(Invalid):
    """The amount of the top-up is not above zero, or has parts of a cent."""


class PrepaidQuery(ListQuery):
    """Prepaid credit by contract; the oldest contract first."""

    SORTS: ClassVar[tuple[str, ...]] = ("contract",)

    contract: Annotated[str, Field(max_length=_NAME_MAX, description="Of this contract.")] = ""


_HAS_CLAIMS = (
    select(InvoiceRow.id)
    .where(
        InvoiceRow.tenant == ContractRow.tenant,
        InvoiceRow.contract_id == ContractRow.id,
        InvoiceRow.kind == InvoiceKind.ADVANCE,
    )
    .correlate(ContractRow)
    .exists()
)
_LISTING = Listing(
    statement=columns(col(ContractRow.id)).where(_HAS_CLAIMS),
    key=col(ContractRow.id),
    sorts={"contract": col(ContractRow.id)},
    filters={"contract": lambda reference: col(ContractRow.reference) == reference},
    named="contract",
)


def prepaid_credit(session: Session, reference: str, now: datetime) -> PrepaidOut:
    """Show the prepaid credit of a contract, and what is on account.

    Raises:
        UnknownContract: there is none of that reference here.
        NoPrepaidCredit: nothing was ever claimed of it before it was supplied.
    """
    (shown,) = _shown(session, [_key_of(session, reference)], now) or (None,)
    if shown is None:
        detail = f"nothing was claimed of {reference} before it was supplied"
        raise NoPrepaidCredit(detail, found=reference, expected="a contract with a top-up, or with use on account")
    return shown


def list_prepaid(session: Session, query: PrepaidQuery, now: datetime) -> ListPage[PrepaidOut]:
    """List the prepaid credit of contracts in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_shown(session, [row.id for row in page.rows], now)))


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
        raise ContractNotRunning(f"{reference} is not running on {of.today}: {why}", found=str(of.today), expected=runs)
    if amount is None:
        open_ones = open_advances(session, [key]).get(key, ())
        amount = max(Decimal(0), terms.amount_from(added(one.credit_on(of.today) for one in open_ones)))
    places = exponent(contract.currency)
    if amount <= 0 or not Money(amount, contract.currency).is_rounded:
        detail = f"{plain(amount)} {contract.currency} cannot be claimed"
        raise TopUpNotWhole(detail, place="amount", found=plain(amount), expected=f"above 0, of {places} places")
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


def _shown(session: Session, keys: list[int], now: datetime) -> list[PrepaidOut]:
    """Show the credit of contracts of which something was claimed before it was supplied, in their order."""
    last = (
        select(func.max(InvoiceRow.id))
        .where(col(InvoiceRow.contract_id).in_(keys), InvoiceRow.kind == InvoiceKind.ADVANCE)
        .group_by(col(InvoiceRow.contract_id))
    )
    newest = (
        select(col(ContractRow.id), col(ContractRow.reference), InvoiceRow)
        .join(InvoiceRow, within_tenant(InvoiceRow.contract_id, ContractRow.id))
        .where(col(ContractRow.id).in_(keys), col(InvoiceRow.id).in_(last))
        .order_by(col(ContractRow.id))
    )
    advances = open_advances(session, keys)
    return [
        _of_contract(reference, row, advances.get(key, ()), now) for key, reference, row in session.exec(newest).all()
    ]


def _of_contract(reference: str, row: InvoiceRow, advances: Sequence[OpenAdvance], now: datetime) -> PrepaidOut:
    return prepaid_out(reference, row.currency, advances, now.astimezone(zone(row.inputs.zone)).date())
