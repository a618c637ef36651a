"""Non-routine adjustments: dated, of one size, in either direction."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.document import FaultyDocument, parse
from savings.adjustment import NonRoutine
from tests.build import fewer_examples


def entry(**changes: Any) -> NonRoutine:
    return parse(
        NonRoutine, {"name": "wing", "first": "2026-03-10", "reason": "a wing", "evidence": "plan 7", **changes}
    )


@pytest.mark.parametrize(
    ("size", "expected", "hours", "energy"),
    [
        pytest.param({"power": "6"}, "100", "24", "144", id="6 an hour · 24 h"),
        pytest.param({"power": "-6"}, "100", "23", "-138", id="taken away, on a day of 23 hours"),
        pytest.param({"percent": "12.5"}, "80", "24", "10", id="12.5 % of 80"),
        pytest.param({"energy_a_day": "48"}, "100", "6", "12", id="48 a day · 6/24"),
        pytest.param({"percent": "0"}, "80", "24", "0", id="nothing"),
    ],
)
def test_how_much_it_adds(size: dict[str, str], expected: str, hours: str, energy: str) -> None:
    assert entry(**size).energy(Decimal(expected), Decimal(hours)) == Decimal(energy)


@pytest.mark.parametrize(
    ("after_last", "day", "covered"),
    [
        pytest.param("2026-03-12", "2026-03-09", False, id="the day before"),
        pytest.param("2026-03-12", "2026-03-10", True, id="its first"),
        pytest.param("2026-03-12", "2026-03-11", True, id="its last"),
        pytest.param("2026-03-12", "2026-03-12", False, id="the day after its last"),
        pytest.param(None, "2099-01-01", True, id="as long as it lasts"),
    ],
)
def test_its_days(after_last: str | None, day: str, covered: bool) -> None:  # noqa: FBT001
    assert entry(power="1", after_last=after_last).covers(date.fromisoformat(day)) is covered


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"power": "6.50"}, "wing: 6.50 kWh an hour from 2026-03-10 on", id="power"),
        pytest.param(
            {"percent": "3", "after_last": "2026-04-01"},
            "wing: 3 % of the baseline from 2026-03-10 until 2026-04-01",
            id="percent",
        ),
        pytest.param({"energy_a_day": "-9"}, "wing: -9 kWh a day from 2026-03-10 on", id="energy"),
    ],
)
def test_a_line_for_the_statement(changes: dict[str, str], line: str) -> None:
    assert entry(**changes).summary("kWh") == line


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="no size"),
        pytest.param({"power": "1", "percent": "1"}, id="two sizes"),
        pytest.param({"power": "1", "after_last": "2026-03-10"}, id="no day"),
        pytest.param({"power": "1", "reason": ""}, id="no reason"),
        pytest.param({"power": "1", "evidence": ""}, id="no evidence"),
    ],
)
def test_no_adjustment(changes: dict[str, str]) -> None:
    with pytest.raises(FaultyDocument):
        entry(**changes)


@fewer_examples(4)
@given(
    st.sampled_from(["power", "percent", "energy_a_day"]),
    st.integers(-500, 500),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 24)), min_size=1, max_size=6),
)
def test_a_day_divided_among_bands_adds_the_same(kind: str, size: int, bands: list[tuple[int, int]]) -> None:
    """Each size is proportional to energy or to hours."""
    adjustment = entry(**{kind: str(size)})
    whole = adjustment.energy(Decimal(sum(e for e, _ in bands)), Decimal(sum(h for _, h in bands)))
    parts = sum((adjustment.energy(Decimal(e), Decimal(h)) for e, h in bands), Decimal(0))
    assert abs(whole - parts) <= Decimal("1e-14")  # a quotient has fifteen places
