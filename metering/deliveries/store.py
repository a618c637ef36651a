"""A delivery, from parsed rows to the log: compared with what is stored, appended, and its receipt."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import chain

import numpy as np
from sqlalchemy import text
from sqlmodel import Session

from metering.consumption.use import EventKind
from metering.deliveries.delivery import INSTANT, ChangedRange, LogDelta, after, compare, falling, follow, without
from metering.deliveries.history import verdicts as verdicts_of
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers, series_of
from metering.ingest import Parsed
from metering.log import store
from metering.log.as_of import newest, newest_events
from metering.log.columns import SERIES_MAX, Readings, instant_of, micros
from metering.log.reading import Reading, Verdict, limit_refusals
from metering.quality.validation.store import examine
from metering.tables import BatchRow, BatchTouchRow, RegisterEventRow, VerdictRow
from quantities.errors import Conflict, Invalid, NotFound
from quantities.number import plain, trimmed
from quantities.period import Period, utc

_PART_ROWS = 400_000
_VERDICTS_KEPT = 1000  # a batch of a million bad rows is bad in one way or a few


class RefusedWhole(Invalid):
    """An atomic delivery is stored whole or not at all; one of its rows has a verdict."""


class NothingStored(Invalid):
    """Every row of the delivery is refused; the batch records why."""

    @classmethod
    def of(cls, receipt: "Receipt") -> "NothingStored":
        """Say so of a receipt, which comes along whole."""
        return cls(f"batch {receipt.batch}: {receipt.refused} rows, all refused", **asdict(receipt))


class KeyUsedOtherwise(Conflict):
    """The idempotency key was used for another request."""


class NoSuchRegister(NotFound):
    """There is no such register here."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who delivers, from where, when and why.

    Attributes:
        source: a file's name, an endpoint, a person's form.
        recorded_by: the person or the key.
        recorded_at: the instant at which it reached us.
        reason: why a correction, an exchange or a replacement is made.
        idempotency_key: makes one request of two.
        request: all that the key stands for besides the payload, such as register, columns and unit; a request that
            bears the key and says otherwise is refused.
    """

    source: str
    recorded_by: str
    recorded_at: datetime
    reason: str | None = None
    idempotency_key: str | None = None
    request: tuple[str, ...] = ()

    def request_sha256(self, payload_sha256: bytes) -> bytes | None:
        """Hash what the key stands for; None without one."""
        if self.idempotency_key is None:
            return None
        return hashlib.sha256(payload_sha256 + json.dumps(self.request).encode()).digest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery.

    Attributes:
        batch: its number.
        stored: rows appended, corrections among them.
        corrected: of those, how many replace or withdraw a live value.
        unchanged: rows that said what the log or an earlier row said already.
        refused: rows with a verdict.
        verdicts: the first thousand of them.
        seen_before: the batch that had the same bytes, if one had; this one was compared all the same.
        repeated: this receipt is the first request's, for the key was used before.
    """

    batch: int
    stored: int
    corrected: int
    unchanged: int
    refused: int
    verdicts: tuple[Verdict, ...] = ()
    seen_before: int | None = None
    repeated: bool = False

    @property
    def is_refused_whole(self) -> bool:
        """Whether there were rows, and not one of them was good; the batch is recorded all the same."""
        return self.refused > 0 and not self.stored and not self.unchanged


def deliver(
    session: Session,
    sender: Sender,
    raw: bytes,
    parsed: Parsed,
    known: Mapping[str, StoredRegister],
    *,
    atomic: bool = False,
    replaces: Period | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Receipt:
    """Store a delivery.

    Args:
        session: states the tenant; its transaction is the delivery's.
        sender: who, whence, when, why.
        raw: the bytes as they came; only their hash is kept.
        parsed: what they say.
        known: the registers they name.
        atomic: store all rows or none.
        replaces: the range that the delivery restates in full for every register it names.
        progress: is told how many readings of how many are compared and written.

    Raises:
        RefusedWhole: ``atomic``, and a row has a verdict; nothing is stored.
        KeyUsedOtherwise: the idempotency key was used for another request.
    """
    digest = hashlib.sha256(raw).digest()
    first = _first_request(session, sender, digest)
    if first is not None:
        return first
    numbers = series_of(session, parsed.series, known)
    mains = {number: known[key.register].series for key, number in numbers.items()}
    of_all = [series for key in numbers for series in known[key.register].all_series]
    number = _locked_batch(session, [*of_all, *numbers.values()])
    of_series = {series: known[key.register] for key, series in numbers.items()}
    readings = _in_order(parsed.readings, [numbers[key] for key in parsed.series])
    changes, events, done = [], [], 0
    for part in _parts(readings, whole_series=replaces is not None):
        change, found = _written(session, part, of_series, number, replaces)
        changes.append(change)
        events += found
        limit_refusals(len(parsed.verdicts) + sum(len(each.verdicts) for each in changes), "all others")
        done += len(part)
        if progress is not None:
            progress(done, len(readings))
    if replaces is not None:
        for series, register in _not_restated(readings, replaces, of_series).items():
            mains[series], stored = register.series, _fetched(session, {series: (replaces.start, replaces.end)})
            change = compare(Readings.of(), stored, replaces)
            if len(change.readings):
                store.append(session, store.numbered(change.readings, number))
                changes.append(change)
    verdicts = sorted(chain(parsed.verdicts, *(each.verdicts for each in changes)), key=lambda each: each.line)
    if atomic and verdicts:
        raise RefusedWhole(
            f"{len(verdicts)} rows are refused, so all are",
            verdicts=[asdict(each) for each in verdicts[:_VERDICTS_KEPT]],
        )
    seen = session.execute(
        text("select max(id) from batch where payload_sha256 = :digest"), {"digest": digest}
    ).scalar_one()
    receipt = Receipt(
        number,
        sum(len(each.readings) for each in changes),
        sum(int(each.corrected.sum()) for each in changes),
        sum(each.unchanged for each in changes) + parsed.repeated,
        len(verdicts),
        tuple(verdicts[:_VERDICTS_KEPT]),
        seen,
    )
    _save_batch(session, sender, digest, "import" if replaces is None else "replacement", receipt)
    _save_changes(session, number, changes, events, mains)
    return receipt


def _in_order(readings: Readings, numbers: Sequence[int]) -> Readings:
    """Give readings the numbers of their series, and the order of these."""
    series = np.array([*numbers, 0], np.int64)[readings.series]
    renumbered = replace(readings, series=series)
    if len(series) and bool((np.diff(series) < 0).any()):
        return renumbered.at(np.lexsort((readings.start, series)))
    return renumbered


def _parts(readings: Readings, *, whole_series: bool) -> Iterator[Readings]:
    """Cut a delivery into parts that fit into memory with what is stored; a replaced range is not cut."""
    edges = np.flatnonzero(np.diff(readings.series, prepend=-1))
    start = 0
    while start < len(readings):
        stop = min(start + _PART_ROWS, len(readings))
        later = np.searchsorted(edges, start, side="right") + SERIES_MAX - 1
        stop = min(stop, int(edges[later])) if later < len(edges) else stop
        if whole_series and stop < len(readings):
            ahead = int(np.searchsorted(edges, stop, side="left"))
            before = int(edges[ahead - 1])
            stop = stop if ahead < len(edges) and edges[ahead] == stop else before
            if stop <= start:
                stop = int(edges[ahead]) if ahead < len(edges) else len(readings)
        yield readings.at(np.arange(start, stop))
        start = stop


def _written(
    session: Session,
    delivered: Readings,
    of_series: Mapping[int, StoredRegister],
    number: int,
    replaces: Period | None,
) -> tuple[LogDelta, list[RegisterEventRow]]:
    """Compare a part of a delivery with the log, and append what is new."""
    stored = _stored_around(session, delivered, replaces)
    change = compare(delivered, stored, replaces)
    change, events = _without_falls(session, change, stored, of_series, number)
    if len(change.readings):
        store.append(session, store.numbered(change.readings, number))
    return change, events


def _not_restated(
    readings: Readings, replaces: Period, of_series: Mapping[int, StoredRegister]
) -> dict[int, StoredRegister]:
    """Name the series of replaced registers of which a delivery has no row: other dimensions, which are no more."""
    inside = (readings.start >= micros(replaces.start)) & (readings.end <= micros(replaces.end))
    replaced = [of_series[series] for series in np.unique(readings.series[inside]).tolist()]
    others = {series: register for register in replaced for series in register.all_series}
    return {series: register for series, register in others.items() if series not in of_series}


def _save_changes(
    session: Session,
    number: int,
    changes: Iterable[LogDelta],
    events: Iterable[RegisterEventRow],
    mains: Mapping[int, int],
) -> None:
    """Write down what was touched, of each register under the number that stands for it, and what was detected."""
    session.add_all(events)
    touches: dict[tuple[int, datetime], ChangedRange] = {}
    for touch in chain.from_iterable(each.touches() for each in changes):
        key = mains[touch.series], touch.start
        known = touches.get(key, ChangedRange(key[0], touch.start, touch.end, 0))
        touches[key] = replace(known, end=max(known.end, touch.end), corrected=known.corrected + touch.corrected)
    session.add_all(
        BatchTouchRow(series=each.series, batch=number, start=each.start, end=each.end, corrected=each.corrected)
        for each in touches.values()
    )
    session.flush()
    examine(session, number, [(each.series, Period(each.start, each.end)) for each in touches.values()])


class FallingClosingRead(Invalid):
    """What a device showed last is no less than what it showed before."""


def exchange(
    session: Session, sender: Sender, key: str, at: datetime, closing: Decimal, opening: Decimal, serial: str | None
) -> int:
    """Declare that a meter's device was exchanged, or, with no new serial, that its counter was set anew.

    Args:
        session: states the tenant.
        sender: who says so, when and why.
        key: of the register.
        at: the instant from which the new figures count.
        closing: what the counter showed last.
        opening: what it showed first thereafter.
        serial: the new device's; none if the device stayed and its counter was reset.

    Returns:
        The number of the batch that records it.

    Raises:
        NoSuchRegister: there is no cumulative register of that key.
        NaiveInstant: ``at`` states no offset.
        FallingClosingRead: the last read before it is above ``closing``.
    """
    at = utc(at)
    found = registers(session, [key]).get(key)
    if found is None or found.register.kind is not RegisterKind.CUMULATIVE:
        raise NoSuchRegister(f"{key!r} is no cumulative register", found=key, expected="a cumulative register's key")
    number = _locked_batch(session, [found.series])
    before = session.execute(_LAST_READ, {"series": found.series, "at": at}).scalar()
    if before is not None and closing < before:
        raise FallingClosingRead(
            f"{key} showed {plain(before)} already", found=plain(closing), expected=f"at least {plain(before)}"
        )
    receipt = Receipt(number, 0, 0, 0, 0)
    kind = EventKind.RESET if serial is None else EventKind.EXCHANGE
    event = RegisterEventRow(
        series=found.series, at=at, batch=number, kind=kind.value, gained=closing - opening, serial=serial
    )
    _save_batch(session, sender, b"", kind.value, receipt)
    session.add(event)
    end = session.execute(
        text("select coalesce(max(start), :at) from reading where series = :series"), {"at": at, "series": found.series}
    ).scalar_one()
    touched = Period(at, max(end, at) + INSTANT)
    session.add(BatchTouchRow(series=found.series, batch=number, start=touched.start, end=touched.end, corrected=1))
    session.flush()
    examine(session, number, [(found.series, touched)])
    return number


_LAST_READ = text(
    f"""
    select trim_scale(value) from ({
        newest("start, value", "series = :series and start < :at", of_one_series=True, backwards=True, now=True)
    }) known
    where value is not null order by start desc limit 1
    """
)


def withdraw(session: Session, sender: Sender, key: str, period: Period) -> Receipt:
    """Withdraw every live reading of a register that starts in a period; they stay visible as of earlier batches.

    Raises:
        NoSuchRegister: there is no register of that key.
    """
    found = registers(session, [key]).get(key)
    if found is None:
        raise NoSuchRegister(f"there is no register {key!r}", found=key)
    return record(session, sender, "withdrawal", found, Readings.of(), period)


def ask_checks(session: Session, sender: Sender, key: str, period: Period) -> tuple[int, int]:
    """Ask the checks of a register about a period again, as after a delivery: when they are new, or others.

    Returns:
        The number of the batch that records it, and how many findings are new.

    Raises:
        NoSuchRegister: there is no register of that key.
    """
    found = registers(session, [key]).get(key)
    if found is None:
        raise NoSuchRegister(f"there is no register {key!r}", found=key)
    number = _locked_batch(session, [found.series])
    _save_batch(session, sender, b"", "check", Receipt(number, 0, 0, 0, 0))
    return number, examine(session, number, [(found.series, period)])


def record(
    session: Session,
    sender: Sender,
    kind: str,
    register: StoredRegister,
    readings: Readings,
    replaces: Period | None = None,
) -> Receipt:
    """Write what is said of one register by other means than a file: compared with the log as any delivery.

    Args:
        session: states the tenant.
        sender: who, whence, when, why.
        kind: of the batch.
        register: whose readings they are, those of ``register.series``.
        readings: by start.
        replaces: the range that is restated in full, for all series of the register.

    Raises:
        RefusedWhole: one of them cannot stand beside what is stored.
    """
    number = _locked_batch(session, register.all_series)
    changes, events = [], []
    for series in register.all_series if replaces is not None else (register.series,):
        mine = readings if series == register.series else Readings.of()
        stored = _fetched(session, {series: _extent(mine, replaces)}) if len(mine) or replaces else Readings.of()
        change, detected = _without_falls(session, compare(mine, stored, replaces), stored, {series: register}, number)
        if change.verdicts:
            raise RefusedWhole(change.verdicts[0].expected, verdicts=[asdict(each) for each in change.verdicts])
        store.append(session, store.numbered(change.readings, number))
        changes.append(change)
        events += detected
    receipt = Receipt(
        number,
        sum(len(each.readings) for each in changes),
        sum(int(each.corrected.sum()) for each in changes),
        sum(each.unchanged for each in changes),
        0,
    )
    _save_batch(session, sender, b"", kind, receipt)
    _save_changes(session, number, changes, events, dict.fromkeys(register.all_series, register.series))
    return receipt


def _extent(readings: Readings, replaces: Period | None) -> tuple[datetime, datetime]:
    instants = [instant_of(readings.start[0]), instant_of(int(readings.end.max()) + 1)] if len(readings) else []
    edges = [*instants, *((replaces.start, replaces.end) if replaces else ())]
    return min(edges), max(edges)


def _locked_batch(session: Session, series: Sequence[int]) -> int:
    """Lock the series, then draw the number: a delivery that waited for another must not bear a lower number than it.

    The other way round its rows would be older than those it was compared with, and never be seen.
    """
    store.lock_series(session, series)
    return store.open_batch(session)


def _first_request(session: Session, sender: Sender, digest: bytes) -> Receipt | None:
    key = sender.idempotency_key
    if key is None:
        return None
    session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || ' ' || :key, 0))"),
        {"key": key},
    )
    row = session.execute(
        text(
            """select id, stored, corrected, unchanged, refused, payload_sha256, request_sha256 from batch
               where idempotency_key = :key"""
        ),
        {"key": key},
    ).one_or_none()
    if row is None:
        return None
    if bytes(row.payload_sha256) != digest:
        raise KeyUsedOtherwise(f"the key {key!r} stands for batch {row.id}, which had other content", found=key)
    # a batch of an earlier release knows its content alone
    if row.request_sha256 is not None and bytes(row.request_sha256) != sender.request_sha256(digest):
        detail = f"the key {key!r} stands for batch {row.id}, which came with other parameters"
        raise KeyUsedOtherwise(detail, found=key)
    kept = tuple(verdicts_of(session, row.id))
    return Receipt(row.id, row.stored, row.corrected, row.unchanged, row.refused, kept, repeated=True)


def _stored_around(session: Session, delivered: Readings, replaces: Period | None) -> Readings:
    """Fetch what the delivery may meet: by series, from the live reading before its first to that after its last."""
    if not len(delivered):
        return Readings.of()
    firsts = np.flatnonzero(np.diff(delivered.series, prepend=-1))
    highs = np.maximum.reduceat(np.maximum(delivered.end, delivered.start + 1), firsts)
    spans = {
        int(series): (instant_of(low), instant_of(high))
        for series, low, high in zip(delivered.series[firsts], delivered.start[firsts], highs, strict=True)
    }
    if replaces is not None:
        spans = {series: (min(low, replaces.start), max(high, replaces.end)) for series, (low, high) in spans.items()}
    return _fetched(session, spans)


def _fetched(session: Session, spans: Mapping[int, tuple[datetime, datetime]]) -> Readings:
    asked = {
        "series": list(spans),
        "low": [low for low, _ in spans.values()],
        "high": [high for _, high in spans.values()],
        "lowest": min(low for low, _ in spans.values()),
        "highest": max(high for _, high in spans.values()),
    }
    found = store.fetch(session, _AROUND, asked)
    return found.at(np.lexsort((found.start, found.series)))


_ROW = 'series, start, "end", value, quality, line'
_AROUND = f"""
    with span as (
        select * from unnest(%(series)s::int[], %(low)s::timestamptz[], %(high)s::timestamptz[])
               as span (series, low, high)),
    inside as ({newest(_ROW, "series = any(%(series)s) and start >= %(lowest)s and start < %(highest)s", now=True)}),
    around as (
        select inside.* from inside join span on span.series = inside.series and start >= low and start < high
        union all
        select before.* from span cross join lateral (
            select * from ({
    newest(_ROW, "series = span.series and start < span.low", of_one_series=True, backwards=True, now=True)
}) known
            where value is not null order by start desc limit 1) before
        union all
        select next.* from span cross join lateral (
            select * from ({
    newest(_ROW, "series = span.series and start >= span.high", of_one_series=True, now=True)
}) known
            where value is not null order by start limit 1) next)
    select series, start at time zone 'UTC', "end" at time zone 'UTC', value, quality, line from around
"""


def _without_falls(
    session: Session, change: LogDelta, stored: Readings, of_series: Mapping[int, StoredRegister], number: int
) -> tuple[LogDelta, list[RegisterEventRow]]:
    """Refuse the reads at which a cumulative register falls for no reason; record the rollovers among the others."""
    cumulative = [
        series
        for series in np.unique(change.readings.series).tolist()
        if of_series[series].register.kind is RegisterKind.CUMULATIVE
    ]
    if not cumulative:
        return change, []
    live = after(change, stored)
    declared, detected = _events(session, cumulative)
    events: list[RegisterEventRow] = []
    refused: dict[tuple[int, int], Verdict] = {}
    for series in sorted((falling(live) & set(cumulative)) | detected.keys()):
        reads = _as_reads(live, series)
        if not reads:
            continue
        new = _as_reads(change.readings, series)
        first, last = reads[0].start, reads[-1].start
        known = {at: gained for at, gained in detected.get(series, {}).items() if first < at <= last}
        starts = {each.start: each for each in new}
        followed = follow(reads, starts.keys(), declared.get(series, []), of_series[series].register.modulus)
        for start, expected in followed.refused.items():
            read = starts[start]
            refused[series, micros(start)] = Verdict(read.line, "falling_register", f"{read.value or 0:f}", expected)
        for at in sorted({*followed.rollovers, *known}):
            gained = followed.rollovers.get(at)
            if gained != known.get(at):
                kind = EventKind.ROLLOVER.value
                events.append(RegisterEventRow(series=series, at=at, batch=number, kind=kind, gained=gained))
    return (without(change, refused) if refused else change), events


def _as_reads(readings: Readings, series: int) -> list[Reading]:
    """Take the rows of one series as readings, for a walk along them."""
    mine = readings.at(readings.series == series)
    return [
        Reading(series, instant_of(start), instant_of(end), None if value is None else trimmed(value), line=line)
        for start, end, value, line in zip(
            mine.start.tolist(), mine.end.tolist(), mine.value.to_pylist(), mine.line.tolist(), strict=True
        )
    ]


def _events(
    session: Session, series: Sequence[int]
) -> tuple[dict[int, list[datetime]], dict[int, dict[datetime, Decimal]]]:
    """Fetch by series where exchanges and resets were declared, and what rollovers were detected."""
    declared: dict[int, list[datetime]] = defaultdict(list)
    detected: dict[int, dict[datetime, Decimal]] = defaultdict(dict)
    for row in session.execute(_EVENTS, {"series": list(series)}):
        if row.gained is None:
            continue
        if row.kind == EventKind.ROLLOVER:
            detected[row.series][row.at] = row.gained
        else:
            declared[row.series].append(row.at)
    return declared, detected


_EVENTS = text(newest_events("series, at, kind, gained", "series = any(:series)", now=True))


def _save_batch(session: Session, sender: Sender, digest: bytes, kind: str, receipt: Receipt) -> None:
    session.add(
        BatchRow(
            id=receipt.batch,
            kind=kind,
            source=sender.source,
            reason=sender.reason,
            recorded_by=sender.recorded_by,
            recorded_at=sender.recorded_at,
            payload_sha256=digest,
            idempotency_key=sender.idempotency_key,
            request_sha256=sender.request_sha256(digest),
            stored=receipt.stored,
            corrected=receipt.corrected,
            unchanged=receipt.unchanged,
            refused=receipt.refused,
        )
    )
    session.flush()
    once = {verdict.line: verdict for verdict in reversed(receipt.verdicts)}
    session.add_all(
        VerdictRow(batch=receipt.batch, line=each.line, code=each.code, found=each.found, expected=each.expected)
        for each in once.values()
    )
    session.flush()
