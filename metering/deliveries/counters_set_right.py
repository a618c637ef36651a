"""What a batch sets right of counters: the resets that it records, and the impossible reads that it withdraws."""

from sqlalchemy import and_, text
from sqlmodel import Session, col, select

from metering.consumption.use import EventKind
from metering.deliveries.receipt import RecordedReset, WithdrawnRead
from metering.fleet.meter import RegisterKind
from metering.tables import ReadingRow, RegisterEventRow, RegisterRow, SeriesRow, within_tenant
from quantities.number import plain


def recorded_resets(session: Session, number: int) -> tuple[RecordedReset, ...]:
    """The resets that a batch records, in order of time."""
    event = RegisterEventRow
    rows = session.exec(
        select(col(RegisterRow.key), col(event.at), col(ReadingRow.value), col(event.gained))
        .join(SeriesRow, within_tenant(SeriesRow.id, event.series))
        .join(RegisterRow, within_tenant(RegisterRow.id, SeriesRow.register_id))
        .join(ReadingRow, and_(*(
            col(getattr(ReadingRow, of_reading)) == col(getattr(event, of_event))
            for of_reading, of_event in (
                ("tenant", "tenant"), ("series", "series"), ("start", "at"), ("batch", "batch"),
            )
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
    join batch_touch touched on touched.tenant = batch.tenant and touched.batch = batch.id
    join series on series.tenant = touched.tenant and series.id = touched.series
    join register on register.tenant = series.tenant and register.id = series.register_id and register.kind = :kind
    join reading withdrawn on withdrawn.tenant = touched.tenant
        and withdrawn.series = touched.series and withdrawn.batch = touched.batch
        and withdrawn.start >= touched.start and withdrawn.start < touched."end" and withdrawn.value is null
    cross join lateral (
        select earlier.value from reading earlier
        where earlier.series = withdrawn.series and earlier.start = withdrawn.start and earlier.batch < withdrawn.batch
        order by earlier.batch desc limit 1) before
    where batch.id = :number and batch.kind = 'import'
    order by withdrawn.start, register.key
    """
)
