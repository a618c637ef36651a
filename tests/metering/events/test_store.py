"""Events in the log: each once, several of an instant together, those that nothing takes kept."""

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from metering.deliveries.receipt import Receipt, Sender
from metering.deliveries.store import withdraw
from metering.events import store
from metering.events.event_meter import EventMeterChanged, event_meter
from metering.events.history import unmatched_events
from metering.events.store import declare_event_meter, match_again, receive
from metering.events.usage_event import EventClient, EventsRefused, UsageEvent
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.log.reading import Quality, Reading
from quantities.document import parse, read
from quantities.period import Period
from tests.build import NOON, delivered, fewer_examples, meters
from tests.conftest import application_pool, world_copy

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: tokens, kind: event, unit: each, resolution: "0.001", aliases: [acme/tokens, sub/gb]}
              - {key: parts, kind: event, unit: part, resolution: "1", dimensions: [shift], aliases: [acme/parts]}
"""
TOKENS = event_meter("tokens", EventClient.OPENMETER, "prompt", "sum", "each", value="n")
GIGABYTES = event_meter("gb", EventClient.LAGO, "gb", "sum", "each", value="n")
PARTS = event_meter("parts", EventClient.OPENMETER, "part", "count", "part", dimensions={"shift": "shift"})
SENDER = Sender("a test", "gateway", NOON)


def furnish(access: Access) -> None:
    with application_pool(access) as database:
        for tenant in (1, 2):
            with database.transaction(tenant) as session:
                meters(session)
                declare(session, parse(Fleet, read(FLEET)))
                for meter in (TOKENS, GIGABYTES):
                    declare_event_meter(session, meter, NOON)


@pytest.fixture
def furnished(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    with (
        world_copy(server, "two tenants with event meters", furnish, request.node.nodeid) as (access, _),
        application_pool(access) as database,
    ):
        yield database


@contextmanager
def in_vain(database: Database, tenant: int = 1) -> Iterator[Session]:
    """A transaction of which nothing lasts."""
    with database.transaction(tenant) as session:
        meters(session)
        yield session
        session.rollback()


def an_event(id_: str = "1", amount: object = "1", after_s: int = 0, **attributes: Any) -> UsageEvent:
    names = {"client": EventClient.OPENMETER, "source": "s", "event_type": "prompt", "subject": "acme"}
    content = {} if amount is None else {"n": str(amount)}
    return UsageEvent(
        **{**names, "event_id": id_, "at": NOON + timedelta(seconds=after_s), "content": content, **attributes}
    )


def post(session: Session, *events: UsageEvent, once: bool = False) -> Receipt:
    return receive(session, SENDER, json.dumps([event.event_id for event in events]).encode(), events, once=once)


def values(session: Session, key: str = "tokens") -> list[tuple[int, Decimal]]:
    """The live readings of a register, by seconds after noon."""
    rows = session.execute(
        text("""select distinct on (g.series, g.start) g.start, g.value from reading g
                join series s on s.tenant = g.tenant and s.id = g.series
                join register r on r.tenant = s.tenant and r.id = s.register_id
                where r.key = :key order by g.series, g.start, g.batch desc"""),
        {"key": key},
    )
    return sorted((int((row.start - NOON).total_seconds()), row.value) for row in rows if row.value is not None)


def test_events_of_one_instant_add_up_in_one_request_and_over_several(furnished: Database) -> None:
    with in_vain(furnished) as session:
        assert post(session, an_event("1", "2"), an_event("2", "0.5"), an_event("3", "4", after_s=9)).stored == 2
        assert post(session, an_event("4", "0.25")).corrected == 1
        assert values(session) == [(0, Decimal("2.75")), (9, Decimal(4))]


def test_an_event_posted_again_is_left_out_and_other_content_under_its_id_is_told(furnished: Database) -> None:
    with in_vain(furnished) as session:
        post(session, an_event("1", "2"))
        again = post(session, an_event("1", "2", line=1), an_event("1", "3", line=2), an_event("2", "1", line=3))
        assert (again.stored, again.unchanged) == (1, 1)
        assert [(verdict.line, verdict.code, verdict.found) for verdict in again.verdicts] == [
            (2, "repeated_event", "1")
        ]
        moved = post(session, an_event("2", "1", after_s=77))
        assert [verdict.code for verdict in moved.verdicts] == ["repeated_event"], "of another instant"
        untimed = an_event("2", "1", after_s=77, is_timed=False)
        assert post(session, untimed).unchanged == 1, "its instant is when it came, and says nothing"
        assert values(session) == [(0, Decimal(3))]


def test_the_source_is_part_of_what_makes_an_event_one(furnished: Database) -> None:
    with in_vain(furnished) as session:
        post(session, an_event("1"), an_event("1", source="other"))
        of_lago = an_event("1", client=EventClient.LAGO, event_type="gb", subject="sub")
        post(session, of_lago, once=True)
        assert values(session) == [(0, Decimal(3))]


def test_a_request_of_new_events_alone_is_refused_for_one_that_is_not(furnished: Database) -> None:
    with in_vain(furnished) as session:
        post(session, an_event("1"))
        with pytest.raises(EventsRefused) as refused, session.begin_nested():
            post(session, an_event("2", line=1), an_event("1", line=2), an_event("2", line=3), once=True)
        faults: Any = refused.value.members["faults"]
        assert [(fault["line"], fault["code"]) for fault in faults] == [
            (2, "value_already_exist"),
            (3, "value_already_exist"),
        ]
        assert post(session, an_event("2"), once=True).stored == 1, "nothing of the refused request was kept"


def test_one_bad_event_refuses_all_and_keeps_none(furnished: Database) -> None:
    with in_vain(furnished) as session:
        with pytest.raises(EventsRefused), session.begin_nested():
            post(session, an_event("1"), an_event("2", "0.0001", line=2))
        assert (values(session), unmatched_events(session)) == ([], [])
        assert post(session, an_event("1"), an_event("2")).stored == 1


def test_a_withdrawn_reading_begins_anew_and_what_came_before_stays_withdrawn(furnished: Database) -> None:
    with in_vain(furnished) as session:
        post(session, an_event("1", "5"))
        withdraw(session, SENDER, "tokens", Period(NOON, NOON + timedelta(hours=1)))
        assert values(session) == []
        post(session, an_event("1", "5"), an_event("2", "2"))
        assert values(session) == [(0, Decimal(2))]


def test_to_an_estimate_nothing_is_added_that_was_measured(furnished: Database) -> None:
    with in_vain(furnished) as session:
        post(session, an_event("1", "5"))
        series = session.execute(text("select series from reading")).scalar_one()
        delivered(session, Reading(series, NOON, NOON, Decimal(100), Quality.ESTIMATED_INTERPOLATION))
        post(session, an_event("2", "2"))
        assert values(session) == [(0, Decimal(2))]


class TestWhatNothingTakes:
    def test_is_kept_and_listed_and_counts_once_its_meter_is_declared(self, furnished: Database) -> None:
        with in_vain(furnished) as session:
            kept = post(session, an_event("1", None, event_type="part", content={"shift": "early"}), an_event("2"))
            assert [verdict.code for verdict in kept.verdicts] == ["unmatched_event"]
            (group,) = unmatched_events(session)
            assert (group.event_type, group.subject, group.events) == ("part", "acme", 1)
            assert group.why == "no event meter of openmeter takes events of type part"
            assert declare_event_meter(session, PARTS, NOON)
            receipt = match_again(session, SENDER)
            assert receipt is not None
            assert values(session, "parts") == [(0, Decimal(1))]
            assert unmatched_events(session) == []
            assert match_again(session, SENDER) is None
            post(session, an_event("1", None, event_type="part"))
            assert values(session, "parts") == [(0, Decimal(1))]

    def test_counts_once_a_register_is_called_so(self, furnished: Database) -> None:
        with in_vain(furnished) as session:
            post(session, an_event("1", "2", subject="new"), an_event("2", "3", subject="new"))
            assert [group.why for group in unmatched_events(session)] == ["no register is called new/tokens"]
            assert match_again(session, SENDER) is None
            declare(session, parse(Fleet, read(FLEET.replace("[acme/tokens", "[new/tokens, acme/tokens"))))
            assert [group.why for group in unmatched_events(session)] == ["nothing is missing any more: match them"]
            match_again(session, SENDER)
            assert values(session) == [(0, Decimal(5))]

    def test_stays_where_its_amount_cannot_be_read(self, furnished: Database) -> None:
        with in_vain(furnished) as session:
            post(session, an_event("1", "1.23456", event_type="late"))
            declare_event_meter(
                session, event_meter("tokens2", EventClient.OPENMETER, "late", "sum", "each", value="n"), NOON
            )
            declare(session, parse(Fleet, read(FLEET.replace("[acme/tokens", "[acme/tokens2, acme/tokens"))))
            assert match_again(session, SENDER) is None
            (group,) = unmatched_events(session)
            assert "found '1.23456 each', expected a multiple of 0.001 each" in group.why

    def test_goes_through_in_many_parts(self, furnished: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store, "_MATCHED_AT_ONCE", 3)
        with in_vain(furnished) as session:
            post(session, *(an_event(str(at), None, at, event_type="part", source=f"s{at % 2}") for at in range(10)))
            declare_event_meter(session, PARTS, NOON)
            match_again(session, SENDER)
            assert values(session, "parts") == [(at, Decimal(1)) for at in range(10)]


def test_an_event_meter_never_changes(furnished: Database) -> None:
    with in_vain(furnished) as session:
        assert not declare_event_meter(session, TOKENS, NOON)
        other = event_meter("tokens", EventClient.OPENMETER, "prompt", "count", "each")
        with pytest.raises(EventMeterChanged, match="the sum of n of events of type 'prompt' of openmeter in each"):
            declare_event_meter(session, other, NOON)


def test_two_tenants_have_each_its_own_events_of_one_id(furnished: Database) -> None:
    for tenant in (1, 2):
        with furnished.transaction(tenant) as session:
            meters(session)
            post(session, an_event("1", tenant))
            post(session, an_event("1", tenant))
    for tenant in (1, 2):
        with in_vain(furnished, tenant) as session:
            assert values(session) == [(0, Decimal(tenant))]


@pytest.mark.parametrize(("subject", "ids", "again", "in_all"), [
    pytest.param("acme", range(9, 1, -1), 3, 10, id="the same events in another order"),
    pytest.param("nobody", range(9, 1, -1), 3, 5, id="their ids, of a subject that nothing takes"),
    pytest.param("acme", range(5, 9), 0, 9, id="others of the same instant"),
])  # fmt: skip
def test_of_two_posts_at_once_the_second_waits_and_nothing_is_lost_or_counted_twice(
    furnished: Database, subject: str, ids: range, again: int, in_all: int
) -> None:
    receipts: list[Receipt] = []
    has_posted = threading.Event()

    def second() -> None:
        has_posted.wait()
        with furnished.transaction(1) as session:
            meters(session)
            receipts.append(post(session, *(an_event(str(number), subject=subject) for number in ids)))

    waiting = threading.Thread(target=second)
    waiting.start()
    with furnished.transaction(1) as session:
        meters(session)
        post(session, *(an_event(str(number)) for number in range(5)))
        has_posted.set()
        waiting.join(0.3)
        assert waiting.is_alive(), "it waits"
    waiting.join()
    (receipt,) = receipts
    assert receipt.unchanged + sum(verdict.code == "repeated_event" for verdict in receipt.verdicts) == again
    with in_vain(furnished) as session:
        assert values(session) == [(0, Decimal(in_all))]


def test_posts_in_contrary_orders_do_not_wait_for_one_another_for_ever(furnished: Database) -> None:
    begin = threading.Barrier(2)

    def posts(step: int) -> int:
        repeated = 0
        for round_ in range(6):
            begin.wait(20)
            with furnished.transaction(1) as session:
                meters(session)
                events = [an_event(f"{round_}-{number}", after_s=number) for number in range(300)]
                repeated += post(session, *events[::step]).unchanged
        return repeated

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(posts, (1, -1))) == 6 * 300


def test_a_declaration_waits_for_posts_that_do_not_know_it(furnished: Database) -> None:
    """Otherwise their events would be matched by nobody: not by the post, and not by the declaration."""
    has_posted = threading.Event()

    def declares() -> None:
        has_posted.wait()
        with furnished.transaction(1) as session:
            meters(session)
            declare_event_meter(session, PARTS, NOON)
            match_again(session, SENDER)

    declaring = threading.Thread(target=declares)
    declaring.start()
    with furnished.transaction(1) as session:
        meters(session)
        post(session, an_event("1", None, event_type="part"))
        has_posted.set()
        declaring.join(0.3)
        assert declaring.is_alive(), "it waits"
    declaring.join()
    with in_vain(furnished) as session:
        assert values(session, "parts") == [(0, Decimal(1))]


EVENTS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 2), st.integers(0, 5)),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one[0],
)


@pytest.fixture(scope="module")
def shared(server: EmbeddedServer) -> Iterator[Database]:
    with (
        world_copy(server, "two tenants with event meters", furnish, "each once") as (access, _),
        application_pool(access) as database,
    ):
        yield database


class TestEachEventCountsOnce:
    """Whatever the requests, their order and their repetitions: what is read is the sum of what was posted."""

    @fewer_examples(4)
    @given(events=EVENTS, draw=st.data())
    def test_in_any_split_order_and_repetition(self, shared: Database, events: Any, draw: st.DataObject) -> None:
        posted = [an_event(str(id_), amount, after_s=at) for id_, at, amount in events]
        repeated = draw.draw(st.lists(st.sampled_from(posted), max_size=8))
        in_order = draw.draw(st.permutations([*posted, *repeated]))
        cuts = sorted(draw.draw(st.sets(st.integers(1, len(in_order)))) | {0, len(in_order)})
        with in_vain(shared) as session:
            for first, after_last in pairwise(cuts):
                post(session, *in_order[first:after_last])
            expected: dict[int, Decimal] = {}
            for _, at, amount in events:
                expected[at] = expected.get(at, Decimal(0)) + amount
            assert values(session) == sorted(expected.items())
            assert made_of(session) == sorted(expected.items())


def made_of(session: Session) -> Sequence[tuple[int, Decimal]]:
    """What the rows of each event add up to, by seconds after noon."""
    rows = session.execute(text("select at, sum(amount) as amount from event_use group by at"))
    return sorted((int((row.at - NOON).total_seconds()), row.amount) for row in rows)
