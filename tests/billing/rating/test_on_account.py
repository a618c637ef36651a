"""A use on account, billed from readings: instalments, their settlement, late readings, disputes, replay."""

from dataclasses import replace
from datetime import date

import pytest

from api.server.database import Access, Database
from billing.disputes import store as dispute_store
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

HEAD, _, _ = CONTRACT.partition("charges:")
HEAT = """charges:
  - name: heat
    register: kwh
    rule: {kind: per_unit, unit: kWh, unit_price: "1"}
    instalments: {per: quarter, amounts: [{amount: "50"}]}
"""
READINGS = "2026-01-05 10 60\n2026-02-05 10 40\n2026-03-05 10 80\n2026-04-05 10 5"
QUARTER = ("2026-02-01", "2026-03-01", "2026-04-01")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def nets(scene: Scene) -> list[str]:
    return [str(invoice.row.net) for invoice in scene.invoices()]


def test_a_quarter_is_settled_and_every_document_recomputes(scene: Scene) -> None:
    scene.declared(HEAD + HEAT)
    scene.delivers(READINGS)
    for day in (*QUARTER, "2026-05-01"):
        assert scene.bills(day).held == {}
    assert nets(scene) == ["50.00", "50.00", "80.00", "50.00"]
    assert scene.lines("2026-000003") == [("heat", "180", "180.00", ""), ("heat", "1", "-100.00", "")]
    assert scene.replays() == []


@pytest.mark.parametrize(("comes", "expected"), [
    pytest.param(1, ["50.00", "50.00", "87.00"], id="within the quarter: its settlement has it"),
    pytest.param(3, ["50.00", "50.00", "80.00", "57.00"], id="after it: the settlement is corrected"),
])  # fmt: skip
def test_a_late_reading_is_settled_or_corrected(scene: Scene, comes: int, expected: list[str]) -> None:
    scene.declared(HEAD + HEAT)
    scene.delivers(READINGS)
    days = (*QUARTER, "2026-05-01")[: len(expected)]
    for at, day in enumerate(days):
        if at == comes:
            scene.delivers("2026-01-06 10 7", reason="late")
        scene.bills(day)
    assert nets(scene) == expected
    assert scene.replays() == []


@pytest.mark.parametrize("due", [True, False])
def test_a_disputed_instalment_is_held_apart(scene: Scene, *, due: bool) -> None:
    scene.declared(HEAD + HEAT)
    scene.delivers(READINGS)
    with scene.database.transaction(1) as session:
        days = date(2026, 1, 1), date(2026, 2, 1)
        by = acts(session, "anna")
        number = dispute_store.raise_(
            session, "C-1", "heat", *days, reason="too much", by=by, at=on("2026-01-20"), accepted=True
        ).id
    scene.bills("2026-02-01")
    assert nets(scene) in ([], ["0.00"])
    with scene.database.transaction(1) as session:
        settled_by_two(session, number, on("2026-02-10"), due=due)
    for day in QUARTER[1:]:
        scene.bills(day)
    assert sum(invoice.row.net for invoice in scene.invoices()) == (180 if due else 130)
    assert scene.replays() == []


def test_a_contract_that_ends_early_is_settled_then_and_another_tenant_has_its_own(scene: Scene) -> None:
    other = replace(scene, tenant=2)
    for one, ends in ((scene, "ends: 2026-02-15\n"), (other, "")):
        one.declared(HEAD + ends + HEAT)
        one.delivers(READINGS)
        for day in QUARTER:
            one.bills(day)
    assert nets(scene) == ["50.00", "50.00"]  # 60 + 40 − 50
    assert nets(other) == ["50.00", "50.00", "80.00"]
    assert scene.replays() == other.replays() == []


def test_a_use_on_account_is_split_by_what_each_used_of_the_days(scene: Scene) -> None:
    split = "    split: {unit: kWh, parts: [{name: press, uses: [kwh]}], owner: {name: works}}\n"
    scene.declared(HEAD + HEAT + split)
    scene.delivers(READINGS)
    for day in QUARTER:
        scene.bills(day)
    assert nets(scene) == ["50.00", "50.00", "80.00"]
    assert [line.label for line in scene.invoices()[2].lines if line.net] == ["press", "less instalments, press"]
    assert scene.replays() == []
