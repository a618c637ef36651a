"""Findings: what the data or the model of a baseline, or a reporting period, lacks; each with its numbers."""

from decimal import Decimal
from enum import StrEnum

from quantities.document import OptionalText
from quantities.terms import Terms


class FindingSeverity(StrEnum):
    """What a finding means: the parties may not rely on the data, should look at it, or only take note."""

    DISQUALIFICATION = "disqualification"
    WARNING = "warning"
    NOTE = "note"


class BaselineFinding(Terms):
    """One finding.

    Attributes:
        code: what it is about, for programs.
        severity: what it means.
        detail: what it is about, for people.
        found: the number or place in question.
        expected: the limit that it does not meet.
    """

    code: str
    severity: FindingSeverity
    detail: str
    found: OptionalText = ""
    expected: OptionalText = ""

    def __str__(self) -> str:
        against = f" (found {self.found}" + (f", expected {self.expected})" if self.expected else ")")
        return f"{self.severity.value}: {self.code}: {self.detail}{against if self.found else ''}"


def disqualified(code: str, detail: str, actual: object = "", expected: object = "") -> BaselineFinding:
    """A finding because of which the parties may not rely on the data or the model."""
    return BaselineFinding(
        code=code, severity=FindingSeverity.DISQUALIFICATION, detail=detail, found=str(actual), expected=str(expected)
    )


def warned(code: str, detail: str, actual: object = "", expected: object = "") -> BaselineFinding:
    """A finding that the parties should look at."""
    return BaselineFinding(
        code=code, severity=FindingSeverity.WARNING, detail=detail, found=str(actual), expected=str(expected)
    )


def noted(code: str, detail: str, actual: object = "", expected: object = "") -> BaselineFinding:
    """A finding that the parties only take note of."""
    return BaselineFinding(
        code=code, severity=FindingSeverity.NOTE, detail=detail, found=str(actual), expected=str(expected)
    )


def as_percent(fraction: Decimal | float) -> str:
    """A fraction as text, in percent with two decimals: 0.153 is ``15.30 %``."""
    return f"{Decimal(fraction) * 100:.2f} %"
