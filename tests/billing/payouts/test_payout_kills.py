"""Our process ends at a named point between claim and transfer, somebody else goes on: one payout, one transfer.

The database has what was committed by then, and Stripe what it was asked by then; nothing else outlives a process.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from api.collecting import runner
from api.paying_out import connecting, everyone
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from billing.payments.orders.claims import LEASE
from billing.payments.stripe import StripeGateway
from billing.payouts import making
from tests.billing.payments.gateway_of_tests import Killed
from tests.billing.payouts.paying import PART, PayoutScene, billed, paid_out, paying
from tests.conftest import application_pool, world_copy

#: Where the process ends: as the module names it that is about to be called.
POINTS: dict[str, tuple[object, str]] = {
    "as an account is looked at": (everyone, "make_due"),
    "after the payout, before its order": (making, "_order"),
    "after the order, before the account is looked at again": (making, "_look_again"),
    "after the claim": (runner, "_done"),
    "after the call, before its outcome": (runner, "record_outcome"),
    "after the search, before what it found": (runner, "record_search"),
}
CALLS = ("before the call", "after the call")


@pytest.fixture
def here(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
    def build(access: Access) -> None:
        billed(access, paid_out("by: gateway"))

    copied = world_copy(server, "a payee that is paid: by: gateway", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool, paying(pool) as made:
        yield made.has_money()


def killed(*_: object, **__: object) -> None:
    raise Killed


def ends_at(here: PayoutScene, point: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Work until the process ends at a point; whether it came there."""
    if point in CALLS:
        transfer = StripeGateway.transfer

        def asked(gateway: StripeGateway, wanted: Any) -> Any:
            if point == "after the call":
                transfer(gateway, wanted)
            raise Killed

        monkeypatch.setattr(StripeGateway, "transfer", asked)
    else:
        module, name = POINTS[point]
        monkeypatch.setattr(module, name, killed)
    try:
        here.pays_out()
    except Killed:
        return True
    finally:
        monkeypatch.undo()
    return False


def lives_on(here: PayoutScene) -> None:
    for _ in range(3):
        here.passes(seconds=LEASE.total_seconds() + 60).pays_out()
    here.passes(days=1).pays_out()


@pytest.mark.parametrize("point", [*CALLS, *POINTS])
def test_one_payout_and_one_transfer_wherever_it_ends(
    here: PayoutScene, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.onboards()
    here.pays()
    here.passes(days=1)
    if point == "after the search, before what it found":
        assert ends_at(here, "after the call", monkeypatch)
        here.passes(seconds=LEASE.total_seconds() + 60)
    assert ends_at(here, point, monkeypatch), point
    lives_on(here)
    assert (here.in_short(), here.transferred()) == ([f"payout {PART} paid"], [10710])
    here.adds_up()


def test_killed_after_the_effect_and_eight_days_of_pause(here: PayoutScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe has forgotten the key by then: the transfer is looked for before anything is asked anew."""
    here.onboards()
    here.pays()
    here.passes(days=1)
    assert ends_at(here, "after the call", monkeypatch)
    here.passes(days=8)
    lives_on(here)
    assert here.transferred() == [10710]
    here.adds_up()


def test_an_account_at_the_gateway_is_made_once(here: PayoutScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "record_connection", killed)
    with pytest.raises(Killed):
        here.onboards()
    monkeypatch.undo()
    here.passes(days=3)
    connecting.connect_payees(here.work)
    assert len(here.stripe.made("account")) == 1
    assert here.connection().external == here.stripe.made("account")[0]["id"]
    assert here.connection().link.startswith("https://connect.example/")
    here.passes(minutes=5)
    assert here.connection().link == ""


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_killed_again_and_again(here: PayoutScene, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payments, reversals and ends of a process at random points: what is paid is what is owed, never twice."""
    random = Random(seed)
    here.onboards()
    payments: list[int] = []
    for turn in range(6):
        if payments and random.random() < 0.4:
            here.reverses(payments.pop(), f"back {turn}")
        elif not payments:
            payments.append(here.pays(reference=f"bank {turn}"))
        ends_at(here, random.choice([*CALLS, *POINTS]), monkeypatch)
        here.passes(hours=random.choice([1, 21, 30, 200]))
    lives_on(here)
    assert here.balance().payable <= 0
    here.adds_up()
