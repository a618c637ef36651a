"""Credentials that are guessed: refused alike, logged, limited by address; and nothing of a secret is ever written down."""

import logging
import time
from datetime import timedelta
from statistics import median
from types import SimpleNamespace
from typing import Any

import pytest

from api.access.guesses import GUESSES_MAX, Guesses, TooManyGuesses
from api.operations import people
from api.refusals import Unauthenticated
from tests.api.access.ways import Ways, refused

UNAUTHENTICATED = (401, "unauthenticated")


def guess(at: int) -> str:
    return f"usu_{at:043d}"


class TestAnAddress:
    def test_that_guesses_is_refused_for_the_rest_of_the_minute(self, ways: Ways) -> None:
        for at in range(GUESSES_MAX):
            assert ways.who(guess(at)) == UNAUTHENTICATED
        answer = ways.ask("GET", "/v1/invoices", guess(GUESSES_MAX))
        assert refused(answer) == (429, "too-many-guesses")
        assert answer.headers["retry-after"] == "60"
        with ways.later(seconds=59):
            assert ways.ask("GET", "/v1/invoices", guess(99)).headers["retry-after"] == "1"
        with ways.later(seconds=60):
            assert ways.who(guess(99)) == UNAUTHENTICATED

    def test_that_guesses_costs_no_more_than_an_answer(self, ways: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
        for at in range(GUESSES_MAX):
            ways.who(guess(at))
        monkeypatch.setattr(ways.world.app.state.resources.ways_in, "database", None)
        began = time.perf_counter()
        for at in range(100, 120):
            assert ways.who(guess(at)) == (429, "too-many-guesses")
            assert ways.who(ways.issuer.token(jti=str(at))) == (429, "too-many-guesses")
        assert time.perf_counter() - began < 5

    def test_that_guesses_does_not_learn_that_it_has_guessed_right(self, ways: Ways) -> None:
        for at in range(GUESSES_MAX):
            ways.who(guess(at))
        with ways.working() as session:
            unused = people.create_key(session, "anna", at=ways.world.now).key
        assert ways.who(unused) == (429, "too-many-guesses")

    def test_is_limited_over_every_way_in(self, ways: Ways) -> None:
        for at in range(GUESSES_MAX // 4):
            assert ways.who(guess(at)) == UNAUTHENTICATED
            assert ways.who(cookie=guess(300 + at)) == UNAUTHENTICATED
            assert ways.who(ways.foreign.token(f"s-{at}"))[0] == 401
            form = {"grant_type": "client_credentials", "client_id": "usu_xxxxxxxx", "client_secret": guess(100 + at)}
            assert ways.ask("POST", "/oauth/token", data=form).status_code == 401
        form = {"grant_type": "client_credentials", "client_id": "usu_xxxxxxxx", "client_secret": guess(200)}
        for answer in (
            ways.ask("GET", "/session", guess(200)),
            ways.ask("GET", "/session", cookie=guess(200)),
            ways.ask("GET", "/session", ways.foreign.token("s-200")),
            ways.ask("POST", "/session", json={"key": guess(200)}),
            ways.ask("POST", "/session", json={"id_token": ways.foreign.token("s-200")}),
            ways.ask("POST", "/oauth/token", data=form),
        ):
            assert refused(answer) == (429, "too-many-guesses")
            assert "retry-after" in answer.headers

    def test_of_a_gateway_whose_key_was_revoked_is_none_that_guesses(self, ways: Ways) -> None:
        for _ in range(2 * GUESSES_MAX):
            assert ways.who(guess(1)) == UNAUTHENTICATED

    def test_behind_which_another_guesses_lets_in_whom_it_knows(self, ways: Ways) -> None:
        assert ways.who(ways.keys["anna"]) == "anna"
        for at in range(GUESSES_MAX):
            ways.who(guess(at))
        assert ways.who(guess(99)) == (429, "too-many-guesses")
        assert ways.who(ways.keys["anna"]) == "anna"

    def test_that_sends_no_credential_is_none_that_guesses(self, ways: Ways) -> None:
        for header in ({}, {"Authorization": "Basic eA=="}, {"Authorization": "Bearer"}):
            for _ in range(GUESSES_MAX):
                assert ways.ask("GET", "/session", headers=header).status_code == 401
        assert ways.who(ways.keys["bert"]) == "bert"


class TestGuesses:
    def test_are_kept_of_ten_thousand_addresses_and_of_twenty_each(self, ways: Ways) -> None:
        guesses, now, error = Guesses(), ways.world.now, Unauthenticated("x")
        logging.getLogger("api.access.guesses").setLevel(logging.CRITICAL)
        try:
            for at in range(10_050):
                guesses.note(f"2001:db8::{at:x}", "key", guess(at), error, now)
                guesses.let_in(guess(-at))
            assert (len(guesses._failed), len(guesses._good)) == (10_000, 10_000)
            assert "2001:db8::0" not in guesses._failed, "the one not heard of for longest is forgotten"
            for at in range(GUESSES_MAX):
                guesses.admit("one", guess(at), now)
                guesses.note("one", "key", guess(at), error, now)
            with pytest.raises(TooManyGuesses):
                guesses.admit("one", guess(99), now)
            assert len(guesses._failed["one"]) == GUESSES_MAX
        finally:
            logging.getLogger("api.access.guesses").setLevel(logging.NOTSET)

    def test_that_are_older_than_a_minute_are_forgotten(self, ways: Ways) -> None:
        guesses, now = Guesses(), ways.world.now
        for at in range(100):
            guesses.admit("one", guess(at), now + timedelta(seconds=4 * at))
            guesses.note("one", "key", guess(at), Unauthenticated("x"), now + timedelta(seconds=4 * at))
        assert len(guesses._failed["one"]) == 15


class TestWhatIsLogged:
    def test_is_where_a_guess_comes_from_and_its_kind_once(self, ways: Ways, caplog: pytest.LogCaptureFixture) -> None:
        for _ in range(3):
            ways.who(guess(1))
        ways.who("hunter2-my-password")
        ways.who(ways.foreign.token("s-nobody"))
        ways.who(cookie="x.y")
        assert [record.message for record in caplog.records if record.name == "api.access.guesses"] == [
            "key usu_ from testclient is refused: the key is not known, or works no more",
            "key  from testclient is refused: the key is not known, or works no more",
            "openid token  from testclient is refused: its subject is not bound to one identity",
            "session  from testclient is refused: the session is not known, or has ended",
        ]

    def test_says_once_that_an_address_is_limited(self, ways: Ways, caplog: pytest.LogCaptureFixture) -> None:
        for at in range(2 * GUESSES_MAX):
            ways.who(guess(at))
        limited = [record for record in caplog.records if "no further one is looked up" in record.message]
        assert len(limited) == 1

    def test_is_nothing_secret_whatever_comes_in(self, ways: Ways, caplog: pytest.LogCaptureFixture) -> None:
        """Right and wrong, by every way, and where the program itself breaks; logged at the lowest level."""
        caplog.set_level(logging.DEBUG)
        token = ways.token("anna").json()["access_token"]
        signed, once = ways.issuer.token(jti="a"), ways.issuer.token(jti="b")
        cookie, word = ways.signs_in(id_token=once)
        wrong = [
            guess(7),
            f"{signed}x",
            signed.replace(".", ".x", 1),
            f"{cookie}x",
            "hunter2-my-password",
            "uto_" + "z" * 43,
        ]
        answers: list[Any] = []
        for shown in [ways.keys["anna"], token, signed, *wrong]:
            answers.append(ways.ask("GET", "/v1/invoices", shown))
            answers.append(ways.ask("POST", "/session", json={"key": shown}))
            answers.append(ways.ask("POST", "/session", json={"id_token": shown}))
            answers.append(ways.ask("POST", "/session", json={"key": shown, "id_token": shown}))
            answers.append(ways.ask("POST", "/session", content=shown))
            answers.append(
                ways.ask(
                    "POST",
                    "/oauth/token",
                    data={"grant_type": "client_credentials", "client_id": "x", "client_secret": shown},
                )
            )
            answers.append(ways.ask("POST", "/oauth/token", data={"grant_type": shown, "scope": shown}))
            answers.append(ways.ask("GET", "/session", cookie=shown))
            answers.append(ways.ask("PUT", "/v1/fleet", cookie=cookie, headers={"X-CSRF-Token": shown}))
            ways.world.app.state.resources.guesses.__init__()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                ways.world.app.state.resources.ways_in, "database", SimpleNamespace(look_up=lambda query, asked: 1 / 0)
            )
            patched.setattr(ways.world.app.state.resources.ways_in, "_signer", None)
            for shown in (ways.keys["anna"], token, signed):
                assert ways.ask("GET", "/session", shown).status_code == 500
            assert ways.ask("GET", "/session", cookie=cookie).status_code == 500
        ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore", "asyncio"))]
        written = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in ours)
        secrets = [
            ways.keys["anna"][4:],
            token[4:],
            signed.split(".")[2],
            once.split(".")[2],
            cookie,
            word,
            *(text[4:] for text in wrong),
        ]
        (secret,) = ways.as_superuser("select encode(secret, 'hex') from signing_secret")
        assert "incident" in written
        assert [text for text in [*secrets, secret] if text in written] == []
        refusals = "\n".join(answer.text for answer in answers if not answer.is_success)
        assert [text for text in secrets if text in refusals] == []


@pytest.mark.long
def test_a_key_that_is_known_takes_as_long_as_one_that_is_not(ways: Ways) -> None:
    """Revoked against never made, turn by turn: the medians differ by less than a quarter."""
    ways.person("nora")
    with ways.working() as session:
        people.revoke_key(session, ways.keys["nora"][:12], at=ways.world.now)
    spent: dict[str, list[float]] = {"revoked": [], "unknown": []}
    for _ in range(300):
        for kind, shown in (("revoked", ways.keys["nora"]), ("unknown", guess(1))):
            began = time.perf_counter()
            assert ways.who(shown) == UNAUTHENTICATED
            spent[kind].append(time.perf_counter() - began)
    revoked, unknown = median(spent["revoked"]), median(spent["unknown"])
    print(f"revoked {revoked * 1000:.2f} ms, unknown {unknown * 1000:.2f} ms")
    assert abs(revoked - unknown) < 0.25 * unknown
