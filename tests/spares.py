"""Databases that are used again by the next test: with the rows and the sequences that they began with.

Copying a database and dropping it takes 30 ms of a core, and each connection to a new one learns all tables anew. So
one that a test leaves is given to the next one of the process, with the connections to it (``tests.connections``). That
is done only where nothing of the test can be left in it: nobody else is connected, the catalogue has no row that was
written since, and no table has grown large. Else it is dropped, as after too many uses, for what was deleted is never
swept.
"""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import URL

from tests import connections

_USES = 40
_LARGEST = 1 << 19
_CATALOGUE = (
    *("pg_attrdef", "pg_attribute", "pg_class", "pg_constraint", "pg_default_acl", "pg_depend", "pg_event_trigger"),
    *("pg_extension", "pg_index", "pg_inherits", "pg_namespace", "pg_policy", "pg_proc", "pg_rewrite", "pg_sequence"),
    *("pg_statistic_ext", "pg_trigger", "pg_type"),
)
#: How many rows each table of the catalogue has, and which transaction wrote the newest; what is set for the database.
#: What a session made for itself alone and left is seen as well.
_WRITTEN = f"""select
    {", ".join(f"(select row(count(*), max(xmin::text::bigint))::text from {name})" for name in _CATALOGUE)},
    (select array_agg(setconfig) from pg_db_role_setting join pg_database d on d.oid = setdatabase
     where datname = current_database())"""
_TABLES = """select oid::regclass::text from pg_class
    where relkind = 'r' and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"""
_GROWN = f"select max(pg_relation_size(name::regclass)) from ({_TABLES}) tables (name)"
_OTHERS = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
_COUNTED = """select seqrelid::regclass::text, pg_sequence_last_value(seqrelid) from pg_sequence
    where pg_sequence_last_value(seqrelid) is not null order by 1"""
_SET_BACK = """select setval(seqrelid, coalesce((%(began)s::jsonb ->> seqrelid::regclass::text)::bigint, seqstart),
                            %(began)s::jsonb ? seqrelid::regclass::text)
    from pg_sequence where pg_sequence_last_value(seqrelid)
                           is distinct from (%(began)s::jsonb ->> seqrelid::regclass::text)::bigint"""


@dataclass(eq=False)
class Spare:
    """A database that is used again, with an administrator's connection that sets it back.

    Attributes:
        template: of what it is a copy.
        name: of the database, which is as it is to be again when this is made.
        address: its address, of the superuser.
    """

    template: str
    name: str
    address: URL
    uses: int = 0
    _administrator: "psycopg.Connection[Any]" = field(init=False, repr=False)
    _rows: dict[str, bytes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        host = str(self.address.query["host"])
        self._administrator = psycopg.connect(
            host=host, port=self.address.port, user=self.address.username, dbname=self.name, autocommit=True
        )
        # Neither triggers nor foreign keys stand in the way, and whoever still holds a table has lost it.
        self._ask("set session_replication_role = replica")
        self._ask("set lock_timeout = '1s'")
        names = [str(name) for (name,) in self._ask(_TABLES)]
        filled = [str(name) for (name,) in self._ask(f"{_TABLES} and pg_relation_size(oid) > 0")]
        self._rows = {name: rows for name in filled if (rows := self._copied(name))}
        deleted = ", ".join(f"d{n} as (delete from {name})" for n, name in enumerate(names))
        self._empty = f"with {deleted} select 1"
        self._began = Jsonb(dict(self._ask(_COUNTED)))
        self._written = self._ask(_WRITTEN)

    def is_fresh_again(self) -> bool:
        """Set it back; False: it is not as it was, and has to go."""
        self.uses += 1
        try:
            if self.uses >= _USES or not self._is_left_alone():
                return False
            with self._administrator.transaction():
                self._ask(self._empty)
                for name, rows in self._rows.items():
                    with self._administrator.cursor() as cursor, cursor.copy(f"copy {name} from stdin") as copy:
                        copy.write(rows)
                self._ask(_SET_BACK, {"began": self._began})
        except psycopg.Error:
            return False
        return True

    def close(self) -> None:
        self._administrator.close()

    def _is_left_alone(self) -> bool:
        others = {pid for (pid,) in self._ask(_OTHERS)}
        ((largest,),) = self._ask(_GROWN)
        return (
            others <= connections.process_numbers(self.name)
            and largest <= _LARGEST
            and self._ask(_WRITTEN) == self._written
        )

    def _copied(self, name: str) -> bytes:
        with self._administrator.cursor() as cursor, cursor.copy(f"copy {name} to stdout") as copy:
            return b"".join(bytes(block) for block in copy)

    def _ask(self, query: str, given: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        cursor = self._administrator.execute(query, given, prepare=True)
        return cursor.fetchall() if cursor.description else []
