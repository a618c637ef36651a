"""A contract as the parties write it: who, over what, from when, at which prices, by which settings.

A contract is a series of versions, each in force from a day on and never edited; a version also knows when it was
recorded. What engines, contracts and countries disagree on is a setting with a stated default.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from itertools import takewhile
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.clause import Nature
from contracts.included import Included
from contracts.indexation.indexation import Indexed
from contracts.life import ContractState, Extension, Milestones, Suspension, state_on
from contracts.rules import ChargeRule
from contracts.schedule import Billing, BillingPeriod, Life, Per, billing_periods
from contracts.statement import StatementTerms
from contracts.usage import NamedUse
from metering.consumption.use import BoundaryRule
from quantities.document import WholeNumber, YesOrNo, checked, refuse
from quantities.money import exponent
from quantities.names import Name, ZoneName
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms
from savings.plan import Plan


def _currency(code: str) -> str:
    exponent(code)
    return code


CurrencyCode = Annotated[str, checked(_currency)]


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


class OnChange(StrEnum):
    """What a price change within a billing period does to tiers: they ``continue``, or ``restart`` at the change."""

    CONTINUE = "continue"
    RESTART = "restart"


class ContractSettings(Terms):
    """What can be agreed otherwise.

    Attributes:
        rounding: how a line's net amount comes to its last place.
        quantity_places: how many places a converted quantity keeps before it is priced; none rounds nothing.
        payment_days: the invoice is due so many days after its date.
        bill_after_days: a period is billed so many days after its end, so that late readings are in.
        zero_lines: whether a charge without use has a line.
        edges: what counts where no reading falls on the edge of a billing period.
        on_change: what a price change within a billing period does to tiers and whatever else adds up.
    """

    rounding: Rounding = Rounding.HALF_UP
    quantity_places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None
    payment_days: Annotated[WholeNumber, Field(ge=0, le=365)] = 30
    bill_after_days: Annotated[WholeNumber, Field(ge=0, le=90)] = 0
    zero_lines: YesOrNo = True
    edges: BoundaryRule = BoundaryRule.LAST_READ
    on_change: OnChange = OnChange.CONTINUE


class Allocation(Terms):
    """From a day on, by which weights an amount is spread over tags of somebody's books; the cents add up."""

    first: date
    weights: Annotated[Mapping[Name, Annotated[Magnitude, Field(ge=0)]], Field(min_length=1)]

    @model_validator(mode="after")
    def _weighs_something(self) -> Self:
        if not any(self.weights.values()):
            raise ValueError("weights are not all zero")
        return self


class Charge(Terms):
    """A named price.

    Attributes:
        name: unique in the contract; what the invoice calls it.
        rule: the price.
        register_key: (``register``) whose use is priced; none for a rule that counts nothing.
        usage: a named use instead of a register.
        beside: further uses that the rule takes into account, by its own names for them: registers or named uses.
        included: what of the use costs nothing.
        index: how the prices move.
        nature: what the amount is; what the rule says, unless it is said.
        while_suspended: whether it is billed by days in which the contract is suspended as well.
        tax_code: how a tax engine or an ERP system calls what is supplied.
        revenue_account: where it is posted.
        allocation: by which weights it is spread over accounting tags, from a day on.
        payees: to whom it belongs, by weights; the supplier, unless some are named.
        dimensions: the customer's own books: cost centre, order, asset number.
    """

    name: Name
    rule: ChargeRule
    register_key: Name | None = Field(default=None, alias="register")
    usage: Name | None = None
    beside: Mapping[Name, Name] = {}
    included: Included | None = None
    index: Indexed | None = None
    nature: Nature | None = None
    while_suspended: YesOrNo = False
    tax_code: Name | None = None
    revenue_account: Name | None = None
    allocation: tuple[Allocation, ...] = ()
    payees: Mapping[Name, Annotated[Magnitude, Field(ge=0)]] = {}
    dimensions: Mapping[str, str] = {}

    @property
    def counted(self) -> str | None:
        """The name of what it prices: a register, or a named use."""
        return self.usage or self.register_key

    @property
    def remembers(self) -> bool:
        """Whether a billing period depends on those before it."""
        pooled = self.included is not None and (self.included.per is not Per.PERIOD or self.included.carry_forward > 0)
        return self.rule.remembers or pooled

    @model_validator(mode="after")
    def _counts_what_it_prices(self) -> Self:
        if self.usage is not None and self.register_key is not None:
            raise ValueError("a charge prices a register or a named use: name one of both")
        if self.rule.counts and self.counted is None:
            raise ValueError(f"{self.rule.kind} prices use: name the register that counts it")
        if not self.rule.counts and self.counted is not None:
            raise ValueError(f"{self.rule.kind} counts nothing: it has no register")
        return self


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
        extension: how it goes on at its end until notice is given; it ends there, unless it is said.
        in_force_from: the first day for which this version counts; the start, unless it amends. A billing period in
            which it lies is divided there.
        reason: why it was amended, for whoever reads a correction that follows.
        milestones: when it was quoted, signed, installed and accepted, and how long it ramps up.
        suspensions: when it did not count.
        billing: when bills are made.
        settings: what can be agreed otherwise.
        usages: named uses.
        savings: how savings are measured, each a use by its name.
        statement: how savings are agreed before they are billed; billed without, unless it is said.
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
    extension: Extension | None = None
    in_force_from: date | None = None
    reason: str = ""
    milestones: Milestones = Milestones()
    suspensions: tuple[Suspension, ...] = ()
    billing: Billing = Billing()
    settings: ContractSettings = ContractSettings()
    usages: tuple[NamedUse, ...] = ()
    savings: tuple[Plan, ...] = ()
    statement: StatementTerms | None = None
    charges: Annotated[tuple[Charge, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        from contracts.checks.check import faults_within  # noqa: PLC0415 the check is of contracts, which need it

        refuse(faults_within(self))
        return self

    @property
    def effective(self) -> date:
        """The first day that this version counts for."""
        return self.in_force_from or self.starts

    def state_on(self, day: date) -> ContractState:
        """Say where it stands on a day."""
        return state_on(day, self.starts, self.until, self.milestones, self.suspensions)

    @property
    def until(self) -> date | None:
        """The first day not billed any more, extensions counted; None if it has no end yet."""
        return self.ends if self.ends is None or self.extension is None else self.extension.end(self.ends)

    def periods(self) -> Iterator[BillingPeriod]:
        """Cut its life into its billing periods, without end where it has none."""
        return billing_periods(self.starts, self.until, self.billing)

    def period_from(self, first: date) -> BillingPeriod | None:
        """Find the billing period that begins on a day; None where there is none."""
        until = takewhile(lambda each: each.first <= first, self.periods())
        return next((each for each in until if each.first == first), None)

    @property
    def life(self) -> Life:
        """From when to when it is billed."""
        paused = tuple((each.first, each.after_last) for each in self.suspensions)
        return Life(self.starts, self.until, self.billing, paused)

    @property
    def remembers(self) -> bool:
        """Whether a billing period depends on those before it."""
        return any(charge.remembers for charge in self.charges)

    @property
    def registers(self) -> frozenset[str]:
        """The keys of all registers that it counts."""
        named = {each.name for each in self.usages} | {each.name for each in self.savings}
        counted = {key for charge in self.charges for key in (charge.counted, *charge.beside.values()) if key}
        of_uses = {key for use in self.usages for key in use.registers}
        of_savings = {key for plan in self.savings for key in plan.registers}
        return frozenset((counted - named) | of_uses | of_savings)

    def counted_by(self, name: str | None) -> int:
        """Say how many registers count a use; a formula, and a single register, are one."""
        return max(1, next((len(each.registers) for each in self.usages if each.name == name), 1))

    def saving(self, name: str) -> Plan | None:
        """Find the saving of a name; None where it is another use, or a register."""
        return next((each for each in self.savings if each.name == name), None)

    def use(self, name: str) -> NamedUse:
        """Find what a charge or a formula names: a named use, or else the register of that key."""
        return next((each for each in self.usages if each.name == name), NamedUse(name=name, registers=(name,)))
