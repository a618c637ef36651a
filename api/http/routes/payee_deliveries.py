"""Documents of payees sent by the product itself: deliveries, what became of them, and links."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.repeats import KeptBy
from api.http.routes.deliveries import DeliveryAgainIn, DeliveryIn, DeliverySettledIn, LinkIn, Writes
from api.http.routes.receivables import RowNumber
from api.http.work_route import WorkRoute, takes
from api.operations import deliveries
from billing.delivery.documents.store import NamedDocument
from billing.delivery.state import DeliveryHappening
from billing.delivery.store import DeliveryAsked
from billing.delivery.views import DeliveryOut, LinkOut, MadeLinkOut

router = APIRouter(prefix="/v1", tags=["receivables"], route_class=WorkRoute)

Reads = Annotated[StatedCall, needs(Permission.PAYEE_DOCUMENTS_READ)]
Seller = Annotated[str | None, Query(description="Whose, where several sellers have one.")]


def _named(number: str, seller: str | None) -> NamedDocument:
    return NamedDocument(number, seller, of_payee=True)


@router.post("/payee-documents/{number}/deliveries", status_code=201)
def ask_payee_delivery(call: Writes, number: str, body: DeliveryIn, seller: Seller = None) -> DeliveryOut:
    """Send a document to its payee: by the way and to the addresses that are stated, or that its profile tells."""
    asked = DeliveryAsked(_named(number, seller), body.way, tuple(body.to))
    return deliveries.ask_delivery(call.session, asked, call.serving.delivery_setup, who=call.caller.name, at=call.now)


@router.get("/payee-documents/{number}/deliveries")
def list_payee_deliveries(call: Reads, number: str, seller: Seller = None) -> list[DeliveryOut]:
    """List the deliveries of a document to its payee; a payee sees where its own stand."""
    as_payee = call.caller.party is not None
    return deliveries.list_deliveries(call.session, _named(number, seller), as_customer=as_payee)


@router.post("/payee-documents/{number}/deliveries/{delivery}/again")
def send_again_to_payee(
    call: Writes, number: str, delivery: RowNumber, body: DeliveryAgainIn, seller: Seller = None
) -> DeliveryOut:
    """Send a document to its payee once more by the same way to the same address, and say why."""
    named, who = _named(number, seller), call.caller.name
    return deliveries.send_again(call.session, named, delivery, reason=body.reason, who=who, at=call.now)


@router.post("/payee-documents/{number}/deliveries/{delivery}/settle")
def settle_payee_delivery(
    call: Writes, number: str, delivery: RowNumber, body: DeliverySettledIn, seller: Seller = None
) -> DeliveryOut:
    """Say how a delivery ended that was refused or of which nobody knows, or that its answer was read."""
    named, outcome, who = _named(number, seller), DeliveryHappening(body.outcome.value), call.caller.name
    return deliveries.settle_delivery(call.session, named, delivery, outcome, reason=body.reason, who=who, at=call.now)


@router.post("/payee-documents/{number}/links", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def make_payee_link(call: Writes, number: str, body: LinkIn, seller: Seller = None) -> MadeLinkOut:
    """Make a link by which whoever has it opens the document until it expires; its address is answered this once."""
    setup, who = call.serving.delivery_setup, call.caller.name
    return deliveries.make_link(call.session, _named(number, seller), setup, days=body.days, who=who, at=call.now)


@router.get("/payee-documents/{number}/links")
def list_payee_links(call: Writes, number: str, seller: Seller = None) -> list[LinkOut]:
    """List the links to a document of a payee, and when what was opened by each."""
    return deliveries.list_links(call.session, _named(number, seller))


@router.delete("/payee-documents/{number}/links/{link}")
def revoke_payee_link(call: Writes, number: str, link: RowNumber, seller: Seller = None) -> LinkOut:
    """End a link before it expires: it opens nothing any more."""
    return deliveries.revoke_link(call.session, _named(number, seller), link, who=call.caller.name, at=call.now)
