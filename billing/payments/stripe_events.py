"""What Stripe sends to us: whether it is Stripe's, of now, and of which thing it tells.

The signature is checked here and not by the client, whose check reads the clock itself and takes what is dated ahead.

Source: Stripe's documentation, "Verify webhook signatures manually": ``t=SECONDS,v1=HEX[,v1=HEX…]``, an HMAC-SHA256 of
``SECONDS.BODY`` by each secret that is in use.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from hmac import new as keyed_hash
from itertools import islice
from typing import Any

from billing.payments.gateway import GatewayEvent, GatewayEventRefused, GatewayThing

#: No event of Stripe's comes near; whatever is larger is not even hashed.
BODY_BYTES_MAX = 256 * 1024
HEADER_CHARACTERS_MAX = 2048
#: How far an event's time may be from now, behind or ahead.
TOLERANCE_S = 300
_SIGNATURES_MAX = 16
#: By how a kind begins, the longer one first where two do; what is in none tells of nothing of ours.
_THINGS = (
    ("charge.dispute.", GatewayThing.CHARGEBACK),
    ("charge.refund.", GatewayThing.REFUND),
    ("refund.", GatewayThing.REFUND),
    ("payment_intent.", GatewayThing.PAYMENT),
    ("charge.", GatewayThing.PAYMENT),
    ("checkout.session.", GatewayThing.SESSION),
    ("transfer.", GatewayThing.TRANSFER),
    ("account.updated", GatewayThing.ACCOUNT),
    ("account.application.deauthorized", GatewayThing.ACCOUNT),
    ("capability.", GatewayThing.ACCOUNT),
    ("mandate.", GatewayThing.MANDATE),
    ("payment_method.", GatewayThing.MANDATE),
    ("payout.", GatewayThing.PAYOUT),
)


def read_event(body: bytes, signature: str, secrets: Sequence[str], now: datetime) -> GatewayEvent:
    """Read what was sent to us.

    Args:
        body: as it came, to the byte.
        signature: the header ``Stripe-Signature``.
        secrets: of the endpoint; two while one is replaced by another.
        now: the instant.

    Raises:
        GatewayEventRefused: it is too large, its signature is by none of the secrets, its time is not now, or it is no
            event. In that order, so that nothing is read of what is not Stripe's.
    """
    if len(body) > BODY_BYTES_MAX or len(signature) > HEADER_CHARACTERS_MAX:
        raise GatewayEventRefused(f"what came is larger than {BODY_BYTES_MAX} bytes, or its header is too long")
    stamp, signatures = _parts(signature)
    signed = stamp.encode() + b"." + body
    if not any(_is_signed_by(secret, signed, signatures) for secret in secrets if secret):
        raise GatewayEventRefused("the signature is by none of the secrets of this endpoint")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
        raise GatewayEventRefused(f"it was signed at {stamp}, more than {TOLERANCE_S} s from now")
    try:
        fields = json.loads(body)
        return event(fields)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise GatewayEventRefused("what came is signed, and no event") from error


def event(fields: Mapping[str, Any]) -> GatewayEvent:
    """Read an event in the form in which it is sent and listed.

    Raises:
        ValueError: it is no event.
        KeyError, TypeError, AttributeError: the same.
    """
    if fields["object"] != "event":
        raise ValueError(fields["object"])
    kind, account = str(fields["type"]), str(fields.get("account") or "")
    thing = next((thing for start, thing in _THINGS if kind.startswith(start)), None)
    thing_id = _thing_id(kind, fields["data"]["object"], account) if thing else ""
    return GatewayEvent(
        id=str(fields["id"]),
        kind=kind,
        thing=thing if thing_id else None,
        thing_id=thing_id,
        account=account,
        at=datetime.fromtimestamp(int(fields["created"]), UTC),
    )


def _thing_id(kind: str, fields: Mapping[str, Any], account: str) -> str:
    if kind.startswith("capability."):
        return str(fields["account"])
    if kind == "account.application.deauthorized":
        return account
    if kind.startswith("charge.") and fields.get("object") == "charge":
        return str(fields.get("payment_intent") or "")
    return str(fields["id"])


def _parts(signature: str) -> tuple[str, list[str]]:
    pairs = [part.partition("=") for part in signature.split(",")]
    stamp = next((value for name, _, value in pairs if name.strip() == "t"), "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= len("99999999999")):
        raise GatewayEventRefused("the signature states no time")
    return stamp, list(islice((value for name, _, value in pairs if name.strip() == "v1"), _SIGNATURES_MAX))


def _is_signed_by(secret: str, signed: bytes, signatures: Sequence[str]) -> bool:
    expected = keyed_hash(secret.encode(), signed, sha256).hexdigest().encode()
    return any(compare_digest(expected, one.encode()) for one in signatures)
