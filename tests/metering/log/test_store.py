"""The log: appended, never edited, read as of a watermark."""

from decimal import Decimal
from itertools import count

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.server.database import ContradictsStored, Database
from metering.log import store
from metering.log.as_of import NOW
from metering.log.columns import VALUE, Readings, micros
from metering.log.reading import Quality
from quantities.period import Period
from tests.build import NOON, QUARTER, a_reading, delivered, fewer_examples

DAY = Period(NOON, NOON + 96 * QUARTER)


def values(database: Database, watermark: int = NOW, tenant: int = 1) -> list[tuple[int, str | None]]:
    with database.transaction(tenant) as session:
        readings = store.readings_as_of(session, [1], DAY, watermark)
    return [
        ((reading.start - NOON) // QUARTER, None if reading.value is None else format(reading.value.normalize(), "f"))
        for reading in readings
    ]


def test_a_correction_is_a_later_batch_and_both_stay_visible(database: Database) -> None:
    with database.transaction(1) as session:
        first = delivered(session, a_reading(at=0, value="10"), a_reading(at=1, value="11"))
    with database.transaction(1) as session:
        second = delivered(session, a_reading(at=1, value="12.5", quality=Quality.MANUALLY_EDITED))
    with database.transaction(1) as session:
        third = delivered(session, a_reading(at=0, value=None))

    assert values(database, first) == [(0, "10"), (1, "11")]
    assert values(database, second) == [(0, "10"), (1, "12.5")]
    assert [(0, None), (1, "12.5")] == values(database, third) == values(database)
    assert values(database, first - 1) == []


def test_a_reading_comes_back_as_it_was_written(database: Database) -> None:
    written = a_reading(at=3, value="123456789012345678901234.123456789012", quality=Quality.ESTIMATED_INTERPOLATION)
    with database.transaction(1) as session:
        number = delivered(session, written)
    with database.transaction(1) as session:
        (reading,) = store.readings_as_of(session, [1], DAY)
    assert (written.value, written.start, written.end, written.quality, number) == (
        reading.value,
        reading.start,
        reading.end,
        reading.quality,
        reading.batch,
    )
    assert reading.quality.estimated


def test_many_readings_that_are_part_of_more_come_back_as_they_were_written(database: Database) -> None:
    """The encoder takes a few at a time, and none from the beginning of its columns."""
    count_ = 5000
    written = [None if at % 7 == 0 else Decimal(at * at - 1000) / 1000 for at in range(count_)]
    start = micros(NOON) + np.arange(count_) * 900_000_000
    readings = Readings(
        np.ones(count_, np.int64),
        start,
        start + 1 + np.arange(count_) % 5,
        pa.array(written, VALUE),
        np.arange(count_) % 2 * int(Quality.VERIFIED),
        np.arange(count_) + 1,
    )
    with database.transaction(1) as session:
        number = store.open_batch(session)
        store.append_readings(session, readings.between(100, 4800), number)
    with database.transaction(1) as session:
        stored = store.readings_as_of(session, [1], Period(NOON, NOON + count_ * QUARTER))
    assert [(one.start, one.value, one.line) for one in stored] == [
        (NOON + at * QUARTER, written[at], at + 1) for at in range(100, 4800)
    ]
    assert [(micros(one.end), int(one.quality)) for one in stored] == list(
        zip(readings.end[100:4800].tolist(), readings.quality[100:4800].tolist(), strict=True)
    )


def test_a_smaller_scale_is_stored_as_it_is(database: Database) -> None:
    rows = store.table_of_readings([a_reading(value="7.25", batch=1)])
    at = rows.schema.get_field_index("value")
    with database.transaction(1) as session:
        store.append(session, rows.set_column(at, "value", rows["value"].cast(pa.decimal128(10, 2))))
    assert values(database) == [(0, "7.25")]


def test_nothing_of_a_delivery_stays_when_its_transaction_fails(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction(1) as session:
        delivered(session, a_reading())
        raise RuntimeError
    assert values(database) == []


def test_the_same_row_of_the_same_batch_is_refused_and_not_overwritten(database: Database) -> None:
    with pytest.raises(ContradictsStored), database.transaction(1) as session:
        store.append(session, store.table_of_readings([a_reading(batch=1), a_reading(batch=1)]))


@pytest.mark.parametrize(
    "columns", [store.LOG.names[:-1], ["tenant", *store.LOG.names[1:]], list(reversed(store.LOG.names))]
)
def test_other_columns_are_refused(database: Database, columns: list[str]) -> None:
    with pytest.raises(store.NotALogTable), database.transaction(1) as session:
        store.append(session, pa.table({name: pa.array([], pa.int32()) for name in columns}))


@pytest.mark.parametrize(
    "statement",
    [
        "update reading set value = 1",
        "delete from reading",
        "truncate reading",
        "insert into reading (series) values (1)",
    ],
)
def test_the_application_can_only_append(database: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), database.transaction(1) as session:
        session.execute(text(statement))


def test_without_a_tenant_there_is_no_batch_and_no_watermark(database: Database) -> None:
    for act in (store.open_batch, store.watermark):
        with pytest.raises(Exception, match="null value"), database.transaction() as session:
            act(session)
    with pytest.raises(ContradictsStored), database.transaction() as session:
        store.append(session, store.table_of_readings([a_reading(batch=1)]))


_fresh_series = count(1000)


@settings(fewer_examples(4), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 5), st.one_of(st.none(), st.decimals(-1000, 1000, places=3))),
            max_size=6,
            unique_by=lambda reading: reading[0],
        ),
        max_size=6,
    )
)
def test_as_of_any_batch_is_what_replaying_the_batches_up_to_it_gives(
    database: Database, batches: list[list[tuple[int, Decimal | None]]]
) -> None:
    known: dict[int, Decimal | None] = {}
    expected = {}
    series = next(_fresh_series)  # hypothesis calls many times on one database
    for rows in batches:
        with database.transaction(1) as session:
            number = delivered(
                session, *(a_reading(series, at, None if value is None else str(value)) for at, value in rows)
            )
        known |= dict(rows)
        expected[number] = dict(known)
    with database.transaction(1) as session:
        for number, state in expected.items():
            readings = store.readings_as_of(session, [series], DAY, number)
            assert state == {(reading.start - NOON) // QUARTER: reading.value for reading in readings}


def test_a_watermark_lags_behind_what_is_in_flight_and_nobody_waits(database: Database) -> None:
    with database.transaction(1) as session:
        first = delivered(session, a_reading(at=0))
    with database.transaction(1) as slow:
        in_flight = delivered(slow, a_reading(at=1))
        with database.transaction(1) as quick:
            after = delivered(quick, a_reading(at=2))
        with database.transaction(1) as session:
            assert first == store.watermark(session) < in_flight < after
        with database.transaction(2) as session:
            assert store.watermark(session) == 0, "another tenant's deliveries are nothing to it"
            own = delivered(session, a_reading())
        with database.transaction(2) as session:
            assert own == store.watermark(session) == 1, "nor do they hold it back"
    with database.transaction(1) as session:
        assert after == store.watermark(session)


def test_a_number_that_was_rolled_back_holds_nobody_back(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction(1) as session:
        lost = delivered(session, a_reading())
        raise RuntimeError
    with database.transaction(1) as session:
        assert lost == store.watermark(session)


def test_a_driver_error_of_a_copy_is_no_bare_one(database: Database) -> None:
    with pytest.raises(ContradictsStored) as refusal, database.transaction(1) as session:
        store.append(session, store.table_of_readings([a_reading(batch=1), a_reading(batch=1)]))
    assert isinstance(refusal.value.__cause__, psycopg.errors.UniqueViolation)
    assert "pk_reading" in str(refusal.value)
    assert "2026" not in str(refusal.value), "the row is nobody's business"
