"""Webhooks: where notifications are sent to, what became of them, and what has happened."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.interface.problem import problems
from api.http.paging import ROWS, Limit, asked, page
from api.http.repeats import KeptBy
from api.http.work_route import WorkRoute, takes
from api.operations import webhooks
from api.operations.short_lists import WEBHOOKS, WebhookQuery
from api.operations.webhooks import WebhookChange
from api.webhooks.notification import NotificationType
from api.webhooks.outbox import NotificationSearch
from api.webhooks.store import DeliveryState
from api.webhooks.views import (
    MadeWebhookOut,
    NotificationOut,
    WebhookDeliveryOut,
    WebhookOut,
    delivery_out,
    made_webhook_out,
    notification_out,
    webhook_out,
)
from quantities.listing import cut_after

router = APIRouter(prefix="/v1", tags=["webhooks"], route_class=WorkRoute)

Url = Annotated[str, Field(min_length=1, max_length=500, description="https, on the internet.")]
Types = Annotated[list[NotificationType], Field(max_length=50, description="Of which notifications; none: of all.")]
AfterNotification = Annotated[UUID | None, Query(description="After which the list begins: the last one before.")]
Reads = Annotated[StatedCall, needs(Permission.WEBHOOKS_READ)]
Writes = Annotated[StatedCall, needs(Permission.WEBHOOKS_WRITE)]
_WEBHOOKS = TypeAdapter(list[WebhookOut])
_DELIVERIES, _NOTIFICATIONS = TypeAdapter(list[WebhookDeliveryOut]), TypeAdapter(list[NotificationOut])


class WebhookIn(BaseModel):
    """Where notifications are to be sent to, and which."""

    model_config = ConfigDict(extra="forbid")

    url: Url
    types: Types = []


class WebhookChangeIn(BaseModel):
    """What of a webhook is to be another; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: Url | None = None
    types: Types | None = None
    enabled: bool | None = None


class SecretOut(BaseModel):
    """A new secret of a webhook: this is the only time that it is answered. The one before signs for a day as well."""

    secret: str


class ReplayedDeliveriesOut(BaseModel):
    """How many deliveries are made again."""

    replayed: int


@router.get("/webhooks")
def get_webhooks(
    call: Reads, request: Request, query: Annotated[WebhookQuery, asked(WebhookQuery)]
) -> list[WebhookOut]:
    """List webhooks in pages, the oldest first; a party's administrator sees its party's."""
    listed = WEBHOOKS.page(webhooks.list_webhooks(call.session), query)
    return page(request, _WEBHOOKS, listed, webhook_out)  # type: ignore[return-value] # with a header


@router.post("/webhooks", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def post_webhook(call: Writes, body: WebhookIn) -> MadeWebhookOut:
    """Make a webhook and answer its secret, once; it gets what happens from now on."""
    loopback = call.serving.webhook_loopback
    webhook, secret = webhooks.create_webhook(call.session, body.url, body.types, at=call.now, loopback=loopback)
    return made_webhook_out(webhook, secret)


@router.get("/webhooks/{webhook}")
def get_webhook(call: Reads, webhook: str) -> WebhookOut:
    """Show a webhook."""
    return webhook_out(webhooks.find_webhook(call.session, webhook))


@router.patch("/webhooks/{webhook}")
def patch_webhook(call: Writes, webhook: str, body: WebhookChangeIn) -> WebhookOut:
    """Change a webhook, or send it nothing for a while; whoever changes it last answers for it."""
    change = WebhookChange(body.url, body.types, body.enabled)
    changed = webhooks.change_webhook(
        call.session, webhook, change, at=call.now, loopback=call.serving.webhook_loopback
    )
    return webhook_out(changed)


@router.delete("/webhooks/{webhook}")
def delete_webhook(call: Writes, webhook: str) -> WebhookOut:
    """Remove a webhook, with all that waits for it."""
    return webhook_out(webhooks.remove_webhook(call.session, webhook))


@router.post("/webhooks/{webhook}/rotate", status_code=201)
@takes(kept_by=KeptBy.NOBODY)
def rotate_webhook(call: Writes, webhook: str) -> SecretOut:
    """Draw a new secret and answer it, once; what is sent is signed by both for a day."""
    return SecretOut(secret=webhooks.rotate_secret(call.session, webhook, at=call.now))


@router.get("/webhooks/{webhook}/deliveries", response_model=list[WebhookDeliveryOut])
def get_deliveries(
    call: Reads,
    request: Request,
    webhook: str,
    *,
    state: Annotated[DeliveryState | None, Query(description="Those alone.")] = None,
    after: AfterNotification = None,
    limit: Limit = ROWS,
) -> object:
    """List what a webhook is to get and what became of it, the newest first."""
    listed = webhooks.list_deliveries(call.session, webhook, state=state, after=after, limit=limit + 1)
    rows = [delivery_out(delivery) for delivery in listed]
    return page(request, _DELIVERIES, cut_after(rows, limit, lambda row: str(row.notification)))


@router.post("/webhooks/{webhook}/deliveries/replay")
def replay_deliveries(call: Writes, webhook: str) -> ReplayedDeliveriesOut:
    """Send all again that was given up."""
    return ReplayedDeliveriesOut(replayed=webhooks.replay_dead_deliveries(call.session, webhook, at=call.now))


@router.post("/webhooks/{webhook}/deliveries/{notification}/replay")
def replay_one_delivery(call: Writes, webhook: str, notification: UUID) -> WebhookDeliveryOut:
    """Send one again that was delivered or given up; it keeps its id."""
    return delivery_out(webhooks.replay_delivery(call.session, webhook, notification, at=call.now))


@router.get("/notifications", response_model=list[NotificationOut], responses=problems(404))
def get_notifications(
    call: Reads,
    request: Request,
    *,
    type: Annotated[NotificationType | None, Query(description="Of this type alone.")] = None,  # noqa: A002 as in payloads
    after: AfterNotification = None,
    limit: Limit = ROWS,
) -> object:
    """List what has happened, the oldest first: what webhooks were told, for whoever has missed it."""
    listed = webhooks.list_notifications(call.session, NotificationSearch(type, after, limit + 1))
    rows = [notification_out(row) for row in listed]
    return page(request, _NOTIFICATIONS, cut_after(rows, limit, lambda row: str(row.id)))
