"""Documents sent by the product itself: deliveries, what became of them, what was answered, and links."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.media import schema_of_media
from api.http.repeats import KeptBy
from api.http.routes.invoices import Supplier
from api.http.routes.receivables import RowNumber
from api.http.work_route import WorkRoute, takes
from api.operations import deliveries
from billing.delivery.answer import DeliveryAnswer
from billing.delivery.documents.store import NamedDocument
from billing.delivery.links import LINK_DAYS_MAX
from billing.delivery.state import DeliveryHappening
from billing.delivery.store import DeliveryAsked
from billing.delivery.views import DeliveryOut, LinkOut, MadeLinkOut
from contracts.delivery_terms import DeliveryWay
from quantities.names import Name

router = APIRouter(prefix="/v1", tags=["receivables"], route_class=WorkRoute)

Reads = Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)]
Writes = Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)]
_Reason = Annotated[str, Field(min_length=1, max_length=1000)]
_CSV = "text/csv; charset=utf-8"


class DeliveryIn(BaseModel):
    """By which way a document is sent, and to whom; without either, as its contract says."""

    model_config = ConfigDict(extra="forbid")

    way: DeliveryWay | None = None
    to: Annotated[list[Name], Field(max_length=50)] = []


class DeliveryAgainIn(BaseModel):
    """Why a document is sent once more."""

    model_config = ConfigDict(extra="forbid")

    reason: _Reason


class SettledOutcome(StrEnum):
    """How a delivery ended: the receiver has it, it is not sent this way, or its answer was read."""

    ARRIVED = "arrived"
    GIVEN_UP = "given_up"
    NOTED = "noted"


class DeliverySettledIn(BaseModel):
    """How a delivery ended of which a person is asked, and how one knows or what is done about it."""

    model_config = ConfigDict(extra="forbid")

    outcome: SettledOutcome
    reason: _Reason


class DeliveryAnswerIn(BaseModel):
    """What the receiver of a message answers.

    Attributes:
        message: our id of the message, or the number that whoever took it gave it.
        code: of Peppol's Invoice Response.
    """

    model_config = ConfigDict(extra="forbid")

    message: Annotated[str, Field(min_length=1, max_length=300)]
    code: DeliveryAnswer
    detail: Annotated[str, Field(max_length=1000)] = ""


class LinkIn(BaseModel):
    """For how many days a link opens; without it, for as many as the server's setting says."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=LINK_DAYS_MAX)] | None = None


@router.post("/invoices/{number}/deliveries", status_code=201)
def ask_delivery(call: Writes, number: str, body: DeliveryIn, supplier: Supplier = None) -> DeliveryOut:
    """Send a document by mail, by a link in a mail, through an access point or to a portal; it is sent within seconds.

    What was sent by this way to this address is not sent again by this: that is another order, with a reason.
    """
    asked = DeliveryAsked(NamedDocument(number, supplier), body.way, tuple(body.to))
    return deliveries.ask_delivery(call.session, asked, call.serving.delivery_setup, who=call.caller.name, at=call.now)


@router.get("/invoices/{number}/deliveries")
def list_deliveries(call: Reads, number: str, supplier: Supplier = None) -> list[DeliveryOut]:
    """List the deliveries of a document with all that happened to them; a customer sees where its own stand."""
    named = NamedDocument(number, supplier)
    return deliveries.list_deliveries(call.session, named, as_customer=call.caller.is_customer)


@router.post("/invoices/{number}/deliveries/{delivery}/again")
def send_again(
    call: Writes, number: str, delivery: RowNumber, body: DeliveryAgainIn, supplier: Supplier = None
) -> DeliveryOut:
    """Send a document once more by the same way to the same address, and say why."""
    named, who = NamedDocument(number, supplier), call.caller.name
    return deliveries.send_again(call.session, named, delivery, reason=body.reason, who=who, at=call.now)


@router.post("/invoices/{number}/deliveries/{delivery}/settle")
def settle_delivery(
    call: Writes, number: str, delivery: RowNumber, body: DeliverySettledIn, supplier: Supplier = None
) -> DeliveryOut:
    """Say how a delivery ended that was refused or of which nobody knows, or that its answer was read."""
    named, outcome, who = NamedDocument(number, supplier), DeliveryHappening(body.outcome.value), call.caller.name
    return deliveries.settle_delivery(call.session, named, delivery, outcome, reason=body.reason, who=who, at=call.now)


@router.post("/deliveries/answers")
def record_delivery_answer(call: Writes, body: DeliveryAnswerIn) -> DeliveryOut:
    """Record what the receiver of a message answers: an access point posts it, by a key of its own.

    The same answer once more changes nothing.
    """
    who = call.caller.name
    return deliveries.record_answer(call.session, body.message, body.code, detail=body.detail, who=who, at=call.now)


@router.post("/invoices/{number}/links", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def make_link(call: Writes, number: str, body: LinkIn, supplier: Supplier = None) -> MadeLinkOut:
    """Make a link by which whoever has it opens the document until it expires; its address is answered this once."""
    setup, who = call.serving.delivery_setup, call.caller.name
    return deliveries.make_link(
        call.session, NamedDocument(number, supplier), setup, days=body.days, who=who, at=call.now
    )


@router.get("/invoices/{number}/links")
def list_links(call: Writes, number: str, supplier: Supplier = None) -> list[LinkOut]:
    """List the links to a document, and when what was opened by each."""
    return deliveries.list_links(call.session, NamedDocument(number, supplier))


@router.delete("/invoices/{number}/links/{link}")
def revoke_link(call: Writes, number: str, link: RowNumber, supplier: Supplier = None) -> LinkOut:
    """End a link before it expires: it opens nothing any more."""
    return deliveries.revoke_link(
        call.session, NamedDocument(number, supplier), link, who=call.caller.name, at=call.now
    )


@router.get(
    "/invoices/{number}/portal.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": schema_of_media("text/csv")}}},
)
def get_portal_rows(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)], number: str, supplier: Supplier = None
) -> Response:
    """Hand a document out as the file of a buyer's portal: a row a line, by the lines of the customer's order."""
    rows = deliveries.portal_rows(call.session, number, supplier, call.now, as_customer=call.caller.is_customer)
    return Response(rows, media_type=_CSV)
