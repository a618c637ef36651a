"""What every pricing rule takes and gives: terms, the use of one billing period, and rated lines."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from metering.errors import Invalid
from metering.gas import STATES, gas_factor
from metering.number import ARITHMETIC_DIGITS, plain
from metering.quantity import exact_factor, times, unit


class NegativeUse(Invalid):
    """There is no less than none to rate; a correction is the difference of two ratings."""


class Terms(BaseModel):
    """A part of what was agreed: closed and frozen, so that a misspelt term is a fault and not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one billing period used, or, for a rule without a register, only how much of a period it is.

    Attributes:
        quantity: in ``unit``; None for a rule that counts nothing.
        unit: a listed unit; empty with no quantity.
        days: how many local days the billed part of the period has.
        days_of_whole: how many the whole period has that it is a part of.
    """

    quantity: Decimal | None = None
    unit: str = ""
    days: int = 1
    days_of_whole: int = 1


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One line of a charge, unrounded.

    Attributes:
        part: which part of the rule it is (the tier), from 0; with the charge's name it identifies the line.
        quantity: in ``unit``.
        unit: a listed unit, or ``each``.
        unit_price: per unit, unrounded.
        label: what distinguishes the part for a reader.
    """

    part: int
    quantity: Decimal
    unit: str
    unit_price: Decimal
    label: str = ""

    @property
    def amount(self) -> Decimal:
        """Quantity times unit price, unrounded."""
        with localcontext(prec=ARITHMETIC_DIGITS):
            return self.quantity * self.unit_price

    @property
    def arithmetic(self) -> str:
        """The line's sum as a person would write it down."""
        return f"{plain(self.quantity)} {self.unit} × {plain(self.unit_price)} = {plain(self.amount)}"


class Rule(Terms):
    """A pricing rule. Its arithmetic has a number; a change of it is a new number, and old ones stay callable."""

    counts: ClassVar[bool] = True  # whether it rates a register's use


def conversion(from_: str, to: str) -> Fraction:
    """Derive the exact factor between two units, across the reference states of a gas where both name one.

    Raises:
        IncompatibleUnit: they measure different things.
        UnknownUnit: one of them is not listed.
    """
    source, target = unit(from_), unit(to)
    if source.state and target.state:
        return gas_factor(STATES[source.state], STATES[target.state])
    return exact_factor(from_, to)


def in_unit(usage: Usage, to: str) -> Decimal:
    """Express a period's use in a rule's unit; the sum is converted, once, and never each reading.

    Raises:
        NegativeUse: there is less than none, or nothing was counted.
        IncompatibleUnit: the use has another kind.
    """
    if usage.quantity is None or usage.quantity < 0:
        raise NegativeUse(found=str(usage.quantity))
    return times(usage.quantity, conversion(usage.unit, to))
