"""Savings of several carriers joined by dated factors into one unit of energy: kWh, GJ or tonnes of coal equivalent.

Clause: "Savings of electricity, gas and heat are converted by GB/T 2589 and added up in tce; the contractor guarantees
120 tce a year, and pays 900 for each that is missing."

    joined = Σ over carriers of saved × heat value × factor, each by the factors that are valid on the day

Each carrier's saving is rounded once, as it is printed; a change of a factor within a month divides it there. What
follows is exact: the joined energy is not rounded.

Source: GB/T 2589-2020 (1 kgce = 29.3076 MJ, and the conversions of its annexes); primary energy factors are in EN ISO
52000-1 and the national lists that go with it.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from quantities.conversion import conversion
from quantities.document import Fault
from quantities.errors import Conflict, UsufructError
from quantities.names import Name, UnitSymbol
from quantities.number import plain
from quantities.quantity import Magnitude, QuantityKind, unit
from quantities.terms import Terms


class FactorMissing(Conflict):
    """A carrier has no factor for the day."""


class DatedFactor(Terms):
    """A factor, valid from a day on until the next one is.

    Attributes:
        value: how many ``unit`` for one ``per``.
        unit: of the result.
        per: of what is multiplied.
        first: the first local day that it applies to.
        source: where it is published.
    """

    value: Annotated[Magnitude, Field(gt=0)]
    unit: UnitSymbol
    per: UnitSymbol
    first: date
    source: Annotated[str, Field(min_length=1)]

    def __str__(self) -> str:
        return f"{plain(self.value)} {self.unit}/{self.per} from {self.first} ({self.source})"


class Carrier(Terms):
    """One carrier of energy among those that are joined.

    Attributes:
        saving: the name of its saving.
        factors: from the carrier's energy, or from its own unit, into the joined unit; in order of time.
        heat_values: from a volume or a mass into energy, where the factors are of energy; in order of time.
    """

    saving: Name
    factors: Annotated[tuple[DatedFactor, ...], Field(min_length=1)]
    heat_values: tuple[DatedFactor, ...] = ()

    @property
    def changes(self) -> frozenset[date]:
        """The days from which on another factor or heat value applies."""
        return frozenset(factor.first for factor in (*self.factors, *self.heat_values))

    def chain(self, day: date) -> tuple[DatedFactor, ...]:
        """The factors of a day, in the order in which they are multiplied.

        Raises:
            FactorMissing: one of them is not known for the day.
        """
        chosen = []
        for series in (self.heat_values, self.factors):
            if not series:
                continue
            valid = [factor for factor in series if factor.first <= day]
            if not valid:
                detail = f"{self.saving} has no factor for {day}; the first is of {series[0].first}"
                raise FactorMissing(detail, place=self.saving, found=str(day), expected=str(series[0].first))
            chosen.append(valid[-1])
        return tuple(chosen)


def chain_factor(chain: tuple[DatedFactor, ...], from_: str, to: str) -> Fraction:
    """Multiply the factors of a chain, and the conversions between their units: exact.

    Args:
        chain: in order, as ``Carrier.chain`` returns it.
        from_: the unit of the saving.
        to: the joined unit.

    Raises:
        IncompatibleUnit: two units that follow each other measure different things.
    """
    factor = Fraction(1)
    for link in chain:
        factor *= conversion(from_, link.per) * Fraction(link.value)
        from_ = link.unit
    return factor * conversion(from_, to)


def carrier_faults(carrier: Carrier, from_: str, to: str, starts: date) -> Iterator[Fault]:
    """Find factors that are out of order, come too late, or do not lead from a saving's unit to the joined one.

    Args:
        carrier: whose factors.
        from_: the unit of its saving.
        to: the joined unit.
        starts: the first day on which they are needed.
    """
    for name, series in (("heat_values", carrier.heat_values), ("factors", carrier.factors)):
        if any(before.first >= after.first for before, after in pairwise(series)):
            yield Fault(f"/{name}", "out-of-order", "factors follow on each other in time")
        if series and series[0].first > starts:
            detail = f"there is none for the days before it, and savings count from {starts}"
            yield Fault(f"/{name}/0/first", "no-factor-yet", detail, str(series[0].first), str(starts))
    if not carrier.heat_values and _needs_heat_value(carrier, from_):
        detail = f"{from_} are no energy, of which the factor is: name the heat value"
        yield Fault("/heat_values", "no-heat-value", detail, from_, carrier.factors[0].per)
        return
    given = {from_}
    for name, series in (("heat_values", carrier.heat_values), ("factors", carrier.factors)):
        for at, factor in enumerate(series):
            for unit_given in sorted(given):
                yield from _misfit(f"/{name}/{at}/per", unit_given, factor.per)
        given = {factor.unit for factor in series} or given
    for at, factor in enumerate(carrier.factors):
        yield from _misfit(f"/factors/{at}/unit", factor.unit, to)


def _needs_heat_value(carrier: Carrier, from_: str) -> bool:
    of_energy = all(unit(factor.per).kind is QuantityKind.ENERGY for factor in carrier.factors)
    return of_energy and unit(from_).kind is not QuantityKind.ENERGY


def _misfit(path: str, from_: str, to: str) -> Iterator[Fault]:
    try:
        conversion(from_, to)
    except UsufructError as error:
        yield Fault(path, "incompatible-unit", str(error), to, from_)
