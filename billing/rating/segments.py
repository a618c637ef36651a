"""What of a billing period is billed together: days, the version whose terms count, and charges."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from billing.rating.disputed import Dispute, edges, is_cut_by_disputes
from billing.records.inputs import OPEN_END, Days
from contracts import store as contracts
from contracts.contract import Contract
from contracts.indexation.lookup import Lookup
from contracts.own_terms import days_of_bounds, divisions
from contracts.schedule import BillingPeriod
from contracts.store import Version
from quantities.values import value_class

_NO_DAYS = frozenset[date]()


@value_class(frozen=True, slots=True)
class VersionSegment:
    """Days of one period for which one version counts, and the charges that an invoice bills of them.

    Attributes:
        contract: the version's terms, with the life that the contract has by its newest version.
        version: its number.
        version_id: its key.
        period: the days, and the whole period that they are part of.
        charges: by name.
        lasts_until: its end, or ``open``; None where the version itself states it.
        suspended: the days on which it is suspended; None where the version itself states them.
        piece_of: the days that they are a piece of, because the price of these charges moves within them, or some of
            them are disputed.
    """

    contract: Contract
    version: int
    version_id: int
    period: BillingPeriod
    charges: frozenset[str]
    lasts_until: str | None = None
    suspended: tuple[Days, ...] | None = None
    piece_of: Days | None = None

    def is_piece_of(self, whole: "VersionSegment") -> bool:
        """Tell whether its days are some of another segment's, of the same version and for charges of its own."""
        if not self.contract.settings.divides_all:
            return self.piece_of == (whole.period.first, whole.period.after_last)
        return (
            (self.version_id, self.version) == (whole.version_id, whole.version)
            and whole.period.first <= self.period.first
            and self.period.after_last <= whole.period.after_last
            and self.period.days < whole.period.days
            and not self.charges & whole.charges
        )


def segments(
    versions: Sequence[Version],
    period: BillingPeriod,
    lookup: Lookup | None,
    *,
    advance: bool,
    disputed: Sequence[Dispute] = (),
) -> Iterator[VersionSegment]:
    """Divide a period, for each charge where its own terms change; charges that are divided alike stand together.

    Args:
        versions: of the contract, released, oldest first.
        period: of the contract.
        lookup: finds the value of an index: without it, no charge is cut where its price moves.
        advance: the charges that are billed before their period, or else the others.
        disputed: what is left out: a charge that is priced by days is cut at its edges.

    Returns:
        By their last day, and of those that end together by their first; each is followed by the pieces of those of its
        charges that are priced piece by piece. One without charges where nothing is billed.

    Raises:
        UnknownContract: the contract had not begun.
    """
    stretches = list(_stretches(versions, period))
    terms = [(days, contract) for _, contract, days in stretches]
    divided = divisions(terms)
    cuts = days_of_bounds(divided, terms) if len(divided) > 1 else {}
    billed = False
    for run in divided:
        version, contract, _ = stretches[run.version]
        ahead = contract.names_in_advance
        names = run.charges & ahead if advance else run.charges - ahead
        if not names:
            continue
        billed = True
        yield from _in_pieces(_segment(version, contract, run.period, names), lookup, cuts, disputed)
    if not billed:
        version, contract, _ = stretches[-1]
        yield _segment(version, contract, period, frozenset())


def billed_elsewhere(versions: Sequence[Version], period: BillingPeriod, *, advance: bool) -> Iterator[VersionSegment]:
    """Find what another document bills of a period that an amendment divides, as far as this one rests on it.

    A fee in advance may be among the amounts that others are computed from. What is in advance for a part of the
    period has the share that its days in arrears leave, and the other way round.

    Args:
        versions: of the contract, released, oldest first.
        period: of the contract.
        advance: whether this document bills the charges in advance, or else the others.

    Returns:
        Of the fees in advance all; of what is in arrears the charges that are in advance on other days. None where the
        settings divide all charges at every version: each part is rated by itself.
    """
    stretches = list(_stretches(versions, period)) if len(versions) > 1 else []
    if len(stretches) < 2 or stretches[-1][1].settings.divides_all:  # noqa: PLR2004 of one nothing is elsewhere
        return
    ahead = frozenset[str]().union(*(_linked(contract, contract.names_in_advance) for _, contract, _ in stretches))
    for segment in segments(versions, period, None, advance=not advance):
        names = segment.charges & ahead if advance else segment.charges
        if names:
            yield replace(segment, charges=names)


def _linked(contract: Contract, names: frozenset[str]) -> frozenset[str]:
    """Name charges, and those that they continue or are continued by."""
    pairs = [(charge.name, charge.continues) for charge in contract.charges if charge.continues is not None]
    linked = {name for pair in pairs if names & {*pair} for name in pair}
    return names | linked


def _stretches(versions: Sequence[Version], period: BillingPeriod) -> Iterator[tuple[Version, Contract, BillingPeriod]]:
    """Find the days of a period by the version in force, each with its terms as long as the contract lasts."""
    changes = {version.contract.effective for version in versions}
    inside = sorted(day for day in changes if period.first < day < period.after_last)
    for first, after_last in pairwise([period.first, *inside, period.after_last]):
        version, days = contracts.in_force(tuple(versions), first), period.meet(first, after_last)
        if days is not None:
            yield version, version.contract.living_as(versions[-1].contract), days


def _segment(version: Version, contract: Contract, days: BillingPeriod, names: frozenset[str]) -> VersionSegment:
    own, lasts, suspended = version.contract, None, None
    if contract.until != own.until:
        lasts = str(contract.until or OPEN_END)
    if contract.suspensions != own.suspensions:
        suspended = tuple(Days(pause.first, pause.after_last) for pause in contract.suspensions)
    return VersionSegment(contract, version.number, version.id, days, names, lasts_until=lasts, suspended=suspended)


def _in_pieces(
    segment: VersionSegment, lookup: Lookup | None, cuts: Mapping[str, frozenset[date]], disputed: Sequence[Dispute]
) -> Iterator[VersionSegment]:
    """Follow a segment by the pieces of those of its charges whose price moves, or that are disputed, within it."""
    by_period: dict[BillingPeriod, set[str]] = defaultdict(set)
    for charge in segment.contract.charges:
        if charge.name not in segment.charges:
            continue
        is_cut = disputed and is_cut_by_disputes(segment.contract, charge)
        held = edges(disputed, charge.name) if is_cut else _NO_DAYS
        pieces = charge.pieces(segment.period, lookup, cuts.get(charge.name, _NO_DAYS), held)
        for piece in pieces if len(pieces) > 1 else ():
            by_period[piece].add(charge.name)
    cut = frozenset(name for names in by_period.values() for name in names)
    yield replace(segment, charges=segment.charges - cut) if cut else segment
    for piece, names in sorted(by_period.items(), key=lambda item: (item[0].first, item[0].after_last)):
        whole = Days(segment.period.first, segment.period.after_last)
        yield replace(segment, period=piece, charges=frozenset(names), piece_of=whole)
