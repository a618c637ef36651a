"""The audit as both doors show it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from api.audit.chain import ChainFault
from api.audit.store import ListedEntry


class AuditEntryOut(BaseModel):
    """Who did what: the position is none until the entry is sealed; the address is none once it is erased."""

    position: int | None
    entry: UUID
    at: datetime
    identity: int | None
    who: str | None
    key: str | None
    door: str
    operation: str
    object: str
    body_sha256: str | None
    address: str | None


class ChainFaultOut(BaseModel):
    """A fault of the chain: its kind, and the position and the entry as far as they are known."""

    kind: str
    position: int | None
    entry: UUID | None


class VerifiedOut(BaseModel):
    """How many seals were recomputed, and the first faults, by position."""

    sealed: int
    faults: list[ChainFaultOut]


def entry_out(listed: ListedEntry) -> AuditEntryOut:
    """Show an entry."""
    entry = listed.entry
    return AuditEntryOut(
        position=listed.position,
        entry=entry.id,
        at=entry.at,
        identity=entry.identity,
        who=listed.name,
        key=entry.key,
        door=entry.door,
        operation=entry.operation,
        object=entry.object,
        body_sha256=None if entry.body_sha256 is None else entry.body_sha256.hex(),
        address=entry.address,
    )


def verified_out(sealed: int, faults: Sequence[ChainFault]) -> VerifiedOut:
    """Show what came out of a verification."""
    shown = [ChainFaultOut(kind=fault.kind.value, position=fault.position, entry=fault.entry) for fault in faults]
    return VerifiedOut(sealed=sealed, faults=shown)
