"""What a charge's rule wants to know of its use: docs/pricing.md, rule by rule."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.lives.oracle.rules import EACH, yes
from tests.lives.oracle.use import Ask

#: Rules that look back, or whose window is longer than a period unless it is stated.
REMEMBERING = frozenset(
    {"take_or_pay", "prepaid", "drawdown", "severity", "service_events", "lost_yield", "downtime_damages", "lease_rent"}
    | {"savings_share", "savings_guarantee", "savings_cap", "trusteeship_fee", "energy_guarantee"}
)


def asks(charge: Mapping[str, Any]) -> Ask:
    rule = charge["rule"]
    kind = rule["kind"]
    if kind == "demand":
        return Ask(
            calendar=rule.get("calendar"),
            band=rule.get("band"),
            block_minutes=int(rule.get("block_minutes", 15)),
            sliding=yes(rule.get("sliding", False)),
            days=rule.get("peak", "own") in EACH,
        )
    if kind == "commitment":
        return Ask(calendar=rule.get("calendar"), band=rule.get("band"), hours=yes(rule.get("each_hour", False)))
    if kind == "time_of_use":
        return Ask(calendar=rule["calendar"])
    if kind in {"matrix", "service_events"} or rule.get("by"):
        return Ask(dimensions=True)
    if kind in {"percentage", "deduction"}:
        return Ask(events=True)
    return Ask()


def remembers(charge: Mapping[str, Any]) -> bool:
    """Whether what a charge costs depends on the periods before: such a contract is billed in the order of its periods."""
    rule, included = charge["rule"], charge.get("included") or {}
    windows = [rule.get("per"), included.get("per"), *(terms.get("per") for terms in rule.get("committed") or ())]
    if any(per not in {None, "period"} for per in windows) or Fraction(included.get("carry_forward", 0)):
        return True
    return (
        rule["kind"] in REMEMBERING
        or bool(charge.get("instalments"))
        or bool(rule.get("ratchet"))
        or rule.get("peak") == "year"
    )
