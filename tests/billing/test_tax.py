"""VAT by both countries and the tax point; the breakdown rounds once per group."""

from datetime import date
from decimal import Decimal

import pytest

from billing.tax import STANDARD_RATES, NoTaxRule, Tax, TaxCategory, breakdown, decide, standard_rate
from contracts.parties import Party


def a_party(country: str, vat_id: str | None = "XX123456789") -> Party:
    return Party(name="P", country=country, vat_id=vat_id)


@pytest.mark.parametrize(("country", "on", "rate"), [
    pytest.param("DE", date(2020, 6, 30), "19", id="before the half-year"),
    pytest.param("DE", date(2020, 7, 1), "16", id="Zweites Corona-Steuerhilfegesetz: from 1 July 2020"),
    pytest.param("DE", date(2020, 12, 31), "16", id="… to 31 December"),
    pytest.param("DE", date(2021, 1, 1), "19", id="and back"),
    pytest.param("FI", date(2024, 9, 1), "25.5", id="a rate that is no whole number"),
    pytest.param("EE", date(2025, 7, 1), "24", id="Estonia from July 2025"),
    pytest.param("SK", date(2025, 1, 1), "23", id="Slovakia from 2025"),
])  # fmt: skip
def test_the_rate_is_that_of_the_tax_point(country: str, on: date, rate: str) -> None:
    assert Decimal(rate) == standard_rate(country, on)


def test_all_members_have_rates_in_order_of_time() -> None:
    assert len(STANDARD_RATES) == 27
    assert all(list(rates) == sorted(rates) for rates in STANDARD_RATES.values())


@pytest.mark.parametrize(("supplier", "customer", "category", "rate"), [
    pytest.param(a_party("DE"), a_party("DE", None), "S", "19", id="within one country"),
    pytest.param(a_party("DE"), a_party("FR"), "AE", "0", id="to another with a VAT id: the customer owes it"),
])  # fmt: skip
def test_who_owes_it(supplier: Party, customer: Party, category: str, rate: str) -> None:
    tax = decide(supplier, customer, date(2026, 1, 31))
    assert (category, Decimal(rate)) == (tax.category.value, tax.rate)
    assert ("Reverse charge" if category == "AE" else "") == tax.reason


@pytest.mark.parametrize(("supplier", "customer"), [
    pytest.param(a_party("DE"), a_party("FR", None), id="no VAT id of the customer"),
    pytest.param(a_party("DE", None), a_party("FR"), id="no VAT id of the supplier"),
    pytest.param(a_party("DE"), a_party("US"), id="outside the union"),
    pytest.param(a_party("CH"), a_party("CH"), id="a country that is not covered"),
])  # fmt: skip
def test_what_no_rule_covers_is_not_guessed(supplier: Party, customer: Party) -> None:
    with pytest.raises(NoTaxRule):
        decide(supplier, customer, date(2026, 1, 31))


def test_tax_is_rounded_once_per_group() -> None:
    """3 × 0.03 at 19 %: 0.0171, rounded to 0.02; line by line it would be 3 × 0.01."""
    standard, reverse = (
        Tax(TaxCategory.STANDARD, Decimal(19)),
        Tax(TaxCategory.REVERSE_CHARGE, Decimal(0), "Reverse charge"),
    )
    groups = breakdown([(standard, Decimal("0.03"))] * 3 + [(reverse, Decimal("5.00"))], "EUR")
    assert [(each.tax.category.value, str(each.taxable), str(each.amount)) for each in groups] == [
        ("AE", "5.00", "0.00"),
        ("S", "0.09", "0.02"),
    ]
