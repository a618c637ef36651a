"""Findings: what a baseline's data, its model or a reporting period is said to lack, with its numbers."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from quantities.terms import Terms


class FindingSeverity(StrEnum):
    """What a finding means: the parties may not rely on it, should look at it, or are told."""

    DISQUALIFICATION = "disqualification"
    WARNING = "warning"
    NOTE = "note"


#: What a document may leave empty.
Said = Annotated[str, BeforeValidator(lambda found: "" if found is None else found)]


class BaselineFinding(Terms):
    """Something found.

    Attributes:
        code: what, for a program.
        severity: what it means.
        detail: the same for a person.
        found: the number, or the place, that was found.
        expected: what it is held against.
    """

    code: str
    severity: FindingSeverity
    detail: str
    found: Said = ""
    expected: Said = ""

    def __str__(self) -> str:
        against = f" (found {self.found}" + (f", expected {self.expected})" if self.expected else ")")
        return f"{self.severity.value}: {self.code}: {self.detail}{against if self.found else ''}"


def disqualified(code: str, detail: str, found: object = "", expected: object = "") -> BaselineFinding:
    """Find something that the parties may not rely on."""
    return BaselineFinding(
        code=code, severity=FindingSeverity.DISQUALIFICATION, detail=detail, found=str(found), expected=str(expected)
    )


def warned(code: str, detail: str, found: object = "", expected: object = "") -> BaselineFinding:
    """Find something that they should look at."""
    return BaselineFinding(
        code=code, severity=FindingSeverity.WARNING, detail=detail, found=str(found), expected=str(expected)
    )


def noted(code: str, detail: str, found: object = "", expected: object = "") -> BaselineFinding:
    """Tell them something."""
    return BaselineFinding(
        code=code, severity=FindingSeverity.NOTE, detail=detail, found=str(found), expected=str(expected)
    )


def percent(part: Decimal | float) -> str:
    """Write a share for a person."""
    return f"{Decimal(part) * 100:.2f} %"
