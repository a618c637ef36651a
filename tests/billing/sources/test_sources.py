"""What a rating asked of each source: another answer marks it, and what it did not ask for does not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
import yaml
from sqlalchemy import event, text
from sqlmodel import Session

from api.operations.billing import bill_everything
from api.operations.readings import exchange, withdraw
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing import run
from billing.disputes import store as disputes
from billing.due import store as due_store
from billing.sources import shipped
from billing.sources.asked import SourceName
from billing.sources.sweep import sweep
from contracts.contract import Contract
from contracts.recording import store as recording
from metering.consumption.store import Window, counted_uses, reaches
from metering.consumption.use import BoundaryRule
from metering.fleet.meter import Fleet
from metering.fleet.store import declare, registers
from quantities.calendars import public_holidays
from quantities.conversion import conversion
from quantities.document import parse, read
from quantities.period import Period
from quantities.period import zone as zone_of
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import CONTRACT, Scene, agreed, on
from tests.billing.sources.world import (
    BANDS,
    LATER,
    NORDLUFT,
    TENANT,
    Billed,
    by_hand,
    delivers,
    disputed,
    record_index,
)
from tests.billing.tax.release import released, with_rates
from tests.build import acts, meters
from tests.conftest import fresh_database

HOUR = timedelta(hours=1)
FLEET = """
sites:
  - name: Werk
    zone: Africa/Abidjan
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: counter, kind: cumulative, unit: kWh, resolution: "1", modulus: "10000"}
              - {key: young, kind: cumulative, unit: kWh, resolution: "1"}
              - {key: level, kind: instantaneous, unit: kW, resolution: "1"}
              - {key: new level, kind: instantaneous, unit: kW, resolution: "1"}
              - {key: line, kind: instantaneous, unit: kW, resolution: "1", between: linear}
              - {key: hours, kind: interval, unit: kWh, resolution: "1", interval_minutes: "60"}
              - {key: days, kind: interval, unit: kWh, resolution: "1"}
              - {key: visits, kind: event, unit: each, resolution: "1"}
          - name: N
            registers: [{key: other, kind: interval, unit: kWh, resolution: "1"}]
"""
#: By contract: its register and unit, and what it agrees otherwise.
TERMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "counter": ("counter", "kWh", {}),
    "between": ("counter", "kWh", {"settings": {"edges": "interpolated"}}),
    "young": ("young", "kWh", {}),
    "level": ("level", "kWh", {}),
    "new level": ("new level", "kWh", {}),
    "line": ("line", "kWh", {}),
    "hours": ("hours", "kWh", {}),
    "days": ("days", "kWh", {"settings": {"edges": "interpolated"}}),
    "visits": ("visits", "each", {"customer": {"name": "Acier", "country": "FR", "vat_id": "FR12345678901"}}),
    "large": ("other", "MWh", {"zone": "Africa/Lagos"}),
    "indexed": ("other", "kWh", {}),
    "bands": ("other", "kWh", {}),
    "open end": ("other", "kWh", {"ends": None}),
}
#: By register: the hours of the first of January on which it was read, and the values.
READ = {
    "counter": "-48=100 456=200 792=300 1200=400 1512=500",
    "young": "216=10 456=20 1200=30",
    "level": "-48=10 456=20 960=30",
    "new level": "216=10 1200=20",
    "line": "-48=10 456=20 960=30",
    "hours": "12=5 800=5",
    "days": "-12=24 12=24 732=24 1400=24",
    "visits": "12=1 800=1",
    "other": "12=5 800=5",
}
_STEEL = {"clause": {
    "kind": "following", "terms": [{"index": "steel", "base": "100"}], "every": "month", "first_review": "2026-01-01",
    "lag_months": "1",
}}  # fmt: skip


def at(hour: float) -> datetime:
    """An hour counted from the first of January; February begins with the 744th, March with the 1416th."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


JANUARY, FEBRUARY, MARCH = 0, 744, 1416
EXTENTS = {"hours": HOUR, "other": HOUR, "days": 24 * HOUR}


def terms_of(reference: str, **more: Any) -> dict[str, Any]:
    """The terms of a contract over two months."""
    register, unit, otherwise = TERMS[reference]
    rule: dict[str, Any] = {"kind": "per_unit", "unit": unit, "unit_price": "1"}
    if reference == "bands":
        rule = {"kind": "time_of_use", "unit": unit, "calendar": BANDS, "unit_prices": {"day": "2", "night": "1"}}
    charge = {"name": "use", "register": register, "rule": rule} | ({"index": _STEEL} if reference == "indexed" else {})
    terms = {
        "contract": reference, "supplier": NORDLUFT, "currency": "EUR",
        "customer": {"name": "Blechwerke", "country": "DE"}, "zone": "Africa/Abidjan", "starts": "2026-01-01",
        "ends": "2026-03-01", "charges": [charge],
    } | otherwise | more  # fmt: skip
    return {name: value for name, value in terms.items() if value is not None}


class TwoMonths(Billed):
    """A contract over one register each, billed in March for January and February."""

    def build(self, database: Database) -> None:
        """Declare, deliver, agree and bill."""
        with database.transaction(TENANT) as session:
            declare(session, parse(Fleet, read(FLEET)))
            for key, written in READ.items():
                rows = [(at(float(hour)), value) for hour, value in (pair.split("=") for pair in written.split())]
                delivers(session, key, rows, extent=EXTENTS.get(key))
            known = {"month": "2025-12", "value": "110", "published": "2026-01-10"}
            record_index(session, {"index": "metals", "values": [known]})
            later = {"month": "2026-01", "value": "53", "published": "2026-02-10"}
            record_index(session, {"index": "alloys", "values": [later]})
            links = [{"index": "metals", "factor": "2"}, {"index": "alloys", "factor": "2"}]
            record_index(session, {"index": "steel", "links": links})
            for reference in TERMS:
                agreed(session, yaml.safe_dump(terms_of(reference)))
        assert bill_everything(database, TENANT, on("2026-03-10")).held == {}


@pytest.fixture(scope="module")
def billed(server: EmbeddedServer) -> Iterator[TwoMonths]:
    with fresh_database(server, "two months") as access:
        built = TwoMonths(access)
        try:
            yield built
        finally:
            built.close()


def marked(billed: Billed, session: Session, source: SourceName) -> set[str]:
    """Sweep, and name what is marked; all of it for news of one source."""
    session.flush()
    keys = sweep(session, LATER)
    assert set(session.execute(text("select unnest(sources) from stale")).scalars()) <= {source.value}
    return billed.named(keys)


def test_each_source_is_asked(billed: Billed) -> None:
    with billed.trying() as session:
        asked = set(session.execute(text("select distinct source from rating_source")).scalars())
    assert asked == {source.value for source in SourceName}


def test_nothing_new_marks_nothing(billed: Billed) -> None:
    with billed.trying() as session:
        assert sweep(session, LATER) == ()


BOTH = "Jan Feb"


def test_what_reaches_is_told_without_counting_too(billed: TwoMonths) -> None:
    edges = [-60, -48, 12, 216, 456, 744, 960, 1200, 1201, 1500, 1600]
    with billed.trying() as session:
        windows = [
            Window(register, Period(at(first), at(end)), rule)
            for register in registers(session, {*READ}).values()
            for first, end in combinations(edges, 2)
            for rule in BoundaryRule
        ]
        assert reaches(session, windows) == [counted.reach for counted in counted_uses(session, windows)]


class TestAReading:
    """A counter at an edge rests on the last read before it; a level on the read that stands; a miss reaches for ever."""

    @pytest.mark.parametrize(("contract", "hour", "value", "months"), [
        pytest.param("counter", -49, 99, "", id="before the read that opens the first period"),
        pytest.param("counter", -48, 99, "Jan", id="that opens the first period, corrected"),
        pytest.param("counter", -1, 110, "Jan", id="later than the one that opened"),
        pytest.param("counter", 0, 110, "Jan", id="on the first edge"),
        pytest.param("counter", 455, 190, "Jan", id="before the one that closes the first and opens the second"),
        pytest.param("counter", 456, 199, BOTH, id="that closes one period and opens the next, corrected"),
        pytest.param("counter", 743, 250, BOTH, id="later than the one that closed, before the edge"),
        pytest.param("counter", FEBRUARY, 250, BOTH, id="on the edge between two periods"),
        pytest.param("counter", FEBRUARY + 1, 250, "Feb", id="after the edge between two periods"),
        pytest.param("counter", MARCH, 450, "Feb", id="on the last edge"),
        pytest.param("counter", MARCH + 1, 450, "", id="after the last edge"),
        pytest.param("between", 743, 250, BOTH, id="interpolated, before the edge"),
        pytest.param("between", 791, 290, BOTH, id="interpolated, between the edge and the read after it"),
        pytest.param("between", 792, 301, BOTH, id="interpolated, the read after the edge corrected"),
        pytest.param("between", 793, 310, "Feb", id="interpolated, after the read after the edge"),
        pytest.param("between", 1512, 501, "Feb", id="interpolated, the read after the last edge corrected"),
        pytest.param("between", 1513, 510, "", id="interpolated, after the read after the last edge"),
        pytest.param("young", -900, 1, "Jan", id="the first of all, late"),
        pytest.param("young", 215, 9, "Jan", id="the first within the period, late"),
        pytest.param("level", -49, 1, "", id="of a level, before the one that stands"),
        pytest.param("level", -47, 1, "Jan", id="of a level, that stands from then on"),
        pytest.param("level", 743, 1, BOTH, id="of a level, that stands across the edge"),
        pytest.param("level", FEBRUARY, 1, "Feb", id="of a level, on the edge"),
        pytest.param("level", MARCH, 1, "", id="of a level, on the last edge"),
        pytest.param("new level", -900, 1, "Jan", id="of a level, the first of all, late"),
        pytest.param("line", -47, 1, "Jan", id="of a line, later than the one before the first edge"),
        pytest.param("line", 743, 1, BOTH, id="of a line, before the edge"),
        pytest.param("line", FEBRUARY + 1, 1, BOTH, id="of a line, before the one that the edge's line led to"),
        pytest.param("line", 960, 1, BOTH, id="of a line, the one that the edge's line led to, corrected"),
        pytest.param("line", 961, 1, "Feb", id="of a line, after the one that the edge's line led to"),
        pytest.param("line", 3000, 1, "Feb", id="of a line, the next one of a period billed before it"),
        pytest.param("hours", -1, 1, "", id="of an hour before the first period"),
        pytest.param("hours", 0, 1, "Jan", id="of the first hour"),
        pytest.param("hours", 743, 1, "Jan", id="of the last hour"),
        pytest.param("hours", FEBRUARY, 1, "Feb", id="of the hour after the edge"),
        pytest.param("hours", MARCH, 1, "", id="of the hour after the last edge"),
        pytest.param("days", -36, 1, BOTH, id="of a day before the first period, that might straddle its edge"),
        pytest.param("days", 732, 23, BOTH, id="of a day across the edge, corrected"),
        pytest.param("days", 1400, 23, "Feb", id="of a day across the last edge"),
        pytest.param("visits", 743.5, 1, "Jan", id="an event in the first period"),
        pytest.param("visits", FEBRUARY, 1, "Feb", id="an event on the edge"),
    ])  # fmt: skip
    def test_marks_the_periods_that_it_may_change(
        self, billed: Billed, contract: str, hour: float, value: int, months: str
    ) -> None:
        register = TERMS[contract][0]
        with billed.trying() as session:
            assert delivers(session, register, [(at(hour), str(value))], extent=EXTENTS.get(register)).stored == 1
            names = marked(billed, session, SourceName.READINGS)
            assert {name for name in names if name[:-4] == contract} == {f"{contract} {m}" for m in months.split()}
            assert {TERMS[name[:-4]][0] for name in names} <= {register}

    def test_that_repeats_what_is_stored_marks_nothing(self, billed: Billed) -> None:
        with billed.trying() as session:
            delivers(session, "counter", [(at(456), "200")])
            assert marked(billed, session, SourceName.READINGS) == set()

    def test_that_is_withdrawn_marks_what_rests_on_it(self, billed: Billed) -> None:
        with billed.trying() as session:
            meters(session)
            withdraw(session, "level", Period(at(400), at(500)), reason="test", who="anna", at=LATER)
            assert marked(billed, session, SourceName.READINGS) == {"level Jan", "level Feb"}

    def test_an_exchange_marks_the_use_across_it(self, billed: Billed) -> None:
        with billed.trying() as session:
            meters(session)
            exchange(
                session,
                "young",
                at(800),
                closing=Decimal(25),
                opening=Decimal(0),
                serial="2",
                reason="",
                who="a",
                at=LATER,
            )
            assert marked(billed, session, SourceName.READINGS) == {"young Feb"}


def amended(session: Session, reference: str, first: str, *, is_released: bool = True, **more: Any) -> None:
    """Record a version that is in force from a day on."""
    terms = yaml.safe_dump(terms_of(reference, in_force_from=first, reason=f"from {first}", **more))
    if is_released:
        agreed(session, terms, LATER)
    else:
        recording.apply(session, parse(Contract, read(terms)), recorded_by=acts(session, "anna"), recorded_at=LATER)


class TestAVersion:
    """Versions in force by the end of what a rating billed count; of later ones the division into periods."""

    @pytest.mark.parametrize(("first", "more", "months"), [
        pytest.param("2026-01-01", {}, BOTH, id="from the start"),
        pytest.param("2026-01-31", {}, BOTH, id="from the last day of a period"),
        # January's document would bill February's fees in advance, if there were any
        pytest.param("2026-02-27", {}, BOTH, id="from within the period that is billed next"),
        pytest.param("2026-03-01", {"ends": "2026-04-01"}, BOTH, id="that prolongs the contract"),
        pytest.param("2026-02-01", {"ends": "2026-02-15"}, BOTH, id="that ends the contract within a period"),
    ])  # fmt: skip
    def test_released_marks_the_periods_that_it_may_change(
        self, billed: Billed, first: str, more: dict[str, Any], months: str
    ) -> None:
        with billed.trying() as session:
            amended(session, "hours", first, **more)
            assert marked(billed, session, SourceName.VERSIONS) == {f"hours {month}" for month in months.split()}

    def test_that_comes_into_force_later_and_divides_the_time_alike_marks_nothing(self, billed: Billed) -> None:
        with billed.trying() as session:
            amended(session, "open end", "2026-04-01")
            assert marked(billed, session, SourceName.VERSIONS) == set()

    def test_that_comes_into_force_later_and_ends_the_contract_marks_what_is_billed(self, billed: Billed) -> None:
        with billed.trying() as session:
            amended(session, "open end", "2026-04-01", ends="2026-05-01")
            assert marked(billed, session, SourceName.VERSIONS) == {"open end Jan", "open end Feb"}

    def test_that_waits_marks_nothing_until_it_is_released(self, billed: Billed) -> None:
        with billed.trying() as session:
            amended(session, "hours", "2026-01-10", is_released=False)
            assert marked(billed, session, SourceName.VERSIONS) == set()
            acts(session, "bert")
            by_hand(
                session,
                "update contract_version set released_by = 'bert', released_at = now() where released_by is null",
            )
            assert marked(billed, session, SourceName.VERSIONS) == {"hours Jan", "hours Feb"}


class TestADispute:
    """What is issued stays billed until a dispute over it is settled."""

    def raised(self, session: Session, *, accepted: bool) -> int:
        return disputed(session, "hours", "use", "2026-01-01", "2026-02-01", at=LATER, accepted=accepted)

    @pytest.mark.parametrize("accepted", [False, True])
    def test_raised_or_accepted_over_an_issued_period_marks_nothing(self, billed: Billed, *, accepted: bool) -> None:
        with billed.trying() as session:
            self.raised(session, accepted=accepted)
            assert marked(billed, session, SourceName.DISPUTES) == set()

    @pytest.mark.parametrize("due", [False, True])
    def test_settled_marks_the_periods_of_its_days_and_those_before_that_bill_ahead(
        self, billed: Billed, *, due: bool
    ) -> None:
        with billed.trying() as session:
            settled_by_two(session, self.raised(session, accepted=True), LATER, due=due)
            assert marked(billed, session, SourceName.DISPUTES) == {"hours Jan", "hours Feb"}

    def test_accepted_by_the_instant_of_a_bill_that_did_not_see_it_marks_its_period(self, billed: Billed) -> None:
        with billed.trying() as session:
            number = self.raised(session, accepted=False)
            disputes.accept(session, number, by="bert", at=on("2026-03-10") - HOUR)
            assert marked(billed, session, SourceName.DISPUTES) == {"hours Jan", "hours Feb"}

    def test_declined_marks_nothing(self, billed: Billed) -> None:
        with billed.trying() as session:
            disputes.settle(session, self.raised(session, accepted=False), due=True, by="bert", at=LATER)
            assert marked(billed, session, SourceName.DISPUTES) == set()

    def test_accepted_marks_no_draft_for_nothing_of_one_is_kept(self, access: Access, database: Database) -> None:
        scene = Scene(access, database)
        scene.declared(CONTRACT)
        scene.delivers("2026-01-05 10 120")
        scene.looks("2026-02-01")
        with database.transaction(TENANT) as session:
            sweep(session, LATER)
            disputed(session, "C-1", "energy", "2026-01-01", "2026-02-01", at=on("2026-02-02"), accepted=True)
            assert sweep(session, LATER) == ()


def published(name: str, month: str, value: str = "120") -> dict[str, Any]:
    return {"index": name, "values": [{"month": month, "value": value, "published": "2026-03-20"}]}


class TestAnIndex:
    """A value is found along the links of a series; what was missed on the way was asked for as well."""

    @pytest.mark.parametrize(("index", "months"), [
        pytest.param(published("steel", "2025-12"), BOTH, id="a value that was missing in the series itself"),
        pytest.param(published("steel", "2026-01"), "Feb", id="one that a link had answered"),
        pytest.param(published("steel", "2025-11"), "", id="a month that nobody asked for"),
        pytest.param(published("metals", "2025-12"), BOTH, id="a revised value under a link"),
        pytest.param(published("metals", "2026-01"), "Feb", id="a value under the first link, where the second answered"),
        pytest.param(published("alloys", "2025-12"), "", id="a value under the second link, where the first answered"),
        pytest.param(published("alloys", "2026-01"), "Feb", id="a revised value under the second link"),
        pytest.param({"index": "steel", "links": [{"index": "alloys", "factor": "3"}]}, BOTH, id="other links"),
        pytest.param({"index": "metals", "links": [{"index": "alloys", "factor": "3"}]}, "Feb", id="a link further on"),
    ])  # fmt: skip
    def test_value_or_link_marks_the_periods_that_asked(
        self, billed: Billed, index: dict[str, Any], months: str
    ) -> None:
        with billed.trying() as session:
            record_index(session, index)
            assert marked(billed, session, SourceName.INDEX) == {f"indexed {month}" for month in months.split()}

    def test_value_marks_nothing_until_it_is_released(self, billed: Billed) -> None:
        with billed.trying() as session:
            record_index(session, published("metals", "2025-12"), is_released=False)
            assert marked(billed, session, SourceName.INDEX) == set()
            acts(session, "bert")
            by_hand(
                session, "update index_value set released_by = 'bert', released_at = now() where released_by is null"
            )
            assert marked(billed, session, SourceName.INDEX) == {"indexed Jan", "indexed Feb"}


class TestARegister:
    """Whatever decides what a register counts, by whom it is changed."""

    @pytest.mark.parametrize(("statement", "who"), [
        ("update register set multiplier = 2 where key = 'hours'", {"hours"}),
        ("update register set modulus = 20000 where key = 'counter'", {"counter", "between"}),
        ("""update register set traits = '{"between": "hold"}' where key = 'line'""", {"line"}),
        ("""update register set traits = '{"holds_minutes": "60"}' where key = 'level'""", {"level"}),
        ("update register set interval_minutes = 30 where key = 'days'", {"days"}),
        ("update meter set approved_until = '2026-01-10' where name = 'N'", {"large", "indexed", "bands", "open end"}),
        ("update site set zone = 'Asia/Kathmandu'", set(TERMS)),
        ("update asset set site_id = (select site_id from asset where name = 'Far')", set(TERMS)),
        ("update register set aliases = '{kWh}' where key = 'hours'", set()),
        ("""update register set traits = '{"checks": []}' where key = 'hours'""", set()),
    ])  # fmt: skip
    def test_changed_marks_the_contracts_that_count_it(self, billed: Billed, statement: str, who: set[str]) -> None:
        with billed.trying() as session:
            far = {"sites": [{"name": "Far", "zone": "Asia/Kathmandu", "assets": [{"name": "Far"}]}]}
            declare(session, parse(Fleet, far))
            by_hand(session, statement)
            assert {name[:-4] for name in marked(billed, session, SourceName.REGISTERS)} == who


@contextmanager
def shipped_anew() -> Iterator[pytest.MonkeyPatch]:
    """Another release of the code, with other tables: nothing of the one before is remembered."""
    with pytest.MonkeyPatch.context() as patched, released():
        yield patched


def _taxed_anew(patched: pytest.MonkeyPatch, first: date = date(2026, 2, 1)) -> None:
    with_rates(patched, "DE", ((date(2007, 1, 1), "19"), (first, "21")))


def _zoned_anew(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(shipped, "TZDATA_VERSION", "2099a")
    patched.setattr(shipped, "zone", lambda name: zone_of("Asia/Kathmandu" if name == "Africa/Lagos" else name))


def _rested_anew(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(shipped, "public_holidays", lambda code, year: public_holidays(code, year) | {date(2026, 2, 2)})
    patched.setattr(shipped, "_version", lambda distribution: "99")


def _measured_anew(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(shipped, "UNITS", {"kWh": "another"})
    patched.setattr(shipped, "conversion", lambda a, b: conversion(a, b) * (2 if b == "MWh" else 1))


class TestATableOfTheCode:
    """A new release is looked through once, and what resolves otherwise is marked: no more than that."""

    @pytest.mark.parametrize(("source", "release", "names"), [
        # a supply to a customer of another country is taxed there
        (SourceName.TAX, _taxed_anew, {f"{reference} Feb" for reference in TERMS if reference != "visits"}),
        (SourceName.ZONES, _zoned_anew, {"large Jan", "large Feb"}),
        (SourceName.HOLIDAYS, _rested_anew, {"bands Jan", "bands Feb"}),
        (SourceName.UNITS, _measured_anew, {"large Jan", "large Feb"}),
    ])  # fmt: skip
    def test_that_answers_otherwise_marks_who_asked(
        self, billed: Billed, source: SourceName, release: Callable[[pytest.MonkeyPatch], None], names: set[str]
    ) -> None:
        with billed.trying() as session, shipped_anew() as patched:
            release(patched)
            assert marked(billed, session, source) == names
            assert sweep(session, LATER) == ()

    def test_that_answers_as_before_marks_nothing(self, billed: Billed) -> None:
        with billed.trying() as session, shipped_anew() as patched:
            _taxed_anew(patched, date(2026, 3, 1))
            patched.setattr(shipped, "TZDATA_VERSION", "2099a")
            assert sweep(session, LATER) == ()

    def test_is_not_looked_through_while_it_is_the_same(self, billed: Billed) -> None:
        with billed.trying() as session, shipped_anew() as patched:
            patched.setattr(shipped, "public_holidays", lambda code, year: frozenset())
            assert sweep(session, LATER) == ()


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database)
    scene.declared(CONTRACT)
    scene.delivers("2026-01-05 10 120")
    return scene


@contextmanager
def being_billed(scene: Scene) -> Iterator[None]:
    """January is rated, in a transaction that commits in the end."""
    due = on("2026-02-01")
    with scene.database.transaction(TENANT) as session:
        run.plan(session, TENANT, due)
    with scene.database.transaction(TENANT) as session:
        work = due_store.claim(session, TENANT, due, due_store.queue(session, TENANT, due))
        assert run.bill(session, TENANT, work, due, due).held == {}
        yield


def swept(scene: Scene) -> int:
    """Sweep; how many ratings are marked."""
    with scene.database.transaction(TENANT) as session:
        return len(sweep(session, LATER))


class TestSideBySide:
    """What another transaction does while a sweep runs is seen by that sweep or by the next one."""

    def test_a_rating_that_commits_after_a_sweep_is_looked_at_for_readings_by_the_next(self, scene: Scene) -> None:
        with being_billed(scene):
            scene.delivers("2026-01-06 10 100")
            assert swept(scene) == 0
        assert swept(scene) == 1

    def test_a_rating_that_commits_after_a_sweep_is_looked_at_for_facts_by_the_next(self, scene: Scene) -> None:
        with being_billed(scene):
            scene.as_superuser("update register set multiplier = 2 where key = 'kwh'")
            assert swept(scene) == 0
        assert swept(scene) == 1

    def test_a_delivery_that_commits_after_a_sweep_is_seen_by_the_next(self, scene: Scene) -> None:
        scene.bills("2026-02-01")
        with scene.database.transaction(TENANT) as session:
            delivers(session, "kwh", [(datetime(2026, 1, 6, 10, tzinfo=UTC), "100")])
            assert swept(scene) == 0
        assert swept(scene) == 1

    def test_a_fact_that_commits_after_a_sweep_is_seen_by_the_next(self, scene: Scene) -> None:
        scene.bills("2026-02-01")
        with scene.database.transaction(TENANT) as session:
            agreed(session, CONTRACT.replace("100.00", "90.00"), LATER)
            assert swept(scene) == 0
        assert swept(scene) == 1

    def test_a_rating_is_marked_once_and_looked_at_again_when_there_is_more_news(self, scene: Scene) -> None:
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 100")
        assert (swept(scene), swept(scene)) == (1, 0)
        scene.delivers("2026-01-07 10 100")
        assert swept(scene) == 1


_OF_A_TENANT = """
    select (select count(*) from stale where tenant = 2), (select count(*) from sweep where tenant = 2),
           (select count(*) from rating where tenant = 2 and swept),
           (select count(*) from fact_touch where tenant = 2 and swept)"""


def test_a_sweep_of_one_tenant_touches_nothing_of_another(scene: Scene) -> None:
    other = Scene(scene.access, scene.database, tenant=2)
    other.declared(CONTRACT)
    other.delivers("2026-01-05 10 120")
    for each in (scene, other):
        each.bills("2026-02-01")
        each.delivers("2026-01-06 10 100")
        each.amends(CONTRACT.replace("100.00", "90.00"), "2026-02-02")

    def of_the_other() -> list[int]:
        with other.database.transaction(2) as session:
            return list(session.execute(text(_OF_A_TENANT)).one())

    before = of_the_other()
    assert swept(scene) == 1
    assert of_the_other() == before
    with scene.database.transaction(2) as session:
        assert len(sweep(session, LATER)) == 1


def test_a_sweep_with_nothing_new_costs_the_same_for_many_contracts(scene: Scene) -> None:
    def statements() -> int:
        swept(scene)
        run_: list[str] = []

        def noted(*arguments: Any) -> None:
            run_.append(arguments[2])

        event.listen(scene.database.engine, "before_cursor_execute", noted)
        try:
            assert swept(scene) == 0
        finally:
            event.remove(scene.database.engine, "before_cursor_execute", noted)
        return len(run_)

    scene.bills("2026-02-01")
    of_one = statements()
    with scene.database.transaction(TENANT) as session:
        for number in range(2, 6):
            agreed(session, CONTRACT.replace("C-1", f"C-{number}"))
    scene.bills("2026-02-01")
    assert statements() == of_one


@pytest.mark.parametrize("at_once", [1, 2, 5, 2000])
def test_a_sweep_marks_the_same_of_however_many_ratings_it_holds_what_they_asked(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    scene.as_superuser("alter table contract_version disable trigger two_pairs_of_eyes")
    scene.declared_often(CONTRACT.replace("C-1", "F-1"), [f"F-{number}" for number in range(1, 6)])
    assert len(scene.bills("2026-02-01").invoices) == 6
    scene.delivers("2026-01-05 11 30", reason="late")
    monkeypatch.setattr("billing.sources.sweep._AT_ONCE", at_once)
    with scene.database.transaction(TENANT) as session:
        newest = list(session.execute(text("select id from rating order by id")).scalars())
        assert list(sweep(session, on("2026-02-02"))) == newest


def test_a_sweep_with_nothing_new_reads_no_touch_no_rating_and_nothing_that_one_asked(scene: Scene) -> None:
    """However many there are: a tick that finds nothing takes as long with many contracts as with few."""
    scene.bills("2026-02-01")
    with scene.database.transaction(TENANT) as session:
        sweep(session, on("2026-02-02"))
    with scene.database.transaction(TENANT) as session:
        before = rows_read(session)
        sweep(session, on("2026-02-02"))
        assert rows_read(session) == before


def rows_read(session: Session) -> dict[str, int]:
    asked = """
        select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read
        from pg_stat_xact_user_tables where relname in ('batch_touch', 'rating', 'rating_source')"""
    return {row.relname: row.read for row in session.execute(text(asked))}
