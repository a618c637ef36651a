"""Parties as use cases: what documents say of them is prepared, released, withdrawn, shown; their logos stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from api.audit.note import made
from billing.documents.look.logo_on_paper import refuse_unprintable
from contracts.logos import store as logo_store
from contracts.logos.logo import Logo
from contracts.logos.reading import read_logo
from contracts.logos.store import UnknownLogo
from contracts.party_profile import PartyProfile
from contracts.party_profiles import store
from contracts.party_profiles.party_profile_document import read_profile
from contracts.party_profiles.party_query import PartyQuery
from contracts.party_profiles.store import ProfileState, RecordedProfile
from contracts.release.store import releasing
from quantities.document import Fault, FaultyDocument
from quantities.listing import ListPage


class RecordedProfileOut(BaseModel):
    """A profile as it was recorded: once two have released it, documents issued on its days say it."""

    profile: int
    party: str
    state: ProfileState
    in_force_from: date
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    told: PartyProfile


class PartyOut(BaseModel):
    """What is told of a party: what counts on a day, and all that was recorded, the newest last.

    ``in_force`` is left out where nothing counts on that day.
    """

    party: str
    on: date
    in_force: Annotated[RecordedProfileOut | None, Field(exclude_if=lambda profile: profile is None)] = None
    profiles: list[RecordedProfileOut]


class ListedPartyOut(BaseModel):
    """A party of contracts, with what documents say of it today, and whether something else waits."""

    party: str
    in_force_from: date | None
    full_name: str
    waiting: list[int]


class LogoOut(BaseModel):
    """A logo that is stored: a profile names it by its SHA-256."""

    sha256: str
    media_type: str
    bytes: int


@dataclass(frozen=True, slots=True)
class WhoAsks:
    """Who asks for what is told of a party, and when."""

    at: datetime
    as_customer: bool = False


def prepare_profile(session: Session, party: str, document: Any, *, who: str, at: datetime) -> RecordedProfileOut:
    """Prepare what documents say of a party; another person releases it. The same again records nothing.

    Args:
        session: states the tenant.
        party: by name; the document names the same.
        document: the profile, as it was read.
        who: prepares it.
        at: the instant.

    Raises:
        FaultyDocument: with every fault.
        UnnamedParty: no contract names it.
    """
    profile = read_profile(document)
    if profile.party != party:
        detail = f"the profile is put to {party}, and is of another"
        raise FaultyDocument([Fault("/party", "another-party", detail, profile.party, party)])
    recorded = store.prepare(session, profile, by=who, at=at)
    made(session, f"profile {recorded.id}")
    return _shown(recorded)


def release_profile(
    session: Session, party: str, number: int | None = None, *, who: str, at: datetime
) -> RecordedProfileOut:
    """Release what another has prepared; the errors are those of ``contracts.party_profiles.store.release``."""
    released = store.release(session, party, number, releasing(session, who, at))
    made(session, f"profile {released.id}")
    return _shown(released)


def withdraw_profile(
    session: Session, party: str, number: int | None = None, *, who: str, at: datetime
) -> RecordedProfileOut:
    """Withdraw what waits; the errors are those of ``contracts.party_profiles.store.withdraw``."""
    withdrawn = store.withdraw(session, party, number, by=who, at=at)
    made(session, f"profile {withdrawn.id}")
    return _shown(withdrawn)


def show_party(session: Session, party: str, asked: WhoAsks, on: date | None = None) -> PartyOut:
    """Show what is told of a party, and what of it counts on a day; today without one.

    Raises:
        UnnamedParty: none of that name is visible here.
    """
    day = on or asked.at.date()
    recorded = store.recorded_profiles(session, party, as_customer=asked.as_customer)
    counts = store.in_force(recorded, day)
    return PartyOut(
        party=party,
        on=day,
        in_force=None if counts is None else _shown(counts),
        profiles=[_shown(one) for one in recorded],
    )


def list_parties(session: Session, query: PartyQuery, asked: WhoAsks) -> ListPage[ListedPartyOut]:
    """List parties in pages by name.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = store.parties(session, query)
    return page.of(tuple(_listed(party.name, party.profiles, asked) for party in page.rows))


def _listed(name: str, profiles: Sequence[RecordedProfile], asked: WhoAsks) -> ListedPartyOut:
    counts = store.in_force(profiles, asked.at.date())
    waiting = [] if asked.as_customer else [one.id for one in profiles if one.state is ProfileState.WAITING]
    return ListedPartyOut(
        party=name,
        in_force_from=None if counts is None else counts.profile.in_force_from,
        full_name="" if counts is None else counts.profile.full_name or "",
        waiting=waiting,
    )


def put_logo(session: Session, party: str, content: bytes, *, at: datetime) -> LogoOut:
    """Store a logo, which a profile of the party may then name; the same again is stored once.

    Raises:
        UnnamedParty: no contract names the party.
        LogoTooLarge, NoLogo: it is none that a document may bear, or cannot be printed.
    """
    logo = read_logo(content)
    store.recorded_profiles(session, party)
    refuse_unprintable(logo)
    logo_store.store_logo(session, logo, at)
    made(session, f"logo {logo.sha256}")
    return LogoOut(sha256=logo.sha256, media_type=logo.media_type, bytes=len(logo.content))


def get_logo(session: Session, party: str, asked: WhoAsks, on: date | None = None) -> Logo:
    """Read the logo that documents of a day bear of a party.

    Raises:
        UnnamedParty: none of that name is visible here.
        UnknownLogo: nothing that counts on that day names one.
    """
    counts = show_party(session, party, asked, on).in_force
    if counts is None or counts.told.logo is None:
        raise UnknownLogo(f"no logo of {party} is in force", found=party)
    return logo_store.logo_named(session, counts.told.logo)


def _shown(recorded: RecordedProfile) -> RecordedProfileOut:
    return RecordedProfileOut(
        profile=recorded.id,
        party=recorded.profile.party,
        state=recorded.state,
        in_force_from=recorded.profile.in_force_from,
        prepared_by=recorded.prepared_by,
        prepared_at=recorded.prepared_at,
        released_by=recorded.released_by,
        released_at=recorded.released_at,
        withdrawn_by=recorded.withdrawn_by,
        withdrawn_at=recorded.withdrawn_at,
        told=recorded.profile,
    )
