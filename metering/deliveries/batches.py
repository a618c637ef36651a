"""Batches: their numbers, their rows with verdicts, and the ranges of the log that they changed."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import chain

from sqlmodel import Session, col, select

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
from metering.log.transaction import array, ask, send, together
from metering.records.document import write_document
from metering.records.file_reading import FileReading
from metering.tables import BatchRow, RegisterEventRow
from quantities.period import utc


def open_locked_batch(session: Session, series: Sequence[int]) -> int:
    """Lock the series, then draw the number of a batch.

    In this order a delivery that waited for another one gets the higher number. In the other order its rows would be
    older than those that it was compared with, and would never count.
    """
    return ask_locked_batch(session, series)()


def ask_locked_batch(session: Session, series: Sequence[int]) -> Callable[[], int]:
    """As ``open_locked_batch``, but the number is waited for when it is called for, as often as that may be."""
    answer = ask(session, _OPEN_LOCKED, {"series": array(sorted(set(series)))})
    return cache(lambda: int(answer.rows()[0][0]))


# The count waits for all locks, and the number is drawn for its one row.
_OPEN_LOCKED = """
    with locked as (select id from series where id = any(%(series)s::int[]) order by id for no key update)
    select open_batch() from (select count(*) from locked) as all_of_them
"""


def earlier_receipt(session: Session, sender: Sender, payload_sha256: bytes) -> Receipt | None:
    """The receipt of an earlier request with the sender's idempotency key; None if there is no key or no such request.

    Raises:
        KeyUsedOtherwise: the earlier request had another payload or other parameters.
    """
    key = sender.idempotency_key
    if key is None:
        return None
    with together(session):
        send(session, _LOCK_KEY, {"key": key})
        numbers = ask(session, _OF_KEY, {"key": key})
    if not numbers.rows():
        return None
    row = session.exec(select(BatchRow).where(col(BatchRow.idempotency_key) == key)).one()
    if bytes(row.payload_sha256) != payload_sha256:
        raise KeyUsedOtherwise.of(key, f"batch {row.id}, which had other content")
    # batches of early releases have no hash of the request
    if row.request_sha256 is not None and bytes(row.request_sha256) != sender.request_sha256(payload_sha256):
        raise KeyUsedOtherwise.of(key, f"batch {row.id}, which came with other parameters")
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


_LOCK_KEY = "select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || ' ' || %(key)s, 0))"
_OF_KEY = "select id from batch where idempotency_key = %(key)s"


def save_batch(
    session: Session, sender: Sender, payload_sha256: bytes, kind: str, receipt: Receipt
) -> Callable[[], int | None]:
    """Write the row of a batch, and one verdict for every refused line.

    Returns:
        Gives the newest batch before it whose payload had the same bytes; None if there is none.
    """
    how_read = FileReading.of(receipt)
    row = {
        "id": receipt.batch,
        "kind": kind,
        "source": sender.source,
        "reason": sender.reason,
        "recorded_by": sender.recorded_by,
        "recorded_at": utc(sender.recorded_at),
        "payload_sha256": payload_sha256,
        "idempotency_key": sender.idempotency_key,
        "request_sha256": sender.request_sha256(payload_sha256),
        "stored": receipt.stored,
        "corrected": receipt.corrected,
        "unchanged": receipt.unchanged,
        "refused": receipt.refused,
        "how_read": None if how_read is None else json.dumps(write_document(how_read)),
    }
    saved = ask(session, _SAVE_BATCH, row)
    first_of_line = {verdict.line: verdict for verdict in reversed(receipt.verdicts)}
    if first_of_line:
        kept = first_of_line.values()
        written = {name: [getattr(verdict, name) for verdict in kept] for name in ("line", "code", "found", "expected")}
        send(session, _SAVE_VERDICTS, {"batch": receipt.batch, **written})
    return lambda: saved.rows()[0][0]


_SAVE_BATCH = """
    insert into batch (id, kind, source, reason, recorded_by, recorded_at, payload_sha256, idempotency_key,
                       request_sha256, stored, corrected, unchanged, refused, how_read)
    values (%(id)s, %(kind)s, %(source)s, %(reason)s, %(recorded_by)s, %(recorded_at)s, %(payload_sha256)s,
            %(idempotency_key)s, %(request_sha256)s, %(stored)s, %(corrected)s, %(unchanged)s, %(refused)s,
            %(how_read)s::jsonb)
    returning (select max(earlier.id) from batch earlier where earlier.payload_sha256 = %(payload_sha256)s)
"""
_SAVE_VERDICTS = """
    insert into verdict (batch, line, code, found, expected)
    select %(batch)s, * from unnest(%(line)s::int[], %(code)s::text[], %(found)s::text[], %(expected)s::text[])
"""


def save_changes(
    session: Session,
    number: int,
    deltas: Iterable[LogDelta],
    events: Iterable[RegisterEventRow],
    main_series: Mapping[int, int],
) -> list[ChangedRange]:
    """Write the events and the changed ranges of a batch.

    Args:
        session: states the tenant.
        number: of the batch.
        deltas: what was appended to the log.
        events: rollovers that were detected or withdrawn.
        main_series: for every series, the series without dimensions of its register; ranges are stored under that one.

    Returns:
        The ranges: what is to be examined.
    """
    for event in events:
        send(session, _SAVE_EVENT, {name: getattr(event, name) for name in _EVENT})
    ranges: dict[tuple[int, datetime], ChangedRange] = {}
    for changed in chain.from_iterable(delta.changed_ranges() for delta in deltas):
        series = main_series[changed.series]
        known = ranges.get((series, changed.start))
        if known is not None:
            end, corrected = max(known.end, changed.end), known.corrected + changed.corrected
            ranges[series, changed.start] = replace(known, end=end, corrected=corrected)
        else:
            ranges[series, changed.start] = changed if changed.series == series else replace(changed, series=series)
    touched = list(ranges.values())
    if touched:
        columns = {name: array(getattr(changed, name) for changed in touched) for name in ("series", "corrected")}
        columns |= {name: array(getattr(changed, name).isoformat() for changed in touched) for name in ("start", "end")}
        send(session, _SAVE_TOUCHES, {"batch": number, **columns})
    return touched


_EVENT = ("series", "at", "batch", "kind", "gained", "serial")
_SAVE_EVENT = """
    insert into register_event (series, at, batch, kind, gained, serial)
    values (%(series)s, %(at)s, %(batch)s, %(kind)s, %(gained)s, %(serial)s)
"""
_SAVE_TOUCHES = """
    insert into batch_touch (series, batch, start, "end", corrected)
    select series, %(batch)s, start, "end", corrected
    from unnest(%(series)s::int[], %(start)s::timestamptz[], %(end)s::timestamptz[], %(corrected)s::int[])
         as changed (series, start, "end", corrected)
"""
