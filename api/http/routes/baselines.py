"""Baselines fitted to stored readings, and what a period saved by one."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.interface.savings import PlannedSavingOut, SavingOut
from api.http.work_route import Body, WorkRoute, takes
from api.operations.baselines import FitRequest, PlannedRequest, SavingsRequest, fit_stored, savings_stored
from quantities.document import parse, read
from quantities.quantity import Magnitude
from savings.baseline import Baseline
from savings.planned import facts_of_plan, planned_saving
from savings.portfolio import Portfolio, PortfolioRequest, portfolio_of
from savings.report import facts_of_savings

router = APIRouter(prefix="/v1", tags=["savings"], route_class=WorkRoute)


@router.post("/baselines", response_model=Baseline)
@takes(document=FitRequest)
def fit_baseline(call: Annotated[StatedCall, needs(Permission.BASELINES_FIT)], body: Body) -> dict[str, Any]:
    """Fit a baseline to stored readings, and answer it frozen: the document that a contract's M&V plan holds."""
    return fit_stored(call.session, parse(FitRequest, read(body))).model_dump(mode="json", exclude_none=True)


@router.post("/savings", response_model=SavingOut)
@takes(document=SavingsRequest)
def compute_savings(
    call: Annotated[StatedCall, needs(Permission.SAVINGS_COMPUTE)], body: Body, confidence: Magnitude = Decimal("0.9")
) -> dict[str, Any]:
    """Hold stored readings against a frozen baseline: expected, measured, avoided, and how sure that is."""
    asked = parse(SavingsRequest, read(body))
    savings, findings = savings_stored(call.session, asked)
    return facts_of_savings(asked.baseline, savings, confidence, findings=findings)


@router.post("/savings/planned", response_model=PlannedSavingOut)
@takes(document=PlannedRequest)
def plan_saving(call: Annotated[StatedCall, needs(Permission.SAVINGS_COMPUTE)], body: Body) -> dict[str, Any]:
    """Say how uncertain an expected saving will be by a frozen baseline, before there is a reporting period."""
    asked = parse(PlannedRequest, read(body))
    return facts_of_plan(planned_saving(asked.baseline, asked.fraction, asked.months, asked.confidence))


@router.post("/savings/portfolio", response_model=Portfolio)
@takes(document=PortfolioRequest)
def compute_portfolio(call: Annotated[StatedCall, needs(Permission.SAVINGS_COMPUTE)], body: Body) -> dict[str, Any]:
    """Add up the savings of several sites, each as ``POST /v1/savings`` answers it, and their uncertainty."""
    return portfolio_of(parse(PortfolioRequest, read(body)).savings).model_dump(mode="json")
