"""What a gateway sends to us is kept: once, as it was signed, and nothing of it is believed yet.

The event is handled later, by reading the thing that it tells of (``api/collecting/events.py``).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.refusals import Unauthenticated
from api.server.database import Database
from billing.payments.events.store import record_events
from billing.payments.gateway import GatewayEvent, GatewayEventRefused
from quantities.errors import NotFound

_NAMED = "select id from tenant where name = %(name)s"


class UnknownGatewayAccount(NotFound):
    """There is no gateway account of that name."""


class NotFromGateway(Unauthenticated):
    """What came is not by the gateway, or not of now."""


def told_account(gateways: GatewaysSetUp, name: str) -> GatewayAccount:
    """Find the account of which an address is told.

    Raises:
        UnknownGatewayAccount: none of that name is set up here.
    """
    account = gateways.named(name)
    if account is None:
        detail = "no gateway account of that name is set up here"
        raise UnknownGatewayAccount(
            detail, place="/path/account", found=name[:100], expected="an account of the file of gateways"
        )
    return account


def read_told(account: GatewayAccount, body: bytes, signature: str, now: datetime) -> GatewayEvent:
    """Read what was sent, which needs no database.

    Args:
        account: of which we are told.
        body: as it came, to the byte.
        signature: the header by which the gateway signs.
        now: the instant.

    Raises:
        NotFromGateway: it is signed by somebody else, or of another time, or no event.
    """
    try:
        return account.gateway.read_event(body, signature, now)
    except GatewayEventRefused as refused:
        expected = "what the gateway sent just now, as it sent it"
        raise NotFromGateway(str(refused), place="/body", expected=expected) from refused


def tenant_of(look_up: Callable[[str, dict[str, object]], Sequence[tuple[Any, ...]]], account: GatewayAccount) -> int:
    """Find whose an account is.

    Args:
        look_up: asks the database before a tenant is stated.
        account: of the file.

    Raises:
        UnknownGatewayAccount: its tenant is not made yet.
    """
    for (tenant,) in look_up(_NAMED, {"name": account.tenant}):
        return int(tenant)
    detail = f"the tenant of {account.name} is not here"
    raise UnknownGatewayAccount(detail, place="/path/account", found=account.tenant, expected="a tenant that is here")


def keep_told(database: Database, tenant: int, account: GatewayAccount, event: GatewayEvent, now: datetime) -> None:
    """Keep an event; of one that is known already nothing changes."""
    with database.transaction(tenant) as session:
        record_events(session, account.name, [event], now)
