"""Tax law by country: what ships with the product, and rows of the tenant's own."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.work_route import Body, WorkRoute, takes
from api.operations import taxes
from api.operations.short_lists import TAX_LAWS, TaxLawQuery
from api.operations.taxes import CountryLawOut, RecordedLawOut, TaxLawOut
from billing.tax.jurisdiction import TenantLaw
from quantities.document import parse, read

router = APIRouter(prefix="/v1", tags=["contracts"], route_class=WorkRoute)


@router.post("/taxes", status_code=201)
@takes(document=TenantLaw)
def record_tax_law(call: Annotated[StatedCall, needs(Permission.TAXES_WRITE)], body: Body) -> RecordedLawOut:
    """Record the tenant's own rows for a country, as YAML or JSON; they count once another has released them."""
    law = parse(TenantLaw, read(body))
    return taxes.record_tax_law(call.session, law, who=call.caller.name, at=call.now)


@router.post("/taxes/{country}/release")
def release_tax_law(call: Annotated[StatedCall, needs(Permission.TAXES_RELEASE)], country: str) -> RecordedLawOut:
    """Release the rows of a country that another has recorded; what was taxed otherwise is corrected."""
    return taxes.release_tax_law(call.session, country, who=call.caller.name, at=call.now)


_TAX_LAWS = TypeAdapter(list[CountryLawOut])


@router.get("/taxes")
def list_tax_laws(
    call: Annotated[StatedCall, needs(Permission.TAXES_READ)],
    request: Request,
    query: Annotated[TaxLawQuery, asked(TaxLawQuery)],
) -> list[CountryLawOut]:
    """List the countries of which a tax law is known in pages, by their code."""
    return page(request, _TAX_LAWS, TAX_LAWS.page(taxes.list_tax_laws(call.session), query))  # type: ignore[return-value] # with a header


@router.get("/taxes/{country}")
def show_tax_law(
    call: Annotated[StatedCall, needs(Permission.TAXES_READ)],
    country: str,
    on: Annotated[date | None, Query(description="The day; today without it.")] = None,
) -> TaxLawOut:
    """Show what holds of a country on a day."""
    return taxes.tax_law(call.session, country, on or call.now.date())
