"""Batches: their numbers, their rows with verdicts, and the ranges of the log that they changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from sqlalchemy import and_, text
from sqlmodel import Session, col, func, select

from metering.consumption.use import EventKind
from metering.deliveries.delivery import ChangedRange, LogDelta
from metering.deliveries.history import verdicts
from metering.deliveries.receipt import KeyUsedOtherwise, Receipt, RecordedReset, Sender, WithdrawnRead
from metering.fleet.meter import RegisterKind
from metering.log import store
from metering.quality.validation.store import examine
from metering.tables import (
    BatchRow,
    BatchTouchRow,
    ReadingRow,
    RegisterEventRow,
    RegisterRow,
    SeriesRow,
    VerdictRow,
)
from quantities.number import plain
from quantities.period import Period


def open_locked_batch(session: Session, series: Sequence[int]) -> int:
    """Lock the series, then draw the number of a batch.

    In this order a delivery that waited for another one gets the higher number. In the other order its rows would be
    older than those that it was compared with, and would never count.
    """
    store.lock_series(session, series)
    return store.open_batch(session)


def earlier_receipt(session: Session, sender: Sender, payload_sha256: bytes) -> Receipt | None:
    """The receipt of an earlier request with the sender's idempotency key; None if there is no key or no such request.

    Raises:
        KeyUsedOtherwise: the earlier request had another payload or other parameters.
    """
    key = sender.idempotency_key
    if key is None:
        return None
    session.execute(
        # text: a lock on a value; there is no table to select from
        text("select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || ' ' || :key, 0))"),
        {"key": key},
    )
    row = session.exec(select(BatchRow).where(col(BatchRow.idempotency_key) == key)).one_or_none()
    if row is None:
        return None
    if bytes(row.payload_sha256) != payload_sha256:
        raise KeyUsedOtherwise(f"the key {key!r} stands for batch {row.id}, which had other content", found=key)
    # batches of early releases have no hash of the request
    if row.request_sha256 is not None and bytes(row.request_sha256) != sender.request_sha256(payload_sha256):
        detail = f"the key {key!r} stands for batch {row.id}, which came with other parameters"
        raise KeyUsedOtherwise(detail, found=key)
    kept = tuple(verdicts(session, row.id))
    resets, withdrawn = recorded_resets(session, row.id), withdrawn_reads(session, row.id)
    counts = row.stored, row.corrected, row.unchanged, row.refused
    return Receipt(row.id, *counts, kept, repeated=True, resets=resets, withdrawn=withdrawn)


def recorded_resets(session: Session, number: int) -> tuple[RecordedReset, ...]:
    """The resets that a batch records, in order of time."""
    event = RegisterEventRow
    rows = session.exec(
        select(col(RegisterRow.key), col(event.at), col(ReadingRow.value), col(event.gained))
        .join(SeriesRow, col(SeriesRow.id) == col(event.series))
        .join(RegisterRow, col(RegisterRow.id) == col(SeriesRow.register_id))
        .join(ReadingRow, and_(*(
            col(getattr(ReadingRow, of_reading)) == col(getattr(event, of_event))
            for of_reading, of_event in (("series", "series"), ("start", "at"), ("batch", "batch"))
        )))
        .where(col(event.batch) == number, col(event.kind) == EventKind.RESET.value)
        .order_by(col(event.at), col(RegisterRow.key))
    )  # fmt: skip
    return tuple(
        RecordedReset.of(key, at, opening, gained)
        for key, at, opening, gained in rows
        if opening is not None and gained is not None
    )


def withdrawn_reads(session: Session, number: int) -> tuple[WithdrawnRead, ...]:
    """The impossible reads of counters that a file's batch withdraws, in order of time; none if it restates a range."""
    asked = {"number": number, "kind": RegisterKind.CUMULATIVE.value}
    return tuple(
        WithdrawnRead(row.key, row.at.isoformat(), plain(row.value)) for row in session.execute(_WITHDRAWN, asked)
    )


# text: the row before a batch's own is that of the latest batch below it
_WITHDRAWN = text(
    """
    select register.key, withdrawn.start as at, trim_scale(before.value) as value
    from batch
    join batch_touch touched on touched.batch = batch.id
    join series on series.id = touched.series
    join register on register.id = series.register_id and register.kind = :kind
    join reading withdrawn on withdrawn.series = touched.series and withdrawn.batch = touched.batch
        and withdrawn.start >= touched.start and withdrawn.start < touched."end" and withdrawn.value is null
    cross join lateral (
        select earlier.value from reading earlier
        where earlier.series = withdrawn.series and earlier.start = withdrawn.start and earlier.batch < withdrawn.batch
        order by earlier.batch desc limit 1) before
    where batch.id = :number and batch.kind = 'import'
    order by withdrawn.start, register.key
    """
)


def same_payload(session: Session, payload_sha256: bytes) -> int | None:
    """The newest batch whose payload had the same bytes; None if there is none."""
    return session.exec(select(func.max(BatchRow.id)).where(col(BatchRow.payload_sha256) == payload_sha256)).one()


def save_batch(session: Session, sender: Sender, payload_sha256: bytes, kind: str, receipt: Receipt) -> None:
    """Write the row of a batch, and one verdict for every refused line."""
    session.add(
        BatchRow(
            id=receipt.batch,
            kind=kind,
            source=sender.source,
            reason=sender.reason,
            recorded_by=sender.recorded_by,
            recorded_at=sender.recorded_at,
            payload_sha256=payload_sha256,
            idempotency_key=sender.idempotency_key,
            request_sha256=sender.request_sha256(payload_sha256),
            stored=receipt.stored,
            corrected=receipt.corrected,
            unchanged=receipt.unchanged,
            refused=receipt.refused,
        )
    )
    session.flush()
    first_of_line = {verdict.line: verdict for verdict in reversed(receipt.verdicts)}
    session.add_all(
        VerdictRow(
            batch=receipt.batch, line=verdict.line, code=verdict.code, found=verdict.found, expected=verdict.expected
        )
        for verdict in first_of_line.values()
    )
    session.flush()


def save_changes(
    session: Session,
    number: int,
    deltas: Iterable[LogDelta],
    events: Iterable[RegisterEventRow],
    main_series: Mapping[int, int],
) -> None:
    """Write the events and the changed ranges of a batch, then run the checks over these ranges.

    Args:
        session: states the tenant.
        number: of the batch.
        deltas: what was appended to the log.
        events: rollovers that were detected or withdrawn.
        main_series: for every series, the series without dimensions of its register; ranges are stored under that one.
    """
    session.add_all(events)
    ranges: dict[tuple[int, datetime], ChangedRange] = {}
    for changed in chain.from_iterable(delta.changed_ranges() for delta in deltas):
        key = main_series[changed.series], changed.start
        known = ranges.get(key, ChangedRange(key[0], changed.start, changed.end, 0))
        ranges[key] = replace(known, end=max(known.end, changed.end), corrected=known.corrected + changed.corrected)
    session.add_all(
        BatchTouchRow(
            series=changed.series, batch=number, start=changed.start, end=changed.end, corrected=changed.corrected
        )
        for changed in ranges.values()
    )
    session.flush()
    examine(session, number, [(changed.series, Period(changed.start, changed.end)) for changed in ranges.values()])
