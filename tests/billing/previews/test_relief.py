"""A contract tried with a relief and without: what its supplier has of each period, and what its customer bears."""

from datetime import date
from typing import Any

import pytest

from api.server.database import Access, Database
from billing.previews.relief import BothSides, TriedRelief, try_relief
from billing.previews.simulate import simulate
from billing.tax.decision import NoTaxRule
from contracts.contract import Contract
from quantities.document import parse, read
from tests.billing.scene import CONTRACT, Scene

RELIEF = "energy performance contract"
#: 100 a month and 0.50 a kWh, at 6 %.
CHINESE = (
    CONTRACT.replace("country: DE", "country: CN")
    .replace("currency: EUR", "currency: CNY")
    .replace("charges:", "tax: {rate: services, price_basis: %s}\ncharges:")
)


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared()
    scene.delivers("2026-01-05 10 12")
    return scene


def tried(scene: Scene, terms: str, relief: str = RELIEF) -> TriedRelief:
    with scene.database.transaction(1) as session:
        contract = parse(Contract, read(terms))
        return try_relief(session, contract, relief, date(2026, 1, 1), date(2026, 2, 1))


def amounts(sides: BothSides) -> list[Any]:
    return [str(amount) for amount in (sides.revenue, sides.tax, sides.paid, sides.borne_by_deducting)]


def test_prices_without_tax_leave_the_tax_to_a_customer_that_deducts_none(scene: Scene) -> None:
    (january,) = tried(scene, CHINESE % "without_tax").periods
    assert amounts(january.without) == ["106.00", "6.36", "112.36", "106.00"]
    assert amounts(january.with_relief) == ["106.00", "0.00", "106.00", "106.00"]


def test_prices_with_tax_leave_it_to_the_supplier(scene: Scene) -> None:
    """100 with 6 % are 94.34 without, 6 are 5.66; a customer that deducted 6.00 bears 6.00 more."""
    (january,) = tried(scene, CHINESE % "with_tax").periods
    assert amounts(january.without) == ["100.00", "6.00", "106.00", "100.00"]
    assert amounts(january.with_relief) == ["106.00", "0.00", "106.00", "106.00"]


def test_it_says_what_is_given_up_and_that_nobody_confirms_it(scene: Scene) -> None:
    outcome = tried(scene, CHINESE % "with_tax")
    assert "deducts no input tax" in outcome.waives
    assert not outcome.confirmed


def test_a_contract_that_names_the_relief_is_tried_without_it_as_well(scene: Scene) -> None:
    named = (CHINESE % "with_tax").replace("rate: services", f"rate: services, relief: {RELIEF}")
    assert tried(scene, named) == tried(scene, CHINESE % "with_tax")


def test_a_relief_that_the_law_has_not_is_refused(scene: Scene) -> None:
    with pytest.raises(NoTaxRule, match="CN has no relief 'solar'"):
        tried(scene, CHINESE % "with_tax", "solar")
    with pytest.raises(NoTaxRule, match="DE has no relief"):
        tried(scene, CONTRACT)


def test_nothing_is_elected_by_it(scene: Scene) -> None:
    tried(scene, CHINESE % "with_tax")
    (again,) = tried(scene, CHINESE % "with_tax").periods
    assert again.without.tax > 0
    assert scene.invoices() == []


def test_what_no_rule_taxes_is_held_on_its_side_alone(scene: Scene) -> None:
    """Without a rate in the contract nobody knows the tax; the relief needs none."""
    (january,) = tried(scene, (CHINESE % "without_tax").replace("rate: services, ", "")).periods
    assert "names no rate" in january.without.held
    assert amounts(january.with_relief) == ["106.00", "0.00", "106.00", "106.00"]


def test_a_simulation_of_prices_with_tax_is_net_of_it(scene: Scene) -> None:
    with scene.database.transaction(1) as session:
        contract = parse(Contract, read(CHINESE % "with_tax"))
        (january,) = simulate(session, contract, date(2026, 1, 1), date(2026, 2, 1))
    assert str(january.net) == "100.00"
