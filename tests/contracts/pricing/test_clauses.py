"""Clauses that industry signs, with the numbers of their sources, to the cent; and where rounding the rate first matters.

The sources are contracts and rate books that are public; docs/pricing.md has further ones.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.composition import compose
from contracts.contract import Contract
from contracts.indexation.lookup import IndexValue
from contracts.rated_usage import Usage
from contracts.schedule import BillingPeriod
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import parse
from quantities.money import Money

JANUARY = BillingPeriod(date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 1), date(2026, 2, 1))


def a_contract(*charges: dict[str, Any], **more: Any) -> Contract:
    parties = {name: {"name": name, "country": "DE"} for name in ("supplier", "customer")}
    terms = {"contract": "C", **parties, "currency": "USD", "zone": "Europe/Berlin", "starts": "2026-01-01"}
    return parse(Contract, {**terms, **more, "charges": list(charges)})


def a_charge(
    name: str, register: str | None = None, /, *, over: dict[str, Any] | None = None, **rule: Any
) -> dict[str, Any]:
    return {"name": name, "rule": rule, **({"register": register} if register else {}), **(over or {})}


def hours(many: str, unit: str = "machine_hour") -> Usage:
    return Usage(Decimal(many), unit)


def states(**lasted: str) -> Usage:
    parts = tuple(Part(Decimal(many), {"state": name}) for name, many in lasted.items())
    return Usage(added(part.quantity for part in parts), "h", parts=parts)


def nets(
    contract: Contract, uses: dict[str, Usage], period: BillingPeriod = JANUARY, **more: Any
) -> dict[str, Decimal]:
    composed = compose(contract, period, uses, **more)
    return {charge.charge.name: Money(charge.amount, "USD").rounded().amount for charge in composed}


@pytest.mark.parametrize(("rate_places", "charged"), [
    pytest.param(None, "443.18", id="6000 / 176 × 13 = 443.1818…"),
    pytest.param("2", "443.17", id="34.09 × 13: rounding the rate first costs a cent"),
])  # fmt: skip
def test_overtime_of_two_pooled_months(rate_places: str | None, charged: str) -> None:
    """pacificrimequipment.com: 195 h + 170 h = 365 h against 352 h."""
    terms: dict[str, Any] = {"fee": "6000", "fee_is_for": "176", "included": "352", "per": "two_months"}
    terms |= {"rate_places": rate_places} if rate_places else {}
    contract = a_contract(a_charge("overtime", "h", kind="overtime", unit="machine_hour", **terms))
    (first,) = compose(contract, JANUARY, {"overtime": hours("195")})
    february = BillingPeriod(date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 1))
    assert Decimal(0) == first.amount
    second = nets(contract, {"overtime": hours("170")}, february, opening={"overtime": first.closing})
    assert {"overtime": Decimal(charged)} == second


@pytest.mark.parametrize(("places", "charged"), [
    pytest.param(None, "1400.00", id="7/30 × 6000"),
    pytest.param("2", "1380.00", id="7/30 is rounded to 0.23 first"),
])  # fmt: skip
def test_a_month_and_seven_days(places: str | None, charged: str) -> None:
    """pacificrimequipment.com: the part of a month is 7/30, and rounded before it is multiplied."""
    more: dict[str, Any] = {"share_places": places} if places else {}
    charge = a_charge("rent", kind="fixed_fee", amount="6000", proration="thirty_days", **more)
    week = BillingPeriod(date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 1), date(2026, 2, 1))
    assert {"rent": Decimal(charged)} == nets(a_contract(charge), {}, week)


@pytest.mark.parametrize(("worked", "charged"), [("16", "750.00"), ("35", "1350.00")], ids=["2 d", "4.38 d, capped"])
def test_hours_as_days_capped_by_the_week(worked: str, charged: str) -> None:
    """ironhorserents.com: 16 h = 2 d × 375; 35 h = 4.38 d × 375 = 1,642.50, capped at the weekly 1,350."""
    contract = a_contract(
        a_charge("days", "h", kind="per_unit", unit="machine_hour", unit_price="375", units="8", places="2"),
        a_charge("weekly rate", kind="maximum_spend", amount="1350", of=["days"]),
        billing={"every": "week"},
    )
    week = BillingPeriod(date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 5), date(2026, 1, 12))
    assert Decimal(charged) == sum(nets(contract, {"days": hours(worked)}, week).values())


@pytest.mark.parametrize(("worked", "charged"), [("40", "1.0"), ("45", "1.5"), ("81", "2.0")])
def test_a_shift_multiplies_the_whole_rate(worked: str, charged: str) -> None:
    """totheheavy.com: up to 40 h once, above it one and a half times the whole."""
    steps = [{"up_to": "40", "factor": "1"}, {"up_to": "80", "factor": "1.5"}, {"factor": "2"}]
    charge = a_charge("rent", "h", kind="shift", unit="machine_hour", fee="1000", steps=steps)
    assert {"rent": 1000 * Decimal(charged)} == nets(a_contract(charge), {"rent": hours(worked)})


@pytest.mark.parametrize(("available", "due"), [
    pytest.param("99", "1000.00", id="above the guarantee: clamped, or the malus would be a bonus"),
    pytest.param("98", "1000.00", id="at it"),
    pytest.param("95", "940.00", id="100 % - 2 × 3 %"),
    pytest.param("70", "440.00", id="100 % - 2 × 28 %"),
    pytest.param("69.9", "0.00", id="below 70 % nothing: it jumps from 44 %"),
])  # fmt: skip
def test_linear_availability(available: str, due: str) -> None:
    """lawinsider availability-adjustment: price × (100 % - 2 × (98 % - A))."""
    malus = {"kind": "linear", "guarantee": "98", "factor": "2", "nothing_below": "70"}
    contract = a_contract(
        a_charge("lease", kind="fixed_fee", amount="1000"),
        a_charge(
            "malus", kind="availability", downtime={"states": ["down"]}, malus=malus, over={"beside": {"states": "s"}}
        ),
    )
    usage = Usage(auxiliary_usage={"states": states(up=available, down=str(100 - Decimal(available)))})
    assert Decimal(due) == sum(nets(contract, {"malus": usage}).values())


@pytest.mark.parametrize(("available", "part", "percent"), [
    pytest.param("96.95", "full", "0.1", id="half a tenth counts in full"),
    pytest.param("96.95", "part", "0.05", id="in part"),
    pytest.param("96.95", "none", "0", id="or not"),
    pytest.param("84", "full", "14", id="120 × 0.1 + 10 × 0.2"),
    pytest.param("74", "full", "41", id="120 × 0.1 + 50 × 0.2 + 50 × 0.3 + 10 × 0.4"),
])  # fmt: skip
def test_progressive_availability(available: str, part: str, percent: str) -> None:
    """lawinsider annual-EAF: 0.1 % a tenth below 97 %, 0.2 % below 85 %, 0.3 % below 80 %, 0.4 % below 75 %."""
    bands = [{"below": mark, "percent": f"0.{n}"} for n, mark in enumerate(("97", "85", "80", "75"), start=1)]
    malus = {"kind": "progressive", "part_of_step": part, "bands": bands}
    contract = a_contract(
        a_charge("lump sum", kind="fixed_fee", amount="10000"),
        a_charge(
            "malus", kind="availability", downtime={"states": ["down"]}, malus=malus, over={"beside": {"states": "s"}}
        ),
    )
    usage = Usage(auxiliary_usage={"states": states(up=available, down=str(100 - Decimal(available)))})
    assert -100 * Decimal(percent) == nets(contract, {"malus": usage})["malus"]


@pytest.mark.parametrize(("per", "amount"), [("point", "16156.00"), ("fraction", "161.56")])
def test_an_availability_bonus(per: str, amount: str) -> None:
    """lawinsider availability-bonus: $4,039 × (A - 86 %), in points or in parts of the whole."""
    bonus = {"above": "86", "amount": "4039", "per": per}
    contract = a_contract(
        a_charge("fee", kind="fixed_fee", amount="1000"),
        a_charge(
            "bonus", kind="availability", downtime={"states": ["down"]}, bonus=bonus, over={"beside": {"states": "s"}}
        ),
    )
    billed = nets(contract, {"bonus": Usage(auxiliary_usage={"states": states(up="90", down="10")})})
    assert Decimal(amount) == billed["bonus"]


def test_a_minimum_does_not_eat_the_malus() -> None:
    """800 of use, 1,000 at least, 6 % off: 940. A minimum that came last would bill 1,000."""
    malus = {"kind": "linear", "guarantee": "98", "factor": "2"}
    charges = [
        a_charge(
            "malus", kind="availability", downtime={"states": ["down"]}, malus=malus, over={"beside": {"states": "s"}}
        ),
        a_charge("minimum", kind="minimum_spend", amount="1000"),
        a_charge("use", "h", kind="per_unit", unit="machine_hour", unit_price="8"),
    ]
    usage = Usage(auxiliary_usage={"states": states(up="95", down="5")})
    billed = nets(a_contract(*charges), {"use": hours("100"), "malus": usage})
    assert {"malus": Decimal(-60), "minimum": Decimal(200), "use": Decimal(800)} == billed
    assert billed == nets(a_contract(*reversed(charges)), {"use": hours("100"), "malus": usage})


def test_escalation_by_four_parts_with_values_nine_months_before() -> None:
    """markettransfer.info engine-escalation: labour, industrial, metals 30 % each, energy 10 %; P × (CPI/CPI₀) - P."""
    values = {"labour": ("100", "104"), "industrial": ("200", "210"), "metals": ("80", "84"), "energy": ("50", "60")}
    weights = {"labour": "0.3", "industrial": "0.3", "metals": "0.3", "energy": "0.1"}
    clause = {
        "kind": "following",
        "lag_months": "9",
        "first_review": "2026-01-01",
        "terms": [{"index": name, "weight": weights[name], "base": base} for name, (base, _) in values.items()],
    }
    contract = a_contract(
        a_charge(
            "hours", "h", kind="per_unit", unit="machine_hour", unit_price="500", over={"index": {"clause": clause}}
        )
    )

    def lookup(index: str, month: str) -> IndexValue | None:
        return IndexValue(index, month, Decimal(values[index][1])) if month == "2025-04" else None

    # 0.3 × 1.04 + 0.3 × 1.05 + 0.3 × 1.05 + 0.1 × 1.2 = 1.062
    assert {"hours": Decimal("53100.00")} == nets(contract, {"hours": hours("100")}, lookup=lookup)


def test_flight_hours_in_tenths_and_excess_hours_at_eleven_tenths() -> None:
    """lawinsider flight-hours: hours in 1/10 h, of minutes that are counted; those in excess × 1.1."""
    contract = a_contract(
        a_charge("hours", "h", kind="commitment", unit="h", unit_price="1000", overage_factor="1.1",
                 committed=[{"quantity": "50", "true_up": "false"}]),
        settings={"quantity_places": "1"},
    )  # fmt: skip
    assert {"hours": Decimal("52640.00")} == nets(contract, {"hours": hours("3146", "min")})  # 50 × 1000 + 2.4 × 1100
    assert {"hours": Decimal("52750.00")} == nets(contract, {"hours": hours("3147", "min")})  # half a tenth counts up


def test_a_minimum_by_capacity_lasts_ten_years_and_begins_in_mid_month() -> None:
    """lawinsider minimum-compression-volume-commitment: capacity a day × days × 0.70, while ten years in service at most."""

    def committed(in_service: str) -> Decimal:
        capacity = {"a_day": "1000", "percent": "70", "in_service": in_service, "years": "10"}
        charge = a_charge(
            "volume", "v", kind="commitment", unit="m3", unit_price="1", committed=[{"capacity": capacity}]
        )
        return nets(a_contract(charge), {"volume": Usage(Decimal(0), "m3")})["volume"]

    assert [Decimal(fee) for fee in ("21700", "11200", "7000", "0")] == [
        committed(day) for day in ("2020-06-01", "2026-01-16", "2016-01-11", "2015-12-31")
    ]  # 31 d, 16 d, the first 10 d, none
