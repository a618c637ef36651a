"""A tenant with entries, its sealer, and a superuser who may do anything to the rows."""

import time
from datetime import datetime
from typing import Any

from sqlalchemy import text

from api.audit.audit_query import AuditQuery
from api.audit.chain import ChainFault
from api.audit.note import AuditNote, Door
from api.audit.store import AuditAnchor, ListedEntry
from api.operations.audit import list_entries, newest_anchor, seal_all, verify_chain
from api.server.database import Access, Database
from api.server.provision import administering
from quantities.listing import ROWS_MAX
from tests.build import NOON

_PATIENCE_S = 60


def writes(database: Database, name: str, tenant: int = 1, at: datetime = NOON) -> None:
    """A small write that leaves an entry."""
    noted = AuditNote(at, Door.HTTP, "POST /v1/parties", f"name={name}", "usu_12345678", "10.0.0.7", b"body")
    with database.transaction(tenant, noted=noted) as session:
        session.execute(text("insert into party (name) values (:name)"), {"name": name})


def seals(database: Database, tenant: int = 1) -> int:
    """Seal all there is. Transactions of other tests on the same server hold the sealer back for a while."""
    deadline = time.monotonic() + _PATIENCE_S
    sealed = seal_all(database, tenant)
    while any(entry.position is None for entry in entries(database, tenant)) and time.monotonic() < deadline:
        time.sleep(0.02)
        sealed += seal_all(database, tenant)
    return sealed


def entries(database: Database, tenant: int = 1, **search: Any) -> list[ListedEntry]:
    """What is listed, the oldest first."""
    with database.transaction(tenant) as session:
        query = AuditQuery(sort="at", limit=ROWS_MAX, **search)
        page = list_entries(session, tenant, query)
        listed = list(page.rows)
        while page.after:
            page = list_entries(session, tenant, query.model_copy(update={"after": page.after}))
            listed += page.rows
        return listed


def anchored(database: Database, tenant: int = 1) -> AuditAnchor:
    with database.transaction(tenant) as session:
        return newest_anchor(session, tenant)


def verified(database: Database, tenant: int = 1, anchor: AuditAnchor | None = None) -> tuple[int, list[ChainFault]]:
    with database.transaction(tenant) as session:
        count, faults = verify_chain(session, tenant, anchor)
    return count, list(faults)


def named(database: Database, anchor: AuditAnchor | None = None) -> list[tuple[str, int | None]]:
    """The faults of the first tenant's chain."""
    return [(fault.kind.value, fault.position) for fault in verified(database, anchor=anchor)[1]]


def by_superuser(access: Access, *statements: str) -> None:
    with administering(access.administrator) as connection:
        for statement in statements:
            assert connection.execute(text(statement)).rowcount, "the superuser has changed nothing"
