"""What a database holds, as a backup states it and a restore compares it: roles, rows and sequences."""

import psycopg
from psycopg import sql

from api.server.backups.manifest import RoleFacts, TableDigest
from api.server.provision import APP, GUEST, LOAD, OWNER, READER

#: What a row is written as depends on these; they are the same wherever it is read.
_ONE_SPELLING = (
    "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';"
    "set local bytea_output = 'hex'; set local extra_float_digits = 1; set local search_path = pg_catalog, public;"
    "set local row_security = off"
)
_ROLES = [OWNER, APP, LOAD, READER, GUEST]


def role_facts(connection: "psycopg.Connection[tuple[object, ...]]") -> dict[str, RoleFacts]:
    """What each role of the product may, of those that the server has."""
    rows = connection.execute(
        """select rolname, rolcanlogin, rolbypassrls, rolsuper, rolcreaterole, rolcreatedb, rolreplication, array(
                  select granted.rolname::text from pg_auth_members join pg_roles granted on granted.oid = roleid
                  where member = pg_roles.oid order by 1)
           from pg_roles where rolname = any(%s)""",
        [_ROLES],
    )
    names = ("login", "bypass_row_level_security", "superuser", "create_role", "create_database", "replication")
    return {
        str(row[0]): RoleFacts.model_validate(dict(zip((*names, "member_of"), row[1:], strict=True))) for row in rows
    }


def table_digests(connection: "psycopg.Connection[tuple[object, ...]]") -> dict[str, TableDigest]:
    """The digest of each table, in the transaction that the connection is in.

    Raises:
        psycopg.Error: whoever asks may not see all rows.
    """
    connection.execute(_ONE_SPELLING)
    names = connection.execute(
        "select relname::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
    ).fetchall()
    digests = {}
    for (name,) in names:
        row = connection.execute(
            sql.SQL("select count(*), coalesce(sum(hashtextextended(r::text, 0)), 0)::text from public.{} r").format(
                sql.Identifier(str(name))
            )
        ).fetchone()
        digests[str(name)] = TableDigest.model_validate(dict(zip(("rows", "sum_of_hashes"), row or (), strict=True)))
    return digests


def sequence_values(connection: "psycopg.Connection[tuple[object, ...]]") -> dict[str, int | None]:
    """The last number drawn of each sequence; it is no part of a snapshot, and may be ahead of the rows."""
    rows = connection.execute("select sequencename::text, last_value from pg_sequences where schemaname = 'public'")
    return {str(name): None if value is None else int(str(value)) for name, value in rows}


def is_empty(connection: "psycopg.Connection[tuple[object, ...]]") -> bool:
    """Whether nothing was made in a database."""
    row = connection.execute(
        """select not exists (select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
                  where nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_(toast|temp)')"""
    ).fetchone()
    return bool(row and row[0])
