"""Batches: their numbers, their rows with verdicts, and the ranges of the log that they changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from metering.deliveries.counters_set_right import recorded_resets, withdrawn_reads
from metering.deliveries.delivery import ChangedRange, LogDelta
from metering.deliveries.history import verdicts
from metering.deliveries.receipt import (
    DeclaredExchange,
    KeyUsedOtherwise,
    ProfileVersion,
    Receipt,
    Sender,
)
from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.log import store
from metering.quality.validation.store import examine
from metering.records.file_reading import FileReading
from metering.tables import (
    BatchRow,
    BatchTouchRow,
    RegisterEventRow,
    VerdictRow,
)
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
    file = row.how_read or FileReading()  # batches of early releases have none
    profile = file.profile
    return Receipt(
        row.id,
        stored=row.stored,
        corrected=row.corrected,
        unchanged=row.unchanged,
        refused=row.refused,
        verdicts=kept,
        repeated=True,
        resets=recorded_resets(session, row.id),
        withdrawn=withdrawn_reads(session, row.id),
        exchanges=tuple(DeclaredExchange(**exchange.model_dump()) for exchange in file.exchanges),
        how_read=tuple(
            HowRead(Aspect(read.aspect), read.taken, Basis(read.basis), read.where, read.column)
            for read in file.how_read
        ),
        dialect=file.dialect,
        profile=None if profile is None else ProfileVersion(profile.name, profile.version),
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
            how_read=FileReading.of(receipt),
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
