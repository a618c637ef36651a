"""A value of an index as a record keeps it."""

from billing.records.record import Number, Record


class IndexValueRecord(Record):
    """An index value that prices rest on.

    Attributes:
        index: its name.
        month: which month it is of, as in 2026-03.
        value: as it was known.
        provisional: whether its publisher could still revise it.
        id: the row that it is from.
    """

    index: str
    month: str
    value: Number
    provisional: bool
    id: int
