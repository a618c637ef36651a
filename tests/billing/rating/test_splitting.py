"""A charge split by use, billed from readings: lines for each cost centre, opened, corrected, disputed, replayed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.disputes import store as dispute_store
from billing.documents.explanation import lines_of
from billing.documents.views import explanation_out
from billing.invoices import store
from billing.proof.explain import explain
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from quantities.document import parse, read
from quantities.money import Money
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import Scene, agreed, on
from tests.build import acts, meters

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Halle
        meters:
          - name: M
            registers:
              - {key: main, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: press, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: paint, kind: interval, unit: MWh, resolution: "0.0001", interval_minutes: "60"}
"""
HEAD = """
contract: C-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
settings: {least_coverage: "0"}
"""
SPLIT = """
    split:
      unit: kWh
      parts:
        - {name: press, uses: [press], dimensions: {cost centre: "4711"}}
        - {name: paint, uses: [paint], dimensions: {cost centre: "4712"}}
"""
OWNER = "      whole: main\n      owner: {name: works}\n"
RENT = 'charges:\n  - name: rent\n    rule: {kind: fixed_fee, amount: "100.00"}\n' + SPLIT


class Works(Scene):
    """A works whose rent is split over its lines."""

    def agrees(self, terms: str) -> "Works":
        with self.database.transaction(self.tenant) as session:
            meters(session)
            declare(session, parse(Fleet, read(FLEET)))
            agreed(session, terms)
        return self

    def borne(self, number: int = -1) -> list[tuple[str, str, str]]:
        """The label, the cost centre and the net of each line of an invoice."""
        return [
            (line.label, line.dimensions.get("cost centre", ""), str(line.net))
            for line in self.invoices()[number].lines
        ]

    def explained(self, number: str, pos: int = 1) -> str:
        with self.database.transaction(self.tenant) as session:
            return "\n".join(lines_of(explanation_out(explain(session, store.find(session, number), pos))))


@pytest.fixture
def works(access: Access, database: Database) -> Works:
    return Works(access, database)


def test_a_rent_is_borne_by_cost_centres_and_opens_down_to_their_readings(works: Works) -> None:
    works.agrees(HEAD + RENT)
    works.delivers("2026-01-05 10 60", "press")
    works.delivers("2026-01-05 10 0.03", "paint")
    assert works.bills("2026-02-01").held == {}
    assert works.borne() == [("press", "4711", "66.67"), ("paint", "4712", "33.33")]
    explained = works.explained("2026-000001")
    assert "share      of press in 100.00, by use: press 60, paint 30 of 90 kWh" in explained
    assert "press: 1 of 744 readings add up to 60" in explained
    assert "paint: 1 of 744 readings add up to 0.03" in explained
    assert works.replays() == []


def test_the_proof_of_a_share_is_enough_to_divide_once_more(works: Works) -> None:
    works.agrees(HEAD + RENT + OWNER)
    for register, used in (("press", "10"), ("paint", "0.02"), ("main", "37")):
        works.delivers(f"2026-01-05 10 {used}", register)
    works.bills("2026-02-01")
    (invoice,) = works.invoices()
    for line in invoice.lines:
        proof = line.proof.split
        assert proof is not None
        parts = Money(Decimal(proof.of), "EUR").split([Decimal(share.weight) for share in proof.shares])
        by_name = dict(zip([share.bearer for share in proof.shares], parts, strict=True))
        assert by_name[proof.bearer].amount == line.net
    assert sum(line.net for line in invoice.lines) == Decimal("100.00")
    assert works.borne() == [("press", "4711", "27.03"), ("paint", "4712", "54.05"), ("works", "", "18.92")]


@pytest.mark.parametrize(("register", "late", "adjusted"), [
    pytest.param("press", "30", {"press": "8.33", "paint": "-8.33"}, id="of one part: the other bears less"),
    pytest.param("paint", "0.03", {"press": "-16.67", "paint": "16.67"}, id="of the other part"),
])  # fmt: skip
def test_a_late_reading_of_any_register_that_divides_is_corrected(
    works: Works, register: str, late: str, adjusted: dict[str, str]
) -> None:
    works.agrees(HEAD + RENT)
    works.delivers("2026-01-05 10 60", "press")
    works.delivers("2026-01-05 10 0.03", "paint")
    works.bills("2026-02-01")
    for part in ("press", "paint"):
        works.delivers("2026-02-05 10 10", part)
    works.delivers(f"2026-01-06 10 {late}", register)
    works.bills("2026-03-01")
    assert works.replays() == []
    sums: dict[str, Decimal] = {}
    for line in works.invoices()[-1].lines:
        if line.corrects is not None:
            sums[line.label] = sums.get(line.label, Decimal(0)) + line.net
    assert {label: str(net) for label, net in sums.items()} == adjusted


def test_nothing_used_is_borne_by_weight_until_a_reading_comes(works: Works) -> None:
    works.agrees(HEAD + RENT)
    for register in ("press", "paint"):
        works.delivers("2026-01-05 10 0", register)
    works.bills("2026-02-01")
    assert works.borne() == [("press", "4711", "50.00"), ("paint", "4712", "50.00")]
    works.delivers("2026-01-06 10 5", "press")
    for register in ("press", "paint"):
        works.delivers("2026-02-05 10 0", register)
    works.bills("2026-03-01")
    of_january = [line for line in works.invoices()[-1].lines if line.corrects is not None]
    assert sum((line.net for line in of_january), Decimal(0)) == 0
    assert works.replays() == []


def test_a_split_that_is_amended_within_a_period_divides_the_days_from_then_on(works: Works) -> None:
    works.agrees(HEAD + RENT)
    weighted = RENT.replace("uses: [paint]", "uses: [paint, main]").replace("4712", "4800")
    works.amends(HEAD + "in_force_from: 2026-01-17\n" + weighted, "2026-01-10")
    works.delivers("2026-01-05 10 60\n2026-01-20 10 10", "press")
    works.delivers("2026-01-05 10 0.02\n2026-01-20 10 0.01", "paint")
    works.delivers("2026-01-20 10 20", "main")
    works.bills("2026-02-01")
    # 16 of 31 days are 51.61 and 15 are 48.39.
    assert works.borne() == [
        ("16 of 31 days, press", "4711", "38.71"),
        ("16 of 31 days, paint", "4712", "12.90"),
        ("15 of 31 days, press", "4711", "12.10"),
        ("15 of 31 days, paint", "4800", "36.29"),
    ]
    assert sum(line.net for line in works.invoices()[0].lines) == Decimal("100.00")
    assert works.replays() == []


@pytest.mark.parametrize("due", [True, False])
def test_disputed_days_are_held_apart_with_their_shares(works: Works, *, due: bool) -> None:
    works.agrees(HEAD + RENT)
    works.delivers("2026-01-05 10 60\n2026-01-20 10 10", "press")
    works.delivers("2026-01-05 10 0.03\n2026-01-20 10 0.01", "paint")
    with works.database.transaction(1) as session:
        days = date(2026, 1, 17), date(2026, 2, 1)
        by = acts(session, "anna")
        number = dispute_store.raise_(
            session, "C-1", "rent", *days, reason="idle", by=by, at=on("2026-01-20"), accepted=True
        ).id
    works.bills("2026-02-01")
    assert sum(line.net for line in works.invoices()[0].lines) == Decimal("51.61")
    for register in ("press", "paint"):
        works.delivers("2026-02-05 10 10", register)
    with works.database.transaction(1) as session:
        settled_by_two(session, number, on("2026-02-10"), due=due)
    works.bills("2026-03-01")
    of_january = [
        line for invoice in works.invoices() for line in invoice.lines if line.service_first < date(2026, 2, 1)
    ]
    assert sum((line.net for line in of_january), Decimal(0)) == (Decimal("100.00") if due else Decimal("51.61"))
    assert works.replays() == []


def test_suspended_days_bear_nothing_and_the_contract_may_end_within_a_period(works: Works) -> None:
    head = HEAD + "ends: 2026-01-26\nsuspensions: [{first: 2026-01-11, after_last: 2026-01-16}]\n"
    works.agrees(head + RENT)
    works.delivers("2026-01-05 10 60", "press")
    works.delivers("2026-01-05 10 0.03", "paint")
    works.bills("2026-02-01")
    # 20 of 31 days are 64.52.
    assert [net for _, _, net in works.borne()] == ["43.01", "21.51"]


def test_a_price_a_minimum_and_a_discount_are_split_each_by_itself(works: Works) -> None:
    charges = f"""charges:
  - name: energy
    register: main
    rule: {{kind: per_unit, unit: kWh, unit_price: "0.10"}}{SPLIT}
  - name: least
    rule: {{kind: minimum_spend, amount: "20", of: [energy]}}{SPLIT}
  - name: loyal
    rule: {{kind: discount, percent: "10", of: [energy, least]}}{SPLIT}
"""
    works.agrees(HEAD + charges)
    for register, used in (("press", "60"), ("paint", "0.03"), ("main", "100")):
        works.delivers(f"2026-01-05 10 {used}", register)
    assert works.bills("2026-02-01").held == {}
    nets: dict[str, list[str]] = {}
    for line in works.invoices()[0].lines:
        nets.setdefault(line.charge, []).append(str(line.net))
    assert nets == {
        "energy": ["6.67", "3.33"],
        "least": ["6.67", "3.33"],
        "loyal": ["-0.67", "-0.33", "-0.67", "-0.33"],
    }
    assert works.replays() == []


def test_another_tenant_bears_its_own(works: Works) -> None:
    other = replace(works, tenant=2)
    for scene, used in ((works, "60"), (other, "10")):
        scene.agrees(HEAD.replace("EUR", "JPY" if scene is other else "EUR") + RENT.replace("100.00", "100"))
        scene.delivers(f"2026-01-05 10 {used}", "press")
        scene.delivers("2026-01-05 10 0.03", "paint")
        scene.bills("2026-02-01")
    assert [net for _, _, net in works.borne()] == ["66.67", "33.33"]
    assert [net for _, _, net in other.borne()] == ["25", "75"]
    assert works.replays() == other.replays() == []
