"""What documents say, as they leave: with the numbers that states gave, and with addresses that can be opened."""

from sqlmodel import Session

from api.server.database import as_product
from billing.clearance.store import with_clearances
from billing.documents.model.at_address import at_address
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.load import business_document
from billing.invoices.store import StoredInvoice


def document_of(session: Session, stored: StoredInvoice, public_url: str = "") -> BusinessDocument:
    """Say what an invoice, or a draft while it is opened, says to its reader.

    Args:
        session: states the tenant, and the party where a customer asks: whoever may see it sees all of it.
        stored: with its lines.
        public_url: at which customers reach this server; empty where nobody knows it.
    """
    with as_product(session):
        return as_it_leaves(session, business_document(session, stored), stored.row.issuer_id, public_url)


def as_it_leaves(
    session: Session, document: BusinessDocument, issuer_id: int, public_url: str = ""
) -> BusinessDocument:
    """Give a document what its own rows do not say: numbers of states, and the address of this server.

    Args:
        session: states the tenant, and the party where one asks.
        document: what it says.
        issuer_id: whose it is.
        public_url: at which others reach this server; empty where nobody knows it.
    """
    with as_product(session):
        return at_address(with_clearances(session, document, issuer_id), public_url)
