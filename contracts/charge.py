"""A charge: a named price, of what use, moved by which index, spread and shared by which weights."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.clause import Nature
from contracts.included import Included
from contracts.indexation.indexation import Indexed
from contracts.rules import ChargeRule
from contracts.schedule import Per
from quantities.document import YesOrNo
from quantities.names import Name
from quantities.quantity import Magnitude
from quantities.terms import Terms


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
    def is_stateful(self) -> bool:
        """Whether a billing period depends on those before it."""
        pooled = self.included is not None and (self.included.per is not Per.PERIOD or self.included.carry_forward > 0)
        return self.rule.is_stateful or pooled

    @model_validator(mode="after")
    def _counts_what_it_prices(self) -> Self:
        if self.usage is not None and self.register_key is not None:
            raise ValueError("a charge prices a register or a named use: name one of both")
        if self.rule.counts and self.counted is None:
            raise ValueError(f"{self.rule.kind} prices use: name the register that counts it")
        if not self.rule.counts and self.counted is not None:
            raise ValueError(f"{self.rule.kind} counts nothing: it has no register")
        return self
