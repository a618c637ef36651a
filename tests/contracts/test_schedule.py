"""Billing periods from an anchor day, in local days."""

from datetime import date, timedelta
from itertools import dropwhile, islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.schedule import Billing, BillingInterval, BillingPeriod, Life, Per, Whole, billing_periods
from quantities.period import zone


def cut(starts: str, ends: str | None, every: str, anchor: int, count: int = 4) -> list[str]:
    periods = billing_periods(
        date.fromisoformat(starts),
        date.fromisoformat(ends) if ends else None,
        Billing(every=BillingInterval(every), anchor_day=anchor),
    )
    return [
        f"{period.first:%m-%d}"
        + (f"/{period.days}" if period.days == period.days_of_whole else f"/{period.days} of {period.days_of_whole}")
        for period in islice(periods, count)
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
    st.sampled_from([interval for interval in BillingInterval if interval is not BillingInterval.CUSTOM]),
    st.integers(1, 900),
)
def test_every_day_of_a_contract_is_billed_once(starts: date, anchor: int, every: BillingInterval, days: int) -> None:
    ends = starts + timedelta(days=days)
    periods = list(billing_periods(starts, ends, Billing(every=every, anchor_day=anchor)))
    assert (starts, ends, days) == (periods[0].first, periods[-1].after_last, sum(period.days for period in periods))
    assert all(before.after_last == after.first for before, after in pairwise(periods))
    assert all(period.days == period.days_of_whole for period in periods[1:-1])


def test_instants_are_those_of_the_zone() -> None:
    march = BillingPeriod(date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 1), date(2026, 4, 1))
    assert timedelta(days=31, hours=-1) == march.instants(zone("Europe/Berlin")).duration


def bounds(billing: dict[str, object], starts: str, ends: str | None = None, count: int = 4) -> list[str]:
    terms = Billing.model_validate(billing)
    periods = billing_periods(date.fromisoformat(starts), date.fromisoformat(ends) if ends else None, terms)
    return [f"{period.first:%m-%d}/{period.days}" for period in islice(periods, count)]


@pytest.mark.parametrize(("billing", "starts", "ends", "expected"), [
    pytest.param({"every": "week"}, "2026-01-01", None, ["01-01/4", "01-05/7", "01-12/7", "01-19/7"], id="weeks from Monday"),
    pytest.param({"every": "week", "anchor_weekday": "thu"}, "2026-01-01", None, ["01-01/7", "01-08/7", "01-15/7", "01-22/7"], id="weeks from Thursday"),
    pytest.param({"every": "four_weeks", "anchor_weekday": "thu"}, "2026-01-01", None, ["01-01/28", "01-29/28", "02-26/28", "03-26/28"], id="28 days"),
    pytest.param({"every": "two_months"}, "2026-01-01", None, ["01-01/59", "03-01/61", "05-01/61", "07-01/62"], id="two months"),
    pytest.param({"every": "half_year"}, "2026-03-01", None, ["03-01/184", "09-01/181", "03-01/184", "09-01/182"], id="half-years from the start"),
    pytest.param({"every": "quarter", "year_begins": "1"}, "2026-02-15", None, ["02-15/45", "04-01/91", "07-01/92", "10-01/92"], id="quarters of the calendar year"),
    pytest.param({"every": "year", "year_begins": "10"}, "2026-02-15", None, ["02-15/228", "10-01/365", "10-01/366", "10-01/365"], id="gas years"),
    pytest.param({"every": "custom", "calendar": ["2026-01-01", "2026-01-29", "2026-02-26", "2026-04-02"]}, "2026-01-01", None, ["01-01/28", "01-29/28", "02-26/35"], id="4-4-5 weeks"),
    pytest.param({"leading": "joined"}, "2026-01-20", None, ["01-20/40", "03-01/31", "04-01/30", "05-01/31"], id="a leading part joined"),
    pytest.param({"trailing": "joined"}, "2026-01-01", "2026-03-11", ["01-01/31", "02-01/38"], id="a trailing part joined"),
    pytest.param({"trailing": "joined"}, "2026-01-20", "2026-02-11", ["01-20/22"], id="a trailing part joined to a leading one"),
    pytest.param({"leading": "joined", "trailing": "joined"}, "2026-01-20", "2026-03-11", ["01-20/50"], id="both joined"),
])  # fmt: skip
def test_other_periods(billing: dict[str, object], starts: str, ends: str | None, expected: list[str]) -> None:
    assert expected == bounds(billing, starts, ends)


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(1, 800),
    st.sampled_from(["week", "month", "quarter", "year"]),
)
def test_joined_or_not_every_day_is_billed_once(starts: date, days: int, every: str) -> None:
    ends = starts + timedelta(days=days)
    for joined in ("alone", "joined"):
        billing = Billing.model_validate({"every": every, "leading": joined, "trailing": joined, "anchor_day": 31})
        periods = list(billing_periods(starts, ends, billing))
        assert (starts, ends, days) == (
            periods[0].first,
            periods[-1].after_last,
            sum(period.days for period in periods),
        )


@pytest.mark.parametrize(("per", "day", "window"), [
    ("quarter", "2026-05-20", "2026-04-01/2026-07-01"),
    ("year", "2026-05-20", "2026-01-01/2027-01-01"),
    ("contract", "2026-05-20", "2026-01-01/2026-09-16"),
    ("period", "2026-05-20", "2026-05-01/2026-06-01"),
])  # fmt: skip
def test_windows_end_with_the_contract(per: str, day: str, window: str) -> None:
    life = Life(date(2026, 1, 1), date(2026, 9, 16))
    first = date.fromisoformat(day)
    billed = BillingPeriod(first, first + timedelta(days=1), date(2026, 5, 1), date(2026, 6, 1))
    low, _, high = window.partition("/")
    days = life.window(Per(per), billed)
    assert (date.fromisoformat(low), min(date.fromisoformat(high), date(2026, 9, 16))) == (days.first, days.after_last)


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.none() | st.integers(1, 800),
    st.integers(0, 900),
    st.fixed_dictionaries(
        {
            "every": st.sampled_from([every for every in BillingInterval if every is not BillingInterval.CUSTOM]),
            "leading": st.sampled_from(["alone", "joined"]),
            "trailing": st.sampled_from(["alone", "joined"]),
            "leading_part_of": st.sampled_from(Whole),
            "anchor_day": st.integers(1, 31),
        }
    ),
)
def test_the_periods_since_a_day_are_those_of_the_whole_life(
    starts: date, days: int | None, since_after: int, terms: dict[str, object]
) -> None:
    ends, since = None if days is None else starts + timedelta(days=days), starts + timedelta(days=since_after)
    billing = Billing.model_validate(terms)
    ending_later = dropwhile(lambda period: period.after_last <= since, billing_periods(starts, ends, billing))
    asked_since = dropwhile(lambda period: period.after_last <= since, billing_periods(starts, ends, billing, since))
    assert list(islice(asked_since, 4)) == list(islice(ending_later, 4))


def test_periods_of_a_calendar_since_a_day_are_those_of_the_calendar() -> None:
    calendar = [date(2026, 1, 1) + timedelta(days=35 * at) for at in range(9)]
    billing = Billing.model_validate({"every": "custom", "calendar": calendar})
    all_periods = list(billing_periods(date(2026, 1, 10), None, billing))
    for at in range(-5, 330):
        since = calendar[0] + timedelta(days=at)
        asked = [
            period for period in billing_periods(date(2026, 1, 10), None, billing, since) if period.after_last > since
        ]
        assert asked == [period for period in all_periods if period.after_last > since]
