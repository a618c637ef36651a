"""What one person alone has made, that works, and that no other owner has looked at: it is shown until one has.

While four eyes are off nothing waits. Once they are on again, who was let in meanwhile would stay unseen; so would the
key that an administrator makes for an owner who has lost theirs. Another owner looks at it afterwards, by a release.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from api.access.caller import IdentityKind
from api.access.keys import KEY
from api.access.roles import Role
from api.access.tables import CredentialRow, IdentityRow
from api.server.database import SYSTEM, Acting
from metering.log.transaction import fetch
from metering.tenants.store import FourEyesSwitch, four_eyes_record

#: For so long a recovered key is shown to every owner, if no other one looks at it.
RECOVERY_SHOWN = timedelta(days=30)
#: Who moves no money, and waits for nobody; the triggers of the database say the same.
READ_ALONE = frozenset({Role.AUDITOR, Role.THIRD_PARTY})
#: Who sees when four eyes were off.
_SHOWN_TO = frozenset({Role.OWNER.value, Role.AUDITOR.value, SYSTEM.role})
_TWO = 2


@dataclass(frozen=True, slots=True)
class Unseen:
    """Somebody, or a key of somebody, that one person alone has made.

    Attributes:
        name: of the identity.
        role: of the identity.
        key: the key's first characters; None: the identity itself, with the key that was made with it.
        made_by: by name; None where nobody is known, as where an administrator has recovered a key.
        made_at: when.
        reason: why an owner's key was recovered; None: it was made while four eyes were off.
        hidden_from: numbers of those who cannot look at it for others: who made it, and whom it lets in.
    """

    name: str
    role: Role
    key: str | None
    made_by: str | None
    made_at: datetime
    reason: str | None
    hidden_from: frozenset[int | None]

    def in_words(self) -> str:
        """In a line, for a person."""
        at = self.made_at.isoformat(timespec="seconds")
        if self.reason is not None:
            return f"recovered by the administrator at {at}: key {self.key} of {self.name}, {self.role}: {self.reason}"
        what = f"key {self.key} of {self.name}" if self.key else self.name
        return f"made by {self.made_by or 'nobody who is known'} alone at {at}: {what}, {self.role}"


def unseen(session: Session, now: datetime) -> list[Unseen]:
    """List what no other owner has looked at, the oldest first.

    Args:
        session: states the tenant, and who acts: others than owners and auditors are shown nothing.
        now: the instant.
    """
    acting: Acting = session.info.get("acting", SYSTEM)
    if acting.role not in _SHOWN_TO:
        return []
    everybody = {row.id: row for row in session.exec(select(IdentityRow))}
    looked = _Lone(everybody, _off(four_eyes_record(session)))
    shown = [looked.of_identity(row) for row in everybody.values() if looked.is_identity(row)]
    keys = select(CredentialRow).where(
        CredentialRow.kind == KEY,
        col(CredentialRow.released_identity).is_(None),
        col(CredentialRow.revoked_at).is_(None),
    )
    for row in session.exec(keys):
        of_recovery = row.recovery_reason is not None and now - row.created_at < RECOVERY_SHOWN
        works = row.expires_at is None or row.expires_at > now
        if works and everybody[row.identity].disabled_at is None and (of_recovery or looked.is_key(row)):
            shown.append(looked.of_key(row))
    return sorted(shown, key=lambda made: (made.made_at, made.name, made.key or ""))


def recoveries(session: Session, now: datetime) -> list[Unseen]:
    """List the keys of owners that an administrator has made within 30 days, and that no other owner has looked at."""
    return [made for made in unseen(session, now) if made.reason is not None]


def see(session: Session, made: Unseen, identity: int) -> None:
    """Keep that the owner who acts has looked at what one person alone has made; the database fills in who.

    Args:
        session: states the tenant, and who acts.
        made: what was shown.
        identity: the number of whose it is.
    """
    fetch(session, "select see_afterwards(%(identity)s::int, %(key)s::text)", {"identity": identity, "key": made.key})


#: Times during which four eyes were off: from when, and until when, if they are on again.
_Times = Sequence[tuple[datetime, datetime | None]]


def _off(record: Sequence[FourEyesSwitch]) -> _Times:
    times: list[tuple[datetime, datetime | None]] = []
    released = sorted((switch for switch in record if switch.released_at), key=lambda switch: str(switch.released_at))
    for switch in released:
        if switch.released_at is None:
            continue
        if switch.off and (not times or times[-1][1] is not None):
            times.append((switch.released_at, None))
        elif not switch.off and times and times[-1][1] is None:
            times[-1] = times[-1][0], switch.released_at
    return times


@dataclass(frozen=True, slots=True)
class _Lone:
    """Tells what was made by one person where two would have had to."""

    everybody: Mapping[int, IdentityRow]
    off: _Times

    def is_identity(self, row: IdentityRow) -> bool:
        is_somebody = row.kind != IdentityKind.ACCOUNT.value and row.disabled_at is None
        return is_somebody and row.released_identity is None and self._alone(row, row.created_identity, row.created_at)

    def is_key(self, row: CredentialRow) -> bool:
        bearer = self.everybody[row.identity]
        is_own = row.created_identity == row.identity
        comes_with_bearer = row.created_at == bearer.created_at
        return not is_own and not comes_with_bearer and self._alone(bearer, row.created_identity, row.created_at)

    def of_identity(self, row: IdentityRow) -> Unseen:
        return self._unseen(row, None, row.created_identity, row.created_at, None, {row.id})

    def of_key(self, row: CredentialRow) -> Unseen:
        bearer, reason = self.everybody[row.identity], row.recovery_reason
        own = set() if reason is None else {bearer.id}
        return self._unseen(bearer, row.id, row.created_identity, row.created_at, reason, own)

    def _unseen(
        self, row: IdentityRow, key: str | None, maker: int | None, at: datetime, reason: str | None, own: set[int]
    ) -> Unseen:
        made_by = self.everybody[maker].name if maker is not None and maker in self.everybody else None
        return Unseen(
            name=row.name,
            role=Role(row.role),
            key=key,
            made_by=made_by,
            made_at=at,
            reason=reason,
            hidden_from=frozenset({maker, *own}),
        )

    def _alone(self, bearer: IdentityRow, maker: int | None, at: datetime) -> bool:
        chief = self.everybody.get(maker or 0)
        of_own_party = chief is not None and chief.administers and chief.party == bearer.party
        was_off = any(start <= at and (end is None or at < end) for start, end in self.off)
        return was_off and not of_own_party and bearer.role not in READ_ALONE and self._owners(at) >= _TWO

    def _owners(self, at: datetime) -> int:
        """How many owners there were before an instant: of fewer than two, nobody would have waited."""
        return sum(
            row.kind == IdentityKind.PERSON.value
            and row.role == Role.OWNER
            and row.created_at < at
            and (row.disabled_at is None or row.disabled_at > at)
            for row in self.everybody.values()
        )
