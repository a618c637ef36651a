"""Three months of readings of the example fleet, generated from a seed: the same bytes on every machine."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from quantities.period import Period, midnight, zone

SEED = 20260101
FIRST, AFTER_LAST = date(2026, 1, 1), date(2026, 4, 1)
PRESS_INSTALLED = date(2026, 1, 15)
_WORK_STARTS, _WORK_ENDS, _SATURDAY = 6, 22, 5
_SHEETS_BEFORE = 9_400_000  # the seven-digit counter rolls over on the way
_TURN = 10_000_000


def air(first: date, after_last: date) -> bytes:
    """Hourly m³ of the compressor station, with the offset stated: busy on working days, leaks at night."""
    chance = random.Random(f"{SEED} air {first}")
    berlin = zone("Europe/Berlin")
    rows = ["time,value,register"]
    start = midnight(first, berlin)
    while start < midnight(after_last, berlin):
        local = start.astimezone(berlin)
        busy = local.weekday() < _SATURDAY and _WORK_STARTS <= local.hour < _WORK_ENDS
        tenths = chance.randint(520, 780) if busy else chance.randint(60, 95)
        rows.append(f"{local.isoformat()},{_tenths(tenths)},k1.air")
        start += timedelta(hours=1)
    return _file(rows)


def corrected_air(day: date) -> bytes:
    """The same hours of one day, as they come out once the transmitter's drift is taken off: 4 % less."""
    berlin = zone("Europe/Berlin")
    rows = ["time,value,register"]
    for line in air(day.replace(day=1), AFTER_LAST).decode().splitlines()[1:]:
        time, value, register = line.split(",")
        if datetime.fromisoformat(time).astimezone(berlin).date() == day:
            rows.append(f"{time},{(Decimal(value) * Decimal('0.96')).quantize(Decimal('0.1'))},{register}")
    return _file(rows)


def hours() -> bytes:
    """The excavator's hour meter, read on each midnight in Lyon."""
    chance = random.Random(f"{SEED} hours")
    paris, meter, rows = zone("Europe/Paris"), 41_873, ["time,value,register"]
    for day, instant in _midnights(FIRST, paris):
        rows.append(f"{instant.isoformat()},{_tenths(meter)},e12.hours")
        meter += chance.randint(50, 96) if day.weekday() < _SATURDAY else 0
    return _file(rows)


def sheets() -> bytes:
    """The press's counter, read on each midnight in Cologne since it was installed."""
    chance = random.Random(f"{SEED} sheets")
    berlin, meter, rows = zone("Europe/Berlin"), _SHEETS_BEFORE, ["time,value,register"]
    for day, instant in _midnights(PRESS_INSTALLED, berlin):
        rows.append(f"{instant.isoformat()},{meter % _TURN},p5.sheets")
        meter += chance.randint(18_000, 31_000) if day.weekday() < _SATURDAY else 0
    return _file(rows)


def _midnights(first: date, where: ZoneInfo) -> Iterator[tuple[date, datetime]]:
    for day, part in Period.of_days(first, AFTER_LAST, where).days(where):
        yield day, part.start.astimezone(UTC)
    yield AFTER_LAST, midnight(AFTER_LAST, where)


def _tenths(number: int) -> str:
    return f"{number // 10}.{number % 10}"


def _file(rows: list[str]) -> bytes:
    return ("\n".join(rows) + "\n").encode()
