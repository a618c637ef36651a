"""The life of a clearance: what may be recorded of it after what, as values.

    asked ──accepted──▶ accepted ──confirmed──▶ confirmed
      ├──refused──▶ refused
      └──withdrawn──▶ withdrawn

A file that a state refused, or that nobody handed in, ends; the document is asked for anew by another clearance. What a
state has accepted has its number, and is never undone: it is corrected by a document of its own.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from quantities.errors import Conflict


class ClearanceMoveRefused(Conflict):
    """The clearance is past that step."""


class Authority(StrEnum):
    """Which state clears: ``ksef`` is Poland's, ``fapiao`` China's."""

    KSEF = "ksef"
    FAPIAO = "fapiao"


class ClearanceStatus(StrEnum):
    """Where a clearance stands.

    ``asked``: a file was made for the state. ``accepted``: the state has given its number. ``confirmed``: its signed
    receipt is kept as well. ``refused``: the state has said why not. ``withdrawn``: the file was not handed in.
    """

    ASKED = "asked"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def holds_document(self) -> bool:
        """Whether the document is taken: it is not asked for again, and not void any more."""
        return self in _HOLDING

    @property
    def has_number(self) -> bool:
        """Whether the state has given its number."""
        return self in {ClearanceStatus.ACCEPTED, ClearanceStatus.CONFIRMED}


_HOLDING = frozenset({ClearanceStatus.ASKED, ClearanceStatus.ACCEPTED, ClearanceStatus.CONFIRMED})
#: Steps that may follow each status; a step is named as the status that it leads to.
NEXT: Mapping[ClearanceStatus | None, frozenset[ClearanceStatus]] = MappingProxyType(
    {
        None: frozenset({ClearanceStatus.ASKED}),
        ClearanceStatus.ASKED: frozenset(
            {ClearanceStatus.ACCEPTED, ClearanceStatus.REFUSED, ClearanceStatus.WITHDRAWN}
        ),
        ClearanceStatus.ACCEPTED: frozenset({ClearanceStatus.CONFIRMED}),
        ClearanceStatus.CONFIRMED: frozenset(),
        ClearanceStatus.REFUSED: frozenset(),
        ClearanceStatus.WITHDRAWN: frozenset(),
    }
)


def moved(status: ClearanceStatus | None, step: ClearanceStatus) -> ClearanceStatus:
    """Take a step.

    Args:
        status: before; None of a clearance that is only beginning.
        step: what is recorded.

    Raises:
        ClearanceMoveRefused: that does not follow.
    """
    if step in NEXT[status]:
        return step
    detail = f"what is {status} is not {step} afterwards" if status else f"a clearance does not begin as {step}"
    raise ClearanceMoveRefused(
        detail, place="status", found=str(status), expected=[str(one) for one in sorted(NEXT[status])] or "no step more"
    )
