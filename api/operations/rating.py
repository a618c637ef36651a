"""Invoices as use cases that rate: a draft issued, invoices computed again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.operations.billing_run import Tell, untold
from api.operations.invoices import open_invoice
from api.server.database import Database
from billing.archive.replay import replay_originals
from billing.drafts import look
from billing.invoices import store
from billing.invoices.store import StoredInvoice
from billing.payees.documents.replay import lost_numbers, replay_payee_documents
from billing.proof import replay
from billing.proof.compare import Discrepancy


@dataclass(frozen=True, slots=True)
class Replay:
    """What computing invoices again showed.

    Attributes:
        count: how many were computed.
        discrepancies: the lines and heads that no longer prove.
    """

    count: int
    discrepancies: tuple[Discrepancy, ...]


def issue_invoice(session: Session, number: str, at: datetime) -> StoredInvoice:
    """Issue a draft as it was looked at: it gets its number and its date, and never changes again.

    Raises:
        UnknownInvoice: nobody has looked at such a draft.
        DraftOutdated: it comes out otherwise now (others: ``billing.drafts.look.issue``).
    """
    return look.issue(session, number, at)


def replay_invoice(session: Session, number: str, at: datetime, supplier: str | None = None) -> Replay:
    """Compute an invoice, or a draft that somebody has looked at, again from its inputs.

    Raises:
        UnknownInvoice: none is visible here (others: ``api.operations.invoices.open_invoice``).
    """
    with open_invoice(session, number, at, supplier) as invoice:
        return _replay(session, [invoice.row.id])


def replay_issued_invoices(session: Session) -> Replay:
    """Compute every issued invoice again from its inputs, and the documents of payees that came of them."""
    done = _replay(session, store.ids_of(session))
    return Replay(done.count, (*done.discrepancies, *lost_numbers(session)))


def replay_in_chunks(
    database: Database,
    tenant: int,
    is_over: Callable[[], bool] = lambda: False,
    tell: Tell = untold,
) -> Replay:
    """Compute every issued invoice again, some in a transaction; where it is over early, those up to there.

    Args:
        database: the application's.
        tenant: whose.
        is_over: tells between two chunks whether it is to end there.
        tell: is told how many are done, and of how many.
    """
    with database.transaction(tenant) as session:
        ids = store.ids_of(session)
    count, discrepancies = 0, list[Discrepancy]()
    for first in range(0, len(ids), _CHUNK):
        if is_over():
            break
        chunk = ids[first : first + _CHUNK]
        with database.transaction(tenant) as session:
            discrepancies += _replay(session, chunk).discrepancies
        count += len(chunk)
        tell(count, len(ids))
    else:
        with database.transaction(tenant) as session:
            discrepancies += lost_numbers(session)
    return Replay(count, tuple(discrepancies))


#: Invoices that are computed again in one transaction of a work that may end early.
_CHUNK = 200


def _replay(session: Session, ids: Sequence[int]) -> Replay:
    made_again = (*replay.replay(session, ids), *replay_payee_documents(session, ids))
    return Replay(len(ids), (*made_again, *replay_originals(session, ids)))
