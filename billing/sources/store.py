"""Questions of ratings answered anew: as of now, and those of which the answer is another one by now."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy import text
from sqlmodel import Session

from billing.disputes import store as dispute_store
from billing.disputes.store import KnownDispute
from billing.sources import shipped
from billing.sources.asked import Changed, Question, SourceName
from billing.tax.decision import decider
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.indexation import store as index_store
from metering.fleet import store as fleet_store
from quantities.period import Period

# text: the overlap of two spans of instants, and an aggregate over them; rows looked up rating by rating, by nothing
# else: with the source PostgreSQL may take the index that begins with it, and read all readings for each rating. The
# batch of a token is read before the join: no index is used with a cast that may fail where rows have a policy
_READINGS = text(
    """
    select s.rating_id, s.subject, s.token, array_agg(distinct t.batch order by t.batch) as batches
    from unnest(cast(:ratings as int[])) asked (rating)
    cross join lateral (
        select rating_id, subject, token, start, "end", cast(token as bigint) as known
        from (select * from rating_source where rating_id = asked.rating offset 0) answer
        where source = 'readings' offset 0) s
    cross join lateral (
        select batch from batch_touch
        where series = s.subject and batch > s.known and batch <= :watermark and start < s."end" and "end" > s.start
        offset 0) t
    group by s.rating_id, s.subject, s.token
    """
)

# text: as above
_ISSUED = text(
    """
    select r.id, i.created_at from rating r join invoice i on i.tenant = r.tenant and i.id = r.invoice_id
    where r.id = any(:ratings) and i.sequence is not null
    """
)

# text: rows looked up rating by rating; of a list of them, all of the tenant are read until the table is analysed
_ANSWERED = text(
    """
    select rating_id, source, subject, about, token from unnest(cast(:ratings as int[])) asked (rating)
    cross join lateral (select * from rating_source where rating_id = asked.rating and source <> 'readings' offset 0) s
    """
)

_Answers: TypeAlias = Mapping[Question, str]


def changed(session: Session, rating_ids: Collection[int], watermark: int) -> dict[int, tuple[Changed, ...]]:
    """Find which questions of ratings are answered otherwise by now; ratings of which none is are left out.

    Args:
        session: states the tenant.
        rating_ids: of the ratings.
        watermark: up to which batch readings count.
    """
    if not rating_ids:
        return {}
    keys = sorted(rating_ids)
    changes_of: dict[int, list[Changed]] = defaultdict(list)
    for row in session.execute(_READINGS, {"ratings": keys, "watermark": watermark}):
        batches = ",".join(map(str, row.batches))
        changes_of[row.rating_id].append(Changed(Question(SourceName.READINGS, row.subject), row.token, batches))
    rows = [
        (rating_id, question, token)
        for rating_id, answers_of_rating in recorded(session, keys).items()
        for question, token in answers_of_rating.items()
    ]
    answers = current(session, {question for _, question, _ in rows})
    other = [(rating_id, question, token) for rating_id, question, token in rows if token != answers[question]]
    over = [(rating_id, question) for rating_id, question, _ in other if question.source is SourceName.DISPUTES]
    billed_at = _billed_at(session, [rating_id for rating_id, _ in over])
    disputes = _known_disputes(session, [question for rating_id, question in over if rating_id in billed_at])
    for rating_id, question, token in other:
        now = answers[question]
        if question.source is SourceName.DISPUTES and rating_id in billed_at:
            now = _of_issued(disputes[question.subject], token, now, billed_at[rating_id])
        if now != token:
            changes_of[rating_id].append(Changed(question, token, answers[question]))
    return {rating_id: tuple(changes) for rating_id, changes in sorted(changes_of.items())}


def recorded(session: Session, rating_ids: Collection[int]) -> dict[int, dict[Question, str]]:
    """Find how ratings were answered, by rating: everything but readings, which are asked for by instants."""
    answers: dict[int, dict[Question, str]] = defaultdict(dict)
    for rating_id, source, subject, about, token in session.execute(_ANSWERED, {"ratings": sorted(rating_ids)}):
        answers[rating_id][Question(SourceName(source), subject, about)] = token
    return answers


def _billed_at(session: Session, rating_ids: Sequence[int]) -> dict[int, datetime]:
    """Say of those ratings of which the period is issued when it was billed first."""
    rows = session.execute(_ISSUED, {"ratings": rating_ids}) if rating_ids else ()
    return {row.id: row.created_at for row in rows}


def _of_issued(disputes: Iterable[KnownDispute], was: str, now: str, billed_at: datetime) -> str:
    """Leave out of the answer about disputes what is no news to an issued period.

    What was billed when a dispute over it was accepted stays billed until that is settled. News is what was accepted by
    the instant of the bill, in a transaction that the bill did not see.
    """
    before = {known.known_as for known in disputes if known.state == "accepted" and known.is_accepted(billed_at)}
    return " ".join(key for key in now.split() if key in was.split() or key in before or not key.endswith(":open"))


def current(session: Session, questions: Collection[Question]) -> dict[Question, str]:
    """Answer questions as of now: all of one source at once."""
    by_source: dict[SourceName, list[Question]] = defaultdict(list)
    for question in questions:
        by_source[question.source].append(question)
    answers: dict[Question, str] = {}
    for source, of_source in by_source.items():
        answers |= _ANSWERED_BY.get(source, _as_shipped)(session, of_source)
    return answers


def _as_shipped(_: Session, questions: Sequence[Question]) -> _Answers:
    return {question: shipped.answer(question) for question in questions}


def _versions(session: Session, questions: Sequence[Question]) -> _Answers:
    asked = {question: (question.subject, date.fromisoformat(question.about)) for question in questions}
    tokens = contracts.tokens(session, set(asked.values()))
    return {question: tokens[named] for question, named in asked.items()}


def _known_disputes(session: Session, questions: Collection[Question]) -> dict[int, list[KnownDispute]]:
    known: dict[int, list[KnownDispute]] = defaultdict(list)
    if not questions:
        return known
    for dispute in dispute_store.of_contracts(session, sorted({question.subject for question in questions})):
        known[dispute.contract_id].append(dispute)
    return known


def _disputes(session: Session, questions: Sequence[Question]) -> _Answers:
    known = _known_disputes(session, questions)
    return {
        question: dispute_store.token(known[question.subject], date.fromisoformat(question.about))
        for question in questions
    }


def _indices(session: Session, questions: Sequence[Question]) -> _Answers:
    tokens = index_store.tokens(session, [(question.subject, question.about) for question in questions])
    return {question: tokens[question.subject, question.about] for question in questions}


def _registers(session: Session, questions: Sequence[Question]) -> _Answers:
    known = fleet_store.fingerprints(session, {question.subject for question in questions})
    return {question: known.get(question.subject, "") for question in questions}


def _taxes(session: Session, questions: Sequence[Question]) -> _Answers:
    book = law_book(session)
    if not book.own:
        return _as_shipped(session, questions)
    return {question: shipped.answer_of_tax(question, decider(book)) for question in questions}


#: All but what ships with the code as it is.
_ANSWERED_BY: Mapping[SourceName, Callable[[Session, Sequence[Question]], _Answers]] = {
    SourceName.VERSIONS: _versions,
    SourceName.DISPUTES: _disputes,
    SourceName.INDEX: _indices,
    SourceName.REGISTERS: _registers,
    SourceName.TAX: _taxes,
}


# text: functions of the database, which the trigger on the log asks as well
_BILLED_AND_CORRECTED = text(
    """
    select t.series, t.start, t."end" from batch_touch t
    where t.batch = any(cast(:batches as bigint[])) and not corrects_alone(cast(current_setting('app.tenant') as int))
      and corrects_billed(t) order by t.series, t.start limit 1
    """
)
# text: as above; of registers only whether any rating asked for one
_BILLED_REGISTERS = text(
    """
    select series from unnest(cast(:series as int[])) asked (series)
    where two_must_act(cast(current_setting('app.tenant') as int))
      and exists (select from rating_source where source = 'registers' and subject = asked.series)
    """
)


def corrected_alone(session: Session, batches: Collection[int]) -> tuple[int, Period] | None:
    """Find what batches of this transaction correct of what is billed, and whoever acts may not correct alone.

    Args:
        session: states the tenant, and who acts.
        batches: their numbers.

    Returns:
        The first series and its range; None where nothing of it is billed, or a meter's own program delivers.
    """
    row = session.execute(_BILLED_AND_CORRECTED, {"batches": sorted(batches)}).one_or_none()
    return None if row is None else (row.series, Period(row.start, row.end))


def billed_registers(session: Session, series: Collection[int]) -> set[int]:
    """Of some series, those of registers by which something is billed, where two must change them."""
    return set(session.execute(_BILLED_REGISTERS, {"series": sorted(series)}).scalars())
