"""Contracts: recorded as versions, never edited."""

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.dependencies import Anyone, Maker
from api.routes.readings import Body
from contracts import store
from contracts.contract import Contract
from contracts.store import Version
from contracts.trial import Trial, TrialResult, try_rules
from metering.document import FaultyDocument, parse, read

router = APIRouter(prefix="/v1", tags=["contracts"])


class ContractOut(BaseModel):
    """One version of a contract."""

    contract: str
    version: int
    effective: date
    recorded_at: datetime
    recorded_by: str
    terms: Contract


class NoFaults(BaseModel):
    """A contract without fault."""

    contract: str
    faults: list[str] = []


@router.post("/contracts", status_code=201)
def post_contract(call: Maker, body: Body) -> ContractOut:
    """Record a contract, or its next version, as YAML or JSON; all faults come at once."""
    contract = parse(Contract, read(body))
    return _shown(store.apply(call.session, contract, recorded_by=call.caller.label, recorded_at=call.now))


@router.post("/contracts/check")
def check_contract(call: Maker, body: Body) -> NoFaults:
    """Find every fault of a contract; nothing is stored."""
    contract = parse(Contract, read(body))
    faults = store.check(call.session, contract)
    if faults:
        raise FaultyDocument(faults)
    return NoFaults(contract=contract.contract)


@router.get("/contracts")
def get_contracts(call: Anyone) -> list[ContractOut]:
    """List the newest version of each contract; a customer sees its own."""
    return [_shown(store.latest(call.session, each)) for each in store.references(call.session)]


@router.get("/contracts/{reference}")
def get_contract(call: Anyone, reference: str) -> list[ContractOut]:
    """List the versions of a contract, oldest first."""
    return [_shown(each) for each in store.versions(call.session, reference)]


@router.post("/price")
def price(call: Anyone, body: Body) -> TrialResult:
    """Rate a use against rules, without any contract."""
    return try_rules(parse(Trial, read(body)))


def _shown(version: Version) -> ContractOut:
    return ContractOut(
        contract=version.contract.contract,
        version=version.number,
        effective=version.contract.effective,
        recorded_at=version.recorded_at,
        recorded_by=version.recorded_by,
        terms=version.contract,
    )
