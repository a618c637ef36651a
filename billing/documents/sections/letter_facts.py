"""What a statement's letterhead rests on besides the statement itself: language, what is told of parties, logos."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.invoicing import Language
from contracts.logos.logo import Logo
from contracts.party_profile import PartyProfile


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What is known of those who write and read a statement.

    Attributes:
        language: in which its reader takes documents.
        profiles: what documents of the statement's day say of a party, by its name.
        logos: by the SHA-256 that a profile names.
    """

    language: Language = Language.ENGLISH
    profiles: Mapping[str, PartyProfile] = field(default_factory=dict)
    logos: Mapping[str, Logo] = field(default_factory=dict)

    def logo_of(self, party: str) -> Logo | None:
        """Find the logo of a party."""
        profile = self.profiles.get(party)
        return None if profile is None or profile.logo is None else self.logos.get(profile.logo)


#: Of a statement of which nothing more is known.
NO_FACTS = LetterFacts()
