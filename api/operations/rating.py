"""Invoices as use cases that rate: a draft issued, invoices computed again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from billing import run
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
    """Give a draft its number and its date; it never changes again.

    Raises:
        UnknownInvoice: there is no such draft (others: ``billing.run.issue_draft``).
    """
    return run.issue_draft(session, number, at)


def replay_invoices(session: Session, listed: Iterable[StoredInvoice]) -> Replay:
    """Compute invoices again from their inputs."""
    return _replay(session, [invoice.row.id for invoice in listed])


def replay_issued_invoices(session: Session) -> Replay:
    """Compute every issued invoice again from its inputs."""
    return _replay(session, store.ids_of(session, issued_only=True))


def _replay(session: Session, ids: Sequence[int]) -> Replay:
    return Replay(len(ids), tuple(replay.replay(session, ids)))
