"""A promised use, without baseline and plan: what a register counts beyond it is compensated."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.carried_state import StateOfUnknownForm
from contracts.composition import compose
from contracts.rated_line import Nature
from contracts.rated_usage import NegativeUse, UnpricedUse, Usage
from contracts.savings_pricing.energy_guarantee import EnergyGuarantee
from contracts.schedule import Life
from quantities.document import FaultyDocument, parse
from tests.contracts.savings_pricing.saved import LIFE, STARTS, cents, contract, lived, month, saved, year


def guarantee(**more: Any) -> EnergyGuarantee:
    return parse(EnergyGuarantee, {"unit": "kWh", "price": "0.20", **more})


def air(kwh: str, made: str, number: int = 1, unit: str = "m3") -> Usage:
    """The energy of a month, and the compressed air that was made with it."""
    return saved(kwh, month(number), output=Usage(Decimal(made), unit, month(number), LIFE))


def opened(rules: Sequence[EnergyGuarantee], uses: Sequence[Usage]) -> list[list[str]]:
    """Rate periods by a version each, as stored and opened in between."""
    state, nets = dict[str, Any](), list[list[str]]()
    for rule, usage in zip(rules, uses, strict=True):
        own = replace(usage, opening=rule.open(state, usage))
        nets.append(cents(rule.rate(own)))
        state = dict(json.loads(json.dumps(rule.state(own))))
    return nets


class TestOfAWindow:
    """ "… at most 1,000,000 kWh a year; it pays 0.20 for every kWh beyond." """

    @pytest.mark.parametrize(
        ("used", "net"),
        [
            pytest.param("900000", [], id="less is the customer's"),
            pytest.param("1000000", [], id="at most, so the bound is kept"),
            pytest.param("1000001", ["-0.20"], id="1 × 0.20"),
            pytest.param("1080000", ["-16000.00"], id="80,000 × 0.20"),
        ],
    )
    def test_what_is_used_beyond_is_compensated(self, used: str, net: list[str]) -> None:
        assert cents(guarantee(guaranteed=["1000000"]).rate(saved(used, year(1)))) == net

    def test_the_year_is_what_counts(self) -> None:
        """Twelve months of 90,000 kWh are 1,080,000; nothing is said of a month."""
        uses = [saved("90000", month(number)) for number in range(1, 13)]

        assert lived(guarantee(guaranteed=["1000000"]), uses) == [[]] * 11 + [["-16000.00"]]

    def test_in_any_unit_of_energy(self) -> None:
        usage = replace(saved("1080", year(1)), unit="MWh")

        assert cents(guarantee(guaranteed=["1000000"]).rate(usage)) == ["-16000.00"]

    def test_another_promise_for_each_year(self) -> None:
        rule = guarantee(guaranteed=["1000000", "950000"])

        nets = lived(rule, [saved("1000000", year(number)) for number in (1, 2, 3)])

        assert nets == [[], ["-10000.00"], ["-10000.00"]]  # 50,000 × 0.20; the last promise goes on

    @pytest.mark.parametrize(
        ("dead_band", "net"),
        [
            pytest.param("gates", ["-16000.00"], id="beyond 1,020,000, all of it: 80,000 × 0.20"),
            pytest.param("forgives", ["-12000.00"], id="beyond 1,020,000: 60,000 × 0.20"),
        ],
    )
    def test_a_dead_band(self, dead_band: str, net: list[str]) -> None:
        rule = guarantee(guaranteed=["1000000"], dead_band_percent="2", dead_band=dead_band)

        assert cents(rule.rate(saved("1080000", year(1)))) == net
        assert rule.rate(saved("1020000", year(1))) == ()

    def test_a_cap_and_a_bonus(self) -> None:
        """80,000 × 0.20 is more than 9,000; 40,000 × 0.20 × 50 % = 4,000, for which the charge states no nature."""
        rule = guarantee(guaranteed=["1000000"], at_most="9000", bonus_percent="50")
        (bonus,) = rule.rate(saved("960000", year(1)))

        assert cents(rule.rate(saved("1080000", year(1)))) == ["-9000.00"]
        assert cents([bonus]) == ["4000.00"]
        assert (bonus.nature, rule.nature) == (Nature.CONSIDERATION, Nature.PRICE_REDUCTION)

    def test_a_part_of_a_year_has_its_share_without_suspended_days(self) -> None:
        """Of 365 days 73 are suspended: 1,000,000 × 292/365 = 800,000 promised, and (850,000 − 800,000) × 0.20 owed."""
        paused = ((date(2026, 10, 1), date(2026, 12, 13)),)
        usage = replace(saved("850000", year(1)), life=Life(STARTS, paused=paused))

        assert cents(guarantee(guaranteed=["1000000"]).rate(usage)) == ["-10000.00"]

    def test_use_below_zero_is_refused(self) -> None:
        with pytest.raises(NegativeUse):
            guarantee(guaranteed=["1000000"]).rate(saved("-1", year(1)))


class TestOfAUnitOfOutput:
    """ "… at most 0.12 kWh a m³ of compressed air in a quarter." """

    RULE = guarantee(guaranteed_a_unit=["0.12"], output_unit="m3", per="quarter")

    def test_what_the_window_made_is_what_it_may_use(self) -> None:
        """250,000 + 0 + 150,000 m³ × 0.12 = 48,000 kWh; 31,000 + 2,000 + 18,000 = 51,000 used; 3,000 × 0.20."""
        uses = [air("31000", "250000"), air("2000", "0", 2), air("18000", "150000", 3)]

        assert lived(self.RULE, uses) == [[], [], ["-600.00"]]

    def test_output_in_another_unit_is_converted(self) -> None:
        """400,000,000 L are 400,000 m³."""
        uses = [air("0", "0"), air("0", "0", 2), air("51000", "400000000", 3, unit="L")]

        assert lived(self.RULE, uses)[-1] == ["-600.00"]

    def test_a_fuel_guarantee_is_a_price_of_one_for_each_gallon_above_the_stated_burn(self) -> None:
        """The dealers' form, in litres: 38 L an hour for 1,000 h; 40,000 L were burnt, so 2,000 × 0.30."""
        rule = guarantee(unit="L", guaranteed_a_unit=["38"], output_unit="h", price="0.30")
        burnt = Usage(Decimal(40000), "L", year(1), LIFE)
        usage = replace(burnt, auxiliary_usage={"output": Usage(Decimal(1000), "h", year(1), LIFE)})

        assert cents(rule.rate(usage)) == ["-600.00"]

    def test_without_output_there_is_no_promise(self) -> None:
        with pytest.raises(UnpricedUse, match="needs the output"):
            self.RULE.rate(saved("1", month(3)))

    def test_an_amendment_in_another_unit_of_output_goes_on(self) -> None:
        """0.12 kWh a m³ are 0.00012 a litre."""
        litres = guarantee(guaranteed_a_unit=["0.00012"], output_unit="L", per="quarter")
        uses = [air("31000", "250000"), air("2000", "0", 2), air("18000", "150000000", 3, unit="L")]

        assert opened([self.RULE, litres, litres], uses) == [[], [], ["-600.00"]]

    def test_a_promise_of_output_does_not_begin_within_a_window(self) -> None:
        of_window = guarantee(guaranteed=["48000"], per="quarter")

        with pytest.raises(StateOfUnknownForm, match="the output of the window is carried in no unit"):
            opened([of_window, self.RULE], [air("31000", "250000"), air("2000", "0", 2)])
        assert opened([self.RULE, of_window, of_window], [air("31000", "250000"), air("2000", "0", 2), air("18000", "0", 3)])[-1] == ["-600.00"]  # fmt: skip


class TestInAContract:
    def charge(self, **terms: Any) -> dict[str, Any]:
        rule = {"kind": "energy_guarantee", "unit": "kWh", "price": "0.20", **terms}
        return {"name": "promise", "register": "air.kwh", "rule": rule}

    def test_it_needs_no_plan_and_is_damages_where_the_charge_says_so(self) -> None:
        version = contract(
            {**self.charge(guaranteed=["1000000"]), "nature": "damages"}, billing={"every": "year"}, savings=[]
        )

        (composed,) = compose(version, year(1), {"promise": saved("1080000", year(1))})

        assert [composed.nature_of(line) for line in composed.lines] == [Nature.DAMAGES]

    @pytest.mark.parametrize(
        ("terms", "says"),
        [
            ({}, "name one of both"),
            ({"guaranteed": ["1"], "guaranteed_a_unit": ["1"], "output_unit": "m3"}, "name one of both"),
            ({"guaranteed_a_unit": ["1"]}, "names its output_unit"),
            ({"guaranteed": ["1"], "output_unit": "m3"}, "names its output_unit"),
            ({"guaranteed_a_unit": ["1"], "output_unit": "m3"}, "needs a use beside it, named output"),
        ],
        ids=["nothing promised", "both", "of no unit", "a unit of nothing", "no output"],
    )
    def test_what_cannot_be_is_a_fault(self, terms: dict[str, Any], says: str) -> None:
        with pytest.raises(FaultyDocument, match=says):
            contract(self.charge(**terms), savings=[])
