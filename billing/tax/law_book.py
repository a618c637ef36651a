"""The law book: the law of every country, read from its file when it is asked for; a tenant's rows go before it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import TypeVar

from billing.tax.jurisdiction import (
    DocumentLaw,
    Election,
    Jurisdiction,
    LawRow,
    RateRow,
    Relief,
    TaxRule,
    TenantLaw,
    Union,
)
from quantities.document import parse, read

_FILES = resources.files("billing.tax") / "law"
#: A file of one country is named by its code; of a union, by a name in capitals beside theirs.
_UNIONS = frozenset({"EU"})

Row = TypeVar("Row", bound=LawRow)


@cache
def countries() -> tuple[str, ...]:
    """Name the countries of which a law ships with the code."""
    names = (file.name.removesuffix(".yaml") for file in _FILES.iterdir() if file.name.endswith(".yaml"))
    return tuple(sorted(name for name in names if name not in _UNIONS))


@cache
def jurisdiction(country: str) -> Jurisdiction | None:
    """Read the law of a country that ships with the code; None where none does."""
    return parse(Jurisdiction, read((_FILES / f"{country}.yaml").read_bytes())) if country in countries() else None


def _law_at(place: str) -> Jurisdiction | None:
    """Read the law of a place; None where none ships with the code, or where that of the country does not hold."""
    law = jurisdiction(place[:2])
    return None if law is None or place in law.outside else law


@cache
def _union(name: str) -> Union:
    return parse(Union, read((_FILES / f"{name}.yaml").read_bytes()))


@cache
def fingerprint() -> str:
    """Name the release of all that ships with the code."""
    digest = sha256()
    for name in sorted((*countries(), *_UNIONS)):
        digest.update((_FILES / f"{name}.yaml").read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class LawBook:
    """The law of all places.

    Attributes:
        own: the rows of a tenant, by country; they go before those that ship with the code.
    """

    own: Mapping[str, TenantLaw] = field(default_factory=dict)

    @property
    def countries(self) -> Sequence[str]:
        """The countries of which anything is known."""
        return sorted({*countries(), *self.own})

    def rules(self, place: str, on: date) -> Iterator[tuple[str, TaxRule]]:
        """List the rules that hold at a place, in the order in which they are asked, each with the book it is from."""
        own, law = self.own.get(place[:2]), _law_at(place)
        if own is not None:
            yield from (("own", rule) for rule in own.rules if rule.holds(on))
        if law is not None:
            yield from ((law.country, rule) for rule in law.rules if rule.holds(on))
            for union in law.unions_on(on):
                yield from ((union, rule) for rule in _union(union).rules if rule.holds(on))

    def rate(self, place: str, site: str | None, name: str, on: date) -> tuple[str, RateRow] | None:
        """Find the rate of a name: of the site before that of its part of the country, and that before the country's.

        Of two as near, a tenant's goes before ours, and the later before the earlier.
        """
        rows = (
            (book, row)
            for book, row in self.rates(place, on)
            if row.name == name and row.place in (None, place) and row.site in (None, site)
        )
        return next(rows, None)

    def rates(self, place: str, on: date) -> Sequence[tuple[str, RateRow]]:
        """List the rates of a country, as its law holds at a place of it on a day, by name.

        The nearer first, of two as near the own, then the later.
        """
        own, law = self.own.get(place[:2]), _law_at(place)
        rows = [("own", row) for row in own.rates] if own is not None else []
        rows += [(place[:2], row) for row in law.rates] if law is not None else []
        held = [(book, row) for book, row in rows if row.holds(on)]
        held.sort(key=lambda known: (known[1].reach, known[0] == "own", known[1].first), reverse=True)
        return sorted(held, key=lambda known: known[1].name)

    def names_of_rates(self, place: str, on: date) -> Sequence[str]:
        """Name the rates of a place on a day."""
        return sorted({row.name for _, row in self.rates(place, on)})

    def relief(self, place: str, name: str, on: date) -> Relief | None:
        """Find a relief that the law of a place has on a day."""
        law = _law_at(place)
        return (
            None
            if law is None
            else newest(relief for relief in law.reliefs if relief.name == name and relief.holds(on))
        )

    def election(self, country: str, name: str, on: date) -> Election | None:
        """Find the election of a relief that holds on a day."""
        own = self.own.get(country)
        elected = () if own is None else own.elections
        return newest(election for election in elected if election.relief == name and election.holds(on))

    def documents(self, country: str, on: date) -> DocumentLaw | None:
        """Find what the law of a country says of the documents of those who are established in it."""
        own, law = self.own.get(country), jurisdiction(country)
        stated = newest(row for row in (own.documents if own is not None else ()) if row.holds(on))
        if stated is not None or law is None:
            return stated
        return newest(row for row in law.documents if row.holds(on))

    def currency(self, country: str, on: date) -> str | None:
        """Name the currency in which the tax of a country is declared; None where no law of it ships with the code."""
        law = jurisdiction(country)
        return None if law is None else law.currency_on(on)

    def all_documents(self, country: str) -> Sequence[DocumentLaw]:
        """List what the law of a country says of documents, on whatever day, a tenant's rows before ours."""
        books = (self.own.get(country), jurisdiction(country))
        return [row for book in books if book is not None for row in book.documents]

    def shared_union(self, first: str, second: str, on: date) -> bool:
        """Tell whether two countries belong to one union on a day."""
        both = [set(law.unions_on(on)) for law in (jurisdiction(first), jurisdiction(second)) if law is not None]
        return len(both) == 2 and bool(both[0] & both[1])  # noqa: PLR2004 both countries


def newest(rows: Iterator[Row]) -> Row | None:
    """Take the row that holds since last."""
    return max(rows, key=lambda row: row.first, default=None)


#: What ships with the code alone.
SHIPPED = LawBook()
