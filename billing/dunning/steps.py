"""Which step of a document is due, what it claims, and what of earlier ones turns out not to be owed. All pure.

settled, void, all disputed      nothing
paused, deferred, on its way     nothing yet
else                             the next step, on the day that the terms say; never two at once, and each as many
                                 days after the one before it as the terms have between them
a fact that came late            a step whose document was settled as its day began is withdrawn, with its fee;
                                 interest beyond what the days come to is given back
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from billing.dunning.interest import DeferredDays, DueBalance, InterestDays, interest_days, interest_of
from contracts.dunning_terms import DunningKind, DunningStep, DunningTerms
from contracts.indexation.lookup import Lookup

_A_DAY = timedelta(days=1)
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class MadeStep:
    """A step that was made and stands.

    Attributes:
        id: its key.
        place: its place among the terms' steps, from 0; a further letter that a person ordered has the next ones.
        on: the day of its letter.
        fee: that it claimed.
    """

    id: int
    place: int
    on: date
    fee: Decimal = _NOTHING


@dataclass(frozen=True, slots=True)
class ClaimedBefore:
    """What was claimed of a document, less what was given back.

    Attributes:
        fee: of fees.
        interest: of interest.
        through: the last day whose interest was claimed; None where none was.
    """

    fee: Decimal = _NOTHING
    interest: Decimal = _NOTHING
    through: date | None = None


@dataclass(frozen=True, slots=True)
class LateDocument:
    """What is known of a document by now.

    Attributes:
        due_on: until when it is to be paid.
        currency: of its amounts.
        balances: what of it was open and not disputed, from the day it was issued on.
        steps: that were made and stand, in order.
        claimed: what was claimed of it.
        deferred: days on which it is not late.
        paused: the last day of a pause that is not over; ``date.max`` of one without an end; None where there is none.
        on_its_way: whether a debit or a charge of it is under way.
        refused_on: the day on which the last charge of it was refused.
        ordered: whether a person has ordered its next step.
    """

    due_on: date
    currency: str
    balances: tuple[DueBalance, ...]
    steps: tuple[MadeStep, ...] = ()
    claimed: ClaimedBefore = field(default_factory=ClaimedBefore)
    deferred: tuple[DeferredDays, ...] = ()
    paused: date | None = None
    on_its_way: bool = False
    refused_on: date | None = None
    ordered: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it is open and not disputed now."""
        return not self.balances or self.balances[-1].amount <= 0

    def before(self, day: date) -> Decimal:
        """What of it was open and not disputed as a day began."""
        return next((balance.amount for balance in reversed(self.balances) if balance.day < day), _NOTHING)

    @property
    def late_from(self) -> date:
        """The day until which it is to be paid, or was put off."""
        last = [days.last for days in self.deferred if days.last is not None and days.first <= days.last]
        return max([self.due_on, *last])

    def is_deferred(self, day: date) -> bool:
        """Whether it is put off on a day."""
        return any(days.covers(day) for days in self.deferred)


@dataclass(frozen=True, slots=True)
class LateClaim:
    """What is claimed of a document for the delay, or given back of it.

    Attributes:
        fee: below zero, what is given back.
        interest: likewise.
        through: the last day whose interest is claimed; None where none is.
        days: all days that bear interest by now, of which that is the sum less what was claimed before.
        before: what was claimed before.
    """

    fee: Decimal
    interest: Decimal
    through: date | None
    days: tuple[InterestDays, ...]
    before: ClaimedBefore

    @property
    def amount(self) -> Decimal:
        """In all."""
        return self.fee + self.interest


@dataclass(frozen=True, slots=True)
class DunningLook:
    """What is to be done about a document today.

    Attributes:
        step: the place of the step that is due; None where none is.
        next_on: the day on which something may be due next; None until something happens to it.
        withdrawn: steps that turn out not to have been due.
        is_late: whether something of it is late, so that a service that was stopped for it stays so.
    """

    step: int | None = None
    next_on: date | None = None
    withdrawn: tuple[MadeStep, ...] = ()
    is_late: bool = False


def look(document: LateDocument, terms: DunningTerms, today: date) -> DunningLook:
    """Say what is to be done about a document.

    Args:
        document: as it is known now.
        terms: that were recorded with it.
        today: in its supplier's books.
    """
    withdrawn = tuple(step for step in document.steps if document.before(step.on) <= 0)
    standing = [step for step in document.steps if step not in withdrawn]
    is_late = not document.is_settled and today > document.late_from and not document.is_deferred(today)
    if document.is_settled:
        return DunningLook(withdrawn=withdrawn)
    step, next_on = _next(document, standing, terms, today)
    return DunningLook(step, next_on, withdrawn, is_late)


def _next(
    document: LateDocument, standing: Sequence[MadeStep], terms: DunningTerms, today: date
) -> tuple[int | None, date | None]:
    """Say which step is due, or else on which day to look again."""
    place = len(standing)
    is_over = place >= len(terms.steps)
    if is_over and not document.ordered:
        return None, None
    if document.is_deferred(today):
        return None, _after_deferral(document, today)
    # what is open again since today only: nobody is written to about a day that is not over
    if document.on_its_way or document.before(today) <= 0:
        return None, today + _A_DAY
    if document.ordered and today > document.late_from:
        return place, None
    return (None, None) if is_over else _by_terms(document, standing, terms, today)


def _by_terms(
    document: LateDocument, standing: Sequence[MadeStep], terms: DunningTerms, today: date
) -> tuple[int | None, date | None]:
    """Say the same where no person has ordered the step."""
    if document.paused is not None:
        return None, None if document.paused == date.max else document.paused + _A_DAY
    on = due_day(document, standing, terms, len(standing))
    return (len(standing), None) if on <= today else (None, on)


def _after_deferral(document: LateDocument, today: date) -> date | None:
    ends = [days.last for days in document.deferred if days.covers(today)]
    known = [last for last in ends if last is not None]
    return max(known) + _A_DAY if len(known) == len(ends) else None


def due_day(document: LateDocument, standing: Sequence[MadeStep], terms: DunningTerms, place: int) -> date:
    """Name the day on which a step is due: by the terms, but never sooner after the one before it than they say."""
    step = terms.steps[place]
    on = document.late_from + timedelta(days=step.after_days)
    if place and standing:
        between = step.after_days - terms.steps[place - 1].after_days
        return max(on, standing[-1].on + timedelta(days=between))
    if terms.at_once_when_refused and document.refused_on is not None:
        on = min(on, max(document.refused_on, document.late_from + _A_DAY))
    return on


def step_at(terms: DunningTerms, place: int) -> DunningStep:
    """The step of a place; a letter beyond the last one, which a person ordered, is as the last."""
    return terms.steps[min(place, len(terms.steps) - 1)]


def claim_of(document: LateDocument, terms: DunningTerms, place: int, today: date, lookup: Lookup) -> LateClaim:
    """Say what a step claims of a document on a day.

    Raises:
        IndexValueMissing: a value of the base rate is not known.
    """
    step, claimed = step_at(terms, place), document.claimed
    fee = step.fee if step.fee is not None and not claimed.fee else _NOTHING
    if step.interest is None:
        return LateClaim(fee, _NOTHING, None, (), claimed)
    days = interest_days(document.due_on, today, document.balances, document.deferred, step.interest, lookup)
    interest = interest_of(days, document.currency) - claimed.interest
    return LateClaim(fee, interest, today, days, claimed)


def given_back(
    document: LateDocument, terms: DunningTerms, withdrawn: Collection[MadeStep], lookup: Lookup
) -> LateClaim | None:
    """Say what of earlier claims is not owed by what is known now; None where nothing is given back.

    Raises:
        IndexValueMissing: a value of the base rate is not known.
    """
    claimed, by = document.claimed, terms.interest
    # of a claim that is void nothing is given back
    fee = -min(claimed.fee, sum((step.fee for step in withdrawn), _NOTHING))
    interest, days = _NOTHING, tuple[InterestDays, ...]()
    if claimed.through is not None and by is not None:
        days = interest_days(document.due_on, claimed.through, document.balances, document.deferred, by, lookup)
        interest = min(_NOTHING, interest_of(days, document.currency) - claimed.interest)
    if not fee and not interest:
        return None
    return LateClaim(fee, interest, claimed.through, days, claimed)


def severest(kinds: Collection[DunningKind]) -> DunningKind:
    """Choose what a letter over several documents is called: as the severest of their steps."""
    return max(kinds, key=list(DunningKind).index)
