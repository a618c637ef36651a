"""Differences between the product's rules and their specification that the core form found: the smallest life of each."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.lives import core
from tests.lives.charges import PLAN
from tests.lives.core import Life

Parts = list[tuple[str, dict[str, str]]]


def life(*versions: dict[str, Any], used: dict[str, tuple[str, str, Parts]], periods: int) -> Life:
    """Versions of a contract from 1 January 2026 on; uses by day and charge, as in ``01-01 energy``."""
    document = {
        "contract": "C-1",
        "supplier": {"name": "Nordluft", "country": "DE"},
        "customer": {"name": "Blechwerke", "country": "DE"},
        "currency": "EUR",
        "zone": "Europe/Berlin",
        "starts": "2026-01-01",
    }
    days = {told[:5] for told in used}
    told = {(date.fromisoformat(f"2026-{key[:5]}"), key[6:]): use for key, use in used.items()}
    assert all(len(day) == len("01-01") for day in days)
    values = {("CPI", f"2026-{month:02}"): Decimal(100 + 10 * month) for month in range(1, 13)}
    return Life(tuple(document | version for version in versions), told, values, periods)


def charge(name: str, rule: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"name": name, "rule": rule} | others


def amended(day: str, version: dict[str, Any], **others: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A version, and the same again in force from a day on: with nothing but the settings that are named."""
    return version, version | {"in_force_from": f"2026-{day}"} | others


KWH: tuple[str, Parts] = ("kWh", [])
HOURS: tuple[str, Parts] = ("machine_hour", [])
ONE = "one"
DOWN: tuple[str, str, Parts] = ("744", "h", [("700", {"state": "running"}), ("44", {"state": "down"})])
TIER = {"kind": "graduated", "unit": "kWh", "tiers": [{"up_to": "10", "unit_price": "95"}, {"unit_price": "80"}]}
FEE = charge("fee", {"kind": "fixed_fee", "amount": "50"})
OFF_30 = {"kind": "discount", "amount": "30"}
SUSPENDED = [{"first": "2026-01-11", "after_last": "2026-01-21"}]
PEAK = {"kind": "demand", "unit": "kW", "unit_price": "31"}
EVENTS: Parts = [("100", {}), ("300", {})]
STEPS = {"clause": {"kind": "stepped", "steps": [{"first": "2026-01-10", "percent": "10"}]}}

HARDNESS = charge(
    "use",
    {
        "kind": "severity", "unit": "machine_hour", "unit_price": "1", "agreed_ratio": "3",
        "table": [{"from_ratio": "0", "factor": "1"}, {"from_ratio": "1", "factor": "2"}],
    },
    register="hours", beside={"cycles": "cycles"}, included={"quantity": "31", "unit": "machine_hour"},
)  # fmt: skip
BEGINS_AGAIN = {"settings": {"on_change": "restart"}, "in_force_from": "2026-02-05"}

LISTED = {
    "an included quantity restarts within the half-year of its rule, and goes on": life(
        {"charges": [HARDNESS]},
        {"charges": [HARDNESS]} | BEGINS_AGAIN,
        {"charges": [HARDNESS], "in_force_from": "2026-02-10"},
        used={
            f"{day} use{of}": (quantity, unit, [])
            for day in ("01-01", "02-01", "02-05", "02-10")
            for of, quantity, unit in (("", "20", "machine_hour"), (" cycles", "4", "cycle"))
        },
        periods=2,
    ),
    # Money is wrong, whatever happens.
    "two amounts off one charge take off more than there is": life(
        {"charges": [FEE, charge("one", OFF_30), charge("two", OFF_30)]}, used={}, periods=1
    ),
    "tiers of percents forget the fee of each event and what is free": life(
        {
            "charges": [
                charge(
                    "orders",
                    {"kind": "percentage", "tiers": [{"percent": "2"}], "fee_per_event": "1", "free_events": "1"},
                    register="amounts",
                )
            ]
        },
        used={"01-01 orders": ("400", ONE, EVENTS)},
        periods=1,
    ),
    "a block of units goes before a block of money of a lower priority": life(
        {
            "charges": [
                charge(
                    "energy",
                    {
                        "kind": "prepaid",
                        "unit": "kWh",
                        "unit_price": "1",
                        "blocks": [
                            {"name": "money", "amount": "100", "bought": "2026-01-01"},
                            {"name": "units", "units": "100", "cost": "90", "bought": "2026-01-01", "priority": "1"},
                        ],
                    },
                    register="kwh",
                )
            ]
        },
        used={"01-01 energy": ("60", *KWH)},
        periods=1,
    ),
    "suspended days of a holdover are billed": life(
        {
            "charges": [charge("held", {"kind": "holdover", "day_rate": "80", "term_ends": "2026-01-01"})],
            "suspensions": SUSPENDED,
        },
        used={},
        periods=1,
    ),
    "suspended days of a capacity from a day in service on are committed": life(
        {
            "charges": [
                charge(
                    "gas",
                    {
                        "kind": "commitment",
                        "unit": "kWh",
                        "unit_price": "1",
                        "committed": [{"capacity": {"a_day": "10", "in_service": "2025-01-01"}}],
                    },
                    register="kwh",
                )
            ],
            "suspensions": SUSPENDED,
        },
        used={"01-01 gas": ("0", *KWH)},
        periods=1,
    ),
    "a contract without end that was suspended is counted to the year 9999": life(
        {
            "charges": [
                charge(
                    "damages",
                    {
                        "kind": "downtime_damages",
                        "downtime": {"states": ["down"]},
                        "allowed_days": "1",
                        "a_day": "99999",
                        "per": "contract",
                    },
                    beside={"states": "states"},
                )
            ],
            "suspensions": SUSPENDED,
        },
        used={"01-01 damages states": DOWN},
        periods=1,
    ),
    "quarters of a take-or-pay are counted as years of its ramp": life(
        {
            "billing": {"every": "quarter"},
            "charges": [
                charge(
                    "gas",
                    {
                        "kind": "take_or_pay",
                        "unit": "kWh",
                        "unit_price": "1",
                        "annual_quantity": "100",
                        "take_percent": "100",
                        "per": "quarter",
                        "ramp": ["50"],
                    },
                    register="kwh",
                )
            ],
        },
        used={"01-01 gas": ("0", *KWH), "04-01 gas": ("0", *KWH)},
        periods=2,
    ),
    "included hours are left out of the ratio of a severity": life(
        {
            "charges": [
                charge(
                    "hours",
                    {
                        "kind": "severity",
                        "unit": "machine_hour",
                        "unit_price": "1",
                        "agreed_ratio": "1",
                        "reset": "month",
                        "table": [{"from_ratio": "0", "factor": "2"}, {"from_ratio": "1.5", "factor": "1"}],
                    },
                    register="hours",
                    beside={"cycles": "cycles"},
                    included={"quantity": "100", "unit": "machine_hour"},
                )
            ]
        },
        used={
            "01-01 hours": ("200", *HOURS),
            "01-01 hours cycles": ("100", "cycle", []),
            "02-01 hours": ("200", *HOURS),
            "02-01 hours cycles": ("100", "cycle", []),
        },
        periods=2,
    ),
    "a nature that is written does not count for a bonus": life(
        {
            "charges": [
                FEE,
                charge(
                    "ready",
                    {
                        "kind": "availability",
                        "downtime": {"states": ["down"]},
                        "bonus": {"above": "90", "amount": "10"},
                    },
                    beside={"states": "states"},
                    nature="price_reduction",
                ),
            ]
        },
        used={"01-01 ready states": DOWN},
        periods=1,
    ),
    "an excess repays before the supplier has its bonus of it": life(
        {
            "savings": [PLAN],
            "charges": [
                charge(
                    "saved",
                    {
                        "kind": "savings_guarantee",
                        "unit": "kWh",
                        "guaranteed": ["100"],
                        "price": "1",
                        "per": "month",
                        "bonus_percent": "50",
                        "excess": "repays",
                    },
                    usage="saved",
                )
            ],
        },
        used={"01-01 saved": ("60", *KWH), "02-01 saved": ("200", *KWH)},
        periods=2,
    ),
    "a dead band does not count where windows are cumulative": life(
        {
            "savings": [PLAN],
            "charges": [
                charge(
                    "saved",
                    {
                        "kind": "savings_guarantee",
                        "unit": "kWh",
                        "guaranteed": ["100"],
                        "price": "1",
                        "per": "month",
                        "cumulative": True,
                        "dead_band_percent": "10",
                    },
                    usage="saved",
                )
            ],
        },
        used={"01-01 saved": ("95", *KWH)},
        periods=1,
    ),
    "a power factor that is rounded to zero is no refusal but a crash": life(
        {
            "charges": [
                charge(
                    "peak",
                    PEAK | {"power_factor": {"places": "1"}},
                    register="kwh",
                    beside={"active": "kwh", "reactive": "kvarh"},
                )
            ]
        },
        used={
            "01-01 peak": ("10", "kW", []),
            "01-01 peak active": ("1", *KWH),
            "01-01 peak reactive": ("100", "kvarh", []),
        },
        periods=1,
    ),
    # Quotients are cut off before they are multiplied or rounded.
    "a day of downtime is cut off before it is multiplied": life(
        {
            "charges": [
                charge(
                    "damages",
                    {
                        "kind": "downtime_damages",
                        "downtime": {"states": ["down"]},
                        "allowed_days": "3.2",
                        "a_day": "2533.2",
                        "per": "contract",
                    },
                    beside={"states": "states"},
                )
            ]
        },
        used={
            "01-01 damages states": ("17.9", "h", [("17.9", {"state": "down"})]),
            "02-01 damages states": ("78.2", "h", [("78.2", {"state": "down"})]),
        },
        periods=2,
    ),
    "interest a period is cut off before it is rounded": life(
        {
            "charges": [
                charge("rent", {"kind": "lease_rent", "financed": "6719.4", "percent_a_year": "10", "instalments": "3"})
            ]
        },
        used={},
        periods=3,
    ),
    # What an amendment within a period changed, though it changed nothing.
    "a neutral amendment divides a peak": life(
        *amended("01-11", {"charges": [charge("peak", PEAK, register="kwh")]}),
        used={"01-01 peak": ("10", "kW", []), "01-11 peak": ("100", "kW", [])},
        periods=1,
    ),
    "a neutral amendment begins tiers of percents anew": life(
        *amended(
            "01-11",
            {
                "charges": [
                    charge(
                        "orders",
                        {"kind": "percentage", "tiers": [{"up_to": "100", "percent": "1"}, {"percent": "10"}]},
                        register="amounts",
                    )
                ]
            },
        ),
        used={"01-01 orders": ("100", ONE, [("100", {})]), "01-11 orders": ("100", ONE, [("100", {})])},
        periods=1,
    ),
    "a neutral amendment begins free events anew": life(
        *amended(
            "01-11",
            {
                "charges": [
                    charge("orders", {"kind": "percentage", "percent": "10", "free_events": "1"}, register="amounts")
                ]
            },
        ),
        used={"01-01 orders": ("100", ONE, [("100", {})]), "01-11 orders": ("100", ONE, [("100", {})])},
        periods=1,
    ),
    "a neutral amendment begins the cap of costs anew": life(
        *amended(
            "01-11", {"charges": [charge("costs", {"kind": "pass_through", "at_most": "100"}, register="amounts")]}
        ),
        used={"01-01 costs": ("100", ONE, []), "01-11 costs": ("100", ONE, [])},
        periods=1,
    ),
    "a neutral amendment begins repeated events anew": life(
        *amended(
            "01-11",
            {
                "charges": [
                    charge(
                        "events",
                        {
                            "kind": "deduction",
                            "unitary_charge": "100",
                            "operating_periods": "10",
                            "zones": {"ward": "1"},
                            "categories": {"major": "1"},
                            "repeated": {"from_event": "2", "factor": "2"},
                        },
                        register="faults",
                    )
                ]
            },
        ),
        used={
            "01-01 events": ("1", "each", [("1", {"zone": "ward", "category": "major"})]),
            "01-11 events": ("1", "each", [("1", {"zone": "ward", "category": "major"})]),
        },
        periods=1,
    ),
    "a neutral amendment brings the index factor of its own day": life(
        *amended(
            "01-11",
            {
                "charges": [
                    charge("held", {"kind": "holdover", "day_rate": "100", "term_ends": "2026-01-01"}, index=STEPS)
                ]
            },
        ),
        used={},
        periods=1,
    ),
    "a neutral amendment brings the age of its own day": life(
        *amended(
            "01-11",
            {
                "charges": [
                    charge(
                        "hours",
                        {
                            "kind": "age",
                            "unit": "machine_hour",
                            "in_service": "2025-01-05",
                            "bands": [{"up_to_months": "12", "unit_price": "1"}, {"unit_price": "2"}],
                        },
                        register="hours",
                    )
                ]
            },
        ),
        used={"01-01 hours": ("100", *HOURS), "01-11 hours": ("100", *HOURS)},
        periods=1,
    ),
    "a neutral amendment ends a discount within its period": life(
        *amended(
            "01-11",
            {"charges": [FEE, charge("off", {"kind": "discount", "percent": "10", "after_last": "2026-01-05"})]},
        ),
        used={},
        periods=1,
    ),
    "a neutral amendment ends a prepaid block within its period": life(
        *amended(
            "01-11",
            {
                "charges": [
                    charge(
                        "energy",
                        {
                            "kind": "prepaid",
                            "unit": "kWh",
                            "unit_price": "1",
                            "blocks": [
                                {
                                    "name": "units",
                                    "units": "100",
                                    "cost": "90",
                                    "bought": "2026-01-01",
                                    "expires": "2026-01-05",
                                }
                            ],
                        },
                        register="kwh",
                    )
                ]
            },
        ),
        used={"01-01 energy": ("10", *KWH), "01-11 energy": ("10", *KWH)},
        periods=1,
    ),
    "a neutral amendment puts days of a joined period into another window": life(
        *amended(
            "01-20",
            {
                "billing": {"trailing": "joined"},
                "ends": "2026-02-10",
                "charges": [charge("energy", TIER | {"per": "month"}, register="kwh")],
            },
        ),
        {
            "billing": {"trailing": "joined"},
            "ends": "2026-02-10",
            "in_force_from": "2026-02-03",
            "charges": [charge("energy", TIER | {"per": "month"}, register="kwh")],
        },
        used={"01-01 energy": ("10", *KWH), "01-20 energy": ("10", *KWH), "02-03 energy": ("10", *KWH)},
        periods=1,
    ),
    "sums over a period go on at a restart where the charge has a longer window too": life(
        *amended(
            "01-11",
            {
                "charges": [
                    charge("energy", TIER, register="kwh", included={"quantity": "5", "unit": "kWh", "per": "quarter"})
                ]
            },
            settings={"on_change": "restart"},
        ),
        used={"01-01 energy": ("15", *KWH), "01-11 energy": ("10", *KWH)},
        periods=1,
    ),
    "an included quantity of a period is not there again at a restart where the rule has a longer window": life(
        *amended(
            "01-11",
            {
                "charges": [
                    charge(
                        "energy", TIER | {"per": "quarter"}, register="kwh", included={"quantity": "5", "unit": "kWh"}
                    )
                ]
            },
            settings={"on_change": "restart"},
        ),
        used={"01-01 energy": ("15", *KWH), "01-11 energy": ("10", *KWH)},
        periods=1,
    ),
    # What a charge carries on has no unit.
    "tiers of a year are carried on in the unit of another version": life(
        {"charges": [charge("energy", TIER | {"per": "year"}, register="kwh")]},
        {
            "charges": [charge("energy", TIER | {"per": "year", "unit": "MWh"}, register="kwh")],
            "in_force_from": "2026-02-01",
        },
        used={"01-01 energy": ("1000", *KWH), "02-01 energy": ("1000", *KWH)},
        periods=2,
    ),
    "a ratchet is carried on in the unit of another version": life(
        {"charges": [charge("peak", PEAK | {"ratchet": {"percent": "80"}}, register="kwh")]},
        {
            "charges": [charge("peak", PEAK | {"unit": "MW", "ratchet": {"percent": "80"}}, register="kwh")],
            "in_force_from": "2026-02-01",
        },
        used={"01-01 peak": ("500", "kW", []), "02-01 peak": ("300", "kW", [])},
        periods=2,
    ),
    "prepaid units are carried on in the unit of another version": life(
        {
            "charges": [
                charge(
                    "energy",
                    {
                        "kind": "prepaid",
                        "unit": "kWh",
                        "unit_price": "1",
                        "blocks": [{"name": "one", "units": "100", "cost": "90", "bought": "2026-01-01"}],
                    },
                    register="kwh",
                )
            ]
        },
        {
            "charges": [
                charge(
                    "energy",
                    {
                        "kind": "prepaid",
                        "unit": "MWh",
                        "unit_price": "1000",
                        "blocks": [{"name": "one", "units": "0.1", "cost": "90", "bought": "2026-01-01"}],
                    },
                    register="kwh",
                )
            ],
            "in_force_from": "2026-02-01",
        },
        used={"01-01 energy": ("50", *KWH), "02-01 energy": ("100", *KWH)},
        periods=2,
    ),
}


@pytest.mark.parametrize("name", LISTED)
def test_what_was_mended_comes_to_the_same(name: str) -> None:
    assert core.compare(LISTED[name], to_the_last_digit=True) is None
