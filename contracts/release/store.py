"""Four eyes on what was agreed: one person records a version or a value, another one releases it.

A trigger in the database enforces it; this module refuses earlier, with a message.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from metering.tenants.store import keeps_four_eyes
from quantities.errors import Conflict


class OwnWork(Conflict):
    """The person who recorded it cannot release it."""


@dataclass(frozen=True, slots=True)
class Releasing:
    """Who releases, and when.

    Attributes:
        by: the person; None where the record waits for its release.
        at: the instant; None where ``by`` is.
        alone: whether the tenant has switched four eyes off.
    """

    by: str | None
    at: datetime | None
    alone: bool = False

    def check(self, recorded_by: str) -> None:
        """Refuse a person who releases what the same person has recorded.

        Raises:
            OwnWork: the person has, and the tenant has not switched four eyes off.
        """
        if not self.alone and self.by == recorded_by:
            advice = "another releases it, or the tenant switches four eyes off, on the record"
            raise OwnWork(f"{recorded_by} has recorded it: {advice}", found=recorded_by, expected="another person")


def releasing(session: Session, by: str, at: datetime) -> Releasing:
    """Let a person release what others have recorded."""
    return Releasing(by, at, alone=not keeps_four_eyes(session))


def may_release(session: Session, by: str, at: datetime) -> Releasing:
    """Release a record together with its recording where the tenant has switched four eyes off; else let it wait."""
    return Releasing(by, at, alone=True) if not keeps_four_eyes(session) else Releasing(None, None)
