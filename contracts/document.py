"""A contract as the parties write it: who, over what, from when, at which prices, by which settings."""

from collections.abc import Iterator
from datetime import date
from itertools import takewhile
from typing import Annotated

from pydantic import Field

from contracts.charge import Charge
from contracts.life import ContractState, Extension, Milestones, Suspension, state_on
from contracts.parties import Party
from contracts.schedule import Billing, BillingPeriod, Life, billing_periods
from contracts.settings import ContractSettings, CurrencyCode
from contracts.statement import StatementTerms
from contracts.usage import NamedUse
from quantities.names import Name, ZoneName
from quantities.terms import Terms
from savings.plan import Plan


class ContractDocument(Terms):
    """One version of a contract as it is written: each part well-formed, the whole not yet checked against itself.

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
    def is_stateful(self) -> bool:
        """Whether a billing period depends on those before it."""
        return any(charge.is_stateful for charge in self.charges)

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
