"""Long work as operations: answered as at once, seen by whoever asked, taken up again, and ended where it is told to."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from api.access.roles import Role
from api.long_work import runner, store
from api.long_work.operation_query import OperationKind, OperationState
from api.long_work.store import OperationAnswer
from api.operations.long_work import KINDS, WorkInHand
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from quantities.document import read
from tests.billing.scene import CONTRACT
from tests.conftest import application_pool
from tests.scenarios.world import World, a_world_copied

LATER = {"Prefer": "respond-async, wait=10"}
JANUARY = "time,value\n2026-01-05T10:00+01:00,60\n2026-01-05T11:00+01:00,60\n"


def deliver_january(world: World) -> None:
    world.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "january.csv"}, content=JANUARY)
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "January of two contracts delivered", deliver_january, request.node.nodeid) as world:
        if "meter" not in world.keys:
            world.key("meter", Role.METER)
        yield world


@pytest.fixture
def database(world: World) -> Iterator[Database]:
    with application_pool(world.access) as database:
        yield database


@pytest.fixture
def nobody_works(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for waits, until a test does it."""
    monkeypatch.setattr(runner.LongWorkRunner, "wake", lambda *_: None)


def asked(world: World, who: str, method: str, path: str, **more: Any) -> int:
    answer = world.ask(who, method, path, headers=LATER, **more)
    assert answer.status_code == 202, answer.text
    number = answer.json()["operation"]
    assert answer.headers["location"] == f"/v1/operations/{number}"
    assert answer.headers["preference-applied"] == "respond-async"
    return int(number)


def ended(world: World, who: str, number: int) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while True:
        shown: dict[str, Any] = world.done(who, "GET", f"/v1/operations/{number}")
        if shown["ended_at"] or time.monotonic() > deadline:
            return shown
        time.sleep(0.02)


def answer(world: World, who: str, number: int) -> Any:
    return world.ask(who, "GET", f"/v1/operations/{number}/answer")


class TestTheAnswerIsThatOfTheRequestAtOnce:
    def test_of_a_bill(self, world: World) -> None:
        at_once = world.done("finance", "GET", "/v1/drafts")
        drafts = asked(world, "finance", "POST", "/v1/bill")
        assert ended(world, "finance", drafts)["state"] == "done"
        assert answer(world, "finance", drafts).json() == at_once
        number = asked(world, "finance", "POST", "/v1/bill", params={"issue": "true", "until": "2026-02-01"})
        shown = ended(world, "finance", number)
        assert (shown["state"], shown["status"], shown["kind"], shown["done"]) == ("done", 200, "bill", 2)
        issued = answer(world, "finance", number)
        listed = world.done("finance", "GET", "/v1/invoices")
        assert all(
            head.pop("payment")["state"] == "issued" for head in listed
        )  # what becomes of it is asked of the list
        assert issued.json()["invoices"] == listed
        assert [head["number"] for head in issued.json()["invoices"]] == ["2026-000001", "2026-000002"]
        world.done("finance", "POST", "/v1/bill", params={"issue": "true"})
        assert len(world.done("finance", "GET", "/v1/invoices")) == 2, "nothing is billed twice"

    def test_of_a_replay_and_an_export(self, world: World) -> None:
        world.done("finance", "POST", "/v1/bill", params={"issue": "true"})
        number = asked(world, "finance", "POST", "/v1/replay")
        shown = ended(world, "finance", number)
        assert (shown["state"], shown["done"], shown["total"]) == ("done", 2, 2)
        assert answer(world, "finance", number).json() == world.done("finance", "POST", "/v1/replay")
        exported = asked(world, "finance", "GET", "/v1/exports/lines")
        assert ended(world, "finance", exported)["state"] == "done"
        later, at_once = answer(world, "finance", exported), world.ask("finance", "GET", "/v1/exports/lines")
        assert (later.content, later.headers["content-type"]) == (at_once.content, at_once.headers["content-type"])

    def test_of_contracts_in_bulk(self, world: World) -> None:
        terms = [read(CONTRACT.replace("C-1", name).encode()) for name in ("C-8", "C-9")]
        number = asked(world, "maker", "POST", "/v1/contracts/bulk", json=terms)
        assert ended(world, "maker", number)["state"] == "done"
        recorded = answer(world, "maker", number).json()
        assert (recorded["new"], [row["contract"] for row in recorded["contracts"]]) == (2, ["C-8", "C-9"])
        assert world.done("maker", "GET", "/v1/contracts/C-9")[0]["recorded_by"] == "maker"
        audited = world.done("maker", "GET", "/v1/audit?operation=contracts")
        assert [entry["operation"] for entry in audited][:2] == [
            "operation contracts in bulk",
            "POST /v1/contracts/bulk",
        ]
        again = asked(world, "maker", "POST", "/v1/contracts/bulk", json=[{"contract": "C-8"}])
        shown = ended(world, "maker", again)
        refused, at_once = answer(world, "maker", again), world.ask("maker", "POST", "/v1/contracts/bulk", json=[{"contract": "C-8"}])  # fmt: skip
        assert (shown["state"], shown["status"]) == ("failed", 422)
        problem = {name: said for name, said in at_once.json().items() if name != "request_id"}
        assert (refused.status_code, refused.json()) == (at_once.status_code, problem)

    def test_of_a_file_of_readings(self, world: World) -> None:
        rows = "time,value\n" + "".join(f"2026-01-06T{hour:02}:00+01:00,{hour}\n" for hour in range(24)) + "x,1\n"
        given = {"register": "kwh", "source": "day.csv", "reason": "late"}
        keyed = {**LATER, "Idempotency-Key": "day"}
        first, again = (
            world.ask("maker", "POST", "/v1/readings", headers=keyed, params=given, content=rows) for _ in range(2)
        )
        assert (first.status_code, again.json()) == (202, first.json())
        number = first.json()["operation"]
        shown = ended(world, "maker", number)
        assert (shown["state"], shown["status"], shown["kind"], shown["done"]) == ("done", 201, "ingest", 25)
        receipt = answer(world, "maker", number).json()
        assert (receipt["stored"], receipt["refused"], receipt["verdicts"][0]["line"]) == (24, 1, 26)
        batch = world.done("maker", "GET", f"/v1/batches/{receipt['batch']}")
        assert (batch["source"], batch["recorded_by"], batch["reason"]) == ("day.csv", "maker", "late")
        audited = world.done("maker", "GET", "/v1/audit?operation=ingest")
        assert audited[0]["object"].startswith(f"operation={number}")
        at_once = world.ask("maker", "POST", "/v1/readings", params=given, content=rows)
        assert at_once.json()["unchanged"] == 24

    def test_of_a_file_that_is_refused_or_waits(self, world: World) -> None:
        given = {"register": "kwh", "source": "bad.csv"}
        for content in ("time,value\nx,1\n", "nothing of a table"):
            number = asked(world, "maker", "POST", "/v1/readings", params=given, content=content)
            shown = ended(world, "maker", number)
            at_once = world.ask("maker", "POST", "/v1/readings", params=given, content=content)
            assert (shown["state"], shown["status"]) == ("failed", at_once.status_code)
            assert answer(world, "maker", number).json()["type"] == at_once.json()["type"]
        world.done("finance", "POST", "/v1/bill", params={"issue": "true"})
        corrected = JANUARY.replace(",60", ",50")
        number = asked(world, "maker", "POST", "/v1/readings", params=given, content=corrected)
        assert ended(world, "maker", number)["status"] == 202
        edit = answer(world, "maker", number).json()
        assert (edit["kind"], edit["prepared_by"], edit["released_by"]) == ("deliver", "maker", None)

    def test_is_asked_once_where_the_request_has_a_key_and_is_on_the_record(self, world: World) -> None:
        headers = {**LATER, "Idempotency-Key": "replay-1"}
        before = len(world.done("finance", "GET", "/v1/operations"))
        first, again = (world.ask("finance", "POST", "/v1/replay", headers=headers) for _ in range(2))
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.json()["operation"] == first.json()["operation"]
        assert len(world.done("finance", "GET", "/v1/operations")) == before + 1
        number = asked(world, "finance", "POST", "/v1/bill")
        entries = world.done("maker", "GET", "/v1/audit?operation=/v1/bill")
        assert f"operation {number}" in entries[0]["object"]

    def test_what_can_be_refused_at_once_is(self, world: World) -> None:
        for params in ({"date": "2026-01-01"}, {"until": "2027-01-01"}):
            refused = world.ask("finance", "POST", "/v1/bill", headers=LATER, params=params)
            assert refused.status_code == 422
        assert world.ask("meter", "POST", "/v1/bill", headers=LATER).status_code == 403


@pytest.mark.usefixtures("nobody_works")
class TestWhoMay:
    def test_whoever_asked_and_an_owner_see_it(self, world: World) -> None:
        number = asked(world, "finance", "POST", "/v1/replay")
        path = f"/v1/operations/{number}"
        for who, seen in (("finance", True), ("maker", True), ("meter", False), ("blechwerke", False), ("stranger", False)):  # fmt: skip
            assert world.ask(who, "GET", path).status_code == (200 if seen else 404)
            assert len(world.done(who, "GET", "/v1/operations")) == seen
            if not seen:
                assert world.ask(who, "GET", f"{path}/answer").status_code == 404
                assert world.ask(who, "POST", f"{path}/cancel").status_code == 404

    def test_numbers_are_of_the_tenant(self, world: World) -> None:
        assert [asked(world, "finance", "POST", "/v1/replay") for _ in range(2)] == [1, 2]
        assert asked(world, "stranger", "POST", "/v1/replay") == 1
        listed = world.ask("maker", "GET", "/v1/operations?limit=1&total=true")
        assert ([row["operation"] for row in listed.json()], listed.headers["x-total-count"]) == ([2], "2")

    def test_what_one_may_is_looked_at_again(self, world: World, database: Database) -> None:
        number = asked(world, "finance", "POST", "/v1/bill", params={"issue": "true"})
        world.done("maker", "POST", "/v1/users/finance/disable")
        runner.take_up(database, 1, threading.Event())
        shown = ended(world, "maker", number)
        assert (shown["state"], shown["status"]) == ("failed", 401)
        assert world.done("maker", "GET", "/v1/invoices") == []

    def test_a_key_that_may_less_may_no_more_later(self, world: World, database: Database) -> None:
        scope = {"name": "maker", "scope": ["invoices:replay"]}
        world.keys["less"] = world.done("maker", "POST", "/v1/keys", json=scope)["key"]
        number = asked(world, "less", "POST", "/v1/replay")
        with administering(world.access.administrator) as administrator:
            administrator.execute(text("update operation set kind = 'bill', arguments = jsonb_set(arguments, '{request}', '{\"issue\": true}')"))  # fmt: skip
        runner.take_up(database, 1, threading.Event())
        assert ended(world, "maker", number)["status"] == 403


@pytest.mark.usefixtures("nobody_works")
class TestHowItEnds:
    def test_what_waits_is_cancelled_at_once(self, world: World, database: Database) -> None:
        number = asked(world, "finance", "POST", "/v1/bill", params={"issue": "true"})
        assert answer(world, "finance", number).status_code == 409
        assert world.done("finance", "POST", f"/v1/operations/{number}/cancel")["state"] == "cancelled"
        runner.take_up(database, 1, threading.Event())
        assert world.done("maker", "GET", "/v1/invoices") == []
        for path in ("cancel", "answer"):
            method = "POST" if path == "cancel" else "GET"
            assert world.ask("finance", method, f"/v1/operations/{number}/{path}").status_code == 409

    def test_what_runs_ends_after_its_chunk(
        self, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number = asked(world, "finance", "POST", "/v1/replay")

        def work(hand: WorkInHand) -> OperationAnswer:
            hand.running.tell(1, 3)
            assert not hand.running.is_over()
            shown = world.done("finance", "GET", f"/v1/operations/{number}")
            assert (shown["state"], shown["done"], shown["total"]) == ("running", 1, 3)
            world.done("finance", "POST", f"/v1/operations/{number}/cancel")
            assert hand.running.is_over()
            return OperationAnswer(200, "application/json", b"[1]")

        monkeypatch.setitem(KINDS, OperationKind.REPLAY, replace(KINDS[OperationKind.REPLAY], work=work))
        runner.take_up(database, 1, threading.Event())
        assert ended(world, "finance", number)["state"] == "cancelled"
        assert answer(world, "finance", number).json() == [1], "what is done by then stays done"

    def test_a_process_that_ends_gives_it_back(
        self, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number, stopping = asked(world, "finance", "POST", "/v1/replay"), threading.Event()

        def work(hand: WorkInHand) -> OperationAnswer:
            stopping.set()
            assert hand.running.is_over()
            return OperationAnswer(200, "application/json", b"[]")

        with monkeypatch.context() as patched:
            patched.setitem(KINDS, OperationKind.REPLAY, replace(KINDS[OperationKind.REPLAY], work=work))
            runner.take_up(database, 1, stopping)
        assert world.done("finance", "GET", f"/v1/operations/{number}")["state"] == "waiting"
        runner.take_up(database, 1, threading.Event())
        assert ended(world, "finance", number)["state"] == "done"

    def test_what_a_killed_process_left_is_taken_up_and_after_some_times_given_up(
        self, world: World, database: Database
    ) -> None:
        number = asked(world, "finance", "POST", "/v1/bill", params={"issue": "true"})
        for attempt in (1, 2, 3):
            with database.transaction(1) as session:
                claimed = store.claim(session)
            assert claimed is not None
            assert claimed.attempt == attempt
            with database.transaction(1) as session:
                assert store.claim(session) is None, "whoever works on it beats"
            self._falls_silent(world)
            if attempt == 2:
                runner.take_up(database, 1, threading.Event())
                assert ended(world, "finance", number)["state"] == "done"
                with database.transaction(1) as session:  # the one that was taken for dead writes nothing any more
                    store.end(session, claimed, OperationState.FAILED, OperationAnswer(500, "", b""))
                assert ended(world, "finance", number)["status"] == 200
                assert len(world.done("finance", "GET", "/v1/invoices")) == 2
                number = asked(world, "finance", "POST", "/v1/replay")
                break
        for _ in range(3):
            with database.transaction(1) as session:
                assert store.claim(session)
            self._falls_silent(world)
        runner.take_up(database, 1, threading.Event())
        shown = ended(world, "finance", number)
        assert (shown["state"], shown["status"]) == ("failed", 503)

    def test_two_processes_do_it_once(self, world: World, database: Database) -> None:
        numbers = [asked(world, "finance", "POST", "/v1/replay") for _ in range(6)]
        workers = [threading.Thread(target=runner.take_up, args=(database, 1, threading.Event())) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert {ended(world, "finance", number)["state"] for number in numbers} == {"done"}
        with administering(world.access.administrator) as administrator:
            assert administrator.execute(text("select sum(attempt), count(body) from operation")).one() == (6, 0)

    def test_an_answer_is_kept_for_thirty_days(self, world: World, database: Database) -> None:
        old, new = (asked(world, "finance", "POST", "/v1/replay") for _ in range(2))
        runner.take_up(database, 1, threading.Event())
        with administering(world.access.administrator) as administrator:
            administrator.execute(text("update operation set ended_at = ended_at - interval '31 days'"))
        runner.take_up_everyone(database, threading.Event())
        assert world.ask("finance", "GET", f"/v1/operations/{old}").status_code == 404
        assert world.ask("finance", "GET", f"/v1/operations/{new}").status_code == 200, "numbers go on after it"
        assert asked(world, "finance", "POST", "/v1/replay") == new + 1

    @staticmethod
    def _falls_silent(world: World) -> None:
        with administering(world.access.administrator) as administrator:
            administrator.execute(text("update operation set beat_at = beat_at - interval '2 minutes'"))


class TestUntil:
    def test_what_falls_due_later_is_left(self, world: World) -> None:
        world.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        heads = world.done("finance", "GET", "/v1/drafts?until=2026-02-10")["invoices"]
        assert {head["period_to"] for head in heads} == {"2026-01-31"}
        issued = world.done("finance", "POST", "/v1/bill?issue=true&until=2026-02-10T00:00Z")["invoices"]
        assert {head["period_to"] for head in issued} == {"2026-01-31"}

    @pytest.mark.parametrize(("until", "status"), [
        pytest.param("2026-02-01", 200, id="today, as far as it has come"),
        pytest.param("2026-02-01T08:00Z", 200, id="now"),
        pytest.param("2026-02-01T08:01Z", 422, id="a minute ahead"),
        pytest.param("2026-02-02", 422, id="tomorrow"),
        pytest.param("soon", 422, id="no time"),
        pytest.param("2026-01-01T08:00", 422, id="no offset"),
    ])  # fmt: skip
    def test_never_ahead_of_now(self, world: World, until: str, status: int) -> None:
        for method, path in (("GET", "/v1/drafts"), ("POST", "/v1/bill")):
            assert world.ask("finance", method, path, params={"until": until}).status_code == status
