"""Invoices: made, issued, shown, explained, replayed, exported."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from api.dependencies import Anyone, DatabaseDep, Maker, Office
from api.page import page
from api.views import ExplanationOut, InvoiceHead, InvoiceOut, head, name_of, opened, whole
from api.working import bill_everything
from billing import run, store
from billing.explain_store import explain
from billing.export import EXPORTERS
from billing.proof_store import replay as replay_all
from metering.errors import NotFound

router = APIRouter(prefix="/v1", tags=["billing"])


class UnknownExport(NotFound):
    """There is no export of that name."""


class BilledOut(BaseModel):
    """What a run made, and what it held."""

    invoices: list[InvoiceHead]
    held: dict[str, str]


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


@router.post("/bill")
def bill(
    call: Maker,
    database: DatabaseDep,
    issue: Annotated[bool, Query(description="Give numbers; else drafts are left.")] = False,  # noqa: FBT002 a query parameter
) -> BilledOut:
    """Bill everything that is due, chunk by chunk, each its own transaction; safe to repeat."""
    done = bill_everything(database, call.caller.tenant, call.now, issue=issue)
    return BilledOut(invoices=[head(each) for each in store.billed(call.session, done.invoices)], held=done.held)


@router.get("/invoices")
def get_invoices(call: Anyone) -> list[InvoiceHead]:
    """List invoices, oldest first; a customer sees its own issued ones."""
    ids = store.ids_of(call.session, issued_only=call.caller.party is not None)
    return [head(each) for each in store.billed(call.session, ids)]


@router.get("/invoices/{number}")
def get_invoice(call: Anyone, number: str) -> InvoiceOut:
    """Read an invoice with its lines and its inputs; a draft is draft-ID."""
    return whole(_visible(call, number))


@router.get("/invoices/{number}/page", response_class=HTMLResponse)
def get_page(call: Anyone, number: str) -> HTMLResponse:
    """Read an invoice as a page to print."""
    return HTMLResponse(page(whole(_visible(call, number))))


@router.post("/invoices/{number}/issue")
def issue_invoice(call: Office, number: str) -> InvoiceHead:
    """Give a draft its number (BT-1) and issue date (BT-2). It never changes again."""
    return head(run.issue_draft(call.session, number, call.now))


@router.get("/invoices/{number}/lines/{pos}/explanation")
def get_explanation(
    call: Anyone, number: str, pos: int, most: Annotated[int, Query(ge=0, le=10_000)] = 1000
) -> ExplanationOut:
    """Open a line down to its readings."""
    return opened(explain(call.session, name_of(_visible(call, number)), pos, most))


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


def _visible(call: Anyone, number: str) -> store.Billed:
    """Find an invoice; a draft is nobody's business but its maker's."""
    found = store.find(call.session, number)
    if call.caller.party is not None and found.row.sequence is None:
        raise store.UnknownInvoice(f"there is no invoice {number!r} here", found=number)
    return found
