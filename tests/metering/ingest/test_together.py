"""What is asked and said of a file, together with clock changes, other units and other zones."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from metering import ingest
from tests.build import rows
from tests.metering.ingest.test_asking import SAID, K, known, read
from tests.metering.ingest.test_formats import a_register, codes, values


def starts(parsed: ingest.Parsed) -> list[str]:
    return [f"{reading.start:%H:%M}" for reading in rows(parsed.readings)]


def test_a_counter_goes_on_through_the_hour_that_comes_twice() -> None:
    """By the order of rows: 02:00 of summer time is midnight UTC, and that of winter time an hour later."""
    counter = known(a_register(kind="cumulative"))
    shown = ("01:00", "02:00", "02:00", "03:00")
    text = "Zeit;Wert\n" + "".join(f"2026-10-25 {time};{100 + at},5\n" for at, time in enumerate(shown))
    parsed = read(text, SAID, counter)
    assert starts(parsed) == ["23:00", "00:00", "01:00", "02:00"]
    assert [Decimal(value) for value in values(parsed)] == [Decimal("100.5") + at for at in range(4)]
    assert codes(parsed) == []


def test_a_total_is_one_in_another_unit_too() -> None:
    """1 + 2 + 4 + 8 = 15 kWh, written in Wh, in a row of the day without an hour."""
    cells = [f"2026-06-01 {hour:02}:00;{use}000,0\n" for hour, use in enumerate((1, 2, 4, 8))]
    text = "Zeit;Wert\n" + "".join(cells) + "2026-06-01 00:00;15000,0\n"
    parsed = read(text, replace(SAID, unit="Wh"))
    assert [verdict.code for verdict in parsed.verdicts] == ["looks_like_total"]
    assert sum(Decimal(value) for value in values(parsed)) == 15


def test_another_zone_moves_instants_and_no_use() -> None:
    text = "Zeit;Wert\n" + "".join(f"2026-06-01 {hour:02}:00;{hour},5\n" for hour in range(4))
    local, utc = (read(text, replace(SAID, zone=zone), K) for zone in ("local", "UTC"))
    assert [later.start - sooner.start for sooner, later in zip(rows(local.readings), rows(utc.readings), strict=True)] == [timedelta(hours=2)] * 4  # fmt: skip
    assert values(local) == values(utc)
