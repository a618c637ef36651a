"""Kinds without a row elsewhere: what waited for an index is tried once it has values, and open findings are told again."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from api.due_work.own import REMINDED_EVERY, do_own
from api.operations.indices import record_index, release_index
from api.operations.watching import backlogs
from api.server.database import Access, Database
from api.webhooks.notification import KINDS, NotificationType
from api.webhooks.tables import NotificationRow
from contracts.indexation.series import Index
from quantities.document import parse
from tests.api.due_work.office import AUTOMATIC, House, instant
from tests.billing.scene import Scene, on
from tests.build import NOON, acts


@pytest.fixture
def house(access: Access, database: Database) -> House:
    scene = Scene(access, database).declared(AUTOMATIC)
    scene.delivers("2026-01-05 10 60")
    return House(scene, instant("2026-02-02 06:00"))


def test_what_was_refused_for_an_index_is_tried_as_soon_as_it_has_values(house: House) -> None:
    house.puts("""
        insert into due_work (kind, subject, contract_id, due_at, next_at, tries, tried_at, reason)
        select 'bill', id::text, id, '2026-02-02', '2027-01-01', 5, '2026-02-02', 'CPI has no value for 2026-01' from contract""")
    with house.scene.database.transaction(1) as session:
        index = {"index": "CPI", "values": [{"month": "2026-01", "value": "104", "published": "2026-02-12"}]}
        record_index(session, parse(Index, index), who=acts(session, "anna"), at=NOON)
    assert house.waits(kind="rerate") == (), "nothing counts before it is released"
    with house.scene.database.transaction(1) as session:
        release_index(session, "CPI", who=acts(session, "bert"), at=NOON)
    (waiting,) = house.waits(kind="rerate")
    assert waiting.subject == "CPI"
    house.now = datetime.now(UTC) + timedelta(minutes=1)
    do_own(house.scene.database, ["rerate"], None, lambda: house.now)
    assert house.waits(kind="rerate") == ()
    assert house.waits(kind="bill")[0].next_at <= house.now


def test_a_finding_is_told_again_after_three_days_and_each_week_while_it_is_open(house: House) -> None:
    house.puts("""
        insert into finding (series, start, "end", check_kind, found, expected, holds, batch)
        select s.id, '2026-01-05T10:00Z', '2026-01-05T11:00Z', 'gap', '', '', true, (select max(id) from batch)
        from series s join register r on r.id = s.register_id and r.key = 'kwh'""")
    raised = on("2026-03-10")  # when its delivery was recorded

    def told(at: datetime) -> int:
        do_own(house.scene.database, ["remind"], [1], lambda: at)
        # as it was written: it is settled once nobody else on the server is in a transaction
        with house.scene.database.transaction(1) as session:
            again = session.exec(
                select(NotificationRow).where(NotificationRow.type == NotificationType.FINDING_OPEN)
            ).all()
        assert all(one.facts.keys() <= KINDS[NotificationType.FINDING_OPEN].example.keys() for one in again)
        return len(again)

    assert told(raised + timedelta(days=2)) == 0
    assert told(raised + timedelta(days=3, minutes=1)) == 1
    assert told(raised + timedelta(days=5)) == 1
    assert told(raised + timedelta(days=3, minutes=2) + REMINDED_EVERY) == 2
    house.scene.as_superuser("update finding set closed_batch = batch")
    assert told(raised + timedelta(days=30)) == 2
    assert house.waits(kind="remind") == (), "nobody is told of what is answered"


def test_dead_work_is_counted(house: House) -> None:
    house.puts("""
        insert into due_work (kind, subject, due_at, next_at, state, reason)
        values ('rerate', 'CPI', now(), now(), 'dead', 'a fault'), ('remind', '9', now(), now(), 'due', '')""")
    with house.scene.database.transaction(1) as session:
        assert session.execute(text("select count(*) from due_work")).scalar_one() == 2
    assert backlogs(house.scene.database, house.now)[1].dead == {"rerate": 1}
