"""What a saving is worth: at a price for each band and month, or as the difference of two bills under one tariff.

Two values are told of every saving: the *contract value*, at the prices that the parties agreed, with their floors and
ceilings; and the *cash value*, at the prices that the customer was spared. At a floor they differ, and it is printed.

Source: IPMVP Core Concepts (cost savings as a difference of total costs, or as unit savings times marginal prices);
the ENGIE/Chevron form for "base or actual energy rates, whichever results in greater savings".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from contracts.clause import CarriedState, RatedLine, UnpricedUse, Usage
from contracts.pricing.demand import Demand
from contracts.pricing.per_unit import PerUnit
from contracts.pricing.time_of_use import TimeOfUse
from quantities.arithmetic import added, product, quotient
from quantities.conversion import conversion
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude, times
from quantities.rounding import Rounding
from quantities.terms import Terms

#: The band of a saving that is not told apart by bands.
ALL = "all"
_HUNDRED, _ONE, _ZERO = Decimal(100), Decimal(1), Decimal(0)


class Escalated(Terms):
    """A price at signing, and by how many percent it rises with each contract year, compounded from the second on."""

    price: Amount
    percent: Magnitude = _ZERO

    def in_year(self, number: int) -> Decimal:
        """Say the price of a contract year, from 1; unrounded."""
        found = self.price
        for _ in range(number - 1):
            found = quotient(product(found, _HUNDRED + self.percent), _HUNDRED)
        return found


class BandPrice(Terms):
    """What a unit saved in a band is worth.

    Attributes:
        price: agreed.
        series: a published series whose value of each month it is instead, negative ones among them.
        base: the price at signing, where the greater of it and the actual one counts.
        floor: it counts for no less.
        ceiling: it counts for no more.
        tax_percent: the price includes so much tax, which is taken off: a saving is worth what it spares without tax
            that the customer recovers.
    """

    price: Amount | None = None
    series: Name | None = None
    base: Escalated | None = None
    floor: Amount | None = None
    ceiling: Amount | None = None
    tax_percent: Annotated[Magnitude, Field(ge=0)] = _ZERO

    @model_validator(mode="after")
    def _has_one_price(self) -> Self:
        if self.price is not None and self.series is not None:
            raise ValueError("a price is agreed or published: name one of both")
        if self.price is None and self.series is None and self.base is None:
            raise ValueError("a price is agreed, published, or the one at signing: name one")
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise ValueError("a floor is no higher than the ceiling")
        return self

    def at(self, usage: Usage, month: str) -> tuple[Decimal, Decimal, str]:
        """Find the price of a month.

        Returns:
            What counts, what the customer was spared, and how the first came about.
        """
        base = None if self.base is None else self.base.in_year(usage.contract_year)
        actual = self.price
        if self.series is not None:
            actual = usage.published[self.series, month]
        if actual is not None and self.tax_percent:
            actual = quotient(product(actual, _HUNDRED), _HUNDRED + self.tax_percent)
        spared = actual if actual is not None else base if base is not None else _ZERO
        counts, why = spared, ""
        if base is not None and base > counts:
            counts, why = base, f"base rate, actual {plain(trimmed(spared))}"
        if self.floor is not None and counts < self.floor:
            counts, why = self.floor, f"floor, else {plain(trimmed(counts))}"
        if self.ceiling is not None and counts > self.ceiling:
            counts, why = self.ceiling, f"ceiling, else {plain(trimmed(counts))}"
        return trimmed(counts), trimmed(spared), why


@dataclass(frozen=True, slots=True)
class Value:
    """What a saving of some days is worth.

    Attributes:
        contract: at the prices that were agreed, each part rounded as it is printed.
        cash: at the prices that the customer was spared.
        calculation: how the contract value came about, part by part.
        closing: what the tariff carries into the next stretch.
    """

    contract: Decimal
    cash: Decimal
    calculation: tuple[str, ...]
    closing: CarriedState


class AtPrices(Terms):
    """Each band's saving times its price.

    Attributes:
        unit: of the prices.
        bands: the price of each; under ``all`` where the saving is not told apart, or where bands cost the same.
        places: to how many places the value of each band and month is rounded, half up, as it is printed.
    """

    kind: Literal["at_prices"] = "at_prices"
    unit: UnitSymbol
    bands: Annotated[Mapping[Name, BandPrice], Field(min_length=1)]
    places: Annotated[WholeNumber, Field(ge=0, le=12)] = 2

    @property
    def follows(self) -> frozenset[str]:
        """The published series that it looks at."""
        return frozenset(each.series for each in self.bands.values() if each.series is not None)

    def value(self, usage: Usage) -> Value:
        """Value a saving.

        Args:
            usage: its parts name their ``band`` and their ``month``; below zero where more was used than expected.

        Raises:
            UnpricedUse: a band has no price.
        """
        contract, cash, calculation = list[Decimal](), list[Decimal](), list[str]()
        for band, month, quantity in parts_of(usage, self.unit):
            price = self.bands.get(band) or self.bands.get(ALL)
            if price is None:
                raise UnpricedUse(f"no price is agreed for band {band}", found=band, expected=", ".join(self.bands))
            counts, spared, why = price.at(usage, month)
            amount = Rounding.HALF_UP.to_places(product(quantity, counts), self.places)
            contract.append(amount)
            cash.append(Rounding.HALF_UP.to_places(product(quantity, spared), self.places))
            shown = f"{band} {month}: {plain(trimmed(quantity))} {self.unit} × {plain(counts)} = {plain(amount)}"
            calculation.append(f"{shown} ({why})" if why else shown)
        return Value(added(contract), added(cash), tuple(calculation), {})


def parts_of(usage: Usage, unit: str) -> Iterator[tuple[str, str, Decimal]]:
    """List a saving's parts by band and month, in a unit; one that has none is whole in the month of its first day."""
    factor = conversion(usage.unit, unit) if usage.unit else None
    own = f"{usage.period.first:%Y-%m}"
    if not usage.parts:
        quantity = usage.quantity or _ZERO
        yield ALL, own, quantity if factor is None else times(quantity, factor)
        return
    for part in usage.parts:
        quantity = part.quantity if factor is None else times(part.quantity, factor)
        yield part.labels.get("band", ALL), part.labels.get("month", own), quantity


#: What a tariff is made of.
TariffRule: TypeAlias = Annotated[PerUnit | TimeOfUse | Demand, Field(discriminator="kind")]


class TariffItem(Terms):
    """One price of a tariff.

    Attributes:
        name: of it.
        rule: the price: of energy, or of demand with its ratchet.
    """

    name: Name
    rule: TariffRule


class BillDifference(Terms):
    """What the customer's bill would have been, less what it was, under one tariff.

    A ratchet looks back at each profile's own peaks: so kW times price is not what demand saves.

    Attributes:
        tariff: energy prices rate the energy of both profiles, demand prices their peaks.
        places: to how many places each bill is rounded, half up.
    """

    kind: Literal["bill_difference"] = "bill_difference"
    tariff: Annotated[tuple[TariffItem, ...], Field(min_length=1)]
    places: Annotated[WholeNumber, Field(ge=0, le=12)] = 2

    @property
    def follows(self) -> frozenset[str]:
        """It looks at no published series."""
        return frozenset()

    def value(self, usage: Usage) -> Value:
        """Bill both profiles.

        Args:
            usage: beside it the energies ``expected`` and ``measured``, and where demand has a price the peaks
                ``expected_demand`` and ``measured_demand``.
        """
        closing: dict[str, Any] = {}
        bills: dict[str, Decimal] = {}
        calculation: list[str] = []
        for profile in ("expected", "measured"):
            amounts: list[Decimal] = []
            for item in self.tariff:
                name = f"{profile} {item.name}"
                lines = item.rule.rate(self._profile(usage, profile, item, name))
                closing[name] = item.rule.close(self._profile(usage, profile, item, name))
                amounts += (line.amount for line in lines)
                calculation.append(f"{name}: " + "; ".join(_shown(line) for line in lines))
            bills[profile] = Rounding.HALF_UP.to_places(added(amounts), self.places)
        saved = added((bills["expected"], bills["measured"].copy_negate()))
        calculation.append(f"{plain(bills['expected'])} − {plain(bills['measured'])} = {plain(saved)}")
        kept = {name: state for name, state in closing.items() if state}
        return Value(saved, saved, tuple(calculation), kept)

    def _profile(self, usage: Usage, profile: str, item: TariffItem, name: str) -> Usage:
        wanted = f"{profile}_demand" if isinstance(item.rule, Demand) else profile
        if wanted not in usage.beside:
            raise UnpricedUse(f"{item.name} prices {wanted}, which the saving does not tell", found=wanted)
        own = usage.beside[wanted]
        opening = usage.opening.get("tariff", {}).get(name, {})
        return replace(usage, quantity=own.quantity, unit=own.unit, parts=own.parts, beside={}, opening=opening)


def _shown(line: RatedLine) -> str:
    label = f"{line.label} " if line.label else ""
    return f"{label}{line.arithmetic}"


#: The union is at once the registry and the stored terms' schema.
Valuation: TypeAlias = Annotated[AtPrices | BillDifference, Field(discriminator="kind")]
