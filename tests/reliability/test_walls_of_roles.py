"""What each role reaches, by raw SQL: no more of a table than the doors open to it, and of that no more than its own.

Tables are taken from the catalogue: a new one fails until it has a row in ``api/access/table_rights.py`` and policies
that open what that row says.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlmodel import Session

from api.access.identities import NewIdentity
from api.access.roles import OF_A_CONTRACT, OF_A_PARTY, Role
from api.access.table_rights import OF_ALL_ROWS, TABLE_RIGHTS, roles_that
from api.operations.people import enrol
from api.server.database import Access, Acting, Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from tests.build import NOON
from tests.conftest import application_pool, world_copy
from tests.reliability.test_tenant_walls import TENANTLESS, people

#: A row of a party and one of another, as JSON.
Pair = tuple[dict[str, object] | None, dict[str, object] | None]

WHOSE = [table for table, rights in TABLE_RIGHTS.items() if rights.party or rights.contract or rights.machine]
BY_COPY = ("reading", "invoice_line", "rating_source")
#: By table, a column that no two rows share, and what its text ends with in the other row; of bytes a byte more.
KEPT_APART_BY = {
    **dict.fromkeys(("gateway_event", "gateway_balance_entry", "saved_method", "gateway_poll"), ("account", "-2")),
    "bank_order_file": ("message_id", "-2"),
    "pay_link": ("token_sha256", "02"),
    "webhook": ("id", "-2"),
    "webhook_delivery": ("webhook", "-2"),
}
#: The rows of the other party have the numbers of the first one's and this.
FAR = 1000


@dataclass(frozen=True, slots=True)
class Walls:
    """A world with two parties of a tenant, each with a contract over a machine of its own, and a second tenant.

    Attributes:
        numbers: of the first party, its contract, its machine, and the third party that it granted the machine to.
        own: by table, the rows of the tenant that are no other party's.
        others: by table, those that are.
    """

    numbers: dict[str, int]
    own: dict[str, list[str]]
    others: dict[str, list[str]]


def build(access: Access) -> Walls:
    people(access)
    with application_pool(access) as database, database.transaction(1) as session:
        enrol(session, NewIdentity("Karl", Role.CUSTOMER, party="Meyer"), at=NOON)
    with administering(access.administrator) as admin:
        admin.execute(text("set session_replication_role = replica"))  # no trigger, no reference
        admin.execute(
            text("""update contract_version set released_by = 'bert', released_at = now(),
                    terms = '{"assets": ["asset of compressor.air"], "charges": [{"register": "compressor.air", "index": "CPI"}]}'"""),
        )
        own = {table: keys(admin, table) for table in walled(admin)}
        for table in own:  # the walls alone are tried, and no rule beside them
            admin.execute(text(f"alter table {table} disable trigger user"))
        for table in BY_COPY:
            admin.execute(text(f"alter table {table} enable trigger loaded_by_whom_may"))
        for table in WHOSE:
            clone(admin, table)
        both = {table: keys(admin, table) for table in own}
        numbers = admin.execute(
            text("""select c.customer_id as party, c.id as contract, g.asset_id as asset, g.identity as third_party, k.id as customer
                    from contract c join machine_grant g on g.tenant = c.tenant and g.party = c.customer_id
                    join identity k on k.tenant = c.tenant and k.name = 'Karl' where c.tenant = 1 and c.id < 1000"""),
        ).mappings()
        return Walls(dict(numbers.one()), own, {table: sorted(set(both[table]) - set(own[table])) for table in own})


def clone(admin: Connection, table: str) -> None:
    """Write of every row of the first tenant another, of another party, contract and machine."""
    columns: dict[str, str] = dict(
        list(
            admin.execute(
                text("""select attname, format_type(atttypid, null) from pg_attribute
                        where attrelid = cast(:table as regclass) and attnum > 0 and not attisdropped
                          and attgenerated = ''"""),
                {"table": table},
            )
        )
    )
    references = {
        name
        for name, type_ in columns.items()
        if type_ in ("integer", "bigint")
        and (name in {"id", "batch", "series", "party", "contract", "identity"} or name.endswith("_id"))
    }
    called = {"name", "key", "reference", "number", "idempotency_key"}
    called &= {name for name, type_ in columns.items() if type_ == "text"}
    listed = ", ".join(f'"{name}"' for name in columns)
    given = f"select {listed} from jsonb_populate_record(null::{table}, cast(:row as jsonb))"
    for (row,) in list(admin.execute(text(f"select to_jsonb(t) from {table} t where tenant = 1"))):
        changed = {name: row[name] + FAR for name in references if row[name] is not None}
        changed |= {name: f"{row[name]}-2" for name in called if row[name] is not None}
        if table == "contract_version":
            changed["terms"] = json.loads(json.dumps(row["terms"]).replace("compressor.air", "compressor.air-2"))
        elif table == "credential":
            changed |= {"key_sha256": "\\x" + row["key_sha256"][:1:-1], "id": row["id"][::-1]}
        elif table == "invoice":
            changed["sequence"] = 2
        elif table == "event_use":
            changed["event_id"] = f"{row['event_id']}-2"
        elif table == "register":
            changed["aliases"] = []
        elif table == "notification":
            changed |= {"nth": row["nth"] + FAR, "id": None, "position": None}
        elif table in KEPT_APART_BY:
            column, more = KEPT_APART_BY[table]
            changed[column] = f"{row[column]}{more}"
        inserted = f"insert into {table} ({listed}) overriding system value {given}"
        admin.execute(text(inserted), {"row": json.dumps(row | changed)})


def walled(connection: Connection | Session) -> list[str]:
    named = connection.execute(
        text("select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace")
    )
    return sorted(set(named.scalars()) - (TENANTLESS - {"due"}))


def keys(connection: Connection | Session, table: str) -> list[str]:
    return sorted(connection.execute(text(f"select ctid::text from {table} where tenant = 1")).scalars())


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[tuple[Access, Walls]]:
    with world_copy(server, "two parties of a tenant with a row in each table", build, __name__) as (access, walls):
        yield access, walls


@pytest.fixture(scope="module")
def database(world: tuple[Access, Walls]) -> Iterator[Database]:
    with application_pool(world[0]) as pool:
        yield pool


@pytest.fixture
def walls(world: tuple[Access, Walls]) -> Walls:
    return world[1]


@pytest.fixture(scope="module")
def rows(world: tuple[Access, Walls]) -> dict[str, Pair]:
    """Of each table a row of the party's and one of another's, as JSON; None where there is none."""
    access, walls = world
    with administering(access.administrator) as admin:
        return {table: (a_row(admin, table, walls.own), a_row(admin, table, walls.others)) for table in walls.own}


def who(role: Role, walls: Walls) -> tuple[int | None, Acting]:
    """The party and the rest of what a transaction of somebody in a role states."""
    numbers = walls.numbers
    of_a_party = {*OF_A_PARTY, Role.THIRD_PARTY}
    contract = numbers["contract"] if role in OF_A_CONTRACT else None
    identity = {Role.THIRD_PARTY: numbers["third_party"], Role.CUSTOMER: numbers["customer"]}.get(role)
    return numbers["party"] if role in of_a_party else None, Acting(identity, role.value, contract)


def reached(session: Session, table: str) -> list[str]:
    """The rows that are seen, or none where the table is not granted at all."""
    with session.begin_nested() as savepoint:
        try:
            tenants = set(session.execute(text(f"select tenant from {table}")).scalars())
            assert tenants <= {1}, table
            return keys(session, table)
        except ProgrammingError as refusal:
            assert isinstance(refusal.orig, InsufficientPrivilege)
            savepoint.rollback()
            return []


@pytest.mark.parametrize("role", Role)
def test_a_role_sees_what_the_doors_open_to_it_and_no_more(database: Database, walls: Walls, role: Role) -> None:
    party, acting = who(role, walls)
    with database.transaction(1, party, acting=acting) as session:
        if role is Role.CUSTOMER:
            session.execute(text("select see_own_machines()"))
        for table in walled(session):
            rows, may = set(reached(session, table)), role in roles_that(table, "read")
            own, others = set(walls.own[table]), set(walls.others[table])
            if role in OF_ALL_ROWS:
                may_see_own = TABLE_RIGHTS[table].own and not may
                assert rows == (own | others if may else set()) or (may_see_own and rows <= own), table
            else:
                assert not rows & others, table
                assert bool(rows) is may or (TABLE_RIGHTS[table].own and len(rows) == 1), table


def test_the_world_has_rows_of_both_parties(walls: Walls) -> None:
    assert {table for table, rows in walls.own.items() if not rows} <= {"due"}
    assert {table for table in WHOSE if not walls.others[table]} == set()
    assert set(walls.own) == set(TABLE_RIGHTS)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", ["insert", "update", "delete"])
def test_a_role_writes_what_the_doors_let_it_write_and_no_more(
    rows: dict[str, Pair], walls: Walls, database: Database, role: Role, command: str
) -> None:
    party, acting = who(role, walls)
    with database.transaction(1, party, acting=acting) as session:
        if role is Role.CUSTOMER:
            session.execute(text("select see_own_machines()"))
        for table, (own, others) in rows.items():
            may = role in roles_that(table, command)
            if own is not None:
                assert writes(session, command, table, own) is may, (table, command)
            if others is not None and role not in OF_ALL_ROWS:
                assert not writes(session, command, table, others), (table, "of another party")
        session.rollback()


def a_row(admin: Connection, table: str, of: dict[str, list[str]]) -> dict[str, object] | None:
    """A row of a table, as JSON: of a party where rows are."""
    named = {"machine_grant": "party", "identity": "party", "credential": "party", "party": "id"}
    column = named.get(table, "tenant")
    rows = admin.execute(
        text(f"select to_jsonb(t) || jsonb_build_object('ctid', t.ctid::text) from {table} t where t.ctid = any(cast(:some as tid[])) order by {column} limit 1"),
        {"some": of[table]},
    )  # fmt: skip
    row: dict[str, object] | None = rows.scalar_one_or_none()
    return row


def writes(session: Session, command: str, table: str, row: dict[str, object]) -> bool:
    """Whether a statement gets past the walls; that a key or a trigger refuses it then is another matter."""
    statement = statement_of(session, command, table, row)
    if statement is None:
        return False
    with session.begin_nested() as savepoint:
        try:
            if command == "insert" and table in BY_COPY:
                session.execute(text("set local role usufruct_load"))
            count = session.execute(text(statement), {"row": json.dumps(row)}).rowcount  # type: ignore[attr-defined]
        except DBAPIError as refusal:
            savepoint.rollback()
            return not isinstance(refusal.orig, InsufficientPrivilege)
        savepoint.rollback()
        return bool(count)


def statement_of(session: Session, command: str, table: str, row: dict[str, object]) -> str | None:
    """The statement, of the columns that whoever is stated may write; None where there is none."""
    role = "usufruct_load" if command == "insert" and table in BY_COPY else "current_user"
    quoted = f"'{role}'" if role != "current_user" else role
    columns = session.execute(
        text(f"""select quote_ident(attname) from pg_attribute a where attrelid = cast(:table as regclass) and attnum > 0
                 and not attisdropped and attidentity = '' and attgenerated = '' and attname <> 'tenant'
                 and has_column_privilege({quoted}, attrelid, attnum, :command)"""),
        {"table": table, "command": "update" if command == "delete" else command},
    ).scalars().all()  # fmt: skip
    if command == "delete":
        return f"delete from {table} where ctid = cast('{row['ctid']}' as tid)"
    if not columns:
        return None
    if command == "update":
        return f"update {table} set {columns[0]} = {columns[0]} where ctid = cast('{row['ctid']}' as tid)"
    listed = ", ".join(columns)
    return (
        f"insert into {table} ({listed}) select {listed} from jsonb_populate_record(null::{table}, cast(:row as jsonb))"
    )


class TestNobody:
    """A transaction that states no role, or one that there is not."""

    @pytest.mark.parametrize("stated", ["", "superuser"])
    def test_sees_and_writes_nothing(self, rows: dict[str, Pair], database: Database, stated: str) -> None:
        with database.transaction(1, acting=Acting(role=stated)) as session:
            for table, (row, _) in rows.items():
                rows_seen = [] if TABLE_RIGHTS[table].own and stated else keys(session, table)
                assert rows_seen == [], table
                if row is not None:
                    assert [writes(session, command, table, row) for command in ("insert", "update", "delete")] == [
                        False
                    ] * 3, table
            session.rollback()
