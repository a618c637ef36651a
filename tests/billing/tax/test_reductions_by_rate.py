"""A reduction of charges of several taxes reduces each of them: the base of each rate is what is left of it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.server.database import Access, Database
from billing.invoices.invoice import Line, total
from billing.rating.rating import Rating, rate_segments
from billing.rating.segments import VersionSegment
from billing.rating.store import taxed_by
from billing.tax.decision import decide_as_shipped
from contracts.contract import Contract
from contracts.indexation.lookup import no_index
from tests.billing.rating.billed import agreed, divided, fee, first_period
from tests.billing.scene import CONTRACT, Scene

LOW = {"tax": {"supply": "network_energy", "rate": "reduced"}}
DISCOUNT = {"name": "rebate", "rule": {"kind": "discount", "percent": "10"}}


def rated(*contracts: tuple[Contract, Any]) -> Rating:
    """What is billed of a period, by the law of the countries."""
    segments = [
        VersionSegment(contract, number, number, days, frozenset(charge.name for charge in contract.charges))
        for number, (contract, days) in enumerate(contracts, start=1)
    ]
    return rate_segments(segments, [{} for _ in segments], {}, no_index, taxed_by(decide_as_shipped))


def lines(contract: Contract) -> tuple[Line, ...]:
    return rated((contract, first_period(contract))).lines


def by_rate(billed: Sequence[Line], charge: str) -> list[tuple[Any, Any, int]]:
    """Of the lines of a charge the rate, the net amount and the part."""
    return [(line.tax.rate, line.net, line.part) for line in billed if line.charge == charge]


class TestEachRule:
    """100 at 19 % and 60 at 7 %."""

    CHARGES = (fee("fee", "100"), fee("heat", "60") | LOW)

    @pytest.mark.parametrize(("rule", "parts"), [
        pytest.param({"kind": "discount", "percent": "10"}, [(19, "-10.00", 0), (7, "-6.00", 1)], id="10 % off each"),
        pytest.param({"kind": "discount", "amount": "40"}, [(19, "-25.00", 0), (7, "-15.00", 1)], id="40 off both"),
        pytest.param({"kind": "maximum_spend", "amount": "100"}, [(7, "-22.50", 0), (19, "-37.50", 10_000)], id="100 at most: 60 off, 60 : 100"),
        pytest.param({"kind": "minimum_spend", "amount": "200"}, [(7, "15.00", 0), (19, "25.00", 10_000)], id="200 at least: 40 more, 60 : 100"),
        pytest.param({"kind": "minimum_spend", "amount": "200", "of": ["heat"]}, [(7, "140.00", 0)], id="200 at least of the heat: one tax, and not its own"),
        pytest.param({"kind": "percentage_of", "percent": "10"}, [(19, "16.00", 0)], id="a fee of 10 % is a supply of its own"),
    ])  # fmt: skip
    def test_bears_the_taxes_of_what_it_reduces(self, rule: dict[str, Any], parts: list[tuple[int, str, int]]) -> None:
        billed = lines(agreed(*self.CHARGES, {"name": "bound", "rule": rule}))
        assert by_rate(billed, "bound") == [(Decimal(rate), Decimal(net), part) for rate, net, part in parts]

    def test_the_base_of_each_rate_is_what_is_left_of_it(self) -> None:
        """Directive 2006/112/EC, Art. 79: 90.00 at 19 % are 17.10, 54.00 at 7 % are 3.78."""
        totals = total(lines(agreed(*self.CHARGES, DISCOUNT)), "EUR")
        assert [(str(group.tax.rate), str(group.taxable), str(group.amount)) for group in totals.groups] == [
            ("7", "54.00", "3.78"), ("19", "90.00", "17.10"),
        ]  # fmt: skip

    def test_a_tax_that_it_states_itself_wins(self) -> None:
        billed = lines(agreed(*self.CHARGES, DISCOUNT | {"tax": {"rate": "standard"}}))
        assert [rate for rate, _, _ in by_rate(billed, "rebate")] == [19, 19]

    def test_by_arithmetic_3_it_bears_its_own(self) -> None:
        billed = lines(agreed(*self.CHARGES, DISCOUNT, settings={"arithmetic": "3"}))
        assert by_rate(billed, "rebate") == [(19, Decimal("-10.00"), 0), (19, Decimal("-6.00"), 1)]

    def test_one_of_which_nothing_is_left_bears_its_own(self) -> None:
        """Nothing was used of either: whose the minimum is, nobody can say but the contract."""
        none = (fee("fee", "0"), fee("heat", "0") | LOW)
        billed = lines(agreed(*none, {"name": "least", "rule": {"kind": "minimum_spend", "amount": "50"}}))
        assert by_rate(billed, "least") == [(19, Decimal("50.00"), 0)]

    def test_one_behind_another_is_off_what_that_one_has_left(self) -> None:
        """60 off 100 and 60 leave 62.50 and 37.50; 10 off these are 6.25 and 3.75."""
        cap = {"name": "cap", "rule": {"kind": "maximum_spend", "amount": "100"}}
        credit = {"name": "credit", "rule": {"kind": "discount", "amount": "10"}}
        billed = lines(agreed(*self.CHARGES, cap, credit))
        assert sorted(by_rate(billed, "credit")) == [(7, Decimal("-3.75"), 1), (19, Decimal("-6.25"), 0)]

    def test_of_a_currency_without_cents(self) -> None:
        """60 yen off 101 and 60 in the proportion of both: 37.6 and 22.4, 38 and 22."""
        party = {"name": "A", "country": "JP"}
        charges = (fee("fee", "101"), fee("food", "60") | {"tax": {"rate": "reduced"}})
        cap = {"name": "cap", "rule": {"kind": "maximum_spend", "amount": "101"}}
        billed = lines(agreed(*charges, cap, currency="JPY", supplier=party, customer={**party, "name": "B"}))
        assert [net for _, net, _ in by_rate(billed, "cap")] == [-22, -38]


def test_a_rate_that_changes_within_the_days_of_a_reduction_counts_with_its_own_days() -> None:
    """Of 31 days, 15 at 7 % and 16 at 19 %: a fee of 310 is 150 and 160, and 31 off it are 15 and 16."""
    early = agreed(fee("heat", "310") | LOW, {"name": "cap", "rule": {"kind": "maximum_spend", "amount": "279"}})
    late = agreed(fee("heat", "310"), {"name": "cap", "rule": {"kind": "maximum_spend", "amount": "279"}})
    whole = first_period(early)
    before, after = divided(whole, date(2026, 1, 16))
    segments = [
        VersionSegment(early, 1, 1, before, frozenset({"heat"})),
        VersionSegment(late, 2, 2, after, frozenset({"heat"})),
        VersionSegment(late, 2, 2, whole, frozenset({"cap"})),
    ]
    billed = rate_segments(segments, [{}, {}, {}], {}, no_index, taxed_by(decide_as_shipped)).lines
    assert by_rate(billed, "heat") == [(7, Decimal("150.00"), 0), (19, Decimal("160.00"), 0)]
    assert by_rate(billed, "cap") == [(7, Decimal("-15.00"), 0), (19, Decimal("-16.00"), 10_000)]


@given(
    st.lists(st.tuples(st.decimals(0, 9999, places=2), st.booleans()), min_size=1, max_size=5),
    st.decimals(0, 20_000, places=2),
)
def test_the_parts_add_up_and_no_base_is_below_zero(fees: list[tuple[Decimal, bool]], most: Decimal) -> None:
    charges = [fee(f"f{at}", str(amount)) | (LOW if low else {}) for at, (amount, low) in enumerate(fees)]
    billed = lines(agreed(*charges, {"name": "cap", "rule": {"kind": "maximum_spend", "amount": str(most)}}))
    whole = sum(amount for amount, _ in fees)
    cut = sum((net for _, net, _ in by_rate(billed, "cap")), Decimal(0))
    assert cut == min(Decimal(0), most - whole)
    assert all(group.taxable >= 0 for group in total(billed, "EUR").groups)


class TestThroughTheLifeOfAContract:
    TERMS = (
        CONTRACT.replace(
            'up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}',
            'unit_price: "0.50"}]}\n    tax: {supply: network_energy, rate: reduced}',
        )
        + '  - {name: cap, rule: {kind: maximum_spend, amount: "120"}}\n'
    )

    @pytest.fixture
    def scene(self, access: Access, database: Database) -> Scene:
        return Scene(access, database).declared()

    def sums(self, scene: Scene) -> dict[tuple[str, Any], Any]:
        sums: dict[tuple[str, Any], Any] = {}
        for invoice in scene.invoices():
            for line in invoice.lines:
                key = line.charge, line.tax.rate
                sums[key] = sums.get(key, Decimal(0)) + line.net
        return sums

    def test_a_late_reading_corrects_each_part_and_all_of_it_proves(self, scene: Scene) -> None:
        """100 and 60 less 40, then 100 and 100 less 80: 25 and 15, then 40 and 40."""
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 120\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        assert self.sums(scene) == {("fee", 19): 100, ("energy", 7): 60, ("cap", 19): -25, ("cap", 7): -15}
        scene.delivers("2026-01-06 10 80")
        scene.bills("2026-03-01")
        assert self.sums(scene) == {("fee", 19): 200, ("energy", 7): 100, ("cap", 19): -40, ("cap", 7): -40}
        adjusted = [line for line in scene.invoices()[1].lines if line.corrects and line.charge == "cap"]
        assert {line.part for line in adjusted} == {0, 10_000}
        assert scene.replays() == []

    def test_a_reading_that_leaves_one_tax_alone_takes_the_other_part_back(self, scene: Scene) -> None:
        scene.amends(self.TERMS.replace('"120"', '"90"'), "2026-01-01")
        scene.delivers("2026-01-05 10 120\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 0", reason="another press")
        scene.bills("2026-03-01")
        assert self.sums(scene) == {("fee", 19): 200, ("energy", 7): 0, ("cap", 19): -20, ("cap", 7): 0}
        assert scene.replays() == []

    def test_an_amendment_goes_on_by_the_arithmetic_that_the_contract_has(self, scene: Scene) -> None:
        old = self.TERMS.replace('settings: {least_coverage: "0"}', 'settings: {least_coverage: "0", arithmetic: "3"}')
        scene.amends(old, "2026-01-01")
        scene.delivers("2026-01-05 10 120\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        assert self.sums(scene)["cap", Decimal(19)] == -40
        assert scene.replays() == []
