"""The books of legal entities: opened once, with a chart and a currency; what happened before is noted to be posted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, text
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.invoices.issuer import zone_of_issuer
from billing.ledger.charts.chart import AccountChart, ChartRow, chart_named
from billing.ledger.tables import LedgerBooksRow, LedgerMonthRow
from contracts.parties import Party
from contracts.tables import PartyRow
from metering.tables import within_tenant
from quantities.document import parse
from quantities.errors import Conflict, Invalid, NotFound
from quantities.money import exponent


class BooksAreOpen(Conflict):
    """The legal entity has books."""


class NoBooks(NotFound):
    """The legal entity has no books here."""


class BooksBeginWithinMonth(Invalid):
    """LedgerBooks begin with the first day of a month."""


@dataclass(frozen=True, slots=True)
class LedgerBooks:
    """The books of a legal entity.

    Attributes:
        issuer_id: whose.
        entity: its name.
        chart: of accounts.
        own: rows of its own, which go before the chart's.
        currency: in which they are kept.
        zone: whose local days entries bear.
        first_day: with which they begin.
        open_from: the first day of the first month that is not closed.
    """

    issuer_id: int
    entity: str
    chart: AccountChart
    own: tuple[ChartRow, ...]
    currency: str
    zone: str
    first_day: date
    open_from: date


def open_books(
    session: Session, entity: str, chart: str, currency: str, first_day: date, *, zone: str, by: str, at: datetime
) -> LedgerBooks:
    """Open the books of a legal entity; all that its tenant has recorded so far is noted to be posted.

    Args:
        session: states the tenant.
        entity: a supplier, by name.
        chart: that ships with the product, by name.
        currency: in which they are kept.
        first_day: of a month. What happened before stands in them as it stood then.
        zone: whose local days entries bear.
        by: who opens them.
        at: when.

    Raises:
        NoBooks: no party has that name.
        BooksAreOpen: it has books.
        UnknownChart, UnknownCurrency: there is no such one.
        BooksBeginWithinMonth: the day is none that a month begins with.
    """
    exponent(currency)
    chart_named(chart)
    party = session.exec(select(PartyRow).where(PartyRow.name == entity)).one_or_none()
    if party is None:
        raise NoBooks(f"there is no party {entity!r} here", found=entity, expected="the name of a supplier")
    if session.get(LedgerBooksRow, _key(session, party.id)) is not None:
        raise BooksAreOpen(f"{entity} has books", found=entity)
    if first_day.day != 1:
        known = str(first_day)
        raise BooksBeginWithinMonth(f"{known} begins no month", found=known, expected=str(first_day.replace(day=1)))
    session.add(
        LedgerBooksRow(
            issuer_id=party.id,
            chart=chart,
            currency=currency,
            zone=zone,
            first_day=first_day,
            own_rows=[],
            opened_by=by,
            opened_at=at,
        )
    )
    session.flush()
    # text: a function of the database, which knows the tables that its triggers note facts of
    session.execute(text("select note_all_to_post(:at)"), {"at": at})
    return books_of(session, entity)


def books_of(session: Session, entity: str) -> LedgerBooks:
    """Read the books of a legal entity.

    Raises:
        NoBooks: it has none.
    """
    row = LedgerBooksRow
    known = session.exec(
        select(row).join(PartyRow, within_tenant(PartyRow.id, row.issuer_id)).where(PartyRow.name == entity)
    ).one_or_none()
    if known is None:
        expected = sorted(books.entity for books in all_books(session))
        raise NoBooks(f"{entity} has no books here", found=entity, expected=expected)
    return _books(session, known, entity)


def all_books(session: Session, *, for_update: bool = False) -> Sequence[LedgerBooks]:
    """Read all books of the tenant; locked, where something is posted in them."""
    row = LedgerBooksRow
    chosen = select(row).order_by(col(row.issuer_id))
    rows = session.exec(chosen.with_for_update() if for_update else chosen).all()
    names = {
        party.id: party.name
        for party in session.exec(select(PartyRow).where(col(PartyRow.id).in_([one.issuer_id for one in rows])))
    }
    return [_books(session, one, names[one.issuer_id]) for one in rows]


def _books(session: Session, row: LedgerBooksRow, entity: str) -> LedgerBooks:
    month = LedgerMonthRow
    newest = columns(func.max(col(month.month))).where(col(month.issuer_id) == row.issuer_id)
    closed: date | None = session.execute(newest).scalar_one()
    return LedgerBooks(
        issuer_id=row.issuer_id,
        entity=entity,
        chart=chart_named(row.chart),
        own=tuple(parse(ChartRow, one) for one in row.own_rows),
        currency=row.currency,
        zone=row.zone,
        first_day=row.first_day,
        open_from=row.first_day if closed is None else next_month(closed),
    )


def next_month(month: date) -> date:
    """The first day of the month after a day's."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def books_zone(supplier: Party) -> str:
    """Name the zone of a legal entity's books; UTC where neither it nor its country says one."""
    return zone_of_issuer(supplier) or "Etc/UTC"


def _key(session: Session, issuer_id: int) -> tuple[int, int]:
    # text: the tenant that the transaction has stated
    tenant = session.execute(text("select nullif(current_setting('app.tenant', true), '')::int")).scalar_one()
    return tenant, issuer_id
