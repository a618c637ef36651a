"""Roles, the database and its shape: what ``usufruct db upgrade`` does, and an embedded server does by itself.

    usufruct_owner   owns every table, is subject to the policies like everyone, and is nobody's login
    usufruct_app     what the application connects as: cannot bypass a policy, appends to the reading log only by COPY
    usufruct_load    what one function becomes around a COPY, which policies forbid: bypasses them, but may only insert,
                     and never names the tenant
    usufruct_reader  what a transaction of an auditor becomes: it is granted no write
    usufruct_guest   what a transaction of a customer, a payee, a verifier, a lender or a third party becomes: its
                     policies hold conditions on rows, which the supplier's own queries are spared

Roles belong to the server, not to the database, so they are made here and migrations only grant to them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, column, create_engine, func, select, table, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

import migrations
from api.server.database import Access, DatabaseUnavailable, reach
from api.server.settings import Settings
from quantities.errors import Unavailable

if TYPE_CHECKING:  # alembic is loaded by whoever migrates: a database is nearly always current, and a command quick
    from alembic.config import Config

OWNER, APP, LOAD = "usufruct_owner", "usufruct_app", "usufruct_load"
READER, GUEST = "usufruct_reader", "usufruct_guest"
#: What the application may become for a while, and is not otherwise.
_BECOMES = (LOAD, READER, GUEST)
_SERVER_MINIMUM = 15
_MEMBERSHIP_OPTIONS_SINCE = 16
_PAGE_COST_OF_FLASH = 2
_LOCK = 0x75_73_75_66  # "usuf": one provisioning at a time
_REVISION = table("alembic_version", column("version_num")).c.version_num
_CHAIN = re.compile(r"^revision = '(\w+)'\ndown_revision = (?:None|'(\w+)')$", re.MULTILINE)


class ServerTooOld(Unavailable):
    """PostgreSQL is older than version 15."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which revision the database has, and which one this program needs; None where there is none yet."""

    found: str | None
    needed: str | None

    @property
    def is_current(self) -> bool:
        """Whether the program may use the database."""
        return self.found == self.needed


@dataclass(frozen=True, slots=True)
class Report:
    """What ``usufruct db status`` says: the shape, the server's version, and settings that cost speed."""

    shape: Shape
    server: str
    advice: tuple[str, ...]


@contextmanager
def administering(address: URL) -> Iterator[Connection]:
    """Open a connection for statements that take effect one by one."""
    engine = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise DatabaseUnavailable(str(error.orig)) from error


@contextmanager
def as_owner(address: URL) -> Iterator[Connection]:
    """Open one transaction as the owner of the tables, alone among all that change their shape."""
    engine = create_engine(address, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        connection.execute(text(f"set local role {OWNER}"))  # text: no select() sets a role
        yield connection


def upgrade(access: Access, revision: str = "head") -> Shape:
    """Make the roles, the database and its tables, as far as they are missing. Safe to repeat and to run side by side.

    Returns:
        The shape afterwards.

    Raises:
        NoAdministrator: nobody who may was named.
        ServerTooOld: the server is older than PostgreSQL 15.
        DatabaseUnavailable: the server cannot be reached.
    """
    from alembic import command  # noqa: PLC0415 see above

    make_roles_and_database(access)
    with as_owner(access.administrator) as connection:
        command.upgrade(_alembic(connection), revision)
    return shape(access)


def make_roles_and_database(access: Access) -> None:
    """Make the roles and the database, as far as they are missing; the application gets the password of its address.

    Raises:
        as ``upgrade``.
    """
    with administering(access.administrator.set(database="postgres")) as connection:
        _make_roles(connection, password=access.app.password)
        _make_database(connection, str(access.app.database))


def downgrade(access: Access, revision: str) -> None:
    """Take the tables back to an earlier revision; ``base`` drops them all. Roles stay: other databases use them."""
    from alembic import command  # noqa: PLC0415 see above

    with as_owner(access.administrator) as connection:
        command.downgrade(_alembic(connection), revision)


def shape(access: Access) -> Shape:
    """Compare what the database has with what the program needs.

    Raises:
        DatabaseUnavailable: the server cannot be reached, or has no such database or role yet.
    """
    engine = create_engine(access.app, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            has_revision = connection.scalar(select(func.to_regclass("alembic_version")))
            revision = connection.scalar(select(_REVISION)) if has_revision else None
    except OperationalError as error:
        reason = str(error.orig).strip()
        missing = "; usufruct db upgrade makes what is missing" if _says_missing(error) else ""
        raise DatabaseUnavailable(f"{reason}{missing}") from error
    return Shape(revision, newest_revision())


def _says_missing(error: OperationalError) -> bool:
    """Whether the server is there, and says that the role or the database is not."""
    return str(error.orig).strip().endswith("does not exist")


def is_made(access: Access) -> bool:
    """Whether the server has the database and the role that connects to it.

    Raises:
        DatabaseUnavailable: the server cannot be reached, or refuses the role for another reason.
    """
    engine = create_engine(access.app, poolclass=NullPool)
    try:
        with engine.connect():
            return True
    except OperationalError as error:
        if _says_missing(error):
            return False
        raise DatabaseUnavailable(str(error.orig).strip()) from error


@cache
def _followed() -> dict[str, str]:
    """Each migration with the one that it follows, by what the files say: alembic would import them all."""
    files = [path.read_text(encoding="utf-8") for path in (Path(migrations.__file__).parent / "versions").glob("*.py")]
    return {name: before for file in files for name, before in _CHAIN.findall(file)}


def newest_revision() -> str:
    """Find the migration that none follows."""
    follows = _followed()
    newest: str
    (newest,) = follows.keys() - follows.values()
    return newest


def knows(revision: str) -> bool:
    """Whether this program has a migration of that number."""
    return revision in _followed()


def inspect(access: Access) -> Report:
    """Look at a database and its server's settings; measured, the advice is worth two to three times on usage queries.

    Raises:
        DatabaseUnavailable: as for ``shape``.
    """
    state = shape(access)
    with administering(access.app) as connection:
        server, page_cost, jit = connection.execute(
            select(*map(func.current_setting, ("server_version", "random_page_cost", "jit")))
        ).one()
    advice = []
    if float(page_cost) > _PAGE_COST_OF_FLASH:
        advice.append(f"random_page_cost is {page_cost}; 1.1 suits disks without seeks")
    if jit == "on":
        advice.append("jit is on; off suits queries of milliseconds")
    return Report(state, server, tuple(advice))


@contextmanager
def ready_database(settings: Settings) -> Iterator[Access]:
    """Reach the database, and where it is the embedded one, bring it to the program's own shape first.

    Raises:
        Unavailable: it cannot be reached, or a named server is not at this program's revision.
    """
    with reach(settings) as access:
        if settings.database_url is None:
            if not _is_current(access):
                upgrade(access)
        elif not (state := shape(access)).is_current:
            raise DatabaseUnavailable(
                f"the database is at revision {state.found}, this program needs {state.needed}: usufruct db upgrade",
                found=state.found,
                expected=state.needed,
            )
        yield access


def _is_current(access: Access) -> bool:
    """Whether there is a database at this program's revision; then roles and tables are there as well."""
    try:
        return shape(access).is_current
    except DatabaseUnavailable:  # not made yet, nor whoever connects
        return False


def _alembic(connection: Connection | None) -> "Config":
    """Configure alembic without its ini file, which a wheel does not hold."""
    from alembic.config import Config  # noqa: PLC0415 see above

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _make_roles(connection: Connection, *, password: str | None) -> None:
    major = int(connection.scalar(select(func.current_setting("server_version_num"))) or 0) // 10000
    if major < _SERVER_MINIMUM:
        raise ServerTooOld(found=major, expected=_SERVER_MINIMUM)
    connection.execute(select(func.pg_advisory_lock(_LOCK)))
    login: sql.Composable = sql.SQL("login")
    if password:  # as PostgreSQL keeps it: the statement may stand in the server's log
        login = sql.SQL("login password {}").format(_hashed(connection, password))
    without_login: dict[str, sql.Composable] = {OWNER: sql.SQL("nologin"), LOAD: sql.SQL("nologin bypassrls")}
    without_login |= {role: sql.SQL("nologin") for role in (READER, GUEST)}
    for role, options in (*without_login.items(), (APP, login)):
        made = sql.SQL("create role {} {}").format(sql.Identifier(role), options)
        # Another database's provisioning, which our lock does not see, may make it between our look and our making.
        _execute(
            connection,
            sql.SQL("do $$ begin {}; exception when duplicate_object or unique_violation then null; end $$").format(
                made
            ),
        )
    _execute(connection, sql.SQL("grant {} to current_user").format(sql.Identifier(OWNER)))
    if major >= _MEMBERSHIP_OPTIONS_SINCE:
        # text: no select() grants a role
        connection.execute(text(f"grant {', '.join(_BECOMES)} to {APP} with inherit false, set true"))
    else:
        # text: no select() changes a role
        connection.execute(text(f"alter role {APP} noinherit"))
        # text: no select() grants a role
        connection.execute(text(f"grant {', '.join(_BECOMES)} to {APP}"))
    connection.execute(select(func.pg_advisory_unlock(_LOCK)))


def _hashed(connection: Connection, password: str) -> str:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"the database is reached by psycopg, not by {type(driver).__name__}")
    return driver.pgconn.encrypt_password(password.encode(), APP.encode(), b"scram-sha-256").decode()


def _make_database(connection: Connection, database: str) -> None:
    datname = table("pg_database", column("datname")).c.datname
    exists = select(datname).where(datname == database)
    if connection.scalar(exists):
        return
    made = sql.SQL("create database {} owner {} encoding 'UTF8' template template0").format(
        sql.Identifier(database), sql.Identifier(OWNER)
    )
    try:
        _execute(connection, made)
    except ProgrammingError:
        if not connection.scalar(exists):  # else another made it at the same time
            raise


def _execute(connection: Connection, statement: sql.Composed) -> None:
    """Run a statement that takes names but no parameters."""
    driver = connection.connection.driver_connection
    connection.exec_driver_sql(statement.as_string(driver).replace("%", "%%"))
