"""A small OpenID issuer of the tests' own, on this machine: it can rotate its keys, be down, slow, and talk rubbish."""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

AUDIENCE = "usufruct"


@cache
def key(name: str, kind: str = "RSA", size: int | str = 2048) -> Any:
    """A private key, the same for the whole run: RSA keys take long to make."""
    make = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}[kind]
    return make.generate_key(size, {"kid": name})  # type: ignore[attr-defined]


def encoded(part: object) -> bytes:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(raw).rstrip(b"=")


def signed(header: object, claims: object, private: Any, algorithm: str = "RS256") -> str:
    """A token of any header and claims, however wrong they are."""
    signing_input = encoded(header) + b"." + encoded(claims)
    model = JWSRegistry.algorithms[algorithm]
    signature = model.sign(signing_input, private) if private is not None else b""
    return (signing_input + b"." + encoded(signature)).decode()


def by_secret(header: object, claims: object, secret: bytes) -> str:
    return signed(header, claims, OctKey.import_key(secret), "HS256")


class Issuer:
    """What an issuer is asked for, and how it answers."""

    def __init__(self, address: str, now: Callable[[], datetime], own: Any) -> None:
        self.address, self.now, self.own = address, now, own
        self.keys: list[Mapping[str, Any]] = []
        self.as_it_should_be()

    def as_it_should_be(self) -> None:
        """Publish the key that is its own, and answer."""
        self.asked: list[str] = []
        self.described_as: object = self.address
        self.keys_at: object = f"{self.address}/keys"
        self.answers: Callable[[BaseHTTPRequestHandler, bytes], None] = whole
        self.publishes(self.own)

    def publishes(self, *private: Any, **more: Any) -> None:
        """Publish these keys and no others."""
        self.keys = [{**one.as_dict(private=False), "use": "sig", **more} for one in private]

    def claims(self, subject: str = "s-anna", **more: Any) -> dict[str, Any]:
        at = int(self.now().timestamp())
        claims = {"iss": self.address, "sub": subject, "aud": AUDIENCE, "iat": at, "exp": at + 300} | more
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, subject: str = "s-anna", private: Any = None, algorithm: str = "RS256", **more: Any) -> str:
        """A token as it should be, but for the claims that are given."""
        private = private or self.own
        return signed(
            {"alg": algorithm, "kid": private.kid, "typ": "JWT"}, self.claims(subject, **more), private, algorithm
        )

    def document(self, path: str) -> object:
        self.asked.append(path)
        if path.endswith("openid-configuration"):
            return {"issuer": self.described_as, "jwks_uri": self.keys_at}
        return {"keys": self.keys}


def whole(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def down(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    whole(handler, body, status=500)


def rubbish(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    whole(handler, b"<html>" + b"\xff" * 100)


def nested(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    whole(handler, b"[" * 100_000)


def elsewhere(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/there")
    handler.end_headers()
    handler.wfile.write(body)


def endless(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body)  # as it should be, and then no end
    for _ in range(2000):
        handler.wfile.write(b" " * 65536)


def dripping(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.05)


@contextmanager
def an_issuer(now: Callable[[], datetime], own: Any) -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):  # whoever asked has heard enough
                issuer.answers(self, json.dumps(issuer.document(self.path)).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}", now, own)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
