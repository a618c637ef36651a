"""One rated charge, with all that a rule's steps are written from: its terms, its use, what it carried, the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from billing.proof.bundle.step_book import NOTHING, Step, StepBook, at_places, less, look, times
from billing.proof.bundle.uses import UseSteps
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.proration import SHARE_PLACES, Proration, position_360, thirties
from contracts.rated_line import RatedLine
from contracts.rated_usage import Usage
from contracts.schedule import BillingPeriod
from metering.usage.measure import Part
from quantities.terms import Terms

#: By part of the rule: the step of its quantity, and that of its unit price.
WrittenLines: TypeAlias = Mapping[int, tuple[Step, Step]]


@dataclass(frozen=True, slots=True)
class RuleScene:
    """A rated charge.

    Attributes:
        book: the files of the bundle.
        contract: the version whose terms count.
        composed: the charge as it was rated.
        lines: what its rule came to, before anything was made of its lines.
        file: of the version in the bundle.
        place: of the charge in it.
        opened: the place of what the rule opened with, in the states of the bundle.
        uses: what it counted.
        use: the step of the priced use, unrounded, in the unit of the rule; nothing of a rule that counts nothing.
        factor: the step of the factor on its prices; 1 where they follow nothing.
        reductions: the steps of what discounts before it take off the charges, by charge.
        counted_groups: the parts of the use by whose groups it is divided.
        amounts: the steps of the amounts that it is computed from, by charge.
    """

    book: StepBook
    contract: Contract
    composed: Composed
    lines: tuple[RatedLine, ...]
    file: str
    place: int
    opened: str
    uses: UseSteps
    use: Step
    factor: Step
    amounts: Mapping[str, Step]
    counted_groups: tuple[Part, ...] = ()
    reductions: Mapping[str, Sequence[Step]] = field(default_factory=dict)

    @property
    def usage(self) -> Usage:
        """What its rule rated."""
        return self.composed.usage

    # A rule has the terms of its own class; the writer of a rule knows which.
    @property
    def rule(self) -> Any:
        """Its rule, with its prices as an index has moved them."""
        return self.composed.rule

    def term(self, *path: object) -> Step:
        """Look a term of the rule up."""
        return self.term_of_charge("rule", *path)

    def term_of_charge(self, *path: object) -> Step:
        """Look a term of the charge up."""
        return look(self.file, "charges", self.place, *path)

    def price(self, *path: object) -> Step:
        """Look a price of the rule up, and move it as its index does."""
        step, indexed, place = self.term(*path), self.composed.charge.index, self.rule
        owner, name = place, ""
        for key in path:
            if isinstance(place, Terms):
                owner, name = place, str(key)
                place = getattr(place, name)
            else:
                place = place[key]
        if indexed is None or name not in type(owner).prices or (indexed.only and name not in indexed.only):
            return step
        moved = times(step, self.factor)
        return moved if indexed.price_places is None else at_places(moved, indexed.price_places, "half_up")

    def carried(self, *path: object) -> Step:
        """Look up what the rule opened with."""
        return look("states.json", "opened", self.opened, *path)

    def share(self, period: BillingPeriod, proration: Proration, places: int | None = None) -> Step:
        """The share of a window that its days are."""
        return share_of_window(period, proration, self.usage, places)


def share_of_window(period: BillingPeriod, proration: Proration, usage: Usage, places: int | None = None) -> Step:
    """The share of a window that its days are, as ``contracts/proration.py`` rounds it.

    Of months of thirty days the numbers of days are written down, for they follow from the two dates by convention.
    """
    if proration is Proration.NONE or period.days >= period.days_of_whole:
        return 1
    whole = days_between(period.whole_first, period.whole_after_last)
    days = days_between(period.first, period.after_last, usage.life.paused if period.paused else ())
    if proration is Proration.THIRTY_DAYS:
        whole = thirties(period.days_of_whole)
    elif proration is Proration.THIRTY_360:
        days = max(0, position_360(period.after_last) - position_360(period.first) - period.paused)
        whole = position_360(period.whole_after_last) - position_360(period.whole_first)
    at, rule = (SHARE_PLACES, "half_even") if places is None else (places, "half_up")
    return ["min", 1, at_places(["ratio", days, whole], at, rule)]


def days_between(first: date, after_last: date, paused: tuple[tuple[date, date], ...] = ()) -> Step:
    """Count days, but for those that are paused."""
    out = [(max(first, begin), min(after_last, end)) for begin, end in paused]
    steps = [["days", str(begin), str(end)] for begin, end in out if begin < end]
    return less(["days", str(first), str(after_last)], *steps)


def amount_of(quantity: Step, price: Step) -> Step:
    """Quantity times price."""
    return NOTHING if quantity in (0, None) else times(quantity, price)


def lump_of(step: Step) -> tuple[Step, Step]:
    """The line of an amount without a quantity."""
    return 1, step
