"""Profiles as they are stored: a version is added and never changed."""

from difflib import get_close_matches

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from metering.deliveries.receipt import Sender
from metering.profiles.profile import ProfileChanged, ReadingProfile, UnknownProfile, as_profile_name, refuse_empty
from metering.records.sender_options import SenderOptions
from metering.tables import ReadingProfileRow

_NEAREST = 3


def profile(session: Session, name: str, version: int | None = None) -> ReadingProfile:
    """A profile: its newest version, or the one of a number.

    Raises:
        UnknownProfile: there is none of that name, or no such version of it; ``expected`` has the nearest names.
    """
    name = as_profile_name(name)
    row = _newest(session, name) if version is None else _row(session, name, version)
    if row is not None:
        return _profile(row)
    known = sorted(profile.name for profile in profiles(session))
    if name in known:
        raise UnknownProfile(f"there is no version {version} of the profile {name!r}", found=version, expected=[])
    nearest = get_close_matches(name, known, n=_NEAREST)
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    raise UnknownProfile(f"there is no profile {name!r}{hint}", found=name, expected=nearest or known[:_NEAREST])


def profiles(session: Session) -> list[ReadingProfile]:
    """The newest version of every profile, by name."""
    row = ReadingProfileRow
    newest = select(row).ext(distinct_on(col(row.name))).order_by(col(row.name), col(row.version).desc())
    return [_profile(stored) for stored in session.exec(newest)]


def versions(session: Session, name: str) -> list[ReadingProfile]:
    """All versions of a profile, the newest first.

    Raises:
        UnknownProfile: there is none of that name.
    """
    newest = profile(session, name)
    row = ReadingProfileRow
    rows = session.exec(select(row).where(col(row.name) == newest.name).order_by(col(row.version).desc()))
    return [_profile(stored) for stored in rows]


def save(
    session: Session, sender: Sender, name: str, options: SenderOptions, *, after: int | None = None
) -> ReadingProfile:
    """Add a version of a profile; where the newest one says the same, it stays.

    Args:
        session: states the tenant.
        sender: who records it, and when.
        name: of the profile; the first version makes it.
        options: what is said about the files of the source, all of it: nothing of the version before goes on.
        after: the version that this one is made from, 0 for a new profile; None: whatever is the newest.

    Returns:
        The newest version.

    Raises:
        UnfitProfileName: the name cannot be one.
        EmptyProfile: nothing is said.
        ProfileChanged: another version is the newest than ``after``.
    """
    name = as_profile_name(name)
    refuse_empty(name, options)
    session.execute(
        # text: a lock on a value, so that of two at once the second one sees the version of the first
        text(
            "select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || ' profile ' || :name, 0))"
        ),
        {"name": name},
    )
    newest = _newest(session, name)
    number = newest.version if newest is not None else 0
    if after is not None and after != number:
        by = f", by {newest.recorded_by} at {newest.recorded_at.isoformat()}" if newest is not None else ""
        detail = f"version {number} of the profile {name!r} is the newest{by}"
        raise ProfileChanged(detail, place="after", found=after, expected=number)
    if newest is not None and newest.options == options:
        return _profile(newest)
    row = ReadingProfileRow(
        name=name,
        version=number + 1,
        options=options,
        recorded_by=sender.recorded_by,
        recorded_at=sender.recorded_at,
    )
    session.add(row)
    session.flush()
    return _profile(row)


def _newest(session: Session, name: str) -> ReadingProfileRow | None:
    row = ReadingProfileRow
    return session.exec(select(row).where(col(row.name) == name).order_by(col(row.version).desc()).limit(1)).first()


def _row(session: Session, name: str, version: int) -> ReadingProfileRow | None:
    row = ReadingProfileRow
    return session.exec(select(row).where(col(row.name) == name, col(row.version) == version)).one_or_none()


def _profile(row: ReadingProfileRow) -> ReadingProfile:
    return ReadingProfile(row.name, row.version, row.options, row.recorded_by, row.recorded_at)
