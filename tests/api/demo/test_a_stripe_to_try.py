"""A Stripe of our own that a person tries collecting with: its pages, its file of accounts, and that it stays on this machine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import create_connection
from urllib.parse import urlsplit

import pytest
import requests
from stripe import AuthenticationError

from api.collecting.accounts_file import gateways_set_up
from api.delivering.setup import ways_set_up
from api.demo.money.house import environment
from api.demo.money.mailbox import Mailbox
from api.demo.stripe_server.__main__ import tell_events
from api.demo.stripe_server.accounts import write_accounts
from api.demo.stripe_server.server import StripeServer, stripe_server
from api.server.settings import Settings
from billing.payments.gateway import GatewayFailed, GatewayRefused
from billing.payments.stripe import StripeGateway
from contracts.delivery_terms import DeliveryWay
from tests.architecture.source import ROOT, imported, inside, modules, tree_of
from tests.billing.payments.stripe_scene import Scene


@pytest.fixture
def tried() -> Iterator[StripeServer]:
    with stripe_server() as server:
        server.sessions.address = f"{server.address}/pages"
        yield server


@pytest.fixture
def here(tried: StripeServer) -> Iterator[Scene]:
    customer = tried.payments.make_customer({"name": "Blechwerke", "metadata": {}})["id"]
    with closing(StripeGateway(tried.secret_key, [], address=tried.address)) as gateway:
        yield Scene(tried, gateway, customer)


def clicks(page: str, choice: str) -> requests.Response:
    return requests.post(page, data={"by": choice}, timeout=5, allow_redirects=False)


def test_a_customer_pays_in_its_page(here: Scene) -> None:
    page = here.session("119.00 EUR").url
    shown = requests.get(page, timeout=5).text
    assert all(
        words in shown for words in ("Pay 11900 eur", "no money moves", "a card that pays", "a bank account that pays")
    )

    declined = clicks(page, "declined")
    assert (declined.status_code, "The card was declined." in declined.text) == (200, True)
    paid = clicks(page, "card")
    assert (paid.status_code, paid.headers["Location"]) == (303, "https://pay.example/done")
    (intent,) = here.stripe.made("payment_intent")
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 11900)
    assert clicks(page, "card").status_code == 404
    assert "closed" in requests.get(page, timeout=5).text


@pytest.mark.parametrize("body", ["by=gold", "nothing"])
def test_what_is_no_button_does_nothing(here: Scene, body: str) -> None:
    page = here.session("119.00 EUR").url
    assert requests.post(page, data=body, timeout=5).status_code == 404
    assert here.stripe.made("payment_intent") == []


def test_the_file_of_accounts_sets_the_product_up(tried: StripeServer, tmp_path: Path) -> None:
    file = write_accounts(tried, tmp_path / "made", "Nordluft GmbH", "Nordluft GmbH")
    (account,) = gateways_set_up(Settings.model_construct(gateways_file=file, public_url="")).accounts
    assert (account.tenant, account.supplier, account.is_on_this_machine) == ("Nordluft GmbH", "Nordluft GmbH", True)
    assert isinstance(account.gateway, StripeGateway)
    with closing(account.gateway) as gateway:
        assert list(gateway.events_since(tried.clock.now)) == []


def test_what_happens_is_told_once_and_waits_until_somebody_listens(here: Scene) -> None:
    told: list[dict[str, object]] = []
    is_listening = False

    def receiver(body: bytes, _: str) -> None:
        if not is_listening:
            raise ConnectionRefusedError
        told.append(json.loads(body))

    here.stripe.webhooks.receiver = receiver
    clicks(here.session("119.00 EUR").url, "card")
    tell_events(here.stripe)
    is_listening = True
    tell_events(here.stripe)
    tell_events(here.stripe)
    assert [event["id"] for event in told] == [event["id"] for event in here.stripe.books.events]
    assert "payment_intent.succeeded" in {event["type"] for event in told}


@pytest.mark.parametrize(("variable", "value"), [
    ("USUFRUCT_MAIL_HOST", "mail.example"), ("USUFRUCT_ACCESS_POINT_URL", "https://point.example"),
    ("USUFRUCT_PORTAL_FOLDER", "/srv/portals"), ("USUFRUCT_GATEWAYS_FILE", "/run/secrets/gateways.yaml"),
])  # fmt: skip
def test_the_demo_uses_no_server_that_the_environment_names(
    tried: StripeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert value in {str(stated) for stated in vars(Settings()).values()}, "the variable is read of an environment"
    settings = environment(tmp_path, tried, Mailbox(2525), "Nordluft GmbH", "Nordluft GmbH")
    assert value not in {str(stated) for stated in vars(settings).values()}
    assert set(ways_set_up(settings).ways) == {DeliveryWay.MAIL, DeliveryWay.LINK}


def test_a_gateway_of_our_own_is_named_in_the_log(
    tried: StripeServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = write_accounts(tried, tmp_path, "Nordluft GmbH", "Nordluft GmbH")
    with caplog.at_level("INFO", logger="api.collecting.accounts_file"):
        gateways_set_up(Settings.model_construct(gateways_file=file, public_url=""))
    assert caplog.messages == [
        f"the gateway account demo-cards is at {tried.address}, on this machine: no money is moved by it"
    ]


def test_it_takes_no_key_but_its_own(tried: StripeServer) -> None:
    refused = pytest.raises((GatewayRefused, GatewayFailed, AuthenticationError))
    with closing(StripeGateway("sk_live_of_somebody", [], address=tried.address)) as gateway, refused:
        list(gateway.events_since(tried.clock.now))
    assert tried.requests == []


def test_it_listens_on_this_machine_alone(tried: StripeServer) -> None:
    assert urlsplit(tried.address).hostname == "127.0.0.1"
    port = urlsplit(tried.address).port or 0
    with create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(OSError, match="refused"):
        create_connection(("127.0.0.2", port), timeout=5)


def test_it_runs_by_itself_until_it_is_ended(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "api.demo.stripe_server",
        str(tmp_path),
        "--tenant",
        "N",
        "--supplier",
        "N",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            first, second = running.stdout.readline(), running.stdout.readline()
            assert "no money moves" in first
            assert f"USUFRUCT_GATEWAYS_FILE={tmp_path / 'gateways.yaml'}" in second
            assert "is at http://127.0.0.1:" in first
        finally:
            running.terminate()


class TestNothingOfTheProductReachesIt:
    """What serves and works imports neither the server nor the chapter that begins it: only who asks for the demo does."""

    def reaching(self) -> set[str]:
        return {
            inside(path)
            for path in modules("quantities", "metering", "savings", "contracts", "billing", "api")
            if not inside(path).startswith("api/demo/")
            and any(module.startswith("api.demo") for module, _ in imported(tree_of(path)))
        }

    def test_but_the_commands_of_the_demo(self) -> None:
        assert self.reaching() == {"api/cli/serving.py", "api/cli/listening.py"}

    def test_and_these_only_once_they_are_asked(self) -> None:
        told = "import sys, api.cli.serving, api.cli.listening, api.http.app, api.server.working; print([name for name in sys.modules if name.startswith('api.demo')])"
        done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"
