"""Finance lease: equal instalments, exact to the last cent."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rated_usage import Usage
from contracts.savings_pricing.lease_rent import AnotherLease, LeaseNotRepaid, LeaseRent
from quantities.arithmetic import added
from quantities.document import parse
from tests.contracts.savings_pricing.saved import LIFE, at, cents, lived, month, promise, saved, year


class TestFinanceLease:
    def test_gbt24915_sixty_instalments(self) -> None:
        """2,400,000 at 6.2 %/12: 46,622.25, the last 46,621.95, interest 397,334.70; 59 × 46,622.25 + 46,621.95 = 2,797,334.70."""
        rule = parse(LeaseRent, {"financed": "2400000", "percent_a_year": "6.2", "instalments": "60"})
        months = [Usage(period=month(n % 12 + 1, 2026 + n // 12), life=LIFE) for n in range(61)]
        nets = lived(rule, months)
        assert nets == [["46622.25"]] * 59 + [["46621.95"], []]
        assert added(Decimal(net) for of_month in nets for net in of_month) == Decimal("2797334.70")

    @pytest.mark.parametrize(("arithmetic", "last"), [("1", "2277.23"), ("2", "2277.24"), ("3", "2277.24")])
    def test_interest_is_rounded_once(self, arithmetic: str, last: str) -> None:
        """At 10 %/12 the interest of the balances is exact: a rate of 0.008333333333333 takes off a cent."""
        terms = {"financed": "6719.4", "percent_a_year": "10", "instalments": "3", "arithmetic": arithmetic}
        nets = lived(parse(LeaseRent, terms), [Usage(period=month(n), life=LIFE) for n in (1, 2, 3)])
        assert nets[-1] == [last]

    @pytest.mark.parametrize(("amended", "nets"), [
        pytest.param({"percent_a_year": "9"}, ["3366.72", "3379.28", "3379.28"], id="a rate, for the rest of the balance"),
        pytest.param({"instalments": "4"}, ["3366.72", "2250.07", "2250.07", "2250.08"], id="four instalments, three are left"),
        pytest.param({"periods_a_year": "12"}, ["3366.72", "3366.72", "3366.73"], id="nothing"),
    ])  # fmt: skip
    def test_an_amendment_goes_on_from_the_balance(self, amended: dict[str, str], nets: list[str]) -> None:
        """10,000 at 6 %/12 in 3; after 3,366.72 of it 6,683.28 is left. At 9 % in 2: 3,379.28; at 6 % in 3: 2,250.07."""
        terms = {"financed": "10000", "percent_a_year": "6", "instalments": "3"}
        first, later = parse(LeaseRent, terms), parse(LeaseRent, terms | amended)
        usage = Usage(period=month(1), life=LIFE, currency="EUR")
        billed, state = cents(first.rate(usage)), first.state(usage)
        for n in range(2, len(nets) + 1):
            usage = Usage(period=month(n), life=LIFE, currency="EUR")
            usage = replace(usage, opening=later.open(state, usage))
            billed += cents(later.rate(usage))
            state = later.state(usage)
        assert billed == nets
        assert Decimal(state["values"]["balance"]) == 0

    @pytest.mark.parametrize(("amended", "refusal"), [
        ({"financed": "9000"}, AnotherLease), ({"instalments": "1"}, LeaseNotRepaid),
    ])  # fmt: skip
    def test_what_cannot_go_on_is_refused(self, amended: dict[str, str], refusal: type[Exception]) -> None:
        terms = {"financed": "10000", "percent_a_year": "6", "instalments": "3"}
        usage = Usage(period=month(1), life=LIFE)
        with pytest.raises(refusal):
            parse(LeaseRent, terms | amended).open(parse(LeaseRent, terms).state(usage), usage)

    @given(st.integers(1, 10**9), st.integers(0, 2000), st.integers(1, 120))
    def test_principal_and_interest_add_up_to_the_last_cent(self, cents_: int, rate: int, many: int) -> None:
        terms = {
            "financed": str(Decimal(cents_) / 100),
            "percent_a_year": str(Decimal(rate) / 100),
            "instalments": str(many),
        }
        rule, state, principal = parse(LeaseRent, terms), dict[str, Any](), Decimal(0)
        for n in range(many):
            usage = Usage(period=month(n % 12 + 1, 2026 + n // 12), life=LIFE, opening=state)
            (line,) = rule.rate(usage)
            principal += Decimal(line.calculation.rpartition(" ")[2])
            state = dict(rule.close(usage))
        assert principal == rule.financed
        assert Decimal(state["balance"]) == 0

    def test_savings_short_of_the_rent_are_topped_up(self) -> None:
        """543,000.00 against 12 × 46,622.25 = 559,467.00: 16,467.00."""
        rule = promise(of="value", valuation=at("1"), guaranteed=["559467.00"])
        assert cents(rule.rate(saved("543000", year(1)))) == ["-16467.00"]
