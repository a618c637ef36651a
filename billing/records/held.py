"""Why due work waits for a person."""

from billing.records.record import StoredRecord


class HoldReason(StoredRecord):
    """Why due work is held.

    Attributes:
        code: the refusal's slug; ``unforeseen`` for what nobody foresaw.
        detail: in words.
    """

    code: str
    detail: str
