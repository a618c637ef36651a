"""Events as two senders would post them, drawn by a seed, as plain JSON; ``oracle.py`` reads what was posted."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

#: January to March of the local calendar.
FROM, TO = (datetime(2026, month, 1, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC) for month in (1, 4))
#: Instants at which many events come: on both sides of a local month's first instant, which is another one in UTC.
CROWDED = [
    datetime(2026, 1, 31, 22, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 1, 31, 23, 0, 0, tzinfo=UTC),
    datetime(2026, 2, 11, 8, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC),  # the clock goes forward
]
TOKENS = (0.1, 0.2, 7, 1200, "33.5", "0.000001", 1e3, 5)
WATT_HOURS = (1500, 250, 3, "77", 120000.0, 1)


def openmeter_events(count: int, seed: int) -> list[dict[str, Any]]:
    """CloudEvents of two services; some say nothing of what is measured and are of another type."""
    draw = random.Random(seed)
    return [
        {
            "id": f"om-{number // 2}",  # of each service its own
            "source": f"service-{number % 2}",
            "specversion": "1.0",
            "type": "prompt" if draw.random() > 0.05 else "heartbeat",
            "subject": "acme",
            "time": _instant(draw).isoformat().replace("+00:00", "Z"),
            "data": {"usage": {"tokens": draw.choice(TOKENS)}, "model": "m-1"},
        }
        for number in range(count)
    ]


def lago_events(count: int, seed: int) -> list[dict[str, Any]]:
    """Events of two metrics of one subscription; some are of a subscription that nothing is agreed with."""
    draw = random.Random(seed)
    events = []
    for number in range(count):
        instant = _instant(draw)
        code = draw.choice(("energy", "parts"))
        properties = {"wh": draw.choice(WATT_HOURS)} if code == "energy" else {"shift": draw.choice(("early", "late"))}
        whole = int(instant.timestamp())
        events.append(
            {
                "transaction_id": f"lago-{number}",
                "external_subscription_id": "sub-1" if draw.random() > 0.03 else "sub-unknown",
                "code": code,
                "timestamp": whole if draw.random() < 0.5 else f"{whole}.{instant.microsecond:06}",
                "properties": properties,
            }
        )
    return events


def _instant(draw: random.Random) -> datetime:
    if draw.random() < 0.3:
        return draw.choice(CROWDED)
    return FROM + timedelta(microseconds=draw.randrange((TO - FROM) // timedelta(microseconds=1)))
