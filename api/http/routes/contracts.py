"""Contracts: recorded as versions, never edited."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.http.dependencies import Anyone, Maker, Office
from api.http.work_route import Body, WorkRoute
from contracts import store
from contracts.checks.warnings import warnings
from contracts.contract import Contract
from contracts.life import ContractState
from contracts.pricing_preview import (
    ContractTrial,
    ContractTrialResult,
    Trial,
    TrialResult,
    try_contract,
    try_rules,
)
from contracts.release.store import releasing
from contracts.store import Version
from quantities.document import WholeNumber, parse, read
from quantities.period import zone

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


class NoFaults(BaseModel):
    """A contract without fault, and what in it is commonly unlawful, or changes how it is accounted for."""

    contract: str
    faults: list[str] = []
    warnings: list[str] = []


@router.post("/contracts", status_code=201)
def post_contract(call: Maker, body: Body) -> ContractOut:
    """Record a contract, or its next version, as YAML or JSON; it counts once another has released it."""
    who = call.caller.label
    return _shown(call.now, store.apply_document(call.session, read(body), recorded_by=who, recorded_at=call.now))


class ReleaseIn(BaseModel):
    """Which version; the newest, unless it is said."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[WholeNumber, Field(ge=1)] | None = None


@router.post("/contracts/{reference}/release")
def release_contract(call: Office, reference: str, body: ReleaseIn | None = None) -> ContractOut:
    """Release a version that another has recorded: it counts from then on, over the days that it says."""
    releasing_ = releasing(call.session, call.caller.label, call.now)
    return _shown(call.now, store.release(call.session, reference, releasing_, body.version if body else None))


@router.post("/contracts/check")
def check_contract(call: Maker, body: Body) -> NoFaults:
    """Find every fault of a contract; nothing is stored."""
    contract = store.read_checked(call.session, read(body))
    return NoFaults(contract=contract.contract, warnings=[str(each) for each in warnings(contract)])


@router.get("/contracts")
def get_contracts(call: Anyone) -> list[ContractOut]:
    """List the newest version of each contract; a customer sees its own, and of them the newest released version."""
    listed = store.newest(call.session, released_only=call.caller.is_customer)
    return [_shown(call.now, version) for version in listed]


@router.get("/contracts/{reference}")
def get_contract(call: Anyone, reference: str) -> list[ContractOut]:
    """List the versions of a contract, oldest first; a customer sees those that are released."""
    listed = store.versions(call.session, reference, released_only=call.caller.is_customer)
    return [_shown(call.now, version) for version in listed]


@router.post("/price")
def price(call: Anyone, body: Body) -> TrialResult:
    """Rate a use against rules, without any contract."""
    return try_rules(parse(Trial, read(body)))


@router.post("/contracts/price")
def price_contract(call: Anyone, body: Body) -> ContractTrialResult:
    """Rate a whole contract over one of its periods, on uses that are told; nothing is read or stored."""
    return try_contract(parse(ContractTrial, read(body)))


def _shown(now: datetime, version: Version) -> ContractOut:
    return ContractOut(
        contract=version.contract.contract,
        version=version.number,
        state=version.contract.state_on(now.astimezone(zone(version.contract.zone)).date()),
        effective=version.contract.effective,
        recorded_at=version.recorded_at,
        recorded_by=version.recorded_by,
        released_at=version.released_at,
        released_by=version.released_by,
        terms=version.contract,
    )
