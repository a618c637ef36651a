"""The HTTP skeleton: health, readiness, and a commit that fails is never a 200."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.access.roles import Permission, Role
from api.http.app import create_app
from api.http.dependencies import StatedCall, needs
from api.http.problems import MEDIA_TYPE
from api.http.work_route import WorkRoute
from api.server.database import Access
from api.server.provision import administering, downgrade
from api.server.settings import Settings
from tests.build import a_key


def settings_for(access: Access, **more: object) -> Settings:
    return Settings.model_validate({"database_url": access.app.render_as_string(hide_password=False), **more})


@pytest.fixture
def app(access: Access) -> FastAPI:
    app = create_app(settings_for(access, pool_size=1, pool_timeout_s=0.2, tick_s=0))
    with administering(access.administrator) as connection:
        connection.execute(text("create table promise (n int unique deferrable initially deferred)"))
        connection.execute(text("grant insert on promise to usufruct_app"))
    router = APIRouter(prefix="/v1", route_class=WorkRoute)

    @router.post("/promise")
    def promise(call: Annotated[StatedCall, needs(Permission.FLEET_WRITE)], times: int) -> dict[str, str]:
        for _ in range(times):
            call.session.execute(text("insert into promise values (1)"))
        return {"said": "it is done"}

    @router.post("/cut")
    def cut(call: Annotated[StatedCall, needs(Permission.FLEET_WRITE)]) -> dict[str, str]:
        call.session.execute(text("insert into promise values (2)"))
        me = call.session.execute(text("select pg_backend_pid()")).scalar_one()
        with administering(access.administrator) as administrator:
            administrator.execute(text("select pg_terminate_backend(:me)"), {"me": me})
        return {"said": "it is done"}

    app.include_router(router)
    return app


@pytest.fixture
def client(app: FastAPI, access: Access) -> Iterator[TestClient]:
    key = a_key(access, 1, Role.OWNER, "anna", datetime(2026, 1, 1, tzinfo=UTC))
    with TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


def test_not_ready_when_the_shape_has_moved(client: TestClient, access: Access) -> None:
    downgrade(access, "base")
    answer = client.get("/ready")
    assert (
        answer.status_code,
        answer.headers["content-type"],
        answer.json()["type"],
    ) == (503, MEDIA_TYPE, "/problems/not-ready")


def test_a_commit_that_fails_is_a_409_and_never_a_200(client: TestClient, access: Access) -> None:
    assert client.post("/v1/promise", params={"times": 1}).status_code == 200
    answer = client.post("/v1/promise", params={"times": 1})  # the constraint is checked at the commit alone
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/contradicts-stored")
    assert "it is done" not in answer.text
    with administering(access.administrator) as connection:
        assert connection.execute(text("select count(*) from promise")).scalar() == 1


def test_a_connection_lost_before_the_commit_is_a_503(client: TestClient, access: Access) -> None:
    answer = client.post("/v1/cut")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")
    assert "Retry-After" in answer.headers
    with administering(access.administrator) as connection:
        assert connection.execute(text("select count(*) from promise")).scalar() == 0
    assert client.get("/ready").status_code == 200, "the pool has found a new connection"


def test_a_full_house_is_a_503_within_its_time_and_not_a_hang_and_is_ready_all_the_same(
    app: FastAPI, client: TestClient
) -> None:
    held, done = threading.Event(), threading.Event()
    router = APIRouter(prefix="/v1", route_class=WorkRoute)

    @router.get("/hold")
    def hold(call: Annotated[StatedCall, needs(Permission.FLEET_WRITE)]) -> None:
        call.session.execute(text("select 1"))
        held.set()
        done.wait(10)

    app.include_router(router)
    holder = threading.Thread(target=client.get, args=("/v1/hold",))
    holder.start()
    assert held.wait(10)
    answer = client.post("/v1/promise", params={"times": 1})
    ready, health = client.get("/ready"), client.get("/health")
    done.set()
    holder.join()
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/too-busy")
    assert "Retry-After" in answer.headers
    assert (ready.status_code, health.status_code) == (200, 200)


def test_the_schema_is_served_and_every_route_has_a_model(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert schema["info"]["title"] == "Usufruct"
    assert {"/health", "/ready"} <= schema["paths"].keys()
