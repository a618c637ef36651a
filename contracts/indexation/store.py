"""Rows ⇄ values of indices: series declared, values recorded as they are published, the newest released one found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import text
from sqlmodel import Session, select

from contracts.composition import no_index
from contracts.contract import Contract
from contracts.indexation.indexation import Following, IndexValue, Lookup, Month
from contracts.release.store import Releasing, may_release
from contracts.tables import IndexSeriesRow, IndexValueRow
from quantities.document import Fault, FaultyDocument, YesOrNo
from quantities.errors import NotFound
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms


class UnknownIndex(NotFound):
    """An index is declared before a price follows it."""


class Link(Terms):
    """Where a series goes on: another one's values, times a factor, stand for the months that this one has none of.

    So a rebased series is linked to the one on the old base, and a discontinued one to its successor.
    """

    index: Name
    factor: Annotated[Magnitude, Field(gt=0)]


class Published(Terms):
    """A value as its publisher gave it out.

    Attributes:
        month: of which it is; of a quarter, its last.
        value: on the series' base.
        published: when it was given out.
        provisional: whether it may still be revised.
    """

    month: Month
    value: Magnitude
    published: date
    provisional: YesOrNo = False


class Index(Terms):
    """An index series, and values of it.

    Attributes:
        index: unique in the tenant; how contracts name it.
        kind: an index is above zero; a price may be anything, and a saving is valued by it.
        title: what it is, in its publisher's words.
        source: where it is published.
        base: as in 2020=100.
        links: where it goes on, in the order in which they are looked at.
        values: in any order; those known already and unchanged record nothing.
    """

    index: Name
    kind: Literal["index", "price"] = "index"
    title: str = ""
    source: str = ""
    base: str = ""
    links: tuple[Link, ...] = ()
    values: tuple[Published, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a document changed: how many values are new, and how many revise another; released, or waiting."""

    index: str
    new: int
    revised: int
    waiting: int


def record(session: Session, index: Index, *, recorded_by: str, recorded_at: datetime) -> Recorded:
    """Record an index and its values; one that is known otherwise is another row, and what rests on it is rated anew.

    Raises:
        FaultyDocument: a month is there twice, or a link leads to no index.
    """
    months = [each.month for each in index.values]
    twice = [n for n, month in enumerate(months) if month in months[:n]]
    faults = [Fault(f"/values/{n}/month", "named-twice", "a month has one value", months[n]) for n in twice]
    if index.kind == "index":
        low = [n for n, each in enumerate(index.values) if each.value <= 0]
        faults += [
            Fault(f"/values/{n}/value", "greater_than", "an index is above zero", plain(index.values[n].value))
            for n in low
        ]
    declared = set(session.exec(select(IndexSeriesRow.name)))
    for n, link in enumerate(index.links):
        if link.index not in declared:
            faults.append(Fault(f"/links/{n}/index", "unknown-index", "no such index is declared", link.index))
    if faults:
        raise FaultyDocument(faults)
    row = session.exec(select(IndexSeriesRow).where(IndexSeriesRow.name == index.index)).one_or_none()
    links = [link.model_dump(mode="json") for link in index.links]
    if row is None:
        row = IndexSeriesRow(
            name=index.index, title=index.title, source=index.source, base=index.base, kind=index.kind, links=links
        )
        session.add(row)
        session.flush()
    elif links:
        row.links = links
    releasing = may_release(session, recorded_by, recorded_at)
    known = _newest(session, [row.id], released_only=False)
    new = revised = 0
    for each in index.values:
        was = known.get((row.id, each.month))
        if was is not None and (was.value, was.provisional) == (each.value, each.provisional):
            continue
        new, revised = (new + 1, revised) if was is None else (new, revised + 1)
        session.add(
            IndexValueRow(
                series_id=row.id,
                month=each.month,
                value=each.value,
                provisional=each.provisional,
                published_on=each.published,
                recorded_by=recorded_by,
                recorded_at=recorded_at,
                released_by=releasing.by,
                released_at=releasing.at,
            )
        )
    session.flush()
    return Recorded(index.index, new, revised, 0 if releasing.by else new + revised)


def release(session: Session, name: str, releasing: Releasing) -> int:
    """Release what waits of an index; whoever recorded a value does not release it.

    Returns:
        How many values.

    Raises:
        UnknownIndex: there is none of that name.
    """
    row = _series(session, name)
    waiting = session.exec(
        select(IndexValueRow).where(IndexValueRow.series_id == row.id, IndexValueRow.released_by == None)  # noqa: E711
    ).all()
    for each in waiting:
        releasing.check(each.recorded_by)
        each.released_by, each.released_at = releasing.by, releasing.at
    session.flush()
    return len(waiting)


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A value with where it came from, for whoever looks at a series."""

    month: str
    value: Decimal
    provisional: bool
    published_on: date
    recorded_by: str
    recorded_at: datetime
    released_by: str | None


def values(session: Session, name: str) -> tuple[KnownValue, ...]:
    """List every value that an index ever had, in the order of months and of recording.

    Raises:
        UnknownIndex: there is none of that name.
    """
    row = _series(session, name)
    ordered = select(IndexValueRow).where(IndexValueRow.series_id == row.id)
    found = session.exec(ordered.order_by(text("month, id")))
    names = ("month", "value", "provisional", "published_on", "recorded_by", "recorded_at", "released_by")
    return tuple(KnownValue(*(getattr(each, name) for name in names)) for each in found)


def names(session: Session) -> tuple[str, ...]:
    """List the indices that are declared."""
    return tuple(session.exec(select(IndexSeriesRow.name).order_by(IndexSeriesRow.name)))


def indices_of(contracts: Iterable[Contract]) -> frozenset[str]:
    """Name the indices that contracts follow, and the series that their rules price by."""
    found: set[str] = set()
    for charge in (charge for contract in contracts for charge in contract.charges):
        found |= charge.rule.follows
        if charge.index is not None and isinstance(charge.index.clause, Following):
            found |= {term.index for term in charge.index.clause.terms}
    return frozenset(found)


def faults_of_indices(session: Session, contract: Contract) -> tuple[Fault, ...]:
    """Check that a contract follows indices that are recorded, from a base that has a value."""
    wanted = indices_of([contract])
    if not wanted:
        return ()
    known, find, faults = names(session), lookup(session, wanted), []
    for at, charge in enumerate(contract.charges):
        for name in sorted(charge.rule.follows - set(known)):
            nearest = next(iter(get_close_matches(name, known, n=1)), "")
            detail = "no such series is recorded"
            faults.append(Fault(f"/charges/{at}/rule", "unknown-index", detail, name, nearest))
        clause = None if charge.index is None else charge.index.clause
        for number, term in enumerate(clause.terms if isinstance(clause, Following) else ()):
            path = f"/charges/{at}/index/clause/terms/{number}"
            if term.index not in known:
                nearest = next(iter(get_close_matches(term.index, known, n=1)), "")
                faults.append(Fault(f"{path}/index", "unknown-index", "no such index is recorded", term.index, nearest))
            elif term.base_month is not None and find(term.index, term.base_month) is None:
                detail = f"{term.index} has no value for its base"
                faults.append(Fault(f"{path}/base_month", "index-value-missing", detail, term.base_month))
    return tuple(faults)


def lookup(session: Session, wanted: frozenset[str]) -> Lookup:
    """Load the newest released values of indices, and of those that they go on in."""
    if not wanted:
        return no_index
    rows = {row.name: row for row in session.exec(select(IndexSeriesRow))}
    known = _newest(session, [row.id for row in rows.values()], released_only=True)

    def find(index: str, month: str, seen: frozenset[str] = frozenset()) -> IndexValue | None:
        row = rows.get(index)
        if row is None or index in seen:
            return None
        value = known.get((row.id, month))
        if value is not None:
            return IndexValue(index, month, trimmed(value.value), value.provisional, value.id)
        for link in row.links:
            other = find(link["index"], month, seen | {index})
            if other is not None:
                linked = trimmed(other.value * Decimal(link["factor"]))
                return IndexValue(index, month, linked, other.provisional, other.id)
        return None

    return find


def pinned(stored: Iterable[Mapping[str, object]]) -> Lookup:
    """Find values as an invoice's inputs have them, so that it computes the same for ever."""
    known = {
        (str(each["index"]), str(each["month"])): IndexValue(
            str(each["index"]),
            str(each["month"]),
            Decimal(str(each["value"])),
            bool(each["provisional"]),
            int(str(each["id"])),
        )
        for each in stored
    }
    return lambda index, month: known.get((index, month))


def stored(found: Iterable[IndexValue]) -> list[dict[str, object]]:
    """Write values down for an invoice's inputs."""
    return [
        {
            "index": each.index,
            "month": each.month,
            "value": plain(each.value),
            "provisional": each.provisional,
            "id": each.id,
        }
        for each in dict.fromkeys(found)
    ]


def _series(session: Session, name: str) -> IndexSeriesRow:
    row = session.exec(select(IndexSeriesRow).where(IndexSeriesRow.name == name)).one_or_none()
    if row is None:
        raise UnknownIndex(f"there is no index {name!r} here", found=name)
    return row


def _newest(session: Session, series: list[int], *, released_only: bool) -> dict[tuple[int, str], IndexValueRow]:
    statement = select(IndexValueRow).where(IndexValueRow.series_id.in_(series))  # type: ignore[attr-defined]
    if released_only:
        statement = statement.where(IndexValueRow.released_by != None)  # noqa: E711
    return {(row.series_id, row.month): row for row in session.exec(statement.order_by(text("index_value.id")))}


def changes(session: Session, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Describe index values for a reason: which value of which month replaced which, and who recorded it."""
    rows = session.execute(
        text("""
            select v.id, s.name, v.month, trim_scale(v.value) as value, v.provisional, v.recorded_by, v.recorded_at,
                   (select trim_scale(was.value) from index_value was where was.series_id = v.series_id
                    and was.month = v.month and was.id < v.id and was.released_by is not null
                    order by was.id desc limit 1) as was
            from index_value v join index_series s on s.id = v.series_id where v.id = any(:ids) order by v.id"""),
        {"ids": sorted(set(ids))},
    )
    return [
        {
            "index": row.name,
            "month": row.month,
            "was": plain(row.was) if row.was is not None else None,
            "now": plain(row.value),
            "recorded_by": row.recorded_by,
            "recorded_at": row.recorded_at.isoformat(),
            "reason": "a provisional value" if row.provisional else "the final value",
        }
        for row in rows
    ]
