"""What a document says besides what stands in its own rows: all of it is decided, and nothing of it can change later.

Contract versions are never edited; names, units and multipliers of a fleet cannot be declared otherwise; the log of
readings, read up to the document's watermark, gives the same figures for ever; issued documents keep their days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from billing.invoices.invoice import Line
from billing.records.proof import RegisterProof
from contracts.contract import Contract
from metering.consumption.counter_figures import CounterFigures
from metering.fleet.store import StoredRegister


class FiguresKey(NamedTuple):
    """Which use of a counter figures are of: its evidence, as of a watermark."""

    series: int
    start: str
    end: str
    total: str
    watermark: int

    @classmethod
    def of(cls, register: RegisterProof, watermark: int) -> "FiguresKey":
        """Name the use that a proof is of."""
        return cls(register.series, register.start, register.end, register.total, watermark)


@dataclass(frozen=True, slots=True)
class StatementOfWindow:
    """A savings statement as the lines that it settles name it.

    Attributes:
        number: of it.
        version: the how manieth of its window it is, from 1.
        first: the first day of its window.
        after_last: the day after its last.
        prepared_at: when.
    """

    number: int
    version: int
    first: date
    after_last: date
    prepared_at: datetime

    def is_settled_by(self, line: Line, made_at: datetime) -> bool:
        """Whether a line is of the period that closes its window, and was made once it was there."""
        is_within = self.first <= line.service_first and line.service_after_last == self.after_last
        return is_within and self.prepared_at <= made_at


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document is made of besides its own rows.

    Attributes:
        contracts: the versions that it bills, by their keys.
        registers: that its lines rest on, by their keys.
        figures: of counters at both ends of each use.
        sites: where assets stand, by name.
        issued_on: the days of the documents that it names, by their numbers.
        statements: of savings, of the contracts that state them, by their keys; the oldest first.
    """

    contracts: Mapping[int, Contract] = field(default_factory=dict)
    registers: Mapping[str, StoredRegister] = field(default_factory=dict)
    figures: Mapping[FiguresKey, CounterFigures] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    issued_on: Mapping[str, date] = field(default_factory=dict)
    statements: Mapping[int, Sequence[StatementOfWindow]] = field(default_factory=dict)
