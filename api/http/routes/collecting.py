"""Collecting by gateways: orders, links to pay by, saved methods, refunds, and what moved balances there."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.media import schema_of_media
from api.http.paging import asked, page
from api.http.repeats import KeptBy
from api.http.routes.invoices import Supplier
from api.http.routes.receivables import RowNumber
from api.http.work_route import WorkRoute, takes
from api.operations import collecting
from billing.delivery.links import LINK_DAYS_MAX
from billing.payments.queries import (
    BalanceEntryQuery,
    GatewayOrderQuery,
    GatewayPayoutQuery,
    RefundQuery,
    SavedMethodQuery,
)
from billing.payments.refunds.store import RefundPrepared
from billing.payments.views import (
    BalanceEntryOut,
    GatewayOrderOut,
    GatewayPayoutOut,
    MadePayLinkOut,
    PayLinkOut,
    RefundOut,
    SavedMethodOut,
)
from quantities.money import Amount

router = APIRouter(prefix="/v1", tags=["collecting"], route_class=WorkRoute)

Reads = Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)]
Writes = Annotated[StatedCall, needs(Permission.RECEIVABLES_WRITE)]
_Releases = Annotated[StatedCall, needs(Permission.REFUNDS_RELEASE)]
_TakesAway = Annotated[StatedCall, needs(Permission.EXPORTS_READ)]
_Reason = Annotated[str, Field(min_length=1, max_length=1000)]
_Money = Annotated[Amount, Field(max_digits=24, decimal_places=4)]
_CSV = "text/csv; charset=utf-8"
_AS_CSV: dict[int | str, dict[str, object]] = {200: {"content": {"text/csv": schema_of_media("text/csv")}}}
_ORDERS = TypeAdapter(list[GatewayOrderOut])
_METHODS = TypeAdapter(list[SavedMethodOut])
_REFUNDS = TypeAdapter(list[RefundOut])
_ENTRIES = TypeAdapter(list[BalanceEntryOut])
_PAYOUTS = TypeAdapter(list[GatewayPayoutOut])


class GatewayOrderReasonIn(BaseModel):
    """Why an order is tried once more, or not wanted any more; why nothing is charged by a method any more."""

    model_config = ConfigDict(extra="forbid")

    reason: _Reason


class PayLinkIn(BaseModel):
    """For how many days a link opens; without it, for as many as the server's setting says."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=LINK_DAYS_MAX)] | None = None


class RefundIn(BaseModel):
    """What is given back of a payment, all that is left of it where no amount is stated, and for which credit note.

    Without a credit note it is of what is on account.
    """

    model_config = ConfigDict(extra="forbid")

    amount: _Money | None = None
    credit_note: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    reason: _Reason


@router.get("/gateway-orders")
def list_gateway_orders(
    call: Reads, request: Request, query: Annotated[GatewayOrderQuery, asked(GatewayOrderQuery)]
) -> list[GatewayOrderOut]:
    """List what gateways are asked for, in pages, the first asked for first; a customer sees where its own stand."""
    listed = collecting.list_gateway_orders(call.session, query, as_customer=call.caller.is_customer)
    return page(request, _ORDERS, listed)  # type: ignore[return-value] # with a header


@router.get("/gateway-orders/{order}")
def get_gateway_order(call: Reads, order: RowNumber) -> GatewayOrderOut:
    """Read an order with all that happened to it; a customer sees where its own stands."""
    return collecting.find_gateway_order(call.session, order, as_customer=call.caller.is_customer)


@router.post("/gateway-orders/{order}/again")
def collect_again(call: Writes, order: RowNumber, body: GatewayOrderReasonIn) -> GatewayOrderOut:
    """Have an order tried once more that was refused, has expired or was withdrawn; it is asked for within seconds.

    One that is due and held is looked at at once.
    """
    return collecting.collect_again(call.session, order, reason=body.reason, who=call.caller.name, at=call.now)


@router.post("/gateway-orders/{order}/withdraw")
def withdraw_gateway_order(call: Writes, order: RowNumber, body: GatewayOrderReasonIn) -> GatewayOrderOut:
    """Take back an order of which no money is on its way: one that is due, was refused or has expired."""
    who = call.caller.name
    return collecting.withdraw_gateway_order(call.session, order, reason=body.reason, who=who, at=call.now)


@router.post("/invoices/{number}/pay-links", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def make_pay_link(call: Writes, number: str, body: PayLinkIn, supplier: Supplier = None) -> MadePayLinkOut:
    """Make a link by which whoever has it pays the document until it expires; its address is answered this once."""
    setup, who = call.serving.delivery_setup, call.caller.name
    return collecting.make_pay_link(call.session, number, supplier, setup, days=body.days, who=who, at=call.now)


@router.get("/invoices/{number}/pay-links")
def list_pay_links(call: Reads, number: str, supplier: Supplier = None) -> list[PayLinkOut]:
    """List the links by which a document is paid; a customer sees those to its own."""
    return collecting.list_pay_links(call.session, number, supplier, as_customer=call.caller.is_customer)


@router.delete("/invoices/{number}/pay-links/{link}")
def revoke_pay_link(call: Writes, number: str, link: RowNumber, supplier: Supplier = None) -> PayLinkOut:
    """End a link before it expires: nothing is paid by it any more. What was begun by it goes on."""
    return collecting.revoke_pay_link(call.session, number, supplier, link, who=call.caller.name, at=call.now)


@router.post("/contracts/{reference}/method-links", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def make_method_link(call: Writes, reference: str, body: PayLinkIn) -> MadePayLinkOut:
    """Make a link by which the customer saves the card or the account that a contract is charged by.

    Its address is answered this once.
    """
    setup, who = call.serving.delivery_setup, call.caller.name
    return collecting.make_method_link(call.session, reference, setup, days=body.days, who=who, at=call.now)


@router.get("/contracts/{reference}/method-links")
def list_method_links(call: Reads, reference: str) -> list[PayLinkOut]:
    """List the links by which a method is saved for a contract; a customer sees those of its own."""
    return collecting.list_method_links(call.session, reference, as_customer=call.caller.is_customer)


@router.delete("/contracts/{reference}/method-links/{link}")
def revoke_method_link(call: Writes, reference: str, link: RowNumber) -> PayLinkOut:
    """End a link before it expires: nothing is saved by it any more."""
    return collecting.revoke_method_link(call.session, reference, link, who=call.caller.name, at=call.now)


@router.get("/saved-methods")
def list_saved_methods(
    call: Reads, request: Request, query: Annotated[SavedMethodQuery, asked(SavedMethodQuery)]
) -> list[SavedMethodOut]:
    """List the cards and accounts that customers have saved, in pages; a customer sees its own."""
    listed = collecting.list_saved_methods(call.session, query, as_customer=call.caller.is_customer)
    return page(request, _METHODS, listed)  # type: ignore[return-value] # with a header


@router.post("/saved-methods/{method}/end")
def end_saved_method(call: Writes, method: RowNumber, body: GatewayOrderReasonIn) -> SavedMethodOut:
    """End a saved method: nothing is charged by it any more; what is under way stays so."""
    caller = call.caller
    return collecting.end_saved_method(
        call.session, method, reason=body.reason, who=caller.name, identity=caller.identity, at=call.now
    )


@router.post("/payments/{number}/refunds", status_code=201)
def prepare_refund(call: Writes, number: RowNumber, body: RefundIn) -> RefundOut:
    """Prepare a refund of a payment that came by a gateway; above the limit another person releases it."""
    prepared = RefundPrepared(number, body.amount, body.credit_note, body.reason)
    return collecting.prepare_refund(call.session, prepared, who=call.caller.name, at=call.now)


@router.get("/refunds")
def list_refunds(call: Writes, request: Request, query: Annotated[RefundQuery, asked(RefundQuery)]) -> list[RefundOut]:
    """List refunds in pages, oldest first: those that wait, unless asked otherwise."""
    return page(request, _REFUNDS, collecting.list_refunds(call.session, query))  # type: ignore[return-value] # with a header


@router.post("/refunds/{refund}/release")
def release_refund(call: _Releases, refund: RowNumber) -> RefundOut:
    """Release a refund that another has prepared: the gateway is asked within seconds."""
    return collecting.release_refund(call.session, refund, who=call.caller.name, at=call.now)


@router.post("/refunds/{refund}/withdraw")
def withdraw_refund(call: Writes, refund: RowNumber) -> RefundOut:
    """Take back a refund that waits."""
    return collecting.withdraw_refund(call.session, refund, who=call.caller.name, at=call.now)


@router.get("/gateway-balance")
def list_balance_entries(
    call: Writes, request: Request, query: Annotated[BalanceEntryQuery, asked(BalanceEntryQuery)]
) -> list[BalanceEntryOut]:
    """List what moved our balances at gateways, in pages: payments, fees, refunds, chargebacks, payouts."""
    return page(request, _ENTRIES, collecting.list_balance_entries(call.session, query))  # type: ignore[return-value] # with a header


@router.get("/gateway-balance.csv", response_class=Response, responses=_AS_CSV)
def export_balance_entries(
    call: _TakesAway,
    query: Annotated[BalanceEntryQuery, asked(BalanceEntryQuery, without=("limit", "after", "total"))],
) -> Response:
    """Hand out what moved our balances at gateways as CSV, all that is asked for."""
    return Response(collecting.write_balance_entries(call.session, query), media_type=_CSV)


@router.get("/gateway-payouts")
def list_gateway_payouts(
    call: Writes, request: Request, query: Annotated[GatewayPayoutQuery, asked(GatewayPayoutQuery)]
) -> list[GatewayPayoutOut]:
    """List what gateways paid out to our bank, in pages: the amount, and the gross and the fees that it is made of."""
    return page(request, _PAYOUTS, collecting.list_gateway_payouts(call.session, query))  # type: ignore[return-value] # with a header


@router.get("/gateway-payouts.csv", response_class=Response, responses=_AS_CSV)
def export_gateway_payouts(
    call: _TakesAway,
    query: Annotated[GatewayPayoutQuery, asked(GatewayPayoutQuery, without=("limit", "after", "total"))],
) -> Response:
    """Hand out what gateways paid out to our bank as CSV, all that is asked for."""
    return Response(collecting.write_gateway_payouts(call.session, query), media_type=_CSV)
