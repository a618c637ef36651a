"""Plain builders with readable defaults."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
from sqlalchemy import text
from sqlmodel import Session

from metering.log import store
from metering.log.columns import VALUE, Readings, instant_of, micros
from metering.log.reading import Quality, Reading
from quantities.number import trimmed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def a_reading(
    series: int = 1, at: int = 0, value: str | None = "1", batch: int = 0, quality: Quality = Quality.VALID
) -> Reading:
    """The ``at``-th quarter-hour from noon of 1 March 2026."""
    start = NOON + at * QUARTER
    return Reading(series, start, start + QUARTER, None if value is None else Decimal(value), quality, batch)


def delivered(session: Session, *readings: Reading) -> int:
    """Append readings as one batch, and say its number."""
    number = store.open_batch(session)
    rows = store.table(readings)
    numbered = rows.set_column(
        rows.schema.get_field_index("batch"), store.LOG.field("batch"), pa.array([number] * len(readings), pa.int64())
    )
    store.append(session, numbered)
    return number


def a_series(session: Session, key: str = "compressor.air", unit: str = "m3@iso1217") -> int:
    """A site, an asset, a meter, a register and its one series; the number of the series."""
    site = session.execute(
        text("insert into site (name, zone) values (:n, 'Europe/Berlin') returning id"), {"n": f"site of {key}"}
    ).scalar_one()
    asset = session.execute(
        text("insert into asset (site_id, name) values (:s, :n) returning id"), {"s": site, "n": f"asset of {key}"}
    ).scalar_one()
    meter = session.execute(
        text("insert into meter (asset_id, name) values (:a, :n) returning id"), {"a": asset, "n": f"meter of {key}"}
    ).scalar_one()
    register = session.execute(
        text("""insert into register (meter_id, key, kind, unit, quantity_kind, resolution, multiplier)
                values (:m, :k, 'interval', :u, 'gas_volume', 0.001, 1) returning id"""),
        {"m": meter, "k": key, "u": unit},
    ).scalar_one()
    return int(
        session.execute(
            text("insert into series (register_id, dimensions) values (:r, '{}') returning id"), {"r": register}
        ).scalar_one()
    )


def columns(readings: Iterable[Reading]) -> Readings:
    """Readings as columns, in their order."""
    rows = sorted(readings, key=lambda each: (each.series, each.start))
    return Readings(
        np.array([each.series for each in rows], np.int64),
        np.array([micros(each.start) for each in rows], np.int64),
        np.array([micros(each.end) for each in rows], np.int64),
        pa.array([each.value for each in rows], VALUE),
        np.array([int(each.quality) for each in rows], np.int64),
        np.array([each.line for each in rows], np.int64),
    )


def rows(found: Readings) -> list[Reading]:
    """Columns as readings."""
    return [
        Reading(
            int(found.series[at]), instant_of(found.start[at]), instant_of(found.end[at]),
            None if (value := found.value[at].as_py()) is None else trimmed(value), Quality(int(found.quality[at])), 0, int(found.line[at]),
        )
        for at in range(len(found))
    ]  # fmt: skip
