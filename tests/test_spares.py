"""A database that is used again is, to the next test, as fresh as a copy; one that cannot be is not used again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from api.server.database import Access
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from tests import conftest, connections
from tests.build import a_series
from tests.conftest import application_pool, fresh_database, world_copy
from tests.spares import Spare


def content(access: Access) -> dict[str, Any]:
    """All rows of all tables, and where each sequence stands."""
    with administering(access.administrator) as connection:
        tables = connection.scalars(text("select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"))  # fmt: skip
        rows = {name: sorted(connection.scalars(text(f"select t::text from {name} t")).all()) for name in tables.all()}
        last = connection.execute(text("select seqrelid::regclass::text, pg_sequence_last_value(seqrelid) from pg_sequence"))  # fmt: skip
        return rows | {str(name): value for name, value in last.all()}


def number_of_series(access: Access) -> int:
    with application_pool(access) as database, database.transaction(1) as session:
        return a_series(session)


@pytest.fixture
def without_spares(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin with a copy, whatever other tests have left."""
    own: list[Spare] = []
    monkeypatch.setattr(conftest, "_spares", own)
    yield
    for spare in own:
        spare.close()


def filled(access: Access) -> dict[str, Any]:
    number_of_series(access)
    return content(access)


@contextmanager
def a_filled_one(server: EmbeddedServer) -> Iterator[tuple[Access, dict[str, Any]]]:
    with world_copy(server, "a spare with one series", filled, "spares") as (access, began):
        yield access, began


@pytest.mark.usefixtures("without_spares")
class TestWhatIsUsedAgain:
    def test_has_no_row_of_the_test_before_and_counts_from_the_start(self, server: EmbeddedServer) -> None:
        with fresh_database(server, "spares") as first:
            fresh = content(first)
            numbered = number_of_series(first)
            assert content(first) != fresh
            with administering(first.administrator) as connection:
                connection.execute(text("update tenant set name = 'Westwind' where name = 'Nordluft'"))
        with fresh_database(server, "spares again") as second:
            assert second.app == first.app, "it is used again"
            assert content(second) == fresh
            assert number_of_series(second) == numbered

    def test_has_the_rows_of_its_world(self, server: EmbeddedServer) -> None:
        with a_filled_one(server) as (first, began):
            assert content(first) == began
            with administering(first.administrator) as connection:
                connection.execute(text("set session_replication_role = replica"))
                connection.execute(text("delete from series"))
        with a_filled_one(server) as (second, _):
            assert (second.app, content(second)) == (first.app, began)

    def test_knows_nothing_of_what_a_session_was_set_to(self, server: EmbeddedServer) -> None:
        with fresh_database(server, "spares") as access:
            with administering(access.administrator) as connection:
                served_by = connection.scalar(text("select pg_backend_pid()"))
                connection.execute(text("set search_path = pg_catalog"))
                connection.execute(text("set role usufruct_owner"))
                connection.execute(text("select pg_advisory_lock(7)"))
            with administering(access.administrator) as connection:
                assert connection.scalar(text("select pg_backend_pid()")) == served_by, "its connection is used again"
                asked = "select current_setting('search_path'), current_user, (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())"
                assert connection.execute(text(asked)).one() == ('"$user", public', "postgres", 0)

    def test_is_reached_over_no_connection_that_has_died(self, server: EmbeddedServer) -> None:
        with fresh_database(server, "spares") as access:
            number_of_series(access)
            (left,) = connections.process_numbers(str(access.app.database))
            with administering(access.administrator) as connection:
                connection.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": left})
            with application_pool(access) as database, database.transaction(1) as session:
                assert session.execute(text("select pg_backend_pid()")).scalar_one() != left


def changes_the_shape(access: Access) -> None:
    with administering(access.administrator) as connection:
        connection.execute(text("alter table reading disable trigger user"))
        connection.execute(text("alter table reading enable trigger user"))


def leaves_a_table(access: Access) -> None:
    with administering(access.administrator) as connection:
        connection.execute(text("create table left_over ()"))


def sets_the_database(access: Access) -> None:
    with administering(access.administrator) as connection:
        connection.execute(text(f"alter database {access.app.database} set work_mem = '8MB'"))


@pytest.mark.usefixtures("without_spares")
class TestWhatIsNotUsedAgain:
    @pytest.mark.parametrize("change", [changes_the_shape, leaves_a_table, sets_the_database])
    def test_one_that_is_another(self, server: EmbeddedServer, change: Callable[[Access], None]) -> None:
        with fresh_database(server, "spares") as first:
            fresh = content(first)
            change(first)
        with fresh_database(server, "spares again") as second:
            assert (second.app != first.app, content(second)) == (True, fresh)

    def test_one_to_which_somebody_is_connected(self, server: EmbeddedServer) -> None:
        with ExitStack() as left:
            with fresh_database(server, "spares") as first:
                left.enter_context(application_pool(first)).engine.raw_connection().cursor().execute("select 1")
            with fresh_database(server, "spares again") as second:
                assert second.app != first.app
