"""The model notices each rule that is broken: by the sequences in which it matters, and not by all of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from api.collecting import runner
from api.collecting.setup import TenantGateways
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from billing.payments.events import store as events
from billing.payments.gateway import GatewayLimits
from billing.payments.orders import claims, recorded
from billing.payments.orders.claims import CallOutcome, ClaimedCall
from billing.payments.orders.state import OrderHappening, OrderState
from tests.billing.payments import test_against_a_model
from tests.billing.payments.test_against_a_model import Happenings
from tests.billing.payments.till import opened
from tests.conftest import application_pool, world_copy

TRIES = 6
STEPS = 16
Patches = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def database(server: EmbeddedServer) -> Iterator[Database]:
    with world_copy(server, "a document to charge", opened, __name__) as (access, _), application_pool(access) as pool:
        yield pool


def refunds_counted_twice(patches: Patches) -> None:
    """By themselves, and as less of what was paid."""
    patches.setattr(recorded, "_given_back_by_orders", lambda *_: Decimal(0))


def keys_kept_for_ever(patches: Patches) -> None:
    """The same call is made by its key for as long as nobody knows; what there is is looked up all the same."""
    patches.setattr(TenantGateways, "limits_of", lambda *_: GatewayLimits(remembers_keys_h=10**6))


def keys_kept_for_ever_and_nothing_looked_up(patches: Patches) -> None:
    keys_kept_for_ever(patches)
    patches.setattr(runner, "_searched", lambda *_: ())


def the_same_booked_again(patches: Patches) -> None:
    book = recorded._book

    def books(session: Any, row: Any, word: Any, now: Any) -> None:
        row.payment_id = None
        book(session, row, word, now)

    patches.setattr(recorded, "_book", books)
    patches.setattr(recorded, "_recorded_amount", lambda *_: Decimal(0))


def _outcomes(patches: Patches, change: Callable[[ClaimedCall, CallOutcome], tuple[ClaimedCall, CallOutcome]]) -> None:
    record = claims.record_outcome

    def records(session: Any, claimed: ClaimedCall, outcome: CallOutcome, setup: Any, *, now: Any) -> OrderState:
        return record(session, *change(claimed, outcome), setup, now=now)

    patches.setattr(runner, "record_outcome", records)


def the_unknown_taken_for_never_made(patches: Patches) -> None:
    def change(claimed: ClaimedCall, outcome: CallOutcome) -> tuple[ClaimedCall, CallOutcome]:
        is_lost = outcome.happening is OrderHappening.LOST
        return claimed, replace(outcome, happening=OrderHappening.NEVER_MADE) if is_lost else outcome

    _outcomes(patches, change)


def a_busy_repeat_taken_for_never_made(patches: Patches) -> None:
    """And what there is not listed yet, so that the first call is not found either."""
    _outcomes(patches, lambda claimed, outcome: (replace(claimed, is_repeated=False), outcome))
    patches.setattr(runner, "_searched", lambda *_: ())


def stale_looks_believed(patches: Patches) -> None:
    """Whoever records later is taken to know more, whenever it looked."""

    def applies(session: Any, row: Any, word: Any, now: Any) -> None:
        row.looked = 0
        recorded.apply(session, row, word, now)

    for module in (claims, events, test_against_a_model):
        patches.setattr(module, "apply", applies)


def the_paid_charged_again(patches: Patches) -> None:
    """An order is of the whole document, whatever came of it by other ways."""
    patches.setattr(claims, "_may_be_taken", lambda _, stands: stands.payable)


def chargebacks_ignored(patches: Patches) -> None:
    counts = recorded._what_counts
    patches.setattr(recorded, "_what_counts", lambda session, row, movement, _: counts(session, row, movement, []))


def refunds_that_came_back_ignored(patches: Patches) -> None:
    failed = recorded._failed

    def fails(session: Any, row: Any, movement: Any, now: Any) -> None:
        if row.movement != "refund":
            failed(session, row, movement, now)

    patches.setattr(recorded, "_failed", fails)


def refunds_decided_again(patches: Patches) -> None:
    """What was less of what was paid is given back by itself too, once there is something on account."""
    book = recorded._book_refund

    def books(session: Any, row: Any, word: Any, now: Any) -> None:
        row.held = ""
        book(session, row, word, now)

    patches.setattr(recorded, "_book_refund", books)


def an_account_first_read_from_a_day_ago(patches: Patches) -> None:
    """However long ago something was first asked of it."""
    patches.setattr(events, "_first_asked", lambda *_: None)


#: What is broken, what happens where it matters, and what goes wrong with the first calls.
BROKEN: tuple[tuple[Callable[[Patches], None], tuple[str, ...], list[str]], ...] = (
    (refunds_counted_twice, ("works", "pays_ahead", "refunds", "tells", "hours_pass"), []),
    (keys_kept_for_ever, ("works", "days_pass"), ["error"]),
    (keys_kept_for_ever_and_nothing_looked_up, ("works", "days_pass"), ["lost_after"]),
    (the_same_booked_again, ("works", "tells"), []),
    (the_unknown_taken_for_never_made, ("works", "hours_pass"), ["lost_after"]),
    (a_busy_repeat_taken_for_never_made, ("works", "hours_pass"), ["lost_after", "busy"]),
    (stale_looks_believed, ("works", "takes_back", "tells", "looks_and_sleeps", "wakes"), []),
    (the_paid_charged_again, ("bank_pays", "works", "hours_pass"), []),
    (chargebacks_ignored, ("works", "takes_back", "tells"), []),
    (refunds_that_came_back_ignored, ("works", "pays_ahead", "refunds", "refund_comes_back"), []),
    (refunds_decided_again, ("works", "refunds", "tells", "pays_ahead"), []),
    (an_account_first_read_from_a_day_ago, ("works", "takes_back", "days_pass"), []),
)


def is_noticed(database: Database, happens: tuple[str, ...], faults: list[str]) -> bool:
    for seed in range(TRIES):
        with database.transaction(1) as session:
            happenings = Happenings(session, seed)
            happenings.gateway.faults, happenings.gateway.decisions = [*faults], []
            try:
                happenings.goes_on(STEPS, happens)
                happenings.becomes_quiet()
                happenings.agree()
                happenings.repeats_all_that_it_told()
            except AssertionError:
                return True
            finally:
                session.rollback()
    return False


@pytest.mark.long
@pytest.mark.parametrize(("breaks", "happens", "faults"), [pytest.param(*one, id=one[0].__name__) for one in BROKEN])
def test_what_is_broken_is_noticed(
    database: Database, breaks: Callable[[Patches], None], happens: tuple[str, ...], faults: list[str]
) -> None:
    with pytest.MonkeyPatch.context() as patches:
        breaks(patches)
        assert is_noticed(database, happens, faults)


@pytest.mark.long
@pytest.mark.parametrize(("happens", "faults"), [pytest.param(*one[1:], id=one[0].__name__) for one in BROKEN])
def test_without_a_break_nothing_is(database: Database, happens: tuple[str, ...], faults: list[str]) -> None:
    assert not is_noticed(database, happens, faults)
