"""A method that is ended here is forgotten by its gateway, once, whatever happens on the way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from api.collecting.removing import remove_ended, remove_everyone
from api.collecting.runner import CollectingRules
from api.collecting.setup import GatewaysSetUp
from api.demo.stripe_server.faults import GatewayFault
from api.server.embedded import EmbeddedServer
from billing.due.pauses.store import PauseAsked, pause
from billing.payments.gateway import (
    GatewayEvent,
    GatewayFailed,
    GatewayOutcomeUnknown,
    GatewayRefused,
    GatewayThing,
    PaymentRail,
    SavedMethod,
)
from billing.payments.methods.removal.store import LEASE, claim_removal
from billing.payments.methods.state import MethodRemoval
from billing.payments.methods.store import KnownMethod, MethodEnded, end_method, saved_methods
from contracts.release.store import releasing
from tests.billing.payments.gateway_of_tests import Killed
from tests.billing.payments.stripe_scene import Scene, call, scene
from tests.billing.payments.till import Till, opened
from tests.build import acts
from tests.conftest import application_pool, world_copy


@pytest.fixture
def till(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Till]:
    copied = world_copy(server, "a document for a card", opened, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        made = Till(pool)
        made.gateway.methods["pm_0"] = SavedMethod("cus_0", "pm_0", PaymentRail.CARD)
        yield made


def ends(till: Till) -> KnownMethod:
    with till.database.transaction(1) as session:
        return end_method(session, 1, reason="lost", by=acts(session, "anna"), at=till.now)


def method(till: Till) -> KnownMethod:
    with till.database.transaction(1) as session:
        (known,) = saved_methods(session)
    return known


def removes(till: Till) -> int:
    return remove_ended(till.work)


class TestOnce:
    def test_it_is_asked_for_as_the_method_ends_and_done_by_the_schedule(self, till: Till) -> None:
        assert removes(till) == 0
        assert ends(till).removal is MethodRemoval.DUE
        assert till.gateway.removed == []
        with till.database.transaction(1) as session:
            tenant = session.execute(text("select name from tenant where id = 1")).scalar_one()
        accounts = tuple(replace(account, tenant=tenant) for account in till.work.setup.accounts.values())
        assert remove_everyone(till.database, CollectingRules(GatewaysSetUp(accounts), lambda: till.now)) == 0
        assert till.gateway.removed == ["pm_0"]
        assert method(till).removal is MethodRemoval.DONE
        assert removes(till.passes(days=2)) == 0

    @pytest.mark.parametrize("fault", ["lost_after", "lost_before", "error", "error_after", "busy"])
    def test_whatever_came_of_the_first_call(self, till: Till, fault: str) -> None:
        ends(till)
        till.gateway.faults = [fault]
        removes(till)
        assert method(till).removal in {MethodRemoval.UNKNOWN, MethodRemoval.DUE}
        removes(till.passes(minutes=2))
        assert (method(till).removal, till.gateway.removed) == (MethodRemoval.DONE, ["pm_0"])

    @pytest.mark.parametrize("fault", ["killed_before", "killed_after"])
    def test_whoever_asks_is_killed(self, till: Till, fault: str) -> None:
        ends(till)
        till.gateway.faults = [fault]
        with pytest.raises(Killed):
            removes(till)
        assert method(till).removal is MethodRemoval.ASKING
        assert removes(till.passes(minutes=1)) == 0, "it has its time"
        assert removes(till.passes(minutes=10)) == 1
        assert (method(till).removal, till.gateway.removed) == (MethodRemoval.DONE, ["pm_0"])

    def test_whoever_slept_for_its_lease_does_not_ask(self, till: Till) -> None:
        ends(till)
        with till.database.transaction(1) as session:
            claimed = claim_removal(session, 1, till.now)
        assert claimed is not None
        removes(till.passes(minutes=11))
        from api.collecting.removing import _removed

        assert _removed(till.work, claimed) == (MethodRemoval.UNKNOWN, "its time was up before it was asked")
        assert till.gateway.removed == ["pm_0"]

    def test_two_at_once(self, till: Till) -> None:
        ends(till)
        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(lambda _: removes(till), range(2))) == 1
        assert till.gateway.removed == ["pm_0"]

    def test_the_gateway_says_so_before_it_answers(self, till: Till) -> None:
        ends(till)
        till.gateway.faults = ["lost_after"]
        removes(till)
        till.hears(*till.gateway.events)
        assert method(till).removal is MethodRemoval.DONE
        assert removes(till.passes(hours=1)) == 0

    def test_one_that_the_gateway_has_ended_is_not_asked_for(self, till: Till) -> None:
        till.gateway.remove_method(call(), "pm_0")
        till.hears(GatewayEvent("evt_9", "payment_method.detached", GatewayThing.MANDATE, "pm_0", "", till.now))
        assert (method(till).removal, removes(till)) == (None, 0)
        with pytest.raises(MethodEnded):
            ends(till)


class TestHeld:
    def test_while_an_order_is_just_charged_by_it(self, till: Till) -> None:
        till.gateway.faults = ["lost_before"]
        till.collects()
        ends(till)
        assert (till.states(), removes(till)) == (["unknown"], 0)
        till.passes(minutes=30).collects()
        assert (till.states(), removes(till)) == (["done"], 1)

    def test_by_a_pause(self, till: Till) -> None:
        ends(till)
        with till.database.transaction(1) as session:
            asked = PauseAsked(reason="looked at", kind="detach")
            pause(session, asked, releasing(session, acts(session, "anna"), till.now))
        assert removes(till) == 0
        assert removes(till.passes(days=8)) == 1

    def test_where_the_account_is_not_set_up_any_more(self, till: Till) -> None:
        ends(till)
        work = till.work
        work.setup.accounts.clear()  # type: ignore[attr-defined]  # a dict here
        remove_ended(work)
        assert (method(till).removal, "is not set up" in method(till).removal_detail) == (MethodRemoval.DUE, True)

    def test_what_is_refused_is_said_and_asked_once_more_by_a_person(self, till: Till) -> None:
        ends(till)
        refuses = till.gateway.remove_method
        till.gateway.remove_method = _refuse  # type: ignore[method-assign,assignment]
        removes(till)
        assert (method(till).removal, method(till).removal_detail) == (MethodRemoval.REFUSED, "odd it is kept")
        assert removes(till.passes(days=1)) == 0
        till.gateway.remove_method = refuses  # type: ignore[method-assign]
        assert ends(till).ended_why == "lost"
        assert removes(till) == 1
        assert method(till).removal is MethodRemoval.DONE


def _refuse(*_: object) -> None:
    raise GatewayRefused("it is kept", code="odd")


class TestStripe:
    @pytest.fixture
    def here(self) -> Iterator[Scene]:
        with scene() as made:
            yield made

    def test_a_card_is_detached_and_nothing_is_charged_by_it_any_more(self, here: Scene) -> None:
        saved = here.card()
        here.gateway.remove_method(call(), saved.method)
        known = here.gateway.saved_method(saved.method)
        assert known is not None
        assert not known.is_active
        with pytest.raises(GatewayRefused):
            here.charge(saved=saved)

    def test_a_debit_on_its_way_arrives_all_the_same(self, here: Scene) -> None:
        saved = here.account()
        paid = here.charge(saved=saved)
        here.gateway.remove_method(call(attempt=2), saved.method)
        here.stripe.move(days=6)
        found = here.gateway.fetch(GatewayThing.PAYMENT, paid.id)
        assert found is not None
        assert found.state == "done"

    def test_one_that_is_gone_or_unknown_is_gone(self, here: Scene) -> None:
        saved = here.card()
        for attempt in (1, 2):
            here.gateway.remove_method(call(attempt=attempt), saved.method)
        here.gateway.remove_method(call(attempt=3), "pm_of_nobody")

    @pytest.mark.parametrize(
        ("fault", "raised", "is_gone"),
        [
            (GatewayFault.CUT_AFTER, GatewayOutcomeUnknown, True),
            (GatewayFault.CUT_BEFORE, GatewayOutcomeUnknown, False),
            (GatewayFault.ERROR_AFTER, GatewayOutcomeUnknown, True),
            (GatewayFault.RATE_LIMITED, GatewayFailed, False),
        ],
    )
    def test_what_an_error_says_of_the_outcome(
        self,
        here: Scene,
        fault: GatewayFault,
        raised: type[Exception],
        is_gone: bool,  # noqa: FBT001
    ) -> None:
        saved = here.card()
        here.stripe.faults.next(fault, "POST /v1/payment_methods")
        with pytest.raises(raised):
            here.gateway.remove_method(call(), saved.method)
        known = here.gateway.saved_method(saved.method)
        assert known is not None
        assert known.is_active is not is_gone


def test_the_lease_is_longer_than_a_call() -> None:
    assert timedelta(minutes=1) < LEASE / 2
