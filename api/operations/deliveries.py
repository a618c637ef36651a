"""Deliveries as use cases: documents sent, sent again, settled and answered; links made, listed and revoked."""

from datetime import datetime

from sqlmodel import Session

from api.audit.note import made
from api.delivering.setup import WaysSetUp
from api.operations.invoices import business_document_of
from billing.delivery import links, store
from billing.delivery.answer import DeliveryAnswer
from billing.delivery.documents.store import NamedDocument
from billing.delivery.portal import portal_csv
from billing.delivery.state import DeliveryHappening
from billing.delivery.store import DeliveryAsked
from billing.delivery.views import DeliveryOut, LinkOut, MadeLinkOut, delivery_out, link_out, made_link_out


def ask_delivery(session: Session, asked: DeliveryAsked, setup: WaysSetUp, *, who: str, at: datetime) -> DeliveryOut:
    """Ask for a document to be sent; whatever sends what is due does it within seconds.

    Raises:
        WayNotSetUp: no server is set for the way.
        UsufructError: ``billing.delivery.store.ask_delivery`` says which.
    """
    known = store.ask_delivery(session, asked, by=who, at=at)
    setup.refuse_not_set_up(known.way)
    made(session, f"delivery {known.id} of {known.document}")
    return delivery_out(known)


def list_deliveries(session: Session, named: NamedDocument, *, as_customer: bool = False) -> list[DeliveryOut]:
    """List the deliveries of a document; to whoever gets it (``as_customer``) where they stand, and no more.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document of a customer.
        UnknownPayeeDocument, WhichSeller: nor of a payee.
    """
    listed = [delivery_out(known) for known in store.deliveries(session, named, as_customer=as_customer)]
    return [shown.for_customer for shown in listed] if as_customer else listed


def find_delivery(session: Session, key: int) -> DeliveryOut:
    """Read a delivery.

    Raises:
        UnknownDocumentDelivery: none of that number is visible here.
    """
    return delivery_out(store.delivery(session, key))


def send_again(
    session: Session, named: NamedDocument, delivery: int, *, reason: str, who: str, at: datetime
) -> DeliveryOut:
    """Send a document once more, as a person orders with a reason.

    Raises:
        UsufructError: ``billing.delivery.store.send_again`` says which.
    """
    return delivery_out(store.send_again(session, named, delivery, reason=reason, by=who, at=at))


def settle_delivery(
    session: Session,
    named: NamedDocument,
    delivery: int,
    outcome: DeliveryHappening,
    *,
    reason: str,
    who: str,
    at: datetime,
) -> DeliveryOut:
    """Say how a delivery ended of which a person is asked.

    Raises:
        UsufructError: ``billing.delivery.store.settle`` says which.
    """
    return delivery_out(store.settle(session, named, delivery, outcome=outcome, reason=reason, by=who, at=at))


def record_answer(
    session: Session, message: str, answer: DeliveryAnswer, *, detail: str, who: str, at: datetime
) -> DeliveryOut:
    """Record what a receiver answers to a message.

    Raises:
        UsufructError: ``billing.delivery.store.record_answer`` says which.
    """
    return delivery_out(store.record_answer(session, message, answer, detail=detail, by=who, at=at))


def make_link(
    session: Session, named: NamedDocument, setup: WaysSetUp, *, days: int | None, who: str, at: datetime
) -> MadeLinkOut:
    """Make a link to an issued document, for somebody to hand on; its address is answered this once.

    Raises:
        WayNotSetUp: nobody knows under which address customers reach this server.
        UsufructError: ``billing.delivery.links.make_link`` says which.
    """
    lasting = setup.link_days if days is None else days
    token, known = links.make_link(session, named, days=lasting, by=who, at=at)
    made(session, f"link {known.id} to {known.document}")
    return made_link_out(known, setup.link(token))


def list_links(session: Session, named: NamedDocument) -> list[LinkOut]:
    """List the links to a document, and what was opened by them.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
    """
    return [link_out(known) for known in links.links(session, named)]


def revoke_link(session: Session, named: NamedDocument, key: int, *, who: str, at: datetime) -> LinkOut:
    """End a link before it expires.

    Raises:
        UsufructError: ``billing.delivery.links.revoke_link`` says which.
    """
    return link_out(links.revoke_link(session, named, key, by=who, at=at))


def portal_rows(
    session: Session, number: str, supplier: str | None, at: datetime, *, as_customer: bool = False
) -> bytes:
    """Write a document as the file of a buyer's portal.

    Raises:
        UsufructError: ``api.operations.invoices.business_document_of`` says which.
    """
    return portal_csv(business_document_of(session, number, at, supplier, as_customer=as_customer))
