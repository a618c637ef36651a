"""Use as use cases: what registers counted, and how long machines were in each state, over local days of their sites.

A customer sees a register only over the days on which released versions of its own contracts cover it, and so does a
third party that it has granted the machine to: nobody grants what it does not see itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal

from sqlmodel import Session

from api.access.grants import see_machines
from api.operations.fleet import find_register, find_registers
from api.server.database import as_product_of_party
from contracts import store as contract_store
from contracts.coverage import DayRange, covered_days, covered_periods
from metering.consumption.store import reads_over
from metering.consumption.use import BoundaryRule
from metering.fleet.meter import MachineState, RegisterKind
from metering.fleet.store import NoSuchRegister, StoredRegister
from metering.log.as_of import NOW
from metering.usage.aggregation import Aggregation, Granularity, UsageCell, UsageQuery, UsageSeries
from metering.usage.store import durations, usage_series
from quantities.calendars import Calendar
from quantities.errors import Invalid
from quantities.period import MICROSECOND, Period, zone

#: What is computed of a counter between the edges of a part; the other aggregations are of its readings.
_BETWEEN_EDGES = frozenset({Aggregation.SUM, Aggregation.DEMAND, Aggregation.MEAN})


class NoStates(Invalid):
    """The register is not a state register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageOverDays:
    """A question about use over local days; it becomes a ``UsageQuery`` once the register's zone is known.

    Attributes:
        first: the first local day.
        after_last: the first local day that is not counted any more.
        every: how the days are divided.
        aggregation: what is computed of each part.
        calendar: divides each part into bands.
        block_minutes: how long the block of a demand is.
        sliding: whether a block may start at any interval.
        by: dimensions to answer separately.
        edges: how a counter is read at an edge without a reading.
        as_of: the last batch that counts; by default everything that is stored.
    """

    first: date
    after_last: date
    every: Granularity = Granularity.MONTH
    aggregation: Aggregation = Aggregation.SUM
    calendar: Calendar | None = None
    block_minutes: int = 15
    sliding: bool = False
    by: tuple[str, ...] = ()
    edges: BoundaryRule = BoundaryRule.LAST_READ
    as_of: int | None = None

    @property
    def watermark(self) -> int:
        """The last batch that counts, as a number in every case."""
        return NOW if self.as_of is None else self.as_of

    def days_in(self, where: tzinfo) -> Period:
        """Turn the days into instants of a zone."""
        return Period.of_days(self.first, self.after_last, where)

    def over(self, period: Period) -> UsageQuery:
        """Ask the same over a period."""
        return UsageQuery(
            period,
            every=self.every,
            aggregation=self.aggregation,
            calendar=self.calendar,
            block_minutes=self.block_minutes,
            sliding=self.sliding,
            by=self.by,
            edges=self.edges,
        )


@dataclass(frozen=True, slots=True)
class RegisterUsage:
    """What one register counted.

    Attributes:
        register: the register.
        period: all the days that were asked about, visible or not.
        parts: the answers in order of time, of bands and of dimensions; a part without any reading says so.
    """

    register: StoredRegister
    period: Period
    parts: tuple[UsageSeries, ...]


@dataclass(frozen=True, slots=True)
class RegisterStates:
    """How long a machine was in each of its states.

    Attributes:
        register: the register.
        period: the whole of the days that were asked about.
        parts: in order of time, each with the durations in the register's unit, of each state that occurred.
    """

    register: StoredRegister
    period: Period
    parts: tuple[tuple[UsageCell, Mapping[MachineState, Decimal]], ...]


def usage(session: Session, key: str, asked: UsageOverDays, *, as_customer: bool = False) -> RegisterUsage:
    """Count a register over local days of its site.

    Args:
        session: states the tenant, and the party where a customer asks.
        key: the register's.
        asked: what is counted, over which days.
        as_customer: show only the days on which the contracts of the transaction's party cover the register.

    Raises:
        NoSuchRegister: there is none, or no contract of the customer ever covers it.
        TooManyParts: a demand is asked over too many blocks.
        NoBlocks: a sliding demand is asked of a register without interval.
    """
    register, coverage = _find_visible(session, key, as_customer=as_customer)
    period = asked.days_in(register.zone)
    parts: list[UsageSeries] = []
    for visible, covered_from in _visible_parts(period, coverage):
        for query in _split_at_first_read(session, register, asked.over(visible), covered_from, asked.watermark):
            (series,) = usage_series(session, [register], query, asked.watermark)
            parts += series
    return RegisterUsage(register, period, tuple(parts))


def usage_of_many(session: Session, keys: Sequence[str], asked: UsageOverDays) -> list[RegisterUsage]:
    """Count many registers, each over the local days of its own site.

    Returns:
        The registers, those of one zone together; zones and registers in the order that they are named first.

    Raises:
        NoSuchRegister: there is none of one of the keys.
        TooManyParts: a demand is asked over too many blocks.
        NoBlocks: a sliding demand is asked of a register without interval.
    """
    by_zone: dict[tzinfo, list[StoredRegister]] = {}
    for register in find_registers(session, keys).values():
        by_zone.setdefault(register.zone, []).append(register)
    counted = []
    for where, registers in by_zone.items():
        period = asked.days_in(where)
        answers = usage_series(session, registers, asked.over(period), asked.watermark)
        counted += [RegisterUsage(register, period, parts) for register, parts in zip(registers, answers, strict=True)]
    return counted


def states(
    session: Session, key: str, first: date, after_last: date, every: Granularity, *, as_customer: bool = False
) -> RegisterStates:
    """Answer how long a machine was in each of its states over local days of its site, by state and cause.

    Raises:
        NoSuchRegister: there is none, or no contract of the customer ever covers it.
        NoStates: it is no state register.
    """
    register, coverage = _find_visible(session, key, as_customer=as_customer)
    period = Period.of_days(first, after_last, register.zone)
    if register.register.kind is not RegisterKind.STATE:
        raise NoStates(f"{key} is a {register.register.kind} register", found=key, expected="a state register")
    parts = [
        part
        for seen, _ in _visible_parts(period, coverage)
        for part in durations(session, [register], UsageQuery(seen, every))[0]
    ]
    return RegisterStates(register, period, tuple(parts))


def _find_visible(
    session: Session, key: str, *, as_customer: bool
) -> tuple[StoredRegister, list[tuple[DayRange, tzinfo]] | None]:
    """Look up a register that the caller may see; nothing else of it is looked at before.

    Returns:
        The register, and the days on which contracts of the customer cover it, each range with its contract's zone;
        None for the tenant itself, which sees all.

    Raises:
        NoSuchRegister: there is none, or no contract of the customer ever covers it: the two are not told apart.
    """
    if as_customer:
        see_machines(session)
    register = find_register(session, key)
    if not as_customer:
        return register, None
    with as_product_of_party(session):  # a third party sees no contract
        contracts = contract_store.of_contracts(session)
    coverage: list[tuple[DayRange, tzinfo]] = [
        (days, zone(versions[-1].contract.zone))
        for versions in contracts.values()
        for days in covered_days(versions, key)
    ]
    if not coverage:
        raise NoSuchRegister(f"there is no register {key!r} here", found=key)
    return register, coverage


def _visible_parts(
    period: Period, coverage: list[tuple[DayRange, tzinfo]] | None
) -> list[tuple[Period, datetime | None]]:
    """Restrict a period to what is covered.

    Returns:
        Periods in order of time, each with the instant since which the register is covered without interruption; the
        whole period and None where there is no restriction.
    """
    if coverage is None:
        return [(period, None)]
    covered = [(period.meet(span), span.start) for span in covered_periods(coverage, period.end)]
    return [(part, start) for part, start in covered if part is not None]


def _split_at_first_read(
    session: Session, register: StoredRegister, query: UsageQuery, covered_from: datetime | None, watermark: int
) -> list[UsageQuery]:
    """Divide a question about a counter at its first reading since the register is covered.

    With ``last_read`` a counter stands at an edge as it was last read. If that was before the register was covered, the
    difference would contain use of another customer: up to the first reading since then only exact edges count, and
    there are none.
    """
    is_by_edges = register.register.kind is RegisterKind.CUMULATIVE and query.aggregation in _BETWEEN_EDGES
    if covered_from is None or not is_by_edges or query.edges is not BoundaryRule.LAST_READ:
        return [query]
    (reads,) = reads_over(session, [(register, Period(covered_from, covered_from + MICROSECOND))], watermark)
    opening = min((read.start for read in reads if read.start >= covered_from), default=query.period.end)
    return [
        replace(query, period=period, edges=BoundaryRule.EXACT if period.start < opening else query.edges)
        for period in query.period.split(opening)
    ]
