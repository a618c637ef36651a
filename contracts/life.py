"""The life of a contract: from the quote to the end, with what interrupts it."""

from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Self

from pydantic import model_validator

from contracts.terms import Terms


class State(StrEnum):
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
    def missing(self) -> State | None:
        """What must happen before it is billed: a quote is signed, what is installed accepted; None if nothing."""
        if self.signed is None and (self.quoted or self.installed or self.accepted):
            return State.SIGNED
        return State.ACCEPTED if self.installed is not None and self.accepted is None else None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        order = [day for day in (self.quoted, self.signed, self.installed, self.accepted, self.ramp_until) if day]
        if any(before > after for before, after in pairwise(order)):
            raise ValueError("it is quoted, signed, installed, accepted and ramped up in this order")
        return self


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
) -> State:
    """Say where a contract stands on a day."""
    if ends is not None and day >= ends:
        return State.ENDED
    if day >= starts:
        if any(each.first <= day < each.after_last for each in suspensions):
            return State.SUSPENDED
        return State.RAMP if milestones.ramp_until is not None and day < milestones.ramp_until else State.RUNNING
    reached = State.QUOTED
    for state in (State.SIGNED, State.INSTALLED, State.ACCEPTED):
        on = getattr(milestones, state.value)
        if on is not None and on <= day:
            reached = state
    return reached
