"""Documents void before they are sent: asked for by one and released by another; what they billed is billed anew."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.routes.invoices import Supplier
from api.http.work_route import WorkRoute
from api.operations import voiding
from billing.voiding.views import VoidingOut

router = APIRouter(prefix="/v1", tags=["billing"], route_class=WorkRoute)


class VoidIn(BaseModel):
    """Why a document is to be void."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.post("/invoices/{number}/void", status_code=201)
def ask_void(
    call: Annotated[StatedCall, needs(Permission.INVOICES_VOID)],
    number: str,
    body: VoidIn,
    supplier: Supplier = None,
) -> VoidingOut:
    """Ask for a document to be void that nobody was sent, with all documents of the same work; another releases it.

    Without four eyes it is void at once.
    """
    who = call.caller.name
    return voiding.ask_void(call.session, number, supplier, reason=body.reason, who=who, at=call.now)


@router.get("/invoices/{number}/void")
def get_void(
    call: Annotated[StatedCall, needs(Permission.INVOICES_VOID)], number: str, supplier: Supplier = None
) -> VoidingOut:
    """Read what was asked last of a document: why, by whom, and who has released it."""
    return voiding.find_void(call.session, number, supplier)


@router.post("/invoices/{number}/void/release")
def release_void(
    call: Annotated[StatedCall, needs(Permission.INVOICES_VOID)], number: str, supplier: Supplier = None
) -> VoidingOut:
    """Release that a document is void, as another has asked: its number stays, and the next run bills the work anew."""
    return voiding.release_void(call.session, number, supplier, who=call.caller.name, at=call.now)


@router.post("/invoices/{number}/void/withdraw")
def withdraw_void(
    call: Annotated[StatedCall, needs(Permission.INVOICES_VOID)], number: str, supplier: Supplier = None
) -> VoidingOut:
    """Withdraw what waits: the document counts as it did."""
    return voiding.withdraw_void(call.session, number, supplier, who=call.caller.name, at=call.now)
