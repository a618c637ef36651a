"""Grants of machines: a customer lets a third party see the use of one, and takes it back."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, TypeAdapter

from api.access.grants import Grant
from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import grants
from api.operations.short_lists import GRANTS, GrantQuery
from quantities.names import Name

router = APIRouter(prefix="/v1", tags=["people"], route_class=WorkRoute)


class GrantIn(BaseModel):
    """Who may see the use of which machine."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    machine: Name


class GrantOut(BaseModel):
    """A machine that a third party may see, until the grant is revoked."""

    id: int
    name: str
    machine: str
    granted_at: datetime
    revoked_at: datetime | None


@router.post("/grants", status_code=201)
def create_grant(call: Annotated[StatedCall, needs(Permission.GRANTS_WRITE)], new: GrantIn) -> GrantOut:
    """Let a third party see the use of a machine of one's contracts; each of its reads is on the record."""
    return _grant_out(grants.grant_machine(call.session, new.name, new.machine, at=call.now))


_GRANTS = TypeAdapter(list[GrantOut])


@router.get("/grants")
def list_grants(
    call: Annotated[StatedCall, needs(Permission.GRANTS_WRITE, Permission.AUDIT_READ)],
    request: Request,
    query: Annotated[GrantQuery, asked(GrantQuery)],
) -> list[GrantOut]:
    """List grants in pages, in the order of their making; revoked ones stay listed."""
    return page(request, _GRANTS, GRANTS.page(grants.list_grants(call.session), query), _grant_out)  # type: ignore[return-value] # with a header


@router.post("/grants/{number}/revoke")
def revoke_grant(call: Annotated[StatedCall, needs(Permission.GRANTS_WRITE)], number: int) -> GrantOut:
    """Let a third party see a machine no more, from its next request on."""
    return _grant_out(grants.revoke_grant(call.session, number, at=call.now))


def _grant_out(grant: Grant) -> GrantOut:
    return GrantOut(**asdict(grant))
