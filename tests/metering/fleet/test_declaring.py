"""A fleet declared: what a document names is read and no more, what is new or changed is written and no more."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlmodel import Session

from api.server.database import Database
from api.server.embedded import EmbeddedServer
from metering.fleet.meter import Fleet
from metering.fleet.register_query import RegisterQuery
from metering.fleet.store import NameTaken, StoredRegister, declare, fleet, listed, registers
from quantities.document import parse
from tests.conftest import fresh_database


def document(*numbers: int, **register: Any) -> Fleet:
    """Assets with a meter and a register each, two to a site."""
    common = {"kind": "interval", "unit": "kWh", "resolution": "0.1", "interval_minutes": "60"}
    sites: dict[str, list[dict[str, Any]]] = {}
    for number in numbers:
        own = {"key": f"r{number}", "aliases": [f"a{number}", f"b{number}"], **common, **register}
        meter = {"name": f"M{number}", "registers": [own]}
        sites.setdefault(f"S{number // 2}", []).append({"name": f"A{number}", "meters": [meter]})
    listed_sites = [{"name": name, "zone": "Europe/Berlin", "assets": assets} for name, assets in sites.items()]
    return parse(Fleet, {"sites": listed_sites})


class Undone(Exception):
    """What was declared is rolled back: an example leaves nothing to the next."""


@pytest.fixture(scope="module")
def empty(server: EmbeddedServer) -> Iterator[Database]:
    with fresh_database(server, "declaring") as access:
        database = Database(access.app)
        yield database
        database.close()


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """What is sent to the database."""
    sent: list[str] = []

    def listen(*called: Any) -> None:
        sent.append(called[2].split()[0].lower())

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", listen)
    yield sent
    event.remove(connection, "before_cursor_execute", listen)


def as_declared(session: Session) -> list[StoredRegister]:
    """All registers without the numbers of their series, which differ by the order of writing."""
    return [replace(stored, series=0) for stored in registers(session).values()]


@settings(max_examples=30)
@given(numbers=st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
def test_in_one_document_or_one_by_one_it_is_the_same(empty: Database, numbers: list[int]) -> None:
    outcomes = []
    for parts in ([numbers], [[number] for number in numbers]):
        with pytest.raises(Undone), empty.transaction(1) as session:
            counts = [declare(session, document(*part)) for part in parts]
            aliases = session.execute(text("select name from register_alias order by name")).scalars().all()
            outcomes.append((sum(count.registers for count in counts), as_declared(session), aliases))
            raise Undone
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == len(numbers)


def test_the_same_again_is_read_and_nothing_is_written(empty: Database) -> None:
    with pytest.raises(Undone), empty.transaction(1) as session:
        declare(session, document(*range(6)))
        before = as_declared(session)
        with statements(session) as sent:
            assert set(vars_of(declare(session, document(*range(6))))) == {0}
        assert set(sent) == {"select"}
        assert as_declared(session) == before
        raise Undone


def vars_of(counts: Any) -> list[int]:
    return [counts.sites, counts.assets, counts.meters, counts.registers]


@pytest.mark.parametrize("others", [500, 2000])
def test_one_more_reads_what_it_names_and_none_of_the_others(empty: Database, others: int) -> None:
    read = text("""
        select coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0) from pg_stat_xact_user_tables
        where relname in ('site', 'asset', 'meter', 'register', 'series', 'register_alias')""")
    # on a connection of its own: a plan that was made while a table had one page goes on, and reads that page
    with closing(Database(empty.engine.url)) as database, pytest.raises(Undone), database.transaction(1) as session:
        declare(session, document(*range(others)))
        before = session.execute(read).scalar_one()
        assert declare(session, document(others)).registers == 1
        assert session.execute(read).scalar_one() - before < 20
        raise Undone


def test_aliases_may_change_and_are_found_and_taken(empty: Database) -> None:
    with pytest.raises(Undone), empty.transaction(1) as session:
        declare(session, document(1, 2))
        declare(session, document(1, aliases=["c1"]))
        assert list(registers(session, ["c1", "a1", "a2"], by_alias=True)) == ["r1", "r2"]
        assert list(registers(session, ["a1"], by_alias=True)) == []
        with pytest.raises(NameTaken):
            declare(session, document(3, aliases=["c1"]))
        raise Undone


def test_the_second_tenant_sees_none_and_declares_the_same(empty: Database) -> None:
    with pytest.raises(Undone), empty.transaction(1) as session:
        declare(session, document(1))
        session.execute(text("select set_config('app.tenant', '2', true)"))
        assert (registers(session, ["r1", "a1"], by_alias=True), fleet(session)) == ({}, ())
        assert declare(session, document(1)).registers == 1
        assert list(registers(session, ["a1"], by_alias=True)) == ["r1"]
        raise Undone


@settings(max_examples=40)
@given(begins=st.sampled_from(["", "r", "r1", "x"]), asset=st.sampled_from(["", "A1", "A12", "no"]), site=st.sampled_from(["", "S0", "S6", "no"]), after=st.sampled_from(["", "r1", "r5"]), limit=st.integers(1, 20))  # fmt: skip
def test_a_search_finds_what_it_says(
    empty: Database, begins: str, asset: str, site: str, after: str, limit: int
) -> None:
    with pytest.raises(Undone), empty.transaction(1) as session:
        declare(session, document(*range(14)))
        query = RegisterQuery(begins=begins, asset=asset, site=site, after=after, limit=limit)
        matching = listed(session, query).rows
        every = [
            stored
            for key, stored in sorted(registers(session).items())
            if key.startswith(begins) and key > after and asset in ("", stored.asset) and site in ("", stored.site)
        ]
        assert list(matching) == every[:limit]
        raise Undone
