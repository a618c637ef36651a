"""Prepaid credit: claimed on demand or as it falls, credit once it is paid, drawn by documents, given back at the end."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.receivables import reverse_payment
from api.operations.spending import prepaid_credit
from api.server.database import Access, Database
from billing.advances.claim import exact_step, whole_steps
from billing.spending.look import ContractNotRunning, NoPrepaidCredit, TopUpNotWhole, look_at
from contracts.store import UnknownContract
from tests.billing.credits.giving import gives
from tests.billing.scene import CONTRACT, on
from tests.billing.spending.spending_scene import SpendingScene, terms
from tests.billing.voiding.voids import voids
from tests.build import acts

TOP_UP = 'top_up: {below: "50", to: "200"}'
NOTHING_USED = "2026-01-04 10 0\n2026-02-04 10 0"
#: What a look must not claim by itself.
ON_DEMAND = 'top_up: {below: "0", by: "100"}'


@pytest.fixture
def scene(access: Access, database: Database) -> SpendingScene:
    return SpendingScene(access, database)


def paid_in(
    scene: SpendingScene, amount: str = "200", gross: str = "238.00", spending: str = ON_DEMAND, **how: str
) -> None:
    """A credit of 200 that was paid in on the 3rd of January."""
    scene.declared(terms(spending, **how))
    scene.delivers(NOTHING_USED)
    scene.tops_up(amount, "2026-01-02")
    scene.pays("2026-000001", gross, "2026-01-03")


class TestATopUp:
    def test_is_a_document_of_its_own_and_credit_once_it_is_paid(self, scene: SpendingScene) -> None:
        scene.declared(terms(ON_DEMAND))
        claimed = scene.tops_up("200", "2026-01-02")
        assert scene.papers() == [("386", "200.00", "38.00", ())]
        assert (claimed.credit, claimed.to_be_paid) == (Decimal(0), Decimal("200.00"))
        scene.pays("2026-000001", "119.00", "2026-01-03")
        assert (scene.credit("2026-01-03"), scene.prepaid("2026-01-03").to_be_paid) == ("100.00", Decimal("100.00"))
        scene.pays("2026-000001", "119.00", "2026-01-04")
        assert scene.credit("2026-01-04") == "200.00"
        scene.proves()

    def test_of_a_third_of_a_cent_is_rounded_down(self, scene: SpendingScene) -> None:
        scene.declared(terms(ON_DEMAND))
        scene.tops_up("200", "2026-01-02")
        scene.pays("2026-000001", "100.00", "2026-01-03")
        assert scene.credit("2026-01-03") == "84.03"  # 84.0336

    def test_without_an_amount_is_that_of_the_terms(self, scene: SpendingScene) -> None:
        scene.declared(terms(TOP_UP))
        scene.tops_up(None, "2026-01-02")
        assert scene.papers() == [("386", "200.00", "38.00", ())]

    @pytest.mark.parametrize("amount", ["0", "-5", "0.001"])
    def test_is_of_whole_cents_above_zero(self, scene: SpendingScene, amount: str) -> None:
        scene.declared(terms(ON_DEMAND))
        with pytest.raises(TopUpNotWhole):
            scene.tops_up(amount, "2026-01-02")

    def test_is_of_a_contract_that_has_it_and_runs(self, scene: SpendingScene) -> None:
        scene.declared(terms(ON_DEMAND))
        with pytest.raises(ContractNotRunning):
            scene.tops_up("5", "2025-12-01")
        with scene.database.transaction(1) as session:
            with pytest.raises(UnknownContract):
                prepaid_credit(session, "C-9", on("2026-01-02"))
            with pytest.raises(NoPrepaidCredit):
                prepaid_credit(session, "C-1", on("2026-01-02"))

    def test_is_refused_where_the_terms_have_none(self, scene: SpendingScene) -> None:
        scene.declared(CONTRACT)
        with pytest.raises(NoPrepaidCredit):
            scene.tops_up("5", "2026-01-02")

    def test_by_card_is_charged_as_it_is_issued(self, scene: SpendingScene) -> None:
        scene.declared(terms('top_up: {below: "0", by: "100", through: card}'))
        scene.tops_up("100", "2026-01-02")
        with scene.database.transaction(1) as session:
            from sqlalchemy import text

            order = session.execute(text("select movement, rail, invoice_id from gateway_order")).one()
        assert tuple(order) == ("charge", "card", scene.invoices()[0].row.id)
        scene.proves()


class TestAsCreditFalls:
    def test_it_is_claimed_once_and_not_while_it_is_open(self, scene: SpendingScene) -> None:
        scene.declared(terms(TOP_UP))
        scene.delivers(NOTHING_USED)
        assert scene.looks_at_spending("2026-01-02").issued == ["2026-000001"]
        assert scene.looks_at_spending("2026-01-05").issued == []
        scene.pays("2026-000001", "100.00", "2026-01-06")
        assert scene.looks_at_spending("2026-01-07").issued == []
        scene.pays("2026-000001", "138.00", "2026-01-08")
        assert scene.looks_at_spending("2026-01-09").issued == []
        scene.bills("2026-02-01")
        assert scene.credit("2026-02-01") == "100.00"
        assert scene.looks_at_spending("2026-02-01").issued == []
        scene.bills("2026-03-01")
        assert scene.looks_at_spending("2026-03-01").issued == ["2026-000004"]
        scene.proves()

    def test_what_is_paid_and_not_enough_is_followed_by_another(self, scene: SpendingScene) -> None:
        scene.declared(terms('top_up: {below: "50", by: "20"}'))
        scene.looks_at_spending("2026-01-02")
        scene.pays("2026-000001", "23.80", "2026-01-03")
        assert scene.looks_at_spending("2026-01-04").issued == ["2026-000002"]

    def test_what_a_person_made_void_is_not_claimed_again(self, scene: SpendingScene) -> None:
        scene.declared(terms(TOP_UP))
        scene.looks_at_spending("2026-01-02")
        voids(scene, "2026-000001", day="2026-01-03")
        assert scene.looks_at_spending("2026-01-04").issued == []

    def test_of_two_looks_at_once_one_claims(self, scene: SpendingScene) -> None:
        scene.declared(terms(TOP_UP))

        def look() -> bool:
            with scene.database.transaction(scene.tenant) as session:
                return look_at(session, 1, on("2026-01-02")) is not None

        with ThreadPoolExecutor(2) as workers:
            both = [workers.submit(look) for _ in range(2)]
        assert sorted(one.result() for one in both) == [False, True]
        assert len(scene.papers()) == 1


class TestADocument:
    def test_draws_what_is_to_be_paid_and_no_more(self, scene: SpendingScene) -> None:
        """January comes to 150, of 200 that are paid in; February to 100, of 50 that are left."""
        paid_in(scene)
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        assert scene.credit("2026-02-01") == "50.00"
        scene.bills("2026-03-01")
        assert scene.papers()[1:] == [
            ("380", "0.00", "0.00", ("2026-000001",)),
            ("380", "50.00", "9.50", ("2026-000001",)),
        ]
        assert (scene.prepaid("2026-03-01").credit, scene.prepaid("2026-03-01").claims) == (Decimal(0), [])
        scene.proves()

    def test_draws_nothing_that_is_not_paid(self, scene: SpendingScene) -> None:
        scene.declared(terms(ON_DEMAND))
        scene.delivers(NOTHING_USED)
        scene.tops_up("200", "2026-01-02")
        scene.pays("2026-000001", "59.50", "2026-01-03")
        scene.bills("2026-02-01")
        assert scene.papers()[-1] == ("380", "50.00", "9.50", ("2026-000001",))
        scene.proves()

    def test_of_a_payment_that_is_reversed_nothing_more_is_drawn(self, scene: SpendingScene) -> None:
        """What was drawn stays drawn, and the claim is open again; the credit is not below zero."""
        scene.declared(terms(ON_DEMAND))
        scene.delivers(NOTHING_USED)
        scene.tops_up("200", "2026-01-02")
        payment = scene.pays("2026-000001", "238.00", "2026-01-03")
        scene.bills("2026-02-01")
        with scene.database.transaction(1) as session:
            reverse_payment(session, payment, reference="back", on=None, who=acts(session, "anna"), at=on("2026-02-02"))
        assert (scene.credit("2026-02-02"), scene.prepaid("2026-02-02").to_be_paid) == ("0", Decimal("100.00"))
        scene.bills("2026-03-01")
        assert scene.papers()[-1] == ("380", "100.00", "19.00", ())
        scene.proves()

    def test_draws_after_what_is_on_account(self, scene: SpendingScene) -> None:
        paid_in(scene, spending=f'{ON_DEMAND}, on_account: {{each: "100"}}')
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.bills("2026-02-01")
        assert scene.papers()[1:] == [
            ("386", "150.00", "28.50", ()),
            ("380", "0.00", "0.00", ("2026-000001", "2026-000002")),
        ]
        assert scene.credit("2026-02-01") == "99.90"
        scene.proves()

    def test_that_is_void_draws_no_more(self, scene: SpendingScene) -> None:
        paid_in(scene)
        scene.bills("2026-02-01")
        voids(scene, "2026-000002")
        assert scene.credit("2026-02-02") == "200.00"
        scene.bills("2026-02-03")
        assert scene.credit("2026-02-03") == "100.00"
        scene.proves()

    def test_is_corrected_without_the_credit(self, scene: SpendingScene) -> None:
        paid_in(scene)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-03-01")
        assert scene.credit("2026-03-01") == "0"
        assert [net for _, net, *_ in scene.papers()] == ["200.00", "0.00", "50.00"]
        scene.proves()


class TestWhatIsLeft:
    def test_is_given_back_with_the_last_document(self, scene: SpendingScene) -> None:
        paid_in(scene, more="ends: 2026-02-01\n")
        scene.bills("2026-02-01")
        assert scene.papers()[-1] == ("380", "-100.00", "-19.00", ("2026-000001",))
        assert scene.invoices()[-1].lines[-1].label == "not used of 2026-000001, given back"
        scene.proves()

    def test_is_given_back_by_two_on_demand(self, scene: SpendingScene) -> None:
        paid_in(scene)
        gives(scene, "2026-000001", {"line": 1, "rest": True}, day="2026-01-10")
        with scene.database.transaction(1) as session:
            assert prepaid_credit(session, "C-1", on("2026-01-10")).claims == []
        scene.bills("2026-02-01")
        assert [net for _, net, *_ in scene.papers()] == ["200.00", "-200.00", "100.00"]
        scene.proves()

    def test_expires_only_where_the_terms_say_so(self, scene: SpendingScene) -> None:
        paid_in(scene, spending='top_up: {below: "0", by: "100", expires_after_months: "1"}', more="ends: 2026-03-01\n")
        scene.bills("2026-02-01")
        assert (scene.credit("2026-02-01"), scene.credit("2026-02-02")) == ("100.00", "0")
        scene.bills("2026-03-01")
        assert scene.papers()[-1] == ("380", "100.00", "19.00", ())
        scene.proves()


class TestWholeSteps:
    @given(
        st.decimals("0", "99999", places=2),
        st.sampled_from(["0", "5", "5.5", "7", "8.875", "19", "20", "25.5"]),
        st.sampled_from(["EUR", "JPY", "KWD"]),
    )
    def test_have_a_tax_in_whole_cents_and_leave_less_than_one(self, amount: Decimal, rate: str, currency: str) -> None:
        step, whole = exact_step(Decimal(rate), currency), whole_steps(amount, Decimal(rate), currency)
        places = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
        tax = whole * Decimal(rate) / 100
        assert tax == round(tax, places)
        assert 0 <= amount - whole < step
