"""Rows ⇄ values of a tenant's own tax law: recorded by one, released by another; the newest released one counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from billing.tables import TaxLawRow
from billing.tax.jurisdiction import TenantLaw
from billing.tax.law_book import LawBook
from contracts.release.store import Releasing, may_release
from quantities.errors import NotFound


class NoTaxLawWaits(NotFound):
    """No tax law of that country waits for a release."""


@dataclass(frozen=True, slots=True)
class RecordedLaw:
    """A tenant's rows for a country, as somebody recorded them.

    Attributes:
        id: its key.
        law: the rows.
        recorded_by: who recorded them.
        recorded_at: when.
        released_by: who released them; None while they wait.
        released_at: when.
    """

    id: int
    law: TenantLaw
    recorded_by: str
    recorded_at: datetime
    released_by: str | None
    released_at: datetime | None


def record(session: Session, law: TenantLaw, *, recorded_by: str, recorded_at: datetime) -> RecordedLaw:
    """Record a tenant's rows for a country; once they are released, they take the place of those before as a whole."""
    releasing = may_release(session, recorded_by, recorded_at)
    row = TaxLawRow(
        country=law.country,
        law=law.model_dump(mode="json", exclude_defaults=True),
        recorded_by=recorded_by,
        recorded_at=recorded_at,
        released_by=releasing.by,
        released_at=releasing.at,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return _recorded(row)


def release(session: Session, country: str, releasing: Releasing) -> RecordedLaw:
    """Release the rows of a country that were recorded last; those before them that wait are never released.

    Raises:
        NoTaxLawWaits: none wait, or those that were recorded last are released.
        OwnWork: the same person has recorded them.
    """
    of_country = select(TaxLawRow).where(TaxLawRow.country == country).order_by(col(TaxLawRow.id).desc())
    row = session.exec(of_country.with_for_update()).first()
    if row is None or row.released_by is not None:
        raise NoTaxLawWaits(f"no tax law of {country} waits for a release", found=country)
    releasing.check(row.recorded_by)
    row.released_by, row.released_at = releasing.by, releasing.at
    session.flush()
    session.refresh(row)
    return _recorded(row)


def recorded(session: Session) -> Sequence[RecordedLaw]:
    """List all rows that were ever recorded, by country and then in the order of recording."""
    rows = session.exec(select(TaxLawRow).order_by(col(TaxLawRow.country), col(TaxLawRow.id)))
    return [_recorded(row) for row in rows]


def law_book(session: Session) -> LawBook:
    """Open the law of all places, with what of the tenant's own is released: whoever rates may ask."""
    rows = session.execute(text("select country, law from tax_law_in_force()"))  # text: a function of the database
    return LawBook({row.country: TenantLaw.model_validate(row.law) for row in rows})


def _recorded(row: TaxLawRow) -> RecordedLaw:
    law = TenantLaw.model_validate(row.law)
    return RecordedLaw(row.id, law, row.recorded_by, row.recorded_at, row.released_by, row.released_at)
