"""Links that open a document for whoever has them, until they expire: made, listed, revoked, opened.

A token has 256 bits of chance. Its SHA-256 alone is kept, so nobody reads a token out of the database, and nothing but
the document of the link is ever shown by it.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from billing.invoices.store import refuse_void
from billing.receivables.issued import account_of, by_key, document
from billing.receivables.store import lock_account
from billing.tables import DeliveryDownloadRow, DeliveryLinkRow, DeliveryRow
from quantities.errors import NotFound

_TOKEN_BYTES = 32
#: How long a link may open at most, in days.
LINK_DAYS_MAX = 400


class UnknownDeliveryLink(NotFound):
    """There is no such link."""


class LinkTarget(StrEnum):
    """What is opened by a link."""

    PAGE = "page"
    PDF = "pdf"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A link, and when what was opened by it.

    Attributes:
        id: its number.
        document: the number of the document.
        supplier: whose document it is.
        expires_at: from when on it opens nothing.
        made_by: who made it; None: it went out by a mail.
        made_at: when.
        revoked_by: who ended it before.
        revoked_at: when.
        delivery: the number of the delivery whose mail has it.
        downloads: what was opened and when, the first first.
    """

    id: int
    document: str
    supplier: str
    expires_at: datetime
    made_by: str | None
    made_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    delivery: int | None
    downloads: tuple[tuple[LinkTarget, datetime], ...] = ()


def digest(token: str) -> bytes:
    """The hash by which a token is known."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def make_link(
    session: Session, number: str, supplier: str | None, *, days: int, by: str, at: datetime
) -> tuple[str, KnownLink]:
    """Make a link to an issued document, for somebody to hand on.

    Args:
        session: states the tenant.
        number: of the document.
        supplier: whose, where several have one of that number.
        days: for how many it opens.
        by: who makes it.
        at: now.

    Returns:
        The token, which is nowhere else, and the link.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        DocumentVoid: it is void.
    """
    invoice = document(session, number, supplier)
    refuse_void(invoice)
    token = _token()
    row = DeliveryLinkRow(
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        token_sha256=digest(token),
        expires_at=at + timedelta(days=days),
        made_by=by,
        made_at=at,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return token, _known(session, [row])[0]


def make_of_delivery(session: Session, delivery: DeliveryRow, *, days: int, at: datetime) -> tuple[str, KnownLink]:
    """Make the link that the mail of a delivery has."""
    token = _token()
    row = DeliveryLinkRow(
        invoice_id=delivery.invoice_id,
        customer_id=delivery.customer_id,
        delivery_id=delivery.id,
        token_sha256=digest(token),
        expires_at=at + timedelta(days=days),
        made_at=at,
    )
    session.add(row)
    session.flush()
    return token, _known(session, [row])[0]


def _token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def links(session: Session, number: str, supplier: str | None) -> list[KnownLink]:
    """List the links to a document with what was opened by them, the first first.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
    """
    invoice = document(session, number, supplier)
    chosen = select(DeliveryLinkRow).where(DeliveryLinkRow.invoice_id == invoice.id).order_by(col(DeliveryLinkRow.id))
    return _known(session, session.exec(chosen).all())


def revoke_link(session: Session, number: str, key: int, supplier: str | None, *, by: str, at: datetime) -> KnownLink:
    """End a link: it opens nothing from now on. One that is ended already stays as it was.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued, UnknownDeliveryLink: there is no such link.
    """
    invoice = document(session, number, supplier)
    chosen = select(DeliveryLinkRow).where(DeliveryLinkRow.id == key, DeliveryLinkRow.invoice_id == invoice.id)
    row = session.exec(chosen.with_for_update()).one_or_none()
    if row is None:
        raise UnknownDeliveryLink(f"{number} has no link {key}", found=key)
    if row.revoked_at is None:
        row.revoked_by, row.revoked_at = by, at
        session.flush()
        session.refresh(row)
    return _known(session, [row])[0]


def link(session: Session, key: int) -> KnownLink:
    """Read a link.

    Raises:
        UnknownDeliveryLink: none of that number is visible here.
    """
    row = session.exec(select(DeliveryLinkRow).where(DeliveryLinkRow.id == key)).one_or_none()
    if row is None:
        raise UnknownDeliveryLink
    return _known(session, [row])[0]


def note_download(session: Session, key: int, what: LinkTarget, at: datetime) -> None:
    """Record that something was opened by a link, before anything of it is shown.

    Raises:
        DocumentVoid: the document is void by now. Whoever voids it holds the same lock, and reads what was opened.
    """
    (invoice_id,) = session.exec(select(DeliveryLinkRow.invoice_id).where(DeliveryLinkRow.id == key)).all()
    invoice = by_key(session, [invoice_id])[invoice_id]
    lock_account(session, account_of(invoice))
    session.refresh(invoice)
    refuse_void(invoice)
    session.add(DeliveryDownloadRow(link_id=key, what=what.value, at=at))
    session.flush()


def _known(session: Session, rows: Sequence[DeliveryLinkRow]) -> list[KnownLink]:
    documents = by_key(session, (row.invoice_id for row in rows))
    opened = select(DeliveryDownloadRow).where(col(DeliveryDownloadRow.link_id).in_([row.id for row in rows]))
    downloads: dict[int, list[tuple[LinkTarget, datetime]]] = defaultdict(list)
    for download in session.exec(opened.order_by(col(DeliveryDownloadRow.id))):
        downloads[download.link_id].append((LinkTarget(download.what), download.at))
    return [
        KnownLink(
            id=row.id,
            document=documents[row.invoice_id].number or "",
            supplier=documents[row.invoice_id].inputs.supplier.name,
            expires_at=row.expires_at,
            made_by=row.made_by,
            made_at=row.made_at,
            revoked_by=row.revoked_by,
            revoked_at=row.revoked_at,
            delivery=row.delivery_id,
            downloads=tuple(downloads.get(row.id, ())),
        )
        for row in rows
    ]
