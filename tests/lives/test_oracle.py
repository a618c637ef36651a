"""The oracle comes to the worked examples of the pages that it was written from."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.lives.facts import (
    DisputeFact,
    ExchangeFact,
    Facts,
    IndexLinkFact,
    IndexValueFact,
    ReadingFact,
    RegisterFact,
    VersionFact,
)
from tests.lives.oracle.clock import band_at
from tests.lives.oracle.flows import Log, NotCounted
from tests.lives.oracle.last_place import rounded, spread
from tests.lives.oracle.owed import index_value, owed, short_of
from tests.lives.oracle.periods import billing_periods, until
from tests.lives.oracle.use import Ask, used

CONTRACT: dict[str, Any] = {
    "contract": "C-1",
    "supplier": {"name": "Nordluft", "country": "DE"},
    "customer": {"name": "Blechwerke", "country": "DE"},
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "starts": "2026-01-01",
    "charges": [
        {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "310.00"}},
        {"name": "energy", "register": "kwh", "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "0.30"}},
    ],
}
KWH = RegisterFact("kwh", "interval", "kWh", interval_minutes=60)
MIDNIGHT = datetime(2026, 1, 9, 23, tzinfo=UTC)  # of 10 January in Berlin


def at(hours: float) -> datetime:
    """So many hours after the local midnight of 10 January."""
    return MIDNIGHT + timedelta(hours=hours)


def hourly(key: str, hours: float, value: str, length: float = 1, **dimensions: str) -> ReadingFact:
    return ReadingFact(key, at(hours), at(hours + length), Decimal(value), tuple(dimensions.items()))


def read(key: str, hours: float, value: str, **dimensions: str) -> ReadingFact:
    return ReadingFact(key, at(hours), None, Decimal(value), tuple(dimensions.items()))


def told(*documents: Mapping[str, Any], registers: tuple[RegisterFact, ...] = (KWH,), **facts: Any) -> Facts:
    """Facts with a contract's versions, each given by what differs from the contract above."""
    sparse = {"least_coverage": "0"}  # an hour or two are told of a month
    versions = [
        VersionFact(
            str(document.get("contract", "C-1")),
            number,
            {**CONTRACT, **document, "settings": sparse | document.get("settings", {})},
        )
        for number, document in enumerate(documents, 1)
    ]
    return Facts(registers={register.key: register for register in registers}, versions=versions, **facts)


def nets(facts: Facts, through: date, charge: str) -> list[str]:
    """A charge's net amounts in order of their days."""
    found = owed(facts, {"C-1": through})
    assert not found.refused
    return [str(amount) for (_, name, _, _), amount in sorted(found.net.items()) if name == charge]


class TestRounding:
    """docs/algorithms.md, rounding and largest remainder."""

    @pytest.mark.parametrize(("amount", "nets"), [
        ("2.345", ["2.35", "2.34", "2.34", "2.35", "2.34"]),
        ("2.355", ["2.36", "2.36", "2.35", "2.36", "2.35"]),
        ("2.3451", ["2.35", "2.35", "2.35", "2.35", "2.34"]),
        ("2.341", ["2.34", "2.34", "2.34", "2.35", "2.34"]),
        ("-2.345", ["-2.35", "-2.34", "-2.34", "-2.35", "-2.34"]),
        ("-2.341", ["-2.34", "-2.34", "-2.34", "-2.35", "-2.34"]),
    ])  # fmt: skip
    def test_an_amount_comes_to_its_last_place(self, amount: str, nets: list[str]) -> None:
        modes = ["half_up", "half_even", "half_down", "up", "down"]

        assert nets == [str(rounded(Fraction(amount), mode, 2)) for mode in modes]

    @pytest.mark.parametrize(("amount", "weights", "parts"), [
        ("100", [1, 1, 1], ["33.34", "33.33", "33.33"]),
        ("-100", [1, 1, 1], ["-33.34", "-33.33", "-33.33"]),
        ("0.05", [1, 1], ["0.03", "0.02"]),
        ("10", [1, 2, 4], ["1.43", "2.86", "5.71"]),
        ("10", [50, 0, 50], ["5.00", "0.00", "5.00"]),
    ])  # fmt: skip
    def test_parts_add_up_to_the_sum(self, amount: str, weights: list[int], parts: list[str]) -> None:
        shares = [Fraction(amount) * weight / sum(weights) for weight in weights]

        assert parts == [str(part) for part in spread(shares, "half_up", 2)]


class TestPeriods:
    """docs/algorithms.md, periods and parts of a period; docs/settings.md, billing and extension."""

    @pytest.mark.parametrize(("billing", "starts", "periods"), [
        ({}, "2026-01-15", "2026-01-15 17/31, 2026-02-01 28/28, 2026-03-01 31/31"),
        ({"anchor_day": "31"}, "2026-01-31", "2026-01-31 28/28, 2026-02-28 31/31, 2026-03-31 30/30"),
        ({"every": "week", "anchor_weekday": "wed"}, "2026-01-01", "2026-01-01 6/7, 2026-01-07 7/7, 2026-01-14 7/7"),
        ({"every": "two_weeks"}, "2026-01-05", "2026-01-05 14/14, 2026-01-19 14/14, 2026-02-02 14/14"),
        ({"every": "four_weeks"}, "2026-01-05", "2026-01-05 28/28, 2026-02-02 28/28, 2026-03-02 28/28"),
        ({"every": "two_months"}, "2026-02-01", "2026-02-01 59/59, 2026-04-01 61/61, 2026-06-01 61/61"),
        ({"every": "quarter"}, "2026-02-01", "2026-02-01 89/89, 2026-05-01 92/92, 2026-08-01 92/92"),
        ({"every": "quarter", "year_begins": "1"}, "2026-02-01", "2026-02-01 59/90, 2026-04-01 91/91, 2026-07-01 92/92"),
        ({"every": "half_year"}, "2026-01-01", "2026-01-01 181/181, 2026-07-01 184/184, 2027-01-01 181/181"),
        ({"every": "year", "year_begins": "4"}, "2026-01-01", "2026-01-01 90/365, 2026-04-01 365/365, 2027-04-01 366/366"),
        ({"every": "custom", "calendar": ["2026-01-01", "2026-01-29", "2026-02-26", "2026-04-02"]}, "2026-01-01", "2026-01-01 28/28, 2026-01-29 28/28, 2026-02-26 35/35"),
        ({"anchor_day": "31"}, "2026-02-10", "2026-02-10 18/28"),
        ({"anchor_day": "31", "leading_part_of": "counted_back"}, "2026-02-10", "2026-02-10 18/31"),
        ({"leading_part_of": "counted_back"}, "2026-02-10", "2026-02-10 19/28"),
    ])  # fmt: skip
    def test_a_contract_is_cut_at_its_anchors(self, billing: dict[str, Any], starts: str, periods: str) -> None:
        expected = periods.split(", ")

        assert expected == shown({"starts": starts, "billing": billing})[: len(expected)]

    @pytest.mark.parametrize(("billing", "starts", "ends", "periods"), [
        ({}, "2026-01-15", "2026-03-10", ["2026-01-15 17/31", "2026-02-01 28/28", "2026-03-01 9/31"]),
        ({"leading": "joined"}, "2026-01-15", "2026-03-10", ["2026-01-15 45/45", "2026-03-01 9/31"]),
        ({"leading": "joined"}, "2026-01-15", "2026-02-20", ["2026-01-15 36/45"]),  # its neighbour is a part itself
        ({"trailing": "joined"}, "2026-01-15", "2026-03-10", ["2026-01-15 17/31", "2026-02-01 37/37"]),
        ({"every": "quarter", "anchor_day": "31", "year_begins": "1", "trailing": "joined", "leading_part_of": "counted_back"}, "2026-02-10", "2026-08-10", ["2026-02-10 79/90", "2026-04-30 102/102"]),
        ({"every": "week", "anchor_weekday": "wed"}, "2026-01-01", "2026-01-15", ["2026-01-01 6/7", "2026-01-07 7/7", "2026-01-14 1/7"]),
    ])  # fmt: skip
    def test_a_part_is_alone_or_joined(
        self, billing: dict[str, Any], starts: str, ends: str, periods: list[str]
    ) -> None:
        assert periods == shown({"starts": starts, "ends": ends, "billing": billing})

    @pytest.mark.parametrize(("notice", "end"), [
        ("2026-11-15", date(2028, 1, 1)),
        ("2026-10-03", date(2027, 1, 1)),  # 90 days before, to the day
        ("2026-10-04", date(2028, 1, 1)),
    ])  # fmt: skip
    def test_notice_ends_the_extension_that_it_can_still_end(self, notice: str, end: date) -> None:
        extension = {"months": "12", "notice_days": "90", "notice": notice}

        assert until({"ends": "2027-01-01", "extension": extension}) == end


def shown(document: dict[str, Any]) -> list[str]:
    return [
        f"{period.first} {(period.after_last - period.first).days}/{(period.whole_after_last - period.whole_first).days}"
        for period in billing_periods(document, date(2028, 1, 1))
    ]


DAY_SPAN = (at(0), at(24))


class TestEdges:
    """docs/algorithms.md, edges of a counter and of intervals: the day from hour 0 to hour 24."""

    @pytest.mark.parametrize(("reads", "by_edges"), [
        ({0: "100", 24: "130"}, ["30", "30", "30"]),
        ({-2: "99", 2: "107", 22: "120", 26: "124"}, ["21", "19", "waits"]),
        ({0: "100", 22: "120"}, ["20", "waits", "waits"]),
        ({6: "100", 24: "130"}, ["30", "waits", "waits"]),
    ])  # fmt: skip
    def test_a_counter(self, reads: dict[int, str], by_edges: list[str]) -> None:
        register = RegisterFact("kwh", "cumulative", "kWh")
        rows = [read("kwh", hours, value) for hours, value in reads.items()]

        assert by_edges == [counted(register, rows, edges) for edges in ("last_read", "interpolated", "exact")]

    @pytest.mark.parametrize(("rows", "by_edges"), [
        ([(0, 12, "40"), (12, 12, "60")], ["100", "100", "100"]),
        ([(-1, 2, "8"), (1, 22, "100"), (23, 2, "6")], ["106", "107", "waits"]),
    ])  # fmt: skip
    def test_intervals(self, rows: list[tuple[int, int, str]], by_edges: list[str]) -> None:
        readings = [hourly("kwh", start, value, length) for start, length, value in rows]

        assert by_edges == [counted(KWH, readings, edges) for edges in ("last_read", "interpolated", "exact")]


def counted(register: RegisterFact, rows: list[ReadingFact], edges: str, *exchanges: ExchangeFact) -> str:
    log = Log(Facts(registers={register.key: register}, readings=rows, exchanges=list(exchanges)))
    try:
        use = used(log, {**CONTRACT, "settings": {"edges": edges}}, register.key, *DAY_SPAN, Ask())
    except NotCounted:
        return "waits"
    return str(use.quantity)


class TestRegisters:
    """docs/readings.md, registers; domain notes on metering."""

    @pytest.mark.parametrize(("reads", "by_edges"), [
        ({0: "100", 24: "12"}, [17, 17, 17]),  # 10 by the old device, 7 by the new one
        ({0: "100", 12: "110", 24: "12"}, [17, 17, 17]),  # as the old device's export has that instant
        ({-12: "80", 36: "12"}, [30, Decimal("18.5"), None]),  # 30 in 24 h, then 7 in 24 h: half of each
        ({24: "12"}, [7, None, None]),  # the opening read is the first
    ])  # fmt: skip
    def test_an_exchange_ends_old_figures_and_begins_new_ones(
        self, reads: dict[int, str], by_edges: list[Decimal | None]
    ) -> None:
        register = RegisterFact("kwh", "cumulative", "kWh", multiplier=Decimal(40))
        exchange = ExchangeFact("kwh", at(12), closing=Decimal(110), opening=Decimal(5))
        rows = [read("kwh", hours, value) for hours, value in reads.items()]

        assert [counted(register, rows, edges, exchange) for edges in ("last_read", "interpolated", "exact")] == [
            "waits" if use is None else str(int(use * 40)) for use in by_edges
        ]

    def test_a_counter_that_passes_its_highest_value_rolls_over(self) -> None:
        register = RegisterFact("kwh", "cumulative", "kWh", modulus=Decimal(1000))

        assert counted(register, [read("kwh", 0, "990"), read("kwh", 24, "20")], "last_read") == "30"

    @pytest.mark.parametrize(("between", "holds", "energy"), [
        ("hold", None, "140"),  # 12 h × 5 kW + 8 h × 10 kW, until the day's end
        ("hold", 60, "15"),
        ("linear", None, "90"),  # 12 h × (5 + 10) / 2; after the last read there is no line
    ])  # fmt: skip
    def test_a_level_is_integrated(self, between: str, holds: int | None, energy: str) -> None:
        register = RegisterFact("kw", "instantaneous", "kW", between=between, holds_minutes=holds)

        assert counted(register, [read("kw", 4, "5"), read("kw", 16, "10")], "last_read") == energy

    def test_a_later_row_of_one_start_replaces_it_and_nothing_withdraws_it(self) -> None:
        withdrawn = ReadingFact("kwh", at(2), at(3), None)

        assert (
            counted(KWH, [hourly("kwh", 1, "4"), hourly("kwh", 2, "9"), hourly("kwh", 1, "6"), withdrawn], "exact")
            == "6"
        )


def test_named_uses_of_the_settings_page() -> None:
    document = {
        **CONTRACT,
        "usages": [
            {"name": "all", "registers": ["kwh", "kwh2"]},
            {"name": "day", "registers": ["kwh"], "calendar": {"bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}], "otherwise": "night"}, "band": "day"},
            {"name": "peak", "registers": ["kwh"], "aggregation": "demand", "block_minutes": "120", "sliding": "true"},
            {"name": "steel", "registers": ["parts"], "where": {"material": "steel"}},
            {"name": "idle", "registers": ["state"], "states": ["idle"]},
            {"name": "rest", "formula": "all - day", "unit": "kWh"},
        ],
    }  # fmt: skip
    registers = {
        "kwh": KWH,
        "kwh2": RegisterFact("kwh2", "interval", "kWh", interval_minutes=60),
        "parts": RegisterFact("parts", "event", "part", dimensions=("material",)),
        "state": RegisterFact("state", "state", "machine_hour", states={1: ("run", "", True), 2: ("idle", "", False)}),
    }
    readings = [
        hourly("kwh", 7, "100"), hourly("kwh", 8, "40"), hourly("kwh", 9, "20"), hourly("kwh2", 7, "5"),
        read("parts", 7, "3", material="steel"), read("parts", 7, "4", material="brass"),
        read("state", 7, "1"), read("state", 8, "2"), read("state", 10, "1"),
    ]  # fmt: skip
    log = Log(Facts(registers=registers, readings=readings))

    found = {
        usage["name"]: used(log, document, usage["name"], *DAY_SPAN, Ask()).quantity for usage in document["usages"]
    }

    assert found == {"all": 165, "day": 60, "peak": 70, "steel": 3, "idle": 2, "rest": 105}


class TestBands:
    """docs/settings.md, usages.calendar."""

    @pytest.mark.parametrize(("local", "band"), [
        ("2026-01-02T09", "peak"),
        ("2026-01-02T20", "off-peak"),
        ("2026-01-05T09", "off-peak"),
        ("2026-01-06T09", "off-peak"),
        ("2026-07-01T09", "off-peak"),
    ])  # fmt: skip
    def test_a_moment_is_in_the_first_band_that_covers_it(self, local: str, band: str) -> None:
        calendar = {
            "bands": [{"name": "peak", "days": ["mon", "tue", "wed", "thu", "fri"], "hours": [{"start": "08:00", "end": "20:00"}], "seasons": [{"first": "10-01", "last": "03-31"}]}],
            "otherwise": "off-peak",
            "holidays": "DE-BY",
            "extra_holidays": ["2026-01-05"],
        }  # fmt: skip
        zone = ZoneInfo("Europe/Berlin")

        assert band_at(datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC), calendar, zone) == band


class TestOwed:
    """What a life owes in its final state."""

    def test_a_change_within_a_month_divides_its_fee_by_days(self) -> None:
        fee = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "620"}}
        facts = told({"charges": CONTRACT["charges"][:1]}, {"charges": [fee], "in_force_from": "2026-01-11"})

        assert nets(facts, date(2026, 2, 1), "fee") == ["100.00", "420.00"]

    @pytest.mark.parametrize("per", ["period", "quarter"])  # both began on 1 January
    @pytest.mark.parametrize(
        ("on_change", "expected"), [("continue", ["760.00", "710.00"]), ("restart", ["760.00", "800.00"])]
    )
    def test_tiers_go_on_or_begin_again_at_a_change(self, on_change: str, expected: list[str], per: str) -> None:
        def graduated(low: str, high: str, per: str = "period") -> list[dict[str, Any]]:
            tiers = [{"up_to": "10", "unit_price": low}, {"unit_price": high}]
            rule = {"kind": "graduated", "unit": "MWh", "per": per, "tiers": tiers}
            return [{"name": "energy", "register": "kwh", "rule": rule}]

        facts = told(
            {"charges": graduated("95", "80")},
            {
                "charges": graduated("100", "85", per),
                "in_force_from": "2026-01-11",
                "settings": {"on_change": on_change},
            },
            readings=[hourly("kwh", 5, "8000"), hourly("kwh", 50, "8000")],
        )

        assert nets(facts, date(2026, 2, 1), "energy") == expected

    @pytest.mark.parametrize(
        ("on_change", "windows", "net"),
        [
            pytest.param("continue", ("period", "quarter"), "274.00", id="of 31 kWh of the quarter 5 were used: 300 − 26"),
            pytest.param("restart", ("period", "quarter"), "259.00", id="10 of 15 kWh of the days before are left: 300 − 31 − 10"),
            pytest.param("restart", ("quarter", "period"), "253.55", id="90 kWh of the month are there for 16 days of 31: 300 − 46.45"),
        ],
    )  # fmt: skip
    def test_what_is_included_goes_on_or_begins_again_at_a_change(
        self, on_change: str, windows: tuple[str, str], net: str
    ) -> None:
        """31 kWh, and from 16 January on 90, of a month or a quarter that both begin on the 1st, in a contract of January."""

        def energy(quantity: str, per: str) -> dict[str, Any]:
            included = {"quantity": quantity, "unit": "kWh", "per": per, "carry_forward": "10"}
            rule = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}
            charge = {"name": "energy", "register": "kwh", "rule": rule, "included": included}
            return {"ends": "2026-02-01", "charges": [charge], "settings": {"on_change": on_change}}

        before, after = (energy(*terms) for terms in zip(("31", "90"), windows, strict=True))
        readings = [hourly("kwh", -200, "5"), hourly("kwh", 200, "300")]
        facts = told(before, after | {"in_force_from": "2026-01-16"}, readings=readings)

        assert nets(facts, date(2026, 2, 1), "energy") == ["0.00", net]

    @pytest.mark.parametrize(
        ("day", "committed", "amended", "ends", "expected"),
        [
            pytest.param("2026-01-11", {"quarter": "90"}, {"quarter": "0.09", "half_year": "0.181"}, "2026-02-01",
                         ["20.00", "11.00"], id="a half-year is added: 31 kWh of both, 24 used and 7 made up"),
            pytest.param("2026-02-01", {"period": "31", "quarter": "90"}, {"quarter": "0.09"}, "2026-03-01",
                         ["31.00", "28.00"], id="the month is gone: of 59 kWh 24 were used, and 11 made up to January"),
        ],
    )  # fmt: skip
    def test_a_commitment_of_another_window_counts_what_was_used_and_made_up(
        self, day: str, committed: dict[str, str], amended: dict[str, str], ends: str, expected: list[str]
    ) -> None:
        def energy(unit: str, price: str, quantities: dict[str, str]) -> dict[str, Any]:
            terms = [{"per": per, "quantity": quantity} for per, quantity in quantities.items()]
            rule = {"kind": "commitment", "unit": unit, "unit_price": price, "committed": terms}
            return {"ends": ends, "charges": [{"name": "energy", "register": "kwh", "rule": rule}]}

        facts = told(
            energy("kWh", "1", committed),
            energy("MWh", "1000", amended) | {"in_force_from": day},
            readings=[hourly("kwh", -200, "20"), hourly("kwh", 50 if day < "2026-02-01" else 600, "4")],
        )

        assert nets(facts, date(2026, 3, 1), "energy") == expected

    def test_a_commitment_to_an_amount_begins_anew_after_one_to_a_quantity(self) -> None:
        """20 kWh of January's 31 were used at 1, and from the 11th on 4 at 10: 40 and 22 missing to 62; 20 kWh are no 20 EUR."""
        commitments = [
            {"kind": "commitment", "unit": "kWh", "unit_price": price, "committed": [terms]}
            for price, terms in (("1", {"quantity": "31"}), ("10", {"amount": "62"}))
        ]
        charges = [{"charges": [{"name": "energy", "register": "kwh", "rule": rule}]} for rule in commitments]
        readings = [hourly("kwh", -200, "20"), hourly("kwh", 50, "4")]
        facts = told(charges[0], charges[1] | {"in_force_from": "2026-01-11"}, readings=readings)

        assert nets(facts, date(2026, 2, 1), "energy") == ["20.00", "62.00"]

    def test_a_bound_is_divided_where_what_it_bounds_becomes_a_deposit(self) -> None:
        """310 in January, at most 62; from the 11th on it is a deposit, and what bounds it as well: 100 − 20, 210 − 42."""
        bound = {"name": "most", "rule": {"kind": "maximum_spend", "of": ["fee"], "amount": "62"}}
        fee = CONTRACT["charges"][0]
        restart = {"settings": {"on_change": "restart"}}
        held = {"charges": [fee | {"nature": "deposit"}, bound], "in_force_from": "2026-01-11"}
        facts = told({"charges": [fee, bound]} | restart, held | restart)

        net = owed(facts, {"C-1": date(2026, 2, 1)}).net

        assert {key[2:]: str(amount) for key, amount in net.items() if key[1] == "most"} == {
            (date(2026, 1, 1), "price_reduction"): "-80.00",
            (date(2026, 1, 11), "deposit"): "-168.00",
        }

    @pytest.mark.parametrize(("reset", "nets_of_hours"), [
        ("half_year", ["400.00", "50.00", "50.00"]),  # until the end of June the ratio is as agreed: 10 h × 5
        ("month", ["400.00", "50.00", "100.00"]),  # January ended with the period, at the end of February: 50 h in 11 cycles
    ])  # fmt: skip
    def test_a_window_that_ends_within_a_period_ends_with_it(self, reset: str, nets_of_hours: list[str]) -> None:
        """40 hours in 10 cycles would be a ratio of 4, and a factor of 2."""
        table = [{"from_ratio": "0", "factor": "1"}, {"from_ratio": "4", "factor": "2"}]
        rule = {"kind": "severity", "unit": "machine_hour", "agreed_ratio": "1", "table": table}
        hard = [
            {"name": "hard", "register": "h", "beside": {"cycles": "cycles"}, "rule": rule | changed}
            for changed in ({"unit_price": "10", "reset": "month"}, {"unit_price": "5", "reset": reset})
        ]
        joined = {"starts": "2026-01-17", "billing": {"leading": "joined"}}
        days = 200, 800, 1300  # 18 January, 12 February, 5 March
        facts = told(
            joined | {"charges": hard[:1]},
            joined | {"charges": hard[1:], "in_force_from": "2026-02-10"},
            registers=(RegisterFact("h", "interval", "machine_hour"), RegisterFact("cycles", "event", "cycle")),
            readings=[hourly("h", hours, value) for hours, value in zip(days, ("40", "10", "10"), strict=True)]
            + [read("cycles", hours, value) for hours, value in zip(days, ("10", "1", "1"), strict=True)],
        )

        assert nets(facts, date(2026, 4, 1), "hard") == nets_of_hours

    def test_windows_of_one_first_day_go_on_in_each_other_until_the_period_ends(self) -> None:
        shift = {"kind": "shift", "unit": "kWh", "steps": [{"factor": "1"}]}
        fees = [
            [{"name": "shift", "register": "kwh", "rule": shift | {"fee": fee, "per": per}}]
            for fee, per in (("900", "month"), ("300", "two_months"))
        ]
        weeks = {"starts": "2025-12-29", "billing": {"every": "two_weeks"}}
        facts = told(
            weeks | {"charges": fees[0]},
            weeks | {"charges": fees[1], "in_force_from": "2026-01-01"},
            readings=[
                hourly("kwh", -200, "8"),
                hourly("kwh", 300, "8"),
                hourly("kwh", 600, "8"),
                hourly("kwh", 800, "8"),
            ],
        )

        owed_until_february = ["900.00", "0.00", "0.00", "0.00", "300.00"]  # 300 − 300, twice no more, another window
        assert nets(facts, date(2026, 2, 23), "shift") == owed_until_february

    def test_days_of_a_suspension_are_not_due_and_use_is(self) -> None:
        facts = told(
            {"suspensions": [{"first": "2026-01-11", "after_last": "2026-01-21"}]}, readings=[hourly("kwh", 5, "100")]
        )

        assert nets(facts, date(2026, 2, 1), "fee") == ["210.00"]
        assert nets(facts, date(2026, 2, 1), "energy") == ["30.00"]

    @pytest.mark.parametrize(
        ("settings", "why"),
        [
            ({"least_coverage": "1"}, "energy: of kwh 2 of 744 intervals were read"),
            ({"least_coverage": "0.003"}, "energy: of kwh 2 of 744 intervals were read"),  # 2.232 of them
            ({"least_coverage": "0.002"}, None),  # 1.488 of them
            ({"least_coverage": "", "arithmetic": "2"}, None),
            ({"least_coverage": ""}, "energy: of kwh 2 of 744 intervals were read"),
        ],
    )
    def test_a_month_of_which_too_little_was_read_is_refused_unless_it_was_billed(
        self, settings: dict[str, str], why: str | None
    ) -> None:
        month, readings = date(2026, 1, 1), [hourly("kwh", 5, "100"), hourly("kwh", 6, "100")]
        facts = told({"settings": settings}, readings=readings)

        assert owed(facts, {"C-1": date(2026, 2, 1)}).refused == ({("C-1", month): why} if why else {})
        assert short_of(facts, "C-1", month) == (why and why.removeprefix("energy: "))
        facts.billed_at["C-1", "period", month] = at(24 * 30)
        assert owed(facts, {"C-1": date(2026, 2, 1)}).refused == {}

    def test_a_month_does_not_wait_for_the_price_of_its_fee_in_advance(self) -> None:
        """It is on the invoice before, which waits."""
        clause = {"kind": "following", "first_review": "2026-01-19", "terms": [{"index": "CPI", "base": "100"}]}
        rule = {"kind": "fixed_fee", "amount": "310.00"}
        fee = {"name": "fee", "rule": rule, "index": {"clause": clause}}
        ahead = fee | {"rule": rule | {"in_advance": "true"}}
        asked = {"settings": {"least_coverage": "1"}}

        assert short_of(told({"charges": [ahead]} | asked), "C-1", date(2026, 1, 1)) is None
        assert short_of(told({"charges": [fee]} | asked), "C-1", date(2026, 1, 1)) == "CPI has no value of 2026-01"

    def test_a_month_without_a_reading_is_refused(self) -> None:
        found = owed(told({}), {"C-1": date(2026, 2, 1)})

        assert list(found.refused) == [("C-1", date(2026, 1, 1))]
        assert not found.net

    @pytest.mark.parametrize(("hours", "is_refused"), [
        ([5], ["2026-01-01"]),  # it opens the month and closes nothing
        ([5, 50], []),
        ([-300, 5], []),
        ([-300, -290], ["2026-01-01"]),
    ])  # fmt: skip
    def test_of_a_counter_a_later_read_is_asked_for(self, hours: list[int], is_refused: list[str]) -> None:
        rows = [read("kwh", hour, str(hour + 1000)) for hour in hours]
        facts = told({}, registers=(RegisterFact("kwh", "cumulative", "kWh"),), readings=rows)

        assert is_refused == [first.isoformat() for _, first in owed(facts, {"C-1": date(2026, 2, 1)}).refused]

    @pytest.mark.parametrize(("kind", "nets"), [
        ("event", ["0.00"]),  # none happened
        ("instantaneous", ["1116.00"]),  # 5 kW still stand: 744 h × 5 × 0.30
    ])  # fmt: skip
    def test_no_event_is_none_and_a_level_stands(self, kind: str, nets: list[str]) -> None:
        unit = {"event": "kWh", "instantaneous": "kW"}[kind]
        facts = told({}, registers=(RegisterFact("kwh", kind, unit),), readings=[read("kwh", -300, "5")])

        assert nets == [
            str(net)
            for (_, charge, _, _), net in owed(facts, {"C-1": date(2026, 2, 1)}).net.items()
            if charge == "energy"
        ]

    def test_a_fee_in_advance_is_owed_with_the_period_before(self) -> None:
        fee = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "310", "in_advance": True}}
        when = datetime(2026, 1, 1, tzinfo=UTC)
        facts = told(
            {"charges": [fee]},
            billed_at={("C-1", "opening", date(2026, 1, 1)): when, ("C-1", "period", date(2026, 1, 1)): when},
        )

        found = owed(facts, {})

        assert sorted(first.isoformat() for _, _, first, _ in found.net) == ["2026-01-01", "2026-02-01"]

    def test_what_was_billed_after_an_earlier_end_is_owed_no_more(self) -> None:
        when = datetime(2026, 4, 1, tzinfo=UTC)
        billed_at = {("C-1", "period", date(2026, month, 1)): when for month in (1, 2, 3)}
        charges = CONTRACT["charges"][:1]
        facts = told(
            {"charges": charges},
            {"charges": charges, "in_force_from": "2026-02-01", "ends": "2026-02-15"},
            billed_at=billed_at,
        )

        found = owed(facts, {})

        assert {(first.isoformat(), str(net)) for (_, _, first, _), net in found.net.items()} == {
            ("2026-01-01", "310.00"),
            ("2026-02-01", "155.00"),
        }

    @pytest.mark.parametrize(("accepted", "outcome", "billed"), [
        (None, None, "310.00"),
        (0, None, "120.00"),
        (2, None, "310.00"),
        (0, "due", "310.00"),
        (2, "waived", "120.00"),
        (None, "waived", "120.00"),
    ])  # fmt: skip
    def test_a_dispute_leaves_out_the_days_that_it_was_accepted_for(
        self, accepted: int | None, outcome: str | None, billed: str
    ) -> None:
        """Of a January at 310.00, ten a day, the first 19 days are disputed: 120.00 are not."""
        document_at = datetime(2026, 2, 2, tzinfo=UTC)
        accepted_at = None if accepted is None else document_at + timedelta(days=accepted - 1)
        dispute = DisputeFact("C-1", "fee", date(2026, 1, 1), date(2026, 1, 20), accepted_at, outcome, None)
        facts = told(
            {"charges": CONTRACT["charges"][:1]},
            disputes=[dispute],
            billed_at={("C-1", "period", date(2026, 1, 1)): document_at},
        )

        assert [billed] == [str(net) for net in owed(facts, {}).net.values()]

    @pytest.mark.parametrize(("customer", "nature", "category", "rate"), [
        ({"name": "B", "country": "DE"}, None, "S", "19"),
        ({"name": "B", "country": "FR"}, None, "S", "19"),
        ({"name": "B", "country": "FR", "vat_id": "FR12345678901"}, None, "AE", "0"),
        ({"name": "B", "country": "DE"}, "deposit", "O", "0"),
        ({"name": "B", "country": "DE"}, "damages", "O", "0"),
    ])  # fmt: skip
    def test_both_countries_and_the_nature_decide_the_tax(
        self, customer: dict[str, str], nature: str | None, category: str, rate: str
    ) -> None:
        charges = [{**CONTRACT["charges"][0], **({"nature": nature} if nature else {})}]

        found = owed(told({"charges": charges, "customer": customer}), {"C-1": date(2026, 2, 1)})

        assert found.base == {("Nordluft", "B", date(2026, 1, 31), category, Decimal(rate)): Decimal("310.00")}

    def test_a_series_goes_on_in_its_links(self) -> None:
        facts = Facts(
            index_values=[
                IndexValueFact("2020", "2025-01", Decimal("120.3")),
                IndexValueFact("2015", "2024-12", Decimal("126.2")),
            ],
            links=[IndexLinkFact("2015", (("2020", Decimal("1.058")),))],
        )

        assert [index_value(facts, "2015", month) for month in ("2024-12", "2025-01", "2025-02")] == [
            Fraction("126.2"),
            Fraction("127.2774"),
            None,
        ]
