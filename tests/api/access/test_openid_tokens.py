"""Tokens of outside issuers: the right one is the person whose subject it names, and every other is refused alike."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from api.access.openid_keys import IssuerKeys, IssuerUnreachable
from api.access.openid_tokens import ALGORITHMS
from tests.api.access.issuer import by_secret as by_the_secret
from tests.api.access.issuer import (
    down,
    dripping,
    elsewhere,
    encoded,
    endless,
    key,
    nested,
    rubbish,
    signed,
    whole,
)
from tests.api.access.ways import Ways, refused
from tests.build import fewer_examples

REFUSED = (401, "token-refused")
HEADER = {"alg": "RS256", "kid": "one", "typ": "JWT"}


class TestAToken:
    def test_of_a_bound_subject_is_that_person(self, ways: Ways) -> None:
        assert ways.who(ways.issuer.token()) == "anna"

    @pytest.mark.parametrize(("algorithm", "kind", "size"), [
        ("RS256", "RSA", 2048), ("RS384", "RSA", 2048), ("RS512", "RSA", 2048), ("PS256", "RSA", 2048),
        ("ES256", "EC", "P-256"), ("ES384", "EC", "P-384"), ("EdDSA", "OKP", "Ed25519"),
    ])  # fmt: skip
    def test_may_be_signed_so(self, ways: Ways, algorithm: str, kind: str, size: int | str) -> None:
        private = key(f"{kind} {size}", kind, size)
        ways.issuer.publishes(private, alg=algorithm)
        assert ways.who(ways.issuer.token(private=private, algorithm=algorithm)) == "anna"

    def test_may_have_several_audiences_one_of_which_is_ours(self, ways: Ways) -> None:
        assert ways.who(ways.issuer.token(aud=["another", "usufruct"])) == "anna"

    def test_need_not_name_its_key_where_one_alone_fits(self, ways: Ways) -> None:
        token = signed({"alg": "RS256"}, ways.issuer.claims(), key("one"))
        assert ways.who(token) == "anna"
        ways.forgets()
        ways.issuer.publishes(key("one"), key("two"))
        assert ways.who(token) == REFUSED

    @pytest.mark.parametrize("early", [59, 0, -1])
    def test_may_be_early_by_a_clock_that_differs_by_a_minute(self, ways: Ways, early: int) -> None:
        at = int(ways.world.now.timestamp()) + early
        assert ways.who(ways.issuer.token(nbf=at, iat=at)) == "anna"


def none_of(spelling: str) -> Callable[[Ways], str]:
    return lambda ways: signed({**HEADER, "alg": spelling}, ways.issuer.claims(), None)


def confused(form: str) -> Callable[[Ways], str]:
    """Signed with the public key as if it were a shared secret, in every form in which one may have it."""

    def forged(ways: Ways) -> str:
        public = key("one").public_key
        secret = {
            "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "jwk": json.dumps(key("one").as_dict(private=False)).encode(),
            "n": urlsafe_b64decode(key("one").as_dict(private=False)["n"] + "=="),
        }[form]
        # a library that would not make it is no reason not to try it
        body = encoded({**HEADER, "alg": "HS256"}) + b"." + encoded(ways.issuer.claims())
        return (body + b"." + encoded(hmac.digest(secret, body, hashlib.sha256))).decode()

    return forged


def headed(**header: Any) -> Callable[[Ways], str]:
    """As it should be, but for its header; signed by a key that is not the issuer's."""
    return lambda ways: signed({**HEADER, **header}, ways.issuer.claims(), key("thief"))


def claiming(**claims: Any) -> Callable[[Ways], str]:
    return lambda ways: ways.issuer.token(**claims)


def at(claim: str, seconds: int) -> Callable[[Ways], str]:
    def moved(ways: Ways) -> str:
        claims: dict[str, Any] = {claim: int(ways.world.now.timestamp()) + seconds}
        return ways.issuer.token(**claims)

    return moved


def truly(**header: Any) -> Callable[[Ways], str]:
    """By the issuer's own key, with a header that we do not take."""
    return lambda ways: signed({**HEADER, **header}, ways.issuer.claims(), key("one"))


THIEF = key("thief").as_dict(private=False)

FORGED: dict[str, Callable[[Ways], str]] = {
    **{f"alg {spelling or 'empty'}": none_of(spelling) for spelling in ("none", "None", "NONE", "nOnE", "", " none")},
    "alg missing": lambda ways: signed({"kid": "one"}, ways.issuer.claims(), key("one")),
    "alg no text": truly(alg=["RS256"]),
    "no signature": lambda ways: ways.issuer.token().rpartition(".")[0] + ".",
    **{f"the public key as a secret: {form}": confused(form) for form in ("pem", "der", "jwk", "n")},
    "a secret of its own": lambda ways: by_the_secret({**HEADER, "alg": "HS256"}, ways.issuer.claims(), b"x" * 32),
    "an algorithm that is not allowed": lambda ways: signed({**HEADER, "alg": "RS256 "}, ways.issuer.claims(), key("one")),
    "another key of the same name": headed(),
    "a key in the header": headed(jwk=THIEF),
    "a key in the header and no name": lambda ways: signed({"alg": "RS256", "jwk": THIEF}, ways.issuer.claims(), key("thief")),
    "jku": lambda ways: headed(jku=f"{ways.foreign.address}/keys", kid="thief")(ways),
    "x5u": lambda ways: headed(x5u=f"{ways.foreign.address}/keys", kid="thief")(ways),
    "x5c": headed(x5c=["MIIB"]),
    "kid unknown": truly(kid="three"),
    "kid no text": truly(kid=1),
    "kid a path": truly(kid="../../dev/null"),
    "crit": truly(crit=["exp"]),
    "crit empty": truly(crit=[]),
    "b64": truly(b64=False),
    "a token of another type": truly(typ="logout+jwt"),
    "another algorithm than the key's": lambda ways: ways.issuer.token(private=key("one"), algorithm="PS256"),
    "aud another": claiming(aud="another"),
    "aud several others": claiming(aud=["another", "third"]),
    "aud missing": claiming(aud=None),
    "aud no text": claiming(aud={"usufruct": True}),
    "aud in part": claiming(aud="usufruct-2"),
    "expired": at("exp", -1),
    "expiring now": at("exp", 0),
    "exp missing": claiming(exp=None),
    "exp a text": claiming(exp="9999999999"),
    "exp true": claiming(exp=True),
    "exp in ten years": at("exp", 10 * 366 * 86400),
    "exp beyond all": claiming(exp=10**30),
    "nbf later": at("nbf", 61),
    "iat later": at("iat", 61),
    "nbf true": claiming(nbf=True),
    "nbf a text": claiming(nbf="0"),
    "a foreign issuer": claiming(iss="https://evil.example"),
    "iss missing": claiming(iss=None),
    "iss with a slash": lambda ways: ways.issuer.token(iss=f"{ways.issuer.address}/"),
    "iss with a zero": claiming(iss="https://a.example/\x00"),
    "iss half a letter": claiming(iss="\ud800"),
    "the issuer of another tenant": lambda ways: ways.foreign.token("s-anna"),
    "another issuer's name over our key": lambda ways: ways.issuer.token(iss=ways.foreign.address, sub="s-stranger"),
    "subject unknown": claiming(sub="s-nobody"),
    "subject by mail alone": claiming(sub="s-nobody", email="anna@example.com", email_verified=True),
    "subject missing": claiming(sub=None),
    "subject no text": claiming(sub=1),
    "subject with a zero": claiming(sub="s-anna\x00"),
    "oversized": claiming(more="x" * 9000),
    "nested": lambda ways: signed(HEADER, b"[" * 5000, key("one")),
    "claims no object": lambda ways: signed(HEADER, ["iss"], key("one")),
    "claims no JSON": lambda ways: signed(HEADER, b"{", key("one")),
    "a claim twice": lambda ways: signed(HEADER, json.dumps(ways.issuer.claims("s-bert"))[:-1].encode() + b', "sub": "s-anna"}', key("one")),
    "not a number": lambda ways: signed(HEADER, json.dumps(ways.issuer.claims(exp=float("nan"))).encode(), key("one")),
    "points alone": lambda ways: "..",
    "not ASCII": lambda ways: f"ä{ways.issuer.token()[1:]}",
}  # fmt: skip


@pytest.mark.parametrize("forge", [pytest.param(forge, id=name) for name, forge in FORGED.items()])
def test_a_forged_token_is_refused(ways: Ways, forge: Callable[[Ways], str]) -> None:
    ways.issuer.publishes(key("one"), alg="RS256")
    assert ways.who(ways.issuer.token()) == "anna"
    token = forge(ways)
    answer = ways.ask("GET", "/session", headers={"Authorization": b"Bearer " + token.encode()})
    assert refused(answer) == REFUSED
    assert answer.json()["detail"] == "the token is not accepted", "the reason is for the log"


def test_a_refusal_asks_no_address_that_a_token_brings(ways: Ways) -> None:
    ways.foreign.asked.clear()
    for name in ("jku", "x5u"):
        assert ways.who(FORGED[name](ways)) == REFUSED
    assert ways.foreign.asked == []


class TestAKey:
    @pytest.mark.parametrize("more", [
        {"use": "enc"}, {"alg": "RS512"}, {"key_ops": ["sign"]}, {"key_ops": "verify"}, {"kid": 1}, {"kty": "oct"}, {"kty": ["RSA"]}, {"n": None},
        {"n": "AQAB"}, {"n": "*"}, {"e": ""},
    ])  # fmt: skip
    def test_that_is_not_for_this_verifies_nothing(self, ways: Ways, more: dict[str, Any]) -> None:
        ways.issuer.publishes(key("one"), **more)
        assert ways.who(ways.issuer.token()) == REFUSED

    def test_that_is_too_short_verifies_nothing(self, ways: Ways) -> None:
        weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 that it is weak is the point
        n, e = (
            encoded(number.to_bytes((number.bit_length() + 7) // 8))
            for number in (weak.public_key().public_numbers().n, 65537)
        )
        ways.issuer.keys = [{"kty": "RSA", "kid": "one", "n": n.decode(), "e": e.decode()}]
        body = encoded(HEADER) + b"." + encoded(ways.issuer.claims())
        token = body + b"." + encoded(weak.sign(body, PKCS1v15(), SHA256()))
        assert ways.who(token.decode()) == REFUSED

    @pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
    def test_of_another_kind_verifies_nothing(self, ways: Ways, algorithm: str) -> None:
        kind = "EC" if ALGORITHMS[algorithm][0] != "EC" else "OKP"
        other = key("other", kind, "P-256" if kind == "EC" else "Ed25519")
        ways.issuer.publishes(other)
        body = signed(
            {"alg": algorithm, "kid": "other"}, ways.issuer.claims(), other, "ES256" if kind == "EC" else "EdDSA"
        )
        assert ways.who(body) == REFUSED

    def test_that_is_rotated_is_fetched_and_the_one_before_verifies_no_more(self, ways: Ways) -> None:
        assert ways.who(ways.issuer.token()) == "anna"
        ways.issuer.publishes(key("two"))
        ways.ticks += 61
        assert ways.who(ways.issuer.token(private=key("two"))) == "anna"
        assert ways.who(ways.issuer.token()) == REFUSED

    def test_that_nobody_has_lets_its_issuer_be_asked_once_a_minute(self, ways: Ways) -> None:
        assert ways.who(ways.issuer.token()) == "anna"
        asked = len(ways.issuer.asked)
        for at in range(15):
            assert ways.who(ways.issuer.token(private=key("two"), jti=str(at))) == REFUSED
        assert len(ways.issuer.asked) == asked
        ways.ticks += 61
        for at in range(15, 18):
            assert ways.who(ways.issuer.token(private=key("two"), jti=str(at))) == REFUSED
        assert len(ways.issuer.asked) == asked + 2, "the description and the keys, once"

    def test_is_asked_for_again_after_an_hour_and_kept_for_a_day_where_nobody_answers(self, ways: Ways) -> None:
        assert ways.who(ways.issuer.token()) == "anna"
        ways.issuer.answers = down
        ways.ticks += 3601
        assert ways.who(ways.issuer.token()) == "anna"
        assert ways.issuer.asked[2:] == ["/.well-known/openid-configuration"]
        ways.ticks += 86400
        assert ways.who(ways.issuer.token()) == (503, "issuer-unreachable")
        ways.issuer.answers = whole
        ways.ticks += 61
        assert ways.who(ways.issuer.token()) == "anna"


class TestAnIssuer:
    @pytest.mark.parametrize("answers", [down, rubbish, nested, elsewhere, endless])
    def test_that_talks_rubbish_is_a_503_that_says_when_to_come_back(self, ways: Ways, answers: Any) -> None:
        ways.issuer.answers = answers
        began = time.monotonic()
        answer = ways.ask("GET", "/session", ways.issuer.token())
        assert refused(answer) == (503, "issuer-unreachable")
        assert "Retry-After" in answer.headers
        assert time.monotonic() - began < 3
        ways.issuer.answers = whole
        assert ways.who(ways.issuer.token()) == (503, "issuer-unreachable"), "not asked again at once"
        ways.ticks += 11
        assert ways.who(ways.issuer.token()) == "anna"

    def test_that_is_slow_is_waited_for_in_limited_time_and_keys_go_on(
        self, ways: Ways, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.access.openid_keys._FETCH_S", 0.3)
        ways.issuer.answers = dripping
        began = time.monotonic()
        assert ways.who(ways.issuer.token()) == (503, "issuer-unreachable")
        assert time.monotonic() - began < 2
        assert ways.who(ways.keys["anna"]) == "anna"

    @pytest.mark.parametrize("described", ["https://another.example", None, 7])
    def test_that_describes_another_is_not_believed(self, ways: Ways, described: Any) -> None:
        ways.issuer.described_as = described
        assert ways.who(ways.issuer.token()) == (503, "issuer-unreachable")

    @pytest.mark.parametrize("address", [
        "https://keys.example\n/", "file:///etc/passwd", "ftp://127.0.0.1/", "//127.0.0.1/keys", "http://192.0.2.1/keys", "http://user@127.0.0.1/keys",
        "https://127.0.0.1:1/keys", None, 7, ["x"],
    ])  # fmt: skip
    def test_is_not_followed_to_another_kind_of_address(self, ways: Ways, address: Any) -> None:
        ways.issuer.keys_at = address
        assert ways.who(ways.issuer.token()) == (503, "issuer-unreachable")
        assert ways.issuer.asked == ["/.well-known/openid-configuration"]

    def test_over_https_is_not_followed_to_keys_over_http(self, ways: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []

        def get(parts: SplitResult, host: str, until: float) -> bytes:
            asked.append(parts.geturl())
            named = {
                "issuer": "https://login.example",
                "jwks_uri": f"{ways.issuer.address}/keys",
                "keys": ways.issuer.keys,
            }
            return json.dumps(named).encode()

        monkeypatch.setattr("api.access.openid_keys._get", get)
        with pytest.raises(IssuerUnreachable):
            IssuerKeys(loopback=True).of("https://login.example", "one")
        assert asked == ["https://login.example/.well-known/openid-configuration"]

    def test_on_this_machine_is_asked_only_where_a_setting_says_so(self, ways: Ways) -> None:
        ways.world.app.state.resources.ways_in.keys = IssuerKeys()
        assert ways.who(ways.issuer.token()) == (503, "issuer-unreachable")
        assert ways.issuer.asked == []


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@given(data=st.data())
@fewer_examples(4)
def test_every_mutation_of_a_valid_token_is_refused(opened: Ways, algorithm: str, data: st.DataObject) -> None:
    """One character changed, left out, put in, or two exchanged: what is not the token to the letter is 401, never 500."""
    kind, curve = ALGORITHMS[algorithm]
    private = key(f"mutated {kind}", kind, curve or 2048)
    if opened.issuer.keys != [private.as_dict(private=False) | {"use": "sig"}]:
        opened.forgets()
        opened.issuer.publishes(private)
    token = opened.issuer.token(private=private, algorithm=algorithm)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCDwxyz019-_.=+/ %é") | st.characters(min_codepoint=33, max_codepoint=255))
    mutated = data.draw(
        st.sampled_from([
            token[:at] + letter + token[at + 1 :], token[:at] + letter + token[at:], token[:at] + token[at + 1 :], token[:at],
            token[at:], token[:at] + token[at : at + 2][::-1] + token[at + 2 :], f"{token}{letter}", token + token[at:],
        ])
    )  # fmt: skip
    opened.world.app.state.resources.guesses.__init__()
    answer = opened.ask("GET", "/session", headers={"Authorization": b"Bearer " + mutated.encode("latin-1")})
    assert (answer.status_code == 200) is (mutated.strip(" ") == token)
    assert answer.status_code in {200, 401}
