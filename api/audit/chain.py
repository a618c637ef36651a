"""The chain: how an entry is written for hashing, what its seal is, and which faults a chain has. All pure.

    content  sha256 of [1, tenant, at, identity, key, door, operation, object, body, digest of the address]
    seal     sha256 of the seal before ‖ content ‖ [position, number of the transaction, entry]

Lists are written as JSON, without spaces and in ASCII; instants are UTC with microseconds, hashes are hexadecimal, what
is not there is null. The seal before the first is the hash of "usufruct audit" and the tenant. So whoever has the rows
of a chain can recompute it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from api.audit.note import salted

_NO_ENTRY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An entry as it is stored; ``AuditNote`` says what its parts mean."""

    tenant: int
    xact: int
    id: UUID
    at: datetime
    identity: int | None
    key: str | None
    door: str
    operation: str
    object: str
    body_sha256: bytes | None
    address: str | None
    address_salt: bytes | None
    address_sha256: bytes | None

    @property
    def content_sha256(self) -> bytes:
        """The hash of all that the entry says; of the address, its digest."""
        said = [
            1,
            self.tenant,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.identity,
            self.key,
            self.door,
            self.operation,
            self.object,
            _hexadecimal(self.body_sha256),
            _hexadecimal(self.address_sha256),
        ]
        return hashlib.sha256(_json(said)).digest()

    @property
    def has_its_address(self) -> bool:
        """Whether the address is the one that the digest is of, or is erased."""
        if self.address is None:
            return self.address_salt is None
        if self.address_salt is None or self.address_sha256 is None:
            return False
        return salted(self.address_salt, self.address) == self.address_sha256


@dataclass(frozen=True, slots=True)
class AuditSeal:
    """The seal of an entry.

    Attributes:
        position: in the tenant's chain, from 1 on.
        xact: the entry's transaction.
        entry: which entry.
        content_sha256: the hash of what the entry says.
        hash: over this and all seals before it.
    """

    position: int
    xact: int
    entry: UUID
    content_sha256: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class ChainStart:
    """What a chain goes on from: the position and the hash of the seal before, and where the sealer was then."""

    position: int
    hash: bytes
    xact: int = 0
    entry: UUID = _NO_ENTRY


class FaultKind(StrEnum):
    """What happened to a chain."""

    CHANGED = "changed"  # the entry says something else than when it was sealed
    REMOVED = "removed"  # the entry is gone, its seal stands
    SWAPPED = "swapped"  # the entry stands where another was sealed, and that one in its place
    ADDED = "added"  # the entry has no seal, and the sealer has passed
    SEAL_CHANGED = "seal changed"
    SEAL_REMOVED = "seal removed"
    CUT = "cut"  # the beginning was removed, and no entry says so
    TAIL_REMOVED = "tail removed"  # an anchor names a seal behind the last one
    OTHER_CHAIN = "other chain"  # an anchor names another hash


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A fault of a chain: its kind, the position and the entry where it is known."""

    kind: FaultKind
    position: int | None
    entry: UUID | None


def beginning(tenant: int) -> ChainStart:
    """What the first seal of a tenant goes on from; another for each, so that no chain is another tenant's."""
    return ChainStart(0, hashlib.sha256(f"usufruct audit {tenant}".encode()).digest())


def seal_after(before: ChainStart, entry: AuditEntry) -> AuditSeal:
    """Seal an entry."""
    position, content = before.position + 1, entry.content_sha256
    return AuditSeal(
        position, entry.xact, entry.id, content, chained(before.hash, content, (position, entry.xact, entry.id))
    )


def chained(before: bytes, content: bytes, place: tuple[int, int, UUID]) -> bytes:
    """The hash of a seal: over the one before, what the entry says, and where it stands."""
    position, xact, entry = place
    return hashlib.sha256(before + content + _json([position, xact, str(entry)])).digest()


def start_after(seal: AuditSeal) -> ChainStart:
    """What the next seal goes on from."""
    return ChainStart(seal.position, seal.hash, seal.xact, seal.entry)


def faults_in(start: ChainStart, sealed: Iterable[tuple[AuditSeal, AuditEntry | None]]) -> Iterator[ChainFault]:
    """Recompute a chain.

    Args:
        start: what its first seal goes on from.
        sealed: its seals by position, with the entry that each is of; None where it is gone.

    Yields:
        Its faults by position. Each is named where it is: the next seal is compared with the one before it as that
        stands, so that one fault is not the fault of all that follow.
    """
    before, changed = start, list[tuple[AuditSeal, bytes]]()
    for seal, entry in sealed:
        if seal.position != before.position + 1:
            yield ChainFault(FaultKind.SEAL_REMOVED, before.position + 1, None)
        elif seal.hash != chained(before.hash, seal.content_sha256, (seal.position, seal.xact, seal.entry)):
            yield ChainFault(FaultKind.SEAL_CHANGED, seal.position, seal.entry)
        if entry is None:
            yield ChainFault(FaultKind.REMOVED, seal.position, seal.entry)
        elif entry.content_sha256 != seal.content_sha256:
            changed.append((seal, entry.content_sha256))
        elif not entry.has_its_address:
            yield ChainFault(FaultKind.CHANGED, seal.position, seal.entry)
        before = start_after(seal)
    yield from _changed_or_swapped(changed)


def _changed_or_swapped(changed: list[tuple[AuditSeal, bytes]]) -> Iterator[ChainFault]:
    """Tell entries that say something new from those that stand in each other's place."""
    sealed = {seal.content_sha256 for seal, _ in changed}
    for seal, content in changed:
        yield ChainFault(FaultKind.SWAPPED if content in sealed else FaultKind.CHANGED, seal.position, seal.entry)


def _hexadecimal(hash_: bytes | None) -> str | None:
    return None if hash_ is None else hash_.hex()


def _json(said: list[object]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()
