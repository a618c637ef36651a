"""Money taken by saved cards and mandates through Stripe: declined, under way for days, given back, taken back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from billing.payments.gateway import (
    ChargeAsked,
    Chargeback,
    GatewayRefused,
    GatewayThing,
    MovementState,
    OrderedMovement,
    PaymentRail,
)
from tests.billing.payments.stripe_scene import ORDER, Scene, call, money, scene

CHARGE = OrderedMovement.CHARGE


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as made:
        yield made


class TestACard:
    def test_is_charged_at_once(self, here: Scene) -> None:
        """119.00: the fee of the tests is 1.5 % and 0.25, rounded half up to 1.79 and 0.25."""
        saved = here.card()
        paid = here.charge("119.00 EUR", saved)
        assert (paid.movement, paid.state, paid.call) == (CHARGE, MovementState.DONE, call())
        assert (paid.amount, paid.received, paid.refunded) == (
            money("119.00 EUR"),
            money("119.00 EUR"),
            money("0.00 EUR"),
        )
        assert paid.fee == money("2.04 EUR")
        assert paid.payment == paid.id
        assert paid.at == here.stripe.clock.now
        assert paid.saved is not None
        assert (paid.saved.method, paid.saved.words) == (saved.method, "card ending in 4242")
        assert here.gateway.find(CHARGE, ORDER, here.customer) == (paid,)
        assert here.gateway.fetch(GatewayThing.PAYMENT, paid.id) == paid

    @pytest.mark.parametrize(("code", "may_retry_later"), [
        ("insufficient_funds", True), ("stolen_card", False), ("authentication_required", False), ("do_not_honor", True),
        ("expired_card", False), ("do_not_honor/do_not_try_again", False), ("do_not_honor/try_again_later", True),
    ])  # fmt: skip
    def test_that_is_declined_leaves_a_payment_of_ours(self, here: Scene, code: str, *, may_retry_later: bool) -> None:
        with pytest.raises(GatewayRefused) as refused:
            here.charge(saved=here.card(code))
        code = code.partition("/")[0]
        assert (refused.value.code, refused.value.may_retry_later) == (code, may_retry_later)
        (left,) = here.gateway.find(CHARGE, ORDER, here.customer)
        assert left.id == refused.value.made
        assert (left.state, left.call, left.failure_code) == (MovementState.FAILED, call(), code)
        assert left.may_retry_later == may_retry_later
        assert left.received == money("0.00 EUR")

    def test_is_declined_and_the_next_attempt_is_paid(self, here: Scene) -> None:
        saved = here.card("insufficient_funds")
        with pytest.raises(GatewayRefused):
            here.charge(saved=saved)
        here.stripe.payments.behaves[saved.method] = "succeeds"
        with pytest.raises(GatewayRefused):  # the same key: the same answer
            here.charge(saved=saved)
        paid = here.charge(saved=saved, of=call(attempt=2))
        made = here.gateway.find(CHARGE, ORDER, here.customer)
        assert [(one.state, one.call) for one in made] == [
            (MovementState.FAILED, call(attempt=1)),
            (MovementState.DONE, call(attempt=2)),
        ]
        assert made[1] == paid

    @pytest.mark.parametrize(
        ("amount", "units"), [("500 JPY", 500), ("119.50 USD", 11950), ("5 ISK", 500), ("5.120 KWD", 5120)]
    )
    def test_in_another_currency(self, here: Scene, amount: str, units: int) -> None:
        paid = here.charge(amount)
        assert here.stripe.made("payment_intent")[0]["amount"] == units
        assert paid.received == money(amount)

    def test_that_was_removed(self, here: Scene) -> None:
        saved = here.card()
        here.stripe.payments.detach(saved.method)
        with pytest.raises(GatewayRefused):
            here.charge(saved=saved)
        known = here.gateway.saved_method(saved.method)
        assert known is not None
        assert not known.is_active

    def test_of_another_customer(self, here: Scene) -> None:
        stranger = here.stripe.payments.make_customer({"name": "Another"})["id"]
        method = here.stripe.payments.save_card(stranger)["id"]
        saved = here.card()
        with pytest.raises(GatewayRefused):
            here.gateway.charge(
                ChargeAsked(call(), money("9.00 EUR"), type(saved)(here.customer, method, PaymentRail.CARD))
            )
        assert here.stripe.made("payment_intent") == []

    def test_an_amount_that_stripe_has_no_unit_for_asks_nothing(self, here: Scene) -> None:
        with pytest.raises(GatewayRefused):
            here.charge("1.005 EUR")
        assert here.stripe.requests == []


class TestADirectDebit:
    def test_is_under_way_for_days_and_not_paid(self, here: Scene) -> None:
        asked = here.charge(saved=here.account())
        assert (asked.state, asked.received, asked.fee) == (MovementState.PROCESSING, money("0.00 EUR"), None)
        here.stripe.move(days=4)
        still = here.gateway.fetch(GatewayThing.PAYMENT, asked.id)
        assert still is not None
        assert still.state is MovementState.PROCESSING
        here.stripe.move(days=1)
        paid = here.gateway.fetch(GatewayThing.PAYMENT, asked.id)
        assert paid is not None
        assert (paid.state, paid.received, paid.fee) == (MovementState.DONE, money("119.00 EUR"), money("0.35 EUR"))
        assert paid.at == here.stripe.clock.now

    @pytest.mark.parametrize(("code", "may_retry_later"), [("insufficient_funds", True), ("account_closed", False)])
    def test_fails_after_days(self, here: Scene, code: str, *, may_retry_later: bool) -> None:
        asked = here.charge(saved=here.account(code))
        here.stripe.move(days=5)
        failed = here.gateway.fetch(GatewayThing.PAYMENT, asked.id)
        assert failed is not None
        assert (failed.state, failed.failure_code) == (MovementState.FAILED, code)
        assert failed.may_retry_later == may_retry_later

    def test_is_in_euro_alone(self, here: Scene) -> None:
        with pytest.raises(GatewayRefused) as refused:
            here.charge("119.00 USD", here.account())
        assert refused.value.code == "no_rail_for_currency"
        assert here.stripe.requests == []

    def test_without_its_mandate(self, here: Scene) -> None:
        saved = here.account()
        mandate = here.stripe.payments.mandate_of(here.stripe.books.get("payment_method", saved.method))
        assert mandate is not None
        known = here.gateway.saved_method(mandate["id"])
        assert known is not None
        assert (known.method, known.is_active, known.words) == (saved.method, True, "bank account ending in 3000")
        assert known.mandate.startswith("USUF")
        here.stripe.payments.withdraw_mandate(mandate["id"])
        known = here.gateway.saved_method(mandate["id"])
        assert known is not None
        assert not known.is_active
        with pytest.raises(GatewayRefused):
            here.charge(saved=saved)

    def test_is_taken_back_within_eight_weeks_and_that_is_final(self, here: Scene) -> None:
        asked = here.charge(saved=here.account())
        here.stripe.move(days=45)
        dispute = here.stripe.payments.charge_back(asked.id, reason="debit_not_authorized")
        taken = here.gateway.fetch(GatewayThing.CHARGEBACK, dispute["id"])
        assert taken is not None
        (back,) = taken.chargebacks
        assert (back.amount, back.is_lost, back.is_won, back.answer_by) == (money("119.00 EUR"), True, False, None)


class TestARefund:
    def test_of_a_part_and_of_the_rest(self, here: Scene) -> None:
        paid = here.charge()
        here.stripe.balance.enter("charge", 100_000, "eur", "ch_other")
        first = here.refund(paid.id, "19.00 EUR")
        assert (first.state, first.amount, first.payment) == (MovementState.DONE, money("19.00 EUR"), paid.id)
        here.refund(paid.id, "100.00 EUR", call("second"))
        now = here.gateway.fetch(GatewayThing.PAYMENT, paid.id)
        assert now is not None
        assert now.refunded == money("119.00 EUR")
        for of in (paid.id, here.customer, ""):
            assert here.gateway.find(OrderedMovement.REFUND, "refund", of) == (first,)
        with pytest.raises(GatewayRefused) as refused:
            here.refund(paid.id, "0.01 EUR", call("third"))
        assert refused.value.code == "charge_already_refunded"

    def test_is_refused_while_the_balance_does_not_have_it(self, here: Scene) -> None:
        here.stripe.balance.settles_after_s = 2 * 24 * 3600
        paid = here.charge()
        with pytest.raises(GatewayRefused) as refused:
            here.refund(paid.id)
        assert (refused.value.code, refused.value.may_retry_later) == ("balance_insufficient", True)
        here.stripe.move(days=2)
        assert here.refund(paid.id, of=call("refund", 2)).state is MovementState.DONE

    def test_of_a_debit_takes_days(self, here: Scene) -> None:
        asked = here.charge(saved=here.account())
        here.stripe.move(days=5)
        refund = here.refund(asked.id)
        assert refund.state is MovementState.PROCESSING
        here.stripe.move(days=3)
        done = here.gateway.fetch(GatewayThing.REFUND, refund.id)
        assert done is not None
        assert done.state is MovementState.DONE

    def test_that_the_customers_bank_sends_back(self, here: Scene) -> None:
        paid = here.charge()
        refund = here.refund(paid.id)
        here.stripe.payments.fail_refund(refund.id)
        failed = here.gateway.fetch(GatewayThing.REFUND, refund.id)
        assert failed is not None
        assert (failed.state, failed.failure_code) == (MovementState.FAILED, "lost_or_stolen_card")
        now = here.gateway.fetch(GatewayThing.PAYMENT, paid.id)
        assert now is not None
        assert now.refunded == money("0.00 EUR")


class TestAChargeback:
    @pytest.mark.parametrize("is_won", [True, False])
    def test_is_won_or_lost(self, here: Scene, *, is_won: bool) -> None:
        paid = here.charge()
        dispute = here.stripe.payments.charge_back(paid.id, amount=5000)
        (begun,) = self.now(here, paid.id)[0]
        assert (begun.amount, begun.is_lost, begun.is_won) == (money("50.00 EUR"), False, False)
        assert begun.answer_by == here.stripe.clock.now + timedelta(days=14)
        here.stripe.payments.decide(dispute["id"], is_won=is_won)
        (ended,) = self.now(here, paid.id)[0]
        assert (ended.is_lost, ended.is_won, ended.answer_by) == (not is_won, is_won, None)
        (listed,) = here.gateway.find(CHARGE, ORDER, here.customer)
        assert listed.chargebacks == (ended,)

    def test_that_is_a_question_takes_nothing(self, here: Scene) -> None:
        paid = here.charge()
        dispute = here.stripe.payments.charge_back(paid.id, is_inquiry=True)
        taken, asked = self.now(here, paid.id)
        assert (taken, len(asked)) == ((), 1)
        here.stripe.payments.escalate(dispute["id"])
        taken, asked = self.now(here, paid.id)
        assert (len(taken), asked) == (1, ())

    @staticmethod
    def now(here: Scene, payment: str) -> tuple[tuple[Chargeback, ...], tuple[Chargeback, ...]]:
        known = here.gateway.fetch(GatewayThing.PAYMENT, payment)
        assert known is not None
        return known.chargebacks, known.inquiries


class TestLooking:
    def test_through_more_than_a_page(self, here: Scene) -> None:
        """Stripe gives a hundred at once; the one that is looked for is the oldest of 203."""
        paid = here.charge()
        for number in range(202):
            here.stripe.payments.open_intent({"amount": 100 + number, "currency": "eur", "customer": here.customer})
        here.stripe.requests.clear()
        assert here.gateway.find(CHARGE, ORDER, here.customer) == (paid,)
        assert len(here.stripe.requests) == 3

    def test_what_is_not_ours_is_not_found(self, here: Scene) -> None:
        here.charge(of=call("another"))
        assert here.gateway.find(CHARGE, ORDER, here.customer) == ()
        foreign = here.stripe.payments.open_intent({"amount": 100, "currency": "eur", "customer": here.customer})
        known = here.gateway.fetch(GatewayThing.PAYMENT, foreign["id"])
        assert known is not None
        assert known.call is None

    @pytest.mark.parametrize("thing", [
        GatewayThing.PAYMENT, GatewayThing.SESSION, GatewayThing.REFUND, GatewayThing.CHARGEBACK, GatewayThing.TRANSFER,
    ])  # fmt: skip
    def test_what_there_is_not(self, here: Scene, thing: GatewayThing) -> None:
        assert here.gateway.fetch(thing, "xx_1") is None

    def test_what_is_no_movement(self, here: Scene) -> None:
        assert here.gateway.fetch(GatewayThing.ACCOUNT, "acct_1") is None
        assert here.gateway.saved_method("pm_none") is None
        assert here.gateway.saved_method("mandate_none") is None


class TestACustomer:
    def test_is_made_once_by_its_key_and_found_by_our_reference(self, here: Scene) -> None:
        since = here.stripe.clock.now
        details = {"email": "post@blech.example", "city": "Bochum", "country": "DE", "number": "10001"}
        made = here.gateway.save_customer(call(), "Blechwerke", details)
        assert here.gateway.save_customer(call(), "Blechwerke", details) == made
        fields = here.stripe.books.get("customer", made)
        assert (fields["email"], fields["address"]) == ("post@blech.example", {"city": "Bochum", "country": "DE"})
        assert fields["metadata"] == {"usufruct_order": ORDER, "number": "10001"}
        assert here.gateway.find_customer(ORDER, since) == made
        assert here.gateway.find_customer("another", since) == ""
        assert here.gateway.find_customer(ORDER, since + timedelta(seconds=1)) == ""
