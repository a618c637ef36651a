"""The fleet, and what its registers counted."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel

from api.http.dependencies import Maker
from api.http.problems import refusal
from api.http.work_route import Body, WorkRoute, takes
from api.operations.working import column_map, ingest
from contracts import store as contracts
from metering.deliveries.store import NothingStored, Sender, withdraw
from metering.deliveries.store import exchange as declare_exchange
from metering.fleet.meter import Fleet, Site
from metering.fleet.store import declare, fleet
from metering.ingest import FORMATS, IngestOptions
from quantities.document import parse, read
from quantities.errors import Invalid
from quantities.period import Period
from quantities.quantity import Magnitude

router = APIRouter(prefix="/v1", tags=["metering"], route_class=WorkRoute)

_READINGS_BYTES_MAX = 64 << 20


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


class DeclarationOut(BaseModel):
    """The batch that records a declaration."""

    batch: int


@router.put("/fleet")
def put_fleet(call: Maker, body: Body) -> DeclaredOut:
    """Declare sites, assets, meters and registers, as YAML or JSON; what is known must be as it was."""
    return DeclaredOut(**asdict(declare(call.session, parse(Fleet, read(body)))))


@router.get("/fleet")
def get_fleet(call: Maker) -> FleetOut:
    """Read everything that is declared."""
    return FleetOut(sites=list(fleet(call.session)))


@router.post("/readings", status_code=201)
@takes(body_bytes=_READINGS_BYTES_MAX, idempotency_key=True)
def post_readings(
    call: Maker,
    request: Request,
    body: Body,
    register: Annotated[str | None, Query(description="The register of all rows, where no column says.")] = None,
    column: Annotated[list[str] | None, Query(description="Which column is what, as time=Datum.")] = None,
    format_: Annotated[
        str | None, Query(alias="format", description="Its format, where neither the content type nor the bytes tell.")
    ] = None,
    unit: Annotated[str | None, Query(description="The unit of all values, where no column says.")] = None,
    time_format: Annotated[
        str | None,
        Query(
            description="How times are written if not by ISO 8601: a strptime pattern, unix or unix_ms.", max_length=100
        ),
    ] = None,
    end_to_end_from: Annotated[
        datetime | None, Query(description="Where blocks begin that state one start and lie end to end.")
    ] = None,
    source: Annotated[str, Query(description="The file's name, for proofs.", max_length=200)] = "POST /v1/readings",
    reason: Annotated[str | None, Query(description="Why, where it corrects.", max_length=500)] = None,
    atomic: Annotated[bool, Query(description="All rows or none.")] = False,  # noqa: FBT002 a query parameter
    replaces_from: Annotated[datetime | None, Query(description="Start of the range that is restated in full.")] = None,
    replaces_to: Annotated[datetime | None, Query(description="Its end.")] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    content_type: Annotated[str | None, Header()] = None,
) -> ReceiptOut:
    """Store readings: CSV, JSON, NDJSON, Parquet, Arrow, Green Button or ISO 15143-3, packed by gzip or not.

    Each bad row has a verdict and the good ones are stored, unless ``atomic``. Where no row is good the answer is 422;
    the batch is recorded all the same. An ``Idempotency-Key`` stands for the method, path, query and body that it came
    with first.
    """
    if (replaces_from is None) != (replaces_to is None):
        raise HalfARange(found=str(replaces_from or replaces_to), expected="replaces_from and replaces_to")
    replaces = Period(replaces_from, replaces_to) if replaces_from and replaces_to else None
    name = format_ or format_of(content_type)
    query = sorted(f"{parameter}={value}" for parameter, value in request.query_params.multi_items())
    asked = (request.method, request.url.path, name or "", *query)
    sender = Sender(source, call.caller.label, call.now, reason, idempotency_key, asked)
    told = IngestOptions(column_map(column or []), register, unit, time_format, end_to_end_from)
    receipt, dialect = ingest(call.session, sender, body, told, format_=name, atomic=atomic, replaces=replaces)
    if receipt.is_refused_whole:
        return refusal(NothingStored.of(receipt))  # type: ignore[return-value] # returned, so that the batch is kept
    return ReceiptOut(**asdict(receipt), dialect=dict(dialect))


def format_of(content_type: str | None) -> str | None:
    """Name the format of a content type that is one format's alone; XML and JSON may be several, so the bytes tell."""
    media = (content_type or "").partition(";")[0].strip().lower()
    if media in ("application/json", "application/xml", "text/xml"):
        return None
    return next((name for name, each in FORMATS.items() if media in each.media_types and name != "arrow"), None)


class ExchangeIn(BaseModel):
    """What the old device showed last, and the new one first."""

    at: datetime
    closing: Magnitude
    opening: Magnitude
    serial: str
    reason: str | None = None


@router.post("/registers/{key}/exchanges", status_code=201)
def post_exchange(call: Maker, key: str, told: ExchangeIn) -> DeclarationOut:
    """Declare that the device of a cumulative register was exchanged."""
    sender = Sender(f"exchange of {key}", call.caller.label, call.now, told.reason)
    batch = declare_exchange(call.session, sender, key, told.at, told.closing, told.opening, told.serial)
    return DeclarationOut(batch=batch)


class ResetIn(BaseModel):
    """What a counter showed last, and first after it was set anew."""

    at: datetime
    closing: Magnitude
    opening: Magnitude = Decimal(0)
    reason: str | None = None


@router.post("/registers/{key}/resets", status_code=201)
def post_reset(call: Maker, key: str, told: ResetIn) -> DeclarationOut:
    """Declare that the counter of a device was set anew, and the device stayed."""
    sender = Sender(f"reset of {key}", call.caller.label, call.now, told.reason)
    return DeclarationOut(batch=declare_exchange(call.session, sender, key, told.at, told.closing, told.opening, None))


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
