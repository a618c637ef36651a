"""Lists read in pages by their keys: the rows behind one row, in an order that an index has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import BigInteger, ColumnElement, TypeDecorator, func, literal, tuple_
from sqlalchemy import select as columns
from sqlalchemy.engine import Row as SqlRow
from sqlmodel import Session

from quantities.listing import ListPage, ListQuery, place_read, place_written, unknown_page

#: What columns of numbers hold, none of it below zero.
_INT, _BIG = 2**31, 2**63
#: So many names are compared with one that there is not: a refusal costs no more than what it refuses.
_COMPARED = 1000
_NEAREST = 3


@dataclass(frozen=True)
class Listing:
    """How a list is read.

    Attributes:
        statement: selects the columns, without order.
        key: a column that no two rows share, and that none changes: it orders the rows that a sort leaves level.
        sorts: by name the columns, never null, by which it may be sorted: all that a ``ListQuery`` of it names.
        filters: by name of a field, the condition that its value sets.
        named: the sort by ``key`` itself, where the key is what is shown: the place behind a row is then its name.
    """

    statement: Any
    key: Any
    sorts: Mapping[str, Any]
    filters: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    named: str = ""

    def page(self, session: Session, query: ListQuery, *conditions: ColumnElement[bool]) -> ListPage[Any]:
        """Read a page; each row has the columns of ``statement``, and after them two of the list's own.

        Args:
            session: states the tenant.
            query: which rows, in which order, after which.
            conditions: more that holds of every row.

        Raises:
            UnknownSort, UnknownPage: there is no such order, or place in it.
        """
        rows = session.execute(self.selected(query, *conditions)).all()
        after = self._place(query, rows[query.limit - 1]) if len(rows) > query.limit else ""
        count = self.count(session, query, *conditions) if query.total else None
        return ListPage(tuple(rows[: query.limit]), after, count)

    def selected(self, query: ListQuery, *conditions: ColumnElement[bool]) -> Any:
        """Select the rows of a page, and one more if another follows; the errors are those of ``page``."""
        name, is_descending = query.order
        by, key = self.sorts[name], self.key
        statement = self.chosen(query, *conditions).add_columns(by.label("place_by"), key.label("place_key"))
        if query.after:
            statement = statement.where(self._behind(query, name, is_descending=is_descending))
        ends = (key,) if by is key else (by, key)
        return statement.order_by(*(end.desc() if is_descending else end for end in ends)).limit(query.limit + 1)

    def count(self, session: Session, query: ListQuery, *conditions: ColumnElement[bool]) -> int:
        """Count the rows that the filters let through."""
        chosen = self.chosen(query, *conditions).with_only_columns(self.key)
        return int(session.execute(columns(func.count()).select_from(chosen.subquery())).scalar_one())

    def chosen(self, query: ListQuery, *conditions: ColumnElement[bool]) -> Any:
        """Select the rows that the filters let through, without order."""
        asked = [self.filters[name](value) for name, value in query.filters.items()]
        return self.statement.where(*asked, *conditions)

    def _place(self, query: ListQuery, last: SqlRow[Any]) -> str:
        if query.order[0] == self.named:
            return str(last.place_key)
        return place_written(query.sort or query.SORTS[0], (last.place_by, last.place_key))

    def _behind(self, query: ListQuery, name: str, *, is_descending: bool) -> ColumnElement[bool]:
        """Set the condition of all rows behind a place, of which an index finds the first at once."""
        if name == self.named:
            ends: Any = self.key
            bound: Any = _value_of(self.key, query.after, query.after)
        else:
            given = place_read(query.sort or query.SORTS[0], query.after, 2)
            ends = tuple_(self.sorts[name], self.key)
            bound = tuple_(
                *(
                    _value_of(column, value, query.after)
                    for column, value in zip((self.sorts[name], self.key), given, strict=True)
                )
            )
        condition: ColumnElement[bool] = ends < bound if is_descending else ends > bound
        return condition


def _value_of(column: Any, value: object, after: str) -> Any:
    """Read a value of a place as one of a column.

    Raises:
        UnknownPage: it is none.
    """
    stored = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    kind: type = stored.python_type
    highest = _BIG if isinstance(stored, BigInteger) else _INT
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[int, Field(ge=0, lt=highest)] if kind is int else kind)
    try:
        read = adapter.validate_python(value)
    except ValidationError as error:
        raise unknown_page(after) from error
    return literal(read, column.type)


def nearest_names(session: Session, column: Any, name: str) -> list[str]:
    """The names most like one, among those that the caller may see and that begin alike.

    Args:
        session: states who asks; the policies of the column's table decide what there is.
        column: of a table; a text.
        name: what was asked for.
    """
    begins_alike = func.lower(func.left(column, 1)) == name[:1].lower()
    known = {
        str(text).lower(): str(text)
        for text in session.execute(columns(column).where(begins_alike).limit(_COMPARED)).scalars()
    }
    return [known[text] for text in get_close_matches(name.lower(), known, n=_NEAREST)]
