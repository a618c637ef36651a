"""Sessions of a browser: a cookie that nobody makes up, that ends, and that no page of somebody else can use."""

import threading
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.access.roles import PERMISSIONS, Role
from api.access.sessions import SessionSigner
from api.operations import people
from tests.api.access.issuer import encoded, key, signed
from tests.api.access.ways import Ways, cookie_of, refused
from tests.billing.scene import FLEET
from tests.build import let_in

UNAUTHENTICATED = (401, "unauthenticated")
NOT_FROM_HERE = (403, "not-from-here")


@pytest.fixture
def session(ways: Ways) -> tuple[str, str]:
    return ways.signs_in(key=ways.keys["anna"])


class TestASession:
    def test_by_a_key_is_whose_the_key_is(self, ways: Ways, session: tuple[str, str]) -> None:
        answer = ways.ask("GET", "/session", cookie=session[0])
        assert answer.json() == {
            "name": "anna",
            "kind": "person",
            "role": "owner",
            "permissions": sorted(PERMISSIONS[Role.OWNER]),
            "csrf_token": session[1],
        }
        assert answer.headers["cache-control"] == "no-store"

    def test_by_an_id_token_is_who_its_subject_is(self, ways: Ways) -> None:
        cookie, _ = ways.signs_in(id_token=ways.issuer.token())
        assert ways.who(cookie=cookie) == "anna"

    def test_reads_and_with_its_word_writes(self, ways: Ways, session: tuple[str, str]) -> None:
        cookie, word = session
        assert ways.ask("GET", "/v1/invoices", cookie=cookie).status_code == 200
        assert ways.ask("PUT", "/v1/fleet", cookie=cookie, content=FLEET, headers={"X-CSRF-Token": word}).is_success

    def test_of_a_scoped_key_has_its_scope(self, ways: Ways) -> None:
        with ways.working() as session:
            made = people.create_key(session, "anna", scope=["usage:read"], at=ways.world.now)  # type: ignore[list-item]
        let_in(ways.world.access, "anna")
        cookie, _ = ways.signs_in(key=made.key)
        assert ways.ask("GET", "/session", cookie=cookie).json()["permissions"] == ["usage:read"]
        assert refused(ways.ask("GET", "/v1/invoices", cookie=cookie)) == (403, "forbidden")

    def test_gives_way_to_a_bearer_whatever_comes_with_it(self, ways: Ways, session: tuple[str, str]) -> None:
        assert ways.who(ways.keys["bert"], cookie=session[0]) == "bert"
        assert ways.who("usu_nobody's", cookie=session[0]) == UNAUTHENTICATED, "a bad bearer is not mended by a cookie"
        sent = ways.ask("PUT", "/v1/fleet", ways.keys["bert"], cookie=session[0], content=FLEET)
        assert sent.is_success, "a bearer needs no word"

    def test_is_no_bearer_and_a_key_no_cookie(self, ways: Ways, session: tuple[str, str]) -> None:
        number = session[0].partition(".")[0]
        for shown in (number, session[0]):
            assert ways.who(shown) == UNAUTHENTICATED
        assert ways.who(cookie=ways.keys["anna"]) == UNAUTHENTICATED
        signer = ways.world.app.state.resources.ways_in.signer
        assert ways.who(cookie=signer.cookie(ways.keys["anna"])) == UNAUTHENTICATED

    @pytest.mark.parametrize(("base", "name", "attributes"), [
        ("http://127.0.0.1", "usufruct_session", {"httponly", "path=/", "samesite=lax"}),
        ("http://localhost:8000", "usufruct_session", {"httponly", "path=/", "samesite=lax"}),
        ("https://billing.example", "__Host-usufruct_session", {"httponly", "path=/", "samesite=lax", "secure"}),
        ("http://billing.example", "usufruct_session", {"httponly", "path=/", "samesite=lax", "secure"}),
    ])  # fmt: skip
    def test_comes_with_a_cookie_that_stays_where_it_belongs(
        self, ways: Ways, base: str, name: str, attributes: set[str]
    ) -> None:
        client = TestClient(ways.world.app, base_url=base)
        answer = client.post("/session", json={"key": ways.keys["anna"]})
        first, *rest = answer.headers["set-cookie"].split("; ")
        assert (first.partition("=")[0], {word.lower() for word in rest}) == (name, attributes)
        gone = client.delete("/session", headers={"Cookie": first, "X-CSRF-Token": answer.json()["csrf_token"]})
        assert gone.status_code == 204
        assert gone.headers["set-cookie"].startswith(f'{name}=""')

    def test_over_https_is_not_taken_from_a_cookie_that_anybody_near_could_set(
        self, ways: Ways, session: tuple[str, str]
    ) -> None:
        client = TestClient(ways.world.app, base_url="https://billing.example")
        assert client.get("/session", headers={"Cookie": f"usufruct_session={session[0]}"}).status_code == 401
        assert client.get("/session", headers={"Cookie": f"__Host-usufruct_session={session[0]}"}).status_code == 200


class TestASessionEnds:
    def test_when_it_is_closed_for_every_copy_of_its_cookie(self, ways: Ways, session: tuple[str, str]) -> None:
        cookie, word = session
        assert ways.ask("DELETE", "/session", cookie=cookie, headers={"X-CSRF-Token": word}).status_code == 204
        assert ways.who(cookie=cookie) == UNAUTHENTICATED

    def test_unused_for_half_an_hour(self, ways: Ways, session: tuple[str, str]) -> None:
        with ways.later(minutes=30):
            assert ways.who(cookie=session[0]) == UNAUTHENTICATED

    def test_after_twelve_hours_however_much_it_is_used(self, ways: Ways, session: tuple[str, str]) -> None:
        for times in range(1, 25):
            with ways.later(minutes=29 * times):
                assert ways.who(cookie=session[0]) == "anna"
        with ways.later(hours=12, seconds=-1):
            assert ways.who(cookie=session[0]) == "anna", "24 times 29 minutes and then 24 more"
        with ways.later(hours=12):
            assert ways.who(cookie=session[0]) == UNAUTHENTICATED

    def test_with_its_key(self, ways: Ways) -> None:
        ways.person("hanna")
        cookie, _ = ways.signs_in(key=ways.keys["hanna"])
        with ways.working() as session:
            people.revoke_key(session, ways.keys["hanna"][:12], at=ways.world.now)
        assert ways.who(cookie=cookie) == UNAUTHENTICATED

    def test_with_whose_it_is(self, ways: Ways) -> None:
        ways.person("ida")
        ways.binds("anna", ways.issuer, "s-ida", "ida")
        cookies = [ways.signs_in(key=ways.keys["ida"])[0], ways.signs_in(id_token=ways.issuer.token("s-ida"))[0]]
        with ways.working() as session:
            people.disable_identity(session, "ida", at=ways.world.now)
        assert [ways.who(cookie=cookie) for cookie in cookies] == [UNAUTHENTICATED] * 2
        assert ways.who(ways.issuer.token("s-ida")) == (401, "token-refused")

    def test_with_its_subject(self, ways: Ways) -> None:
        ways.person("jan")
        ways.binds("anna", ways.issuer, "s-jan", "jan")
        cookie, _ = ways.signs_in(id_token=ways.issuer.token("s-jan"))
        assert ways.who(cookie=cookie) == "jan"
        bound = {"issuer": ways.issuer.address, "subject": "s-jan"}
        assert ways.ask("DELETE", "/v1/openid/subjects", ways.keys["anna"], params=bound).is_success
        assert ways.who(cookie=cookie) == UNAUTHENTICATED
        assert ways.who(ways.issuer.token("s-jan")) == (401, "token-refused")

    def test_and_is_swept(self, ways: Ways) -> None:
        ways.signs_in(id_token=ways.issuer.token(jti="swept"))
        with ways.later(hours=1):
            ways.signs_in(key=ways.keys["anna"])
            now = ways.world.now
        ended = "select count(*) from credential where kind = 'session' and tenant = 1 and expires_at <= :now"
        assert ways.as_superuser(ended, now=now) == [0]
        assert ways.as_superuser("select count(*) from openid_use where expires_at <= :now", now=now) == [0]


class TestACookie:
    @pytest.mark.parametrize("secret", [b"", b"\0" * 32, b"another"])
    def test_signed_elsewhere_is_refused_without_asking_the_database(
        self, ways: Ways, session: tuple[str, str], secret: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number = session[0].partition(".")[0]
        monkeypatch.setattr(ways.world.app.state.resources.ways_in, "database", None)
        assert ways.who(cookie=SessionSigner(secret).cookie(number)) == UNAUTHENTICATED

    def test_that_is_another_by_a_character_is_refused(self, ways: Ways, session: tuple[str, str]) -> None:
        cookie = session[0]
        for at in range(0, len(cookie), 5):
            ways.world.app.state.resources.guesses.__init__()
            letter = "B" if cookie[at] == "A" else "A"
            assert ways.who(cookie=cookie[:at] + letter + cookie[at + 1 :]) == UNAUTHENTICATED
        for other in (cookie + "A", cookie[:-1], "." + cookie, cookie.replace(".", ""), f"{cookie}.{cookie}", "é", "."):
            assert refused(
                ways.ask("GET", "/session", headers={"Cookie": f"usufruct_session={other}".encode()})
            ) == UNAUTHENTICATED  # fmt: skip

    def test_that_was_planted_before_is_not_taken_over(self, ways: Ways, session: tuple[str, str]) -> None:
        planted, _ = session
        answer = ways.ask("POST", "/session", cookie=planted, json={"key": ways.keys["bert"]})
        given = cookie_of(answer)
        assert given != planted
        assert ways.who(cookie=given) == "bert"
        assert ways.who(cookie=planted) == UNAUTHENTICATED, "what was there before has ended"

    def test_is_a_new_one_at_each_sign_in(self, ways: Ways) -> None:
        assert len({ways.signs_in(key=ways.keys["anna"])[0] for _ in range(5)}) == 5

    def test_has_a_secret_that_the_application_only_reads_and_of_which_there_is_one(self, ways: Ways) -> None:
        for statement in (
            "update signing_secret set secret = ''",
            "delete from signing_secret",
            "insert into signing_secret (secret) values ('x')",
        ):
            with pytest.raises(Exception, match="permission denied"), ways.working() as session:
                session.connection().exec_driver_sql(statement)
        for statement in (
            "insert into signing_secret (secret) values ('x')",
            "insert into signing_secret values (false, 'x')",
        ):
            with pytest.raises(Exception, match=r"pk_signing_secret|is_one"):
                ways.as_superuser(statement)
        assert ways.as_superuser("select length(secret) from signing_secret") == [32]


class TestARequestByCookie:
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    @pytest.mark.parametrize(("headers", "why"), [
        ({}, "without a word"), ({"X-CSRF-Token": ""}, "with none"), ({"X-CSRF-Token": "x" * 43}, "with another"), ({"X-CSRF-Token": "é"}, "with no ASCII"),
    ])  # fmt: skip
    def test_that_writes_without_the_sessions_word_is_refused(
        self, ways: Ways, session: tuple[str, str], method: str, headers: dict[str, str], why: str
    ) -> None:
        path = {"POST": "/v1/contracts", "PUT": "/v1/fleet", "DELETE": "/session"}[method]
        sent = ways.ask(
            method, path, cookie=session[0], headers={name: value.encode() for name, value in headers.items()}
        )
        assert refused(sent) == NOT_FROM_HERE
        assert ways.who(cookie=session[0]) == "anna"

    def test_that_writes_with_the_word_of_another_session_is_refused(
        self, ways: Ways, session: tuple[str, str]
    ) -> None:
        for who in ("anna", "bert"):
            _, word = ways.signs_in(key=ways.keys[who])
            sent = ways.ask("PUT", "/v1/fleet", cookie=session[0], content=FLEET, headers={"X-CSRF-Token": word})
            assert refused(sent) == NOT_FROM_HERE

    @pytest.mark.parametrize("headers", [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:81"}, {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "cross-site"},
    ])  # fmt: skip
    def test_that_another_site_sends_is_refused_even_with_the_word(
        self, ways: Ways, session: tuple[str, str], headers: dict[str, str]
    ) -> None:
        sent = ways.ask("DELETE", "/session", cookie=session[0], headers={"X-CSRF-Token": session[1], **headers})
        assert refused(sent) == NOT_FROM_HERE
        signing_in = ways.ask("POST", "/session", json={"key": ways.keys["anna"]}, headers=headers)
        assert refused(signing_in) == NOT_FROM_HERE, "nor does another site sign anybody in"
        assert "set-cookie" not in signing_in.headers

    def test_that_its_own_page_sends_is_let_in(self, ways: Ways, session: tuple[str, str]) -> None:
        own = {"X-CSRF-Token": session[1], "Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
        assert ways.ask("PUT", "/v1/fleet", cookie=session[0], content=FLEET, headers=own).is_success


class TestASmallDelivery:
    """Of keys, and tokens had for them, it is asked with the work who they are; of all else before."""

    def test_by_a_session_needs_its_word_each_time_and_ends_with_it(self, ways: Ways, session: tuple[str, str]) -> None:
        cookie, word = session
        for at in range(3):
            assert delivered(ways, at, cookie=cookie, headers={"X-CSRF-Token": word}).is_success
            assert refused(delivered(ways, at, cookie=cookie)) == NOT_FROM_HERE
        ways.ask("DELETE", "/session", cookie=cookie, headers={"X-CSRF-Token": word})
        assert refused(delivered(ways, 9, cookie=cookie, headers={"X-CSRF-Token": word})) == UNAUTHENTICATED

    def test_by_a_token_of_an_issuer_ends_with_it(self, ways: Ways) -> None:
        ways.person("olga")
        ways.binds("anna", ways.issuer, "s-olga", "olga")
        token = ways.issuer.token("s-olga")
        for at in range(3):
            assert delivered(ways, at, token).is_success
        with ways.later(minutes=6):
            assert refused(delivered(ways, 9, token)) == (401, "token-refused")
        bound = {"issuer": ways.issuer.address, "subject": "s-olga"}
        assert ways.ask("DELETE", "/v1/openid/subjects", ways.keys["anna"], params=bound).is_success
        assert refused(delivered(ways, 9, token)) == (401, "token-refused")


def delivered(ways: Ways, at: int, bearer: str | None = None, **more: Any) -> Any:
    row = f"time,register,value\n2026-01-05T{10 + at}:00+01:00,kwh,60\n"
    headers = {"Content-Type": "text/csv", **more.pop("headers", {})}
    return ways.ask("POST", "/v1/readings", bearer, content=row, headers=headers, **more)


class TestWhoSignsIn:
    @pytest.mark.parametrize("content", [
        "", "{", "[]", "1", '"x"', "{}", '{"key": ""}', '{"key": 1}', '{"key": null}', '{"key": ["usu_secret"]}', '{"key": "usu_secret", "id_token": "x.y.z"}',
        '{"key": "usu_secret", "key": "usu_secret"}', '{"password": "usu_secret"}', '{"key": "usu_secret\\ud800"}', "[" * 10_000, b"\xff",
    ])  # fmt: skip
    def test_with_no_credential_is_told_the_form_and_not_what_was_sent(self, ways: Ways, content: Any) -> None:
        answer = ways.ask("POST", "/session", content=content, headers={"Content-Type": "application/json"})
        assert refused(answer) == (422, "invalid-request")
        assert "usu_secret" not in answer.text

    def test_by_a_form_of_another_site_is_refused(self, ways: Ways) -> None:
        content = '{"key": "' + ways.keys["anna"] + '"}'
        for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            assert refused(ways.ask("POST", "/session", content=content, headers={"Content-Type": media})) == (
                415,
                "wrong-media-type",
            )

    def test_with_too_much_is_refused(self, ways: Ways) -> None:
        assert refused(ways.ask("POST", "/session", json={"key": "x" * 20_000})) == (413, "too-large")

    def test_with_a_key_in_the_place_of_a_token_is_refused(self, ways: Ways) -> None:
        assert refused(ways.ask("POST", "/session", json={"id_token": ways.keys["anna"]})) == (401, "token-refused")
        assert refused(ways.ask("POST", "/session", json={"key": ways.issuer.token()})) == UNAUTHENTICATED


class TestAnIdToken:
    def test_opens_one_session(self, ways: Ways) -> None:
        token = ways.issuer.token(jti="once")
        ways.signs_in(id_token=token)
        again = ways.ask("POST", "/session", json={"id_token": token})
        assert refused(again) == (401, "token-refused")
        assert "set-cookie" not in again.headers

    def test_with_the_other_signature_that_is_right_opens_no_other(self, ways: Ways) -> None:
        """Of ECDSA's signature (r, s), (r, n − s) is one as well: another token to the letter, and the same one."""
        private = key("curve", "EC", "P-256")
        ways.issuer.publishes(private)
        token = ways.issuer.token(private=private, algorithm="ES256", jti="twice")
        ways.signs_in(id_token=token)
        assert ways.who(twin_of(token)) == "anna", "it is right"
        assert refused(ways.ask("POST", "/session", json={"id_token": twin_of(token)})) == (401, "token-refused")

    def test_used_by_eight_at_once_opens_one(self, ways: Ways) -> None:
        token, statuses, start = ways.issuer.token(jti="at once"), list[int](), threading.Barrier(8)

        def sign_in() -> None:
            start.wait()
            statuses.append(ways.world.client.post("/session", json={"id_token": token}).status_code)

        threads = [threading.Thread(target=sign_in) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [201, *[401] * 7]

    @pytest.mark.parametrize("more", [
        pytest.param({"aud": ["usufruct", "another"]}, id="of several audiences, asked for by none"),
        pytest.param({"aud": ["usufruct", "another"], "azp": "another"}, id="asked for by another"),
        pytest.param({"azp": "another"}, id="asked for by another alone"),
    ])  # fmt: skip
    def test_that_another_client_had_opens_none(self, ways: Ways, more: dict[str, Any]) -> None:
        assert refused(ways.ask("POST", "/session", json={"id_token": ways.issuer.token(**more)})) == (
            401,
            "token-refused",
        )

    def test_that_is_an_access_token_opens_none(self, ways: Ways) -> None:
        token = signed({"alg": "RS256", "kid": "one", "typ": "at+jwt"}, ways.issuer.claims(), key("one"))
        assert ways.who(token) == "anna"
        assert refused(ways.ask("POST", "/session", json={"id_token": token})) == (401, "token-refused")


def twin_of(token: str) -> str:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    head, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature + "==")
    return f"{head}.{encoded(raw[:32] + (order - int.from_bytes(raw[32:])).to_bytes(32)).decode()}"
