"""What the second arithmetic of a rule mends: each clause with what the first one billed, which stored terms go on with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from contracts.composition import compose
from contracts.contract import Contract
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import billing_periods
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import parse
from quantities.money import Money

Charge = dict[str, Any]
Uses = Mapping[str, Usage]

FEE: Charge = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "50"}}
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


@dataclass(frozen=True)
class Case:
    """Charges and their uses by period; what all charges of each period come to by the first arithmetic and by the second."""

    charges: Sequence[Charge]
    first: Sequence[str]
    second: Sequence[str]
    uses: Sequence[Uses] = ({},)
    terms: Mapping[str, Any] = field(default_factory=dict)

    def nets(self, arithmetic: str) -> list[str]:
        terms = {
            "contract": "C",
            "supplier": {"name": "Supplier", "country": "DE"},
            "customer": {"name": "Customer", "country": "DE"},
            "currency": "EUR",
            "zone": "Europe/Berlin",
            "starts": "2026-01-01",
            "charges": [
                charge | {"rule": charge["rule"] | ({} if charge is FEE else {"arithmetic": arithmetic})}
                for charge in self.charges
            ],
        }
        contract = parse(Contract, terms | self.terms)
        states: dict[str, CarriedState] = {}
        nets = []
        periods = billing_periods(contract.life.starts, contract.life.ends, contract.life.billing)
        for period, uses in zip(islice(periods, len(self.uses)), self.uses, strict=True):
            rated = compose(contract, period, uses, states)
            states = {composed.charge.name: composed.closing for composed in rated}
            lines = [line for composed in rated for line in composed.lines]
            nets.append(str(added(Money(line.amount, "EUR").rounded().amount for line in lines)))
        return nets


def of_kwh(name: str, rule: dict[str, Any], **others: Any) -> Charge:
    return {"name": name, "rule": rule, "register": "kwh"} | others


def alone(name: str, rule: dict[str, Any], **others: Any) -> Charge:
    return {"name": name, "rule": rule} | others


OFF_30 = {"kind": "discount", "amount": "30"}

CASES = {
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
}


@pytest.mark.parametrize("name", CASES)
def test_stored_terms_are_rated_as_they_were(name: str) -> None:
    assert CASES[name].nets("1") == CASES[name].first


@pytest.mark.parametrize("name", CASES)
def test_terms_recorded_now(name: str) -> None:
    assert CASES[name].nets("2") == CASES[name].second
