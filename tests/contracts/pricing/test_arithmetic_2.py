"""What the second arithmetic of a rule mends: each clause with what the first one billed, which stored terms go on with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from contracts.charge import Charge
from contracts.composition import compose
from contracts.contract import Contract
from contracts.rated_line import Nature
from contracts.rated_usage import CarriedState, UnpricedUse, Usage
from contracts.schedule import billing_periods
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import parse
from quantities.money import Money

Document = dict[str, Any]
Uses = Mapping[str, Usage]

FEE: Document = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "50"}}
BIG: Document = {"name": "big", "rule": {"kind": "fixed_fee", "amount": "2000000", "proration": "none"}}
SUSPENDED = [{"first": "2026-01-11", "after_last": "2026-01-21"}]


def kwh(quantity: str) -> Usage:
    return Usage(Decimal(quantity), "kWh")


def events(*amounts: str) -> Usage:
    parts = tuple(Part(Decimal(amount)) for amount in amounts)
    return Usage(added(part.quantity for part in parts), "one", parts=parts)


def beside(**auxiliary: Usage) -> Usage:
    return Usage(auxiliary_usage=auxiliary)


def down(hours: str, running: str = "0") -> Usage:
    parts = (Part(Decimal(hours), {"state": "down"}), Part(Decimal(running), {"state": "running"}))
    return beside(states=Usage(added(part.quantity for part in parts), "h", parts=parts))


def by_number(charge: Document, arithmetic: str) -> Document:
    """The charge with the number of its rule and of its included quantity, where there are two."""
    charge = dict(charge)
    if charge["rule"]["kind"] not in ("fixed_fee", "per_unit"):
        charge["rule"] = charge["rule"] | {"arithmetic": arithmetic}
    if "included" in charge:
        charge["included"] = charge["included"] | {"arithmetic": arithmetic}
    return charge


@dataclass(frozen=True)
class Case:
    """Charges and their uses by period; what all charges of each period come to by the first arithmetic and by the second."""

    charges: Sequence[Document]
    first: Sequence[str]
    second: Sequence[str]
    uses: Sequence[Uses] = ({},)
    terms: Mapping[str, Any] = field(default_factory=dict)

    def nets(self, arithmetic: str) -> list[str]:
        terms: dict[str, Any] = {
            "contract": "C",
            "supplier": {"name": "Supplier", "country": "DE"},
            "customer": {"name": "Customer", "country": "DE"},
            "currency": "EUR",
            "zone": "Europe/Berlin",
            "starts": "2026-01-01",
            "charges": [by_number(charge, arithmetic) for charge in self.charges],
        }
        contract = parse(Contract, {**terms, **self.terms})
        states: dict[str, CarriedState] = {}
        nets = []
        periods = billing_periods(contract.life.starts, contract.life.ends, contract.life.billing)
        for period, uses in zip(islice(periods, len(self.uses)), self.uses, strict=True):
            rated = compose(contract, period, uses, states)
            states = {composed.charge.name: composed.closing for composed in rated}
            lines = [line for composed in rated for line in composed.lines]
            nets.append(f"{added(Money(line.amount, 'EUR').rounded().amount for line in lines):.2f}")
        return nets


def of_kwh(name: str, rule: dict[str, Any], **others: Any) -> Document:
    return {"name": name, "rule": rule, "register": "kwh"} | others


def alone(name: str, rule: dict[str, Any], **others: Any) -> Document:
    return {"name": name, "rule": rule} | others


OFF_30 = {"kind": "discount", "amount": "30"}
MONEY_FIRST = {"name": "money", "amount": "100", "bought": "2026-01-01", "expires": "2026-02-01"}
UNITS_LATER = {"name": "units", "units": "100", "cost": "90", "bought": "2026-01-01", "priority": "1"}

CAPACITY = {
    "kind": "commitment",
    "unit": "kWh",
    "unit_price": "1",
    "committed": [{"capacity": {"a_day": "10", "in_service": "2025-01-01"}}],
}
COMMITTED_FOR_GOOD = {
    "kind": "commitment",
    "unit": "kWh",
    "unit_price": "1",
    "overage_factor": "2",
    "committed": [{"per": "contract", "quantity": "100000000"}],
}

DAMAGES = {"kind": "downtime_damages", "downtime": {"states": ["down"]}, "per": "contract"}

TAKE = {
    "kind": "take_or_pay",
    "unit": "kWh",
    "unit_price": "1",
    "annual_quantity": "100",
    "take_percent": "100",
    "per": "quarter",
}

SEVERE = {
    "name": "hours",
    "register": "hours",
    "beside": {"cycles": "cycles"},
    "included": {"quantity": "100", "unit": "machine_hour"},
    "rule": {
        "kind": "severity",
        "unit": "machine_hour",
        "unit_price": "1",
        "agreed_ratio": "1",
        "reset": "month",
        "table": [{"from_ratio": "0", "factor": "2"}, {"from_ratio": "1.5", "factor": "1"}],
    },
}
HOURS_AND_CYCLES = Usage(Decimal(200), "machine_hour", auxiliary_usage={"cycles": Usage(Decimal(100), "cycle")})

PER_KWH = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}

#: From 31 January one month is complete on the 28th of February, and four on 31 May.
FROM_JANUARY_31 = {"starts": "2026-01-31", "billing": {"every": "month", "anchor_day": "31"}}

CASES = {
    "a month to the end of a term that lacks its day is a full one": Case(
        [
            alone(
                "exit",
                {
                    "kind": "early_exit",
                    "exits": "2026-02-28",
                    "term_ends": "2026-06-28",
                    "lost_profit_a_month": "10",
                    "unamortised": [{"from_month": "0", "amount": "900"}, {"from_month": "1", "amount": "800"}],
                },
            )
        ],
        terms=FROM_JANUARY_31,
        first=["940.00"],
        second=["840.00"],
    ),
    "four months from a 31st are over on the 30th": Case(
        [
            alone(
                "exit",
                {
                    "kind": "early_exit",
                    "exits": "2026-01-31",
                    "term_ends": "2026-06-30",
                    "lost_profit_a_month": "10",
                    "unamortised": [{"from_month": "24", "amount": "1"}],
                },
            )
        ],
        terms={"starts": "2026-01-15"},
        first=["40.00"],
        second=["50.00"],
    ),
    "equipment is bought after the month that ends with February": Case(
        [
            alone(
                "bought",
                {
                    "kind": "buy_out",
                    "on": "2026-02-28",
                    "schedule": [{"from_month": "0", "amount": "900"}, {"from_month": "1", "amount": "800"}],
                },
            )
        ],
        uses=[{}, {}],
        terms=FROM_JANUARY_31,
        first=["0.00", "900.00"],
        second=["0.00", "800.00"],
    ),
    "equipment is a month old on the last day of February": Case(
        [
            of_kwh(
                "energy",
                {
                    "kind": "age",
                    "unit": "kWh",
                    "in_service": "2026-01-31",
                    "bands": [{"up_to_months": "1", "unit_price": "1"}, {"unit_price": "2"}],
                },
            )
        ],
        uses=[{"energy": kwh("10")}, {"energy": kwh("10")}],
        terms=FROM_JANUARY_31,
        first=["10.00", "10.00"],
        second=["10.00", "20.00"],
    ),
    "an amount is held against what earlier discounts left": Case(
        [FEE, alone("one", OFF_30), alone("two", OFF_30)], first=["-10.00"], second=["0.00"]
    ),
    "a second discount finds nothing left": Case(
        [FEE, alone("one", {"kind": "discount", "amount": "80"}), alone("two", OFF_30)],
        first=["-30.00"],
        second=["0.00"],
    ),
    "tiers of percents have fees of events and free events": Case(
        [
            of_kwh(
                "orders", {"kind": "percentage", "tiers": [{"percent": "2"}], "fee_per_event": "1", "free_events": "1"}
            )
        ],
        uses=[{"orders": events("100", "300")}],
        first=["8.00"],
        second=["7.00"],
    ),
    "tiers of percents begin beyond what is free": Case(
        [
            of_kwh(
                "orders",
                {
                    "kind": "percentage",
                    "tiers": [{"up_to": "100", "percent": "1"}, {"percent": "10"}],
                    "free_amount": "150",
                },
            )
        ],
        uses=[{"orders": events("100", "300")}],
        first=["31.00"],
        second=["16.00"],  # 250 are not free: 1 % of 100 and 10 % of 150
    ),
    "money of a lower priority is used before units": Case(
        [of_kwh("energy", {"kind": "prepaid", "unit": "kWh", "unit_price": "1", "blocks": [MONEY_FIRST, UNITS_LATER]})],
        uses=[{"energy": kwh("60")}, {"energy": kwh("60")}],
        first=["190.00", "20.00"],  # 60 units are free, then 40; the money has expired
        second=["190.00", "0.00"],  # 60 are set against the money; then 60 units are free
    ),
    "days of a suspension are not held over": Case(
        [alone("held", {"kind": "holdover", "day_rate": "80", "term_ends": "2026-01-01"})],
        terms={"suspensions": SUSPENDED},
        first=["3100.00"],
        second=["2100.00"],
    ),
    "nothing is due where all days beyond the term are suspended": Case(
        [alone("held", {"kind": "holdover", "day_rate": "80", "term_ends": "2026-01-12", "returned": "2026-01-20"})],
        terms={"suspensions": SUSPENDED},
        first=["800.00"],
        second=["0.00"],
    ),
    "a holdover that is billed while suspended has all its days": Case(
        [alone("held", {"kind": "holdover", "day_rate": "80", "term_ends": "2026-01-01"}, while_suspended=True)],
        terms={"suspensions": SUSPENDED},
        first=["3100.00"],
        second=["3100.00"],
    ),
    "suspended days of a capacity in service are not committed": Case(
        [of_kwh("gas", CAPACITY)],
        uses=[{"gas": kwh("0")}],
        terms={"suspensions": SUSPENDED},
        first=["310.00"],
        second=["210.00"],
    ),
    "a commitment for a contract without end is whole while suspended": Case(
        [of_kwh("gas", COMMITTED_FOR_GOOD)],
        uses=[{"gas": kwh("99999999")}],
        terms={"suspensions": SUSPENDED},
        first=["100000341.36"],  # 10 of the days to the year 9999, and 342.36 kWh of the commitment with them
        second=["99999999.00"],
    ),
    "a maximum for a contract without end is whole while suspended": Case(
        [BIG, alone("most", {"kind": "maximum_spend", "amount": "1000000", "per": "contract"})],
        terms={"suspensions": SUSPENDED},
        first=["999996.57"],
        second=["1000000.00"],
    ),
    "days of downtime are rounded once, at the net amount": Case(
        [alone("damages", DAMAGES | {"allowed_days": "3.2", "a_day": "2533.206"}, beside={"states": "states"})],
        uses=[{"damages": down("17.9")}, {"damages": down("78.9")}],
        first=["0.00", "-2111.00"],
        second=["0.00", "-2111.01"],  # 96.8 h: (96.8 - 76.8) / 24 × 2533.206 = 2111.005
    ),
    "an allowance for a contract without end is whole while suspended": Case(
        [alone("damages", DAMAGES | {"allowed_days": "1", "a_day": "99999"}, beside={"states": "states"})],
        uses=[{"damages": down("44", running="700")}],
        terms={"suspensions": SUSPENDED},
        first=["-83332.84"],
        second=["-83332.50"],
    ),
    "a ramp of one year lasts four quarters": Case(
        [of_kwh("gas", TAKE | {"ramp": ["50"]})],
        uses=[{"gas": kwh("0")}] * 5,
        terms={"billing": {"every": "quarter"}},
        first=["50.00", "100.00", "100.00", "100.00", "100.00"],
        second=["50.00", "50.00", "50.00", "50.00", "100.00"],
    ),
    "use may be made up for four quarters": Case(
        [of_kwh("gas", TAKE | {"make_up_years": "1"})],
        uses=[{"gas": kwh(used)} for used in ("0", "100", "100", "100", "150", "150")],
        terms={"billing": {"every": "quarter"}},
        first=["100.00", "100.00", "100.00", "100.00", "150.00", "150.00"],
        second=["100.00", "100.00", "100.00", "100.00", "100.00", "150.00"],
    ),
    "use taken ahead lowers the obligations of four quarters": Case(
        [of_kwh("gas", TAKE | {"carry_forward_years": "1"})],
        uses=[{"gas": kwh(used)} for used in ("150", "100", "100", "100", "80", "80")],
        terms={"billing": {"every": "quarter"}},
        first=["150.00", "100.00", "100.00", "100.00", "100.00", "100.00"],
        second=["150.00", "100.00", "100.00", "100.00", "80.00", "100.00"],
    ),
    "included hours count in the ratio": Case(
        [SEVERE],
        uses=[{"hours": HOURS_AND_CYCLES}, {"hours": HOURS_AND_CYCLES}],
        first=["200.00", "200.00"],
        second=["200.00", "100.00"],  # 200 hours a 100 cycles are 2, and not 1
    ),
    "an included quantity for a contract without end is whole while suspended": Case(
        [of_kwh("gas", PER_KWH, included={"quantity": "100000000", "unit": "kWh", "per": "contract"})],
        uses=[{"gas": kwh("100000001")}],
        terms={"suspensions": SUSPENDED},
        first=["344.35"],
        second=["1.00"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_stored_terms_are_rated_as_they_were(name: str) -> None:
    assert CASES[name].nets("1") == CASES[name].first


class TestAPowerFactor:
    """A fault that was a crash or a refusal has no number: no stored terms were billed by it."""

    CONTRACT = Case(
        [
            {
                "name": "peak",
                "register": "kwh",
                "beside": {"active": "kwh", "reactive": "kvarh"},
                "rule": {"kind": "demand", "unit": "kW", "unit_price": "31", "power_factor": {"places": "1"}},
            }
        ],
        first=[],
        second=[],
    )

    def net(self, active: str, reactive: str) -> str:
        energies = {"active": kwh(active), "reactive": Usage(Decimal(reactive), "kvarh")}
        peak = Usage(Decimal(10), "kW", auxiliary_usage=energies)
        return replace(self.CONTRACT, uses=[{"peak": peak}]).nets("1")[0]

    @pytest.mark.parametrize(("active", "reactive"), [("1", "100"), ("0", "100")], ids=["rounded to 0", "0"])
    def test_of_zero_is_refused_by_name(self, active: str, reactive: str) -> None:
        with pytest.raises(UnpricedUse, match="the power factor is 0 at 1 places"):
            self.net(active, reactive)

    def test_there_is_none_without_any_energy(self) -> None:
        assert self.net("0", "0") == "310.00"


@pytest.mark.parametrize("name", CASES)
def test_terms_recorded_now(name: str) -> None:
    assert CASES[name].nets("2") == CASES[name].second


@pytest.mark.parametrize(("arithmetic", "nature"), [(1, Nature.CONSIDERATION), (2, Nature.PRICE_REDUCTION)])
def test_a_nature_that_is_stated_is_that_of_a_bonus_too(arithmetic: int, nature: Nature) -> None:
    rule = {"kind": "availability", "downtime": {"states": ["down"]}, "bonus": {"above": "90", "amount": "10"}}
    terms = alone("ready", rule | {"arithmetic": arithmetic}, beside={"states": "states"})
    charge = parse(Charge, terms | {"nature": "price_reduction"})
    lines = charge.rule.rate(down("44", running="700"))
    assert [charge.nature_of(line) for line in lines] == [nature]
    assert [parse(Charge, terms).nature_of(line) for line in lines] == [Nature.CONSIDERATION]
