"""Pay pages over HTTP: who has the link pays, who guesses is told nothing, and browsers run and keep nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.http.app import create_app
from api.http.dependencies import clock
from api.operations import pay_pages
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from billing.payments.links import make_pay_link
from tests.api.audit.scene import entries
from tests.api.http.test_app import settings_for
from tests.billing.payments.pay_scene import Door, SavingGateway
from tests.billing.payments.till import ACCOUNT, NUMBER, Till, opened
from tests.billing.scene import CONTRACT, Scene
from tests.build import acts
from tests.conftest import application_pool, world_copy

#: Who bills by a scene does nothing as a superuser here.
NOT_NEEDED: Any = None


@pytest.fixture
def served(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[tuple[Door, TestClient]]:
    def build(access: Access) -> None:
        opened(access, saved=False)

    copied = world_copy(server, "a document and no card", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        till = Till(pool)
        till.gateway = SavingGateway(lambda: till.now)
        app = create_app(settings_for(access, pool_size=2, tick_s=0))

        def now() -> datetime:
            return till.now

        app.dependency_overrides[clock] = now
        with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
            accounts = (GatewayAccount(ACCOUNT, "Nordluft", "Nordluft", till.gateway),)
            resources = app.state.resources
            app.state.resources = replace(resources, gateways=GatewaysSetUp(accounts, "https://billing.example"))
            yield Door(till), client


def test_the_page_leads_to_the_gateway_and_back(served: tuple[Door, TestClient]) -> None:
    door, client = served
    token, link = door.link()
    page = client.get(f"/pay/{token}")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https:;" in policy
    assert "script-src" not in policy
    kept = [page.headers[name] for name in ("cache-control", "referrer-policy", "x-robots-tag")]
    assert kept == ["no-store", "no-referrer", "noindex"]
    assert page.text.count("<form") == page.text.count("<button") == 1
    clicked = client.post(f"/pay/{token}", headers={"Content-Type": "application/x-www-form-urlencoded"})
    session = door.till.gateway.sessions()[0]
    assert (clicked.status_code, clicked.headers["location"]) == (303, f"https://gateway.example/{session.id}")
    assert client.post(f"/pay/{token}").headers["location"] == clicked.headers["location"]
    door.till.gateway.pays_in(session, "done")
    door.till.hears()
    answered = client.post(f"/pay/{token}")
    assert (answered.status_code, "Nothing is open" in answered.text) == (409, True)
    for where in ("done", "left"):
        back = client.get(f"/pay/{where}", headers={"Accept-Language": "fr, de-AT;q=0.8"})
        assert (back.status_code, '<html lang="de">' in back.text) == (200, True)
        assert NUMBER not in back.text
    door.revokes(link.id)
    ended = client.get(f"/pay/{token}")
    assert (ended.status_code, "not valid any more" in ended.text) == (410, True)


def test_who_guesses_is_locked_out_and_who_has_the_link_is_not(served: tuple[Door, TestClient]) -> None:
    door, client = served
    token, _ = door.link()
    assert client.get(f"/pay/{token}").status_code == 200
    answers = [client.get(f"/pay/{number:043}").status_code for number in range(60)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert {404, 429} == set(answers)
    assert client.post("/pay/" + "y" * 43).status_code == 429
    assert client.get(f"/pay/{token}").status_code == 200
    assert door.till.gateway.calls == 0


def test_a_gateway_that_is_busy_is_a_503_with_the_button(served: tuple[Door, TestClient]) -> None:
    door, client = served
    token, _ = door.link()
    door.till.gateway.faults = ["busy"]
    answer = client.post(f"/pay/{token}")
    assert (answer.status_code, "try again in some minutes" in answer.text, "<button" in answer.text) == (
        503,
        True,
        True,
    )
    assert client.post(f"/pay/{token}").status_code == 303


class TestEveryClickIsOnTheRecord:
    """Whatever comes of it: an entry of the tenant whose link it is, with the link, and never with its token."""

    def clicked(self, door: Door, tenant: int = 1) -> list[str]:
        return [
            one.entry.object
            for one in entries(door.till.database, tenant)
            if one.entry.operation == "POST /pay/{token}"
        ]

    def test_what_leads_to_the_gateway_and_what_does_not(self, served: tuple[Door, TestClient]) -> None:
        door, client = served
        (token, link), (ended, ended_link) = door.link(), door.link(days=60)
        said = list[str]()

        def clicks(shown: str, key: int, status: int, outcome: str) -> None:
            assert client.post(f"/pay/{shown}").status_code == status
            said.append(f"link {key}: {outcome}")
            assert self.clicked(door) == said

        door.till.gateway.faults = ["busy"]
        clicks(token, link.id, 503, "unavailable")
        clicks(token, link.id, 303, "led to the gateway")
        clicks(token, link.id, 303, "led to the gateway")
        door.till.gateway.pays_in(door.till.gateway.sessions()[0], "done")
        door.till.hears()
        clicks(token, link.id, 409, "settled")
        door.revokes(ended_link.id)
        clicks(ended, ended_link.id, 410, "revoked")
        door.till.passes(days=31)
        clicks(token, link.id, 410, "expired")
        listed = entries(door.till.database)
        assert not [one for one in listed if token in str(one) or ended in str(one)]
        assert {one.entry.address for one in listed if one.entry.operation.startswith("POST /pay")} == {"testclient"}

    def test_what_is_nobodys_is_nobodys_to_record(self, served: tuple[Door, TestClient]) -> None:
        door, client = served
        before = {tenant: len(entries(door.till.database, tenant)) for tenant in (1, 2)}
        assert client.post("/pay/" + "y" * 43).status_code == 404
        assert {tenant: len(entries(door.till.database, tenant)) for tenant in (1, 2)} == before

    def test_what_nobody_foresaw(self, served: tuple[Door, TestClient], monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        door, client = served
        token, link = door.link()
        monkeypatch.setattr(pay_pages, "ask_page", broken)
        assert client.post(f"/pay/{token}").status_code == 500
        assert self.clicked(door) == [f"link {link.id}: nobody knows what came of it"]

    def test_another_tenants_link_is_on_the_record_of_that_tenant(self, served: tuple[Door, TestClient]) -> None:
        door, client = served
        scene = Scene(NOT_NEEDED, door.till.database, tenant=2).declared(CONTRACT)
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        with door.till.database.transaction(2) as session:
            token, link = make_pay_link(session, NUMBER, None, days=30, by=acts(session, "anna"), at=door.till.now)
        assert client.post(f"/pay/{token}").status_code == 503
        assert (self.clicked(door, 1), self.clicked(door, 2)) == ([], [f"link {link.id}: unavailable"])
        assert door.till.gateway.calls == 0
