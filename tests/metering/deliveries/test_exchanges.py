"""An exchange is two reads of one instant: the old figures close, the new ones open, and nothing else is read there.

Unless a case says otherwise, a counter stands at 100 at 0 h, its device is exchanged at 30 h (closing 115, opening 5), and
the new one stands at 35 at 60 h: 15 + 30 = 45. A string of reads, as in ``"0=100 60=35"``, has hours and figures.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from api.operations import readings
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from metering.consumption.store import Window, uses
from metering.consumption.use import BoundaryRule, Use
from metering.deliveries.history import batch
from metering.deliveries.receipt import Receipt, RefusedWhole, Sender
from metering.deliveries.store import FallingClosingRead, OpeningReadAboveNext, UnfitExchangeRead, exchange, withdraw
from metering.fleet.meter import Fleet
from metering.fleet.store import declare, register_of_key
from metering.ingest import IngestOptions
from metering.log import store as log
from metering.log.as_of import NOW
from metering.log.reading import Quality
from metering.quality.edits.store import prepare_set, prepare_verify, release
from metering.quality.validation.store import open_findings
from quantities.document import parse, read
from quantities.errors import UsufructError
from quantities.number import plain, trimmed
from quantities.period import Period
from tests.billing.scene import CONTRACT, FLEET, Scene
from tests.build import acts
from tests.conftest import application_pool, world_copy

ZERO = datetime(2026, 1, 5, tzinfo=UTC)
WHOLE = -1, 61
SAYS = "of 2026-01-06T06:00:00+00:00 says closing 115, opening 5"


def hour(number: float) -> datetime:
    return ZERO + timedelta(hours=number)


def by(person: str) -> Sender:
    return Sender("form", person, hour(1000), "worn out")


@dataclass
class Counter:
    """A counter without a contract, and what happens to it."""

    scene: Scene

    def session(self) -> AbstractContextManager[Session]:
        return self.scene.database.transaction(1)

    def delivers(self, reads: str, replaces: tuple[float, float] | None = None) -> Receipt:
        rows = [pair.split("=") for pair in reads.split()]
        lines = ["time,value", *(f"{hour(float(at)).isoformat()},{value}" for at, value in rows)]
        period = None if replaces is None else Period(hour(replaces[0]), hour(replaces[1]))
        options = IngestOptions(register="hours")
        with self.session() as session:
            return readings.ingest(session, by("feed"), "\n".join(lines).encode(), options, replaces=period)

    def exchanged(self, at: float = 30, closing: str = "115", opening: str = "5", serial: str | None = "SN-2") -> int:
        with self.session() as session:
            return exchange(session, by("jonas"), "hours", hour(at), Decimal(closing), Decimal(opening), serial)

    def used(self, start: float, end: float, edges: str = "last_read", watermark: int = NOW) -> str:
        with self.session() as session:
            window = Window(register_of_key(session, "hours"), Period(hour(start), hour(end)), BoundaryRule(edges))
            (use,) = uses(session, [window], watermark)
            return plain(trimmed(use.quantity)) if isinstance(use, Use) else type(use).__name__

    def withdrawn(self, start: float, end: float) -> Receipt:
        with self.session() as session:
            return withdraw(session, by("jonas"), "hours", Period(hour(start), hour(end)))

    def verified(self, start: float, end: float) -> Receipt:
        with self.session() as session:
            edit = prepare_verify(session, "hours", Period(hour(start), hour(end)), by(acts(session, "anna")))
            return release(session, edit.id, by(acts(session, "bert")))

    def set(self, at: float, value: str | None) -> Receipt:
        with self.session() as session:
            figure = None if value is None else Decimal(value)
            edit = prepare_set(session, "hours", hour(at), None, figure, by(acts(session, "anna")))
            return release(session, edit.id, by(acts(session, "bert")))

    def log(self) -> dict[int, str | None]:
        """The newest figures by hour; None: withdrawn."""
        with self.session() as session:
            series = register_of_key(session, "hours").series
            rows = log.readings_as_of(session, [series], Period(hour(-100), hour(100)))
        return {
            (row.start - ZERO) // timedelta(hours=1): None if row.value is None else plain(row.value) for row in rows
        }


def of(receipt: Receipt) -> tuple[int, int, int]:
    return receipt.stored, receipt.unchanged, receipt.refused


@pytest.fixture
def counter(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Counter]:
    copied = world_copy(server, "a fleet and a contract", agree, request.node.nodeid)
    with copied as (access, _), application_pool(access) as database:
        yield Counter(Scene(access, database))


def agree(access: Access) -> None:
    with application_pool(access) as database:
        Scene(access, database).declared(CONTRACT)


@pytest.fixture
def exchanged(counter: Counter) -> Counter:
    counter.delivers("0=100")
    counter.exchanged()
    counter.delivers("60=35")
    return counter


@pytest.mark.parametrize(("edges", "start", "end", "used"), [
    pytest.param("last_read", 0, 60, "45", id="15 by the old device and 30 by the new one"),
    pytest.param("last_read", 0, 40, "15", id="the old device was read before the edge, by its closing read"),
    pytest.param("last_read", 40, 60, "30", id="and the new one counts from its opening read"),
    pytest.param("last_read", 0, 24, "NothingRead", id="not read since 0 h"),
    pytest.param("last_read", 0, 30, "15", id="at the edge itself the old figures are closed"),
    pytest.param("last_read", 30, 60, "30", id="and the new ones are open"),
    pytest.param("interpolated", 0, 24, "12", id="the line leads to the closing read: 15 * 24 / 30"),
    pytest.param("interpolated", 24, 60, "33", id="from the same line on: 3 + 30"),
    pytest.param("interpolated", 0, 40, "25", id="and on from the opening read: 15 + 30 * 10 / 30"),
    pytest.param("interpolated", 40, 60, "20", id="30 * 20 / 30"),
    pytest.param("exact", 0, 30, "15", id="exact: read at the edge"),
    pytest.param("exact", 30, 60, "30", id="exact: likewise at the start"),
    pytest.param("exact", 0, 24, "NoReadAtEdge", id="exact: not read at the edge"),
])  # fmt: skip
def test_a_counter_was_read_when_its_device_was_exchanged(
    exchanged: Counter, edges: str, start: float, end: float, used: str
) -> None:
    assert used == exchanged.used(start, end, edges)


@pytest.mark.parametrize(("reads", "in_between"), [("30=115", "115"), ("30=112", "112")])
def test_a_read_of_that_instant_gives_way(counter: Counter, reads: str, in_between: str) -> None:
    """In old figures it was 115 or 112 before; it is not taken as a figure of the new device, which opens at 5."""
    counter.delivers(f"0=100 {reads}")
    assert counter.log() == {0: "100", 30: in_between}
    number = counter.exchanged()
    counter.delivers("60=35")
    assert counter.log() == {0: "100", 30: "5", 60: "35"}
    assert (counter.used(0, 30), counter.used(30, 60)) == ("15", "30")
    with counter.session() as session:
        assert (batch(session, number).stored, batch(session, number).corrected) == (1, 1)


class TestWhatIsDeliveredForThatInstant:
    """… equal to one of both reads: nothing new; anything else: refused."""

    @pytest.mark.parametrize(("reads", "receipt"), [
        pytest.param("0=100 30=115 60=35", (0, 3, 0), id="the whole file again, as the old device's export has it"),
        pytest.param("0=100 30=5 60=35", (0, 3, 0), id="as the new device's has it"),
        pytest.param("30=115.0", (0, 1, 0), id="in other digits"),
        pytest.param("0=100 30=112 60=36", (1, 1, 1), id="another figure, beside good rows"),
    ])  # fmt: skip
    def test_receipt(self, exchanged: Counter, reads: str, receipt: tuple[int, int, int]) -> None:
        assert receipt == of(exchanged.delivers(reads))
        assert exchanged.log()[30] == "5"
        assert exchanged.used(0, 30) == "15"

    @pytest.mark.parametrize(("serial", "kind"), [("SN-2", "exchange"), (None, "reset")])
    def test_a_refusal_says_what_was_declared(self, counter: Counter, serial: str | None, kind: str) -> None:
        counter.exchanged(serial=serial)
        (verdict,) = counter.delivers("0=100 30=112").verdicts
        assert (verdict.line, verdict.code, verdict.found) == (3, "contradicts_exchange", "112")
        assert verdict.expected == f"the {kind} {SAYS}"

    def test_by_hand_it_is_neither_changed_nor_withdrawn(self, exchanged: Counter) -> None:
        for value in ("112", None):
            with pytest.raises(RefusedWhole, match=SAYS.replace("+", r"\+")):
                exchanged.set(30, value)
        assert exchanged.set(30, "115").stored == 0

    def test_it_can_be_verified_and_stays_what_was_declared(self, exchanged: Counter) -> None:
        assert exchanged.verified(29, 31).stored == 1
        with exchanged.session() as session:
            series = register_of_key(session, "hours").series
            (opening,) = log.readings_as_of(session, [series], Period(hour(30), hour(31)))
        assert (opening.value, opening.quality) == (Decimal(5), Quality.VERIFIED)
        assert of(exchanged.delivers("30=5")) == of(exchanged.delivers("30=115")) == (0, 1, 0)
        assert of(exchanged.delivers("30=112")) == (0, 0, 1)
        exchanged.withdrawn(29, 31)
        assert exchanged.log()[30] == "5"


class TestAnExchangeIsNoDeliveredReading:
    def test_a_withdrawal_leaves_it_alone(self, exchanged: Counter) -> None:
        assert exchanged.withdrawn(*WHOLE).stored == 2
        assert exchanged.log() == {0: None, 30: "5", 60: None}
        assert exchanged.used(0, 60) == "NothingRead"
        assert of(exchanged.delivers("0=100 30=115 60=35")) == (2, 1, 0)
        assert exchanged.used(0, 60) == "45"

    @pytest.mark.parametrize(("reads", "receipt", "remains"), [
        pytest.param("0=100 60=36", (1, 1, 0), {0: "100", 30: "5", 60: "36"}, id="without its instant"),
        pytest.param("0=100 30=115 60=35", (0, 3, 0), {0: "100", 30: "5", 60: "35"}, id="with its closing read"),
        pytest.param("30=115", (2, 1, 0), {0: None, 30: "5", 60: None}, id="with that alone"),
        pytest.param("30=115 80=40", (2, 1, 1), {0: None, 30: "5", 60: None}, id="and one out of the range"),
        pytest.param("80=40", (0, 0, 1), {0: "100", 30: "5", 60: "35"}, id="all out of the range"),
    ])  # fmt: skip
    def test_a_replacement_leaves_it_alone(
        self, exchanged: Counter, reads: str, receipt: tuple[int, int, int], remains: dict[int, str | None]
    ) -> None:
        assert receipt == of(exchanged.delivers(reads, replaces=WHOLE))
        assert exchanged.log() == remains

    def test_what_remains_is_counted(self, exchanged: Counter) -> None:
        exchanged.delivers("0=100 60=36", replaces=WHOLE)
        assert exchanged.used(0, 60) == "46"  # 15 + 31


def test_the_second_declaration_for_an_instant_corrects_the_first(exchanged: Counter) -> None:
    number = exchanged.exchanged(closing="117", opening="6")
    assert exchanged.used(0, 60) == "46"  # 17 + 29
    assert exchanged.used(0, 30) == "17"
    assert exchanged.used(0, 60, watermark=number - 1) == "45"
    assert of(exchanged.delivers("30=117")) == of(exchanged.delivers("30=6")) == (0, 1, 0)
    assert of(exchanged.delivers("30=115")) == (0, 0, 1)


def test_before_the_declaration_nothing_was_exchanged(counter: Counter) -> None:
    counter.delivers("0=100 60=120")
    number = counter.exchanged()
    assert (counter.used(0, 60, watermark=number - 1), counter.used(0, 60)) == ("20", "130")  # 15 + 115


def test_an_exchange_before_the_first_read_is_the_first(counter: Counter) -> None:
    counter.delivers("60=35")
    assert counter.used(0, 60) == "NothingRead"
    counter.exchanged()
    assert counter.used(0, 60) == "30"


def test_an_exchange_after_the_last_read_is_the_last(counter: Counter) -> None:
    counter.delivers("0=100")
    counter.exchanged()
    assert counter.used(0, 40) == "15"


class TestFallsBesideAnExchange:
    @pytest.mark.parametrize(("reads", "line", "expected"), [
        pytest.param("20=115.1", 2, f"at most 115, for the exchange {SAYS}", id="a late read above the closing read"),
        pytest.param("40=4.9", 2, "at least 5, a declared exchange, or a rollover near the modulus", id="below the opening read"),
        pytest.param("20=110 40=35.1", 3, "at most 35, which follows it", id="above the one that follows"),
    ])  # fmt: skip
    def test_is_refused(self, exchanged: Counter, reads: str, line: int, expected: str) -> None:
        (verdict,) = exchanged.delivers(reads).verdicts
        assert (verdict.line, verdict.code, verdict.expected) == (line, "falling_register", expected)

    def test_up_to_both_reads_there_is_none(self, exchanged: Counter) -> None:
        assert of(exchanged.delivers("20=115 40=5")) == (2, 0, 0)
        assert exchanged.used(0, 60) == "45"

    def test_a_new_device_may_stand_higher(self, counter: Counter) -> None:
        counter.exchanged(opening="500")
        assert of(counter.delivers("0=115.1 60=530")) == (1, 0, 1)
        counter.delivers("0=100")
        assert counter.used(0, 60) == "45"

    @pytest.mark.parametrize(("closing", "opening", "refusal"), [
        pytest.param("99.9", "5", FallingClosingRead, id="closing below the last read"),
        pytest.param("115", "120.1", OpeningReadAboveNext, id="opening above the next read"),
        pytest.param("115.05", "5", UnfitExchangeRead, id="closing finer than the register"),
        pytest.param("115", "5.05", UnfitExchangeRead, id="opening finer than the register"),
        pytest.param("115", "-5", UnfitExchangeRead, id="below zero"),
    ])  # fmt: skip
    def test_a_declaration_that_does_not_fit_is_refused(
        self, counter: Counter, closing: str, opening: str, refusal: type[UsufructError]
    ) -> None:
        counter.delivers("0=100 60=120")
        with pytest.raises(refusal):
            counter.exchanged(closing=closing, opening=opening)
        assert counter.log() == {0: "100", 60: "120"}
        assert counter.used(0, 60) == "20"


class TestRolloversBesideAnExchange:
    """The counter's modulus is 10,000."""

    def test_one_that_the_exchange_explains_is_none(self, counter: Counter) -> None:
        counter.delivers("0=9990 60=5")
        assert counter.used(0, 60) == "15"
        counter.exchanged(closing="9995", opening="0")
        assert counter.used(0, 60) == "10"  # 5 + 5

    def test_one_at_its_instant_is_none(self, counter: Counter) -> None:
        counter.delivers("0=9990 30=5 60=35")
        counter.exchanged(closing="9995", opening="5")
        assert counter.used(0, 60) == "35"  # 5 + 30

    @pytest.mark.parametrize("before", [True, False])
    def test_one_of_the_new_device_counts(self, counter: Counter, *, before: bool) -> None:
        counter.delivers("0=100")
        if before:
            counter.delivers("60=9999")
            counter.exchanged(opening="9995")
            assert counter.used(0, 60) == "19"  # 15 + 4
            counter.delivers("60=5")
        else:
            counter.exchanged(opening="9995")
            counter.delivers("60=5")
        assert counter.used(0, 60) == "25"  # 15 + 10


@pytest.mark.parametrize(("closing", "findings"), [("130", []), ("130.1", ["30.1"])])
def test_a_check_sees_the_rise_to_the_closing_read(counter: Counter, closing: str, findings: list[str]) -> None:
    """At most 1 an hour: from 100 to 130 in 30 hours, and not to 500, at which the new device opens."""
    limited = FLEET.replace('modulus: "10000"', 'modulus: "10000", checks: [{kind: limit, highest: "1"}]')
    with counter.session() as session:
        declare(session, parse(Fleet, read(limited)))
    counter.delivers("0=100")
    counter.exchanged(closing=closing, opening="500")
    with counter.session() as session:
        assert findings == [finding.found for finding in open_findings(session, "hours")]


class TestAnEventOfAnEarlierRelease:
    """… has no opening read in the log, and goes on as it was: what was billed by it does not change."""

    @pytest.fixture
    def old(self, exchanged: Counter) -> Counter:
        exchanged.scene.as_superuser(
            "delete from reading where batch in (select batch from register_event where kind = 'exchange')"
        )
        return exchanged

    @pytest.mark.parametrize(("edges", "start", "end", "used"), [
        ("last_read", 0, 60, "45"), ("last_read", 0, 40, "NothingRead"), ("interpolated", 0, 24, "18"),
    ])  # fmt: skip
    def test_counts_across_its_instant(self, old: Counter, edges: str, start: float, end: float, used: str) -> None:
        assert used == old.used(start, end, edges)  # interpolated: 45 * 24 / 60

    def test_a_read_of_its_instant_is_in_new_figures(self, old: Counter) -> None:
        assert of(old.delivers("30=7")) == (1, 0, 0)
        assert old.used(0, 30) == "17"  # 115 - 100 + 7 - 5
        assert old.withdrawn(29, 31).stored == 1

    def test_declared_once_more_it_has_both_reads(self, old: Counter) -> None:
        old.exchanged()
        assert old.used(0, 24, "interpolated") == "12"
