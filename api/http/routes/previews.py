"""Writing a contract: its schema, what two differ in, what one would have billed on past readings."""

import json
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.json_types import WrittenDay
from api.http.work_route import Body, WorkRoute, takes
from api.operations import previews
from billing.documents.views import ReadingsOut, readings_out
from billing.previews.relief import BothSides
from billing.previews.shadow import read_issued
from billing.previews.simulate import Simulated
from contracts.contract import Contract
from contracts.difference import differences
from contracts.schema import contract_schema
from quantities.days import day_after
from quantities.document import parse, read
from quantities.money import Amount
from quantities.terms import Terms

router = APIRouter(prefix="/v1/contracts", tags=["contracts"], route_class=WorkRoute)

FirstDay = Annotated[WrittenDay, Query(alias="from", description="The first day.")]
LastDay = Annotated[WrittenDay, Query(alias="to", description="The last day.")]


class Pair(Terms):
    """Two contracts."""

    was: Contract
    now: Contract


class DifferenceOut(BaseModel):
    """One place that differs, and the same in words."""

    path: list[str]
    was: str | None
    now: str | None
    said: str


class SimulatedOut(BaseModel):
    """What one period would have come to; ``held`` says why it could not be billed.

    ``estimated_or_missing`` names the registers whose readings are not all measured; it is left out if all are. Nothing
    is held for them here.
    """

    first: date
    after_last: date
    net: Amount
    charges: dict[str, Amount]
    held: str | None
    estimated_or_missing: Annotated[list[ReadingsOut], Field(exclude_if=lambda registers: not registers)]


class BothSidesOut(BaseModel):
    """What a period comes to for both sides; a customer that deducts the tax bears ``borne_by_deducting``."""

    revenue: Amount
    tax: Amount
    paid: Amount
    borne_by_deducting: Amount
    held: str | None


class WithAndWithoutOut(BaseModel):
    """One period without the relief and with it."""

    first: date
    after_last: date
    without: BothSidesOut
    with_relief: BothSidesOut


class TriedReliefOut(BaseModel):
    """A relief, tried as if it were elected: what is given up by it, and what each period comes to."""

    relief: str
    waives: str
    confirmed: bool
    periods: list[WithAndWithoutOut]


class Shadowed(Terms):
    """A contract, and issued lines as CSV: period_from, charge, net and, where known, quantity."""

    contract: Contract
    invoices: str


class ComparedOut(BaseModel):
    """A charge of a period: what was issued, what the contract bills, and why they differ."""

    first: date
    charge: str
    issued: Amount | None
    owed: Amount | None
    difference: Amount
    reason: str


@router.get("/schema")
def get_contract_schema(call: Annotated[StatedCall, needs(Permission.PRICES_TRY)]) -> dict[str, Any]:
    """Give the JSON Schema of a contract."""
    schema: dict[str, Any] = json.loads(contract_schema())
    return schema


@router.post("/diff")
@takes(document=Pair)
def diff_contracts(call: Annotated[StatedCall, needs(Permission.PRICES_TRY)], body: Body) -> list[DifferenceOut]:
    """Say in words what two contracts, ``was`` and ``now``, differ in."""
    pair = parse(Pair, read(body))
    return [
        DifferenceOut(path=list(difference.path), was=difference.was, now=difference.now, said=str(difference))
        for difference in differences(pair.was, pair.now)
    ]


@router.post("/simulate")
@takes(document=Contract)
def simulate_contract(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_SIMULATE)],
    body: Body,
    first: FirstDay,
    last: LastDay,
) -> list[SimulatedOut]:
    """Try a contract on stored readings, over the billing periods within some days; nothing is stored."""
    contract = parse(Contract, read(body))
    return [_shown(period) for period in previews.simulate_contract(call.session, contract, first, day_after(last))]


@router.post("/relief")
@takes(document=Contract)
def try_contract_relief(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_SIMULATE)],
    body: Body,
    first: FirstDay,
    last: LastDay,
    relief: Annotated[str, Query(description="The name of a relief of the law of the supplier's country.")],
) -> TriedReliefOut:
    """Try a contract with a relief and without on stored readings: what its supplier has, what its customer bears."""
    contract = parse(Contract, read(body))
    tried = previews.try_relief(call.session, contract, relief, first, day_after(last))
    periods = [
        WithAndWithoutOut(
            first=of_period.period.first,
            after_last=of_period.period.after_last,
            without=_sides(of_period.without),
            with_relief=_sides(of_period.with_relief),
        )
        for of_period in tried.periods
    ]
    return TriedReliefOut(relief=relief, waives=tried.waives, confirmed=tried.confirmed, periods=periods)


@router.post("/shadow")
@takes(document=Shadowed)
def shadow_contract(
    call: Annotated[StatedCall, needs(Permission.CONTRACTS_SIMULATE)],
    body: Body,
    first: FirstDay,
    last: LastDay,
) -> list[ComparedOut]:
    """Hold issued invoices against what a contract would have billed, with the reason of each difference."""
    asked = parse(Shadowed, read(body))
    issued = read_issued(asked.invoices.encode())
    compared = previews.shadow_contract(call.session, asked.contract, issued, first, day_after(last))
    return [
        ComparedOut(
            first=charge.first,
            charge=charge.charge,
            issued=charge.issued,
            owed=charge.owed,
            difference=charge.difference,
            reason=charge.reason,
        )
        for charge in compared
    ]


def _sides(sides: BothSides) -> BothSidesOut:
    return BothSidesOut(
        revenue=sides.revenue,
        tax=sides.tax,
        paid=sides.paid,
        borne_by_deducting=sides.borne_by_deducting,
        held=sides.held or None,
    )


def _shown(simulated: Simulated) -> SimulatedOut:
    return SimulatedOut(
        first=simulated.period.first,
        after_last=simulated.period.after_last,
        net=simulated.net,
        charges=dict(simulated.by_charge),
        held=simulated.held or None,
        estimated_or_missing=[readings_out(register) for register in simulated.not_all_measured],
    )
