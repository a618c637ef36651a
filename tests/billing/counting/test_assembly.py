"""What a charge asks to be counted, and how the answers of its registers become the one use that its rule takes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.counting.assembly import BilledUsage, Evidence, RegisterRequest, assembled, joined, usage_request
from contracts.contract import Contract
from contracts.formula import DivisionByNothing
from contracts.pricing_preview import TriedUsage
from contracts.rated_usage import Usage
from contracts.usage import NamedUse
from metering.consumption.use import Use
from metering.usage.aggregation import Aggregation
from metering.usage.measure import Measure
from quantities.document import parse
from quantities.quantity import IncompatibleUnit
from tests.billing.rating.billed import agreed

CALENDAR = {"bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}], "otherwise": "night"}
PER_KWH = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}


def usage(quantity: str | None, unit: str, parts: Sequence[tuple[str, Mapping[str, str]]] = ()) -> Usage:
    told_apart = [{"quantity": many, "labels": dict(labels)} for many, labels in parts]
    document: dict[str, Any] = {"unit": unit, "parts": told_apart}
    return parse(TriedUsage, document if quantity is None else {**document, "quantity": quantity}).to_usage()


def use(**terms: Any) -> NamedUse:
    return parse(NamedUse, {"name": "use", "registers": ["a", "b"], **terms})


def evidence(register: str) -> Evidence:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    counted = Use(quantity=Decimal(1), count=1, total=Decimal(1), estimated=0, first=start, last=end, batch=1)
    return Evidence(register, "kWh", series=1, use=counted)


class TestWhatAChargeWants:
    @staticmethod
    def register_requests(contract: Contract) -> dict[tuple[str, str], tuple[tuple[str, ...], Measure]]:
        """By what a use is for and its name: its registers, and how it is told apart."""
        asked = usage_request(contract, contract.charges[0]).register_requests
        return {key: (request.use.registers, request.measure) for key, request in asked.items()}

    def test_its_register(self) -> None:
        charge = {"name": "c", "register": "r", "rule": PER_KWH}
        assert self.register_requests(agreed(charge)) == {("", "r"): (("r",), Measure())}

    def test_every_use_that_its_formula_names_once(self) -> None:
        uses = [
            {"name": "flow", "registers": ["a", "b"]},
            {"name": "back", "registers": ["c"]},
            {"name": "net", "formula": "flow - back", "unit": "kWh"},
            {"name": "half", "formula": "(net + flow) / 2", "unit": "kWh"},
        ]
        contract = agreed({"name": "c", "usage": "half", "rule": PER_KWH}, usages=uses)
        assert self.register_requests(contract) == {
            ("", "back"): (("c",), Measure()),
            ("", "flow"): (("a", "b"), Measure()),
        }

    def test_one_register_as_a_peak_and_as_a_sum(self) -> None:
        rule = {"kind": "demand", "unit": "kW", "unit_price": "10", "power_factor": {"at_least": "0.9"}}
        contract = agreed({"name": "c", "register": "e", "beside": {"active": "e", "reactive": "q"}, "rule": rule})
        assert self.register_requests(contract) == {
            ("", "e"): (("e",), Measure(aggregation=Aggregation.DEMAND)),
            ("active", "e"): (("e",), Measure()),
            ("reactive", "q"): (("q",), Measure()),
        }

    def test_nothing_for_a_fee(self) -> None:
        assert self.register_requests(agreed({"name": "c", "rule": {"kind": "fixed_fee", "amount": "1"}})) == {}


DAY, NIGHT = {"band": "day"}, {"band": "night"}


@pytest.mark.parametrize(
    ("terms", "uses", "quantity", "parts"),
    [
        pytest.param({}, [usage("2", "kWh"), usage("0.003", "MWh")], "5", [], id="2 kWh + 3 kWh"),
        pytest.param({}, [usage("0.003", "MWh"), usage("2", "kWh")], "0.005", [], id="in the unit of the first"),
        pytest.param({}, [usage(None, "kWh", [("2", DAY), ("3", NIGHT)]), usage(None, "MWh", [("0.004", DAY)])], "9", [2, 3, 4], id="parts of both: 2 + 3 + 4"),
        pytest.param({"calendar": CALENDAR, "band": "day"}, [usage(None, "kWh", [("2", DAY), ("3", NIGHT)]), usage(None, "kWh", [("4", DAY)])], "6", [2, 4], id="one band of both: 2 + 4"),
        pytest.param({"where": {"shift": "night"}}, [usage(None, "part", [("5", {"shift": "night"}), ("7", {"shift": "day"}), ("1", {})])], "5", [5], id="rows that say so, and those that say nothing do not"),
        pytest.param({"states": ["down"]}, [usage(None, "h", [("90", {"state": "running"}), ("6", {"state": "down", "cause": "jam"}), ("4", {"state": "down"})])], "10", [6, 4], id="6 h + 4 h down"),
        pytest.param({"calendar": CALENDAR, "band": "day"}, [usage(None, "kWh", [("3", NIGHT)])], "0", [], id="nothing of the band"),
        pytest.param({"aggregation": "demand"}, [usage("120", "kW"), usage("0.2", "MW")], "200", [], id="the higher peak, and not 320"),
        pytest.param({"aggregation": "demand", "calendar": CALENDAR, "band": "day"}, [usage(None, "kW", [("7", NIGHT), ("5", DAY)])], "5", [5], id="the peak of the band"),
        pytest.param({"aggregation": "demand", "calendar": CALENDAR, "band": "day"}, [usage(None, "kW", [("7", NIGHT)])], "0", [], id="no peak in the band"),
    ],
)  # fmt: skip
def test_what_registers_counted_is_put_together(
    terms: Mapping[str, Any], uses: list[Usage], quantity: str, parts: list[int]
) -> None:
    asked = use(**terms)
    together = joined(RegisterRequest(asked, asked.measured_for(Measure())), uses)
    assert (Decimal(quantity), uses[0].unit) == (together.quantity, together.unit)
    assert parts == [part.quantity for part in together.parts]


def test_rows_keep_no_word_of_what_the_use_has_named() -> None:
    labels = {"shift": "night", "material": "steel"}
    (part,) = joined(
        RegisterRequest(use(where={"shift": "night"}), Measure()), [usage(None, "part", [("5", labels)])]
    ).parts
    assert part.labels == {"material": "steel"}


def test_what_measures_different_things_does_not_add_up() -> None:
    with pytest.raises(IncompatibleUnit):
        joined(RegisterRequest(use(), Measure()), [usage("1", "kWh"), usage("1", "m3")])


#: Exact, as fractions of a kWh.
KWH = {"kWh": Fraction(1), "MWh": Fraction(1000), "MJ": Fraction(10, 36), "Wh": Fraction(1, 1000)}


@given(st.lists(st.tuples(st.decimals(0, 10**9, places=3), st.sampled_from(sorted(KWH))), min_size=1, max_size=6))
def test_a_fleets_use_is_the_sum_of_its_registers(counted: list[tuple[Decimal, str]]) -> None:
    """Exactly; what is shown of it is rounded once, to 15 places."""
    uses = [usage("0", "kWh"), *(usage(f"{quantity:f}", unit) for quantity, unit in counted)]
    together = joined(RegisterRequest(use(), Measure()), uses)
    assert together.quantity is not None
    whole = sum(Fraction(quantity) * KWH[unit] for quantity, unit in counted)
    assert together.exactly == whole
    assert abs(Fraction(together.quantity) - whole) <= Fraction(1, 2 * 10**15)


@pytest.mark.parametrize("terms", [
    pytest.param({}, id="of parts"),
    pytest.param({"calendar": CALENDAR, "band": "day"}, id="of a band"),
])  # fmt: skip
def test_parts_that_are_converted_stay_exact(terms: Mapping[str, Any]) -> None:
    """240 MJ in each of three registers are 200 kWh."""
    uses = [usage(None, "kWh", [("0", DAY)]), *[usage(None, "MJ", [("240", DAY)])] * 3]
    asked = use(**terms)
    together = joined(RegisterRequest(asked, asked.measured_for(Measure())), uses)
    assert Decimal(200) == together.quantity
    assert [part.exactly for part in together.parts] == [0, *[Fraction(200, 3)] * 3]


class TestAFormula:
    CONTRACT = agreed(
        {"name": "c", "usage": "rest", "rule": PER_KWH},
        usages=[
            {"name": "flow", "registers": ["a"]},
            {"name": "back", "registers": ["b"]},
            {"name": "net", "formula": "max(flow - back, back * 0)", "unit": "kWh"},
            {"name": "rest", "formula": "net / 2", "unit": "kWh"},
        ],
    )

    def assembled(self, flow: str, back: str) -> BilledUsage:
        asked = usage_request(self.CONTRACT, self.CONTRACT.charges[0])
        both = evidence("a"), evidence("b")
        counted = {
            ("", "flow"): BilledUsage(usage(flow, "kWh"), (both[0],), "a"),
            ("", "back"): BilledUsage(usage(back, "MWh"), both, "b"),
        }
        return assembled(self.CONTRACT, asked, counted)

    @pytest.mark.parametrize(
        ("flow", "back", "quantity"),
        [
            pytest.param("100", "0.03", "35", id="(100 - 30) / 2"),
            pytest.param("10", "0.03", "0", id="not below nothing"),
        ],
    )
    def test_is_over_uses_and_formulas_in_their_units(self, flow: str, back: str, quantity: str) -> None:
        counted = self.assembled(flow, back)
        assert (Decimal(quantity), "kWh") == (counted.usage.quantity, counted.usage.unit)

    def test_says_how_it_came_about_and_what_it_rests_on_once(self) -> None:
        counted = self.assembled("100", "0.03")
        assert counted.calculation == "rest = net / 2 = 35 kWh, with net = 70 kWh"
        assert [evident.register for evident in counted.evidence] == ["a", "b"]

    def test_is_added_up_without_rounding(self) -> None:
        """240 MJ are two thirds of 100 kWh."""
        assert self.assembled("100", "0.03").usage.exact is None
        uses = [{"name": "heat", "registers": ["a"]}, {"name": "third", "formula": "heat / 1", "unit": "kWh"}]
        contract = agreed({"name": "c", "usage": "third", "rule": PER_KWH}, usages=uses)
        request = usage_request(contract, contract.charges[0])
        heat = {("", "heat"): BilledUsage(usage("240", "MJ"), (), "a")}
        result = assembled(contract, request, heat).usage
        assert (result.quantity, result.exact) == (Decimal("66.666666666666667"), Fraction(200, 3))

    def test_that_divides_by_nothing_is_refused(self) -> None:
        contract = agreed(
            {"name": "c", "usage": "ratio", "rule": {**PER_KWH, "unit": "one"}},
            usages=[
                {"name": "flow", "registers": ["a"]},
                {"name": "back", "registers": ["b"]},
                {"name": "ratio", "formula": "flow / back", "unit": "one"},
            ],
        )
        counted = {("", name): BilledUsage(usage("0", "kWh"), (), name) for name in ("flow", "back")}
        with pytest.raises(DivisionByNothing):
            assembled(contract, usage_request(contract, contract.charges[0]), counted)
