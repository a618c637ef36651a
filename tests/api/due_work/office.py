"""A house whose scheduler is ticked by hand, by a clock that a test sets."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import text

from api.due_work.tick import Ticker, Work
from api.operations.webhook_delivery import SendingRules, WebhookSender
from api.server.scheduler import works_of
from billing.due.work.store import KnownWork, WorkQuery, list_work
from tests.billing.scene import CONTRACT, Scene

AUTOMATIC = CONTRACT.replace("settings: {", "settings: {issue: automatically, ")


def instant(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


@dataclass
class House:
    """A scene, its clock and its scheduler."""

    scene: Scene
    now: datetime
    ending: threading.Event = field(default_factory=threading.Event)

    def ticks(self, at: str = "") -> int:
        """Tick once at an instant; say how many turns there were."""
        if at:
            self.now = instant(at)
        with self.ticker() as ticker:
            return ticker.tick_through()

    @contextmanager
    def ticker(self, works: Mapping[str, Work] | None = None) -> Iterator[Ticker]:
        """Another process that ticks by the same clock; one without ways and gateways, unless it is told its works."""
        database = self.scene.database
        sender = WebhookSender(database, SendingRules(clock=lambda: self.now))
        works = works or works_of(database, self.ending, sender, clock=lambda: self.now)
        ticker = Ticker(database, works, clock=lambda: self.now)
        try:
            yield ticker
        finally:
            ticker.close()
            sender.close()

    def issued(self) -> list[tuple[str, str]]:
        """Contract and first day of each invoice, in the order of their numbers."""
        invoices = sorted(self.scene.invoices(), key=lambda invoice: invoice.row.sequence or 0)
        return [(invoice.row.inputs.contract, str(invoice.row.first)) for invoice in invoices if invoice.row.number]

    def waits(self, **asked: str) -> Sequence[KnownWork]:
        with self.scene.database.transaction(self.scene.tenant) as session:
            return list_work(session, WorkQuery.model_validate(asked)).rows

    def puts(self, statement: str) -> None:
        """Run SQL as the product itself."""
        with self.scene.database.transaction(self.scene.tenant) as session:
            session.execute(text(statement))
