"""Payees at Stripe: their accounts, transfers to them, what is taken back; and what our own balance says of all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.payments.gateway import (
    BalanceKind,
    GatewayRefused,
    GatewayThing,
    MovementState,
    OrderedMovement,
)
from billing.payments.gateway_records import PayoutState
from tests.billing.payments.stripe_scene import Scene, call, money, scene


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as made:
        yield made


@pytest.fixture
def paid(here: Scene) -> Scene:
    here.charge("1000.00 EUR")
    return here


class TestAnAccount:
    def test_is_asked_and_then_may_receive(self, here: Scene) -> None:
        since = here.stripe.clock.now
        made = here.gateway.connect(call("payee"), "Hallenbau", "DE")
        assert (made.may_receive, made.is_paid_out) == (False, False)
        assert "external_account" in made.missing
        assert here.gateway.connect(call("payee"), "Hallenbau", "DE") == made
        assert here.gateway.find_account("payee", since) == made
        assert here.gateway.find_account("another", since) is None
        assert here.gateway.onboarding_url(made.id, "https://payees.example").startswith("https://connect.example/")
        here.stripe.connect.onboard(made.id)
        known = here.gateway.account(made.id)
        assert (known.may_receive, known.is_paid_out, known.missing, known.held_because) == (True, True, (), "")

    def test_of_which_stripe_wants_to_know_more(self, paid: Scene) -> None:
        payee = paid.payee()
        by = datetime(2026, 4, 1, tzinfo=UTC)
        paid.stripe.connect.ask(payee.id, ("company.tax_id",), by=int(by.timestamp()))
        asked = paid.gateway.account(payee.id)
        assert (asked.may_receive, asked.missing, asked.asked_by) == (True, ("company.tax_id",), by)
        paid.stripe.connect.ask(payee.id, ("company.tax_id",), is_past=True)
        held = paid.gateway.account(payee.id)
        assert (held.may_receive, held.is_paid_out, held.held_because) == (False, False, "requirements.past_due")
        with pytest.raises(GatewayRefused) as refused:
            paid.transfer(payee.id)
        assert refused.value.code == "insufficient_capabilities_for_transfer"

    def test_that_there_is_not(self, here: Scene) -> None:
        with pytest.raises(GatewayRefused):
            here.gateway.account("acct_none")


class TestATransfer:
    def test_is_done_once_and_taken_back_in_parts(self, paid: Scene) -> None:
        payee = paid.payee()
        made = paid.transfer(payee.id)
        assert (made.state, made.amount, made.call) == (MovementState.DONE, money("80.00 EUR"), call("transfer"))
        assert paid.stripe.made("transfer")[0]["transfer_group"] == "2026-000001"
        back = paid.take_back(made.id)
        assert (back.movement, back.state, back.payment) == (OrderedMovement.TAKE_BACK, MovementState.DONE, made.id)
        known = paid.gateway.fetch(GatewayThing.TRANSFER, made.id)
        assert known is not None
        assert known.refunded == money("30.00 EUR")
        assert paid.gateway.find(OrderedMovement.TRANSFER, "transfer", payee.id) == (known,)
        for of in (made.id, payee.id, ""):
            assert paid.gateway.find(OrderedMovement.TAKE_BACK, "back", of) == (back,)

    def test_waits_for_the_balance(self, here: Scene) -> None:
        here.stripe.balance.settles_after_s = 3 * 24 * 3600
        here.charge("1000.00 EUR")
        payee = here.payee()
        with pytest.raises(GatewayRefused) as refused:
            here.transfer(payee.id)
        assert (refused.value.code, refused.value.may_retry_later) == ("balance_insufficient", True)
        here.stripe.move(days=3)
        assert here.transfer(payee.id, of=call("transfer", 2)).state is MovementState.DONE

    def test_is_taken_back_only_while_the_payee_has_it(self, paid: Scene) -> None:
        payee = paid.payee()
        made = paid.transfer(payee.id)
        paid.stripe.connect.pay_out(payee.id)
        with pytest.raises(GatewayRefused) as refused:
            paid.take_back(made.id)
        assert (refused.value.code, refused.value.may_retry_later) == ("balance_insufficient", True)

    def test_is_not_taken_back_twice(self, paid: Scene) -> None:
        made = paid.transfer(paid.payee().id)
        paid.take_back(made.id, "80.00 EUR")
        with pytest.raises(GatewayRefused):
            paid.take_back(made.id, "0.01 EUR", call("again"))

    def test_two_for_one_document_are_told_apart(self, paid: Scene) -> None:
        """One group, two payees: each finds its own."""
        one, other = paid.payee(), paid.gateway.connect(call("payee two"), "Kompressoren", "DE")
        paid.stripe.connect.onboard(other.id)
        first, second = paid.transfer(one.id), paid.transfer(other.id, "20.00 EUR", call("transfer two"))
        assert paid.gateway.find(OrderedMovement.TRANSFER, "transfer", one.id) == (first,)
        assert paid.gateway.find(OrderedMovement.TRANSFER, "transfer two", other.id) == (second,)
        assert paid.gateway.find(OrderedMovement.TRANSFER, "transfer two", one.id) == ()


class TestTheBalance:
    def test_each_movement_is_an_entry_and_a_payout_says_what_it_has(self, paid: Scene) -> None:
        """1000.00 − 15.25 fee; 19.00 back; 80.00 to a payee, 30.00 of it back; 50.00 and a fee of 15.00 taken, and won."""
        since = paid.stripe.clock.now
        payment = paid.stripe.made("payment_intent")[0]["id"]
        paid.refund(payment)
        paid.take_back(paid.transfer(paid.payee().id).id)
        dispute = paid.stripe.payments.charge_back(payment, amount=5000)
        paid.stripe.payments.decide(dispute["id"], is_won=True)
        entries = list(paid.gateway.balance_since(since))
        assert [(one.kind, one.gross, one.fee) for one in entries] == [
            (BalanceKind.PAYMENT, money("1000.00 EUR"), money("15.25 EUR")),
            (BalanceKind.REFUND, money("-19.00 EUR"), money("0.00 EUR")),
            (BalanceKind.TRANSFER, money("-80.00 EUR"), money("0.00 EUR")),
            (BalanceKind.TAKE_BACK, money("30.00 EUR"), money("0.00 EUR")),
            (BalanceKind.CHARGEBACK, money("-50.00 EUR"), money("15.00 EUR")),
            (BalanceKind.CHARGEBACK_WON, money("50.00 EUR"), money("0.00 EUR")),
        ]
        assert {one.payout for one in entries} == {""}
        paid.stripe.move(days=1)
        later = paid.stripe.clock.now
        payout = paid.stripe.balance.pay_out()
        again = list(paid.gateway.balance_since(later))
        assert [one.id for one in again[:-1]] == [one.id for one in entries], "older than asked, and now in a payout"
        assert {one.payout for one in again} == {payout["id"]}
        assert again[-1].kind is BalanceKind.PAYOUT
        assert sum((one.gross.amount - one.fee.amount for one in again), Decimal(0)) == 0

    def test_a_payout_arrives_and_may_come_back(self, paid: Scene) -> None:
        payout = paid.stripe.balance.pay_out()
        begun = paid.gateway.payout(payout["id"])
        assert begun is not None
        assert (begun.state, begun.amount, begun.bank_reference) == (PayoutState.ON_ITS_WAY, money("984.75 EUR"), "")
        assert begun.arrives_on == (paid.stripe.clock.now + timedelta(days=2)).date()
        paid.stripe.move(days=2)
        arrived = paid.gateway.payout(payout["id"])
        assert arrived is not None
        assert (arrived.state, arrived.bank_reference) == (PayoutState.PAID, f"TRACE-{payout['id']}")
        paid.stripe.balance.send_back(payout["id"])
        back = paid.gateway.payout(payout["id"])
        assert back is not None
        assert (back.state, back.failure) == (PayoutState.FAILED, "The bank account has been closed.")
        assert list(paid.gateway.balance_since(paid.stripe.clock.now))[-1].kind is BalanceKind.PAYOUT_FAILED
        assert paid.gateway.payout("po_none") is None

    def test_a_refund_that_came_back_is_said_in_stripes_words(self, paid: Scene) -> None:
        refund = paid.refund(paid.stripe.made("payment_intent")[0]["id"])
        paid.stripe.payments.fail_refund(refund.id)
        last = list(paid.gateway.balance_since(paid.stripe.clock.now))[-1]
        assert (last.kind, last.kind_words, last.gross) == (BalanceKind.OTHER, "refund_failure", money("19.00 EUR"))
