"""The value of a saving: at a price for every band and month, or as the difference of two bills under one tariff.

Every saving has two values: the *contract value*, at the prices that the parties agreed, with their floors and
ceilings; and the *cash value*, at the prices that the customer avoided. Where they differ, the reason is printed.

Source: IPMVP Core Concepts (cost savings as a difference of total costs, or as unit savings times marginal prices);
the ENGIE/Chevron form for "base or actual energy rates, whichever results in greater savings".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from contracts.carried_state import StateLeftOver, known
from contracts.pricing.demand import Demand
from contracts.pricing.per_unit import PerUnit
from contracts.pricing.time_of_use import TimeOfUse
from contracts.rated_line import RatedLine
from contracts.rated_usage import CarriedState, UnpricedUse, Usage, exact_or_nothing
from quantities.arithmetic import added, product, quotient
from quantities.conversion import conversion
from quantities.document import WholeNumber
from quantities.exact import Exact, half_up, multiplied, rounded, scaled
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude, times
from quantities.rounding import Rounding
from quantities.terms import Terms

#: The band of a saving that is not divided by bands.
ALL = "all"
_PROFILES = ("expected", "measured")
_HUNDRED, _ONE, _ZERO = Decimal(100), Decimal(1), Decimal(0)


class Escalated(Terms):
    """A price at signing, and the percentage by which it rises each contract year from the second on, compounded."""

    price: Amount
    percent: Magnitude = _ZERO

    def in_year(self, number: int) -> Decimal:
        """Compute the price of a contract year, counted from 1; unrounded."""
        price = self.price
        for _ in range(number - 1):
            price = quotient(product(price, _HUNDRED + self.percent), _HUNDRED)
        return price


class BandPrice(Terms):
    """The value of a unit saved in a band.

    Attributes:
        price: the agreed price.
        series: instead of ``price``, a published series with a value for every month; a value may be negative.
        base: the price at signing; the greater of it and the actual price counts.
        floor: the lowest price that counts.
        ceiling: the highest price that counts.
        tax_percent: the tax that the price includes; it is taken off, because the customer recovers it.
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

    def at(self, usage: Usage, month: str, arithmetic: int) -> tuple[Exact, Exact, str]:
        """Find the price of a month.

        Returns:
            The price that counts, the price that the customer avoided, both exact, and why they differ.
        """
        base = None if self.base is None else self.base.in_year(usage.contract_year)
        actual: Exact | None = self.price
        if self.series is not None:
            actual = usage.published[self.series, month]
        if actual is not None and self.tax_percent:
            if arithmetic == 1:  # it cut off the price before the value was rounded
                actual = quotient(product(rounded(actual), _HUNDRED), _HUNDRED + self.tax_percent)
            else:
                actual = scaled(actual, Fraction(_HUNDRED) / Fraction(_HUNDRED + self.tax_percent))
        avoided: Exact = actual if actual is not None else base if base is not None else _ZERO
        counts, why = avoided, ""
        if base is not None and base > counts:
            counts, why = base, f"base rate, actual {_written(avoided)}"
        if self.floor is not None and counts < self.floor:
            counts, why = self.floor, f"floor, else {_written(counts)}"
        if self.ceiling is not None and counts > self.ceiling:
            counts, why = self.ceiling, f"ceiling, else {_written(counts)}"
        return counts, avoided, why


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a saving.

    Attributes:
        contract: at the agreed prices; every part is rounded as it is printed.
        cash: at the prices that the customer avoided.
        calculation: how the contract value was computed, part by part.
        closing: what the tariff carries into the next stretch.
    """

    contract: Decimal
    cash: Decimal
    calculation: tuple[str, ...]
    closing: CarriedState


class AtPrices(Terms):
    """The saving of every band times its price.

    Attributes:
        unit: of the prices.
        bands: prices by band; ``all`` for a saving without bands, and for bands that are not named.
        places: to how many places the value of a band and month is rounded, half up, as it is printed.
    """

    kind: Literal["at_prices"] = "at_prices"
    unit: UnitSymbol
    bands: Annotated[Mapping[Name, BandPrice], Field(min_length=1)]
    places: Annotated[WholeNumber, Field(ge=0, le=12)] = 2

    @property
    def follows(self) -> frozenset[str]:
        """The published series of its prices."""
        return frozenset(price.series for price in self.bands.values() if price.series is not None)

    def open_tariff(self, tariff: CarriedState, usage: Usage) -> CarriedState:
        """Go on from the states of a tariff: agreed prices have none."""
        return {}

    def tariff_states(self, tariff: CarriedState, usage: Usage) -> CarriedState:
        """Write what the prices of a tariff carry: agreed prices carry nothing."""
        return {}

    def specimen(self, usage: Usage) -> CarriedState:
        """Nothing is carried."""
        return {}

    def value(self, usage: Usage, arithmetic: int = 2) -> Value:
        """Value a saving.

        Args:
            usage: a saving, whose parts name ``band`` and ``month``; below zero where more was used than expected.
            arithmetic: the number of the rule's.

        Raises:
            UnpricedUse: a band has no price.
        """
        contract, cash, calculation = list[Decimal](), list[Decimal](), list[str]()
        for band, month, quantity in parts_of(usage, self.unit):
            price = self.bands.get(band) or self.bands.get(ALL)
            if price is None:
                raise UnpricedUse(f"no price is agreed for band {band}", found=band, expected=", ".join(self.bands))
            counts, avoided, why = price.at(usage, month, arithmetic)
            amount = half_up(multiplied(quantity, counts), self.places)
            contract.append(amount)
            cash.append(half_up(multiplied(quantity, avoided), self.places))
            shown = f"{band} {month}: {plain(trimmed(quantity))} {self.unit} × {_written(counts)} = {plain(amount)}"
            calculation.append(f"{shown} ({why})" if why else shown)
        return Value(added(contract), added(cash), tuple(calculation), {})


def _written(price: Exact) -> str:
    return plain(trimmed(rounded(price)))


def parts_of(usage: Usage, unit: str) -> Iterator[tuple[str, str, Decimal]]:
    """List a saving's parts in a unit: band, month and quantity; without parts, all of it in the first day's month."""
    factor = conversion(usage.unit, unit) if usage.unit else None
    first_month = f"{usage.period.first:%Y-%m}"
    if not usage.parts:
        quantity = usage.quantity or _ZERO
        yield ALL, first_month, quantity if factor is None else rounded(exact_or_nothing(usage, unit))
        return
    for part in usage.parts:
        quantity = part.quantity if factor is None else times(part.quantity, factor)
        yield part.labels.get("band", ALL), part.labels.get("month", first_month), quantity


#: The rules of a tariff.
TariffRule: TypeAlias = Annotated[PerUnit | TimeOfUse | Demand, Field(discriminator="kind")]


class TariffItem(Terms):
    """One price of a tariff.

    Attributes:
        name: of the price.
        rule: of energy, or of demand with its ratchet.
    """

    name: Name
    rule: TariffRule


class BillDifference(Terms):
    """The bill of the expected use less the bill of the measured use, under one tariff.

    A ratchet depends on the earlier peaks of the same profile, so a saving of demand is not saved kW times the price.

    Attributes:
        tariff: energy prices rate the energy of both profiles, demand prices their peaks.
        places: to how many places a bill is rounded, half up.
    """

    kind: Literal["bill_difference"] = "bill_difference"
    tariff: Annotated[tuple[TariffItem, ...], Field(min_length=1)]
    places: Annotated[WholeNumber, Field(ge=0, le=12)] = 2

    @property
    def follows(self) -> frozenset[str]:
        """None: a tariff names its own prices."""
        return frozenset()

    def open_tariff(self, tariff: CarriedState, usage: Usage) -> CarriedState:
        """Take over what each price of the tariff carried for each profile.

        Raises:
            StateLeftOver: a price that carries something is gone.
            UnopenedState: it cannot be taken over; the reason is its class.
        """
        rules = {f"{profile} {item.name}": item.rule for profile in _PROFILES for item in self.tariff}
        values: dict[str, CarriedState] = {}
        for name, state in tariff.items():
            if name in rules:
                values[name] = rules[name].open(state, usage)
                continue
            written = known(state)
            if written is not None and not written.is_of_period:
                raise StateLeftOver(f"the tariff has no price for {name} any more", found=", ".join(rules))
        return values

    def tariff_states(self, tariff: CarriedState, usage: Usage) -> CarriedState:
        """Write what each price of the tariff carries for each profile as a state of its own."""
        rules = {f"{profile} {item.name}": item.rule for profile in _PROFILES for item in self.tariff}
        return {name: rules[name].state_of(values, usage) for name, values in tariff.items()}

    def specimen(self, usage: Usage) -> CarriedState:
        """What each price carries for each profile, if it carries something."""
        values = {f"{profile} {item.name}": item.rule.specimen(usage) for profile in _PROFILES for item in self.tariff}
        return {name: carried for name, carried in values.items() if carried}

    def value(self, usage: Usage, arithmetic: int = 2) -> Value:
        """Bill both profiles.

        Args:
            usage: with the auxiliary usages ``expected`` and ``measured``; where demand has a price, also with the
                peaks ``expected_demand`` and ``measured_demand``.
            arithmetic: the number of the rule's; the prices of a tariff have numbers of their own.

        Raises:
            UnpricedUse: one of them is missing.
        """
        closing: dict[str, Any] = {}
        bills: dict[str, Decimal] = {}
        calculation: list[str] = []
        for profile in _PROFILES:
            amounts: list[Decimal] = []
            for item in self.tariff:
                name = f"{profile} {item.name}"
                profile_usage = self._profile(usage, profile, item, name)
                lines = item.rule.rate(profile_usage)
                closing[name] = item.rule.close(profile_usage)
                amounts += (line.amount for line in lines)
                calculation.append(f"{name}: " + "; ".join(_shown(line) for line in lines))
            bills[profile] = Rounding.HALF_UP.to_places(added(amounts), self.places)
        saved = added((bills["expected"], bills["measured"].copy_negate()))
        calculation.append(f"{plain(bills['expected'])} − {plain(bills['measured'])} = {plain(saved)}")
        kept = {name: state for name, state in closing.items() if state}
        return Value(saved, saved, tuple(calculation), kept)

    def _profile(self, usage: Usage, profile: str, item: TariffItem, name: str) -> Usage:
        wanted = f"{profile}_demand" if isinstance(item.rule, Demand) else profile
        if wanted not in usage.auxiliary_usage:
            raise UnpricedUse(f"{item.name} prices {wanted}, which the saving does not tell", found=wanted)
        profile_use = usage.auxiliary_usage[wanted]
        opening = usage.opening.get("tariff", {}).get(name, {})
        return replace(
            usage,
            quantity=profile_use.quantity,
            exact=profile_use.exact,
            unit=profile_use.unit,
            parts=profile_use.parts,
            auxiliary_usage={},
            opening=opening,
        )


def _shown(line: RatedLine) -> str:
    label = f"{line.label} " if line.label else ""
    return f"{label}{line.written_out}"


#: The union is at once the registry and the stored terms' schema.
Valuation: TypeAlias = Annotated[AtPrices | BillDifference, Field(discriminator="kind")]
