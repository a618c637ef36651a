"""What calls for a correction: a delivery of readings, a version, an index value, a settled dispute, another fact."""

from typing import TypeAlias

from pydantic import TypeAdapter

from billing.records.record import Optionally, Record


class BatchChange(Record):
    """A delivery that changed readings.

    Attributes:
        batch: its number.
        kind: how the readings came, as in ``import``.
        source: its file.
        recorded_by: who brought it.
        recorded_at: when, ISO 8601.
        reason: why, where that was stated.
    """

    batch: int
    kind: str
    source: str
    recorded_by: str
    recorded_at: str
    reason: Optionally[str] = None


class VersionChange(Record):
    """A contract version that came into force in a billed period.

    Attributes:
        version: its number.
        recorded_by: who recorded it.
        recorded_at: when, ISO 8601.
        reason: why, where that was stated.
    """

    version: int
    recorded_by: str
    recorded_at: str
    reason: Optionally[str] = None


class IndexChange(Record):
    """A newer value of an index.

    Attributes:
        index: its name.
        month: which month it is of, as in 2026-03.
        was: the value before; None where there was none.
        now: the value.
        recorded_by: who recorded it.
        recorded_at: when, ISO 8601.
        reason: whether the value is provisional or final.
    """

    index: str
    month: str
    was: str | None
    now: str
    recorded_by: str
    recorded_at: str
    reason: str


class DisputeChange(Record):
    """A dispute that was settled.

    Attributes:
        dispute: its number.
        outcome: ``due`` or ``waived``; None while it is open.
        recorded_by: who settled it.
        recorded_at: when, ISO 8601; empty while it is open.
        reason: why it was raised.
    """

    dispute: int
    outcome: str | None
    recorded_by: str | None
    recorded_at: str
    reason: str


class FactChange(Record):
    """Another fact that has no author of its own: a register's declaration, a link of indices, a table of the code.

    Attributes:
        fact: which, as in ``registers`` or ``tax``.
        about: what of it.
        was: as it was known.
        now: as it is known.
    """

    fact: str
    about: str
    was: str
    now: str


Change: TypeAlias = BatchChange | VersionChange | IndexChange | DisputeChange | FactChange

#: Tells the kinds apart: no two have the same keys, and none takes a key of another.
CHANGE: TypeAdapter[Change] = TypeAdapter(Change)
