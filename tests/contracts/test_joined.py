"""Carriers joined by dated factors: what leads from a saving's unit to the joined one, and what does not."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from contracts.contract import Contract
from contracts.joined import Carrier, FactorMissing, chain_factor
from quantities.document import FaultyDocument, parse
from quantities.quantity import convert
from tests.contracts.savings_pricing.saved import contract

SINCE = "2026-01-01"
GB = "GB/T 2589-2020, annex A"


def factor(value: str, unit: str, per: str, first: str = SINCE) -> dict[str, str]:
    return {"value": value, "unit": unit, "per": per, "first": first, "source": GB}


def carrier(*factors: dict[str, str], heat_values: Sequence[dict[str, str]] = (), saving: str = "saved") -> Any:
    return {"saving": saving, "factors": list(factors), "heat_values": list(heat_values)}


ELECTRICITY = carrier(factor("0.1229", "kgce", "kWh"))
GUARANTEE: dict[str, Any] = {
    "name": "guarantee", "usage": "all carriers", "rule": {"kind": "savings_guarantee", "unit": "tce", "guaranteed": ["1"], "price": "900"},
}  # fmt: skip


def joining(carriers: Sequence[Any], unit: str = "tce", energy_unit: str = "kWh", **more: Any) -> Contract:
    """A contract whose saving, of equipment in ``energy_unit``, is joined."""
    savings: Any = contract(GUARANTEE | {"usage": "saved", "rule": GUARANTEE["rule"] | {"unit": "kWh"}}).model_dump(
        mode="json"
    )["savings"]
    savings[0]["option"]["energy_unit"] = energy_unit
    use = {"name": "all carriers", "unit": unit, "joined": list(carriers)}
    return contract(GUARANTEE, savings=savings, usages=[use], **more)


def faults(*carriers: Any, **more: Any) -> dict[str, str]:
    with pytest.raises(FaultyDocument) as refused:
        joining(carriers, **more)
    return {fault.path.removeprefix("/usages/0"): fault.code for fault in refused.value.faults}


def test_a_tonne_of_coal_equivalent_is_29_3076_gigajoules() -> None:
    assert convert(Decimal(1), "tce", "GJ") == Decimal("29.3076")
    assert convert(Decimal(1000), "kgce", "tce") == 1


class TestAChainOfFactors:
    GAS = parse(
        Carrier,
        carrier(
            factor("0.03412", "kgce", "MJ"),
            factor("0.03500", "kgce", "MJ", "2026-02-15"),
            heat_values=[factor("35.544", "MJ", "m3"), factor("36", "MJ", "m3", "2026-02-01")],
        ),
    )

    @pytest.mark.parametrize(
        ("day", "kgce"),
        [
            ("2026-01-31", "35.544 × 0.03412"),
            ("2026-02-01", "36 × 0.03412"),
            ("2026-02-14", "36 × 0.03412"),
            ("2026-02-15", "36 × 0.03500"),
        ],
    )
    def test_each_by_its_dates(self, day: str, kgce: str) -> None:
        heat, coal = map(Fraction, kgce.split(" × "))
        assert chain_factor(self.GAS.chain(date.fromisoformat(day)), "m3", "kgce") == heat * coal

    def test_units_between_them_convert_exactly(self) -> None:
        """1,000 L are a m³, 36 MJ are 10 kWh, a thousandth of a tonne a kilogram."""
        chain = parse(Carrier, carrier(factor("0.1", "kgce", "kWh"), heat_values=[factor("36", "MJ", "m3")])).chain(
            date(2026, 1, 1)
        )
        assert chain_factor(chain, "L", "tce") == Fraction(1, 1000) * 10 * Fraction(1, 10) / 1000

    def test_none_before_the_first(self) -> None:
        with pytest.raises(FactorMissing, match="no factor for 2025-12-31"):
            self.GAS.chain(date(2025, 12, 31))


class TestFaults:
    def test_a_good_one_has_none(self) -> None:
        assert joining([ELECTRICITY]).use("all carriers").inner_uses == ("saved",)
        assert joining([carrier(factor("1.2143", "kgce", "m3"))], energy_unit="m3").factor_days("saved") == {
            date(2026, 1, 1)
        }

    @pytest.mark.parametrize(
        ("carriers", "more", "refused"),
        [
            pytest.param([ELECTRICITY], {"energy_unit": "m3"}, {"/joined/0/heat_values": "no-heat-value"}, id="m3 by a factor of kWh"),
            pytest.param([carrier(factor("1.2143", "kgce", "m3"), heat_values=[factor("35.5", "MJ", "m3")])], {"energy_unit": "m3"}, {"/joined/0/factors/0/per": "incompatible-unit"}, id="a heat value, and a factor that has it already"),
            pytest.param([carrier(factor("0.1229", "kg", "kWh"))], {}, {"/joined/0/factors/0/unit": "incompatible-unit"}, id="kilograms of what?"),
            pytest.param([ELECTRICITY], {"unit": "t"}, {"/unit": "not-an-energy"}, id="joined into tonnes"),
            pytest.param([carrier(factor("0.1229", "kgce", "kWh", "2026-02-01"))], {}, {"/joined/0/factors/0/first": "no-factor-yet"}, id="no factor for January"),
            pytest.param([carrier(factor("0.1229", "kgce", "kWh"), factor("0.1", "kgce", "kWh"))], {}, {"/joined/0/factors": "out-of-order"}, id="two of one day"),
            pytest.param([ELECTRICITY, ELECTRICITY], {}, {"/joined/1/saving": "named-twice"}, id="a carrier twice"),
            pytest.param([carrier(factor("0.1229", "kgce", "kWh"), saving="heat")], {}, {"/joined/0/saving": "unknown-saving"}, id="no such saving"),
        ],
    )  # fmt: skip
    def test_what_contradicts(self, carriers: Any, more: Any, refused: dict[str, str]) -> None:
        assert faults(*carriers, **more) == refused
