"""Prepaid credit, alerts and caps of what is spent, and invoices on account, as a contract has them.

Clause: "The customer holds a credit of at least 500 EUR and tops it up by 1,000 EUR. It is told when it has spent 1,000
and 1,800 EUR in a month, of at most 2,000 EUR. Once 500 EUR of use are not billed, an invoice on account is sent."
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.schedule import Per
from quantities.document import Fault, WholeNumber, refuse
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms

#: Windows over which is added up what is spent or used.
AlertWindow = Literal[Per.PERIOD, Per.MONTH, Per.YEAR]
_ALERTS_MAX = 50


class TopUpBy(StrEnum):
    """How a top-up is claimed: by a ``document`` that is collected as all others, or charged to the saved ``card``."""

    DOCUMENT = "document"
    CARD = "card"


class ToldBy(StrEnum):
    """How the customer is told of an alert, besides the event: by ``mail``, to where its documents are mailed."""

    MAIL = "mail"


class TopUp(Terms):
    """How prepaid credit is topped up; all amounts are net, in the contract's currency.

    Attributes:
        below: a top-up is claimed once less than this is left.
        by: so much is claimed.
        to: so much is claimed that the credit stands at this.
        through: how it is claimed.
        taxed_as: the charge whose tax it bears; without it, that of the first charge.
        expires_after_months: what is not used by then is lost; without it, credit does not expire.
    """

    below: Annotated[Amount, Field(ge=0)]
    by: Annotated[Amount | None, Field(gt=0, exclude_if=lambda amount: amount is None)] = None
    to: Annotated[Amount | None, Field(gt=0, exclude_if=lambda amount: amount is None)] = None
    through: TopUpBy = TopUpBy.DOCUMENT
    taxed_as: Annotated[Name | None, Field(exclude_if=lambda name: name is None)] = None
    expires_after_months: Annotated[
        WholeNumber | None, Field(ge=1, le=1200, exclude_if=lambda months: months is None)
    ] = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if (self.by is None) is (self.to is None):
            yield Fault(
                "/by",
                "one-of-several",
                "a top-up is by an amount, or to one",
                "both" if self.by else "none",
                "by or to",
            )
        elif self.to is not None and self.to <= self.below:
            detail = f"a credit of {plain(self.to)} is claimed once less than {plain(self.below)} is left"
            yield Fault("/to", "not-above", detail, plain(self.to), f"more than {plain(self.below)}")

    def amount_from(self, left: Decimal) -> Decimal:
        """Compute what is claimed where so much is left."""
        return self.by if self.by is not None else (self.to or Decimal(0)) - left


class AlertThreshold(Terms):
    """What is reached when an alert fires: one of an amount, a quantity, and a percentage of the cap.

    Attributes:
        amount: net, in the contract's currency.
        quantity: in ``unit``.
        unit: of the quantity.
        percent: of the cap.
    """

    amount: Annotated[Amount | None, Field(gt=0, exclude_if=lambda amount: amount is None)] = None
    quantity: Annotated[Magnitude | None, Field(gt=0, exclude_if=lambda quantity: quantity is None)] = None
    unit: Annotated[UnitSymbol | None, Field(exclude_if=lambda unit: unit is None)] = None
    percent: Annotated[Magnitude | None, Field(gt=0, exclude_if=lambda percent: percent is None)] = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        stated = [name for name in ("amount", "quantity", "percent") if getattr(self, name) is not None]
        if len(stated) != 1:
            detail = "a threshold is an amount, a quantity, or a percentage of the cap"
            yield Fault("", "one-of-several", detail, ", ".join(stated) or "none", "amount, quantity or percent")
        elif (self.quantity is None) is not (self.unit is None):
            detail = "a quantity has a unit, and nothing else has one"
            yield Fault("/unit", "quantity-of-nothing", detail, self.unit or "none", "a quantity and its unit")


class SpendingAlert(Terms):
    """When the customer is told what it has spent or used.

    Attributes:
        at: what is reached then.
        of: a charge, by name, whose billed use is meant by a quantity, and whose price by an amount; without it, all.
        per: over which window: the billing period, or the month or year in which it begins.
        tell: how, besides the event.
    """

    at: AlertThreshold
    of: Annotated[Name | None, Field(exclude_if=lambda name: name is None)] = None
    per: AlertWindow = Per.PERIOD
    tell: tuple[ToldBy, ...] = ()


class SpendingCap(Terms):
    """What is not to be exceeded: it warns, and stops nothing by itself.

    Attributes:
        amount: net, in the contract's currency.
        per: over which window.
        tell: how the customer is told when it is reached, besides the event.
    """

    amount: Annotated[Amount, Field(gt=0)]
    per: AlertWindow = Per.PERIOD
    tell: tuple[ToldBy, ...] = ()


class OnAccountTerms(Terms):
    """When use that is not billed yet is billed on account.

    Attributes:
        each: net: as often as the use of an open period reaches a further multiple of it.
    """

    each: Annotated[Amount, Field(gt=0)]


class SpendingTerms(Terms):
    """What is agreed of spending.

    Attributes:
        top_up: how prepaid credit is topped up; without it, on demand alone.
        alerts: of what is spent or used.
        cap: of what is spent.
        on_account: when use is billed before its period ends.
    """

    top_up: Annotated[TopUp | None, Field(exclude_if=lambda terms: terms is None)] = None
    alerts: Annotated[tuple[SpendingAlert, ...], Field(max_length=_ALERTS_MAX)] = ()
    cap: Annotated[SpendingCap | None, Field(exclude_if=lambda terms: terms is None)] = None
    on_account: Annotated[OnAccountTerms | None, Field(exclude_if=lambda terms: terms is None)] = None

    @property
    def looks(self) -> bool:
        """Whether something of it depends on what is spent or left, so that it is looked at."""
        return bool(self.alerts) or any(terms is not None for terms in (self.top_up, self.cap, self.on_account))


def threshold_text(at: AlertThreshold) -> str:
    """Write a threshold for its reader."""
    if at.percent is not None:
        return f"{plain(trimmed(at.percent))} % of the cap"
    if at.quantity is not None:
        return f"{plain(trimmed(at.quantity))} {at.unit}"
    return plain(trimmed(at.amount or Decimal(0)))
