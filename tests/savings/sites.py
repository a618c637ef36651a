"""Meters and stations of two tenants with readings of all kinds: gaps, zeros, estimates, and a later delivery.

Both tenants have registers of the same keys, with other figures. The second delivery corrects some readings, withdraws
some and brings some that were late.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import yaml
from sqlmodel import Session

from api.operations.readings import ingest
from api.server.database import Access
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare, registers
from metering.ingest import IngestOptions
from metering.log.reading import Reading
from metering.log.store import append, open_batch, table_of_readings, watermark
from quantities.document import parse, read
from quantities.period import Period, zone
from tests.billing.scene import on
from tests.conftest import application_pool

BERLIN = zone("Europe/Berlin")
#: Around the day that has 23 hours in Berlin.
FIRST, AFTER_LAST = date(2026, 3, 24), date(2026, 4, 4)
TENANTS = (1, 2)
COUNTS: dict[str, object] = {"kind": "interval", "unit": "kWh", "resolution": "0.001", "interval_minutes": "60"}
REGISTERS: dict[str, dict[str, object]] = {
    "whole": COUNTS,  # nothing is missing
    "hours": COUNTS,
    "other": COUNTS,
    "rated": {**COUNTS, "multiplier": "2.50"},
    "shifts": {**COUNTS, "dimensions": ["shift"]},
    "quarters": {**COUNTS, "interval_minutes": "15"},
    "mwh": {**COUNTS, "unit": "MWh"},
    "days": {**COUNTS, "interval_minutes": "1440"},
    "counter": {"kind": "cumulative", "unit": "kWh", "resolution": "0.1"},
    "parts": {"kind": "interval", "unit": "part", "resolution": "1", "interval_minutes": "60"},
    "station": {"kind": "instantaneous", "unit": "degC", "resolution": "0.1"},
    "roof": {"kind": "instantaneous", "unit": "degF", "resolution": "0.1"},
}
#: Hours between the reads of what is read at instants.
EVERY = {"station": 1, "roof": 3, "counter": 5}


@dataclass(frozen=True)
class Figure:
    """A row of a delivery; without a value it withdraws a reading."""

    start: datetime
    end: datetime | None
    value: Decimal | None
    is_estimate: bool = False
    shift: str = ""


#: By tenant and register, what each delivery says of each start and shift.
Figures = dict[tuple[int, str], tuple[dict[tuple[datetime, str], Figure], dict[tuple[datetime, str], Figure]]]


def starts(register: str) -> Iterator[tuple[datetime, datetime | None]]:
    """When the readings of a register start, and end."""
    period = Period.of_days(FIRST, AFTER_LAST, BERLIN)
    if register == "days":
        yield from ((day.start, day.end) for _, day in period.days(BERLIN))
        return
    declared = REGISTERS[register]
    minutes = EVERY[register] * 60 if register in EVERY else int(str(declared["interval_minutes"]))
    at = period.start
    while at < period.end:
        yield at, None if register in EVERY else at + timedelta(minutes=minutes)
        at += timedelta(minutes=minutes)


def first_delivery(tenant: int, register: str) -> Iterator[Figure]:
    chance, total = random.Random(f"{tenant} {register}"), Decimal(0)
    for start, end in starts(register):
        drawn = chance.random()
        if register != "whole" and (drawn < 0.02 or (start.day == 27 and chance.random() < 0.6)):
            continue
        value = Decimal(chance.randrange(1, 9000)).scaleb(-chance.randrange(4)) if register not in EVERY else None
        if register == "parts":
            value = Decimal(chance.randrange(20))
        elif register == "counter":
            total += chance.randrange(200)
            value = total / 10
        elif value is None:
            value = Decimal(chance.randrange(-100, 700)) / 10
        is_zero = register in ("hours", "quarters", "rated") and (drawn > 0.98 or start.day == 30)
        figure = Figure(start, end, Decimal(0) if is_zero else value, is_estimate=0.5 < drawn < 0.53)
        if register != "shifts":
            yield figure
            continue
        for shift in ("early", "late")[: chance.randrange(1, 3)]:
            yield Figure(start, end, value, shift=shift)


def second_delivery(tenant: int, register: str, first: dict[tuple[datetime, str], Figure]) -> Iterator[Figure]:
    """Corrections, rows withdrawn, and rows that were late; of a counter nothing."""
    chance = random.Random(f"{tenant} {register} again")
    if register == "counter":
        return
    for start, end in starts(register):
        known = [first[start, shift] for shift in ("", "early", "late") if (start, shift) in first]
        if not known and chance.random() < 0.5:
            shift = "early" if register == "shifts" else ""
            yield Figure(start, end, Decimal(chance.randrange(1, 50)), shift=shift)
        for figure in known:
            if chance.random() < 0.02:
                value = None if chance.random() < 0.5 else Decimal(chance.randrange(1, 50))
                yield Figure(start, end, value, shift=figure.shift)


def deliveries() -> Figures:
    figures: Figures = {}
    for tenant in TENANTS:
        for register in REGISTERS:
            first = {(figure.start, figure.shift): figure for figure in first_delivery(tenant, register)}
            again = {(figure.start, figure.shift): figure for figure in second_delivery(tenant, register, first)}
            figures[tenant, register] = first, again
    return figures


FIGURES = deliveries()


def known_figures(tenant: int, register: str, delivery: int) -> list[Figure]:
    """What counts of a register after so many deliveries."""
    merged: dict[tuple[datetime, str], Figure] = {}
    for delivered in FIGURES[tenant, register][:delivery]:
        merged |= delivered
    return [merged[key] for key in sorted(merged) if merged[key].value is not None]


def _csv(tenant: int, delivery: int) -> bytes:
    lines = ["start,end,value,register,quality,shift"]
    for register in REGISTERS:
        for figure in FIGURES[tenant, register][delivery].values():
            if figure.value is None:
                continue
            quality = "estimated_reference_day" if figure.is_estimate else ""
            end = "" if figure.end is None else figure.end.isoformat()
            lines.append(f"{figure.start.isoformat()},{end},{figure.value:f},{register},{quality},{figure.shift}")
    return "\n".join(lines).encode()


def withdraw(session: Session, tenant: int, delivery: int) -> None:
    """Write the rows without a value, which no file can have."""
    known, batch, rows = registers(session, REGISTERS), open_batch(session), []
    for key, stored in known.items():
        for figure in FIGURES[tenant, key][delivery].values():
            if figure.value is None:
                series = stored.dimensioned[("shift", figure.shift),] if figure.shift else stored.series
                rows.append(Reading(series, figure.start, figure.end or figure.start, None, batch=batch))
    append(session, table_of_readings(sorted(rows, key=lambda row: (row.series, row.start))))


def fill(access: Access) -> dict[int, tuple[int, int]]:
    """Deliver all of it; the watermarks of each tenant after each delivery."""
    listed = [{"key": key, **declared} for key, declared in REGISTERS.items()]
    assets = [{"name": "Hall", "meters": [{"name": "M", "registers": listed}]}]
    fleet = {"sites": [{"name": "Werk", "zone": "Europe/Berlin", "assets": assets}]}
    marks: dict[int, list[int]] = {tenant: [] for tenant in TENANTS}
    with application_pool(access) as database:
        for tenant in TENANTS:
            with database.transaction(tenant) as session:
                declare(session, parse(Fleet, read(yaml.safe_dump(fleet))))
        for delivery in (0, 1):
            for tenant in TENANTS:
                with database.transaction(tenant) as session:
                    sender = Sender(f"{delivery}.csv", "telematics", on("2026-04-10"), "as read again")
                    receipt = ingest(session, sender, _csv(tenant, delivery), IngestOptions())
                    assert not receipt.refused, receipt.verdicts[:3]
                    withdraw(session, tenant, delivery)
                with database.transaction(tenant) as session:
                    marks[tenant].append(watermark(session))
    return {tenant: (first, second) for tenant, (first, second) in marks.items()}


def days(first: int, count: int, zone_name: str) -> Period:
    """Some of the local days, by how many are before the first of them."""
    start = FIRST + timedelta(first)
    return Period.of_days(start, min(start + timedelta(count), AFTER_LAST), zone(zone_name))
