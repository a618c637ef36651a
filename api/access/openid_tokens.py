"""Signed tokens of outside issuers (JWT, RFC 7519): read, and verified by keys that the issuer publishes.

Everything that RFC 8725 names is refused: an algorithm that is none or takes a shared secret, a key that comes with
the token, a key made for something else, what is critical and not understood. What is refused is answered with one
sentence, whatever the reason; the reason is for the log.
"""

import binascii
import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from api.refusals import Unauthenticated

TOKEN_CHARACTERS_MAX = 8192
_TEXT_CHARACTERS_MAX = 500
_KEYS_MAX = 100
_LEEWAY = timedelta(seconds=60)
_LIFETIME_MAX = timedelta(days=366)
_RSA_BITS = range(2048, 8193)  # shorter ones are weak, longer ones take long

#: By algorithm, the type of its keys and their curve.
ALGORITHMS: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "RS256": ("RSA", None),
        "RS384": ("RSA", None),
        "RS512": ("RSA", None),
        "PS256": ("RSA", None),
        "ES256": ("EC", "P-256"),
        "ES384": ("EC", "P-384"),
        "EdDSA": ("OKP", "Ed25519"),
    }
)
#: By type of key, what is public of it; nothing else of a published key is looked at.
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_TYPES = {"jwt", "at+jwt", "application/at+jwt"}
_ACCESS_TYPES = {"at+jwt", "application/at+jwt"}


class TokenRefused(Unauthenticated):
    """The token is not accepted."""

    def __init__(self, reason: str) -> None:
        """Refuse a token; the reason is not told to whoever sent it."""
        super().__init__("the token is not accepted")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token as it was read; nothing of it is to be believed before ``verify`` has seen it.

    Attributes:
        header: how it says that it is signed.
        claims: what it says.
        signed: the characters that are signed.
        signature: the signature.
    """

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def key_id(self) -> str | None:
        """Which key of its issuer it says that it is signed with."""
        named: str | None = self.header.get("kid")
        return named

    def text(self, claim: str) -> str:
        """A claim that is a text of printable characters.

        Raises:
            TokenRefused: there is none, or it is something else.
        """
        value = self.claims.get(claim)
        if not isinstance(value, str) or not 0 < len(value) <= _TEXT_CHARACTERS_MAX or not value.isprintable():
            raise TokenRefused(f"its claim {claim} is no text")
        return value

    @property
    def audiences(self) -> tuple[str, ...]:
        """For whom it is."""
        value = self.claims.get("aud")
        return tuple(name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str))

    @property
    def expires_at(self) -> datetime:
        """When it ends; known to be a date only when ``refuse_untimely`` has seen it."""
        return datetime.fromtimestamp(_instant(self.claims, "exp"), UTC)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key of an issuer.

    Attributes:
        id: by which tokens name it.
        kind: the type of key, as RSA.
        curve: of a key on a curve.
        algorithm: the only one that it is for; None: any that fits it.
        key: the key itself.
    """

    id: str | None
    kind: str
    curve: str | None
    algorithm: str | None
    key: Any


def is_signed_token(shown: str) -> bool:
    """Whether a bearer's text is a signed token, and no key of ours: ours have no point in them."""
    return shown.count(".") == 2  # noqa: PLR2004 header, claims and signature


def read_token(compact: str) -> SignedToken:
    """Read a token in its compact form.

    Raises:
        TokenRefused: it is none, or is signed as no token of ours is.
    """
    if len(compact) > TOKEN_CHARACTERS_MAX:
        raise TokenRefused("it is too long")
    try:
        head, claims, signature = compact.encode("ascii").split(b".")
        read = SignedToken(_document(head), _document(claims), head + b"." + claims, _decoded(signature))
    except (ValueError, RecursionError) as error:  # what is no base64, no UTF-8 and no JSON are such errors as well
        raise TokenRefused("it is malformed") from error
    header = read.header
    if not isinstance(header.get("alg"), str) or header["alg"] not in ALGORITHMS:
        raise TokenRefused("it is signed by an algorithm that is not allowed")
    if "crit" in header or "b64" in header:
        raise TokenRefused("its header has what is critical and not understood")
    if str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise TokenRefused("it is a token of another type")
    if not isinstance(header.get("kid"), str | None):
        raise TokenRefused("it names no key")
    return read


def is_access_token(token: SignedToken) -> bool:
    """Whether it says of itself that it is for asking an interface, and not to say who signed in."""
    return str(token.header.get("typ", "")).lower() in _ACCESS_TYPES


def verify(token: SignedToken, keys: Sequence[IssuerKey]) -> None:
    """See that a token is signed by one of an issuer's keys, as the key is meant to be used.

    Raises:
        TokenRefused: it is not.
    """
    algorithm: str = token.header["alg"]
    kind, curve = ALGORITHMS[algorithm]
    fitting = [
        key
        for key in keys
        if (key.kind, key.curve) == (kind, curve) and key.algorithm in {None, algorithm}
        if token.key_id is None or key.id == token.key_id
    ]
    if len(fitting) != 1:  # without a name, and where several fit, none is tried
        raise TokenRefused("its issuer has no such key")
    signing = JWSRegistry.algorithms[algorithm]
    try:
        signing.check_key(fitting[0].key)
        is_right = signing.verify(token.signed, token.signature, fitting[0].key)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused("its signature is none") from error
    if not is_right:
        raise TokenRefused("its signature is wrong")


def refuse_untimely(token: SignedToken, now: datetime) -> None:
    """Refuse a token that has expired, is not valid yet, or was made later than now.

    Raises:
        TokenRefused: it is so, or says nothing of when it expires.
    """
    claims, at = token.claims, now.timestamp()
    expires = _instant(claims, "exp")
    if at >= expires:
        raise TokenRefused("it has expired")
    if expires > (now + _LIFETIME_MAX).timestamp():
        raise TokenRefused("it ends too late")
    for claim in ("nbf", "iat"):
        if claim in claims and _instant(claims, claim) > at + _LEEWAY.total_seconds():
            raise TokenRefused(f"it is not valid yet, by its {claim}")


def read_keys(documents: Iterable[object]) -> tuple[IssuerKey, ...]:
    """The keys of a published key set (RFC 7517) that can verify; others are left out, and what is private of them."""
    read = (_key(document) for document in list(documents)[:_KEYS_MAX] if isinstance(document, dict))
    return tuple(key for key in read if key is not None)


def _key(document: Mapping[str, Any]) -> IssuerKey | None:
    kind, use, operations = document.get("kty"), document.get("use", "sig"), document.get("key_ops", ["verify"])
    named, algorithm = document.get("kid"), document.get("alg")
    is_for_us = use == "sig" and isinstance(operations, list) and "verify" in operations
    is_named = isinstance(named, str | None) and isinstance(algorithm, str | None)
    if not isinstance(kind, str) or kind not in _PUBLIC or not is_for_us or not is_named:
        return None
    public = {name: value for name in ("kty", *_PUBLIC[kind]) if isinstance(value := document.get(name), str)}
    if len(public) <= len(_PUBLIC[kind]):
        return None
    try:
        if kind == "RSA" and int.from_bytes(_decoded(public["n"].encode())).bit_length() not in _RSA_BITS:
            return None
        key = jwk.import_key(dict(public))
        key.get_op_key("verify")  # what is no point on its curve is seen here
    except (JoseError, ValueError, TypeError):
        return None
    return IssuerKey(named, kind, public.get("crv"), algorithm, key)


def strict_json(written: bytes) -> Any:
    """Read JSON that means one thing: no name twice, and no number that is none.

    Raises:
        ValueError: it is no such JSON.
        RecursionError: it is nested too deep.
    """
    return json.loads(written.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_number)


def _document(part: bytes) -> Mapping[str, Any]:
    read = strict_json(_decoded(part))
    if not isinstance(read, dict):
        raise ValueError("no object")  # noqa: TRY004 caught with what else is malformed
    return read


def _decoded(part: bytes) -> bytes:
    """Decode base64url in its one spelling, so that no two tokens that differ say the same."""
    padded = part + b"=" * (-len(part) % 4)
    decoded = urlsafe_b64decode(padded)
    if urlsafe_b64encode(decoded).rstrip(b"=") != part:
        raise binascii.Error("not the one spelling")
    return decoded


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands twice")
    return names


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _instant(claims: Mapping[str, Any], claim: str) -> float:
    value = claims.get(claim)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(f"its {claim} is no instant")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if not math.isfinite(seconds):
        raise TokenRefused(f"its {claim} is no instant")
    return seconds
