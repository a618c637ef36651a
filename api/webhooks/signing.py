"""How what is sent is signed: by Standard Webhooks, whose libraries verify it."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from standardwebhooks import Webhook as Signer

from quantities.errors import Invalid

_PREFIX = "whsec_"
_SECRET_BYTES = 32
#: For so long the secret before still signs as well.
OVERLAP = timedelta(hours=24)


def new_secret() -> bytes:
    """Draw a secret."""
    return secrets.token_bytes(_SECRET_BYTES)


def written(secret: bytes) -> str:
    """A secret as its receiver is given it."""
    return _PREFIX + base64.b64encode(secret).decode()


class UnfitSecret(Invalid):
    """The text is no secret of a webhook."""


def read(text: str) -> bytes:
    """A secret from how its receiver has it.

    Raises:
        UnfitSecret: it is none.
    """
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError:
        secret = b""
    if not secret or not text.startswith(_PREFIX):
        raise UnfitSecret(place="the secret", found=f"{len(text)} characters", expected=f"{_PREFIX} and base64")
    return secret


def headers(notification: UUID, body: bytes, signed_by: Iterable[bytes], at: datetime) -> dict[str, str]:
    """The headers that go with a body.

    Args:
        notification: which; the same at each attempt.
        body: as it is sent.
        signed_by: the secrets: one, or more while one takes the place of another; one signature each.
        at: the instant of the attempt, in UTC; a receiver refuses what is five minutes old.
    """
    name = str(notification)
    signatures = [Signer(secret).sign(name, at, body.decode()) for secret in signed_by]
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
