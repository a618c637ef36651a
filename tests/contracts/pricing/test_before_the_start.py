"""What is dated before the contract's start is there at the start: a fee is billed with the first period, a block as well."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.billing.rating.billed import agreed, priced, used
from tests.contracts.trials import COOLING
from tests.contracts.trials import priced as priced_over
from tests.published.cases import tried_by_period

FEE = {"kind": "one_off", "amount": "2500"}
BLOCK = {"name": "block", "units": "100", "cost": "30"}
MONEY = {"name": "credit", "amount": "50"}


def fee(day: str, **terms: Any) -> dict[str, Any]:
    return {"name": "fee", "rule": FEE | {"on": day} | terms}


def prepaid(*blocks: dict[str, Any], **terms: Any) -> dict[str, Any]:
    rule = {"kind": "prepaid", "unit": "kWh", "unit_price": "1", "blocks": list(blocks)}
    return priced("energy", rule | terms)


def nets(charge: dict[str, Any], quantities: Sequence[str] = ("0", "0"), **terms: Any) -> list[str]:
    """What January and February come to, of a contract that starts on 1 January."""
    uses = [{charge["name"]: used(quantity, "kWh")} if "register" in charge else {} for quantity in quantities]
    return [f"{result.net:.2f}" for result in tried_by_period(agreed(charge, **terms), *uses)]


@pytest.mark.parametrize(("day", "billed"), [
    pytest.param("2025-12-31", ["2500.00", "0.00"], id="the day before the start: with January"),
    pytest.param("2019-05-01", ["2500.00", "0.00"], id="years before: with January"),
    pytest.param("2026-01-01", ["2500.00", "0.00"], id="the first day"),
    pytest.param("2026-02-28", ["0.00", "2500.00"], id="a day of February"),
    pytest.param("2026-03-01", ["0.00", "0.00"], id="later"),
])  # fmt: skip
def test_a_fee_is_due_once(day: str, billed: list[str]) -> None:
    assert nets(fee(day)) == billed


def test_arithmetic_1_never_billed_it() -> None:
    assert nets(fee("2025-12-31", arithmetic="1")) == ["0.00", "0.00"]


def test_a_first_part_of_a_month_bills_it() -> None:
    """The contract starts on the 20th, and the fee was due on the 10th of the same month."""
    assert nets(fee("2026-01-10"), starts="2026-01-20") == ["2500.00", "0.00"]


@pytest.mark.parametrize(("block", "quantities", "billed"), [
    pytest.param(BLOCK | {"bought": "2025-12-01"}, ("60", "60"), ["30.00", "20.00"], id="30 for 100 kWh; 60 of them, 40 of them and 20 at 1"),
    pytest.param(BLOCK | {"bought": "2025-12-01", "expires": "2026-02-01"}, ("60", "60"), ["30.00", "60.00"], id="what is left has expired"),
    pytest.param(BLOCK | {"bought": "2025-12-01", "expires": "2026-01-01"}, ("60", "60"), ["60.00", "60.00"], id="gone by the start: neither there nor paid"),
    pytest.param(BLOCK | {"bought": "2025-12-01", "cost": "0"}, ("60", "60"), ["0.00", "20.00"], id="paid elsewhere: it costs nothing here"),
    pytest.param(MONEY | {"bought": "2025-12-01"}, ("60", "60"), ["60.00", "60.00"], id="50 paid, 60 used, 50 of them set against it"),
])  # fmt: skip
def test_a_block_is_there_and_paid_for(block: dict[str, Any], quantities: tuple[str, str], billed: list[str]) -> None:
    assert nets(prepaid(block), quantities) == billed


@pytest.mark.parametrize("arithmetic", ["1", "2"])
def test_the_earlier_arithmetic_gave_a_block_away(arithmetic: str) -> None:
    assert nets(prepaid(BLOCK | {"bought": "2025-12-01"}, arithmetic=arithmetic), ("60", "60")) == ["0.00", "20.00"]


def test_a_change_within_the_first_month_does_not_bill_it_twice() -> None:
    """The fee is raised from the 16th on; it was due with the contract's first day, at 2,500."""
    contract = COOLING | {"charges": [fee("2025-12-31")]}
    amended = contract | {"charges": [fee("2025-12-31", amount="3000")], "in_force_from": "2026-01-16"}
    trial = {
        "contract": contract,
        "amendments": [amended],
        "periods": [{"segments": [{"first": "2026-01-01"}, {"first": "2026-01-16"}]}],
    }
    (january,) = priced_over(trial).periods
    assert f"{january.net:.2f}" == "2500.00"


def test_it_is_on_the_document_of_the_first_period() -> None:
    contract = agreed(fee("2025-12-31"))
    (line,) = tried_by_period(contract, {})[0].lines
    assert (f"{line.net}", line.label) == ("2500.00", "2025-12-31")
