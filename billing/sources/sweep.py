"""The sweep: what has changed since the last one, held against the ratings that it concerns.

    touches of readings beyond the last watermark, and of other facts    → ratings that asked there
    ratings that were saved since                                         → what changed while they were made
    another fingerprint of what ships with the code                       → ratings that asked for it

A rating of which an answer is another one by now is marked as stale, and its contract gets due work: a correction. No
contract is walked through; a rating is looked at only where something near it has moved.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from billing.sources import shipped
from billing.sources.asked import Changed, Question, SourceName
from billing.sources.store import changed, current
from billing.tables import RatingRow, RatingSourceRow, StaleRow, SweepRow
from metering.log.transaction import watermark as take_watermark

#: Of so many ratings what they asked is held at a time: a run saves a hundred thousand of them.
_AT_ONCE = 2000


def sweep(session: Session, now: datetime) -> tuple[int, ...]:
    """Look for what changed since the last sweep, and mark the ratings of which an answer is another one by now.

    Two sweeps of one tenant wait for each other; a rating that is not committed yet is looked at by the next one.

    Args:
        session: states the tenant.
        now: the instant.

    Returns:
        The ratings that are marked now, by key.
    """
    prints = shipped.fingerprints()
    session.execute(insert(SweepRow).values(watermark=0, shipped=prints).on_conflict_do_nothing())
    row = session.exec(select(SweepRow).with_for_update()).one()
    session.refresh(row)  # as it is once the lock is held
    watermark = take_watermark(session)
    touches = list(session.execute(_TOUCHES).scalars())
    asked = {"after": row.watermark, "watermark": watermark, "touches": touches}
    near = {key for statement in (_NEAR_READINGS, _NEAR_FACTS) for key in session.execute(statement, asked).scalars()}
    unswept = set(session.exec(select(RatingRow.id).where(~col(RatingRow.swept))))
    moved = _moved(session, {SourceName(name) for name, print_ in prints.items() if row.shipped.get(name) != print_})
    marked = _mark(session, _newest(session, near | unswept | moved), watermark, now)
    session.execute(_SWEPT_TOUCHES, {"touches": touches})
    session.execute(_SWEPT_RATINGS, {"ratings": sorted(unswept)})
    row.watermark, row.shipped = watermark, dict(prints)
    session.flush()
    return marked


# text: the overlap of two spans of instants, series by series; what lies between two touches of one is near as well,
# and asked like all that is near what has become of its answers
_NEAR_READINGS = text(
    """
    select distinct s.rating_id
    from (
        select series, min(start) as start, max("end") as "end" from batch_touch
        where batch > :after and batch <= :watermark group by series offset 0) t
    cross join lateral (
        select rating_id from rating_source
        where source = 'readings' and subject = t.series and start < t."end" and "end" > t.start offset 0) s
    """
)
# text: as above
_TOUCHES = text("select id from fact_touch where not swept order by id")
# text: as above
_NEAR_FACTS = text(
    """
    select distinct s.rating_id
    from fact_touch t
    join rating_source s on s.tenant = t.tenant and s.source = t.source and s.subject = t.subject
                            and t.about in ('', s.about)
    where t.id = any(:touches)
    """
)
# text: the newest rating of each period that counts
_NEWEST = text(
    """
    select r.id from rating r
    where r.id = any(:ratings)
      and r.counts_until is null and not exists (
          select from rating later
          where later.invoice_id = r.invoice_id and later.id > r.id and later.counts_until is null)
    order by r.id
    """
)
# text: an update by a list of keys
_SWEPT_TOUCHES = text("update fact_touch set swept = true where id = any(:touches)")
# text: as above
_SWEPT_RATINGS = text("update rating set swept = true where id = any(:ratings)")


def _newest(session: Session, rating_ids: Collection[int]) -> list[int]:
    """Keep the ratings that no later one of the same period replaces."""
    return list(session.execute(_NEWEST, {"ratings": sorted(rating_ids)}).scalars()) if rating_ids else []


def _mark(session: Session, rating_ids: Sequence[int], watermark: int, now: datetime) -> tuple[int, ...]:
    changes_of: dict[int, tuple[Changed, ...]] = {}
    for first in range(0, len(rating_ids), _AT_ONCE):
        changes_of |= changed(session, rating_ids[first : first + _AT_ONCE], watermark)
    rows = [
        {
            "rating_id": rating_id,
            "found_at": now,
            "sources": sorted({change.question.source.value for change in changes}),
        }
        for rating_id, changes in changes_of.items()
    ]
    if rows:
        session.execute(insert(StaleRow).on_conflict_do_nothing(), rows)
    return tuple(changes_of)


def _moved(session: Session, new: Collection[SourceName]) -> set[int]:
    """Name the ratings that asked for what a new release of a table answers otherwise."""
    if not new:
        return set()
    rows = session.exec(
        select(RatingSourceRow.source, RatingSourceRow.about, RatingSourceRow.token)
        .where(col(RatingSourceRow.source).in_(new))
        .distinct()
    )
    asked = [(Question(SourceName(source), 0, about), token) for source, about, token in rows]
    answers = current(session, {question for question, _ in asked})
    other = {question for question, token in asked if answers[question] != token}
    ids: set[int] = set()
    for question in sorted(other, key=str):
        chosen = select(RatingSourceRow.rating_id).where(
            RatingSourceRow.source == question.source, RatingSourceRow.about == question.about
        )
        ids.update(session.exec(chosen))
    return ids
