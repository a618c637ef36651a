"""Lines of a period shared by the waterfalls of their charges: the worked settlement, and what goes on around it.

What is expected of the settlement is what its document says; what is expected of any other charge is worked out here in
whole coins, by the oracle of tests/contracts/sharing, over the sum of its lines.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.invoices.invoice import Line
from billing.rating.disputed import Dispute
from tests.billing.rating.billed import agreed, divided, fee, first_period, lines_of, priced, rated, used
from tests.build import fewer_examples
from tests.contracts.sharing.test_waterfall import COINS, oracle, steps_of

PLATFORM = {"name": "platform", "country": "DE"}


def percent(of_100: str, **terms: str) -> dict[str, str]:
    return {"kind": "percent", "percent": of_100, **terms}


def falls(*steps: Mapping[str, Any], rest: str = "factory") -> dict[str, Any]:
    return {"waterfall": {"steps": [*steps], "rest": rest}}


def shares(lines: Iterable[Line]) -> dict[str, str]:
    """What each has of lines, all in all."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        assert sum(map(Decimal, line.payees.values())) == line.net
        for name, amount in line.payees.items():
            sums[name] = sums.get(name, Decimal(0)) + Decimal(amount)
    return {name: f"{amount:.2f}" for name, amount in sums.items()}


MACHINE = priced("machine", {"kind": "per_unit", "unit": "h", "unit_price": "80"}, **falls(percent("12")))
ENERGY = priced("energy", {"kind": "per_unit", "unit": "kWh", "unit_price": "0.25"}, **falls())
INSPECTION = fee("inspection", "150") | falls(percent("10"), rest="lab")
CREDIT = {"name": "credit", "rule": {"kind": "discount", "percent": "10"}}


class TestTheWorkedSettlement:
    """The machine at 80 an hour: 12 % of it are the platform's, 10 % of the inspection; energy is the factory's."""

    def test_job_x(self) -> None:
        lines = lines_of(agreed(MACHINE, ENERGY, INSPECTION, supplier=PLATFORM), {"machine": used("7", "h"), "energy": used("26", "kWh")})  # fmt: skip
        assert sum(line.net for line in lines) == Decimal("716.50")
        assert shares(lines) == {"platform": "82.20", "factory": "499.30", "lab": "135.00"}

    def test_job_y_and_its_credit(self) -> None:
        lines = lines_of(agreed(MACHINE, ENERGY, CREDIT, supplier=PLATFORM), {"machine": used("3", "h"), "energy": used("12", "kWh")})  # fmt: skip
        billed, credit = lines[:2], lines[2:]
        assert shares(billed) == {"platform": "28.80", "factory": "214.20"}
        assert sum(line.net for line in credit) == Decimal("-24.30")
        assert shares(credit) == {"platform": "-2.88", "factory": "-21.42"}


TIERED = {"kind": "graduated", "unit": "each", "tiers": [{"up_to": "10", "unit_price": "3"}, {"unit_price": "2"}]}
BANK = {"kind": "first", "payee": "bank", "amount": "20"}


class TestTheAmountOfAPeriod:
    def test_is_that_of_all_lines_of_the_charge(self) -> None:
        """The first 20 are of 50 together, so of both tiers their part: 12 of 30, and 8 of 20."""
        first, second = lines_of(agreed(priced("use", TIERED, **falls(BANK))), {"use": used("20")})
        assert [dict(first.payees), dict(second.payees)] == [
            {"bank": "12.00", "factory": "18.00"},
            {"bank": "8.00", "factory": "12.00"},
        ]

    def test_is_proved_by_its_steps(self) -> None:
        first, second = lines_of(agreed(priced("use", TIERED, **falls(BANK))), {"use": used("20")})
        assert first.proof.sharing == second.proof.sharing is not None
        proof = first.proof.sharing.model_dump(mode="json", by_alias=True)  # type: ignore[union-attr]  # not None
        assert proof == {
            "amount": "50.00",
            "steps": [
                {"payee": "bank", "working": "first 20", "asked": "20.00", "taken": "20.00", "left": "30.00"},
                {"payee": "factory", "working": "the rest", "asked": "30.00", "taken": "30.00", "left": "0.00"},
            ],
        }

    def test_of_a_part_of_a_period_goes_by_days(self) -> None:
        contract = agreed(fee("rent", "310") | falls({**BANK, "amount": "310"}), starts="2026-01-17")
        assert shares(lines_of(contract)) == {"bank": "150.00"}

    def test_of_suspended_days_has_no_floor(self) -> None:
        pause = [{"first": "2026-01-11", "after_last": "2026-01-21"}]
        lines = lines_of(agreed(fee("rent", "620") | falls({**BANK, "amount": "310"}), suspensions=pause))
        assert shares(lines) == {"bank": "210.00", "factory": "210.00"}

    def test_an_amended_price_begins_no_new_floor(self) -> None:
        """Two fees of half a month, at 100 and at 200: the first 62 of both together."""
        contract, dearer = (agreed(fee("rent", amount) | falls({**BANK, "amount": "62"})) for amount in ("310", "620"))
        before, after = divided(first_period(contract), date(2026, 1, 11))
        lines = rated((contract, before, {}), (dearer, after, {})).lines
        assert [line.net for line in lines] == [Decimal("100.00"), Decimal("420.00")]
        assert shares(lines) == {"bank": "62.00", "factory": "458.00"}
        assert [line.payees["bank"] for line in lines] == ["11.92", "50.08"]

    def test_an_amended_waterfall_shares_the_days_from_then_on(self) -> None:
        """Of the first ten days the first 62 × 10/31 and of the others 10 %; what is billed stays."""
        old = agreed(fee("rent", "310") | falls({**BANK, "amount": "62"}))
        new = agreed(fee("rent", "310") | falls(percent("10", payee="bank")))
        before, after = divided(first_period(old), date(2026, 1, 11))
        lines = rated((old, before, {}), (new, after, {})).lines
        assert [line.net for line in lines] == [Decimal("100.00"), Decimal("210.00")]
        assert [dict(line.payees) for line in lines] == [
            {"bank": "20.00", "factory": "80.00"},
            {"bank": "21.00", "factory": "189.00"},
        ]

    def test_includes_what_a_dispute_holds_apart(self) -> None:
        """So what is billed once it is settled is exactly what was missing."""
        contract = agreed(fee("rent", "310") | falls({**BANK, "amount": "100"}))
        whole = shares(lines_of(contract))
        held = [Dispute("rent", date(2026, 1, 1), date(2026, 1, 11))]
        before, after = divided(first_period(contract), date(2026, 1, 11))
        rating = rated((contract, before, {}), (contract, after, {}), disputed=held)
        assert len(rating.lines) == len(rating.held_apart) == 1
        assert shares([*rating.lines, *rating.held_apart]) == whole == {"bank": "100.00", "factory": "210.00"}


class TestAReduction:
    """It is taken off all who have a part of what it reduces, in the proportion of their parts."""

    def test_of_a_lump_off_several(self) -> None:
        """At most 100: 210 too much, of 310 of which the bank has 100 and the platform 105."""
        cap = {"name": "cap", "rule": {"kind": "maximum_spend", "amount": "100", "of": ["rent", "extra"]}}
        rent = fee("rent", "205") | falls({**BANK, "amount": "100"})
        *_, off = lines_of(agreed(rent, fee("extra", "105"), cap, supplier=PLATFORM))
        assert off.net == Decimal("-210.00")
        assert dict(off.payees) == {"bank": "-67.74", "factory": "-71.13", "platform": "-71.13"}
        assert off.proof.sharing is not None
        assert off.proof.sharing.like == {"bank": "100.00", "factory": "105.00", "platform": "105.00"}

    def test_of_a_fee_billed_before_is_shared_as_that_was(self) -> None:
        """The fee is in advance, and on another document."""
        ahead = fee("rent", "100", in_advance="true") | falls(percent("12"))
        contract = agreed(ahead, CREDIT, supplier=PLATFORM)
        (off,) = rated((contract, first_period(contract), {}), only=frozenset({"credit"})).lines
        assert (off.net, dict(off.payees)) == (Decimal("-10.00"), {"platform": "-1.20", "factory": "-8.80"})

    def test_with_a_waterfall_of_its_own_is_shared_by_that(self) -> None:
        own = {**CREDIT, **falls(rest="lab")}
        *_, off = lines_of(agreed(fee("rent", "100") | falls(percent("12")), own, supplier=PLATFORM))
        assert dict(off.payees) == {"lab": "-10.00"}

    def test_of_what_nobody_shares_is_the_suppliers(self) -> None:
        assert [dict(line.payees) for line in lines_of(agreed(fee("rent", "100"), CREDIT))] == [{}, {}]

    def test_of_what_is_shared_by_weights_is_the_suppliers_as_ever(self) -> None:
        """So what an earlier release has billed computes to the same."""
        *_, off = lines_of(agreed(fee("rent", "100") | {"payees": {"bank": "1"}}, CREDIT))
        assert dict(off.payees) == {}

    def test_what_is_drawn_of_a_prepayment_takes_nothing_off_the_shares(self) -> None:
        """The platform has what was paid before, and pays the others for what they sold: 60 of the fee are the bank's."""
        drawn = {"name": "drawn", "rule": {"kind": "drawdown", "amount": "500", "claimed": "2026-01-01"}}
        rent = fee("rent", "100") | falls({**BANK, "amount": "60"})
        sold, off = lines_of(agreed(rent, drawn, supplier=PLATFORM))
        assert (off.net, dict(off.payees)) == (Decimal("-100.00"), {})
        assert dict(sold.payees) == {"bank": "60.00", "factory": "40.00"}

    def test_a_price_that_is_raised_is_not_shared(self) -> None:
        least = {"name": "least", "rule": {"kind": "minimum_spend", "amount": "150"}}
        *_, more = lines_of(agreed(fee("rent", "100") | falls(), least))
        assert (str(more.net), more.payees) == ("50.00", {})


@fewer_examples(2)
@given(
    st.lists(st.integers(0, 40_000), min_size=1, max_size=3),
    st.lists(steps_of().filter(lambda step: step["kind"] != "per_unit"), max_size=4),
    st.sampled_from(sorted(COINS)),
    st.integers(2, 31),
    st.decimals("0.1", 100, places=1),
)
def test_any_waterfall_over_any_cut_shares_as_the_oracle_does(
    fees: list[int], steps: list[dict[str, Any]], currency: str, day: int, off: Decimal
) -> None:
    """Over several charges, each with the same waterfall, cut by an amended price, less a discount."""
    over: Fraction | int = sum(
        Fraction(step["percent"]) for step in steps if step["kind"] == "percent" and step["of"] == "amount"
    )
    over += sum(max(Fraction(tier["percent"]) for tier in step["tiers"]) for step in steps if step["kind"] == "tiers")
    terms = falls(*(steps if over <= 100 else [step for step in steps if step["kind"] == "first"]))
    before_fees = [fee(f"f{at}", f"{amount / Decimal(COINS[currency]):f}") | terms for at, amount in enumerate(fees)]
    after_fees = [{**one, "rule": {**one["rule"], "amount": "7"}} for one in before_fees]
    discount = {"name": "off", "rule": {"kind": "discount", "percent": str(off)}}
    party = {"supplier": PLATFORM, "currency": currency}
    contract, amended = (agreed(*charges, discount, **party) for charges in (before_fees, after_fees))
    before, after = divided(first_period(contract), date(2026, 1, day))
    lines = rated((contract, before, {}), (amended, after, {})).lines
    scale = COINS[currency]
    for name in {line.charge for line in lines} - {"off"}:
        own = [line for line in lines if line.charge == name]
        total = sum(Fraction(line.net) for line in own) * scale
        wanted = oracle(int(total), terms["waterfall"]["steps"], Fraction(0), Fraction(1), scale)
        had = {payee: sum(Fraction(line.payees.get(payee, 0)) for line in own) * scale for payee in wanted}
        assert had == wanted
        taken_off = [line for line in lines if line.charge == "off" and line.label == f"off {name}"]
        for credit in taken_off:
            for payee, amount in credit.payees.items():
                fair = Fraction(credit.net) * wanted.get(payee, 0) / total if total else Fraction(0)
                assert not total or abs(Fraction(amount) - fair) * scale < 1
    assert all(line.net == sum(map(Decimal, line.payees.values())) for line in lines)
