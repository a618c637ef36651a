"""A charge: a named price, the use that it prices, the index that moves it, and how its amount is spread and shared."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.clause import Stage
from contracts.included import Included
from contracts.indexation.indexation import Indexed, days_of_moves
from contracts.indexation.lookup import Lookup
from contracts.instalments import Instalments
from contracts.rated_line import Nature, RatedLine
from contracts.rules import ChargeRule
from contracts.schedule import BillingPeriod, Per
from contracts.sharing.waterfall import Waterfall
from contracts.split import SplitTerms
from contracts.taxed import TaxTerms
from contracts.weights import Weights
from quantities.document import YesOrNo
from quantities.names import Name
from quantities.terms import Terms, nothing_by_name

_PLACES = {stage: place for place, stage in enumerate(Stage)}


class Allocation(Terms):
    """From a day on, the weights by which an amount is spread over accounting tags; the parts add up to the cent."""

    first: date
    weights: Weights

    @model_validator(mode="after")
    def _weighs_something(self) -> Self:
        if not any(self.weights.values()):
            raise ValueError("weights are not all zero")
        return self


class Charge(Terms):
    """A named price.

    Attributes:
        name: unique in the contract; what the invoice calls it.
        instalments: amounts on account, settled when a window ends; without them, its use is billed as it comes.
        split: over which parts its amount is divided, by what each of them used; each share is a line of its own.
        continues: the name that this charge had in the version before: it goes on from what that one carried.
        rule: how the price is computed.
        register_key: (``register``) the register whose use is priced; none for a rule that counts nothing.
        usage: a named use instead of a register.
        beside: registers or named uses that the rule takes into account as well, by the rule's names for them.
        included: the quantity that costs nothing.
        index: how the prices move.
        nature: of the amount, for tax and accounting; without it, the rule's own.
        while_suspended: whether the days of a suspension are billed as well.
        tax: what decides its tax, where it is not as the contract says for all charges.
        tax_code: the supplied item's code: in the state's classification, a tax engine or an ERP system.
        revenue_account: the account to which it is posted.
        allocation: the weights by which it is spread over accounting tags, from a day on.
        payees: the weights by which the amount belongs to payees; without any, it is the supplier's. Of equal ones, as
            of equal tags, the first that is listed has the cent that is left.
        waterfall: instead of weights, the steps by which the amount of a period is shared.
        dimensions: for the customer's accounts: cost centre, order, asset number.
    """

    name: Name
    rule: ChargeRule
    register_key: Name | None = Field(default=None, alias="register")
    usage: Name | None = None
    beside: Mapping[Name, Name] = nothing_by_name()
    included: Included | None = None
    index: Indexed | None = None
    nature: Nature | None = None
    while_suspended: YesOrNo = False
    tax: Annotated[TaxTerms | None, Field(exclude_if=lambda terms: terms is None)] = None
    tax_code: Name | None = None
    revenue_account: Name | None = None
    allocation: tuple[Allocation, ...] = ()
    payees: Weights = nothing_by_name()
    waterfall: Annotated[Waterfall | None, Field(exclude_if=lambda terms: terms is None)] = None
    dimensions: Mapping[str, str] = nothing_by_name()
    instalments: Annotated[Instalments | None, Field(exclude_if=lambda instalments: instalments is None)] = None
    split: Annotated[SplitTerms | None, Field(exclude_if=lambda split: split is None)] = None
    continues: Annotated[Name | None, Field(exclude_if=lambda name: name is None)] = None

    @property
    def as_listed(self) -> tuple[object, ...]:
        """The order in which it lists payees and tags, which no comparison of weights tells."""
        return tuple(self.payees), *(tuple(allocation.weights) for allocation in self.allocation)

    @property
    def order(self) -> tuple[int, bool]:
        """When it is computed: by its stage, and within it those over amounts last."""
        return _PLACES[self.rule.stage], self.rule.sees_amounts

    @property
    def counted(self) -> str | None:
        """The name of the use that it prices: a register's key, or a named use; None for a rule that counts nothing."""
        return self.usage or self.register_key

    @property
    def taxed_on(self) -> date | None:
        """The day whose tax it bears, where that is not the last of its days: of a prepayment, when it is claimed."""
        return self.rule.claimed_on if (self.nature or self.rule.nature) is Nature.PREPAYMENT else None

    def pieces(
        self,
        period: BillingPeriod,
        lookup: Lookup | None,
        others: frozenset[date] = frozenset(),
        disputed: frozenset[date] = frozenset(),
    ) -> tuple[BillingPeriod, ...]:
        """Cut billed days where the charge's price moves and the days after are priced by it; elsewhere they are whole.

        Args:
            period: the billed days.
            lookup: finds the value of an index; without it, no price moves.
            others: days from which another charge is computed otherwise from this one; a charge over use is cut there.
            disputed: days from which it is in dispute, or is no longer.
        """
        if not (disputed or others or self.index) or not self.rule.is_priced_by_days:
            return (period,)
        cuts = disputed | others if self.rule.counts else disputed
        days = {day for day in cuts if period.first < day < period.after_last}
        if self.index is not None and lookup is not None:
            days.update(days_of_moves(self.index.clause, period.first, period.after_last, lookup))
        if not days:
            return (period,)
        edges = (period.first, *sorted(days), period.after_last)
        parts = (period.meet(first, after_last) for first, after_last in pairwise(edges))
        return tuple(part for part in parts if part is not None)

    def nature_of(self, line: RatedLine, over: Nature = Nature.CONSIDERATION) -> Nature:
        """Tell the nature of a line's amount: what the charge states, else what the rule says of the line or of all.

        Args:
            line: of the charge.
            over: the kind of the amounts that it is computed from: a bound of damages, or a discount off them, is
                damages itself.
        """
        if line.of and line.nature is not None:
            return line.nature
        if over is not Nature.CONSIDERATION:
            return self.nature or over
        # By arithmetic 1, what the rule says of a line went before what the charge states.
        if self.nature is not None and self.rule.number_of_arithmetic > 1:
            return self.nature
        return line.nature or self.nature or self.rule.nature

    @property
    def for_customer(self) -> Self:
        """The same charge as the customer sees it: without those who share its price."""
        return self.model_copy(update={"payees": {}, "waterfall": None}) if self.payees or self.waterfall else self

    @property
    def uses_named(self) -> tuple[str, ...]:
        """The registers and named uses that it counts for anything: its price, beside it, and to split it."""
        names = [self.counted, *self.beside.values()]
        names += [use for use, _ in self.split.asked.values()] if self.split is not None else []
        return tuple(name for name in names if name is not None)

    @property
    def is_stateful(self) -> bool:
        """Whether a billing period depends on those before it."""
        pooled = self.included is not None and (self.included.per is not Per.PERIOD or self.included.carry_forward > 0)
        return self.rule.is_stateful or pooled or self.instalments is not None

    @model_validator(mode="after")
    def _converts_nothing(self) -> Self:
        if self.tax is not None and self.tax.rate_of_exchange is not None:
            raise ValueError("the tax of a document is converted at one rate: state it for the contract")
        return self

    @model_validator(mode="after")
    def _counts_what_it_prices(self) -> Self:
        if self.usage is not None and self.register_key is not None:
            raise ValueError("a charge prices a register or a named use: name one of both")
        if self.rule.counts and self.counted is None:
            raise ValueError(f"{self.rule.kind} prices use: name the register that counts it")
        if not self.rule.counts and self.counted is not None:
            raise ValueError(f"{self.rule.kind} counts nothing: it has no register")
        return self
