"""Rules and contracts tried on a use: pure, with no database, for anyone to check."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from contracts.clause import RatedLine, Usage
from contracts.composition import compose
from contracts.contract import Contract
from contracts.indexation.indexation import IndexValue, Month
from contracts.rules import ChargeRule
from contracts.schedule import Billing, BillingPeriod, Life
from contracts.settings import CurrencyCode
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import WholeNumber
from quantities.errors import Invalid
from quantities.money import Amount, Money
from quantities.names import Name, UnitSymbol
from quantities.number import ARITHMETIC_DIGITS
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

_FIRST = date(2001, 1, 1)


class TriedPart(Terms):
    """A part of a use: what it is told apart by, as band, dimensions, state and cause."""

    quantity: Magnitude
    labels: Mapping[Name, str] = {}


class TriedValue(Terms):
    """A published value of a month, as in 2026-03."""

    series: Name
    month: Month
    value: Magnitude


class TriedUsage(Terms):
    """The use of one period: a quantity in a unit, its parts, or days for a rule that counts nothing.

    Attributes:
        quantity: in ``unit``; the sum of the parts, unless it is said.
        unit: a listed unit.
        parts: for a rule that tells a use apart.
        beside: further uses, by the names that the rule gives them.
        amounts: of other charges, for a rule that is over them.
        published: values of the series that the rule prices by.
        days: billed.
        days_of_whole: of the period that they are part of.
        first: the first day billed, for what happens on a day.
        opening: what an earlier trial of the rule closed with.
    """

    quantity: Magnitude | None = None
    unit: UnitSymbol = "each"
    parts: tuple[TriedPart, ...] = ()
    beside: "Mapping[Name, TriedUsage]" = Field(default_factory=dict)
    amounts: Mapping[Name, Amount] = {}
    published: tuple[TriedValue, ...] = ()
    days: Annotated[WholeNumber, Field(ge=1)] | None = None
    days_of_whole: Annotated[WholeNumber, Field(ge=1)] | None = None
    first: date = _FIRST
    opening: Mapping[str, Any] = {}

    @model_validator(mode="after")
    def _is_a_part(self) -> Self:
        if self.days is not None and self.days_of_whole is not None and self.days > self.days_of_whole:
            raise ValueError("a part of a period has no more days than the whole")
        return self

    def value(self, starts: date | None = None) -> Usage:
        """Make the value that a rule rates."""
        quantity = self.quantity
        if quantity is None and self.parts:
            quantity = added(part.quantity for part in self.parts)
        whole = self.days_of_whole or self.days or 1
        last = self.first + timedelta(days=self.days or whole)
        return Usage(
            quantity,
            self.unit,
            BillingPeriod(self.first, last, self.first, self.first + timedelta(days=whole)),
            Life(starts or self.first, None, Billing()),
            tuple(Part(part.quantity, dict(part.labels)) for part in self.parts),
            {name: each.value(starts) for name, each in self.beside.items()},
            dict(self.amounts),
            {(each.series, each.month): each.value for each in self.published},
            dict(self.opening),
        )


class Trial(Terms):
    """Rules, each rated on the same use; ``starts`` is the first day of the contract, for windows and ages."""

    rules: Annotated[tuple[ChargeRule, ...], Field(min_length=1)]
    usage: TriedUsage
    starts: date | None = None
    currency: CurrencyCode = "EUR"
    rounding: Rounding = Rounding.HALF_UP


class TriedLine(BaseModel):
    """A rated line: the amount unrounded, the net rounded by the trial's rule."""

    rule: str
    label: str
    quantity: Magnitude
    unit: str
    unit_price: Amount
    amount: Amount
    net: Amount
    sum: str


class TrialResult(BaseModel):
    """Lines in the order of the rules and of their parts, the sum of their nets, and what each rule carries on."""

    lines: tuple[TriedLine, ...]
    net: Amount
    currency: str
    closing: tuple[Mapping[str, Any], ...]


class ContractTrial(Terms):
    """A whole contract, rated over one period on uses by charge; those of charges over amounts alone are not said.

    Attributes:
        contract: the terms.
        uses: by the name of the charge.
        first: the first day billed; the contract's start, unless it is said.
        indices: values by index and month, for prices that follow some.
        opening: what an earlier trial of the contract closed with.
    """

    contract: Contract
    uses: Mapping[Name, TriedUsage] = {}
    first: date | None = None
    indices: Mapping[Name, Mapping[Month, Magnitude]] = {}
    opening: Mapping[str, Any] = {}


class ContractTrialResult(BaseModel):
    """Lines in the order of the charges and of their parts, the sum of their nets, and what the contract carries on."""

    period: str
    lines: tuple[TriedLine, ...]
    net: Amount
    currency: str
    closing: Mapping[str, Any]


class NoSuchPeriod(Invalid):
    """A contract is tried over a billing period of its own."""


def try_contract(trial: ContractTrial) -> ContractTrialResult:
    """Rate a contract over one of its billing periods, without a database: each line rounded by the contract's rule.

    Raises:
        NoSuchPeriod: no period of the contract begins on the day.
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    contract, first = trial.contract, trial.first or trial.contract.starts
    period = contract.period_from(first)
    if period is None:
        raise NoSuchPeriod(f"no period of {contract.contract} begins on {first}", found=str(first))

    def lookup(index: str, month: str) -> IndexValue | None:
        value = trial.indices.get(index, {}).get(month)
        return None if value is None else IndexValue(index, month, value)

    uses = {name: each.value(contract.starts) for name, each in trial.uses.items()}
    composed = compose(contract, period, uses, dict(trial.opening), lookup)
    rounding = contract.settings.rounding
    lines = tuple(
        _line(each.charge.name, rated, contract.currency, rounding) for each in composed for rated in each.lines
    )
    closing = {each.charge.name: each.closing for each in composed if each.closing}
    net = sum((line.net for line in lines), Decimal(0))
    return ContractTrialResult(period=str(period), lines=lines, net=net, currency=contract.currency, closing=closing)


def try_rules(trial: Trial) -> TrialResult:
    """Rate a use against rules.

    Raises:
        IncompatibleUnit: the use is of another kind than a rule prices.
        NegativeUse: a rule prices use, and none is given.
        UnpricedUse: a part of the use has no price.
    """
    usage = trial.usage.value(trial.starts)
    lines, closing = [], []
    with localcontext(prec=ARITHMETIC_DIGITS):
        for rule in trial.rules:
            closing.append(rule.close(usage))
            lines += [_line(rule.kind, rated, trial.currency, trial.rounding) for rated in rule.rate(usage)]
    net = sum((line.net for line in lines), Decimal(0))
    return TrialResult(lines=tuple(lines), net=net, currency=trial.currency, closing=tuple(closing))


def _line(rule: str, rated: RatedLine, currency: str, rounding: Rounding) -> TriedLine:
    return TriedLine(
        rule=rule,
        label=rated.label,
        quantity=rated.quantity,
        unit=rated.unit,
        unit_price=rated.unit_price,
        amount=rated.amount,
        net=Money(rated.amount, currency).rounded(rounding).amount,
        sum=rated.arithmetic,
    )
