"""Rows ⇄ values of ratings: saved with what they asked, the newest of each period found, and those that are stale."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from billing.records.inputs import RatingInputs
from billing.records.record import written_as_text
from billing.sources.asked import Asked, Question
from billing.tables import RatingRow
from metering.log.bulk_rows import copy_rows, insert_rows


@dataclass(frozen=True, slots=True)
class NewRating:
    """A period as it was rated now.

    Attributes:
        invoice_id: of the period; None where the document that is made is its first.
        first: the first rated day.
        after_last: the day after the last one.
        inputs: from what it can be rated again.
        asked: what it asked of its sources.
    """

    invoice_id: int | None
    first: date
    after_last: date
    inputs: RatingInputs
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class RatingHome:
    """Where a rating belongs.

    Attributes:
        contract_id: whose period it is.
        customer_id: who may see it.
        document_id: that settles it; None where nothing was found.
        rests_on_id: where nothing was found, the newest document of the contract by then; without it, it is void.
    """

    contract_id: int
    customer_id: int
    document_id: int | None = None
    rests_on_id: int | None = None

    def of(self, rating: NewRating) -> int:
        """Name the invoice of a rating's period: the document itself, where it is the first."""
        invoice_id = rating.invoice_id if rating.invoice_id is not None else self.document_id
        if invoice_id is None:
            raise ValueError("a first rating comes with its document")
        return invoice_id


def save(session: Session, ratings: Iterable[tuple[RatingHome, NewRating, int]], rated_at: datetime) -> list[int]:
    """Save ratings with what they asked.

    Args:
        session: states the tenant.
        ratings: each with its home (of a first one the document is that of its period), and up to which batch it knows.
        rated_at: the instant of the run.

    Returns:
        Their keys, in order.
    """
    listed = list(ratings)
    if not listed:
        return []
    values = [
        {
            "contract_id": home.contract_id,
            "customer_id": home.customer_id,
            "invoice_id": home.of(rating),
            "document_id": home.document_id,
            "rests_on_id": home.rests_on_id,
            "first": rating.first,
            "after_last": rating.after_last,
            "watermark": watermark,
            "rated_at": rated_at,
            "inputs": written_as_text(rating.inputs),
        }
        for home, rating, watermark in listed
    ]
    keys = insert_rows(session, RatingRow, values)
    asked = (row for key, (_, rating, _) in zip(keys, listed, strict=True) for row in _rows(key, rating.asked))
    copy_rows(session, "rating_source", _COLUMNS, asked)
    return keys


_COLUMNS = ("rating_id", "source", "subject", "about", "start", "end", "token")
_ALWAYS, _FOR_EVER = "-infinity", "infinity"


def _rows(rating_id: int, asked: Sequence[Asked]) -> Iterator[tuple[object, ...]]:
    """Write each question once; of the reaches of one series that begin together the longest."""
    longest: dict[tuple[Question, object], Asked] = {}
    for one in asked:
        key = one.question, one.reach.start
        before = longest.get(key)
        if before is None or (before.reach.end is not None and _ends_later(one, before)):
            longest[key] = one
    for (question, _), one in longest.items():
        reach = one.reach
        yield (
            rating_id, question.source.value, question.subject, question.about, reach.start or _ALWAYS,
            reach.end or _FOR_EVER, one.token,
        )  # fmt: skip


def _ends_later(one: Asked, other: Asked) -> bool:
    return one.reach.end is None or (other.reach.end is not None and one.reach.end > other.reach.end)


def of_documents(session: Session, document_ids: Collection[int]) -> dict[int, tuple[RatingRow, ...]]:
    """Find the ratings that documents settle, by document, in the order in which they were rated."""
    by_document: dict[int, tuple[RatingRow, ...]] = {}
    chosen = select(RatingRow).where(col(RatingRow.document_id).in_(document_ids)).order_by(col(RatingRow.id))
    for row in session.exec(chosen):
        if row.document_id is not None:
            by_document[row.document_id] = (*by_document.get(row.document_id, ()), row)
    return by_document


def newest(session: Session, contract_ids: Sequence[int]) -> dict[int, dict[int, RatingRow]]:
    """Find the newest rating that counts of each period of contracts: by contract, then by the period's invoice."""
    counts = (col(RatingRow.contract_id).in_(contract_ids), col(RatingRow.counts_until).is_(None))
    newest_ids = select(func.max(col(RatingRow.id))).where(*counts)
    chosen = select(RatingRow).where(col(RatingRow.id).in_(newest_ids.group_by(col(RatingRow.invoice_id))))
    by_contract: dict[int, dict[int, RatingRow]] = {}
    for row in session.exec(chosen.order_by(col(RatingRow.id))):
        by_contract.setdefault(row.contract_id, {})[row.invoice_id] = row
    return by_contract


def of_keys(session: Session, rating_ids: Collection[int]) -> list[RatingRow]:
    """Find ratings by their keys."""
    chosen = select(RatingRow).where(col(RatingRow.id).in_(rating_ids)).order_by(col(RatingRow.id))
    return list(session.exec(chosen)) if rating_ids else []


@dataclass(frozen=True, slots=True)
class Predecessors:
    """What was rated before a rating, and that it could open with.

    Attributes:
        earlier: the newest rating, by then, of the period before; None of the first period, and of an opening.
        last: the rating of the same period before it; None of a first rating.
    """

    earlier: RatingRow | None = None
    last: RatingRow | None = None


# text: for each rating, the newest of some others; a document rates its own period last, and saves it first
_PREDECESSORS = text(
    """
    select r.id, earlier.id as earlier, last.id as last
    from rating r
    join invoice i on i.tenant = r.tenant and i.id = r.invoice_id
    left join lateral (
        select p.id, p.inputs->'closing' as closing
        from rating p join invoice of_p on of_p.tenant = p.tenant and of_p.id = p.invoice_id
        where p.contract_id = r.contract_id and i.kind = 'period' and of_p.kind = 'period' and p.first < r.first
          and (p.id < r.id or p.document_id = r.document_id) and (p.counts_until is null or p.counts_until >= r.id)
        order by p.first desc, p.id desc limit 1) earlier on true
    left join lateral (
        select l.id from rating l where l.invoice_id = r.invoice_id and l.id < r.id
          and (l.counts_until is null or l.counts_until >= r.id)
        order by l.id desc limit 1) last on true
    where r.id = any(:ratings) and (r.inputs->'opening' <> '{}' or earlier.closing <> '{}')
    """
)


def predecessors(session: Session, rating_ids: Collection[int]) -> dict[int, Predecessors]:
    """Find what was rated before ratings, by their keys; those into which nothing could be carried are left out."""
    rows = session.execute(_PREDECESSORS, {"ratings": sorted(rating_ids)}).all() if rating_ids else []
    by_key = {row.id: row for row in of_keys(session, {key for _, *keys in rows for key in keys if key is not None})}
    return {key: Predecessors(by_key.get(earlier), by_key.get(last)) for key, earlier, last in rows}


# text: the newest rating of each period that counts, of which none is newer
_STALE = text(
    """
    select r.contract_id, r.id
    from stale s join rating r on r.tenant = s.tenant and r.id = s.rating_id
    where (cast(:contracts as int[]) is null or r.contract_id = any(:contracts))
      and r.counts_until is null and not exists (
          select from rating later
          where later.invoice_id = r.invoice_id and later.id > r.id and later.counts_until is null)
    order by r.id
    """
)


@dataclass(frozen=True, slots=True)
class StaleRating:
    """A rating that is to be looked at once more.

    Attributes:
        contract_id: whose.
        rating_id: its key.
    """

    contract_id: int
    rating_id: int


def stale(session: Session, contract_ids: Sequence[int] | None = None) -> list[StaleRating]:
    """Find the marked ratings that no newer one replaces: of some contracts, or of all."""
    asked = {"contracts": None if contract_ids is None else list(contract_ids)}
    return [StaleRating(row.contract_id, row.id) for row in session.execute(_STALE, asked)]


# text: the newest rating of the period before a day, for each contract
_BEFORE = text(
    """
    select known.id
    from unnest(cast(:contracts as int[]), cast(:firsts as date[])) as asked (contract, first)
    cross join lateral (
        select r.id from rating r join invoice i on i.tenant = r.tenant and i.id = r.invoice_id
        where r.contract_id = asked.contract and r.first < asked.first and i.kind = 'period' and r.counts_until is null
        order by r.first desc, r.id desc limit 1) known
    """
)


def before(session: Session, firsts: Mapping[int, date]) -> dict[int, RatingRow]:
    """Find how the period before the one at hand was rated last: by contract, whose period at hand begins on a day."""
    asked = {"contracts": list(firsts), "firsts": list(firsts.values())}
    ids = list(session.execute(_BEFORE, asked).scalars())
    rows = session.exec(select(RatingRow).where(col(RatingRow.id).in_(ids)))
    return {row.contract_id: row for row in rows}


# text: an insert of what is found document by document; the newest rating of a period is the one that no other follows
_MARK_FOLLOWING = text(
    """
    insert into stale (rating_id, found_at, sources)
    select next.id, :now, '{}'
    from unnest(cast(:documents as int[])) asked (document)
    cross join lateral (
        select contract_id, after_last, inputs from rating
        where document_id = asked.document and invoice_id = asked.document offset 0) own
    cross join lateral (select from invoice where id = asked.document and kind = 'period' offset 0) i
    cross join lateral (
        select id, invoice_id, inputs from rating
        where contract_id = own.contract_id and first = own.after_last and counts_until is null offset 0) next
    cross join lateral (select from invoice where id = next.invoice_id and kind = 'period' offset 0) following
    cross join lateral (
        select max(id) as id from rating where invoice_id = next.invoice_id and counts_until is null) newest
    where newest.id = next.id and next.inputs->'opening' is distinct from own.inputs->'closing'
    on conflict do nothing
    returning (select contract_id from rating where id = rating_id)
    """
)


def mark_following(session: Session, documents: Sequence[int], now: datetime) -> set[int]:
    """Mark the issued periods that follow others which are billed only now, and close otherwise than those opened.

    Args:
        session: states the tenant.
        documents: the invoices that are issued.
        now: the instant.

    Returns:
        The contracts that have such periods.
    """
    return set(session.execute(_MARK_FOLLOWING, {"documents": list(documents), "now": now}).scalars())
