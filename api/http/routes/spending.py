"""Prepaid credit and alerts: what is left, topped up on demand, and which thresholds were reached."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import spending
from billing.advances.balance import PrepaidOut
from billing.advances.listed import PrepaidQuery
from billing.spending.alert_query import AlertQuery
from billing.spending.views import AlertOut, alert_out
from quantities.money import Amount

router = APIRouter(prefix="/v1", tags=["spending"], route_class=WorkRoute)


class TopUpIn(BaseModel):
    """What is claimed, net; without it, as the contract's terms have it."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[Amount | None, Field(description="Net, in the contract's currency.")] = None


_PREPAID = TypeAdapter(list[PrepaidOut])
_ALERTS = TypeAdapter(list[AlertOut])


@router.get("/prepaid")
def list_prepaid(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)],
    request: Request,
    query: Annotated[PrepaidQuery, asked(PrepaidQuery)],
) -> list[PrepaidOut]:
    """List the prepaid credit of contracts in pages, with the claims that it consists of."""
    listed = spending.list_prepaid(call.session, query, call.now)
    return page(request, _PREPAID, listed)  # type: ignore[return-value] # with a header


@router.get("/contracts/{reference}/prepaid")
def get_prepaid(call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)], reference: str) -> PrepaidOut:
    """Show the prepaid credit of a contract: what was paid in less what was drawn, and what is on account."""
    return spending.prepaid_credit(call.session, reference, call.now)


@router.post("/contracts/{reference}/top-ups", status_code=201)
def top_up(call: Annotated[StatedCall, needs(Permission.INVOICES_ISSUE)], reference: str, body: TopUpIn) -> PrepaidOut:
    """Claim a top-up of a contract's credit: a document is issued now, and is credit once it is paid."""
    amount: Decimal | None = body.amount
    return spending.top_up(call.session, reference, amount, who=call.caller.name, at=call.now)


@router.get("/alerts")
def list_alerts(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)],
    request: Request,
    query: Annotated[AlertQuery, asked(AlertQuery)],
) -> list[AlertOut]:
    """List thresholds of what is spent or used that were reached, in pages, oldest first."""
    listed = spending.list_alerts(call.session, query)
    return page(request, _ALERTS, listed, alert_out)  # type: ignore[return-value] # with a header


@router.get("/alerts/{alert}")
def get_alert(
    call: Annotated[StatedCall, needs(Permission.RECEIVABLES_READ)], alert: Annotated[int, Path(ge=1, lt=2**31)]
) -> AlertOut:
    """Show a threshold that was reached, and what it is by now."""
    return alert_out(spending.get_alert(call.session, alert))
