"""Payouts: what payees are paid, what they are owed, and their accounts at gateways."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.json_types import WrittenDay
from api.http.paging import asked, page
from api.http.routes.receivables import RowNumber
from api.http.work_route import WorkRoute
from api.operations import payouts
from billing.payouts.payout_query import PayeeStandingQuery, PayoutQuery
from billing.payouts.views import PayeeConnectionOut, PayeeStandingOut, PayoutOut

router = APIRouter(prefix="/v1", tags=["payouts"], route_class=WorkRoute)

_Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class PayoutReasonIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: _Reason


class PaidByBankIn(BaseModel):
    """On which day our bank has paid it, and by which reference its statement names it."""

    model_config = ConfigDict(extra="forbid")

    on: WrittenDay
    reference: Annotated[str, Field(min_length=1, max_length=200)]


class PayoutIn(BaseModel):
    """In which currency, and of which supplier, where the payee is owed something in several, or by several."""

    model_config = ConfigDict(extra="forbid")

    currency: Annotated[str | None, Field(pattern="^[A-Z]{3}$")] = None
    supplier: Annotated[str | None, Field(min_length=1, max_length=200)] = None


_PAYOUTS, _STANDINGS = TypeAdapter(list[PayoutOut]), TypeAdapter(list[PayeeStandingOut])


@router.get("/payouts")
def list_payouts(
    call: Annotated[StatedCall, needs(Permission.PAYOUTS_READ)],
    request: Request,
    query: Annotated[PayoutQuery, asked(PayoutQuery)],
) -> list[PayoutOut]:
    """List payouts in pages, oldest first unless asked otherwise; a payee sees its own."""
    listed = payouts.list_payouts(call.session, query, as_payee=call.caller.party is not None)
    return page(request, _PAYOUTS, listed)  # type: ignore[return-value] # with a header


@router.get("/payouts/{number}")
def get_payout(call: Annotated[StatedCall, needs(Permission.PAYOUTS_READ)], number: RowNumber) -> PayoutOut:
    """Read a payout: of which documents it is, where it stands, and what happened to it."""
    return payouts.find_payout(call.session, number, as_payee=call.caller.party is not None)


@router.get("/payouts-due")
def list_payouts_due(
    call: Annotated[StatedCall, needs(Permission.PAYEES_READ)],
    request: Request,
    query: Annotated[PayeeStandingQuery, asked(PayeeStandingQuery)],
) -> list[PayeeStandingOut]:
    """Say in pages what payees are owed, and what a payout would have today: by supplier and currency, part by part."""
    return page(request, _STANDINGS, payouts.payees_standing(call.session, query, call.now))  # type: ignore[return-value] # with a header


@router.post("/payees/{payee}/payouts", status_code=201)
def make_payout(call: Annotated[StatedCall, needs(Permission.PAYOUTS_WRITE)], payee: str, body: PayoutIn) -> PayoutOut:
    """Make the payout of a payee at once, of all that is payable; above the tenant's limit another releases it."""
    return payouts.make_payout(call.session, payee, body.currency, body.supplier, who=call.caller.name, at=call.now)


@router.post("/payouts/{number}/release")
def release_payout(call: Annotated[StatedCall, needs(Permission.PAYOUTS_RELEASE)], number: RowNumber) -> PayoutOut:
    """Let a payout go that waits for a release: the gateway, or our bank, is asked for it."""
    return payouts.release_payout(call.session, number, who=call.caller.name, at=call.now)


@router.post("/payouts/{number}/withdraw")
def withdraw_payout(
    call: Annotated[StatedCall, needs(Permission.PAYOUTS_WRITE)], number: RowNumber, body: PayoutReasonIn
) -> PayoutOut:
    """Withdraw a payout of which no money is on its way: what it had is owed as before."""
    return payouts.withdraw_payout(call.session, number, reason=body.reason, who=call.caller.name, at=call.now)


@router.post("/payouts/{number}/again")
def ask_payout_again(
    call: Annotated[StatedCall, needs(Permission.PAYOUTS_WRITE)], number: RowNumber, body: PayoutReasonIn
) -> PayoutOut:
    """Have a payout that the gateway refused asked for once more."""
    return payouts.ask_payout_again(call.session, number, reason=body.reason, who=call.caller.name, at=call.now)


@router.post("/payouts/{number}/paid")
def record_payout_paid(
    call: Annotated[StatedCall, needs(Permission.PAYOUTS_WRITE)], number: RowNumber, body: PaidByBankIn
) -> PayoutOut:
    """Record that our bank has paid a payout."""
    return payouts.record_paid(call.session, number, body.on, body.reference, who=call.caller.name, at=call.now)


@router.post("/payouts/{number}/failed")
def record_payout_failed(
    call: Annotated[StatedCall, needs(Permission.PAYOUTS_WRITE)], number: RowNumber, body: PayoutReasonIn
) -> PayoutOut:
    """Record that our bank did not pay a payout, or that it came back: what it had is owed again."""
    return payouts.record_failed(call.session, number, body.reason, who=call.caller.name, at=call.now)


@router.post("/payees/{payee}/connection", status_code=202)
def connect_payee(call: Annotated[StatedCall, needs(Permission.PAYOUTS_WRITE)], payee: str) -> PayeeConnectionOut:
    """Ask for an account of a payee at the gateway, or for a link to what is missing of it; read it a moment later."""
    return payouts.connect_payee(call.session, payee, call.now)


@router.get("/payees/{payee}/connection")
def get_payee_connection(
    call: Annotated[StatedCall, needs(Permission.PAYOUTS_WRITE)], payee: str
) -> PayeeConnectionOut:
    """Read the account of a payee at the gateway: what is missing, why it may not receive, a link."""
    return payouts.payee_connection(call.session, payee, call.now)
