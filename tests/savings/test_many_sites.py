"""What many sites answer together is what each answers alone, and what a file of the same figures would."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from api.server.database import Database
from api.server.embedded import EmbeddedServer
from metering.consumption.use import BoundaryRule
from quantities.calendars import Calendar
from quantities.document import parse
from quantities.errors import UsufructError
from quantities.period import Period, zone
from quantities.quantity import IncompatibleUnit
from savings.baseline import rows_for
from savings.energy_rules import EnergyBasis
from savings.methods import METHODS, BaselineMethod
from savings.operating_schedule import OperatingSchedule
from savings.rows import TEMPERATURE, Interval, Series
from savings.site.request import SiteQuestion, SiteRequest
from savings.store import SiteRows, rows_of_site, rows_of_sites
from tests.build import fewer_examples
from tests.conftest import application_pool, world_copy
from tests.savings.sites import AFTER_LAST, FIRST, REGISTERS, TENANTS, days, fill, known_figures

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
DAY = parse(Calendar, {"bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}], "otherwise": "night"})
#: In the middle of an hour, so that a step is divided.
EARLY = parse(
    Calendar, {"bands": [{"name": "day", "hours": [{"start": "06:30", "end": "20:00"}]}], "otherwise": "night"}
)
ENERGIES = (
    ["whole"], ["hours"], ["rated"], ["shifts"], ["quarters"], ["mwh"], ["days"], ["counter"], ["whole", "other"],
)  # fmt: skip
TRIED = settings(fewer_examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Sites:
    database: Database
    marks: dict[int, tuple[int, int]]


@pytest.fixture
def sites(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Sites]:
    with (
        world_copy(server, "meters and stations of two tenants", fill, request.node.nodeid) as (access, marks),
        application_pool(access) as database,
    ):
        yield Sites(database, marks)


def method(kind: str, **more: object) -> BaselineMethod:
    parsed: BaselineMethod = parse(METHODS[kind], {"kind": kind, **more})
    return parsed


METHODS_TRIED = [
    method("caltrack_daily", fuel="electricity"),
    method("caltrack_daily", fuel="gas"),
    method("caltrack_daily", arithmetic="1", fuel="gas"),
    method("change_point", form="5P", drivers={"parts": "sum"}),
    method("caltrack_hourly"),
    method("caltrack_billing", fuel="gas"),
]


@st.composite
def questions(draw: st.DrawFn) -> SiteQuestion:
    of = draw(st.sampled_from(METHODS_TRIED))
    zone_name = draw(st.sampled_from(ZONES))
    calendar = draw(st.sampled_from([None, None, DAY, EARLY]))
    stations = draw(st.sampled_from(["station", "station", "roof", None]))
    drivers = {"parts": "parts"} if draw(st.booleans()) else {}
    drivers |= {} if stations is None else {TEMPERATURE: stations}
    request = SiteRequest(
        energies=draw(st.sampled_from(ENERGIES)),
        unit=draw(st.sampled_from([None, "kWh", "MWh"])),
        less=draw(st.sampled_from([[], [], ["other"]])),
        drivers=drivers,
        driver_aggregations=of.drivers,
        rows=of.rows,
        units={TEMPERATURE: of.degrees} if stations else {},
        modes={"daytime": OperatingSchedule(calendar=DAY, band="day")} if draw(st.booleans()) else {},
        calendar=calendar,
        method=of,
    )
    count = 2 if of.rows is Interval.HOUR else draw(st.integers(1, 11))
    period = days(draw(st.integers(0, 9)), count, zone_name)
    edges = draw(st.sampled_from([BoundaryRule.LAST_READ, BoundaryRule.INTERPOLATED]))
    return SiteQuestion(request, period, zone_name, edges)


@st.composite
def alike(draw: st.DrawFn) -> list[SiteQuestion]:
    """Questions that differ in one thing each: what they have in common may be shared, and nothing else."""
    one, other = draw(questions()), draw(questions())
    taken = [field.name for field in fields(SiteRequest) if field.name not in ("rows", "method", "driver_aggregations")]
    changed = draw(st.lists(st.sampled_from([*taken, "period", "zone_name", "edges"]), min_size=1, max_size=4))
    return [one, *(_with(one, other, name) for name in changed)]


def _with(one: SiteQuestion, other: SiteQuestion, name: str) -> SiteQuestion:
    if name not in ("period", "zone_name", "edges"):
        return replace(one, request=replace(one.request, **{name: getattr(other.request, name)}))
    if one.request.rows is Interval.HOUR and name == "period":
        return one  # a month of hours takes too long
    return replace(one, **{name: getattr(other, name)})


def in_words(answer: SiteRows | UsufructError) -> str:
    """An answer to the last digit of its numbers; or the fault."""
    return repr(answer)


def see_that_a_chunk_answers_as_each_alone(sites: Sites, asked: list[SiteQuestion], tenant: int, delivery: int) -> None:
    watermark = sites.marks[tenant][delivery - 1]
    with sites.database.transaction(tenant) as session:
        together = rows_of_sites(session, asked, watermark)
        alone = [rows_of_sites(session, [question], watermark)[0] for question in asked]
    assert [in_words(answer) for answer in together] == [in_words(answer) for answer in alone]


@TRIED
@given(st.lists(questions(), min_size=2, max_size=5), st.sampled_from(TENANTS), st.sampled_from((1, 2)))
def test_a_chunk_answers_what_each_alone_does(
    sites: Sites, asked: list[SiteQuestion], tenant: int, delivery: int
) -> None:
    see_that_a_chunk_answers_as_each_alone(sites, asked, tenant, delivery)


@TRIED
@given(alike(), st.sampled_from(TENANTS), st.sampled_from((1, 2)))
def test_only_what_is_the_same_is_shared(sites: Sites, asked: list[SiteQuestion], tenant: int, delivery: int) -> None:
    see_that_a_chunk_answers_as_each_alone(sites, asked, tenant, delivery)


@TRIED
@given(
    register=st.sampled_from(("whole", "hours", "rated", "quarters", "days")),
    kind=st.sampled_from(METHODS_TRIED[:2]),
    zone_name=st.sampled_from(ZONES[:2]),  # where readings begin as hours do
    first=st.integers(0, 9),
    count=st.integers(1, 11),
    tenant=st.sampled_from(TENANTS),
    delivery=st.sampled_from((1, 2)),
)
def test_a_site_is_what_a_file_of_its_figures_is(
    sites: Sites,
    register: str,
    kind: BaselineMethod,
    zone_name: str,
    first: int,
    count: int,
    tenant: int,
    delivery: int,
) -> None:
    """As of each delivery, and of no other tenant's readings: energy, basis, zeros and what rests on estimates."""
    zone_name = "Europe/Berlin" if register == "days" else zone_name
    period = days(first, count, zone_name)
    request = SiteRequest([register], None, [], {}, {}, Interval.DAY, {}, {}, method=kind)
    with sites.database.transaction(tenant) as session:
        stored = rows_of_site(
            session, request, period, zone_name, BoundaryRule.LAST_READ, sites.marks[tenant][delivery - 1]
        )
    figures = known_figures(tenant, register, delivery)
    times = Decimal(str(REGISTERS[register].get("multiplier", "1")))
    series = Series(
        tuple(Period(figure.start, figure.end) for figure in figures if figure.end is not None),
        tuple((figure.value or Decimal(0)) * times for figure in figures),
        "kWh",
        frozenset(figure.start for figure in figures if figure.is_estimate),
    )
    filed = rows_for(kind, series, {}, zone_name, within=period)
    by_period = {row.period: row for row in filed}
    whole_days = [row.row for row in stored.rows if row.row.period in by_period]
    assert whole_days, "a day of 23 hours or more is a row"
    for row in whole_days:
        other = by_period[row.period]
        assert (row.basis, row.zeros, row.rests_on_estimates) == (other.basis, other.zeros, other.rests_on_estimates)
        if (
            register != "quarters" or row.basis is not EnergyBasis.ESTIMATED
        ):  # whose filled hours are rounded on the way
            assert row.energy == other.energy, row.period


def test_a_fault_of_one_site_is_its_own(sites: Sites) -> None:
    """Parts are no energy; the sites around are read as if it were not there."""
    period = days(0, 5, "Europe/Berlin")
    asked = [
        SiteQuestion(
            SiteRequest([register], "kWh", [], {}, {}, Interval.DAY, {}, {}, method=METHODS_TRIED[0]),
            period,
            "Europe/Berlin",
            BoundaryRule.LAST_READ,
        )
        for register in ("hours", "parts", "rated")
    ]
    with sites.database.transaction(1) as session:
        before, fault, after = rows_of_sites(session, asked, sites.marks[1][1])
        assert rows_of_sites(session, [asked[0], asked[2]], sites.marks[1][1]) == [before, after]
    assert isinstance(fault, IncompatibleUnit)


class TestStatements:
    """A chunk of sites takes as many statements as one of them does."""

    def statements(self, sites: Sites, asked: list[SiteQuestion]) -> int:
        run: list[str] = []

        def noted(*arguments: object) -> None:
            run.append(str(arguments[2]))

        with sites.database.transaction(1) as session:
            event.listen(sites.database.engine, "before_cursor_execute", noted)
            try:
                answers = rows_of_sites(session, asked, sites.marks[1][1])
            finally:
                event.remove(sites.database.engine, "before_cursor_execute", noted)
        assert all(isinstance(answer, SiteRows) for answer in answers)
        return len(run)

    def question(self, register: str, station: str = "station", first: int = 0) -> SiteQuestion:
        of = METHODS_TRIED[0]
        drivers = {TEMPERATURE: station}
        request = SiteRequest(
            [register], None, [], drivers, {}, Interval.DAY, {TEMPERATURE: "degF"}, {}, calendar=DAY, method=of
        )
        period = Period.of_days(FIRST + timedelta(first), AFTER_LAST, zone("Europe/Berlin"))
        return SiteQuestion(request, period, "Europe/Berlin", BoundaryRule.LAST_READ)

    def test_do_not_grow_with_the_sites(self, sites: Sites) -> None:
        """Of all kinds: hours by bands, and days, which bands divide."""
        few, more = ["hours", "days"], ["rated", "quarters", "whole", "other"]
        of_few = self.statements(sites, [self.question(key) for key in few])
        assert self.statements(sites, [self.question(key) for key in (*few, *more)]) == of_few

    def test_nor_with_the_stations(self, sites: Sites) -> None:
        alone = self.statements(sites, [self.question("hours")])
        assert self.statements(sites, [self.question("hours"), self.question("rated", "roof")]) == alone
