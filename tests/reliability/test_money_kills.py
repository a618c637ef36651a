"""Processes killed while they bill, issue, deliver, collect and handle what Stripe tells; all that is outside lives on.

Each is a process of its own that SIGKILL ends, at a named place or at any instant. Whoever comes next goes on, and in
the end no document is there twice and none is missing, each arrived as its way promises, none was charged twice, and
all that Stripe has is ours.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import pytest

from api.demo.stripe_server.clock import GatewayClock
from api.demo.stripe_server.server import stripe_server
from api.server.embedded import EmbeddedServer
from billing.payments.orders.claims import LEASE
from tests.conftest import application_pool, world_copy
from tests.reliability.forked import Client
from tests.reliability.kill_points import PLACES, Point
from tests.reliability.money_house import House, agreed, issued, works
from tests.reliability.money_right import is_right
from tests.reliability.money_situations import CHARGES, NAMED, SITUATIONS, Situation, loses_answers, nothing_is_done
from tests.reliability.outside import outside

#: The shortest list that has each thing of which somebody might think that it is enough: number, mail, intent, event,
#: payment. What was called, and then eight days, has a test of its own.
SHORT = {
    "billed": "after the number",
    "sent": "after the mail",
    "charged": "before the work on it",
    "a debit told of": "after the event",
    "charged back": "after the reversal",
}
_AT_NAMED_POINTS = 60
_ENDS_WITHIN_S = 300
#: After each that is killed: none, a lease, longer than a call is repeated for, and longer than a key is known.
_PAUSES_S = tuple(
    pause.total_seconds()
    for pause in (timedelta(0), LEASE + timedelta(seconds=61), timedelta(hours=21), timedelta(days=8))
)
_LASTED_S: dict[str, float] = {}


@contextmanager
def house_of(server: EmbeddedServer, name: str, *, is_issued: bool = True) -> Iterator[House]:
    build, world = (issued, "documents to charge at Stripe") if is_issued else (agreed, "contracts charged at Stripe")
    clock = GatewayClock(datetime.now(UTC) + timedelta(minutes=1))
    with (
        world_copy(server, world, build, name) as (access, _),
        application_pool(access) as database,
        stripe_server(clock) as stripe,
        outside() as arrived,
        closing(House(access, database, stripe, arrived)) as house,
    ):
        yield house


def dies(house: House, point: Point) -> bool:
    """Let a process work until it comes to a point; whether it did."""
    client = Client(works, *house.arguments(point))
    assert client.ends_within(_ENDS_WITHIN_S), "it neither ended nor came to the point"
    _, complaints = client.everything()
    assert complaints == "", complaints
    house.killed += 1
    return client.process.exitcode == -signal.SIGKILL


def killed_at(server: EmbeddedServer, situation: Situation, point: Point, *, days: int = 0) -> None:
    """Kill a process at a point, and let others go on: after so many days, in which nobody is told anything."""
    with house_of(server, "killed", is_issued=situation.is_issued) as house:
        situation.before(house)
        assert dies(house, point), f"{situation.name}: it never came to {point}"
        if days:
            house.stripe.webhooks.drop()
            house.stripe.move(days=days)
        house.lives_on()
        is_right(house, charged_back=situation.charged_back)


@pytest.mark.parametrize(
    ("situation", "point"), [
        pytest.param(situation, point, id=f"{situation.name}-{point}")
        for situation, point in NAMED
        if SHORT.get(situation.name) == str(point)
    ],
)  # fmt: skip
def test_killed_at_a_named_point(server: EmbeddedServer, situation: Situation, point: Point) -> None:
    killed_at(server, situation, point)


def test_sixty_points_and_more_are_named_and_each_place_is_there() -> None:
    assert len({(point.place, point.is_after) for _, point in NAMED}) >= _AT_NAMED_POINTS
    assert {point.place for _, point in NAMED} == set(PLACES)
    for _, point in NAMED:
        point.found()
    assert {situation.name for situation, point in NAMED if SHORT.get(situation.name) == str(point)} == set(SHORT)


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
        is_right(house)


@pytest.mark.parametrize(("name", "words"), [
    ("charged", "after the charge"),
    ("refunded", "after the refund"),
    ("a page asked for", "after the customer at the gateway"),
])  # fmt: skip
def test_killed_after_the_effect_a_pause_of_eight_days_and_one_of_it(
    server: EmbeddedServer, name: str, words: str
) -> None:
    """The intent row was committed before: whoever goes on looks for what came of it, by our number."""
    (pair,) = ((situation, point) for situation, point in NAMED if (situation.name, str(point)) == (name, words))
    killed_at(server, *pair, days=8)


class TestANameThatIsWrong:
    """A point that is not reached is a failure, and no kill."""

    def test_of_a_place_that_nothing_comes_to(self, server: EmbeddedServer) -> None:
        never = Point("the reversal", is_after=False)
        situation = Situation("charged", nothing_is_done, ("the reversal",))
        with pytest.raises(AssertionError, match=r"charged: it never came to before the reversal"):
            killed_at(server, situation, never)

    def test_of_a_place_that_is_not_there(self, server: EmbeddedServer) -> None:
        renamed = Point("api.collecting.runner:_renamed", is_after=False)
        with house_of(server, "no such place") as house, pytest.raises(AssertionError, match="no attribute '_renamed'"):
            dies(house, renamed)


def killed_at_any_instant(server: EmbeddedServer, seed: int) -> int:
    """Kill two after each other, each within what a whole run lasts; say how many of them were at their work.

    Each other seed has a neighbour for each that is killed: it is at the same work, and lives.
    """
    random = Random(seed)
    situation = random.choice(SITUATIONS)
    with house_of(server, "at any instant", is_issued=situation.is_issued) as house:
        house.random = random
        situation.before(house)
        for _ in range(2):
            killed_after(house, random.uniform(0, _lasts(server, situation)), has_neighbour=bool(seed % 2))
            house.stripe.move(seconds=random.choice(_PAUSES_S))
        house.lives_on()
        is_right(house, charged_back=situation.charged_back)
        return house.killed


def killed_after(house: House, seconds: float, *, has_neighbour: bool) -> None:
    arguments = house.arguments()
    client, *neighbours = (Client(partial(works, side_by_side=True), *arguments) for _ in range(1 + has_neighbour))
    client.stdout.readline()
    client.ends_within(seconds)
    client.kill()
    said, complaints = client.everything()
    assert complaints == ""
    house.killed += "done" not in said
    for neighbour in neighbours:
        assert neighbour.ends_within(_ENDS_WITHIN_S)
        assert (*neighbour.everything(), neighbour.process.exitcode) == ("started\ndone\n", "", 0)


def _lasts(server: EmbeddedServer, situation: Situation) -> float:
    """How many seconds a process is at the work of a situation that nobody kills; measured once."""
    if situation.name not in _LASTED_S:
        _LASTED_S[situation.name] = _measured(server, situation)
    return _LASTED_S[situation.name]


def _measured(server: EmbeddedServer, situation: Situation) -> float:
    with house_of(server, "how long", is_issued=situation.is_issued) as house:
        situation.before(house)
        client = Client(partial(works, side_by_side=True), *house.arguments())
        client.stdout.readline()
        begun = time.monotonic()
        assert client.ends_within(_ENDS_WITHIN_S)
        assert client.everything() == ("done\n", "")
        return time.monotonic() - begun


def test_killed_at_an_instant(server: EmbeddedServer) -> None:
    killed_at_any_instant(server, 1)


@pytest.mark.long
def test_killed_at_named_points_and_at_any_instant(
    server: EmbeddedServer, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """The named ones first, each once, and then at random instants, until so many were killed at their work.

    After each other named one nobody works for eight days: by then the server has forgotten the key.
    """
    kills, first = request.config.getoption("--kills"), request.config.getoption("--kill-seed")
    named = NAMED if kills >= len(NAMED) else Random(first).sample(NAMED, k=min(kills, _AT_NAMED_POINTS))
    faults: list[str] = []
    random, begun = Random(first), time.monotonic()
    for situation, point in named:
        days = random.choice((0, 8))
        with noted(faults, f"{situation.name}, {point}, {days} days"):
            killed_at(server, situation, point, days=days)
    named_s, at_random = time.monotonic() - begun, 0
    for seed in range(first, first + kills):  # of each two are killed, and not all of them were at work
        if at_random >= kills - _AT_NAMED_POINTS:
            break
        with noted(faults, f"--kill-seed={seed}"):
            at_random += killed_at_any_instant(server, seed)
    with capsys.disabled():
        random_s = time.monotonic() - begun - named_s
        print(f"\n{len(named)} killed at named points in {named_s:.0f} s and {at_random} at random in {random_s:.0f} s")
    assert faults == []
    assert at_random >= kills - _AT_NAMED_POINTS, "too many had ended before they were killed"


@contextmanager
def noted(faults: list[str], where: str) -> Iterator[None]:
    """Go on with the others, and fail in the end: one fault hides no other."""
    try:
        yield
    except AssertionError as fault:
        faults.append(f"{where}: {str(fault)[:300]}")
