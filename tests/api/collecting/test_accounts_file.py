"""The file of gateway accounts: what it says, and what is refused of it, with the variable that names it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.collecting.accounts_file import MAKERS, GatewayMaker, gateways_set_up
from api.collecting.everyone import collect_everyone, poll_everyone
from api.collecting.runner import CollectingRules
from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.server.embedded import EmbeddedServer
from api.server.settings import InvalidEnvironment, Settings
from billing.payments.gateway import GatewayEvent, GatewayFailed
from billing.payments.stripe import StripeGateway
from tests.billing.payments.gateway_of_tests import GatewayOfTests
from tests.billing.payments.till import ACCOUNT, Till, opened
from tests.conftest import application_pool, world_copy

ONE = """accounts:
  - {name: cards, tenant: Nordluft, supplier: Nordluft GmbH, gateway: tests, secret_key_file: KEY,
     webhook_secret_files: [HOOK], country: DE}
"""
MADE: list[tuple[str, list[str]]] = []


def make(key: str, secrets: Sequence[str], address: str) -> GatewayOfTests:
    assert address in {"", "http://127.0.0.1:9"}
    MADE.append((key, list(secrets)))
    return GatewayOfTests(lambda: datetime(2026, 2, 1, tzinfo=UTC))


TESTS: Mapping[str, GatewayMaker] = {"tests": make}


def set_up(
    folder: Path, text: str = ONE, makers: Mapping[str, GatewayMaker] = TESTS, key: str = "sk_1"
) -> GatewaysSetUp:
    (folder / "key").write_text(f"{key}\n", encoding="utf-8")
    (folder / "hook").write_text("whsec_1\n", encoding="utf-8")
    file = folder / "gateways.yaml"
    text = text.replace("KEY", str(folder / "key")).replace("HOOK", str(folder / "hook"))
    file.write_text(text, encoding="utf-8")
    return gateways_set_up(Settings(gateways_file=file, public_url="https://billing.example"), makers)


def test_secrets_are_read_from_their_files(tmp_path: Path) -> None:
    MADE.clear()
    accounts = set_up(tmp_path)
    assert MADE == [("sk_1", ["whsec_1"])]
    of_tenant = accounts.of_tenant("Nordluft")
    assert (of_tenant.account_of("Nordluft GmbH"), of_tenant.gateway_of("cards")) == ("cards", "tests")
    assert accounts.of_tenant("Südpresse").why_not("Nordluft GmbH") == "Nordluft GmbH has no gateway account here"


def test_an_address_on_this_machine_or_the_gateways_own_is_asked(tmp_path: Path) -> None:
    set_up(tmp_path, ONE.replace("country: DE", "country: DE, address: 'http://127.0.0.1:9'"))
    of_stripe = ONE.replace("gateway: tests", "gateway: stripe")
    for address in (
        "",
        "address: 'https://api.stripe.com'",
        "address: 'http://127.0.0.1:9'",
        "address: 'http://[::1]:9'",
    ):
        accounts = set_up(tmp_path, of_stripe.replace("country: DE", f"country: DE, {address}"), MAKERS)
        (account,) = accounts.accounts
        gateway = account.gateway
        assert isinstance(gateway, StripeGateway)
        asked = gateway._client._requestor._options.base_addresses["api"]
        assert asked == (address.removeprefix("address: ").strip("'") or "https://api.stripe.com")


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_a_live_key_never_goes_to_a_gateway_of_our_own(tmp_path: Path, key: str) -> None:
    of_stripe = ONE.replace("gateway: tests", "gateway: stripe")
    on_this_machine = of_stripe.replace("country: DE", "country: DE, address: 'http://127.0.0.1:9'")
    with pytest.raises(InvalidEnvironment, match="a live key is told to stripe alone") as refused:
        set_up(tmp_path, on_this_machine, MAKERS, key)
    assert key not in str(refused.value)
    assert len(set_up(tmp_path, of_stripe, MAKERS, key).accounts) == 1
    assert len(set_up(tmp_path, on_this_machine, MAKERS, key.replace("live", "test")).accounts) == 1


def test_without_a_file_there_is_none() -> None:
    assert gateways_set_up(Settings(gateways_file=None)).accounts == ()


@pytest.mark.parametrize(("was", "becomes", "said"), [
    pytest.param("gateway: tests", "gateway: strype", "strype is no gateway: there is tests", id="unknown gateway"),
    pytest.param("secret_key_file: KEY", "secret_key_file: none", "none cannot be read", id="no key"),
    pytest.param("country: DE", "country: Germany", "country", id="no country"),
    pytest.param("name: cards", "name: Cards & more", "name", id="a name that no address has"),
    pytest.param("secret_key_file: KEY", "secret_key: sk_1", "secret_key", id="a secret in the file itself"),
    *(
        pytest.param("country: DE", f"country: DE, address: '{address}'", "neither on this machine nor that", id=address)
        for address in (
            "http://example.com", "http://127.0.0.1.example.com", "http://user@10.0.0.1", "http://localhost",
            "http://127.0.0.1@example.com", "ftp://127.0.0.1", "http://[::1", "127.0.0.1", "http://127.0.0.1/x",
        )
    ),
    pytest.param(ONE, ONE + ONE.removeprefix("accounts:\n"), "cards is named twice", id="twice"),
])  # fmt: skip
def test_what_is_wrong_is_named_with_its_variable(tmp_path: Path, was: str, becomes: str, said: str) -> None:
    with pytest.raises(InvalidEnvironment, match="USUFRUCT_GATEWAYS_FILE") as refused:
        set_up(tmp_path, ONE.replace(was, becomes))
    assert said in str(refused.value)
    assert "sk_1" not in str(refused.value)


@pytest.fixture
def till(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Till]:
    copied = world_copy(server, "a document to charge", opened, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Till(pool)


def test_the_scheduler_charges_what_is_due_and_reads_each_account_once_an_hour(till: Till) -> None:
    account = GatewayAccount(ACCOUNT, "Nordluft", "Nordluft", till.gateway)
    rules = CollectingRules(GatewaysSetUp((account,)), lambda: till.now)
    assert collect_everyone(till.database, rules) == 0
    assert till.states() == ["done"]
    read: list[datetime] = []

    def events_since(since: datetime) -> Iterator[GatewayEvent]:
        read.append(since)
        return iter(())

    till.gateway.events_since = events_since  # type: ignore[method-assign]
    for minutes in (0, 30, 31, 61):
        till.passes(minutes=minutes)
        assert poll_everyone(till.database, rules) == 0
    assert len(read) == 3
    with till.database.transaction(1) as session:
        from sqlmodel import select

        from billing.payments.tables import GatewayBalanceEntryRow

        (entry,) = session.exec(select(GatewayBalanceEntryRow)).all()
        assert (entry.kind, entry.gross, entry.source) == ("payment", till.stands().paid, "pi_1")


def test_a_tenant_that_fails_does_not_stop_the_others(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    account = GatewayAccount(ACCOUNT, "Nordluft", "Nordluft", till.gateway)
    rules = CollectingRules(GatewaysSetUp((account,)), lambda: till.now)

    def fails(*_: object) -> None:
        raise GatewayFailed

    monkeypatch.setattr("api.collecting.everyone.collect_tenant", fails)
    assert collect_everyone(till.database, rules) == 1
