"""Profiles as two people tell them: prepared by Carla, released by Bert."""

from datetime import datetime
from typing import Any

from contracts.party_profile import PartyProfile
from contracts.party_profiles import store
from contracts.party_profiles.party_profile_document import read_profile
from contracts.party_profiles.store import RecordedProfile
from contracts.release.store import releasing
from tests.billing.scene import Scene, on
from tests.build import acts

NORDLUFT = {
    "party": "Nordluft", "in_force_from": "2026-01-01", "full_name": "Nordluft Anlagen GmbH", "address": ["Werftstraße 12"],
    "post_code": "20457", "city": "Hamburg", "electronic": {"scheme": "9930", "value": "DE136695976"},
    "contact": {"name": "Rechnungsstelle", "phone": "+49 40 1234 0", "email": "rechnung@nordluft.example"},
    "banks": [{"account": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"}],
}  # fmt: skip


def profile(party: str = "Nordluft", day: str = "2026-01-01", **fields: Any) -> PartyProfile:
    """A profile of some fields; of Nordluft its own as well."""
    own = NORDLUFT if party == "Nordluft" else {}
    return read_profile({**own, "party": party, "in_force_from": day, **fields})


def prepared(scene: Scene, told: PartyProfile, at: datetime, by: str = "carla") -> RecordedProfile:
    with scene.database.transaction(scene.tenant) as session:
        return store.prepare(session, told, by=acts(session, by), at=at)


def tells(scene: Scene, told: PartyProfile, at: str = "2025-12-01") -> RecordedProfile:
    """Prepared by one, released by another on a day."""
    number = prepared(scene, told, on(at)).id
    with scene.database.transaction(scene.tenant) as session:
        return store.release(session, told.party, number, releasing(session, acts(session, "bert"), on(at)))
