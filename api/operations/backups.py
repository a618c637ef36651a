"""That a backup is made, on the record of each tenant: whoever has the file has all that stands in it."""

from datetime import datetime

from api.audit.note import AuditNote, Door, note
from api.server.database import Database
from metering.tenants.store import tenants


def note_backup(database: Database, file: str, *, at: datetime, address: str) -> None:
    """Leave an entry in the audit of each tenant, before the backup, which so has it as well.

    Args:
        database: the application's.
        file: the name of the file that will be written.
        at: the instant.
        address: of who is at the keyboard: machine and account.
    """
    with database.transaction() as session:
        everyone = sorted(tenants(session).values())
    for tenant in everyone:
        with database.transaction(tenant) as session:
            noted = AuditNote(at, Door.COMMAND_LINE, "backup", f"file={file}", address=address, always=True)
            note(session, noted)
