"""An index series as a document: where it is published, its values, and the series in which it goes on."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from contracts.indexation.lookup import Month
from quantities.document import Fault, YesOrNo
from quantities.names import Name
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.terms import Terms


class Link(Terms):
    """The series in which another one goes on: its values times a factor stand for the months that are missing there.

    A series on a new base is linked to the one on the old base, and a discontinued series to its successor.
    """

    index: Name
    factor: Annotated[Magnitude, Field(gt=0)]


class Published(Terms):
    """A value as its publisher gave it out.

    Attributes:
        month: the month of the value; of a quarter's value its last month.
        value: on the base of the series.
        published: the day on which it was given out.
        provisional: whether its publisher may still revise it.
    """

    month: Month
    value: Magnitude
    published: date
    provisional: YesOrNo = False


class Index(Terms):
    """An index series, and values of it.

    Attributes:
        index: unique in the tenant; how contracts name it.
        kind: an ``index`` is above zero; a ``price`` may be any number, and values a saving.
        title: in its publisher's words.
        source: where it is published.
        base: the base, as in 2020=100.
        links: the series in which it goes on, in the order in which they are searched.
        values: in any order; values that are known and unchanged are not recorded again.
    """

    index: Name
    kind: Literal["index", "price"] = "index"
    title: str = ""
    source: str = ""
    base: str = ""
    links: tuple[Link, ...] = ()
    values: tuple[Published, ...] = ()


def faults_of_series(index: Index, declared: Collection[str]) -> Iterator[Fault]:
    """Check the values and links of a series.

    Args:
        index: well-formed.
        declared: the names of the series that are recorded.
    """
    months: set[str] = set()
    for number, published in enumerate(index.values):
        if published.month in months:
            yield Fault(f"/values/{number}/month", "named-twice", "a month has one value", published.month)
        months.add(published.month)
    if index.kind == "index":
        for number, published in enumerate(index.values):
            if published.value <= 0:
                place = f"/values/{number}/value"
                yield Fault(place, "greater_than", "an index is above zero", plain(published.value))
    for number, link in enumerate(index.links):
        if link.index not in declared:
            yield Fault(f"/links/{number}/index", "unknown-index", "no such index is declared", link.index)
