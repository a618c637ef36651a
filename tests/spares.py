"""Databases that are used again by the next test: emptied, with their sequences set back, and otherwise as they were.

Copying a database and dropping it takes 30 ms of a core, and each connection to a new one learns all tables anew. So
one that a test leaves is given to the next one of the process, with the connections to it (``tests.connections``). That
is done only where nothing of the test can be left in it: nobody else is connected, the catalogue has no row that was
written since, the rows that a fresh one has are the same, and no table has grown large. Else it is dropped, as after
too many uses, for what was deleted is never swept.
"""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import URL

from tests import connections

_USES = 40
_LARGEST = 1 << 19
_CATALOGUE = """pg_attrdef pg_attribute pg_class pg_constraint pg_default_acl pg_depend pg_event_trigger pg_extension
    pg_index pg_inherits pg_namespace pg_policy pg_proc pg_rewrite pg_sequence pg_statistic_ext pg_trigger pg_type""".split()
#: How many rows each table of the catalogue has, and which transaction wrote the newest. What a session made for itself
#: alone and left is seen as well.
_WRITTEN = "select " + ", ".join(
    f"(select row(count(*), max(xmin::text::bigint))::text from {name})" for name in _CATALOGUE
) + ", (select count(*) from pg_db_role_setting join pg_database d on d.oid = setdatabase where datname = current_database())"
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


@dataclass
class Spare:
    """A database that is used again, with an administrator's connection that empties it.

    Attributes:
        name: of the database, which is fresh when this is made.
        address: its address, of the superuser.
    """

    name: str
    address: URL
    uses: int = 0
    _administrator: "psycopg.Connection[Any]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        host = str(self.address.query["host"])
        self._administrator = psycopg.connect(
            host=host, port=self.address.port, user=self.address.username, dbname=self.name, autocommit=True
        )
        # Neither triggers nor foreign keys stand in the way, and whoever still holds a table has lost it.
        self._ask("set session_replication_role = replica")
        self._ask("set lock_timeout = '1s'")
        names = [str(name) for (name,) in self._ask(_TABLES)]
        filled = [name for name in names if self._ask(f"select 1 from {name} limit 1")]
        rows = ", ".join(f"(select jsonb_agg(filled order by filled::text) from {name} filled)::text" for name in filled)
        deleted = ", ".join(
            f"d{n} as (delete from {name})" for n, name in enumerate(name for name in names if name not in filled)
        )
        self._empty, self._rows = f"with {deleted} select 1", f"select {rows}"
        self._began = Jsonb(dict(self._ask(_COUNTED)))
        self._fresh = self._state()

    def is_fresh_again(self) -> bool:
        """Empty it; False: it is not as it was, and has to go."""
        self.uses += 1
        try:
            others = {pid for (pid,) in self._ask(_OTHERS)}
            if self.uses >= _USES or not others <= connections.process_numbers(self.name):
                return False
            if self._ask(_GROWN)[0][0] > _LARGEST or self._state() != self._fresh:
                return False
            self._ask(self._empty)
            self._ask(_SET_BACK, {"began": self._began})
        except psycopg.Error:
            return False
        return True

    def close(self) -> None:
        self._administrator.close()

    def _state(self) -> list[tuple[Any, ...]]:
        return [*self._ask(_WRITTEN), *self._ask(self._rows)]

    def _ask(self, query: str, given: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        cursor = self._administrator.execute(query, given, prepare=True)
        return cursor.fetchall() if cursor.description else []
