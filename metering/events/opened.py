"""The events that readings are sums of: what a billed line opens down to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from metering.deliveries.opened import EvidenceQuery
from metering.tables import EventUseRow, SeriesRow, within_tenant


@dataclass(frozen=True, slots=True)
class EvidenceEvent:
    """An event behind a reading of a billed line.

    Attributes:
        register: the key.
        at: the instant, which is that of the reading.
        client: whose client posted it.
        source: where its id is unique.
        event_id: its id.
        meter: the event meter by which it was read.
        amount: what it adds to the reading.
        batch: with which it was added.
        line: its place in the batch's request.
    """

    register: str
    at: datetime
    client: str
    source: str
    event_id: str
    meter: str
    amount: Decimal
    batch: int
    line: int


def evidence_events(
    session: Session, opening: EvidenceQuery, watermark: int, changed: Collection[int], most: int
) -> tuple[EvidenceEvent, ...]:
    """Fetch the events behind the readings of a use.

    Args:
        session: states the tenant.
        opening: the register, and the extent of time.
        watermark: the last batch that counts.
        changed: batches: only events that were added by one of them; none: all.
        most: the most events to return.

    Returns:
        The events in order of time, then of batch and line.
    """
    use, main, other = EventUseRow, aliased(SeriesRow), aliased(SeriesRow)
    of_register = (
        select(other.id).join(main, within_tenant(main.register_id, other.register_id)).where(main.id == opening.series)
    )
    start, end = (datetime.fromisoformat(edge) for edge in (opening.start, opening.end))
    asked = select(use).where(
        col(use.series).in_(of_register), col(use.batch) <= watermark, col(use.at) >= start, col(use.at) < end
    )
    if changed:
        asked = asked.where(col(use.batch).in_(sorted(changed)))
    rows = session.exec(asked.order_by(col(use.at), col(use.batch), col(use.line)).limit(most))
    return tuple(
        EvidenceEvent(
            register=opening.register,
            at=row.at,
            client=row.client,
            source=row.source,
            event_id=row.event_id,
            meter=row.meter,
            amount=row.amount,
            batch=row.batch,
            line=row.line,
        )
        for row in rows
    )
