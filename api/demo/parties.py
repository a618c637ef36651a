"""What documents say of the parties: each profile prepared by one person and released by another, who sees the bank."""

from datetime import datetime

from sqlmodel import Session

from api.demo.documents import document
from api.demo.people import FINANCE, MANAGER, enter
from api.operations import parties
from quantities.document import read


def tell_profile(session: Session, name: str, at: datetime) -> str:
    """Tell the profile that stands in ``examples/parties``, as ``party apply`` and ``party release`` do.

    Returns:
        The party's name.
    """
    profile = read(document(f"parties/{name}"))
    party = str(profile["party"])
    parties.prepare_profile(session, party, profile, who=enter(session, MANAGER, at), at=at)
    parties.release_profile(session, party, who=enter(session, FINANCE, at), at=at)
    return party
