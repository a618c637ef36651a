"""The models and the migrations are one shape, reached and left by the same steps."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from api.operations.originals import find_original
from api.server.database import Access, Database, DatabaseUnavailable, NoAdministrator, reach
from api.server.provision import _alembic, administering, as_owner, downgrade, inspect, is_made, shape, upgrade
from api.server.settings import Settings
from migrations.models import METADATA
from tests.billing.scene import CONTRACT, Scene, adjusting, on
from tests.connections import close_all


def leftovers(access: Access) -> set[str]:
    with administering(access.app) as connection:
        return set(
            connection.execute(
                text("""
            select relname from pg_class where relnamespace = 'public'::regnamespace union
            select proname from pg_proc where pronamespace = 'public'::regnamespace union
            select typname from pg_type where typnamespace = 'public'::regnamespace and typtype in ('e', 'd')
        """)
            ).scalars()
        )


def test_models_and_migrations_agree(access: Access) -> None:
    with administering(access.administrator) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_up_and_down_and_up_again_step_by_step(access: Access) -> None:
    steps = [step.revision for step in ScriptDirectory.from_config(_alembic(None)).walk_revisions("base", "head")]
    for earlier in [*steps[1:], "base"]:
        downgrade(access, earlier)
    assert {"alembic_version", "alembic_version_pkc"} == leftovers(access)
    for later in reversed(steps):
        assert later == upgrade(access, later).found
    test_models_and_migrations_agree(access)


def test_what_was_billed_before_released_versions_and_bases_is_known_after(access: Access, database: Database) -> None:
    """Down to 0003 and up again, with invoices and a correction: nothing is lost, nothing corrected, all proves."""
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 120\n2026-02-05 10 10\n2026-03-05 10 10")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-05 10 60", reason="meter test")
    scene.bills("2026-03-01")
    database.close()  # prepared statements know the columns that are about to go
    downgrade(access, "0003")
    upgrade(access)
    with administering(access.administrator) as connection:
        assert connection.execute(text("select released_by from contract_version")).scalar_one() == "anna"
        rated = connection.execute(text("select invoice_id, document_id from rating order by id")).all()
        assert [tuple(each) for each in rated] == [(1, 1), (2, 2), (1, 2)]
        asked = "select count(*) from rating_source where source = 'versions' and token like '1 | %'"
        assert connection.execute(text(asked)).scalar_one() == 2
        forced = "select count(*) from pg_class where relname in ('contract_version', 'rating', 'invoice') and relforcerowsecurity"
        assert connection.execute(text(forced)).scalar_one() == 3
    scene = Scene(access, Database(access.app))
    assert scene.replays() == []
    scene.bills("2026-04-01")
    assert adjusting(scene.lines("2026-000003")) == []
    scene.database.close()


@pytest.mark.long
def test_originals_are_not_dropped_by_going_back(access: Access, database: Database) -> None:
    """What was sent cannot be made again byte for byte; the release before has no place for it."""
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 120")
    scene.bills("2026-02-01")
    with database.transaction(1) as session:
        find_original(session, "2026-000001", on("2026-02-01"))
    database.close()
    downgrade(access, "0040")
    with pytest.raises(Exception, match="originals are archived"):
        downgrade(access, "0039")
    assert upgrade(access).is_current


def test_upgrade_is_safe_to_repeat(access: Access) -> None:
    before = shape(access)
    assert before.is_current
    assert before == upgrade(access)


def test_every_migration_gives_up_a_lock_rather_than_queue_everyone_behind_it() -> None:
    for script in ScriptDirectory.from_config(_alembic(None)).walk_revisions():
        with open(script.path, encoding="utf-8") as source:  # noqa: PTH123 alembic's own string
            assert source.read().count("set local lock_timeout") == 2, script.path


def test_a_waiting_lock_fails_the_migration_and_leaves_the_database_as_it_was(access: Access) -> None:
    with administering(access.administrator) as connection:
        connection.execute(text("begin"))
        connection.execute(text("lock table reading"))
        with pytest.raises(Exception, match="lock timeout"):
            downgrade(access, "base")
        connection.execute(text("rollback"))
    assert shape(access).is_current


def test_a_named_server_takes_an_administrator_for_its_shape(access: Access) -> None:
    with pytest.raises(NoAdministrator):
        upgrade(Access(access.app, None))


def test_a_server_out_of_reach_is_said_to_be_unavailable() -> None:
    settings = Settings(database_url="postgres://nobody@127.0.0.1:9/nothing")
    with pytest.raises(DatabaseUnavailable), reach(settings) as access:
        shape(access)


def test_a_server_without_the_database_is_said_to_want_an_upgrade(access: Access) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not exist; usufruct db upgrade makes what is missing"):
        shape(Access(access.app.set(database="nothing"), None))
    assert not is_made(Access(access.app.set(database="nothing"), None))
    assert is_made(access)


def test_the_report_names_what_costs_speed(access: Access) -> None:
    assert inspect(access).advice == ()
    with administering(access.administrator) as connection:
        name = access.app.database
        connection.execute(text(f"alter database {name} set random_page_cost = 4"))
        connection.execute(text(f"alter database {name} set jit = on"))
    close_all(name or "")  # a connection has the settings of its beginning
    assert [each.split()[0] for each in inspect(access).advice] == ["random_page_cost", "jit"]


def test_as_owner_the_policies_hold_as_well(access: Access) -> None:
    with as_owner(access.administrator) as connection:
        connection.execute(text("select set_config('app.tenant', '1', true)"))
        connection.execute(text("insert into party (name) values ('Meyer')"))
        connection.execute(text("select set_config('app.tenant', '', true)"))
        assert connection.execute(text("select count(*) from party")).scalar() == 0
