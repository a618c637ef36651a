"""Invoices: made, issued, shown, explained, replayed, exported."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.documents import serve_document
from api.http.exports import serve_export
from api.http.interface.problem import problems
from api.http.json_types import WrittenDay
from api.http.later import LATER, Later, answer_later
from api.http.originals import ORIGINAL, original_answer
from api.http.paging import asked, page
from api.http.proof_answers import PROOF, proof_answer
from api.http.work_route import WorkRoute, takes
from api.long_work.operation_query import OperationKind
from api.long_work.store import NewOperation
from api.operations import billed, billing, invoices, originals, proofs, rating
from api.operations.billed import BilledOut, DiscrepancyOut, ReplayOut
from api.operations.originals import ValidationOut
from billing.documents.document import InvoiceDocument, UsageDocument
from billing.documents.registry import DOCUMENTS
from billing.documents.usage.views import InvoiceUsageOut, invoice_usage_out
from billing.documents.views import (
    ExplanationOut,
    InvoiceHead,
    InvoiceOut,
    explanation_out,
    invoice_head,
)
from billing.exports import EXPORTERS
from billing.invoices.invoice_query import InvoiceQuery, InvoiceTotals
from quantities.days import DayOrInstant
from quantities.errors import NotFound, Unavailable
from quantities.listing import ListQuery

router = APIRouter(prefix="/v1", tags=["billing"], route_class=WorkRoute)


class UnknownExport(NotFound):
    """There is no export of that name."""


Supplier = Annotated[
    str | None, Query(description="Whose invoice, where several suppliers have one of that number.", max_length=200)
]


Until = Annotated[
    DayOrInstant | None,
    Query(description="Only what was due before this instant, or by the end of this day in UTC; never ahead of now."),
]


class StoppedMidway(Unavailable):
    """The run was stopped between two chunks, because the server is going to end."""


@router.post("/bill", responses=LATER)
@takes(in_many=True)
def bill_contracts(
    call: Annotated[StatedCall, needs(Permission.INVOICES_ISSUE)],
    later: Later,
    issue: Annotated[bool, Query(description="Issue it; else drafts are shown, and nothing is billed.")] = False,  # noqa: FBT002 a query parameter
    issue_date: Annotated[
        WrittenDay | None,
        Query(
            alias="date",
            description="The date that the invoices bear, from that of their issuer's last invoice to today; today by "
            "default. Only with `issue`.",
        ),
    ] = None,
    until: Until = None,
) -> BilledOut:
    """Show what is due as drafts, or issue it, chunk by chunk, each its own transaction; safe to repeat."""
    if not issue and issue_date is not None:
        detail = f"drafts do not bear the date {issue_date}"
        raise billing.IssueDateWithoutIssue(detail, found=str(issue_date), expected="none, or issue")
    billed.due_by(until, call.now)
    if later:
        asked_for = {"issue": issue, "issue_date": issue_date, "until": until}
        stated = {name: value if value is None else str(value) for name, value in asked_for.items()}
        return answer_later(call, NewOperation(OperationKind.BILL, stated | {"issue": issue}))  # type: ignore[return-value] # of another status
    running = _running(call)
    if not issue:
        return billed.show_ready(running, until)
    if call.noted is not None:
        call.noted.object = "issue"
    call.note_now()
    done = billed.bill_all(running, until, issue_date)
    if call.serving.ending.is_set():
        number = len(done.invoices)
        outcome, expected = f"{number} are issued", "the same request again, for the rest"
        raise StoppedMidway(f"{outcome}; ask again for the rest", issued=number, found=outcome, expected=expected)
    return done


@router.get("/drafts", responses=problems(409))
def get_drafts(call: Annotated[StatedCall, needs(Permission.DRAFTS_READ)], until: Until = None) -> BilledOut:
    """Show what is due as drafts, each named by its content; nothing is billed before one is issued by that name."""
    return billed.show_ready(_running(call), until)


def _running(call: StatedCall) -> billed.RunningWork:
    return billed.RunningWork(call.serving.database, call.caller.tenant, call.now, is_over=call.is_abandoned)


_HEADS = TypeAdapter(list[InvoiceHead])


@router.get("/invoices")
def list_invoices(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)],
    request: Request,
    query: Annotated[InvoiceQuery, asked(InvoiceQuery)],
) -> list[InvoiceHead]:
    """List invoices in pages, oldest first; a customer sees its own. Drafts are listed by `GET /v1/drafts`."""
    listed = invoices.list_invoices(call.session, query, call.now, as_customer=call.caller.is_customer)
    return page(request, _HEADS, listed)  # type: ignore[return-value] # with a header


@router.get("/invoices/totals")
def get_invoice_totals(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)],
    query: Annotated[InvoiceQuery, asked(InvoiceQuery, without=ListQuery.model_fields)],
) -> list[InvoiceTotals]:
    """Add up the invoices that the same filters list, of all pages: net, VAT, gross and open of each currency."""
    return invoices.total_invoices(call.session, query, call.now, as_customer=call.caller.is_customer)


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
    public_url = call.serving.delivery_setup.public_url
    return originals.write_document(
        call.session, number, document, call.now, supplier, as_customer=as_customer, public_url=public_url
    )


for _kind in DOCUMENTS.invoice.values():
    serve_document(router, "/invoices/{number}", _kind, _write)


@router.get("/invoices/{number}/usage", responses=problems(409))
def get_invoice_usage(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)], number: str, supplier: Supplier = None
) -> InvoiceUsageOut:
    """Count the use behind an invoice by day, as of the readings that it knew; of a draft by its name."""
    as_customer = call.caller.is_customer
    return invoice_usage_out(
        invoices.usage_of_invoice(call.session, number, call.now, supplier, as_customer=as_customer)
    )


def _write_usage(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)],
    number: str,
    document: UsageDocument,
    supplier: Supplier = None,
) -> bytes:
    as_customer = call.caller.is_customer
    usage = invoices.usage_of_invoice(call.session, number, call.now, supplier, as_customer=as_customer)
    return document.render(usage)


for _usage_kind in DOCUMENTS.usage.values():
    serve_document(
        router, "/invoices/{number}/usage", _usage_kind, _write_usage, name=f"get_invoice_usage_{_usage_kind.name}"
    )


@router.get("/invoices/{number}/original", response_class=Response, responses=ORIGINAL)
def get_original(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)], number: str, supplier: Supplier = None
) -> Response:
    """Read the archived original of an invoice: for ever the same bytes, in the form that its customer takes.

    Whoever asks first has it made and validated; 409 with the rule and the field where its form refuses it. Of an
    e-invoice the XML is the original, and wins over the PDF.
    """
    as_customer, public_url = call.caller.is_customer, call.serving.delivery_setup.public_url
    kept = originals.find_original(
        call.session, number, call.now, supplier, as_customer=as_customer, public_url=public_url
    )
    return original_answer(kept)


@router.get("/invoices/{number}/validation", responses=problems(409))
def get_validation(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)], number: str, supplier: Supplier = None
) -> ValidationOut:
    """Say what the rules of its form say of an invoice, or of a draft as if it were issued: each with its field."""
    as_customer = call.caller.is_customer
    return originals.validate_invoice(call.session, number, call.now, supplier, as_customer=as_customer)


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


@router.get(
    "/invoices/{number}/proof",
    response_class=Response,
    responses=PROOF,
)
def get_proof(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)], number: str, supplier: Supplier = None
) -> Response:
    """Take the proof of an issued document along: a .zip with all that it was computed from, and its own verifier."""
    as_customer = call.caller.is_customer
    return proof_answer(proofs.make_proof(call.session, number, call.now, supplier, as_customer=as_customer))


@router.post("/replay", responses=LATER)
def replay_invoices(call: Annotated[StatedCall, needs(Permission.INVOICES_REPLAY)], later: Later) -> ReplayOut:
    """Recompute every issued invoice, and name each line that no longer proves."""
    if later:
        return answer_later(call, NewOperation(OperationKind.REPLAY, {}))  # type: ignore[return-value] # of another status
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
