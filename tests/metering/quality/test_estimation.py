"""Gaps filled in the stated order, and always scaled to a counter where there is one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.log.reading import Quality, Reading
from metering.quality.estimation.gaps import CountedLess, EstimationMethod, SurroundingReadings, fill, missing, spread
from quantities.period import Period, zone

BERLIN = zone("Europe/Berlin")
NOON = datetime(2026, 3, 30, 10, tzinfo=UTC)  # a Monday, 12:00 in Berlin, the day after the clock was put forward
HOUR = timedelta(hours=1)


def interval(at: int) -> Period:
    return Period(NOON + HOUR * at, NOON + HOUR * (at + 1))


def reading(at: int, value: str) -> Reading:
    return Reading(1, NOON + HOUR * at, NOON + HOUR * (at + 1), Decimal(value))


def known(
    *around: Reading,
    values: dict[datetime, str] | None = None,
    other: dict[int, str] | None = None,
    profile: list[str] | None = None,
) -> SurroundingReadings:
    return SurroundingReadings(
        around,
        {start: Decimal(value) for start, value in (values or {}).items()},
        {NOON + HOUR * at: Decimal(value) for at, value in (other or {}).items()},
        [Decimal(weight) for weight in profile or []],
        BERLIN,
    )


def filled(gap: list[int], facts: SurroundingReadings, total: str | None = None) -> list[tuple[str, str]]:
    made = fill([interval(at) for at in gap], facts, Decimal("0.1"), None if total is None else Decimal(total))
    return [(f"{estimate.value.normalize():f}", estimate.method.value) for estimate in made]


def weeks(*back: int) -> dict[datetime, str]:
    """At noon on the wall of Mondays so many weeks away; before the 29th of March noon is 11:00 UTC."""
    return {
        (NOON.astimezone(BERLIN).replace(tzinfo=None) + timedelta(weeks=n)).replace(tzinfo=BERLIN).astimezone(UTC): str(
            10 * abs(n)
        )
        for n in back
    }


def test_the_order_is_kept_to() -> None:
    line = (reading(-1, "4"), reading(1, "8"))
    assert filled([0], known(*line, values=weeks(-1, -2, -3), other={0: "5"})) == [("5", "other_meter")]
    assert filled([0], known(*line, values=weeks(-1, -2, -3))) == [("6", "line")]
    assert filled([0], known(values=weeks(-1, -2, -3))) == [("20", "like_days")]
    assert filled([0], known()) == [], "nothing is known, so nothing is said"


def test_the_line_over_two_hours_and_no_more() -> None:
    assert filled([0, 1], known(reading(-1, "3"), reading(2, "9"))) == [("5", "line"), ("7", "line")]
    assert filled([0, 1, 2], known(reading(-1, "3"), reading(3, "9"))) == []


def test_like_days_are_those_of_the_clock_on_the_wall_and_of_weeks_ahead_where_none_are_behind() -> None:
    assert filled([0], known(values=weeks(-1, -2, 1))) == [("13.3", "like_days")]  # (10 + 20 + 10) / 3
    wrong_hour = {start + HOUR: value for start, value in weeks(-1, -2, -3).items()}
    assert filled([0], known(values=wrong_hour)) == []


def test_what_a_counter_says_is_missing_is_spread_and_never_exceeded() -> None:
    # 3 + 9 on the line are 5 and 7; the counter says 6 in all: 2.5 and 3.5
    assert filled([0, 1], known(reading(-1, "3"), reading(2, "9")), total="6") == [("2.5", "line"), ("3.5", "line")]
    assert filled([0, 1, 2], known(), total="1") == [("0.4", "profile"), ("0.3", "profile"), ("0.3", "profile")]
    weights = ["1"] * 12 + ["3", "1"] + ["0"] * 10  # three times as much from 12 to 13 on the wall as after
    assert filled([0, 1], known(profile=weights), total="8") == [("6", "profile"), ("2", "profile")]
    assert filled([0], known(values=weeks(-1, -2, -3)), total="0") == [("0", "like_days")]


def test_one_interval_without_a_like_makes_all_be_spread_by_the_profile() -> None:
    """A use does not compare with a weight."""
    assert filled([0, 3], known(values=weeks(-1, -2, -3)), total="10") == [("5", "profile"), ("5", "profile")]


def test_a_counter_that_rose_by_less_than_is_known_is_a_question() -> None:
    with pytest.raises(CountedLess):
        fill([interval(0)], known(), Decimal("0.1"), Decimal(-1))


@given(
    st.decimals(0, 10**6, places=3),
    st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=50),
    st.sampled_from(["0.001", "0.1", "0.25", "1"]),
)
def test_the_parts_add_up_to_the_total_but_for_less_than_a_step(
    total: Decimal, weights: list[Decimal], step: str
) -> None:
    parts = spread(total, weights, Decimal(step))
    assert 0 <= total - sum(parts, Decimal(0)) < Decimal(step)
    assert all(part >= 0 and part % Decimal(step) == 0 for part in parts)
    for (one, more), (other, less) in [
        ((p, w), (q, v)) for p, w in zip(parts, weights, strict=True) for q, v in zip(parts, weights, strict=True)
    ][:200]:
        assert more < less or one >= other - Decimal(step)


def test_an_estimate_is_marked_by_how_it_came_about() -> None:
    (line,) = fill([interval(0)], known(reading(-1, "3"), reading(1, "9")), Decimal("0.1"), None)
    (like,) = fill([interval(0)], known(values=weeks(-1, -2, -3)), Decimal("0.1"), None)
    assert (line.quality, like.quality) == (Quality.ESTIMATED_INTERPOLATION, Quality.ESTIMATED_REFERENCE_DAY)
    assert all(estimate.quality.estimated for estimate in (line, like))
    assert {EstimationMethod.LINE, EstimationMethod.LIKE_DAYS} == {line.method, like.method}


@pytest.mark.parametrize(("there", "gone"), [
    ([], [0, 1, 2, 3]), ([0, 1, 2, 3], []), ([1], [0, 2, 3]), ([0, 3], [1, 2]), ([-1, 4], [0, 1, 2, 3]),
])  # fmt: skip
def test_what_no_reading_covers_is_missing(there: list[int], gone: list[int]) -> None:
    gaps = missing(Period(NOON, NOON + 4 * HOUR), [reading(at, "1") for at in there], HOUR)
    assert gone == [(gap.start - NOON) // HOUR for gap in gaps]
