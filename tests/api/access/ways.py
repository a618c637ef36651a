"""Anna and others, who come in by every way: a key, a token had for it, a token of an issuer, a session."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.access.openid_keys import IssuerKeys
from api.access.roles import Role
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from tests.api.access.issuer import AUDIENCE, Issuer, an_issuer, key
from tests.conftest import application_pool, fresh_database
from tests.scenarios.world import World, a_world

HERE = "http://127.0.0.1"


class Ways:
    """The application, an issuer that its first tenant trusts, one that its second trusts, and who asks."""

    def __init__(self, world: World, issuer: Issuer, foreign: Issuer) -> None:
        self.world, self.issuer, self.foreign = world, issuer, foreign
        self.world.client.base_url = HERE
        self.ticks = 0.0
        self.keys = self.world.keys
        for name in ("anna", "bert"):
            world.key(name, Role.OWNER)
        self.trusts("anna", issuer)
        self.binds("anna", issuer, "s-anna", "anna")
        self.trusts("stranger", foreign)
        self.binds("stranger", foreign, "s-stranger", "stranger")
        self.forgets()

    def forgets(self) -> None:
        """Know no issuer's keys and no guesses, as a process that has just started; issuers are as they should be."""
        serving = self.world.app.state.resources
        serving.ways_in.keys = IssuerKeys(loopback=True, monotonic=lambda: self.ticks)
        serving.guesses.__init__()
        self.world.client.cookies.clear()
        self.issuer.as_it_should_be()
        self.foreign.as_it_should_be()

    def trusts(self, who: str, issuer: Issuer, **more: str) -> None:
        body = {"issuer": issuer.address, "audience": AUDIENCE, **more}
        self.world.done(who, "PUT", "/v1/openid", json=body)

    def binds(self, who: str, issuer: Issuer, subject: str, name: str) -> None:
        """Everybody binds for themselves; of who has no key, an administrator's hand does."""
        body = {"issuer": issuer.address, "subject": subject, "name": name}
        if name in self.keys or who != "anna":
            self.world.done(name if name in self.keys else who, "POST", "/v1/openid/subjects", json=body)
            return
        self.as_superuser(
            """insert into openid_subject (tenant, issuer_id, subject, identity, bound_at)
               select o.tenant, o.id, :subject, i.id, now() from openid_issuer o join identity i on i.tenant = o.tenant
               where o.issuer = :issuer and o.removed_at is null and i.name = :name""",
            **body,
        )

    def ask(self, method: str, path: str, bearer: str | None = None, cookie: str | None = None, **more: Any) -> Any:
        headers = more.pop("headers", {})
        if bearer is not None:
            headers = {"Authorization": f"Bearer {bearer}", **headers}
        if cookie is not None:
            headers = {"Cookie": f"usufruct_session={cookie}", **headers}
        self.world.client.cookies.clear()
        answer = self.world.client.request(method, path, headers=headers, **more)
        self.world.client.cookies.clear()
        return answer

    def who(self, bearer: str | None = None, cookie: str | None = None) -> Any:
        """Who one is by a credential, or the status and the slug of the refusal."""
        answer = self.ask("GET", "/session", bearer, cookie)
        return answer.json()["name"] if answer.is_success else refused(answer)

    def acts(self, method: str, path: str, way: str, name: str, **more: Any) -> Any:
        """Ask as somebody who comes by one of the four ways."""
        match way:
            case "key":
                return self.ask(method, path, self.keys[name], **more)
            case "token":
                return self.ask(method, path, self.token(name).json()["access_token"], **more)
            case "openid":
                return self.ask(method, path, self.issuer.token(f"s-{name}"), **more)
            case _:
                cookie, word = self.signs_in(key=self.keys[name])
                return self.ask(method, path, cookie=cookie, headers={"X-CSRF-Token": word}, **more)

    def token(self, name: str, **more: str) -> Any:
        """Ask for a token for somebody's key."""
        form = {"grant_type": "client_credentials", "client_id": self.keys[name][:12], "client_secret": self.keys[name]}
        return self.ask("POST", "/oauth/token", data=form | more)

    def signs_in(self, **body: str) -> tuple[str, str]:
        """Open a session: its cookie and its word."""
        answer = self.ask("POST", "/session", json=body)
        assert answer.status_code == 201, answer.text
        return cookie_of(answer), answer.json()["csrf_token"]

    def person(self, name: str, role: Role = Role.OWNER) -> str:
        """A person of that name, who has a key; say it."""
        self.world.key(name, role)
        return self.keys[name]

    @contextmanager
    def working(self) -> Iterator[Session]:
        """A transaction of the first tenant."""
        with application_pool(self.world.access) as pool, pool.transaction(1) as session:
            yield session

    def as_superuser(self, statement: str, **given: object) -> list[Any]:
        with administering(self.world.access.administrator) as connection:
            asked = connection.execute(text(statement), given)
            return list(asked.scalars()) if asked.returns_rows else []

    @contextmanager
    def later(self, **delta: float) -> Iterator[None]:
        before = self.world.now
        self.world.now += timedelta(**delta)
        try:
            yield
        finally:
            self.world.now = before


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def cookie_of(answer: Any) -> str:
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "usufruct_session"
    return str(rest.partition(";")[0])


@contextmanager
def the_ways(server: EmbeddedServer, name: str) -> Iterator[Ways]:
    with pytest.MonkeyPatch.context() as patch, fresh_database(server, name) as access:
        patch.setenv("USUFRUCT_OPENID_LOOPBACK", "true")
        with (
            a_world(access) as world,
            an_issuer(lambda: world.now, key("one")) as issuer,
            an_issuer(lambda: world.now, key("foreign")) as foreign,
        ):
            yield Ways(world, issuer, foreign)
