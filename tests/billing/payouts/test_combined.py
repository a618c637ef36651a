"""Payouts where things come together: two suppliers and two currencies, a document that is void after it was paid out."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlmodel import select

from api.server.database import Access
from api.server.embedded import EmbeddedServer
from billing.payouts.payable import PayeeBalance
from billing.payouts.standings import standing_of
from billing.payouts.store import accounts_of
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.store import NewPayment, record_payment
from contracts.tables import PartyRow
from tests.billing.payouts.paying import NUMBER, PART, PayoutScene, billed, paid_out, paying
from tests.billing.scene import Scene
from tests.billing.voiding.voids import asked
from tests.build import acts
from tests.conftest import application_pool, world_copy

VAT_ID = "vat_id: DE111111117"


class TestTwoSuppliersAndTwoCurrencies:
    """The factory has 90 % of what Nordluft bills in euros and in yen, and of what Südwind bills in euros."""

    @pytest.fixture
    def here(self, server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
        def build(access: Access) -> None:
            euros = paid_out("by: bank")
            yen = euros.replace("C-1", "C-2").replace("currency: EUR", "currency: JPY").replace("A-1", "A-2")
            others = euros.replace("C-1", "C-3").replace("Nordluft", "Südwind").replace("A-1", "A-3")
            others = others.replace(VAT_ID, "vat_id: DE555555558")
            with application_pool(access) as database:
                scene = Scene(access, database).declared(euros, yen, others)
                scene.as_superuser("update tenant set four_eyes_off = '{}' where id = 1")
                scene.delivers("2026-01-05 10 100")
                assert len(scene.bills("2026-02-01").invoices) == 3
                scene.as_superuser("update payout_account set next_at = '2026-02-01 06:00Z'")

        copied = world_copy(server, "a payee of two suppliers", build, request.node.nodeid)
        with copied as (access, _), application_pool(access) as pool, paying(pool, access) as made:
            yield made

    def pays(self, here: PayoutScene, supplier: str, currency: str, amount: str, number: str) -> int:
        with here.database.transaction(1) as session:
            new = NewPayment(
                customer="Blechwerke",
                supplier=supplier,
                currency=currency,
                amount=Decimal(amount),
                received_on=here.now.date(),
                reference=f"{supplier} {currency} {amount} {here.now}",
                allocations=(AllocatedAmount(number, Decimal(amount)),),
            )
            return record_payment(session, new, by=acts(session, "anna"), at=here.now)[0].id

    def balances(self, here: PayoutScene) -> dict[tuple[str, str], PayeeBalance]:
        with here.database.transaction(1) as session:
            accounts = accounts_of(session, "factory")
            names = {row.id: row.name for row in session.exec(select(PartyRow))}
            return {
                (names[one.issuer_id], one.currency): standing_of(session, one, here.now).balance for one in accounts
            }

    def made(self, here: PayoutScene) -> list[tuple[str, str, str, str]]:
        return [(one.supplier, one.currency, str(one.amount), one.state) for one in here.payouts()]

    def test_each_pays_for_itself_in_its_currency(self, here: PayoutScene) -> None:
        numbers = {(one.row.inputs.supplier.name, one.row.currency): one.row.number or "" for one in invoices_of(here)}
        self.pays(here, "Nordluft", "EUR", "119.00", numbers["Nordluft", "EUR"])
        in_yen = self.pays(here, "Nordluft", "JPY", "60", numbers["Nordluft", "JPY"])
        here.passes(days=1).makes()
        # of 119 yen the factory has 107; of 60 that are paid 53.949…, which are 54
        assert self.made(here) == [("Nordluft", "EUR", "107.10", "due"), ("Nordluft", "JPY", "54", "due")]
        self.pays(here, "Südwind", "EUR", "59.50", numbers["Südwind", "EUR"])
        here.passes(days=1).makes()
        assert self.made(here)[2:] == [("Südwind", "EUR", "53.55", "due")]
        here.reverses(in_yen)
        here.passes(days=1).makes()
        owed = {key: balance.payable for key, balance in self.balances(here).items()}
        assert owed == {("Nordluft", "EUR"): 0, ("Nordluft", "JPY"): Decimal(-54), ("Südwind", "EUR"): 0}
        self.pays(here, "Nordluft", "JPY", "119", numbers["Nordluft", "JPY"])
        self.pays(here, "Südwind", "EUR", "59.50", numbers["Südwind", "EUR"])
        here.passes(days=1).makes()
        assert sorted(self.made(here)[3:]) == [("Nordluft", "JPY", "53", "due"), ("Südwind", "EUR", "53.55", "due")]


def invoices_of(here: PayoutScene) -> list:  # type: ignore[type-arg]
    assert here.access is not None
    return Scene(here.access, here.database).invoices()


class TestVoidAfterItWasPaidOut:
    """The payee was paid as its document was issued; the customer's is void since, and nobody ever paid it."""

    @pytest.fixture
    def here(self, server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
        terms = paid_out(f"by: gateway, when: issued, below_zero: {request.param}")

        def build(access: Access) -> None:
            billed(access, terms)

        copied = world_copy(server, f"paid as it is issued: {request.param}", build, request.node.nodeid)
        with copied as (access, _), application_pool(access) as pool, paying(pool, access) as made:
            yield made.has_money()

    def voids(self, here: PayoutScene) -> Scene:
        assert here.access is not None
        scene = Scene(here.access, here.database)
        here.onboards()
        here.passes(days=1).pays_out()
        assert here.in_short() == [f"payout {PART} paid"]
        assert NUMBER in asked(scene, NUMBER, day=str(here.now.date())).documents
        assert here.balance().payable == -PART
        return scene

    @pytest.mark.parametrize("here", ["taken_back"], indirect=True)
    def test_it_is_taken_back_of_the_transfer(self, here: PayoutScene) -> None:
        self.voids(here)
        here.passes(days=1).pays_out()
        assert here.in_short() == [f"payout {PART} paid", f"take_back {PART} paid"]
        assert here.transferred() == [0]
        assert here.balance().payable == 0
        here.passes(days=1).pays_out()
        assert len(here.payouts()) == 2

    @pytest.mark.parametrize("here", ["carried"], indirect=True)
    def test_it_is_carried_and_set_off_against_the_document_that_is_made_anew(self, here: PayoutScene) -> None:
        scene = self.voids(here)
        here.passes(days=1).pays_out()
        assert len(here.payouts()) == 1, "nothing is paid below zero"
        scene.delivers("2026-01-05 10 110", reason="read again")
        scene.bills(str(here.now.date()))  # January anew: 110 kWh, of which 99 are the factory's, 117.81 with VAT
        assert here.balance().payable == Decimal("10.71")
        here.passes(days=1).pays_out()
        assert here.in_short() == [f"payout {PART} paid", "payout 10.71 paid"]
        here.adds_up()
