"""Findings of checks: made on the days that a batch changed, and open until a later batch answers them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from sqlalchemy import ColumnElement, text, update
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from metering.consumption.store import Window, reads_over, register_events, uses
from metering.consumption.use import BoundaryRule, Use
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from metering.log.list_page import Listing
from metering.log.transaction import array, ask
from metering.quality.validation.context import CheckContext, ReadingFinding
from metering.quality.validation.finding_query import FindingQuery
from metering.tables import BatchRow, FindingRow, RegisterRow, SeriesRow, within_tenant
from quantities.listing import ListPage
from quantities.period import Period

_DAY = timedelta(days=1)


def examine(
    session: Session, batch: int, touched: Sequence[tuple[int, Period]], checked: Sequence[str] | None = None
) -> int:
    """Run the checks of every register that a batch changed, or whose checks refer to a register that it changed.

    Args:
        session: states the tenant; the batch has been written.
        batch: its number.
        touched: the changed periods, each with the series without dimensions of its register.
        checked: the registers that there is something to check of, where that was asked already.

    Returns:
        The number of new findings.
    """
    if checked is None:
        checked = ask_checked(session, {series for series, _ in touched})()
    if not checked:
        return 0
    spans: dict[int, list[Period]] = {}
    for series, period in touched:
        spans.setdefault(series, []).append(period)
    known = registers(session, checked)
    series_of = dict(
        session.exec(
            select(RegisterRow.key, SeriesRow.id)
            .join(SeriesRow, within_tenant(SeriesRow.register_id, RegisterRow.id))
            .where(col(SeriesRow.id).in_(spans))
        ).all()
    )
    count = 0
    for register in known.values():
        others = {getattr(check, "register_key", None) for check in register.register.checks} & series_of.keys()
        periods = [
            *spans.get(register.series, []),
            *(period for key in others for period in spans[series_of[str(key)]]),
        ]
        for days in _runs_of_days(periods, register):
            count += _examine(session, batch, register, days, known)
    return count


def ask_checked(session: Session, touched: Iterable[int]) -> Callable[[], list[str]]:
    """Ask for the registers that ``examine`` has something to check of, nearly always none; ``touched`` are series."""
    answer = ask(session, _CHECKED, {"series": array(touched)})
    return lambda: [key for (key,) in answer.rows()]


# Where no register of the tenant is checked and no finding is open, nothing else is looked at.
_CHECKED = """
    with checking as (select key, traits->'checks' as checks from register where jsonb_exists(traits, 'checks')),
    open as (select series from finding where series = any(%(series)s::int[]) and closed_batch is null),
    touched as (select s.id, r.key from series s
                join register r on r.tenant = s.tenant and r.id = s.register_id
                where s.id = any(%(series)s::int[])
                  and ((select exists (select from checking)) or (select exists (select from open))))
    select key from touched where key in (select key from checking) or id in (select series from open)
    union
    select c.key from checking c, jsonb_array_elements(c.checks) e where e->>'register' in (select key from touched)
"""


def _runs_of_days(periods: Sequence[Period], register: StoredRegister) -> list[list[tuple[date, Period]]]:
    """The local days that periods touch, grouped into runs of consecutive days."""
    days = sorted({day for period in periods for day, _ in period.days(register.zone)})
    runs = groupby(enumerate(days), key=lambda pair: pair[1] - _DAY * pair[0])
    return [[(day, Period.of_days(day, day + _DAY, register.zone)) for _, day in run] for _, run in runs]


def _examine(
    session: Session,
    batch: int,
    register: StoredRegister,
    days: Sequence[tuple[date, Period]],
    known: Mapping[str, StoredRegister],
) -> int:
    span = Period(days[0][1].start, days[-1][1].end)
    (readings,) = reads_over(session, [(register, span)])
    is_counter = register.register.kind is RegisterKind.CUMULATIVE

    def counted(key: str | None, periods: Sequence[Period]) -> list[Decimal | None]:
        other = register if key is None else known.get(key) or registers(session, [key]).get(key)
        return [None] * len(periods) if other is None else _counted(session, other, periods)

    context = CheckContext(
        readings=readings,
        days=days,
        zone=register.zone,
        cumulative=is_counter,
        extended=register.register.kind is RegisterKind.INTERVAL,
        interval=register.register.interval,
        multiplier=register.register.multiplier,
        received_at=session.exec(select(BatchRow.recorded_at).where(col(BatchRow.id) == batch)).one(),
        uses=counted,
        events=register_events(session, [register.series])[register.series] if is_counter else (),
    )
    findings = [finding for check in register.register.checks for finding in check.findings(context)]
    return _keep(session, batch, register.series, span, findings)


def _counted(session: Session, register: StoredRegister, periods: Sequence[Period]) -> list[Decimal | None]:
    """The quantities used over periods; None if not countable. Counted day by day, which keeps the query small."""
    quantities: list[Decimal | None] = []
    for _, day in groupby(periods, key=lambda period: period.start.date()):
        windows = [Window(register, period, BoundaryRule.INTERPOLATED) for period in day]
        quantities += [use.quantity if isinstance(use, Use) else None for use in uses(session, windows)]
    return quantities


def _keep(session: Session, batch: int, series: int, span: Period, findings: Sequence[ReadingFinding]) -> int:
    """Store new findings, close open ones that no longer occur, keep the others; return the number of new ones."""
    known = {
        (row.check_kind, row.start, row.end, row.found): row.id
        for row in session.exec(select(FindingRow).where(*_open_over(series, span)))
    }
    again = {(finding.check, finding.start, finding.end, finding.found): finding for finding in findings}
    gone = [number for key, number in known.items() if key not in again]
    if gone:
        session.exec(update(FindingRow).where(col(FindingRow.id).in_(gone)).values(closed_batch=batch))
    new = [finding for key, finding in again.items() if key not in known]
    session.add_all(
        FindingRow(
            series=series,
            start=finding.start,
            end=finding.end,
            check_kind=finding.check,
            found=finding.found,
            expected=finding.expected,
            holds=finding.holds,
            batch=batch,
        )
        for finding in new
    )
    session.flush()
    return len(new)


def close_findings(session: Session, series: int, span: Period, batch: int) -> None:
    """Close the open findings of a register over a period; ``batch`` answers them."""
    session.exec(update(FindingRow).where(*_open_over(series, span)).values(closed_batch=batch))


def _open_over(series: int, span: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        col(FindingRow.series) == series,
        col(FindingRow.closed_batch).is_(None),
        col(FindingRow.start) < span.end,
        col(FindingRow.end) > span.start,
    )


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding that no batch has answered yet, with the key of its register."""

    id: int
    register: str
    start: datetime
    end: datetime
    check: str
    found: str
    expected: str
    holds: bool
    batch: int


def open_findings(session: Session, key: str | None = None) -> list[OpenFinding]:
    """The open findings of one register or of all, in order of time."""
    rows = _OPEN.order_by(col(FindingRow.start), col(FindingRow.id))
    if key is not None:
        rows = rows.where(col(RegisterRow.key) == key)
    return [_open_finding(row, register) for row, register in session.execute(rows)]


def listed(session: Session, query: FindingQuery) -> ListPage[OpenFinding]:
    """List open findings in pages, in order of time.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_open_finding(row[0], row[1]) for row in page.rows))


_OPEN = (
    columns_of(FindingRow, col(RegisterRow.key))
    .join(SeriesRow, within_tenant(SeriesRow.id, FindingRow.series))
    .join(RegisterRow, within_tenant(RegisterRow.id, SeriesRow.register_id))
    .where(col(FindingRow.closed_batch).is_(None))
)
_LISTING = Listing(
    statement=_OPEN,
    key=col(FindingRow.id),
    sorts={"start": col(FindingRow.start)},
    filters={
        "register_key": lambda key: col(RegisterRow.key) == key,
        "check": lambda kind: col(FindingRow.check_kind) == kind,
        "holds": lambda _: col(FindingRow.holds),
        "found_from": lambda instant: col(FindingRow.end) > instant,
        "found_to": lambda instant: col(FindingRow.start) < instant,
    },
)


def _open_finding(row: FindingRow, register: str) -> OpenFinding:
    return OpenFinding(
        id=row.id,
        register=register,
        start=row.start,
        end=row.end,
        check=row.check_kind,
        found=row.found,
        expected=row.expected,
        holds=row.holds,
        batch=row.batch,
    )


def holding(session: Session, asked: Sequence[tuple[int, Period]]) -> list[str | None]:
    """For every pair of series and period: why an open finding keeps it from being billed; None if nothing does."""
    if not asked:
        return []
    rows = session.execute(
        _HOLDING,
        {
            "series": [series for series, _ in asked],
            "starts": [period.start for _, period in asked],
            "ends": [period.end for _, period in asked],
        },
    )
    reasons: list[str | None] = [None] * len(asked)
    for row in rows:
        more = f", and {row.how_many - 1} more" if row.how_many > 1 else ""
        reasons[row.n - 1] = f"{row.key}: {row.check_kind} from {row.start.isoformat()}, found {row.found}{more}"
    return reasons


# text: a join with arrays of the asked series and periods
_HOLDING = text(
    """
    select distinct on (asked.n) asked.n, r.key, f.check_kind, f.start, f.found,
           count(*) over (partition by asked.n) as how_many
    from unnest(cast(:series as int[]), cast(:starts as timestamptz[]), cast(:ends as timestamptz[]))
         with ordinality as asked (series, low, high, n)
    join finding f on f.series = asked.series and f.closed_batch is null and f.holds
                  and f.start < asked.high and f."end" > asked.low
    join series s on s.tenant = f.tenant and s.id = f.series
    join register r on r.tenant = s.tenant and r.id = s.register_id
    order by asked.n, f.start, f.id
    """
)
