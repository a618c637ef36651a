"""Webhooks by their doors: the secret once, each party its own, and what an integrator tries at its own machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier
from typer.testing import CliRunner

from api.cli.main import app
from api.demo.late_reading import NotATrialTenant
from api.server.database import Access, Acting, Database
from api.server.embedded import EmbeddedServer
from api.webhooks import outbox, signing
from api.webhooks.store import WEBHOOKS_MAX
from tests.api.cli.test_commands import set_environment
from tests.api.webhooks.receiver import receiving, status
from tests.build import NOON, let_in
from tests.conftest import application_pool
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

URL = "https://erp.example.com/hooks"


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        yield world


def administrator_of(world: World, name: str, party: str) -> None:
    asked = {"name": name, "role": "customer", "party": party, "administers": True}
    world.keys[name] = world.done("maker", "POST", "/v1/users", json=asked)["key"]["key"]
    let_in(world.access, name)


class TestTheSecret:
    def test_is_answered_once_and_kept_by_nobody_on_the_way(self, world: World) -> None:
        answer = world.ask("maker", "POST", "/v1/webhooks", json={"url": URL})
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        made = answer.json()
        assert signing.read(made["secret"])
        assert world.done("maker", "GET", "/v1/webhooks") == [{name: made[name] for name in made if name != "secret"}]
        rotated = world.ask("maker", "POST", f"/v1/webhooks/{made['id']}/rotate")
        assert (rotated.status_code, rotated.headers["cache-control"]) == (201, "no-store")
        assert rotated.json()["secret"] != made["secret"]

    def test_is_not_kept_for_a_repetition(self, world: World) -> None:
        for path in (
            "/v1/webhooks",
            f"/v1/webhooks/{world.done('maker', 'POST', '/v1/webhooks', json={'url': URL})['id']}/rotate",
        ):
            once: dict[str, Any] = {
                "headers": {"Idempotency-Key": path},
                **({} if path.endswith("rotate") else {"json": {"url": URL}}),
            }
            secret = world.done("maker", "POST", path, **once)["secret"]
            assert secret not in world.ask("maker", "POST", path, **once).text
        with application_pool(world.access) as database, database.transaction(1) as session:
            kept = session.execute(
                text("select count(*) from kept_answer where position(cast('whsec' as bytea) in body) > 0")
            )
            assert kept.scalar_one() == 0

    @pytest.mark.parametrize("role", ["owner", "finance", "auditor", "contract_manager", "customer"])
    def test_is_read_by_no_person_in_the_database_either(self, world: World, role: str) -> None:
        world.done("maker", "POST", "/v1/webhooks", json={"url": URL})
        with application_pool(world.access) as database:
            with database.transaction(1) as session:
                assert session.execute(text("select count(*) from webhook_secret")).scalar_one() == 1
            with database.transaction(1, acting=Acting(1, role)) as session:
                try:
                    seen = session.execute(text("select count(*) from webhook_secret")).scalar_one()
                except Exception as refused:  # noqa: BLE001 whatever the driver raises
                    assert "permission denied" in str(refused)
                    session.rollback()
                else:
                    assert seen == 0


class TestEachParty:
    def test_has_its_own_and_sees_no_other(self, world: World) -> None:
        for name, party in (("head", "Blechwerke"), ("other head", "Gießerei")):
            administrator_of(world, name, party)
        own = world.done("head", "POST", "/v1/webhooks", json={"url": URL})
        assert own["party"] == "Blechwerke"
        assert world.done("other head", "GET", "/v1/webhooks") == []
        for method, path in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/rotate"),
            ("GET", "/deliveries"),
            ("POST", "/deliveries/replay"),
        ):
            more: dict[str, Any] = {"json": {}} if method == "PATCH" else {}
            assert world.ask("other head", method, f"/v1/webhooks/{own['id']}{path}", **more).status_code == 404
        assert [shown["id"] for shown in world.done("maker", "GET", "/v1/webhooks")] == [own["id"]]
        assert (
            world.done("head", "PATCH", f"/v1/webhooks/{own['id']}", json={"enabled": False})["disabled_because"]
            == "asked"
        )
        assert world.done("head", "POST", f"/v1/webhooks/{own['id']}/rotate")["secret"]
        assert world.done("head", "DELETE", f"/v1/webhooks/{own['id']}")["id"] == own["id"]

    def test_is_told_of_its_contracts_and_reads_them_back(self, world: World) -> None:
        administrator_of(world, "head", "Blechwerke")
        refused = world.ask("head", "POST", "/v1/webhooks", json={"url": URL, "types": ["readings.refused"]})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/nothing-to-get")
        settle(world.access)
        told = world.done("head", "GET", "/v1/notifications")
        assert [each["data"]["contract"] for each in told] == ["C-1"]
        assert world.ask("head", "GET", told[0]["data"]["path"]).status_code == 200
        every = world.done("maker", "GET", "/v1/notifications?limit=1")
        answer = world.ask("maker", "GET", f"/v1/notifications?after={every[0]['id']}")
        assert [each["data"]["contract"] for each in answer.json()] == ["C-2"]
        assert world.done("stranger", "GET", "/v1/notifications") == []

    def test_a_customer_who_administers_nobody_makes_none(self, world: World) -> None:
        assert world.ask("blechwerke", "POST", "/v1/webhooks", json={"url": URL}).status_code == 403


def settle(access: Access) -> None:
    with application_pool(access) as database, database.transaction(1) as session:
        outbox.settle_portion(session, NOON)


@pytest.mark.parametrize("asked", [
    {"url": "http://127.0.0.1:9/"}, {"url": "https://127.0.0.1/"}, {"url": "http://erp.example.com/"}, {"url": ""}, {},
    {"url": URL, "types": ["document.lost"]}, {"url": URL, "party": "Blechwerke"},
])  # fmt: skip
def test_what_is_refused(world: World, asked: dict[str, object]) -> None:
    assert world.ask("maker", "POST", "/v1/webhooks", json=asked).status_code == 422


def test_there_is_an_end_of_them(world: World) -> None:
    with application_pool(world.access) as database, database.transaction(1) as session:
        session.execute(
            text(
                "insert into webhook (id, url, types, created_at) select 'wh_' || n, '', '{}', now() from generate_series(1, :most) n"
            ),
            {"most": WEBHOOKS_MAX},
        )
    assert world.ask("maker", "POST", "/v1/webhooks", json={"url": URL}).status_code == 409


class TestTrying:
    """What the README says to whoever integrates."""

    def test_a_late_reading_is_told_as_issued_and_then_as_corrected(
        self, access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_environment(access, tmp_path, monkeypatch)
        secret = signing.written(signing.new_secret())
        with receiving() as receiver:
            words = ["trigger", "late-reading", "--forward", f"{receiver.address}/hooks", "--secret", secret]
            done = CliRunner().invoke(app, words, catch_exceptions=False)
            assert done.exit_code == 0, done.output
            happened = [Verifier(secret).verify(request.body, dict(request.headers)) for request in receiver.received]
            assert [each["type"] for each in happened] == [
                "contract.released", "document.issued", "document.issued", "document.corrected",
            ]  # fmt: skip
            first, second = happened[1]["data"]["number"], happened[2]["data"]["number"]
            assert happened[3]["data"] == {
                "number": second, "contract": "LATE-1", "corrects": [first], "path": f"/v1/invoices/{second}",
            }  # fmt: skip
            receiver.at("/hooks", status(500))
            after = receiver.received[1].id
            again = [
                "listen",
                "--tenant",
                "trial",
                "--after",
                after,
                "--type",
                "document.corrected",
                "--most",
                "1",
                "--json",
            ]
            done = CliRunner().invoke(app, [*again, "--forward", f"{receiver.address}/hooks"], catch_exceptions=False)
        said = json.loads(done.stdout)
        assert (said["data"], said["answered"]) == (happened[3]["data"], 500)

    def test_nothing_happens_in_a_tenant_that_is_somebodys(
        self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_environment(world.access, tmp_path, monkeypatch)
        with pytest.raises(NotATrialTenant):
            CliRunner().invoke(app, ["trigger", "late-reading", "--tenant", "Nordluft"], catch_exceptions=False)

    def test_a_feed_tells_what_comes_and_nothing_twice(self, world: World) -> None:
        from api.operations.listening import NotificationFeed

        with application_pool(world.access) as database:
            feed = NotificationFeed(database, 1, NOON)
            assert feed.more(NOON) == []
            raise_dispute(database)
            assert [each.type.value for each in feed.more(NOON)] == ["dispute.raised"]
            assert feed.more(NOON) == []


def raise_dispute(database: Database) -> None:
    from tests.api.webhooks.test_told import dispute

    with database.transaction(1) as session:
        dispute(session)
