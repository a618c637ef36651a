"""Rating: lines a second in one process, from contracts and counted uses to rounded lines with their proof.

The limit of the same run is what the arithmetic alone costs: each line's quantity times its price, rounded.

    python benchmarks/rating.py [LINES]
"""

import sys
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from time import perf_counter

from api.operations.billing import collect_rarely
from billing.counting.assembly import BilledUsage, Evidence
from billing.rating.rating import rate_segments
from billing.rating.segments import VersionSegment
from billing.tax.decision import Decision
from billing.tax.tax import Tax, TaxCategory
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.indexation.lookup import no_index
from contracts.rated_usage import Usage
from contracts.schedule import BillingPeriod
from metering.consumption.use import Use
from metering.usage.measure import Part
from quantities.document import parse

_CHUNK, _CENT = 100, Decimal("0.01")
_TAX = Decision(Tax(TaxCategory.STANDARD, Decimal(19)), "DE", "domestic", "standard")
_PERIOD = BillingPeriod(date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 1), date(2026, 2, 1))
_CHARGES = [
    {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "450.00"}},
    {"name": "hours", "register": "h", "rule": {"kind": "per_unit", "unit": "machine_hour", "unit_price": "68.50"}},
    {
        "name": "air",
        "register": "a",
        "included": {"quantity": "1000", "unit": "m3@din1343"},
        "rule": {
            "kind": "graduated",
            "unit": "m3@din1343",
            "tiers": [{"up_to": "20000", "unit_price": "0.0285"}, {"unit_price": "0.0240"}],
        },
    },
    {
        "name": "energy",
        "register": "e",
        "rule": {
            "kind": "time_of_use",
            "unit": "kWh",
            "calendar": {
                "bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}],
                "otherwise": "night",
            },
            "unit_prices": {"day": "0.31", "night": "0.22"},
        },
    },
    {
        "name": "parts",
        "register": "p",
        "rule": {
            "kind": "matrix",
            "unit": "part",
            "entries": [{"when": {"material": "steel"}, "unit_price": "1.40"}],
            "otherwise": "0.90",
        },
    },
    {"name": "minimum", "rule": {"kind": "minimum_spend", "amount": "20000"}},
    {"name": "discount", "rule": {"kind": "discount", "percent": "2", "of": ["hours"]}},
]


def _contract() -> Contract:
    parties = {name: {"name": name, "country": "DE"} for name in ("supplier", "customer")}
    terms = {"contract": "B", **parties, "currency": "EUR", "zone": "Europe/Berlin", "starts": "2026-01-01"}
    return parse(Contract, {**terms, "charges": _CHARGES})


def _counted(number: int) -> dict[str, BilledUsage]:
    start, end = datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 1, 31, 23, tzinfo=UTC)

    def one(key: str, quantity: Decimal, unit: str, *parts: Part) -> BilledUsage:
        use = Use(quantity, 744, quantity, 0, start, end, 1, 744)
        return BilledUsage(Usage(quantity, unit, parts=parts), (Evidence(key, unit, number, use),), key)

    more = Decimal(number % 1000)
    day, night = Part(more + 400, {"band": "day"}), Part(more + 200, {"band": "night"})
    steel, other = Part(more + 90, {"material": "steel"}), Part(more + 10, {"material": "mild"})
    return {
        "hours": one("h", more + Decimal("153.6"), "machine_hour"),
        "air": one("a", more + 25000, "m3@iso1217"),
        "energy": one("e", day.quantity + night.quantity, "kWh", day, night),
        "parts": one("p", steel.quantity + other.quantity, "part", steel, other),
    }


def _taxed(contract: Contract, charge: Charge, tax_point: date) -> Decision:
    return _TAX


def main() -> None:
    """Rate so many lines, and print how many a second and how that compares with their bare arithmetic."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    contract = _contract()
    stretch = VersionSegment(contract, 1, 1, _PERIOD, frozenset(charge.name for charge in contract.charges))
    collect_rarely()  # as a billing run does
    a_month = len(rate_segments([stretch], [_counted(0)], {}, no_index, _taxed).lines)
    invoices, lines, took, bare = -(-wanted // (a_month - 1)), 0, 0.0, 0.0  # the first month has one line more
    for first in range(0, invoices, _CHUNK):  # as a billing run does, which keeps no more than a chunk
        months = [_counted(number) for number in range(first, min(first + _CHUNK, invoices))]
        started = perf_counter()
        rated = [rate_segments([stretch], [counted], {}, no_index, _taxed) for counted in months]
        took += perf_counter() - started
        lines += sum(len(rating.lines) for rating in rated)
        started = perf_counter()
        for line in (line for rating in rated for line in rating.lines):
            _ = (line.quantity * line.unit_price).quantize(_CENT, ROUND_HALF_UP)
        bare += perf_counter() - started
    print(f"{lines:,} lines of {invoices:,} invoices in {took:.2f} s: {lines / took:,.0f} lines/s")
    print(f"bare arithmetic {bare:.2f} s: {took / bare:.1f} times that, with stages, proof, tax and rounding")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
