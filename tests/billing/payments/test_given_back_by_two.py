"""Money is given back by two: one prepares it, another releases it; up to the limit one is enough, whatever the door."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import text

from api.operations import collecting
from api.server.database import Access, Acting, ContradictsStored
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from billing.payments.links import make_pay_link
from billing.payments.orders.asked.store import RefundTooLarge, RefundWanted, ask_refund
from billing.payments.orders.store import UnknownGatewayOrder
from billing.payments.queries import (
    BalanceEntryQuery,
    GatewayOrderQuery,
    GatewayPayoutQuery,
    RefundQuery,
    RefundState,
    SavedMethodQuery,
)
from billing.payments.refunds.store import NotPaidByGateway, RefundDone, RefundPrepared
from billing.payments.views import RefundOut
from contracts.release.store import OwnWork
from quantities.errors import UsufructError
from tests.billing.payments.till import ACCOUNT, GROSS, NUMBER, Till, opened
from tests.build import acts
from tests.conftest import application_pool, world_copy


@pytest.fixture
def paid(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Till]:
    """A document paid by card, and 50 EUR on account besides; two people who may give back."""
    copied = world_copy(server, "a document to charge", opened, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        till = Till(pool)
        till.collects()
        till.pays_otherwise(Decimal("50.00"), "ahead", to_document=False)
        with pool.transaction(1) as session:
            acts(session, "bert")
        till.access = access  # type: ignore[attr-defined]
        yield till


def prepares(
    till: Till, amount: str | None, *, who: str = "anna", note: str | None = None, payment: int = 1
) -> RefundOut:
    with till.database.transaction(1) as session:
        prepared = RefundPrepared(payment, None if amount is None else Decimal(amount), note, "paid twice")
        return collecting.prepare_refund(session, prepared, who=acts(session, who), at=till.now)


def releases(till: Till, refund: int, who: str) -> RefundOut:
    with till.database.transaction(1) as session:
        return collecting.release_refund(session, refund, who=acts(session, who), at=till.now)


def limited(till: Till, amount: str) -> None:
    access: Access = till.access  # type: ignore[attr-defined]
    with administering(access.administrator) as administrator:
        administrator.execute(
            text("""insert into four_eyes_limit (tenant, operation, amount, currency, reason, by, at, released_by, released_at)
                    values (1, 'refund', :amount, 'EUR', 'small', 'x', now(), 'y', now())"""),
            {"amount": Decimal(amount)},
        )


class TestByTwo:
    def test_nothing_is_asked_for_until_another_has_released_it(self, paid: Till) -> None:
        refund = prepares(paid, "20.00")
        assert (refund.order, refund.released_by, refund.prepared_by) == (None, None, "anna")
        assert paid.passes(minutes=1).collects() == 0
        with pytest.raises(OwnWork):
            releases(paid, refund.refund, "anna")
        done = releases(paid, refund.refund, "bert")
        assert (done.released_by, done.order) == ("bert", 2)
        paid.passes(minutes=1).collects()
        assert paid.states() == ["done", "done"]
        assert [one.amount for one in paid.gateway.made.values()] == [GROSS, Decimal("20.00")]
        with pytest.raises(RefundDone):
            releases(paid, refund.refund, "bert")

    def test_the_database_makes_no_order_of_a_persons_that_nobody_released(self, paid: Till) -> None:
        prepares(paid, "20.00")
        with pytest.raises(ContradictsStored, match="refund_is_released"), paid.database.transaction(1) as session:
            ask_refund(session, RefundWanted(1, Decimal("20.00"), None, "x"), by=acts(session, "anna"), at=paid.now)

    def test_the_database_lets_nobody_release_its_own(self, paid: Till) -> None:
        refund = prepares(paid, "20.00")
        with pytest.raises(ContradictsStored, match="two_pairs_of_eyes"), paid.database.transaction(1) as session:
            acts(session, "anna")
            released = "update refund set released_by = 'bert', released_at = now() where id = :number"
            session.execute(text(released), {"number": refund.refund})

    def test_one_that_was_withdrawn_is_not_released(self, paid: Till) -> None:
        refund = prepares(paid, "20.00")
        with paid.database.transaction(1) as session:
            collecting.withdraw_refund(session, refund.refund, who=acts(session, "anna"), at=paid.now)
        with pytest.raises(RefundDone):
            releases(paid, refund.refund, "bert")

    def test_two_who_release_at_once_ask_once(self, paid: Till) -> None:
        refund = prepares(paid, "20.00").refund
        barrier = Barrier(2)

        def release(who: str) -> str:
            barrier.wait()
            try:
                return str(releases(paid, refund, who).order)
            except RefundDone:
                return "done"

        with paid.database.transaction(1) as session:
            acts(session, "carla")
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(release, ["bert", "carla"])) == ["2", "done"]


class TestLimit:
    def test_up_to_it_one_is_enough_and_all_of_a_payment_counts(self, paid: Till) -> None:
        limited(paid, "10")
        assert prepares(paid, "6.00").order == 2
        assert prepares(paid, "6.00").order is None
        assert prepares(paid, "4.00").order == 3


class TestAmount:
    def test_no_more_than_is_left_with_what_waits(self, paid: Till) -> None:
        prepares(paid, "170.00")
        with pytest.raises(RefundTooLarge):
            prepares(paid, "8.51", who="bert")
        assert prepares(paid, None, who="bert").amount == Decimal("8.50")
        with pytest.raises(RefundTooLarge):
            prepares(paid, None)

    @pytest.mark.parametrize("amount", ["0", "-1", "178.51"])
    def test_of_nothing_or_more_than_was_paid_none(self, paid: Till, amount: str) -> None:
        with pytest.raises(RefundTooLarge):
            prepares(paid, amount)

    def test_what_is_not_on_account_is_refused_as_it_is_released(self, paid: Till) -> None:
        refund = prepares(paid, "60.00").refund
        with pytest.raises(RefundTooLarge, match=r"50\.00 EUR is on account"):
            releases(paid, refund, "bert")
        with paid.database.transaction(1) as session:
            (waiting,) = collecting.list_refunds(session, RefundQuery(state=RefundState.WAITING)).rows
        assert waiting.refund == refund

    def test_what_came_by_the_bank_is_not_the_gateways(self, paid: Till) -> None:
        with pytest.raises(NotPaidByGateway):
            prepares(paid, "1.00", payment=2)


class TestWhoSees:
    """A customer sees its own orders, methods and links; nobody else's, and nothing of how it went."""

    @pytest.mark.parametrize(("customer", "sees"), [("Blechwerke", 1), ("Giesserei", 0)])
    def test_a_customer_its_own(self, paid: Till, customer: str, sees: int) -> None:
        with paid.database.transaction(1) as session:
            parties = dict(session.execute(text("select name, id from party")).all())
            by = acts(session, "anna")
            make_pay_link(session, NUMBER, None, days=3, by=by, at=paid.now)
        party = parties.get(
            customer, next(key for name, key in parties.items() if name not in {"Blechwerke", "Nordluft"})
        )
        with paid.database.transaction(1, party, acting=Acting(role="customer")) as session:
            orders = collecting.list_gateway_orders(session, GatewayOrderQuery(), as_customer=True).rows
            methods = collecting.list_saved_methods(session, SavedMethodQuery(), as_customer=True).rows
            assert (len(orders), len(methods)) == (sees, sees)
            if sees:
                (link,) = collecting.list_pay_links(session, NUMBER, None, as_customer=True)
                assert (link.made_by, orders[0].events, orders[0].account, methods[0].account) == (None, [], "", "")
                assert (orders[0].state, orders[0].supplier, methods[0].words) == (
                    "done",
                    "Nordluft",
                    "card ending in 4242",
                )
            else:
                with pytest.raises(UnknownGatewayOrder):
                    collecting.find_gateway_order(session, 1, as_customer=True)
                with pytest.raises(UsufructError):
                    collecting.list_pay_links(session, NUMBER, None, as_customer=True)

    def test_another_tenant_nothing(self, paid: Till) -> None:
        with paid.database.transaction(2) as session:
            assert collecting.list_gateway_orders(session, GatewayOrderQuery()).rows == ()
            assert collecting.list_saved_methods(session, SavedMethodQuery()).rows == ()


class TestBalance:
    def test_what_a_payout_consists_of_adds_up_to_it(self, paid: Till) -> None:
        access: Access = paid.access  # type: ignore[attr-defined]
        columns = "(tenant, account, external, kind, kind_words, currency, gross, fee, source, payout, at)"
        with administering(access.administrator) as administrator:
            administrator.execute(
                text(f"""insert into gateway_balance_entry {columns} values
                    (1, :a, '1', 'payment', 'charge', 'EUR', 178.50, 2.93, 'pi_1', 'po_1', '2026-02-02 08:00Z'),
                    (1, :a, '2', 'fee', '=1+1', 'EUR', -1.00, 0, 'fee', 'po_1', '2026-02-03 08:00Z'),
                    (1, :a, '3', 'payment', 'charge', 'EUR', 7.00, 0.25, 'pi_2', '', '2026-02-04 08:00Z'),
                    (1, :a, '4', 'payout', 'payout', 'EUR', -174.57, 0, 'po_1', 'po_1', '2026-02-04 08:00Z'),
                    (1, :a, '5', 'payout', 'payout', 'EUR', -5.00, 0, 'po_2', 'po_2', '2026-02-05 08:00Z')"""),
                {"a": ACCOUNT},
            )
        with paid.database.transaction(1) as session:
            first, by_hand = collecting.list_gateway_payouts(session, GatewayPayoutQuery()).rows
            assert (first.amount, first.gross, first.fees, first.entries, first.unexplained) == (
                Decimal("174.57"),
                Decimal("177.50"),
                Decimal("2.93"),
                2,
                Decimal(0),
            )
            assert (by_hand.payout, by_hand.unexplained) == ("po_2", Decimal("5.00"))
            within = collecting.list_balance_entries(session, BalanceEntryQuery(payout="po_1", kind="fee")).rows
            assert [(one.gross, one.net) for one in within] == [(Decimal("-1.00"), Decimal("-1.00"))]
            page = collecting.list_balance_entries(session, BalanceEntryQuery(limit=2, account=ACCOUNT))
            assert (len(page.rows), page.after) == (2, "2")
            written = collecting.write_balance_entries(session, BalanceEntryQuery()).decode()
        assert written.splitlines()[0].startswith("entry,account,external,kind")
        assert len(written.splitlines()) == 6
        assert ",'=1+1," in written
