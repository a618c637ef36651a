"""Who did what: listed in pages, the newest seal to be kept outside, the chain verified."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, TypeAdapter

from api.access.roles import Permission
from api.audit.store import AuditAnchor, AuditSearch
from api.audit.views import AuditEntryOut, VerifiedOut, entry_out, verified_out
from api.http.dependencies import StatedCall, needs
from api.http.json_types import JsonInteger, WrittenInstant
from api.http.paging import ROWS, After, Limit, page
from api.http.work_route import WorkRoute
from api.operations import audit
from quantities.errors import Invalid

router = APIRouter(prefix="/v1", tags=["audit"], route_class=WorkRoute)

_XACT_BYTES = 8
_ENTRIES = TypeAdapter(list[AuditEntryOut])


class UnknownAuditPage(Invalid):
    """The list does not begin after what `after` says."""


class AnchorOut(BaseModel):
    """The newest seal of the chain: its position, and its hash in hexadecimal digits; position 0: nothing is sealed."""

    position: int
    hash: str


class AnchorIn(BaseModel):
    """A seal that was kept outside."""

    position: JsonInteger = Field(ge=0)
    hash: str = Field(pattern="^[0-9a-f]{64}$")


@router.get("/audit")
def list_audit_entries(
    call: Annotated[StatedCall, needs(Permission.AUDIT_READ)],
    request: Request,
    start: Annotated[WrittenInstant | None, Query(alias="from", description="From when on.")] = None,
    end: Annotated[WrittenInstant | None, Query(alias="to", description="Before when.")] = None,
    who: Annotated[str | None, Query(description="Whose, by name.", max_length=200)] = None,
    operation: Annotated[str | None, Query(description="A part of its name.", max_length=200)] = None,
    after: After = "",
    limit: Limit = ROWS,
) -> list[AuditEntryOut]:
    """List who did what, the newest first, in pages."""
    search = AuditSearch(start, end, who, operation, _place(after) if after else None, limit + 1)
    listed = audit.list_entries(call.session, call.caller.tenant, search)
    pages = {entry.entry.id: _page_after(entry.entry.xact, entry.entry.id) for entry in listed}
    rows = [entry_out(entry) for entry in listed]
    return page(request, _ENTRIES, rows, limit, lambda row: pages[row.entry])  # type: ignore[return-value] # with a header


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


def _page_after(xact: int, entry: UUID) -> str:
    """Name the place after which the next page begins; it says nothing to whoever reads it."""
    return urlsafe_b64encode(xact.to_bytes(_XACT_BYTES, "big") + entry.bytes).decode()


def _place(after: str) -> tuple[int, UUID]:
    """Read such a name.

    Raises:
        UnknownAuditPage: it is none.
    """
    try:
        place = urlsafe_b64decode(after)
        return int.from_bytes(place[:_XACT_BYTES], "big"), UUID(bytes=place[_XACT_BYTES:])
    except ValueError as error:
        raise UnknownAuditPage(f"{after!r} stands in no link to a next page", found=after) from error
