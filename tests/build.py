"""Plain builders with readable defaults."""

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import settings
from sqlalchemy import text
from sqlmodel import Session

from api.access.caller import IdentityKind
from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.people import create_identity, enrol
from api.server.database import SYSTEM, Access, Acting, Database, act
from api.server.provision import administering
from metering.log import store
from metering.log.columns import VALUE, Readings, instant_of, micros
from metering.log.reading import Quality, Reading
from quantities.number import trimmed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def fewer_examples(times: int) -> settings:
    """So many times fewer examples than the profile takes: for a property of which one example is slow."""
    return settings(max_examples=settings().max_examples // times)


def a_reading(
    series: int = 1, at: int = 0, value: str | None = "1", batch: int = 0, quality: Quality = Quality.VALID
) -> Reading:
    """The ``at``-th quarter-hour from noon of 1 March 2026."""
    start = NOON + at * QUARTER
    return Reading(series, start, start + QUARTER, None if value is None else Decimal(value), quality, batch)


def a_key(access: Access, tenant: int, role: Role, name: str, at: datetime = NOON, party: str | None = None) -> str:
    """A key of somebody who may call."""
    with closing(Database(access.app)) as database, database.transaction(tenant) as session:
        key = enrol(session, NewIdentity(name, role, party=party), at=at).key
    let_in(access, name)
    return key


def let_in(access: Access, name: str) -> None:
    """Let somebody act who waits for another owner, by an administrator's hand."""
    with administering(access.administrator) as connection:
        connection.execute(
            text(
                "update identity set released_at = created_at, disabled_at = null where name = :n and released_at is null"
            ),
            {"n": name},
        )
        connection.execute(
            text("""update credential c set released_at = c.created_at, revoked_at = null from identity i
                    where i.tenant = c.tenant and i.id = c.identity and i.name = :n and c.released_at is null"""),
            {"n": name},
        )


def meters(session: Session) -> None:
    """Let a meter's own program act in the rest of a transaction: what it corrects is measured."""
    act(session, SYSTEM)
    known = session.execute(text("select id from identity where name = 'telematics'")).scalar_one_or_none()
    program = NewIdentity("telematics", Role.METER, IdentityKind.PROGRAM)
    number = known or create_identity(session, program, at=NOON).id
    act(session, Acting(number, Role.OWNER.value))  # whatever it is, it may all that a test does


def acts(session: Session, name: str) -> str:
    """Let somebody act in the rest of a transaction, who is enrolled where nobody of the name is; say the name again."""
    act(session, SYSTEM)
    known = session.execute(text("select id from identity where lower(name) = lower(:name)"), {"name": name})
    number = known.scalar_one_or_none() or create_identity(session, NewIdentity(name, Role.FINANCE), at=NOON).id
    act(session, Acting(number, Role.OWNER.value))  # whatever it is, it may all that a test does
    return name


def delivered(session: Session, *readings: Reading) -> int:
    """Append readings as one batch, and say its number."""
    number = store.open_batch(session)
    rows = store.table_of_readings(readings)
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
    rows = sorted(readings, key=lambda reading: (reading.series, reading.start))
    return Readings(
        np.array([reading.series for reading in rows], np.int64),
        np.array([micros(reading.start) for reading in rows], np.int64),
        np.array([micros(reading.end) for reading in rows], np.int64),
        pa.array([reading.value for reading in rows], VALUE),
        np.array([int(reading.quality) for reading in rows], np.int64),
        np.array([reading.line for reading in rows], np.int64),
    )


def rows(readings: Readings) -> list[Reading]:
    """Columns as readings."""
    return [
        Reading(
            series=int(readings.series[at]),
            start=instant_of(readings.start[at]),
            end=instant_of(readings.end[at]),
            value=None if (value := readings.value[at].as_py()) is None else trimmed(value),
            quality=Quality(int(readings.quality[at])),
            line=int(readings.line[at]),
        )
        for at in range(len(readings))
    ]
