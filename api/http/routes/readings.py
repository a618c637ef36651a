"""The fleet declared; readings stored, corrected and withdrawn; use that no contract prices."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.edits import MAY_WAIT, waits
from api.http.json_types import WrittenInstant
from api.http.later import LATER, Later, answer_later
from api.http.paging import asked, page
from api.http.problems import refusal
from api.http.reading_options import SAYS_NOTHING, SaidOfFile
from api.http.repeats import KeptBy
from api.http.work_route import Body, WorkRoute, takes
from api.long_work.operation_query import OperationKind
from api.long_work.store import NewOperation
from api.long_work.views import OperationOut
from api.operations import contracts, fleet, readings
from api.operations.readings import FileTerms
from api.operations.receipts import EditOut, ReceiptOut, edit_out, receipt_out
from api.operations.short_lists import UNBILLED, UnbilledQuery
from api.server.metrics import count_verdicts
from metering.deliveries.history import RegisterWithReadings
from metering.deliveries.receipt import NothingStored, Sender
from metering.fleet.meter import Fleet, Register, Site
from metering.fleet.register_query import RegisterQuery
from metering.fleet.store import StoredRegister
from metering.ingest import FORMATS
from metering.ingest.how_read import Aspect
from metering.limits import FLEET_BYTES_MAX
from metering.quality.edits.store import Edit
from quantities.document import parse, read
from quantities.errors import Invalid
from quantities.period import Period
from quantities.quantity import Magnitude

router = APIRouter(prefix="/v1", tags=["metering"], route_class=WorkRoute)

#: A request's body is held in memory, one a thread; a larger file is sent in parts, or with `usufruct ingest`.
READINGS_BYTES_MAX = 64 << 20
#: Of files of readings, CSV first; and of what packs them.
READINGS_MEDIA_TYPES = (
    *dict.fromkeys(["text/csv", *(name for format_ in FORMATS.values() for name in format_.media_types)]),
    "application/gzip",
    "application/octet-stream",
)


class HalfARange(Invalid):
    """The range to replace has no start or no end."""


class FleetOut(BaseModel):
    """The whole fleet."""

    sites: list[Site]


class DeclaredOut(BaseModel):
    """How many sites, assets, meters and registers a declaration added, and how many of its own were known before.

    What waits are approvals of meters.
    """

    sites: int
    assets: int
    meters: int
    registers: int
    known_sites: int
    known_assets: int
    known_meters: int
    known_registers: int
    waiting: list[EditOut] = []


class AnswerOut(BaseModel):
    """One way to read what a file does not say: the query parameter, its value, and what it comes to."""

    option: str
    value: str
    means: str


class QuestionOut(BaseModel):
    """Something that a file does not say, and the ways in which it can be read."""

    aspect: Aspect
    why: str
    answers: list[AnswerOut]


class RefusedFileOut(BaseModel):
    """A problem (RFC 9457); where the file does not say how it is to be read, with all that is asked, at once."""

    type: str
    title: str
    status: int
    detail: str
    questions: list[QuestionOut] = []


class DeclarationOut(BaseModel):
    """The batch that records a declaration."""

    batch: int


@router.put("/fleet")
@takes(body_bytes=FLEET_BYTES_MAX, document=Fleet)
def declare_fleet(call: Annotated[StatedCall, needs(Permission.FLEET_WRITE)], body: Body) -> DeclaredOut:
    """Declare sites, assets, meters and registers, as YAML or JSON; what is declared already must not change."""
    document = parse(Fleet, read(body, FLEET_BYTES_MAX))
    declared = fleet.declare(call.session, document, who=call.caller.name, at=call.now)
    return DeclaredOut(**asdict(declared.counts), waiting=[edit_out(edit) for edit in declared.waiting])


@router.get("/fleet")
def get_fleet(call: Annotated[StatedCall, needs(Permission.FLEET_READ)]) -> FleetOut:
    """Read everything that is declared."""
    return FleetOut(sites=list(fleet.fleet(call.session)))


class RegisterOut(BaseModel):
    """A register with what it belongs to."""

    key: str
    site: str
    zone: str
    asset: str
    meter: str
    declared: Register


_REGISTERS = TypeAdapter(list[RegisterOut])


@router.get("/registers")
def list_registers(
    call: Annotated[StatedCall, needs(Permission.FLEET_READ)],
    request: Request,
    query: Annotated[RegisterQuery, asked(RegisterQuery)],
) -> list[RegisterOut]:
    """List the declared registers, by key, in pages."""
    listed = fleet.list_registers(call.session, query)
    return page(request, _REGISTERS, listed, _register_out)  # type: ignore[return-value] # with a header


def _register_out(stored: StoredRegister) -> RegisterOut:
    return RegisterOut(
        key=stored.register.key,
        site=stored.site,
        zone=str(stored.zone),
        asset=stored.asset,
        meter=stored.meter,
        declared=stored.register,
    )


WAITS_OR_GOES_ON: dict[int | str, dict[str, Any]] = {
    202: {"model": EditOut | OperationOut, "description": f"{MAY_WAIT[202]['description']} {LATER[202]['description']}"}
}
_REFUSED = {"schema": {"$ref": f"#/components/schemas/{RefusedFileOut.__name__}"}}


def _of_body_alone(call: StatedCall, request: Request, body: bytes) -> dict[str, Any]:
    content_type = request.headers.get("content-type")
    return {
        "call": call, "request": request, "body": body, "about_file": SAYS_NOTHING, "later": False,
        "content_type": content_type,
    }  # fmt: skip


@router.post(
    "/readings",
    status_code=201,
    responses=WAITS_OR_GOES_ON | {422: {"model": RefusedFileOut, "content": {"application/problem+json": _REFUSED}}},
)
@takes(
    body_bytes=READINGS_BYTES_MAX,
    document=bytes,
    media_types=READINGS_MEDIA_TYPES,
    encodings=("gzip",),
    kept_by=KeptBy.LOG,
    plain=_of_body_alone,
)
def store_readings(
    call: Annotated[StatedCall, needs(Permission.READINGS_WRITE)],
    request: Request,
    body: Body,
    about_file: SaidOfFile,
    later: Later,
    profile: Annotated[
        str | None, Query(description="The profile by which the file is read; what the request says counts first.")
    ] = None,
    save_profile: Annotated[
        str | None, Query(description="Keep what was said in a profile of this name, once the file is read.")
    ] = None,
    end_to_end_from: Annotated[
        WrittenInstant | None,
        Query(description="Start of the first block, where all blocks state one start and lie end to end."),
    ] = None,
    source: Annotated[str, Query(description="The file's name, for proofs.", max_length=200)] = "POST /v1/readings",
    reason: Annotated[str | None, Query(description="The reason of a correction.", max_length=500)] = None,
    atomic: Annotated[bool, Query(description="All rows or none.")] = False,  # noqa: FBT002 a query parameter
    replaces_from: Annotated[
        WrittenInstant | None, Query(description="Start of the range that is restated in full.")
    ] = None,
    replaces_to: Annotated[
        WrittenInstant | None, Query(description="End of the range that is restated in full.")
    ] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    content_type: Annotated[str | None, Header()] = None,
) -> ReceiptOut:
    """Store readings of any format, packed by gzip or not.

    CSV, JSON, NDJSON, Parquet, Arrow, Green Button, ISO 15143-3, NEM12, MSCONS, MTConnect or SHDR. Each bad row has a
    verdict and the good ones are stored, unless ``atomic``. Where no row is good the answer is 422; the batch is
    recorded all the same. What the file does not say is asked: the answer is 422 with ``questions``, all at once, each
    with the parameters that answer it. An ``Idempotency-Key`` stands for the method, path, query and body of the first
    request that had it. What corrects billed readings, and is not sent by a meter, waits for another person: 202.
    """
    if (replaces_from is None) != (replaces_to is None):
        missing = "replaces_from" if replaces_from is None else "replaces_to"
        raise HalfARange(
            f"{missing} is not stated",
            place=f"/query/{missing}",
            found="none",
            expected="both ends of the range, or neither",
        )
    replaces = Period(replaces_from, replaces_to) if replaces_from and replaces_to else None
    name = about_file.format_name or format_of(content_type)
    query = sorted(f"{parameter}={value}" for parameter, value in request.query_params.multi_items())
    request_key = (request.method, request.scope["path"], name or "", *query)
    if about_file.format_name is None and name == "csv":
        name = None  # NEM12 is sent as text/csv too: the bytes decide; the key of a request goes on as it was
    sender = Sender(source, call.caller.name, call.now, reason, idempotency_key, request_key)
    terms = FileTerms(profile, save_profile, end_to_end_from, name, atomic, replaces)
    if later:
        stated = readings.waiting_delivery(sender, about_file, terms).model_dump(mode="json")
        return answer_later(call, NewOperation(OperationKind.INGEST, {"delivery": stated, "reason": reason}, body))  # type: ignore[return-value] # of another status
    receipt = readings.ingest_file(call.session, sender, body, about_file, terms, known=call.registers)
    if isinstance(receipt, Edit):
        return waits(receipt)  # type: ignore[return-value] # of another status
    if not receipt.seen_before:
        count_verdicts(receipt.stored, receipt.unchanged, receipt.refused)
    if receipt.is_refused_whole:
        return refusal(NothingStored.of(receipt))  # type: ignore[return-value] # returned, so that the batch is kept
    return receipt_out(receipt)


def format_of(content_type: str | None) -> str | None:
    """Name the format of a content type; None where several formats share it (XML, JSON), so that the bytes decide."""
    media = (content_type or "").partition(";")[0].strip().lower()
    if media in ("application/json", "application/xml", "text/xml"):
        return None
    return next((name for name, format_ in FORMATS.items() if media in format_.media_types and name != "arrow"), None)


class ExchangeIn(BaseModel):
    """The last read of the old device and the first of the new one."""

    at: WrittenInstant
    closing: Magnitude
    opening: Magnitude
    serial: str
    reason: str | None = None


@router.post("/registers/{key}/exchanges", status_code=201, responses=MAY_WAIT)
def declare_exchange(
    call: Annotated[StatedCall, needs(Permission.READINGS_EDIT)], key: str, exchange: ExchangeIn
) -> DeclarationOut:
    """Declare that the device of a cumulative register was exchanged."""
    batch = readings.exchange(
        call.session,
        key,
        exchange.at,
        closing=exchange.closing,
        opening=exchange.opening,
        serial=exchange.serial,
        reason=exchange.reason,
        who=call.caller.name,
        at=call.now,
    )
    return waits(batch) if isinstance(batch, Edit) else DeclarationOut(batch=batch)  # type: ignore[return-value]


class ResetIn(BaseModel):
    """The last read of a counter before it was reset, and the first read after."""

    at: WrittenInstant
    closing: Magnitude
    opening: Magnitude = Decimal(0)
    reason: str | None = None


@router.post("/registers/{key}/resets", status_code=201, responses=MAY_WAIT)
def declare_reset(
    call: Annotated[StatedCall, needs(Permission.READINGS_EDIT)], key: str, reset: ResetIn
) -> DeclarationOut:
    """Declare that the counter of a device was reset; the device is the same."""
    batch = readings.reset(
        call.session,
        key,
        reset.at,
        closing=reset.closing,
        opening=reset.opening,
        reason=reset.reason,
        who=call.caller.name,
        at=call.now,
    )
    return waits(batch) if isinstance(batch, Edit) else DeclarationOut(batch=batch)  # type: ignore[return-value]


class WithdrawalIn(BaseModel):
    """The range whose readings are withdrawn: those that start in it."""

    start: WrittenInstant
    end: WrittenInstant
    reason: str


class WithdrawnOut(BaseModel):
    """How many readings were withdrawn."""

    batch: int
    withdrawn: int


@router.post("/registers/{key}/withdrawals", status_code=201, responses=MAY_WAIT)
def withdraw_readings(
    call: Annotated[StatedCall, needs(Permission.READINGS_WITHDRAW)], key: str, withdrawal: WithdrawalIn
) -> WithdrawnOut:
    """Withdraw the readings of a register over a range; what was billed for them is credited on the next invoice."""
    period = Period(withdrawal.start, withdrawal.end)
    receipt = readings.withdraw(call.session, key, period, reason=withdrawal.reason, who=call.caller.name, at=call.now)
    if isinstance(receipt, Edit):
        return waits(receipt)  # type: ignore[return-value] # of another status
    return WithdrawnOut(batch=receipt.batch, withdrawn=receipt.stored)


class UnbilledOut(BaseModel):
    """A register that has readings and that no contract prices."""

    register_key: str
    asset: str
    readings: int
    first: datetime
    last: datetime


_UNBILLED = TypeAdapter(list[UnbilledOut])


@router.get("/unbilled")
def list_unbilled_use(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    request: Request,
    query: Annotated[UnbilledQuery, asked(UnbilledQuery)],
) -> list[UnbilledOut]:
    """List the use that matches no contract in pages, by register: never silently free."""
    return page(request, _UNBILLED, UNBILLED.page(contracts.unbilled(call.session), query), _unbilled_out)  # type: ignore[return-value] # with a header


def _unbilled_out(unpriced: RegisterWithReadings) -> UnbilledOut:
    return UnbilledOut(
        register_key=unpriced.register,
        asset=unpriced.asset,
        readings=unpriced.readings,
        first=unpriced.first,
        last=unpriced.last,
    )
