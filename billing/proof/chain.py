"""What a period opened with, held against what the one before it carried on by then.

Periods of a contract are rated in a chain, and more than once. A rating opens with the closing state of the newest
rating that the period before it had *when it was made*; what a later correction makes of that period is opened by the
ratings that this correction calls for, and by no other. A period that is rated again for reasons of its own may open as
it did the last time, unless the period before it was rated again since.
"""

from collections.abc import Callable, Iterator, Mapping

from billing.corrections.store import known_closing
from billing.proof.compare import Compared
from billing.rated.store import Predecessors
from billing.rating.rating import States
from billing.tables import RatingRow
from contracts.continuing import same_states
from contracts.coverage import in_force_on
from contracts.store import Version, is_stateful


def compared_opening(
    rating: RatingRow,
    before: Predecessors,
    version_of: Callable[[int], Version],
    known: tuple[int, ...],
) -> Iterator[Compared]:
    """Pair what a period opened with with what it had to open with, charge by charge; nothing, where it is that.

    Args:
        rating: of the period.
        before: what was rated before it.
        version_of: finds a version by its key.
        known: the keys of the versions that decided its days, as the rating knew them.
    """
    earlier, last, opening = before.earlier, before.last, rating.inputs.opening
    at_rest: States = {} if last is None else last.inputs.opening
    is_newer = earlier is not None and (last is None or earlier.id > last.id)
    if earlier is None or (not is_newer and earlier.after_last != rating.first):
        yield from _by_charge(rating, opening, at_rest)
        return
    if earlier.after_last != rating.first:
        return  # the period between them is being made anew, or an amendment has divided the time anew
    versions = [version_of(version_id) for version_id in known]
    # Versions that are not in force by the end of the period decide as well whether anything is carried at all.
    if opening == at_rest and not (is_newer and is_stateful(versions)):
        return
    carried = known_closing(earlier, [version_of(segment.version_id) for segment in earlier.inputs.segments])
    in_force = in_force_on(versions, rating.first) or (versions[0] if versions else None)
    if opening == carried or (in_force and same_states(in_force.contract, carried, opening, rating.first)):
        return
    yield from _by_charge(rating, opening, carried)


def _by_charge(rating: RatingRow, opening: States, carried: Mapping[str, object]) -> Iterator[Compared]:
    for charge in dict.fromkeys([*opening, *carried]):
        what = f"what {charge} carried into {rating.first}/{rating.after_last}"
        yield what, opening.get(charge), carried.get(charge)
