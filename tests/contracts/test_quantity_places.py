"""``quantity_places`` rounds what is converted to the unit of its price, and says so; what is counted in it is as read."""

from typing import Any

import pytest

from tests.billing.rating.billed import agreed, lines_of, priced, used

PER_MWH = {"kind": "per_unit", "unit": "MWh", "unit_price": "95"}
PACKAGES = {"kind": "package", "unit": "MWh", "size": "1", "package_price": "10"}


def billed(quantity: str, unit: str, rule: dict[str, Any] = PER_MWH, **settings: str) -> tuple[str, str, str]:
    """The quantity, the net, and the sum that the line is proved by, at two places."""
    contract = agreed(priced("energy", rule), settings={"quantity_places": "2", **settings})
    (line,) = lines_of(contract, {"energy": used(quantity, unit)})
    return f"{line.quantity}", f"{line.net}", f"{line.proof.sum}"


@pytest.mark.parametrize(("quantity", "unit", "shown"), [
    pytest.param("12345", "kWh", ("12.35", "1173.25", "12.345 MWh rounded to 12.35; 12.35 MWh × 95 = 1173.25"),
                 id="12.345 MWh are 12.35: 12.35 × 95 = 1173.25"),
    pytest.param("12.345", "MWh", ("12.345", "1172.78", "12.345 MWh × 95 = 1172.775"), id="counted in MWh: 12.345 × 95 = 1172.775"),
    pytest.param("12340", "kWh", ("12.34", "1172.30", "12.34 MWh × 95 = 1172.30"), id="12.34 MWh: nothing is rounded off, and nothing said"),
])  # fmt: skip
def test_a_converted_quantity_is_rounded(quantity: str, unit: str, shown: tuple[str, str, str]) -> None:
    assert billed(quantity, unit) == shown


@pytest.mark.parametrize("arithmetic", ["1", "2"])
def test_the_earlier_arithmetic_rounds_what_is_counted_as_well(arithmetic: str) -> None:
    assert billed("12.345", "MWh", arithmetic=arithmetic) == ("12.35", "1173.25", "12.35 MWh × 95 = 1173.25")


def test_it_is_said_where_the_line_counts_packages() -> None:
    """2,004 kWh are 2.004 MWh, rounded 2.00: two packages and no third."""
    said = "2.004 MWh rounded to 2.00; 2.00 MWh: 2 packages of 1; 2 each × 10 = 20"
    assert billed("2004", "kWh", PACKAGES) == ("2", "20.00", said)
