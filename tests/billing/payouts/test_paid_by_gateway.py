"""A payee is paid by transfers, once, as its customers pay: due, ordered, paid, held with its reason, taken back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlmodel import select

from api.access.roles import Role
from api.server.database import Access, Acting, Database
from api.server.embedded import EmbeddedServer
from billing.due.pauses.store import PauseAsked, end_pause, pause
from billing.payouts.making import NothingPayable
from billing.payouts.payout_query import PayoutQuery
from billing.payouts.store import payouts
from contracts.release.store import releasing
from contracts.tables import PartyRow
from tests.billing.payouts.paying import GROSS, NUMBER, PART, PayoutScene, billed, paid_out, paying
from tests.build import acts
from tests.conftest import application_pool, world_copy


@pytest.fixture
def here(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
    """January is billed, the factory has an account at Stripe, and ours has money."""
    payouts = getattr(request, "param", "by: gateway")

    def build(access: Access) -> None:
        billed(access, paid_out(payouts))

    copied = world_copy(server, f"a payee that is paid: {payouts}", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool, paying(pool) as made:
        yield made.has_money()


def agreed(payouts: str) -> pytest.MarkDecorator:
    """The factory is paid by these terms."""
    return pytest.mark.parametrize("here", [payouts], indirect=True, ids=[""])


class TestPayWhenPaid:
    def test_nothing_before_the_customer_has_paid_and_all_of_it_after(self, here: PayoutScene) -> None:
        here.onboards().pays_out()
        assert (here.in_short(), here.transferred()) == ([], [])
        here.pays()
        here.passes(days=1).pays_out()
        assert here.in_short() == [f"payout {PART} paid"]
        (payout,) = here.payouts()
        assert [(line.number, line.amount) for line in payout.lines] == [("FACTORY-SB-2026-000001", PART)]
        assert (payout.supplier, payout.payee, payout.prepared_by) == ("Nordluft", "factory", None)
        (transfer,) = here.stripe.made("transfer")
        assert (transfer["amount"], transfer["transfer_group"]) == (10710, NUMBER)
        here.passes(days=1).pays_out()
        here.adds_up()

    def test_nothing_while_payouts_are_paused_and_all_of_it_after(self, here: PayoutScene) -> None:
        here.onboards().pays()
        here.passes(days=1)
        with here.database.transaction(1) as session:
            asked = PauseAsked("a look", "pay out")
            paused = pause(session, asked, releasing(session, acts(session, "anna"), here.now))
        here.pays_out()
        assert (here.in_short(), here.transferred()) == ([], [])
        with here.database.transaction(1) as session:
            end_pause(session, paused.number, releasing(session, acts(session, "anna"), here.now))
        here.pays_out()
        assert here.in_short() == [f"payout {PART} paid"]

    def test_in_parts_with_the_rest_in_the_last(self, here: PayoutScene) -> None:
        here.onboards()
        for day in range(3):
            here.pays(Decimal("33.33") if day < 2 else GROSS - Decimal("66.66"), f"bank {day}")
            here.passes(days=1).pays_out()
        assert here.transferred() == [3000, 2999, 4711]
        here.adds_up()

    def test_a_reversed_payment_is_carried_and_set_off_against_the_next(self, here: PayoutScene) -> None:
        here.onboards()
        payment = here.pays()
        here.passes(days=1).pays_out()
        here.reverses(payment)
        here.passes(days=1).pays_out()
        assert (here.in_short(), here.balance().payable) == ([f"payout {PART} paid"], -PART)
        with pytest.raises(NothingPayable):
            here.makes_now()
        here.pays(GROSS, "bank 2")
        here.passes(days=1).pays_out()
        assert here.transferred() == [10710]
        here.adds_up()

    @agreed("by: gateway, below_zero: taken_back")
    def test_or_taken_back_of_the_transfer_where_the_contract_says_so(self, here: PayoutScene) -> None:
        here.onboards()
        payment = here.pays()
        here.passes(days=1).pays_out()
        here.reverses(payment)
        here.passes(days=1).pays_out()
        assert here.in_short() == [f"payout {PART} paid", f"take_back {PART} paid"]
        assert (here.transferred(), here.balance().payable) == ([0], Decimal(0))
        here.pays(GROSS, "bank 2")
        here.passes(days=1).pays_out()
        assert here.transferred() == [0, 10710]
        here.adds_up()

    @agreed("by: gateway, below_zero: taken_back")
    def test_what_the_payee_has_no_more_stays_owed_and_is_carried(self, here: PayoutScene) -> None:
        here.onboards()
        payment = here.pays()
        here.passes(days=1).pays_out()
        here.stripe.connect.pay_out(here.connection().external)
        here.reverses(payment)
        here.passes(days=1).pays_out()
        assert here.in_short() == [f"payout {PART} paid", f"take_back {PART} failed"]
        assert here.balance().payable == -PART
        here.passes(days=1).pays_out()
        assert len(here.payouts()) == 3  # it is tried on the next payout day again
        here.pays(GROSS, "bank 2")
        here.passes(days=1).pays_out()
        assert (here.balance().payable, here.transferred()) == (Decimal(0), [10710])
        here.adds_up()


class TestHeld:
    def test_without_an_account_until_it_has_one(self, here: PayoutScene) -> None:
        here.pays()
        here.passes(days=1).pays_out()
        (payout,) = here.payouts()
        assert (payout.state, payout.held) == (
            "held",
            "factory has no account at the gateway: `usufruct payout connect factory`",
        )
        here.onboards().collects()
        assert here.in_short() == [f"payout {PART} paid"]
        here.adds_up()

    def test_while_the_gateway_wants_to_know_something(self, here: PayoutScene) -> None:
        here.onboards()
        here.stripe.connect.ask(here.connection().external, ("company.tax_id",), is_past=True)
        here.passes(days=1)
        here.pays()
        here.passes(days=1).pays_out()
        (payout,) = here.payouts()
        assert payout.state == "held"
        assert "insufficient_capabilities_for_transfer" in payout.held or "requirements.past_due" in payout.held

    def test_while_our_balance_has_not_so_much_and_tried_on_later_days(self, here: PayoutScene) -> None:
        here.onboards()
        here.stripe.balance.enter("payout", -99_000, "eur", "po_elsewhere")
        here.pays()
        here.passes(days=1).pays_out()
        assert (here.in_short(), here.transferred()) == ([f"payout {PART} ordered"], [])
        here.has_money()
        here.passes(days=1).collects()
        assert here.transferred() == [10710]
        here.adds_up()

    def test_what_is_owed_no_more_by_then_is_not_transferred(self, here: PayoutScene) -> None:
        payment = here.pays()
        here.passes(days=1).pays_out()
        here.reverses(payment)
        here.onboards().collects()
        assert (here.in_short(), here.transferred()) == ([f"payout {PART} withdrawn"], [])
        here.pays(GROSS, "bank 2")
        here.passes(days=1).pays_out()
        assert here.transferred() == [10710]
        here.adds_up()

    def test_a_person_withdraws_it_and_the_next_one_has_it(self, here: PayoutScene) -> None:
        here.pays()
        here.passes(days=1).pays_out()
        here.withdraws(1)
        here.onboards()
        here.passes(days=1).pays_out()
        assert here.in_short() == [f"payout {PART} withdrawn", f"payout {PART} paid"]
        assert [order.state for order in here.orders()] == ["withdrawn", "done"]
        here.adds_up()


class TestOnce:
    def test_eight_workers_make_one_payout_and_one_transfer(self, here: PayoutScene) -> None:
        here.onboards()
        here.pays()
        here.passes(days=1)
        barrier, here.database, pool_of_one = (
            Barrier(8),
            Database(here.database.engine.url, pool_size=16),
            here.database,
        )

        def works(_: int) -> None:
            barrier.wait()
            here.pays_out()
            here.pays_out()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(works, range(8)))
        here.collects()
        here.database.close()
        here.database = pool_of_one
        assert (here.in_short(), here.transferred()) == ([f"payout {PART} paid"], [10710])

    def test_a_missed_week_is_caught_up_by_one(self, here: PayoutScene) -> None:
        here.onboards()
        here.pays()
        here.passes(days=9).pays_out()
        assert here.transferred() == [10710]
        here.passes(seconds=1)
        assert here.makes() == 0

    def test_a_clock_that_is_set_back_pays_nothing_twice(self, here: PayoutScene) -> None:
        here.onboards()
        here.pays()
        here.passes(days=1).pays_out()
        here.now -= timedelta(days=1)
        assert here.makes() == 0
        here.passes(days=3).pays_out()
        here.adds_up()


class TestPayoutDays:
    @agreed("by: gateway, every: week, weekday: friday, days_after: 3, reserve: {percent: '10', days: 30}, least: '50'")
    def test_a_friday_three_days_after_with_a_reserve_and_a_least_amount(self, here: PayoutScene) -> None:
        here.onboards()
        here.pays()  # on Monday 2 February
        made = {}
        for _ in range(45):
            here.passes(days=1).pays_out()
            made = {one.id: (str(one.made_on), str(one.amount)) for one in here.payouts()}
        assert list(made.values()) == [("2026-02-06", "96.39")]  # the reserve alone is less than is paid by itself
        assert here.balance().payable == Decimal("10.71")
        here.makes_now()
        here.collects()
        assert here.transferred() == [9639, 1071]
        here.adds_up()

    @agreed("by: gateway, when: issued")
    def test_as_it_is_issued_where_the_contract_says_so(self, here: PayoutScene) -> None:
        here.onboards().pays_out()
        assert here.transferred() == [10710]
        here.adds_up()


def test_a_payee_reads_its_own_payouts_and_not_what_happened_on_the_way(here: PayoutScene) -> None:
    here.onboards()
    here.pays()
    here.passes(days=1).pays_out()
    with here.database.transaction(1) as session:
        acts(session, "anna")
        keys = {row.name: row.id for row in session.exec(select(PartyRow))}
    for name, lines in (("factory", [PART]), ("Blechwerke", [])):
        acting = Acting(None, Role.PAYEE.value)
        with here.database.transaction(1, party=keys[name], acting=acting) as session:
            known = payouts(session, PayoutQuery(), as_payee=True).rows
            assert [line.amount for one in known for line in one.lines] == lines
            assert all(one.events == () for one in known)


class TestByHand:
    def test_what_somebody_took_back_at_the_gateway_is_owed_again_and_a_person_decides(self, here: PayoutScene) -> None:
        here.onboards()
        here.pays()
        here.passes(days=1).pays_out()
        here.stripe.connect.reverse(here.stripe.made("transfer")[0]["id"], {"amount": 710})
        from api.collecting.events import handle_events, poll_tenant

        poll_tenant(here.work)
        handle_events(here.work)
        assert here.in_short() == [f"payout {PART} paid", "take_back 7.10 paid"]
        here.passes(days=2).pays_out()
        assert (here.transferred(), here.balance().payable) == ([10000], Decimal("7.10"))
        here.makes_now()
        here.collects()
        assert here.transferred() == [10000, 710]
        here.adds_up()
