"""The life of a contract: from the quote to the end, with its suspensions."""

from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.document import OptionalText, WholeNumber
from quantities.months import anchored
from quantities.terms import Terms


class ContractState(StrEnum):
    """The state of a contract on a day; it is ``waiting`` on any while no version of it is released."""

    WAITING = "waiting"
    QUOTED = "quoted"
    SIGNED = "signed"
    INSTALLED = "installed"
    ACCEPTED = "accepted"
    RAMP = "ramp"
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Milestones(Terms):
    """The days on which a contract was quoted, signed, installed and accepted.

    Attributes:
        quoted: when it was offered.
        signed: when both sides had agreed.
        installed: when the equipment was in place.
        accepted: the day of the acceptance certificate, with which the term can start.
        ramp_until: the first day of full operation; the charges state what is due before it.
    """

    quoted: date | None = None
    signed: date | None = None
    installed: date | None = None
    accepted: date | None = None
    ramp_until: date | None = None

    @property
    def missing(self) -> ContractState | None:
        """The step that is missing before it can be billed: the signature, or the acceptance; None if none is."""
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
    """How a contract goes on after its end, by some months at a time, until notice is given.

    Attributes:
        months: the length of one extension.
        notice_days: how many days before an end the notice must be given.
        notice: the day on which it was given; none until then. The contract ends at its first end that is at least
            ``notice_days`` later.
    """

    months: Annotated[WholeNumber, Field(ge=1, le=120)]
    notice_days: Annotated[WholeNumber, Field(ge=0, le=730)] = 0
    notice: date | None = None

    def end(self, first_end: date) -> date | None:
        """Compute its end; None while no notice is given."""
        if self.notice is None:
            return None
        reached, at, end = self.notice + timedelta(days=self.notice_days), 0, first_end
        while end < reached:
            at += self.months
            end = anchored(first_end.year, first_end.month + at, first_end.day)
        return end


class Suspension(Terms):
    """Days on which the contract does not count: fees by days are not due for them, use is.

    Attributes:
        first: the first of them.
        after_last: the day after the last one.
        reason: such as a planned stop, or force majeure.
    """

    first: date
    after_last: date
    reason: OptionalText = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.after_last <= self.first:
            raise ValueError("a suspension ends after it starts")
        return self


def state_on(
    day: date, starts: date, ends: date | None, milestones: Milestones, suspensions: tuple[Suspension, ...]
) -> ContractState:
    """Tell the state of a contract on a day."""
    if ends is not None and day >= ends:
        return ContractState.ENDED
    if day >= starts:
        if any(suspension.first <= day < suspension.after_last for suspension in suspensions):
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
