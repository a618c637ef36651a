"""A waterfall: each step has what those before it have left, and the parts add up, whatever is shared.

What is expected is worked out here in whole coins by means of fractions, without anything of the product.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.sharing.steps import Divisible
from contracts.sharing.waterfall import SharedOut, Waterfall, share_out, spread
from quantities.document import parse
from quantities.rounding import Rounding
from tests.build import fewer_examples

COINS = {"JPY": 1, "EUR": 100, "KWD": 1000}


def shared(
    amount: str, *steps: Mapping[str, Any], quantity: str = "0", days: int = 31, whole: int = 31, currency: str = "EUR"
) -> SharedOut:
    """An amount shared by steps, the rest of it to the factory, by the platform."""
    terms = parse(Waterfall, {"steps": [*steps], "rest": "factory"})
    of = Divisible(abs(Decimal(amount)), abs(Decimal(amount)), Decimal(quantity), days, whole)
    return share_out(terms, "platform", currency, Rounding.HALF_UP, amount=Decimal(amount), of=of)


BANK = {"kind": "first", "payee": "bank", "amount": "2000"}
PARTNER = {"kind": "percent", "payee": "partner", "percent": "25"}
COMMISSION = {"kind": "percent", "percent": "12", "least": "50", "most": "300"}
LICENSOR = {"kind": "per_unit", "payee": "licensor", "unit_price": "0.05"}
GROWING = {"kind": "tiers", "payee": "partner", "tiers": [{"up_to": "1000", "percent": "10"}, {"percent": "20"}]}


@pytest.mark.parametrize(("amount", "steps", "terms", "shares"), [
    pytest.param("5000", [BANK, PARTNER], {}, "bank 2000 partner 1250 factory 1750", id="the first of it, and a part of all of it"),
    pytest.param("5000", [BANK, {**PARTNER, "of": "rest"}], {}, "bank 2000 partner 750 factory 2250", id="a part of what the first leaves"),
    pytest.param("1500", [BANK, PARTNER], {}, "bank 1500 partner 0 factory 0", id="what is not there nobody has"),
    pytest.param("2100", [BANK, PARTNER], {}, "bank 2000 partner 100 factory 0", id="25 % are 525, and 100 are left"),
    pytest.param("1000", [PARTNER, BANK], {}, "partner 250 bank 750 factory 0", id="in their order"),
    pytest.param("3000", [BANK], {"days": 15}, "bank 967.74 factory 2032.26", id="2000 × 15 / 31"),
    pytest.param("100", [COMMISSION], {}, "platform 50 factory 50", id="at least 50"),
    pytest.param("100", [COMMISSION], {"days": 1}, "platform 9.68 factory 90.32", id="of one day at most 300 / 31"),
    pytest.param("10000", [COMMISSION], {}, "platform 300 factory 9700", id="at most 300"),
    pytest.param("10000", [COMMISSION], {"days": 10, "whole": 30}, "platform 100 factory 9900", id="of ten days at most 100"),
    pytest.param("1500", [GROWING], {}, "partner 200 factory 1300", id="10 % of 1000 and 20 % of 500"),
    pytest.param("1500", [GROWING], {"days": 10, "whole": 20}, "partner 250 factory 1250", id="of half a period the first tier ends at 500"),
    pytest.param("99.99", [LICENSOR], {"quantity": "26"}, "licensor 1.3 factory 98.69", id="26 × 0.05"),
    pytest.param("-24.00", [{**COMMISSION, "least": "0"}], {}, "platform -2.88 factory -21.12", id="given back as it was had"),
    pytest.param("0.00", [BANK, COMMISSION], {}, "bank 0 platform 0 factory 0", id="of nothing nothing"),
    pytest.param("101", [{**PARTNER, "percent": "50"}], {"currency": "JPY"}, "partner 51 factory 50", id="a yen is not divided"),
    pytest.param("0.003", [{**PARTNER, "percent": "50"}], {"currency": "KWD"}, "partner 0.002 factory 0.001", id="a dinar has a thousand fils"),
    pytest.param("10", [PARTNER, {"kind": "percent", "percent": "10"}, {**PARTNER, "percent": "5"}], {}, "partner 3 platform 1 factory 6", id="two steps of one payee"),
])  # fmt: skip
def test_each_step_has_what_those_before_it_leave(
    amount: str, steps: list[dict[str, Any]], terms: dict[str, Any], shares: str
) -> None:
    words = shares.split()
    assert shared(amount, *steps, **terms).shares == {
        name: Decimal(own) for name, own in zip(words[::2], words[1::2], strict=True)
    }


def test_what_a_step_is_short_of_is_shown() -> None:
    out = shared("2100", BANK, PARTNER)
    assert [f"{part.payee}: {part.calculation}; {part.asked}, {part.taken}, {part.left}" for part in out.taken] == [
        "bank: first 2000; 2000.00, 2000.00, 100.00",
        "partner: 25 % of 2100; 525.00, 100.00, 0.00",
        "factory: the rest; 0.00, 0.00, 0.00",
    ]


@pytest.mark.parametrize(("days", "step", "calculation"), [
    (15, BANK, "first 2000 × 15/31"),
    (31, {**PARTNER, "of": "rest"}, "25 % of the rest 1500"),
    (31, COMMISSION, "12 % of 1500"),
    (31, {**COMMISSION, "most": "100"}, "12 % of 1500, at most 100"),
    (15, {**COMMISSION, "least": "500", "most": "900"}, "12 % of 1500, at least 500 × 15/31"),
    (31, GROWING, "10 % of 1000 + 20 % of 500"),
    (31, LICENSOR, "30 × 0.05"),
])  # fmt: skip
def test_a_step_says_how_it_was_computed(days: int, step: dict[str, Any], calculation: str) -> None:
    assert shared("1500", step, days=days, quantity="30").taken[0].calculation == calculation


# The oracle: coins and fractions.


def oracle(amount: int, steps: list[dict[str, Any]], quantity: Fraction, part: Fraction, coins: int) -> dict[str, int]:
    """Shares in coins, by name."""
    sign, left, whole = (-1 if amount < 0 else 1), abs(amount), abs(amount)
    had: dict[str, int] = {}
    for step in steps:
        wants = wanted(step, Fraction(whole), Fraction(left), quantity, part, coins)
        own = min(left, (2 * wants.numerator + wants.denominator) // (2 * wants.denominator))
        had[step.get("payee", "platform")] = had.get(step.get("payee", "platform"), 0) + own
        left -= own
    had["factory"] = had.get("factory", 0) + left
    return {name: own * sign for name, own in had.items()}


def wanted(
    step: dict[str, Any], whole: Fraction, left: Fraction, quantity: Fraction, part: Fraction, coins: int
) -> Fraction:
    if step["kind"] == "first":
        return Fraction(step["amount"]) * coins * part
    if step["kind"] == "per_unit":
        return quantity * Fraction(step["unit_price"]) * coins
    if step["kind"] == "percent":
        wants = (left if step.get("of") == "rest" else whole) * Fraction(step["percent"]) / 100
    else:
        bounds = [Fraction(tier["up_to"]) * coins * part if "up_to" in tier else None for tier in step["tiers"]]
        wants, below = Fraction(0), Fraction(0)
        for bound, tier in zip(bounds, step["tiers"], strict=True):
            top = whole if bound is None else min(bound, whole)
            wants += max(Fraction(0), top - below) * Fraction(tier["percent"]) / 100
            below = max(below, top)
    if "most" in step:
        wants = min(wants, Fraction(step["most"]) * coins * part)
    return max(wants, Fraction(step["least"]) * coins * part) if "least" in step else wants


names = st.sampled_from(["bank", "partner", "licensor", "factory"])
percents = st.decimals("0.01", 100, places=2).map(str)
money = st.decimals("0.01", 2000, places=2).map(str)
bounds: st.SearchStrategy[dict[str, str]] = (
    st.just({}) | money.map(lambda least: {"least": least}) | money.map(lambda most: {"most": most})
)


@st.composite
def steps_of(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["first", "percent", "tiers", "per_unit"]))
    step: dict[str, Any] = {"kind": kind}
    if draw(st.booleans()):
        step["payee"] = draw(names)
    if kind == "first":
        return step | {"amount": draw(money)}
    if kind == "per_unit":
        return step | {"unit_price": draw(st.decimals("0.0001", 9, places=4).map(str))}
    if kind == "percent":
        return step | {"percent": draw(percents), "of": draw(st.sampled_from(["amount", "rest"]))} | draw(bounds)
    tops = sorted(draw(st.sets(st.integers(1, 3000), max_size=3)))
    tiers = [{"up_to": str(top), "percent": draw(percents)} for top in tops] + [{"percent": draw(percents)}]
    return step | {"tiers": tiers} | draw(bounds)


@fewer_examples(1)
@given(
    st.integers(-400_000, 400_000),
    st.lists(steps_of(), max_size=5),
    st.decimals(0, 10_000, places=3),
    st.integers(1, 31),
    st.sampled_from(sorted(COINS)),
)
def test_shares_are_those_of_the_oracle_and_add_up(
    coins: int, steps: list[dict[str, Any]], quantity: Decimal, days: int, currency: str
) -> None:
    scale = COINS[currency]
    amount = Decimal(coins) / scale
    out = shared(f"{amount:f}", *steps, quantity=f"{quantity:f}", days=days, currency=currency)
    part = Fraction(days, 31)
    assert oracle(coins, steps, Fraction(quantity), part, scale) == {
        name: Fraction(own) * scale for name, own in out.shares.items()
    }
    assert sum(out.shares.values()) == amount
    nothing = Decimal(0)
    assert all(min(nothing, amount) <= own <= max(nothing, amount) for own in out.shares.values())
    left = amount
    for part_taken in out.taken:
        left -= part_taken.taken
        assert left == part_taken.left
        assert abs(part_taken.taken) <= abs(part_taken.asked)


class TestSpread:
    """Over the lines of a charge: rows and columns both add up to the coin."""

    @fewer_examples(1)
    @given(
        st.lists(st.integers(-5000, 5000), min_size=1, max_size=6),
        st.lists(st.integers(0, 50), min_size=1, max_size=5).filter(any),
        st.sampled_from(sorted(COINS)),
    )
    def test_each_line_adds_up_to_its_net_and_each_share_to_itself(
        self, lines: list[int], weights: list[int], currency: str
    ) -> None:
        scale, total = COINS[currency], sum(lines)
        cuts = [total * sum(weights[: at + 1]) // sum(weights) for at in range(len(weights))]
        own = [now - before for now, before in zip(cuts, [0, *cuts], strict=False)]
        shares = {f"p{at}": Decimal(share) / scale for at, share in enumerate(own)}
        nets = [Decimal(net) / scale for net in lines]
        spread_out = spread(shares, nets, currency)
        assert [sum(line.values(), Decimal(0)) for line in spread_out] == nets
        assert {name: sum(line.get(name, Decimal(0)) for line in spread_out) for name in shares} == shares
        if min(lines) >= 0 or max(lines) <= 0:
            assert all(
                abs(part) <= abs(net) for line, net in zip(spread_out, nets, strict=True) for part in line.values()
            )
            assert all(part * net >= 0 for line, net in zip(spread_out, nets, strict=True) for part in line.values())

    @pytest.mark.parametrize(("nets", "shares", "parts"), [
        pytest.param("100 200", "a 30 b 270", ["a 10 b 90", "a 20 b 180"], id="in proportion"),
        pytest.param("0.01 0.01 0.01", "a 0.01 b 0.01 c 0.01", ["a 0.01", "b 0.01", "c 0.01"], id="a coin is not divided"),
        pytest.param("300 -100", "a 50 b 150", ["a 75 b 225", "a -25 b -75"], id="what is taken back has the same proportions"),
        pytest.param("100 -100", "a 0 b 0", ["b 100", "b -100"], id="nothing together: the one of the rest has both"),
        pytest.param("-80 -20", "a -10 b -90", ["a -8 b -72", "a -2 b -18"], id="a credit"),
    ])  # fmt: skip
    def test_some_lines(self, nets: str, shares: str, parts: list[str]) -> None:
        assert [read(part) for part in parts] == spread(read(shares), list(map(Decimal, nets.split())), "EUR")


def read(shares: str) -> dict[str, Decimal]:
    words = shares.split()
    return {name: Decimal(own) for name, own in zip(words[::2], words[1::2], strict=True)}
