"""Invoices: made, issued, shown, explained, replayed, exported."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.documents import serve_document
from api.http.exports import serve_export
from api.http.interface.problem import problems
from api.http.json_types import WrittenDay
from api.http.work_route import WorkRoute, takes
from api.operations import billing, invoices, rating
from billing.documents import DOCUMENTS
from billing.documents.document import InvoiceDocument
from billing.documents.views import (
    ExplanationOut,
    HeldOut,
    InvoiceHead,
    InvoiceOut,
    explanation_out,
    held_out,
    invoice_head,
)
from billing.exports import EXPORTERS
from quantities.errors import NotFound, Unavailable

router = APIRouter(prefix="/v1", tags=["billing"], route_class=WorkRoute)


class UnknownExport(NotFound):
    """There is no export of that name."""


class BilledOut(BaseModel):
    """What a run made, what is held, and the numbers of disputes that wait to be accepted and hold nothing back.

    `held` has one reason of each contract that this run held, `held_work` all that waits, each period for its own.
    """

    invoices: list[InvoiceHead]
    held: dict[str, str]
    held_work: list[HeldOut]
    disputes_waiting: list[int]


class DiscrepancyOut(BaseModel):
    """A line, or at position 0 a head, that no longer proves."""

    invoice: str
    pos: int
    charge: str
    what: str
    stored: str
    recomputed: str


class ReplayOut(BaseModel):
    """How many invoices were recomputed, and which of their lines and heads no longer prove."""

    replayed: int
    unproven: list[DiscrepancyOut]


Supplier = Annotated[
    str | None, Query(description="Whose invoice, where several suppliers have one of that number.", max_length=200)
]


class StoppedMidway(Unavailable):
    """The run was stopped between two chunks, because the server is going to end."""


@router.post("/bill")
@takes(in_many=True)
def bill_contracts(
    call: Annotated[StatedCall, needs(Permission.INVOICES_ISSUE)],
    issue: Annotated[bool, Query(description="Issue it; else drafts are shown, and nothing is billed.")] = False,  # noqa: FBT002 a query parameter
    issue_date: Annotated[
        WrittenDay | None,
        Query(
            alias="date",
            description="The date that the invoices bear, from that of their issuer's last invoice to today; today by "
            "default. Only with `issue`.",
        ),
    ] = None,
) -> BilledOut:
    """Show what is due as drafts, or issue it, chunk by chunk, each its own transaction; safe to repeat."""
    if not issue:
        if issue_date is not None:
            raise billing.IssueDateWithoutIssue(f"drafts do not bear the date {issue_date}", found=str(issue_date))
        return _ready(call)
    if call.noted is not None:
        call.noted.object = "issue"
    call.note_now()
    done = billing.bill_everything(
        call.serving.database, call.caller.tenant, call.now, issue_date=issue_date, abandoned=call.is_abandoned
    )
    if call.serving.ending.is_set():
        raise StoppedMidway(f"{len(done.invoices)} are issued; ask again for the rest", issued=len(done.invoices))
    return BilledOut(
        invoices=[invoice_head(invoice) for invoice in invoices.invoices_by_id(call.session, done.invoices)],
        held=done.held,
        held_work=[held_out(work) for work in done.held_work],
        disputes_waiting=[dispute.id for dispute in done.disputes],
    )


def _ready(call: StatedCall) -> BilledOut:
    ready = billing.look_at_everything(call.serving.database, call.caller.tenant, call.now, abandoned=call.is_abandoned)
    return BilledOut(
        invoices=[invoice_head(draft) for draft in ready.drafts],
        held=ready.held,
        held_work=[held_out(work) for work in ready.held_work],
        disputes_waiting=[dispute.id for dispute in ready.disputes],
    )


@router.get("/drafts", responses=problems(409))
def get_drafts(call: Annotated[StatedCall, needs(Permission.DRAFTS_READ)]) -> BilledOut:
    """Show what is due as drafts, each named by its content; nothing is billed before one is issued by that name."""
    return _ready(call)


@router.get("/invoices")
def list_invoices(call: Annotated[StatedCall, needs(Permission.INVOICES_READ)]) -> list[InvoiceHead]:
    """List invoices, oldest first; a customer sees its own. Drafts are listed by `GET /v1/drafts`."""
    return [invoice_head(invoice) for invoice in invoices.list_invoices(call.session)]


@router.get("/invoices/{number}", responses=problems(409))
def get_invoice(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)], number: str, supplier: Supplier = None
) -> InvoiceOut:
    """Read an invoice with its lines and its inputs, or a draft by its name; 409 where it comes out otherwise now."""
    return invoices.find_invoice(call.session, number, call.now, supplier, as_customer=call.caller.is_customer)


def _write(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)],
    number: str,
    document: InvoiceDocument,
    supplier: Supplier = None,
) -> bytes:
    as_customer = call.caller.is_customer
    return invoices.write_invoice(call.session, number, document, call.now, supplier, as_customer=as_customer)


for _kind in DOCUMENTS.invoice.values():
    serve_document(router, "/invoices/{number}", _kind, _write)


@router.post("/invoices/{number}/issue")
def issue_invoice(call: Annotated[StatedCall, needs(Permission.INVOICES_ISSUE)], number: str) -> InvoiceHead:
    """Issue a draft as it was looked at: it gets its number (BT-1) and issue date (BT-2), and never changes again.

    Its name is that of its content; where it comes out otherwise now, the answer is 409 with the lines that differ.
    """
    return invoice_head(rating.issue_invoice(call.session, number, call.now))


@router.get("/invoices/{number}/lines/{pos}/explanation", responses=problems(409))
def explain_line(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)],
    number: str,
    pos: int,
    most: Annotated[int, Query(ge=0, le=10_000)] = 1000,
    supplier: Supplier = None,
) -> ExplanationOut:
    """Open a line down to its readings."""
    return explanation_out(
        invoices.explain_line(
            call.session,
            invoices.AskedLine(number, pos, most, supplier),
            call.now,
            as_customer=call.caller.is_customer,
        )
    )


@router.post("/replay")
def replay_invoices(call: Annotated[StatedCall, needs(Permission.INVOICES_REPLAY)]) -> ReplayOut:
    """Recompute every issued invoice, and name each line that no longer proves."""
    done = rating.replay_issued_invoices(call.session)
    return ReplayOut(
        replayed=done.count,
        unproven=[DiscrepancyOut(**asdict(discrepancy)) for discrepancy in done.discrepancies],
    )


for _export in EXPORTERS.values():
    serve_export(router, _export)


@router.get("/exports/{what}", include_in_schema=False)
def get_export(call: Annotated[StatedCall, needs(Permission.EXPORTS_READ)], what: str) -> Response:
    """Say which exports there are, where one is asked for that is none."""
    raise UnknownExport(f"there is no export {what!r}", found=what, expected=sorted(EXPORTERS))
