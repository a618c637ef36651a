"""A use by groups that nobody lists: what rows say of a dimension, and the register, asset and site that counted them.

    parts of the use, each with its labels → one group for all that have the same → lines with numbers of their own

A line is known by its number from one rating to the next. So the number of a group's lines follows from its name, and
not from its place: another group that is read late does not move it.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from zlib import crc32

from contracts.rated_usage import NegativeUse, Usage, in_unit
from metering.usage.measure import Part
from quantities.conversion import conversion
from quantities.exact import Exact, scaled, total

#: How many numbers of lines a group has, and how many groups have numbers.
_LINES, _GROUPS = 10_000, 200_000


def by_groups(usage: Usage, dimensions: Sequence[str], to: str) -> dict[str, Exact]:
    """Add up a use by groups, in a unit, without rounding; by the names of the groups.

    Raises:
        IncompatibleUnit: the use measures something else.
        NegativeUse: it is below zero, that of a group is, or nothing was counted.
    """
    whole = in_unit(usage, to)
    factor, parts = conversion(usage.unit, to), usage.parts
    if not parts and whole:
        parts = (Part(usage.quantity or Decimal(0), exact=usage.exact),)
    of_group: dict[str, list[Exact]] = {}
    for part in parts:
        of_group.setdefault(group_name(part.labels, dimensions), []).append(part.exactly)
    sums = {name: scaled(total(quantities), factor) for name, quantities in sorted(of_group.items())}
    below = next((name for name, quantity in sums.items() if quantity < 0), None)
    if below is not None:
        raise NegativeUse(f"the use of {below} is below zero", found=below)
    return sums


def first_numbers(groups: Iterable[str]) -> Mapping[str, int]:
    """Number the lines of groups, each from a number that follows from its name; of two with one, the later goes on."""
    taken: dict[int, str] = {}
    for name in sorted(groups):
        place = crc32(name.encode()) % _GROUPS
        while place in taken:
            place = (place + 1) % _GROUPS
        taken[place] = name
    return {name: (place + 1) * _LINES for place, name in taken.items()}


def group_name(labels: Mapping[str, str], dimensions: Sequence[str]) -> str:
    """Name a group by what is said of each dimension; what is not said of one is named as well."""
    return ", ".join(f"{name} {labels[name]}" if labels.get(name) else f"no {name}" for name in dimensions)
