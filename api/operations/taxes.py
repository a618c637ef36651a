"""Tax law as use cases: a tenant's own rows recorded and released; what holds of a country on a day, shown."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import Session

from api.audit.note import made
from billing.records.document_type import CorrectionManner
from billing.tax import law_book
from billing.tax.document_rules import types_of
from billing.tax.jurisdiction import DocumentLaw, Election, RateRow, Relief, TaxRule, TenantLaw
from billing.tax.store import RecordedLaw, record, recorded, release
from billing.tax.store import law_book as open_book
from contracts.release.store import releasing
from quantities.errors import NotFound


class UnknownCountry(NotFound):
    """No tax law is known of that country."""


class CountryLawOut(BaseModel):
    """Of which country a tax law is known.

    Attributes:
        country: ISO 3166-1.
        ships: whether its law ships with the product.
        own: whether rows of the tenant's own are in force.
        waiting: whether rows wait for their release.
    """

    country: str
    ships: bool
    own: bool
    waiting: bool


class RecordedLawOut(BaseModel):
    """A tenant's rows for a country as they were recorded; they count once they are released."""

    tax_law: int
    country: str
    recorded_by: str
    recorded_at: datetime
    released_by: str | None


class BookRate(RateRow):
    """A rate that holds, with the book that it is from; ``own`` is the tenant's."""

    book: str


class BookRule(TaxRule):
    """A rule that holds, with the book that it is from."""

    book: str


class DocumentTypeOut(BaseModel):
    """What the law of a country says of one type of document.

    Attributes:
        document_type: EN 16931 BT-3, a code of UNTDID 1001.
        document_name: the same in words.
        is_issued: whether it is issued there.
        why_not: why it is not; left out where it is.
        series: the letters of a series of its own; left out where it is numbered with the others.
        correction: how it is corrected once it is issued.
    """

    document_type: str
    document_name: str
    is_issued: bool
    why_not: Annotated[str, Field(exclude_if=lambda why: not why)] = ""
    series: Annotated[str, Field(exclude_if=lambda letters: not letters)] = ""
    correction: CorrectionManner


class TaxLawOut(BaseModel):
    """What holds of a country on a day.

    Attributes:
        country: ISO 3166-1.
        on: the day.
        rates: by name, the nearer and the own first.
        rules: in the order in which they are asked.
        reliefs: that may be elected.
        elections: of these.
        documents: what is said of documents; None where nothing is known.
        document_types: the same of each type of document.
        recorded: the tenant's own rows as they were recorded, oldest first.
    """

    country: str
    on: date
    rates: list[BookRate]
    rules: list[BookRule]
    reliefs: list[Relief]
    elections: list[Election]
    documents: DocumentLaw | None
    document_types: list[DocumentTypeOut]
    recorded: list[RecordedLawOut]


def record_tax_law(session: Session, law: TenantLaw, *, who: str, at: datetime) -> RecordedLawOut:
    """Record a tenant's rows for a country; they count once another person has released them."""
    of_country = record(session, law, recorded_by=who, recorded_at=at)
    made(session, f"tax law of {law.country} {of_country.id}")
    return _shown(of_country)


def release_tax_law(session: Session, country: str, *, who: str, at: datetime) -> RecordedLawOut:
    """Release the rows of a country that another has recorded; what was taxed otherwise is corrected.

    Raises:
        NoTaxLawWaits: none wait.
        OwnWork: the same person has recorded them.
    """
    return _shown(release(session, country, releasing(session, who, at)))


def list_tax_laws(session: Session) -> list[CountryLawOut]:
    """List the countries of which a tax law is known, by their code."""
    of_tenant, shipped = recorded(session), law_book.countries()
    own = {one.law.country for one in of_tenant if one.released_by is not None}
    newest = {one.law.country: one for one in of_tenant}
    waiting = {country for country, one in newest.items() if one.released_by is None}
    return [
        CountryLawOut(country=country, ships=country in shipped, own=country in own, waiting=country in waiting)
        for country in sorted({*shipped, *newest})
    ]


def tax_law(session: Session, country: str, on: date) -> TaxLawOut:
    """Show what holds of a country on a day.

    Raises:
        UnknownCountry: nothing is known of it.
    """
    book, of_tenant = open_book(session), [one for one in recorded(session) if one.law.country == country]
    shipped, own = law_book.jurisdiction(country), book.own.get(country)
    if shipped is None and not of_tenant:
        raise UnknownCountry(f"no tax law is known of {country}", found=country, expected=list(book.countries))
    reliefs = () if shipped is None else shipped.reliefs
    elections = () if own is None else own.elections
    return TaxLawOut(
        country=country,
        on=on,
        rates=[BookRate(book=name, **dict(row)) for name, row in book.rates(country, on)],
        rules=[BookRule(book=name, **dict(rule)) for name, rule in book.rules(country, on)],
        reliefs=[relief for relief in reliefs if relief.holds(on)],
        elections=[election for election in elections if election.holds(on)],
        documents=book.documents(country, on),
        document_types=[
            DocumentTypeOut(
                document_type=rule.document_type.value,
                document_name=rule.document_type.in_words,
                is_issued=not rule.not_issued,
                why_not=rule.not_issued,
                series=rule.series,
                correction=rule.correction,
            )
            for rule in types_of(book, country, on)
        ],
        recorded=[_shown(one) for one in of_tenant],
    )


def _shown(known: RecordedLaw) -> RecordedLawOut:
    return RecordedLawOut(
        tax_law=known.id,
        country=known.law.country,
        recorded_by=known.recorded_by,
        recorded_at=known.recorded_at,
        released_by=known.released_by,
    )
