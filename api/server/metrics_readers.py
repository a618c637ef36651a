"""Who may read the metrics: whoever shows the token, and without one only programs of the same machine.

They tell no names, and still how much is billed, refused and held: nothing for the world.
"""

import hmac
from ipaddress import ip_address

from pydantic import SecretStr

from api.refusals import Forbidden, Unauthenticated


class MetricsOfThisMachine(Forbidden):
    """The metrics are read from this machine alone, unless a token is set."""


def refuse_reader(token: SecretStr | None, authorization: str | None, address: str | None, *, forwarded: bool) -> None:
    """Let in who may read the metrics.

    Args:
        token: of the settings.
        authorization: the header that the request has.
        address: from where it comes, as the server sees it.
        forwarded: whether it says that it came through a proxy, which makes everybody a program of this machine.

    Raises:
        Unauthenticated: there is a token, and the request does not show it.
        MetricsOfThisMachine: there is none, and the request comes from elsewhere.
    """
    if token is not None:
        scheme, _, shown = (authorization or "").partition(" ")
        expected = token.get_secret_value().encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), expected):
            raise Unauthenticated("send the metrics token as: Authorization: Bearer TOKEN")
    elif forwarded or not _is_this_machine(address):
        raise MetricsOfThisMachine(
            "set USUFRUCT_METRICS_TOKEN to read them from elsewhere", found=address, expected="this machine"
        )


def _is_this_machine(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:  # no address at all, as of a socket in the file system
        return False
