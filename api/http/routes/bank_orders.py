"""Orders to banks: mandates, debits and payments, the files that they are in, and what banks report of them."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.interface.problem import problems
from api.http.media import schema_of_media
from api.http.paging import asked, page
from api.http.routes.receivables import RowNumber
from api.http.work_route import Body, WorkRoute, takes
from api.operations import bank_orders
from billing.bank.mandates.mandate import DebitScheme
from billing.bank.mandates.store import AmendedMandate, NewMandate
from billing.bank.order_files.prepare import FileAsked
from billing.bank.orders.store import BankOrderQuery, BankRefundWanted
from billing.bank.orders.views import BankOrderOut, MandateOut, OrderFileOut, PreparedOrdersOut, StatusReportOut
from quantities.money import Amount
from quantities.names import Name

router = APIRouter(prefix="/v1", tags=["bank"], route_class=WorkRoute)

REPORT_BYTES_MAX = 32 << 20
_Money = Annotated[Amount, Field(gt=0, max_digits=24, decimal_places=4)]
_Words = Annotated[str, Field(min_length=1, max_length=2000)]
_Account = Annotated[str, Field(min_length=1, max_length=70)]
_Reference = Annotated[str, Field(min_length=1, max_length=35)]
_Bic = Annotated[str, Field(max_length=11)]
_Holder = Annotated[str, Field(max_length=200)]
_Customer = Annotated[str | None, Query(max_length=200, description="Only those of this customer.")]
_ORDERS = TypeAdapter(list[BankOrderOut])
_XML, _CSV = "application/xml", "text/csv"
#: A file is a document or a table, and is handed over byte by byte.
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {media: schema_of_media(media) for media in (_XML, _CSV)}}}


class MandateIn(BaseModel):
    """A mandate for direct debits as it was signed; the creditor identifier is that of the supplier's profile."""

    model_config = ConfigDict(extra="forbid")

    supplier: Name
    customer: Name
    scheme: DebitScheme
    reference: _Reference
    signed_on: date
    account: _Account
    bic: _Bic = ""
    holder: _Holder = ""
    is_one_off: bool = False


class MandateAmendIn(BaseModel):
    """What of a mandate is another thing from now on."""

    model_config = ConfigDict(extra="forbid")

    reference: _Reference | None = None
    account: _Account | None = None
    bic: _Bic | None = None
    holder: _Holder | None = None


class OrderReasonIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: _Words


class BankRefundIn(BaseModel):
    """What is given back by our bank: all that is open of a credit note, or a part of it."""

    model_config = ConfigDict(extra="forbid")

    document: Annotated[str, Field(min_length=1, max_length=200)]
    supplier: Name | None = None
    amount: _Money | None = None


class OrderNoticeIn(BaseModel):
    """On which day the customer was told by a letter; today without it."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = None


class OrderFileIn(BaseModel):
    """Whose orders are put into files: those that the bank is to carry out up to a day, two weeks ahead without it."""

    model_config = ConfigDict(extra="forbid")

    supplier: Name
    until: date | None = None
    table: Annotated[str, Field(min_length=1, max_length=50)] = "cnaps"


@router.get("/bank/orders")
def list_bank_orders(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)],
    request: Request,
    query: Annotated[BankOrderQuery, asked(BankOrderQuery)],
) -> list[BankOrderOut]:
    """List orders to banks in pages, in the order in which they were made: debits of customers, and payments."""
    return page(request, _ORDERS, bank_orders.list_bank_orders(call.session, query))  # type: ignore[return-value] # with a header


@router.get("/bank/orders/{number}")
def get_bank_order(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber) -> BankOrderOut:
    """Get an order to a bank with all that happened to it."""
    return bank_orders.get_bank_order(call.session, number)


@router.post("/bank/refunds", status_code=201)
def refund_by_bank(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: BankRefundIn
) -> BankOrderOut:
    """Ask for what a credit note gives back to be paid to the account that the customer's profile states."""
    wanted = BankRefundWanted(body.document, body.supplier, body.amount)
    return bank_orders.refund_by_bank(call.session, wanted, who=call.caller.name, at=call.now)


@router.post("/bank/orders/{number}/withdraw")
def withdraw_bank_order(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: OrderReasonIn
) -> BankOrderOut:
    """Take back an order that no file has."""
    return bank_orders.withdraw_bank_order(call.session, number, body.reason, who=call.caller.name, at=call.now)


@router.post("/bank/orders/{number}/again", status_code=201)
def order_bank_again(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: OrderReasonIn
) -> BankOrderOut:
    """Make another order, under a reference of its own, for what was refused, returned or withdrawn."""
    return bank_orders.order_bank_again(call.session, number, body.reason, who=call.caller.name, at=call.now)


@router.post("/bank/orders/{number}/notice")
def notice_bank_order(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: OrderNoticeIn
) -> BankOrderOut:
    """Record that the customer was told of a debit by a letter, where the document itself was not sent."""
    return bank_orders.notice_bank_order(call.session, number, body.day, who=call.caller.name, at=call.now)


@router.post("/bank/order-files", status_code=201)
def prepare_order_files(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: OrderFileIn
) -> PreparedOrdersOut:
    """Put the orders of a supplier that are due into files for its bank; another person takes them."""
    wanted = FileAsked(body.supplier, body.until, body.table)
    return bank_orders.prepare_order_files(call.session, wanted, who=call.caller.name, at=call.now)


@router.get("/bank/order-files")
def list_order_files(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)]) -> list[OrderFileOut]:
    """List all files of orders, the oldest first."""
    return bank_orders.list_order_files(call.session)


@router.get("/bank/order-files/{number}")
def get_order_file(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber) -> OrderFileOut:
    """Get what a file of orders has, without its bytes."""
    return bank_orders.get_order_file(call.session, number)


@router.post("/bank/order-files/{number}/take", response_class=Response, responses={**_FILE, **problems(409)})
def take_order_file(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber) -> Response:
    """Take a file to the bank: its bytes. Whoever has prepared it does not, but below the tenant's limit."""
    known, content = bank_orders.take_order_file(call.session, number, who=call.caller.name, at=call.now)
    return _handed(known, content)


@router.get("/bank/order-files/{number}/content", response_class=Response, responses={**_FILE, **problems(409)})
def get_order_file_content(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber
) -> Response:
    """Get the bytes of a file that was taken, once more."""
    return _handed(*bank_orders.get_order_file_content(call.session, number))


def _handed(known: OrderFileOut, content: bytes) -> Response:
    is_document = known.form.startswith("pain.")
    name = f"{known.message_id}.{'xml' if is_document else 'csv'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_XML if is_document else _CSV, headers=headers)


@router.post("/bank/order-files/{number}/cancel")
def cancel_order_file(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: OrderReasonIn
) -> OrderFileOut:
    """Cancel a file of which the bank has booked and refused nothing: its orders are due again."""
    return bank_orders.cancel_order_file(call.session, number, body.reason, who=call.caller.name, at=call.now)


@router.post("/bank/order-reports", status_code=201)
@takes(body_bytes=REPORT_BYTES_MAX, document=bytes, media_types=(_XML,))
def read_bank_report(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: Body) -> StatusReportOut:
    """Read what a bank says of a file before it books anything (pain.002): what it refuses waits for a person."""
    return bank_orders.read_bank_report(call.session, body, who=call.caller.name, at=call.now)


@router.get("/bank/mandates")
def list_mandates(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], customer: _Customer = None
) -> list[MandateOut]:
    """List mandates for direct debits, the oldest first; of their accounts the ends alone."""
    return bank_orders.list_mandates(call.session, customer, at=call.now)


@router.post("/bank/mandates", status_code=201)
def record_mandate(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], body: MandateIn) -> MandateOut:
    """Record a mandate that a customer has signed."""
    new = NewMandate(**dict(body))
    return bank_orders.record_mandate(call.session, new, who=call.caller.name, at=call.now)


@router.get("/bank/mandates/{number}")
def get_mandate(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber) -> MandateOut:
    """Get a mandate with its account."""
    return bank_orders.get_mandate(call.session, number, at=call.now)


@router.post("/bank/mandates/{number}/amend")
def amend_mandate(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: MandateAmendIn
) -> MandateOut:
    """Amend a mandate: the next debit by it tells the customer's bank how it was before."""
    amended = AmendedMandate(**dict(body))
    return bank_orders.amend_mandate(call.session, number, amended, who=call.caller.name, at=call.now)


@router.post("/bank/mandates/{number}/revoke")
def revoke_mandate(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber, body: OrderReasonIn
) -> MandateOut:
    """Revoke a mandate: from now on nothing is collected by it."""
    return bank_orders.revoke_mandate(call.session, number, body.reason, who=call.caller.name, at=call.now)


@router.post("/bank/mandates/{number}/end")
def end_mandate(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)], number: RowNumber) -> MandateOut:
    """Say that the next debit by a mandate is its last."""
    return bank_orders.end_mandate(call.session, number, at=call.now)
