"""Four eyes on what was agreed: one person records a version or a value, another releases it.

The database refuses one pair of eyes by a trigger; here it is said in words, and before.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from metering.tenants.store import keeps_four_eyes
from quantities.errors import Conflict


class OwnWork(Conflict):
    """What one person has recorded another one releases; a tenant of one switches four eyes off, on the record."""


@dataclass(frozen=True, slots=True)
class Releasing:
    """Who releases, and when; nobody where it waits.

    Attributes:
        by: the person.
        at: the instant.
        alone: whether the tenant has switched four eyes off.
    """

    by: str | None
    at: datetime | None
    alone: bool = False

    def check(self, recorded_by: str) -> None:
        """See that these are other eyes.

        Raises:
            OwnWork: they are not.
        """
        if not self.alone and self.by == recorded_by:
            raise OwnWork(f"{recorded_by} has recorded it: another releases it", found=recorded_by)


def releasing(session: Session, by: str, at: datetime) -> Releasing:
    """Let a person release what others have recorded."""
    return Releasing(by, at, alone=not keeps_four_eyes(session))


def may_release(session: Session, by: str, at: datetime) -> Releasing:
    """Release what a person records at once, where the tenant has switched four eyes off; else let it wait."""
    return Releasing(by, at, alone=True) if not keeps_four_eyes(session) else Releasing(None, None)
