"""Webhooks as both doors show them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from api.webhooks.notification import Notification, NotificationType
from api.webhooks.store import DeliveryState, DisabledBecause, Webhook, WebhookDelivery


class WebhookOut(BaseModel):
    """Where notifications are sent to; with no types, all of them."""

    id: str
    url: str
    types: list[NotificationType]
    party: str | None
    kept_by: str | None
    waits: bool
    created_at: datetime
    disabled_at: datetime | None
    disabled_because: DisabledBecause | None
    failures: int


class MadeWebhookOut(WebhookOut):
    """A webhook, and the secret by which what is sent to it is verified: this is the only time that it is answered."""

    secret: str


class WebhookDeliveryOut(BaseModel):
    """A notification that a webhook is to get, and what became of it."""

    notification: UUID
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    last_at: datetime | None
    status: int | None
    failure: str | None


class NotificationOut(BaseModel):
    """Something that has happened: the payload that webhooks get, and the id under which they do."""

    id: UUID
    type: NotificationType
    timestamp: datetime
    data: dict[str, Any]


def webhook_out(webhook: Webhook) -> WebhookOut:
    """Show a webhook."""
    return WebhookOut(**asdict(webhook))


def made_webhook_out(webhook: Webhook, secret: str) -> MadeWebhookOut:
    """Show a webhook with its secret."""
    return MadeWebhookOut(**asdict(webhook), secret=secret)


def delivery_out(delivery: WebhookDelivery) -> WebhookDeliveryOut:
    """Show what became of a notification."""
    return WebhookDeliveryOut(**asdict(delivery))


def notification_out(notification: Notification) -> NotificationOut:
    """Show a notification."""
    return NotificationOut(id=notification.id, **notification.content)
