"""A contract as the parties write it: who, over what, from when, at which prices, by which settings.

A contract is a series of versions, each in force from a day on and never edited; a version also knows when it was
recorded. What engines, contracts and countries disagree on is a setting with a stated default.
"""

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from contracts.clause import Terms, conversion
from contracts.money import Rounding, exponent
from contracts.pricing import PricingRule
from contracts.schedule import Every, billing_periods
from metering.consumption import Edges
from metering.document import Fault, WholeNumber, checked, yes_or_no
from metering.errors import UsufructError
from metering.meter import Name, ZoneName


def _currency(code: str) -> str:
    exponent(code)
    return code


CurrencyCode = Annotated[str, checked(_currency)]


class Nature(StrEnum):
    """What an amount is, for tax and accounting."""

    CONSIDERATION = "consideration"
    PRICE_REDUCTION = "price_reduction"
    DAMAGES = "damages"


class Party(Terms):
    """One side of a contract.

    Attributes:
        name: unique in the tenant; how later contracts name it.
        country: ISO 3166-1, two letters; decides with the other side's the VAT.
        vat_id: with it, a customer in another EU country owes the VAT itself.
        address: for the invoice, line by line.
    """

    name: Name
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    vat_id: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9A-Za-z+*]{2,13}$")] | None = None
    address: tuple[str, ...] = ()


class Settings(Terms):
    """What can be agreed otherwise.

    Attributes:
        rounding: how a line's net amount comes to its last place.
        quantity_places: how many places a converted quantity keeps before it is priced; none rounds nothing.
        payment_days: the invoice is due so many days after its date.
        bill_after_days: a period is billed so many days after its end, so that late readings are in.
        zero_lines: whether a charge without use has a line.
        edges: what counts where no reading falls on the edge of a billing period.
    """

    rounding: Rounding = Rounding.HALF_UP
    quantity_places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None
    payment_days: Annotated[WholeNumber, Field(ge=0, le=365)] = 30
    bill_after_days: Annotated[WholeNumber, Field(ge=0, le=90)] = 0
    zero_lines: bool = True
    edges: Edges = Edges.LAST_READ

    @field_validator("zero_lines", mode="before")
    @classmethod
    def _yes_or_no(cls, found: object) -> object:
        return yes_or_no(found)


class Charge(Terms):
    """A named price.

    Attributes:
        name: unique in the contract; what the invoice calls it.
        rule: the price.
        register_key: (``register``) whose use is priced; none for a rule that counts nothing.
        nature: what the amount is.
        dimensions: the customer's own books: cost centre, order, asset number.
    """

    name: Name
    rule: PricingRule
    register_key: Name | None = Field(default=None, alias="register")
    nature: Nature = Nature.CONSIDERATION
    dimensions: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _counts_what_it_prices(self) -> Self:
        if self.rule.counts and self.register_key is None:
            raise ValueError(f"{self.rule.kind} prices use: name the register that counts it")
        if not self.rule.counts and self.register_key is not None:
            raise ValueError(f"{self.rule.kind} counts nothing: it has no register")
        return self


class Billing(Terms):
    """When bills are made."""

    every: Every = Every.MONTH
    anchor_day: Annotated[WholeNumber, Field(ge=1, le=31)] = 1


class Contract(Terms):
    """One version of a contract.

    Attributes:
        contract: its reference, unique in the tenant.
        supplier: the legal entity that invoices; numbers are gapless within it.
        customer: who is invoiced.
        assets: what is provided; each declared in the fleet.
        currency: of every amount in it.
        zone: whose local days and months it means.
        starts: the first day billed.
        ends: the first day not billed any more.
        in_force_from: the first day of a billing period from which this version counts; the start, unless it amends.
        billing: when bills are made.
        settings: what can be agreed otherwise.
        charges: the prices, in the order of the invoice.
    """

    contract: Name
    supplier: Party
    customer: Party
    assets: tuple[Name, ...] = ()
    currency: CurrencyCode
    zone: ZoneName
    starts: date
    ends: date | None = None
    in_force_from: date | None = None
    billing: Billing = Billing()
    settings: Settings = Settings()
    charges: Annotated[tuple[Charge, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [charge.name for charge in self.charges]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"charge {', '.join(twice)} is there twice: a line is known by its charge")
        if self.ends is not None and self.ends <= self.starts:
            raise ValueError("a contract ends after it starts")
        if self.in_force_from is not None and not self._begins_a_period(self.in_force_from):
            raise ValueError("a version comes into force on the first day of a billing period")
        return self

    @property
    def effective(self) -> date:
        """The first day that this version counts for."""
        return self.in_force_from or self.starts

    def _begins_a_period(self, day: date) -> bool:
        for period in billing_periods(self.starts, self.ends, self.billing.every, self.billing.anchor_day):
            if period.first >= day:
                return period.first == day
        return False


def faults_against_fleet(contract: Contract, units: Mapping[str, str], assets: frozenset[str]) -> tuple[Fault, ...]:
    """Check a contract against what is declared: all faults at once.

    Args:
        contract: well-formed by itself.
        units: the unit of each declared register, by key.
        assets: the names of the declared assets.
    """
    faults = []
    for number, asset in enumerate(contract.assets):
        if asset not in assets:
            faults.append(_unknown(f"/assets/{number}", "unknown-asset", "no such asset is declared", asset, assets))
    for number, charge in enumerate(contract.charges):
        if charge.register_key is None:
            continue
        if charge.register_key not in units:
            detail = "no such register is declared"
            faults.append(
                _unknown(f"/charges/{number}/register", "unknown-register", detail, charge.register_key, units)
            )
            continue
        wanted = getattr(charge.rule, "unit", None)
        if wanted is not None:
            try:
                conversion(units[charge.register_key], wanted)
            except UsufructError as error:
                path = f"/charges/{number}/rule/unit"
                faults.append(Fault(path, "incompatible-unit", str(error), wanted, units[charge.register_key]))
    return tuple(faults)


def _unknown(path: str, code: str, detail: str, found: str, known: Mapping[str, str] | frozenset[str]) -> Fault:
    return Fault(path, code, detail, found, next(iter(get_close_matches(found, known, n=1)), ""))
