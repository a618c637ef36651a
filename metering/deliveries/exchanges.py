"""The two reads of a declared exchange or reset, beside which nothing else is read at that instant.

The old figures close and the new ones open at one instant. The opening read is a reading of the log, written by the
batch that declares the exchange; the closing read follows from it and from what the event gained. Events of early
releases have no such reading, and a delivery may say anything of their instants.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import numpy as np

from metering.consumption.use import EventKind
from metering.log.columns import Flags, Readings, micros
from metering.log.reading import Quality, Verdict
from quantities.number import plain, trimmed


@dataclass(frozen=True, slots=True)
class ExchangeReads:
    """What a counter showed last in its old figures and first in its new ones.

    Attributes:
        series: whose counter it is.
        at: the instant of both reads.
        kind: exchange or reset.
        closing: in the register's unit, before its multiplier.
        opening: likewise.
    """

    series: int
    at: datetime
    kind: EventKind
    closing: Decimal
    opening: Decimal

    def __str__(self) -> str:
        closing, opening = plain(trimmed(self.closing)), plain(trimmed(self.opening))
        return f"the {self.kind} of {self.at.isoformat()} says closing {closing}, opening {opening}"


@dataclass(frozen=True, slots=True)
class CounterEvents:
    """The events of counters as they stand, by series and instant.

    Attributes:
        declared: exchanges and resets with their reads; None of an event whose opening read is not in the log.
        rollovers: what each detected rollover gained.
    """

    declared: Mapping[int, Mapping[datetime, ExchangeReads | None]] = field(default_factory=dict)
    rollovers: Mapping[int, Mapping[datetime, Decimal]] = field(default_factory=dict)

    @property
    def exchanges(self) -> tuple[ExchangeReads, ...]:
        """The exchanges and resets whose reads are known."""
        of_all_series = (event for events in self.declared.values() for event in events.values())
        return tuple(event for event in of_all_series if event is not None)

    def with_exchange(self, exchange: ExchangeReads) -> "CounterEvents":
        """These events and one more, which takes the place of whatever happened to its counter at its instant."""
        series, at = exchange.series, exchange.at
        declared = {**self.declared.get(series, {}), at: exchange}
        rollovers = {when: gained for when, gained in self.rollovers.get(series, {}).items() if when != at}
        return CounterEvents({**self.declared, series: declared}, {**self.rollovers, series: rollovers})


@dataclass(frozen=True, slots=True)
class RowsAtExchanges:
    """The delivered rows that are settled by an exchange, because they are of its instant.

    Attributes:
        settled: a mask of these rows; they change nothing in the log.
        unchanged: how many of them repeat one of both reads.
        verdicts: one on each of the others.
    """

    settled: Flags
    unchanged: int
    verdicts: tuple[Verdict, ...]


def rows_at_exchanges(delivered: Readings, exchanges: Sequence[ExchangeReads]) -> RowsAtExchanges:
    """Compare the rows of a delivery with the reads of exchanges of the same series and instant.

    A row that verifies the opening read is not settled: it may change that read's quality.
    """
    settled = np.zeros(len(delivered), np.bool_)
    verdicts = []
    for place, exchange in _matches(delivered, exchanges):
        value: Decimal | None = delivered.value[place].as_py()
        if value == exchange.opening and delivered.quality[place] == Quality.VERIFIED:
            continue
        settled[place] = True
        if value not in (exchange.opening, exchange.closing):
            text = "nothing" if value is None else plain(trimmed(value))
            verdicts.append(Verdict(int(delivered.line[place]), "contradicts_exchange", text, str(exchange)))
    return RowsAtExchanges(settled, int(settled.sum()) - len(verdicts), tuple(verdicts))


def opening_reads(stored: Readings, exchanges: Sequence[ExchangeReads]) -> Flags:
    """A mask of the stored rows that are the opening read of an exchange."""
    mask = np.zeros(len(stored), np.bool_)
    mask[[place for place, _ in _matches(stored, exchanges)]] = True
    return mask


def _matches(readings: Readings, exchanges: Sequence[ExchangeReads]) -> list[tuple[int, ExchangeReads]]:
    """The positions of the rows of an exchange's series and instant, with that exchange."""
    by_key = {(exchange.series, micros(exchange.at)): exchange for exchange in exchanges}
    places = np.flatnonzero(np.isin(readings.start, [start for _, start in by_key])).tolist()
    keys = [(int(readings.series[place]), int(readings.start[place])) for place in places]
    return [(place, by_key[key]) for place, key in zip(places, keys, strict=True) if key in by_key]
