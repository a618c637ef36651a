"""A preview of pricing: rules and contracts rated on a stated use, without a database."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from difflib import get_close_matches
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, Field, model_validator

from contracts.charge import Charge
from contracts.composition import compose
from contracts.contract import Contract
from contracts.indexation.lookup import IndexValue, Month
from contracts.net_amounts import agreed_lines, billed_lines
from contracts.rated_line import RatedLine
from contracts.rated_usage import Usage
from contracts.rules import ChargeRule
from contracts.schedule import Billing, BillingPeriod, Life
from contracts.settings import CurrencyCode
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import Fault, FaultyDocument, WholeNumber
from quantities.errors import Invalid
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import ARITHMETIC_DIGITS
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

_FIRST = date(2001, 1, 1)
LAST_DAY = date(2199, 12, 31)
#: A day of a trial: in the years that contracts and readings may have.
TrialDay: TypeAlias = Annotated[date, Field(ge=date(1900, 1, 2), le=LAST_DAY)]


class TriedPart(Terms):
    """A part of a use, with the labels that a rule tells parts by: band, dimensions, state and cause."""

    quantity: Magnitude
    labels: Mapping[Name, str] = {}


class TriedValue(Terms):
    """A published value of a series, of a month such as 2026-03."""

    series: Name
    month: Month
    value: Magnitude


class TriedUsage(Terms):
    """The use of one period: a quantity in a unit, its parts, or days for a rule that counts nothing.

    Attributes:
        quantity: in ``unit``; without it, the sum of the parts.
        unit: a listed unit.
        parts: for a rule that prices bands, dimensions, events or states.
        beside: further uses that the rule needs, by the names that the rule gives them.
        amounts: of other charges, for a rule that is computed from them.
        published: values of the series that the rule prices by.
        days: the number of billed days.
        days_of_whole: the number of days of the whole period.
        first: the first billed day.
        opening: the closing state of an earlier trial of the rule.
    """

    quantity: Magnitude | None = None
    unit: UnitSymbol = "each"
    parts: tuple[TriedPart, ...] = ()
    beside: "Mapping[Name, TriedUsage]" = Field(default_factory=dict)
    amounts: Mapping[Name, Amount] = {}
    published: tuple[TriedValue, ...] = ()
    days: Annotated[WholeNumber, Field(ge=1)] | None = None
    days_of_whole: Annotated[WholeNumber, Field(ge=1)] | None = None
    first: TrialDay = _FIRST
    opening: Mapping[str, Any] = {}

    @model_validator(mode="after")
    def _is_a_part(self) -> Self:
        if self.days is not None and self.days_of_whole is not None and self.days > self.days_of_whole:
            raise ValueError("a part of a period has no more days than the whole")
        if self.first.toordinal() + (self.days_of_whole or self.days or 1) > LAST_DAY.toordinal() + 1:
            raise ValueError(f"its days end by {LAST_DAY}")
        return self

    def to_usage(self, starts: date | None = None) -> Usage:
        """Make the usage that a rule rates; ``starts`` is the contract's first day, ``first`` where it is not given."""
        quantity = self.quantity
        if quantity is None and self.parts:
            quantity = added(part.quantity for part in self.parts)
        whole = self.days_of_whole or self.days or 1
        last = self.first + timedelta(days=self.days or whole)
        return Usage(
            quantity=quantity,
            unit=self.unit,
            period=BillingPeriod(self.first, last, self.first, self.first + timedelta(days=whole)),
            life=Life(starts or self.first, None, Billing()),
            parts=tuple(Part(part.quantity, dict(part.labels)) for part in self.parts),
            auxiliary_usage={name: use.to_usage(starts) for name, use in self.beside.items()},
            amounts=dict(self.amounts),
            published={(value.series, value.month): value.value for value in self.published},
            opening=dict(self.opening),
        )


class Trial(Terms):
    """Rules that are rated on the same use; ``starts`` is the contract's first day, for windows and ages."""

    rules: Annotated[tuple[ChargeRule, ...], Field(min_length=1)]
    usage: TriedUsage
    starts: TrialDay | None = None
    currency: CurrencyCode = "EUR"
    rounding: Rounding = Rounding.HALF_UP


class TriedLine(BaseModel):
    """A rated line: the amount unrounded, the net rounded as an invoice would have it."""

    rule: str
    label: str
    quantity: Magnitude
    unit: str
    unit_price: Amount
    amount: Amount
    net: Amount
    sum: str


class TrialResult(BaseModel):
    """Lines in the order of the rules and of their parts, the sum of their nets, and the rules' closing states."""

    lines: tuple[TriedLine, ...]
    net: Amount
    currency: str
    closing: tuple[Mapping[str, Any], ...]


class ContractTrial(Terms):
    """A whole contract that is rated over one of its billing periods.

    Attributes:
        contract: the terms.
        uses: by the name of the charge; of charges that price use or need an auxiliary usage.
        first: the first billed day; without it, the contract's start.
        indices: values by index and month, for prices that follow an index.
        opening: the closing state of an earlier trial of the contract.
    """

    contract: Contract
    uses: Mapping[Name, TriedUsage] = {}
    first: TrialDay | None = None
    indices: Mapping[Name, Mapping[Month, Magnitude]] = {}
    opening: Mapping[str, Any] = {}


class ContractTrialResult(BaseModel):
    """Lines in the order of the charges and of their parts, the sum of their nets, and the closing states by charge."""

    period: str
    lines: tuple[TriedLine, ...]
    net: Amount
    currency: str
    closing: Mapping[str, Any]


class NoSuchPeriod(Invalid):
    """No billing period of the contract begins on the day."""


def try_contract(trial: ContractTrial) -> ContractTrialResult:
    """Rate a contract over one of its billing periods, without a database: the lines and net amounts of its invoice.

    Raises:
        FaultyDocument: a charge has no use, or a use has no charge.
        NoSuchPeriod: no period of the contract begins on the day.
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    charges = {charge.name: charge for charge in trial.contract.charges}
    faults = list(faults_of_uses(charges, trial.uses, "/uses"))
    if faults:
        raise FaultyDocument(faults)
    contract, first = trial.contract, trial.first or trial.contract.starts
    period = contract.period_from(first)
    if period is None:
        detail = f"no period of {contract.contract} begins on {first}"
        raise NoSuchPeriod(detail, place="first", found=str(first), expected="the first day of a billing period")

    def lookup(index: str, month: str) -> IndexValue | None:
        value = trial.indices.get(index, {}).get(month)
        return None if value is None else IndexValue(index, month, value)

    uses = {name: use.to_usage(contract.starts) for name, use in trial.uses.items()}
    composed = compose(contract, period, uses, dict(trial.opening), lookup)
    lines = tuple(
        tried_line(charge.charge.name, rated, net)
        for charge in composed
        for rated, net in agreed_lines(charge, contract)
    )
    closing = {charge.charge.name: charge.closing for charge in composed if charge.closing}
    net = added(line.net for line in lines)
    return ContractTrialResult(period=str(period), lines=lines, net=net, currency=contract.currency, closing=closing)


def try_rules(trial: Trial) -> TrialResult:
    """Rate a use by some rules.

    Raises:
        IncompatibleUnit: a rule prices another kind of quantity than the use.
        NegativeUse: a rule prices use, and none is stated.
        UnpricedUse: a part of the use has no price.
        UnopenedState: the opening state is not of the rule.
    """
    usage = replace(trial.usage.to_usage(trial.starts), currency=trial.currency)
    lines, closing = [], []
    with localcontext(prec=ARITHMETIC_DIGITS):
        for rule in trial.rules:
            opened = replace(usage, opening=rule.open(usage.opening, usage))
            closing.append(rule.state(opened))
            billed = billed_lines(rule.rate(opened), trial.currency, trial.rounding)
            lines += [tried_line(rule.kind, rated, net) for rated, net in billed]
    net = added(line.net for line in lines)
    return TrialResult(lines=tuple(lines), net=net, currency=trial.currency, closing=tuple(closing))


def faults_of_uses(charges: Mapping[str, Charge], uses: Mapping[str, TriedUsage], path: str) -> Iterator[Fault]:
    """Find charges without a use that they need, and uses without a charge.

    Args:
        charges: whose uses are stated here, by name.
        uses: by the name of the charge.
        path: the place of ``uses`` in its document.
    """
    for name in uses:
        if name not in charges:
            nearest = next(iter(get_close_matches(name, charges, n=1)), "")
            yield Fault(f"{path}/{name}", "no-such-charge", "no charge has this name", name, nearest)
    for name, charge in charges.items():
        if charge.rule.counts and name not in uses:
            yield Fault(path, "no-use", f"{name} prices a use: state it, also where it is 0", "", name)
        for purpose in sorted(charge.rule.needs_beside):
            if purpose not in (uses[name].beside if name in uses else {}):
                detail = f"{name} needs {purpose} beside its use"
                yield Fault(f"{path}/{name}/beside", "no-use", detail, "", purpose)


def tried_line(rule: str, rated: RatedLine, net: Decimal) -> TriedLine:
    """Show a rated line with its net amount; ``rule`` names its rule or its charge."""
    return TriedLine(
        rule=rule,
        label=rated.label,
        quantity=rated.quantity,
        unit=rated.unit,
        unit_price=rated.unit_price,
        amount=rated.amount,
        net=net,
        sum=rated.written_out,
    )
