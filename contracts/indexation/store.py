"""Rows ⇄ values of indices: series declared, values recorded as they are published, the newest released one found."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select as columns_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from contracts.contract import Contract
from contracts.indexation.following import Following
from contracts.indexation.lookup import IndexValue, IndexValueMissing
from contracts.indexation.series import Index, Published, faults_of_series
from contracts.indexation.value_query import IndexValueQuery
from contracts.release.store import Releasing, may_release
from contracts.tables import IndexSeriesRow, IndexValueRow
from metering.log.list_page import Listing, nearest_names
from metering.tables import within_tenant
from quantities.document import Fault, FaultyDocument
from quantities.errors import NotFound
from quantities.listing import ListPage
from quantities.number import ARITHMETIC_DIGITS, plain, trimmed


class UnknownIndex(NotFound):
    """There is no index of that name."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many values of a document are new, how many revise another, and how many wait for a release, links too."""

    index: str
    new: int
    revised: int
    waiting: int


def record(session: Session, index: Index, *, recorded_by: str, recorded_at: datetime) -> Recorded:
    """Record an index and its values. A revised value is another row, and the invoices that use it are rated again.

    Raises:
        FaultyDocument: a month is there twice, or a link leads to no index.
    """
    faults = list(faults_of_series(index, set(session.exec(select(IndexSeriesRow.name)))))
    if faults:
        raise FaultyDocument(faults)
    row = session.exec(select(IndexSeriesRow).where(IndexSeriesRow.name == index.index)).one_or_none()
    links = [link.model_dump(mode="json") for link in index.links]
    releasing = may_release(session, recorded_by, recorded_at)
    if row is None:
        row = IndexSeriesRow(
            name=index.index, title=index.title, source=index.source, base=index.base, kind=index.kind, links=[]
        )
        session.add(row)
    links_wait = _link(row, links, releasing, recorded_by, recorded_at)
    session.flush()
    known = _newest(session, [row.id], released_only=False)
    new = revised = 0
    for published in index.values:
        earlier = known.get((row.id, published.month))
        if earlier is not None and _is_unchanged(earlier, published):
            continue
        new, revised = (new + 1, revised) if earlier is None else (new, revised + 1)
        session.add(
            IndexValueRow(
                series_id=row.id,
                month=published.month,
                value=published.value,
                provisional=published.provisional,
                published_on=published.published,
                recorded_by=recorded_by,
                recorded_at=recorded_at,
                released_by=releasing.by,
                released_at=releasing.at,
            )
        )
    session.flush()
    return Recorded(index.index, new, revised, 0 if releasing.by else new + revised + links_wait)


def _link(row: IndexSeriesRow, links: list[dict[str, Any]], releasing: Releasing, by: str, at: datetime) -> bool:
    """Link a series to others, at once or once another releases it; say whether it waits."""
    if not links or links == row.links:
        return False
    if releasing.by is not None:
        row.links = links
        return False
    if links != row.new_links:
        row.new_links, row.linked_by, row.linked_at = links, by, at
    return True


def _is_unchanged(row: IndexValueRow, published: Published) -> bool:
    return (row.value, row.provisional) == (published.value, published.provisional)


def release(session: Session, name: str, releasing: Releasing) -> int:
    """Release the waiting values of an index, and its waiting links; whoever recorded one cannot release it.

    Returns:
        How many values; the links count as one.

    Raises:
        UnknownIndex: there is none of that name.
        OwnWork: the same person has recorded one of them.
    """
    row = _series(session, name)
    waiting = session.exec(
        select(IndexValueRow).where(IndexValueRow.series_id == row.id, col(IndexValueRow.released_by).is_(None))
    ).all()
    for value in waiting:
        releasing.check(value.recorded_by)
        value.released_by, value.released_at = releasing.by, releasing.at
    linked = row.new_links is not None
    if row.new_links is not None:
        releasing.check(row.linked_by or "")
        row.links, row.new_links = row.new_links, None
    session.flush()
    return len(waiting) + linked


@dataclass(frozen=True, slots=True)
class WaitingIndex:
    """What of an index waits for its release: how many values, whether its links, since when, and by whom."""

    name: str
    values: int
    has_links: bool
    since: datetime
    recorded_by: tuple[str, ...]

    def check(self, releasing: Releasing) -> None:
        """Refuse a person who has recorded any of it.

        Raises:
            OwnWork: the same person has.
        """
        for name in self.recorded_by:
            releasing.check(name)


def waiting_indices(session: Session) -> list[WaitingIndex]:
    """List the indices of which values or links wait for their release, by name."""
    waits = col(IndexValueRow.released_by).is_(None)
    rows = session.exec(
        select(IndexValueRow, IndexSeriesRow.name)
        .join(IndexSeriesRow, within_tenant(IndexSeriesRow.id, IndexValueRow.series_id))
        .where(waits)
        .order_by(col(IndexValueRow.id))
    )
    recorded: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for value, name in rows:
        recorded[name].append((value.recorded_at, value.recorded_by))
    counts = {name: len(values) for name, values in recorded.items()}
    linked = session.exec(select(IndexSeriesRow).where(col(IndexSeriesRow.new_links).is_not(None))).all()
    for row in linked:
        if row.linked_at is not None:
            recorded[row.name].append((row.linked_at, row.linked_by or ""))
    links = {row.name for row in linked}
    return [
        WaitingIndex(name, counts.get(name, 0), name in links, min(of)[0], tuple(dict.fromkeys(by for _, by in of)))
        for name, of in sorted(recorded.items())
    ]


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A recorded value with its source, for a person who looks at a series."""

    month: str
    value: Decimal
    provisional: bool
    published_on: date
    recorded_by: str
    recorded_at: datetime
    released_by: str | None


def values_listed(session: Session, name: str, query: IndexValueQuery) -> ListPage[KnownValue]:
    """List every value that an index ever had in pages, by month and then in the order of recording.

    Raises:
        UnknownIndex: there is none of that name.
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _VALUES.page(session, query, col(IndexValueRow.series_id) == _series(session, name).id)
    fields = ("month", "value", "provisional", "published_on", "recorded_by", "recorded_at", "released_by")
    return page.of(tuple(KnownValue(*(getattr(value, field) for field in fields)) for value in page.rows))


_VALUES = Listing(
    statement=columns_of(IndexValueRow.__table__),  # type: ignore[attr-defined]
    key=col(IndexValueRow.id),
    sorts={"month": col(IndexValueRow.month), "recorded_at": col(IndexValueRow.recorded_at)},
    filters={
        "month_from": lambda month: col(IndexValueRow.month) >= month,
        "month_to": lambda month: col(IndexValueRow.month) <= month,
        "waiting": lambda waits: col(IndexValueRow.released_by).is_(None) == waits,
    },
)


def names(session: Session) -> tuple[str, ...]:
    """List the names of the recorded series, in alphabetical order."""
    return tuple(session.exec(select(IndexSeriesRow.name).order_by(IndexSeriesRow.name)))


def indices_of(contracts: Iterable[Contract]) -> frozenset[str]:
    """Name the indices that the prices of contracts follow, what their rules price by, and rates of exchange."""
    contracts = tuple(contracts)
    indices = {name for contract in contracts if (name := _rate_of_exchange(contract)) is not None}
    for charge in (charge for contract in contracts for charge in contract.charges):
        indices |= charge.rule.follows
        if charge.index is not None and isinstance(charge.index.clause, Following):
            indices |= {term.index for term in charge.index.clause.terms}
    return frozenset(indices)


def _rate_of_exchange(contract: Contract) -> str | None:
    """Name the series by which the tax of a contract is converted."""
    terms = None if contract.tax is None else contract.tax.rate_of_exchange
    return None if terms is None else terms.index


def faults_of_indices(session: Session, contracts: Sequence[Contract]) -> list[tuple[Fault, ...]]:
    """Check that each index that contracts follow is recorded, and has a value for its base month; for each of them."""
    wanted = indices_of(contracts)
    if not wanted and all(contract.invoicing.dunning is None for contract in contracts):
        return [() for _ in contracts]
    known, find = names(session), lookup(session, wanted)
    return [tuple(_index_faults(session, contract, known, find)) for contract in contracts]


def _index_faults(session: Session, contract: Contract, known: Sequence[str], find: "StoredLookup") -> Iterator[Fault]:
    of_exchange = _rate_of_exchange(contract)
    if of_exchange is not None and of_exchange not in known:
        nearest = next(iter(get_close_matches(of_exchange, known, n=1)), "")
        yield Fault("/tax/rate_of_exchange/index", "unknown-index", "no such series is recorded", of_exchange, nearest)
    yield from _base_rate_faults(contract, known)
    for at, charge in enumerate(contract.charges):
        for name in sorted(charge.rule.follows - set(known)):
            nearest = next(iter(get_close_matches(name, known, n=1)), "")
            detail = "no such series is recorded"
            yield Fault(f"/charges/{at}/rule", "unknown-index", detail, name, nearest)
        clause = None if charge.index is None else charge.index.clause
        for number, term in enumerate(clause.terms if isinstance(clause, Following) else ()):
            path = f"/charges/{at}/index/clause/terms/{number}"
            if term.index not in known:
                nearest = next(iter(get_close_matches(term.index, known, n=1)), "")
                yield Fault(f"{path}/index", "unknown-index", "no such index is recorded", term.index, nearest)
            elif term.base_month is not None and find(term.index, term.base_month) is None:
                detail = waiting(session, term.index, term.base_month) or f"{term.index} has no value for its base"
                yield Fault(f"{path}/base_month", "index-value-missing", detail, term.base_month)


def _base_rate_faults(contract: Contract, known: Sequence[str]) -> Iterator[Fault]:
    """Check that the base rates of interest for late payment are recorded; they price nothing that is billed."""
    dunning = contract.invoicing.dunning
    for at, step in enumerate(() if dunning is None else dunning.steps):
        base = None if step.interest is None else step.interest.base
        if base is not None and base not in known:
            nearest = next(iter(get_close_matches(base, known, n=1)), "")
            place = f"/invoicing/dunning/steps/{at}/interest/base"
            yield Fault(place, "unknown-index", "no such series is recorded", base, nearest)


def waiting(session: Session, name: str, month: str) -> str:
    """Say that a value of a series is recorded and waits for its release; empty where none does."""
    statement = (
        select(IndexValueRow)
        .join(IndexSeriesRow, within_tenant(IndexSeriesRow.id, IndexValueRow.series_id))
        .where(IndexSeriesRow.name == name, IndexValueRow.month == month, col(IndexValueRow.released_by).is_(None))
        .order_by(col(IndexValueRow.id).desc())
    )
    row = session.exec(statement).first()
    if row is None:
        return ""
    value, by = plain(trimmed(row.value)), row.recorded_by
    return f"{name} has {value} for {month}, which {by} recorded: it waits for another person's release"


def as_it_stands(session: Session, missing: IndexValueMissing) -> IndexValueMissing:
    """Tell of a missing value that it waits for its release, where it does."""
    detail = waiting(session, missing.index, missing.month)
    return missing if not detail else type(missing)(missing.index, missing.month, detail)


@dataclass(frozen=True, slots=True)
class IndexAnswer:
    """What a lookup asked of one series on its way, and how it was answered.

    Attributes:
        series_id: of the series.
        about: a month, or ``links``.
        token: the key of the month's newest released value, 0 where there is none; of links their fingerprint.
    """

    series_id: int
    about: str
    token: str


#: Asks for the links of a series.
LINKS = "links"


class StoredLookup:
    """Finds the newest released values of all series, along the links of a series where a month is missing."""

    def __init__(
        self, rows: Mapping[str, IndexSeriesRow], known: Mapping[tuple[int, str], IndexValueRow | IndexValue]
    ) -> None:
        """Hold series by name, and their values by series and month."""
        self._rows = rows
        self._known = known

    def __call__(self, index: str, month: str) -> IndexValue | None:
        """Find a value; None where neither the series nor one that it is linked to has it."""
        return self._find(index, month, frozenset(), [])

    def trail(self, index: str, month: str) -> tuple[IndexAnswer, ...]:
        """Name everything that finding a value asks for, misses included."""
        asked: list[IndexAnswer] = []
        self._find(index, month, frozenset(), asked)
        return tuple(asked)

    def _find(self, index: str, month: str, seen: frozenset[str], asked: list[IndexAnswer]) -> IndexValue | None:
        row = self._rows.get(index)
        if row is None or index in seen:
            return None
        value = self._known.get((row.id, month))
        asked.append(IndexAnswer(row.id, month, str(value.id if value is not None else 0)))
        if value is not None:
            return IndexValue(index, month, trimmed(value.value), value.provisional, value.id)
        asked.append(IndexAnswer(row.id, LINKS, _token_of_links(row)))
        for link in row.links:
            other = self._find(link["index"], month, seen | {index}, asked)
            if other is not None:
                with localcontext(prec=ARITHMETIC_DIGITS):
                    linked = trimmed(other.value * Decimal(link["factor"]))
                return IndexValue(index, month, linked, other.provisional, other.id)
        return None


def _token_of_links(row: IndexSeriesRow) -> str:
    return " ".join(f"{link['index']}×{link['factor']}" for link in row.links)


#: A link as its token has it: the name, which may have spaces, and the factor.
_LINK = re.compile(r"(.+?)×(\S+)(?: |$)")


def as_answered(
    series: Mapping[str, int], values: Mapping[int, IndexValue], answers: Mapping[tuple[int, str], str]
) -> StoredLookup:
    """Look values up once more as they were looked up then, whatever was recorded or linked since.

    Args:
        series: the keys of all series, by name.
        values: the recorded values, by key.
        answers: the tokens of then, by series and month, or ``LINKS``.
    """
    asked = {series_id for series_id, _ in answers}
    rows = {name: _linked(name, key, answers.get((key, LINKS), "")) for name, key in series.items() if key in asked}
    known = {question: values[int(token)] for question, token in answers.items() if _key(token) in values}
    return StoredLookup(rows, known)


def _linked(name: str, key: int, token: str) -> IndexSeriesRow:
    links = [{"index": index, "factor": factor} for index, factor in _LINK.findall(token)]
    return IndexSeriesRow(id=key, name=name, title="", source="", base="", links=links)


def _key(token: str) -> int:
    return int(token) if token.isdecimal() else 0


def keys(session: Session) -> dict[str, int]:
    """Find the keys of all series, by name."""
    return dict(session.exec(select(IndexSeriesRow.name, IndexSeriesRow.id)).all())


def lookup(session: Session, wanted: frozenset[str]) -> StoredLookup:
    """Load the newest released values of all series, and look a value up along the links of its series."""
    if not wanted:
        return StoredLookup({}, {})
    rows = {row.name: row for row in session.exec(select(IndexSeriesRow))}
    return StoredLookup(rows, _newest(session, [row.id for row in rows.values()], released_only=True))


def tokens(session: Session, asked: Collection[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Answer what lookups asked once, as of now: by series and month, or ``LINKS``."""
    ids = sorted({series_id for series_id, _ in asked})
    known = _newest(session, ids, released_only=True) if ids else {}
    rows = session.exec(select(IndexSeriesRow).where(col(IndexSeriesRow.id).in_(ids))) if ids else ()
    links = {row.id: _token_of_links(row) for row in rows}
    answers: dict[tuple[int, str], str] = {}
    for series_id, about in asked:
        value = known.get((series_id, about))
        answers[series_id, about] = links.get(series_id, "") if about == LINKS else str(value.id if value else 0)
    return answers


def by_ids(session: Session, ids: Collection[int]) -> dict[int, IndexValue]:
    """Find values as they were recorded, by their keys; each under the name of the series that it is of."""
    rows = session.exec(
        select(IndexValueRow, IndexSeriesRow.name)
        .join(IndexSeriesRow, within_tenant(IndexSeriesRow.id, IndexValueRow.series_id))
        .where(col(IndexValueRow.id).in_(sorted(ids)))
    )
    return {row.id: IndexValue(name, row.month, trimmed(row.value), row.provisional, row.id) for row, name in rows}


def changes(session: Session, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Describe index values as the reason of a correction: the released value that each replaced, and who recorded it.

    Returns:
        In the order of recording.
    """
    replaced = aliased(IndexValueRow)
    was = (
        select(col(replaced.value))
        .where(
            col(replaced.series_id) == col(IndexValueRow.series_id),
            col(replaced.month) == col(IndexValueRow.month),
            col(replaced.id) < col(IndexValueRow.id),
            col(replaced.released_by).is_not(None),
        )
        .order_by(col(replaced.id).desc())
        .limit(1)
        .correlate(IndexValueRow)
        .scalar_subquery()
    )
    rows = session.exec(
        select(IndexValueRow, IndexSeriesRow.name, was)
        .join(IndexSeriesRow, within_tenant(IndexSeriesRow.id, IndexValueRow.series_id))
        .where(col(IndexValueRow.id).in_(sorted(set(ids))))
        .order_by(col(IndexValueRow.id))
    )
    return [
        {
            "index": name,
            "month": value.month,
            "was": None if was_value is None else plain(trimmed(was_value)),
            "now": plain(trimmed(value.value)),
            "recorded_by": value.recorded_by,
            "recorded_at": value.recorded_at.isoformat(),
            "reason": "a provisional value" if value.provisional else "the final value",
        }
        for value, name, was_value in rows
    ]


def _series(session: Session, name: str) -> IndexSeriesRow:
    row = session.exec(select(IndexSeriesRow).where(IndexSeriesRow.name == name)).one_or_none()
    if row is None:
        nearest = nearest_names(session, IndexSeriesRow.name, name)
        raise UnknownIndex(f"there is no index {name!r} here", found=name, expected=nearest)
    return row


def _newest(session: Session, series: list[int], *, released_only: bool) -> dict[tuple[int, str], IndexValueRow]:
    statement = select(IndexValueRow).where(col(IndexValueRow.series_id).in_(series))
    if released_only:
        statement = statement.where(col(IndexValueRow.released_by).is_not(None))
    return {(row.series_id, row.month): row for row in session.exec(statement.order_by(col(IndexValueRow.id)))}
