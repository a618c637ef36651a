"""Commands that write the whole database to a file, and bring it back."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli.context import AsJson, now, say
from quantities.counted import counted

if TYPE_CHECKING:
    from api.server.backups.manifest import BackupManifest


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(backup)
    app.command()(restore)


def backup(file: Path, *, as_json: AsJson = False) -> None:
    """Write the whole database, of all tenants and with its roles, to one new file.

    Whoever works goes on working: the file has one moment of all. Whoever reads it reads everything.
    """
    import socket

    from api.access.login import account
    from api.operations.backups import note_backup
    from api.server.backups.making import back_up
    from api.server.database import Database
    from api.server.provision import ready_database
    from api.server.settings import from_environment

    with ready_database(from_environment()) as access:
        database = Database(access.app)
        try:
            note_backup(database, file.name, at=now(), address=f"{socket.gethostname()}/{account()}")
        finally:
            database.close()
        manifest = back_up(access, file)
    say(_facts(manifest), f"{file}: {_sentence(manifest)}", as_json=as_json)


def restore(file: Path, *, as_json: AsJson = False) -> None:
    """Bring a backup into a database that is empty or not there yet, and compare the two."""
    from api.server.backups.restoring import restore as bring_back
    from api.server.database import reach
    from api.server.settings import from_environment

    with reach(from_environment()) as access:
        manifest = bring_back(access, file)
    say(_facts(manifest), f"{file} is restored: {_sentence(manifest)}", as_json=as_json)


def _facts(manifest: "BackupManifest") -> dict[str, object]:
    return {
        "made_at": manifest.made_at.isoformat(),
        "revision": manifest.revision,
        "postgresql": manifest.postgresql,
        "tables": len(manifest.tables),
        "rows": sum(table.rows for table in manifest.tables.values()),
        "dump_sha256": manifest.dump_sha256,
    }


def _sentence(manifest: "BackupManifest") -> str:
    rows = counted(sum(table.rows for table in manifest.tables.values()), "row")
    return (
        f"{rows} in {counted(len(manifest.tables), 'table')}, revision {manifest.revision}, as they were at "
        f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
    )
