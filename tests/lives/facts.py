"""The facts of a life, in plain values: what the product is told piece by piece, and the oracle knows from the start.

Nothing here imports the product. Numbers are Decimal, instants are in UTC, days are local days of the contract's zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class RegisterFact:
    """A register as the fleet declares it.

    Attributes:
        key: its name in readings and contracts.
        kind: interval, cumulative, instantaneous, event, or state.
        unit: of its readings.
        multiplier: use is figures times this.
        interval_minutes: of an interval register, the duration of one interval.
        between: of a level: hold or linear.
        holds_minutes: how long a level or a state is valid without a new read; None: until the next read.
        states: of a state register: by code its name, its cause (may be empty), and whether its time counts as use.
        modulus: of a counter, the highest value plus one; None: it never rolls over.
        dimensions: the names that rows may state.
        approved_until: the last day on which its meter is approved.
    """

    key: str
    kind: str
    unit: str
    multiplier: Decimal = Decimal(1)
    interval_minutes: int | None = None
    between: str = "hold"
    holds_minutes: int | None = None
    states: Mapping[int, tuple[str, str, bool]] = field(default_factory=dict)
    modulus: Decimal | None = None
    dimensions: tuple[str, ...] = ()
    approved_until: date | None = None


@dataclass(frozen=True)
class ReadingFact:
    """One reading as a delivery has it; a later delivery of the same register, dimensions and start replaces it.

    Attributes:
        register: its key.
        start: of the interval, or the instant.
        end: of the interval; None for a read at an instant.
        value: None withdraws it. Of a state, its code.
        dimensions: what the row states.
    """

    register: str
    start: datetime
    end: datetime | None
    value: Decimal | None
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ExchangeFact:
    """A counter was exchanged or reset: its old figures end and new ones begin at an instant.

    Attributes:
        register: its key.
        at: the instant.
        closing: the last figure of the old device.
        opening: the first figure of the new one.
    """

    register: str
    at: datetime
    closing: Decimal
    opening: Decimal


@dataclass(frozen=True)
class VersionFact:
    """A version of a contract: the whole document as it was applied, plain JSON values; numbers of a contract from 1."""

    contract: str
    number: int
    document: Mapping[str, Any]
    released: bool = True


@dataclass(frozen=True)
class IndexValueFact:
    """A value of an index, in the order of recording: of one month the last released one counts."""

    index: str
    month: str
    value: Decimal
    released: bool = True


@dataclass(frozen=True)
class IndexLinkFact:
    """The series in which an index goes on: its values times a factor stand for missing months. The last list counts."""

    index: str
    links: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class DisputeFact:
    """A dispute of a charge over some days; where it is not priced by days, over whole lines.

    Attributes:
        contract: its reference.
        charge: its name.
        first: the first disputed day.
        after_last: the day after the last one.
        accepted_at: when the supplier accepted it; None: it holds nothing apart.
        outcome: None while it is open; due or waived.
        settled_at: when it was settled.
    """

    contract: str
    charge: str
    first: date
    after_last: date
    accepted_at: datetime | None
    outcome: str | None
    settled_at: datetime | None


@dataclass
class Facts:
    """Everything that was ever told about one tenant, in the order in which it was told.

    Attributes:
        registers: by key.
        readings: every row of every delivery, in order.
        exchanges: of counters.
        versions: of every contract, in the order of recording.
        index_values: of every index, in order.
        links: of indices, in order.
        disputes: of every contract.
        billed_at: when the first document of a period was made, by contract, kind (period or opening) and first day.
    """

    registers: dict[str, RegisterFact] = field(default_factory=dict)
    readings: list[ReadingFact] = field(default_factory=list)
    exchanges: list[ExchangeFact] = field(default_factory=list)
    versions: list[VersionFact] = field(default_factory=list)
    index_values: list[IndexValueFact] = field(default_factory=list)
    links: list[IndexLinkFact] = field(default_factory=list)
    disputes: list[DisputeFact] = field(default_factory=list)
    billed_at: dict[tuple[str, str, date], datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Owed:
    """What is owed, all documents taken together.

    Attributes:
        net: by contract, charge, first day of the line's service, and nature.
        base: the taxable base by supplier, customer, tax point, category and rate, to the cent.
        shares: by contract, charge and name, of charges that are shared and of which no dispute holds anything apart.
        of_reductions: by contract, charge and name, of reductions that go with what they reduce: what each has of them
            unrounded, and in how many coins it may be divided otherwise.
        refused: why a period cannot be rated, by contract and first day; what it would have come to is in neither sum.
    """

    net: Mapping[tuple[str, str, date, str], Decimal]
    base: Mapping[tuple[str, str, date, str, Decimal], Decimal]
    refused: Mapping[tuple[str, date], str] = field(default_factory=dict)
    shares: Mapping[tuple[str, str, str], Decimal] = field(default_factory=dict)
    of_reductions: Mapping[tuple[str, str, str], tuple[Fraction, Decimal]] = field(default_factory=dict)
