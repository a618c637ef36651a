"""The rows of sites from stored readings as of a watermark: energy by band, temperature and further drivers.

Many sites are read at once, by a few statements: every question is asked once, whoever asks it, and those that differ
in their register alone are asked together.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias, TypeVar

from sqlmodel import Session

from metering.consumption.reach import Reach
from metering.consumption.store import Window, reaches
from metering.consumption.use import BoundaryRule, Use
from metering.fleet.store import StoredRegister, registers
from metering.load_profile.profile import LoadProfile
from metering.load_profile.store import load_profiles
from metering.usage.aggregation import UsageQuery, UsageSeries
from metering.usage.store import usage_series
from quantities.errors import UsufructError
from quantities.period import Period, zone
from savings.plan import Plan, ReportingRow, SavingsResult, savings_result
from savings.site.reader import RegisterQuestion, RowFrame, SiteReader
from savings.site.request import SiteQuestion, SiteRequest

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class SiteRows:
    """The rows of a site, and the evidence for them.

    Attributes:
        rows: in order of time.
        unit: the unit of the energies.
        uses: what each register counted, by its key, as evidence.
        reaches: the instants in which another reading may change that, likewise.
        registers: the registers, by key.
    """

    rows: tuple[ReportingRow, ...]
    unit: str
    uses: Mapping[str, Use]
    reaches: Mapping[str, Reach]
    registers: Mapping[str, StoredRegister]


def rows_of_site(
    session: Session, request: SiteRequest, period: Period, zone_name: str, edges: BoundaryRule, watermark: int
) -> SiteRows:
    """The rows of a site over a period, from stored readings.

    Args:
        session: a session that states the tenant.
        request: which registers, and what the rows are.
        period: whole local days.
        zone_name: the time zone of the local days and hours; a weather station may stand in another one.
        edges: what a counter counted up to an instant at which it was not read.
        watermark: the last batch that counts.
    """
    (rows,) = rows_of_sites(session, [SiteQuestion(request, period, zone_name, edges)], watermark)
    if isinstance(rows, UsufructError):
        raise rows
    return rows


def rows_of_sites(
    session: Session, questions: Sequence[SiteQuestion], watermark: int
) -> list[SiteRows | UsufructError]:
    """The rows of many sites, each over days of its own, as ``rows_of_site`` reads one.

    Returns:
        For each question its rows, or why they cannot be made; in their order.
    """
    if not questions:
        return []
    known = registers(session, {key for question in questions for key in question.request.keys})
    sites = [_Site.of(question, known) for question in questions]
    together = _Sites(session, watermark, sites)
    profiles = together.profiles()
    answers = together.answers(profiles)
    reach_of = together.reaches()
    frames: dict[tuple[object, ...], RowFrame] = {}
    rows = together.of_each(lambda number, site: site.rows(answers, frames, profiles.get(number), reach_of))
    return [together.faults[number] if number in together.faults else rows[number] for number in range(len(sites))]


#: A register's key, the zone of the days that it is counted by, and what it is asked.
_Question: TypeAlias = tuple[str, str, UsageQuery]


@dataclass(frozen=True, slots=True)
class _Site:
    """A site that is being read, with its registers as they are stored; their days are those of the site."""

    reader: SiteReader
    registers: Mapping[str, StoredRegister]

    @classmethod
    def of(cls, question: SiteQuestion, known: Mapping[str, StoredRegister]) -> "_Site":
        where = zone(question.zone_name)
        by_key = {key: replace(known[key], zone=where) for key in question.request.keys}
        return cls(SiteReader(question, {key: stored.register for key, stored in by_key.items()}), by_key)

    def windows(self) -> dict[str, Window]:
        question = self.reader.question
        return {key: Window(stored, question.period, question.edges) for key, stored in self.registers.items()}

    def asked(self, questions: Iterable[RegisterQuestion]) -> list[_Question]:
        return [(key, self.reader.question.zone_name, query) for key, query in questions]

    def rows(
        self,
        answers: Mapping[_Question, Sequence[UsageSeries]],
        frames: dict[tuple[object, ...], RowFrame],
        profile: LoadProfile | None,
        reach_of: Mapping[tuple[object, ...], Reach],
    ) -> SiteRows:
        """The rows; a frame that no site had before is kept for the next one of its kind."""
        reader = self.reader

        def answer(key: str, query: UsageQuery) -> Sequence[UsageSeries]:
            return answers[key, reader.question.zone_name, query]

        if reader.rules is None:
            rows, uses = reader.complete_rows(answer)
        else:
            frame = frames.get(reader.frame_key)
            if frame is None:
                frame = frames[reader.frame_key] = reader.frame(answer)
            rows, uses = reader.rows(reader.rules, frame, profile, answer)
        own_reaches = {key: reach_of[_place(window)] for key, window in self.windows().items()}
        return SiteRows(rows, reader.unit, uses, own_reaches, self.registers)


def _place(window: Window) -> tuple[object, ...]:
    return window.register.series, window.period, window.edges


@dataclass(slots=True)
class _Sites:
    """Sites that are read together; a fault of one is that one's alone.

    Attributes:
        faults: of the sites that cannot be read, by their numbers.
    """

    session: Session
    watermark: int
    sites: Sequence[_Site]
    faults: dict[int, UsufructError] = field(default_factory=dict)

    def of_each(self, work: Callable[[int, _Site], _Answer]) -> dict[int, _Answer]:
        """Do some work for each site without a fault, by their numbers."""
        results: dict[int, _Answer] = {}
        for number, site in enumerate(self.sites):
            if number in self.faults:
                continue
            try:
                results[number] = work(number, site)
            except UsufructError as fault:
                self.faults[number] = fault
        return results

    def profiles(self) -> dict[int, LoadProfile]:
        """The load profiles of the sites whose energy is one, by their numbers."""
        queries = self.of_each(lambda _, site: site.reader.profile_query)
        asked = {number: query for number, query in queries.items() if query is not None}
        requests = [(self.sites[number].registers[key], query) for number, (key, query) in asked.items()]
        profiles = zip(asked, load_profiles(self.session, requests, self.watermark), strict=True)
        return {number: profile for number, profile in profiles if profile is not None}

    def answers(self, profiles: Collection[int]) -> dict[_Question, Sequence[UsageSeries]]:
        """Ask every other question once, together with those that differ in their register alone."""

        def questions(number: int, site: _Site) -> list[_Question]:
            energy = [] if number in profiles else site.reader.energy_questions()
            return site.asked([*energy, *site.reader.driver_questions()])

        together: dict[UsageQuery, dict[_Question, StoredRegister]] = defaultdict(dict)
        for number, of_site in self.of_each(questions).items():
            for question in of_site:
                key, _, query = question
                together[query][question] = self.sites[number].registers[key]
        answers: dict[_Question, Sequence[UsageSeries]] = {}
        for query, asked in together.items():
            series = usage_series(self.session, list(asked.values()), query, self.watermark)
            answers |= dict(zip(asked, series, strict=True))
        return answers

    def reaches(self) -> dict[tuple[object, ...], Reach]:
        """How far the counts of all registers reach, by series, period and rule for the edges."""
        windows = {_place(window): window for site in self.sites for window in site.windows().values()}
        return dict(zip(windows, reaches(self.session, list(windows.values()), self.watermark), strict=True))


@dataclass(frozen=True, slots=True)
class SavingRequest:
    """A saving of some days that is to be measured.

    Attributes:
        plan: how it is measured.
        period: whole local days.
        zone_name: the time zone of the local days.
        edges: what a counter counted up to an instant at which it was not read.
        covered: whether the days must be covered by themselves.
        factor_days: the days on which a factor changes that the saving is converted by.
    """

    plan: Plan
    period: Period
    zone_name: str
    edges: BoundaryRule
    covered: bool = True
    factor_days: Collection[date] = ()

    @property
    def question(self) -> SiteQuestion:
        """What is read for it."""
        option = self.plan.option
        request = SiteRequest(
            energies=option.registers,
            unit=option.counts_in,
            less=option.less,
            drivers=option.drivers,
            driver_aggregations=option.driver_aggregations,
            rows=option.rows,
            units=option.units,
            modes=option.modes,
            calendar=self.plan.calendar,
            method=option.method,
        )
        return SiteQuestion(request, self.period, self.zone_name, self.edges)


#: The rows of a saving as they were read, and the saving.
MeasuredRows: TypeAlias = tuple[SiteRows, SavingsResult]


def measure(
    session: Session,
    plan: Plan,
    period: Period,
    zone_name: str,
    edges: BoundaryRule,
    watermark: int,
    *,
    covered: bool = True,
    factor_days: Collection[date] = (),
) -> MeasuredRows:
    """Measure the saving of some days by an M&V plan.

    Args:
        session: a session that states the tenant.
        plan: how the saving is measured.
        period: whole local days.
        zone_name: the time zone of the local days.
        edges: what a counter counted up to an instant at which it was not read.
        watermark: the last batch that counts.
        covered: whether the days must be covered by themselves.
        factor_days: the days on which a factor changes that the saving is converted by.

    Returns:
        The rows as they were read, and the saving.

    Raises:
        CoverageTooLow: fewer rows count than the plan agrees.
    """
    request = SavingRequest(plan, period, zone_name, edges, covered=covered, factor_days=factor_days)
    (measured,) = measure_all(session, [request], watermark)
    if isinstance(measured, UsufructError):
        raise measured
    return measured


def measure_all(
    session: Session, requests: Sequence[SavingRequest], watermark: int
) -> list[MeasuredRows | UsufructError]:
    """Measure many savings as ``measure`` does one, by as few statements as one takes.

    Returns:
        For each request what was measured, or why it cannot be; in their order.
    """
    sites = rows_of_sites(session, [request.question for request in requests], watermark)
    return [_measured(request, rows) for request, rows in zip(requests, sites, strict=True)]


def _measured(request: SavingRequest, rows: SiteRows | UsufructError) -> MeasuredRows | UsufructError:
    if isinstance(rows, UsufructError):
        return rows
    try:
        saved = savings_result(request.plan, rows.rows, covered=request.covered, factor_days=request.factor_days)
    except UsufructError as fault:
        return fault
    return rows, saved
