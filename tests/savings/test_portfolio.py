"""Savings of many sites: sums, and the root of the sum of the squares of their uncertainties."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.document import FaultyDocument, parse
from quantities.quantity import IncompatibleUnit
from savings.avoided import avoided
from savings.model import LinearModel
from savings.portfolio import ConfidencesDiffer, PortfolioRequest, SiteSaving, portfolio_of
from savings.report import facts_of_savings
from savings.rows import TEMPERATURE
from savings.statistics.change_point import Form
from tests.build import fewer_examples
from tests.savings.samples import baseline_of, day

#: E = 100, seen between 20 and 70 °F.
FLAT = baseline_of(LinearModel(form=Form.TWO, intercept=Decimal(100), slope=Decimal(0)), {TEMPERATURE: ("20", "70")})


def site(avoided: str, caltrack: str | None, unit: str = "kWh", **changes: Any) -> SiteSaving:
    by_variant = {} if caltrack is None else {"caltrack": caltrack}
    facts = {"unit": unit, "expected": "10000", "avoided": avoided, "confidence": "0.9", "uncertainty": by_variant}
    return parse(SiteSaving, {**facts, **changes})


def test_by_hand() -> None:
    """300, -50 and 0.4 MWh are 650; √(30² + 40² + 120²) = 130, which is 20 % of it."""
    total = portfolio_of([site("300", "30"), site("-50", "40"), site("0.4", "0.12", "MWh", expected="10")])
    assert (total.sites, total.unit, total.avoided, total.expected) == (3, "kWh", Decimal(650), Decimal(30000))
    assert total.uncertainty == {"caltrack": Decimal(130)}
    assert total.of_savings == {"caltrack": Decimal("0.2")}
    assert total.fraction == Decimal("0.021667")


@fewer_examples(4)
@given(st.lists(st.tuples(st.integers(-10_000, 10_000), st.integers(0, 9_999)), min_size=1, max_size=40))
def test_it_is_the_norm_of_the_uncertainties(sites: list[tuple[int, int]]) -> None:
    total = portfolio_of([site(str(saved), str(half_width)) for saved, half_width in sites])
    assert total.avoided == sum(saved for saved, _ in sites)
    assert float(total.uncertainty["caltrack"]) == pytest.approx(np.linalg.norm([half for _, half in sites]), abs=1e-6)
    assert bool(total.of_savings) is (total.avoided != 0)


def test_equal_sites_are_as_sure_as_their_number_has_a_root() -> None:
    """Sixteen sites of 100 ± 40: 1,600 ± 160, 10 % instead of 40 %."""
    total = portfolio_of([site("100", "40")] * 16)
    assert total.of_savings == {"caltrack": Decimal("0.1")}


def test_a_variant_that_a_site_lacks_is_left_out_and_named() -> None:
    total = portfolio_of([site("1", "2", site="north"), site("1", None, site="south"), site("1", None)])
    assert total.uncertainty == {}
    assert total.without == {"caltrack": ("south", "site 3")}


def test_a_saving_that_nobody_may_rely_on_is_added_and_named() -> None:
    unfit = {"code": "coverage", "severity": "disqualification", "detail": "too few rows count"}
    noted = {"code": "zero_values", "severity": "note", "detail": "zeros"}
    total = portfolio_of(
        [site("1", "2", findings=[unfit, unfit, noted]), site("1", "2", site="south", findings=[noted])]
    )
    assert total.avoided == 2
    assert total.disqualified == {"coverage": ("site 1",)}


def test_a_report_is_taken_as_it_was_answered_and_another_fact_is_refused() -> None:
    report = facts_of_savings(FLAT, avoided(FLAT, [day("90", "50"), day("95", "60")]), Decimal("0.9"), rows=True)
    assert portfolio_of(parse(PortfolioRequest, {"savings": [report]}).savings).avoided == 15
    with pytest.raises(FaultyDocument, match="/savings/0/avoidd"):
        parse(PortfolioRequest, {"savings": [{**report, "avoidd": "1"}]})


def test_what_does_not_add_up_is_refused() -> None:
    with pytest.raises(ConfidencesDiffer, match=r"0\.9, 0\.68 do not add up"):
        portfolio_of([site("1", "2"), site("1", "2", confidence="0.68")])
    with pytest.raises(IncompatibleUnit):
        portfolio_of([site("1", "2"), site("1", "2", unit="m3")])
