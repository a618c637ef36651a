"""Savings and periods for the tests of rules over savings; the cases of ``tests/published/mv.json`` by their names."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from contracts.clause import Rule
from contracts.contract import Contract
from contracts.rated_line import RatedLine
from contracts.rated_usage import CarriedState, Usage
from contracts.savings_pricing.savings_guarantee import SavingsGuarantee
from contracts.savings_pricing.savings_share import SavingsShare
from contracts.schedule import BillingPeriod, Life
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import parse
from quantities.rounding import Rounding

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "published/mv.json").read_text(encoding="utf-8"))
}
STARTS = date(2026, 1, 1)
LIFE = Life(STARTS)


def year(number: int) -> BillingPeriod:
    first, after = date(2025 + number, 1, 1), date(2026 + number, 1, 1)
    return BillingPeriod(first, after, first, after)


def month(number: int, of_year: int = 2026) -> BillingPeriod:
    first = date(of_year, number, 1)
    after = date(of_year + number // 12, number % 12 + 1, 1)
    return BillingPeriod(first, after, first, after)


def saved(quantity: str, period: BillingPeriod, opening: CarriedState | None = None, **auxiliary: Usage) -> Usage:
    return Usage(Decimal(quantity), "kWh", period, LIFE, auxiliary_usage=auxiliary, opening=opening or {})


def by_band(bands: Mapping[str, str], period: BillingPeriod) -> Usage:
    parts = tuple(Part(Decimal(kwh), {"band": band, "month": f"{period.first:%Y-%m}"}) for band, kwh in bands.items())
    return Usage(added(part.quantity for part in parts), "kWh", period, LIFE, parts)


def cents(lines: Sequence[RatedLine]) -> list[str]:
    return [f"{Rounding.HALF_UP.to_places(line.amount, 2):f}" for line in lines]


def lived(rule: Rule, uses: Sequence[Usage]) -> list[list[str]]:
    """Rate periods one after another, each opening with what the one before carried on."""
    state, nets = dict[str, Any](), list[list[str]]()
    for usage in uses:
        opened = replace(usage, opening=state)
        nets.append(cents(rule.rate(opened)))
        state = dict(json.loads(json.dumps(rule.close(opened))))
    return nets


def at(price: str, **more: str) -> dict[str, Any]:
    return {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"price": price, **more}}}


def share(percent: Sequence[str] = ("80",), valuation: Any = None, **more: Any) -> SavingsShare:
    terms = {"unit": "kWh", "valuation": valuation or at("1"), "tranches": [{"percent": list(percent)}], **more}
    return parse(SavingsShare, terms)


def promise(**more: Any) -> SavingsGuarantee:
    return parse(SavingsGuarantee, {"unit": "kWh", **more})


def contract(*charges: dict[str, Any], **terms: Any) -> Contract:
    """A contract of 2026 on over a saving named ``saved``."""
    signatures = [{"party": party, "person": party, "on": "2025-12-01"} for party in ("Nordluft", "Hanse")]
    option = {
        "kind": "key_parameter", "registers": ["units"], "parameter_unit": "part", "before": "41.5", "after": "16.25",
        "energy_unit": "kWh", "basis": "audit of 2024",
    }  # fmt: skip
    document = {
        "contract": "C",
        "supplier": {"name": "Nordluft", "country": "DE"},
        "customer": {"name": "Hanse", "country": "DE"},
        "currency": "EUR",
        "zone": "Europe/Berlin",
        "starts": "2026-01-01",
        "savings": [{"name": "saved", "option": option, "signatures": signatures}],
        "charges": list(charges),
    }
    return parse(Contract, {**document, **terms})
