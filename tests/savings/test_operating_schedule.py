"""Operating modes: the share of a row in a band of a calendar."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from quantities.document import FaultyDocument, parse
from quantities.period import Period
from savings.operating_schedule import OperatingSchedule, mode_shares

BERLIN = ZoneInfo("Europe/Berlin")
TERMS = {
    "calendar": {
        "bands": [
            {"name": "working", "days": ["mon", "tue", "wed", "thu"]},
            {"name": "short", "days": ["fri"], "hours": [{"start": "07:00", "end": "12:00"}]},
            {"name": "night", "days": ["sun"], "hours": [{"start": "00:00", "end": "06:00"}]},
        ],
        "otherwise": "off",
    },
    "band": "working",
}


@pytest.mark.parametrize(
    ("band", "first", "days", "share"),
    [
        pytest.param("working", date(2026, 3, 2), 1, Decimal(1), id="a Monday"),
        pytest.param("short", date(2026, 3, 6), 1, Decimal("0.208333333333333"), id="5 of a Friday's 24 hours"),
        pytest.param("working", date(2026, 3, 8), 1, Decimal(0), id="a Sunday"),
        pytest.param("working", date(2026, 3, 2), 7, Decimal("0.571428571428571"), id="4 · 24 of a week's 168"),
        pytest.param("night", date(2026, 3, 29), 1, Decimal("0.217391304347826"), id="5 of 23: the clock goes forward"),
        pytest.param("night", date(2026, 10, 25), 1, Decimal("0.28"), id="7 of 25: the clock goes back"),
    ],
)
def test_by_hand(band: str, first: date, days: int, share: Decimal) -> None:
    mode = parse(OperatingSchedule, {**TERMS, "band": band})
    period = Period.of_days(first, first + timedelta(days), BERLIN)
    assert mode.share_of(period, BERLIN) == share
    assert mode_shares({"mode": mode}, period, BERLIN) == {"mode": share}


def test_all_bands_of_a_calendar_are_the_whole() -> None:
    week = Period.of_days(date(2026, 3, 23), date(2026, 3, 30), BERLIN)
    shares = [
        parse(OperatingSchedule, {**TERMS, "band": band}).share_of(week, BERLIN)
        for band in ("working", "short", "night", "off")
    ]
    assert abs(sum(shares, Decimal(-1))) <= Decimal("3e-15")


def test_a_band_is_one_of_the_calendar() -> None:
    with pytest.raises(FaultyDocument, match="holiday is no band of the calendar"):
        parse(OperatingSchedule, {**TERMS, "band": "holiday"})
