from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.money import MixedCurrencies, Money, NotExact, UnknownCurrency, UnsplittableAmount, exponent
from quantities.rounding import Rounding


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("currency", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("MGA", 2), ("ISK", 0)]
)
def test_minor_units_are_those_of_iso_4217(currency: str, places: int) -> None:
    assert places == exponent(currency)


@pytest.mark.parametrize("currency", ["eur", "EURO", "XAU", "XXX", "", "€"])
def test_no_currency(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        exponent(currency)


@pytest.mark.parametrize(("amount", "rule", "rounded"), [
    pytest.param("2.675", Rounding.HALF_UP, "2.68", id="a float would give 2.67"),
    pytest.param("-2.675", Rounding.HALF_UP, "-2.68", id="away from zero on both sides"),
    pytest.param("0.005", Rounding.HALF_EVEN, "0.00", id="half to even, down"),
    pytest.param("0.015", Rounding.HALF_EVEN, "0.02", id="half to even, up"),
    pytest.param("0.005", Rounding.HALF_DOWN, "0.00", id="half down"),
    pytest.param("0.001", Rounding.UP, "0.01", id="up"),
    pytest.param("0.009", Rounding.DOWN, "0.00", id="down"),
])  # fmt: skip
def test_rounding(amount: str, rule: Rounding, rounded: str) -> None:
    assert eur(rounded) == eur(amount).rounded(rule)


def test_yen_have_no_places_and_dinars_three() -> None:
    assert Money(Decimal(3), "JPY") == Money(Decimal("2.5"), "JPY").rounded()
    assert Money(Decimal("2.346"), "KWD") == Money(Decimal("2.3455"), "KWD").rounded()


@pytest.mark.parametrize(("amount", "weights", "parts"), [
    pytest.param("100.00", "1 1 1", "33.34 33.33 33.33", id="the earlier of equals gets the cent"),
    pytest.param("0.05", "1 1 1", "0.02 0.02 0.01", id="two cents left over, to the first two"),
    pytest.param("-0.05", "1 1 1", "-0.02 -0.02 -0.01", id="a credit splits as its charge did"),
    pytest.param("10.00", "0.5 0 0.5", "5.00 0.00 5.00", id="no weight, no part"),
    pytest.param("1.00", "2 1 1 2", "0.33 0.17 0.17 0.33", id="33⅓ 16⅔ 16⅔ 33⅓: the cents go to the largest remainders"),
    pytest.param("0.00", "1 2", "0.00 0.00", id="nothing"),
])  # fmt: skip
def test_splits(amount: str, weights: str, parts: str) -> None:
    split = eur(amount).split([Decimal(weight) for weight in weights.split()])
    assert [eur(part) for part in parts.split()] == list(split)


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.decimals(0, 10**6, places=4), min_size=1, max_size=30).filter(lambda weights: sum(weights) > 0),
)
def test_parts_always_add_up_and_none_is_a_cent_off_its_share(cents: int, weights: list[Decimal]) -> None:
    whole = Money(Decimal(cents).scaleb(-2), "EUR")
    parts = whole.split(weights)
    assert whole.amount == sum(part.amount for part in parts)
    assert all(part.is_rounded for part in parts)
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount - whole.amount * weight / total) < Decimal("0.01")


@pytest.mark.parametrize(
    ("amount", "weights"),
    [("1.00", []), ("1.00", ["0"]), ("1.00", ["1", "-1"]), ("1.00", ["2", "-1"]), ("0.001", ["1"])],
)
def test_no_split(amount: str, weights: list[str]) -> None:
    with pytest.raises(UnsplittableAmount):
        eur(amount).split([Decimal(weight) for weight in weights])


def test_currencies_do_not_mix() -> None:
    with pytest.raises(MixedCurrencies):
        eur("1") + Money(Decimal(1), "CNY")


@pytest.mark.parametrize("amount", [1.0, 1, "1", Decimal("NaN"), Decimal("Infinity")])
def test_money_is_made_of_finite_decimals_alone(amount: object) -> None:
    with pytest.raises(NotExact):
        Money(amount, "EUR")  # type: ignore[arg-type]


def test_no_product_is_rounded_unseen() -> None:
    # 18 + 12 digits times 8 + 12 digits: 50, where Python's own context would keep 28
    quantity, price = Decimal("123456789012345678.123456789012"), Decimal("98765432.123456789012")
    assert Fraction((eur("1") * quantity * price).amount) == Fraction(quantity) * Fraction(price)
