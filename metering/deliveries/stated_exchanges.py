"""Exchanges of devices that a file states, compared with those that are declared already."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from metering.deliveries.exchanges import ExchangeReads
from metering.ingest import Parsed, StatedExchange
from metering.log.columns import instant_of, micros
from metering.log.reading import Verdict, limit_refusals
from quantities.number import plain


def is_declared(stated: StatedExchange, declared: Mapping[datetime, ExchangeReads | None]) -> bool:
    """Whether an exchange or a reset is declared between both reads, so that nothing is left to ask.

    Args:
        stated: by the file.
        declared: those of the same counter, by their instants.
    """
    if stated.closed_at == stated.opened_at:
        return stated.opened_at in declared
    return any(stated.closed_at < at <= stated.opened_at for at in declared)


def contradiction(stated: StatedExchange, declared: Mapping[datetime, ExchangeReads | None]) -> Verdict | None:
    """A verdict on the opening read that a file states, if what was declared for its instant is another one."""
    declaration = declared.get(stated.opened_at)
    if stated.closed_at != stated.opened_at or declaration is None or declaration.opening == stated.opening:
        return None
    return Verdict(stated.line, "contradicts_exchange", plain(stated.opening), str(declaration))


def undated(stated: StatedExchange) -> Verdict | None:
    """A verdict on a new device whose first read is later than the old one's last: what was used between is not known.

    Its words are the command that declares the exchange.
    """
    if stated.closed_at == stated.opened_at:
        return None
    actual = (
        f"device {stated.serial} shows {plain(stated.opening)} at {stated.opened_at.isoformat()}, after the old one's "
        f"{plain(stated.closing)} at {stated.closed_at.isoformat()}"
    )
    command = (
        f"usufruct exchange {stated.register} --at … --closing … --opening … --serial {stated.serial}, with both reads "
        "at the moment of the exchange; then send the file again"
    )
    return Verdict(stated.line, "undated_exchange", actual, command)


def without_new_device(parsed: Parsed, refused: Sequence[tuple[StatedExchange, Verdict]]) -> Parsed:
    """Refuse all reads of devices whose exchange is refused: compared with the old device's they would mean nothing.

    Args:
        parsed: a file.
        refused: exchanges with the verdict on their opening read.
    """
    readings, verdicts = parsed.readings, [verdict for _, verdict in refused]
    kept = np.ones(len(readings), np.bool_)
    for stated, _ in refused:
        codes = [code for code, key in enumerate(parsed.series) if key.register == stated.register]
        later = kept & np.isin(readings.series, codes) & (readings.start > micros(stated.closed_at))
        for place in np.flatnonzero(later).tolist():
            if int(readings.line[place]) != stated.line:
                actual = f"a read of {instant_of(readings.start[place]).isoformat()}, after the exchange"
                verdicts.append(
                    Verdict(int(readings.line[place]), "refused_exchange", actual, f"see line {stated.line}")
                )
        kept &= ~later
        limit_refusals(len(verdicts), "refused_exchange")
    both = sorted((*parsed.verdicts, *verdicts), key=lambda verdict: verdict.line)
    return replace(parsed, readings=readings.at(kept), verdicts=tuple(both))
