"""Amounts as Stripe counts them: no cent is lost, and none is a hundred."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from billing.payments.gateway import GatewayRefused
from billing.payments.stripe_amounts import (
    THREE_DECIMAL,
    WHOLE_IN_HUNDREDTHS,
    ZERO_DECIMAL,
    decimals,
    read_amount,
    sent_amount,
)
from quantities.money import Money, exponent
from tests.billing.payments.stripe_scene import money

CURRENCIES = sorted(one.code for one in Currency if one.exponent is not None and one.exponent <= 3)


@pytest.mark.parametrize(("amount", "sent"), [
    pytest.param("119.00 EUR", 11900, id="cents"),
    pytest.param("0.01 EUR", 1, id="one cent"),
    pytest.param("119 EUR", 11900, id="no places written"),
    pytest.param("1234567890123456.78 EUR", 123456789012345678, id="more digits than a float has"),
    pytest.param("500 JPY", 500, id="zero-decimal: one is one"),
    pytest.param("500.00 MGA", 500, id="ISO says two places, Stripe none"),
    pytest.param("5 ISK", 500, id="ISO says none, Stripe two that are 00"),
    pytest.param("5 UGX", 500, id="on both of Stripe's lists: the special case holds"),
    pytest.param("5.120 KWD", 5120, id="three places, the last 0"),
    pytest.param("10.45 HUF", 1045, id="whole only in payouts"),
    pytest.param("800.45 TWD", 80045, id="the same"),
])  # fmt: skip
def test_an_amount_is_sent_in_stripes_unit(amount: str, sent: int) -> None:
    assert sent_amount(money(amount)) == sent
    assert read_amount(sent, amount.split()[1].lower()) == money(amount)


@pytest.mark.parametrize("amount", [
    "0.00 EUR", "-1.00 EUR", "1.005 EUR", "0.5 JPY", "0.20 MGA", "5.124 KWD", "5.5 ISK", "5.5 UGX",
])  # fmt: skip
def test_what_stripe_has_no_unit_for_is_refused_and_not_rounded(amount: str) -> None:
    with pytest.raises(GatewayRefused) as refused:
        sent_amount(money(amount))
    assert refused.value.code == "amount_not_sendable"
    assert not refused.value.may_retry_later


def test_the_three_tables_differ_where_the_docs_say_so() -> None:
    """Stripe's places beside ISO's, where the two are not one."""
    differing = {code: (exponent(code), decimals(code)) for code in CURRENCIES if exponent(code) != decimals(code)}
    assert {"ISK": (0, 2), "UGX": (0, 2), "MGA": (2, 0)}.items() <= differing.items()
    # Three places that Stripe does not list it does not take either: dinars of Iraq and Libya; and one of no places.
    assert differing.keys() - {"ISK", "UGX", "MGA"} <= {"IQD", "LYD", "UYI"}
    assert not ZERO_DECIMAL & WHOLE_IN_HUNDREDTHS
    assert {code for code in THREE_DECIMAL if exponent(code) != 3} == set()


@given(st.sampled_from(CURRENCIES), st.integers(1, 10**15))
def test_what_is_sent_is_read_again_to_the_unit(currency: str, units: int) -> None:
    amount = Money(Decimal(units).scaleb(-exponent(currency)), currency)
    try:
        sent = sent_amount(amount)
    except GatewayRefused:
        return
    assert read_amount(sent, currency.lower()) == amount


@given(st.integers(-(10**15), 10**15))
def test_an_entry_below_zero_is_read_as_it_is(units: int) -> None:
    assert read_amount(units, "eur").amount * 100 == units
