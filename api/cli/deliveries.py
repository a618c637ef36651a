"""Commands about documents that leave the house: sent, sent again, settled, and opened by links."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, now, out, say, table, workplace

if TYPE_CHECKING:
    from billing.delivery.documents.store import NamedDocument
    from billing.delivery.views import DeliveryOut

Supplier = Annotated[
    str | None, typer.Option("--supplier", help="Whose, where several suppliers have an invoice of that number.")
]


def add_to(invoice: typer.Typer) -> None:
    """Give the commands of invoices these."""
    invoice.command("send")(send)
    invoice.command("deliveries")(list_deliveries)
    invoice.command("send-again")(send_again)
    invoice.command("settle")(settle)
    invoice.command("link")(make_link)
    invoice.command("links")(list_links)
    invoice.command("link-revoke")(revoke_link)


def named_document(number: str, whose: str | None, *, of_payee: bool = False) -> "NamedDocument":
    """Say which document is meant: a customer's, or one between the supplier and a payee."""
    from billing.delivery.documents.store import NamedDocument

    return NamedDocument(number, whose, of_payee)


def send(
    number: str,
    *,
    way: Annotated[
        str | None, typer.Option(help="mail, link, peppol or portal; as the contract says without it.")
    ] = None,
    to: Annotated[list[str] | None, typer.Option(help="An address of that way; several of mail.")] = None,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Send a document now, and say what came of it; what was sent there already is refused."""
    send_document(named_document(number, supplier), way, to, tenant=tenant, as_json=as_json)


def send_document(
    named: "NamedDocument", way: str | None, to: list[str] | None, *, tenant: str | None, as_json: bool
) -> None:
    """Send a document of a customer, or of a payee, and say what came of it."""
    from api.delivering.sender import DeliveryRules, deliver_one
    from api.delivering.setup import ways_set_up
    from api.operations.deliveries import ask_delivery, find_delivery
    from api.server.settings import from_environment
    from billing.delivery.store import DeliveryAsked
    from contracts.delivery_terms import DeliveryWay

    if way is not None and way not in set(DeliveryWay):
        raise typer.BadParameter(f"{way} is none of {', '.join(DeliveryWay)}")
    rules = DeliveryRules(ways_set_up(from_environment()))
    by_way = None if way is None else DeliveryWay(way)
    asked = DeliveryAsked(named, by_way, tuple(to or ()))
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place:
        with place.transaction() as session:
            key = ask_delivery(session, asked, rules.setup, who=place.caller.name, at=now()).id
        deliver_one(place.database, place.tenant, key, rules)
        with place.transaction() as session:
            sent = find_delivery(session, key)
    _say(sent, as_json=as_json)


def list_deliveries(
    number: str, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """List by which ways a document was sent, to whom, and what became of each."""
    show_deliveries(named_document(number, supplier), Permission.RECEIVABLES_READ, tenant=tenant, as_json=as_json)


def show_deliveries(named: "NamedDocument", needed: Permission, *, tenant: str | None, as_json: bool) -> None:
    """Show the deliveries of a document of a customer, or of a payee."""
    from rich.markup import escape

    from api.operations.deliveries import list_deliveries as listed_of

    with workplace(tenant, needed) as place, place.transaction() as session:
        as_payee = named.of_payee and place.caller.party is not None
        listed = listed_of(session, named, as_customer=as_payee)
    rows = [
        (
            known.id,
            known.way.value,
            escape(", ".join(known.to)),
            known.state.value.replace("_", " "),
            known.attempts,
            known.answer.value if known.answer else "",
            escape(known.why),
        )
        for known in listed
    ]
    columns = ("delivery", "way", "to", "state", "attempts", "answer", "waits because")
    shown = (
        table(columns, rows, right=("delivery", "attempts")) if rows else f"{named.number} was not sent by this program"
    )
    say([known.model_dump(mode="json") for known in listed], shown, as_json=as_json)
    for line in [line for known in listed for line in _more_of(known)] if not as_json else []:
        out.print(escape(line), soft_wrap=True)


def _more_of(known: "DeliveryOut") -> Iterator[str]:
    """Say by what name the receiver can look for a delivery, and how somebody has settled it."""
    from billing.delivery.state import message_named

    if known.message:
        yield f"delivery {known.id}: {message_named(known.way)} {known.message}"
    if known.settled is not None:
        by = f" by {known.settled_by}" if known.settled_by else ""
        yield f"delivery {known.id}: settled as {known.settled.value.replace('_', ' ')}{by}: {known.note}"


def send_again(
    number: str,
    delivery: int,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Send a document once more by the same way to the same address, now."""
    send_document_again(named_document(number, supplier), delivery, reason, tenant=tenant, as_json=as_json)


def send_document_again(
    named: "NamedDocument", delivery: int, reason: str, *, tenant: str | None, as_json: bool
) -> None:
    """Send a document of a customer, or of a payee, once more."""
    from api.delivering.sender import DeliveryRules, deliver_one
    from api.delivering.setup import ways_set_up
    from api.operations.deliveries import find_delivery
    from api.operations.deliveries import send_again as again
    from api.server.settings import from_environment

    rules = DeliveryRules(ways_set_up(from_environment()))
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place:
        with place.transaction() as session:
            again(session, named, delivery, reason=reason, who=place.caller.name, at=now())
        deliver_one(place.database, place.tenant, delivery, rules)
        with place.transaction() as session:
            sent = find_delivery(session, delivery)
    _say(sent, as_json=as_json)


def settle(
    number: str,
    delivery: int,
    *,
    outcome: Annotated[str, typer.Option(help="arrived, given_up, or noted: its answer was read.")],
    reason: Annotated[str, typer.Option(help="How you know, or what is done about it.")],
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say how a delivery ended that was refused, of which nobody knows, or that was answered."""
    settle_document(named_document(number, supplier), delivery, outcome, reason, tenant=tenant, as_json=as_json)


def settle_document(
    named: "NamedDocument", delivery: int, outcome: str, reason: str, *, tenant: str | None, as_json: bool
) -> None:
    """Say how a delivery of a customer's document, or of a payee's, ended."""
    from api.operations.deliveries import settle_delivery
    from billing.delivery.state import DeliveryHappening

    if outcome not in ("arrived", "given_up", "noted"):
        raise typer.BadParameter(f"{outcome} is none of arrived, given_up, noted")
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        who, ended = place.caller.name, DeliveryHappening(outcome)
        settled = settle_delivery(session, named, delivery, ended, reason=reason, who=who, at=now())
    _say(settled, as_json=as_json)


def make_link(
    number: str,
    *,
    days: Annotated[int | None, typer.Option(min=1, max=400, help="For how many days it opens.")] = None,
    supplier: Supplier = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make a link by which whoever has it opens the document until it expires; it is shown this once."""
    make_document_link(named_document(number, supplier), days, tenant=tenant, as_json=as_json)


def make_document_link(named: "NamedDocument", days: int | None, *, tenant: str | None, as_json: bool) -> None:
    """Make a link to a document of a customer, or of a payee."""
    from api.delivering.setup import ways_set_up
    from api.operations.deliveries import make_link as make
    from api.server.settings import from_environment

    setup = ways_set_up(from_environment())
    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        link = make(session, named, setup, days=days, who=place.caller.name, at=now())
    if as_json:
        say(link.model_dump(mode="json"), "", as_json=True)
        return
    typer.echo(link.url)  # whole, so that it can be copied
    out.print(f"link {link.id} to {named.number}, until {link.expires_at:%Y-%m-%d %H:%M} UTC")


def list_links(number: str, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the links to a document, and how often each was opened."""
    show_links(named_document(number, supplier), tenant=tenant, as_json=as_json)


def show_links(named: "NamedDocument", *, tenant: str | None, as_json: bool) -> None:
    """Show the links to a document of a customer, or of a payee."""
    from api.operations.deliveries import list_links as listed_of

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        listed = listed_of(session, named)
    rows = [
        (
            link.id,
            f"{link.expires_at:%Y-%m-%d %H:%M}",
            "revoked" if link.revoked_at else "expired" if link.expires_at <= now() else "open",
            len(link.downloads),
            f"{link.downloads[-1].at:%Y-%m-%d %H:%M}" if link.downloads else "",
        )
        for link in listed
    ]
    columns = ("link", "until (UTC)", "state", "opened", "last opened")
    shown = table(columns, rows, right=("link", "opened")) if rows else f"there is no link to {named.number}"
    say([link.model_dump(mode="json") for link in listed], shown, as_json=as_json)


def revoke_link(
    number: str, link: int, *, supplier: Supplier = None, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """End a link before it expires: it opens nothing any more."""
    revoke_document_link(named_document(number, supplier), link, tenant=tenant, as_json=as_json)


def revoke_document_link(named: "NamedDocument", link: int, *, tenant: str | None, as_json: bool) -> None:
    """End a link to a document of a customer, or of a payee."""
    from api.operations.deliveries import revoke_link as revoke

    with workplace(tenant, Permission.RECEIVABLES_WRITE) as place, place.transaction() as session:
        revoked = revoke(session, named, link, who=place.caller.name, at=now())
    say(revoked.model_dump(mode="json"), f"link {link} to {named.number} opens nothing any more", as_json=as_json)


def _say(delivery: "DeliveryOut", *, as_json: bool) -> None:
    to, state = ", ".join(delivery.to), delivery.state.value.replace("_", " ")
    sentence = f"delivery {delivery.id}: {delivery.document} by {delivery.way.value} to {to}: {state}"
    if delivery.why:
        sentence += f"; {delivery.why}"
    say(delivery.model_dump(mode="json"), sentence, as_json=as_json)
