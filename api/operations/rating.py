"""Invoices as use cases that rate: a draft issued, invoices computed again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.operations.invoices import open_invoice
from billing.drafts import look
from billing.invoices import store
from billing.invoices.store import StoredInvoice
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
    """Compute every issued invoice again from its inputs."""
    return _replay(session, store.ids_of(session))


def _replay(session: Session, ids: Sequence[int]) -> Replay:
    return Replay(len(ids), tuple(replay.replay(session, ids)))
