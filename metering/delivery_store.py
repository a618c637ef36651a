"""A delivery, from parsed rows to the log: compared with what is stored, appended, and its receipt."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from metering import store
from metering.consumption import EventKind
from metering.delivery import INSTANT, Change, compare, follow
from metering.errors import Conflict, Invalid, NotFound
from metering.ingest import Parsed
from metering.meter import RegisterKind
from metering.meter_store import StoredRegister, registers
from metering.period import Period
from metering.reading import Quality, Reading, Verdict
from metering.tables import BatchRow, BatchTouchRow, RegisterEventRow, VerdictRow

_VERDICTS_KEPT = 1000  # a batch of a million bad rows is bad in one way or a few


class RefusedWhole(Invalid):
    """An atomic delivery is stored whole or not at all; one of its rows has a verdict."""


class KeyUsedOtherwise(Conflict):
    """An idempotency key stands for one request; this one differs from the first that bore it."""


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
    """

    source: str
    recorded_by: str
    recorded_at: datetime
    reason: str | None = None
    idempotency_key: str | None = None


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


def deliver(
    session: Session,
    sender: Sender,
    raw: bytes,
    parsed: Parsed,
    known: Mapping[str, StoredRegister],
    *,
    atomic: bool = False,
    replaces: Period | None = None,
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

    Raises:
        RefusedWhole: ``atomic``, and a row has a verdict; nothing is stored.
        KeyUsedOtherwise: the idempotency key was used for other bytes.
    """
    digest = hashlib.sha256(raw).digest()
    first = _first_request(session, sender.idempotency_key, digest)
    if first is not None:
        return first
    series_of = {key: each.series for key, each in known.items()}
    named = sorted({series_of[reading.register] for reading in parsed.readings})
    number = _locked_batch(session, named)
    delivered = [
        Reading(series_of[each.register], each.start, each.end, each.value, each.quality, number, each.line)
        for each in parsed.readings
    ]
    change = compare(delivered, _stored_around(session, delivered, replaces), replaces, number)
    change, events = _without_falls(session, change, {each.series: each for each in known.values()})
    verdicts = tuple(sorted((*parsed.verdicts, *change.verdicts), key=lambda each: each.line))
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
        len(change.readings),
        change.corrected,
        change.unchanged + parsed.repeated,
        len(verdicts),
        verdicts[:_VERDICTS_KEPT],
        seen,
    )
    kind = "import" if replaces is None else "replacement"
    _write(session, sender, digest, kind, receipt, change, events)
    return receipt


def exchange(
    session: Session, sender: Sender, key: str, at: datetime, closing: Decimal, opening: Decimal, serial: str
) -> int:
    """Declare that a meter's device was exchanged: what the old one showed last, and the new one first.

    Returns:
        The number of the batch that records it.

    Raises:
        NoSuchRegister: there is no cumulative register of that key.
    """
    found = registers(session, [key]).get(key)
    if found is None or found.register.kind is not RegisterKind.CUMULATIVE:
        raise NoSuchRegister(f"{key!r} is no cumulative register", found=key, expected="a cumulative register's key")
    number = _locked_batch(session, [found.series])
    receipt = Receipt(number, 0, 0, 0, 0)
    event = RegisterEventRow(
        series=found.series, at=at, batch=number, kind=EventKind.EXCHANGE.value, gained=closing - opening, serial=serial
    )
    _save_batch(session, sender, b"", "exchange", receipt)
    session.add(event)
    end = session.execute(
        text("select coalesce(max(start), :at) from reading where series = :series"), {"at": at, "series": found.series}
    ).scalar_one()
    session.add(BatchTouchRow(series=found.series, batch=number, start=at, end=max(end, at) + INSTANT, corrected=1))
    session.flush()
    return number


def withdraw(session: Session, sender: Sender, key: str, period: Period) -> Receipt:
    """Withdraw every live reading of a register that starts in a period; they stay visible as of earlier batches.

    Raises:
        NoSuchRegister: there is no register of that key.
    """
    found = registers(session, [key]).get(key)
    if found is None:
        raise NoSuchRegister(f"there is no register {key!r}", found=key)
    number = _locked_batch(session, [found.series])
    stored = store.readings_as_of(session, [found.series], period)
    change = compare([], stored, period, number)
    change, events = _without_falls(session, change, {found.series: found})
    receipt = Receipt(number, len(change.readings), change.corrected, 0, 0)
    _write(session, sender, b"", "withdrawal", receipt, change, events)
    return receipt


def _locked_batch(session: Session, series: Sequence[int]) -> int:
    """Lock the series, then draw the number: a delivery that waited for another must not bear a lower number than it.

    The other way round its rows would be older than those it was compared with, and never be seen.
    """
    store.lock_series(session, series)
    return store.open_batch(session)


def _first_request(session: Session, key: str | None, digest: bytes) -> Receipt | None:
    if key is None:
        return None
    session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || ' ' || :key, 0))"),
        {"key": key},
    )
    row = session.execute(
        text(
            "select id, stored, corrected, unchanged, refused, payload_sha256 from batch where idempotency_key = :key"
        ),
        {"key": key},
    ).one_or_none()
    if row is None:
        return None
    if bytes(row.payload_sha256) != digest:
        raise KeyUsedOtherwise(f"the key {key!r} stands for batch {row.id}, which had other content", found=key)
    verdicts = session.execute(
        text("select line, code, found, expected from verdict where batch = :batch order by line"), {"batch": row.id}
    )
    kept = tuple(Verdict(each.line, each.code, each.found, each.expected) for each in verdicts)
    return Receipt(row.id, row.stored, row.corrected, row.unchanged, row.refused, kept, repeated=True)


def _stored_around(session: Session, delivered: Sequence[Reading], replaces: Period | None) -> list[Reading]:
    """Fetch what the delivery may meet: per series, from the reading before its first to its last end."""
    spans: dict[int, tuple[datetime, datetime]] = {}
    for each in delivered:
        low, high = spans.get(each.series, (each.start, each.end))
        spans[each.series] = min(low, each.start), max(high, each.end + INSTANT)
    if replaces is not None:
        spans = {series: (min(low, replaces.start), max(high, replaces.end)) for series, (low, high) in spans.items()}
    if not spans:
        return []
    asked = {
        "series": list(spans),
        "low": [low for low, _ in spans.values()],
        "high": [high for _, high in spans.values()],
        "lowest": min(low for low, _ in spans.values()),
        "highest": max(high for _, high in spans.values()),
    }
    return [
        Reading(row.series, row.start, row.end, row.value, Quality(row.quality), row.batch, row.line)
        for row in session.execute(_AROUND, asked)
    ]


_AROUND = text(
    """
    with span as (
        select * from unnest(cast(:series as int[]), cast(:low as timestamptz[]), cast(:high as timestamptz[]))
               as span (series, low, high)),
    inside as (
        select distinct on (series, start) series, start, "end", trim_scale(value) as value, quality, batch, line
        from reading
        where series = any(:series) and start >= :lowest and start < :highest
        order by series, start, batch desc)
    select inside.* from inside join span on span.series = inside.series and start >= low and start < high
    union all
    select before.* from span cross join lateral (
        select r.series, r.start, r."end", trim_scale(r.value) as value, r.quality, r.batch, r.line from reading r
        where r.series = span.series and r.start < span.low order by r.start desc, r.batch desc limit 1) before
    """
)


def _without_falls(
    session: Session, change: Change, of_series: Mapping[int, StoredRegister]
) -> tuple[Change, list[RegisterEventRow]]:
    """Refuse the reads at which a cumulative register falls for no reason; record the rollovers among the others."""
    by_series: dict[int, dict[datetime, Reading]] = defaultdict(dict)
    for each in change.readings:
        if of_series[each.series].register.kind is RegisterKind.CUMULATIVE:
            by_series[each.series][each.start] = each
    events: list[RegisterEventRow] = []
    refused: dict[tuple[int, datetime], Verdict] = {}
    for series, new in by_series.items():
        reads = _reads_around(session, series, new)
        first, last = reads[0].start, reads[-1].start
        declared, detected = _events_between(session, series, first, last)
        followed = follow(reads, new.keys(), declared, of_series[series].register.modulus)
        for start, expected in followed.refused.items():
            found = new[start]
            refused[series, start] = Verdict(found.line, "falling_register", f"{found.value or 0:f}", expected)
        number = next(iter(new.values())).batch
        for at in sorted({*followed.rollovers, *detected}):
            gained = followed.rollovers.get(at)
            if gained != detected.get(at):
                kind = EventKind.ROLLOVER.value
                events.append(RegisterEventRow(series=series, at=at, batch=number, kind=kind, gained=gained))
    if not refused:
        return change, events
    kept = tuple(each for each in change.readings if (each.series, each.start) not in refused)
    return replace(change, readings=kept, verdicts=(*change.verdicts, *refused.values())), events


def _reads_around(session: Session, series: int, new: Mapping[datetime, Reading]) -> list[Reading]:
    """Fetch the live reads from the one before the first new read to the one after the last, the new ones too."""
    asked = {"series": series, "low": min(new), "high": max(new)}
    stored = {
        row.start: Reading(series, row.start, row.start, row.value) for row in session.execute(_NEIGHBOURS, asked)
    }
    return [each for _, each in sorted((stored | dict(new)).items()) if each.value is not None] or [
        next(iter(new.values()))
    ]


_NEIGHBOURS = text(
    """
    with live as (
        select distinct on (start) start, trim_scale(value) as value from reading where series = :series
        order by start, batch desc)
    select start, value from live where value is not null
      and start >= coalesce((select max(start) from live where start < :low and value is not null), :low)
      and start <= coalesce((select min(start) from live where start > :high and value is not null), :high)
    """
)


def _events_between(
    session: Session, series: int, first: datetime, last: datetime
) -> tuple[list[datetime], dict[datetime, Decimal]]:
    """Fetch the events after one read and up to another: where some were declared, and what rollovers were detected."""
    newest = session.execute(
        text("""select distinct on (at) at, kind, gained from register_event
                where series = :series and at > :first and at <= :last order by at, batch desc"""),
        {"series": series, "first": first, "last": last},
    ).all()
    live = [row for row in newest if row.gained is not None]
    declared = [row.at for row in live if row.kind != EventKind.ROLLOVER]
    return declared, {row.at: row.gained for row in live if row.kind == EventKind.ROLLOVER}


def _write(
    session: Session,
    sender: Sender,
    digest: bytes,
    kind: str,
    receipt: Receipt,
    change: Change,
    events: Iterable[RegisterEventRow],
) -> None:
    _save_batch(session, sender, digest, kind, receipt)
    store.append(session, store.table(change.readings))
    session.add_all(events)
    session.add_all(
        BatchTouchRow(series=each.series, batch=receipt.batch, start=each.start, end=each.end, corrected=each.corrected)
        for each in change.touches
    )
    session.flush()


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
