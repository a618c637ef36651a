"""Billing periods from an anchor day, in local days."""

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.schedule import Billing, BillingPeriod, Every, billing_periods
from metering.period import zone


def cut(starts: str, ends: str | None, every: str, anchor: int, count: int = 4) -> list[str]:
    periods = billing_periods(
        date.fromisoformat(starts),
        date.fromisoformat(ends) if ends else None,
        Billing(every=Every(every), anchor_day=anchor),
    )
    return [
        f"{each.first:%m-%d}"
        + (f"/{each.days}" if each.days == each.days_of_whole else f"/{each.days} of {each.days_of_whole}")
        for each in islice(periods, count)
    ]


@pytest.mark.parametrize(("starts", "ends", "every", "anchor", "periods"), [
    pytest.param("2026-01-01", None, "month", 1, ["01-01/31", "02-01/28", "03-01/31", "04-01/30"], id="calendar months"),
    pytest.param("2026-01-15", None, "month", 1, ["01-15/17 of 31", "02-01/28", "03-01/31", "04-01/30"], id="a leading part"),
    pytest.param("2026-01-31", None, "month", 31, ["01-31/28", "02-28/31", "03-31/30", "04-30/31"], id="the 31st is clamped and returns"),
    pytest.param("2026-01-10", None, "month", 31, ["01-10/21 of 31", "01-31/28", "02-28/31", "03-31/30"], id="a part before the 31st"),
    pytest.param("2026-01-01", "2026-02-11", "month", 1, ["01-01/31", "02-01/10 of 28"], id="a trailing part"),
    pytest.param("2026-01-05", "2026-01-09", "month", 1, ["01-05/4 of 31"], id="both within one month"),
    pytest.param("2026-02-15", None, "quarter", 15, ["02-15/89", "05-15/92", "08-15/92", "11-15/92"], id="quarters from the start"),
    pytest.param("2025-03-01", None, "year", 1, ["03-01/365", "03-01/365", "03-01/366", "03-01/365"], id="a leap year"),
])  # fmt: skip
def test_periods(starts: str, ends: str | None, every: str, anchor: int, periods: list[str]) -> None:
    assert periods == cut(starts, ends, every, anchor)


@given(
    st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    st.integers(1, 31),
    st.sampled_from([each for each in Every if each is not Every.CUSTOM]),
    st.integers(1, 900),
)
def test_every_day_of_a_contract_is_billed_once(starts: date, anchor: int, every: Every, days: int) -> None:
    ends = starts + timedelta(days=days)
    periods = list(billing_periods(starts, ends, Billing(every=every, anchor_day=anchor)))
    assert (starts, ends, days) == (periods[0].first, periods[-1].after_last, sum(each.days for each in periods))
    assert all(before.after_last == after.first for before, after in pairwise(periods))
    assert all(each.days == each.days_of_whole for each in periods[1:-1])


def test_instants_are_those_of_the_zone() -> None:
    march = BillingPeriod(date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 1), date(2026, 4, 1))
    assert timedelta(days=31, hours=-1) == march.instants(zone("Europe/Berlin")).duration
