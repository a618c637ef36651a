"""Commands about documents of payees that leave the house: sent, sent again, settled, and opened by links."""

from functools import partial
from typing import Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName
from api.cli.deliveries import (
    make_document_link,
    named_document,
    revoke_document_link,
    send_document,
    send_document_again,
    settle_document,
    show_deliveries,
    show_links,
)

Seller = Annotated[str | None, typer.Option("--seller", help="Whose, where several sellers have one.")]

_of_payee = partial(named_document, of_payee=True)


def add_to(payee: typer.Typer) -> None:
    """Give the commands of payees these."""
    payee.command("send")(send)
    payee.command("deliveries")(list_deliveries)
    payee.command("send-again")(send_again)
    payee.command("settle")(settle)
    payee.command("link")(make_link)
    payee.command("links")(list_links)
    payee.command("link-revoke")(revoke_link)


def send(
    number: str,
    *,
    way: Annotated[
        str | None, typer.Option(help="mail, link, peppol or portal; as the payee's profile says without it.")
    ] = None,
    to: Annotated[list[str] | None, typer.Option(help="An address of that way; several of mail.")] = None,
    seller: Seller = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Send a document to its payee now, and say what came of it; what was sent there already is refused."""
    send_document(_of_payee(number, seller), way, to, tenant=tenant, as_json=as_json)


def list_deliveries(number: str, *, seller: Seller = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List by which ways a document was sent to its payee, to whom, and what became of each."""
    show_deliveries(_of_payee(number, seller), Permission.PAYEE_DOCUMENTS_READ, tenant=tenant, as_json=as_json)


def send_again(
    number: str,
    delivery: int,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    seller: Seller = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Send a document to its payee once more by the same way to the same address, now."""
    send_document_again(_of_payee(number, seller), delivery, reason, tenant=tenant, as_json=as_json)


def settle(
    number: str,
    delivery: int,
    *,
    outcome: Annotated[str, typer.Option(help="arrived, given_up, or noted: its answer was read.")],
    reason: Annotated[str, typer.Option(help="How you know, or what is done about it.")],
    seller: Seller = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say how a delivery to a payee ended that was refused, of which nobody knows, or that was answered."""
    settle_document(_of_payee(number, seller), delivery, outcome, reason, tenant=tenant, as_json=as_json)


def make_link(
    number: str,
    *,
    days: Annotated[int | None, typer.Option(min=1, max=400, help="For how many days it opens.")] = None,
    seller: Seller = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make a link by which whoever has it opens the document until it expires; it is shown this once."""
    make_document_link(_of_payee(number, seller), days, tenant=tenant, as_json=as_json)


def list_links(number: str, *, seller: Seller = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the links to a document of a payee, and how often each was opened."""
    show_links(_of_payee(number, seller), tenant=tenant, as_json=as_json)


def revoke_link(
    number: str, link: int, *, seller: Seller = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """End a link before it expires: it opens nothing any more."""
    revoke_document_link(_of_payee(number, seller), link, tenant=tenant, as_json=as_json)
