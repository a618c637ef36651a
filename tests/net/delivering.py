"""Documents leave the house and are opened by links: at both doors, through the folder of a buyer's portal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api.delivering.setup import ways_set_up
from api.server.settings import from_environment
from tests.net.doors import Desk, Web

_PUBLIC = "https://billing.example"


def deliver(desk: Desk, web: Web) -> None:
    """Sent, sent again, answered, settled and opened; what is refused among it."""
    with set_up(web):
        send(desk, web)
        open_links(desk, web)


def deliver_to_payees(desk: Desk, web: Web) -> None:
    """Documents of payees, likewise."""
    with set_up(web):
        send_to_payees(desk, web)


@contextmanager
def set_up(web: Web) -> Iterator[None]:
    """With a folder of a portal, and an address of this server."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("USUFRUCT_PORTAL_FOLDER", "portal")
        patched.setenv("USUFRUCT_PUBLIC_URL", _PUBLIC)
        resources = web.app.state.resources
        patched.setattr(type(resources), "__setattr__", object.__setattr__)
        patched.setattr(resources, "delivery_setup", ways_set_up(from_environment()))
        yield


def unmasked(web: Web, method: str, path: str, **more: Any) -> Any:
    """What is answered with all that is random in it, which no golden file has."""
    headers = {"Authorization": f"Bearer {web.keys['finance']}"}
    return web.client.request(method, path, headers=headers, **more).json()


def send(desk: Desk, web: Web) -> None:
    """By commands now, over HTTP soon."""
    first, second = (one["number"] for one in web.done("anna", "GET", "/v1/invoices")[:2])
    ariba = ("invoice", "send", first, "--way", "portal", "--to", "ariba")
    desk.types("deliveries", *ariba)
    desk.types("deliveries", *ariba)
    desk.types("deliveries", "invoice", "send", first)
    desk.types("deliveries", "invoice", "send", first, "--way", "pigeon")
    desk.types("deliveries", "invoice", "send", first, "--way", "mail", "--to", "invoices@blechwerke.example")
    desk.types("deliveries", "invoice", "send", first, "--way", "portal", "--to", "a b", "--to", "coupa")
    path = f"/v1/invoices/{first}/deliveries"
    (sent,) = unmasked(web, "GET", path)
    again = ("invoice", "send-again", first, str(sent["id"]))
    desk.types("deliveries", *again, "--reason", "they lost it")
    message = sent["events"][-1]["number"]
    for answer in ({"code": "UQ", "detail": "which order?"}, {"code": "AP"}, {"code": "OK"}):
        web.asks("deliveries", "finance", "POST", "/v1/deliveries/answers", json={"message": message} | answer)
    web.asks("deliveries", "finance", "POST", "/v1/deliveries/answers", json={"message": message, "code": "RE"})
    desk.both("deliveries", "invoice", "deliveries", first)
    desk.types("deliveries", "waiting", "--kind", "delivery")
    noted = {"outcome": "noted", "reason": "credited"}
    web.asks("deliveries", "finance", "POST", f"{path}/{sent['id']}/settle", json=noted)
    desk.types("deliveries", "invoice", "settle", first, str(sent["id"]), "--outcome", "noted", "--reason", "again")
    desk.types("deliveries", "invoice", "settle", first, str(sent["id"]), "--outcome", "lost", "--reason", "again")
    web.asks("deliveries", "finance", "POST", f"{path}/{sent['id']}/again", json={"reason": "they lost it"})
    web.asks("deliveries", "finance", "POST", path, json={"way": "link", "to": ["invoices@blechwerke.example"]})
    web.asks("deliveries", "blechwerke", "GET", path)
    due = {"way": "portal", "to": ["coupa"]}
    web.asks("deliveries", "finance", "POST", f"/v1/invoices/{second}/deliveries", json=due)
    web.asks("deliveries", "finance", "GET", f"/v1/invoices/{first}/portal.csv")


def open_links(desk: Desk, web: Web) -> None:
    """Made, opened without a key, listed and revoked."""
    number = web.done("anna", "GET", "/v1/invoices")[0]["number"]
    path = f"/v1/invoices/{number}/links"
    desk.types("deliveries", "invoice", "link", number, "--days", "14")
    web.done("finance", "POST", path, json={"days": 7})
    link = unmasked(web, "POST", path, json={"days": 7})
    opened = link["url"].removeprefix(_PUBLIC)
    for what in ("", "/pdf", "/original"):
        web.ask(None, "GET", opened + what)
    web.asks("deliveries", None, "GET", "/d/guessed")
    web.asks("deliveries", None, "POST", "/v1/gateway-events/guessed", json={"object": "event"})
    desk.both("deliveries", "invoice", "links", number)
    web.asks("deliveries", "finance", "DELETE", f"{path}/{link['id']}")
    web.asks("deliveries", None, "GET", opened)
    desk.types("deliveries", "invoice", "link-revoke", number, str(link["id"]))
    web.done("finance", "GET", path)


def send_to_payees(desk: Desk, web: Web) -> None:
    """A document of a payee, likewise."""
    number = "WERKHALLE-SB-2026-000001"
    path = f"/v1/payee-documents/{number}"
    desk.types("deliveries", "payee", "send", number)
    desk.types("deliveries", "payee", "send", number, "--way", "portal", "--to", "ariba")
    desk.types("deliveries", "payee", "send", number, "--way", "portal", "--to", "ariba")
    (sent,) = unmasked(web, "GET", f"{path}/deliveries")
    desk.both("deliveries", "payee", "deliveries", number)
    desk.types("deliveries", "payee", "settle", number, str(sent["id"]), "--outcome", "noted", "--reason", "again")
    desk.types("deliveries", "payee", "send-again", number, str(sent["id"]), "--reason", "they lost it")
    due = {"way": "portal", "to": ["coupa"]}
    web.asks("deliveries", "finance", "POST", f"{path}/deliveries", json=due)
    web.asks("deliveries", "finance", "GET", f"{path}/deliveries")
    of_sent = f"{path}/deliveries/{sent['id']}"
    web.asks("deliveries", "finance", "POST", f"{of_sent}/again", json={"reason": "they lost it"})
    web.asks("deliveries", "finance", "POST", f"{of_sent}/settle", json={"outcome": "noted", "reason": "read"})
    waiting = unmasked(web, "GET", f"{path}/deliveries")[-1]
    given_up = {"outcome": "given_up", "reason": "they have no such portal"}
    web.asks("deliveries", "finance", "POST", f"{path}/deliveries/{waiting['id']}/settle", json=given_up)
    desk.types("deliveries", "payee", "link", number, "--days", "14")
    link = unmasked(web, "POST", f"{path}/links", json={"days": 7})
    web.done("finance", "POST", f"{path}/links", json={"days": 7})
    web.ask(None, "GET", link["url"].removeprefix(_PUBLIC))
    desk.both("deliveries", "payee", "links", number)
    web.asks("deliveries", "finance", "DELETE", f"{path}/links/{link['id']}")
    web.asks("deliveries", "finance", "GET", f"{path}/links")
    desk.types("deliveries", "payee", "link-revoke", number, str(link["id"]))
