"""A rule tried on a use: pure, with no contract and no database, for anyone to check."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.clause import Terms, Usage
from contracts.contract import CurrencyCode
from contracts.money import Amount, Money, Rounding
from contracts.pricing import PricingRule
from metering.document import WholeNumber
from metering.meter import UnitSymbol
from metering.quantity import Magnitude


class TriedUsage(Terms):
    """The use of one period: a quantity in a unit, or days for a rule that counts nothing."""

    quantity: Annotated[Magnitude, Field(ge=0)] | None = None
    unit: UnitSymbol = "each"
    days: Annotated[WholeNumber, Field(ge=1)] = 1
    days_of_whole: Annotated[WholeNumber, Field(ge=1)] = 1


class Trial(Terms):
    """Rules, each rated on the same use."""

    rules: Annotated[tuple[PricingRule, ...], Field(min_length=1)]
    usage: TriedUsage
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


class TrialResult(BaseModel):
    """Lines in the order of the rules and of their parts, and the sum of their nets."""

    lines: tuple[TriedLine, ...]
    net: Amount
    currency: str


def try_rules(trial: Trial) -> TrialResult:
    """Rate a use against rules.

    Raises:
        IncompatibleUnit: the use is of another kind than a rule prices.
        NegativeUse: a rule prices use, and none is given.
    """
    usage = Usage(trial.usage.quantity, trial.usage.unit, trial.usage.days, trial.usage.days_of_whole)
    lines = tuple(
        TriedLine(
            rule=rule.kind,
            label=rated.label,
            quantity=rated.quantity,
            unit=rated.unit,
            unit_price=rated.unit_price,
            amount=rated.amount,
            net=Money(rated.amount, trial.currency).rounded(trial.rounding).amount,
        )
        for rule in trial.rules
        for rated in rule.rate(usage)
    )
    return TrialResult(lines=lines, net=sum((line.net for line in lines), Decimal(0)), currency=trial.currency)
