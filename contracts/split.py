"""A charge split by use: its amount is divided over machines, jobs or cost centres by what each of them used.

Clause: "The rent of the compressor station is borne by press line and paint shop in proportion to the air that each
draws; what neither of them draws is borne by the works."

    uses of the parts in one unit, and of the whole where it is named → weights → shares by largest remainder
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.groups import by_groups, first_numbers, group_name
from contracts.rated_usage import Usage, exactly
from metering.usage.measure import SUM, Measure
from quantities.exact import Exact, multiplied, subtracted, total
from quantities.names import Name, UnitSymbol
from quantities.quantity import Magnitude
from quantities.terms import Terms, nothing_by_name
from quantities.values import value_class

#: The purposes for which a split asks for uses; no rule has a name with a slash for a further use.
_WHOLE, _GROUPS = "split/whole", "split/groups"
_ZERO, _UNCOUNTED = Decimal(0), Usage()


class Unused(StrEnum):
    """Who bears what none of the parts used of the whole: its ``owner``, all ``equally``, or all ``by_weight``."""

    OWNER = "owner"
    EQUALLY = "equally"
    BY_WEIGHT = "by_weight"


class Bearer(Terms):
    """Who bears a share, and the customer's accounts of it.

    Attributes:
        name: on the line of its share.
        dimensions: of that line, besides those of the charge: a cost centre, an order.
    """

    name: Name
    dimensions: Mapping[str, str] = nothing_by_name()


class SplitPart(Bearer):
    """A machine, a job or a cost centre.

    Attributes:
        uses: registers or named uses; what they counted is added up.
        weight: its share, among all weights, of what is divided by weight, and of all where no part used anything.
    """

    uses: Annotated[tuple[Name, ...], Field(min_length=1)]
    weight: Annotated[Magnitude, Field(ge=0)] = Decimal(1)


class SplitTerms(Terms):
    """How a charge is divided.

    Attributes:
        unit: in which uses are compared.
        parts: that are listed; of equal ones, the first that is listed has the cent that is left.
        groups_of: instead of parts, a register or named use whose rows tell who used it.
        by: the dimensions that tell its groups: a job, a cost centre; or ``asset``, ``register``, ``site``.
        whole: the register or named use of which the parts are shares; without it, their sum.
        unused: who bears what none of them used of the whole.
        owner: who bears that, and everything where no part used anything and none has a weight.
    """

    unit: UnitSymbol
    parts: tuple[SplitPart, ...] = ()
    groups_of: Name | None = None
    by: tuple[Name, ...] = ()
    whole: Name | None = None
    unused: Unused = Unused.OWNER
    owner: Bearer | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if bool(self.parts) is (self.groups_of is not None):
            raise ValueError("a charge is split over parts or over groups of a use: name one of both")
        if bool(self.by) is not (self.groups_of is not None):
            raise ValueError("groups of a use are told by dimensions: name both or none")
        self._names_bearers()
        names = [part.name for part in self.parts]
        names += [self.owner.name] if self.owner is not None else []
        if len({*names}) < len(names):
            raise ValueError("each part has a name of its own, and so has the owner")
        if any(len({*part.uses}) < len(part.uses) for part in self.parts):
            raise ValueError("a use counts once in a part")
        return self

    def _names_bearers(self) -> None:
        if self.owner is None and self.whole is not None and self.unused is Unused.OWNER:
            raise ValueError("what no part used is the owner's: name the owner, or divide it")
        if self.owner is None and not any(part.weight for part in self.parts):
            raise ValueError("where no part used anything somebody bears it: an owner, or parts with weights")
        if self.whole is None and self.unused is not Unused.OWNER:
            raise ValueError("what no part used is told by the use of the whole: name it")
        if self.unused is Unused.BY_WEIGHT and not any(part.weight for part in self.parts):
            raise ValueError("what no part used is divided by weights: some part has one")

    @property
    def asked(self) -> Mapping[str, tuple[str, Measure]]:
        """The uses that it needs, each with how it is measured, by purpose."""
        asked = {_purpose(at, number): (use, SUM) for at, number, use in self._uses()}
        if self.groups_of is not None:
            asked[_GROUPS] = (self.groups_of, Measure(by=self.by))
        if self.whole is not None:
            asked[_WHOLE] = (self.whole, SUM)
        return asked

    @property
    def places(self) -> Mapping[str, str]:
        """The place in the document of each use that it needs, by purpose."""
        places = {_purpose(at, number): f"parts/{at}/uses/{number}" for at, number, _ in self._uses()}
        return places | {_GROUPS: "groups_of", _WHOLE: "whole"}

    def _uses(self) -> Iterator[tuple[int, int, str]]:
        for at, part in enumerate(self.parts):
            for number, use in enumerate(part.uses):
                yield at, number, use

    def shared(self, uses: Mapping[str, Usage]) -> "SplitOut":
        """Weigh the parts by what they used.

        Args:
            uses: by purpose, as ``asked`` names them.

        Returns:
            Exact weights; not all of them are zero.

        Raises:
            NegativeUse: a part used less than nothing, or was not counted.
            IncompatibleUnit: a use is of another kind than ``unit``.
        """
        bearers: tuple[Bearer, ...]
        if self.groups_of is not None:
            groups = uses.get(_GROUPS, _UNCOUNTED)
            used = by_groups(groups, self.by, self.unit)
            told = {group_name(part.labels, self.by): part.labels for part in groups.parts}
            bearers = tuple(Bearer(name=name, dimensions=_told(told.get(name, {}), self.by)) for name in used)
        else:
            bearers = self.parts
            used = {
                part.name: total(
                    [exactly(uses.get(_purpose(at, number), _UNCOUNTED), self.unit) for number in range(len(part.uses))]
                )
                for at, part in enumerate(self.parts)
            }
        taken = total(list(used.values()))
        whole = exactly(uses.get(_WHOLE, _UNCOUNTED), self.unit) if self.whole is not None else taken
        weights, reason = self._weights(used, taken, whole)
        if self.owner is not None:
            bearers = (*(bearer for bearer in bearers if bearer.name != self.owner.name), self.owner)
        return SplitOut(bearers, used, weights, whole, reason)

    def _weights(self, used: Mapping[str, Exact], taken: Exact, whole: Exact) -> tuple[dict[str, Exact], str]:
        unused = max(_ZERO, subtracted(whole, taken))
        if not taken and not unused:
            return self._without_use()
        if not unused:
            return dict(used), "by use"
        if self.unused is Unused.OWNER and self.owner is not None:
            own = total((used.get(self.owner.name, _ZERO), unused))  # rows that tell no job may be the owner's
            return {**used, self.owner.name: own}, f"by use, the rest to {self.owner.name}"
        stated = {part.name: part.weight for part in self.parts}
        if self.unused is Unused.EQUALLY or not stated:
            stated = dict.fromkeys(used, Decimal(1))
        if not stated:
            return self._without_use()
        of_all = total(list(stated.values()))
        # Each one's part of the rest is unused × weight / weights; all are multiplied by the weights, which is exact.
        weights = {
            name: total((multiplied(own, of_all), multiplied(unused, stated[name]))) for name, own in used.items()
        }
        return weights, f"by use, the rest {self.unused.value.replace('_', ' ')}"

    def _without_use(self) -> tuple[dict[str, Exact], str]:
        if self.owner is not None:
            return {self.owner.name: Decimal(1)}, f"nothing was used: to {self.owner.name}"
        return {part.name: part.weight for part in self.parts}, "nothing was used: by weight"


@value_class(frozen=True, slots=True)
class SplitOut:
    """Who bears a charge, and by which weights.

    Attributes:
        bearers: in the order in which cents that are left go to them; the owner is the last.
        used: what each part used, in the unit of the split.
        weights: by which an amount is divided, by name; who has none bears nothing.
        whole: the use of the whole.
        reason: how the weights came about.
    """

    bearers: tuple[Bearer, ...]
    used: Mapping[str, Exact]
    weights: Mapping[str, Exact]
    whole: Exact
    reason: str

    @property
    def whole_weights(self) -> list[Decimal]:
        """The weights in whole numbers, in the order of the bearers: a fraction is no Decimal."""
        fractions = [Fraction(self.weights.get(bearer.name, _ZERO)) for bearer in self.bearers]
        scale = 1
        for fraction in fractions:
            scale *= (fraction * scale).denominator
        return [Decimal(int(fraction * scale)) for fraction in fractions]

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number from which the lines of each bearer count: it follows from the name, and not from the place."""
        return first_numbers(bearer.name for bearer in self.bearers)


def _purpose(at: int, number: int) -> str:
    return f"split/{at}/{number}"


def _told(labels: Mapping[str, str], dimensions: tuple[str, ...]) -> dict[str, str]:
    """What the rows of a group say of each dimension."""
    return {name: labels[name] for name in dimensions if labels.get(name)}
