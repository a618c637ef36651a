"""A share that is capped, divided and counted by what was really billed of it: sums are capped, and never each period."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from contracts.carried_state import StateOfUnknownForm
from contracts.composition import ChargeDays, compose_days
from contracts.contract import Contract
from contracts.indexation.lookup import no_index
from contracts.invoiced import Apart, nothing_apart
from contracts.net_amounts import agreed_lines
from contracts.rated_usage import Usage
from contracts.savings_pricing.savings_share import SavingsShare
from contracts.schedule import BillingPeriod
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import FaultyDocument
from tests.contracts.savings_pricing.saved import LIFE, at, cents, contract, lived, month, saved, share, year


def quarter(number: int) -> BillingPeriod:
    first, after_last = month(3 * number - 2).first, month(3 * number).after_last
    return BillingPeriod(first, after_last, first, after_last)


def quarters(*kwh: str) -> list[Usage]:
    return [saved(quantity, quarter(number)) for number, quantity in enumerate(kwh, 1)]


def billed_by(rules: Sequence[SavingsShare], uses: Sequence[Usage]) -> list[list[str]]:
    """Rate periods by a version each, as stored and opened in between."""
    state, nets = dict[str, Any](), list[list[str]]()
    for rule, usage in zip(rules, uses, strict=True):
        opened = replace(usage, opening=rule.open(state, usage))
        nets.append(cents(rule.rate(opened)))
        state = dict(json.loads(json.dumps(rule.state(opened))))
    return nets


class TestTheCapIsOfTheSum:
    """ "… 80 % of each year's savings, at most 100,000 a year."

    The shares are 80,000, 40,000, −32,000 and 48,000; so far 80,000, 120,000, 88,000 and 136,000; capped 80,000,
    100,000, 88,000 and 100,000.
    """

    SAVED = quarters("100000", "50000", "-40000", "60000")

    def test_a_period_bills_the_difference_of_capped_sums(self) -> None:
        nets = lived(share(at_most="100000"), self.SAVED)

        assert nets == [
            ["80000.00"],
            ["40000.00", "-20000.00"],  # 100,000 − 80,000
            ["-32000.00", "20000.00"],  # 88,000 − 100,000: a part of the loss is beyond the cap
            ["48000.00", "-36000.00"],  # 100,000 − 88,000
        ]

    def test_arithmetic_2_capped_each_period(self) -> None:
        """The loss was credited in full though its saving was not paid for: 80,000 of 100,000 in all."""
        nets = lived(share(at_most="100000", arithmetic="2"), self.SAVED)

        assert nets == [["80000.00"], ["40000.00", "-20000.00"], ["-32000.00"], ["48000.00", "-36000.00"]]
        assert added(Decimal(net) for of_period in nets for net in of_period) == 80000

    def test_the_next_year_has_a_cap_of_its_own(self) -> None:
        nets = lived(share(at_most="100000"), [*self.SAVED, saved("200000", year(2))])

        assert nets[-1] == ["160000.00", "-60000.00"]

    def test_instalments_together_are_no_more_than_the_cap(self) -> None:
        """Four times 30,000 on account are 30,000, 60,000, 90,000 and at most 100,000; then 136,000 are capped as well."""
        rule = share(at_most="100000", on_account={"amount": ["30000"]})

        assert lived(rule, self.SAVED) == [["30000.00"]] * 3 + [["10000.00", "0.00"]]

    def test_a_window_that_saves_less_gives_instalments_back(self) -> None:
        rule = share(at_most="100000", on_account={"amount": ["30000"]})

        nets = lived(rule, quarters("20000", "20000", "20000", "20000"))

        assert nets == [["30000.00"]] * 3 + [["10000.00", "-36000.00"]]  # 80 % of 80,000 less 100,000

    def test_by_arithmetic_2_the_settlement_took_it_back(self) -> None:
        rule = share(at_most="100000", on_account={"amount": ["30000"]}, arithmetic="2")

        assert lived(rule, self.SAVED) == [["30000.00"]] * 3 + [["30000.00", "-20000.00"]]

    def test_another_cap_from_the_middle_of_a_window_counts_for_all_of_it(self) -> None:
        """100,000 were billed of 120,000; from July on at most 150,000: 168,000 in three quarters, so 50,000 more."""
        low, high = share(at_most="100000"), share(at_most="150000")

        nets = billed_by([low, low, high, high], quarters("100000", "50000", "60000", "0"))

        assert nets[2:] == [["48000.00", "2000.00"], ["0.00"]]

    def test_a_lower_cap_gives_back(self) -> None:
        high, low = share(at_most="150000"), share(at_most="100000")

        nets = billed_by([high, high, low, low], quarters("100000", "50000", "10000", "0"))

        assert nets[2] == ["8000.00", "-28000.00"]  # 100,000 − 120,000


class TestOnAccountFromTheMiddleOfAWindow:
    """What was billed as measured is settled with what is billed on account, and the other way round."""

    SAVED = quarters("100000", "100000", "100000", "100000")

    def test_what_was_billed_as_measured_is_settled(self) -> None:
        """4 × 80,000 − 2 × 80,000 − 2 × 50,000 = 60,000; arithmetic 2 settled 220,000 and billed two quarters twice."""
        measured, on_account = share(), share(on_account={"amount": ["50000"]})

        nets = billed_by([measured, measured, on_account, on_account], self.SAVED)

        assert nets == [["80000.00"], ["80000.00"], ["50000.00"], ["50000.00", "60000.00"]]

    def test_what_was_billed_on_account_is_settled(self) -> None:
        """3 × 80,000 less 2 × 50,000: 140,000 in the quarter from which on it is billed as measured."""
        measured, on_account = share(), share(on_account={"amount": ["50000"]})

        nets = billed_by([on_account, on_account, measured, measured], self.SAVED)

        assert nets == [["50000.00"], ["50000.00"], ["80000.00", "60000.00"], ["80000.00"]]

    def test_a_window_of_arithmetic_2_closes_by_it(self) -> None:
        with pytest.raises(StateOfUnknownForm, match="what was billed of the window is not carried"):
            billed_by([share(arithmetic="2"), share()], self.SAVED[:2])
        assert billed_by([share(arithmetic="2"), share()], [saved("100", year(1)), saved("100", year(2))]) == [
            ["80.00"],
            ["80.00"],
        ]


def moved(kwh: str, period: BillingPeriod) -> Usage:
    """So much less was used at the peak, and so much more in the valley: no energy is saved."""
    parts = tuple(
        Part(Decimal(sign + kwh), {"band": band, "month": f"{period.first:%Y-%m}"})
        for sign, band in (("", "peak"), ("-", "valley"))
    )
    return Usage(Decimal(0), "kWh", period, LIFE, parts)


class TestTranches:
    BANDS: Mapping[str, Any] = {
        "kind": "at_prices",
        "unit": "kWh",
        "bands": {"peak": {"price": "1.00"}, "valley": {"price": "0.30"}, "all": {"price": "1.00"}},
    }

    def by_energy(self, **more: Any) -> SavingsShare:
        tranches = [{"up_to": "600", "percent": ["85"]}, {"percent": ["40"]}]
        return share(valuation=self.BANDS, tranches=tranches, **more)

    def by_value(self, *bounds: str) -> SavingsShare:
        tranches = [{"up_to": bound, "percent": ["80"]} for bound in bounds] + [{"percent": ["40"]}]
        return share(valuation=self.BANDS, tranches=tranches, tranches_of="value")

    @pytest.mark.parametrize(
        ("before", "net"),
        [
            pytest.param("0", "595.00", id="1,000 × (1.00 − 0.30) = 700 in the first tranche: 85 %"),
            pytest.param("600", "595.00", id="the bound belongs to the lower tranche"),
            pytest.param("601", "280.00", id="in the second: 40 %"),
        ],
    )
    def test_a_value_without_energy_is_of_the_tranche_that_is_reached(self, before: str, net: str) -> None:
        nets = lived(self.by_energy(), [saved(before, month(1)), moved("1000", month(2))])

        assert nets[1] == [net]

    def test_by_arithmetic_2_it_was_lost(self) -> None:
        assert lived(self.by_energy(arithmetic="2"), [moved("1000", month(1))]) == [[]]

    def test_of_the_value_each_tranche_has_its_share(self) -> None:
        """Of 700 a month 80 % up to 1,000 a year, then 40 %: 560; 300 × 80 % and 400 × 40 %; 700 × 40 %."""
        nets = lived(self.by_value("1000"), [moved("1000", month(number)) for number in (1, 2, 3)])

        assert nets == [["560.00"], ["240.00", "160.00"], ["280.00"]]

    def test_a_loss_goes_back_through_the_tranches(self) -> None:
        """1,200 so far: 1,000 × 80 % and 200 × 40 %; a loss of 500 takes back 200 × 40 % and 300 × 80 %."""
        nets = lived(self.by_value("1000"), [saved("1200", month(1)), saved("-500", month(2))])

        assert nets == [["800.00", "80.00"], ["-240.00", "-80.00"]]

    def test_a_new_year_begins_with_the_first_tranche(self) -> None:
        nets = lived(self.by_value("1000"), [saved("1200", year(1)), saved("1200", year(2))])

        assert nets == [["800.00", "80.00"]] * 2

    def test_bounds_rise(self) -> None:
        with pytest.raises(FaultyDocument, match="tranches rise"):
            self.by_value("1000", "500")


class TestAnInvestmentIsRepaidByWhatIsInvoiced:
    """ "… 80 % until its investment of 1,000 is repaid, then 20 %." Each month saves 500: 400 at 80 %."""

    REPAID: Mapping[str, Any] = {"investment": "1000", "percent": "20"}

    def charge(self, **more: Any) -> dict[str, Any]:
        rule = {
            "kind": "savings_share",
            "unit": "kWh",
            "valuation": at("1"),
            "tranches": [{"percent": ["80"]}],
            "until_repaid": self.REPAID,
            **more,
        }
        return {"name": "share", "usage": "saved", "rule": rule}

    def nets(self, version: Contract, *kwh: str, apart: Apart = nothing_apart) -> list[dict[str, Decimal]]:
        states, nets = dict[str, Any](), list[dict[str, Decimal]]()
        for number, quantity in enumerate(kwh, 1):
            usage = saved(quantity, month(number))
            days = [ChargeDays(version, charge, month(number), ((month(number), usage),)) for charge in version.charges]
            composed, closing = compose_days(days, states, no_index, apart)
            states = json.loads(json.dumps(closing))
            nets.append(
                {
                    rated.charge.name: added(net for _, net in agreed_lines(rated, version))
                    for of_charge in composed
                    for rated in of_charge
                }
            )
        return nets

    def shares(self, version: Contract, *kwh: str, apart: Apart = nothing_apart) -> list[str]:
        return [f"{of_month['share']:.2f}" for of_month in self.nets(version, *kwh, apart=apart)]

    def test_without_anything_beside_it(self) -> None:
        """200 of the third month's 500 need 250 of it; 20 % of the other 250 are 50."""
        assert self.shares(contract(self.charge()), *["500"] * 4) == ["400.00", "400.00", "250.00", "100.00"]

    def test_a_discount_repays_nothing(self) -> None:
        """10 % off: 360, 720; left 280, which 350 of 500 bring, and 150 × 20 %: 310, of which 279 are invoiced.

        999 of 1,000 are repaid: 1 more, which 1.25 of 500 bring, and 498.75 × 20 %: 100.75.
        """
        off = {"name": "off", "rule": {"kind": "discount", "percent": "10", "of": ["share"]}}

        nets = self.nets(contract(self.charge(), off), *["500"] * 5)

        assert [f"{of_month['share']:.2f}" for of_month in nets] == ["400.00", "400.00", "310.00", "100.75", "100.00"]
        assert [f"{of_month['off']:.2f}" for of_month in nets[:3]] == ["-40.00", "-40.00", "-31.00"]

    def test_by_arithmetic_2_what_the_share_came_to_repaid(self) -> None:
        off = {"name": "off", "rule": {"kind": "discount", "percent": "10", "of": ["share"]}}

        version = contract(self.charge(arithmetic="2"), off)

        assert self.shares(version, *["500"] * 4) == ["400.00", "400.00", "250.00", "100.00"]

    def test_a_maximum_over_several_charges_takes_its_part(self) -> None:
        """At most 300 a month for 400 and a fee of 200: 300 off, 200 of it off the share. 4 × 200 repay 800.

        In the fifth month 200 are left and the share is 250; what the maximum leaves of it does not repay all. 450 less 150, of which 150 × 250 / 450 = 83.33 are off the share: 166.67 are invoiced, and 33.33 are left.
        41.6625 of 500 bring 33.33, the rest 458.3375 × 20 % = 91.6675.
        """
        fee = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "200"}}
        most = {"name": "most", "rule": {"kind": "maximum_spend", "amount": "300", "of": ["share", "fee"]}}

        version = contract(self.charge(), fee, most)

        assert self.shares(version, *["500"] * 7) == ["400.00"] * 4 + ["250.00", "125.00", "100.00"]

    def test_the_cap_of_the_share_repays_nothing(self) -> None:
        """300 of 400 a month: 900 in three months; the fourth brings 100 by 125 of 500, and 375 × 20 % = 75."""
        version = contract(self.charge(at_most="300", per="period"))

        assert self.shares(version, *["500"] * 5) == ["300.00", "300.00", "300.00", "175.00", "100.00"]

    def test_it_is_repaid_to_the_cent_that_is_invoiced(self) -> None:
        """80 % of 500.01 is 400.008, and 400.01 are invoiced: 199.98 are left, and no 199.984.

        199.98 by 249.975 of 500, and 250.025 × 20 % = 50.005, which is 50.01; else 250.02 × 20 % = 50.004 and 50.00.
        """
        (last,) = self.nets(contract(self.charge()), "500.01", "500.01", "500")[2:]

        assert last["share"] == Decimal("249.99")

    def test_what_a_dispute_holds_apart_is_not_invoiced(self) -> None:
        """February is held apart: 400 are repaid until March, 800 until April, and May brings the rest."""

        def february(_version: Contract, charge: str, days: BillingPeriod) -> bool:
            return charge == "share" and days.first == month(2).first

        shares = self.shares(contract(self.charge()), *["500"] * 5, apart=february)

        assert shares == ["400.00", "400.00", "400.00", "250.00", "100.00"]

    def test_a_saving_that_is_corrected_repays_less(self) -> None:
        """January saved 250 and no 500: 200, 400, 400 repay all but nothing; April has 20 %."""
        assert self.shares(contract(self.charge()), "250", "500", "500", "500") == [
            "200.00",
            "400.00",
            "400.00",
            "100.00",
        ]

    def test_on_account_the_settlement_repays(self) -> None:
        """A window of a quarter, 300 a month on account. Shares 400 + 400 + 250 = 1,050 are settled by 150 in March.

        1,050 are invoiced, so that April's share is 20 %: 100 a month, and 300 in June less 900 on account.
        """
        version = contract(self.charge(on_account={"amount": ["300"]}, per="quarter"))

        shares = self.shares(version, *["500"] * 6)

        assert shares == ["300.00", "300.00", "450.00", "300.00", "300.00", "-300.00"]

    def test_on_account_below_the_cap_of_the_window(self) -> None:
        """At most 600 a quarter: 600 of 1,050 are invoiced. 400 are left, which April brings; 2 × 100 more are below 600."""
        version = contract(self.charge(on_account={"amount": ["300"]}, per="quarter", at_most="600"))

        shares = self.shares(version, *["500"] * 6)

        # January to March 300 + 300 + 0; April to June 300 + 300 + 0, settled at 400 + 100 + 100
        assert shares == ["300.00", "300.00", "0.00", "300.00", "300.00", "0.00"]


class TestASharePerPeriod:
    @pytest.mark.parametrize("arithmetic", ["2", "3"])
    def test_without_cap_tranches_and_investment_nothing_changes(self, arithmetic: str) -> None:
        assert lived(share(arithmetic=arithmetic), quarters("100", "-50", "100")) == [["80.00"], ["-40.00"], ["80.00"]]
