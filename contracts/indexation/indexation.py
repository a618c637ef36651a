"""Indexation of a charge: by which clause its prices move, and a rule with its prices moved."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import Field

from contracts.indexation.following import Following
from contracts.indexation.lookup import IndexValueMissing, Lookup
from contracts.indexation.stepped import Stepped
from quantities.arithmetic import product
from quantities.document import WholeNumber
from quantities.number import trimmed
from quantities.rounding import Rounding
from quantities.terms import Terms

AnyTerms = TypeVar("AnyTerms", bound=Terms)

IndexClause: TypeAlias = Annotated[Following | Stepped, Field(discriminator="kind")]


class Indexed(Terms):
    """How a charge's prices move.

    Attributes:
        clause: by indices or by steps.
        only: which of the rule's prices move, by their names; all of them where none is named.
        price_places: to how many places a moved price is rounded, half away from zero; without it, not at all.
    """

    clause: IndexClause
    only: tuple[str, ...] = ()
    price_places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None


def days_of_moves(clause: IndexClause, first: date, after_last: date, lookup: Lookup) -> tuple[date, ...]:
    """Find the days within some days on which a price moves: reviews that leave it as it is are none.

    Args:
        clause: how it moves.
        first: the first of the days; what it moved to by then is no move within them.
        after_last: the day after the last one.
        lookup: finds the value of an index. Where one is missing, every later review counts as a move.
    """
    days, moves = clause.review_days(first, after_last), list[date]()
    if not days:
        return ()
    try:
        before = clause.factor(first, lookup).value
        for day in days:
            factor = clause.factor(day, lookup).value
            if factor != before:
                moves.append(day)
            before = factor
    except IndexValueMissing:
        return (*moves, *(day for day in days if not moves or day > moves[-1]))
    return tuple(moves)


def moved(terms: AnyTerms, factor: Decimal, indexed: Indexed) -> AnyTerms:
    """Multiply the prices of a rule, and of the terms inside it, by a factor."""
    changed: dict[str, Any] = {}
    for name in type(terms).model_fields:
        value = getattr(terms, name)
        if name in type(terms).prices and (not indexed.only or name in indexed.only):
            changed[name] = _moved_price(value, factor, indexed.price_places)
        elif isinstance(value, Terms):
            changed[name] = moved(value, factor, indexed)
        elif isinstance(value, tuple) and value and isinstance(value[0], Terms):
            changed[name] = tuple(moved(inner, factor, indexed) for inner in value)
    return terms.model_copy(update=changed) if changed else terms


def price_before(terms: Terms, factor: Decimal, indexed: Indexed, price: Decimal) -> Decimal | None:
    """Find the agreed price that a factor moved to a price of a line; None where several come to it, or none does."""
    agreed = {
        base for base in _prices(terms, indexed.only) if _moved_price(base, factor, indexed.price_places) == price
    }
    return next(iter(agreed)) if len(agreed) == 1 else None


def _prices(terms: Terms, only: tuple[str, ...]) -> Iterator[Decimal]:
    """List the prices of a rule, and of the terms inside it, that an index moves."""
    for name in type(terms).model_fields:
        value = getattr(terms, name)
        if name in type(terms).prices and (not only or name in only):
            yield from (
                price for price in (value.values() if isinstance(value, Mapping) else (value,)) if price is not None
            )
            continue
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Terms):
                yield from _prices(part, only)


def price_names(terms: type[Terms] | Terms) -> frozenset[str]:
    """Name the prices of a rule, and of the terms inside it, that an index can move."""
    names = set(terms.prices)
    if isinstance(terms, Terms):
        for value in (getattr(terms, name) for name in type(terms).model_fields):
            for part in value if isinstance(value, tuple) else (value,):
                names |= price_names(part) if isinstance(part, Terms) else set()
    return frozenset(names)


def _moved_price(value: Any, factor: Decimal, places: int | None) -> Any:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {name: _moved_price(price, factor, places) for name, price in value.items()}
    price = product(value, factor)
    return trimmed(price) if places is None else Rounding.HALF_UP.to_places(price, places)
