"""Who did what: listed in pages, the newest seal to be kept outside, the chain verified."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, TypeAdapter

from api.access.roles import Permission
from api.audit.audit_query import AuditQuery
from api.audit.store import AuditAnchor
from api.audit.views import AuditEntryOut, VerifiedOut, entry_out, verified_out
from api.http.dependencies import StatedCall, needs
from api.http.json_types import JsonInteger
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import audit
from quantities.worded import worded

router = APIRouter(prefix="/v1", tags=["audit"], route_class=WorkRoute)

_ENTRIES = TypeAdapter(list[AuditEntryOut])


class AnchorOut(BaseModel):
    """The newest seal of the chain: its position, and its hash in hexadecimal digits; position 0: nothing is sealed."""

    position: int
    hash: str


class AnchorIn(BaseModel):
    """A seal that was kept outside."""

    position: JsonInteger = Field(ge=0)
    hash: str = Field(pattern=worded("^[0-9a-f]{64}$", "64 hexadecimal digits, as the audit shows them"))


@router.get("/audit")
def list_audit_entries(
    call: Annotated[StatedCall, needs(Permission.AUDIT_READ)],
    request: Request,
    query: Annotated[AuditQuery, asked(AuditQuery)],
) -> list[AuditEntryOut]:
    """List who did what, the newest first, in pages."""
    listed = audit.list_entries(call.session, call.caller.tenant, query)
    return page(request, _ENTRIES, listed, entry_out)  # type: ignore[return-value] # with a header


@router.get("/audit/anchor")
def get_audit_anchor(call: Annotated[StatedCall, needs(Permission.AUDIT_READ)]) -> AnchorOut:
    """Read the newest seal, to be kept where nobody of this database can change it."""
    newest = audit.newest_anchor(call.session, call.caller.tenant)
    return AnchorOut(position=newest.position, hash=newest.hash.hex())


@router.post("/audit/verify")
def verify_audit(
    call: Annotated[StatedCall, needs(Permission.AUDIT_READ)], anchor: AnchorIn | None = None
) -> VerifiedOut:
    """Recompute the chain, and hold it against an anchor; what was changed, removed, swapped or added is named."""
    anchored = None if anchor is None else AuditAnchor(anchor.position, bytes.fromhex(anchor.hash))
    return verified_out(*audit.verify_chain(call.session, call.caller.tenant, anchored))
