"""Who gets the cent that is left: of equal parties the first that the contract lists, whatever the database does."""

import json
from typing import Any

import pytest

from contracts.contract import Contract
from contracts.store import stored_contract
from quantities.document import FaultyDocument, parse
from tests.billing.rating.billed import agreed, fee, lines_of

THIRDS = {"maker": "1", "insurer": "1", "bank": "1"}


def kept(contract: Contract) -> Contract:
    """The contract as a database keeps it: of names by their length, and then by their letters."""

    def reordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: reordered(value[name]) for name in sorted(value, key=lambda name: (len(name), name))}
        return [reordered(inner) for inner in value] if isinstance(value, list) else value

    return stored_contract(reordered(json.loads(json.dumps(contract.model_dump(mode="json")))))


def shares(contract: Contract) -> list[dict[str, str]]:
    (line,) = lines_of(contract)
    return [dict(line.payees), dict(line.allocation)]


def spread(weights: Any, amount: str = "100.00", **terms: Any) -> Contract:
    allocation = [{"first": "2026-01-01", "weights": weights}]
    return agreed(fee("rent", amount) | {"payees": weights, "allocation": allocation}, **terms)


def test_the_first_that_is_listed_has_it() -> None:
    """100.00 / 3 = 33.333…: 33.33 each, and the cent that is left to the maker, who is listed first."""
    expected = {"maker": "33.34", "insurer": "33.33", "bank": "33.33"}
    assert shares(spread(THIRDS)) == shares(kept(spread(THIRDS))) == [expected, expected]


@pytest.mark.parametrize("arithmetic", ["1", "2"])
def test_by_the_earlier_arithmetic_it_was_the_first_by_name(arithmetic: str) -> None:
    contract = spread(THIRDS, settings={"arithmetic": arithmetic})
    assert shares(contract)[0] == shares(kept(contract))[0] == {"bank": "33.34", "insurer": "33.33", "maker": "33.33"}


def test_a_larger_remainder_goes_first_all_the_same() -> None:
    """10 × 4 / 7 = 5.7142…, 10 × 2 / 7 = 2.8571…, 10 × 1 / 7 = 1.4285…: the cents go to 0.85 and to 0.71 of one."""
    assert shares(spread({"c": "4", "b": "2", "a": "1"}, "10.00"))[0] == {"c": "5.71", "b": "2.86", "a": "1.43"}


def test_two_cents_go_to_the_first_two() -> None:
    """0.05 / 3 = 0.01666…: 0.01 each, and two cents are left."""
    assert shares(spread(THIRDS, "0.05"))[0] == {"maker": "0.02", "insurer": "0.02", "bank": "0.01"}


def test_a_list_says_the_order_as_well() -> None:
    listed = [{name: weight} for name, weight in THIRDS.items()]
    assert spread(listed) == spread(THIRDS)
    assert shares(spread(listed)) == shares(spread(THIRDS))


def test_names_in_their_order_are_stored_as_they_were() -> None:
    ordered = {"bank": "1", "insurer": "1", "maker": "1"}
    assert spread(ordered).model_dump(mode="json")["charges"][0]["payees"] == ordered


def test_another_order_is_another_contract() -> None:
    other = dict(reversed(THIRDS.items()))
    assert spread(THIRDS).charges[0].as_listed != spread(other).charges[0].as_listed


@pytest.mark.parametrize("weights", [
    pytest.param([{"a": "1", "b": "1"}], id="two names in one place"),
    pytest.param([{"a": "1"}, {"a": "2"}], id="a name twice"),
    pytest.param(["a"], id="a name without a weight"),
])  # fmt: skip
def test_lists_that_are_none(weights: Any) -> None:
    charge = fee("rent", "1") | {"payees": weights}
    with pytest.raises(FaultyDocument):
        parse(Contract, agreed(fee("rent", "1")).model_dump(mode="json") | {"charges": [charge]})
