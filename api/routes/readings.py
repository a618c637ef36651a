"""The fleet, and what its registers counted."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BaseModel

from api.dependencies import Anyone, Maker
from api.problems import TooLarge
from api.working import column_map, ingest
from contracts import store as contracts
from metering.consumption_store import Window, uses
from metering.delivery_store import NoSuchRegister, Sender, withdraw
from metering.delivery_store import exchange as declare_exchange
from metering.document import parse, read
from metering.errors import Invalid
from metering.ingest import Told
from metering.meter import Fleet, Site
from metering.meter_store import declare, fleet, registers
from metering.period import Period
from metering.quantity import Magnitude

router = APIRouter(prefix="/v1", tags=["metering"])

_BODY_BYTES_MAX = 64 << 20
_DAYS_MAX = timedelta(days=3660)


class NotADayRange(Invalid):
    """A range of days ends after it starts and spans ten years at most."""


class HalfARange(Invalid):
    """A range that is replaced has a start and an end."""


class FleetOut(BaseModel):
    """Everything that is declared."""

    sites: list[Site]


class DeclaredOut(BaseModel):
    """How many of each a declaration added."""

    sites: int
    assets: int
    meters: int
    registers: int


class VerdictOut(BaseModel):
    """Why a row is not stored."""

    line: int
    code: str
    found: str
    expected: str


class ReceiptOut(BaseModel):
    """What became of a delivery."""

    batch: int
    stored: int
    corrected: int
    unchanged: int
    refused: int
    seen_before: int | None
    repeated: bool
    verdicts: list[VerdictOut]
    dialect: dict[str, str]


class BatchOut(BaseModel):
    """The batch that records a declaration."""

    batch: int


class UsageOut(BaseModel):
    """What a register counted over one part of what was asked; an error where nothing was read."""

    period_from: datetime
    period_to: datetime
    unit: str
    quantity: Magnitude | None
    readings: int
    estimated: int
    error: str | None


async def body_of(request: Request) -> bytes:
    """Read a request's body, and no more of it than is accepted.

    Raises:
        TooLarge: it is longer than 64 MiB.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _BODY_BYTES_MAX:
            raise TooLarge(f"a body has at most {_BODY_BYTES_MAX} bytes; send it in parts", expected=_BODY_BYTES_MAX)
    return bytes(body)


Body = Annotated[bytes, Depends(body_of)]


@router.put("/fleet")
def put_fleet(call: Maker, body: Body) -> DeclaredOut:
    """Declare sites, assets, meters and registers, as YAML or JSON; what is known must be as it was."""
    return DeclaredOut(**asdict(declare(call.session, parse(Fleet, read(body)))))


@router.get("/fleet")
def get_fleet(call: Maker) -> FleetOut:
    """Read everything that is declared."""
    return FleetOut(sites=list(fleet(call.session)))


@router.post("/readings", status_code=201)
def post_readings(
    call: Maker,
    body: Body,
    register: Annotated[str | None, Query(description="The register of all rows, where no column says.")] = None,
    column: Annotated[list[str] | None, Query(description="Which column is what, as time=Datum.")] = None,
    source: Annotated[str, Query(description="The file's name, for proofs.", max_length=200)] = "POST /v1/readings",
    reason: Annotated[str | None, Query(description="Why, where it corrects.", max_length=500)] = None,
    atomic: Annotated[bool, Query(description="All rows or none.")] = False,  # noqa: FBT002 a query parameter
    replaces_from: Annotated[datetime | None, Query(description="Start of the range that is restated in full.")] = None,
    replaces_to: Annotated[datetime | None, Query(description="Its end.")] = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> ReceiptOut:
    """Store readings from CSV. Each bad row has a verdict and the good ones are stored, unless ``atomic``."""
    if (replaces_from is None) != (replaces_to is None):
        raise HalfARange(found=str(replaces_from or replaces_to), expected="replaces_from and replaces_to")
    replaces = Period(replaces_from, replaces_to) if replaces_from and replaces_to else None
    sender = Sender(source, call.caller.label, call.now, reason, idempotency_key)
    told = Told(column_map(column or []), register)
    receipt, dialect = ingest(call.session, sender, body, told, atomic=atomic, replaces=replaces)
    return ReceiptOut(**asdict(receipt), dialect=dict(dialect))


class ExchangeIn(BaseModel):
    """What the old device showed last, and the new one first."""

    at: datetime
    closing: Magnitude
    opening: Magnitude
    serial: str
    reason: str | None = None


@router.post("/registers/{key}/exchanges", status_code=201)
def post_exchange(call: Maker, key: str, told: ExchangeIn) -> BatchOut:
    """Declare that the device of a cumulative register was exchanged."""
    sender = Sender(f"exchange of {key}", call.caller.label, call.now, told.reason)
    batch = declare_exchange(call.session, sender, key, told.at, told.closing, told.opening, told.serial)
    return BatchOut(batch=batch)


class WithdrawalIn(BaseModel):
    """Which readings never were: those that start in the range."""

    start: datetime
    end: datetime
    reason: str


class WithdrawnOut(BaseModel):
    """How many readings a withdrawal took back."""

    batch: int
    withdrawn: int


@router.post("/registers/{key}/withdrawals", status_code=201)
def post_withdrawal(call: Maker, key: str, told: WithdrawalIn) -> WithdrawnOut:
    """Withdraw the readings of a register over a range; what was billed of them is credited on the next invoice."""
    sender = Sender(f"withdrawal of {key}", call.caller.label, call.now, told.reason)
    receipt = withdraw(call.session, sender, key, Period(told.start, told.end))
    return WithdrawnOut(batch=receipt.batch, withdrawn=receipt.stored)


class UnbilledOut(BaseModel):
    """A register that counts, and that no contract prices."""

    register_key: str
    asset: str
    readings: int
    first: datetime
    last: datetime


@router.get("/unbilled")
def get_unbilled(call: Maker) -> list[UnbilledOut]:
    """List the use that matches no contract: never silently free."""
    return [
        UnbilledOut(
            register_key=each.register, asset=each.asset, readings=each.readings, first=each.first, last=each.last
        )
        for each in contracts.unbilled(call.session)
    ]


@router.get("/registers/{key}/usage")
def get_usage(
    call: Anyone,
    key: str,
    from_: Annotated[date, Query(alias="from", description="The first local day.")],
    to: Annotated[date, Query(description="The first local day not counted any more.")],
) -> list[UsageOut]:
    """Count a register over local days of its site, by local month.

    A customer sees the registers of its own contracts, and of each the days that they cover.
    """
    found = registers(call.session, [key]).get(key)
    own = _own_days(call, key)
    if found is None or own is None:
        raise NoSuchRegister(f"there is no register {key!r} here", found=key)
    if not timedelta(0) < to - from_ <= _DAYS_MAX:
        raise NotADayRange(f"{from_} to {to} is none", found=f"{from_}/{to}", expected=f"1 to {_DAYS_MAX.days} days")
    from_, to = max(from_, own[0]), min(to, own[1])
    if to <= from_:
        return []
    parts = [part for _, part in Period.of_days(from_, to, found.zone).months(found.zone)]
    counted = uses(call.session, [Window(found, part) for part in parts])
    return [
        UsageOut(
            period_from=part.start,
            period_to=part.end,
            unit=found.register.unit,
            quantity=None if isinstance(use, Exception) else use.quantity,
            readings=0 if isinstance(use, Exception) else use.count,
            estimated=0 if isinstance(use, Exception) else use.estimated,
            error=str(use) if isinstance(use, Exception) else None,
        )
        for part, use in zip(parts, counted, strict=True)
    ]


def _own_days(call: Anyone, key: str) -> tuple[date, date] | None:
    """Say over which days the caller may see a register: all for the tenant, its contracts' for a customer."""
    if call.caller.party is None:
        return date.min, date.max
    lives = [
        (version.contract.starts, version.contract.ends or date.max)
        for reference in contracts.references(call.session)
        for version in contracts.versions(call.session, reference)[-1:]
        if any(charge.register_key == key for charge in version.contract.charges)
    ]
    return (min(first for first, _ in lives), max(last for _, last in lives)) if lives else None
