"""Which profile of a party counts on a day, of those that two have released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from contracts.party_profile import PartyProfile

#: What was released less than this before a document was begun may not have been there when it was made.
_IN_FLIGHT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ReleasedProfile:
    """A profile that two have released.

    Attributes:
        id: its number, in the order of recording.
        released_at: since when it counts.
        profile: itself.
    """

    id: int
    released_at: datetime
    profile: PartyProfile

    @property
    def rank(self) -> tuple[date, int]:
        """What of two that are in force decides: the later day, and of one day the one recorded last."""
        return self.profile.in_force_from, self.id


@dataclass(frozen=True, slots=True)
class KnownProfiles:
    """The released profiles of some parties, by name.

    Attributes:
        by_party: those that have any.
        unnamed: parties that no recorded contract names, so that nothing can be told of them yet.
    """

    by_party: Mapping[str, Sequence[ReleasedProfile]] = field(default_factory=dict)
    unnamed: frozenset[str] = frozenset()

    def on(self, party: str, day: date) -> PartyProfile | None:
        """Find what documents of a day say of a party; None where nothing was told of it."""
        best = max(self._in_force(party, day), key=lambda released: released.rank, default=None)
        return None if best is None else best.profile

    def could_count(self, party: str, day: date, made_at: datetime) -> tuple[PartyProfile | None, ...]:
        """List what a document may have said of a party that was made at an instant.

        What was released long enough before is certain. A run reads profiles after the instant that it states, so what
        was released since may have been there as well, if it outranks what was certain.

        Returns:
            Profiles, None among them where it may have known of none.
        """
        in_force = self._in_force(party, day)
        certain = [one for one in in_force if one.released_at <= made_at - _IN_FLIGHT]
        best = max(certain, key=lambda released: released.rank, default=None)
        later = (one.profile for one in in_force if one not in certain and (best is None or one.rank > best.rank))
        return (None if best is None else best.profile, *later)

    def _in_force(self, party: str, day: date) -> list[ReleasedProfile]:
        return [one for one in self.by_party.get(party, ()) if one.profile.in_force_from <= day]
