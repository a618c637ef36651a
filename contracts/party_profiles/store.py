"""Rows ⇄ values of profiles of parties: prepared by one, released by another; then documents say them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, true
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col, select

from contracts.logos.store import has_logo
from contracts.party_profile import PartyProfile
from contracts.party_profiles.known_profiles import KnownProfiles, ReleasedProfile
from contracts.party_profiles.party_query import PartyQuery
from contracts.release.store import OwnWork, Releasing, may_release
from contracts.tables import PartyProfileRow, PartyRow
from metering.log.list_page import Listing, nearest_names
from metering.tables import within_tenant
from quantities.document import Fault, FaultyDocument
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage


class UnnamedParty(NotFound):
    """No contract names a party so."""


class NoProfile(NotFound):
    """There is no profile of that party."""


class ProfileDone(Conflict):
    """The profile is released or withdrawn already."""


class ProfileState(StrEnum):
    """What became of a profile that was prepared."""

    WAITING = "waiting"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RecordedProfile:
    """A profile as it was recorded.

    Attributes:
        id: its number.
        profile: itself.
        prepared_by: by whom.
        prepared_at: when.
        released_by: by whom; None unless it is released.
        released_at: when.
        withdrawn_by: by whom; None unless it is withdrawn.
        withdrawn_at: when.
    """

    id: int
    profile: PartyProfile
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None

    @property
    def state(self) -> ProfileState:
        """What became of it."""
        if self.withdrawn_by is not None:
            return ProfileState.WITHDRAWN
        return ProfileState.WAITING if self.released_by is None else ProfileState.RELEASED


def prepare(session: Session, profile: PartyProfile, *, by: str, at: datetime) -> RecordedProfile:
    """Record a profile; it counts once another has released it, or at once where four eyes are off.

    The same as the one of that day that counts, or as one that waits, records nothing.

    Raises:
        UnnamedParty: no contract names the party.
        FaultyDocument: its logo is not stored.
    """
    party_id = _party(session, profile.party)
    if profile.logo is not None and not has_logo(session, profile.logo):
        detail = "no logo of this SHA-256 is stored"
        raise FaultyDocument([Fault("/logo", "unknown-logo", detail, profile.logo, "that of a logo that was stored")])
    for recorded in reversed(_of_party(session, party_id)):
        if recorded.profile.in_force_from == profile.in_force_from and recorded.state is not ProfileState.WITHDRAWN:
            if recorded.profile == profile:
                return recorded
            if recorded.state is ProfileState.RELEASED:
                break
    alone = may_release(session, by, at)
    row = PartyProfileRow(
        party_id=party_id,
        in_force_from=profile.in_force_from,
        profile=profile.model_dump(mode="json"),
        prepared_by=by,
        prepared_at=at,
    )
    session.add(row)
    session.flush()
    if alone.by is not None:
        row.released_by, row.released_at = alone.by, at
        session.flush()
    session.refresh(row)
    return _recorded(row)


def release(session: Session, party: str, number: int | None, releasing: Releasing) -> RecordedProfile:
    """Release a profile that another has prepared: documents issued from now on say it, on its days.

    Args:
        session: states the tenant.
        party: by name.
        number: which one; without it, the one that was prepared last of those that wait.
        releasing: who acts, and whether one is enough.

    Raises:
        UnnamedParty, NoProfile: there is none.
        ProfileDone: it is released or withdrawn already.
        OwnWork: the same person has prepared it.
    """
    if releasing.by is None or releasing.at is None:
        raise OwnWork("nobody is stated who acts", found=None, expected="a person")
    row = _open(session, party, number)
    releasing.check(row.prepared_by)
    row.released_by, row.released_at = releasing.by, releasing.at
    session.flush()
    session.refresh(row)
    return _recorded(row)


def withdraw(session: Session, party: str, number: int | None, *, by: str, at: datetime) -> RecordedProfile:
    """Withdraw a profile that waits: documents say what they said.

    Raises:
        UnnamedParty, NoProfile: there is none.
        ProfileDone: it is released or withdrawn already.
    """
    row = _open(session, party, number)
    row.withdrawn_by, row.withdrawn_at = by, at
    session.flush()
    session.refresh(row)
    return _recorded(row)


def recorded_profiles(session: Session, party: str, *, as_customer: bool = False) -> Sequence[RecordedProfile]:
    """List all profiles of a party in the order of recording; as a customer, those that are released.

    Raises:
        UnnamedParty: none of that name is visible here.
    """
    known = _of_party(session, _party(session, party))
    return [one for one in known if not as_customer or one.state is ProfileState.RELEASED]


def in_force(recorded: Sequence[RecordedProfile], day: date) -> RecordedProfile | None:
    """Choose, of all profiles of a party, the one that counts on a day; None where none is released and in force."""
    released = [one for one in recorded if one.state is ProfileState.RELEASED and one.profile.in_force_from <= day]
    return max(released, key=lambda one: (one.profile.in_force_from, one.id), default=None)


def known_profiles(session: Session, party_ids: Collection[int]) -> KnownProfiles:
    """Read the released profiles of some parties, by one statement however many they are."""
    by_party: dict[str, list[ReleasedProfile]] = defaultdict(list)
    for row in session.execute(_RELEASED_OF, {"keys": sorted(party_ids)}) if party_ids else ():
        profile = PartyProfile.model_validate(row.profile)
        by_party[profile.party].append(ReleasedProfile(row.id, row.released_at, profile))
    return KnownProfiles(by_party)


def known_of(session: Session, names: Collection[str]) -> KnownProfiles:
    """Read the released profiles of some parties, by name."""
    if not names:
        return KnownProfiles()
    rows = session.execute(columns(col(PartyRow.id), col(PartyRow.name)).where(col(PartyRow.name).in_(sorted(names))))
    keys = {row.name: row.id for row in rows}
    return replace(known_profiles(session, list(keys.values())), unnamed=frozenset(names) - keys.keys())


def waiting_profiles(session: Session) -> Sequence[RecordedProfile]:
    """List the profiles that wait for another person, the oldest first."""
    waits = select(PartyProfileRow).where(_WAITS).order_by(col(PartyProfileRow.id))
    return [_recorded(row) for row in session.exec(waits)]


@dataclass(frozen=True, slots=True)
class ListedParty:
    """A party with all its profiles, in the order of recording."""

    name: str
    profiles: Sequence[RecordedProfile]


def parties(session: Session, query: PartyQuery) -> ListPage[ListedParty]:
    """List parties in pages by name, each with its profiles.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    of_party: dict[int, list[RecordedProfile]] = defaultdict(list)
    chosen = select(PartyProfileRow).where(col(PartyProfileRow.party_id).in_([row.id for row in page.rows]))
    for row in session.exec(chosen.order_by(col(PartyProfileRow.id))):
        of_party[row.party_id].append(_recorded(row))
    return page.of(tuple(ListedParty(row.name, of_party[row.id]) for row in page.rows))


_WAITS: ColumnElement[bool] = col(PartyProfileRow.released_at).is_(None) & col(PartyProfileRow.withdrawn_at).is_(None)
_ASKED = func.unnest(bindparam("keys", type_=ARRAY(Integer))).table_valued("key").render_derived(name="asked")
_OF_KEY = (
    columns(col(PartyProfileRow.id), col(PartyProfileRow.released_at), col(PartyProfileRow.profile))
    .where(col(PartyProfileRow.party_id) == _ASKED.c.key, col(PartyProfileRow.released_at).is_not(None))
    .offset(0)
    .lateral("own")
)
#: Each party is looked up by itself: asked for any of a list, PostgreSQL reads all rows of the tenant.
_RELEASED_OF: Any = columns(_OF_KEY).select_from(_ASKED).join(_OF_KEY, true()).order_by(_OF_KEY.c.id)
_LISTING = Listing(
    statement=columns(col(PartyRow.id), col(PartyRow.name)),
    key=col(PartyRow.id),
    sorts={"name": col(PartyRow.name)},
    filters={
        "begins": lambda text: func.starts_with(col(PartyRow.name), text),
        "waiting": lambda waits: _waits_for_release() if waits else ~_waits_for_release(),
    },
)


def _waits_for_release() -> ColumnElement[bool]:
    of_party = within_tenant(PartyProfileRow.party_id, PartyRow.id)
    return select(PartyProfileRow.id).where(of_party, _WAITS).exists()


def _party(session: Session, name: str) -> int:
    party_id = session.exec(select(PartyRow.id).where(PartyRow.name == name)).one_or_none()
    if party_id is None:
        near = nearest_names(session, PartyRow.name, name)
        raise UnnamedParty(f"no contract names a party {name!r}", found=name, expected=near)
    return party_id


def _of_party(session: Session, party_id: int) -> list[RecordedProfile]:
    chosen = select(PartyProfileRow).where(PartyProfileRow.party_id == party_id).order_by(col(PartyProfileRow.id))
    return [_recorded(row) for row in session.exec(chosen)]


def _open(session: Session, party: str, number: int | None) -> PartyProfileRow:
    """Find and lock a profile that waits."""
    chosen = select(PartyProfileRow).where(PartyProfileRow.party_id == _party(session, party))
    chosen = chosen.where(_WAITS if number is None else PartyProfileRow.id == number)
    newest = chosen.order_by(col(PartyProfileRow.id).desc()).limit(1).with_for_update()
    row = session.exec(newest.execution_options(populate_existing=True)).first()
    if row is None:
        which = f"profile {number}" if number is not None else "profile that waits"
        raise NoProfile(f"{party} has no {which}", found=party if number is None else number)
    recorded = _recorded(row)
    if recorded.state is not ProfileState.WAITING:
        by = recorded.released_by or recorded.withdrawn_by
        detail = f"profile {row.id} of {party} was {recorded.state} by {by}"
        raise ProfileDone(detail, found=recorded.state.value, expected="one that waits")
    return row


def _recorded(row: PartyProfileRow) -> RecordedProfile:
    return RecordedProfile(
        id=row.id,
        profile=PartyProfile.model_validate(row.profile),
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        released_by=row.released_by,
        released_at=row.released_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=row.withdrawn_at,
    )
