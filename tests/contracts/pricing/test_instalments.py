"""Amounts on account for a use: what is billed over a window is what it came to, whatever was on account."""

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.pricing import price_contract
from contracts.periods_preview import PeriodsTrialResult
from quantities.document import FaultyDocument, read
from tests.billing.rating.billed import agreed, priced

PER_KWH = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}
TIERS = {
    "kind": "graduated",
    "unit": "kWh",
    "per": "year",
    "tiers": [{"up_to": "100", "unit_price": "2"}, {"unit_price": "1"}],
}
ACCOUNT = {"per": "quarter", "amounts": [{"amount": "50"}]}
Document = dict[str, Any]


def heat(rule: Document = PER_KWH, instalments: Document | None = ACCOUNT, *more: Document, **terms: Any) -> Document:
    own = {} if instalments is None else {"instalments": instalments}
    return agreed(priced("heat", rule, **own), *more, **terms).model_dump(mode="json")


def tried(contract: Document, uses: Sequence[str | Document], *amendments: Document) -> PeriodsTrialResult:
    entries: list[Document] = []
    for used in uses:
        if isinstance(used, str):
            entries.append({"uses": {"heat": {"quantity": used, "unit": "kWh"}}})
        else:
            parts = [
                {"first": day, "uses": {"heat": {"quantity": quantity, "unit": "kWh"}}}
                for day, quantity in used.items()
            ]
            entries.append({"segments": parts})
    result = price_contract({"contract": contract, "periods": entries, "amendments": list(amendments)})
    assert isinstance(result, PeriodsTrialResult)
    return result


def billed(contract: Document, uses: Sequence[str | Document], *amendments: Document) -> list[str]:
    return [str(period.net) for period in tried(contract, uses, *amendments).periods]


class TestAQuarter:
    """ "50 EUR a month are on account; at the end of the quarter the use is billed, less the instalments.\""""

    @pytest.mark.parametrize(("uses", "nets"), [
        pytest.param(["60", "40", "80"], ["50.00", "50.00", "80.00"], id="the rest is billed"),
        pytest.param(["10", "20", "30"], ["50.00", "50.00", "-40.00"], id="what is too much is credited"),
        pytest.param(["0", "0", "0"], ["50.00", "50.00", "-100.00"], id="no use"),
        pytest.param(["60", "40", "80", "7"], ["50.00", "50.00", "80.00", "50.00"], id="the next one begins anew"),
    ])  # fmt: skip
    def test_it_is_settled(self, uses: list[str], nets: list[str]) -> None:
        assert billed(heat(), uses) == nets

    def test_the_settlement_shows_the_use_of_the_window(self) -> None:
        lines = tried(heat(), ["60", "40", "80"]).periods[2].segments[0].lines
        assert [(str(line.quantity), line.label, str(line.net)) for line in lines] == [
            ("180", "", "180.00"),
            ("1", "less instalments", "-100.00"),
        ]

    def test_amounts_by_month_and_from_a_day_on(self) -> None:
        amounts = [{"amount": "50"}, {"amount": "90", "months": ["1"]}, {"amount": "20", "first": "2026-04-01"}]
        nets = billed(heat(instalments={"per": "half_year", "amounts": amounts}), ["100"] * 6)
        assert nets == ["90.00", "50.00", "50.00", "20.00", "20.00", "370.00"]

    def test_tiers_of_the_year_are_kept_apart(self) -> None:
        lines = tried(heat(TIERS), ["60", "60", "60"]).periods[2].segments[0].lines
        assert [(str(line.quantity), str(line.net)) for line in lines] == [
            ("100", "200.00"), ("80", "80.00"), ("1", "-100.00"),
        ]  # fmt: skip

    def test_a_contract_that_begins_and_ends_within_months(self) -> None:
        short: Document = {"starts": "2026-01-17", "ends": "2026-03-11"}
        assert billed(heat(**short), ["30", "30", "30"]) == ["24.19", "50.00", "15.81"]  # 50 × 15 / 31

    def test_half_a_cent_of_a_part_is_no_noise(self) -> None:
        """315.70 × 25 / 28 is 281.875: the decimals of 25 / 28 do not end, and decide no cent."""
        account = {"per": "quarter", "amounts": [{"amount": "315.70"}]}

        assert billed(heat(instalments=account, starts="2026-02-04"), ["0"]) == ["281.88"]

    def test_suspended_days_have_no_instalment(self) -> None:
        paused: Document = {"suspensions": [{"first": "2026-01-11", "after_last": "2026-01-21"}]}
        assert billed(heat(**paused), ["30", "30", "90"]) == ["33.87", "50.00", "66.13"]  # 50 × 21 / 31

    @pytest.mark.parametrize(("currency", "nets"), [
        pytest.param("JPY", ["24", "50", "106"], id="whole yen"),
        pytest.param("KWD", ["24.194", "50.000", "105.806"], id="thousandths"),
    ])  # fmt: skip
    def test_it_is_taken_off_as_it_was_billed(self, currency: str, nets: list[str]) -> None:
        assert billed(heat(starts="2026-01-17", currency=currency), ["60", "40", "80"]) == nets

    def test_a_discount_is_off_what_is_billed(self) -> None:
        off = {"name": "loyal", "rule": {"kind": "discount", "percent": "10", "of": ["heat"]}}
        assert billed(heat(PER_KWH, ACCOUNT, off), ["60", "40", "80"]) == ["45.00", "45.00", "72.00"]

    def test_it_is_said_in_words(self) -> None:
        carries = [period.carries.get("heat") for period in tried(heat(), ["60", "40", "80"]).periods]
        assert carries == [
            ("50.00 EUR billed on account since 2026-01-01", "use of 60 kWh × 1 to settle"),
            ("100.00 EUR billed on account since 2026-01-01", "use of 100 kWh × 1 to settle"),
            None,
        ]


class TestAnAmendment:
    def test_another_amount_within_a_month_counts_from_its_day(self) -> None:
        dearer = heat(instalments={"per": "quarter", "amounts": [{"amount": "81"}]}, in_force_from="2026-01-17")
        uses: list[str | Document] = [{"2026-01-01": "10", "2026-01-17": "20"}, "30", "40"]
        assert billed(heat(), uses, dearer) == ["65.00", "81.00", "-46.00"]  # 50 × 16 / 31 + 81 × 15 / 31

    def test_another_price_has_a_line_of_its_own(self) -> None:
        dearer = heat({**PER_KWH, "unit_price": "2"}, in_force_from="2026-02-01")
        result = tried(heat(), ["10", "20", "30"], dearer)
        assert [str(line.net) for line in result.periods[2].segments[0].lines] == ["10.00", "100.00", "-100.00"]

    @pytest.mark.parametrize("gone", [
        pytest.param({"instalments": None}, id="no instalments any more"),
        pytest.param({"instalments": {"per": "month", "amounts": [{"amount": "50"}]}}, id="of another window"),
    ])  # fmt: skip
    def test_what_would_never_be_settled_is_refused(self, gone: Document) -> None:
        with pytest.raises(FaultyDocument) as refused:
            billed(heat(), ["10", "20", "30"], heat(**gone, in_force_from="2026-02-01"))
        assert {fault.code for fault in refused.value.faults} == {"state-not-opened"}
        assert all("/charges/0/instalments" in fault.path for fault in refused.value.faults)

    def test_at_the_end_of_the_window_they_may_end(self) -> None:
        plain = heat(instalments=None, in_force_from="2026-04-01")
        assert billed(heat(), ["60", "40", "80", "7"], plain) == ["50.00", "50.00", "80.00", "7.00"]


@given(
    st.lists(st.integers(0, 5000), min_size=12, max_size=12),
    st.lists(st.integers(0, 300), min_size=1, max_size=4),
    st.integers(1, 28),
    st.sampled_from([PER_KWH, TIERS]),
)
def test_a_year_on_account_comes_to_the_year(uses: list[int], amounts: list[int], day: int, rule: Document) -> None:
    """By hand: of all kWh of the year the first 100 cost 2, the others 1; or each of them 1."""
    account = {
        "per": "year",
        "amounts": [{"amount": str(amount), "months": [str(1 + at), str(7 + at)]} for at, amount in enumerate(amounts)],
    }
    contract = heat(rule, account, starts=f"2026-01-{day:02d}", ends="2027-01-01")
    nets = [Decimal(net) for net in billed(contract, [str(used) for used in uses])]
    whole = sum(uses)
    assert sum(nets) == whole + (min(whole, 100) if rule is TIERS else 0)
    by_month = {1 + at: amount for at, amount in enumerate(amounts)} | {
        7 + at: amount for at, amount in enumerate(amounts)
    }
    assert nets[1:11] == [by_month.get(month, 0) for month in range(2, 12)]


def test_the_example_of_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "pricing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(name: heat\n.*?)```", page, flags=re.DOTALL)
    contract = agreed(read(example)).model_dump(mode="json")
    uses = [{"uses": {"heat": {"quantity": used, "unit": "MWh"}}} for used in ["2", "1.5"] + ["0.9"] * 10]
    result = price_contract({"contract": contract, "periods": uses})
    assert isinstance(result, PeriodsTrialResult)
    nets = [str(period.net) for period in result.periods]
    assert nets == ["140.00", "140.00", *["80.00"] * 8, "140.00", "65.00"]
