"""A person is one person by every way in; and issuers and subjects are named by whom they may be."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.access.identities import NewIdentity
from api.access.keys import UnknownKey
from api.access.openid import subject_of_token
from api.access.roles import Role
from api.access.ways_in import Credential, Way, borne
from api.http.routes import sessions
from api.http.security import _SCHEMES as SCHEMES
from api.http.security import document_credentials
from api.http.work_route import WorkRoute
from api.operations import people
from api.operations.people import create_identity, enrol
from api.server.database import Acting, act
from tests.api.access.issuer import key
from tests.api.access.ways import Ways, refused
from tests.billing.scene import CONTRACT
from tests.build import let_in

WAYS = ("key", "token", "openid", "session")


@pytest.mark.parametrize(("prepares", "releases"), list(product(WAYS, WAYS)))
def test_four_eyes_see_one_person_by_whichever_way_she_comes(ways: Ways, prepares: str, releases: str) -> None:
    reference = f"C-{prepares}-{releases}"
    sent = ways.acts("POST", "/v1/contracts", prepares, "anna", content=CONTRACT.replace("C-1", reference))
    assert sent.is_success, sent.text
    assert refused(ways.acts("POST", f"/v1/contracts/{reference}/release", releases, "anna")) == (409, "own-work")
    if prepares == releases:
        assert ways.acts("POST", f"/v1/contracts/{reference}/release", "key", "bert").is_success
    recorded = "select distinct recorded_by from contract_version v join contract c on c.id = v.contract_id where reference = :reference"
    assert ways.as_superuser(recorded, reference=reference) == ["anna"]


def test_the_way_in_is_named_and_says_nothing_secret(ways: Ways) -> None:
    """What an audit writes down of how somebody came."""
    known = ways.world.app.state.resources.ways_in
    now = ways.world.now
    token = ways.token("anna").json()["access_token"]
    cookie, _ = ways.signs_in(key=ways.keys["anna"])
    shown = (borne(ways.keys["anna"]), borne(token), borne(ways.issuer.token()), Credential(Way.COOKIE, cookie))
    callers = [known.who(credential, now).caller for credential in shown]
    key_id = ways.keys["anna"][:12]
    host = ways.issuer.address.removeprefix("http://")
    assert [caller.key for caller in callers] == [key_id, f"oauth:{key_id}", f"openid:{host}", "session"]
    assert all(caller == callers[0] for caller in callers), "one and the same"
    assert all(credential.shown not in repr(credential) for credential in shown)


def test_keys_alone_are_listed_and_revoked_as_keys(ways: Ways) -> None:
    ways.token("anna")
    ways.signs_in(key=ways.keys["anna"])
    with ways.working() as session:
        assert all(listed.id.startswith("usu_") for listed in people.list_keys(session))
    for other in ways.as_superuser("select id from credential where kind <> 'key' and tenant = 1"):
        with pytest.raises(UnknownKey), ways.working() as session:
            people.revoke_key(session, other, at=ways.world.now)


class TestAnIssuer:
    @pytest.mark.parametrize("issuer", [
        "http://login.example", "https://", "https://user@login.example", "https://login.example?x", "https://login.example#x", "ftp://login.example",
        "login.example", "https://login.example:99999", "https://log in.example", "https://lögin.example", "https://login.example\n", "https://" + "x" * 490 + ".example",
        "http://127.0.0.1.evil.example", "javascript:alert(1)",
    ])  # fmt: skip
    def test_whose_address_is_none_is_refused(self, ways: Ways, issuer: str) -> None:
        sent = ways.ask("PUT", "/v1/openid", ways.keys["anna"], json={"issuer": issuer, "audience": "usufruct"})
        assert sent.status_code == 422

    @pytest.mark.parametrize(
        "claim", ["email", "preferred_username", "name", "phone_number", "upn", "", " sub", "s\x00b"]
    )
    def test_does_not_name_people_by_what_changes(self, ways: Ways, claim: str) -> None:
        sent = ways.ask(
            "PUT",
            "/v1/openid",
            ways.keys["anna"],
            json={"issuer": "https://login.example", "audience": "usufruct", "claim": claim},
        )
        assert sent.status_code == 422

    def test_keeps_its_claim_and_changes_its_audience(self, ways: Ways) -> None:
        other = {"issuer": ways.issuer.address, "audience": "usufruct", "claim": "oid"}
        assert refused(ways.ask("PUT", "/v1/openid", ways.keys["anna"], json=other)) == (409, "other-claim")
        ways.trusts("anna", ways.issuer, audience="billing")
        assert ways.who(ways.issuer.token()) == (401, "token-refused")
        assert ways.who(ways.issuer.token(aud="billing")) == "anna"
        ways.trusts("anna", ways.issuer)

    def test_names_people_by_another_claim_where_the_tenant_says_so(self, ways: Ways) -> None:
        ways.person("klara")
        ways.trusts("stranger", ways.issuer, claim="oid")
        ways.world.key("lars", Role.FINANCE, tenant=2)
        ways.binds("stranger", ways.issuer, "o-lars", "lars")
        assert ways.who(ways.issuer.token("s-lars", oid="o-lars")) == "lars"
        assert ways.who(ways.issuer.token("o-lars", oid="s-lars")) == (401, "token-refused")
        # of one who is somebody in each of two tenants nobody guesses which is meant
        assert ways.who(ways.issuer.token("s-anna", oid="o-lars")) == (401, "token-refused")
        removed = {"issuer": ways.issuer.address}
        assert ways.ask("DELETE", "/v1/openid", ways.keys["stranger"], params=removed).is_success

    def test_that_is_removed_ends_what_came_of_it_and_does_not_come_back_with_it(self, ways: Ways) -> None:
        ways.person("mia")
        ways.trusts("anna", ways.foreign)
        ways.binds("anna", ways.foreign, "s-mia", "mia")
        cookie, _ = ways.signs_in(id_token=ways.foreign.token("s-mia"))
        assert (ways.who(ways.foreign.token("s-mia")), ways.who(cookie=cookie)) == ("mia", "mia")
        assert ways.who(ways.foreign.token("s-stranger")) == "stranger", "another tenant trusts it for its own people"
        removed = {"issuer": ways.foreign.address}
        assert ways.ask("DELETE", "/v1/openid", ways.keys["anna"], params=removed).is_success
        refusals = [ways.who(ways.foreign.token("s-mia")), ways.who(cookie=cookie)]
        assert refusals == [(401, "token-refused"), (401, "unauthenticated")]
        assert refused(ways.ask("DELETE", "/v1/openid", ways.keys["anna"], params=removed)) == (404, "unknown-issuer")
        ways.trusts("anna", ways.foreign)
        assert ways.who(ways.foreign.token("s-mia")) == (401, "token-refused"), "trusted again, and nobody is bound"
        assert ways.ask("DELETE", "/v1/openid", ways.keys["anna"], params=removed).is_success

    def test_is_one_of_twenty_at_most(self, ways: Ways) -> None:
        ways.as_superuser("""insert into openid_issuer (tenant, issuer, audience, claim, added_at)
                             select 1, 'https://login' || n || '.example', 'usufruct', 'sub', now() from generate_series(1, 19) n""")
        over = {"issuer": "https://one-more.example", "audience": "usufruct"}
        assert refused(ways.ask("PUT", "/v1/openid", ways.keys["anna"], json=over)) == (409, "too-many-issuers")
        assert len(ways.ask("GET", "/v1/openid", ways.keys["anna"]).json()) == 20
        ways.as_superuser("delete from openid_issuer where issuer like 'https://login%.example'")

    def test_of_a_tenant_is_seen_by_that_tenant_alone(self, ways: Ways) -> None:
        for who, issuer, name in (("anna", ways.issuer, "anna"), ("stranger", ways.foreign, "stranger")):
            listed = ways.ask("GET", "/v1/openid", ways.keys[who]).json()
            assert [row["issuer"] for row in listed] == [issuer.address]
            assert name in [row["name"] for row in ways.ask("GET", "/v1/openid/subjects", ways.keys[who]).json()]
        bound = {"issuer": ways.foreign.address, "subject": "s-stranger"}
        assert refused(ways.ask("DELETE", "/v1/openid/subjects", ways.keys["anna"], params=bound)) == (
            404,
            "unknown-subject",
        )
        body = {"issuer": ways.foreign.address, "subject": "s-me", "name": "anna"}
        assert refused(ways.ask("POST", "/v1/openid/subjects", ways.keys["anna"], json=body)) == (404, "unknown-issuer")


class TestASubject:
    def test_is_bound_to_one_person(self, ways: Ways) -> None:
        body = {"issuer": ways.issuer.address, "subject": "s-anna", "name": "bert"}
        assert refused(ways.ask("POST", "/v1/openid/subjects", ways.keys["bert"], json=body)) == (409, "subject-taken")
        with pytest.raises(IntegrityError, match="uq_openid_subject"):
            ways.as_superuser("""insert into openid_subject (tenant, issuer_id, subject, identity, bound_at)
                                 select tenant, issuer_id, subject, identity, now() from openid_subject where subject = 's-anna'""")

    @pytest.mark.parametrize("subject", ["", " s", "s\x00", "x" * 256, "s\n"])
    def test_that_names_nobody_is_refused(self, ways: Ways, subject: str) -> None:
        body = {"issuer": ways.issuer.address, "subject": subject, "name": "anna"}
        assert ways.ask("POST", "/v1/openid/subjects", ways.keys["anna"], json=body).status_code == 422

    @pytest.mark.parametrize(("who", "status"), [("finance", 403), ("blechwerke", 404), ("anna", 409)])
    def test_of_a_colleague_is_bound_by_nobody_else_where_there_are_two_owners(
        self, ways: Ways, who: str, status: int
    ) -> None:
        body = {"issuer": ways.issuer.address, "subject": f"s-{who}-2", "name": "bert"}
        assert ways.ask("POST", "/v1/openid/subjects", ways.keys[who], json=body).status_code == status
        by_hand = """insert into openid_subject (issuer_id, subject, identity, bound_at)
                     select o.id, 's-by-hand', i.id, now() from openid_issuer o, identity i where i.name = 'bert'"""
        with ways.working() as session:
            number = session.execute(text("select id from identity where name = 'anna'")).scalar_one()
            act(session, Acting(number, Role.OWNER.value))
            with pytest.raises(IntegrityError, match="a subject is bound by whom it is"):
                session.execute(text(by_hand))
            session.rollback()

    @pytest.mark.parametrize(("who", "status"), [("finance", 403), ("blechwerke", 403)])
    def test_issuers_are_named_by_whoever_manages_people(self, ways: Ways, who: str, status: int) -> None:
        assert (
            ways.ask(
                "PUT", "/v1/openid", ways.keys[who], json={"issuer": ways.issuer.address, "audience": "x"}
            ).status_code
            == status
        )

    def test_of_a_customers_person_is_bound_by_its_administrator_who_names_no_issuer(self, ways: Ways) -> None:
        with ways.working() as session:
            head = NewIdentity("head", Role.CUSTOMER, party="Blechwerke", administers=True)
            ways.keys["head"] = enrol(session, head, at=ways.world.now).key
            create_identity(session, NewIdentity("clerk", Role.CUSTOMER, party="Blechwerke"), at=ways.world.now)
        for name in ("head", "clerk"):
            let_in(ways.world.access, name)
        body: dict[str, Any] = {"issuer": ways.issuer.address, "subject": "s-clerk", "name": "clerk"}
        assert ways.ask("POST", "/v1/openid/subjects", ways.keys["head"], json=body).status_code == 201
        assert ways.who(ways.issuer.token("s-clerk")) == "clerk"
        own = ways.ask("GET", "/v1/openid/subjects", ways.keys["head"]).json()
        assert [row["name"] for row in own] == ["clerk"], "it sees its own people"
        for name in ("anna", "gießerei"):
            sent = ways.ask(
                "POST", "/v1/openid/subjects", ways.keys["head"], json=body | {"subject": "s-x", "name": name}
            )
            assert refused(sent) == (404, "unknown-identity")
        issuer = {"issuer": ways.issuer.address, "audience": "evil"}
        assert ways.ask("PUT", "/v1/openid", ways.keys["head"], json=issuer).status_code == 403
        assert (
            ways.ask("DELETE", "/v1/openid", ways.keys["head"], params={"issuer": ways.issuer.address}).status_code
            == 403
        )
        unbound = {"issuer": ways.issuer.address, "subject": "s-anna"}
        assert refused(ways.ask("DELETE", "/v1/openid/subjects", ways.keys["head"], params=unbound)) == (
            404,
            "unknown-subject",
        )


def test_the_documentation_names_every_way_in() -> None:
    app = FastAPI()
    app.include_router(sessions.router)
    document_credentials(app)
    described = app.openapi()
    assert described["components"]["securitySchemes"] == SCHEMES
    by = {method: operation.get("security") for method, operation in described["paths"]["/session"].items()}
    bearers: list[dict[str, list[str]]] = [{"Key": []}, {"ClientCredentials": []}, {"OpenID": []}]
    assert by == {
        "get": [*bearers, {"Session": []}],
        "delete": [*bearers, {"Session": [], "CsrfToken": []}],
        "post": None,
    }
    assert app.openapi() is described


def test_whoever_is_nobody_yet_is_let_in_where_one_signs_in_alone(ways: Ways) -> None:
    routes = [route for route in every_route(ways.world.app.routes) if not isinstance(route, WorkRoute)]
    assert {route.path for route in routes if route.include_in_schema} == {
        "/health",
        "/ready",
        "/session",
        "/oauth/token",
        "/problems",
        "/problems/{name}",
        "/d/{token}",
        "/d/{token}/pdf",
        "/d/{token}/original",
        "/v1/gateway-events/{account}",
        "/pay/{token}",
        "/pay/done",
        "/pay/left",
    }
    assert {route.path for route in routes if not route.include_in_schema} == {
        "/",
        "/docs",
        "/docs/start.js",
        "/metrics",
    }


def every_route(routes: Any) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif inner := getattr(route, "original_router", None):
            yield from every_route(inner.routes)


def test_an_issuers_token_is_looked_up_by_function_alone(ways: Ways) -> None:
    """Without a tenant nothing of issuers and subjects is listed; one subject is found by its name."""
    serving = ways.world.app.state.resources
    for table in ("openid_issuer", "openid_subject", "openid_use", "credential"):
        assert serving.lookup_database.look_up(f"select * from {table}", {}) == []
    known = subject_of_token(
        serving.lookup_database.look_up, serving.ways_in.keys, ways.issuer.token(private=key("one")), ways.world.now
    )
    assert known.caller.name == "anna"
