"""A link opened by whoever has it: page, PDF or original of one document, and nothing else of the tenant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from api.delivering.originals import payee_picture, picture
from api.operations.originals import archived_original, find_payee_original
from api.refusals import Gone
from api.server.database import OF_A_PAYEE, SYSTEM, Database
from billing.delivery import links
from billing.delivery.links import KnownLink, LinkTarget, UnknownDeliveryLink
from billing.delivery.outgoing import OutgoingFile, original_file, outgoing_file
from billing.documents.registry import DOCUMENTS
from billing.invoices import store as invoices
from billing.invoices.store import DocumentVoid
from billing.payees.documents import store as payee_documents

_OF_TOKEN = "select tenant, customer_id, link_id from link_of_token(%(digest)s)"  # noqa: S105 a query, and no secret


class LinkExpired(Gone):
    """The link has expired."""


class LinkRevoked(Gone):
    """The link was revoked."""


class LinkToVoidDocument(Gone):
    """The document of the link is void."""


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whose a token is: its tenant, the customer whose document it opens, and its link."""

    tenant: int
    customer: int
    link: int


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """What is shown; ``style`` is that of a page, which is the only one that is obeyed."""

    file: OutgoingFile
    style: str = ""


def holder_of(look_up: Callable[[str, dict[str, object]], Sequence[tuple[Any, ...]]], token: str) -> TokenHolder:
    """Find whose a token is.

    Args:
        look_up: asks the database before a tenant is stated.
        token: as it was shown.

    Raises:
        UnknownDeliveryLink: nobody's.
    """
    for tenant, customer, link in look_up(_OF_TOKEN, {"digest": links.digest(token)}):
        return TokenHolder(tenant, customer, link)
    raise UnknownDeliveryLink


def open_link(
    database: Database,
    holder: TokenHolder,
    what: LinkTarget,
    now: datetime,
    public_url: str = "",
    *,
    is_opened: bool = True,
) -> OpenedFile:
    """Open a document by a link, and record that it was; in the database by no more than its customer may see.

    Args:
        database: the application's.
        holder: of the token.
        what: is opened.
        now: the instant.
        public_url: where customers reach this server, for the addresses of proofs.
        is_opened: whether the content is handed out; else nothing is recorded.

    Raises:
        LinkExpired, LinkRevoked, LinkToVoidDocument: it opens nothing any more.
        EInvoiceRefused, OriginalOfState, OriginalNotValid: it has no original that may leave the house.
    """
    with database.transaction(holder.tenant) as session:
        known = links.link(session, holder.link)
    _refuse_ended(known, now)
    acting = OF_A_PAYEE if known.of_payee else SYSTEM
    with database.transaction(holder.tenant, holder.customer, acting=acting) as session:
        opened = _opened(session, known, what, now, public_url)
    if is_opened:
        try:
            with database.transaction(holder.tenant) as session:
                links.note_download(session, holder.link, what, now)
        except DocumentVoid:  # meanwhile
            raise LinkToVoidDocument(found=known.document) from None
    return opened


def _refuse_ended(known: KnownLink, now: datetime) -> None:
    if known.revoked_at is not None:
        raise LinkRevoked(found=known.revoked_at.isoformat())
    if known.expires_at <= now:
        raise LinkExpired(found=known.expires_at.isoformat(), expected=f"before {known.expires_at.isoformat()}")


def _opened(session: Session, known: KnownLink, what: LinkTarget, now: datetime, public_url: str) -> OpenedFile:
    number, seller = known.document, known.supplier
    if known.of_payee:
        voided_on = payee_documents.find(session, number, seller).voided_on
        original = partial(find_payee_original, session, number, now, seller, public_url=public_url)
        drawn = partial(payee_picture, session, number, seller, public_url=public_url)
    else:
        stored = invoices.find(session, number, seller)
        voided_on = stored.row.voided_on
        original = partial(archived_original, session, stored, now, public_url)
        drawn = partial(picture, session, stored, at=now, public_url=public_url)
    if voided_on is not None:
        raise LinkToVoidDocument(found=number)
    if what is LinkTarget.ORIGINAL:
        return OpenedFile(original_file(original(), number))
    name = "html" if what is LinkTarget.PAGE else "pdf"
    return OpenedFile(outgoing_file(number, *drawn(name=name)), DOCUMENTS.invoice[name].style)
