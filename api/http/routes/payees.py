"""Payees: who has a part of what was issued, their statements and documents, and the legs of an invoice."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.documents import serve_document
from api.http.interface.problem import problems
from api.http.originals import ORIGINAL, original_answer
from api.http.paging import asked, page
from api.http.proof_answers import PROOF, proof_answer
from api.http.work_route import WorkRoute
from api.operations import originals, payees, proofs
from api.operations.payees import DaysOfIssue
from api.operations.short_lists import PAYEES, PayeeQuery
from billing.documents.document import InvoiceDocument, PayeeDocument
from billing.documents.payee_document_views import PayeeDocumentHead, PayeeDocumentOut
from billing.documents.payee_views import KnownPayeeOut, PayeeStatementOut, SharedSaleOut
from billing.documents.registry import DOCUMENTS
from billing.payees.documents.document_query import PayeeDocumentQuery

router = APIRouter(prefix="/v1", tags=["billing"], route_class=WorkRoute)

IssuedFrom = Annotated[date | None, Query(description="Issued on this day or later.")]
IssuedTo = Annotated[date | None, Query(description="Issued on this day, which counts, or earlier.")]
_PAYEES = TypeAdapter(list[KnownPayeeOut])


@router.get("/payees")
def list_payees(
    call: Annotated[StatedCall, needs(Permission.PAYEES_READ)],
    request: Request,
    query: Annotated[PayeeQuery, asked(PayeeQuery)],
) -> list[KnownPayeeOut]:
    """List who has a part of what was issued in pages, by name and currency."""
    listed = payees.list_payees(call.session, DaysOfIssue(query.issued_from, query.issued_to))
    return page(request, _PAYEES, PAYEES.page(listed, query))  # type: ignore[return-value] # with a header


@router.get("/payees/{payee}/statement")
def get_payee_statement(
    call: Annotated[StatedCall, needs(Permission.PAYEES_READ)],
    payee: str,
    issued_from: IssuedFrom = None,
    issued_to: IssuedTo = None,
) -> PayeeStatementOut:
    """State of each issued line what was sold, what of it is the payee's, and what is the supplier's commission."""
    return payees.payee_statement(call.session, payee, DaysOfIssue(issued_from, issued_to))


def _write(
    call: Annotated[StatedCall, needs(Permission.PAYEES_READ)],
    payee: str,
    document: PayeeDocument,
    issued_from: IssuedFrom = None,
    issued_to: IssuedTo = None,
) -> bytes:
    return payees.write_payee_statement(
        call.session, payee, DaysOfIssue(issued_from, issued_to), document, call.now.date()
    )


for _kind in DOCUMENTS.payee.values():
    serve_document(router, "/payees/{payee}/statement", _kind, _write, name=f"get_payee_{_kind.name}")


@router.get("/invoices/{number}/legs", responses=problems(409))
def get_invoice_legs(
    call: Annotated[StatedCall, needs(Permission.PAYEES_READ)],
    number: str,
    supplier: Annotated[str | None, Query(description="Whose, where several suppliers have one.")] = None,
) -> SharedSaleOut:
    """Say which sales an issued invoice is, between whom, who makes out the document, and the tax of each."""
    return payees.invoice_legs(call.session, number, supplier)


_HEADS = TypeAdapter(list[PayeeDocumentHead])


@router.get("/payees/{payee}/documents")
def list_payee_documents(
    call: Annotated[StatedCall, needs(Permission.PAYEE_DOCUMENTS_READ)],
    request: Request,
    payee: str,
    query: Annotated[PayeeDocumentQuery, asked(PayeeDocumentQuery)],
) -> list[PayeeDocumentHead]:
    """List the documents between the supplier and a payee in pages, oldest first; a payee sees its own."""
    listed = payees.list_payee_documents(call.session, payee, query, as_payee=call.caller.party is not None)
    return page(request, _HEADS, listed)  # type: ignore[return-value] # with a header


@router.get("/payee-documents/{number}")
def get_payee_document(
    call: Annotated[StatedCall, needs(Permission.PAYEE_DOCUMENTS_READ)],
    number: str,
    seller: Annotated[str | None, Query(description="Whose, where several sellers have one.")] = None,
) -> PayeeDocumentOut:
    """Read a document between the supplier and a payee with its lines: each names the customer's line it comes of."""
    return payees.find_payee_document(call.session, number, seller)


def _write_document(
    call: Annotated[StatedCall, needs(Permission.PAYEE_DOCUMENTS_READ)],
    number: str,
    document: InvoiceDocument,
    seller: Annotated[str | None, Query(description="Whose, where several sellers have one.")] = None,
) -> bytes:
    public_url = call.serving.delivery_setup.public_url
    return payees.write_payee_document(call.session, number, document, seller, public_url=public_url)


for _written in DOCUMENTS.invoice.values():
    serve_document(
        router,
        "/payee-documents/{number}",
        _written,
        _write_document,
        name=f"get_payee_document_{_written.address or _written.name}",
    )


@router.get("/payee-documents/{number}/original", response_class=Response, responses=ORIGINAL)
def get_payee_original(
    call: Annotated[StatedCall, needs(Permission.PAYEE_DOCUMENTS_READ)],
    number: str,
    seller: Annotated[str | None, Query(description="Whose, where several sellers have one.")] = None,
) -> Response:
    """Read the archived original of a payee's document: for ever the same bytes, as `GET /v1/invoices/N/original`."""
    public_url = call.serving.delivery_setup.public_url
    kept = originals.find_payee_original(call.session, number, call.now, seller, public_url=public_url)
    return original_answer(kept)


@router.get(
    "/payee-documents/{number}/proof",
    response_class=Response,
    responses=PROOF,
)
def get_payee_proof(
    call: Annotated[StatedCall, needs(Permission.PAYEE_DOCUMENTS_READ)],
    number: str,
    seller: Annotated[str | None, Query(description="Whose, where several sellers have one.")] = None,
) -> Response:
    """Take the proof of a payee's document along: a .zip of what the payee may see, with the verifier in it."""
    return proof_answer(proofs.make_payee_proof(call.session, number, seller))
