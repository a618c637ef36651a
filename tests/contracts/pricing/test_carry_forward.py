"""What an included quantity leaves unused goes into later windows: so much of each, for so long, and never more in all."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.pricing import price_contract
from contracts.included import Included
from contracts.periods_preview import PeriodsTrialResult
from quantities.document import FaultyDocument, parse
from tests.billing.rating.billed import agreed, priced

RULE = {"kind": "per_unit", "unit": "h", "unit_price": "1"}
Document = Mapping[str, Any]


def hours(currency: str = "EUR", in_force_from: str | None = None, **included: str) -> dict[str, Any]:
    """An hour costs 1; a month includes 100."""
    charge = priced("hours", RULE, included={"quantity": "100", "unit": "h", **included})
    contract = agreed(charge, currency=currency, **({"in_force_from": in_force_from} if in_force_from else {}))
    return contract.model_dump(mode="json")


def tried(contract: Document, uses: Sequence[str], *amendments: Document) -> PeriodsTrialResult:
    periods = [{"uses": {"hours": {"quantity": used, "unit": "h"}}} for used in uses]
    result = price_contract({"contract": contract, "periods": periods, "amendments": list(amendments)})
    assert isinstance(result, PeriodsTrialResult)
    return result


def charged(contract: Document, uses: Sequence[str], *amendments: Document) -> list[str]:
    return [f"{period.net.normalize():f}" for period in tried(contract, uses, *amendments).periods]


class TestTheClause:
    """ "Unused hours, at most 40 of a month, may be used in the three months that follow, the oldest first; never more
    than 60 are kept.\""""

    TERMS: ClassVar = {"carry_forward": "40", "carry_forward_windows": "3", "carry_forward_most": "60"}

    @pytest.mark.parametrize(("uses", "nets"), [
        pytest.param(["100", "100", "150"], ["0", "0", "50"], id="nothing is left, nothing is carried"),
        pytest.param(["50", "100", "100", "150"], ["0", "0", "0", "10"], id="at most 40 of a month"),
        pytest.param(["60", "0", "250"], ["0", "0", "90"], id="never more than 60 are kept: 40 and 20"),
        pytest.param(["60", "10", "250"], ["0", "0", "90"], id="what is used of them makes room: 30 and 30"),
    ])  # fmt: skip
    def test_months(self, uses: list[str], nets: list[str]) -> None:
        assert nets == charged(hours(**self.TERMS), uses)

    @pytest.mark.parametrize("currency", ["JPY", "KWD"])
    def test_in_another_currency(self, currency: str) -> None:
        assert charged(hours(currency, **self.TERMS), ["60", "0", "250"]) == ["0", "0", "90"]

    @pytest.mark.parametrize(("windows", "net"), [("1", "160"), ("2", "120"), ("3", "80")])
    def test_it_expires(self, windows: str, net: str) -> None:
        """40 of January, of February and of March, as far as they are still good in April."""
        terms = {"carry_forward": "40", "carry_forward_windows": windows}
        assert charged(hours(**terms), ["60", "0", "0", "300"]) == ["0", "0", "0", net]

    def test_the_oldest_first(self) -> None:
        """March takes 20 of the 30 that January has left, and not of February's 40, which April has."""
        terms = {"carry_forward": "40", "carry_forward_windows": "2"}
        assert charged(hours(**terms), ["60", "10", "20", "300"]) == ["0", "0", "0", "120"]

    def test_it_is_said_in_words(self) -> None:
        carries = [period.carries.get("hours") for period in tried(hours(**self.TERMS), ["60", "10"]).periods]
        assert carries == [
            ("40 h left by a window before, good for 3 windows",),
            ("30 h left by a window before, good for 2 windows", "30 h left by a window before, good for 3 windows"),
        ]


class TestAnAmendment:
    def test_what_was_left_under_a_simple_clause_is_good_for_one_window(self) -> None:
        amended = hours(in_force_from="2026-02-01", carry_forward="40", carry_forward_windows="3")
        uses = ["60", "0", "300"]
        assert charged(hours(carry_forward="40"), uses, amended) == ["0", "0", "160"]
        assert charged(hours(carry_forward="40"), ["60", "150"], amended) == ["0", "10"]

    def test_what_windows_have_left_outlives_the_clause_and_expires_as_it_was_agreed(self) -> None:
        amended = hours(in_force_from="2026-02-01")
        three = hours(carry_forward="40", carry_forward_windows="3")
        assert charged(three, ["60", "0", "0", "150", "150"], amended) == ["0", "0", "0", "10", "50"]

    def test_it_is_converted_to_another_unit(self) -> None:
        minutes = hours(in_force_from="2026-02-01", carry_forward="40", carry_forward_windows="3")
        minutes["charges"][0]["included"] |= {"quantity": "6000", "unit": "min", "carry_forward": "2400"}
        three = hours(carry_forward="40", carry_forward_windows="3")
        assert charged(three, ["60", "100", "150"], minutes) == ["0", "0", "10"]


@pytest.mark.parametrize("terms", [
    pytest.param({"carry_forward_windows": "2"}, id="nothing is carried for two windows"),
    pytest.param({"carry_forward_most": "2"}, id="nothing is carried up to a most"),
    pytest.param({"carry_forward": "1", "carry_forward_windows": "0"}, id="for no window"),
])  # fmt: skip
def test_terms_that_say_nothing_are_refused(terms: dict[str, str]) -> None:
    with pytest.raises(FaultyDocument):
        parse(Included, {"quantity": "100", "unit": "h", **terms})


def test_terms_without_it_are_stored_as_before() -> None:
    stored = parse(Included, {"quantity": "100", "unit": "h", "carry_forward": "5"}).model_dump(mode="json")
    assert not {"carry_forward_windows", "carry_forward_most"} & stored.keys()


def by_hand(uses: Sequence[int], most_of_one: int, windows: int, most: int | None) -> list[int]:
    """Hour by hour: each one that is left is a chip with the number of the month up to which it is good."""
    chips: list[int] = []
    nets = []
    for month, used in enumerate(uses):
        chips = [good for good in chips if good >= month]
        own = 100
        above = 0
        for _ in range(used):
            if chips:
                chips.pop(0)
            elif own:
                own -= 1
            else:
                above += 1
        nets.append(above)
        staying = sum(good > month for good in chips)
        room = own if most is None else max(0, most - staying)
        chips += [month + windows] * min(own, most_of_one, room)
        chips.sort()
    return nets


@given(
    st.lists(st.integers(0, 260), min_size=2, max_size=8),
    st.integers(1, 100),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(0, 150)),
)
def test_each_hour_is_used_once_while_it_is_good(
    uses: list[int], most_of_one: int, windows: int, most: int | None
) -> None:
    terms = {"carry_forward": str(most_of_one), "carry_forward_windows": str(windows)}
    if most is not None:
        terms["carry_forward_most"] = str(most)
    nets = [Decimal(net) for net in charged(hours(**terms), [str(used) for used in uses])]
    assert nets == by_hand(uses, most_of_one, windows, most)


class TestTakeOrPay:
    """Of what was paid and not taken, and of what was taken beyond, no more is kept than was agreed."""

    @staticmethod
    def years(*used: str, **terms: str) -> list[str]:
        rule = {
            "kind": "take_or_pay",
            "unit": "MWh",
            "unit_price": "1",
            "annual_quantity": "100",
            "take_percent": "100",
        }
        contract = agreed(priced("heat", rule | terms), billing={"every": "year"}).model_dump(mode="json")
        periods = [{"uses": {"heat": {"quantity": quantity, "unit": "MWh"}}} for quantity in used]
        result = price_contract({"contract": contract, "periods": periods})
        assert isinstance(result, PeriodsTrialResult)
        return [f"{period.net.normalize():f}" for period in result.periods]

    def test_make_up(self) -> None:
        assert self.years("60", "150", make_up_years="3") == ["100", "110"]
        assert self.years("60", "150", make_up_years="3", make_up_most="25") == ["100", "125"]
        assert self.years("60", "80", "150", make_up_years="3", make_up_most="50") == ["100", "100", "100"]

    def test_carry_forward(self) -> None:
        assert self.years("140", "70", carry_forward_years="3") == ["140", "70"]
        assert self.years("140", "70", carry_forward_years="3", carry_forward_most="10") == ["140", "90"]
