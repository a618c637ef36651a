"""Findings: looked for on the days that a batch touched, kept open until a later batch has answered them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from sqlalchemy import text
from sqlmodel import Session

from metering.consumption.store import Window, reads_over, uses
from metering.consumption.use import BoundaryRule, Use
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from metering.quality.validation.checks import CheckContext, ReadingFinding
from metering.tables import FindingRow
from quantities.period import Period

_DAY = timedelta(days=1)


def examine(session: Session, batch: int, touched: Iterable[tuple[int, Period]]) -> int:
    """Ask the checks of every register that a batch touched, or whose checks look at one that it touched.

    Args:
        session: states the tenant; the batch is written.
        batch: its number.
        touched: the numbers that stand for registers, and over what each was touched.

    Returns:
        How many findings are new.
    """
    spans: dict[int, list[Period]] = {}
    for series, period in touched:
        spans.setdefault(series, []).append(period)
    series_of = {row.key: row.series for row in session.execute(_KEYS, {"series": list(spans)})}
    asked = {"series": list(spans), "keys": list(series_of)}
    checked = session.execute(_CHECKED, asked).scalars().all()
    known = registers(session, checked) if checked else {}
    count = 0
    for register in known.values():
        others = {getattr(check, "register_key", None) for check in register.register.checks} & series_of.keys()
        periods = [*spans.get(register.series, []), *(each for key in others for each in spans[series_of[str(key)]])]
        for days in _runs(periods, register):
            count += _examine(session, batch, register, days, known)
    return count


_CHECKED = text(
    """select r.key from register r join series s on s.register_id = r.id and s.dimensions = '{}'
       where s.id = any(:series) and (
             jsonb_exists(r.traits, 'checks')
             or exists (select 1 from finding f where f.series = s.id and f.closed_batch is null))
          or exists (select 1 from jsonb_array_elements(r.traits->'checks') c where c->>'register' = any(:keys))"""
)
_KEYS = text(
    """select r.key, s.id as series from register r join series s on s.register_id = r.id
       where s.id = any(:series)"""
)


def _runs(periods: Sequence[Period], register: StoredRegister) -> list[list[tuple[date, Period]]]:
    """Name the local days that periods touch, in runs of days that follow each other."""
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
    kind = register.register.kind

    def counted(key: str | None, periods: Sequence[Period]) -> list[Decimal | None]:
        found = register if key is None else known.get(key) or registers(session, [key]).get(key)
        return [None] * len(periods) if found is None else _counted(session, found, periods)

    seen = CheckContext(
        readings,
        days,
        register.zone,
        kind is RegisterKind.CUMULATIVE,
        kind is RegisterKind.INTERVAL,
        register.register.interval,
        register.register.multiplier,
        session.execute(text("select recorded_at from batch where id = :batch"), {"batch": batch}).scalar_one(),
        counted,
    )
    found = [each for check in register.register.checks for each in check.findings(seen)]
    return _keep(session, batch, register.series, span, found)


def _counted(session: Session, register: StoredRegister, periods: Sequence[Period]) -> list[Decimal | None]:
    """Count day by day: intervals are matched with the periods of their own day alone."""
    found: list[Decimal | None] = []
    for _, day in groupby(periods, key=lambda period: period.start.date()):
        windows = [Window(register, period, BoundaryRule.INTERPOLATED) for period in day]
        found += [use.quantity if isinstance(use, Use) else None for use in uses(session, windows)]
    return found


def _keep(session: Session, batch: int, series: int, span: Period, found: Sequence[ReadingFinding]) -> int:
    """Open what is new, close what is found no more, leave what is found again."""
    asked = {"series": series, "start": span.start, "end": span.end}
    known = {(row.check_kind, row.start, row.end, row.found): row.id for row in session.execute(_OPEN, asked)}
    again = {(each.check, each.start, each.end, each.found): each for each in found}
    gone = [number for key, number in known.items() if key not in again]
    if gone:
        session.execute(
            text("update finding set closed_batch = :batch where id = any(:ids)"), {"batch": batch, "ids": gone}
        )
    new = [each for key, each in again.items() if key not in known]
    session.add_all(
        FindingRow(
            series=series,
            start=each.start,
            end=each.end,
            check_kind=each.check,
            found=each.found,
            expected=each.expected,
            holds=each.holds,
            batch=batch,
        )
        for each in new
    )
    session.flush()
    return len(new)


_OPEN = text(
    """select id, check_kind, start, "end", found from finding
       where series = :series and closed_batch is null and start < :end and "end" > :start"""
)


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding that no batch has answered yet, with its register."""

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
    """List what is in question, of one register or of all, in order of time."""
    return [OpenFinding(*row) for row in session.execute(_LISTED, {"key": key})]


_LISTED = text(
    """
    select f.id, r.key, f.start, f."end", f.check_kind, f.found, f.expected, f.holds, f.batch
    from finding f join series s on s.id = f.series join register r on r.id = s.register_id
    where closed_batch is null and (cast(:key as text) is null or r.key = :key) order by f.start, f.id
    """
)


def holding(session: Session, asked: Sequence[tuple[int, Period]]) -> list[str | None]:
    """Say of series and periods whether something in question keeps each from being billed, and what."""
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
    found: list[str | None] = [None] * len(asked)
    for row in rows:
        more = f", and {row.how_many - 1} more" if row.how_many > 1 else ""
        found[row.n - 1] = f"{row.key}: {row.check_kind} from {row.start.isoformat()}, found {row.found}{more}"
    return found


_HOLDING = text(
    """
    select distinct on (asked.n) asked.n, r.key, f.check_kind, f.start, f.found,
           count(*) over (partition by asked.n) as how_many
    from unnest(cast(:series as int[]), cast(:starts as timestamptz[]), cast(:ends as timestamptz[]))
         with ordinality as asked (series, low, high, n)
    join finding f on f.series = asked.series and f.closed_batch is null and f.holds
                  and f.start < asked.high and f."end" > asked.low
    join series s on s.id = f.series join register r on r.id = s.register_id
    order by asked.n, f.start, f.id
    """
)
