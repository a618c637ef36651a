"""What is sent to the address of a gateway account: a right event once, and of anything else nothing, in bounded time."""

import json
import socket
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.demo.stripe_server.webhooks import SECRET, signature
from api.http.rates import EventRates
from api.http.routes.gateway_events import BODY_BYTES_MAX
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from api.server.settings import Settings
from billing.payments.events.store import KnownEvent, gateway_events
from tests.api.http.test_hostile_requests import Answer, answer_on, serving
from tests.billing.payments.till import ACCOUNT, opened
from tests.conftest import application_pool, world_copy

#: Of one answer, on a machine that does much else.
SOON_S = 2
MEMORY_BYTES = 4 << 20
LARGE = 50_000_000
PIECE = b"x" * 65536
TABLES = ("gateway_order", "gateway_order_event", "payment", "payment_allocation", "saved_method", "gateway_event")


def event(**fields: Any) -> bytes:
    told = {
        "id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": int(time.time()),
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }  # fmt: skip
    return json.dumps(told | fields).encode()


def signed(body: bytes, *, by: str = SECRET, ahead_s: int = 0) -> str:
    return f"Stripe-Signature: {signature(body, (by,), int(time.time()) + ahead_s)}"


@dataclass
class Door:
    """The server at its port, and its database."""

    port: int
    database: Database

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def head(self, *lines: str, account: str = ACCOUNT) -> bytes:
        first = (f"POST /v1/gateway-events/{account} HTTP/1.1", "Host: usufruct", "Connection: close")
        return "\r\n".join([*first, *lines, "", ""]).encode()

    def told(self, body: bytes, *lines: str, account: str = ACCOUNT) -> Answer:
        with self.connected() as connection:
            connection.sendall(self.head(f"Content-Length: {len(body)}", *lines, account=account))
            with suppress(OSError):  # it is answered before all of it is sent
                connection.sendall(body)
            return answer_on(connection)

    def told_in_chunks(self, *lines: str) -> tuple[Answer, int]:
        """Send pieces without an end; how many bytes were taken before the answer, or the end of the connection."""
        taken = 0
        with self.connected() as connection:
            connection.sendall(self.head("Transfer-Encoding: chunked", *lines))
            with suppress(OSError):
                while taken < LARGE:
                    connection.sendall(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
                    taken += len(PIECE)
            return answer_on(connection), taken

    def events(self) -> list[KnownEvent]:
        with self.database.transaction(1) as session:
            return gateway_events(session, ACCOUNT)

    def everything(self) -> list[str]:
        """All rows that an event might change, as text."""
        with self.database.transaction(1) as session:
            rows = [session.execute(text(f"select t::text from {table} t order by id")) for table in TABLES]
            return [str(row) for found in rows for row in found.scalars()]


@pytest.fixture(scope="module")
def door(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("gateway")
    with (
        world_copy(server, "a document to charge", opened, __name__) as (access, _),
        application_pool(access) as database,
        serving(settings(access, folder)) as port,
    ):
        yield Door(port, database)


def settings(access: Access, folder: Path) -> Settings:
    (folder / "key").write_text("sk_test", encoding="utf-8")
    (folder / "hook").write_text(SECRET, encoding="utf-8")
    stated = {
        "name": ACCOUNT, "tenant": "Nordluft", "supplier": "Nordluft", "gateway": "stripe",
        "secret_key_file": str(folder / "key"), "webhook_secret_files": [str(folder / "hook")],
        "address": "http://127.0.0.1:9",
    }  # fmt: skip
    (folder / "gateways.yaml").write_text(json.dumps({"accounts": [stated]}), encoding="utf-8")
    url = access.app.render_as_string(hide_password=False)
    return Settings.model_validate({
        "database_url": url, "tick_s": 0, "gateways_file": folder / "gateways.yaml", "receive_s": 5,
    })  # fmt: skip


def test_a_right_one_is_kept_once_however_often_it_comes(door: Door) -> None:
    body = event(id="evt_twice")
    header = signed(body)
    assert [door.told(body, header).status for _ in range(3)] == [204, 204, 204]
    assert door.told(event(id="evt_twice", type="charge.refunded"), signed(event(id="evt_twice"))).status == 401
    (kept,) = [one for one in door.events() if one.external == "evt_twice"]
    assert (kept.kind, kept.thing_id, kept.state) == ("payment_intent.succeeded", "pi_1", "due")


@pytest.mark.parametrize("state", ["due", "done", "ignored"])
def test_one_that_is_replayed_changes_nothing_whatever_became_of_it(door: Door, state: str) -> None:
    """The same, or another body under the same name: signed again, for who replays it within five minutes need not."""
    name = f"evt_{state}"
    bodies = [
        event(id=name),
        event(id=name, type="charge.refunded", data={"object": {"id": "ch_1", "object": "charge"}}),
    ]
    assert door.told(bodies[0], signed(bodies[0])).status == 204
    with door.database.transaction(1) as session:
        ended = text(
            "update gateway_event set state = :state, next_at = null where external = :name and :state <> 'due'"
        )
        session.execute(ended, {"state": state, "name": name})
    before, begun = door.everything(), time.monotonic()
    assert [door.told(body, signed(body)).status for body in bodies] == [204, 204]
    assert time.monotonic() - begun < 2 * SOON_S
    assert door.everything() == before


def test_one_of_an_unknown_kind_is_noted_and_that_is_all(door: Door) -> None:
    body, before, begun = event(id="evt_unknown", type="climate.order.created"), door.everything(), time.monotonic()
    assert door.told(body, signed(body)).status == 204
    assert time.monotonic() - begun < SOON_S
    (noted,) = [row for row in door.everything() if row not in before]
    assert "evt_unknown" in noted, "nothing but the event itself is on record"
    (kept,) = [one for one in door.events() if one.external == "evt_unknown"]
    assert (kept.state, kept.thing_id) == ("ignored", "")


NOW_AND_THEN = event(id="evt_hostile")
DEEP = b'{"object": ' + b"[" * 60_000 + b"]" * 60_000 + b"}"
HOSTILE = {
    "a wrong signature": (NOW_AND_THEN, signed(NOW_AND_THEN, by="whsec_guessed"), ACCOUNT, 401),
    "no signature": (NOW_AND_THEN, "X-A: b", ACCOUNT, 401),
    "signed and changed": (NOW_AND_THEN.replace(b"pi_1", b"pi_2"), signed(NOW_AND_THEN), ACCOUNT, 401),
    "an hour old": (NOW_AND_THEN, signed(NOW_AND_THEN, ahead_s=-3600), ACCOUNT, 401),
    "of the future": (NOW_AND_THEN, signed(NOW_AND_THEN, ahead_s=3600), ACCOUNT, 401),
    "signed, and no event": (b"[1]", signed(b"[1]"), ACCOUNT, 401),
    "signed, and no JSON": (b"\xff{", signed(b"\xff{"), ACCOUNT, 401),
    "signed, and very deep": (DEEP, signed(DEEP), ACCOUNT, 401),
    "a thousand signatures": (NOW_AND_THEN, "Stripe-Signature: t=1" + ",v1=00" * 1000, ACCOUNT, 401),
    "an account that there is not": (NOW_AND_THEN, signed(NOW_AND_THEN), "guessed", 404),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_one_changes_nothing_and_is_answered_soon(door: Door, kind: str) -> None:
    body, header, account, status = HOSTILE[kind]
    before, begun = door.everything(), time.monotonic()
    answer = door.told(body, header, account=account)
    assert time.monotonic() - begun < SOON_S
    assert answer.status == status
    assert door.everything() == before


def test_fifty_megabytes_are_cut_off_early_and_kept_nowhere(door: Door) -> None:
    body, before = b" " * LARGE, door.everything()
    header = signed(b"")  # to sign it would take longer than to refuse it
    tracemalloc.start()
    try:
        begun = time.monotonic()
        answer = door.told(body, header)
        in_chunks, taken = door.told_in_chunks(header)
        assert time.monotonic() - begun < 2 * SOON_S
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status == 413
    assert in_chunks.status in {413, 0}  # its end may come before the answer is read
    assert taken < LARGE / 5  # what lies in the buffers of the sockets is taken, and not read
    assert most < MEMORY_BYTES
    assert door.everything() == before


def test_one_that_ends_in_the_middle_changes_nothing(door: Door) -> None:
    before = door.everything()
    with door.connected() as connection:
        connection.sendall(door.head(f"Content-Length: {BODY_BYTES_MAX}", signed(b"")) + b"half of it")
    assert door.told(NOW_AND_THEN, "X-A: b").status == 401  # and the server goes on
    assert door.everything() == before


def test_of_wrong_ones_from_an_address_so_many_are_read_in_a_minute(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, rates = EventRates.count_wrong, list[EventRates]()

    def count_wrong(self: EventRates, address: str) -> None:
        rates.append(self)
        counts(self, address)

    monkeypatch.setattr(EventRates, "count_wrong", count_wrong)
    try:
        answers = [door.told(NOW_AND_THEN, "X-A: b").status for _ in range(EventRates.WRONG_PER_MINUTE + 2)]
    finally:
        EventRates.__init__(rates[0])  # for the tests after this one
    assert set(answers[:40]) == {401}  # others of this file have sent some
    assert answers[-1] == 429
    assert door.told(NOW_AND_THEN, "X-A: b").status == 401
