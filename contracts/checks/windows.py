"""Checks of windows: none is shorter than the billing period, whose use is not known by parts."""

from collections.abc import Iterator
from functools import cache

from contracts.charge import Charge
from contracts.clause import Rule
from contracts.document import ContractDocument
from contracts.schedule import BillingInterval, Per
from quantities.document import Fault

#: How many days each has at most: of an interval, of a window, and of both.
_DAYS: dict[str, int] = {
    "week": 7,
    "two_weeks": 14,
    "four_weeks": 28,
    "month": 31,
    "two_months": 62,
    "quarter": 92,
    "half_year": 184,
    "year": 366,
}


def window_faults(contract: ContractDocument) -> Iterator[Fault]:
    """Find windows that are shorter than the billing period: they were taken for the one of its first day.

    What is stored with an earlier arithmetic of the settings goes on. Periods of a calendar of its own have any length.
    """
    every = contract.billing.every
    if every is BillingInterval.CUSTOM or contract.settings.divides_all:
        return
    for path, per in _windows(contract):
        if _DAYS.get(per.value, _DAYS["year"]) < _DAYS[every.value] and per is not Per.PERIOD:
            detail = f"a {per.value} is shorter than a billing period of one {every.value}: bill more often"
            yield Fault(path, "window-too-short", detail, per.value, Per.PERIOD.value)


def _windows(contract: ContractDocument) -> Iterator[tuple[str, Per]]:
    spending = contract.spending
    if spending is not None:
        yield from ((f"/spending/alerts/{at}/per", alert.per) for at, alert in enumerate(spending.alerts))
        if spending.cap is not None:
            yield "/spending/cap/per", spending.cap.per
    for at, charge in enumerate(contract.charges):
        yield from _of_charge(charge, f"/charges/{at}")


@cache  # to ask a model for what it has not costs more than all else here
def _named_windows(rule: type[Rule]) -> tuple[str, ...]:
    """Name what a rule has of the fields and properties that state a window."""
    return tuple(name for name in ("per", "reset", "committed") if name in rule.model_fields or hasattr(rule, name))


def _of_charge(charge: Charge, path: str) -> Iterator[tuple[str, Per]]:
    rule = charge.rule
    for name in _named_windows(type(rule)):
        per = getattr(rule, name, None)
        if isinstance(per, Per):
            yield f"{path}/rule/{name}", per
        elif name == "committed":
            yield from ((f"{path}/rule/committed/{number}/per", part.per) for number, part in enumerate(per or ()))
    if charge.included is not None:
        yield f"{path}/included/per", charge.included.per
    if charge.instalments is not None:
        yield f"{path}/instalments/per", charge.instalments.per
