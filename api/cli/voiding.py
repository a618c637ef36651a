"""Commands about documents that are void: asked for, released, withdrawn."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, now, say, workplace

if TYPE_CHECKING:
    from billing.voiding.views import VoidingOut

Supplier = Annotated[
    str | None, typer.Option("--supplier", help="Whose, where several suppliers have an invoice of that number.")
]


def add_to(invoice: typer.Typer) -> None:
    """Give the commands of invoices these."""
    invoice.command("void")(ask_void)
    invoice.command("void-release")(release_void)
    invoice.command("void-withdraw")(withdraw_void)


def ask_void(
    number: str,
    *,
    reason: Annotated[str, typer.Option(help="Why.")],
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a document to be void that nobody was sent, with all of the same work; another releases it."""
    from api.operations.voiding import ask_void as ask

    with workplace(tenant, Permission.INVOICES_VOID) as place, place.transaction() as session:
        asked = ask(session, number, supplier, reason=reason, who=place.caller.name, at=now())
    _say(asked, as_json=as_json)


def release_void(number: str, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release that a document is void, as another has asked: the next run bills the work anew."""
    from api.operations.voiding import release_void as release

    with workplace(tenant, Permission.INVOICES_VOID) as place, place.transaction() as session:
        released = release(session, number, supplier, who=place.person(), at=now())
    _say(released, as_json=as_json)


def withdraw_void(
    number: str, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """Withdraw what waits: the document counts as it did."""
    from api.operations.voiding import withdraw_void as withdraw

    with workplace(tenant, Permission.INVOICES_VOID) as place, place.transaction() as session:
        withdrawn = withdraw(session, number, supplier, who=place.caller.name, at=now())
    _say(withdrawn, as_json=as_json)


def _say(voiding: "VoidingOut", *, as_json: bool) -> None:
    documents = ", ".join(voiding.documents)
    stands = {
        "waiting": f"is to be void; it waits: `usufruct invoice void-release {voiding.documents[0]}`",
        "released": f"is void since {voiding.voided_on}; what it billed is billed anew",
        "withdrawn": "counts as it did",
    }
    say(voiding.model_dump(mode="json"), f"{documents} {stands[voiding.state]}", as_json=as_json)
