"""The proof of a document that travels, as use cases: made for whoever may read the document."""

from datetime import datetime

from sqlmodel import Session

from api.operations.invoices import open_invoice
from api.server.database import as_product
from billing.invoices import store
from billing.invoices.store import UnknownInvoice
from billing.payees.documents import store as payee_documents
from billing.proof.bundle.store import ProofBundle, proof_bundle
from billing.proof.payee_bundle.store import payee_proof_bundle


def make_proof(
    session: Session, number: str, at: datetime, supplier: str | None = None, *, as_customer: bool = False
) -> ProofBundle:
    """Make the bundle that a document's customer verifies without us.

    What it says is what its customer may see, whoever asks; it is computed from what the product sees.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: of an issued document.
        at: now.
        supplier: whose document, where several suppliers have one of that number.
        as_customer: a draft does not exist for a customer.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``); of a payee's document it names its own proof.
        DraftHasNoProof: it is a draft.
        DocumentUnproven: it does not come to what it says any more.
    """
    try:
        with open_invoice(session, number, at, supplier, as_customer=as_customer) as invoice:
            if invoice.row.number is None:
                return proof_bundle(session, invoice)
            with as_product(session):
                (seen,) = store.billed(session, [invoice.row.id])
                return proof_bundle(session, seen)
    except UnknownInvoice as unknown:
        if not payee_documents.is_visible(session, number):
            raise
        detail = f"{number} is no invoice, but a document between the supplier and a payee"
        expected = f"`usufruct payee proof {number}`, or GET /v1/payee-documents/{number}/proof"
        raise UnknownInvoice(detail, found=number, expected=expected) from unknown


def make_payee_proof(session: Session, number: str, seller: str | None = None) -> ProofBundle:
    """Make the bundle that a payee verifies without us, of a document between the supplier and it.

    What it says is what the payee may see, whoever asks; it is computed from what the product sees.

    Args:
        session: states the tenant, and the party where a payee asks.
        number: of the document.
        seller: whose, where several sellers have one of that number.

    Raises:
        UnknownPayeeDocument, WhichSeller: none is visible here, or several.
        DocumentUnproven: it does not come to what it says any more.
    """
    visible = payee_documents.find(session, number, seller)
    with as_product(session):
        return payee_proof_bundle(session, payee_documents.by_key(session, visible.id))
