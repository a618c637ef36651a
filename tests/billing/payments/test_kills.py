"""Our process ends at a named point, somebody else goes on after its lease: one charge, known and on the books.

The database has what was committed by then, and the gateway what it was asked by then; nothing else outlives a process.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from api.collecting import events, runner
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from billing.payments.orders.claims import LEASE
from tests.billing.payments.gateway_of_tests import Killed
from tests.billing.payments.till import GROSS, Till, opened
from tests.conftest import application_pool, world_copy

#: Where the process ends: as the module names it that is about to be called.
POINTS: dict[str, tuple[object, str]] = {
    "after the claim": (runner, "_done"),
    "after the call, before its outcome": (runner, "record_outcome"),
    "after the search, before what it found": (runner, "record_search"),
    "after the look, before what it saw": (runner, "record_look"),
    "after an event is claimed": (events, "_handled"),
    "after an event's thing is fetched": (events, "handle"),
    "after events are read, before they are kept": (events, "record_events"),
    "after they are kept, before how far they were read": (events, "events_read"),
}
CALLS = ("killed_before", "killed_after")


@pytest.fixture
def pool(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    copied = world_copy(server, "a document to charge", opened, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield pool


def everything(till: Till) -> list[Callable[[], object]]:
    return [till.collects, till.polls, till.hears, till.collects]


def lives_on(till: Till, random: Random) -> None:
    """Another process does all that is due, for as long as something is."""
    for _ in range(4):
        till.passes(seconds=LEASE.total_seconds() + 60)
        for step in everything(till):
            step()
    for payment in till.gateway.payments():
        if payment.state == "processing":
            till.gateway.settles(payment, well=True)
    for _ in range(3):
        till.passes(hours=7)
        for step in everything(till):
            step()


def is_one_charge(till: Till) -> None:
    assert [one.amount for one in till.gateway.payments()] == [GROSS]
    assert (till.states(), till.stands().open, till.stands().paid) == (["done"], Decimal(0), GROSS)
    assert {one.call.order for one in till.gateway.payments() if one.call} == {row.reference for row in till.rows()}
    assert till.gateway.misused == []


def ends_at(till: Till, point: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Work until the process ends at a point; whether it came there."""

    def killed(*_: object, **__: object) -> None:
        raise Killed

    if point in CALLS:
        till.gateway.faults.insert(0, point)
    else:
        module, name = POINTS[point]
        monkeypatch.setattr(module, name, killed)
    came = False
    for step in everything(till):
        try:
            step()
        except Killed:
            came = True
            break
    monkeypatch.undo()
    till.gateway.faults = [fault for fault in till.gateway.faults if fault not in CALLS]
    return came


@pytest.mark.parametrize("point", [*CALLS, *POINTS])
def test_one_charge_wherever_it_ends(pool: Database, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    till = Till(pool)
    if point == "after the search, before what it found":
        till.gateway.faults = ["lost_after"]
        till.collects()
        till.passes(minutes=2)
    elif point == "after the look, before what it saw":
        till.gateway.decisions = ["processing"]
        till.collects()
        till.passes(minutes=20)
    elif "event" in point or "they" in point:
        with suppress(Killed):
            till.gateway.faults = ["killed_after"]
            till.collects()
    assert ends_at(till, point, monkeypatch), point
    lives_on(till, Random(0))
    is_one_charge(till)


def test_killed_after_the_effect_and_eight_days_of_pause(pool: Database) -> None:
    till = Till(pool)
    till.gateway.faults = ["killed_after"]
    with pytest.raises(Killed):
        till.collects()
    till.passes(days=8)
    lives_on(till, Random(0))
    is_one_charge(till)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60))
def test_killed_again_and_again(pool: Database, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three ends of a process at random points, with random pauses between."""
    random, till = Random(seed), Till(pool)
    till.gateway.decisions = random.choices(["done", "processing"], k=1)
    for _ in range(3):
        ends_at(till, random.choice([*CALLS, *POINTS]), monkeypatch)
        pause = random.choice([timedelta(minutes=12), timedelta(hours=21), timedelta(days=8)])
        till.passes(seconds=pause.total_seconds())
    lives_on(till, random)
    is_one_charge(till)
