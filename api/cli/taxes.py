"""Commands about the tax law of countries: what ships with the product, and rows of the tenant's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, day, file, now, say, table, workplace
from quantities.counted import counted

if TYPE_CHECKING:
    from rich.console import Group

    from api.operations.taxes import TaxLawOut

tax = typer.Typer(help="Tax law by country: what ships, and rows of the tenant's own.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(tax, name="tax")


@tax.command("record")
def record_tax_law(path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record the tenant's own rows for a country; once released, they take the place of those before as a whole."""
    from api.operations.taxes import record_tax_law as record
    from billing.tax.jurisdiction import TenantLaw
    from quantities.document import parse, read

    law = parse(TenantLaw, read(file(path)))
    with workplace(tenant, Permission.TAXES_WRITE) as place, place.transaction() as session:
        done = record(session, law, who=place.person(), at=now())
    waits = "" if done.released_by else f"; it waits: `usufruct tax release {law.country}`"
    text = f"tax law of {law.country}: {counted(len(law.rates), 'rate')}, {counted(len(law.rules), 'rule')}{waits}"
    say(done.model_dump(mode="json"), text, as_json=as_json)


@tax.command("release")
def release_tax_law(country: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release the rows of a country that another has recorded; what was taxed otherwise is corrected."""
    from api.operations.taxes import release_tax_law as release

    with workplace(tenant, Permission.TAXES_RELEASE) as place, place.transaction() as session:
        done = release(session, country, who=place.person(), at=now())
    say(done.model_dump(mode="json"), f"tax law of {country}: released", as_json=as_json)


@tax.command("show")
def show_tax_law(
    country: Annotated[str | None, typer.Argument(help="Which; without it, all are listed.")] = None,
    *,
    on: Annotated[str | None, typer.Option(help="The day; today without it.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List the countries of which a tax law is known, or show what holds of one on a day."""
    from api.operations.taxes import list_tax_laws, tax_law

    with workplace(tenant, Permission.TAXES_READ) as place, place.transaction() as session:
        if country is None:
            known = list_tax_laws(session)
            marks = [(one.country, one.ships, one.own, one.waiting) for one in known]
            rows = [[name, *("yes" if mark else "" for mark in of_country)] for name, *of_country in marks]
            say(
                [one.model_dump(mode="json") for one in known],
                table(("country", "ships", "own", "waits"), rows),
                as_json=as_json,
            )
            return
        law = tax_law(session, country, day(on) if on else now().date())
    say(law.model_dump(mode="json"), _shown(law), as_json=as_json)


def _shown(law: "TaxLawOut") -> "Group":
    """Lay out what holds of a country for a reader."""
    from rich.console import Group, RenderableType

    from quantities.number import plain

    rates = [
        [rate.name, plain(rate.percent), str(rate.first), rate.site or rate.place or law.country, rate.book]
        for rate in law.rates
    ]
    rules = [[rule.name, rule.treatment.value, str(rule.first), rule.source, rule.book] for rule in law.rules]
    parts: list[RenderableType] = [
        f"{law.country} on {law.on}",
        table(("rate", "percent", "since", "of", "book"), rates, right=("percent",)),
        table(("rule", "treatment", "since", "source", "book"), rules),
        *(f"relief {relief.name}, where it is elected; it waives: {relief.waives}" for relief in law.reliefs),
        *(f"elected: {election.relief}, on {election.evidence}" for election in law.elections),
    ]
    if law.documents is not None:
        types = [
            [rule.document_type, rule.document_name, rule.why_not or "issued", rule.series, rule.correction.value]
            for rule in law.document_types
        ]
        parts.append(table(("type", "document", "", "series", "corrected by"), types))
        parts.append(f"documents are kept for {counted(law.documents.retention_years, 'year')}")
    return Group(*parts)
