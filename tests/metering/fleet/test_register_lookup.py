"""What a process keeps of the registers is what the database has, whoever changed it, and whatever was asked before."""

import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from api.server.database import Access, ContradictsStored, Database
from api.server.provision import administering
from metering.fleet.meter import Fleet
from metering.fleet.register_lookup import RegisterCache, StoredRegisterLookup
from metering.fleet.store import declare
from metering.tenants.store import create_tenant
from quantities.document import parse, read
from quantities.errors import UsufructError

NAMES = ("a", "b", "c", "aa", "bb", "cc")


@pytest.fixture
def tenants(access: Access) -> list[int]:
    with administering(access.administrator) as administrator:
        return [create_tenant(administrator, name) for name in ("Nordluft", "Südpresse")]


def declared(session: Session, *registers: str, zone: str = "Europe/Berlin") -> None:
    listed = ", ".join(registers)
    sites = f"sites: [{{name: W, zone: {zone}, assets: [{{name: A, meters: [{{name: M, registers: [{listed}]}}]}}]}}]"
    declare(session, parse(Fleet, read(sites)))


def register(key: str, more: str = "") -> str:
    return f'{{key: {key}, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"{more}}}'


def found(session: Session, cache: RegisterCache | None, tenant: int) -> tuple[object, ...]:
    """All that a lookup says, from a cache or from the database alone."""
    lookup = StoredRegisterLookup(session, None if cache is None else cache.of(session, tenant))
    targets = lookup.find(NAMES)
    return targets, lookup.registers, lookup.dimensions, lookup.events, lookup.nearest("a")


def test_a_register_that_another_process_declares_is_known_to_the_next_request(
    database: Database, tenants: list[int]
) -> None:
    cache = RegisterCache()
    with database.transaction(tenants[0]) as session:
        declared(session, register("a"))
    with database.transaction(tenants[0]) as session:
        assert StoredRegisterLookup(session, cache.of(session, tenants[0])).find(["a", "b"]).keys() == {"a"}
    with database.transaction(tenants[0]) as elsewhere:
        declared(elsewhere, register("a"), register("b", ", aliases: [bb]"))
    with database.transaction(tenants[0]) as session:
        assert StoredRegisterLookup(session, cache.of(session, tenants[0])).find(["a", "b", "bb"]).keys() == {
            "a",
            "b",
            "bb",
        }


@pytest.mark.parametrize("change", [
    pytest.param("update register set unit = 'MWh'", id="a unit"),
    pytest.param("update register set multiplier = 2", id="a multiplier"),
    pytest.param("update register set aliases = '{aa}'", id="an alias"),
    pytest.param("""update register set traits = '{"checks": [{"kind": "gap"}]}'""", id="checks"),
    pytest.param("update site set zone = 'Asia/Shanghai'", id="a zone"),
    pytest.param("update meter set approved_until = '2027-01-01'", id="how long a meter is approved"),
    pytest.param("update asset set name = 'B'", id="the name of an asset"),
])  # fmt: skip
@pytest.mark.parametrize("as_superuser", [False, True])
def test_what_changes_is_known_to_the_next_request(
    access: Access, database: Database, tenants: list[int], change: str, *, as_superuser: bool
) -> None:
    if not as_superuser and any(word in change for word in ("unit", "multiplier", "zone")):
        return  # what decides what is counted is declared once (tests/reliability/test_one_person_alone.py)
    cache = RegisterCache()
    with database.transaction(tenants[0]) as session:
        declared(session, register("a"))
    with database.transaction(tenants[0]) as session:
        before = found(session, cache, tenants[0])
    if as_superuser:  # who states no tenant
        with administering(access.administrator) as administrator:
            administrator.execute(text(change))
    else:
        with database.transaction(tenants[0]) as session:
            session.execute(text(change))
    with database.transaction(tenants[0]) as session:
        after = found(session, cache, tenants[0])
        assert after == found(session, None, tenants[0]) != before


def test_a_register_is_asked_for_once_while_nothing_changes(database: Database, tenants: list[int]) -> None:
    cache = RegisterCache()
    with database.transaction(tenants[0]) as session:
        declared(session, register("a"))
    for _ in range(2):
        with database.transaction(tenants[0]) as session:
            known = cache.of(session, tenants[0])
            StoredRegisterLookup(session, known).find(["a", "b"])
    with database.transaction(tenants[0]) as session:
        assert cache.of(session, tenants[0]) is known
        assert known.by_name.keys() == {"a", "b"}


def test_a_change_that_is_rolled_back_or_not_committed_yet_is_none(database: Database, tenants: list[int]) -> None:
    cache = RegisterCache()
    with database.transaction(tenants[0]) as session:
        declared(session, register("a"))
    with database.transaction(tenants[0]) as session:
        known = cache.of(session, tenants[0])
    with database.transaction(tenants[0]) as changing, database.transaction(tenants[0]) as session:
        declared(changing, register("b"))
        assert cache.of(session, tenants[0]) is known
        assert "b" not in StoredRegisterLookup(session, known).find(["b"])
        assert "b" in StoredRegisterLookup(changing, cache.of(changing, tenants[0])).find(["b"])
        changing.rollback()
    with database.transaction(tenants[0]) as session:
        assert "b" not in StoredRegisterLookup(session, cache.of(session, tenants[0])).find(["b"])


def test_series_that_a_delivery_opens_are_known(database: Database, tenants: list[int]) -> None:
    cache = RegisterCache()
    with database.transaction(tenants[0]) as session:
        declared(session, register("a", ", dimensions: [order]"))
    with database.transaction(tenants[0]) as session:
        found(session, cache, tenants[0])
    with database.transaction(tenants[0]) as session:
        session.execute(
            text("""insert into series (register_id, dimensions) select id, '{"order": "7"}' from register""")
        )
    with database.transaction(tenants[0]) as session:
        lookup = StoredRegisterLookup(session, cache.of(session, tenants[0]))
        lookup.find(["a"])
        assert len(lookup.registers["a"].all_series) == 2


def test_a_tenant_sees_nothing_of_another(database: Database, tenants: list[int]) -> None:
    cache = RegisterCache()
    for tenant, unit_of in zip(tenants, ("a", "b"), strict=True):
        with database.transaction(tenant) as session:
            declared(session, register(unit_of))
    for _ in range(2):
        for tenant, key in zip(tenants, ("a", "b"), strict=True):
            with database.transaction(tenant) as session:
                assert StoredRegisterLookup(session, cache.of(session, tenant)).find(["a", "b"]).keys() == {key}


CHANGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.booleans(), st.sampled_from(["", "aliases", "checks", "zone", "events"])),
    max_size=8,
)


@given(CHANGES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_lookup_finds_what_the_database_has(
    access: Access, database: Database, tenants: list[int], changes: list[tuple[str, bool, str]]
) -> None:
    """Two processes, each with a cache, take turns to look registers up while the fleet changes."""
    with administering(access.administrator) as administrator:  # which lets what is counted be declared otherwise
        for table in ("site", "register"):
            administrator.execute(text(f"alter table {table} disable trigger declared_once"))
    caches, tenant = [RegisterCache(), RegisterCache()], tenants[0]
    with database.transaction(tenant) as session:
        session.execute(text("update site set zone = 'Europe/Berlin'"))
        session.execute(text("update register set kind = 'interval', interval_minutes = 60"))
    for turn, (key, asks_both, change) in enumerate(changes):
        with database.transaction(tenant) as session:
            session.execute(text("update site set zone = 'Europe/Berlin'"))
            session.execute(text("update register set kind = 'interval', interval_minutes = 60"))
            declared(session, register(key))
            if change == "aliases":
                session.execute(text(f"update register set aliases = array['{key * 2}'] where key = '{key}'"))
            elif change == "checks":
                gap = f'{{"checks": [{{"kind": "gap", "longest_minutes": "{turn + 1}"}}]}}'
                session.execute(text("update register set traits = cast(:gap as jsonb)"), {"gap": gap})
            elif change == "zone":
                session.execute(text("update site set zone = 'UTC'"))
            elif change == "events":
                session.execute(text("update register set kind = 'event', interval_minutes = null"))
        for cache in caches if asks_both else caches[:1]:
            with database.transaction(tenant) as session:
                assert found(session, cache, tenant) == found(session, None, tenant)


def test_two_who_change_one_fleet_wait_before_either_holds_a_name(database: Database, tenants: list[int]) -> None:
    """Else the second would hold the asset's name while it waits for the first, and the first would want it."""
    asset = text("insert into asset (site_id, name) select min(id), 'X' from site")
    refused: list[type[BaseException]] = []

    def second() -> None:
        try:
            with database.transaction(tenants[0]) as session:
                session.execute(asset)
        except UsufructError as error:
            refused.append(type(error))

    with database.transaction(tenants[0]) as session:
        declared(session, register("a"))
    with database.transaction(tenants[0]) as session:
        session.execute(text("insert into site (name, zone) values ('V', 'UTC')"))
        waits = threading.Thread(target=second)
        waits.start()
        while not session.execute(text("select exists (select from pg_locks where not granted)")).scalar_one():
            time.sleep(0.01)
        session.execute(asset)
    waits.join()
    assert refused == [ContradictsStored]
