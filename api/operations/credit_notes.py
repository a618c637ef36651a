"""Credits by hand as use cases: prepared, released, withdrawn, listed."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.audit.note import made
from billing.credits import store
from billing.credits.credit_query import CreditQuery
from billing.credits.store import KnownCredit
from billing.records.credit import AskedCredit
from contracts.release.store import releasing
from quantities.listing import ListPage


def prepare_credit(
    session: Session,
    number: str,
    asked: Sequence[AskedCredit],
    *,
    supplier: str | None,
    reason: str,
    who: str,
    at: datetime,
) -> KnownCredit:
    """Prepare a credit of lines of an issued document; it is issued once another person has released it.

    Args:
        session: states the tenant.
        number: of the document.
        asked: what of which lines.
        supplier: whose document, where several suppliers have one of that number.
        reason: why.
        who: prepares it.
        at: now.

    Raises:
        UnknownInvoice: there is no such document here (others: ``billing.credits.store.prepare``).
    """
    prepared = store.prepare(session, number, asked, supplier=supplier, reason=reason, by=who, at=at)
    made(session, f"credit {prepared.id}")
    return prepared


def release_credit(session: Session, credit: int, *, who: str, at: datetime) -> KnownCredit:
    """Release a credit that another has prepared: the credit note is issued with it.

    Raises:
        UnknownCredit: there is none of that number (others: ``billing.credits.store.release``).
    """
    issued = store.release(session, credit, releasing(session, who, at))
    made(session, ", ".join(issued.documents))
    return issued


def withdraw_credit(session: Session, credit: int, *, who: str, at: datetime) -> KnownCredit:
    """Withdraw a credit that waits.

    Raises:
        UnknownCredit: there is none of that number.
        CreditDone: it is issued or withdrawn already.
    """
    return store.withdraw(session, credit, by=who, at=at)


def list_credits(session: Session, query: CreditQuery) -> ListPage[KnownCredit]:
    """List credits in pages, oldest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return store.listed(session, query)
