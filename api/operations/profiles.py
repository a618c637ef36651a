"""Profiles as use cases: what is said about the files of a source is recorded, listed and shown with its versions."""

from datetime import datetime

from sqlmodel import Session

from metering.deliveries.receipt import Sender
from metering.ingest.sender_options import refuse_unfit_options
from metering.profiles import store
from metering.profiles.profile import ReadingProfile
from metering.records.sender_options import SenderOptions


def record(
    session: Session, name: str, options: SenderOptions, *, after: int | None, who: str, at: datetime
) -> ReadingProfile:
    """Record what is said about the files of a source, as the next version of its profile.

    Args:
        session: states the tenant.
        name: of the profile.
        options: all that is said; nothing of the version before goes on. Where it says the same, that version stays.
        after: the version that this one is made from, 0 for a new profile; None: whatever is the newest.
        who: records it.
        at: the instant of recording.

    Raises:
        ProfileChanged: another version is the newest than ``after``.
        UnfitProfileName: the name cannot be one.
        EmptyProfile: nothing is said.
        others: of ``refuse_unfit_options``.
    """
    refuse_unfit_options(options)
    return store.save(session, Sender(f"profile {name}", who, at), name, options, after=after)


def profiles(session: Session) -> list[ReadingProfile]:
    """List the newest version of every profile, by name."""
    return store.profiles(session)


def versions(session: Session, name: str) -> list[ReadingProfile]:
    """List all versions of a profile, the newest first.

    Raises:
        UnknownProfile: there is none of that name.
    """
    return store.versions(session, name)
