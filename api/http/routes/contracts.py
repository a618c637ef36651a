"""Contracts: recorded as versions, never edited."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.http.dependencies import Anyone, Maker, Office
from api.http.work_route import Body, WorkRoute
from api.operations import contracts, pricing
from contracts.contract import Contract
from contracts.life import ContractState
from contracts.periods_preview import PeriodsTrialResult, UsagesTrialResult
from contracts.pricing_preview import ContractTrialResult, TrialResult
from contracts.store import Version
from quantities.document import WholeNumber, read

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
    """A contract without fault; the warnings name what is often unlawful, or changes how it is accounted for."""

    contract: str
    faults: list[str] = []
    warnings: list[str] = []


class RecordedContract(ContractOut):
    """A version that was recorded now; the warnings name what it leaves behind of the versions before it."""

    warnings: Annotated[list[str], Field(exclude_if=lambda warnings: not warnings)] = []


@router.post("/contracts", status_code=201)
def post_contract(call: Maker, body: Body) -> RecordedContract:
    """Record a contract, or its next version, as YAML or JSON; it counts once another person has released it."""
    version = contracts.record(call.session, read(body), who=call.caller.label, at=call.now)
    warnings = contracts.warnings_of(call.session, version)
    return RecordedContract(**dict(_version_out(version, call.now)), warnings=list(warnings))


class ReleaseIn(BaseModel):
    """The version to release; by default the newest."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[WholeNumber, Field(ge=1)] | None = None


@router.post("/contracts/{reference}/release")
def release_contract(call: Office, reference: str, body: ReleaseIn | None = None) -> ContractOut:
    """Release a version that another person recorded: from now on it counts, for the days that it states."""
    number = body.version if body else None
    version = contracts.release(call.session, reference, number, who=call.caller.label, at=call.now)
    return _version_out(version, call.now)


@router.post("/contracts/check")
def check_contract(call: Maker, body: Body) -> NoFaults:
    """Find every fault of a contract; nothing is stored."""
    checked = contracts.check(call.session, read(body))
    return NoFaults(contract=checked.contract.contract, warnings=list(checked.warnings))


@router.get("/contracts")
def get_contracts(call: Anyone) -> list[ContractOut]:
    """List the newest version of each contract; a customer sees its own, and of them the newest released version."""
    versions = contracts.newest(call.session, as_customer=call.caller.is_customer)
    return [_version_out(version, call.now) for version in versions]


@router.get("/contracts/{reference}")
def get_contract(call: Anyone, reference: str) -> list[ContractOut]:
    """List the versions of a contract, oldest first; a customer sees those that are released."""
    versions = contracts.versions(call.session, reference, as_customer=call.caller.is_customer)
    return [_version_out(version, call.now) for version in versions]


@router.post("/price")
def price(call: Anyone, body: Body) -> TrialResult | UsagesTrialResult:
    """Rate a use, or usages one after the other, against rules, without any contract."""
    return pricing.price_rules(read(body))


@router.post("/contracts/price")
def price_contract(call: Anyone, body: Body) -> ContractTrialResult | PeriodsTrialResult:
    """Rate a contract over one of its periods, or with amendments over several; nothing is read or stored."""
    return pricing.price_contract(read(body))


def _version_out(version: Version, now: datetime) -> ContractOut:
    return ContractOut(
        contract=version.contract.contract,
        version=version.number,
        state=contracts.state_at(version, now),
        effective=version.contract.effective,
        recorded_at=version.recorded_at,
        recorded_by=version.recorded_by,
        released_at=version.released_at,
        released_by=version.released_by,
        terms=version.contract,
    )
