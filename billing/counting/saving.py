"""A saving as a use that a charge prices, with what was expected and what was measured beside it."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from billing.counting.assembly import Evidence
from contracts.rated_usage import Usage
from metering.fleet.meter import RegisterKind
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.quantity import POWER_UNITS
from savings.plan import SavedPart, SavingsResult
from savings.store import SiteRows


def usage_of(saved: SavingsResult) -> Usage:
    """Make a use of a saving, with what was expected (adjustments included) and what was measured beside it."""
    auxiliary = {
        "expected": _use(saved, lambda part: added((part.expected, part.adjusted))),
        "measured": _use(saved, lambda part: part.measured),
    }
    if saved.peaks is not None and saved.unit in POWER_UNITS:
        for name, peak in zip(("expected_demand", "measured_demand"), saved.peaks, strict=True):
            auxiliary[name] = Usage(peak, POWER_UNITS[saved.unit])
    return replace(_use(saved, lambda part: part.saved), auxiliary_usage=auxiliary)


def _use(saved: SavingsResult, energy: Callable[[SavedPart], Decimal]) -> Usage:
    parts = tuple(Part(energy(part), _labels(part)) for part in saved.parts)
    return Usage(added(part.quantity for part in parts), saved.unit, parts=parts)


def _labels(part: SavedPart) -> dict[str, str]:
    since = {} if part.since is None else {"since": str(part.since)}
    return {"band": part.band, "month": part.month, **since}


def evidence_of(rows: SiteRows) -> tuple[Evidence, ...]:
    """Write down what the registers of a saving counted."""
    evidence = []
    for key, use in rows.uses.items():
        stored = rows.registers[key]
        is_mean = stored.register.kind is RegisterKind.INSTANTANEOUS
        evidence.append(Evidence.of(stored, stored.register.unit, use, rows.reaches[key], is_mean=is_mean))
    return tuple(evidence)
