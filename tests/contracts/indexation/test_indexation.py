"""Prices that follow indices: lag, weights, collar, threshold, steps; each as its clause."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.indexation.indexation import IndexClause, Indexed, moved, price_before, price_names
from contracts.indexation.lookup import IndexValue, IndexValueMissing
from contracts.pricing.graduated import Graduated

CLAUSE: TypeAdapter[Any] = TypeAdapter(IndexClause)


def following(**terms: Any) -> Any:
    common = {
        "kind": "following",
        "terms": [{"index": "CPI", "base": "100"}],
        "first_review": "2025-01-01",
        "lag_months": "3",
    }
    return CLAUSE.validate_python(common | terms)


def factors(clause: Any, values: dict[str, str], years: int = 3) -> list[Decimal]:
    """The factor of each year from 2024 on; the review of January takes October's value."""

    def lookup(index: str, month: str) -> IndexValue | None:
        value = values.get(month)
        return None if value is None else IndexValue(index, month, Decimal(value))

    return [clause.factor(date(2024 + year, 6, 1), lookup).value for year in range(years)]


@pytest.mark.parametrize(("terms", "values", "expected"), [
    pytest.param({}, ["104", "106"], ["1", "1.04", "1.06"], id="before the first review the price is as agreed"),
    pytest.param({"fixed": "0.2", "terms": [{"index": "CPI", "base": "100", "weight": "0.8"}]}, ["105", "110"], ["1", "1.04", "1.08"], id="a fifth follows nothing"),
    pytest.param({"at_most_percent": "3"}, ["105", "106"], ["1", "1.03", "1.06"], id="at most 3 % a review: 1.03, and then 1.06 of 1.0609"),
    pytest.param({"at_least_percent": "0"}, ["105", "103"], ["1", "1.05", "1.05"], id="it never falls"),
    pytest.param({"at_least_percent": "-1"}, ["105", "100"], ["1", "1.05", "1.0395"], id="it falls by 1 % at most"),
    pytest.param({"ceiling": "1.08", "floor": "0.95"}, ["120", "90"], ["1", "1.08", "0.95"], id="between a floor and a ceiling"),
    pytest.param({"threshold": {"percent": "5"}}, ["104", "106"], ["1", "1", "1.06"], id="4 % are below the threshold, 6 % are not"),
    pytest.param({"threshold": {"points": "5"}}, ["104.9", "105"], ["1", "1", "1.05"], id="five points since the last move"),
    pytest.param({"threshold": {"points": "5"}}, ["106", "110"], ["1", "1.06", "1.06"], id="points are counted from the value that last moved it"),
    pytest.param({"factor_places": "2"}, ["104.6", "106"], ["1", "1.05", "1.06"], id="the factor is rounded"),
    pytest.param({"factor_places": "2", "fixed": "0.25", "terms": [{"index": "CPI", "weight": "0.75", "base": "120"}]}, ["114.4", "114.4"], ["1", "0.97", "0.97"], id="0.25 + 0.75 × 114.4 / 120 is 0.965, and rounded once"),
    pytest.param({"factor_places": "2", "fixed": "0.25", "terms": [{"index": "CPI", "weight": "0.75", "base": "120"}], "arithmetic": "1"}, ["114.4", "114.4"], ["1", "0.96", "0.96"], id="arithmetic 1 rounded the quotient before"),
    pytest.param({"first_review": "2026-01-01"}, ["104", "106"], ["1", "1", "1.06"], id="first reviewed after two years"),
])  # fmt: skip
def test_a_clause(terms: dict[str, Any], values: list[str], expected: list[str]) -> None:
    of_month = {f"{2024 + year}-10": value for year, value in enumerate(values)}
    assert [Decimal(factor) for factor in expected] == factors(following(**terms), of_month)


def test_several_indices_by_their_weights() -> None:
    """0.1 + 0.5 × 110/100 + 0.4 × 45/50 = 1.01"""
    clause = following(
        fixed="0.1",
        terms=[
            {"index": "labour", "base": "100", "weight": "0.5"},
            {"index": "power", "base_month": "2023-10", "weight": "0.4"},
        ],
    )
    known = {("labour", "2024-10"): "110", ("power", "2024-10"): "45", ("power", "2023-10"): "50"}
    factor = clause.factor(date(2025, 3, 1), lambda i, m: IndexValue(i, m, Decimal(known[i, m]), id=7))
    assert Decimal("1.01") == factor.value
    assert {(value.index, value.month) for value in factor.values} == set(known)
    assert "labour 110, power 45 of 2024-10 → 1.01" in factor.calculation


def test_agreed_steps_multiply() -> None:
    clause = CLAUSE.validate_python(
        {
            "kind": "stepped",
            "steps": [{"first": "2025-01-01", "percent": "2"}, {"first": "2026-01-01", "percent": "-1"}],
        }
    )
    assert [Decimal(factor) for factor in ("1", "1.02", "1.0098")] == factors(clause, {})


def test_a_value_that_is_not_there_is_asked_for_by_name() -> None:
    with pytest.raises(IndexValueMissing, match="CPI has no value for 2024-10"):
        factors(following(), {})


@pytest.mark.parametrize(("terms", "said"), [
    ({"terms": [{"index": "CPI", "base": "100", "weight": "0.8"}]}, "add up to 1, and not to 0.8"),
    ({"terms": [{"index": "CPI"}]}, "name one"),
    ({"threshold": {"percent": "5", "points": "1"}}, "name one"),
    ({"fixed": "0.5", "terms": [{"index": n, "base": "1", "weight": "0.25"} for n in "AB"], "threshold": {"points": "1"}}, "points are of one index"),
])  # fmt: skip
def test_a_clause_that_is_none(terms: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        following(**terms)


@given(st.lists(st.decimals(50, 200, places=2), min_size=4, max_size=4), st.decimals(0, 10, places=1))
def test_a_review_never_moves_a_price_beyond_its_collar(values: list[Decimal], most: Decimal) -> None:
    clause = following(at_most_percent=str(most), at_least_percent=str(-most))
    path = factors(clause, {f"{2024 + year}-10": str(value) for year, value in enumerate(values)}, 5)
    for before, after in pairwise(path):
        assert abs(after / before - 1) <= most / 100 + Decimal("0.000002")


def test_only_the_named_prices_move() -> None:
    rule = Graduated.model_validate(
        {"unit": "kWh", "tiers": [{"up_to": "10", "unit_price": "1", "flat_fee": "5"}, {"unit_price": "2"}]}
    )
    assert {"unit_price", "flat_fee", "amount_cap"} == price_names(rule)
    clause = {"clause": {"kind": "stepped", "steps": [{"first": "2025-01-01", "percent": "0"}]}}
    all_of_it = moved(rule, Decimal("1.1"), Indexed.model_validate(clause))
    assert [Decimal("1.1"), Decimal("2.2")] == [tier.unit_price for tier in all_of_it.tiers]
    assert Decimal("5.5") == all_of_it.tiers[0].flat_fee
    only = moved(rule, Decimal("1.1"), Indexed.model_validate(clause | {"only": ["unit_price"], "price_places": "1"}))
    assert (Decimal("1.1"), Decimal(5)) == (only.tiers[0].unit_price, only.tiers[0].flat_fee)
    assert Decimal(10) == only.tiers[0].up_to  # a bound is no price


class TestThePriceBefore:
    """What was agreed, behind a price that a factor moved: where exactly one price comes to it."""

    TIERS: ClassVar[dict[str, Any]] = {
        "unit": "kWh", "tiers": [{"up_to": "10", "unit_price": "1", "flat_fee": "5"}, {"unit_price": "0.5"}],
    }  # fmt: skip

    @pytest.mark.parametrize(("tiers", "only", "places", "price", "before"), [
        pytest.param({}, (), None, "1.1", "1", id="of the first tier"),
        pytest.param({}, (), None, "0.55", "0.5", id="of the second"),
        pytest.param({}, (), None, "5.5", "5", id="its flat fee"),
        pytest.param({}, ("flat_fee",), None, "1.1", None, id="a price that does not move"),
        pytest.param({}, (), None, "1.2", None, id="no price comes to it"),
        pytest.param({}, (), 1, "0.6", "0.5", id="rounded half away from zero"),
        pytest.param({"tiers": [{"up_to": "10", "unit_price": "1"}, {"unit_price": "1.01"}]}, (), 1, "1.1", None, id="two come to it"),
        pytest.param({"tiers": [{"up_to": "10", "unit_price": "1"}, {"unit_price": "1.00"}]}, (), None, "1.1", "1", id="two that are alike"),
    ])  # fmt: skip
    def test_is_one(
        self, tiers: dict[str, Any], only: tuple[str, ...], places: int | None, price: str, before: str | None
    ) -> None:
        indexed = Indexed(clause=following(), only=only, price_places=places)
        found = price_before(Graduated(**{**self.TIERS, **tiers}), Decimal("1.1"), indexed, Decimal(price))
        assert found == (None if before is None else Decimal(before))
