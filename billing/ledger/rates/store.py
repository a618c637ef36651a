"""Rates of exchange: recorded by one, released by another; the newest of a day or shortly before it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, or_, select

from billing.ledger.tables import ExchangeRateRow
from quantities.arithmetic import quotient
from quantities.errors import Conflict

#: Nobody publishes rates on Sundays and holidays: that of the day before counts, for so many days.
COUNTS_FOR = timedelta(days=10)


class ExchangeRateMissing(Conflict):
    """No rate of exchange of the day is known."""


@dataclass(frozen=True, slots=True)
class RateOfDay:
    """A rate, and the row that it is; None where both are one currency.

    Attributes:
        value: units of the books' currency for one of the other.
        id: the row.
    """

    value: Decimal
    id: int | None = None


def rate_of(session: Session, books: str, currency: str, day: date) -> RateOfDay:
    """Find the rate that counts on a day.

    Args:
        session: states the tenant.
        books: the currency into which is translated.
        currency: of what is translated.
        day: on which.

    Raises:
        ExchangeRateMissing: none is released of the day or the ten before it.
    """
    if currency == books:
        return RateOfDay(Decimal(1))
    row = ExchangeRateRow
    either = or_(
        (col(row.currency) == books) & (col(row.of_currency) == currency),
        (col(row.currency) == currency) & (col(row.of_currency) == books),
    )
    released = select(row).where(either, col(row.released_at).is_not(None), row.on_day <= day)
    known = session.exec(
        released.where(row.on_day > day - COUNTS_FOR).order_by(col(row.on_day).desc(), col(row.id).desc()).limit(1)
    ).first()
    if known is None:
        detail = f"no rate of {currency} in {books} is known of {day} or the ten days before it"
        raise ExchangeRateMissing(detail, found=f"{currency} {day}", expected=f"{books} for one {currency}")
    value = known.rate if known.currency == books else quotient(Decimal(1), known.rate)
    return RateOfDay(value, known.id)


def record_rates(
    session: Session, rates: Sequence[tuple[str, str, date, Decimal]], *, source: str, by: str, at: datetime
) -> list[ExchangeRateRow]:
    """Record rates as their source published them: units of the first currency for one of the second, on a day."""
    rows = [
        ExchangeRateRow(
            currency=currency, of_currency=of, on_day=day, rate=rate, source=source, recorded_by=by, recorded_at=at
        )
        for currency, of, day, rate in rates
    ]
    session.add_all(rows)
    session.flush()
    return rows
