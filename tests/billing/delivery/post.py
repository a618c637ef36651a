"""A post of the tests' own: ways that take, refuse or lose what they are given, and remember all of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from api.delivering.sender import DeliveryRules, deliver_tenant
from api.delivering.setup import WaysSetUp
from billing.delivery.answer import DeliveryAnswer
from billing.delivery.documents.store import NamedDocument
from billing.delivery.outgoing import Outgoing
from billing.delivery.state import DeliveryHappening
from billing.delivery.store import DeliveryAsked, KnownDelivery, ask_delivery, deliveries, send_again, settle
from billing.delivery.way import AskedStatus, SendingAttempt, SendingFailed, SendingReceipt
from contracts.delivery_terms import DeliveryWay
from tests.billing.scene import Scene, on
from tests.build import acts

JANUARY = "2026-000001"
TO = ("invoices@blechwerke.example",)
SENT_AT = on("2026-02-02")
Act = Callable[[Outgoing], None]


def takes(_: Outgoing) -> None:
    """Taken."""


def raising(error: Exception) -> Act:
    def act(_: Outgoing) -> None:
        raise error

    return act


@dataclass
class PostOfTests:
    """What was given to it, and how it answers the next of what it is given; taken, once it is told nothing else."""

    answers: list[Act] = field(default_factory=list)
    given: list[tuple[Outgoing, tuple[str, ...], SendingAttempt]] = field(default_factory=list)
    statuses: dict[str, AskedStatus] = field(default_factory=dict)
    is_down: bool = False

    def send(self, outgoing: Outgoing, to: tuple[str, ...], attempt: SendingAttempt) -> SendingReceipt:
        self.given.append((outgoing, to, attempt))
        act = self.answers.pop(0) if self.answers else takes
        act(outgoing)
        return SendingReceipt("post", f"no. {len(self.given)}")

    def ask(self, attempt: SendingAttempt) -> AskedStatus:
        if self.is_down:
            raise SendingFailed("down")
        return self.statuses.get(attempt.key, AskedStatus(None))

    @property
    def keys(self) -> list[str]:
        return [attempt.key for _, _, attempt in self.given]


@dataclass
class Post:
    """A scene whose documents leave it: what people and the scheduler do, one line each."""

    scene: Scene
    way: PostOfTests = field(default_factory=PostOfTests)
    now: datetime = SENT_AT
    public_url: str = "https://billing.example"
    of_payee: bool = False

    @property
    def rules(self) -> DeliveryRules:
        ways: Mapping[DeliveryWay, Any] = dict.fromkeys(
            (DeliveryWay.MAIL, DeliveryWay.LINK, DeliveryWay.PEPPOL, DeliveryWay.PORTAL), self.way
        )
        setup = WaysSetUp(ways, {DeliveryWay.PEPPOL: self.way}, self.public_url, 30, "nordluft.example")
        return DeliveryRules(setup, clock=lambda: self.now, jitter=lambda: 0.0)

    def passes(self, **later: float) -> "Post":
        self.now += timedelta(**later)
        return self

    def delivers(self) -> int:
        return deliver_tenant(self.scene.database, self.scene.tenant, self.rules)

    def _named(self, number: str) -> NamedDocument:
        return NamedDocument(number, of_payee=self.of_payee)

    def asks(
        self, number: str = JANUARY, way: DeliveryWay | None = DeliveryWay.MAIL, to: tuple[str, ...] = TO
    ) -> KnownDelivery:
        with self.scene.database.transaction(self.scene.tenant) as session:
            asked = DeliveryAsked(self._named(number), way, to)
            return ask_delivery(session, asked, by=acts(session, "carla"), at=self.now)

    def again(self, key: int, number: str = JANUARY, reason: str = "they say it never came") -> KnownDelivery:
        with self.scene.database.transaction(self.scene.tenant) as session:
            by = acts(session, "carla")
            return send_again(session, self._named(number), key, reason=reason, by=by, at=self.now)

    def settles(self, key: int, outcome: DeliveryHappening, number: str = JANUARY) -> KnownDelivery:
        with self.scene.database.transaction(self.scene.tenant) as session:
            by = acts(session, "carla")
            named = self._named(number)
            return settle(session, named, key, outcome=outcome, reason="asked them", by=by, at=self.now)

    def listed(self, number: str = JANUARY) -> list[KnownDelivery]:
        with self.scene.database.transaction(self.scene.tenant) as session:
            return deliveries(session, self._named(number))

    def state(self, number: str = JANUARY) -> str:
        (delivery,) = self.listed(number)
        return delivery.state.value

    def kinds(self, number: str = JANUARY) -> list[str]:
        (delivery,) = self.listed(number)
        return [event.kind.value for event in delivery.events]


def answered(code: str) -> AskedStatus:
    return AskedStatus(SendingReceipt("access point", "m-1"), answer=DeliveryAnswer(code), detail="so they say")


def at(day: str, hour: int = 6) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)
