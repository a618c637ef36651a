"""Short-lived tokens for a key: the answers of RFC 6749, the end with the key, and nothing that leads further."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest

from api.access.roles import PERMISSIONS, Role
from api.operations import people
from tests.api.access.ways import Ways, refused
from tests.build import let_in

UNAUTHENTICATED = (401, "unauthenticated")
ROW = "time,register,value\n2026-01-05T10:00+01:00,kwh,60\n"


def basic(client: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client}:{secret}".encode()).decode()}


def granted(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


class TestAToken:
    def test_is_answered_in_the_form_of_the_rfc(self, ways: Ways) -> None:
        answer = ways.token("anna")
        body = answer.json()
        assert (body.pop("access_token")[:4], body.pop("scope").split()) == ("uto_", sorted(PERMISSIONS[Role.OWNER]))
        assert body == {"token_type": "Bearer", "expires_in": 600}
        assert answer.headers["cache-control"] == "no-store"

    def test_is_the_person_whose_the_key_is(self, ways: Ways) -> None:
        assert ways.who(granted(ways.token("anna"))) == "anna"

    def test_is_had_by_http_basic_as_well(self, ways: Ways) -> None:
        form = {"grant_type": "client_credentials"}
        headers = basic(ways.keys["anna"][:12], ways.keys["anna"])
        assert ways.who(granted(ways.ask("POST", "/oauth/token", data=form, headers=headers))) == "anna"

    def test_works_for_ten_minutes(self, ways: Ways) -> None:
        token = granted(ways.token("anna"))
        with ways.later(seconds=599):
            assert ways.who(token) == "anna"
        with ways.later(seconds=600):
            assert ways.who(token) == UNAUTHENTICATED

    def test_may_do_less_than_the_key_and_never_more(self, ways: Ways) -> None:
        token = granted(ways.token("anna", scope="usage:read readings:read"))
        assert ways.ask("GET", "/session", token).json()["permissions"] == ["readings:read", "usage:read"]
        assert refused(ways.ask("GET", "/v1/invoices", token)) == (403, "forbidden")
        ways.person("metering", Role.METER)
        assert ways.token("metering").json()["scope"] == "readings:write"
        assert ways.token("metering", scope="invoices:issue").json()["error"] == "invalid_scope"

    def test_of_a_scoped_key_has_its_scope(self, ways: Ways) -> None:
        with ways.working() as session:
            made = people.create_key(session, "anna", scope=["usage:read"], at=ways.world.now)  # type: ignore[list-item]
        let_in(ways.world.access, "anna")
        ways.keys["scoped"] = made.key
        token = granted(ways.token("scoped"))
        assert ways.ask("GET", "/session", token).json()["permissions"] == ["usage:read"]
        assert ways.token("scoped", scope="usage:read people:read").json()["error"] == "invalid_scope"


class TestATokenEnds:
    def test_with_its_key_at_once(self, ways: Ways) -> None:
        key = ways.person("carla")
        token = granted(ways.token("carla"))
        assert ways.who(token) == "carla"
        with ways.working() as session:
            people.revoke_key(session, key[:12], at=ways.world.now)
        assert ways.who(token) == UNAUTHENTICATED

    def test_with_its_key_also_where_small_deliveries_are_let_in_with_the_work(self, ways: Ways) -> None:
        key = ways.person("gate", Role.METER)
        token = granted(ways.token("gate"))
        for value in ("60", "61", "62"):
            sent = ways.ask(
                "POST", "/v1/readings", token, content=ROW.replace("60", value), headers={"Content-Type": "text/csv"}
            )
            assert sent.is_success, sent.text
        with ways.working() as session:
            people.revoke_key(session, key[:12], at=ways.world.now)
        sent = ways.ask(
            "POST", "/v1/readings", token, content=ROW.replace("60", "63"), headers={"Content-Type": "text/csv"}
        )
        assert refused(sent) == UNAUTHENTICATED
        (stored,) = ways.as_superuser("select count(*) from reading where value = 63")
        assert stored == 0

    def test_with_its_key_that_expires_or_is_rotated(self, ways: Ways) -> None:
        key = ways.person("dora")
        token = granted(ways.token("dora"))
        with ways.working() as session:
            people.rotate_key(session, key[:12], overlap=timedelta(minutes=5), at=ways.world.now)
        with ways.later(minutes=4):
            assert ways.who(token) == "dora"
        with ways.later(minutes=5):
            assert ways.who(token) == UNAUTHENTICATED

    def test_with_whose_it_is(self, ways: Ways) -> None:
        ways.person("emil")
        token = granted(ways.token("emil"))
        with ways.working() as session:
            people.disable_identity(session, "emil", at=ways.world.now)
        assert ways.who(token) == UNAUTHENTICATED

    def test_and_is_swept(self, ways: Ways) -> None:
        ways.person("frieda")
        granted(ways.token("frieda"))
        with ways.later(minutes=11):
            granted(ways.token("frieda"))
        count = "select count(*) from credential where kind = 'token' and of_key = :key"
        assert ways.as_superuser(count, key=ways.keys["frieda"][:12]) == [1]


class TestAClientIsRefused:
    @pytest.mark.parametrize(("form", "status", "error"), [
        pytest.param({"grant_type": None}, 400, "invalid_request", id="no grant type"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="another grant type"),
        pytest.param({"client_id": None}, 401, "invalid_client", id="no id"),
        pytest.param({"client_secret": None}, 401, "invalid_client", id="no secret"),
        pytest.param({"client_secret": "usu_" + "x" * 43}, 401, "invalid_client", id="another secret"),
        pytest.param({"client_secret": "ä"}, 401, "invalid_client", id="a secret that no key is"),
        pytest.param({"client_id": "usu_xxxxxxxx"}, 401, "invalid_client", id="another id"),
        pytest.param({"client_id": "USU"}, 401, "invalid_client", id="an id that is none"),
        pytest.param({"scope": "everything"}, 400, "invalid_scope", id="no such scope"),
        pytest.param({"scope": "contracts:sign"}, 400, "invalid_scope", id="a scope beyond the role"),
        pytest.param({"scope": "usage:read everything"}, 400, "invalid_scope", id="a scope in part"),
    ])  # fmt: skip
    def test_in_the_form_of_the_rfc(self, ways: Ways, form: dict[str, str | None], status: int, error: str) -> None:
        key = ways.keys["anna"]
        whole = {"grant_type": "client_credentials", "client_id": key[:12], "client_secret": key} | form
        answer = ways.ask(
            "POST", "/oauth/token", data={name: value for name, value in whole.items() if value is not None}
        )
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert answer.json().keys() == {"error", "error_description"}
        assert ("www-authenticate" in answer.headers) is (status == 401)
        assert answer.headers["cache-control"] == "no-store"
        assert key[4:] not in answer.text

    def test_in_two_ways_at_once(self, ways: Ways) -> None:
        key = ways.keys["anna"]
        form = {"grant_type": "client_credentials", "client_secret": key}
        answer = ways.ask("POST", "/oauth/token", data=form, headers=basic(key[:12], key))
        assert answer.json()["error"] == "invalid_request"

    @pytest.mark.parametrize(
        "header", ["Basic", "Basic !", "Basic w6Q=", "Basic " + b64encode(b"x").decode(), "Bearer x", "Digest x"]
    )
    def test_whose_header_is_none(self, ways: Ways, header: str) -> None:
        answer = ways.ask(
            "POST", "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize(("content", "media"), [
        ('{"grant_type": "client_credentials"}', "application/json"), ("grant_type=a&grant_type=a", "application/x-www-form-urlencoded"),
        (b"grant_type=\xff", "application/x-www-form-urlencoded"), ("grant_type=%ff", "application/x-www-form-urlencoded"),
        ("&".join(f"a{at}=1" for at in range(30)), "application/x-www-form-urlencoded"), ("", "application/x-www-form-urlencoded"),
    ])  # fmt: skip
    def test_whose_form_is_none(self, ways: Ways, content: Any, media: str) -> None:
        answer = ways.ask("POST", "/oauth/token", content=content, headers={"Content-Type": media})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")

    def test_that_sends_too_much(self, ways: Ways) -> None:
        assert refused(ways.ask("POST", "/oauth/token", data={"grant_type": "x" * 9000})) == (413, "too-large")

    def test_that_has_a_token_and_no_key(self, ways: Ways) -> None:
        token = granted(ways.token("anna"))
        for client in (token[:12], token[:16], f"oauth:{ways.keys['anna'][:12]}", ways.keys["anna"][:12]):
            form = {"grant_type": "client_credentials", "client_id": client, "client_secret": token}
            answer = ways.ask("POST", "/oauth/token", data=form)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert refused(ways.ask("POST", "/session", json={"key": token})) == UNAUTHENTICATED

    def test_whose_key_works_no_more_as_if_there_were_none(self, ways: Ways) -> None:
        ways.person("gustav")
        unknown = ways.ask(
            "POST",
            "/oauth/token",
            data={"grant_type": "client_credentials", "client_id": "usu_xxxxxxxx", "client_secret": "usu_" + "x" * 43},
        )
        with ways.working() as session:
            people.revoke_key(session, ways.keys["gustav"][:12], at=ways.world.now)
        revoked = ways.token("gustav")
        told = [dict(answer.headers) | {"x-request-id": ""} for answer in (revoked, unknown)]
        assert (revoked.status_code, revoked.json(), told[0]) == (unknown.status_code, unknown.json(), told[1])
