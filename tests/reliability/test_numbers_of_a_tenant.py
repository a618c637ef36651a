"""From its own receipts a tenant learns nothing of what others do: what leaves the house is numbered by tenant."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.server.database import Access, Database
from api.server.provision import administering, downgrade, upgrade
from metering.log import store
from tests.build import a_reading, a_series, delivered
from tests.conftest import application_pool

NUMBERED = ("dispute", "edit", "finding", "identity", "index_value", "machine_grant", "signature", "statement")
_IDENTITY = text(
    "insert into identity (kind, name, role, created_at) values ('person', :name, 'owner', now()) returning id"
)


def identities(database: Database, tenant: int, *names: str) -> list[int]:
    with database.transaction(tenant) as session:
        return [session.execute(_IDENTITY, {"name": name}).scalar_one() for name in names]


def test_batches_of_another_are_not_in_a_tenants_numbers(database: Database) -> None:
    numbers: dict[int, list[int]] = {1: [], 2: []}
    for tenant in (1, 2, 2, 2, 1):
        with database.transaction(tenant) as session:
            numbers[tenant].append(delivered(session, a_reading(at=len(numbers[tenant]))))
    assert numbers == {1: [1, 2], 2: [1, 2, 3]}
    for tenant, newest in ((1, 2), (2, 3)):
        with database.transaction(tenant) as session:
            assert store.watermark(session) == newest


def test_nor_are_rows(database: Database) -> None:
    assert [identities(database, 1, "a"), identities(database, 2, "b", "c"), identities(database, 1, "d")] == [
        [1], [1, 2], [2],
    ]  # fmt: skip


def test_every_table_whose_numbers_are_shown_has_them(access: Access) -> None:
    with administering(access.administrator) as admin:
        numbered = admin.execute(
            text("select tgrelid::regclass::text from pg_trigger where tgname = 'a_number_of_its_tenants'")
        ).scalars()
        assert sorted(numbered) == sorted(NUMBERED)
        sequences = set(admin.execute(text("select relname from pg_class where relkind = 'S'")).scalars())
        assert {f"{name}_number_{tenant}" for name in (*NUMBERED, "batch") for tenant in (1, 2)} <= sequences


@pytest.mark.parametrize("statement", [
    "select last_value from batch_number_2", "select nextval('batch_number_1')", "select setval('dispute_number_1', 1)",
    "select make_number(1, 'batch', 5)",
])  # fmt: skip
def test_no_sequence_is_open_to_the_application(database: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), database.transaction(1) as session:
        session.execute(text(statement))


def test_a_tenant_of_later_begins_with_one(access: Access, database: Database) -> None:
    with administering(access.administrator) as admin:
        tenant = admin.execute(text("insert into tenant (name) values ('Westwind') returning id")).scalar_one()
    assert identities(database, tenant, "a") == [1]


def test_the_numbers_of_before_are_gone_on_with(access: Access, database: Database) -> None:
    """Watermarks that are kept may be as high as the one sequence was: every later batch is above it, of any tenant."""
    with database.transaction(1) as session:
        delivered(session, a_reading(a_series(session)))
    identities(database, 2, "a", "b")
    database.close()
    downgrade(access, "0019")
    with application_pool(access) as earlier, earlier.transaction(2) as session:
        before = store.open_batch(session)
        assert before == 2
    upgrade(access)
    with application_pool(access) as upgraded:
        for tenant in (1, 2):
            with upgraded.transaction(tenant) as session:
                assert store.watermark(session) >= before
                assert store.open_batch(session) == store.watermark(session) + 1 > before
        assert identities(upgraded, 2, "c") == [3]
