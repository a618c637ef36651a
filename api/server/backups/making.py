"""A backup: one file with a dump of one snapshot, and with what the snapshot held."""

import hashlib
import os
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

from api.server.backups.conninfo import conninfo_of
from api.server.backups.facts import role_facts, sequence_values, table_digests
from api.server.backups.manifest import BackupManifest
from api.server.backups.programs import running
from api.server.database import Access, DatabaseUnavailable
from api.server.provision import shape
from quantities.errors import Conflict, Invalid, Unavailable

DUMP, MANIFEST = "database.dump", "manifest.json"
_PORTION = 1 << 20
_WRITABLE = "a path where a file can be written"


class FileThere(Conflict):
    """There is a file of that name already."""


class UnwritableBackup(Invalid):
    """The file of the backup cannot be written."""


class NothingToBackUp(Unavailable):
    """The database is not at this program's revision."""


def back_up(access: Access, path: Path) -> BackupManifest:
    """Write a database to a file that only its owner reads; whoever works in it goes on working.

    Args:
        access: with an administrator, who sees the rows of all tenants.
        path: of the file, which is not there yet. It appears whole or not at all.

    Returns:
        What stands in the file beside the dump.

    Raises:
        NoAdministrator: none is named.
        NothingToBackUp: the database is not at this program's revision.
        FileThere: there is such a file.
        UnwritableBackup: the file cannot be written.
        ProgramFailed: the dump failed.
        DatabaseUnavailable: the database cannot be reached.
    """
    state = shape(access)
    if state.found is None or not state.is_current:
        raise NothingToBackUp(found=state.found, expected=state.needed)
    if path.exists():
        raise FileThere(f"{path} is there already", found=str(path), expected="a name that is not there yet")
    part = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise UnwritableBackup(f"{part}: {error.strerror}", found=str(path), expected=_WRITABLE) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # the dump is compressed already
                manifest = _written(access, archive, state.found)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(str(error).strip()) from error
    except OSError as error:
        raise UnwritableBackup(f"{part}: {error.strerror}", found=str(path), expected=_WRITABLE) from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _written(access: Access, archive: zipfile.ZipFile, revision: str) -> BackupManifest:
    """Dump the snapshot of a transaction, and read in the same what it holds."""
    address = access.administrator
    conninfo = conninfo_of(address)
    made_at, digest = datetime.now(UTC), hashlib.sha256()
    with closing(psycopg.connect(conninfo)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        major = connection.info.server_version // 10000
        row = connection.execute("select pg_export_snapshot()").fetchone()
        (snapshot,) = row or ("",)
        options = ("--format=custom", f"--snapshot={snapshot}")
        with (
            running("pg_dump", major, address, *options, stream="stdout") as dump,
            archive.open(zipfile.ZipInfo(DUMP, made_at.timetuple()[:6]), "w", force_zip64=True) as member,
        ):
            while portion := dump.read(_PORTION):
                digest.update(portion)
                member.write(portion)
        manifest = BackupManifest(
            made_at=made_at,
            program=version("usufruct"),
            revision=revision,
            postgresql=major,
            dump_sha256=digest.hexdigest(),
            roles=role_facts(connection),
            tables=table_digests(connection),
            sequences=sequence_values(connection),
        )
    archive.writestr(zipfile.ZipInfo(MANIFEST, made_at.timetuple()[:6]), manifest.model_dump_json(indent=1))
    return manifest
