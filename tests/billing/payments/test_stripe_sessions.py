"""Pages of Stripe's in which a customer pays one document, or saves a card or a mandate."""

from collections.abc import Iterator

import pytest

from billing.payments.gateway import (
    GatewayMovement,
    GatewayRefused,
    GatewayThing,
    MovementState,
    OrderedMovement,
    PaymentRail,
)
from tests.billing.payments.stripe_scene import ORDER, Scene, call, money, scene

SESSION = OrderedMovement.SESSION


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as made:
        yield made


def now(here: Scene, session: GatewayMovement) -> GatewayMovement:
    known = here.gateway.fetch(GatewayThing.SESSION, session.id)
    assert known is not None
    assert here.gateway.find(SESSION, ORDER, here.customer) == (known,)
    return known


class TestAPage:
    def test_waits_and_is_paid_by_card(self, here: Scene) -> None:
        opened = here.session()
        assert (opened.state, opened.amount, opened.call) == (MovementState.WAITS, money("119.00 EUR"), call())
        assert opened.url.startswith("https://checkout.example/")
        assert (opened.payment, opened.received) == ("", None)
        here.stripe.sessions.pay(opened.id)
        paid = now(here, opened)
        assert (paid.state, paid.received, paid.fee) == (MovementState.DONE, money("119.00 EUR"), money("2.04 EUR"))
        assert (paid.id, paid.url) == (opened.id, "")
        assert paid.payment.startswith("pi_")
        assert paid.saved is None, "it was paid by, and not saved"
        assert here.gateway.fetch(GatewayThing.PAYMENT, paid.payment) == paid, "a payment in a page is read as the page"
        assert here.gateway.find(OrderedMovement.CHARGE, ORDER, here.customer) == ()

    def test_after_a_declined_card_it_still_waits(self, here: Scene) -> None:
        opened = here.session()
        here.stripe.sessions.pay(opened.id, behaves="insufficient_funds")
        payment = here.stripe.made("payment_intent")[0]["id"]
        told = here.gateway.fetch(GatewayThing.PAYMENT, payment)
        assert told is not None
        assert (told.id, told.state) == (opened.id, MovementState.WAITS)
        here.stripe.sessions.pay(opened.id)
        assert now(here, opened).state is MovementState.DONE
        assert len(here.stripe.made("payment_intent")) == 1

    def test_a_card_that_asks_its_holder_is_paid_by_where_the_holder_is(self, here: Scene) -> None:
        """Charged with nobody there it is declined (test_stripe_charges.py)."""
        opened = here.session()
        assert here.stripe.sessions.pay(opened.id, behaves="authentication_required")
        assert now(here, opened).state is MovementState.DONE

    @pytest.mark.parametrize(("behaves", "state"), [
        ("succeeds", MovementState.DONE), ("insufficient_funds", MovementState.FAILED),
    ])  # fmt: skip
    def test_paid_by_direct_debit_is_under_way_for_days(self, here: Scene, behaves: str, state: MovementState) -> None:
        opened = here.session()
        here.stripe.sessions.pay(opened.id, "sepa_debit", behaves)
        assert now(here, opened).state is MovementState.PROCESSING
        here.stripe.move(days=5)
        assert now(here, opened).state is state

    def test_closes_by_itself(self, here: Scene) -> None:
        opened = here.session(hours=1)
        here.stripe.move(minutes=59)
        assert now(here, opened).state is MovementState.WAITS
        here.stripe.move(minutes=1)
        closed = now(here, opened)
        assert (closed.state, closed.url, closed.payment) == (MovementState.EXPIRED, "", "")

    def test_is_closed_by_us(self, here: Scene) -> None:
        opened = here.session()
        assert here.gateway.close_session(opened.id).state is MovementState.EXPIRED
        assert here.gateway.close_session(opened.id).state is MovementState.EXPIRED

    def test_that_was_paid_is_not_closed_and_says_so(self, here: Scene) -> None:
        opened = here.session()
        here.stripe.sessions.pay(opened.id)
        told = here.gateway.close_session(opened.id)
        assert (told.state, told.received) == (MovementState.DONE, money("119.00 EUR"))

    def test_that_there_is_not_is_not_closed(self, here: Scene) -> None:
        with pytest.raises(GatewayRefused):
            here.gateway.close_session("cs_test_none")

    @pytest.mark.parametrize("hours", [0.4, 25])
    def test_is_open_between_half_an_hour_and_a_day(self, here: Scene, hours: float) -> None:
        with pytest.raises(GatewayRefused):
            here.session(hours=hours)

    def test_takes_the_documents_amount_in_its_currency_and_no_other(self, here: Scene) -> None:
        here.session("500 JPY")
        (page,) = here.stripe.made("checkout.session")
        assert (page["amount_total"], page["currency"]) == (500, "jpy")
        assert page["adaptive_pricing"] == {"enabled": False}
        assert page["payment_method_types"] == ["card"], "no direct debit in yen"
        with pytest.raises(GatewayRefused) as refused:
            here.session("500 JPY", rails=(PaymentRail.SEPA_CORE,), of=call("another"))
        assert refused.value.code == "no_rail_for_currency"

    def test_of_somebody_whom_stripe_does_not_know(self, here: Scene) -> None:
        opened = here.session(customer="")
        assert here.gateway.find(SESSION, ORDER, "") == (opened,)
        here.stripe.sessions.pay(opened.id)
        assert here.gateway.find(SESSION, ORDER, "")[0].state is MovementState.DONE

    def test_that_was_paid_is_charged_back(self, here: Scene) -> None:
        opened = here.session()
        here.stripe.sessions.pay(opened.id)
        dispute = here.stripe.payments.charge_back(now(here, opened).payment)
        told = here.gateway.fetch(GatewayThing.CHARGEBACK, dispute["id"])
        assert told == now(here, opened)
        assert len(told.chargebacks) == 1


class TestSavingAMethod:
    @pytest.mark.parametrize(("rail", "name"), [(PaymentRail.CARD, "card"), (PaymentRail.SEPA_CORE, "sepa_debit")])
    def test_in_a_page_of_its_own(self, here: Scene, rail: PaymentRail, name: str) -> None:
        opened = here.session(None)
        assert (opened.state, opened.amount, opened.saved) == (MovementState.WAITS, None, None)
        here.stripe.sessions.pay(opened.id, name)
        done = now(here, opened)
        assert (done.state, done.payment) == (MovementState.DONE, "")
        assert done.saved is not None
        assert (done.saved.rail, done.saved.customer) == (rail, here.customer)
        assert bool(done.saved.mandate) == (rail is PaymentRail.SEPA_CORE)
        charged = here.charge(saved=done.saved, of=call("next"))
        assert charged.state is (MovementState.DONE if rail is PaymentRail.CARD else MovementState.PROCESSING)

    @pytest.mark.parametrize("name", ["card", "sepa_debit"])
    def test_while_paying(self, here: Scene, name: str) -> None:
        opened = here.session(saves=True)
        here.stripe.sessions.pay(opened.id, name)
        done = now(here, opened)
        assert done.saved is not None
        assert done.saved.is_active
        assert bool(done.saved.mandate) == (name == "sepa_debit")
        assert here.charge(saved=done.saved, of=call("next")).call == call("next")

    @pytest.mark.parametrize("amount", [None, "119.00 EUR"])
    def test_needs_a_customer(self, here: Scene, amount: str | None) -> None:
        with pytest.raises(GatewayRefused) as refused:
            here.session(amount, customer="", saves=True)
        assert refused.value.code == "no_customer"
        assert here.stripe.requests == []
