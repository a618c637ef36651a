"""Notifications as they come, for whoever integrates: read without a webhook, and forwarded to a program at hand."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from api.server.database import Database
from api.webhooks import outbox, signing
from api.webhooks.address import WebhookAddress
from api.webhooks.notification import Notification, NotificationType
from api.webhooks.outbox import NotificationSearch
from api.webhooks.sending import SendOutcome, send

_PORTION = 1000


class NotificationFeed:
    """What happens from now on, or from a notification on."""

    def __init__(
        self,
        database: Database,
        tenant: int,
        now: datetime,
        *,
        types: Collection[NotificationType] = (),
        after: UUID | None = None,
    ) -> None:
        """Begin.

        Args:
            database: the application's.
            tenant: whose.
            now: the instant.
            types: those alone; none: all.
            after: the notification after which to begin; None: with what has not happened yet.

        Raises:
            UnknownNotification: there is none to begin after.
        """
        self._database, self._tenant, self._types = database, tenant, types
        self._settle(now)
        with database.transaction(tenant) as session:
            if after is not None:
                outbox.position_of(session, after)
            self._after = after or outbox.newest(session)

    def _settle(self, now: datetime) -> None:
        """Settle what has happened, whether or not a worker runs beside."""
        settled = _PORTION
        while settled >= outbox.PORTION:
            with self._database.transaction(self._tenant) as session:
                settled = outbox.settle_portion(session, now)

    def more(self, now: datetime) -> list[Notification]:
        """What has happened since it was asked last, the oldest first."""
        self._settle(now)
        with self._database.transaction(self._tenant) as session:
            came = outbox.notifications(session, NotificationSearch(after=self._after, limit=_PORTION))
        if came:
            self._after = came[-1].id
        return [notification for notification in came if not self._types or notification.type in self._types]


class Forwarder:
    """Sends notifications to a program at hand, signed as a webhook's are, once each."""

    def __init__(self, url: str, secret: str | None = None) -> None:
        """Begin.

        Args:
            url: where to, on this machine too.
            secret: as the program has it; None: a new one.

        Raises:
            UnfitWebhookAddress: nothing is sent there.
            UnfitSecret: it is none.
        """
        self._address = WebhookAddress.of(url, loopback=True)
        self._secret = signing.new_secret() if secret is None else signing.read(secret)

    @property
    def secret(self) -> str:
        """By which the program verifies what it gets."""
        return signing.written(self._secret)

    def forward(self, notification: Notification, now: datetime) -> SendOutcome:
        """Send one, and say what came of it."""
        headers = signing.headers(notification.id, notification.body, [self._secret], now)
        return send(self._address, headers, notification.body, now=now, loopback=True)
