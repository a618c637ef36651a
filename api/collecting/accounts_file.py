"""The file of gateway accounts that the environment names; secrets stand in files of their own, never in it.

accounts:
- name: nordluft-cards
tenant: Nordluft
supplier: Nordluft GmbH
gateway: stripe
secret_key_file: /run/secrets/stripe_key
webhook_secret_files: [/run/secrets/stripe_webhook]
country: DE
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.server.settings import InvalidEnvironment, Settings, variable
from billing.payments.gateway_records import WholeGateway
from quantities.document import FaultyDocument, parse, read
from quantities.names import Name
from quantities.terms import Terms

log = logging.getLogger(__name__)

#: Stands in each secret key by which money is really moved, as sk_live_… and rk_live_…; never in one for tests.
_LIVE = "_live_"
#: Makes a gateway of the secret key, of the secrets of its webhooks, the newest first, and of its interface's address.
GatewayMaker = Callable[[str, Sequence[str], str], WholeGateway]
#: Where the interface of each gateway is. The file may state another one only where that is on this machine.
ADDRESSES = {"stripe": "https://api.stripe.com"}


def _stripe(secret_key: str, webhook_secrets: Sequence[str], address: str) -> WholeGateway:
    from billing.payments.stripe import StripeGateway  # noqa: PLC0415 its client loads for a second, where it is used

    return StripeGateway(secret_key, webhook_secrets, address=address)


#: By the name that the file has for it.
MAKERS: Mapping[str, GatewayMaker] = {"stripe": _stripe}


class StatedAccount(Terms):
    """An account of a supplier at a gateway, as the file states it.

    Attributes:
        name: ours of it; it stands in the address of its webhook.
        tenant: of whom.
        supplier: whose money it takes, as the contracts name it.
        gateway: at which.
        secret_key_file: the file with the key.
        webhook_secret_files: the files with what its events are signed by, the newest first.
        country: of the account, which payees' accounts are made for.
        address: of the gateway's interface, for tests: on this machine, or the gateway's own; empty: the latter. A key
            is never sent to anywhere else.
    """

    name: Annotated[Name, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    tenant: Name
    supplier: Name
    gateway: Name
    secret_key_file: str
    webhook_secret_files: tuple[str, ...] = ()
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    address: str = ""


class StatedAccounts(Terms):
    """All accounts of the file."""

    accounts: tuple[StatedAccount, ...]


def gateways_set_up(settings: Settings, makers: Mapping[str, GatewayMaker] = MAKERS) -> GatewaysSetUp:
    """Set up the accounts of the file that the environment names; none without one.

    Raises:
        InvalidEnvironment: the file, or one with a secret, cannot be read, or names what there is not; or a live key
            would go to an address on this machine.
    """
    public_url = settings.public_url or ""
    if settings.gateways_file is None:
        return GatewaysSetUp((), public_url)
    try:
        stated = parse(StatedAccounts, read(_text_of(settings.gateways_file))).accounts
    except FaultyDocument as faulty:  # their details would say what stands there: perhaps a secret
        places = "; ".join(f"{fault.path}: {fault.code}" for fault in faulty.faults)
        raise _invalid(places) from None
    faults = list(_faults_of(stated, makers))
    if faults:
        raise _invalid("; ".join(faults))
    return GatewaysSetUp(tuple(_account(one, makers[one.gateway]) for one in stated), public_url)


def _faults_of(stated: Sequence[StatedAccount], makers: Mapping[str, GatewayMaker]) -> Iterator[str]:
    names = [one.name for one in stated]
    yield from (f"{name} is named twice" for name in dict.fromkeys(names) if names.count(name) > 1)
    whose = [(one.tenant, one.supplier) for one in stated]
    yield from (
        f"{supplier} of {tenant} has two accounts"
        for tenant, supplier in dict.fromkeys(whose)
        if whose.count((tenant, supplier)) > 1
    )
    known = ", ".join(sorted(makers)) or "none"
    yield from (f"{one.gateway} is no gateway: there is {known}" for one in stated if one.gateway not in makers)
    yield from (
        f"{one.name}: the address is neither on this machine nor that of {one.gateway}"
        for one in stated
        if one.address not in {"", ADDRESSES.get(one.gateway)} and not _is_on_this_machine(one.address)
    )


def _is_on_this_machine(address: str) -> bool:
    """Whether an address names this machine by a number, which no resolver can make another one of."""
    try:
        parts = urlsplit(address)
        is_bare = not (parts.username or parts.password or parts.path.strip("/") or parts.query or parts.fragment)
        return parts.scheme in {"http", "https"} and is_bare and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _account(stated: StatedAccount, make: GatewayMaker) -> GatewayAccount:
    secrets = [_text_of(Path(file)) for file in stated.webhook_secret_files]
    key, own = _text_of(Path(stated.secret_key_file)), ADDRESSES.get(stated.gateway, "")
    address = stated.address or own
    if address != own:
        if _LIVE in key:
            raise _invalid(
                f"{stated.name}: a live key is told to {stated.gateway} alone, and to nobody on this machine"
            )
        log.info("the gateway account %s is at %s, on this machine: no money is moved by it", stated.name, address)
    gateway = make(key, secrets, address)
    is_here = address != own
    return GatewayAccount(
        stated.name, stated.tenant, stated.supplier, gateway, country=stated.country, is_on_this_machine=is_here
    )


def _text_of(file: Path) -> str:
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise _invalid(f"{file.name} cannot be read") from fault
    if not text:
        raise _invalid(f"{file.name} is empty")
    return text


def _invalid(why: str) -> InvalidEnvironment:
    named = f"{variable('gateways_file')}: {why}"
    return InvalidEnvironment(named, faults=[named])
