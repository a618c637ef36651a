"""Units in question: what is found about a saving's units holds its settlement until it is corrected or confirmed.

Temperatures that can only be in the other unit, reads of a counter given as energy, energy that is a thousand times the
baseline's. A late correction of the readings releases what is held; and so do the parties, who confirm a finding in the
plan, for stated days and for a reason, by an amendment like any other.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.document import OptionalText
from quantities.errors import Conflict
from quantities.terms import Terms
from savings.avoided import Avoided, RowStatus
from savings.finding import BaselineFinding
from savings.options.option import Option


class UnitsInQuestion(Conflict):
    """The units of the readings of a saving are in question."""


class UnitQuestion(StrEnum):
    """What is in question: the temperatures' unit, whether energies are reads of a counter, or the energies' unit."""

    TEMPERATURE = "temperature_unit"
    COUNTER = "running_counter"
    ENERGY = "energy_unit"


class ConfirmedUnit(Terms):
    """A finding about units that the parties confirm to be none: the readings of these days are right as they are.

    Attributes:
        finding: what was found.
        first: the first day for which it is confirmed.
        after_last: the day after the last one.
        reason: why the readings are right.
        evidence: where that is on record.
    """

    finding: UnitQuestion
    first: date
    after_last: date
    reason: Annotated[str, Field(min_length=1)]
    evidence: OptionalText = ""

    @model_validator(mode="after")
    def _has_days(self) -> Self:
        if self.after_last <= self.first:
            raise ValueError("the days end after they begin")
        return self


def unit_questions(option: Option, rows: Avoided, confirmed: Sequence[ConfirmedUnit]) -> tuple[BaselineFinding, ...]:
    """Find what is in question about the units of some days of a saving.

    Args:
        option: by which it was measured.
        rows: all rows of the days; masked ones are of neither side.
        confirmed: the findings that the parties confirm; of their days nothing of the kind is found.
    """
    findings: dict[tuple[ConfirmedUnit, ...], list[BaselineFinding]] = {}
    questions: list[BaselineFinding] = []
    for question in UnitQuestion:
        days = tuple(known for known in confirmed if known.finding is question)
        if days not in findings:  # mostly nothing is confirmed, and all questions are asked of the same rows
            findings[days] = list(option.unit_findings(_unconfirmed(rows, days)))
        questions += (finding for finding in findings[days] if finding.code == question)
    return tuple(questions)


def _unconfirmed(rows: Avoided, confirmed: Sequence[ConfirmedUnit]) -> Avoided:
    return Avoided(
        tuple(
            row
            for row in rows.rows
            if row.status is not RowStatus.MASKED
            and not any(days.first <= row.row.local.date() < days.after_last for days in confirmed)
        )
    )


def require_known_units(saving: str, questions: Iterable[BaselineFinding]) -> None:
    """Refuse a saving whose units are in question.

    Raises:
        UnitsInQuestion: they are; the message says why, and what releases it.
    """
    for question in questions:
        detail = f"{saving}: {question}; correct the readings, or confirm the finding in the plan"
        raise UnitsInQuestion(
            detail, place=saving, finding=question.code, found=question.found, expected=question.expected
        )
