"""A shared contract's life in invoices: corrected, amended, ended; its payees have of all documents what is owed by then."""

from collections import defaultdict
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.payees.store import NothingShared, known_payees, statement
from tests.billing.scene import CONTRACT, Scene

HEAD, _, _ = CONTRACT.partition("settings:")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def terms(charges: str, more: str = "") -> str:
    return f"{HEAD}{more}\ncharges:\n{charges}"


TIERS = """
  - name: energy
    register: kwh
    rule: {kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}
    waterfall: %s
"""
BANK_FIRST = '{steps: [{kind: first, payee: bank, amount: "60"}], rest: factory}'


def had(scene: Scene) -> dict[str, str]:
    """What each has of all documents together; and each line's shares add up to its net."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in scene.invoices():
        for line in invoice.lines:
            assert line.net == sum(map(Decimal, line.payees.values())), line
            for name, amount in line.payees.items():
                sums[name] += Decimal(amount)
    return {name: f"{amount:.2f}" for name, amount in sorted(sums.items()) if amount}


def shares(scene: Scene, number: str) -> list[tuple[str, str, dict[str, str]]]:
    (invoice,) = [invoice for invoice in scene.invoices() if invoice.row.number == number]
    return [(line.charge, str(line.net), dict(line.payees)) for line in invoice.lines]


def test_a_late_reading_moves_the_shares_of_lines_that_stay(scene: Scene) -> None:
    """150 kWh are 60: all of it the bank's. With 250 they are 80, of which 20 are the factory's: of both tiers a part."""
    scene.declared(terms(TIERS % BANK_FIRST))
    scene.delivers("2026-01-05 10 150")
    scene.bills("2026-02-01")
    assert had(scene) == {"bank": "60.00"}
    scene.delivers("2026-01-05 10 250", reason="read again")
    scene.delivers("2026-02-05 10 10")
    scene.bills("2026-03-01")
    assert shares(scene, "2026-000002")[-1:] == [("energy", "20.00", {"factory": "20.00"})]
    january = [line for invoice in scene.invoices() for line in invoice.lines if line.tax_point.month == 1]
    assert sum(Decimal(line.payees.get("bank", 0)) for line in january) == 60
    assert scene.replays() == []


def test_less_than_the_floor_is_taken_back_from_the_one_who_had_the_rest_first(scene: Scene) -> None:
    scene.declared(terms(TIERS % BANK_FIRST, "ends: 2026-02-01"))
    scene.delivers("2026-01-05 10 250")
    scene.bills("2026-02-01")
    assert had(scene) == {"bank": "60.00", "factory": "20.00"}
    scene.delivers("2026-01-05 10 80", reason="read again")
    scene.bills("2026-02-05")
    scene.bills("2026-03-20")
    assert had(scene) == {"bank": "40.00"}
    assert scene.replays() == []


def test_an_amended_waterfall_of_billed_days_moves_shares_and_no_amount(scene: Scene) -> None:
    scene.declared(terms(TIERS % BANK_FIRST))
    scene.delivers("2026-01-05 10 150\n2026-02-05 10 150")
    scene.bills("2026-02-01")
    scene.amends(
        terms(TIERS % '{steps: [{kind: percent, percent: "10"}], rest: factory}', "reason: by arbitration"),
        "2026-02-10",
    )
    scene.bills("2026-03-01")
    moved = [line for line in shares(scene, "2026-000002") if line[1] == "0.00"]
    assert moved == [("energy", "0.00", {"Nordluft": "6.00", "factory": "54.00", "bank": "-60.00"})]
    assert had(scene) == {"Nordluft": "12.00", "factory": "108.00"}
    assert scene.replays() == []


def test_a_waterfall_amended_within_a_period_shares_the_days_from_then_on(scene: Scene) -> None:
    """20 kWh in the first half and 30 in the second are billed at one price; the rest is one half's, and the other's."""
    plain = TIERS.replace(
        '{kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}',
        '{kind: per_unit, unit: kWh, unit_price: "1"}',
    )
    scene.declared(terms(plain % "{rest: factory}"))
    scene.amends(terms(plain % "{rest: heir}", "in_force_from: 2026-01-16"), "2026-01-10")
    scene.delivers("2026-01-05 10 20\n2026-01-20 10 30")
    scene.bills("2026-02-01")
    assert had(scene) == {"factory": "20.00", "heir": "30.00"}
    assert scene.replays() == []


def test_an_end_within_a_period_shortens_the_floor(scene: Scene) -> None:
    """Of 31 days 10 are billed: the first 60 × 10/31."""
    fee = f'  - {{name: rent, rule: {{kind: fixed_fee, amount: "310"}}, waterfall: {BANK_FIRST}}}\n'
    scene.declared(terms(fee))
    scene.amends(terms(fee, "ends: 2026-01-11"), "2026-01-05")
    scene.bills("2026-02-01")
    assert had(scene) == {"bank": "19.35", "factory": "80.65"}
    assert scene.replays() == []


def test_a_fee_in_advance_whose_waterfall_is_amended_is_shared_anew_for_the_days_from_then_on(scene: Scene) -> None:
    fee = '  - {name: rent, rule: {kind: fixed_fee, amount: "310", in_advance: "true"}, waterfall: %s}\n'
    scene.declared(terms(fee % "{rest: factory}"))
    scene.bills("2026-01-01")
    assert had(scene) == {"factory": "310.00"}
    scene.amends(
        terms(fee % "{rest: heir}", "in_force_from: 2026-01-21, ends: 2026-02-01".replace(", ", "\n")), "2026-01-10"
    )
    scene.bills("2026-02-20")
    assert had(scene) == {"factory": "200.00", "heir": "110.00"}
    assert scene.replays() == []


def test_who_shares_no_longer_gives_back_to_the_supplier(scene: Scene) -> None:
    """What nobody shares is the supplier's: so what is taken back goes to it by name."""
    shared = '  - {name: rent, rule: {kind: fixed_fee, amount: "%s"}, waterfall: {rest: factory}}\n'
    scene.declared(terms(shared % "100"))
    scene.bills("2026-02-01")
    scene.amends(terms('  - {name: rent, rule: {kind: fixed_fee, amount: "120"}}\n', "ends: 2026-02-01"), "2026-02-10")
    scene.bills("2026-03-01")
    scene.bills("2026-03-20")
    of_all: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in scene.invoices():
        for line in invoice.lines:
            for name, amount in line.payees.items():
                of_all[name] += Decimal(amount)
    assert of_all == {"factory": 0, "Nordluft": 120}
    assert scene.replays() == []


@pytest.mark.parametrize(("currency", "price", "parts"), [
    ("JPY", "101", {"Nordluft": "13.00", "factory": "88.00"}),
    ("KWD", "0.101", {"Nordluft": "0.01", "factory": "0.09"}),
])  # fmt: skip
def test_other_currencies_are_shared_to_their_own_coin(
    scene: Scene, currency: str, price: str, parts: dict[str, str]
) -> None:
    charge = '  - {name: rent, rule: {kind: fixed_fee, amount: "%s"}, waterfall: {steps: [{kind: percent, percent: "12.5"}], rest: factory}}\n'
    scene.declared(terms(charge % price, "ends: 2026-02-01").replace("EUR", currency))
    scene.bills("2026-02-01")
    assert had(scene) == parts
    (line,) = scene.invoices()[0].lines
    exact = {"JPY": {"Nordluft": "13", "factory": "88"}, "KWD": {"Nordluft": "0.013", "factory": "0.088"}}
    assert dict(line.payees) == exact[currency]
    assert scene.replays() == []


class TestTheStatement:
    def test_lists_each_issued_line_with_its_share(self, scene: Scene) -> None:
        charge = '{steps: [{kind: first, payee: bank, amount: "50"}, {kind: percent, percent: "10"}], rest: factory}'
        scene.declared(terms(TIERS % charge, "ends: 2026-02-01"))
        scene.delivers("2026-01-05 10 150")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 250", reason="read again")
        scene.bills("2026-02-05")
        scene.bills("2026-03-20")
        with scene.database.transaction(1) as session:
            of_factory = statement(session, "factory")
            assert [
                (
                    line.number,
                    line.pos,
                    str(line.net),
                    str(line.share),
                    str(line.commission),
                    str(line.others),
                    line.corrects,
                )
                for line in of_factory.lines
            ] == [
                ("2026-000001", 1, "50.00", "3.33", "5.00", "41.67", None),
                ("2026-000001", 2, "10.00", "0.67", "1.00", "8.33", None),
                ("2026-000002", 1, "20.00", "18.00", "2.00", "0.00", "2026-000001"),
            ]
            (total,) = of_factory.totals
            assert (total.currency, str(total.net), str(total.share), str(total.commission)) == (
                "EUR",
                "80.00",
                "22.00",
                "8.00",
            )
            assert [(known.name, known.currency, str(known.share)) for known in known_payees(session)] == [
                ("bank", "EUR", "50.00"),
                ("factory", "EUR", "22.00"),
            ]

    def test_is_of_the_days_that_are_asked_for(self, scene: Scene) -> None:
        scene.declared(terms(TIERS % "{rest: factory}"))
        scene.delivers("2026-01-05 10 10\n2026-02-05 10 20")
        scene.bills("2026-02-01")
        scene.bills("2026-03-01")
        with scene.database.transaction(1) as session:
            (first, second) = [line.issued_on for line in statement(session, "factory").lines]
            assert [str(line.share) for line in statement(session, "factory", issued_from=second).lines] == ["10.00"]
            assert [str(line.share) for line in statement(session, "factory", issued_to=first).lines] == ["5.00"]
            assert [str(known.share) for known in known_payees(session, issued_to=first)] == ["5.00"]

    def test_of_nobody_is_refused(self, scene: Scene) -> None:
        scene.declared(terms(TIERS % "{rest: factory}"))
        with scene.database.transaction(1) as session, pytest.raises(NothingShared):
            statement(session, "factory")
