"""A saving of a window, measured segment by segment and put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.counting.assembly import Evidence
from quantities.arithmetic import added
from savings.avoided import Avoided
from savings.plan import Plan, SavedPart, SavingsResult


@dataclass(frozen=True, slots=True)
class Measured:
    """One saving of a window.

    Attributes:
        plan: by which it was measured.
        saved: what it comes to.
        evidence: the registers that it rests on.
        earlier: plans that counted for a part of the window, by options of their own.
    """

    plan: Plan
    saved: SavingsResult
    evidence: tuple[Evidence, ...]
    earlier: tuple[Plan, ...] = ()


def joined(segments: Sequence[Measured]) -> Measured:
    """Put the segments of a window together: a band's and month's energies add up, each rounded as it was billed."""
    parts: dict[tuple[str, str, str], SavedPart] = {}
    for part in (part for segment in segments for part in segment.saved.parts):
        key = (part.month, "" if part.since is None else str(part.since), part.band)
        before = parts.get(key)
        parts[key] = part if before is None else _added(before, part)
    rows = Avoided(tuple(row for segment in segments for row in segment.saved.rows.rows))
    last = segments[-1]
    saved = SavingsResult(last.saved.unit, tuple(parts[key] for key in sorted(parts)), rows)
    earlier = {
        segment.plan.option.summary: segment.plan for segment in segments if segment.plan.option != last.plan.option
    }
    evidence = tuple(register for segment in segments for register in segment.evidence)
    return Measured(last.plan, saved, evidence, tuple(earlier.values()))


def _added(one: SavedPart, other: SavedPart) -> SavedPart:
    names, zero = dict.fromkeys((*one.adjustments, *other.adjustments)), Decimal(0)
    return SavedPart(
        band=one.band,
        month=one.month,
        since=one.since,
        expected=added((one.expected, other.expected)),
        adjusted=added((one.adjusted, other.adjusted)),
        measured=added((one.measured, other.measured)),
        adjustments={
            name: added((one.adjustments.get(name, zero), other.adjustments.get(name, zero))) for name in names
        },
    )
