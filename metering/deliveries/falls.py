"""Falls of a cumulative register: explained by a rollover, a declared event or a reset of the file, or refused.

Where the closing read of an exchange is known, the reads before the exchange are compared with it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pyarrow.compute as pc

from metering.consumption.use import rolled_over
from metering.deliveries.exchanges import ExchangeReads
from metering.ingest.raw_columns import CounterReset
from metering.log.columns import Readings
from metering.log.reading import Reading
from quantities.number import exact_context


def falling_series(live: Readings) -> frozenset[int]:
    """The series in which some value is below the value before it."""
    if len(live) < 2:  # noqa: PLR2004 it takes two
        return frozenset()
    less = pc.less(live.value[1:], live.value[:-1]).to_numpy(zero_copy_only=False)
    return frozenset(live.series[1:][less & (live.series[1:] == live.series[:-1])].tolist())


@dataclass(frozen=True, slots=True)
class ExplainedFalls:
    """The falls among the reads of a cumulative register.

    Attributes:
        rollovers: by the start of the read after the rollover, what the rollover gained.
        refused: by the start of a new read at which the register falls without a reason, what would be right.
        resets: by the start of the read after a reset that the file states, what the reset gained.
    """

    rollovers: Mapping[datetime, Decimal]
    refused: Mapping[datetime, str]
    resets: Mapping[datetime, Decimal]


def explain_falls(
    reads: Sequence[Reading],
    new: Collection[datetime],
    declared: Mapping[datetime, ExchangeReads | None],
    modulus: Decimal | None,
    stated: Mapping[datetime, CounterReset] | None = None,
) -> ExplainedFalls:
    """Explain every fall among the reads of a cumulative register, or refuse the new read that causes it.

    A fall is a rollover only near the modulus; it is an exchange or a reset only if one is declared between the reads.
    The last read before an exchange may not be above its closing read.

    Args:
        reads: live reads in order of time, from the one before the first new read to the one after the last.
        new: starts of the reads that are new.
        declared: exchanges and resets by their instants; None where the reads of one are not known.
        modulus: of the register; None if it has none.
        stated: where the file says that figures start anew, or that they may.
    """
    stated = stated or {}
    resets: dict[datetime, Decimal] = {}
    rollovers: dict[datetime, Decimal] = {}
    refused: dict[datetime, str] = {}
    before: Reading | None = None
    for read in reads:
        if before is None or before.value is None or read.value is None:
            before = read
            continue
        exchange = declared.get(read.start)
        shown = read.value if exchange is None else exchange.closing
        explaining = [at for at in declared if before.start < at <= read.start and not (exchange and at == read.start)]
        if _is_reset(read.start, stated, new, declared):
            resets[read.start] = _gained(before.value, read.value)
        elif shown >= before.value or explaining:
            pass
        elif exchange is None and modulus is not None and rolled_over(before.value, shown, modulus):
            rollovers[read.start] = modulus
        elif read.start in new:
            refused[read.start] = _expected(before.value, stated.get(read.start))
            continue
        elif before.start in new:
            refused[before.start] = f"at most {shown:f}, " + (f"for {exchange}" if exchange else "which follows it")
        before = read
    return ExplainedFalls(rollovers, refused, resets)


def _is_reset(
    start: datetime,
    stated: Mapping[datetime, CounterReset],
    new: Collection[datetime],
    declared: Collection[datetime],
) -> bool:
    """Whether the file says that a counter starts anew at a read, and nothing else is known of that instant."""
    reset = stated.get(start)
    return reset is not None and not reset.to_say and start in new and start not in declared


def _gained(closing: Decimal, opening: Decimal) -> Decimal:
    with exact_context():
        return closing - opening


def _expected(least: Decimal, may_be_reset: CounterReset | None) -> str:
    option = "" if may_be_reset is None else f", {may_be_reset.to_say} if each session counts anew"
    return f"at least {least:f}, a declared exchange{option}, or a rollover near the modulus"
