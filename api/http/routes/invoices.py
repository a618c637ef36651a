"""Invoices: made, issued, shown, explained, replayed, exported."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from api.http.dependencies import Anyone, Maker, Office
from api.http.work_route import WorkRoute
from api.operations.working import bill_everything
from billing import run
from billing.documents.invoice_html import page
from billing.documents.views import ExplanationOut, InvoiceHead, InvoiceOut, head, opened, whole
from billing.exports import EXPORTERS
from billing.invoices import store
from billing.proof.explain import explain
from billing.proof.replay import replay as replay_all
from quantities.errors import NotFound

router = APIRouter(prefix="/v1", tags=["billing"], route_class=WorkRoute)


class UnknownExport(NotFound):
    """There is no export of that name."""


class BilledOut(BaseModel):
    """What a run made, what it held, and the numbers of disputes that wait to be accepted and hold nothing back."""

    invoices: list[InvoiceHead]
    held: dict[str, str]
    disputes_waiting: list[int]


class DiscrepancyOut(BaseModel):
    """A line that no longer proves."""

    invoice: str
    pos: int
    charge: str
    what: str
    stored: str
    recomputed: str


class ReplayOut(BaseModel):
    """How many invoices were recomputed, and which of their lines no longer prove."""

    replayed: int
    unproven: list[DiscrepancyOut]


Supplier = Annotated[
    str | None, Query(description="Whose invoice, where several suppliers have one of that number.", max_length=200)
]


@router.post("/bill")
def bill(
    call: Maker,
    issue: Annotated[bool, Query(description="Give numbers; else drafts are left.")] = False,  # noqa: FBT002 a query parameter
) -> BilledOut:
    """Bill everything that is due, chunk by chunk, each its own transaction; safe to repeat."""
    done = bill_everything(call.database, call.caller.tenant, call.now, issue=issue, abandoned=lambda: call.gone)
    return BilledOut(
        invoices=[head(each) for each in store.billed(call.session, done.invoices)],
        held=done.held,
        disputes_waiting=[dispute.id for dispute in done.disputes],
    )


@router.get("/invoices")
def get_invoices(call: Anyone) -> list[InvoiceHead]:
    """List invoices, oldest first; a customer sees its own issued ones."""
    ids = store.ids_of(call.session, issued_only=call.caller.is_customer)
    return [head(each) for each in store.billed(call.session, ids)]


@router.get("/invoices/{number}")
def get_invoice(call: Anyone, number: str, supplier: Supplier = None) -> InvoiceOut:
    """Read an invoice with its lines and its inputs; a draft is draft-ID."""
    return whole(_visible(call, number, supplier))


@router.get("/invoices/{number}/page", response_class=HTMLResponse)
def get_page(call: Anyone, number: str, supplier: Supplier = None) -> HTMLResponse:
    """Read an invoice as a page to print."""
    return HTMLResponse(page(whole(_visible(call, number, supplier))))


@router.post("/invoices/{number}/issue")
def issue_invoice(call: Office, number: str) -> InvoiceHead:
    """Give a draft its number (BT-1) and issue date (BT-2). It never changes again."""
    return head(run.issue_draft(call.session, number, call.now))


@router.get("/invoices/{number}/lines/{pos}/explanation")
def get_explanation(
    call: Anyone,
    number: str,
    pos: int,
    most: Annotated[int, Query(ge=0, le=10_000)] = 1000,
    supplier: Supplier = None,
) -> ExplanationOut:
    """Open a line down to its readings."""
    _visible(call, number, supplier)
    return opened(explain(call.session, number, pos, most, supplier))


@router.post("/replay")
def replay(call: Office) -> ReplayOut:
    """Recompute every issued invoice, and name each line that no longer proves."""
    ids = store.ids_of(call.session, issued_only=True)
    found = replay_all(call.session, ids)
    return ReplayOut(
        replayed=len(ids),
        unproven=[DiscrepancyOut(**asdict(each)) for each in found],
    )


@router.get("/exports/{what}", response_class=Response)
def get_export(call: Office, what: str) -> Response:
    """Write issued invoices, or their lines, as CSV."""
    if what not in EXPORTERS:
        raise UnknownExport(f"there is no export {what!r}", found=what, expected=sorted(EXPORTERS))
    written = EXPORTERS[what](store.billed(call.session, store.ids_of(call.session, issued_only=True)))
    return Response(written, media_type="text/csv; charset=utf-8")


def _visible(call: Anyone, number: str, supplier: str | None) -> store.StoredInvoice:
    """Find an invoice; a draft is nobody's business but its maker's."""
    found = store.find(call.session, number, supplier)
    if call.caller.is_customer and found.row.sequence is None:
        raise store.UnknownInvoice(f"there is no invoice {number!r} here", found=number)
    return found
