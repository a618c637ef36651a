"""A contract over its periods and versions, and rules over uses one after the other, without a database."""

import re
from pathlib import Path
from typing import Any

import pytest

from api.operations.pricing import NotAsExpected, price_contract, price_rules
from contracts.periods_preview import CannotBePriced, UsagesTrialResult
from quantities.document import FaultyDocument, read
from tests.contracts.pricing.test_pages import EXAMPLES
from tests.contracts.trials import COOLING, priced

PAGE = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")
TRIALS = [read(block) for block in re.findall(r"```yaml\n(contract:\n.*?)```", PAGE, flags=re.DOTALL)]


def graduated(price: str, **terms: Any) -> dict[str, Any]:
    """The first 100 MWh of a year at a price, further ones at 80."""
    tiers = [{"up_to": "100", "unit_price": price}, {"unit_price": "80"}]
    rule = {"kind": "graduated", "unit": "MWh", "per": "year", "tiers": tiers}
    return COOLING | terms | {"charges": [{"name": "cooling", "register": "c3.cold", "rule": rule}]}


def used(quantity: str, unit: str = "MWh") -> dict[str, Any]:
    return {"cooling": {"quantity": quantity, "unit": unit}}


DEARER = graduated("98", in_force_from="2026-02-15")
#: 90 MWh in January; 6 and 9 in February, before and after the 15th; 20 in March.
QUARTER: dict[str, Any] = {
    "contract": graduated("95"),
    "amendments": [DEARER],
    "periods": [
        {"uses": used("90")},
        {
            "segments": [
                {"first": "2026-02-01", "uses": used("6")},
                {"first": "2026-02-15", "uses": used("9")},
            ]
        },
        {"uses": used("20000", "kWh")},
    ],
}


def refused(trial: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Place, code, and what was expected."""
    with pytest.raises(FaultyDocument) as error:
        price_contract(trial)
    return [(fault.path, fault.code, fault.expected) for fault in error.value.faults]


class TestAYearOfTiersWithAnAmendment:
    def test_each_stretch_is_rated_by_its_version_and_the_year_goes_on(self) -> None:
        """90 × 95; 6 × 95; then 4 × 98 are left of the 100, and 5 × 80; 20 × 80."""
        result = priced(QUARTER)
        assert [[str(segment.net) for segment in period.segments] for period in result.periods] == [
            ["8550.00"],
            ["570.00", "792.00"],
            ["1600.00"],
        ]
        assert [str(period.net) for period in result.periods] == ["8550.00", "1362.00", "1600.00"]
        assert str(result.net) == "11512.00"

    def test_each_stretch_says_its_days_and_its_version(self) -> None:
        february = priced(QUARTER).periods[1]
        assert february.period == "2026-02-01/2026-03-01"
        assert [(segment.days, str(segment.in_force_from)) for segment in february.segments] == [
            ("2026-02-01/2026-02-15", "2026-01-01"),
            ("2026-02-15/2026-03-01", "2026-02-15"),
        ]

    def test_what_is_carried_on_is_said_in_words(self) -> None:
        carries = [period.carries["cooling"] for period in priced(QUARTER).periods]
        assert carries == [(f"{number} MWh used since 2026-01-01",) for number in (90, 105, 125)]

    def test_a_trial_goes_on_where_another_one_ended(self) -> None:
        whole, first = priced(QUARTER), priced(QUARTER | {"periods": QUARTER["periods"][:2]})
        march = QUARTER["periods"][2] | {"first": "2026-03-01"}
        rest = priced(QUARTER | {"periods": [march], "opening": dict(first.periods[-1].closing)})
        assert rest.periods[0] == whole.periods[2]

    def test_terms_that_restart_forget_the_month_and_not_the_year(self) -> None:
        monthly = {
            "kind": "graduated",
            "unit": "MWh",
            "tiers": [{"up_to": "5", "unit_price": "95"}, {"unit_price": "80"}],
        }
        # 5 × 95 + 1 × 80, and then 9 × 80, or again 5 × 95 + 4 × 80.
        for on_change, net in (("continue", "1275.00"), ("restart", "1350.00")):
            terms = COOLING | {"settings": {"on_change": on_change}}
            terms |= {"charges": [{"name": "cooling", "register": "c3.cold", "rule": monthly}]}
            charges = [terms["charges"][0] | {"while_suspended": "true"}]
            amended = terms | {"in_force_from": "2026-02-15", "charges": charges}
            february = QUARTER["periods"][1] | {"first": "2026-02-01"}
            assert str(priced({"contract": terms, "amendments": [amended], "periods": [february]}).net) == net

    def test_of_two_versions_from_one_day_the_later_one_counts(self) -> None:
        again = graduated("100", in_force_from="2026-02-15")
        assert str(priced(QUARTER | {"amendments": [DEARER, again]}).periods[1].segments[1].net) == "800.00"


class TestWhatIsRefusedSaysItsPlace:
    @pytest.mark.parametrize(
        ("change", "faults"),
        [
            pytest.param({"periods": [{"uses": used("90")}, {"uses": used("15")}]}, [("/periods/1/uses/cooling", "divided-otherwise", "2026-02-01, 2026-02-15")], id="a divided month with one use"),
            pytest.param({"periods": [{"segments": [{"first": "2026-01-01", "uses": used("9")}]}]}, [], id="a whole month as its one segment"),
            pytest.param({"amendments": [graduated("95", in_force_from="2026-02-15", reason="an address")]}, [("/periods/1/segments/0/uses/cooling", "divided-otherwise", "uses"), ("/periods/1/segments/1/uses/cooling", "divided-otherwise", "uses")], id="a month that is not divided in two"),
            pytest.param({"periods": [{"segments": [{"first": "2026-01-05", "uses": used("9")}]}]}, [("/periods/0/segments", "divided-otherwise", "2026-01-01")], id="a segment of another day"),
            pytest.param({"periods": [{"uses": {"coolin": {"quantity": "9", "unit": "MWh"}}}]}, [("/periods/0/uses/coolin", "no-such-charge", "cooling"), ("/periods/0/uses", "no-use", "cooling")], id="a misspelt charge"),
            pytest.param({"periods": [{"uses": used("1")}, {"first": "2026-03-01", "uses": used("1")}]}, [("/periods/1/first", "no-such-period", "2026-02-01")], id="a month is left out"),
            pytest.param({"periods": [{"first": "2026-01-10", "uses": used("1")}]}, [("/periods/0/first", "no-such-period", "2026-02-01")], id="no period begins there"),
            pytest.param({"contract": graduated("95", ends="2026-02-01"), "amendments": [], "periods": [{"uses": used("1")}] * 2}, [("/periods/1/first", "no-such-period", "")], id="after the end"),
            pytest.param({"amendments": [DEARER | {"currency": "CHF"}]}, [("/amendments/0/currency", "fixed-term", "EUR")], id="an amendment in another currency"),
            pytest.param({"amendments": [DEARER, graduated("99", in_force_from="2026-02-01")]}, [("/amendments/1/in_force_from", "out-of-order", "2026-02-15")], id="amendments out of order"),
            pytest.param({"contract": graduated("95", in_force_from="2026-01-20"), "amendments": [], "periods": [{"uses": used("1")}]}, [("/contract/in_force_from", "not-in-force", "")], id="a first version from a later day"),
            pytest.param({"periods": [{"first": "9999-12-31"}]}, [("/periods/0/first", "less_than_equal", "")], id="a day that no contract has"),
        ],
    )  # fmt: skip
    def test_a_fault_of_the_document(self, change: dict[str, Any], faults: list[tuple[str, str, str]]) -> None:
        if faults:
            assert refused(QUARTER | change) == faults
        else:
            assert priced(QUARTER | change).periods

    def test_a_charge_that_cannot_be_rated_is_named_with_its_period(self) -> None:
        wrong = QUARTER | {"periods": [{"uses": used("90")}, QUARTER["periods"][1], {"uses": used("20", "m3")}]}
        with pytest.raises(CannotBePriced, match=r"/periods/2, 2026-03-01/2026-04-01: cooling: .*m3 measures"):
            price_contract(wrong)

    def test_a_charge_needs_what_stands_beside_it(self) -> None:
        rule = {"kind": "severity", "unit": "machine_hour", "unit_price": "5", "agreed_ratio": "2", "table": [{"from_ratio": "0", "factor": "1"}]}  # fmt: skip
        charge = {"name": "cooling", "register": "h", "rule": rule, "beside": {"cycles": "c"}}
        trial = {"contract": COOLING | {"charges": [charge]}, "uses": used("1", "machine_hour")}
        assert refused(trial) == [("/uses/cooling/beside", "no-use", "cycles")]

    @pytest.mark.parametrize("usage", [
        {"first": "9999-12-31", "days": "31"}, {"first": "2026-01-01", "days": "999999999"}, {"first": "0001-01-01"},
    ])  # fmt: skip
    def test_a_use_has_days_that_a_contract_may_have(self, usage: dict[str, str]) -> None:
        with pytest.raises(FaultyDocument):
            price_rules({"rule": {"kind": "fixed_fee", "amount": "1"}, "usage": usage})


class TestRulesOverSeveralUses:
    @pytest.mark.parametrize(("kind", "example"), EXAMPLES)
    def test_the_examples_of_the_docs_are_trials_as_they_stand(self, kind: str, example: dict[str, Any]) -> None:
        """Also their nets, which are held against what it comes to."""
        price_rules(example)

    def test_each_rule_goes_on_from_its_own_state(self) -> None:
        yearly = graduated("95")["charges"][0]["rule"]
        monthly = {name: value for name, value in yearly.items() if name != "per"}
        usages = [{**used("90")["cooling"], "first": f"2026-0{month}-01", "days": "28"} for month in (1, 2)]
        result = price_rules({"rules": [yearly, monthly], "usages": usages, "starts": "2026-01-01"})
        assert isinstance(result, UsagesTrialResult)
        assert [str(usage.net) for usage in result.usages] == ["17100.00", "15900.00"]
        assert result.usages[1].carries == (("180 MWh used since 2026-01-01",), ())

    def test_what_cannot_be_rated_is_named_with_its_place(self) -> None:
        rule = {"kind": "per_unit", "unit": "MWh", "unit_price": "1"}
        usages = [used("1")["cooling"], used("1", "m3")["cooling"]]
        with pytest.raises(CannotBePriced, match=r"/usages/1: per_unit: m3 measures"):
            price_rules({"rule": rule, "usages": usages})


class TestWhatIsExpectedIsHeldAgainstWhatItComesTo:
    @pytest.mark.parametrize(
        ("expected", "refusal"),
        [
            pytest.param({"nets": ["8550", "1362.00", "1600"]}, None, id="as expected"),
            pytest.param({"net": "11512.00"}, None, id="all together"),
            pytest.param({"nets": ["8550", "1363", "1600"]}, "/nets/1: 1363 was expected, and it comes to 1362.00", id="another net"),
            pytest.param({"nets": ["8550", "1362"]}, "/nets/2: nothing was expected, and it comes to 1600.00", id="a net too few"),
            pytest.param({"net": "1"}, "1 was expected, and it comes to 11512.00", id="another sum"),
        ],
    )  # fmt: skip
    def test_nets(self, expected: dict[str, Any], refusal: str | None) -> None:
        if refusal is None:
            priced(QUARTER | expected)
        else:
            with pytest.raises(NotAsExpected, match=re.escape(refusal)):
                price_contract(QUARTER | expected)


def test_the_docs_show_a_trial_of_a_year_and_one_of_a_ratchet() -> None:
    assert len(TRIALS) == 2


@pytest.mark.parametrize("trial", TRIALS)
def test_a_trial_of_the_docs_comes_out_to_the_cent(trial: dict[str, Any]) -> None:
    assert "nets" in trial
    priced(trial)
