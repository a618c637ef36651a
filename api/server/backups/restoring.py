"""A backup restored: looked at first, then brought into an empty database, then compared with what it said."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import ValidationError

from api.server.backups.conninfo import conninfo_of
from api.server.backups.facts import is_empty, role_facts, sequence_values, table_digests
from api.server.backups.making import DUMP, MANIFEST
from api.server.backups.manifest import BackupManifest
from api.server.backups.programs import running
from api.server.database import Access, Database, DatabaseUnavailable
from api.server.provision import knows, make_roles_and_database, upgrade
from billing.delivery.restored import hold_restored
from billing.due.pauses.restored import hold_money_restored
from metering.tenants.store import tenants
from quantities.errors import Conflict, Invalid

_PORTION = 1 << 20
_BACKUP = "what `usufruct backup` has written"
AdminConnection = psycopg.Connection[tuple[object, ...]]


class DamagedBackup(Invalid):
    """The file is no backup, or is damaged."""


class BackupFromNewer(Conflict):
    """The backup comes from a newer program or a newer PostgreSQL."""


class DatabaseNotEmpty(Conflict):
    """The database that would be restored to is not empty."""


class RolesDiffer(Conflict):
    """A role of the server may do more or less than the backup says."""


class RestoredOtherwise(Conflict):
    """What was restored is not what the backup says."""


def restore(access: Access, path: Path) -> BackupManifest:
    """Bring a backup into a database that is empty or not there yet, and compare it table by table.

    Where anything is refused or fails, a database that was not there is not there afterwards, and one that was empty
    is empty. A backup of an earlier revision is brought to this program's. Documents that were due to be sent are put
    before a person: they may have been sent since the backup was made.

    Args:
        access: of the new database, with an administrator, and with the password that ``usufruct_app`` is to have.
        path: of the backup.

    Returns:
        What the backup says of itself.

    Raises:
        DamagedBackup: the file is no backup, or a bit of it is another.
        BackupFromNewer: this program or this server is older.
        DatabaseNotEmpty: the database has tables.
        RolesDiffer: the server has the product's roles, with other rights.
        RestoredOtherwise: the comparison failed.
        ProgramFailed: the dump could not be restored.
        NoAdministrator: none is named.
        DatabaseUnavailable: the server cannot be reached.
    """
    with _opened(path) as (archive, manifest):
        if not knows(manifest.revision):
            expected = "a revision that this program knows"
            raise BackupFromNewer("this program does not know its revision", found=manifest.revision, expected=expected)
        with _connected(access, "postgres") as connection:
            major = connection.info.server_version // 10000
            is_there = _is_there(connection, str(access.app.database))
        if major < manifest.postgresql:
            raise BackupFromNewer(
                f"it is of PostgreSQL {manifest.postgresql}, the server is a {major}",
                found=major,
                expected=manifest.postgresql,
            )
        if is_there:
            with _connected(access) as connection:
                if not is_empty(connection):
                    raise DatabaseNotEmpty(
                        f"{access.app.database} has tables; name another database, or drop it",
                        found=access.app.database,
                        expected="an empty database, or one that is not there yet",
                    )
        make_roles_and_database(access)
        with _taken_back(access, dropping=not is_there):
            _compare_roles(access, manifest)
            _bring_in(access, archive, major)
            _compare(access, manifest)
            upgrade(access)
            _hold_what_may_have_left(access, manifest)
    with _connected(access) as connection:
        connection.execute("analyze")
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, BackupManifest]]:
    """Open a backup, and read the whole of it once."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise DamagedBackup(f"{path}: {error}", found=str(path), expected=_BACKUP) from error
    with archive:
        try:
            manifest = BackupManifest.model_validate_json(archive.read(MANIFEST))
            digest = hashlib.sha256()
            _each_portion(archive, digest.update)
        except (KeyError, ValidationError, zipfile.BadZipFile, OSError, NotImplementedError) as error:
            raise DamagedBackup(f"{path} is no backup, or damaged", found=str(path), expected=_BACKUP) from error
        if digest.hexdigest() != manifest.dump_sha256:
            raise DamagedBackup(
                f"the dump in {path} is another than the backup says",
                found=digest.hexdigest(),
                expected=manifest.dump_sha256,
            )
        yield archive, manifest


def _each_portion(archive: zipfile.ZipFile, take: Callable[[bytes], object]) -> None:
    with archive.open(DUMP) as dump:
        while portion := dump.read(_PORTION):
            take(portion)


@contextmanager
def _connected(access: Access, database: str | None = None) -> Iterator[AdminConnection]:
    address = access.administrator
    address = address if database is None else address.set(database=database)
    conninfo = conninfo_of(address)
    try:
        with closing(psycopg.connect(conninfo, autocommit=True)) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(str(error).strip()) from error


def _is_there(connection: AdminConnection, database: str) -> bool:
    return connection.execute("select from pg_database where datname = %s", [database]).fetchone() is not None


@contextmanager
def _taken_back(access: Access, *, dropping: bool) -> Iterator[None]:
    """Where what is inside fails, leave no half of it: drop the database that was made, or empty the one that was."""
    try:
        yield
    except BaseException:
        name = sql.Identifier(str(access.app.database))
        if dropping:
            with _connected(access, "postgres") as connection:
                connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        else:
            with _connected(access) as connection:
                connection.execute("drop schema public cascade")
                connection.execute("create schema public authorization pg_database_owner")  # as in a new database
                connection.execute("grant usage on schema public to public")
        raise


def _bring_in(access: Access, archive: zipfile.ZipFile, major: int) -> None:
    options = ("--single-transaction", "--exit-on-error")
    with running("pg_restore", major, access.administrator, *options, stream="stdin") as taking:
        _each_portion(archive, taking.write)


def _compare_roles(access: Access, manifest: BackupManifest) -> None:
    with _connected(access) as connection:
        roles = role_facts(connection)
    differing = sorted(name for name in manifest.roles | roles if manifest.roles.get(name) != roles.get(name))
    if differing:
        raise RolesDiffer(
            f"another may do otherwise here: {', '.join(differing)}",
            found={name: roles[name].model_dump() for name in differing if name in roles},
            expected={name: manifest.roles[name].model_dump() for name in differing if name in manifest.roles},
        )


def _compare(access: Access, manifest: BackupManifest) -> None:
    with _connected(access) as connection, connection.transaction():
        tables, sequences = table_digests(connection), sequence_values(connection)
    differing = sorted(name for name in manifest.tables | tables if manifest.tables.get(name) != tables.get(name))
    # A number may have been drawn between the dump and the manifest; a restored sequence stands behind no stored row.
    differing += sorted(name for name in manifest.sequences if name not in sequences)
    if differing:
        raise RestoredOtherwise(f"these differ: {', '.join(differing)}", found=differing, expected="none")


def _hold_what_may_have_left(access: Access, manifest: BackupManifest) -> None:
    """Let no document be sent that the machine of before may have sent: whoever serves next would."""
    at, database = datetime.now(UTC), Database(access.app)
    try:
        with database.transaction() as session:
            everyone = sorted(tenants(session).values())
        for tenant in everyone:
            with database.transaction(tenant) as session:
                hold_restored(session, backup_at=manifest.made_at, at=at)
                hold_money_restored(session, backup_at=manifest.made_at, at=at)
    finally:
        database.close()
