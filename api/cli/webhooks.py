"""Commands about webhooks: where notifications are sent to, what became of them, and what has happened."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, now, rows_shown, say, table, workplace
from api.webhooks.notification import NotificationType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from api.webhooks.store import DeliveryState, Webhook

#: So many rows a program gets at most.
_ALL = 1_000_000

webhook = typer.Typer(help="Where what happens is told to, signed; and what became of it.", no_args_is_help=True)

Types = Annotated[
    list[NotificationType] | None, typer.Option("--type", help="Of which notifications, again for more; all without.")
]
Url = Annotated[str, typer.Argument(help="https, on the internet.")]
WebhookName = Annotated[str, typer.Argument(help="As `usufruct webhook list` names it.")]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(webhook, name="webhook")
    app.command()(notifications)


def _loopback() -> bool:
    from api.server.settings import from_environment

    return from_environment().webhook_loopback


@webhook.command("list")
def list_webhooks(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List webhooks, the oldest first."""
    from api.operations import webhooks

    with workplace(tenant, Permission.WEBHOOKS_READ) as place, place.transaction() as session:
        listed = webhooks.list_webhooks(session)
    _show(listed, as_json=as_json)


@webhook.command("show")
def show_webhook(name: WebhookName, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Show a webhook."""
    from api.operations import webhooks

    with workplace(tenant, Permission.WEBHOOKS_READ) as place, place.transaction() as session:
        shown = webhooks.find_webhook(session, name)
    _show([shown], as_json=as_json)


@webhook.command("create")
def create_webhook(url: Url, *, types: Types = None, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Make a webhook and say its secret, once; it gets what happens from now on."""
    from api.operations import webhooks
    from api.webhooks.views import made_webhook_out

    with workplace(tenant, Permission.WEBHOOKS_WRITE) as place, place.transaction() as session:
        made, secret = webhooks.create_webhook(session, url, types or (), at=now(), loopback=_loopback())
    facts = made_webhook_out(made, secret).model_dump(mode="json")
    say(facts, f"{made.id}: what it gets is signed by {secret}, which is said this once", as_json=as_json)


@webhook.command("change")
def change_webhook(
    name: WebhookName,
    *,
    url: Annotated[str | None, typer.Option(help="Where to from now on.")] = None,
    types: Types = None,
    all_types: Annotated[bool, typer.Option("--all-types", help="Of all notifications from now on.")] = False,
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it is sent anything; what waits goes on waiting.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Change a webhook, or send it nothing for a while; whoever changes it last answers for it."""
    from api.operations import webhooks
    from api.operations.webhooks import WebhookChange

    change = WebhookChange(url, () if all_types else types, enabled)
    with workplace(tenant, Permission.WEBHOOKS_WRITE) as place, place.transaction() as session:
        changed = webhooks.change_webhook(session, name, change, at=now(), loopback=_loopback())
    _show([changed], as_json=as_json)


@webhook.command("delete")
def delete_webhook(name: WebhookName, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Remove a webhook, with all that waits for it."""
    from api.operations import webhooks
    from api.webhooks.views import webhook_out

    with workplace(tenant, Permission.WEBHOOKS_WRITE) as place, place.transaction() as session:
        removed = webhooks.remove_webhook(session, name)
    say(webhook_out(removed).model_dump(mode="json"), f"{removed.id} is removed", as_json=as_json)


@webhook.command("rotate")
def rotate_webhook(name: WebhookName, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Draw a new secret and say it, once; what is sent is signed by both for a day."""
    from api.operations import webhooks

    with workplace(tenant, Permission.WEBHOOKS_WRITE) as place, place.transaction() as session:
        secret = webhooks.rotate_secret(session, name, at=now())
    say({"secret": secret}, f"{secret}: said this once; the one before signs for a day as well", as_json=as_json)


@webhook.command("deliveries")
def list_deliveries(
    name: WebhookName,
    *,
    state: Annotated[str | None, typer.Option(help="Those alone: waiting, delivered, dead.")] = None,
    after: Annotated[UUID | None, typer.Option(help="The notification after which the list begins.")] = None,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what a webhook is to get and what became of it, the newest first."""
    from api.cli.lists import say_more
    from api.operations import webhooks
    from api.webhooks.views import delivery_out

    asked, most = _state(state), rows_shown(limit, as_json=as_json) or _ALL
    with workplace(tenant, Permission.WEBHOOKS_READ) as place, place.transaction() as session:
        listed = webhooks.list_deliveries(session, name, state=asked, after=after, limit=most + 1)
    shown = [delivery_out(delivery) for delivery in listed[:most]]
    _show_rows(shown, "notification state attempts next_at last_at status failure", as_json=as_json)
    say_more(str(shown[-1].notification) if len(listed) > most and not as_json else "")


@webhook.command("replay")
def replay_deliveries(
    name: WebhookName,
    notification: Annotated[UUID | None, typer.Argument(help="One that was delivered or given up.")] = None,
    *,
    dead: Annotated[bool, typer.Option("--dead", help="All that was given up.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Send one notification again, or all that was given up; each keeps its id."""
    from api.operations import webhooks

    if (notification is None) is not dead:
        raise typer.BadParameter("name a notification, or say --dead")
    with workplace(tenant, Permission.WEBHOOKS_WRITE) as place, place.transaction() as session:
        if notification is not None:
            webhooks.replay_delivery(session, name, notification, at=now())
            replayed = 1
        else:
            replayed = webhooks.replay_dead_deliveries(session, name, at=now())
    say({"replayed": replayed}, f"{replayed} to be sent again", as_json=as_json)


def notifications(
    *,
    type_: Annotated[NotificationType | None, typer.Option("--type", help="Of this type alone.")] = None,
    after: Annotated[UUID | None, typer.Option(help="The notification after which the list begins.")] = None,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List what has happened, the oldest first: what webhooks were told."""
    from api.cli.lists import say_more
    from api.operations import webhooks
    from api.webhooks.outbox import NotificationSearch
    from api.webhooks.views import notification_out

    most = rows_shown(limit, as_json=as_json) or _ALL
    with workplace(tenant, Permission.WEBHOOKS_READ) as place, place.transaction() as session:
        listed = webhooks.list_notifications(session, NotificationSearch(type_, after, most + 1))
    shown = [notification_out(notification) for notification in listed[:most]]
    rows = [(row.id, row.timestamp.isoformat(timespec="seconds"), row.type.value, row.data["path"]) for row in shown]
    facts = [row.model_dump(mode="json") for row in shown]
    say(facts, table(("notification", "at", "type", "read back at"), rows), as_json=as_json)
    say_more(str(shown[-1].id) if len(listed) > most and not as_json else "")


def _state(state: str | None) -> "DeliveryState | None":
    from api.webhooks.store import DeliveryState

    if state is not None and state not in set(DeliveryState):
        raise typer.BadParameter(f"{state}: none of {', '.join(DeliveryState)}")
    return None if state is None else DeliveryState(state)


def _show(listed: "list[Webhook]", *, as_json: bool) -> None:
    from api.webhooks.views import webhook_out

    _show_rows(
        [webhook_out(one) for one in listed],
        "id url types party kept_by waits disabled_because failures",
        as_json=as_json,
    )


def _show_rows(shown: "Sequence[BaseModel]", columns: str, *, as_json: bool) -> None:
    from rich.markup import escape

    facts, names = [row.model_dump(mode="json") for row in shown], columns.split()
    rows = [[escape(_cell(row[name])) for name in names] for row in facts]
    say(facts, table([name.replace("_", " ") for name in names], rows), as_json=as_json)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) or "all"
    if isinstance(value, bool):
        return "for another to answer for it" if value else ""
    return "" if value is None else str(value)
