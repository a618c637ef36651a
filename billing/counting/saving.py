"""A saving as a use that a charge prices, with what was expected and what was measured beside it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from billing.counting.assembly import Evidence
from contracts.clause import Usage
from metering.fleet.meter import RegisterKind
from metering.usage.measure import Part
from quantities.arithmetic import added
from savings.plan import SavedPart, SavingsResult
from savings.store import SiteRows

_POWER: Mapping[str, str] = {"Wh": "W", "kWh": "kW", "MWh": "MW"}


def usage_of(saved: SavingsResult) -> Usage:
    """Make a use of a saving, with what was expected (adjustments included) and what was measured beside it."""
    beside = {
        "expected": _use(saved, lambda part: added((part.expected, part.adjusted))),
        "measured": _use(saved, lambda part: part.measured),
    }
    if saved.peaks is not None and saved.unit in _POWER:
        for name, peak in zip(("expected_demand", "measured_demand"), saved.peaks, strict=True):
            beside[name] = Usage(peak, _POWER[saved.unit])
    return replace(_use(saved, lambda part: part.saved), beside=beside)


def _use(saved: SavingsResult, energy: Callable[[SavedPart], Decimal]) -> Usage:
    parts = tuple(Part(energy(part), {"band": part.band, "month": part.month}) for part in saved.parts)
    return Usage(added(part.quantity for part in parts), saved.unit, parts=parts)


def evidence_of(found: SiteRows) -> tuple[Evidence, ...]:
    """Write down what the registers of a saving said."""
    return tuple(
        Evidence(key, each.register.unit, each.series, use, each.register.kind is RegisterKind.INSTANTANEOUS)
        for key, use in found.uses.items()
        for each in (found.registers[key],)
    )
