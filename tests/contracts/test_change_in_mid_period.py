"""A charge's own terms change on the 16th of June: its sums go on, begin anew, or have the new terms for all of June."""

from typing import Any

import pytest

from tests.contracts.test_own_terms import DEDUCTION, MAJOR, events, fee, one
from tests.contracts.trials import COOLING, priced

KW = {"kind": "demand", "unit": "kW"}
COSTS = {"kind": "pass_through", "at_most": "1000"}
FREE = {"kind": "percentage", "percent": "1", "fee_per_event": "1", "free_events": "2"}
PERCENTS = {"kind": "percentage", "tiers": [{"up_to": "1000", "percent": "10"}, {"percent": "1"}]}
PARTS = {"kind": "per_unit", "unit": "part", "unit_price": "1"}


def june(
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    used: list[dict[str, Any]],
    on_change: str,
    name: str = "one",
) -> list[str]:
    """The nets of a charge before the 16th, and from then on: of whole months in one."""
    contract = COOLING | {"starts": "2026-06-01", "charges": before}
    amended = contract | {"charges": after, "settings": {"on_change": on_change}, "in_force_from": "2026-06-16"}
    days = zip(("2026-06-01", "2026-06-16"), used, strict=False)
    period = {"segments": [{"first": first, "uses": {"one": use}} for first, use in days]}
    trial = {"contract": contract, "amendments": [amended], "periods": [period]}
    (billed,) = priced(trial).periods
    return [
        str(sum(line.net for line in segment.lines if line.rule == name))
        for segment in billed.segments
        if any(line.rule == name for line in segment.lines)
    ]


def kw(quantity: str) -> dict[str, Any]:
    return {"unit": "kW", "quantity": quantity}


def costs(quantity: str) -> dict[str, Any]:
    return {"unit": "one", "quantity": quantity}


@pytest.mark.parametrize(
    ("rule", "used", "on_change", "nets"),
    [
        pytest.param(COSTS, [costs("800"), costs("800")], "continue", ["800.00", "200.00"], id="1,600 at most 1,000"),
        pytest.param(COSTS, [costs("800"), costs("800")], "restart", ["800.00", "800.00"], id="800 at most 1,000, twice"),
        pytest.param(FREE, [events("10", "10", "10"), events("10")], "continue", ["1.10", "1.10"], id="two free events, used up"),
        pytest.param(FREE, [events("10", "10", "10"), events("10")], "restart", ["1.10", "0.00"], id="two free events again"),
        pytest.param(PERCENTS, [events("800"), events("800")], "continue", ["80.00", "26.00"], id="10 % of 200 more, 1 % of 600"),
        pytest.param(PERCENTS, [events("800"), events("800")], "restart", ["80.00", "80.00"], id="10 % of 800, twice"),
    ],
)  # fmt: skip
def test_what_a_rule_adds_up_over_a_period(
    rule: dict[str, Any], used: list[dict[str, Any]], on_change: str, nets: list[str]
) -> None:
    measured_by = [
        use | {"quantity": str(sum(int(part["quantity"]) for part in use.get("parts", ())) or use.get("quantity"))}
        for use in used
    ]
    assert june([one(rule)], [one(rule, while_suspended="true")], measured_by, on_change) == nets


@pytest.mark.parametrize(
    ("peaks", "on_change", "nets"),
    [
        pytest.param(["200", "100"], "continue", ["1000.00", "1200.00"], id="200 × 10 / 2, 200 × 12 / 2"),
        pytest.param(["100", "200"], "continue", ["500.00", "1800.00"], id="100 × 10 / 2, 200 × 12 / 2 and 100 × 12 / 2 for the days before"),
        pytest.param(["200", "100"], "restart", ["1000.00", "600.00"], id="200 × 10 / 2, 100 × 12 / 2"),
    ],
)  # fmt: skip
def test_a_peak_is_the_months_or_each_sides_own(peaks: list[str], on_change: str, nets: list[str]) -> None:
    before, after = ([one(KW | {"unit_price": price})] for price in ("10", "12"))
    assert june(before, after, [kw(peak) for peak in peaks], on_change) == nets


@pytest.mark.parametrize("on_change", ["continue", "restart"])
def test_a_peak_in_kva_begins_anew_after_one_in_kw(on_change: str) -> None:
    """200 kW × 10 / 2 and 100 kVA × 12 / 2: what is of another kind of quantity is priced by the terms of its days."""
    before, after = one(KW | {"unit_price": "10"}), one({"kind": "demand", "unit": "kVA", "unit_price": "12"})
    used = [kw("200"), {"unit": "kVA", "quantity": "100"}]
    assert june([before], [after], used, on_change) == ["1000.00", "600.00"]


def test_a_peak_of_a_month_in_two_is_one_of_the_peaks_before() -> None:
    """80 % of 200, the highest of June, are 160 in July, whichever side of the change had it."""
    ratchet = {"ratchet": {"percent": "80", "periods": "1"}}
    contract = COOLING | {"starts": "2026-06-01", "charges": [one(KW | {"unit_price": "10"} | ratchet)]}
    amended = contract | {"charges": [one(KW | {"unit_price": "12"} | ratchet)], "in_force_from": "2026-06-16"}
    segments = [
        {"first": "2026-06-01", "uses": {"one": kw("200")}},
        {"first": "2026-06-16", "uses": {"one": kw("100")}},
    ]
    periods = [{"segments": segments}, {"uses": {"one": kw("50")}}]
    _, july = priced({"contract": contract, "amendments": [amended], "periods": periods}).periods
    assert str(july.net) == "1920.00"


@pytest.mark.parametrize(
    ("on_change", "deducted"),
    [
        pytest.param("continue", ["-10.00", "-20.00"], id="the second event counts twice"),
        pytest.param("restart", ["-10.00", "-10.00"], id="it is the first one again"),
    ],
)
def test_repeated_events(on_change: str, deducted: list[str]) -> None:
    event = {"unit": "each", "quantity": "1", "parts": [MAJOR]}
    assert june([one(DEDUCTION)], [one(DEDUCTION, while_suspended="true")], [event, event], on_change) == deducted


@pytest.mark.parametrize(
    ("on_change", "to_the_minimum"),
    [
        pytest.param("continue", ["70.00"], id="300 less 230"),
        pytest.param("restart", ["50.00", "20.00"], id="150 less 100, 150 less 130"),
    ],
)
def test_a_bound_that_restarts_is_shared_by_days(on_change: str, to_the_minimum: list[str]) -> None:
    parts = [{"unit": "part", "quantity": quantity} for quantity in ("100", "130")]
    least = {"name": "least", "rule": {"kind": "minimum_spend", "amount": "300"}}
    changed = [one(PARTS, while_suspended="true"), least | {"while_suspended": "true"}]
    assert june([one(PARTS), least], changed, parts, on_change, "least") == to_the_minimum


@pytest.mark.parametrize("proration", ["calendar_days", "thirty_days", "thirty_360"])
@pytest.mark.parametrize("day", ["2026-01-02", "2026-01-16", "2026-01-31", "2026-02-15", "2026-02-28"])
def test_the_parts_of_a_month_add_up_to_it(proration: str, day: str) -> None:
    """Whatever else changes: 310 of 300 in January, and 280 in February, were due by thirty days before."""
    contract = COOLING | {"charges": [fee("300", proration=proration)]}
    amended = contract | {
        "charges": [fee("300", proration=proration) | {"while_suspended": "true"}],
        "in_force_from": day,
    }
    periods = priced({"contract": contract, "amendments": [amended], "periods": [{}, {}]}).periods
    assert [str(period.net) for period in periods] == ["300.00", "300.00"]


def test_a_prepaid_block_that_expires_within_a_period_is_not_whole_again() -> None:
    """100 parts of June are prepaid until the 10th; 80 of them were used by the 16th, and 50 more after it."""
    block = {"name": "first", "bought": "2026-06-01", "expires": "2026-06-10", "units": "100", "cost": "90"}
    rule = {"kind": "prepaid", "unit": "part", "unit_price": "1", "blocks": [block]}
    used = [{"unit": "part", "quantity": quantity} for quantity in ("80", "50")]
    assert june([one(rule)], [one(rule, while_suspended="true")], used, "continue") == ["90.00", "30.00"]


@pytest.mark.parametrize("on_change", ["continue", "restart"])
def test_a_divided_month_takes_no_earlier_peak_out_of_a_ratchet(on_change: str) -> None:
    """Half of the highest of the two months before: 1,000 kW of April on either side, not only 300 kW of May on the later."""
    rule = KW | {"unit_price": "10", "ratchet": {"percent": "50", "periods": "2"}}
    contract = COOLING | {"starts": "2026-04-01", "charges": [one(rule)]}
    dearer = [one(rule | {"unit_price": "12"})]
    amended = contract | {"charges": dearer, "settings": {"on_change": on_change}, "in_force_from": "2026-06-16"}
    june = [{"first": day, "uses": {"one": kw(peak)}} for day, peak in (("2026-06-01", "100"), ("2026-06-16", "50"))]
    months = [{"uses": {"one": kw("1000")}}, {"uses": {"one": kw("300")}}, {"segments": june}]
    *_, divided = priced({"contract": contract, "amendments": [amended], "periods": months}).periods
    nets = [str(line.net) for segment in divided.segments for line in segment.lines]
    assert nets == ["2500.00", "3000.00"]  # 500 × 10 / 2, 500 × 12 / 2


@pytest.mark.parametrize(
    ("rule", "on_change", "net"),
    [
        pytest.param({"kind": "fixed_fee", "amount": "300", "proration": "none"}, "continue", "300.00", id="due whole with its first days"),
        pytest.param({"kind": "fixed_fee", "amount": "310", "proration": "thirty_days"}, "continue", "155.00", id="15 of 30 days"),
        pytest.param({"kind": "minimum_spend", "amount": "300"}, "restart", "300.00", id="a bound of all of June"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["one", "another"])
def test_another_rule_under_its_name_is_as_a_charge_that_is_added(
    rule: dict[str, str], on_change: str, net: str, name: str
) -> None:
    """From the 16th on; until then a visit is due under the name, on the 2nd."""
    visit = {"name": "one", "rule": {"kind": "one_off", "amount": "5", "on": "2026-06-02"}}
    contract = COOLING | {"starts": "2026-06-01", "charges": [visit], "settings": {"on_change": on_change}}
    amended = contract | {"charges": [{"name": name, "rule": rule}], "in_force_from": "2026-06-16"}
    (billed,) = priced({"contract": contract, "amendments": [amended], "periods": [{}]}).periods
    assert [[str(line.net) for line in segment.lines] for segment in billed.segments] == [["5.00"], [net]]


@pytest.mark.parametrize(("before", "expected"), [
    pytest.param({"kind": "per_unit", "unit_price": "0.50"}, "28.00", id="use goes on: 40 at 0.50 and 40 at 0.20"),
    pytest.param({"kind": "package", "size": "10", "package_price": "4"}, "28.00", id="whatever the rule over it was"),
])  # fmt: skip
def test_from_one_rule_over_a_quantity_to_another_the_use_before_fills_the_tiers(
    before: dict[str, str], expected: str
) -> None:
    """60 kWh until the 15th, 80 from the 16th on, when the first 100 kWh of a month begin to cost 0.50 and others 0.20."""
    tiers = {"kind": "graduated", "tiers": [{"up_to": "100", "unit_price": "0.50"}, {"unit_price": "0.20"}]}
    charges = [{"name": "one", "register": "kwh", "rule": {"unit": "kWh", **rule}} for rule in (before, tiers)]
    contract = COOLING | {"charges": [charges[0]]}
    amended = contract | {"charges": [charges[1]], "in_force_from": "2026-01-16"}
    used = [
        {"first": first, "uses": {"one": {"quantity": quantity, "unit": "kWh"}}}
        for first, quantity in (("2026-01-01", "60"), ("2026-01-16", "80"))
    ]
    result = priced({"contract": contract, "amendments": [amended], "periods": [{"segments": used}]})
    assert str(result.periods[0].segments[-1].net) == expected


class TestAWindowThatEndsWithinAPeriod:
    """A period is in the window of the charge's first billed day in it, and that window ends with the period."""

    @staticmethod
    def nets(
        billing: dict[str, str], starts: str, rules: list[dict[str, Any]], day: str, used: list[Any], **terms: Any
    ) -> list[str]:
        """What a charge comes to on either side of a day in its first period, and in the periods after that."""
        first, second, *later = used
        contract = COOLING | {"starts": starts, "billing": billing, "charges": [rules[0]]} | terms
        amended = contract | {"charges": [rules[1]], "in_force_from": day}
        divided = {"segments": [{"first": starts, "uses": {"one": first}}, {"first": day, "uses": {"one": second}}]}
        periods = [divided, *({"uses": {"one": use}} for use in later)]
        result = priced({"contract": contract, "amendments": [amended], "periods": periods})
        return [str(segment.net) for period in result.periods for segment in period.segments]

    @pytest.mark.parametrize(
        ("reset", "nets"),
        [
            pytest.param("half_year", ["400.00", "50.00", "50.00"], id="January to June have not ended: as agreed"),
            pytest.param("month", ["400.00", "50.00", "100.00"], id="January ended with the period: 50 h in 11 cycles"),
        ],
    )
    def test_a_ratio_is_set_anew_once_its_window_has_ended(self, reset: str, nets: list[str]) -> None:
        """From 17 January until the end of February is one period; 40 hours in 10 cycles were no ratio of their own."""
        table = [{"from_ratio": "0", "factor": "1"}, {"from_ratio": "4", "factor": "2"}]
        hard = {"kind": "severity", "unit": "machine_hour", "agreed_ratio": "1", "table": table}
        rules = [
            one(hard | {"unit_price": price, "reset": window}, beside={"cycles": "cycles"})
            for price, window in (("10", "month"), ("5", reset))
        ]
        used = [
            {"unit": "machine_hour", "quantity": hours, "beside": {"cycles": {"unit": "cycle", "quantity": cycles}}}
            for hours, cycles in (("40", "10"), ("10", "1"), ("10", "1"))
        ]
        assert self.nets({"leading": "joined"}, "2026-01-17", rules, "2026-02-10", used) == nets

    def test_a_fee_of_shifts_is_paid_once_for_two_windows_of_one_first_day(self) -> None:
        """The month from 1 December on and the two from then on began together: 300 until February are 300 − 300 more."""
        rules = [
            one({"kind": "shift", "unit": "machine_hour", "fee": fee_of, "per": per, "steps": [{"factor": "1"}]})
            for fee_of, per in (("900", "month"), ("300", "two_months"))
        ]
        used = [{"unit": "machine_hour", "quantity": "8"}] * 5
        nets = self.nets({"every": "two_weeks"}, "2025-12-29", rules, "2026-01-01", used)
        assert nets == ["900.00", "0", "0", "0", "300.00"]  # the period from 9 February on begins another one

    def test_another_rule_under_its_name_is_in_the_window_of_its_own_first_day(self) -> None:
        """9 March to 5 April are one period; what is lost from 3 April on is of the second quarter, which has not ended."""
        lost = {"kind": "lost_yield", "unit": "kWh", "unit_price": "1", "guarantee": "100", "per": "quarter"}
        states = [{"quantity": "36", "labels": {"state": state}} for state in ("running", "down")]
        yielded = {"unit": "kWh", "quantity": "100", "beside": {"states": {"unit": "h", "parts": states}}}
        used = [{"unit": "part", "quantity": "7"}, yielded]
        rules = [one(PARTS), one(lost | {"downtime": {"states": ["down"]}}, beside={"states": "states"})]
        nets = self.nets({"every": "four_weeks", "year_begins": "1"}, "2026-03-09", rules, "2026-04-03", used)
        assert nets == ["7.00", "0"]

    @pytest.mark.parametrize(
        ("on_change", "nets"),
        [
            pytest.param("continue", ["0", "-50.00"], id="ready for 40 of 50 h, all made 200: 200 × 100 / 80 − 200"),
            pytest.param("restart", ["-100.00", "0"], id="ready for 10 of 20 h, made 100: settled, and no part of the year"),
        ],
    )  # fmt: skip
    def test_what_a_period_adds_up_has_ended_where_it_restarts(self, on_change: str, nets: list[str]) -> None:
        """A guarantee of the month becomes one of the year, on the 16th: both began on 1 January, and end on the 31st."""
        lost = {"kind": "lost_yield", "unit": "kWh", "unit_price": "1", "guarantee": "100"}
        rules = [
            one(lost | {"downtime": {"states": ["down"]}, "per": per}, beside={"states": "states"})
            for per in ("period", "year")
        ]
        used = [
            {"unit": "kWh", "quantity": "100", "beside": {"states": {"unit": "h", "parts": parts}}}
            for parts in (
                [{"quantity": "10", "labels": {"state": state}} for state in ("running", "down")],
                [{"quantity": "30", "labels": {"state": "running"}}],
            )
        ]
        terms = {"ends": "2026-02-01", "settings": {"on_change": on_change}}
        assert self.nets({}, "2026-01-01", rules, "2026-01-16", used, **terms) == nets

    @pytest.mark.parametrize("on_change", ["continue", "restart"])
    def test_a_commitment_that_is_added_counts_what_its_window_has_used(self, on_change: str) -> None:
        """90 kWh a quarter, from 7 January on also 362 a half-year: both began on 1 January, and have 18 days.

        20 kWh, none and 5 were used at 10: 18 are committed to the quarter; 36 − 25 are missing to the half-year.
        """
        quarter, half_year = {"per": "quarter", "quantity": "90"}, {"per": "half_year", "quantity": "362"}
        rules = [
            one({"kind": "commitment", "unit": "kWh", "unit_price": "10", "committed": committed})
            for committed in ([quarter], [quarter, half_year])
        ]
        used = [{"unit": "kWh", "quantity": quantity} for quantity in ("20", "0", "5")]
        billing = {"every": "week", "leading": "joined", "year_begins": "1"}
        terms = {"ends": "2026-01-19", "settings": {"on_change": on_change}}
        assert self.nets(billing, "2026-01-01", rules, "2026-01-07", used, **terms) == ["200.00", "0.00", "160.00"]

    def test_a_commitment_to_an_amount_begins_anew_after_one_to_a_quantity(self) -> None:
        """20 kWh of January's 31 were used at 1, and from the 11th on 4 at 10: 40 and 22 missing to 62; 20 kWh are no 20 EUR."""
        rules = [
            one({"kind": "commitment", "unit": "kWh", "unit_price": price, "committed": [terms]})
            for price, terms in (("1", {"quantity": "31"}), ("10", {"amount": "62"}))
        ]
        used = [{"unit": "kWh", "quantity": quantity} for quantity in ("20", "4")]
        assert self.nets({}, "2026-01-01", rules, "2026-01-11", used) == ["20.00", "62.00"]

    @pytest.mark.parametrize(("arithmetic", "net"), [(3, "16.00"), (2, "11.00")])
    def test_a_commitment_to_the_period_that_restarts_does_not_go_on_from_a_longer_one(
        self, arithmetic: int, net: str
    ) -> None:
        """90 kWh a quarter, from 16 January on 31 a month: of the 16 days' 16, 4 are used and 12 missing.

        By arithmetic 2 the 5 kWh of the quarter's days before counted as well.
        """
        committed = (
            [{"per": "quarter", "quantity": "90"}],
            [{"per": "period", "quantity": "31"}, {"per": "year", "quantity": "0"}],
        )
        rule = {"kind": "commitment", "arithmetic": arithmetic, "unit": "kWh", "unit_price": "1"}
        rules = [one(rule | {"committed": windows}) for windows in committed]
        used = [{"unit": "kWh", "quantity": quantity} for quantity in ("5", "4")]
        terms = {"ends": "2026-02-01", "settings": {"on_change": "restart"}}
        assert self.nets({}, "2026-01-01", rules, "2026-01-16", used, **terms) == ["5.00", net]

    @pytest.mark.parametrize(
        ("on_change", "windows", "net"),
        [
            pytest.param("continue", ("period", "quarter"), "274.00", id="of 31 kWh of the quarter 5 were used: 300 − 26"),
            pytest.param("restart", ("period", "quarter"), "259.00", id="10 of 15 kWh of the days before are left: 300 − 31 − 10"),
            pytest.param("restart", ("quarter", "period"), "253.55", id="90 kWh of the month are there for 16 days of 31: 300 − 46.45"),
        ],
    )  # fmt: skip
    def test_what_is_included_goes_on_or_begins_again(self, on_change: str, windows: tuple[str, str], net: str) -> None:
        """31 kWh, and from 16 January on 90, of a month or a quarter that both begin on the 1st, in a contract of January."""
        rule = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}
        charges = [
            one(rule, included={"quantity": quantity, "unit": "kWh", "per": per, "carry_forward": "10"})
            for quantity, per in zip(("31", "90"), windows, strict=True)
        ]
        used = [{"unit": "kWh", "quantity": quantity} for quantity in ("5", "300")]
        terms = {"ends": "2026-02-01", "settings": {"on_change": on_change}}
        assert self.nets({}, "2026-01-01", charges, "2026-01-16", used, **terms) == ["0.00", net]


def test_a_change_within_a_period_leaves_it_in_the_year_in_which_it_began() -> None:
    """The year from November 2026 on began in the contract's first: 5 kWh a part are promised, also from June on.

    300 kWh + 900 kWh for 200 parts, of which 5 × 200 were promised: 200 kWh too many, at 2.
    """
    promise = {
        "kind": "energy_guarantee",
        "unit": "kWh",
        "guaranteed_a_unit": ["5", "3"],
        "output_unit": "part",
        "price": "2",
    }
    charge = {"name": "one", "register": "kwh", "beside": {"output": "parts"}, "rule": promise}
    billing = {"every": "year", "year_begins": "11"}
    contract = COOLING | {"starts": "2026-02-01", "billing": billing, "charges": [charge]}
    amended = contract | {"settings": {"on_change": "restart"}, "in_force_from": "2027-06-29"}

    def used(kwh: str, parts: str) -> dict[str, Any]:
        output = {"quantity": parts, "unit": "part"}
        return {"uses": {"one": {"quantity": kwh, "unit": "kWh", "beside": {"output": output}}}}

    segments = [{"first": "2026-11-01", **used("300", "50")}, {"first": "2027-06-29", **used("900", "150")}]
    periods = [used("10", "2"), {"segments": segments}]
    result = priced({"contract": contract, "amendments": [amended], "periods": periods})
    assert [str(segment.net) for segment in result.periods[1].segments][-1] == "-400.00"
