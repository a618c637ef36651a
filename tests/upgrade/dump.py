"""A database as text: the rows of every table and where its sequences stand, in a frame that migrations make.

The shape of the tables is not in the dump: migrations are frozen, and reach the dump's revision by themselves. What is
written is a script that psql would run as well, once an empty database has that revision.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import psycopg
from sqlalchemy import text

from api.server.database import Access
from api.server.embedded import SUPERUSER, EmbeddedServer
from api.server.provision import administering, shape, upgrade
from tests.scenarios.world import World

_TABLES = """
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'alembic_version' order by 1"""
_COLUMNS = """
    select attname from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum"""
_KEY = """
    select a.attname from pg_index i cross join unnest(i.indkey) with ordinality k(number, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where i.indrelid = %s::regclass and i.indisprimary order by k.place"""
_SEQUENCES = "select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1"


@contextmanager
def administrator(access: Access) -> Iterator[psycopg.Connection[tuple[str, ...]]]:
    """One transaction of who owns everything, and whom no policy binds."""
    url = access.administrator
    with psycopg.connect(
        host=str(url.query["host"]), port=url.port, user=url.username, dbname=url.database
    ) as connection:
        yield connection


def written(access: Access) -> bytes:
    """Write every row, each table in the order of its key."""
    with administrator(access) as connection:
        parts = [b"set session_replication_role = replica;\n"]
        for (table,) in connection.execute(_TABLES).fetchall():
            columns, key = (
                ", ".join(f'"{name}"' for (name,) in connection.execute(asked, (f'public."{table}"',)).fetchall())
                for asked in (_COLUMNS, _KEY)
            )
            rows = f'copy (select {columns} from public."{table}" order by {key}) to stdout'
            with connection.cursor() as cursor, cursor.copy(rows.encode()) as copy:
                text = b"".join(bytes(part) for part in copy)
            if text:
                parts += [f'copy public."{table}" ({columns}) from stdin;\n'.encode(), text, b"\\.\n"]
        for name, value in connection.execute(_SEQUENCES).fetchall():
            if value is not None:
                parts.append(f"select setval('public.{name}', {value});\n".encode())
    return b"".join(parts)


def revision_of(folder: Path) -> str:
    """Name the newest migration of the release that made a dump."""
    return folder.name.partition("_")[0]


def restore(access: Access, folder: Path) -> None:
    """Make a database as it was when the dump in the folder was written; the folder's name begins with its revision."""
    upgrade(access, revision_of(folder))
    with administrator(access) as connection:
        lines = iter((folder / "database.sql").read_bytes().splitlines(keepends=True))
        for line in lines:
            if line.startswith(b"copy "):
                with connection.cursor() as cursor, cursor.copy(line.rstrip(b";\n")) as copy:
                    copy.write(b"".join(takewhile(lambda row: row != b"\\.\n", lines)))
            else:
                connection.execute(line)


@contextmanager
def as_dumped(server: EmbeddedServer, folder: Path) -> Iterator[Access]:
    """The database of a dump, in the shape that it had; dropped afterwards."""
    name = f"old_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{folder.name}"  # two workers may have one dump each
    access = Access(server.url(name), server.url(name, SUPERUSER))
    restore(access, folder)
    assert shape(access).found == revision_of(folder)
    try:
        yield access
    finally:
        with administering(server.url("postgres", SUPERUSER)) as connection:
            connection.execute(text(f"drop database {name} with (force)"))


@contextmanager
def restored(server: EmbeddedServer, folder: Path) -> Iterator[Access]:
    """The database of a dump, brought to the shape of today; dropped afterwards."""
    with as_dumped(server, folder) as access:
        assert upgrade(access).is_current
        yield access


@contextmanager
def upgraded(server: EmbeddedServer, folder: Path, keys: dict[str, str]) -> Iterator[World]:
    """The application on the database of a dump, with the keys that it was made with."""
    with restored(server, folder) as access:
        world = World(access)
        world.keys = keys
        with world.client:
            yield world
