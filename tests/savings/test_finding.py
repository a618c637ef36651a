"""Findings: what a person reads."""

import pytest

from quantities.document import parse
from savings.finding import BaselineFinding, as_percent, disqualified, noted, warned


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        pytest.param(noted("gap", "a gap"), "note: gap: a gap", id="no number"),
        pytest.param(warned("gap", "days", 3), "warning: gap: days (found 3)", id="a number"),
        pytest.param(
            disqualified("gap", "days", 3, "at most 2"),
            "disqualification: gap: days (found 3, expected at most 2)",
            id="a number and its limit",
        ),
    ],
)
def test_a_line(finding: BaselineFinding, line: str) -> None:
    assert str(finding) == line
    assert parse(BaselineFinding, finding.model_dump(mode="json")) == finding


def test_what_a_document_leaves_empty_is_empty() -> None:
    stated = {"code": "gap", "severity": "note", "detail": "a gap", "found": None}
    assert parse(BaselineFinding, stated) == noted("gap", "a gap")


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.153, "15.30 %"), (0, "0.00 %"), (-0.0251, "-2.51 %"), (1, "100.00 %")]
)
def test_percent(fraction: float, text: str) -> None:
    assert as_percent(fraction) == text
