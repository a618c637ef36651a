"""Signatures of a contract's versions and statements, by those outside who see one contract."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import signatures
from api.operations.short_lists import SIGNATURES, SignatureQuery
from billing.signatures.store import RecordedSignature
from quantities.document import WholeNumber

router = APIRouter(prefix="/v1", tags=["signatures"], route_class=WorkRoute)

Note = Annotated[str, Field(max_length=2000, description="What the signatory adds.")]


class ContractSignatureIn(BaseModel):
    """Which version is signed; the newest released one where none is named."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[WholeNumber, Field(ge=1)] | None = None
    note: Note = ""


class StatementSignatureIn(BaseModel):
    """What the signatory adds."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class SignatureOut(BaseModel):
    """Who signed what, when: the digest is of the terms or the content as they are stored."""

    id: int
    name: str
    signed_at: datetime
    content_sha256: str
    note: str
    version: int | None
    statement: int | None


@router.post("/contracts/{reference}/signatures", status_code=201)
def sign_contract(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_SIGN)], reference: str, asked: ContractSignatureIn
) -> SignatureOut:
    """Sign a released version of a contract, as it is stored."""
    who, at = call.caller.name, call.now
    signed = signatures.sign_contract(call.session, reference, asked.version, who=who, at=at, note=asked.note)
    return _signature_out(signed)


@router.post("/statements/{number}/signatures", status_code=201)
def sign_statement(
    call: Annotated[StatedCall, needs(Permission.STATEMENTS_SIGN)], number: int, asked: StatementSignatureIn
) -> SignatureOut:
    """Sign a savings statement, as it was prepared."""
    who = call.caller.name
    return _signature_out(signatures.sign_statement(call.session, number, who=who, at=call.now, note=asked.note))


_SIGNATURES = TypeAdapter(list[SignatureOut])


@router.get("/contracts/{reference}/signatures")
def list_signatures(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_READ)],
    reference: str,
    request: Request,
    query: Annotated[SignatureQuery, asked(SignatureQuery)],
) -> list[SignatureOut]:
    """List the signatures of a contract's versions and statements in pages, the oldest first."""
    listed = SIGNATURES.page(signatures.list_signatures(call.session, reference), query)
    return page(request, _SIGNATURES, listed, _signature_out)  # type: ignore[return-value] # with a header


def _signature_out(signature: RecordedSignature) -> SignatureOut:
    return SignatureOut(**asdict(signature))
