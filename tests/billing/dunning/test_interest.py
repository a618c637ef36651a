"""Interest for late payment: clause by clause with published rates, and day by day against an oracle."""

import calendar
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.dunning.interest import DeferredDays, DueBalance, InterestDays, interest_days, interest_of
from contracts.dunning_terms import DayCount, DunningTerms, InterestTerms, RateReset
from contracts.indexation.lookup import IndexValue, IndexValueMissing, no_index
from quantities.document import FaultyDocument, parse

#: Deutsche Bundesbank: Basiszinssatz nach § 247 BGB, from each 1 January and 1 July. Held against two published tables.
BASE_RATE = {
    "2022-07": "-0.88", "2023-01": "1.62", "2023-07": "3.12", "2024-01": "3.62", "2024-07": "3.37",
    "2025-01": "2.27", "2025-07": "1.27",
}  # fmt: skip
#: ECB: the rate of the main refinancing operations on the first day of each half-year (Directive 2011/7/EU Art. 2 (7)).
#: Held against the policy rates as the Banque de France lists them: 4.00 from 21 June 2023, 4.50 from 20 September 2023,
#: 4.25 from 12 June 2024; 3.15 is the decision of December 2024.
REFERENCE_RATE = {"2023-07": "4.00", "2024-01": "4.50", "2024-07": "4.25", "2025-01": "3.15"}
#: National Interbank Funding Center: loan prime rate of one year, as published on the 20th of a month.
#: Held against two published tables: 3.35 from 22 July 2024, 3.10 from 21 October 2024.
LPR = {"2024-07": "3.35", "2024-08": "3.35", "2024-09": "3.35", "2024-10": "3.10", "2024-11": "3.10"}

GERMANY = InterestTerms(base="basiszins", above=Decimal(9))
EUROPE = InterestTerms(base="ecb", above=Decimal(8))
CHINA = InterestTerms(base="lpr", times=Decimal("1.3"), above=Decimal(0), reset=RateReset.MONTH, lag_months=1)
BY_CONTRACT = InterestTerms(above=Decimal(18), days=DayCount.ACT_360)
SERIES = {"basiszins": BASE_RATE, "ecb": REFERENCE_RATE, "lpr": LPR}


def published(index: str, month: str) -> IndexValue | None:
    value = SERIES.get(index, {}).get(month)
    return None if value is None else IndexValue(index, month, Decimal(value))


def claimed(terms: InterestTerms, amount: str, due: str, through: str) -> tuple[InterestDays, ...]:
    due_on = date.fromisoformat(due)
    balances = [DueBalance(due_on - timedelta(days=30), Decimal(amount))]
    return interest_days(due_on, date.fromisoformat(through), balances, (), terms, published)


@pytest.mark.parametrize(
    ("terms", "amount", "due", "paid", "rows", "comes_to"),
    [
        pytest.param(
            GERMANY, "10000.00", "2024-03-31", "2024-04-30", ["30 × 12.62"], "103.73",
            id="§ 288 (2) BGB: nine points above 3.62; 10000 × 12.62 % × 30 / 365 = 103.726…",
        ),
        pytest.param(
            GERMANY, "10000.00", "2024-06-15", "2024-07-15", ["15 × 12.62", "15 × 12.37"], "102.70",
            id="the base rate of 1 July counts from that day; 51.863… + 50.835…",
        ),
        pytest.param(
            GERMANY, "1000.00", "2022-12-01", "2022-12-31", ["30 × 8.12"], "6.67",
            id="a base rate below zero takes off: -0.88 + 9",
        ),
        pytest.param(
            EUROPE, "10000.00", "2023-12-01", "2024-01-31", ["30 × 12.00", "31 × 12.50"], "204.79",
            id="Directive 2011/7/EU: eight points above 4.00 until December, above 4.50 from January; 98.630… + 106.164…",
        ),
        pytest.param(
            CHINA, "80000.00", "2024-10-25", "2024-11-24", ["6 × 4.355", "24 × 4.030"], "269.26",
            id="China: 1.3 × the LPR of the month before; 57.271… + 211.989…",
        ),
        pytest.param(
            BY_CONTRACT, "5000.00", "2024-02-01", "2024-03-02", ["30 × 18"], "75.00",
            id="by contract: 18 % a year of 360 days, over a leap day",
        ),
    ],
)  # fmt: skip
def test_published_rates(
    terms: InterestTerms, amount: str, due: str, paid: str, rows: list[str], comes_to: str
) -> None:
    days = claimed(terms, amount, due, paid)

    assert [f"{one.days} × {one.rate}" for one in days] == rows
    assert interest_of(days, "CNY" if terms is CHINA else "EUR") == Decimal(comes_to)


class TestFromTheDayAfterItIsDueToTheDayOfPayment:
    def test_on_the_due_day_nothing_is_owed(self) -> None:
        assert claimed(GERMANY, "1000.00", "2024-03-31", "2024-03-31") == ()

    def test_a_part_that_is_paid_bears_interest_on_its_day_for_the_last_time(self) -> None:
        balances = [DueBalance(date(2024, 3, 1), Decimal(1000)), DueBalance(date(2024, 4, 10), Decimal(400))]
        days = interest_days(date(2024, 3, 31), date(2024, 4, 12), balances, (), GERMANY, published)

        assert [(one.last.day, one.days, str(one.amount)) for one in days] == [(10, 10, "1000"), (12, 2, "400")]

    def test_a_payment_that_is_reversed_bears_it_again_from_the_day_after(self) -> None:
        paid, back = DueBalance(date(2024, 4, 5), Decimal(0)), DueBalance(date(2024, 4, 9), Decimal(1000))
        balances = [DueBalance(date(2024, 3, 1), Decimal(1000)), paid, back]
        days = interest_days(date(2024, 3, 31), date(2024, 4, 12), balances, (), GERMANY, published)

        assert [(one.first.day, one.last.day) for one in days] == [(1, 5), (10, 12)]

    def test_deferred_days_bear_none(self) -> None:
        deferred = [DeferredDays(date(2024, 4, 3), date(2024, 4, 8))]
        balances = [DueBalance(date(2024, 3, 1), Decimal(1000))]
        days = interest_days(date(2024, 3, 31), date(2024, 4, 12), balances, deferred, GERMANY, published)

        assert [(one.first.day, one.last.day) for one in days] == [(1, 2), (9, 12)]
        open_end = [DeferredDays(date(2024, 4, 3))]
        assert len(interest_days(date(2024, 3, 31), date(2024, 4, 12), balances, open_end, GERMANY, published)) == 1


def test_a_missing_rate_is_refused_by_its_month_and_never_guessed() -> None:
    with pytest.raises(IndexValueMissing, match="basiszins has no value for 2026-01"):
        claimed(GERMANY, "1000.00", "2025-12-31", "2026-01-05")


def test_of_yen_there_are_no_parts() -> None:
    days = claimed(BY_CONTRACT, "123457", "2024-02-01", "2024-02-16")  # 123457 × 18 % × 15 / 360 = 925.93

    assert str(interest_of(days, "JPY")) == "926"


@pytest.mark.parametrize(
    ("count", "first", "last", "days", "of"),
    [
        (DayCount.ACT_365, "2024-02-28", "2024-03-01", 2, 365),
        (DayCount.ACT_ACT, "2024-02-28", "2024-03-01", 2, 366),
        (DayCount.ACT_ACT, "2023-02-28", "2023-03-01", 1, 365),
        (DayCount.THIRTY_360, "2024-02-28", "2024-03-01", 3, 360),
        (DayCount.THIRTY_360, "2024-01-30", "2024-01-31", 0, 360),
        (DayCount.THIRTY_360, "2023-12-31", "2024-12-31", 360, 360),
        (DayCount.ACT_360, "2023-12-31", "2024-12-31", 366, 360),
    ],
)
def test_counts_of_days_over_leap_years(count: DayCount, first: str, last: str, days: int, of: int) -> None:
    terms = InterestTerms(above=Decimal(10), days=count)
    counted = claimed(terms, "1.00", first, last)

    assert sum(one.days for one in counted) == days
    assert {one.year_days for one in counted} <= {of}


# ---- against an oracle, which walks day by day and shares no code

_DAY = timedelta(days=1)
_YEAR = st.dates(date(2022, 11, 1), date(2025, 3, 31))


def _weight(day: date, count: DayCount) -> Fraction:
    match count:
        case DayCount.ACT_365:
            return Fraction(1, 365)
        case DayCount.ACT_360:
            return Fraction(1, 360)
        case DayCount.ACT_ACT:
            return Fraction(1, 366 if calendar.isleap(day.year) else 365)
    if day.day == 31:
        return Fraction(0)
    if day.day == 1 and day.month == 3:
        return Fraction(1 + 30 - (29 if calendar.isleap(day.year) else 28), 360)
    return Fraction(1, 360)


def _rate(terms: InterestTerms, day: date) -> Fraction:
    if terms.base is None:
        return Fraction(terms.above)
    month = day.month
    if terms.reset is RateReset.HALF_YEAR:
        month = 1 if month < 7 else 7
    return Fraction(BASE_RATE[f"{day.year}-{month:02}"]) + Fraction(terms.above)


@given(
    due=_YEAR,
    late=st.integers(0, 500),
    moves=st.lists(st.tuples(st.integers(-40, 520), st.integers(0, 500_000)), max_size=6),
    deferred=st.lists(st.tuples(st.integers(-5, 400), st.integers(0, 60)), max_size=2),
    count=st.sampled_from(DayCount),
    base=st.sampled_from(["basiszins", ""]),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_interest_over_any_history_is_the_sum_of_its_days(
    due: date, late: int, moves: list[tuple[int, int]], deferred: list[tuple[int, int]], count: DayCount,
    base: str, currency: str,
) -> None:  # fmt: skip
    terms = GERMANY.model_copy(update={"days": count}) if base else BY_CONTRACT.model_copy(update={"days": count})
    balances = [DueBalance(due + days * _DAY, Decimal(cents).scaleb(-2)) for days, cents in sorted(moves)]
    put_off = [DeferredDays(due + first * _DAY, due + (first + many) * _DAY) for first, many in deferred]
    through = min(due + late * _DAY, date(2025, 12, 31))

    expected, day = Fraction(0), due + _DAY
    while day <= through:
        before = [balance.amount for balance in balances if balance.day < day]
        if before and not any(one.first <= day <= (one.last or day) for one in put_off):
            expected += Fraction(before[-1]) * _rate(terms, day) / 100 * _weight(day, count)
        day += _DAY

    days = interest_days(due, through, balances, put_off, terms, published)
    assert sum((one.exact for one in days), Fraction(0)) == expected
    places = {"EUR": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.001")}[currency]
    many_digits = Decimal(expected.numerator * 10**40 // expected.denominator).scaleb(-40)
    assert interest_of(days, currency) == many_digits.quantize(places, rounding=ROUND_HALF_UP)
    assert all(one.last < other.first for one, other in pairwise(days))


# ---- terms

_STEP = {"after_days": "10", "kind": "reminder"}
_NOTICE = {"after_days": "30", "kind": "notice", "fee": "40.00", "interest": {"base": "basiszins", "above": "9"}}


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([_STEP, _STEP | {"kind": "notice"}], "steps-out-of-order"),
        ([_STEP | {"fee": "5.00"}, _NOTICE], "second-fee"),
        ([_NOTICE, {"after_days": "40", "kind": "stop", "interest": {"above": "9"}}], "other-interest"),
    ],
)
def test_terms_that_contradict_themselves(steps: list[dict[str, object]], code: str) -> None:
    with pytest.raises(FaultyDocument) as refused:
        parse(DunningTerms, {"steps": steps})

    assert [fault.code for fault in refused.value.faults] == [code]


def test_terms_without_a_base_rate_ask_for_none() -> None:
    days = interest_days(
        date(2024, 1, 1), date(2024, 1, 11), [DueBalance(date(2024, 1, 1), Decimal(3600))], (), BY_CONTRACT, no_index
    )
    assert interest_of(days, "USD") == Decimal("18.00")
