"""A small delivery is stored without waiting for each statement: what it does and says is what a large one does and says."""

import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from api.operations.readings import ingest
from api.server.database import REQUEST, Access, ContradictsStored, Database, HeldByAnother, Patience
from api.server.provision import administering
from metering.deliveries.receipt import Receipt, RefusedWhole, Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log import store as log
from metering.log.store import lock_series
from metering.log.transaction import send, together
from metering.tenants.store import create_tenant
from quantities.document import parse, read
from tests.billing.scene import FLEET

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 2, 1, tzinfo=UTC)
NAMES = itertools.count()
#: What is kept of deliveries, with series by their place and batches in their order.
KEPT = (
    """select dense_rank() over (order by series), start, "end", dense_rank() over (order by batch), line, quality,
              trim_scale(value) from reading order by 1, 2, 4""",
    """select dense_rank() over (order by series), start, "end", dense_rank() over (order by batch), corrected
       from batch_touch order by 1, 2, 4""",
    """select dense_rank() over (order by series), at, dense_rank() over (order by batch), kind, gained, serial
       from register_event order by 1, 2, 3""",
    "select dense_rank() over (order by batch), line, code, found, expected from verdict order by 1, 2",
    """select kind, source, reason, recorded_by, recorded_at, payload_sha256, idempotency_key, request_sha256, stored,
              corrected, unchanged, refused, how_read from batch order by id""",
    """select check_kind, start, "end", found, expected, holds, closed_batch is null from finding order by 2, 1, 4""",
)


def tenant_with_fleet(access: Access, database: Database) -> int:
    with administering(access.administrator) as administrator:
        tenant = create_tenant(administrator, f"T{next(NAMES)}")
    checked = FLEET.replace(
        'interval_minutes: "60"}', 'interval_minutes: "60", checks: [{kind: gap}, {kind: limit, highest: "50"}]}'
    )
    with database.transaction(tenant) as session:
        declare(session, parse(Fleet, read(checked)))
    return tenant


@contextmanager
def one_after_the_other() -> Iterator[None]:
    """As a large delivery is stored: with COPY, and waiting for each statement."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(log, "FEW", -1)
        yield


def delivered(database: Database, tenant: int, rows: list[tuple[str, int, str]], *, atomic: bool) -> Any:
    readings = [
        {
            "register": register,
            "time": (BEGIN + timedelta(hours=hour)).isoformat(),
            "end": (BEGIN + timedelta(hours=hour + (2 if value == "2.5" else 1))).isoformat(),  # some overlap
            "value": value,
            "quality": ("valid", "estimated_interpolation", "questionable")[hour % 3],
        }
        for register, hour, value in rows
    ]
    raw = json.dumps({"readings": readings}).encode()
    try:
        with database.transaction(tenant) as session:
            receipt = ingest(session, Sender("feed", "anna", NOW), raw, IngestOptions(keep_totals=True), atomic=atomic)
    except RefusedWhole as refused:
        return refused.members
    return relative(receipt)


def relative(receipt: Receipt) -> dict[str, Any]:
    return asdict(receipt) | {"batch": None, "seen_before": receipt.seen_before and receipt.batch - receipt.seen_before}


def kept(database: Database, tenant: int) -> list[list[tuple[Any, ...]]]:
    with database.transaction(tenant) as session:
        return [[tuple(row) for row in session.execute(text(asked))] for asked in KEPT]


HOURS = st.integers(0, 30)
ROW = st.one_of(
    st.tuples(st.just("kwh"), HOURS, st.sampled_from(["0", "1", "2.5", "60", "1.23", "-1", "x"])),
    st.tuples(st.just("hours"), HOURS, st.sampled_from(["5", "6", "7.5", "9990", "9999.9", "10000", "1", "12"])),
    st.tuples(st.just("nobody"), HOURS, st.just("1")),
)
DELIVERY = st.tuples(st.lists(ROW, min_size=1, max_size=12), st.booleans())


@given(st.lists(DELIVERY, min_size=1, max_size=4))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_delivery_stores_and_says_what_it_does_one_statement_after_the_other(
    access: Access, database: Database, deliveries: list[tuple[list[tuple[str, int, str]], bool]]
) -> None:
    together, waiting = (tenant_with_fleet(access, database) for _ in range(2))
    for rows, atomic in deliveries:
        answer = delivered(database, together, rows, atomic=atomic)
        with one_after_the_other():
            assert answer == delivered(database, waiting, rows, atomic=atomic)
    assert kept(database, together) == kept(database, waiting)


def test_a_delivery_that_waits_too_long_for_another_is_told_so(access: Access, database: Database) -> None:
    tenant = tenant_with_fleet(access, database)
    hasty = Database(access.app, patience=Patience(lock_s=0.1, statement_s=REQUEST.statement_s, idle_s=REQUEST.idle_s))
    with database.transaction(tenant) as session:
        numbers = session.execute(text("select id from series")).scalars().all()
        lock_series(session, numbers)
        with pytest.raises(HeldByAnother):
            delivered(hasty, tenant, [("kwh", 1, "1")], atomic=False)
    assert delivered(hasty, tenant, [("kwh", 1, "1")], atomic=False)["stored"] == 1
    hasty.close()


def test_what_the_database_refuses_of_a_delivery_is_told(
    access: Access, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = tenant_with_fleet(access, database)

    def send_twice(session: Session, statement: str, given: Mapping[str, object]) -> None:
        for _ in range(2):  # so each row, too
            send(session, statement, given)

    monkeypatch.setattr("metering.log.store.send", send_twice)
    with pytest.raises(ContradictsStored):
        delivered(database, tenant, [("kwh", 1, "1")], atomic=False)
    monkeypatch.undo()
    assert delivered(database, tenant, [("kwh", 1, "1")], atomic=False)["stored"] == 1


@pytest.mark.parametrize(("rows", "is_few"), [
    pytest.param([("kwh", hour, "1") for hour in range(100)], True, id="some days"),
    pytest.param([("kwh", hour, "1") for hour in range(1001)], False, id="many rows"),
    pytest.param([("kwh", 0, "1"), ("kwh", 24 * 32, "1")], False, id="a long time, with who knows how many stored in between"),
    pytest.param([("kwh", 0, "1"), ("hours", 24 * 32, "1")], True, id="each register alone, wherever it is"),
])  # fmt: skip
def test_what_is_few(
    access: Access,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[str, int, str]],
    *,
    is_few: bool,
) -> None:
    tenant, seen = tenant_with_fleet(access, database), []

    def noted(session: Session) -> AbstractContextManager[None]:
        seen.append(session)
        return together(session)

    monkeypatch.setattr("metering.deliveries.store.together", noted)
    assert delivered(database, tenant, rows, atomic=False)["stored"] == len(rows)
    assert bool(seen) == is_few


def test_deliveries_side_by_side_of_one_register_are_one_after_the_other(access: Access, database: Database) -> None:
    tenant, answers = tenant_with_fleet(access, database), []
    rows = [("hours", hour, str(10 + hour)) for hour in range(20)]
    threads = [
        threading.Thread(target=lambda: answers.append(delivered(database, tenant, rows, atomic=False)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["stored"] for answer in answers) == [0, 0, 0, 0, 20]
    assert sorted(answer["unchanged"] for answer in answers) == [0, 20, 20, 20, 20]
