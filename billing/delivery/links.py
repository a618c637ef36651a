"""Links that open a document for whoever has them, until they expire: made, listed, revoked, opened.

A token has 256 bits of chance. Its SHA-256 alone is kept, so nobody reads a token out of the database, and nothing but
the document of the link is ever shown by it.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from billing.delivery.documents.store import (
    NamedDocument,
    document_of,
    documents_of,
    named_document,
    refuse_void_document,
)
from billing.receivables.issued import account_of
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
        of_payee: whether it is one between the supplier and a payee.
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
    of_payee: bool
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


def make_link(session: Session, named: NamedDocument, *, days: int, by: str, at: datetime) -> tuple[str, KnownLink]:
    """Make a link to an issued document, for somebody to hand on.

    Args:
        session: states the tenant.
        named: the document.
        days: for how many it opens.
        by: who makes it.
        at: now.

    Returns:
        The token, which is nowhere else, and the link.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        UnknownPayeeDocument, WhichSeller: nor a document of a payee.
        DocumentVoid: it is void.
    """
    delivered = named_document(session, named)
    refuse_void_document(delivered)
    token = _token()
    row = DeliveryLinkRow(
        invoice_id=delivered.keys.get("invoice_id"),
        payee_document_id=delivered.keys.get("payee_document_id"),
        customer_id=delivered.receiver_id,
        token_sha256=digest(token),
        expires_at=at + timedelta(days=days),
        made_by=by,
        made_at=at,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return token, _known(session, [row])[0]


def end_of_local_day(instant: datetime, zone: str) -> datetime:
    """The instant at which the local day of an instant ends: what opens until a day opens on all of it."""
    local = instant.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo).astimezone(UTC)


def make_of_delivery(
    session: Session, delivery: DeliveryRow, *, days: int, zone: str, at: datetime
) -> tuple[str, KnownLink]:
    """Make the link that the mail of a delivery has; it opens to the end of the local day that the mail names."""
    token = _token()
    row = DeliveryLinkRow(
        invoice_id=delivery.invoice_id,
        payee_document_id=delivery.payee_document_id,
        customer_id=delivery.customer_id,
        delivery_id=delivery.id,
        token_sha256=digest(token),
        expires_at=end_of_local_day(at + timedelta(days=days), zone),
        made_at=at,
    )
    session.add(row)
    session.flush()
    return token, _known(session, [row])[0]


def _token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def links(session: Session, named: NamedDocument) -> list[KnownLink]:
    """List the links to a document with what was opened by them, the first first.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        UnknownPayeeDocument, WhichSeller: nor a document of a payee.
    """
    chosen = select(DeliveryLinkRow).where(*named_document(session, named).those_of(DeliveryLinkRow))
    return _known(session, session.exec(chosen.order_by(col(DeliveryLinkRow.id))).all())


def revoke_link(session: Session, named: NamedDocument, key: int, *, by: str, at: datetime) -> KnownLink:
    """End a link: it opens nothing from now on. One that is ended already stays as it was.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued, UnknownDeliveryLink: there is no such link.
        UnknownPayeeDocument, WhichSeller: nor a document of a payee.
    """
    chosen = select(DeliveryLinkRow).where(
        DeliveryLinkRow.id == key, *named_document(session, named).those_of(DeliveryLinkRow)
    )
    row = session.exec(chosen.with_for_update()).one_or_none()
    if row is None:
        raise UnknownDeliveryLink(f"{named.number} has no link {key}", found=key)
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
    row = session.exec(select(DeliveryLinkRow).where(DeliveryLinkRow.id == key)).one()
    delivered = document_of(session, row)
    lock_account(session, account_of(delivered.invoice))
    delivered.refresh(session)
    refuse_void_document(delivered)
    session.add(DeliveryDownloadRow(link_id=key, what=what.value, at=at))
    session.flush()


def _known(session: Session, rows: Sequence[DeliveryLinkRow]) -> list[KnownLink]:
    opened = select(DeliveryDownloadRow).where(col(DeliveryDownloadRow.link_id).in_([row.id for row in rows]))
    downloads: dict[int, list[tuple[LinkTarget, datetime]]] = defaultdict(list)
    for download in session.exec(opened.order_by(col(DeliveryDownloadRow.id))):
        downloads[download.link_id].append((LinkTarget(download.what), download.at))
    return [
        KnownLink(
            id=row.id,
            document=delivered.number,
            supplier=delivered.supplier,
            of_payee=delivered.payee_document is not None,
            expires_at=row.expires_at,
            made_by=row.made_by,
            made_at=row.made_at,
            revoked_by=row.revoked_by,
            revoked_at=row.revoked_at,
            delivery=row.delivery_id,
            downloads=tuple(downloads.get(row.id, ())),
        )
        for row, delivered in zip(rows, documents_of(session, rows), strict=True)
    ]
