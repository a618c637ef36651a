"""What holds of every rule that prices a quantity, whatever its terms: each "each", "never" and "all" of its clause."""

from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts.clause import Priced
from contracts.composition import compose
from contracts.included import Included
from contracts.pricing.malus import Malus
from contracts.rated_line import RatedLine
from contracts.rated_usage import Usage
from contracts.rules import ChargeRule
from contracts.schedule import BillingPeriod, Life, Per
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.exact import total
from tests.contracts.pricing.test_clauses import JANUARY, a_charge, a_contract, hours

RULES: TypeAdapter[Any] = TypeAdapter(ChargeRule)
LIFE = Life(date(2026, 1, 1))
used = st.decimals(0, 10**5, places=3)
price = st.decimals(0, 100, places=4).map(str)


def tiers(draw: st.DrawFn, **strategies: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
    bounds = sorted(draw(st.sets(st.decimals(1, 10**5, places=2), max_size=4)))
    return [
        {"up_to": str(bound) if bound else None} | {name: draw(s) for name, s in strategies.items()}
        for bound in (*bounds, None)
    ]


@st.composite
def graduated(draw: st.DrawFn, per: str = "period") -> Priced:
    fee = st.sampled_from(["0", "7.50"])
    rule: Priced = RULES.validate_python(
        {"kind": "graduated", "unit": "kWh", "per": per, "tiers": tiers(draw, unit_price=price, flat_fee=fee)}
    )
    return rule


@st.composite
def priced(draw: st.DrawFn, per: str = "period") -> Priced:
    """Any rule that prices a quantity."""
    rest: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"kind": "per_unit", "unit_price": draw(price)},
                {"kind": "graduated", "tiers": tiers(draw, unit_price=price, flat_fee=price)},
                {"kind": "volume", "tiers": tiers(draw, unit_price=price, flat_fee=price)},
                {"kind": "package", "size": "12.5", "package_price": draw(price), "free_units": "20"},
                {"kind": "stairstep", "steps": tiers(draw, amount=price)},
                {"kind": "overtime", "fee": "600", "fee_is_for": "176", "factor": "1.5"},
                {"kind": "shift", "fee": draw(price), "steps": tiers(draw, factor=price)},
            ]
        )
    )
    rule: Priced = RULES.validate_python({"unit": "kWh", "per": per, **rest})
    return rule


def amount(lines: tuple[RatedLine, ...]) -> Decimal:
    return added(line.amount for line in lines)


def days(first: int, after_last: int) -> BillingPeriod:
    return BillingPeriod(date(2026, 1, first), date(2026, 1, after_last), date(2026, 1, 1), date(2026, 1, 31))


@given(graduated(), used)
def test_graduated_units_add_up_to_the_use(rule: Priced, quantity: Decimal) -> None:
    assert quantity == added(line.quantity for line in rule.price(quantity) if line.part < 1000)


@given(graduated(), used, used)
def test_more_use_never_costs_less_where_each_unit_has_its_own_price(
    rule: Priced, one: Decimal, other: Decimal
) -> None:
    low, high = sorted((one, other))
    assert amount(rule.price(low)) <= amount(rule.price(high))


@given(priced(), used)
def test_each_line_has_a_number_of_its_own(rule: Priced, quantity: Decimal) -> None:
    parts = [line.part for line in rule.price(quantity)]
    assert len(set(parts)) == len(parts)


@given(priced(), st.lists(used, min_size=1, max_size=4))
def test_a_divided_period_costs_what_the_whole_does(rule: Priced, quantities: list[Decimal]) -> None:
    """Where tiers continue over a change of price, each stretch costs what is owed so far less what was before."""
    opening: Any = {}
    total = Decimal(0)
    for at, quantity in enumerate(quantities):
        last = at == len(quantities) - 1
        usage = Usage(quantity, "kWh", days(1 + at, 31 if last else 2 + at), LIFE, opening=opening)
        total += amount(rule.rate(usage))
        opening = rule.close(usage)
    assert amount(rule.price(added(quantities))) == total
    assert opening == {}  # nothing goes on into the next period


@given(priced(per="year"), used, used)
def test_a_year_of_two_months_costs_what_a_year_does(rule: Priced, one: Decimal, other: Decimal) -> None:
    january = Usage(one, "kWh", JANUARY, LIFE)
    rest = BillingPeriod(date(2026, 2, 1), date(2027, 1, 1), date(2026, 2, 1), date(2027, 1, 1))
    later = Usage(other, "kWh", rest, LIFE, opening=rule.close(january))
    assert amount(rule.price(added((one, other)))) == amount(rule.rate(january)) + amount(rule.rate(later))


@given(used, used, st.decimals(0, 10**5, places=2))
def test_what_is_included_is_given_once_and_all_of_it(one: Decimal, other: Decimal, included: Decimal) -> None:
    clause = Included(quantity=included, unit="kWh", per=Per.YEAR)
    first = Usage(one, "kWh", JANUARY, LIFE)
    rest = BillingPeriod(date(2026, 2, 1), date(2027, 1, 1), date(2026, 2, 1), date(2027, 1, 1))
    second = Usage(other, "kWh", rest, LIFE, opening=clause.close(first))
    assert min(included, added((one, other))) == total((clause.free_quantity(first), clause.free_quantity(second)))


def test_unused_quantities_are_carried_into_one_window_only() -> None:
    """176 h a month, 50 carried at most: 100 used leaves 50, which the next month uses first and does not pass on."""
    clause = Included(quantity=Decimal(176), unit="h", carry_forward=Decimal(50))
    state: Any = {}
    free = []
    for month, worked in ((1, "100"), (2, "200"), (3, "250")):
        first, after = date(2026, month, 1), date(2026, month + 1, 1)
        usage = Usage(Decimal(worked), "h", BillingPeriod(first, after, first, after), LIFE, opening=state)
        free.append(clause.free_quantity(usage))
        state = clause.close(usage)
    # February has 226 and uses 200, 50 of it carried: 26 of its own are left, and March has 202.
    assert [Decimal(kwh) for kwh in (100, 200, 202)] == free


CHARGES = [
    a_charge("fee", kind="fixed_fee", amount="100"),
    a_charge("use", "h", kind="per_unit", unit="machine_hour", unit_price="8"),
    a_charge("minimum", kind="minimum_spend", amount="1000"),
    a_charge("off", kind="discount", percent="10"),
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_charges_matters_not_between_stages(order: tuple[int, ...]) -> None:
    composed = compose(a_contract(*(CHARGES[at] for at in order)), JANUARY, {"use": hours("50")})
    amounts = {charge.charge.name: charge.amount for charge in composed}
    assert amounts == {"fee": 100, "use": 400, "minimum": 500, "off": -100}


MALUS: TypeAdapter[Any] = TypeAdapter(Malus)
percent = st.decimals(0, 100, places=2)
MALUSES = [
    {"kind": "linear", "guarantee": "98", "factor": "2", "nothing_below": "70"},
    {"kind": "progressive", "bands": [{"below": "97", "percent": "0.1"}, {"below": "85", "percent": "0.2"}]},
    {"kind": "progressive", "part_of_step": "none", "step": "0.5", "bands": [{"below": "90", "percent": "3"}]},
    {"kind": "progressive", "part_of_step": "part", "bands": [{"below": "97", "percent": "0.7"}]},
]


@given(st.sampled_from(MALUSES), percent, percent)
def test_less_availability_never_costs_less_and_never_more_than_all(terms: Any, one: Decimal, other: Decimal) -> None:
    malus, (low, high) = MALUS.validate_python(terms), sorted((one, other))
    assert 0 <= malus.percent(high) <= malus.percent(low) <= 100


def months(uses: list[Decimal], rule: Any) -> list[tuple[RatedLine, ...]]:
    """A year of months, each opening with what the one before closed with."""
    opening: Any = {}
    rated = []
    for number, quantity in enumerate(uses, start=1):
        first, after = date(2026, number, 1), date(2026 + number // 12, number % 12 + 1, 1)
        usage = Usage(quantity, "kWh", BillingPeriod(first, after, first, after), LIFE, opening=opening)
        rated.append(rule.rate(usage))
        opening = rule.close(usage)
    return rated


year = st.lists(st.decimals(0, 1000, places=1), min_size=12, max_size=12)


@given(year, st.decimals(0, 5000, places=1))
def test_a_commitment_is_paid_for_once_taken_or_not(uses: list[Decimal], committed: Decimal) -> None:
    terms = {"kind": "commitment", "unit": "kWh", "unit_price": "1", "overage_factor": "1",
             "committed": [{"per": "quarter", "quantity": str(committed / 4)}, {"per": "year", "quantity": str(committed)}]}  # fmt: skip
    billed = sum((line.amount for month in months(uses, RULES.validate_python(terms)) for line in month), Decimal(0))
    quarters = [max(committed / 4, sum(uses[at : at + 3], Decimal(0))) for at in (0, 3, 6, 9)]
    assert max(committed, sum(quarters, Decimal(0))) == billed


@given(year, st.decimals(1, 10000, places=1))
def test_take_or_pay_bills_what_was_taken_and_at_least_what_is_owed(uses: list[Decimal], annual: Decimal) -> None:
    terms = {
        "kind": "take_or_pay",
        "unit": "kWh",
        "unit_price": "1",
        "annual_quantity": str(annual),
        "take_percent": "80",
    }
    billed = sum((line.amount for month in months(uses, RULES.validate_python(terms)) for line in month), Decimal(0))
    assert max(annual * Decimal("0.8"), sum(uses, Decimal(0))) == billed


@given(year)
def test_every_unit_of_a_prepaid_year_is_charged_or_drawn(uses: list[Decimal]) -> None:
    blocks = [{"name": "b", "units": "2500", "cost": "0", "bought": "2026-01-01"}]
    rule = RULES.validate_python({"kind": "prepaid", "unit": "kWh", "unit_price": "1", "blocks": blocks})
    lines = [line for month in months(uses, rule) for line in month]
    drawn = added(line.quantity for line in lines if line.label == "of b")
    charged = added(line.quantity for line in lines if line.label == "charged")
    assert min(Decimal(2500), sum(uses, Decimal(0))) == drawn
    assert sum(uses, Decimal(0)) == drawn + charged


@given(
    st.lists(st.decimals(0, 10**4, places=2), max_size=20), st.decimals(0, 10, places=2), st.decimals(0, 100, places=2)
)
def test_each_event_costs_at_least_its_minimum_and_at_most_its_maximum(
    amounts: list[Decimal], percent: Decimal, most: Decimal
) -> None:
    rule = RULES.validate_python(
        {"kind": "percentage", "percent": str(percent), "minimum": "1", "maximum": str(most + 1)}
    )
    parts = tuple(Part(amount) for amount in amounts)
    (line,) = rule.rate(Usage(added(amounts), "one", parts=parts))
    assert len(amounts) <= line.amount <= len(amounts) * (most + 1)


@given(st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=6), st.decimals("0.01", 5000, places=2))
@example([Decimal(10), Decimal(18), Decimal("1598.2515")], Decimal("61.56"))  # once 61.559999999999999, and a fils less
def test_a_discount_is_what_was_agreed_and_never_more_than_there_is(amounts: list[Decimal], off: Decimal) -> None:
    rule = RULES.validate_python({"kind": "discount", "amount": str(off)})
    owed = {str(at): amount for at, amount in enumerate(amounts)}
    taken_off = -amount(rule.rate(Usage(amounts=owed)))
    assert min(off, sum(amounts, Decimal(0))) == taken_off
