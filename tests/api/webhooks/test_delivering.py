"""Delivered at least once and signed: retried, given up, replayed; by several workers, whoever is killed or slow."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations import webhooks as operations
from api.operations.people import create_identity
from api.operations.webhook_delivery import SendingRules, WebhookSender, prune_notifications
from api.operations.webhooks import WebhookChange
from api.server.database import Access, Acting, Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from api.webhooks import claims
from api.webhooks.backoff import ATTEMPTS_MAX, WAITS
from api.webhooks.claims import LEASE
from api.webhooks.notification import NotificationType
from api.webhooks.store import DeliveryState, DisabledBecause, WebhookDelivery
from tests.api.webhooks.receiver import (
    Answer,
    Clock,
    Receiver,
    Request,
    kills,
    receiving,
    send_in_a_process,
    sending,
    status,
    well,
)  # fmt: skip
from tests.api.webhooks.test_told import build, dispute, settled
from tests.build import NOON
from tests.conftest import application_pool, world_copy
from tests.reliability.forked import Client


class House:
    """A tenant in which things happen, the webhooks that it makes, and who sends."""

    def __init__(self, access: Access, database: Database, receiver: Receiver) -> None:
        self.access, self.database, self.receiver, self.clock = access, database, receiver, Clock()
        self.secrets: dict[str, list[str]] = {}

    def webhook(self, path: str, *types: NotificationType) -> str:
        with self.database.transaction(1) as session:
            made, secret = operations.create_webhook(
                session, self.receiver.address + path, types, at=NOON, loopback=True
            )
        self.secrets[made.id] = [secret]
        return made.id

    def happens(self, count: int = 1) -> None:
        with self.database.transaction(1) as session:
            for number in range(count):
                dispute(session, charge=f"charge {number}")

    def sends(self, *, within_s: float = 5.0) -> None:
        with sending(self.database, self.clock, within_s) as sender:
            sender.drain()

    def deliveries(self, webhook: str, state: DeliveryState | None = None) -> list[WebhookDelivery]:
        with self.database.transaction(1) as session:
            return list(reversed(operations.list_deliveries(session, webhook, state=state, limit=1000)))

    def states(self, webhook: str) -> list[tuple[str, int]]:
        return [(each.state.value, each.attempts) for each in self.deliveries(webhook)]


@pytest.fixture(scope="module")
def receivers() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def house(server: EmbeddedServer, receivers: Receiver, request: pytest.FixtureRequest) -> Iterator[House]:
    receivers.received.clear()
    receivers.by_path.clear()
    copied = world_copy(server, "two customers' contracts, agreed", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as database:
        settled(database)
        yield House(access, database, receivers)


class TestWhatIsReceived:
    def test_is_signed_and_says_what_happened(self, house: House) -> None:
        webhook = house.webhook("/hooks")
        house.happens()
        house.sends()
        (request,) = house.receiver.received
        (happened,) = [each for each in settled(house.database) if each.type is NotificationType.DISPUTE_RAISED]
        assert Verifier(house.secrets[webhook][0]).verify(request.body, dict(request.headers)) == json.loads(
            happened.body
        )
        assert (request.id, request.headers["content-type"]) == (str(happened.id), "application/json")
        (delivery,) = house.deliveries(webhook)
        assert (delivery.notification, delivery.state, delivery.attempts, delivery.status) == (
            happened.id,
            "delivered",
            1,
            204,
        )

    def test_is_of_the_types_that_were_asked_for(self, house: House) -> None:
        house.webhook("/documents", NotificationType.DOCUMENT_ISSUED)
        house.webhook("/disputes", NotificationType.DISPUTE_RAISED, NotificationType.FINDING_RAISED)
        house.happens(2)
        house.sends()
        assert [request.path for request in house.receiver.received] == ["/disputes", "/disputes"]

    def test_comes_in_the_order_in_which_it_happened(self, house: House) -> None:
        house.webhook("/hooks")
        house.happens(25)
        house.sends()
        charges = [json.loads(request.body)["data"]["charge"] for request in house.receiver.received]
        assert charges == [f"charge {number}" for number in range(25)]

    def test_is_of_another_tenant_for_its_own_webhooks_alone(self, house: House) -> None:
        with house.database.transaction(2) as session:
            operations.create_webhook(session, house.receiver.address + "/other", at=NOON, loopback=True)
        house.webhook("/own")
        house.happens()
        house.sends()
        assert [request.path for request in house.receiver.received] == ["/own"]


class TestAnAttemptThatFails:
    def test_is_repeated_under_the_same_id_until_it_is_well(self, house: House) -> None:
        webhook = house.webhook("/hooks")
        house.receiver.at("/hooks", status(500))
        house.happens()
        for wait in (timedelta(0), WAITS[0], WAITS[1]):
            house.clock.later += wait
            if wait == WAITS[1]:
                house.receiver.at("/hooks", well)
            house.sends()
            house.sends()  # nothing more is due
        assert len(house.receiver.received) == 3
        assert len({(request.id, request.body) for request in house.receiver.received}) == 1
        assert house.states(webhook) == [("delivered", 3)]

    @pytest.mark.parametrize(("header", "waits"), [("600", 600), ("2", 5)])
    def test_waits_as_long_as_the_receiver_asks_and_the_schedule_says(
        self, house: House, header: str, waits: int
    ) -> None:
        webhook = house.webhook("/hooks")
        house.receiver.at("/hooks", status(429, Retry_After=header))
        house.happens()
        house.sends()
        (delivery,) = house.deliveries(webhook)
        assert delivery.next_at is not None
        assert delivery.last_at is not None
        assert (delivery.next_at - delivery.last_at).total_seconds() == pytest.approx(waits, abs=0.01)
        assert (delivery.status, delivery.failure) == (429, "refused")

    def test_410_ends_it_and_the_rest_waits_until_somebody_asks(self, house: House) -> None:
        webhook, other = house.webhook("/hooks"), house.webhook("/other")
        house.receiver.at("/hooks", status(410))
        house.happens(2)
        house.sends()
        assert house.states(webhook) == [("dead", 1), ("waiting", 0)]
        with house.database.transaction(1) as session:
            shown = operations.find_webhook(session, webhook)
        assert shown.disabled_because is DisabledBecause.GONE
        house.happens()  # of what happens meanwhile it is told nothing
        house.sends()
        assert len(house.receiver.of("/hooks")) == 1
        house.receiver.at("/hooks", well)
        with house.database.transaction(1) as session:
            operations.change_webhook(session, webhook, WebhookChange(enabled=True), at=NOON, loopback=True)
        house.sends()
        assert house.states(webhook) == [("dead", 1), ("delivered", 1)]
        assert house.states(other) == [("delivered", 1)] * 3

    def test_after_the_last_it_is_dead_until_it_is_replayed(self, house: House) -> None:
        webhook = house.webhook("/hooks")
        house.receiver.at("/hooks", status(503))
        house.happens(3)
        for _ in range(ATTEMPTS_MAX + 2):
            house.sends()
            house.clock.later += timedelta(days=1, seconds=1)
        assert house.states(webhook) == [("dead", ATTEMPTS_MAX)] * 3
        sent = len(house.receiver.received)
        assert sent == 3 * ATTEMPTS_MAX
        house.receiver.at("/hooks", well)
        house.sends()
        assert len(house.receiver.received) == sent
        first, *_ = house.deliveries(webhook, DeliveryState.DEAD)
        with house.database.transaction(1) as session:
            operations.replay_delivery(session, webhook, first.notification, at=house.clock())
        house.sends()
        assert [request.id for request in house.receiver.received[sent:]] == [str(first.notification)]
        with house.database.transaction(1) as session:
            assert operations.replay_dead_deliveries(session, webhook, at=house.clock()) == 2
        house.sends()
        assert house.states(webhook) == [("delivered", 1)] * 3
        assert len({request.id for request in house.receiver.received}) == 3


class TestASecretThatIsRotated:
    def test_signs_for_a_day_beside_the_new_one(self, house: House) -> None:
        webhook = house.webhook("/hooks")
        old = house.secrets[webhook][0]
        with house.database.transaction(1) as session:
            new = operations.rotate_secret(session, webhook, at=datetime.now(UTC))
        house.happens()
        house.sends()
        (request,) = house.receiver.received
        for secret in (old, new):
            Verifier(secret).verify(request.body, dict(request.headers))
        house.clock.later = timedelta(hours=25)
        house.happens()
        house.sends()
        assert len(house.receiver.received[-1].headers["webhook-signature"].split()) == 1

    def test_and_after_it_no_more(self, house: House) -> None:
        webhook = house.webhook("/hooks")
        old = house.secrets[webhook][0]
        with house.database.transaction(1) as session:
            new = operations.rotate_secret(session, webhook, at=datetime.now(UTC) - timedelta(hours=25))
        house.happens()
        house.sends()
        (request,) = house.receiver.received
        Verifier(new).verify(request.body, dict(request.headers))
        with pytest.raises(WebhookVerificationError):
            Verifier(old).verify(request.body, dict(request.headers))


class TestWhoeverMadeIt:
    """What leaves the house leaves it on the word of somebody who acts."""

    def test_if_it_acts_no_more_all_waits_until_another_answers_for_it(self, house: House) -> None:
        with house.database.transaction(1) as session:
            anna, bert = (
                create_identity(session, NewIdentity(name, Role.OWNER), at=NOON).id for name in ("Anne", "Bernd")
            )
        with house.database.transaction(1, acting=Acting(anna, "owner")) as session:
            made, _ = operations.create_webhook(session, house.receiver.address + "/hooks", at=NOON, loopback=True)
        assert made.kept_by == "Anne"
        with administering(house.access.administrator) as administrator:  # of two owners, neither disables the other
            administrator.execute(text("update identity set disabled_at = now() where id = :anna"), {"anna": anna})
        house.happens(2)
        house.sends()
        assert house.receiver.received == []
        with house.database.transaction(1, acting=Acting(bert, "owner")) as session:
            assert operations.find_webhook(session, made.id).waits
            taken = operations.change_webhook(session, made.id, WebhookChange(), at=NOON, loopback=True)
            assert (taken.kept_by, taken.waits) == ("Bernd", False)
        house.sends()
        assert house.states(made.id) == [("delivered", 1)] * 2


def until(released: threading.Event) -> Answer:
    """An answer that does not come before."""

    def answer(request: Request) -> None:
        released.wait(20)
        well(request)

    return answer


def comes(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within a few seconds."""
    for _ in range(500):
        if holds():
            return True
        threading.Event().wait(0.01)
    return False


class TestSideBySide:
    def test_two_workers_send_each_once(self, house: House) -> None:
        paths = [f"/{number}" for number in range(5)]
        for path in paths:
            house.webhook(path)
        house.happens(20)
        with (
            sending(house.database, house.clock) as one,
            sending(house.database, house.clock) as other,
            ThreadPoolExecutor(2) as both,
        ):
            for done in [both.submit(sender.drain) for sender in (one, other)]:
                done.result()
        for path in paths:
            assert len(house.receiver.of(path)) == len({request.id for request in house.receiver.of(path)}) == 20

    def test_one_that_hangs_keeps_nobody_waiting(self, house: House) -> None:
        released = threading.Event()
        slow, quick = house.webhook("/slow"), house.webhook("/quick")
        house.receiver.at("/slow", until(released))
        house.happens(30)
        with sending(house.database, house.clock, within_s=10) as sender:
            sender.look()
            came = comes(lambda: len(house.receiver.of("/quick")) == 30 and len(house.receiver.of("/slow")) == 1)
            house.happens()  # nobody waits to write, either
            released.set()
        assert came
        assert house.states(quick)[:30] == [("delivered", 1)] * 30
        assert house.states(slow)[0][1] == 1

    def test_many_that_hang_leave_the_threads_of_those_that_do_not(self, house: House) -> None:
        """Once they have failed, they have threads of their own, however many they are."""
        released, hanging = threading.Event(), [house.webhook(f"/hangs/{number}") for number in range(30)]
        for number in range(30):
            house.receiver.at(f"/hangs/{number}", status(500))
        house.happens()
        house.sends()
        assert {house.states(webhook)[0] for webhook in hanging} == {("waiting", 1)}
        for number in range(30):
            house.receiver.at(f"/hangs/{number}", until(released))
        house.webhook("/quick")
        house.clock.later += timedelta(minutes=1)
        house.happens(3)
        with sending(house.database, house.clock, within_s=10) as sender:
            sender.look()
            came = comes(lambda: len(house.receiver.of("/quick")) == 3)
            released.set()
        assert came

    def test_one_that_ends_between_sending_and_recording_loses_nothing(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As the long form does by a kill: what was claimed is claimed for as long as its attempt could last."""

        def ends(*_: object, **__: object) -> None:
            raise RuntimeError

        webhook = house.webhook("/hooks")
        house.happens(2)
        with monkeypatch.context() as patched:
            patched.setattr(claims, "record", ends)
            house.sends()
        assert house.states(webhook) == [("waiting", 1), ("waiting", 1)]
        house.clock.later = LEASE + timedelta(seconds=1)
        house.sends()
        assert house.states(webhook) == [("delivered", 2)] * 2
        ids = [request.id for request in house.receiver.received]
        assert ids == [*ids[:2], *ids[:2]]

    @pytest.mark.long
    def test_a_worker_that_is_killed_between_sending_and_recording_loses_nothing(self, house: House) -> None:
        webhook, processes = house.webhook("/hooks"), list[int]()

        def kills_whoever_sends(request: Request) -> None:
            kills(processes[0])

        house.receiver.at("/hooks", kills_whoever_sends)
        house.happens(2)
        settled(house.database)
        with house.database.transaction(1) as session:
            session.execute(text("update webhook_delivery set next_at = now()"))
        client = Client(send_in_a_process, house.access.app)
        processes.append(int(client.stdout.readline()))
        assert client.ends_within(30)
        assert "done" not in client.everything()[0]
        assert house.states(webhook) == [("waiting", 1), ("waiting", 0)]
        house.receiver.at("/hooks", well)
        house.sends()  # what was claimed is claimed as long as its attempt could last; the other goes on
        assert house.states(webhook) == [("waiting", 1), ("delivered", 1)]
        house.clock.later = LEASE + timedelta(seconds=1)
        house.sends()
        assert house.states(webhook) == [("delivered", 2), ("delivered", 1)]
        ids = [request.id for request in house.receiver.received]
        assert len(ids) == 3
        assert ids[0] == ids[2] != ids[1]


class TestALook:
    def test_where_there_is_nothing_to_do_is_one_query(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        house.webhook("/hooks")
        house.happens()
        house.sends()
        asked = list[str]()
        with closing(WebhookSender(house.database, SendingRules(loopback=True))) as sender:
            look_up = Database.look_up

            def counted(own: Database, query: str, given: Mapping[str, object]) -> list[tuple[Any, ...]]:
                asked.append(query)
                return look_up(own, query, given)

            monkeypatch.setattr(Database, "look_up", counted)
            monkeypatch.setattr(Database, "transaction", lambda *_, **__: pytest.fail("a transaction"))
            sender.look()
        assert len(asked) == 1

    def test_goes_on_with_the_others_where_one_tenant_fails(self, house: House) -> None:
        webhook = house.webhook("/hooks")
        house.happens()
        with house.database.transaction(2) as session:
            session.execute(text("insert into party (name) values ('s'), ('c')"))
            session.execute(
                text(
                    "insert into contract (reference, supplier_id, customer_id) select 'C', min(id), max(id) from party"
                )
            )
            session.execute(
                text("""insert into dispute (contract_id, customer_id, charge, first, after_last, reason, raised_by, raised_at)
                        select id, customer_id, 'c', '2026-01-01', '2026-02-01', 'r', 'anna', now() from contract""")
            )
        with closing(psycopg_of(house)) as held:
            held.execute("select set_config('app.tenant', '2', false)")
            held.execute("begin")
            held.execute("select pg_advisory_xact_lock(hashtextextended('webhook settling2', 0))")
            house.sends()
        assert house.states(webhook) == [("delivered", 1)]

    def test_removes_what_is_old(self, house: House) -> None:
        webhook = house.webhook("/hooks")
        house.happens()
        house.sends()
        prune_notifications(house.database, datetime.now(UTC) + timedelta(days=89))
        assert len(house.deliveries(webhook)) == 1
        prune_notifications(house.database, datetime.now(UTC) + timedelta(days=91))
        assert house.deliveries(webhook) == []


def psycopg_of(house: House) -> "psycopg.Connection[object]":
    address = house.access.app.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)
