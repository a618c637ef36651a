"""What charges carry, in words: every number of every state that the examples of the docs come to has a phrase."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from contracts.carried_words import included_in_words, rule_in_words, state_values
from contracts.included import Included
from contracts.pricing_preview import Trial, try_rules
from quantities.document import parse, read
from tests.contracts.pricing.test_pages import EXAMPLES

STARTS = date(2026, 1, 1)


def closings(example: Mapping[str, Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The rule of an example, with the state that each of its periods closes with."""
    opening: Mapping[str, Any] = {}
    for usage in example.get("usages") or [example["usage"]]:
        document = {"rules": [example["rule"]], "usage": {**usage, "opening": opening}}
        trial = parse(Trial, document | ({"starts": example["starts"]} if "starts" in example else {}))
        (opening,) = try_rules(trial).closing
        yield trial.rules[0], opening


def numbers(state: object) -> Iterator[str]:
    match state:
        case Mapping():
            for name, value in state_values(state).items():
                if name not in ("window", "until", "price"):
                    yield from numbers(value)
        case list() | tuple():
            for value in state:
                yield from numbers(value)
        case _ if state != "0":
            yield str(state)


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_every_number_that_is_carried_is_named(kind: str, example: dict[str, Any]) -> None:
    for rule, state in closings(example):
        words = rule_in_words(rule, state, STARTS, "EUR")
        assert [number for number in numbers(state) if number not in " ".join(words)] == [], kind


def test_no_number_is_named_by_its_field() -> None:
    """A state's field without a phrase of its own is written with its name in front: none of the examples has one."""
    fallbacks = {
        phrase
        for parameter in EXAMPLES
        for rule, state in closings(parameter.values[1])  # type: ignore[arg-type]  # a mapping, as above
        for phrase in rule_in_words(rule, state, STARTS, "EUR")
        if re.match(r"[a-z_]+ [0-9.]+$", phrase)
    }
    assert fallbacks == set()


@pytest.mark.parametrize(
    ("rule", "state", "words"),
    [
        pytest.param("{kind: graduated, unit: kWh, per: year, tiers: [{unit_price: '1'}]}", {"window": "2026-01-01", "used": "3200"}, ["3200 kWh used since 2026-01-01"], id="use"),
        pytest.param("{kind: graduated, unit: kWh, per: year, tiers: [{unit_price: '1'}]}", {"window": "2025-07-01", "used": "3200"}, ["3200 kWh used since 2026-01-01"], id="a window that began before the contract"),
        pytest.param("{kind: graduated, unit: kWh, per: year, tiers: [{unit_price: '1'}]}", {}, [], id="nothing"),
        pytest.param("{kind: commitment, unit: kWh, unit_price: '2', committed: [{per: year, amount: '900'}]}", {"year": {"window": "2026-01-01", "used": "120", "made_up": "0"}}, ["120 EUR used since 2026-01-01 (year)"], id="a commitment of money"),
        pytest.param("{kind: prepaid, unit: kWh, unit_price: '1', blocks: [{name: a, amount: '9', bought: 2026-01-01}, {name: b, units: '9', cost: '1', bought: 2026-01-01}]}", {"left": {"a": "3", "b": "4"}}, ["3 EUR left of a", "4 kWh left of b"], id="blocks of money and of units"),
        pytest.param("{kind: service_events, coverage: [{service: visit, covered: '2'}]}", {"window": "2026-01-01", "given": {"visit": "2"}}, ["2 visit given since 2026-01-01"], id="services"),
        pytest.param("{kind: graduated, unit: kWh, per: year, tiers: [{unit_price: '1'}]}", {"kind": "graduated", "unit": "MWh", "values": {"window": "2026-01-01", "used": "3.2"}}, ["3.2 MWh used since 2026-01-01"], id="a state in the unit of the version that wrote it"),
        pytest.param("{kind: graduated, unit: kWh, per: year, tiers: [{unit_price: '1'}]}", {"window": "2026-01-01", "used": "200/3"}, ["66.666666666666667 (200/3) kWh used since 2026-01-01"], id="a number whose decimals do not end"),
    ],
)  # fmt: skip
def test_a_state_in_words(rule: str, state: dict[str, Any], words: list[str]) -> None:
    (terms,) = parse(Trial, {"rules": [read(rule)], "usage": {}}).rules
    assert list(rule_in_words(terms, state, STARTS, "EUR")) == words


def test_a_pool_says_what_is_used_and_what_was_left_before() -> None:
    pool = Included.model_validate({"quantity": "90", "unit": "kWh", "per": "quarter"})
    assert included_in_words(pool, {"window": "2026-01-01", "used": "80", "left": "10"}, STARTS) == (
        "80 kWh drawn on what is included since 2026-01-01",
        "10 kWh left by the window before",
    )
