"""Use is billed on account once it passes the agreed amount, and settled on the period's document, to the cent."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.spending.look import look_at
from billing.voiding.reliance import PrepaymentDrawn
from tests.billing.credits.giving import gives
from tests.billing.scene import CONTRACT, on
from tests.billing.spending.spending_scene import SpendingScene, terms
from tests.billing.voiding.voids import voids

EACH = 'on_account: {each: "100"}'


@pytest.fixture
def scene(access: Access, database: Database) -> SpendingScene:
    return SpendingScene(access, database)


class TestOnceUseReachesTheAgreedAmount:
    def test_what_was_used_so_far_is_claimed_with_its_tax(self, scene: SpendingScene) -> None:
        """600.5 kWh are 50 and 100.10: whole euros have a tax in whole cents. The fee is no use."""
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        assert scene.looks_at_spending("2026-01-06").issued == ["2026-000001"]
        assert scene.papers() == [("386", "150.00", "28.50", ())]
        (line,) = scene.invoices()[0].lines
        assert (line.label, line.proof.sum) == ("use on account", "150.1 used so far; 1 each × 150 = 150")

    def test_less_than_that_is_not_billed(self, scene: SpendingScene) -> None:
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 349.9")
        assert scene.looks_at_spending("2026-01-06").issued == []

    def test_again_at_each_multiple_and_not_between(self, scene: SpendingScene) -> None:
        """150.10, then 190.10, which is no further hundred, then 230.10: what is claimed is what is not yet."""
        scene.declared(terms(EACH))
        for day, kwh, issued in (("05", "600.5", 1), ("07", "200", 0), ("09", "200", 1), ("11", "0", 0)):
            scene.delivers(f"2026-01-{day} 10 {kwh}")
            assert len(scene.looks_at_spending(f"2026-01-{day}").issued) == issued, day
        assert [net for _, net, *_ in scene.papers()] == ["150.00", "80.00"]
        assert scene.invoices()[1].lines[0].proof.sum == (
            "230.1 used so far, 150 of it on account before; 1 each × 80 = 80"
        )

    def test_a_second_look_at_the_same_time_finds_what_the_first_did(self, scene: SpendingScene) -> None:
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")

        def look() -> bool:
            with scene.database.transaction(scene.tenant) as session:
                return look_at(session, 1, on("2026-01-06")) is not None

        with ThreadPoolExecutor(2) as workers:
            both = [workers.submit(look) for _ in range(2)]
        assert sorted(one.result() for one in both) == [False, True]
        assert len(scene.papers()) == 1

    def test_a_look_that_does_not_end_leaves_nothing(self, scene: SpendingScene) -> None:
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        with pytest.raises(ZeroDivisionError), scene.database.transaction(scene.tenant) as session:
            look_at(session, 1, on("2026-01-06"))
            raise ZeroDivisionError
        assert scene.papers() == []
        assert scene.looks_at_spending("2026-01-06").issued == ["2026-000001"]


class TestThePeriodsDocument:
    def test_deducts_it_with_its_tax_and_names_it(self, scene: SpendingScene) -> None:
        """Of 100 and 270.20 in all, 150 and 120 are on account: 100.20 are left, with a tax of 19.04."""
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.delivers("2026-01-09 10 600.5")
        scene.looks_at_spending("2026-01-10")
        scene.bills("2026-02-01")
        assert scene.papers()[-1] == ("380", "100.20", "19.04", ("2026-000001", "2026-000002"))
        assert scene.on_documents() == (Decimal("370.20"), Decimal("70.34"))
        assert "prepaid by 2026-000001" in scene.page("2026-000003")
        scene.proves()

    def test_gives_back_what_was_too_much(self, scene: SpendingScene) -> None:
        """A reading of 600.5 was 6.5: 103.25 are owed, and 150 on account."""
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.delivers("2026-01-05 10 6.5", reason="misread")
        scene.bills("2026-02-01")
        assert scene.papers()[-1] == ("380", "-46.75", "-8.88", ("2026-000001",))
        scene.proves()

    def test_is_corrected_later_as_any_other(self, scene: SpendingScene) -> None:
        """What is drawn stays drawn: a correction is of the price alone."""
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5\n2026-02-05 10 10")
        scene.looks_at_spending("2026-01-06")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 50\n2026-01-05 10 500.5", reason="late")
        scene.bills("2026-03-01")
        assert [net for _, net, *_ in scene.papers()] == ["150.00", "100.10", "95.00"]
        assert scene.on_documents()[0] == scene.of_price() == Decimal("345.10")
        scene.proves()

    def test_by_an_amendment_within_the_period(self, scene: SpendingScene) -> None:
        """From the 16th on a kWh costs 0.40 at once: the document has both prices, and deducts what is on account."""
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.amends(
            terms(EACH, more="in_force_from: 2026-01-16\n").replace('unit_price: "0.20"', 'unit_price: "0.40"'),
            "2026-01-10",
        )
        scene.delivers("2026-01-20 10 500")
        scene.looks_at_spending("2026-01-21")
        scene.bills("2026-02-01")
        assert sum(Decimal(net) for _, net, *_ in scene.papers()) == scene.of_price()
        assert scene.papers()[-1][3] == ("2026-000001", "2026-000002")
        scene.proves()

    def test_of_a_contract_that_ends(self, scene: SpendingScene) -> None:
        """It ends on the 20th, which is agreed after the claim."""
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.amends(terms(EACH, more="ends: 2026-01-20\n"), "2026-01-10")
        scene.bills("2026-02-01")
        assert scene.papers()[-1][3] == ("2026-000001",)
        assert sum(Decimal(net) for _, net, *_ in scene.papers()) == scene.of_price()
        scene.proves()

    def test_of_two_that_are_open_each_deducts_its_own(self, scene: SpendingScene) -> None:
        """January is billed after February's first claim."""
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.delivers("2026-02-05 10 600.5")
        scene.looks_at_spending("2026-02-06")
        scene.bills("2026-02-07")
        scene.bills("2026-03-01")
        assert [claims for *_, claims in scene.papers()] == [(), (), ("2026-000001",), ("2026-000002",)]
        scene.proves()


class TestTheTaxOfClaimAndRest:
    """ "… is that of the whole": no cent is lost by rounding each document by itself."""

    @pytest.mark.parametrize(
        ("country", "currency", "rate"),
        [("DE", "EUR", "19"), ("FR", "EUR", "20"), ("FI", "EUR", "25.5"), ("JP", "JPY", "10")],
    )
    def test_of_each_rate(self, access: Access, database: Database, country: str, currency: str, rate: str) -> None:
        """Readings of odd amounts, and a claim after each of them."""
        contract = CONTRACT.replace("country: DE", f"country: {country}").replace(
            "currency: EUR", f"currency: {currency}"
        )
        scene = SpendingScene(access, database)
        scene.declared(terms('on_account: {each: "11"}', contract))
        rows = [f"2026-01-{day:02} 10 {31 + day * 7}.{day % 10}" for day in range(5, 15)]
        for at, row in enumerate(rows, start=6):
            scene.delivers(row)
            scene.looks_at_spending(f"2026-01-{at:02}")
        scene.bills("2026-02-01")
        net, vat = scene.on_documents()
        assert len(scene.papers()) > 2
        assert net == scene.of_price()
        places = Decimal(1) if currency == "JPY" else Decimal("0.01")
        assert vat == (net * Decimal(rate) / 100).quantize(places, "ROUND_HALF_UP")
        scene.proves()


class TestWhatIsVoid:
    def test_is_not_deducted_nor_claimed_once_more_for_the_same_amount(self, scene: SpendingScene) -> None:
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        voids(scene, "2026-000001", day="2026-01-07")
        assert scene.looks_at_spending("2026-01-08").issued == []
        scene.delivers("2026-01-09 10 400")
        assert scene.looks_at_spending("2026-01-10").issued == ["2026-000002"]
        scene.bills("2026-02-01")
        assert scene.papers()[1:] == [("386", "230.00", "43.70", ()), ("380", "100.10", "19.02", ("2026-000002",))]
        scene.proves()

    def test_is_not_what_a_document_draws_on(self, scene: SpendingScene) -> None:
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.bills("2026-02-01")
        with pytest.raises(PrepaymentDrawn):
            voids(scene, "2026-000001", day="2026-02-02")
        voids(scene, "2026-000002", day="2026-02-02")
        scene.bills("2026-02-03")
        assert scene.papers()[-1] == ("380", "100.10", "19.02", ("2026-000001",))
        scene.proves()

    def test_what_is_given_back_by_hand_is_deducted_no_more(self, scene: SpendingScene) -> None:
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        gives(scene, "2026-000001", {"line": 1, "amount": "50"}, day="2026-01-10")
        scene.bills("2026-02-01")
        assert [net for _, net, *_ in scene.papers()] == ["150.00", "-50.00", "150.10"]
        scene.proves()


class TestTheContractIsOverBeforeItsPeriod:
    def test_what_is_left_is_given_back_by_a_document_of_its_own(self, scene: SpendingScene) -> None:
        """February is claimed on account; then it is agreed that the contract had ended in January."""
        scene.declared(terms(EACH))
        scene.delivers("2026-01-05 10 10\n2026-02-03 10 600.5")
        scene.bills("2026-02-01")
        scene.looks_at_spending("2026-02-04")
        scene.amends(terms(EACH, more="ends: 2026-02-01\n"), "2026-02-05")
        scene.bills("2026-02-06")
        assert scene.looks_at_spending("2026-02-07").issued == ["2026-000003"]
        assert scene.papers()[1:] == [("386", "150.00", "28.50", ()), ("381", "-150.00", "-28.50", ("2026-000002",))]
        assert scene.looks_at_spending("2026-02-08").issued == []
        scene.proves()


class TestInAnotherZone:
    def test_the_day_of_the_claim_is_the_contracts(self, scene: SpendingScene) -> None:
        """At 6 in the evening of the 5th in UTC it is the 6th in Auckland."""
        scene.declared(terms(EACH).replace("zone: Europe/Berlin", "zone: Pacific/Auckland"))
        scene.delivers("2026-01-05 10 600.5")
        with scene.database.transaction(scene.tenant) as session:
            look_at(session, 1, on("2026-01-05").replace(hour=18))
        record = scene.invoices()[0].row.inputs.advance
        assert record is not None
        assert str(record.claimed) == "2026-01-06"
        scene.proves()


def test_without_the_terms_it_is_the_same_in_all(access: Access, database: Database) -> None:
    """ "… equals the invoice without": the price of all documents, with claims and without."""
    scene = SpendingScene(access, database)
    scene.declared(terms(EACH), CONTRACT.replace("C-1", "C-2"))
    scene.delivers("2026-01-05 10 600.5")
    scene.looks_at_spending("2026-01-06")
    scene.delivers("2026-01-09 10 333.3")
    scene.looks_at_spending("2026-01-10")
    scene.bills("2026-02-01")
    both = {"C-1": Decimal(0), "C-2": Decimal(0)}
    for one in scene.invoices():
        both[one.row.inputs.contract] += one.row.gross
    assert both["C-1"] == both["C-2"]
