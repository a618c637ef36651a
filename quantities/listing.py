"""A list in pages: what is asked of it, and the place between two rows where one page ends and the next begins.

What may be asked of a list is declared once, as fields of a ``ListQuery``: route, operation and command take them from
there. A place is told by the row before it and never by a count, so rows that are written between two pages
neither hide a row nor show one twice.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from quantities.errors import Invalid

#: How many rows a page has unless the request says so, and at most.
ROWS, ROWS_MAX = 100, 1000
_AFTER_MAX = 500
Row = TypeVar("Row")
Other = TypeVar("Other")


class UnknownPage(Invalid):
    """No page of this list begins there."""


class UnknownSort(Invalid):
    """The list is not sorted by that."""


class ListQuery(BaseModel):
    """What may be asked of every list; a list adds its filters, of which those that are stated hold together.

    The first of ``SORTS`` is the order unless another is asked for; a ``-`` before a name turns it round.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)

    SORTS: ClassVar[tuple[str, ...]] = ()

    limit: Annotated[
        int, Field(ge=1, le=ROWS_MAX, description="How many at most; a `Link` header names what follows.")
    ] = ROWS
    after: Annotated[
        str, Field(max_length=_AFTER_MAX, description="After which the list begins: as the `Link` header states it.")
    ] = ""
    sort: Annotated[
        str, Field(max_length=50, description="By which field, descending with a `-` before it; ties by its name.")
    ] = ""
    total: Annotated[bool, Field(description="Answer how many rows there are in all, as `X-Total-Count`.")] = False

    @property
    def filters(self) -> Mapping[str, Any]:
        """What is asked of the rows, by the names of fields; what is not stated is left out."""
        fields = type(self).model_fields
        asked = {name: getattr(self, name) for name in fields if name not in ListQuery.model_fields}
        return {
            name: value
            for name, value in asked.items()
            if value not in (None, "") and not (value is False and fields[name].annotation is bool)
        }

    @property
    def order(self) -> tuple[str, bool]:
        """The name of the order, and whether it is descending.

        Raises:
            UnknownSort: the list has no such order.
        """
        asked = self.sort or self.SORTS[0]
        name, is_descending = asked.removeprefix("-"), asked.startswith("-")
        if name not in {known.removeprefix("-") for known in self.SORTS}:
            expected = [known.removeprefix("-") for known in self.SORTS]
            raise UnknownSort(f"there is no order {name!r} here", place="/query/sort", found=name, expected=expected)
        return name, is_descending


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Row]):
    """One page of a list.

    Attributes:
        rows: in the order that was asked for.
        after: where the next page begins; empty: nothing follows.
        count: of all rows that the filters let through, where that was asked.
    """

    rows: tuple[Row, ...]
    after: str = ""
    count: int | None = None

    def of(self, rows: "tuple[Other, ...]") -> "ListPage[Other]":
        """The same page with its rows shown otherwise."""
        return ListPage(rows, self.after, self.count)


def cut_after(rows: Sequence[Row], limit: int, name_of: Callable[[Row], str]) -> ListPage[Row]:
    """Make a page of rows that were read behind a place already, one more than the limit if another page follows.

    Args:
        rows: in order.
        limit: how many are shown.
        name_of: gives the place behind a row.
    """
    shown = tuple(rows[:limit])
    return ListPage(shown, name_of(shown[-1]) if len(rows) > limit else "")


def place_written(order: str, values: tuple[object, ...]) -> str:
    """Name the place behind a row, so that it says nothing to whoever reads it.

    Args:
        order: of the list, in which alone the place is one.
        values: of the row, by which the list is ordered.
    """
    return urlsafe_b64encode(json.dumps([order, *values], default=str).encode()).decode().rstrip("=")


def place_read(order: str, after: str, count: int) -> tuple[Any, ...]:
    """Read the name of a place: so many values of the row before it, as JSON has them.

    Raises:
        UnknownPage: it is no place in a list of this order.
    """
    try:
        read = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except ValueError as error:
        raise unknown_page(after) from error
    if not isinstance(read, list) or len(read) != 1 + count or read[0] != order:
        raise unknown_page(after)
    return tuple(read[1:])


def unknown_page(after: str) -> UnknownPage:
    """Refuse a place that is none."""
    expected = "what a link to a next page of this order has"
    return UnknownPage(f"{after!r} is no place in this list", place="/query/after", found=after, expected=expected)


def cut(
    rows: Iterable[Row],
    query: ListQuery,
    orders: Mapping[str, Callable[[Row], Any]],
    filters: Mapping[str, Callable[[Row, Any], bool]] | None = None,
) -> ListPage[Row]:
    """Cut a page out of a list that is short enough to be read whole, as of people or of names.

    Args:
        rows: all of them.
        query: which of them, in which order, after which.
        orders: by name of a sort, what a row is sorted by and no other has: a tuple, or a name that is shown, by which
            a page is then continued.
        filters: by name of a field, whether a row is one of a value.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    name, is_descending = query.order
    key_of = orders[name]
    asked = query.filters.items()
    chosen = [row for row in rows if all((filters or {})[field](row, value) for field, value in asked)]
    ordered = sorted(((key_of(row), row) for row in chosen), key=lambda pair: pair[0], reverse=is_descending)
    if query.after:
        ordered = _behind(ordered, query, is_descending=is_descending)
    shown = ordered[: query.limit]
    after = _place(query, shown[-1][0]) if len(ordered) > query.limit else ""
    return ListPage(tuple(row for _, row in shown), after, len(chosen) if query.total else None)


def _place(query: ListQuery, key: Any) -> str:
    return key if isinstance(key, str) else place_written(query.sort or query.SORTS[0], key)


def _behind(ordered: list[tuple[Any, Row]], query: ListQuery, *, is_descending: bool) -> list[tuple[Any, Row]]:
    if not ordered:
        return []
    first = ordered[0][0]
    place: Any = query.after
    if not isinstance(first, str):
        place = place_read(query.sort or query.SORTS[0], query.after, len(first))
        if any(type(value) is not type(known) for value, known in zip(place, first, strict=True)):
            raise unknown_page(query.after)
    return [(key, row) for key, row in ordered if (key < place if is_descending else key > place)]
