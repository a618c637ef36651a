"""Outside issuers of identities: whom a tenant trusts, and who their subjects are here."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import issuers
from api.operations.short_lists import ISSUERS, SUBJECTS, IssuerQuery, SubjectQuery

router = APIRouter(prefix="/v1", tags=["people"], route_class=WorkRoute)

Address = Annotated[str, Field(min_length=1, max_length=500)]
NameThere = Annotated[str, Field(min_length=1, max_length=255)]


class IssuerIn(BaseModel):
    """An OpenID issuer to be trusted: its address, whom its tokens must name as audience, and who by which claim."""

    model_config = ConfigDict(extra="forbid")

    issuer: Address
    audience: NameThere
    claim: NameThere = "sub"


class IssuerOut(BaseModel):
    """An OpenID issuer that the tenant trusts."""

    issuer: str
    audience: str
    claim: str
    added_at: datetime


class SubjectIn(BaseModel):
    """A subject of an issuer, and the name of whom it is here."""

    model_config = ConfigDict(extra="forbid")

    issuer: Address
    subject: NameThere
    name: Annotated[str, Field(min_length=1, max_length=200)]


class SubjectOut(BaseModel):
    """A subject of an issuer, and whom it is here."""

    issuer: str
    subject: str
    name: str
    bound_at: datetime


IssuerNamed = Annotated[str, Query(min_length=1, max_length=500, description="The issuer's address.")]
SubjectNamed = Annotated[str, Query(min_length=1, max_length=255, description="The subject, as its tokens name it.")]


_ISSUERS, _SUBJECTS = TypeAdapter(list[IssuerOut]), TypeAdapter(list[SubjectOut])


@router.get("/openid")
def list_issuers(
    call: Annotated[StatedCall, needs(Permission.PEOPLE_READ)],
    request: Request,
    query: Annotated[IssuerQuery, asked(IssuerQuery)],
) -> list[IssuerOut]:
    """List the OpenID issuers that the tenant trusts in pages, by address."""
    issuers.refuse_outsider(call.caller)
    listed = ISSUERS.page(issuers.trusted_issuers(call.session), query)
    return page(request, _ISSUERS, listed, lambda issuer: IssuerOut(**asdict(issuer)))  # type: ignore[return-value] # with a header


@router.put("/openid")
def trust_issuer(call: Annotated[StatedCall, needs(Permission.PEOPLE_WRITE)], body: IssuerIn) -> IssuerOut:
    """Trust an OpenID issuer, or change the audience of one: its tokens speak for whom its subjects are bound to."""
    issuers.refuse_outsider(call.caller)
    trusted = issuers.trust_issuer(call.session, body.issuer, body.audience, body.claim, at=call.now)
    return IssuerOut(**asdict(trusted))


@router.delete("/openid")
def remove_issuer(call: Annotated[StatedCall, needs(Permission.PEOPLE_WRITE)], issuer: IssuerNamed) -> IssuerOut:
    """Trust an issuer no more: its tokens, the sessions that they opened and what is bound to it end at once."""
    issuers.refuse_outsider(call.caller)
    return IssuerOut(**asdict(issuers.remove_issuer(call.session, issuer, at=call.now)))


@router.get("/openid/subjects")
def list_subjects(
    call: Annotated[StatedCall, needs(Permission.PEOPLE_READ)],
    request: Request,
    query: Annotated[SubjectQuery, asked(SubjectQuery)],
) -> list[SubjectOut]:
    """List the subjects of issuers that are bound to people in pages, by name."""
    listed = SUBJECTS.page(issuers.list_subjects(call.session), query)
    return page(request, _SUBJECTS, listed, lambda subject: SubjectOut(**asdict(subject)))  # type: ignore[return-value] # with a header


@router.post("/openid/subjects", status_code=201)
def bind_subject(call: Annotated[StatedCall, needs()], body: SubjectIn) -> SubjectOut:
    """Say who a subject of an issuer is: from now on its tokens speak for that person."""
    bound = issuers.bind_subject(call.session, call.caller, body.name, body.issuer, body.subject, at=call.now)
    return SubjectOut(**asdict(bound))


@router.delete("/openid/subjects")
def unbind_subject(
    call: Annotated[StatedCall, needs(Permission.PEOPLE_WRITE)], issuer: IssuerNamed, subject: SubjectNamed
) -> SubjectOut:
    """Let a subject be nobody here: its tokens and sessions end at once."""
    return SubjectOut(**asdict(issuers.unbind_subject(call.session, issuer, subject, at=call.now)))
