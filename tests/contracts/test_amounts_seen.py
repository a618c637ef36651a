"""What a charge sees of the amounts of others: those of its own days, by their share of the days."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.amounts_seen import share_of_days
from contracts.composition import compose
from contracts.schedule import BillingPeriod
from tests.billing.rating.billed import agreed, fee, first_period


def days(first: str, after_last: str) -> BillingPeriod:
    begins, ends = date.fromisoformat(first), date.fromisoformat(after_last)
    return BillingPeriod(begins, ends, begins, ends)


#: 20 decimal places: a share by days would have 15.
AMOUNT = "30.00000000000000000003"


@pytest.mark.parametrize(("seen", "share"), [
    pytest.param(days("2026-04-01", "2026-05-01"), AMOUNT, id="all of its days, to the last digit"),
    pytest.param(days("2026-04-01", "2026-06-01"), AMOUNT, id="days that begin with it"),
    pytest.param(days("2026-03-01", "2026-05-01"), AMOUNT, id="days that end with it"),
    pytest.param(days("2026-03-01", "2026-06-01"), AMOUNT, id="days around it"),
    pytest.param(days("2026-04-01", "2026-04-11"), "10", id="the first 10 of 30"),
    pytest.param(days("2026-04-21", "2026-06-01"), "10", id="the last 10 of 30"),
    pytest.param(days("2026-05-01", "2026-06-01"), "0", id="none of them"),
])  # fmt: skip
def test_of_an_amount_of_april_what_is_of_the_days(seen: BillingPeriod, share: str) -> None:
    assert share_of_days(Decimal(AMOUNT), days("2026-04-01", "2026-05-01"), seen) == Decimal(share)


@pytest.mark.parametrize(("in_advance", "missing"), [
    pytest.param("true", "700", id="a fee of 300 that another invoice billed in advance counts"),
    pytest.param("false", "1000", id="one that is billed on none does not"),
])  # fmt: skip
def test_a_minimum_of_1000_sees_fees_that_were_billed_in_advance(in_advance: str, missing: str) -> None:
    floor = {"name": "floor", "rule": {"kind": "minimum_spend", "amount": "1000", "of": ["rent"]}}
    contract = agreed(fee("rent", "300", in_advance=in_advance), floor)

    (composed,) = compose(contract, first_period(contract), {}, names=frozenset({"floor"}))

    assert composed.amount == Decimal(missing)
