"""Processes killed while they bill, issue, collect and handle what Stripe tells; Stripe lives on in another process.

Each is a process of its own that SIGKILL ends, at a named point or at any instant. Whoever comes next goes on, and in
the end no document is there twice and none is missing, none was charged twice, and all that Stripe has is ours.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from api.demo.stripe_server.clock import GatewayClock
from api.demo.stripe_server.faults import GatewayFault
from api.demo.stripe_server.server import stripe_server
from api.server.embedded import EmbeddedServer
from billing.payments.orders.claims import LEASE
from tests.conftest import application_pool, world_copy
from tests.reliability.forked import Client
from tests.reliability.money_house import House, Point, agreed, issued, works

RUNNER, EVENTS, STRIPE = "api.collecting.runner:", "api.collecting.events:", "billing.payments.stripe:StripeGateway."
HEARD, BOOKS = "api.operations.gateway_events:", "billing.payments.orders.recorded:"
BILLING = "billing.run:"
CHARGES = "POST /v1/payment_intents"


@dataclass(frozen=True)
class Situation:
    """What has happened before a process is killed, and where it may end."""

    name: str
    before: Callable[[House], object]
    functions: tuple[str, ...]
    is_issued: bool = True
    charged_back: int = 0
    times: int = 1


def loses_answers(house: House, fault: GatewayFault = GatewayFault.CUT_AFTER) -> None:
    house.stripe.faults.next(fault, CHARGES, times=2)
    house.runs("collect and handle")
    house.stripe.webhooks.drop()
    house.stripe.move(minutes=2)


def has_a_debit_under_way(house: House) -> None:
    house.runs()
    house.stripe.move(days=6)
    house.stripe.webhooks.drop()


def is_told_of_a_debit(house: House) -> None:
    house.runs()
    house.stripe.move(days=6)


def is_told_of_a_chargeback(house: House) -> None:
    house.runs()
    house.charges_back()


def has_a_page_asked(house: House) -> None:
    house.runs()
    house.asks_page()


def has_a_page_paid(house: House) -> None:
    has_a_page_asked(house)
    house.runs()
    house.pays_pages()


def has_a_refund_asked(house: House) -> None:
    house.runs()
    house.asks_refund()


def nothing_is_done(house: House) -> None:
    """The documents are issued, and nobody has worked since."""


ASKS = (f"{RUNNER}claim", f"{RUNNER}_done", f"{RUNNER}record_outcome", f"{BOOKS}record_payment")
SEARCHES = (f"{STRIPE}find", f"{RUNNER}record_search")
HANDLES = (
    f"{HEARD}keep_told", f"{EVENTS}claim_event", f"{EVENTS}_handled", f"{STRIPE}fetch", f"{EVENTS}handle",
)  # fmt: skip
SITUATIONS = (
    Situation("charged", nothing_is_done, (*ASKS, f"{STRIPE}charge"), times=2),
    Situation("billed", nothing_is_done, (f"{BILLING}bill", f"{BILLING}conclude", f"{RUNNER}claim"), is_issued=False),
    Situation("lost after", loses_answers, (*SEARCHES, f"{BOOKS}record_payment"), times=2),
    Situation(
        "lost before",
        lambda house: loses_answers(house, GatewayFault.CUT_BEFORE),
        (f"{RUNNER}record_search", f"{STRIPE}charge", f"{STRIPE}fetch", f"{RUNNER}record_outcome"),
    ),
    Situation("a debit looked at", has_a_debit_under_way, (f"{STRIPE}fetch", f"{RUNNER}record_look")),
    Situation("a debit told of", is_told_of_a_debit, (*HANDLES, f"{BOOKS}record_payment")),
    Situation("charged back", is_told_of_a_chargeback, (*HANDLES, f"{BOOKS}reverse_payment"), charged_back=1),
    Situation(
        "a page asked for",
        has_a_page_asked,
        (f"{STRIPE}save_customer", f"{RUNNER}know_customer", f"{STRIPE}open_session", f"{RUNNER}record_outcome"),
    ),
    Situation("a page paid", has_a_page_paid, (f"{EVENTS}handle", f"{BOOKS}remember", f"{BOOKS}record_payment")),
    Situation(
        "refunded",
        has_a_refund_asked,
        (f"{RUNNER}claim", f"{STRIPE}refund", f"{RUNNER}record_outcome", f"{BOOKS}record_payment"),
    ),
    Situation(
        "polled", is_told_of_a_debit, (f"{EVENTS}record_events", f"{EVENTS}events_read", f"{EVENTS}balance_read")
    ),
)
NAMED = [
    (situation, Point(function, is_after, time))
    for situation in SITUATIONS
    for function in situation.functions
    for is_after in (False, True)
    for time in range(1, situation.times + 1)
]
#: The shortest list that has each thing of which somebody might think that it is enough: intent, call, event, payment.
SHORT = {
    "charged": "before _done, time 1",
    "lost after": "after StripeGateway.find, time 1",
    "a debit told of": "after keep_told, time 1",
    "charged back": "after reverse_payment, time 1",
    "a page asked for": "after StripeGateway.open_session, time 1",
    "refunded": "after StripeGateway.refund, time 1",
}


@contextmanager
def house_of(server: EmbeddedServer, name: str, *, is_issued: bool = True) -> Iterator[House]:
    build, world = (issued, "documents to charge at Stripe") if is_issued else (agreed, "contracts charged at Stripe")
    clock = GatewayClock(datetime.now(UTC) + timedelta(minutes=1))
    with (
        world_copy(server, world, build, name) as (access, _),
        application_pool(access) as database,
        stripe_server(clock) as stripe,
    ):
        house = House(access, database, stripe)
        with closing(house.gateway):
            yield house


def dies(house: House, point: Point) -> bool:
    """Let a process work until it comes to a point; whether it did."""
    client = Client(works, *house.arguments(point))
    assert client.ends_within(120), "it neither ended nor came to the point"
    _, complaints = client.everything()
    assert complaints == ""
    return client.process.exitcode == -signal.SIGKILL


def killed_at(server: EmbeddedServer, situation: Situation, point: Point) -> None:
    with house_of(server, "killed", is_issued=situation.is_issued) as house:
        situation.before(house)
        assert dies(house, point), f"{situation.name}: it never came to {point}"
        house.lives_on()
        house.is_right(charged_back=situation.charged_back)


@pytest.mark.parametrize(
    ("situation", "point"), [
        pytest.param(situation, point, id=f"{situation.name}-{point}")
        for situation, point in NAMED
        if SHORT.get(situation.name) == str(point)
    ],
)  # fmt: skip
def test_killed_at_a_named_point(server: EmbeddedServer, situation: Situation, point: Point) -> None:
    killed_at(server, situation, point)


def test_a_time_out_after_the_effect_a_pause_of_eight_days_and_one_charge(server: EmbeddedServer) -> None:
    """The server forgets keys after a day: what it has is found by our number, and nothing is asked again."""
    with house_of(server, "eight days") as house:
        loses_answers(house)
        assert len(house.stripe.made("payment_intent")) == 2
        house.stripe.webhooks.drop()
        house.stripe.move(days=8)
        house.lives_on()
        asked = [key for operation, key in house.stripe.requests if operation == CHARGES]
        assert len(asked) == len(set(asked)) == 2
        house.is_right()


@pytest.mark.long
def test_killed_at_named_points_and_at_any_instant(
    server: EmbeddedServer, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """The named ones first, each once, and then at random instants, until so many were killed."""
    kills, begun = request.config.getoption("--kills"), time.monotonic()
    named = Random(22).sample(NAMED, k=min(len(NAMED), 60))[:kills]
    for situation, point in named:
        killed_at(server, situation, point)
    at_random = sum(killed_at_any_instant(server, seed) for seed in range(kills - len(named)))
    with capsys.disabled():
        seconds = time.monotonic() - begun
        print(f"\n{len(named)} killed at named points and {at_random} at random, in {seconds:.0f} s")


def killed_at_any_instant(server: EmbeddedServer, seed: int) -> bool:
    """Kill two after each other, each within what a whole run lasts; whether the first was at its work."""
    random = Random(seed)
    situation = random.choice(SITUATIONS)
    with house_of(server, "at any instant", is_issued=situation.is_issued) as house:
        situation.before(house)
        was_at_work = [killed_after(house, random.uniform(0, 0.5)) for _ in range(2)]
        house.stripe.move(seconds=LEASE.total_seconds() + 61)
        house.lives_on()
        house.is_right(charged_back=situation.charged_back)
    return was_at_work[0]


def killed_after(house: House, seconds: float) -> bool:
    client = Client(works, *house.arguments())
    client.stdout.readline()
    client.ends_within(seconds)
    was_at_work = client.process.exitcode is None
    client.kill()
    _, complaints = client.everything()
    assert complaints == ""
    return was_at_work
