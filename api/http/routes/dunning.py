"""Dunning: documents that are late, steps that fall due, letters, pauses, and services that may be stopped."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.documents import serve_document
from api.http.json_types import WrittenDay
from api.http.paging import asked, page
from api.http.routes.invoices import Supplier
from api.http.routes.receivables import RowNumber
from api.http.work_route import WorkRoute
from api.operations import dunning
from billing.documents.document import LetterDocument
from billing.documents.registry import DOCUMENTS
from billing.dunning.dunning_query import DunningQuery
from billing.dunning.pauses.store import NewPause
from billing.dunning.views import DueStepOut, DunningLetterOut, DunningOut, DunningPauseOut, ServiceOut

router = APIRouter(prefix="/v1", tags=["dunning"], route_class=WorkRoute)

_DUNNING = TypeAdapter(list[DunningOut])
_Letter = Annotated[str, Path(max_length=20, description="As D-12.")]


class DunningPauseIn(BaseModel):
    """Of which customer or document letters are kept back, why, and until when; `defers` puts what is owed off."""

    model_config = ConfigDict(extra="forbid")

    customer: Annotated[str, Field(max_length=200, description="Of all that it owes.")] = ""
    document: Annotated[str, Field(max_length=200, description="Of this one alone.")] = ""
    supplier: Annotated[str | None, Field(max_length=200)] = None
    until: Annotated[WrittenDay | None, Field(description="The last day; without it, until it is ended.")] = None
    defers: Annotated[bool, Field(description="It is not late meanwhile, and bears no interest.")] = False
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get("/dunning")
def list_dunning(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)],
    request: Request,
    query: Annotated[DunningQuery, asked(DunningQuery)],
) -> list[DunningOut]:
    """List documents by where their dunning stands, in pages."""
    return page(request, _DUNNING, dunning.list_dunning(call.session, query, call.now))  # type: ignore[return-value] # with a header


@router.get("/dunning/due")
def list_due_steps(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)],
    until: Annotated[date, Query(description="The last day.")],
) -> list[DueStepOut]:
    """List the next step of each document that falls due by a day, as things stand, the earliest first."""
    return dunning.list_due_steps(call.session, until, call.now)


@router.get("/invoices/{number}/dunning")
def get_dunning(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: str, supplier: Supplier = None
) -> DunningOut:
    """Show the steps of a document, what was claimed of its delay, and whether its service may be stopped."""
    return dunning.find_dunning(call.session, number, supplier, call.now)


@router.post("/invoices/{number}/dunning/next", status_code=201)
def send_next_step(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: str, supplier: Supplier = None
) -> DunningLetterOut:
    """Write the next letter about a document now, before its day, or once more after the last step."""
    return dunning.send_next_step(call.session, number, supplier, who=call.caller.name, at=call.now)


@router.get("/dunning/pauses")
def list_dunning_pauses(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)]) -> list[DunningPauseOut]:
    """List pauses, the first made first, ended ones too."""
    return dunning.list_pauses(call.session)


@router.post("/dunning/pauses", status_code=201)
def pause_dunning(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: DunningPauseIn
) -> DunningPauseOut:
    """Keep letters back, of one document or of all that a customer owes; or put that off."""
    new = NewPause(body.customer, body.document, body.supplier, body.until, body.defers, body.reason)
    return dunning.pause_dunning(call.session, new, who=call.caller.name, at=call.now)


@router.post("/dunning/pauses/{number}/end")
def resume_dunning(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber
) -> DunningPauseOut:
    """End a pause: what it kept back is looked at at once."""
    return dunning.resume_dunning(call.session, number, who=call.caller.name, at=call.now)


@router.get("/dunning/letters/{letter}")
def get_dunning_letter(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)], letter: _Letter
) -> DunningLetterOut:
    """Show a letter: what it is about, and what it claims for the delay."""
    return dunning.find_letter(call.session, letter)


@router.get("/contracts/{reference}/service")
def get_service(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)], reference: str) -> ServiceOut:
    """Say whether the service of a contract may be stopped, because documents of it are not paid."""
    return dunning.find_service(call.session, reference)


def _write(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)], letter: _Letter, document: LetterDocument
) -> bytes:
    return dunning.write_dunning_letter(call.session, letter, document)


for _kind in DOCUMENTS.letter.values():
    serve_document(router, "/dunning/letters/{letter}", _kind, _write, name=f"get_dunning_letter_{_kind.name}")
