"""A contract as the parties write it: the parties, the equipment, the term, the prices and the settings."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from itertools import takewhile
from typing import Annotated, Self

from pydantic import Field

from contracts.charge import Charge
from contracts.included import EachMachine
from contracts.invoicing import PLAIN, InvoicingTerms
from contracts.life import ContractState, Extension, Milestones, Suspension, state_on
from contracts.parties import Party
from contracts.schedule import Billing, BillingPeriod, Life, billing_periods
from contracts.settings import ContractSettings, CurrencyCode
from contracts.sharing.payees import SharingTerms
from contracts.spending_terms import SpendingTerms
from contracts.statement import StatementTerms
from contracts.taxed import TaxTerms
from contracts.usage import NamedUse
from quantities.document import OptionalText
from quantities.names import Name, ZoneName
from quantities.terms import Terms
from savings.plan import Plan


class ContractDocument(Terms):
    """One version of a contract as it is written: its parts are well-formed, but may contradict each other.

    Attributes:
        contract: its reference, unique in the tenant.
        supplier: the legal entity that invoices; its invoice numbers have no gap.
        customer: who is invoiced.
        assets: the equipment provided, as declared in the fleet.
        currency: of every amount in it.
        zone: the time zone of its days and months.
        starts: the first day billed.
        ends: the first day not billed any more.
        extension: how it goes on after its end until notice is given; without it, it ends there.
        in_force_from: the first day on which this version applies; without it, the start. It divides the billing
            period in which it lies.
        reason: why it was amended, for the reader of a correction that follows.
        milestones: when it was quoted, signed, installed and accepted, and how long it ramps up.
        suspensions: the days on which it did not count.
        billing: how its time is divided into billing periods.
        settings: what can be agreed otherwise.
        usages: named uses.
        savings: how savings are measured; a charge names one as its use.
        statement: how savings are agreed before they are billed; without it, they are billed at once.
        tax: what decides the tax of every charge, as far as it does not say otherwise itself.
        sharing: who the payees of its charges are, and in whose name is sold; without it, they are names alone.
        invoicing: how the customer wants its documents, and what they refer to.
        spending: prepaid credit, alerts, and what is billed on account; without it, there is none of it.
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
    reason: OptionalText = ""
    milestones: Milestones = Milestones()
    suspensions: tuple[Suspension, ...] = ()
    billing: Billing = Billing()
    settings: ContractSettings = ContractSettings()
    usages: tuple[NamedUse, ...] = ()
    savings: tuple[Plan, ...] = ()
    statement: StatementTerms | None = None
    tax: Annotated[TaxTerms | None, Field(exclude_if=lambda terms: terms is None)] = None
    sharing: Annotated[SharingTerms | None, Field(exclude_if=lambda terms: terms is None)] = None
    invoicing: Annotated[InvoicingTerms, Field(exclude_if=lambda terms: terms == PLAIN)] = PLAIN
    spending: Annotated[SpendingTerms | None, Field(exclude_if=lambda terms: terms is None)] = None
    charges: Annotated[tuple[Charge, ...], Field(min_length=1)]

    @property
    def effective(self) -> date:
        """The first day on which this version applies."""
        return self.in_force_from or self.starts

    def state_on(self, day: date) -> ContractState:
        """Tell its state on a day."""
        return state_on(day, self.starts, self.until, self.milestones, self.suspensions)

    @property
    def until(self) -> date | None:
        """The first day not billed any more, extensions counted; None if it has no end yet."""
        return self.ends if self.ends is None or self.extension is None else self.extension.end(self.ends)

    def living(self, until: date | None, suspensions: tuple[Suspension, ...]) -> Self:
        """The same terms with another end and other suspensions."""
        terms = self if until == self.until else self.model_copy(update={"ends": until, "extension": None})
        days, own = ([(pause.first, pause.after_last) for pause in some] for some in (suspensions, self.suspensions))
        return terms if days == own else terms.model_copy(update={"suspensions": suspensions})

    def living_as(self, newest: "ContractDocument") -> Self:
        """The same terms with the life of the newest version: a contract has one, whichever is in force on a day.

        By arithmetic 1 and 2 of the settings, a version keeps its own suspensions.
        """
        if self is newest:
            return self
        return self.living(newest.until, self.suspensions if self.settings.divides_all else newest.suspensions)

    def periods(self, since: date | None = None) -> Iterator[BillingPeriod]:
        """Divide its life into billing periods; endless for a contract without end.

        Args:
            since: periods that end by this day may be left out.
        """
        return billing_periods(self.starts, self.until, self.billing, since)

    def period_from(self, first: date) -> BillingPeriod | None:
        """Find the billing period that begins on a day; None where there is none."""
        until = takewhile(lambda period: period.first <= first, self.periods(since=first))
        return next((period for period in until if period.first == first), None)

    @cached_property
    def life(self) -> Life:
        """The days on which it is billed, and how they are divided."""
        paused = tuple((suspension.first, suspension.after_last) for suspension in self.suspensions)
        return Life(self.starts, self.until, self.billing, paused)

    @cached_property
    def is_stateful(self) -> bool:
        """Whether a billing period depends on those before it."""
        return any(charge.is_stateful for charge in self.charges)

    @cached_property
    def names_in_advance(self) -> frozenset[str]:
        """The names of the charges whose fee is billed before its period."""
        return frozenset(charge.name for charge in self.charges if charge.rule.billed_in_advance)

    @cached_property
    def names_as_computed(self) -> tuple[str, ...]:
        """The names of its charges, in the order in which they are computed."""
        return tuple(charge.name for charge in sorted(self.charges, key=lambda charge: charge.order))

    @property
    def registers(self) -> frozenset[str]:
        """The keys of all registers that it counts."""
        named = {use.name for use in self.usages} | {plan.name for plan in self.savings}
        counted = {key for charge in self.charges for key in charge.uses_named}
        of_uses = {key for use in self.usages for key in use.registers}
        of_savings = {key for plan in self.savings for key in plan.registers}
        return frozenset((counted - named) | of_uses | of_savings)

    def tax_of(self, charge: Charge) -> TaxTerms:
        """What decides the tax of a charge: what it says itself, and where it is silent, what is said for all."""
        own = charge.tax or TaxTerms()
        return own if self.tax is None else own.over(self.tax)

    def register_count(self, name: str | None) -> int:
        """Say how many registers count a use: of a formula, and of a single register, 1."""
        return max(1, next((len(use.registers) for use in self.usages if use.name == name), 1))

    def machine_count(self, charge: Charge) -> int:
        """Say for how many machines a charge includes a quantity; 1 where it is for all of them together."""
        machine = charge.included.by_machine if charge.included is not None else None
        if machine is EachMachine.ASSET:
            return len({*self.assets})
        return self.register_count(charge.counted) if machine is EachMachine.REGISTER else 1

    def saving(self, name: str) -> Plan | None:
        """Find a saving by its name; None where the name is that of a named use or a register."""
        return next((plan for plan in self.savings if plan.name == name), None)

    @property
    def for_customer(self) -> Self:
        """The same terms as the customer sees them: without the supplier's costs, and without who shares its price."""
        charges = tuple(charge.for_customer for charge in self.charges)
        hidden: dict[str, object] = {}
        if self.statement is not None and self.statement.costs:
            hidden["statement"] = self.statement.without_costs
        if self.sharing is not None or charges != self.charges:
            hidden |= {"sharing": None, "charges": charges}
        return self.model_copy(update=hidden) if hidden else self

    def factor_days(self, saving: str) -> frozenset[date]:
        """List the days from which on a saving that is joined has another factor: they divide its months."""
        carriers = (carrier for use in self.usages for carrier in use.joined if carrier.saving == saving)
        return frozenset(day for carrier in carriers for day in carrier.changes)

    def use(self, name: str) -> NamedUse:
        """Find the use that a charge or a formula names: a named use, or else that of the register with this key."""
        named = self._uses
        if name not in named:
            named[name] = NamedUse(name=name, registers=(name,))
        return named[name]

    @cached_property
    def _uses(self) -> dict[str, NamedUse]:
        """The named uses by name, of two of one name the first; and those of registers that were asked for."""
        return {use.name: use for use in reversed(self.usages)}
