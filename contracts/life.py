"""The life of a contract: from the quote to the end, with what interrupts it."""

from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.document import WholeNumber
from quantities.months import anchored
from quantities.terms import Terms


class ContractState(StrEnum):
    """Where a contract stands on a day."""

    QUOTED = "quoted"
    SIGNED = "signed"
    INSTALLED = "installed"
    ACCEPTED = "accepted"
    RAMP = "ramp"
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Milestones(Terms):
    """What happened on the way to its term.

    Attributes:
        quoted: when it was offered.
        signed: when both sides had agreed.
        installed: when the equipment stood.
        accepted: of the certificate that lets the term start.
        ramp_until: the first day of full operation; its charges say what is less before it.
    """

    quoted: date | None = None
    signed: date | None = None
    installed: date | None = None
    accepted: date | None = None
    ramp_until: date | None = None

    @property
    def missing(self) -> ContractState | None:
        """What must happen before it is billed: a quote is signed, what is installed accepted; None if nothing."""
        if self.signed is None and (self.quoted or self.installed or self.accepted):
            return ContractState.SIGNED
        return ContractState.ACCEPTED if self.installed is not None and self.accepted is None else None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        order = [day for day in (self.quoted, self.signed, self.installed, self.accepted, self.ramp_until) if day]
        if any(before > after for before, after in pairwise(order)):
            raise ValueError("it is quoted, signed, installed, accepted and ramped up in this order")
        return self


class Extension(Terms):
    """A contract that goes on at its end, by so many months at a time, until notice is given.

    Attributes:
        months: by which it is extended each time.
        notice_days: how long before an end notice is due.
        notice: the day on which it was given; none until then. It ends at the next of its ends that notice reaches.
    """

    months: Annotated[WholeNumber, Field(ge=1, le=120)]
    notice_days: Annotated[WholeNumber, Field(ge=0, le=730)] = 0
    notice: date | None = None

    def end(self, first_end: date) -> date | None:
        """Say when it ends: never, while no notice is given."""
        if self.notice is None:
            return None
        reached, at, end = self.notice + timedelta(days=self.notice_days), 0, first_end
        while end < reached:
            at += self.months
            end = anchored(first_end.year, first_end.month + at, first_end.day)
        return end


class Suspension(Terms):
    """Days in which the contract did not count; what is due by days is not due for them, and use is.

    Attributes:
        first: the first of them.
        after_last: the day after the last one.
        reason: such as a planned stop, or force majeure.
    """

    first: date
    after_last: date
    reason: str = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.after_last <= self.first:
            raise ValueError("a suspension ends after it starts")
        return self


def state_on(
    day: date, starts: date, ends: date | None, milestones: Milestones, suspensions: tuple[Suspension, ...]
) -> ContractState:
    """Say where a contract stands on a day."""
    if ends is not None and day >= ends:
        return ContractState.ENDED
    if day >= starts:
        if any(each.first <= day < each.after_last for each in suspensions):
            return ContractState.SUSPENDED
        return (
            ContractState.RAMP
            if milestones.ramp_until is not None and day < milestones.ramp_until
            else ContractState.RUNNING
        )
    reached = ContractState.QUOTED
    for state in (ContractState.SIGNED, ContractState.INSTALLED, ContractState.ACCEPTED):
        on = getattr(milestones, state.value)
        if on is not None and on <= day:
            reached = state
    return reached
