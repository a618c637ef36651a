"""What a charge sees of the amounts of others: those of its own days, by their share of the days."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.amounts_seen import share_of_days
from contracts.schedule import BillingPeriod


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
