"""Commands about outside issuers of identities (OpenID providers), whose tokens speak for people here."""

from dataclasses import asdict
from typing import Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, now, say, table, workplace

openid = typer.Typer(help="OpenID issuers that are trusted, and who their subjects are.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(openid, name="openid")


@openid.command("add")
def add_issuer(
    issuer: Annotated[str, typer.Argument(help="Its address, to the letter as its tokens say it in iss.")],
    *,
    audience: Annotated[str, typer.Option(help="For whom its tokens must be: the client id that it gave.")],
    claim: Annotated[str, typer.Option(help="Which claim names the person; one that changes is refused.")] = "sub",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Trust an issuer, or change the audience of one; `user bind` says who its subjects are."""
    from api.operations.issuers import trust_issuer

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.changing_people() as session:
        trusted = trust_issuer(session, issuer, audience, claim, at=now())
    say(asdict(trusted), f"{trusted.issuer} is trusted for {trusted.audience}, by {trusted.claim}", as_json=as_json)


@openid.command("list")
def list_issuers(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the issuers that are trusted, by address."""
    from rich.markup import escape

    from api.operations.issuers import trusted_issuers

    with workplace(tenant, Permission.PEOPLE_READ) as place, place.transaction() as session:
        listed = trusted_issuers(session)
    rows = [(escape(row.issuer), escape(row.audience), escape(row.claim), row.added_at) for row in listed]
    say(list(map(asdict, listed)), table(("issuer", "audience", "claim", "since"), rows), as_json=as_json)


@openid.command("remove")
def remove_issuer(issuer: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Trust an issuer no more: its tokens, the sessions that they opened and what is bound to it end at once."""
    from api.operations import issuers

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.changing_people() as session:
        removed = issuers.remove_issuer(session, issuer, at=now())
    say(asdict(removed), f"{removed.issuer} is trusted no more", as_json=as_json)


@openid.command("subjects")
def list_subjects(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the subjects of issuers that are bound to people, by name."""
    from rich.markup import escape

    from api.operations import issuers

    with workplace(tenant, Permission.PEOPLE_READ) as place, place.transaction() as session:
        listed = issuers.list_subjects(session)
    rows = [(escape(row.name), escape(row.issuer), escape(row.subject), row.bound_at) for row in listed]
    say(list(map(asdict, listed)), table(("name", "issuer", "subject", "since"), rows), as_json=as_json)
