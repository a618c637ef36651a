"""Natures do not mix: a price, damages and a deposit are added up, bounded and discounted each by themselves."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.rating.disputed import Dispute
from contracts.natures import kind_of
from contracts.rated_line import Nature
from quantities.document import FaultyDocument
from quantities.money import Money
from tests.billing.rating.billed import agreed, fee, lines_of, rated
from tests.contracts.trials import COOLING, priced

JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
#: 500 held as a deposit, 200 of damages: one-off, on the first day.
DEPOSIT = {"name": "deposit", "rule": {"kind": "one_off", "amount": "500", "on": "2026-01-01"}, "nature": "deposit"}
PENALTY = {"name": "penalty", "rule": {"kind": "one_off", "amount": "200", "on": "2026-01-01"}, "nature": "damages"}


def over(name: str, kind: str, *of: str, **rule: Any) -> dict[str, Any]:
    return {"name": name, "rule": {"kind": kind, "of": list(of)} | rule}


def off(name: str, *of: str, **rule: Any) -> dict[str, Any]:
    return over(name, "discount", *of, **rule)


def january(*charges: dict[str, Any], **settings: str) -> list[tuple[str, str]]:
    trial = {"contract": COOLING | {"charges": charges, "settings": settings}, "periods": [{}]}
    (period,) = priced(trial).periods
    return [(line.rule, str(line.net)) for segment in period.segments for line in segment.lines]


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        pytest.param(
            [fee("fee", "100"), DEPOSIT, over("at least", "minimum_spend", amount="300")],
            ("at least", "200.00"),
            id="a deposit fulfils no minimum",
        ),
        pytest.param(
            [fee("fee", "100"), PENALTY, over("at most", "maximum_spend", amount="60")],
            ("at most", "-40.00"),
            id="damages exceed no maximum of a price",
        ),
        pytest.param(
            [fee("fee", "100"), PENALTY, over("at most", "maximum_spend", "penalty", amount="60")],
            ("at most", "-140.00"),
            id="unless it is one of damages",
        ),
        pytest.param(
            [fee("fee", "100"), PENALTY, over("share", "percentage_of", percent="10")],
            ("share", "10.00"),
            id="a percentage of the price",
        ),
    ],
)
def test_a_sum_is_of_one_nature(charges: list[dict[str, Any]], expected: tuple[str, str]) -> None:
    assert january(*charges)[-1] == expected


def test_a_bound_of_damages_is_damages() -> None:
    contract = agreed(PENALTY, over("at most", "maximum_spend", "penalty", amount="60"))
    assert [kind_of(contract, charge) for charge in contract.charges] == [Nature.DAMAGES] * 2
    *_, bound = lines_of(contract)
    assert (bound.nature, bound.net, bound.tax.category.value, bound.tax.rate) == (
        Nature.DAMAGES,
        Decimal(-140),
        "O",
        Decimal(0),
    )


def test_a_bound_is_divided_where_what_it_bounds_becomes_a_deposit() -> None:
    """A rent of 300 in June, at most 100; from the 16th on it is a deposit, and the maximum of it restarts: 150 − 50, twice."""
    bound = over("at most", "maximum_spend", "rent", amount="100")
    rent = {"name": "rent", "rule": {"kind": "fixed_fee", "amount": "300"}}
    contract = COOLING | {"starts": "2026-06-01", "charges": [rent, bound], "settings": {"on_change": "restart"}}
    amended = contract | {"charges": [rent | {"nature": "deposit"}, bound], "in_force_from": "2026-06-16"}
    (june,) = priced({"contract": contract, "amendments": [amended], "periods": [{}]}).periods
    assert [
        (segment.days[:10], str(line.net))
        for segment in june.segments
        for line in segment.lines
        if line.rule == "at most"
    ] == [("2026-06-01", "-100.00"), ("2026-06-16", "-100.00")]


def test_a_sum_of_two_natures_is_refused() -> None:
    with pytest.raises(FaultyDocument) as refused:
        agreed(fee("fee", "100"), PENALTY, over("at least", "minimum_spend", "fee", "penalty", amount="300"))
    (fault,) = refused.value.faults
    assert (fault.path, fault.code, fault.found) == ("/charges/2/rule/of", "mixed-natures", "consideration, damages")


def test_a_discount_of_damages_bears_no_vat_and_a_deposit_is_not_discounted() -> None:
    billed = lines_of(agreed(fee("fee", "100"), PENALTY, DEPOSIT, off("off", percent="10")))
    assert [(line.label, line.net, line.nature.value, line.tax.rate) for line in billed if line.charge == "off"] == [
        ("off fee", Decimal("-10.00"), "price_reduction", Decimal(19)),
        ("off penalty", Decimal("-20.00"), "damages", Decimal(0)),
    ]


THIRTY = {"amount": "30"}
TENTH = {"percent": "10"}
MOST = {"percent": "60"}


@pytest.mark.parametrize(
    ("charges", "settings", "off_each"),
    [
        pytest.param([fee("fee", "50"), off("one", "fee", **THIRTY), off("two", "fee", **THIRTY)], {}, ["-30.00", "-20.00"], id="30 and 30 off 50"),
        pytest.param([fee("fee", "100"), off("one", **TENTH), off("two", **TENTH)], {}, ["-10.00", "-9.00"], id="10 % of 100, 10 % of 90"),
        pytest.param([fee("fee", "100"), off("one", **TENTH), off("two", **TENTH)], {"discounts": "add"}, ["-10.00", "-10.00"], id="10 % and 10 % of 100"),
        pytest.param([fee("fee", "100"), off("one", **MOST), off("two", **MOST)], {"discounts": "add"}, ["-60.00", "-40.00"], id="60 % and 60 %, and no more than there is"),
        pytest.param([fee("a", "100"), fee("b", "100"), over("most", "maximum_spend", amount="150"), off("one", "a", amount="100")], {}, ["-75.00"], id="of 100, a maximum has taken 25"),
        pytest.param([fee("a", "100"), fee("b", "0"), over("most", "maximum_spend", amount="0"), off("one", amount="10")], {}, [], id="nothing is left to be spread over"),
        pytest.param([fee("a", "0"), fee("b", "0"), off("one", amount="10")], {}, [], id="an amount over nothing"),
    ],
)  # fmt: skip
def test_a_discount_takes_what_is_left(
    charges: list[dict[str, Any]], settings: dict[str, str], off_each: list[str]
) -> None:
    names = {charge["name"] for charge in charges if charge["rule"]["kind"] == "discount"}
    assert [net for name, net in january(*charges, **settings) if name in names] == off_each


@pytest.mark.parametrize("named", [[], ["a", "b"]])
def test_a_discount_that_ends_within_a_month_takes_what_one_before_it_leaves(named: list[str]) -> None:
    """15 of 31 days of 62 are 30: off the 24.19 that the first one leaves of a, and the 48.39 of b, as 1 to 2."""
    fees = [fee("a", "100"), fee("b", "100"), off("one", "a", percent="50")]
    contract = COOLING | {"charges": [*fees, off("two", *named, amount="62")]}
    ended = contract | {"charges": fees, "in_force_from": "2026-01-16"}
    (january_of,) = priced({"contract": contract, "amendments": [ended], "periods": [{}]}).periods
    lines = [line for segment in january_of.segments for line in segment.lines if line.rule == "two"]
    assert [str(line.net) for line in lines] == ["-10.00", "-20.00"]


def test_a_fee_that_is_left_out_takes_its_discount_along() -> None:
    contract = agreed(fee("a", "100"), fee("b", "100"), off("one", percent="10"))
    january_of = next(contract.periods())
    rating = rated((contract, january_of, {}), disputed=[Dispute("a", *JANUARY)])
    assert [(line.label, line.net) for line in rating.held_apart] == [("", Decimal(100)), ("off a", Decimal(-10))]
    assert [(line.label, line.net) for line in rating.lines] == [("", Decimal(100)), ("off b", Decimal(-10))]


def test_what_was_stored_before_is_added_up_as_it_was() -> None:
    contract = agreed(
        fee("fee", "100"), DEPOSIT, over("at least", "minimum_spend", amount="300"), settings={"arithmetic": 2}
    )
    assert [str(line.net) for line in lines_of(contract)] == ["100.00", "500.00"]


def test_nothing_splits_to_nothing_and_has_no_sign() -> None:
    nothing = Money(Decimal("-0.004"), "EUR").rounded()
    assert str(nothing) == "0.00 EUR"
    assert [str(part) for part in nothing.split([Decimal(0), Decimal(0)])] == ["0.00 EUR", "0.00 EUR"]
