"""Rows ⇄ values of drafts that somebody looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from billing.drafts.draft import content_hash, name_of
from billing.due.store import Due
from billing.invoices.store import InvoiceKind, UnknownInvoice
from billing.records.draft import DraftContent
from billing.tables import DraftRow
from contracts.tables import ContractRow
from metering.tables import within_tenant


@dataclass(frozen=True, slots=True)
class Seen:
    """A draft as somebody looked at it.

    Attributes:
        tenant: whose.
        work: that it is of.
        content: what it said.
        due_by: it was made of what is due by then.
    """

    tenant: int
    work: Due
    content: DraftContent
    due_by: datetime


def note(
    session: Session, drafts: Iterable[tuple[Due, DraftContent]], watermark: int, now: datetime, due_by: datetime
) -> None:
    """Write down what was looked at; looked at again, the later look counts."""
    rows = {
        name_of(content): {
            "name": name_of(content),
            "content_hash": content_hash(content),
            "contract_id": work.contract_id,
            "kind": work.kind.value,
            "first": work.first,
            "watermark": watermark,
            "looked_at": now,
            "due_by": due_by,
            "content": content,
        }
        for work, content in drafts
    }
    if rows:
        noting = insert(DraftRow)
        again = noting.on_conflict_do_update(
            index_elements=["tenant", "name"],
            set_={column: noting.excluded[column] for column in ("watermark", "looked_at", "due_by")},
        )
        session.execute(again, [rows[name] for name in sorted(rows)])


def seen(session: Session, name: str) -> Seen:
    """Find a draft as it was looked at.

    Args:
        session: states the tenant.
        name: of the draft, ``draft-`` and the first digits of its hash.

    Raises:
        UnknownInvoice: nobody has looked at a draft of that name.
    """
    chosen = select(DraftRow, col(ContractRow.reference)).join(
        ContractRow, within_tenant(ContractRow.id, DraftRow.contract_id)
    )
    row = session.exec(chosen.where(DraftRow.name == name)).one_or_none()
    if row is None:
        raise UnknownInvoice(f"nobody has looked at a draft {name!r} here", found=name)
    draft, reference = row
    work = Due(draft.contract_id, reference, InvoiceKind(draft.kind), draft.first)
    return Seen(draft.tenant, work, draft.content, draft.due_by)
