"""Contracts: recorded as versions, never edited."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.later import LATER, Later, answer_later
from api.http.media import DOCUMENTS
from api.http.paging import asked, page
from api.http.work_route import Body, WorkRoute, takes
from api.long_work.operation_query import OperationKind
from api.long_work.store import NewOperation
from api.operations import contracts, pricing
from api.operations import contracts_in_bulk as in_bulk
from api.operations.bulk_outcome import BulkOut
from api.operations.long_work import BulkRequest, record_in_bulk
from billing.documents.views import RepricedOut, repriced_out
from contracts.contract import Contract
from contracts.contract_query import ContractQuery, VersionQuery
from contracts.life import ContractState
from contracts.periods_preview import PeriodsTrialResult, UsagesTrialResult
from contracts.pricing_preview import ContractTrialResult, TrialResult
from contracts.store import Version
from quantities.document import WholeNumber, YesOrNo, read
from quantities.listing import ListPage

router = APIRouter(prefix="/v1", tags=["contracts"], route_class=WorkRoute)


class ContractOut(BaseModel):
    """One version of a contract."""

    contract: str
    version: int
    state: ContractState
    effective: date
    recorded_at: datetime
    recorded_by: str
    released_at: datetime | None
    released_by: str | None
    terms: Contract


_CONTRACTS = TypeAdapter(list[ContractOut])


class NoFaults(BaseModel):
    """A contract without fault; the warnings name what is often unlawful, or changes how it is accounted for.

    Those that are `missing` as well name what nobody has told yet, for which its documents would be held. `numbered`
    has the number that a first document of each issuer would bear.
    """

    contract: str
    faults: list[str] = []
    warnings: list[str] = []
    missing: list[str] = []
    numbered: dict[str, str] = {}


class RecordedContract(ContractOut):
    """A version that was recorded or released now.

    The warnings name what it leaves behind of the versions before it. What it reprices of what is billed is owed once
    it counts; `holds` says why some of that cannot be rated with it.
    """

    warnings: Annotated[list[str], Field(exclude_if=lambda warnings: not warnings)] = []
    reprices: Annotated[list[RepricedOut], Field(exclude_if=lambda documents: not documents)] = []
    holds: Annotated[str, Field(exclude_if=lambda fault: not fault)] = ""


Yes = Annotated[
    bool,
    Query(description="Let it count though it reprices what is billed; else that is refused, with the documents."),
]


@router.post("/contracts", status_code=201)
@takes(document=Contract)
def record_contract(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_WRITE)],
    body: Body,
    yes: Yes = False,  # noqa: FBT002 a query parameter
) -> RecordedContract:
    """Record a contract, or its next version, as YAML or JSON; it counts once another person has released it."""
    done = contracts.record(call.session, read(body), who=call.caller.name, at=call.now, agreed=yes)
    return _recorded_out(call, done)


class ReleaseIn(BaseModel):
    """The version to release; by default the newest."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[WholeNumber, Field(ge=1)] | None = None


@router.post("/contracts/bulk", responses=LATER)
@takes(body_bytes=in_bulk.CONTRACTS_BYTES_MAX, document=list[Contract], media_types=DOCUMENTS)
def record_contracts(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_WRITE)],
    body: Body,
    later: Later,
    keep_going: Annotated[bool, Query(description="Record the good ones; else one fault refuses all.")] = False,  # noqa: FBT002 a query parameter
    yes: Yes = False,  # noqa: FBT002 a query parameter
) -> BulkOut:
    """Record many contracts, or their next versions: a JSON object a line, or a list; all of them, or none.

    With ``keep_going`` the good ones are recorded and the others named, each with its place. Where none is good the
    answer is 422.
    """
    stated = BulkRequest(keep_going=keep_going, yes=yes)
    if later:
        return answer_later(call, NewOperation(OperationKind.CONTRACTS, stated.model_dump(), body))  # type: ignore[return-value] # of another status
    return record_in_bulk(call.session, body, stated, who=call.caller.name, at=call.now)


class ReleaseManyIn(BaseModel):
    """The contracts whose newest versions are released: by name, or all that wait and that another has recorded."""

    model_config = ConfigDict(extra="forbid")

    contracts: Annotated[list[str], Field(max_length=10_000)] = []
    waiting: YesOrNo = False

    @model_validator(mode="after")
    def _names_them_one_way(self) -> Self:
        if self.waiting == bool(self.contracts):
            raise ValueError("name contracts, or say waiting: one of both")
        return self


@router.post("/contracts/release")
def release_contracts(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_RELEASE)],
    body: ReleaseManyIn,
    keep_going: Annotated[bool, Query(description="Release the good ones; else one fault refuses all.")] = False,  # noqa: FBT002 a query parameter
    yes: Yes = False,  # noqa: FBT002 a query parameter
) -> BulkOut:
    """Release the newest version of many contracts, which another person recorded; all of them, or none."""
    how = in_bulk.Recording(call.caller.name, call.now, agreed=yes)
    release = in_bulk.release_good if keep_going else in_bulk.release_all
    references = in_bulk.waiting_for(call.session, how.who) if body.waiting else body.contracts
    outcome = release(call.session, references, how)
    in_bulk.refuse_nothing_recorded(outcome)
    return outcome.out()


@router.post("/contracts/{reference}/release")
def release_contract(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_RELEASE)],
    reference: str,
    body: ReleaseIn | None = None,
    yes: Yes = False,  # noqa: FBT002 a query parameter
) -> RecordedContract:
    """Release a version that another person recorded: from now on it counts, for the days that it states."""
    number = body.version if body else None
    done = contracts.release(call.session, reference, number, who=call.caller.name, at=call.now, agreed=yes)
    return _recorded_out(call, done)


@router.post("/contracts/check")
@takes(document=Contract)
def check_contract(call: Annotated[StatedCall, needs(Permission.CONTRACTS_WRITE)], body: Body) -> NoFaults:
    """Find every fault of a contract; nothing is stored."""
    checked = contracts.check(call.session, read(body), call.now)
    return NoFaults(
        contract=checked.contract.contract,
        warnings=list(checked.warnings),
        missing=list(checked.missing),
        numbered=dict(checked.numbered),
    )


@router.get("/contracts")
def list_contracts(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_READ)],
    request: Request,
    query: Annotated[ContractQuery, asked(ContractQuery)],
) -> list[ContractOut]:
    """List the newest version of each contract, by reference, in pages.

    A customer sees its own contracts, and of them the newest released version.
    """
    as_customer = call.caller.is_customer
    listed = contracts.list_contracts(call.session, query, call.now, as_customer=as_customer)
    shown = _versions_out(call, listed.rows, as_customer=as_customer)
    return page(request, _CONTRACTS, ListPage(tuple(shown), listed.after, listed.count))  # type: ignore[return-value] # with a header


@router.get("/contracts/{reference}")
def list_contract_versions(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_READ)],
    request: Request,
    reference: str,
    query: Annotated[VersionQuery, asked(VersionQuery)],
) -> list[ContractOut]:
    """List the versions of a contract in pages, oldest first; a customer sees those that are released."""
    as_customer = call.caller.is_customer
    listed = contracts.list_versions(call.session, reference, query, as_customer=as_customer)
    shown = _versions_out(call, listed.rows, as_customer=as_customer)
    return page(request, _CONTRACTS, ListPage(tuple(shown), listed.after, listed.count))  # type: ignore[return-value] # with a header


@router.post("/price")
@takes(document=pricing.RulesTrialIn | pricing.UsagesTrialIn)
def price_rules(
    call: Annotated[StatedCall, needs(Permission.PRICES_TRY)], body: Body
) -> TrialResult | UsagesTrialResult:
    """Rate a use, or usages one after the other, against rules, without any contract."""
    return pricing.price_rules(read(body))


@router.post("/contracts/price")
@takes(document=pricing.ContractTrialIn | pricing.PeriodsTrialIn)
def price_contract(
    call: Annotated[StatedCall, needs(Permission.PRICES_TRY)], body: Body
) -> ContractTrialResult | PeriodsTrialResult:
    """Rate a contract over one of its periods, or with amendments over several; nothing is read or stored."""
    return pricing.price_contract(read(body))


def _recorded_out(call: StatedCall, done: contracts.MadeVersion) -> RecordedContract:
    (recorded,) = _versions_out(call, [done.version])
    return RecordedContract(
        **dict(recorded),
        warnings=list(done.warnings),
        reprices=[repriced_out(document) for document in done.reprices.documents],
        holds=done.reprices.fault,
    )


def _versions_out(call: StatedCall, shown: Sequence[Version], *, as_customer: bool = False) -> list[ContractOut]:
    states = contracts.states_at(call.session, shown, call.now)
    return [_version_out(version, state, as_customer) for version, state in zip(shown, states, strict=True)]


def _version_out(version: Version, state: ContractState, as_customer: bool) -> ContractOut:  # noqa: FBT001 as it is named above
    return ContractOut(
        contract=version.contract.contract,
        version=version.number,
        state=state,
        effective=version.contract.effective,
        recorded_at=version.recorded_at,
        recorded_by=version.recorded_by,
        released_at=version.released_at,
        released_by=version.released_by,
        terms=version.contract.for_customer if as_customer else version.contract,
    )
